"""One visit one rating, one phase of a case one rating; links, labels, limits; staff are refused."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.notices import notice
from onewindow.hall import calling, onward, sessions, tickets
from onewindow.hall.models import Ticket, Visitor
from onewindow.people.models import AccessRecord
from onewindow.people.roles import Role
from onewindow.problems import InvalidInput, NotFound, NotNow, Problem, Refused, TooMany
from onewindow.voice.models import BadRating, Invitation, Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import invitations, labels, plates
from onewindow.voice.ratings.figures import Scope, figures
from tests.cast import FOOD, Cast
from tests.hall.stage import Stage, build

STAFF = [role for role in Role if role not in {Role.APPLICANT, Role.SYSTEM}]


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = build(cast)
    made.day = timezone.localdate()
    return made


@pytest.fixture
def visit(stage: Stage) -> Ticket:
    """A visit for the food licence that clerk1 has just finished at A01; the visitor left a number."""
    now = timezone.now()
    ticket = stage.visit("0:01", called="0:02", started="0:03", ended="0:04", items=[FOOD])
    ticket.visitor = Visitor.objects.create(name="王小明", phone="19900001234", person="one")
    ticket.ended_at = now - timedelta(seconds=5)
    ticket.save()
    return ticket


def link(visit: Ticket) -> str:
    return invitations.token_of(invitations.for_visit(visit))


def test_a_finished_visit_invites_by_itself(stage: Stage, django_capture_on_commit_callbacks: Any, cast: Cast) -> None:
    window, clerk = stage.windows["A01"], cast.actor("clerk1")
    sessions.open_window(window, by=clerk)
    tickets.take(cast.centre, {"override": "测试"}, source="guide", by=clerk)
    ticket = calling.call_next(window, by=clerk)
    assert ticket is not None
    calling.start(window, by=clerk)
    assert not Invitation.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        onward.finish(window, by=clerk)
    made = Invitation.objects.get()
    assert (made.ticket_id, made.channel, made.phase) == (ticket.pk, "qr", "intake")
    assert made.expires_at - made.made_at == timedelta(days=7)


def test_the_token_is_stored_nowhere(visit: Ticket) -> None:
    token = link(visit)
    assert len(token) == 22
    for one in Invitation.objects.values():
        assert token not in str(one)
    for sent in OutboxMessage.objects.values():
        assert token not in str(sent)


def test_the_text_message_brings_the_link_until_it_was_rated(visit: Ticket) -> None:
    invitations.for_visit(visit)
    sent = OutboxMessage.objects.get(topic="voice.rate")
    told = notice(sent)
    assert told["phone"] == "19900001234"
    token = told["text"].rpartition("/voice/rate/")[2].rstrip("/")
    assert invitations.find(token).channel == "sms"
    assert ratings.rate(token, {"level": 5}).channel == "sms"
    assert notice(sent) == {}


def test_no_number_no_message(stage: Stage) -> None:
    invitations.for_visit(stage.visit("0:01", called="0:02", started="0:03", ended="0:04"))
    assert not OutboxMessage.objects.exists()


def test_a_rating_says_whom_it_concerns(visit: Ticket, cast: Cast) -> None:
    made = ratings.rate(link(visit), {"level": 5, "labels": ["504"], "text": "谢谢"})
    assert (made.person, made.window.code, made.department) == (cast.clerk1, "A01", cast.market)
    assert (made.item, made.target, made.phase) == (cast.items[FOOD], "person", "intake")
    assert (made.name, made.phone, made.channel) == (None, None, "qr")
    kept = Rating.objects.get(number=made.number)
    assert (kept.text, kept.labels, kept.is_bad) == ("谢谢", ["504"], False)
    assert OutboxMessage.objects.get(topic=ratings.TOPIC).payload == {"rating": made.pk}


def test_one_visit_one_rating_by_whatever_link(visit: Ticket) -> None:
    token = link(visit)
    other = invitations.for_tablet(visit.window, timezone.now())
    assert other is not None
    ratings.rate(token, {"level": 4})
    for again in (token, invitations.token_of(other)):
        with pytest.raises(NotNow, match="已经评价过"):
            ratings.rate(again, {"level": 1})
    assert Rating.objects.get().level == 4


def test_a_link_ends_after_a_week(visit: Ticket) -> None:
    token = link(visit)
    with pytest.raises(NotNow, match="过期"):
        ratings.rate(token, {"level": 5}, now=timezone.now() + timedelta(days=7))


@pytest.mark.parametrize("token", ["", "x", "ﷺ" * 22, "a" * 5000, "\0", "' or 1=1", "A" * 22])
def test_a_link_cannot_be_guessed(visit: Ticket, token: str) -> None:
    invitations.for_visit(visit)
    with pytest.raises(NotFound):
        ratings.rate(token, {"level": 5})


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "level"),
        ({"level": 0}, "level"),
        ({"level": 6}, "level"),
        ({"level": "五"}, "level"),
        ({"level": 5, "labels": ["110"]}, "labels"),
        ({"level": 5, "labels": ["5"]}, "labels.0"),
        ({"level": 1, "labels": ["110"] * 9}, "labels"),
        ({"level": 1, "text": "长" * 2001}, "text"),
        ({"level": 1, "text": "\u202e倒"}, "text"),
        ({"level": 1, "contact": "other"}, "phone"),
        ({"level": 1, "contact": "other", "phone": "12"}, "phone"),
        ({"level": 1, "contact": "everybody"}, "contact"),
        ({"level": 1, "is_default": True}, "is_default"),
    ],
)
def test_hostile_input_is_named(visit: Ticket, given: dict[str, Any], field: str) -> None:
    token = link(visit)
    with pytest.raises(InvalidInput) as caught:
        ratings.rate(token, given)
    assert [error.field for error in caught.value.errors] == [field]
    assert not Rating.objects.exists()
    assert Invitation.objects.filter(used_at__isnull=False).count() == 0


def test_the_database_refuses_to_change_a_rating_but_lets_a_name_be_erased(visit: Ticket) -> None:
    made = ratings.rate(link(visit), {"level": 2, "contact": "known"})
    assert (made.name, made.phone) == ("王小明", "19900001234")
    for change in ({"level": 5}, {"text": "很好"}, {"phone": "19900009999"}, {"is_default": True}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Rating.objects.filter(pk=made.pk).update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Rating.objects.filter(pk=made.pk)._raw_delete("default")
    Rating.objects.filter(pk=made.pk).update(name=None, phone=None)
    made.refresh_from_db()
    assert (made.level, made.name) == (2, None)


@pytest.mark.parametrize("role", STAFF)
def test_nobody_of_the_house_rates(visit: Ticket, cast: Cast, role: Role) -> None:
    who = next(account for account in cast.accounts.values() if role in cast.actor(account).roles)
    token, plate = link(visit), plates.Plate("window", cast.centre, visit.window, "A01")
    for attempt in (
        lambda: ratings.rate(token, {"level": 5}, by=who),
        lambda: ratings.rate_plate(plate, {"level": 5}, by=who),
    ):
        before = AccessRecord.objects.filter(kind="refused", account=who).count()
        with pytest.raises(Refused):
            attempt()
        assert AccessRecord.objects.filter(kind="refused", account=who).count() == before + 1
    assert not Rating.objects.exists()


def test_a_device_that_rates_on_and_on_is_stopped(visit: Ticket, stage: Stage) -> None:
    tokens = [link(visit)]
    for _ in range(2):
        tokens.append(link(stage.visit("0:01", called="0:02", started="0:03", ended="0:04")))
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=7))
    now = timezone.now()
    for token in tokens[:2]:
        ratings.rate(token, {"level": 5}, rater="phone", now=now)
    with pytest.raises(TooMany):
        ratings.rate(tokens[2], {"level": 5}, rater="phone", now=now)
    assert ratings.rate(tokens[2], {"level": 5}, rater="phone", now=now + timedelta(minutes=11)).level == 5


# ---- cases --------------------------------------------------------------------------------------------------------


def phases(case: Any) -> list[str]:
    return list(Invitation.objects.filter(case=case, channel="online").order_by("pk").values_list("phase", flat=True))


def test_every_phase_of_a_case_invites_once(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        case = cast.walk_to("delivered")
    assert phases(case) == ["intake", "decision", "delivery"]
    shown = invitations.of_case(case, timezone.now())
    assert [words for words, _ in shown] == ["结果送达", "审查决定", "申请受理"]
    for (_, one), who in zip(shown, (cast.exit1, cast.chief1, cast.clerk1), strict=True):
        made = ratings.rate(invitations.token_of(one), {"level": 5})
        assert (made.case, made.person, made.item) == (case, who, case.item)
    assert invitations.of_case(case, timezone.now()) == []
    with pytest.raises(IntegrityError, match="voice_one_per_phase"), transaction.atomic():
        Rating.objects.create(number="x", case=case, phase="decision", level=5, channel="qr", centre=case.centre)


def test_one_message_a_case_and_none_for_what_the_visit_asks(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        online, visited = cast.walk_to("delivered"), cast.walk_to("decided", ticket="20261122-A001")
    assert phases(visited) == ["decision"]
    sent = OutboxMessage.objects.filter(topic="voice.rate")
    invited = [Invitation.objects.get(pk=one.payload["invitation"]) for one in sent]
    assert [(one.case, one.phase) for one in invited] == [(online, "decision")]


def test_what_was_forgotten_is_made_later(visit: Ticket, cast: Cast) -> None:
    case = cast.walk_to("decided")
    assert not Invitation.objects.exists()
    assert invitations.mend(timezone.now()) == 2
    assert invitations.mend(timezone.now()) == 0
    assert set(Invitation.objects.values_list("ticket", "case")) >= {(visit.pk, None), (None, case.pk)}


# ---- without a visit ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", plates.KINDS)
def test_everything_can_be_rated_without_a_visit(cast: Cast, stage: Stage, kind: str) -> None:
    about: Any = {
        "item": cast.items[FOOD],
        "department": cast.market,
        "window": stage.windows["A01"],
        "person": cast.clerk1,
        "platform": cast.centre,
    }[kind]
    plate = plates.find(plates.code(kind, about.pk, cast.centre.pk))
    assert plate.about == about
    made = ratings.rate_plate(plate, {"level": 4}, rater="phone")
    assert (made.target, made.ticket, made.case) == (kind, None, None)
    assert kind == "platform" or getattr(made, kind) == about
    with pytest.raises(NotNow, match="今天已经评价过"):
        ratings.rate_plate(plate, {"level": 5}, rater="phone")


def test_a_plate_cannot_be_made_up(cast: Cast, stage: Stage) -> None:
    good = plates.code("window", stage.windows["A01"].pk, cast.centre.pk)
    for wrong in (good[:-1] + ("0" if good[-1] != "0" else "1"), "p" + good[1:], good + "0", "\0", "w１-1-" + "0" * 12):
        with pytest.raises(NotFound):
            plates.find(wrong)
    stage.windows["A01"].is_active = False
    stage.windows["A01"].save()
    with pytest.raises(NotFound, match="停用"):
        plates.find(good)


def test_every_plate_of_a_centre(cast: Cast, stage: Stage) -> None:
    found = plates.of_centre(cast.centre)
    assert {one.about for one in found["person"]} >= {cast.clerk1, cast.exit1}
    assert cast.township1 not in {one.about for one in found["person"]}
    assert len(found["window"]) == 4
    for plate in (one for several in found.values() for one in several):
        assert plates.find(plate.code).name == plate.name


# ---- silence ------------------------------------------------------------------------------------------------------


def test_silence_is_no_rating_unless_the_profile_says_so(visit: Ticket, cast: Cast) -> None:
    invitations.for_visit(visit)
    later = timezone.now() + timedelta(days=8)
    assert ratings.give_defaults(later) == 0
    profile = cast.centre.profile
    profile.rules = {"default_rating_days": 7}
    profile.save()
    assert ratings.give_defaults(timezone.now() + timedelta(days=6)) == 0
    assert ratings.give_defaults(later) == 1
    assert ratings.give_defaults(later) == 0
    made = Rating.objects.get()
    assert (made.level, made.is_default, made.is_bad) == (3, True, False)
    told = figures(Scope.centre(cast.centre.pk), timezone.localdate(later), timezone.localdate(later))
    assert (told.whole.total, told.whole.defaults, told.whole.content) == (0, 1, None)
    asked = figures(Scope.centre(cast.centre.pk), timezone.localdate(), timezone.localdate(later)).whole
    assert (asked.asked, asked.answered) == (1, 0)  # nobody said a word


# ---- labels -------------------------------------------------------------------------------------------------------


def test_every_level_has_labels_and_the_real_complaints_are_there() -> None:
    assert set(labels.labels()) == {1, 2, 3, 4, 5}
    for level, found in labels.labels().items():
        codes = [label.code for label in found]
        assert len(set(codes)) == len(codes) >= 6
        assert all(code.startswith(str(level)) and len(code) == 3 for code in codes)
        assert all(label.about in plates.KINDS for label in found)
    assert labels.words_of(["110", "111", "112"]) == [
        "没有理由超过了法定时间",
        "指南以外还要加条件",
        "指南以外还要材料",
    ]
    assert labels.words_of(["199"]) == ["199"]
    assert {one.at for one in labels.offered(1, "online")} == {"", "online"}
    assert labels.about(["116", "117", "110"], "item") == "person"
    assert labels.about([], "item") == "item"


# ---- signs of fraud -----------------------------------------------------------------------------------------------


def given(stage: Stage, cast: Cast, times: list[float], level: int = 5, window: str = "A01") -> None:
    """Ratings so many seconds after each other, each a minute after its visit's end."""
    at = stage.at("10:00", timezone.localdate())
    for order, seconds in enumerate(times):
        at += timedelta(seconds=seconds)
        Rating.objects.create(
            number=f"T{window}{level}{order}",
            centre=cast.centre,
            window=stage.windows[window],
            person=cast.clerk1,
            level=level,
            channel="tablet",
            at=at,
        )


