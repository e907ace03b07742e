"""Changing a hall: its rules, lines, what windows and people take, planned closures, and its machines. One verb each,
audited by the steward like every change of places; the hours are in timetable.py and named here too.

Every verb raises Refused, InvalidInput, NotNow, NotFound or Stale, and then nothing changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from django.db.models import Q
from django.utils import timezone
from pydantic import AfterValidator, Field, StringConstraints

from onewindow.catalogue.models import Item
from onewindow.clocks.reckon import SHANGHAI
from onewindow.hall import machines
from onewindow.hall.models import (
    Appointment,
    Hall,
    PostingItem,
    Queue,
    Terminal,
    Ticket,
    WindowClosure,
    WindowItem,
)
from onewindow.hall.rules import as_json, problems_with, rules_of
from onewindow.hall.timetable import Reason, changing, clear_day, set_day, set_weekly
from onewindow.hall.upkeep import displace
from onewindow.inputs import Input, Line, OptionalLine, at_most
from onewindow.people.changes import Steward
from onewindow.people.models import Posting
from onewindow.places.changes import WindowKind, departments_of, facts_of, refuse_stale
from onewindow.places.models import Centre, Window
from onewindow.problems import FieldError, InvalidInput, NotFound, NotNow

__all__ = [
    "add_closure",
    "add_queue",
    "clear_day",
    "edit_queue",
    "edit_rules",
    "enrol_terminal",
    "queue_facts",
    "remove_closure",
    "renew_terminal",
    "revoke_terminal",
    "rules_facts",
    "set_day",
    "set_posting_items",
    "set_weekly",
    "set_window_items",
]
_LONGEST_CLOSURE: Final = timedelta(days=366)
_ONE: Final = "有一处需要改一改"


# ---- rules --------------------------------------------------------------------------------------------------------


class RulesEdit(Input):
    """What is left out stays as it is; see rules.py for what each means and where it must lie."""

    notice: OptionalLine = ""
    advance: dict[str, int] = Field(default_factory=dict, max_length=10)
    fairness: float = 0
    fairness_floor: int = 0
    slot_minutes: int = 0
    horizon_days: int = 0
    walk_in_share: float = 0
    release_minutes: int = 0
    early_minutes: int = 0
    reminder_hours: int = 0
    missed_back: int = 0
    missed_most: int = 0
    missed_minutes: int = 0
    wait_limit: int = 0
    stop_margin: int = 0
    manned_minutes: int = 0
    keep_overnight: bool = False
    service_minutes: float = 0
    forget_days: int = 0
    self_declared: bool = True
    phone_tickets: bool = True
    enrolled_only: bool = False


def rules_facts(hall: Hall) -> dict[str, Any]:
    return {"notice": hall.notice, **as_json(hall.told)}


def edit_rules(centre: Centre, raw: Any, *, by: Steward, seen: str | None = None) -> Hall:
    """The rules of the hall; a centre without a hall gets one by it."""
    given = RulesEdit.parse(raw).model_dump(exclude_unset=True)
    with changing(centre, by, "edit_hall_rules") as note:
        hall = Hall.objects.filter(centre=centre).first()
        note.before = rules_facts(hall) if hall else {}
        refuse_stale(note.before, seen)
        hall = hall or Hall(centre=centre)
        hall.notice = given.pop("notice", hall.notice)
        advance = {**hall.told.advance, **given.pop("advance", {})}
        rules = rules_of({**as_json(hall.told), **given, "advance": advance})
        if wrong := problems_with(rules):
            raise InvalidInput("有几处需要改一改", [FieldError(name, words) for name, words in wrong.items()])
        hall.rules = as_json(rules)
        hall.save()
        note.after = rules_facts(hall)
    return hall


# ---- lines --------------------------------------------------------------------------------------------------------


class QueueEdit(Input):
    """`departments` are ids; empty: whatever no other line of that kind takes."""

    name: Annotated[Line, at_most(30)]
    kind: WindowKind
    departments: Annotated[tuple[int, ...], Field(max_length=200)] = ()
    is_active: bool = True
    takes_appointments: bool = True


class QueueNew(QueueEdit):
    letter: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{1,2}$")]


_QUEUE: Final = ("name", "kind", "is_active", "takes_appointments")


def queue_facts(queue: Queue) -> dict[str, Any]:
    departments = sorted(department.pk for department in queue.departments.all())
    return {**facts_of(queue, *_QUEUE), "departments": departments}


def add_queue(centre: Centre, raw: Any, *, by: Steward) -> Queue:
    """Its letter stays: it is on tickets."""
    told = QueueNew.parse(raw)
    with changing(centre, by, "add_queue") as note:
        if centre.queues.filter(letter=told.letter).exists():
            raise InvalidInput(_ONE, [FieldError("letter", f"字母 {told.letter} 已经有队伍在用，请换一个")])
        _check_queue(centre, told, 0)
        queue = Queue(centre=centre, letter=told.letter)
        _write_queue(queue, told)
        note.subject = f"queue:{queue.pk}"
        note.after = {"letter": queue.letter, **queue_facts(queue)}
    return queue


def edit_queue(queue: Queue, raw: Any, *, by: Steward, seen: str | None = None) -> Queue:
    """Raises NotNow when people wait or have booked in a line that is to be switched off or to change its kind."""
    told = QueueEdit.parse(raw)
    with changing(queue.centre, by, "edit_queue", f"queue:{queue.pk}") as note:
        locked: Queue = Queue.objects.select_for_update(of=("self",)).select_related("centre").get(pk=queue.pk)
        note.before = queue_facts(locked)
        refuse_stale(note.before, seen)
        if not told.is_active or told.kind != locked.kind:
            _refuse_in_use(locked)
        _check_queue(locked.centre, told, locked.pk)
        _write_queue(locked, told)
        note.after = queue_facts(locked)
    return locked


def _write_queue(queue: Queue, told: QueueEdit) -> None:
    for name in _QUEUE:
        setattr(queue, name, getattr(told, name))
    queue.save()
    queue.departments.set(told.departments)


def _check_queue(centre: Centre, told: QueueEdit, own: int) -> None:
    """Two lines of a kind never take the same department's items: nobody would know where to stand."""
    wanted = set(told.departments)
    if len(wanted) < len(told.departments) or departments_of(centre).filter(pk__in=wanted).count() < len(wanted):
        raise InvalidInput(_ONE, [FieldError("departments", "有的部门不在这个地方，请重新选择")])
    if not told.is_active:
        return
    for other in centre.queues.filter(kind=told.kind, is_active=True).exclude(pk=own).prefetch_related("departments"):
        taken = {department.pk: department.name for department in other.departments.all()}
        if not taken and not wanted:
            words = f"队伍 {other} 已经接这类窗口的所有事项，请选出这条队伍接哪些部门的事项"
            raise InvalidInput(_ONE, [FieldError("departments", words)])
        if both := wanted & set(taken):
            words = f"{taken[min(both)]}的事项已经在队伍 {other} 里"
            raise InvalidInput(_ONE, [FieldError("departments", words)])


