"""`/desk/hall/guide/appointments/`: the day's appointments with their states, arrivals, and booking for somebody on the
telephone or at the desk."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.hall.bar import hall_postings
from onewindow.faces.desk.hall.guide import HOME, ID_TYPES, chosen_items, find_items, kinds_of, plain, posting_of
from onewindow.faces.desk.page import page
from onewindow.hall import appointments, opening, tickets
from onewindow.hall.models import Appointment
from onewindow.hall.queues import HallMap, ItemInfo, hall_map
from onewindow.people.authority import Actor
from onewindow.problems import Problem

LIST: Final = f"{HOME}appointments/"
_MOST: Final = 200
_TONES: Final = {
    "booked": "primary",
    "arrived": "ontime",
    "displaced": "soon",
    "missed": "late",
    "cancelled": "done",
}


# ---- the day -------------------------------------------------------------------------------------------------------


@require_safe
@staff
def today(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _shown(request, actor)


def _shown(
    request: HttpRequest, actor: Actor, *, problem: Problem | None = None, status: int = 200, day: date | None = None
) -> HttpResponse:
    now = timezone.now()
    layout = hall_map(posting_of(actor).centre_id)
    day = day or _day(request.GET.get("day", "")) or timezone.localdate(now)
    number = plain("".join(request.GET.get("number", "").split()), 16)
    of_day = Appointment.objects.filter(centre_id=layout.centre, day=day)
    counts = dict(of_day.values_list("state").annotate(n=Count("pk")))
    found = of_day.select_related("visitor", "item", "queue", "ticket").order_by("period", "pk")
    if number:
        found = found.filter(number=number)
    context = {
        "layout": layout,
        "day": day,
        "is_today": day == timezone.localdate(now),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "hours": opening.words(layout.centre, day),
        "number": number,
        "rows": [_row(one, now) for one in found[:_MOST]],
        "counts": [
            {"label": label, "count": counts[state], "tone": _TONES[state]}
            for state, label in Appointment.STATES
            if counts.get(state)
        ],
        "problem": problem,
        "on_hall": True,
    }
    return page(request, actor, "desk/hall/bookings.html", context, current="guide", status=status)


def _row(one: Appointment, now: datetime) -> dict[str, Any]:
    is_today = one.day == timezone.localdate(now)
    return {
        "one": one,
        "who": one.visitor.masked,
        "phone": one.visitor.masked_phone,
        "tone": _TONES[one.state],
        "may_arrive": is_today and one.state in {"booked", "missed"} and getattr(one, "ticket", None) is None,
        "may_change": one.state in {"booked", "displaced"} and one.day >= timezone.localdate(now),
    }


def _day(text: str) -> date | None:
    """A day the calendar reaches, typed as 2026-11-23."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def find_booking(actor: Actor, code: str) -> Appointment:
    """Of a hall this person works in. Raises Http404."""
    centres = {post.centre_id for post in hall_postings(actor)}
    rows = Appointment.objects.select_related("visitor", "item", "queue", "centre")
    found = rows.filter(code=plain(code), centre_id__in=centres).first()
    if found is None:
        raise Http404
    return found


@require_POST
@staff
def change(request: HttpRequest, actor: Actor, code: str, verb: str) -> HttpResponse:
    """到场 gives the ticket; 取消 gives the place back."""
    booked = find_booking(actor, code)
    try:
        if verb == "arrive":
            ticket = tickets.check_in(booked, source="guide", by=actor)
            return HttpResponseRedirect(f"{HOME}ticket/{ticket.code}/")
        if verb != "cancel":
            raise Http404
        appointments.cancel(booked, plain(request.POST.get("reason", ""), 100), by=actor)
    except Problem as problem:
        return _shown(request, actor, problem=problem, status=problem.status, day=booked.day)
    messages.success(request, f"预约 {booked.number} 已经取消，会发短信告诉办事人。")
    return HttpResponseRedirect(f"{LIST}?day={booked.day}")


# ---- entering one --------------------------------------------------------------------------------------------------


