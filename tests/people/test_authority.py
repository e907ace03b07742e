"""Who may do what, where: a matrix of role × action × place drawn from the table, and what makes a letter worthless."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from onewindow.cases.actions import perform
from onewindow.cases.lifecycle import MOVES, Action, Move, State, moves_from
from onewindow.cases.models import Case
from onewindow.people.authority import SYSTEM, Actor, Scope, permit
from onewindow.people.models import AccessRecord, Account, AuthorisationLetter, Posting
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre, Department
from onewindow.problems import Problem, Refused
from tests.cast import FOOD, RENEWAL, Cast

NOW = timezone.now()
TODAY = timezone.localdate(NOW)
HERE = Centre(pk=1, name="桃江县政务服务中心", division_id="430922")
AWAY = Centre(pk=2, name="安化县政务服务中心", division_id="430923")
OURS, THEIRS = Department(pk=1, name="市监局"), Department(pk=2, name="卫健委")
SCOPE = Scope(1, "430922", frozenset({1}), 7, FOOD, "1")
STAFF = [role for role in Role if role not in {Role.SYSTEM, Role.APPLICANT}]


def letter(**changes: Any) -> AuthorisationLetter:
    fields: dict[str, Any] = {
        "department": OURS,
        "actions": [action.value for action in Action],
        "valid_from": TODAY,
        "valid_until": TODAY,
        **changes,
    }
    return AuthorisationLetter(**fields)


def actor(role: Role, letters: list[AuthorisationLetter], *, own: bool = True, **changes: Any) -> Actor:
    fields: dict[str, Any] = {
        "centre": HERE if own else AWAY,
        "department": OURS if own else THEIRS,
        "valid_from": TODAY,
        **changes,
    }
    posting = Posting(pk=1, role=role.value, **fields)
    return Actor(Account(pk=1, kind="staff", name="张三"), (posting,), _letters={1: letters})


def ask(by: Actor, row: Move, scope: Scope = SCOPE) -> Any:
    return permit(by, row.action, roles=row.roles, lettered=row.lettered, scope=scope, now=NOW)


def reaches_everything(role: Role) -> bool:
    return REACH[role] in {Reach.ALL, Reach.NONE, Reach.OWN}


@pytest.mark.parametrize("own", [True, False], ids=["own place", "other place"])
@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("row", MOVES.values(), ids=lambda row: str(row.action))
def test_the_matrix(row: Move, role: Role, own: bool) -> None:
    by = actor(role, [letter()], own=own)
    if role in row.roles and (own or reaches_everything(role)):
        granted = ask(by, row)
        assert (granted.role, granted.posting) == (role, by.postings[0])
        assert (granted.letter is not None) == (role in row.lettered)
    else:
        with pytest.raises(Refused):
            ask(by, row)


def test_no_role_that_acts_on_cases_reaches_them_everywhere() -> None:
    acting = {role for row in MOVES.values() for role in row.roles} - {Role.SYSTEM}
    assert {REACH[role] for role in acting} == {Reach.CENTRE, Reach.DEPARTMENT, Reach.DIVISION, Reach.OWN}


@pytest.mark.parametrize("row", [row for row in MOVES.values() if row.lettered], ids=lambda row: str(row.action))
def test_where_a_letter_is_needed_none_is_not_enough(row: Move) -> None:
    for role in row.lettered:
        with pytest.raises(Refused, match="授权书"):
            ask(actor(role, []), row)


@pytest.mark.parametrize(
    "worthless",
    [
        letter(valid_until=TODAY - dt.timedelta(days=1), valid_from=TODAY - dt.timedelta(days=9)),
        letter(valid_from=TODAY + dt.timedelta(days=1), valid_until=TODAY + dt.timedelta(days=9)),
        letter(revoked_at=NOW),
        letter(actions=["extend"]),
        letter(items=[RENEWAL]),
        letter(department=THEIRS),
    ],
    ids=["expired", "not yet", "revoked", "another action", "another item", "another department"],
)
def test_a_letter_that_does_not_cover_this_grants_nothing(worthless: AuthorisationLetter) -> None:
    with pytest.raises(Refused, match="授权书没有包含这项权限，或者已经失效"):
        ask(actor(Role.CHIEF, [worthless]), MOVES[Action.DECIDE])
    good = letter(items=[FOOD])
    assert ask(actor(Role.CHIEF, [worthless, good]), MOVES[Action.DECIDE]).letter is good


def test_a_posting_that_has_ended_or_not_begun_does_not_count() -> None:
    yesterday, tomorrow = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)
    for by in (actor(Role.EXAMINER, [], valid_until=yesterday), actor(Role.EXAMINER, [], valid_from=tomorrow)):
        with pytest.raises(Refused, match="任职已经到期"):
            ask(by, MOVES[Action.SIGN])


def test_a_county_manager_reaches_the_towns_below_and_no_other_county() -> None:
    row = MOVES[Action.REASSIGN]
    assert ask(actor(Role.MANAGER, []), row, Scope(9, "430922100", frozenset({1}), 7, FOOD, "1"))
    for elsewhere in ("4309", "430923", "43"):
        with pytest.raises(Refused, match="不在您管理的区域"):
            ask(actor(Role.MANAGER, []), row, Scope(9, elsewhere, frozenset({1}), 7, FOOD, "1"))


def test_an_applicant_acts_on_their_own_case_only() -> None:
    mine = Actor(Account(pk=1, kind="applicant", applicant_id=7))
    other = Actor(Account(pk=2, kind="applicant", applicant_id=8))
    for row in MOVES.values():
        if Role.APPLICANT in row.roles:
            assert ask(mine, row).role is Role.APPLICANT
            with pytest.raises(Refused, match="这不是您的办件"):
                ask(other, row)
        else:
            with pytest.raises(Refused):
                ask(mine, row)


def test_the_system_does_only_what_the_system_does() -> None:
    for row in MOVES.values():
        if row.by_system_only:
            assert ask(SYSTEM, row).role is Role.SYSTEM
        else:
            with pytest.raises(Refused, match="必须由工作人员办理"):
                ask(SYSTEM, row)


STRANGERS = {
    Reach.CENTRE: ["township1"],
    Reach.DEPARTMENT: ["examiner3", "verifier3", "chief3", "head3"],
}


@pytest.mark.parametrize("state", [state for state in State if any(not m.by_system_only for m in moves_from(state))])
def test_whoever_the_table_does_not_name_is_refused_and_recorded(cast: Cast, state: State) -> None:
    case = cast.walk_to(state, FOOD)
    actors = {name: cast.actor(name) for name in cast.accounts}
    for row in moves_from(state):
        wrong = [name for name, by in actors.items() if not _named(cast, row, name, by)]
        before = AccessRecord.objects.count()
        for name in wrong:
            with pytest.raises(Refused):
                perform(case, row.action, by=actors[name])
        assert AccessRecord.objects.count() == before + len(wrong)
    last = AccessRecord.objects.latest("id")
    assert (last.kind, last.subject) == ("refused", case.number)
    case.refresh_from_db()
    assert case.state == state


def _named(cast: Cast, row: Move, name: str, by: Actor) -> bool:
    """Whether the table names this person for a case of the market regulator in the county's hall."""
    if by.account is not None and by.account.kind == "applicant":
        return Role.APPLICANT in row.roles and name == "citizen1"
    role = next(iter(by.roles))
    strange = name in STRANGERS.get(REACH[role], [])
    return role in row.roles and not strange and row.action is not Action.ANSWER_ASSIST


