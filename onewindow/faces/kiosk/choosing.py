"""What a visitor came for and what the hall can offer them: the same for the kiosk in the hall and for a phone.

A choice lives in the address (`?kind=general&item=KEY&item=KEY`), so that going back works, nothing of a visitor stays
on a machine, and every page can be read without a script.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.http import QueryDict
from django.utils.http import urlencode

from onewindow.catalogue.guide import Guide
from onewindow.catalogue.models import Item
from onewindow.faces.kiosk.directory import Entry, directory
from onewindow.hall import live, tickets
from onewindow.hall.estimate import words
from onewindow.hall.queues import HallMap, ItemInfo, QueueInfo, WindowInfo, items_of
from onewindow.hall.rules import PRIORITY_LABELS, SELF_DECLARED, Priority
from onewindow.hall.tickets import Offer
from onewindow.problems import FieldError, InvalidInput

GENERAL: Final = "general"
MOST_BRING: Final = 6
MOST_ITEMS: Final = 10
_ITEM: Final = re.compile(r"[A-Za-z0-9-]{1,80}")
_KIND: Final = re.compile(r"[a-z_]{1,20}")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,43}")


@dataclass(frozen=True, slots=True)
class Purpose:
    """A reason to come, as it stands on a tile."""

    kind: str
    title: str
    hint: str
    icon: str
    seldom: bool = False
    """Few come for it: a small tile."""


PURPOSES: Final = (
    Purpose(GENERAL, "办事", "申请、登记、变更、缴费", "clipboard-list"),
    Purpose("consulting", "咨询", "怎么办、带什么", "help-circle"),
    Purpose("hand_out", "取证取件", "来领办好的结果", "package"),
    Purpose("theme", "一件事", "几件事一次办完", "stack-2"),
    Purpose("helper", "帮办代办", "陪您填、帮您办", "hearts"),
    Purpose("green", "绿色通道", "有急事或者行动不便", "accessible", True),
    Purpose("cross_province", "跨省通办", "外省的事在这里办", "route", True),
    Purpose("in_province", "省内通办", "省内外市的事在这里办", "map-pin", True),
    Purpose("in_city", "同城通办", "本市外县的事在这里办", "map-pin", True),
    Purpose("enterprise_policy", "惠企政策", "政策咨询和兑现", "building-store", True),
    Purpose("disclosure", "政务公开", "查文件、申请公开信息", "book", True),
    Purpose("cannot_get_done", "办不成事反映", "来过没办成，来这里说", "message-2"),
)
_BY_KIND: Final = {purpose.kind: purpose for purpose in PURPOSES}


@dataclass(frozen=True, slots=True)
class Tile:
    """A purpose in this hall now. `why_not` is empty while tickets are given."""

    purpose: Purpose
    url: str
    waiting: int
    why_not: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen so far, in the order it was chosen."""

    kind: str = GENERAL
    items: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        return urlencode([("kind", self.kind), *(("item", key) for key in self.items)])

    def with_item(self, key: str) -> Choice:
        return self if key in self.items else replace(self, items=(*self.items, key))

    def without(self, key: str) -> Choice:
        return replace(self, items=tuple(one for one in self.items if one != key))


def choice_of(sent: QueryDict) -> Choice:
    """Raises InvalidInput for what no page of ours would send."""
    kind, items = sent.get("kind") or GENERAL, sent.getlist("item")[: MOST_ITEMS + 1]
    if not _KIND.fullmatch(kind):
        raise InvalidInput("没有这类窗口", [FieldError("kind", "请重新选择要办的事")])
    if not all(_ITEM.fullmatch(key) for key in items):
        raise InvalidInput("没有这个事项，或者已经停止办理", [FieldError("items", "请重新选择事项")])
    return Choice(kind, tuple(dict.fromkeys(items)))


# ---- the first page -----------------------------------------------------------------------------------------------


def tiles(layout: HallMap, offers: Sequence[Offer], base: str) -> list[Tile]:
    """One tile a kind of line, in the order of the purposes. `base` is where the pages of choosing begin."""
    found = []
    for purpose in PURPOSES:
        lines = [offer for offer in offers if offer.queue.kind == purpose.kind]
        if lines:
            shut = all(not offer.open for offer in lines)
            page = "items/" if purpose.kind == GENERAL else f"confirm/?kind={purpose.kind}"
            waiting = sum(offer.waiting for offer in lines)
            found.append(Tile(purpose, base + page, waiting, lines[0].why_not if shut else ""))
    return found


