"""What a supervision rule says, as a value; and when a rule fires, reckoned in working days. Pure.

A counted day counts as used when it begins. So of a limit of n working days the share s is used up at the start of the
day that lies n − ceil(s·n) working days before the due day. A due day that is a rest day counts as the working day
before it. Nothing here looks at a case: a rule knows limits only.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.clock import SHANGHAI

Level = Literal["remind", "warn", "yellow", "red"]
Subject = Literal["case", "ticket", "complaint", "rating", "issue", "consultation", "alert", "letter", "change"]
Tell = Literal["actor", "chief", "supervisor", "manager", "discipline"]
Phase = Literal["before", "during", "after"]
LONGEST: Final = 400
"""No share is reckoned for limits of more working days than this."""


class Trigger(BaseModel):
    """Exactly one of: a share of the limit used, working days before or after the due day, minutes after the moment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    workdays_before: Annotated[int, Field(ge=0, le=60)] | None = None
    workdays_after: Annotated[int, Field(ge=0, le=250)] | None = None
    minutes_after: Annotated[int, Field(ge=0, le=600)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Trigger:
        if sum(value is not None for value in self.__dict__.values()) != 1:
            raise ValueError("触发条件要写一种，也只能写一种")
        return self

    @property
    def past_due(self) -> bool:
        """Whether it fires only after the due moment."""
        return self.workdays_after is not None or self.minutes_after is not None

    def words(self) -> str:
        if self.share is not None:
            return f"时限用到 {self.share:.0%}"
        if self.workdays_before is not None:
            return f"到期前 {self.workdays_before} 个工作日" if self.workdays_before else "到期当天"
        if self.workdays_after is not None:
            return f"超期 {self.workdays_after} 个工作日" if self.workdays_after else "一超期"
        return f"超过 {self.minutes_after} 分钟" if self.minutes_after else "一超时"


class TimeRule(BaseModel):
    """A rule on limits. `kinds` are deadline kinds of the subject; `duty` the articles it serves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,24}$")]
    name: Annotated[str, Field(min_length=2, max_length=80)]
    subject: Subject
    kinds: Annotated[tuple[str, ...], Field(min_length=1)]
    trigger: Trigger
    level: Level
    tell: tuple[Tell, ...]
    duty: tuple[str, ...]
    phase: Phase = "during"


class ConductRule(BaseModel):
    """A rule on what the ledger shows. `check` names the check in conduct.py, `values` its thresholds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,24}$")]
    name: Annotated[str, Field(min_length=2, max_length=80)]
    check: str
    values: dict[str, float] = {}
    level: Level
    tell: tuple[Tell, ...]
    duty: tuple[str, ...]
    phase: Phase = "after"


def time_rule(body: dict[str, Any]) -> TimeRule:
    return TimeRule.model_validate(body)


def conduct_rule(body: dict[str, Any]) -> ConductRule:
    return ConductRule.model_validate(body)


# ---- when it fires ------------------------------------------------------------------------------------------------


def days_before(share: float, n: int) -> int:
    """How many working days before the due day the share of a limit of n working days is used up."""
    return n - ceil(round(share * n, 6))


def _last_workday(day: date, calendar: WorkCalendar) -> date:
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


def _step(day: date, n: int, calendar: WorkCalendar) -> date:
    """n working days after (or before) a working day."""
    way = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += way
        while not calendar.is_workday(day):
            day += way
    return day


def fires_at(trigger: Trigger, due: datetime, n: int | None, calendar: WorkCalendar) -> datetime:
    """The moment at which the rule fires for a limit that is due then; `n` are the limit's working days."""
    if trigger.minutes_after is not None:
        return due + timedelta(minutes=trigger.minutes_after)
    local = due.astimezone(SHANGHAI)
    if trigger.workdays_after is not None:
        if trigger.workdays_after == 0:
            return due
        return datetime.combine(_after(local.date(), trigger.workdays_after, calendar), time.max, SHANGHAI)
    back = trigger.workdays_before if trigger.workdays_before is not None else days_before(trigger.share or 0, n or 1)
    first = _step(_last_workday(local.date(), calendar), -back, calendar)
    return datetime.combine(first, time.min, SHANGHAI)


def _after(day: date, n: int, calendar: WorkCalendar) -> date:
    return _step(_last_workday(day, calendar), n, calendar)


def bound(trigger: Trigger, now: datetime, n: int | None, calendar: WorkCalendar) -> datetime:
    """The latest due moment for which the rule has fired by now: fires_at(due) ≤ now exactly when due ≤ bound."""
    if trigger.minutes_after is not None:
        return now - timedelta(minutes=trigger.minutes_after)
    today = now.astimezone(SHANGHAI).date()
    if trigger.workdays_after is not None:
        return now if trigger.workdays_after == 0 else _bound_after(trigger.workdays_after, now, calendar)
    back = trigger.workdays_before if trigger.workdays_before is not None else days_before(trigger.share or 0, n or 1)
    reached = _step(_last_workday(today, calendar), back, calendar)
    upto = _step(reached, 1, calendar) - timedelta(days=1)  # rest days behind it count as that working day
    return datetime.combine(upto, time.max, SHANGHAI)


def _bound_after(n: int, now: datetime, calendar: WorkCalendar) -> datetime:
    """Due days whose n-th working day after is over."""
    today = now.astimezone(SHANGHAI).date()
    over = today - timedelta(days=1)  # a day is over when it has ended
    reached = _step(_last_workday(over, calendar), -n, calendar)
    upto = _step(reached, 1, calendar) - timedelta(days=1)
    return datetime.combine(upto, time.max, SHANGHAI)
