"""The addresses of the board, below /board/."""

from __future__ import annotations

from django.urls import URLPattern, path

from onewindow.faces.board import rowspage, views

app_name = "board"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("screen/", views.screen_home, name="screen-home"),
    path("me/", views.me, name="me"),
    path("<str:kind>/<str:key>/", views.board, name="board"),
    path("<str:kind>/<str:key>/screen/", views.screen, name="screen"),
    path("<str:kind>/<str:key>/rows/", rowspage.rows, name="rows"),
]
