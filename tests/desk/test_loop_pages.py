"""The generic page of a matter: forms from inputs, reasons, what changed meanwhile, nothing typed is lost."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.faces.desk.loops import limits, listing, matter
from onewindow.faces.desk.loops.face import MatterFace
from onewindow.faces.desk.loops.forms import form_for
from onewindow.loops import engine
from onewindow.people.authority import SYSTEM, Actor
from onewindow.people.roles import Role
from onewindow.voice.loops import COMPLAINT, CONSULTATION, ISSUE, RATING
from onewindow.voice.models import Complaint, Consultation
from tests.cast import Cast

MONDAY = datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
ALL = [(loop, move) for loop in (RATING, COMPLAINT, ISSUE, CONSULTATION) for move in loop.moves]


def rows(actor: Actor) -> Any:
    return Complaint.objects.visible_to(actor).select_related("centre__profile", "department")


FACE = MatterFace(loop=COMPLAINT, home="/desk/complaints/", nav="complaints", rows=rows)


@pytest.fixture
def complaint(cast: Cast) -> Complaint:
    row = Complaint(
        number="TS1",
        centre=cast.centre,
        department=cast.market,
        against=cast.market,
        state="registered",
        kind="complaint",
        channel="window",
        cause="overdue",
        text="超过时限了",
    )
    made: Complaint = engine.open_matter(COMPLAINT, row, by=SYSTEM, now=timezone.now())
    return made


def asked(cast: Cast, who: str, row: Complaint, **sent: Any) -> Any:
    """The page as this person gets it: with fields it is a POST."""
    factory = RequestFactory()
    request: Any = factory.post(FACE.url(row), sent) if sent else factory.get(FACE.url(row))
    request.user, request.session, request._messages = cast.accounts[who], {}, _Said()
    request.META["CSRF_COOKIE"] = "x" * 32
    return matter.answer(request, cast.actor(who), FACE, row.number)


class _Said(list[Any]):
    def add(self, level: int, message: str, extra: str = "") -> None:
        self.append(message)


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(("loop", "move"), ALL, ids=lambda one: getattr(one, "key", getattr(one, "action", "")))
def test_every_move_of_every_loop_has_a_form_with_all_its_fields(
    cast: Cast, complaint: Complaint, loop: Any, move: Any
) -> None:
    form = form_for(FACE, complaint, move, cast.actor("manager1"))
    assert set(form.fields) == set(move.needs.model_fields)
    assert all(bound.label for bound in form)


def test_the_page_shows_what_i_can_do_and_why_i_cannot_do_the_rest(cast: Cast, complaint: Complaint) -> None:
    html = page(asked(cast, "manager1", complaint))
    assert 'id="do-accept"' in html
    assert 'id="do-decline"' in html
    assert "登记" in html
    assert "转办" in html
    assert "还剩" in html
    complaint.person = cast.manager1
    complaint.save()
    html = page(asked(cast, "manager1", complaint))
    assert 'id="do-accept"' not in html
    assert "这件事说的就是您" in html
    assert 'id="cannot-accept"' in html


def test_somebody_who_can_do_nothing_sees_whose_turn_it_is(cast: Cast, complaint: Complaint) -> None:
    html = page(asked(cast, "examiner1", complaint))
    assert "现在没有需要您办的" in html
    assert "由电子监察员、中心管理员办理" in html


def test_a_move_is_made_and_told_in_the_story(cast: Cast, complaint: Complaint) -> None:
    made = asked(cast, "manager1", complaint, action="accept", version="1", words="马上办")
    assert (made.status_code, made["Location"]) == (302, "/desk/complaints/TS1/")
    complaint.refresh_from_db()
    assert (complaint.state, complaint.version) == ("accepted", 2)
    html = page(asked(cast, "supervisor1", complaint))
    assert "沈管（中心管理员）" in html
    assert "马上办" in html


def test_a_mistake_keeps_what_was_typed(cast: Cast, complaint: Complaint) -> None:
    asked(cast, "manager1", complaint, action="accept", version="1")
    wrong = asked(cast, "manager1", complaint, action="assign", version="2", words="请三天内办好", department="")
    assert wrong.status_code == 422
    assert "请三天内办好" in page(wrong)
    assert "请选择承办部门" in page(wrong)
    assert re.search(r'id="do-assign" open', page(wrong))


def test_what_changed_meanwhile_is_said_and_the_words_stay(cast: Cast, complaint: Complaint) -> None:
    asked(cast, "manager1", complaint, action="accept", version="1")
    late = asked(cast, "supervisor1", complaint, action="decline", version="1", reason="不是我们的事")
    assert late.status_code == 412
    assert "刚刚有人办理了这一件" in page(late)
    assert "不是我们的事" in page(late)
    assert 'name="version" value="2"' in page(late)
    complaint.refresh_from_db()
    assert complaint.state == "accepted"


def test_a_move_that_is_gone_still_shows_the_words(cast: Cast, complaint: Complaint) -> None:
    engine.perform(COMPLAINT, complaint, "decline", by=cast.actor("manager1"), data={"reason": "不归中心管"})
    gone = asked(cast, "supervisor1", complaint, action="accept", version="1", words="已经看过")
    assert gone.status_code == 412
    assert "已经看过" in page(gone)


def test_the_same_press_twice_is_one_step(cast: Cast, complaint: Complaint) -> None:
    for _ in range(2):
        made = asked(cast, "manager1", complaint, action="accept", version="1", words="办")
        assert made.status_code == 302
    assert Complaint.objects.get(pk=complaint.pk).version == 2


@pytest.mark.parametrize(
    "sent",
    [
        {"action": "nothing"},
        {"action": "confirm", "satisfied": "yes"},
        {"action": ""},
        {"action": "a" * 4000},
    ],
)
def test_moves_that_are_not_for_the_desk_are_not_there(cast: Cast, complaint: Complaint, sent: dict[str, str]) -> None:
    from django.http import Http404

    with pytest.raises(Http404):
        asked(cast, "manager1", complaint, version="1", **sent)


@pytest.mark.parametrize("words", ["好\x00的", "\u202e反的", "长" * 3000])
def test_hostile_words_are_named_beside_their_field(cast: Cast, complaint: Complaint, words: str) -> None:
    answer = asked(cast, "manager1", complaint, action="decline", version="1", reason=words)
    assert answer.status_code == 422
    assert "id_decline_reason_error" in page(answer)


@pytest.mark.parametrize("version", ["", "-1", "9" * 40, "一", "1e3"])
def test_a_strange_version_does_no_harm(cast: Cast, complaint: Complaint, version: str) -> None:
    made = asked(cast, "manager1", complaint, action="accept", version=version)
    assert made.status_code == 302


def test_nobody_sees_a_matter_that_is_not_theirs(cast: Cast, complaint: Complaint) -> None:
    from django.http import Http404

    with pytest.raises(Http404):
        asked(cast, "examiner3", complaint)


def test_a_matter_that_left_my_sight_leads_back_to_the_list(cast: Cast, complaint: Complaint) -> None:
    actor = cast.actor("examiner1")
    assert matter.back(FACE, actor, complaint) == "/desk/complaints/TS1/"
    Complaint.objects.filter(pk=complaint.pk).update(department=cast.health)
    assert matter.back(FACE, actor, complaint) == "/desk/complaints/"


def test_the_context_costs_two_queries(cast: Cast, complaint: Complaint) -> None:
    actor = cast.actor("manager1")
    row = matter.find(FACE, actor, complaint.number)
    matter.context(FACE, row, actor)
    with CaptureQueriesContext(connection) as seen:
        matter.context(FACE, row, actor)
    assert sum("clocks_calendar" not in query["sql"] for query in seen.captured_queries) == 2


# ---- limits in words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "words", "tone"),
    [
        (MONDAY.replace(hour=14, minute=20), "还剩 3 小时 20 分钟", "ontime"),
        (MONDAY.replace(hour=10, minute=40), "还剩 40 分钟", "soon"),
        (MONDAY.replace(hour=9, minute=30), "已超过 30 分钟", "late"),
        (MONDAY - timedelta(days=3) + timedelta(hours=6), "已超过 2 小时", "late"),
        (MONDAY.replace(hour=23, minute=59, second=59, microsecond=999999), "今天到期", "soon"),
        (MONDAY.replace(day=26, hour=23, minute=59, second=59), "还剩 3 个工作日", "ontime"),
        (MONDAY.replace(day=19, hour=23, minute=59, second=59), "已超过 2 个工作日", "late"),
        (None, "已暂停", "paused"),
    ],
)
def test_limits_in_words(db: None, due: datetime | None, words: str, tone: str) -> None:
    assert limits.due_words(due, MONDAY) == (words, tone)


# ---- lists ---------------------------------------------------------------------------------------------------------


def _questions(cast: Cast, count: int) -> None:
    for n in range(count):
        row = Consultation(number=f"ZX{n:03}", centre=cast.centre, state="asked", channel="online", question="问")
        row.save()
        if n % 3:
            Consultation.objects.filter(pk=row.pk).update(next_due_at=MONDAY + timedelta(hours=n % 7))


@pytest.mark.parametrize("order", ["due", "old"])
def test_a_list_turns_its_pages_without_gap_or_repeat(cast: Cast, order: str) -> None:
    _questions(cast, 75)
    face = MatterFace(loop=CONSULTATION, home="/q/", nav="", rows=rows)
    everything = Consultation.objects.select_related("department")
    seen: list[str] = []
    url, pages = "/q/?state=asked", []
    while url:
        found = listing.listing(RequestFactory().get(url), face, everything, what=str, order=order)
        pages.append([line.number for line in found["lines"]])
        seen += pages[-1]
        url = found["next_url"]
        assert not url or "state=asked" in url
    assert (len(seen), len(set(seen))) == (75, 75)
    assert [len(one) for one in pages] == [30, 30, 15]
    back = listing.listing(RequestFactory().get(found["prev_url"]), face, everything, what=str, order=order)
    assert [line.number for line in back["lines"]] == pages[1]
    with_due = [n for n in seen if Consultation.objects.get(number=n).next_due_at]
    assert order == "old" or seen[: len(with_due)] == with_due


@pytest.mark.parametrize("text", ["x-", "x-1x", "1-", "a" * 90, "x-" + "9" * 30, "\0"])
def test_a_strange_place_in_a_list_is_its_beginning(cast: Cast, text: str) -> None:
    _questions(cast, 3)
    face = MatterFace(loop=CONSULTATION, home="/q/", nav="", rows=rows)
    request = RequestFactory().get("/q/", {"after": text})
    assert (
        len(listing.listing(request, face, Consultation.objects.select_related("department"), what=str)["lines"]) == 3
    )


def test_hours_and_days_come_from_the_limit_itself(cast: Cast, complaint: Complaint) -> None:
    found = {one.kind: one for one in limits.faces(limits.open_limits("complaint", complaint.pk), timezone.now())}
    assert found["forward"].moment == Deadline.objects.get(kind="forward").due_at
    assert found["accept"].moment is None
    assert found["accept"].rule == "XY-14.7"
    assert Role.MANAGER in COMPLAINT.moves[0].roles
