"""Which face answers which address (interfaces.md, "Pages")."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
