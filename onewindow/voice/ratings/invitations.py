"""The right to rate: one-time links, made by themselves when a visit is over or a case has come through a phase.

A link's token is an HMAC of what it invites to, so it can be written again at any time and is stored nowhere; the table
keeps its digest. Sources: HN-41.1 (all five phases), XX-39.1 (every finished case is asked), XY-13.2 (free will).
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case
from onewindow.exchange import outbox
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.hall.lifecycle import TicketState, Verb
from onewindow.hall.models import Ticket, TicketItem
from onewindow.places.models import Window
from onewindow.problems import NotFound, NotNow
from onewindow.voice.models import PHASES, Invitation

if TYPE_CHECKING:
    from onewindow.cases.projection import Event

LIFE: Final = timedelta(days=7)
AT_WINDOW_FOR: Final = timedelta(seconds=30)
"""So long after the finish the tablet of the window offers the form."""
TOPIC: Final = "voice.rate"
GONE: Final = "没有这个评价链接，可能没有复制完整"
DONE: Final = "这次已经评价过了，谢谢您"
_PHASE_WORDS: Final = dict(PHASES)
_DECIDES: Final = frozenset(
    {
        Action.DECIDE,
        Action.FIND_NOT_REQUIRED,
        Action.REFUSE_ACCEPTANCE,
        Action.TERMINATE,
        Action.FORWARD,
    }
)
_DELIVERS: Final = frozenset({Action.HAND_OUT, Action.CONFIRM_DELIVERY, Action.DELIVER_ELECTRONICALLY})


# ---- the token ----------------------------------------------------------------------------------------------------


def token_of(invitation: Invitation) -> str:
    """22 signs, 128 bits: the same for the same visit (or phase of a case) and channel, and only here."""
    what = f"ticket:{invitation.ticket_id}" if invitation.ticket_id else f"case:{invitation.case_id}"
    secret = f"rating invitation:{settings.SECRET_KEY}".encode()
    text = f"{what}:{invitation.phase}:{invitation.channel}".encode()
    return urlsafe_b64encode(hmac.new(secret, text, sha256).digest()[:16]).decode().rstrip("=")


def digest_of(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def path_of(invitation: Invitation) -> str:
    return f"/voice/rate/{token_of(invitation)}/"


def url_of(invitation: Invitation) -> str:
    return f"{settings.OW_PUBLIC_URL}{path_of(invitation)}"


def find(token: str) -> Invitation:
    """The invitation of a link, used or not. Raises NotFound. One query; any text is safe."""
    rows = Invitation.objects.select_related(
        "centre", "ticket__window", "ticket__visitor", "case__item", "case__applicant"
    )
    found = rows.filter(digest=digest_of(token)).first()
    if found is None:
        raise NotFound(GONE)
    return found


def check(invitation: Invitation, now: datetime) -> None:
    """Raises NotNow: used, or too late."""
    if invitation.used_at is not None:
        raise NotNow(DONE)
    if invitation.expires_at <= now:
        raise NotNow("这个评价链接已经过期（7 天内有效）。有话要说，可以在「评价和反映」里告诉我们")


# ---- the code on the slip -----------------------------------------------------------------------------------------

_SLIP: Final = re.compile(r"\d{10}", re.ASCII)
_SCANNED: Final = re.compile(r"/ticket/([\w-]{8,64})/?", re.ASCII)


def slip_code(ticket: Ticket) -> str:
    """Ten digits for whoever holds the slip: four say which visit it may be, six prove it (a keyed digest). Nothing of
    it is stored, and guessing hits one visit in a million tries."""
    secret = f"rating slip:{settings.SECRET_KEY}".encode()
    seal = int.from_bytes(hmac.new(secret, f"ticket:{ticket.pk}".encode(), sha256).digest()[:8], "big")
    return f"{ticket.pk % 10_000:04}{seal % 1_000_000:06}"


def slip_words(ticket: Ticket) -> str:
    """The same as it is printed: 3821 604 917."""
    code = slip_code(ticket)
    return f"{code[:4]} {code[4:7]} {code[7:]}"


def by_slip(centre: int, typed: str, now: datetime) -> Invitation:
    """The invitation at the kiosk of a visit to this centre, by the code on its slip, or by what a scanner reads from
    the slip's QR. Raises NotFound, NotNow (not over yet, rated already, too late)."""
    ticket = _of_slip(centre, typed, now)
    if ticket is None:
        raise NotFound("没有查到这个评价码。请看清小票上「评价码」后面的十位数字，7 天内有效")
    if ticket.state != TicketState.FINISHED:
        raise NotNow("这次还没有办完，办完了再来评")
    found = invite(now, "kiosk", phase_of(ticket), ticket=ticket)[0]
    check(found, now)
    if _siblings(found).filter(used_at__isnull=False).exists():
        raise NotNow(DONE)
    return found


