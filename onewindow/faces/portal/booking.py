"""What somebody wants to book, as the address of a page says it: what for, where, which day, at what time.

Nothing of a person is ever in an address. What was typed on the last page is kept sealed in the session, so that going
back to choose another time loses nothing.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.http import urlencode

from onewindow.catalogue.models import Item
from onewindow.faces.design.words import cn_short_date
from onewindow.faces.portal.site import WEEKDAYS
from onewindow.faces.portal.views.items import item_by
from onewindow.hall.models import Appointment, Hall, Queue
from onewindow.hall.queues import item_info
from onewindow.people import crypto
from onewindow.places.models import Centre

KINDS: Final[dict[str, tuple[str, str]]] = {
    "consulting": ("咨询", "不知道怎么办、要带什么，来问一问"),
    "hand_out": ("取件", "来拿办好的证照、批文"),
    "general": ("办事，还不确定是哪一项", "到了窗口再说也行"),
    "theme": ("一件事", "开店、生孩子、退休这样要跑几个部门的事，一次办"),
    "helper": ("请人帮办", "不会填、不方便，请帮办人员陪着办"),
    "cross_province": ("跨省通办", "办外省的事"),
    "in_province": ("省内通办", "办省内别处的事"),
    "in_city": ("同城通办", "办市里别处的事"),
    "cannot_get_done": ("反映办不成的事", "跑了几趟没办成，说给我们听"),
    "enterprise_policy": ("惠企政策", "问政策、申请补贴"),
    "disclosure": ("政务公开", "查政府信息、申请公开"),
}
"""What one can come for without naming an item, in the words of people; what is not here cannot be booked."""
STEPS: Final = ("what", "where", "day", "time", "who")
STEP_LABELS: Final = ("办什么", "去哪里", "哪一天", "几点", "谁来办")
_FARTHEST: Final = dt.timedelta(days=100)
_TYPED: Final = "appointment_typed"


@dataclass(frozen=True)
class Wish:
    """As far as it was chosen. `item` None: `kind` says what for."""

    kind: str
    item: Item | None = None
    place: Centre | None = None
    day: dt.date | None = None
    at: dt.datetime | None = None
    other: bool = False
    """Signed in, but booking for somebody else."""

    @property
    def what(self) -> str:
        return self.item.name if self.item else KINDS[self.kind][0]

    @property
    def code(self) -> str | None:
        return self.item.key if self.item else None

    @property
    def step(self) -> str:
        chosen = (True, self.place, self.day, self.at)
        return STEPS[next((at for at, one in enumerate(chosen) if not one), 4)]

    def url(self, step: str = "who", **more: str) -> str:
        """The page of that step: what is chosen there and after it is left out."""
        reach = STEPS.index(step)
        query = {"item": self.item.key} if self.item else {"kind": self.kind}
        if self.place and reach > 1:
            query["place"] = self.place.key
        if self.day and reach > 2:
            query["day"] = self.day.isoformat()
        if self.at and reach > 3:
            query["at"] = stamp(self.at)
        if self.other:
            query["other"] = "1"
        return "/appointments/" if step == "what" else f"/appointments/new/?{urlencode({**query, **more})}"


def wish_of(given: Mapping[str, str]) -> Wish:
    """From the query of an address. A day or time that makes no sense counts as not chosen yet.

    Raises Http404 for an item or place that does not exist, InvalidInput for an item out of use.
    """
    code, kind = given.get("item", "").replace("\0", "")[:40], given.get("kind", "")
    item = item_by(code) if code else None
    if item is not None:
        item_info(item.key)
    elif kind not in KINDS:
        raise Http404
    key = given.get("place", "").replace("\0", "")[:40]
    place = places_for(item, "general" if item else kind).filter(key=key).first() if key else None
    if key and place is None:
        raise Http404
    day = parsed_day(given.get("day", "")) if place else None
    at = parsed_time(given.get("at", ""), day) if day else None
    return Wish("general" if item else kind, item, place, day, at, given.get("other") == "1")


def parsed_day(text: str) -> dt.date | None:
    """A day from today on that somebody could have been offered; None for anything else."""
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return None
    today = timezone.localdate()
    return day if today <= day <= today + _FARTHEST else None


def parsed_time(text: str, day: dt.date | None = None) -> dt.datetime | None:
    """The start of a slot (2026-11-23T09:30, local time), on that day where one is given."""
    try:
        moment = dt.datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=timezone.get_current_timezone())
    except ValueError:
        return None
    return moment if day is None or moment.date() == day else None


def stamp(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def places_for(item: Item | None, kind: str) -> QuerySet[Centre]:
    """The open places with a hall that gives appointments for this: the county's hall first, then by name.

    An item goes where its department reaches, and into towns and villages only where it was delegated to them.
    """
    lines = Queue.objects.filter(centre=OuterRef("pk"), is_active=True, takes_appointments=True, kind=kind)
    found = Centre.objects.filter(Exists(Hall.objects.filter(pk=OuterRef("pk"))), Exists(lines), is_open=True)
    if item is not None:
        info = item_info(item.key)
        reach = Q(division__code__startswith=item.department.division_id)
        found = found.filter(reach)
        if not info.town:
            found = found.exclude(kind="township_centre")
        if not info.village:
            found = found.exclude(kind="village_station")
    return found.select_related("division").order_by("division__code", "id")


def offered_kinds() -> list[tuple[str, str, str]]:
    """(kind, name, what it is) of what can be booked without naming an item, somewhere. One query."""
    rows = Queue.objects.filter(is_active=True, takes_appointments=True, centre__is_open=True)
    known = set(rows.filter(centre__hall__isnull=False).values_list("kind", flat=True))
    return [(kind, *words) for kind, words in KINDS.items() if kind in known]


def day_words(day: dt.date) -> str:
    """今天（11月22日 星期日） · 11月23日 星期一."""
    words = f"{cn_short_date(day)} 星期{WEEKDAYS[day.weekday()]}"
    near = {0: "今天", 1: "明天"}.get((day - timezone.localdate()).days)
    return f"{near}（{words}）" if near else words


def time_words(starts: dt.datetime, ends: dt.datetime | None = None) -> str:
    """9:30 or 9:30—9:45."""
    first = timezone.localtime(starts)
    words = f"{first.hour}:{first.minute:02}"
    if ends is None:
        return words
    last = timezone.localtime(ends)
    return f"{words}—{last.hour}:{last.minute:02}"


def what_of(booked: Appointment) -> str:
    """What a booking is for, as it was chosen."""
    if booked.item is not None:
        return booked.item.name
    return KINDS[booked.queue.kind][0] if booked.queue.kind in KINDS else booked.queue.name


# ---- what was typed -----------------------------------------------------------------------------------------------


def keep_typed(request: HttpRequest, typed: Mapping[str, str]) -> None:
    """Sealed: the session table holds no name, phone or number in the open."""
    text = json.dumps({name: str(value)[:300] for name, value in typed.items()}, ensure_ascii=False)
    request.session[_TYPED] = base64.b64encode(crypto.encrypt(text)).decode()


def typed_before(request: HttpRequest) -> dict[str, str]:
    sealed = request.session.get(_TYPED, "") if request.session.session_key else ""
    if not sealed:
        return {}
    try:
        found: Any = json.loads(crypto.decrypt(base64.b64decode(sealed)))
    except (binascii.Error, ValueError, crypto.UnreadableSecret):
        return {}
    return found if isinstance(found, dict) else {}


def forget_typed(request: HttpRequest) -> None:
    if request.session.session_key:
        request.session.pop(_TYPED, None)
