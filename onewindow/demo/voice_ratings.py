"""Ratings of the demonstration: seven of ten visits and cases, nearly all good, as real figures are (bad ones about one
in two thousand). The good ones are written at once, as `ratings.rate` would leave them; the few bad ones are given and
worked on through the actions, each to another stage."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from onewindow.cases.models import Case, CaseEvent
from onewindow.demo.hall_ratings import RATED, how, said
from onewindow.demo.voice_days import Days
from onewindow.exchange import outbox
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.hall.models import Ticket, TicketItem
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating, Invitation, Rating
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations

_SPAN: Final = dt.timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad rating: level, labels, words, and how far it has come (moves; `by`: manager, lead, or the citizen)."""

    level: int
    labels: tuple[str, ...]
    text: str
    moves: tuple[tuple[str, str, dict[str, Any]], ...] = ()


_CONTACT: Final = ("contact", "manager1", {"words": "打通电话，了解了经过。"})
_TRUE: Final = ("find", "manager1", {"finding": "true", "words": "调看录像和办件记录，情况属实。"})
_MENDED: Final = ("mend", "lead", {"measure": "当天重新培训了一次性告知，把漏说的那一份写进了窗口清单。", "done": True})
_TOLD: Final = ("tell", "lead", {"answer": "您反映的情况属实，已经改了窗口的清单，向您道歉。"})
BAD: Final = (
    Bad(2, ("218",), "等了四十多分钟"),
    Bad(1, ("115",), "来了三次，每次都说还差一样", (_CONTACT,)),
    Bad(2, ("217",), "问什么都要去问别人", (_CONTACT, _TRUE)),
    Bad(2, ("212",), "指南上没有的材料也要", (_CONTACT, _TRUE, _MENDED, _TOLD)),
    Bad(
        1,
        ("116",),
        "说话很冲",
        (
            _CONTACT,
            _TRUE,
            _MENDED,
            _TOLD,
            ("confirm", "", {"satisfied": True, "words": "接到电话道歉了，可以"}),
        ),
    ),
    Bad(
        2,
        ("222",),
        "",
        (
            _CONTACT,
            ("find", "manager1", {"finding": "mistaken", "words": "评价人说点错了，本来要选满意。"}),
        ),
    ),
)


def load(days: Days) -> int:
    chance = random.Random("voice ratings")
    visits, cases = list(_visits(days.now)), list(_cases(days.now))
    bad = _bad_visits(visits)
    for order, (about, told) in enumerate(zip(bad, BAD, strict=False)):
        _give_bad(days, about, told, order)
    chosen = {about.ticket.pk for about in bad if about.ticket}
    every = [one for one in (*visits, *cases) if one.ticket is None or one.ticket.pk not in chosen]
    _write(every, [one for one in every if chance.random() < RATED], days.now, chance)
    return int(Rating.objects.count())


# ---- what can be rated --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """A visit or a phase of a case, when it was over, and whom it concerns (the columns of a rating)."""

    at: dt.datetime
    phase: str
    facts: dict[str, Any]
    ticket: Ticket | None = None
    case: Case | None = None

    @property
    def online(self) -> bool:
        return self.ticket is None


def _visits(now: dt.datetime) -> Iterator[About]:
    """Finished visits, with what they were for. Two queries."""
    rows = Ticket.objects.filter(state="finished", ended_at__isnull=False, ended_at__lt=now - dt.timedelta(minutes=20))
    lines = TicketItem.objects.filter(ticket__in=rows.values("pk")).select_related("item").order_by("-position")
    first: dict[int, TicketItem] = {line.ticket_id: line for line in lines}
    for ticket in rows.select_related("queue", "visitor", "window").order_by("id"):
        line: TicketItem | None = first.get(ticket.pk)
        facts = {
            "centre_id": ticket.centre_id,
            "target": "item" if line else "window",
            "case_id": line.case_id if line else None,
            "item_id": line.item_id if line else None,
            "department_id": line.item.department_id if line else None,
            "window_id": ticket.window_id,
            "person_id": ticket.account_id,
        }
        assert ticket.ended_at is not None
        yield About(ticket.ended_at, invitations.phase_of(ticket), facts, ticket=ticket)


def _cases(now: dt.datetime) -> Iterator[About]:
    """Decided cases of the last months, rated once, for the decision. Two queries."""
    decided = CaseEvent.objects.filter(
        action="decide", actor__kind="staff", at__gte=now - _SPAN, at__lt=now - dt.timedelta(hours=6)
    )
    by = {row["case_id"]: row for row in decided.order_by("seq").values("case_id", "actor_id", "at")}
    for case in Case.objects.filter(pk__in=list(by), applicant__is_demo=True).order_by("id"):
        facts = {
            "centre_id": case.centre_id,
            "target": "item",
            "item_id": case.item_id,
            "department_id": case.department_id,
            "person_id": by[case.pk]["actor_id"],
        }
        yield About(by[case.pk]["at"], "decision", facts, case=case)


