"""Booking a time at the window: what for, where, which day, what time, who. One thing a page, no script needed.

Nobody has to book (Hunan measure, 35): the first page says so, with the present waits.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search, suggest
from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of, problems_as_pages
from onewindow.faces.portal.booking import (
    STEP_LABELS,
    STEPS,
    Wish,
    day_words,
    forget_typed,
    keep_typed,
    offered_kinds,
    places_for,
    stamp,
    time_words,
    typed_before,
    wish_of,
)
from onewindow.faces.portal.finding import found, spread, summaries
from onewindow.faces.portal.forms import FindAppointmentForm, VisitorForm
from onewindow.faces.portal.site import home_centre, page
from onewindow.faces.portal.views.items import LONGEST_QUERY, item_by
from onewindow.faces.portal.waiting import waits_at
from onewindow.hall import appointments, opening
from onewindow.hall.models import Appointment
from onewindow.hall.queues import hall_map
from onewindow.people.authority import Actor
from onewindow.people.crypto import blind_index
from onewindow.people.masking import mask_id
from onewindow.people.models import Account, Applicant
from onewindow.places.models import Centre
from onewindow.problems import Problem, TooMany

POPULAR: Final = 6
MOST_PLACES: Final = 30
_ONCE = re.compile(r"[0-9a-f]{32}")
TOO_MANY: Final = "预约的次数太多了，请过一会儿再试。不预约也能办，直接到大厅取号就行"


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What for: search, a kind of help, or an item that many come for."""
    asked = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY]
    centre = home_centre()
    context: dict[str, Any] = {"centre": centre, "asked": {"q": asked}}
    if asked:
        hits = search(asked, limit=20)
        context["results"] = found(hits, asked)
        if not hits:
            context["instead"] = suggest(asked)
    else:
        popular = Item.objects.in_use().select_related("department", "current").order_by("-popularity", "id")
        context |= {"popular": summaries(spread(list(popular[:40]), POPULAR)), "kinds": offered_kinds()}
        context["waits"] = waits_at(centre)
    return page(request, "appointments/start.html", context, section="appointments")


@require_safe
@problems_as_pages
def waits(request: HttpRequest) -> HttpResponse:
    """现在要等多久: at one place, the line of an item first."""
    code, key = (request.GET.get(name, "").replace("\0", "")[:40] for name in ("item", "place"))
    item = item_by(code) if code else None
    kind = "general"
    places = list(places_for(item, kind)[:MOST_PLACES])
    place = next((one for one in places if one.key == key), places[0] if places else home_centre())
    context = {"item": item, "place": place, "places": places, "waits": waits_at(place, queue=_line_of(place, item))}
    return page(request, "appointments/waits.html", context, section="appointments")


def _line_of(place: Centre | None, item: Item | None) -> int | None:
    if place is None or item is None:
        return None
    try:
        return hall_map(place).queue_for("general", [item]).pk
    except Problem:
        return None


# ---- step by step -------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@problems_as_pages
def new(request: HttpRequest) -> HttpResponse:
    """The step that the address has come to. Only the last one is sent as a form."""
    wish = wish_of(request.GET)
    if wish.place is None:
        return _where(request, wish)
    hall_map(wish.place).queue_for(wish.kind, [wish.item] if wish.item else [])
    if wish.day is None:
        return _day(request, wish)
    if wish.at is None:
        return _time(request, wish)
    return _who(request, wish)


def _shell(wish: Wish, step: str) -> dict[str, Any]:
    """What every step shows: where one is, the way back, what was chosen so far."""
    place = STEPS.index(step)
    names = [{"label": label, "url": wish.url(name)} for name, label in zip(STEPS, STEP_LABELS, strict=True)]
    return {"wish": wish, "step_names": names, "number": place + 1, "back": wish.url(STEPS[place - 1])}


def _where(request: HttpRequest, wish: Wish) -> HttpResponse:
    """The places that take it. Where there is only one, it is chosen already."""
    near = "".join(c for c in request.GET.get("near", "") if c.isprintable()).strip()[:30]
    known = places_for(wish.item, wish.kind)
    places = list((known.filter(name__icontains=near) if near else known)[: MOST_PLACES + 1])
    if len(places) == 1 and not near and "choose" not in request.GET:
        return HttpResponseRedirect(wish.url("day", place=places[0].key))
    context = {
        **_shell(wish, "where"),
        "near": near,
        "many": len(places) > MOST_PLACES or bool(near),
        "rows": [(place, wish.url("day", place=place.key)) for place in places[:MOST_PLACES]],
    }
    return page(request, "appointments/where.html", context, section="appointments")


def _day(request: HttpRequest, wish: Wish) -> HttpResponse:
    assert wish.place is not None
    now = timezone.now()
    rows = day_rows(wish.place, wish.item, wish.kind, lambda day: wish.url("time", day=day))
    context = {
        **_shell(wish, "day"),
        "rows": rows,
        "any_free": any(row["url"] for row in rows),
        "hours": opening.words(wish.place.pk, timezone.localdate(now)),
    }
    return page(request, "appointments/day.html", context, section="appointments")


def day_rows(place: Centre, item: Item | None, kind: str, url: Callable[[str], str]) -> list[dict[str, Any]]:
    """The days one may book, each with how much is free or why nothing is."""
    return [
        {
            "words": day_words(one.day),
            "free": one.free,
            "why": one.why_not,
            "url": url(one.day.isoformat()) if one.free else "",
        }
        for one in appointments.days(place, item.key if item else None, kind, timezone.now())
    ]