def all_shut(offers: Sequence[Offer]) -> bool:
    return not any(offer.open for offer in offers)


# ---- before the ticket --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Station:
    """A line somebody will stand in, for which items, and how long."""

    queue: QueueInfo
    items: tuple[ItemInfo, ...]
    windows: tuple[WindowInfo, ...]
    waiting: int
    wait: str

    @property
    def window_words(self) -> str:
        """「A01—A10」 reads worse than a few codes; many windows are counted."""
        codes = [window.code for window in self.windows]
        return "、".join(codes) if len(codes) <= 4 else f"{codes[0]} 等 {len(codes)} 个窗口"


@dataclass(frozen=True, slots=True)
class Bring:
    """What the applicant must have at hand for an item; `more` of it depends on the case or was left out."""

    name: str
    key: str
    papers: tuple[str, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the last page before the ticket says. `why_not`: the first line gives no ticket today."""

    title: str
    stations: list[Station]
    entries: list[Entry]
    why_not: str

    @property
    def first(self) -> Station:
        return self.stations[0]


def plan(layout: HallMap, choice: Choice, now: datetime) -> Plan:
    """Raises InvalidInput (no such item or line) and RuleBroken (not taken here)."""
    items = items_of(choice.items)
    stations = layout.plan(choice.kind, items)
    offers = {offer.queue.pk: offer for offer in tickets.offers(layout.centre, now)}
    waits = {one.queue.pk: one.wait for one in live.waits(layout.centre, now)}
    told = [
        Station(
            queue,
            group,
            layout.windows_of(queue, {item.department for item in group}, [item.pk for item in group]),
            offers[queue.pk].waiting if queue.pk in offers else 0,
            words(waits.get(queue.pk)),
        )
        for queue, group in stations
    ]
    first = offers.get(stations[0][0].pk)
    known = directory(layout).by_key
    entries = [known[item.key] for item in items if item.key in known]
    why = first.why_not if first else "现在不能取号"
    return Plan(_title(choice, items), told, entries, why)


def _title(choice: Choice, items: Sequence[ItemInfo]) -> str:
    if len(items) == 1:
        return items[0].name
    if items:
        return f"{items[0].name}等 {len(items)} 件事"
    purpose = _BY_KIND.get(choice.kind)
    return "办事（还没定办哪一件）" if choice.kind == GENERAL else purpose.title if purpose else "取号"


def to_bring(entries: Sequence[Entry]) -> list[Bring]:
    """What everybody needs for these items, from the guides in force. One query."""
    rows = Item.objects.select_related("current").in_bulk([entry.pk for entry in entries]) if entries else {}
    return [_bring(entry, rows[entry.pk]) for entry in entries if entry.pk in rows and rows[entry.pk].current]


def _bring(entry: Entry, item: Item) -> Bring:
    assert item.current is not None
    lines = Guide(item.current.spec).to_bring
    always = [line.name for line in lines if not line.when]
    return Bring(entry.name, entry.key, tuple(always[:MOST_BRING]), len(lines) > min(len(always), MOST_BRING))


# ---- sending ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """A priority that somebody may say of themselves."""

    value: str
    label: str


def claims(layout: HallMap) -> list[Claim]:
    if not layout.rules.self_declared:
        return []
    return [Claim(one.value, PRIORITY_LABELS[one]) for one in SELF_DECLARED]


def new_key() -> str:
    """In every form that takes a ticket: pressing twice gives the same ticket."""
    return secrets.token_urlsafe(16)


def key_of(sent: QueryDict, where: str) -> str:
    """Raises InvalidInput when the form was not one of ours."""
    key = sent.get("key", "")
    if not _KEY.fullmatch(key):
        raise InvalidInput("这一页过期了，请从头再来一次", [FieldError("key", "请回到首页重新取号")])
    return f"{where}:{key}"[:80]


def take_input(choice: Choice, sent: QueryDict) -> dict[str, Any]:
    """The body of `tickets.take`. Raises InvalidInput for a priority that nobody may claim for themselves."""
    priority = sent.get("priority", "")
    if priority and priority not in {one.value for one in SELF_DECLARED}:
        raise InvalidInput("没有这种优先", [FieldError("priority", "请重新选择，或者到导办台说明情况")])
    return {"kind": choice.kind, "items": choice.items, "priority": Priority(priority).value}
