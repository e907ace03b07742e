"""Nobody judges their own house: a complaint about those who judge goes up, and its limits run on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.clocks.models import Deadline
from onewindow.exchange.models import OutboxMessage
from onewindow.loops import engine
from onewindow.loops.engine import steps
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Department, Division
from onewindow.problems import Refused
from onewindow.voice.complaints import judging
from onewindow.voice.complaints import moves as complaint_moves
from onewindow.voice.complaints.registering import waiting
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from tests.cast import Cast
from tests.voice.saying import MONDAY, move, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau(cast: Cast) -> Department:
    """The bureau that runs the hall; the county's manager and supervisor belong to it."""
    made = Department.objects.create(
        code="11430922MB1234567X",
        name="桃江县政务服务局",
        short_name="政务局",
        kind="administrative",
        division=cast.centre.division,
    )
    Posting.objects.filter(account__in=[cast.manager1, cast.supervisor1]).update(department=made)
    return made


@pytest.fixture
def above(cast: Cast) -> Actor:
    """A supervisor of the city."""
    city, _ = Division.objects.get_or_create(code="4309", defaults={"name": "益阳市", "level": "city"})
    hall = Centre.objects.create(
        key="yiyang", name="益阳市政务服务中心", kind="service_centre", division=city, profile=cast.centre.profile
    )
    account = Account.objects.create(username="supervisor2", name="段监", kind="staff")
    Posting.objects.create(account=account, role=Role.SUPERVISOR.value, centre=hall, valid_from=dt.date(2025, 1, 1))
    return Actor.of(account)


def do(row: Complaint, action: str, by: Actor, **data: object) -> Complaint:
    return engine.perform(COMPLAINT, row, action, by=by, data=data, now=MONDAY)


def test_about_the_house_of_the_judges_it_goes_up(cast: Cast, bureau: Department, above: Actor) -> None:
    row = said(cast, item="", department=bureau.code)
    assert row.raised_to is not None
    assert (row.raised_to.name, row.no_judge, row.state) == ("益阳市", False, "registered")
    assert [(step.action, step.role) for step in steps(COMPLAINT, row)][-1] == ("level", "system")
    assert steps(COMPLAINT, row)[-1].data["level"] == "益阳市"
    limits = set(Deadline.objects.of("complaint", row.pk).open().values_list("kind", flat=True))
    assert limits == {"accept", "forward"}
    assert row in waiting(above)
    assert row not in waiting(cast.actor("manager1"))
    assert row not in waiting(cast.actor("clerk1"))


def test_the_level_above_walks_it_to_its_end(cast: Cast, bureau: Department, above: Actor) -> None:
    row = do(said(cast, item="", department=bureau.code), "accept", above)
    with pytest.raises(Refused, match="益阳市"):
        move(cast, row, "assign", "manager1", department=bureau.pk)
    row = do(row, "assign", above, department=bureau.pk)
    assert row.raised_to_id == "4309"
    assert "level" not in steps(COMPLAINT, row)[-1].data, "said once"
    head = Account.objects.create(username="bureau-head", name="谢局", kind="staff")
    Posting.objects.create(
        account=head, role=Role.HEAD.value, centre=cast.centre, department=bureau, valid_from=dt.date(2025, 1, 1)
    )
    row = do(row, "answer", Actor.of(head), answer="已经整改")
    row = move(cast, row, "confirm", satisfied=True)
    with pytest.raises(Refused, match="您所在的部门"):
        move(cast, row, "close", "manager1", words="完了")
    assert do(row, "close", above, words="当场改好").state == "closed"


def test_what_is_not_about_the_judges_stays(cast: Cast, bureau: Department, above: Actor) -> None:
    row = said(cast)
    assert (row.raised_to, row.no_judge) == (None, False)
    assert [step.action for step in steps(COMPLAINT, row)] == ["open"]
    assert row in waiting(cast.actor("manager1"))
    assert row not in waiting(above), "the county's own work"


def test_one_judge_who_is_free_is_enough(cast: Cast, bureau: Department, above: Actor) -> None:
    Posting.objects.filter(account=cast.supervisor1).update(department=None)
    row = said(cast, item="", department=bureau.code)
    assert row.raised_to is None
    assert row in waiting(cast.actor("supervisor1"))
    assert row not in waiting(cast.actor("manager1"))


def test_given_to_the_judges_own_house_it_goes_up_then(cast: Cast, bureau: Department, above: Actor) -> None:
    row = move(cast, said(cast, item="", cause="system", text="叫号机坏了"), "accept", "clerk1")
    assert row.raised_to is None, "nobody was named"
    row = move(cast, row, "assign", "manager1", department=bureau.pk)
    assert row.raised_to_id == "4309"
    assert steps(COMPLAINT, row)[-1].data["level"] == "益阳市"
    assert row in Complaint.objects.filter(judging.mine(above))


def test_where_nobody_is_above_the_discipline_organ_hears_of_it(cast: Cast, bureau: Department) -> None:
    row = said(cast, item="", department=bureau.code)
    assert (row.raised_to, row.no_judge) == (None, True)
    sent = OutboxMessage.objects.get(topic="voice.discipline")
    assert sent.payload["event"] == "no_judge"
    assert "纪检监察机关" in judging.why_not(row, cast.actor("manager1"))
    with pytest.raises(Refused, match="纪检监察机关"):
        move(cast, move_past(row), "assign", "manager1", department=bureau.pk)


def move_past(row: Complaint) -> Complaint:
    """As if it had been accepted."""
    Complaint.objects.filter(pk=row.pk).update(state="accepted")
    row.refresh_from_db()
    return row


def test_an_account_opened_above_is_found_at_night(
    cast: Cast, bureau: Department, request: pytest.FixtureRequest
) -> None:
    row = said(cast, item="", department=bureau.code)
    request.getfixturevalue("above")
    assert complaint_moves.settle_levels(timezone.now()) == 1
    row.refresh_from_db()
    assert (row.raised_to_id, row.no_judge) == ("4309", False)
    assert complaint_moves.settle_levels(timezone.now()) == 0, "nothing new"


def test_the_person_complained_of_is_not_the_judge(cast: Cast, above: Actor) -> None:
    with CaptureQueriesContext(connection) as seen:
        level = judging.level_of(cast.centre, [], cast.manager1.pk, MONDAY)
    assert level == judging.OWN, "the supervisor is free"
    assert len(seen) == 1
    Posting.objects.filter(account=cast.supervisor1).delete()
    level = judging.level_of(cast.centre, [], cast.manager1.pk, MONDAY)
    assert level.division is not None
    assert level.division.pk == "4309"