def _time(request: HttpRequest, wish: Wish) -> HttpResponse:
    assert wish.place is not None
    assert wish.day is not None
    parts = time_parts(wish.place, wish.item, wish.kind, wish.day, lambda at: wish.url("who", at=at))
    context = {**_shell(wish, "time"), "parts": parts, "day": day_words(wish.day)}
    return page(request, "appointments/time.html", context, section="appointments")


def time_parts(
    place: Centre, item: Item | None, kind: str, day: Any, url: Callable[[str], str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    """上午 and 下午 with their slots; what is taken says why."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for slot in appointments.offer(place, item.key if item else None, kind, day, timezone.now()):
        name = "上午" if timezone.localtime(slot.starts).hour < 12 else "下午"
        row = {
            "words": time_words(slot.starts),
            "stamp": stamp(slot.starts),
            "url": url(stamp(slot.starts)) if slot.free else "",
            "why": "" if slot.free else (slot.why_not or "约满"),
        }
        parts.setdefault(name, []).append(row)
    return list(parts.items())


# ---- who comes ----------------------------------------------------------------------------------------------------


def _who(request: HttpRequest, wish: Wish) -> HttpResponse:
    """The last page. `go=time` goes back to choose another time and keeps what was typed."""
    account, applicant = _applicant(request, wish)
    problem: Problem | None = None
    if request.method == "POST":
        if request.POST.get("go") == "time":
            keep_typed(request, {name: request.POST.get(name, "") for name in VisitorForm.base_fields})
            return HttpResponseRedirect(wish.url("time"))
        form = VisitorForm(request.POST, known=applicant)
        if form.is_valid():
            try:
                return _booked(request, wish, form, account, applicant)
            except Problem as refused:
                problem = form.take(refused)
    else:
        first = {"phone": str(applicant.phone or "")} if applicant else {}
        form = VisitorForm(initial={**first, **typed_before(request)}, known=applicant)
    once = request.POST.get("once", "")
    context = {
        **_shell(wish, "who"),
        "form": form,
        "problem": problem,
        "once": once if _ONCE.fullmatch(once) else uuid.uuid4().hex,
        "when": _when(wish),
        "applicant": applicant,
        "id_masked": mask_id(str(applicant.id_number)) if applicant else "",
        "for_other": wish.url(other="1") if applicant else "",
    }
    status = problem.status if problem else 422 if form.is_bound else 200
    return page(request, "appointments/who.html", context, section="appointments", status=status)


def _applicant(request: HttpRequest, wish: Wish) -> tuple[Account | None, Applicant | None]:
    account = account_of(request)
    if account is None or account.applicant is None or wish.other:
        return None, None
    return account, account.applicant


def _booked(
    request: HttpRequest, wish: Wish, form: VisitorForm, account: Account | None, applicant: Applicant | None
) -> HttpResponse:
    """Books once, however often the button was pressed."""
    typed = form.visitor(applicant)
    _count(request, typed["phone"])
    raw = {"item": wish.code, "kind": wish.kind, "at": wish.at, **typed}
    assert wish.place is not None
    once = request.POST.get("once", "")
    key = blind_index("book", f"{once}|{typed['phone']}|{wish.url()}") if _ONCE.fullmatch(once) else None
    by = Actor.of(account) if account else None
    made = appointments.book(wish.place, raw, by=by, channel="online", request=key)
    forget_typed(request)
    messages.success(request, "约好了。短信也会发到您的手机。")
    return HttpResponseRedirect(f"/appointments/{made.code}/")


def _count(request: HttpRequest, phone: str) -> None:
    """Raises TooMany; every try counts."""
    within = [
        throttle.allowed(throttle.BOOK_ADDRESS, throttle.address_of(request)),
        throttle.allowed(throttle.BOOK_PHONE, phone),
    ]
    if not all(within):
        raise TooMany(TOO_MANY)


def _when(wish: Wish) -> str:
    assert wish.day is not None
    assert wish.at is not None
    return f"{day_words(wish.day)} {time_words(wish.at)}"


# ---- the link was lost --------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """By number, day and the last four digits of the phone. Whatever is wrong, the answer is the same."""
    form = FindAppointmentForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            known = _found(request, form)
            if known is not None:
                return HttpResponseRedirect(f"/appointments/{known.code}/")
            status = 429 if form.has_error("__all__", "often") else 422
    return page(request, "appointments/find.html", {"form": form}, section="appointments", status=status)


def _found(request: HttpRequest, form: FindAppointmentForm) -> Appointment | None:
    told = form.cleaned_data
    within = [
        throttle.allowed(throttle.FIND_NUMBER, f"{told['number']}|{told['day']}"),
        throttle.allowed(throttle.FIND_ADDRESS, throttle.address_of(request)),
    ]
    if not all(within):
        form.add_error(None, form.problem("查的次数太多了，请过一会儿再试，或者带身份证到大厅导办台查。", "often"))
        return None
    rows = Appointment.objects.filter(number=told["number"], day=told["day"]).select_related("visitor")
    known: Appointment | None = next((one for one in rows[:50] if _tail(one) == told["phone_tail"]), None)
    if known is None:
        form.add_error(None, form.problem("没有查到这个预约。请对照短信看看预约号、日期和手机号后四位。", "wrong"))
    return known


def _tail(one: Appointment) -> str:
    return "".join(c for c in str(one.visitor.phone or "") if c.isdigit())[-4:]
