"""Saying when a hall is open: its week, and the days that differ. Nothing said is ever overwritten: it is ended, so
that what was promised on a day stays readable. Whoever booked a time that is gone is told in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from django.db import transaction
from pydantic import AfterValidator, Field

from onewindow.hall import bookable, hours, memory, opening
from onewindow.hall.hours import EXTENDED, WEEKDAYS, Hours
from onewindow.hall.models import Appointment, DayHours, WeeklyHours
from onewindow.hall.queues import hall_map
from onewindow.hall.upkeep import displace
from onewindow.inputs import Input, Line, at_most
from onewindow.people.changes import Area, Steward
from onewindow.places.changes import Note
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, NotFound

_FURTHEST: Final = timedelta(days=3 * 366)


def _time(text: str) -> str:
    hours.read_time(text)
    return text


Time = Annotated[str, AfterValidator(_time)]
Reason = Annotated[Line, at_most(100)]


class Period(Input):
    """From `opens` to `closes`, as people write times: 9:00, 09:00, 24:00."""

    opens: Time
    closes: Time
    kind: Literal["regular", "extended"] = "regular"

    @property
    def told(self) -> Hours:
        return Hours(hours.read_time(self.opens), hours.read_time(self.closes), self.kind)


class WeekdayPeriod(Period):
    weekday: Annotated[int, Field(ge=0, le=6)]


class WeeklyInput(Input):
    """The hours of a week from a day on; with `valid_until` (summer hours) what held before holds again after it."""

    valid_from: date
    valid_until: date | None = None
    rows: Annotated[tuple[WeekdayPeriod, ...], Field(min_length=1, max_length=50)]


class DayInput(Input):
    """A day that differs; no periods: closed."""

    day: date
    periods: Annotated[tuple[Period, ...], Field(max_length=10)] = ()
    reason: Reason


# ---- the week -----------------------------------------------------------------------------------------------------


def set_weekly(centre: Centre, raw: Any, *, by: Steward) -> list[WeeklyHours]:
    """New hours of the week. Only the first hours of a hall may begin in the past. Returns the new rows."""
    told = WeeklyInput.parse(raw)
    _check_week(told)
    with changing(centre, by, "set_weekly_hours") as note:
        current = list(WeeklyHours.objects.filter(centre=centre, ended_at__isnull=True))
        _check_from(told, by, bool(current))
        note.before = {"hours": _week_words(row for row in current if opening.weekly_of(row).on(told.valid_from))}
        _end_weekly(current, told, by.now)
        made = WeeklyHours.objects.bulk_create(_new_row(centre, row, told, by.now) for row in told.rows)
        until = told.valid_until.isoformat() if told.valid_until else None
        note.after = {"hours": _week_words(made), "from": told.valid_from.isoformat(), "until": until}
        _displace_days(centre, told.valid_from, told.valid_until, by.now)
    return made


def _check_week(told: WeeklyInput) -> None:
    errors = []
    for weekday in range(7):
        rows = [(f"rows.{n}", row.told) for n, row in enumerate(told.rows) if row.weekday == weekday]
        errors += _period_errors(rows, WEEKDAYS[weekday])
    if told.valid_until is not None and told.valid_until < told.valid_from:
        errors.append(FieldError("valid_until", "结束的日期早于开始的日期"))
    if errors:
        raise InvalidInput("办公时间有几处需要改一改", errors)


def _period_errors(rows: Sequence[tuple[str, Hours]], day: str) -> list[FieldError]:
    """Stretches that end before they begin, and the first two that overlap, both named."""
    wrong = [field for field, told in rows if told.opens >= told.closes]
    if wrong:
        return [FieldError(f"{field}.closes", f"{day}的结束时间要晚于开始时间") for field in wrong]
    pair = hours.overlapping([told for _, told in rows])
    if pair is None:
        return []
    fields = [field for field, told in rows if told in pair]
    return [FieldError(fields[-1], f"{day}的 {pair[0]} 和 {pair[1]} 重叠了，请改其中一个")]


def _check_from(told: WeeklyInput, by: Steward, known: bool) -> None:
    if known and told.valid_from < by.today:
        raise InvalidInput("过去的办公时间不能再改", [FieldError("valid_from", "请选今天或以后的日期")])
    if abs(told.valid_from - by.today) > _FURTHEST:
        raise InvalidInput("日期太远", [FieldError("valid_from", "请选三年以内的日期")])


def _end_weekly(current: Iterable[WeeklyHours], told: WeeklyInput, now: datetime) -> None:
    """Ends what the new hours touch, and says again what of it holds before and after them."""
    for row in current:
        if (row.valid_until and row.valid_until < told.valid_from) or (
            told.valid_until and row.valid_from > told.valid_until
        ):
            continue
        WeeklyHours.objects.filter(pk=row.pk).update(ended_at=now)
        if row.valid_from < told.valid_from:
            _say_again(row, now, valid_until=told.valid_from - timedelta(days=1))
        if told.valid_until and (row.valid_until is None or row.valid_until > told.valid_until):
            _say_again(row, now, valid_from=told.valid_until + timedelta(days=1))


def _say_again(row: WeeklyHours, now: datetime, **changes: date) -> None:
    kept = {name: getattr(row, name) for name in ("weekday", "opens", "closes", "kind", "valid_from", "valid_until")}
    WeeklyHours.objects.create(centre_id=row.centre_id, said_at=now, **{**kept, **changes})


def _new_row(centre: Centre, row: WeekdayPeriod, told: WeeklyInput, now: datetime) -> WeeklyHours:
    return WeeklyHours(
        centre=centre,
        weekday=row.weekday,
        opens=row.told.opens,
        closes=row.told.closes,
        kind=row.kind,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
        said_at=now,
    )


def _week_words(rows: Iterable[WeeklyHours]) -> str:
    """星期一至星期五 9:00–12:00，13:00–17:00；星期六 延时 9:00–12:00."""
    week: dict[int, list[Hours]] = {}
    for row in rows:
        week.setdefault(row.weekday, []).append(Hours(row.opens, row.closes, row.kind))
    spelt = [(weekday, _words(week[weekday])) for weekday in sorted(week)]
    runs: list[tuple[int, int, str]] = []
    for weekday, words in spelt:
        if runs and runs[-1][1] == weekday - 1 and runs[-1][2] == words:
            runs[-1] = (runs[-1][0], weekday, words)
        else:
            runs.append((weekday, weekday, words))
    return "；".join(
        f"{WEEKDAYS[first]}{f'至{WEEKDAYS[last]}' if last > first else ''} {words}" for first, last, words in runs
    )


def _words(periods: Iterable[Hours]) -> str:
    ordered = sorted(periods, key=lambda told: told.opens)
    return "，".join(f"{'延时 ' if told.kind == EXTENDED else ''}{told}" for told in ordered)


# ---- a day --------------------------------------------------------------------------------------------------------


def set_day(centre: Centre, raw: Any, *, by: Steward) -> DayHours:
    """Other hours on one day, or none. Whoever booked a time that is gone is told of others."""
    told = DayInput.parse(raw)
    errors = _period_errors([(f"periods.{n}", period.told) for n, period in enumerate(told.periods)], "这一天")
    if not by.today <= told.day <= by.today + _FURTHEST:
        errors.append(FieldError("day", "请选今天到三年以内的日期"))
    if errors:
        raise InvalidInput("有几处需要改一改", errors)
    with changing(centre, by, "set_day_hours") as note:
        note.before = _end_day(centre, told.day, by.now)
        periods = sorted((period.told for period in told.periods), key=lambda period: period.opens)
        made = DayHours.objects.create(
            centre=centre,
            day=told.day,
            periods=[[period.opens, period.closes, period.kind] for period in periods],
            reason=told.reason,
            said_at=by.now,
            said_by=by.actor.account,
        )
        moved = displace(centre, told.day, by.now)
        note.after = {**_day_facts(made), **({"displaced": moved} if moved else {})}
    return made


def clear_day(centre: Centre, day: date, *, by: Steward) -> None:
    """The day is as its week again. Raises NotFound when nothing was said for it."""
    with changing(centre, by, "clear_day_hours") as note:
        note.before = _end_day(centre, day, by.now)
        if not note.before:
            raise NotFound("这一天没有另外安排")
        displace(centre, day, by.now)
        note.after = {"day": day.isoformat()}


def _end_day(centre: Centre, day: date, now: datetime) -> dict[str, Any]:
    """Ends what was said for the day; its facts, or none."""
    row = DayHours.objects.filter(centre=centre, day=day, ended_at__isnull=True).first()
    if row is None:
        return {}
    DayHours.objects.filter(pk=row.pk).update(ended_at=now)
    return _day_facts(row)


def _day_facts(row: DayHours) -> dict[str, Any]:
    told = opening.special_of(row)
    return {"day": row.day.isoformat(), "hours": _words(told.periods) or "不办公", "reason": row.reason}


# ---- what every change of a hall does -----------------------------------------------------------------------------


@contextmanager
def changing(centre: Centre, by: Steward, verb: str, subject: str = "") -> Iterator[Note]:
    """One audited change of a hall, one at a time per centre; what processes remember is forgotten afterwards.

    The lock lets bookings go on (they refer to the centre's row).
    """
    try:
        with by.change(verb, Area.CENTRES, centre.division_id, subject or f"centre:{centre.pk}") as note:
            Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
            transaction.on_commit(memory.forget)
            yield note
    finally:
        memory.forget()


def _displace_days(centre: Centre, first: date, last: date | None, now: datetime) -> None:
    """Every day that may have bookings, also one being made this moment."""
    booked = Appointment.objects.filter(centre=centre, state="booked", day__gte=first)
    days = set(booked.values_list("day", flat=True)) | set(_horizon(centre, now))
    for day in sorted(days):
        if first <= day and (last is None or day <= last):
            displace(centre, day, now)


def _horizon(centre: Centre, now: datetime) -> list[date]:
    try:
        return bookable.horizon(hall_map(centre), now)
    except NotFound:  # hours come before the hall itself when one is set up
        return []
