"""Addresses of the screens of a hall. `feed` is answered by hall/feed.py before it comes here, once it is watched."""

from __future__ import annotations

from django.urls import URLPattern, path

from onewindow.faces.screens import views

app_name = "screens"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("<str:centre>/", views.hall, name="hall"),
    path("<str:centre>/feed", views.feed, name="feed"),
    path("<str:centre>/qr.svg", views.qr, name="qr"),
    path("<str:centre>/windows/", views.windows, name="windows"),
    path("<str:centre>/windows/<str:code>/", views.window, name="window"),
]