def _of_slip(centre: int, typed: str, now: datetime) -> Ticket | None:
    """One query."""
    lately = Ticket.objects.filter(centre_id=centre, day__gte=timezone.localdate(now - LIFE), taken_at__gt=now - LIFE)
    near = lately.select_related("queue", "window", "visitor")
    if (scanned := _SCANNED.search(typed)) is not None:
        found: Ticket | None = near.filter(code=scanned[1]).first()
        return found
    digits = "".join(typed.split())
    if not _SLIP.fullmatch(digits):
        return None
    fits = near.annotate(short=F("id") % 10_000).filter(short=int(digits[:4]))
    return next((one for one in fits if hmac.compare_digest(slip_code(one), digits)), None)


# ---- made by themselves -------------------------------------------------------------------------------------------


def invite(
    now: datetime, channel: str, phase: str, *, ticket: Ticket | None = None, case: Case | None = None
) -> tuple[Invitation, bool]:
    """The invitation to a visit or to a phase of a case, and whether it is new. Twice is once."""
    about = ticket or case
    assert about is not None
    given = {"centre_id": about.centre_id, "ticket": ticket, "case": case, "phase": phase, "channel": channel}
    digest = digest_of(token_of(Invitation(**given)))
    if (known := Invitation.objects.filter(digest=digest).first()) is not None:
        return known, False
    facts = {**given, **_concerns(ticket, case), "made_at": now, "expires_at": now + LIFE}
    return Invitation.objects.get_or_create(digest=digest, defaults=facts)


def _concerns(ticket: Ticket | None, case: Case | None) -> dict[str, Any]:
    """Where, whose item, who served: for the figures. One query for a visit."""
    if ticket is None:
        return {"department_id": case.department_id if case else None}
    first = TicketItem.objects.filter(ticket=ticket).order_by("position").values_list("item__department_id", flat=True)
    return {"window_id": ticket.window_id, "person_id": ticket.account_id, "department_id": first.first()}


def phase_of(ticket: Ticket) -> str:
    """A visit to a consulting line is 咨询预约, any other 申请受理."""
    return "consulting" if ticket.queue.kind == "consulting" else "intake"


def for_visit(ticket: Ticket, now: datetime | None = None) -> Invitation:
    """Invites a visitor whose visit is over: a code on their ticket's page, a text message where a phone is known."""
    moment = now or ticket.ended_at or timezone.now()
    phase = phase_of(ticket)
    with transaction.atomic():
        shown, new = invite(moment, "qr", phase, ticket=ticket)
        if new and _phone_of_visit(ticket):
            _text(invite(moment, "sms", phase, ticket=ticket)[0], moment)
    return shown


def for_case(case: Case, phase: str, now: datetime | None = None) -> Invitation:
    """Invites the applicant to rate a phase; one text message a case, when it is decided, and none on the day of the
    visit in which it was begun (that visit has its own)."""
    moment = now or timezone.now()
    with transaction.atomic():
        shown, new = invite(moment, "online", phase, case=case)
        same_visit = (
            case.ticket and case.received_at and timezone.localdate(case.received_at) == timezone.localdate(moment)
        )
        if new and phase == "decision" and not same_visit and case.applicant.phone:
            _text(invite(moment, "sms", phase, case=case)[0], moment)
    return shown


def phase_after(action: str, ticket: str) -> str:
    """The phase of a case that an action ends; empty for none. What was received in a visit is rated with the visit."""
    if action == Action.RECEIVE:
        return "" if ticket else "intake"
    if action in _DECIDES:
        return "decision"
    return "delivery" if action in _DELIVERS else ""


def on_moved(sender: type[Ticket], ticket: Ticket, verb: Verb, **more: Any) -> None:
    """Receiver of `hall.signals.moved`."""
    if verb is Verb.FINISH:
        for_visit(ticket)


def on_recorded(sender: type[Case], case: Case, event: Event, **more: Any) -> None:
    """Receiver of `cases.signals.recorded`."""
    if phase := phase_after(event.action, case.ticket):
        for_case(case, phase, event.at)


