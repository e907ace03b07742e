"""A change of the catalogue: who may make which move, by when, and that nobody reviews the own department's."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from onewindow.catalogue.changes import actions as changes
from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.models import ChangeRequest, Item
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.loops import engine
from onewindow.people.models import AccessRecord, Posting
from onewindow.people.roles import Role
from onewindow.problems import InvalidInput, NotNow, Problem, Refused, RuleBroken
from tests.cast import FERTILITY, FOOD, NAMES, Cast
from tests.catalogue.changing import MOVES, NOW, THEIRS, act, at, told

pytestmark = pytest.mark.django_db
FROM = {
    "draft": "opened",
    "propose": "opened",
    "approve": "proposed",
    "publish": "approved",
    "send_back": "proposed",
    "reject": "proposed",
    "withdraw": "proposed",
    "void": "published",
}
DEPARTMENT = {"editor1", "chief1", "head1"}
MANAGEMENT = {"publisher1", "manager1"}


def limits(row: ChangeRequest) -> dict[str, Deadline]:
    return {one.kind: one for one in Deadline.objects.of("change", row.pk)}


# ---- the matrix ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", list(FROM))
def test_every_role_and_move(cast: Cast, action: str) -> None:
    """Everybody of the cast tries the move once; who may not is refused and recorded, and nothing changes."""
    row = at(cast, FROM[action])
    allowed = DEPARTMENT if action in THEIRS else MANAGEMENT
    for who in (name for name in NAMES if name not in allowed):
        before = AccessRecord.objects.filter(kind="refused").count()
        with pytest.raises(Refused):
            act(cast, row, action, who)
        record = AccessRecord.objects.filter(kind="refused").latest("pk")
        assert AccessRecord.objects.filter(kind="refused").count() == before + 1, who
        assert (record.account, record.action, record.subject) == (cast.accounts[who], f"change.{action}", row.number)
    row.refresh_from_db()
    assert row.state == FROM[action]
    for who in sorted(allowed):
        one = at(cast, FROM[action], item="company-establishment") if who != sorted(allowed)[0] else row
        if action == "void" and one is not row:
            continue  # only one version of an item may wait for its day
        assert act(cast, one, action, who).version == one.version + 1


@pytest.mark.parametrize("who", [name for name in NAMES if name not in DEPARTMENT])
def test_only_the_department_tells_of_a_change(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        told(cast, who)
    assert AccessRecord.objects.get(kind="refused").action == "change.tell"
    assert not ChangeRequest.objects.exists()


def test_another_department_neither_tells_nor_proposes(cast: Cast) -> None:
    with pytest.raises(Refused, match="桃江县卫生健康委员会"):
        told(cast, "editor1", item=FERTILITY)
    row = told(cast)
    Posting.objects.filter(account=cast.editor1).update(department=cast.health)
    with pytest.raises(Refused, match="别的部门"):
        act(cast, row, "propose")


@pytest.mark.parametrize("action", [action for action in FROM if action not in THEIRS])
def test_nobody_reviews_a_change_of_their_own_department(cast: Cast, action: str) -> None:
    """HN-10.4: even somebody of the management body who also works for the applying department."""
    row = at(cast, FROM[action])
    Posting.objects.filter(account=cast.publisher1).update(department=cast.market)
    with pytest.raises(Refused, match="本部门的人"):
        act(cast, row, action)
    assert not changes.waiting(cast.actor("publisher1")).exists()


def test_who_told_of_it_does_not_review_it_from_another_post(cast: Cast) -> None:
    row = at(cast, "proposed")
    Posting.objects.filter(account=cast.editor1).update(role=Role.PUBLISHER.value, department=None)
    with pytest.raises(Refused, match="说的就是您"):
        act(cast, row, "approve", "editor1")


def test_a_publisher_of_elsewhere_reviews_nothing_here(cast: Cast) -> None:
    row = at(cast, "proposed")
    Posting.objects.filter(account=cast.publisher1).update(centre=cast.township)
    with pytest.raises(Refused, match="不在您管理的区域"):
        act(cast, row, "approve")


@pytest.mark.parametrize("state", ["voided", "rejected", "withdrawn"])
def test_what_is_over_stays_over(cast: Cast, state: str) -> None:
    row = at(cast, state)
    assert row.closed_at is not None
    for action in MOVES:
        with pytest.raises(NotNow):
            act(cast, row, action)


# ---- who sees ------------------------------------------------------------------------------------------------------


def test_who_sees_it_and_for_whom_it_waits(cast: Cast) -> None:
    row = at(cast, "opened")
    sees = {who for who in NAMES if changes.visible(cast.actor(who)).exists()}
    market = {"editor1", "chief1", "head1", "examiner1", "examiner2", "verifier1"}
    assert sees == market | {"publisher1", "manager1", "supervisor1", "mayor1"}
    assert {who for who in NAMES if changes.waiting(cast.actor(who)).exists()} == DEPARTMENT
    act(cast, row, "propose")
    assert {who for who in NAMES if changes.waiting(cast.actor(who)).exists()} == MANAGEMENT


# ---- by when -------------------------------------------------------------------------------------------------------


def test_the_limits_count_from_the_day_of_the_document(cast: Cast) -> None:
    """Published on Friday 20 November, told on Monday: three working days end on Wednesday."""
    row = told(cast)
    found = limits(row)
    assert {kind: one.due_on for kind, one in found.items()} == dict.fromkeys(
        ("tell", "propose", "revise"), dt.date(2026, 11, 25)
    )
    assert (found["tell"].outcome, found["tell"].rule) == ("met", "HN-13.3、XX-14.1")
    assert found["propose"].settled_at is None
    assert row.next_due_at == end_of_day(dt.date(2026, 11, 25))
    assert {one.department_id for one in found.values()} == {cast.market.pk}


def test_telling_late_shows_at_once(cast: Cast) -> None:
    found = limits(told(cast, basis_on="2026-11-10"))
    assert (found["tell"].outcome, found["tell"].settled_at) == ("late", NOW)
    assert found["propose"].settled_at is None


def test_a_deviation_need_not_be_in_force_in_three_days(cast: Cast) -> None:
    assert set(limits(told(cast, kind="deviation"))) == {"tell", "propose"}


def test_review_and_publication_are_the_centres_to_keep(cast: Cast) -> None:
    row = at(cast, "proposed")
    review = limits(row)["review"]
    assert (review.limit_n, review.due_on, review.department_id) == (5, dt.date(2026, 11, 30), None)
    assert limits(row)["propose"].outcome == "met"
    act(cast, row, "approve")
    found = limits(row)
    assert found["review"].outcome == "met"
    assert (found["publish"].due_on, found["publish"].department_id) == (dt.date(2026, 11, 24), None)
    act(cast, row, "publish")
    assert {kind: one.outcome for kind, one in limits(row).items()} == dict.fromkeys(
        ("tell", "propose", "revise", "review", "publish"), "met"
    )


def test_sent_back_the_department_has_three_days_again(cast: Cast) -> None:
    row = at(cast, "returned")
    again = Deadline.objects.of("change", row.pk).open().get(kind="propose")
    assert (again.due_on, again.department_id) == (dt.date(2026, 11, 26), cast.market.pk)


def test_a_profile_sets_its_own_days(cast: Cast) -> None:
    cast.centre.profile.rules = {"loop_terms": {"change.review": 2}}
    cast.centre.profile.save()
    assert limits(at(cast, "proposed"))["review"].due_on == dt.date(2026, 11, 25)


# ---- what it must carry --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"item": "nothing"}, "item"),
        ({"kind": "whim"}, "kind"),
        ({"basis_name": " "}, "basis_name"),
        ({"basis_name": "长" * 201}, "basis_name"),
        ({"basis_name": "办法\u202e"}, "basis_name"),
        ({"basis_on": "2026-11-24"}, "basis_on"),
        ({"basis_on": "1999-01-01"}, "basis_on"),
        ({"basis_on": "昨天"}, "basis_on"),
        ({"words": "看\x00不见"}, "words"),
        ({"more": 1}, "more"),
    ],
)
def test_what_is_told_is_checked(cast: Cast, sent: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as found:
        told(cast, **sent)
    assert found.value.errors[0].field == field
    assert not ChangeRequest.objects.exists()


def test_an_item_without_a_version_is_imported_first(cast: Cast) -> None:
    Item.objects.filter(key=FOOD).update(current=None)
    with pytest.raises(RuleBroken, match="先用目录文件导入"):
        told(cast)


@pytest.mark.parametrize("action", ["send_back", "reject", "withdraw", "void"])
def test_taking_back_needs_a_reason(cast: Cast, action: str) -> None:
    row = at(cast, FROM[action])
    with pytest.raises(InvalidInput):
        act(cast, row, action, reason=" ")


def test_only_the_system_brings_it_into_force(cast: Cast) -> None:
    row = at(cast, "published")
    for who in ("publisher1", "manager1", "editor1"):
        with pytest.raises(Problem):
            engine.perform(CHANGE, row, "take_effect", by=cast.actor(who), now=NOW)