# ---- the good ones ------------------------------------------------------------------------------------------------


def _write(every: list[About], chosen: list[About], now: dt.datetime, chance: random.Random) -> None:
    """Rating, invitations and outbox message of each, in three statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('voice_rating', 'id')) FROM generate_series(1, %s)", [len(chosen)]
        )
        numbers = [int(row[0]) for row in cursor.fetchall()]
    made = [_rated(about, pk, now, chance) for about, pk in zip(chosen, numbers, strict=True)]
    _invite(every, chosen, made)
    Rating.objects.bulk_create(made, batch_size=500)
    messages = [
        row
        for one in made
        for row in outbox.rows([Message(ratings.TOPIC, f"rating:{one.number}", {"rating": one.pk})], one.at)
    ]
    OutboxMessage.objects.bulk_create(messages, batch_size=1000)


def _rated(about: About, pk: int, now: dt.datetime, chance: random.Random) -> Rating:
    channel, wait = how(chance, online=about.online)
    at = min(about.at + wait, now - dt.timedelta(minutes=1))
    return Rating(
        pk=pk,
        number=f"PJ{timezone.localdate(at):%Y%m%d}-{pk}",
        ticket=about.ticket,
        case=about.case,
        phase=about.phase,
        channel=channel,
        at=at,
        **{**said(chance, online=about.online), **about.facts},
    )


def _invite(every: list[About], chosen: list[About], made: list[Rating]) -> None:
    """Everybody was asked when the visit or phase was over; every rating used an invitation, and with it the others."""
    ratings_of = {_key(about): rating for about, rating in zip(chosen, made, strict=True)}
    rows: dict[str, Invitation] = {}
    for about in every:
        rating, main = ratings_of.get(_key(about)), "online" if about.online else "qr"
        for channel in {main, rating.channel if rating else main}:
            row = _invitation(about, channel, rating.at if rating else None)
            rows[row.digest] = row
    Invitation.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["digest"], update_fields=["used_at"], batch_size=1000
    )
    _spend_others(chosen, made)


def _key(about: About) -> tuple[int, int]:
    return (about.ticket.pk if about.ticket else 0, about.case.pk if about.case else 0)


def _invitation(about: About, channel: str, used_at: dt.datetime | None) -> Invitation:
    facts = {name: about.facts.get(name) for name in ("centre_id", "window_id", "department_id")}
    row = Invitation(
        ticket=about.ticket,
        case=about.case,
        phase=about.phase,
        channel=channel,
        made_at=about.at,
        expires_at=about.at + invitations.LIFE,
        used_at=used_at,
        person_id=about.facts["person_id"] if about.ticket else None,
        **facts,
    )
    row.digest = invitations.digest_of(invitations.token_of(row))
    return row


def _spend_others(chosen: list[About], made: list[Rating]) -> None:
    """One visit one rating: the other links of the same visit or phase are used up too."""
    tickets = [about.ticket.pk for about in chosen if about.ticket]
    cases = [about.case.pk for about in chosen if about.case]
    open_ones = Invitation.objects.filter(used_at=None)
    latest = max((one.at for one in made), default=timezone.now())
    open_ones.filter(ticket__in=tickets).update(used_at=latest)
    open_ones.filter(case__in=cases, phase="decision").update(used_at=latest)


# ---- the bad ones -------------------------------------------------------------------------------------------------


def _bad_visits(visits: list[About]) -> list[About]:
    """Visits of the first day, so that there was time to do something about them; the latest for the first of BAD."""
    fit = [one for one in visits if one.facts["department_id"] and one.ticket and one.ticket.visitor_id]
    early = sorted(fit, key=lambda one: one.at)[: max(len(fit) // 3, len(BAD))]
    return early[:: max(len(early) // len(BAD), 1)][: len(BAD)][::-1]


def _give_bad(days: Days, about: About, told: Bad, order: int) -> None:
    assert about.ticket is not None
    given = about.at + dt.timedelta(minutes=7 + 11 * order)
    row, _ = invitations.invite(about.at, "qr", about.phase, ticket=about.ticket)
    raw = {"level": told.level, "labels": list(told.labels), "text": told.text, "contact": "known"}
    rating = ratings.rate(invitations.token_of(row), raw, now=min(given, days.now))
    loop = BadRating.objects.get(rating=rating)
    when = given
    for action, by, data in told.moves:
        when = days.office.later(when, 0.6)
        if when > days.now:
            return
        who = days.lead(loop.department_id or 0) if by == "lead" else by
        loop = days.do(RATING, loop, action, who, when, **data)


__all__ = ["BAD", "load"]
