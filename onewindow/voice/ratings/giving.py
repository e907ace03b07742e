"""Giving a rating: one visit one rating, one phase of a case one rating, or without a visit by a plate's code.

Sources: 国办发〔2019〕51号 (一次一评, 一事一评; five levels, the last two are bad), HN-41, XX-39, XY-13. Who works
here can give none: a staff account is refused and the try is recorded.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pydantic import AfterValidator, Field

from onewindow.cases.models import Case, CaseEvent
from onewindow.exchange import outbox
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.hall.models import Ticket, TicketItem
from onewindow.inputs import Input, OptionalLine, OptionalText
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import Account
from onewindow.people.numbers import check_phone
from onewindow.places.models import Centre
from onewindow.places.profiles import rules_of
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused, TooMany
from onewindow.voice.models import Invitation, Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import invitations, labels
from onewindow.voice.ratings.flags import flags
from onewindow.voice.ratings.plates import PHASES, Plate

TOPIC: Final = "voice.rated"
"""Goes out with every rating: `{"rating": pk}`, subject `rating:NUMBER`; the push to the platform hangs on it."""
MOST: Final = 2
WITHIN: Final = timedelta(minutes=10)
"""One device or account may rate so often in so long (HN-41.2: three in ten minutes are a sign of fraud). A tablet at a
window and a kiosk are not counted: there one proves which visit was one's own."""
PLATE_AGAIN: Final = timedelta(hours=24)
_HALF: Final = 3
"""基本满意: what silence counts as, where a profile says so."""


def _phone(text: str) -> str:
    return check_phone(text) if text else ""


class Given(Input):
    """What a citizen says. `contact`: `known` lets the number of the visit or case be used, `other` the one given."""

    level: Annotated[int, Field(ge=1, le=5)]
    labels: Annotated[list[Annotated[str, Field(pattern=r"^\d{3}$")]], Field(max_length=8)] = []
    text: OptionalText = ""
    contact: Annotated[str, Field(pattern="^(none|known|other)$")] = "none"
    name: OptionalLine = ""
    phone: Annotated[OptionalLine, AfterValidator(_phone)] = ""


def rate(token: str, raw: Any, *, by: Account | None = None, rater: str = "", now: datetime | None = None) -> Rating:
    """The one rating of the visit or phase that the token invites to.

    `by` is whoever is signed in, `rater` a blind index of the device. Raises NotFound, NotNow (rated already, or
    too late), InvalidInput, TooMany, Refused (staff; recorded).
    """
    at = now or timezone.now()
    refuse_staff(by, "rate", invitations.digest_of(token)[:12])
    given = _parsed(raw)
    invitation = invitations.find(token)
    invitations.check(invitation, at)
    if invitation.channel not in {"tablet", "kiosk"}:
        _refuse_many(rater, at)
    try:
        with transaction.atomic():
            invitations.check(invitations.lock(invitation), at)
            facts = _of_invitation(invitation)
            facts |= {"target": labels.about(given.labels, facts["target"]), "channel": invitation.channel}
            made = _save(given, at, {**facts, **_who(given, invitation), "rater": rater})
            invitations.use(invitation, at)
            return made
    except IntegrityError as error:
        if "voice_one_per" not in str(error):
            raise
        raise NotNow(invitations.DONE) from None


def rate_plate(
    plate: Plate,
    raw: Any,
    *,
    by: Account | None = None,
    rater: str = "",
    channel: str = "qr",
    now: datetime | None = None,
) -> Rating:
    """A rating without a visit. The same device speaks of the same thing once a day. Raises as `rate`."""
    at = now or timezone.now()
    refuse_staff(by, "rate", plate.code)
    given = _parsed(raw)
    _refuse_many(rater, at)
    about = _of_plate(plate)
    if (
        rater
        and Rating.objects.filter(rater=rater, at__gt=at - PLATE_AGAIN, target=plate.kind, **_only(about)).exists()
    ):
        raise NotNow(f"您今天已经评价过{plate.name}了，谢谢您")
    contact = {"name": given.name or None, "phone": given.phone or None} if given.contact == "other" else {}
    with transaction.atomic():
        return _save(given, at, {**about, **contact, "rater": rater, "channel": channel})


def refuse_staff(account: Account | None, action: str, subject: str) -> None:
    """Raises Refused, recorded: nobody who works in the house rates, opens or sees a rating before it is given."""
    if account is None or account.kind != "staff":
        return
    reason = "评价由群众自己做，工作人员不能打开、代评或者提前看"
    record_refusal(Actor.of(account), f"rating.{action}", subject, reason)
    raise Refused(reason)


# ---- the parts ----------------------------------------------------------------------------------------------------


def _parsed(raw: Any) -> Given:
    given = Given.parse(raw)
    if strange := labels.strangers(given.level, given.labels):
        raise InvalidInput("请重新选择", [FieldError("labels", f"这一档没有「{strange[0]}」这个选项")])
    if given.contact == "other" and not given.phone:
        raise InvalidInput("请填写手机号码", [FieldError("phone", "请填写手机号码，不留就选「不用联系我」")])
    return given


def _refuse_many(rater: str, now: datetime) -> None:
    if rater and Rating.objects.filter(rater=rater, at__gt=now - WITHIN).count() >= MOST:
        raise TooMany(f"十分钟内最多评价 {MOST} 次，请过一会儿再评。这个链接还有效")