def test_good_ratings_in_bulk_are_flagged_once(stage: Stage, cast: Cast) -> None:
    day = timezone.localdate()
    given(stage, cast, [60, 5, 5, 5, 300, 300])
    given(stage, cast, [60, 5, 5, 5], level=1)
    given(stage, cast, [60, 60, 60, 5, 60], window="A02")
    for _ in range(2):
        (found,) = ratings.flags(cast.centre, day)
        assert (found.window.code, found.good, len(found.quick)) == ("A01", 6, 3)
        assert found.share == 0.5
        assert found.people == {cast.clerk1.pk}
    assert Rating.objects.filter(flag__isnull=False).count() == 3
    assert ratings.flags(cast.centre, day - dt.timedelta(days=1)) == []
    assert figures(Scope.centre(cast.centre.pk), day, day).flagged == 3


def test_seconds_after_the_finish_is_quick(stage: Stage, cast: Cast) -> None:
    for _ in range(3):
        ticket = stage.visit("9:00", called="9:01", started="9:02", ended="9:10", day=timezone.localdate())
        assert ticket.ended_at is not None
        invitations.for_visit(ticket)
        token = invitations.token_of(Invitation.objects.get(ticket=ticket))
        ratings.rate(token, {"level": 5}, now=ticket.ended_at + timedelta(seconds=3))
    assert len(ratings.flags(cast.centre, timezone.localdate())[0].quick) == 3


# ---- a bad one --------------------------------------------------------------------------------------------------


def test_a_bad_rating_opens_its_loop_at_once(visit: Ticket, cast: Cast) -> None:
    made = ratings.rate(link(visit), {"level": 2})
    row = BadRating.objects.get()
    assert (row.rating, row.person, row.department, row.state) == (made, cast.clerk1, cast.market, "new")
    assert row.next_due_at is not None
    assert badratings.by_code(row.code) == row
    with pytest.raises(Problem):
        badratings.by_code("\0")