def _refuse_in_use(queue: Queue) -> None:
    waiting = Ticket.objects.live().filter(queue=queue).count()
    booked = Appointment.objects.live().filter(queue=queue).count()
    parts = [f"{waiting} 位正在排队" if waiting else "", f"{booked} 位已经预约" if booked else ""]
    if waiting or booked:
        raise NotNow(f"队伍 {queue} 还有{'、'.join(part for part in parts if part)}，先办完或取消，再改这一项")


# ---- who takes what -----------------------------------------------------------------------------------------------


ItemName = Annotated[Line, at_most(80)]
Items = Annotated[tuple[ItemName, ...], Field(max_length=2000)]


class WindowItemsEdit(Input):
    """Keys or codes: items the window takes beyond its departments, and items of theirs it does not take."""

    more: Items = ()
    less: Items = ()


class PostingItemsEdit(Input):
    """Keys or codes of the items that this person cannot take (yet)."""

    items: Items = ()


def set_window_items(window: Window, raw: Any, *, by: Steward) -> None:
    """Replaces the exceptions of a window."""
    told = WindowItemsEdit.parse(raw)
    with changing(window.centre, by, "set_window_items", f"window:{window.pk}") as note:
        more, less = _items("more", told.more), _items("less", told.less)
        if both := set(more) & set(less):
            words = f"「{more[min(both)]}」不能又加又减"
            raise InvalidInput(_ONE, [FieldError("less", words)])
        before = window.item_exceptions.values_list("item_id", "takes")
        note.before = _exceptions(before)
        window.item_exceptions.all().delete()
        chosen = [(pk, True) for pk in more] + [(pk, False) for pk in less]
        WindowItem.objects.bulk_create(WindowItem(window=window, item_id=pk, takes=takes) for pk, takes in chosen)
        note.after = _exceptions(chosen)


