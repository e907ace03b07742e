"""What the visitors of the demonstration say of their visit: seven of ten say something, nearly always something good,
as in real figures. In the hall that goes on by itself each gives it through the real action when the visit is over.
"""

from __future__ import annotations

import datetime as dt
import random
from contextlib import suppress
from typing import Any, Final

from onewindow.demo.hall_day import KEY
from onewindow.hall.models import Ticket
from onewindow.problems import Problem
from onewindow.voice.models import Rating
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations

RATED: Final = 0.7
_LEVELS: Final = ((5, 0.945), (4, 0.05), (3, 0.005))
_PRAISE: Final = {"hall": ("01", "02", "03", "04", "05", "06"), "online": ("01", "02", "06", "07", "08")}
_HALF: Final = ("01", "02", "03", "04")
_WORDS: Final = ("办得很快", "讲得很清楚", "比我想的省事", "谢谢", "不用再跑一趟了", "年纪大了，工作人员帮我填的表")
_TABLET: Final = (11, 28)
"""Seconds: people tap while they pack their papers; faster ones would look as if staff had tapped."""
_LATEST: Final = dt.timedelta(hours=6)
"""Nobody of the demonstration rates later than this after a visit."""


def how(chance: random.Random, *, online: bool) -> tuple[str, dt.timedelta]:
    """By which channel, and how long afterwards."""
    if online:
        channel = "sms" if chance.random() < 0.35 else "online"
        return channel, dt.timedelta(hours=0.3 + chance.random() * 40)
    if chance.random() < 0.6:
        return "tablet", dt.timedelta(seconds=chance.uniform(*_TABLET))
    return chance.choice(("qr", "qr", "kiosk", "sms")), dt.timedelta(minutes=2 + chance.random() * 300)


def said(chance: random.Random, *, online: bool) -> dict[str, Any]:
    """`level`, `labels`, `text`."""
    level = chance.choices([level for level, _ in _LEVELS], [share for _, share in _LEVELS])[0]
    codes = _HALF if level == 3 else _PRAISE["online" if online else "hall"]
    chosen = chance.sample(codes, k=chance.choice((0, 0, 1, 1, 2)) if level > 3 else 1)
    text = chance.choice(_WORDS) if chance.random() < 0.03 else None
    return {"level": level, "labels": [f"{level}{code}" for code in chosen], "text": text}


def go_on(since: dt.datetime, until: dt.datetime) -> int:
    """Those who rate between the two moments do; what a visitor does follows from their ticket, so a second time
    changes nothing. Returns how many. Two queries where nobody does."""
    over = Ticket.objects.filter(request__startswith=KEY, state="finished", ended_at__gt=since - _LATEST)
    rated = Rating.objects.filter(at__gt=since - _LATEST, ticket__isnull=False).values("ticket")
    silent = over.filter(ended_at__lte=until).exclude(pk__in=rated)
    return sum(_rates(ticket, since, until) for ticket in silent.select_related("queue", "visitor", "window"))


def _rates(ticket: Ticket, since: dt.datetime, until: dt.datetime) -> bool:
    chance = random.Random(f"rating {ticket.request}")
    if chance.random() >= RATED or ticket.ended_at is None:
        return False
    channel, wait = how(chance, online=False)
    moment = ticket.ended_at + wait
    if not since < moment <= until:
        return False
    with suppress(Problem):  # somebody who plays the visitor was quicker
        link, _ = invitations.invite(moment, channel, invitations.phase_of(ticket), ticket=ticket)
        told = {name: value for name, value in said(chance, online=False).items() if value}
        ratings.rate(invitations.token_of(link), told, now=moment)
        return True
    return False