def _save(given: Given, now: datetime, facts: dict[str, Any]) -> Rating:
    """The row, what is pushed, and for a bad one its loop; in the caller's transaction."""
    made = _row(now, level=given.level, labels=list(dict.fromkeys(given.labels)), text=given.text or None, **facts)
    made.save(force_insert=True)
    message = Message(TOPIC, f"rating:{made.number}", {"rating": made.pk})
    OutboxMessage.objects.bulk_create(outbox.rows([message], now))
    if made.is_bad:
        badratings.open_for(made, now)
    return made


def _row(now: datetime, **facts: Any) -> Rating:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('voice_rating', 'id'))")
        pk = int(cursor.fetchone()[0])
    return Rating(pk=pk, number=f"PJ{timezone.localdate(now):%Y%m%d}-{pk}", at=now, **facts)


def _of_invitation(invitation: Invitation) -> dict[str, Any]:
    if invitation.ticket is not None:
        return {"centre_id": invitation.centre_id, "phase": invitation.phase, **_of_visit(invitation.ticket)}
    assert invitation.case is not None
    return {"centre_id": invitation.centre_id, "phase": invitation.phase, **_of_case(invitation.case, invitation.phase)}


def _of_visit(ticket: Ticket) -> dict[str, Any]:
    """Whom a visit concerns: who served, where, for what, and whose item it is."""
    line = TicketItem.objects.filter(ticket=ticket).select_related("item").order_by("position").first()
    return {
        "target": "item" if line else "window",
        "ticket": ticket,
        "case_id": line.case_id if line else None,
        "item": line.item if line else None,
        "department_id": line.item.department_id if line else None,
        "window": ticket.window,
        "person_id": ticket.account_id,
    }


_ACTIONS: Final = {
    "intake": ("receive",),
    "decision": ("decide", "find_not_required", "refuse_acceptance", "terminate", "forward"),
    "delivery": ("hand_out", "confirm_delivery", "deliver_electronically"),
}


def _of_case(case: Case, phase: str) -> dict[str, Any]:
    """Whom a phase of a case concerns: the person who made its last step."""
    events = CaseEvent.objects.filter(case=case, action__in=_ACTIONS.get(phase, ()))
    who = events.filter(actor__kind="staff").order_by("-seq").values_list("actor_id", flat=True).first()
    return {
        "target": "item",
        "case": case,
        "item_id": case.item_id,
        "department_id": case.department_id,
        "person_id": who,
    }


def _of_plate(plate: Plate) -> dict[str, Any]:
    facts: dict[str, Any] = {"centre": plate.centre, "target": plate.kind, "phase": PHASES[plate.kind]}
    about: Any = plate.about
    if plate.kind == "item":
        facts |= {"item": about, "department_id": about.department_id}
    elif plate.kind != "platform":
        facts[plate.kind] = about
    return facts


def _only(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("centre", "item", "department", "window", "person") if name in about}


def _who(given: Given, invitation: Invitation) -> dict[str, Any]:
    """Name and number only where the citizen wants to be told; otherwise the rating is anonymous."""
    if given.contact == "other":
        return {"name": given.name or None, "phone": given.phone}
    if given.contact == "known":
        name, phone = known_contact(invitation)
        return {"name": name or None, "phone": phone or None}
    return {}


def known_contact(invitation: Invitation) -> tuple[str, str]:
    """Name and phone of the visit or case; empty where nobody said."""
    who: Any = invitation.ticket.visitor if invitation.ticket else None
    if invitation.case is not None:
        who = invitation.case.applicant
    return (str(who.name or ""), str(who.phone or "")) if who else ("", "")


# ---- silence ------------------------------------------------------------------------------------------------------


def give_defaults(now: datetime, days: int = 30) -> int:
    """Where a profile turns default ratings on, visits and decided cases without a word count as 基本满意: marked
    `is_default`, counted apart everywhere, never opened to anybody. Off, nothing is written. Returns how many."""
    done = 0
    for centre in Centre.objects.select_related("profile").filter(is_open=True):
        wait = rules_of(centre.profile.rules).default_rating_days
        if wait is None:
            continue
        until = now - max(timedelta(days=wait), invitations.LIFE)
        asked = Invitation.objects.filter(
            centre=centre, made_at__gte=until - timedelta(days=days), made_at__lte=until, used_at__isnull=True
        ).exclude(channel__in=["sms", "tablet"])
        for invitation in asked.select_related("ticket__window", "case").order_by("made_at")[:5000]:
            done += _default(invitation, now)
    return done


def _default(invitation: Invitation, now: datetime) -> bool:
    facts = {**_of_invitation(invitation), "channel": invitation.channel, "is_default": True}
    try:
        with transaction.atomic():
            if invitations.lock(invitation).used_at is not None:
                return False
            made = _row(now, level=_HALF, **facts)
            made.save(force_insert=True)
            invitations.use(invitation, now, silent=True)
            message = Message(TOPIC, f"rating:{made.number}", {"rating": made.pk})
            OutboxMessage.objects.bulk_create(outbox.rows([message], now))
            return True
    except IntegrityError:
        return False


__all__ = ["Given", "flags", "give_defaults", "known_contact", "rate", "rate_plate", "refuse_staff"]
