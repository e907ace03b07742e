"""Two posts with one link, the tablet and the phone at the same moment, two processes that invite: one rating."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.hall.models import Ticket
from onewindow.problems import Problem
from onewindow.voice.models import BadRating, Invitation, Rating
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations
from tests.cast import Cast
from tests.hall.stage import build
from tests.races.conftest import all_at_once


@pytest.fixture
def visit(cast: Cast) -> Ticket:
    stage = build(cast)
    ticket = stage.visit("9:00", called="9:01", started="9:02", ended="9:03")
    ticket.ended_at = timezone.now() - timedelta(seconds=2)
    ticket.save()
    return ticket


def outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Problem as problem:
        return problem.title


@pytest.mark.django_db(transaction=True)
def test_many_posts_with_one_link_are_one_rating(visit: Ticket) -> None:
    token = invitations.token_of(invitations.for_visit(visit))
    answers = all_at_once([partial(outcome, partial(ratings.rate, token, {"level": 1})) for _ in range(10)])
    told = Counter(answer if isinstance(answer, str) else "rated" for answer in answers)
    assert told == {"rated": 1, invitations.DONE: 9}
    assert Rating.objects.count() == BadRating.objects.count() == 1
    assert OutboxMessage.objects.filter(topic=ratings.TOPIC).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_tablet_and_the_phone_at_once_are_one_rating(visit: Ticket) -> None:
    assert visit.window is not None
    phone = invitations.for_visit(visit)
    tablet = invitations.for_tablet(visit.window, timezone.now())
    assert tablet is not None
    tokens = [invitations.token_of(one) for one in (phone, tablet)] * 4
    answers = all_at_once(
        [partial(outcome, partial(ratings.rate, token, {"level": 1 + n % 5})) for n, token in enumerate(tokens)]
    )
    assert sum(isinstance(answer, Rating) for answer in answers) == Rating.objects.count() == 1
    assert {answer for answer in answers if isinstance(answer, str)} == {invitations.DONE}
    assert not Invitation.objects.filter(used_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_inviting_at_once_invites_once(visit: Ticket) -> None:
    all_at_once([partial(invitations.for_visit, visit) for _ in range(6)])
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_silence_and_a_word_at_once_are_one_rating(cast: Cast, visit: Ticket) -> None:
    profile = cast.centre.profile
    profile.rules = {"default_rating_days": 7}
    profile.save()
    invitation = invitations.for_visit(visit)
    later = invitation.made_at + invitations.LIFE
    word = partial(ratings.rate, invitations.token_of(invitation), {"level": 5}, now=later - timedelta(seconds=1))
    all_at_once([partial(outcome, word), *[partial(ratings.give_defaults, later) for _ in range(3)]])
    assert Rating.objects.count() == 1