def mend(now: datetime, hours: int = 48) -> int:
    """Makes the invitations of the last hours that a process that died did not make. Two queries if there is nothing
    to do. Returns how many."""
    since = now - timedelta(hours=hours)
    visits = Ticket.objects.filter(state=TicketState.FINISHED, ended_at__gte=since, day__gte=timezone.localdate(since))
    missed = visits.exclude(pk__in=Invitation.objects.filter(made_at__gte=since, ticket__isnull=False).values("ticket"))
    tickets = list(missed.select_related("queue", "visitor")[:1000])
    for ticket in tickets:
        for_visit(ticket)
    decided = Case.objects.filter(decided_at__gte=since).exclude(
        pk__in=Invitation.objects.filter(made_at__gte=since, phase="decision", case__isnull=False).values("case")
    )
    cases = list(decided.select_related("applicant")[:1000])
    for case in cases:
        for_case(case, "decision", case.decided_at)
    return len(tickets) + len(cases)


# ---- where they are shown -----------------------------------------------------------------------------------------


def of_visit(ticket: Ticket, now: datetime) -> Invitation | None:
    """The open invitation of a finished visit, for the visitor's own page. One query, or a few where it was missing."""
    if ticket.state != TicketState.FINISHED or ticket.ended_at is None or ticket.ended_at + LIFE <= now:
        return None
    shown = for_visit(ticket)
    return None if shown.used_at or shown.expires_at <= now else shown


def of_case(case: Case, now: datetime) -> list[tuple[str, Invitation]]:
    """The open invitations of a case, with the phase in words; the newest phase first. One query."""
    found = Invitation.objects.filter(case=case, channel="online", used_at__isnull=True, expires_at__gt=now)
    return [(_PHASE_WORDS[one.phase], one) for one in found.order_by("-id")]


def just_finished(window: Window, now: datetime) -> Invitation | None:
    """The visit that has just ended at a window and was not rated yet. One indexed query."""
    since = now - AT_WINDOW_FOR
    rows = Invitation.objects.filter(
        centre_id=window.centre_id, made_at__gte=since, channel="qr", ticket__window=window, used_at__isnull=True
    )
    newest: Invitation | None = (
        rows.filter(ticket__state=TicketState.FINISHED, ticket__ended_at__gte=since, ticket__ended_at__lte=now)
        .select_related("ticket__queue")
        .order_by("-ticket__ended_at")
        .first()
    )
    return newest


def for_tablet(window: Window, now: datetime) -> Invitation | None:
    """The same as an invitation to the tablet: its rating will say that it was given at the window."""
    shown = just_finished(window, now)
    if shown is None or shown.ticket is None:
        return None
    return invite(now, "tablet", shown.phase, ticket=shown.ticket)[0]


def lock(invitation: Invitation) -> Invitation:
    """The invitation as it is now, with all links to the same thing held, always in one order: two links used at the
    same moment wait for each other instead of standing in each other's way."""
    held = {one.pk: one for one in _siblings(invitation).select_for_update().order_by("pk")}
    return held[invitation.pk]


def use(invitation: Invitation, now: datetime, *, silent: bool = False) -> None:
    """This visit or phase is rated: none of its links works any more. `silent`: by default, nobody said a word."""
    _siblings(invitation).filter(used_at__isnull=True).update(used_at=now, silent=silent)


def _siblings(invitation: Invitation) -> QuerySet[Invitation]:
    rows = Invitation.objects.filter(phase=invitation.phase)
    mine = {"ticket": invitation.ticket_id} if invitation.ticket_id else {"case": invitation.case_id, "ticket": None}
    return rows.filter(**mine)


# ---- the text message ---------------------------------------------------------------------------------------------


def _phone_of_visit(ticket: Ticket) -> str:
    return str(ticket.visitor.phone or "") if ticket.visitor else ""


def _text(invitation: Invitation, now: datetime) -> None:
    subject = f"invitation:{invitation.pk}"
    _post([Message(TOPIC, subject, {"invitation": invitation.pk})], now)


def _post(messages: Sequence[Message], now: datetime) -> None:
    OutboxMessage.objects.bulk_create(outbox.rows(messages, now))


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}`; empty once it was rated or is too late. Read when the message is sent."""
    rows = Invitation.objects.select_related("centre", "ticket__visitor", "case__applicant", "case__item")
    found = rows.filter(pk=sent.payload.get("invitation", 0)).first()
    if found is None or found.used_at or found.expires_at <= timezone.now():
        return {}
    if found.ticket is not None:
        phone, what = _phone_of_visit(found.ticket), f"您在{found.centre.name}办事"
    else:
        assert found.case is not None
        phone, what = str(found.case.applicant.phone or ""), f"您办的「{found.case.item.name}」"
    if not phone:
        return {}
    words = f"【一窗】{what}，满意吗？愿意的话请评一评，不评也不影响任何事，7 天内有效："
    return {"phone": phone, "text": f"{words} {url_of(found)}"}
