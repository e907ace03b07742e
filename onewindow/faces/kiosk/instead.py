"""What else somebody can do who gets no ticket here and now: online, by appointment, somewhere else, or by asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from onewindow.catalogue.guide import Guide
from onewindow.catalogue.models import Item
from onewindow.faces.design.words import cn_short_date
from onewindow.hall import appointments
from onewindow.hall.queues import HallMap
from onewindow.papers.qr import qr_svg
from onewindow.places.models import Centre
from onewindow.problems import Problem

_DAYS: Final = 3
_PLACES: Final = 2


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to do. `path` is a page of the public site; the kiosk shows it as a code to scan."""

    icon: str
    title: str
    text: str
    path: str = ""

    @property
    def url(self) -> str:
        return f"{settings.OW_PUBLIC_URL}{self.path}" if self.path else ""

    @property
    def qr(self) -> SafeString:
        return qr(self.url) if self.path else SafeString()


def qr(url: str) -> SafeString:
    """A code for an address of ours, as SVG."""
    return mark_safe(qr_svg(url))  # drawn by ourselves: digits of a path, nothing that was typed


def ways(layout: HallMap, kind: str, keys: Sequence[str], now: datetime) -> list[Way]:
    """The ways for what was chosen, the quickest first; asking a person is always the last. Up to three queries and
    what the appointments ask."""
    items = list(Item.objects.in_use().select_related("current").filter(key__in=list(keys)[:10])) if keys else []
    found = [way for item in items if (way := _online(item)) is not None][:2]
    if (booked := _appointment(layout, kind, items[0] if items else None, now)) is not None:
        found.append(booked)
    found += _elsewhere(layout, items[0]) if items else []
    return [*found, _ask(layout)]


def _online(item: Item) -> Way | None:
    assert item.current is not None
    if not Guide(item.current.spec).online:
        return None
    return Way("world", f"网上办「{item.name}」", "手机扫一扫就能申请，不用排队", f"/items/{item.key}/")


def _appointment(layout: HallMap, kind: str, item: Item | None, now: datetime) -> Way | None:
    """The next days on which a time is free."""
    try:
        days = appointments.days(layout.centre, item.key if item else None, kind, now)
    except Problem:  # this line takes no appointments, or this hall does not take the item
        return None
    free = [day for day in days if day.free][:_DAYS]
    if not free:
        return None
    words = "、".join(cn_short_date(day.day) for day in free)
    query = urlencode({**({"item": item.key} if item else {"kind": kind}), "place": layout.centre_key})
    return Way("calendar-event", "预约别的时间", f"最近可以约：{words}", f"/appointments/new/?{query}")


def _elsewhere(layout: HallMap, item: Item) -> list[Way]:
    """Other open places that take the item, the bigger ones first."""
    places = Centre.objects.filter(items=item, is_open=True).exclude(pk=layout.centre).order_by("division_id", "id")
    return [
        Way("map-pin", f"到{place.name}办", "，".join(part for part in (place.address, place.phone) if part))
        for place in places[:_PLACES]
    ]


def _ask(layout: HallMap) -> Way:
    return Way("user-check", "问一问导办台", "工作人员帮您看看还有什么办法；也可以拨打 12345")