def test_of_several_reasons_the_most_telling_is_given(cast: Cast) -> None:
    case = cast.walk_to(State.ACCEPTED, FOOD)
    with pytest.raises(Refused, match="这个办件不属于桃江县卫生健康委员会"):
        cast.act(case, "sign", "examiner3")
    with pytest.raises(Refused, match="综合窗口受理员不能办理这一步，请由部门审查员"):
        cast.act(case, "sign", "clerk1")
    with pytest.raises(Problem, match="没有任职"):
        perform(case, "sign", by=Actor(cast.clerk1))


def test_what_a_person_sees_follows_the_place(cast: Cast) -> None:
    case = cast.receive(FOOD)
    sees = {name for name in cast.accounts if Case.objects.visible_to(cast.actor(name)).filter(pk=case.pk).exists()}
    assert sees == {
        "clerk1", "clerk2", "exit1", "helper1", "examiner1", "examiner2", "verifier1", "chief1", "head1", "manager1",
        "supervisor1", "mayor1", "citizen1",
    }  # fmt: skip
    assert not Case.objects.visible_to(Actor(None)).exists()


def test_seeing_one_case_and_listing_cases_agree_for_everybody(cast: Cast) -> None:
    case = cast.walk_to(State.EXAMINING, FOOD)
    asked = cast.act(case, "assist", "examiner1", department=cast.health.code, question="核实")
    for one in (cast.receive(FOOD), asked):
        departments = {one.department_id, *(assist["department"] for assist in one.told.open_assists)}
        scope = Scope(one.centre_id, "430922", frozenset(departments), one.applicant_id, "", one.number)
        for name in cast.accounts:
            by = cast.actor(name)
            listed = Case.objects.reachable_by(by).filter(pk=one.pk).exists()
            assert by.sees(scope) == listed, name
