"""Addresses of the kiosk in the hall (interfaces.md, "Pages")."""

from __future__ import annotations

from django.urls import URLPattern, path

from onewindow.faces.kiosk.views import arriving, machine, rating, taking

app_name = "kiosk"
urlpatterns: list[URLPattern] = [
    path("<str:centre>/", taking.start, name="start"),
    path("<str:centre>/items/", taking.items, name="items"),
    path("<str:centre>/confirm/", taking.confirm, name="confirm"),
    path("<str:centre>/take/", taking.take, name="take"),
    path("<str:centre>/ticket/<str:code>/", taking.ticket, name="ticket"),
    path("<str:centre>/appointment/", arriving.find, name="appointment"),
    path("<str:centre>/appointment/check-in/", arriving.check_in, name="check-in"),
    path("<str:centre>/rate/", rating.ask, name="rate"),
    path("<str:centre>/rate/<str:seal>/", rating.rate, name="rate-visit"),
    path("<str:centre>/again/", machine.again, name="again"),
    path("<str:centre>/mode/", machine.mode, name="mode"),
    path("<str:centre>/enrol/<str:token>/", machine.enrol, name="enrol"),
]
