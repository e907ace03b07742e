"""From the called ticket to the intake: who stands at the window is filled in, and put on record as seen in full."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from onewindow.faces.desk.intakeform import IntakeForm
from onewindow.hall.lifecycle import AT_WINDOW, TicketState
from onewindow.hall.models import Ticket
from onewindow.people.authority import Actor
from onewindow.people.models import AccessRecord, Applicant

_CODE: Final = re.compile(r"[A-Za-z0-9_-]{16,32}")
_HERE: Final = sorted(state.value for state in (*AT_WINDOW, TicketState.HELD))


@dataclass(frozen=True, slots=True)
class Visit:
    """A ticket at my own window, and whether its visitor was filled in, as whom: applicant, agent or not at all."""

    ticket: Ticket
    filled: str = ""


def ticket_at_mine(actor: Actor, code: str) -> Ticket | None:
    """The ticket with this code, while it is this person's own to serve. One query; none for anything but a code."""
    if not _CODE.fullmatch(code):
        return None
    mine = Ticket.objects.visible_to(actor).filter(code=code, account=actor.account, state__in=_HERE)
    found: Ticket | None = mine.select_related("visitor__applicant", "centre").first()
    return found


def prefill(form: IntakeForm, ticket: Ticket, actor: Actor) -> tuple[Visit, Applicant | None]:
    """Fills a fresh form from the ticket. For an item of organisations the person at the window is the agent.

    Shows name, number and phone in full, so the access is recorded. Source: 个人信息保护法 art. 6, 51.
    """
    form.fields["ticket"].initial = ticket.reference
    visitor = ticket.visitor
    if visitor is None:
        return Visit(ticket), None
    known = visitor.applicant
    legal = known is not None and known.kind == "legal"
    audience = form.spec.audience
    who = "agent" if audience == "legal" and not legal else "applicant"
    if legal and audience == "natural":
        return Visit(ticket), None
    given = {"name": str(visitor.name), "phone": str(visitor.phone or "")}
    if known is not None:
        phone = given["phone"] or str(known.phone or "")
        given = {"name": str(known.name), "phone": phone, "id_type": known.id_type, "id_number": str(known.id_number)}
        given |= {"kind": known.kind, "address": str(known.address or "")}
    shown = [name for name, value in given.items() if value and f"{who}-{name}" in form.fields]
    for name in shown:
        if not (who == "agent" and name in {"kind", "address"}):
            form.fields[f"{who}-{name}"].initial = given[name]
    _record(actor, ticket, [name for name in shown if name not in {"kind", "id_type"}])
    return Visit(ticket, who), known if who == "applicant" else None


def _record(actor: Actor, ticket: Ticket, shown: list[str]) -> None:
    post = next((one for one in actor.postings if one.centre_id == ticket.centre_id), actor.posting)
    AccessRecord.objects.create(
        kind="unmasked",
        account=actor.account,
        posting=post,
        action="、".join(shown)[:40],
        subject=f"ticket:{ticket.reference}",
        reason="叫号后在窗口收件，按取号时登记的身份填写",
    )


__all__ = ["Visit", "prefill", "ticket_at_mine"]
