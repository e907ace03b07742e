"""Ledgers as the engine would not let them come about: entries appended past the rules, as data taken over from another
system or written by an older version may be; and lawful cases with time passing between their entries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from onewindow.cases.actions.engine import Outcome, Work, record, rules_for
from onewindow.cases.lifecycle import Action
from onewindow.cases.locking import lock
from onewindow.cases.models import Case
from onewindow.clocks.clock import SHANGHAI
from onewindow.people.authority import Permit
from onewindow.people.models import AuthorisationLetter
from onewindow.people.roles import Role
from tests.cast import Cast

Days = dict[str, dt.datetime]


def at(text: str) -> dt.datetime:
    """`at("09-07 10:00")`: that moment of 2026; 7 September is a Monday in a week without holidays."""
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


def forge(
    cast: Cast,
    case: Case,
    action: str,
    who: str,
    now: dt.datetime,
    *,
    letter: AuthorisationLetter | None = None,
    **data: Any,
) -> Case:
    """Appends an entry without asking any rule but the order of states."""
    posting = cast.posting(who)
    with transaction.atomic():
        locked = lock(case.pk)
        permit = Permit(Role(posting.role), posting, letter)
        work = Work(locked, locked.told, rules_for(locked), cast.actor(who), permit, now)
        return record(work, Action(action), Outcome(data))


def accepted(cast: Cast, item: str, day: str = "09-07", **changes: Any) -> Case:
    """Received by clerk1 at 9:30 and accepted at 9:45."""
    case = cast.receive(item, now=at(f"{day} 09:30"), **changes)
    return cast.act(case, "accept", "clerk1", at(f"{day} 09:45"))


def signed(cast: Cast, item: str, day: str = "09-07") -> Case:
    """Accepted, and signed for by the department's examiner at 10:30."""
    case = accepted(cast, item, day)
    market = case.department.short_name == "市监"
    return cast.act(case, "sign", "examiner1" if market else "examiner3", at(f"{day} 10:30"))
