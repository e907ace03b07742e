"""What happens when time passes and nobody acts: acceptance is deemed, an application is deemed withdrawn, a delivered
case is archived, the day's chain heads are sealed. Each reads what fell due, not what is stored, and may run twice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from onewindow.cases.actions import perform
from onewindow.cases.lifecycle import Action, State
from onewindow.cases.models import SUBJECT, Case, ChainSeal, IdempotentRequest
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.digest import GENESIS, sm3
from onewindow.people.authority import SYSTEM
from onewindow.places.profiles import rules_of
from onewindow.problems import Problem

log = logging.getLogger(__name__)
ARCHIVE_AFTER_DAYS = 30
KEEP_KEYS_DAYS = 30
"""So long a repeated request finds its first answer (docs/api.md)."""
_BATCH = 500


def sweep(now: datetime | None = None) -> dict[str, int]:
    """One round. Returns how many cases each rule moved."""
    at = now or timezone.now()
    return {
        "deemed_accepted": _each(_unanswered(at), Action.DEEM_ACCEPTED, at),
        "deemed_withdrawn": _each(_without_papers(at), Action.DEEM_WITHDRAWN, at),
        "archived": _each(_delivered(at), Action.ARCHIVE, at),
    }


def _each(cases: Iterator[Case], action: Action, now: datetime) -> int:
    done = 0
    for case in cases:
        try:
            perform(case, action, by=SYSTEM, now=now)
            done += 1
        except Problem as problem:  # somebody acted meanwhile; the deadline stays visible to oversight
            log.info("sweep left a case alone", extra={"case": case.number, "action": action, "why": problem.title})
        except (OperationalError, InterfaceError):
            raise  # the database is gone: the next round tries again
        except Exception:  # one broken case must not keep the others waiting
            log.exception("sweep failed on a case", extra={"case": case.number, "action": action})
    return done


def _overdue(kinds: list[str], states: list[State], now: datetime) -> Iterator[Case]:
    due = Deadline.objects.due_before(now).filter(subject_kind=SUBJECT, kind__in=kinds).values("subject_id")
    found = Case.objects.filter(pk__in=due, state__in=[s.value for s in states])
    yield from found.select_related("centre__profile").order_by("pk").iterator(chunk_size=_BATCH)


def _unanswered(now: datetime) -> Iterator[Case]:
    """No notice in time, where the item's own rule then deems the application accepted."""
    for case in _overdue(["notice"], [State.SUBMITTED, State.RECEIVED], now):
        if case.version_spec.notice_rule.deemed != "none":
            yield case


def _without_papers(now: datetime) -> Iterator[Case]:
    """Corrections or deferred papers that did not come, where the local rule deems the application withdrawn."""
    states = [State.CORRECTING, State.ACCEPTED, State.EXAMINING]
    for case in _overdue(["correction", "deferred"], states, now):
        if rules_of(case.centre.profile.rules).correction_overdue == "deem_withdrawn":
            yield case


def _delivered(now: datetime) -> Iterator[Case]:
    cutoff = now - timedelta(days=ARCHIVE_AFTER_DAYS)
    yield from Case.objects.filter(state=State.DELIVERED.value, ended_at__lt=cutoff).order_by("pk")[:_BATCH]


_HEADS = """
SELECT DISTINCT ON (e.case_id) c.number, e.digest
FROM cases_caseevent e JOIN cases_case c ON c.id = e.case_id
WHERE e.at < %s ORDER BY e.case_id, e.seq DESC
"""


def seal_day(day: date, *, today: date | None = None) -> ChainSeal:
    """Seals every chain as it stood at the end of the day; the second call returns the first seal.

    Raises ValueError for a day that is not over: what comes later that day would break the seal.
    """
    if day >= (today or timezone.localdate()):
        raise ValueError(f"{day} is not over yet")
    found = ChainSeal.objects.filter(day=day).first()
    if found is not None:
        return found
    before = ChainSeal.objects.filter(day__lt=day).order_by("-day").first()
    previous = before.digest if before else GENESIS
    count, digest = heads_digest(day, previous)
    return ChainSeal.objects.create(day=day, cases=count, digest=digest, previous=previous)


def heads_digest(day: date, previous: str) -> tuple[int, str]:
    """Number of chains and the digest over their heads at the end of the day, chained to the seal before."""
    end = datetime.combine(day + timedelta(days=1), time.min, SHANGHAI)
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [end])
        heads = sorted(cursor.fetchall())
    body = "\n".join(f"{number} {digest}" for number, digest in heads)
    return len(heads), sm3(f"{previous}\n{body}".encode())


def forget_keys(now: datetime | None = None) -> int:
    """Idempotency-Keys whose repeats nobody will send any more. Returns how many."""
    before = (now or timezone.now()) - timedelta(days=KEEP_KEYS_DAYS)
    return int(IdempotentRequest.objects.filter(created_at__lt=before).delete()[0])