class BookingForm(PlainForm):
    """Who comes, and how they told us. The time is a radio beside it."""

    channel = forms.ChoiceField(
        label="怎么约的", choices=[("phone", "电话"), ("hall", "现场")], widget=forms.RadioSelect, initial="phone"
    )
    name = forms.CharField(label="姓名或单位", max_length=60)
    phone = forms.CharField(label="手机号码", max_length=20, help_text="预约结果和提醒发到这个号码")
    id_type = forms.ChoiceField(label="证件类型", choices=ID_TYPES, required=False)
    id_number = forms.CharField(label="证件号码", max_length=40, required=False)
    note = forms.CharField(label="备注", max_length=200, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_%s")
        self.use_required_attribute = False
        for name in ("name", "phone", "id_number"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def take(self, problem: Problem) -> None:
        words = "。".join(part for part in (problem.title, problem.detail) if part)
        loose = [error for error in problem.errors if error.field not in self.fields]
        for error in problem.errors:
            if error.field in self.fields:
                self.add_error(error.field, error.message)
        if loose or not problem.errors:
            self.add_error(None, words)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def enter(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What, when, who; or with `move` another time for one that is there."""
    layout = hall_map(posting_of(actor).centre_id)
    if request.method != "POST":
        return _asked(request, actor, layout, request.GET, BookingForm())
    key = good_key(request.POST.get("key", ""))
    moving = find_booking(actor, request.POST["move"]) if request.POST.get("move") else None
    form = BookingForm(request.POST)
    if moving is None and not form.is_valid():
        return _asked(request, actor, layout, request.POST, form, key=key, status=422)
    try:
        done = _entered(request, actor, layout, form, moving, key)
    except Problem as problem:
        form = form if moving is None else BookingForm({})
        form.errors.clear() if moving is not None else None
        form.take(problem)
        return _asked(request, actor, layout, request.POST, form, key=key, status=problem.status)
    local = timezone.localtime(done.starts_at)
    said = f"{local.month}月{local.day}日 {local.hour}:{local.minute:02}"
    messages.success(request, f"已{'改到' if moving else '约好'} {said}，预约号 {done.number}。短信会发给办事人。")
    return HttpResponseRedirect(f"{LIST}?day={done.day}")


def _entered(
    request: HttpRequest, actor: Actor, layout: HallMap, form: BookingForm, moving: Appointment | None, key: str
) -> Appointment:
    at = plain(request.POST.get("at", ""), 40)
    if moving is not None:
        return appointments.move(moving, at, by=actor)
    given = form.cleaned_data
    raw = {name: given[name] for name in ("name", "phone", "id_type", "id_number", "note")}
    raw |= {
        "item": plain(request.POST.get("item", ""), 80) or None,
        "kind": request.POST.get("kind", "general"),
        "at": at,
    }
    account = actor.account.pk if actor.account else 0
    return appointments.book(layout.centre, raw, by=actor, channel=given["channel"], request=f"desk-{account}-{key}")


def _asked(
    request: HttpRequest,
    actor: Actor,
    layout: HallMap,
    asked: Any,
    form: BookingForm,
    *,
    key: str = "",
    status: int = 200,
) -> HttpResponse:
    moving = find_booking(actor, asked["move"]) if asked.get("move") else None
    kinds = dict(kinds_of(layout))
    kind = moving.queue.kind if moving else asked.get("kind", "")
    kind = kind if kind in kinds else "general"
    wanted = [moving.item.key if moving and moving.item else "" if moving else asked.get("item", "")]
    items = chosen_items([one for one in wanted if one])
    context: dict[str, Any] = {
        "layout": layout,
        "form": form,
        "key": good_key(key),
        "kinds": kinds_of(layout),
        "kind": kind,
        "kind_label": kinds[kind],
        "item": items[0] if items else None,
        "move": moving,
        "at": asked.get("at", ""),
        "on_hall": True,
    }
    if items or moving or asked.get("kind"):
        context |= _times(layout, items[0] if items else None, kind, asked)
    else:
        q = plain(asked.get("q", ""), 60).strip()
        context |= {"q": q, "found": find_items(q)}
    return page(request, actor, "desk/hall/book.html", context, current="guide", status=status)


def _times(layout: HallMap, item: ItemInfo | None, kind: str, asked: Any) -> dict[str, Any]:
    """The days of the horizon, and the times of the chosen one (the first with a free time)."""
    now, key = timezone.now(), item.key if item else None
    try:
        days = appointments.days(layout.centre, key, kind, now)
        chosen = _day(asked.get("day", "")) or next((one.day for one in days if one.free), None)
        slots = appointments.offer(layout.centre, key, kind, chosen, now) if chosen else []
    except Problem as problem:
        return {"why_not": "。".join(part for part in (problem.title, problem.detail) if part), "timed": True}
    slots = [one for one in slots if one.starts > now]
    kept = [(name, asked.get(name, "")) for name in ("item", "kind", "move") if asked.get(name)]
    shown = [{"one": one, "url": f"{LIST}new/?{urlencode([*kept, ('day', one.day.isoformat())])}"} for one in days]
    return {"timed": True, "days": shown, "day": chosen, "slots": slots}


__all__ = ["change", "enter", "find_booking", "today"]