def _exceptions(rows: Iterable[tuple[int, bool]]) -> dict[str, list[int]]:
    known = list(rows)
    return {
        "more_items": sorted(pk for pk, takes in known if takes),
        "less_items": sorted(pk for pk, takes in known if not takes),
    }


def set_posting_items(posting: Posting, raw: Any, *, by: Steward) -> None:
    """Replaces what the person of a posting cannot take."""
    told = PostingItemsEdit.parse(raw)
    with changing(posting.centre, by, "set_posting_items", f"posting:{posting.pk}") as note:
        chosen = _items("items", told.items)
        note.before = {"less_items": sorted(posting.item_exceptions.values_list("item_id", flat=True))}
        posting.item_exceptions.all().delete()
        PostingItem.objects.bulk_create(PostingItem(posting=posting, item_id=pk) for pk in chosen)
        note.after = {"less_items": sorted(chosen)}


def _items(field: str, names: Collection[str]) -> dict[int, str]:
    """Number -> name of the items. Raises InvalidInput that quotes the first unknown one."""
    wanted = set(names)
    rows = Item.objects.filter(Q(key__in=wanted) | Q(code__in=wanted)).values_list("pk", "key", "code", "name")
    found = {pk: name for pk, _, _, name in rows}
    unknown = wanted - {text for _, key, code, _ in rows for text in (key, code)}
    if unknown:
        raise InvalidInput(_ONE, [FieldError(field, f"没有事项「{min(unknown)}」，请重新选择")])
    return found


# ---- planned closures ---------------------------------------------------------------------------------------------


def _aware(time: datetime) -> datetime:
    aware = time if time.tzinfo else time.replace(tzinfo=SHANGHAI)
    if not 2000 <= aware.year <= 2200:
        raise ValueError("请选择日历上的时间")
    return aware.astimezone(SHANGHAI)


Moment = Annotated[datetime, AfterValidator(_aware)]


class ClosureNew(Input):
    starts_at: Moment
    ends_at: Moment
    reason: Reason


def add_closure(window: Window, raw: Any, *, by: Steward) -> WindowClosure:
    """The window is shut for a time: bookings that count on it count on another, or their people are told."""
    told = ClosureNew.parse(raw)
    if told.ends_at <= told.starts_at:
        raise InvalidInput(_ONE, [FieldError("ends_at", "结束要晚于开始")])
    if told.ends_at <= by.now or told.ends_at - told.starts_at > _LONGEST_CLOSURE:
        raise InvalidInput(_ONE, [FieldError("ends_at", "请选以后的时间，一次最多一年")])
    with changing(window.centre, by, "add_closure", f"window:{window.pk}") as note:
        made = WindowClosure.objects.create(window=window, **told.model_dump())
        note.after = {"closure": made.pk, **_closure_facts(made), "displaced": _displace_during(made, by.now)}
    return made


