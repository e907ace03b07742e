"""Addresses for machines that watch over this one."""

from __future__ import annotations

from django.urls import URLPattern, path

from onewindow.server.health import healthz, healthz_web
from onewindow.server.metrics import metrics

urlpatterns: list[URLPattern] = [
    path("healthz", healthz, name="healthz"),
    path("healthz/web", healthz_web, name="healthz-web"),
    path("metrics", metrics, name="metrics"),
]
