"""Which face answers which address (interfaces.md, "Pages")."""

from django.urls import URLPattern, URLResolver, include, path

handler500 = "onewindow.server.middleware.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("onewindow.server.urls")),
    path("", include("onewindow.faces.design.urls")),
]
