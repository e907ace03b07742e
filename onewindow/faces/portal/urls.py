"""Addresses of the public site (interfaces.md, "Pages")."""

from __future__ import annotations

from django.urls import URLPattern, path

from onewindow.faces.portal.views import (
    account,
    apply,
    appointment,
    appointments,
    files,
    home,
    items,
    mine,
    track,
    verify,
)

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("items/", items.browse, name="items"),
    path("items/suggest/", items.suggestions, name="suggest"),
    path("items/<slug:code>/", items.guide, name="guide"),
    path("items/<slug:code>/guide.pdf", items.guide_pdf, name="guide-pdf"),
    path("appointments/", appointments.start, name="appointments"),
    path("appointments/new/", appointments.new, name="appointment-new"),
    path("appointments/waits/", appointments.waits, name="appointment-waits"),
    path("appointments/find/", appointments.find, name="appointment-find"),
    path("appointments/<str:code>/", appointment.show, name="appointment"),
    path("appointments/<str:code>/move/", appointment.move, name="appointment-move"),
    path("appointments/<str:code>/cancel/", appointment.cancel, name="appointment-cancel"),
    path("appointments/<str:code>/calendar.ics", appointment.calendar_file, name="appointment-calendar"),
    path("login/", account.sign_in, name="login"),
    path("logout/", account.sign_out, name="logout"),
    path("apply/", apply.start, name="apply"),
    path("apply/draft/<uuid:pk>/", apply.resume, name="draft"),
    path("apply/draft/<uuid:pk>/delete/", apply.delete, name="draft-delete"),
    path("apply/draft/<uuid:pk>/file/<slug:material>/", files.show_draft_file, name="draft-file"),
    path("apply/draft/<uuid:pk>/<slug:step>/", apply.step, name="draft-step"),
    path("apply/sent/<str:number>/", apply.sent, name="sent"),
    path("apply/<slug:code>/", apply.begin, name="begin"),
    path("track/", track.ask, name="track"),
    path("track/<str:number>/", track.result, name="tracked"),
    path("my/", mine.index, name="my"),
    path("my/<str:number>/", mine.case, name="my-case"),
    path("my/<str:number>/clock/", mine.clock_page, name="my-clock"),
    path("my/<str:number>/complete/", mine.complete, name="my-complete"),
    path("my/<str:number>/withdraw/", mine.withdraw, name="my-withdraw"),
    path("my/<str:number>/papers/<str:code>.pdf", files.paper_pdf, name="my-paper"),
    path("my/<str:number>/materials/<slug:material>/", files.show_case_file, name="my-file"),
    path("verify/", verify.ask, name="verify"),
    path("verify/<str:code>", verify.check, name="verified"),
    path("verify/<str:code>/", verify.check),
]