def remove_closure(closure: WindowClosure, *, by: Steward) -> None:
    window = closure.window
    with changing(window.centre, by, "remove_closure", f"window:{window.pk}") as note:
        locked = WindowClosure.objects.filter(pk=closure.pk).first()
        if locked is None:
            raise NotFound("这项安排已经删掉了")
        note.before = {"closure": locked.pk, **_closure_facts(locked)}
        locked.delete()


def _closure_facts(closure: WindowClosure) -> dict[str, Any]:
    starts, ends = (time.astimezone(SHANGHAI).isoformat() for time in (closure.starts_at, closure.ends_at))
    return {"starts_at": starts, "ends_at": ends, "reason": closure.reason}


def _displace_during(closure: WindowClosure, now: datetime) -> int:
    first, last = timezone.localdate(closure.starts_at), timezone.localdate(closure.ends_at)
    centre = closure.window.centre_id
    booked = Appointment.objects.filter(centre_id=centre, state="booked", day__gte=first, day__lte=last)
    days = sorted(set(booked.values_list("day", flat=True)))
    return sum(displace(centre, day, now) for day in days)


# ---- machines -----------------------------------------------------------------------------------------------------


class TerminalNew(Input):
    """`window`, the number of one of the centre's windows, says where a rating screen stands; nothing else has one."""

    kind: Literal["kiosk", "screen", "window_screen"]
    name: Annotated[Line, at_most(40)]
    window: int | None = None


def enrol_terminal(centre: Centre, raw: Any, *, by: Steward) -> tuple[Terminal, str]:
    """A machine of the hall with the token of its link, shown this once: only its digest (SHA-256, hexadecimal) is
    kept, and it opens once (`hall.machines`)."""
    told = TerminalNew.parse(raw)
    with changing(centre, by, "enrol_terminal") as note:
        if centre.terminals.filter(name=told.name, revoked_at__isnull=True).exists():
            raise InvalidInput(_ONE, [FieldError("name", "已经有同名的终端，请换一个名称")])
        window = _window_of(centre, told)
        token, digest = machines.new_token()
        made = Terminal.objects.create(
            centre=centre, kind=told.kind, name=told.name, window=window, digest=digest, enrolled_at=by.now
        )
        note.subject = f"terminal:{made.pk}"
        note.after = {**facts_of(made, "kind", "name"), **({"window": window.code} if window else {})}
    return made, token


def _window_of(centre: Centre, told: TerminalNew) -> Window | None:
    """Raises InvalidInput."""
    if told.kind != "window_screen":
        return None
    rows = Window.objects.filter(centre=centre, is_active=True, pk=told.window or 0)
    found: Window | None = rows.first()
    if found is None:
        raise InvalidInput(_ONE, [FieldError("window", "请选评价屏放在哪个窗口")])
    return found


def renew_terminal(terminal: Terminal, *, by: Steward) -> tuple[Terminal, str]:
    """A new link for the same place, shown this once; the machine that was there is let in no more. Raises NotNow."""
    with changing(terminal.centre, by, "renew_terminal", f"terminal:{terminal.pk}") as note:
        locked: Terminal = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal.pk)
        if locked.revoked_at is not None:
            raise NotNow("这台设备已经停用，请重新登记")
        token, locked.digest = machines.new_token()
        note.before = {"opened": locked.opened_at is not None}
        locked.opened_at = locked.seen_at = None
        locked.save()
        note.after = {"opened": False}
    return locked, token


def revoke_terminal(terminal: Terminal, *, by: Steward) -> Terminal:
    """Its token is worth nothing from now on; revoked already: nothing more happens."""
    with changing(terminal.centre, by, "revoke_terminal", f"terminal:{terminal.pk}") as note:
        locked: Terminal = Terminal.objects.select_for_update(of=("self",)).get(pk=terminal.pk)
        note.before = {"revoked": locked.revoked_at is not None}
        locked.revoked_at = locked.revoked_at or by.now
        locked.save()
        note.after = {"revoked": True}
    return locked
