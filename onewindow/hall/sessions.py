"""The window itself: open, paused, closed, by the one person who sits there."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from onewindow.hall.access import post_at, recorded_refusals
from onewindow.hall.lifecycle import TicketState
from onewindow.hall.models import Ticket, WindowPause, WindowSession
from onewindow.hall.queues import hall_map
from onewindow.people.authority import Actor
from onewindow.people.models import Posting
from onewindow.places.models import Window
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused


def open_session(account: int) -> WindowSession | None:
    """The window this person has open now, with its pause if there is one (`paused`)."""
    sessions = WindowSession.objects.filter(account_id=account, closed_at__isnull=True)
    return sessions.select_related("window__centre", "posting").first()


def pause_of(session: WindowSession) -> WindowPause | None:
    return session.pauses.filter(ended_at__isnull=True).first()


@recorded_refusals("open")
def open_window(window: Window, *, by: Actor, now: datetime | None = None) -> WindowSession:
    """Raises Refused (no post here), NotFound (window out of use), NotNow (somebody sits there, or one's other window
    is still open). Opening one's own open window again gives the same session."""
    now = now or timezone.now()
    hall_map(window.centre_id).window(window.pk)
    posting = post_at(by, window.centre_id, now=now, window=window.pk)
    try:
        with transaction.atomic():
            session: WindowSession = WindowSession.objects.create(
                window=window, posting=posting, account_id=posting.account_id, opened_at=now
            )
            return session
    except IntegrityError:
        return _already_open(window, posting)


def _already_open(window: Window, posting: Posting) -> WindowSession:
    open_now = WindowSession.objects.filter(closed_at__isnull=True).select_related("window", "account")
    mine = open_now.filter(account_id=posting.account_id).first()
    if mine is not None and mine.window_id == window.pk:
        return mine
    if mine is not None:
        raise NotNow(f"您在 {mine.window.code} 窗口还开着，请先关上，再到 {window.code} 开窗")
    theirs = open_now.filter(window=window).first()
    who = theirs.account.name if theirs else "别人"
    raise NotNow(f"{window.code} 窗口现在由{who}开着，请换一个窗口，或者请{who}先关窗")


@recorded_refusals("close")
def close_window(window: Window, *, by: Actor, reason: str = "", now: datetime | None = None) -> WindowSession:
    """Raises NotNow while somebody is at the window or on hold with this person."""
    now, account = now or timezone.now(), account_of(by)
    with transaction.atomic():
        session = (
            WindowSession.objects.select_for_update().filter(window=window, account_id=account, closed_at=None).first()
        )
        if session is None:
            raise not_manned(window, by)
        left = Ticket.objects.filter(account_id=account, centre_id=window.centre_id, state__in=_UNFINISHED)
        if numbers := "、".join(left.order_by("number").values_list("number", flat=True)):
            raise NotNow(f"{numbers} 还没有办完。请先办完，或者转到别的队伍，再关窗")
        WindowPause.objects.filter(session=session, ended_at=None).update(ended_at=now)
        session.closed_at, session.close_reason = now, reason.strip()[:100]
        session.save(update_fields=["closed_at", "close_reason"])
        return session


_UNFINISHED: Final = [TicketState.CALLED.value, TicketState.SERVING.value, TicketState.HELD.value]


@recorded_refusals("pause")
def pause_window(window: Window, *, by: Actor, reason: str, now: datetime | None = None) -> WindowPause:
    """The window calls nobody until it resumes; who is there is served to the end. Raises InvalidInput, NotNow."""
    if not reason.strip():
        raise InvalidInput("请写明为什么暂停", [FieldError("reason", "例如：打印机缺纸、用餐、开会")])
    session = session_at(window, by)
    try:
        with transaction.atomic():
            pause: WindowPause = WindowPause.objects.create(
                session=session, reason=reason.strip()[:60], started_at=now or timezone.now()
            )
            return pause
    except IntegrityError:
        raise NotNow(f"{window.code} 窗口已经暂停了") from None


@recorded_refusals("resume")
def resume_window(window: Window, *, by: Actor, now: datetime | None = None) -> WindowSession:
    """Raises NotNow when it is not paused."""
    session = session_at(window, by)
    if not WindowPause.objects.filter(session=session, ended_at=None).update(ended_at=now or timezone.now()):
        raise NotNow(f"{window.code} 窗口没有暂停")
    return session


def session_at(window: Window, by: Actor) -> WindowSession:
    """This person's open session at the window. Raises why there is none."""
    session: WindowSession | None = WindowSession.objects.filter(
        window=window, account_id=account_of(by), closed_at__isnull=True
    ).first()
    if session is None:
        raise not_manned(window, by)
    return session


def not_manned(window: Window, by: Actor) -> Exception:
    """Why this person can do nothing at this window: not theirs at all, or not opened."""
    try:
        post_at(by, window.centre_id)
    except Refused as refused:
        return refused
    return NotNow(f"您还没有打开 {window.code} 窗口，请先开窗")


def account_of(by: Actor) -> int:
    if by.account is None:
        raise Refused("这一步必须由窗口工作人员办理")
    return by.account.pk
