"""Addresses of the design language: the 关怀版 switch always, the style pages only while developing."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path

from .care import switch_care
from .views import sample, style_page

app_name = "design"
urlpatterns: list[URLPattern] = [path("care/", switch_care, name="care")]
if settings.DEBUG:
    urlpatterns += [
        path("design/", style_page, name="style"),
        path("design/<slug:name>/", sample, name="sample"),
    ]
