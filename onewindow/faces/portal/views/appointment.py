"""One booking, by its link: what, where, when, what to bring; another time, not coming, a lost day. No dead end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.guide import Guide, material_notes
from onewindow.catalogue.models import Item
from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of, problems_as_pages
from onewindow.faces.portal.booking import KINDS, Wish, day_words, parsed_day, parsed_time, stamp, time_words, what_of
from onewindow.faces.portal.forms import CancelAppointmentForm
from onewindow.faces.portal.site import page
from onewindow.faces.portal.views.appointments import day_rows, time_parts
from onewindow.faces.portal.waiting import waits_at
from onewindow.hall import appointments, opening
from onewindow.hall.models import Appointment
from onewindow.hall.rules import HallRules, rules_of
from onewindow.papers.qr import qr_svg
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.problems import NotNow, Problem

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Appointment, P], HttpResponse]
OTHER_TIMES: Final = 6
"""Times offered at once to somebody whose day was lost."""
_LOOKED_AT: Final = 1000
_NOON: Final = 12


def by_code(view: View[P]) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """The booking that the link names. Guessing is counted."""

    @never_cache
    @problems_as_pages
    @wraps(view)
    def found(request: HttpRequest, code: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        rows = Appointment.objects.select_related(
            "centre__hall", "queue", "item__current", "item__department", "visitor", "ticket"
        )
        booked = None if "\0" in code else rows.filter(code=code[:40]).first()
        if booked is None:
            if not throttle.allowed(throttle.CODE_ADDRESS, throttle.address_of(request)):
                return HttpResponse("请过一会儿再试。", status=429, content_type="text/plain; charset=utf-8")
            raise Http404
        return view(request, booked, *args, **kwargs)

    return found


def phase(booked: Appointment, rules: HallRules, now: dt.datetime) -> str:
    """upcoming · due (it is time, the place is still held) · over (nobody came) · arrived · cancelled · displaced."""
    if booked.state in {"arrived", "cancelled", "displaced"}:
        return str(booked.state)
    if booked.state == "missed" or now > booked.starts_at + dt.timedelta(minutes=rules.release_minutes):
        return "over"
    return "due" if now >= booked.starts_at else "upcoming"


@require_safe
@by_code
def show(request: HttpRequest, booked: Appointment) -> HttpResponse:
    now, rules = timezone.now(), _rules(booked.centre)
    where = phase(booked, rules, now)
    context: dict[str, Any] = {**_facts(booked), "phase": where, "rules": rules}
    if where in {"upcoming", "due"}:
        context |= {"guide": (told := _guide(booked.item)), "materials": _materials(told), "qr": _qr(booked)}
        context["from_when"] = time_words(booked.starts_at - dt.timedelta(minutes=rules.early_minutes))
        context["until_when"] = time_words(booked.starts_at + dt.timedelta(minutes=rules.release_minutes))
    if where == "displaced":
        context |= {"times": other_times(booked, now), "why": _why(booked)}
    if where in {"displaced", "over", "cancelled", "due"}:
        context["waits"] = waits_at(booked.centre, now, booked.queue_id)
    if where == "arrived":
        context["ticket"] = getattr(booked, "ticket", None)
    return page(request, "appointments/show.html", context, section="appointments")


def _facts(booked: Appointment) -> dict[str, Any]:
    """What every page of a booking shows around its content."""
    day = timezone.localdate(booked.starts_at)
    return {
        "booked": booked,
        "place": booked.centre,
        "what": what_of(booked),
        "when": f"{day_words(day)} {time_words(booked.starts_at, booked.ends_at)}",
        "again": Wish(booked.queue.kind if not booked.item else "general", booked.item, booked.centre).url("day")
        if booked.item or booked.queue.kind in KINDS
        else "/appointments/",
    }


def _rules(centre: Centre) -> HallRules:
    hall = getattr(centre, "hall", None)
    return hall.told if hall is not None else rules_of({})


def _guide(item: Item | None) -> Guide | None:
    return Guide(item.current.spec) if item is not None and item.current is not None else None


def _materials(told: Guide | None) -> list[tuple[Any, list[str]]]:
    return [(line, material_notes(line)) for line in told.to_bring] if told else []


def _qr(booked: Appointment) -> SafeString:
    return mark_safe(qr_svg(link_of(booked)))  # our own SVG of our own address


def link_of(booked: Appointment) -> str:
    return f"{settings.OW_PUBLIC_URL}/appointments/{booked.code}/"


def _why(booked: Appointment) -> str:
    """Why the day was lost: 11月24日（星期二）不办公：停电检修, or the hours that it has now."""
    words = opening.words(booked.centre_id, booked.day)
    return words if "不办公" in words else f"这一天的办公时间改成了 {words}"


def other_times(booked: Appointment, now: dt.datetime) -> list[tuple[str, str]]:
    """The soonest free times as (words, stamp): of each day the first in the morning and in the afternoon."""
    found: dict[tuple[dt.date, bool], dt.datetime] = {}
    for time in sorted(appointments.other_times(booked, now, most=_LOOKED_AT)):
        local = timezone.localtime(time)
        found.setdefault((local.date(), local.hour >= _NOON), time)
    soonest = list(found.items())[:OTHER_TIMES]
    return [(f"{day_words(day)} {time_words(time)}", stamp(time)) for (day, _), time in soonest]


# ---- another time -------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@by_code
def move(request: HttpRequest, booked: Appointment) -> HttpResponse:
    """A day, then a time; choosing the time moves the booking."""
    if (blocked := _settled(request, booked)) is not None:
        return blocked
    problem: Problem | None = None
    day = parsed_day(request.GET.get("day", ""))
    if request.method == "POST":
        at = parsed_time(request.POST.get("at", ""))
        try:
            if at is None:
                raise NotNow("请选一个时间")
            moved = appointments.move(booked, at, by=_actor(request))
        except Problem as refused:
            problem, day = refused, parsed_day(request.POST.get("at", ""))
        else:
            messages.success(request, "时间改好了。")
            return HttpResponseRedirect(f"/appointments/{moved.code}/")
    where = (booked.centre, booked.item, booked.queue.kind)
    context = {**_facts(booked), "problem": problem, "day": day_words(day) if day else ""}
    if day is not None:
        context["parts"] = time_parts(*where, day, lambda at: at)
    else:
        context["rows"] = day_rows(*where, lambda chosen: f"?day={chosen}")
    status = problem.status if problem else 200
    return page(request, "appointments/move.html", context, section="appointments", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@by_code
def cancel(request: HttpRequest, booked: Appointment) -> HttpResponse:
    if (blocked := _settled(request, booked)) is not None:
        return blocked
    form = CancelAppointmentForm(request.POST if request.method == "POST" else None)
    problem: Problem | None = None
    if request.method == "POST" and form.is_valid():
        try:
            appointments.cancel(booked, form.cleaned_data["reason"], by=_actor(request))
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, "已经取消，位置让给了别人。谢谢您说一声。")
            return HttpResponseRedirect(f"/appointments/{booked.code}/")
    status = problem.status if problem else 422 if form.is_bound else 200
    context = {**_facts(booked), "form": form, "problem": problem}
    return page(request, "appointments/cancel.html", context, section="appointments", status=status)


def _settled(request: HttpRequest, booked: Appointment) -> HttpResponse | None:
    """Back to the booking when nothing can be changed any more; its page says why and what can be done instead."""
    if phase(booked, _rules(booked.centre), timezone.now()) in {"upcoming", "due", "displaced"}:
        return None
    messages.info(request, "这个预约已经不能改了，下面写着现在可以怎么办。")
    return HttpResponseRedirect(f"/appointments/{booked.code}/")


def _actor(request: HttpRequest) -> Actor | None:
    account = account_of(request)
    return Actor.of(account) if account is not None and account.kind == "applicant" else None


# ---- for the calendar of a phone ----------------------------------------------------------------------------------


@require_safe
@by_code
def calendar_file(request: HttpRequest, booked: Appointment) -> HttpResponse:
    """An .ics (RFC 5545) of the booking. It names no person."""
    if booked.state not in {"booked", "arrived"}:
        raise Http404
    response = HttpResponse(ics(booked, what_of(booked), timezone.now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="appointment-{booked.day:%Y%m%d}.ics"'
    return response


def ics(booked: Appointment, what: str, now: dt.datetime) -> str:
    place, link = booked.centre, link_of(booked)
    where = "，".join(part for part in (place.name, place.address) if part)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//OneWindow//appointments//ZH",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:appointment-{booked.pk}@onewindow",
        f"SEQUENCE:{booked.moved}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(booked.starts_at)}",
        f"DTEND:{_utc(booked.ends_at)}",
        f"SUMMARY:{_escaped(f'到窗口办：{what}（预约号 {booked.number}）')}",
        f"LOCATION:{_escaped(where)}",
        f"DESCRIPTION:{_escaped(f'改时间或取消：{link}')}",
        f"URL:{link}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT1H",
        f"DESCRIPTION:{_escaped(f'一小时后到{place.name}')}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for plain, said in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, said)
    return text


def _folded(line: str) -> str:
    """At most 75 bytes a line; a character is never cut in two (RFC 5545, 3.1)."""
    rows: list[str] = []
    row = ""
    for character in line:
        if len((row + character).encode()) > (75 if not rows else 74):
            rows.append(row)
            row = ""
        row += character
    return "\r\n ".join([*rows, row])
