"""A call for help from a window: raised by whoever sits there, answered by name, closed with what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message, rows
from onewindow.hall.access import COUNTERS, post_at, recorded_refusals
from onewindow.hall.models import EmergencyCall
from onewindow.inputs import Input, Text
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Centre, Window
from onewindow.problems import FieldError, InvalidInput, NotFound, NotNow, Refused

TOPIC: Final = "oversight.hall_emergency"
_KINDS: Final = dict(EmergencyCall.KINDS)
_LONGEST: Final = 200


class Outcome(Input):
    outcome: Text


@recorded_refusals("emergency")
def raise_call(
    centre: Centre | int,
    kind: str,
    *,
    by: Actor,
    window: Window | int | None = None,
    now: datetime | None = None,
) -> EmergencyCall:
    """Calls for help. Pressed again for the same while it is open, the first call stands: nobody is called twice.

    Raises InvalidInput (unknown kind), NotFound (a window of another centre), Refused.
    """
    now, place = now or timezone.now(), centre if isinstance(centre, int) else centre.pk
    if kind not in _KINDS:
        raise InvalidInput("请选择出了什么事", [FieldError("kind", "请选择安全、急病、纠纷或者设备故障")])
    post_at(by, place, now=now, roles=[*COUNTERS, Role.MANAGER])
    assert by.account is not None
    at = window.pk if isinstance(window, Window) else window
    if at is not None and not Window.objects.filter(pk=at, centre_id=place).exists():
        raise NotFound("这个大厅没有这个窗口")
    with transaction.atomic():
        Centre.objects.select_for_update(no_key=True).get(pk=place)
        same = open_calls(place).filter(kind=kind, called_by=by.account)
        standing = next((one for one in same if one.window_id == at), None)
        if standing is not None:
            return standing
        call = EmergencyCall.objects.create(
            centre_id=place, window_id=at, kind=kind, called_by=by.account, called_at=now
        )
        _tell(call, "called", now)
    return call


@recorded_refusals("answer_emergency")
def answer(call: EmergencyCall, *, by: Actor, now: datetime | None = None) -> EmergencyCall:
    """Says who is coming; the first answer stands. Raises NotNow when it is closed, Refused."""
    now = now or timezone.now()
    _helper(by, call, now)
    with transaction.atomic():
        found = _locked(call)
        if found.answered_at is None:
            found.answered_by, found.answered_at = by.account, now
            found.save(update_fields=["answered_by", "answered_at"])
    return found


@recorded_refusals("close_emergency")
def close(call: EmergencyCall, outcome: str, *, by: Actor, now: datetime | None = None) -> EmergencyCall:
    """Ends the call with what was done, in a sentence. Raises InvalidInput, NotNow, Refused."""
    now = now or timezone.now()
    _helper(by, call, now)
    said = Outcome.parse({"outcome": outcome}).outcome
    if len(said) > _LONGEST:
        raise InvalidInput("处理结果太长了", [FieldError("outcome", f"最多 {_LONGEST} 个字")])
    with transaction.atomic():
        found = _locked(call)
        if found.answered_at is None:
            found.answered_by, found.answered_at = by.account, now
        found.closed_at, found.outcome = now, said
        found.save(update_fields=["answered_by", "answered_at", "closed_at", "outcome"])
        _tell(found, "closed", now)
    return found


def open_calls(centre: Centre | int) -> QuerySet[EmergencyCall]:
    """Those not closed yet, the newest first, with the people in them."""
    rows_ = EmergencyCall.objects.filter(centre_id=getattr(centre, "pk", centre), closed_at__isnull=True)
    return rows_.select_related("window", "called_by", "answered_by").order_by("-called_at", "-pk")


def may_help(actor: Actor, call: EmergencyCall, now: datetime | None = None) -> bool:
    """Whether this person may answer and close it: staff of that centre, or who manages its division."""
    day = timezone.localdate(now)
    return any(posting.valid(day) and _reaches(posting, call) for posting in actor.postings)


def _reaches(posting: Posting, call: EmergencyCall) -> bool:
    role = Role(posting.role)
    if role is Role.MANAGER:
        return call.centre.division_id.startswith(posting.centre.division_id)
    return role in COUNTERS and posting.centre_id == call.centre_id


def _helper(actor: Actor, call: EmergencyCall, now: datetime) -> None:
    if not may_help(actor, call, now):
        raise Refused(f"请由这个中心的工作人员或者{LABELS[Role.MANAGER]}处理")


def _locked(call: EmergencyCall) -> EmergencyCall:
    found = EmergencyCall.objects.select_for_update(of=("self",)).select_related("centre").get(pk=call.pk)
    if found.closed_at is not None:
        raise NotNow("这次求助已经处理完了")
    return found


def _tell(call: EmergencyCall, turn: str, now: datetime) -> None:
    """References only: whoever receives it looks the rest up."""
    said = {"call": call.pk, "centre": call.centre_id, "window": call.window_id, "kind": call.kind, "turn": turn}
    OutboxMessage.objects.bulk_create(rows([Message(TOPIC, f"emergency:{call.pk}", said)], now))
