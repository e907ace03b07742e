"""The invitation to rate on the visitor's own pages: a link for this device, a code for another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from onewindow.cases.models import Case
from onewindow.faces.portal.access import account_of
from onewindow.hall.models import Ticket
from onewindow.papers.qr import qr_svg
from onewindow.voice.models import Invitation
from onewindow.voice.ratings import invitations


@dataclass(frozen=True, slots=True)
class Invited:
    """`words` say which part of a case; empty for a visit, which has the `slip`'s code for the kiosk."""

    path: str
    words: str
    qr: SafeString
    slip: str = ""


def of_visit(request: HttpRequest, ticket: Ticket, now: datetime) -> list[Invited]:
    """Only after the visit's end, for a week, until it is rated; never in a browser of the house."""
    found = None if _staff(request) else invitations.of_visit(ticket, now)
    return [_invited(found)] if found else []


def of_case(request: HttpRequest, case: Case) -> list[Invited]:
    """The open phases, the newest first. One query."""
    if _staff(request):
        return []
    return [_invited(one, words) for words, one in invitations.of_case(case, timezone.now())]


def _invited(invitation: Invitation, words: str = "") -> Invited:
    svg = mark_safe(qr_svg(invitations.url_of(invitation)))
    slip = invitations.slip_words(invitation.ticket) if invitation.ticket else ""
    return Invited(invitations.path_of(invitation), words, svg, slip)


def _staff(request: HttpRequest) -> bool:
    account = account_of(request)
    return account is not None and account.kind == "staff"
