"""Pushing every rating to the higher platform: the national exchange's fields, its scale, signed, in order per rating.

Fields as the national exchange names them (see docs/ratings.md). The body is put together when it
is sent, so neither the outbox nor its retries hold what a citizen wrote or their phone. Duty: XY-13.3 (all of them, at
once; the day's count must agree with the platform's).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from onewindow.catalogue.models import version_by_id
from onewindow.exchange.destinations import Destination, Signing
from onewindow.exchange.models import OutboxMessage
from onewindow.places.profiles import rules_of
from onewindow.voice.models import Rating
from onewindow.voice.ratings import labels
from onewindow.voice.ratings.giving import TOPIC

SCALES: Final = {"best5": {n: n for n in range(1, 6)}, "best1": {n: 6 - n for n in range(1, 6)}}
"""Our level (5 best) to the receiver's."""
CHANNELS: Final = {"online": "1", "qr": "2", "kiosk": "3", "tablet": "4", "sms": "5", "hotline": "6"}
"""`pf`. The order is ours: the exchange names the field, not its codes. A profile may set others (rating_channels)."""


def address() -> str:
    """Nothing goes out unsigned: without a secret ratings wait, as they do without an address."""
    return settings.OW_RATING_URL if settings.OW_RATING_SECRET else ""


def signing() -> Signing | None:
    return Signing(settings.OW_RATING_KEY_ID, settings.OW_RATING_SECRET)


def body(message: OutboxMessage) -> dict[str, Any]:
    """`{"id", "assessNumber", …}` of a rating."""
    rating = Rating.objects.select_related(
        "case", "item__current", "department", "ticket", "window", "centre__profile"
    ).get(pk=message.payload["rating"])
    return {"id": message.pk, **_about(rating), **_said(rating)}


def _about(rating: Rating) -> dict[str, Any]:
    case, item = rating.case, rating.item
    spec = version_by_id(case.item_version_id).spec if case else None
    promised = spec.promised_limit.limit if spec else None
    return {
        "projectNo": case.number if case else rating.ticket.reference if rating.ticket else "",
        "pf": channel_code(rating),
        "deptCode": rating.department.code if rating.department else "",
        "taskCode": item.code if item else "",
        "taskName": item.name if item else "",
        "subMatter": spec.name if spec else "",
        "proStatus": {"intake": "1", "decision": "2", "delivery": "3"}.get(rating.phase, "0"),
        "acceptDate": _moment(case.accepted_at) if case else "",
        "promisetime": f"{promised.n}{promised.unit.value}" if promised else "",
        "serviceNumber": rating.window.code if rating.window else "",
        "orgName": rating.centre.name,
    }


def channel_code(rating: Rating) -> str:
    """`pf` as the place's profile sets it, else ours."""
    return {**CHANNELS, **rules_of(rating.centre.profile.rules).rating_channels}[rating.channel]


def _said(rating: Rating) -> dict[str, Any]:
    scale = SCALES.get(settings.OW_RATING_SCALE, SCALES["best5"])
    return {
        "assessNumber": rating.number,
        "assessTime": _moment(rating.at),
        "satisfaction": scale[rating.level],
        "evalDetail": ",".join(f"{scale[int(code[0])]}{code[1:]}" for code in rating.labels),
        "evalWords": "、".join(labels.words_of(rating.labels)),
        "writingEvaluation": str(rating.text or ""),
        "userName": str(rating.name or ""),
        "userPhone": str(rating.phone or ""),
        "isAnonymous": "0" if rating.name or rating.phone else "1",
        "isdefault": "1" if rating.is_default else "0",
        "effectivEvalua": "0" if rating.is_default else "1",
    }


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


PLATFORM: Final = Destination("ratings", (TOPIC,), address, body, signing)


@dataclass(frozen=True, slots=True)
class Day:
    """A day's ratings and what became of their messages; all taken means nothing is missing at the platform."""

    rated: int
    taken: int
    waiting: int
    given_up: int

    @property
    def complete(self) -> bool:
        return self.rated == self.taken


def reconcile(day: date) -> Day:
    """What XY-13.3 asks each day: ratings here against those the platform took. Two queries."""
    rated = Rating.objects.filter(at__date=day)
    subjects = [f"rating:{number}" for number in rated.values_list("number", flat=True)]
    states = list(
        OutboxMessage.objects.filter(topic__startswith=TOPIC, subject__in=subjects).values_list("state", flat=True)
    )
    return Day(len(subjects), states.count("sent"), states.count("waiting"), states.count("dead"))
