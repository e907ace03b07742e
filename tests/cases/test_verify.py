"""`ow verify` names the exact event, field, deadline, paper or seal after each kind of tampering."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from onewindow.cases import ledger
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent
from onewindow.cases.sweep import seal_day
from onewindow.cases.verify import verify_case, verify_cases, verify_seals
from onewindow.commands import verify as command
from onewindow.digest import event_digest
from onewindow.papers.issue import pdf_of
from onewindow.papers.models import Paper
from onewindow.people.crypto import encrypt, encrypt_bytes
from tests.cases.county import MONDAY
from tests.cast import RENEWAL, Cast


def tamper(statement: str, *parameters: Any) -> None:
    """What somebody with the database in hand can do: change rows with every trigger off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = 'replica'")
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0, "the tampering itself did nothing"
        cursor.execute("SET LOCAL session_replication_role = 'origin'")


def found(case: Case) -> str:
    difference = verify_case(Case.objects.select_related("centre__profile", "applicant").get(pk=case.pk))
    assert difference is not None, "nobody noticed"
    return difference


@pytest.fixture
def case(cast: Cast) -> Case:
    """Delivered, with eight events, a secret, five papers and settled deadlines; in order before anybody touches it."""
    done = cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    for paper in Paper.objects.filter(kind="grant"):
        pdf_of(paper)
    assert verify_case(Case.objects.get(pk=done.pk)) is None
    return done


# ---- the chain --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "seq", "label"),
    [
        ("data = jsonb_set(data, '{note}', '\"改过\"')", 2, "受理"),
        ("data = data || '{\"extra\": 1}'", 1, "收件"),
        ("at = at - interval '1 day'", 2, "受理"),
        ("actor_id = NULL", 3, "签收"),
        ("role = 'head'", 5, "作出决定"),
        ("letter_id = NULL", 5, "作出决定"),
        ("channel = 'online'", 3, "签收"),
        ("secret_digest = ''", 8, "窗口送达"),
    ],
)
def test_a_changed_event_is_named(case: Case, change: str, seq: int, label: str) -> None:
    tamper(f"UPDATE cases_caseevent SET {change} WHERE case_id = %s AND seq = %s", case.pk, seq)
    assert found(case) == f"第{seq}个事件「{label}」的内容与摘要不符"


def test_an_event_rewritten_with_its_digest_breaks_the_next_one(case: Case) -> None:
    _rewrite(case, 2)
    assert found(case) == "第3个事件「签收」没有接在前一个事件后面"


def test_the_last_event_rewritten_with_its_digest_does_not_fit_the_case(case: Case) -> None:
    _rewrite(case, 8)
    assert found(case) == "最后一个事件的摘要与办件记录不符（账上到第8个事件）"


def _rewrite(case: Case, seq: int) -> None:
    event = CaseEvent.objects.get(case=case, seq=seq)
    event.data["note"] = "改过"
    digest = event_digest(event.previous, ledger.content(event, case.number))
    change = "UPDATE cases_caseevent SET data = jsonb_set(data, '{note}', '\"改过\"'), digest = %s"
    tamper(f"{change} WHERE id = %s", digest, event.pk)


def test_a_removed_event_is_named(case: Case) -> None:
    tamper("DELETE FROM cases_caseevent WHERE case_id = %s AND seq = 4", case.pk)
    assert found(case) == "第4个事件不见了（下一个是第5个）"


def test_a_removed_last_event_is_noticed(case: Case) -> None:
    tamper("DELETE FROM cases_caseevent WHERE case_id = %s AND seq = 8", case.pk)
    assert found(case) == "最后一个事件的摘要与办件记录不符（账上到第7个事件）"


def test_removed_events_altogether_are_noticed(case: Case) -> None:
    tamper("DELETE FROM cases_caseevent WHERE case_id = %s", case.pk)
    assert found(case) == "没有任何事件"


def test_a_whole_chain_rewritten_consistently_is_caught_by_the_seal_of_the_day(case: Case) -> None:
    seal_day(date(2026, 3, 2))
    previous = ""
    for event in CaseEvent.objects.filter(case=case).order_by("seq"):
        if event.seq == 2:
            event.data["note"] = "改过"
        event.previous = previous or event.previous
        previous = event_digest(event.previous, ledger.content(event, case.number))
        tamper(
            "UPDATE cases_caseevent SET data = %s::jsonb, previous = %s, digest = %s WHERE id = %s",
            _json(event.data), event.previous, previous, event.pk,
        )  # fmt: skip
    tamper("UPDATE cases_case SET head_digest = %s WHERE id = %s", previous, case.pk)
    assert verify_case(Case.objects.get(pk=case.pk)) is None
    (seal,) = verify_seals()
    assert (seal.where, seal.what) == ("2026年03月02日", "当天的封印与各办件的事件链不符")


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


def test_a_changed_seal_is_named(case: Case) -> None:
    seal_day(date(2026, 3, 2))
    tamper("UPDATE cases_chainseal SET digest = %s", "0" * 64)
    assert [seal.where for seal in verify_seals()] == ["2026年03月02日"]


# ---- secrets ----------------------------------------------------------------------------------------------------


def test_an_exchanged_secret_is_named(case: Case) -> None:
    tamper("UPDATE cases_eventsecret SET body = %s", encrypt('{"recipient":"别人"}'))
    assert found(case) == "第8个事件「窗口送达」封存的个人信息被换过"


def test_a_spoilt_secret_is_named(case: Case) -> None:
    tamper("UPDATE cases_eventsecret SET body = '\\x00'")
    assert found(case) == "第8个事件「窗口送达」封存的个人信息打不开"


# ---- projection -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("{outcome}", '"deny"', "outcome"),
        ("{opinions,0,opinion}", '"不符合"', "opinions"),
        ("{materials,m01,copies}", "9", "materials"),
        ("{accepted_on}", '"2026-02-02"', "accepted_on"),
        ("{certificate,number}", '"1"', "certificate"),
        ("{unknown}", "1", "unknown"),
    ],
)
def test_a_changed_fact_is_named(case: Case, path: str, value: str, field: str) -> None:
    tamper("UPDATE cases_case SET facts = jsonb_set(facts, %s, %s::jsonb) WHERE id = %s", path, value, case.pk)
    assert found(case) == f"办件的「{field}」与事件重放的结果不符"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "'archived'"),
        ("desk", "'clerk'"),
        ("kind", "'即办件'"),
        ("version", "9"),
        ("outcome", "'deny'"),
        ("paused", "true"),
        ("next_due_at", "now()"),
        ("received_at", "received_at - interval '1 day'"),
        ("accepted_at", "accepted_at + interval '1 hour'"),
        ("decided_at", "NULL"),
        ("ended_at", "NULL"),
        ("department_id", "(SELECT id FROM places_department WHERE short_name = '卫健')"),
        ("assignee_id", "(SELECT id FROM people_account WHERE username = 'clerk2')"),
    ],
)
def test_a_changed_column_is_named(case: Case, column: str, value: str) -> None:
    tamper(f"UPDATE cases_case SET {column} = {value} WHERE id = %s", case.pk)
    assert found(case) == f"办件的「{column}」一栏与事件重放的结果不符"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("applicant_id", "(SELECT applicant_id FROM people_account WHERE username = 'citizen2')"),
        ("agent_id", "applicant_id"),
        ("item_version_id", "(SELECT current_id FROM catalogue_item WHERE key = 'food-operation-licence')"),
        ("centre_id", "(SELECT id FROM places_centre WHERE key = 'taohuajiang')"),
        ("channel", "'online'"),
    ],
)
def test_what_the_first_event_fixed_cannot_be_changed_unnoticed(case: Case, column: str, value: str) -> None:
    tamper(f"UPDATE cases_case SET {column} = {value} WHERE id = %s", case.pk)
    assert found(case) == f"办件的「{column}」一栏与第1个事件不符"


# ---- deadlines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("due_at = due_at + interval '1 day'", "due_at"),
        ("warn_at = NULL", "warn_at"),
        ("settled_at = settled_at - interval '1 day'", "settled_at"),
        ("outcome = 'late'", "outcome"),
        ("start_on = start_on - 1", "start_on"),
        ("limit_n = 99", "limit_n"),
        ("rule = '没有依据'", "rule"),
        ("department_id = 0", "department_id"),
    ],
)
def test_a_moved_deadline_is_named(cast: Cast, case: Case, change: str, field: str) -> None:
    if field == "warn_at":  # only an open one has a warning
        case = cast.walk_to(State.EXAMINING, RENEWAL, now=MONDAY)
    tamper(f"UPDATE clocks_deadline SET {change} WHERE subject_id = %s AND kind = 'statutory'", case.pk)
    assert found(case).startswith(f"期限「法定时限」的「{field}」应当是")


def test_a_removed_deadline_is_named(case: Case) -> None:
    tamper("DELETE FROM clocks_deadline WHERE subject_id = %s AND kind = 'promised'", case.pk)
    assert found(case) == "期限「承诺时限」不见了"


def test_an_invented_deadline_is_named(case: Case) -> None:
    tamper("UPDATE clocks_deadline SET kind = 'promised2' WHERE subject_id = %s AND kind = 'delivery'", case.pk)
    assert found(case) == "期限「送达」不见了"
    tamper("UPDATE clocks_deadline SET kind = 'delivery' WHERE subject_id = %s AND kind = 'promised2'", case.pk)
    tamper(
        "INSERT INTO clocks_deadline (subject_kind, subject_id, kind, key, label, rule, limit_unit, start_on, "
        "provisional, paused_ground, outcome, touched_at) "
        "VALUES ('case', %s, 'x', '', '私下约定', '', '', '2026-03-02', false, '', '', now())",
        case.pk,
    )
    assert found(case) == "多出一个期限「私下约定」"


# ---- papers -----------------------------------------------------------------------------------------------------


def _swap(case: Case, column: Callable[[Paper], Any], name: str) -> None:
    grant, receipt = (Paper.objects.get(subject_id=case.pk, kind=kind) for kind in ("grant", "receipt"))
    tamper(f"UPDATE papers_paper SET {name} = %s WHERE id = %s", column(receipt), grant.pk)


def test_exchanged_contents_of_a_paper_are_named(case: Case) -> None:
    _swap(case, lambda paper: encrypt(str(paper.facts)), "facts")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的内容与事件里的摘要不符"


def test_a_paper_whose_digest_was_changed_with_it_is_named(case: Case) -> None:
    _swap(case, lambda paper: encrypt(str(paper.facts)), "facts")
    _swap(case, lambda paper: paper.facts_digest, "facts_digest")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的内容与事件里的摘要不符"


def test_a_paper_that_does_not_open_is_named(case: Case) -> None:
    tamper("UPDATE papers_paper SET facts = '\\x0102' WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的内容打不开，密文被改过"


def test_changed_bytes_of_a_pdf_are_named(case: Case) -> None:
    tamper("UPDATE papers_paper SET pdf = %s WHERE kind = 'grant'", encrypt_bytes(b"%PDF-1.7 another"))
    assert found(case) == "文书「桃市监准〔2026〕00001号」的PDF与摘要不符"
    tamper("UPDATE papers_paper SET pdf = set_byte(pdf, 40, 255 - get_byte(pdf, 40)) WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的内容打不开，密文被改过"


def test_a_renumbered_a_removed_and_an_invented_paper_are_named(case: Case) -> None:
    tamper("UPDATE papers_paper SET number = '桃市监准〔2026〕00009号' WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的文号或种类被改过"
    tamper("UPDATE papers_paper SET code = 'AAAABBBBCCCCDDDD' WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00009号」没有记在事件里"
    tamper("DELETE FROM papers_paper WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00001号」不见了"


def test_a_paper_marked_as_revoked_that_was_not_is_named(case: Case) -> None:
    tamper("UPDATE papers_paper SET revoked_at = now() WHERE kind = 'grant'")
    assert found(case) == "文书「桃市监准〔2026〕00001号」的撤销标记与办件不符"


# ---- the command ------------------------------------------------------------------------------------------------


def test_ow_verify_is_clean_over_all_cases(cast: Cast, case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    for state in (State.CORRECTING, State.EXAMINING, State.WITHDRAWN, State.REVOKED):
        cast.walk_to(state, RENEWAL)
    seal_day(date(2026, 3, 2))
    assert command.run([]) == 0
    assert "核对了 5 件，全部相符" in capsys.readouterr().out


def test_ow_verify_prints_each_case_that_differs_and_fails(
    cast: Cast, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    other = cast.receive(RENEWAL)
    cast.receive(RENEWAL)
    tamper("UPDATE cases_case SET state = 'archived' WHERE id = %s", case.pk)
    tamper("UPDATE clocks_deadline SET due_at = now() WHERE subject_id = %s", other.pk)
    assert command.run([]) == 1
    out = capsys.readouterr().out
    assert f"不符  {case.number}  办件的「state」一栏与事件重放的结果不符" in out
    assert f"不符  {other.number}  期限「一次性告知」的「due_at」" in out
    assert "2 处不符" in out


def test_one_case_that_cannot_be_replayed_does_not_stop_the_others(cast: Cast, case: Case) -> None:
    cast.receive(RENEWAL)
    CaseEvent.objects.filter(case=case)
    tamper("UPDATE cases_caseevent SET action = 'nonsense' WHERE case_id = %s AND seq = 3", case.pk)
    differences = [one for one in verify_cases() if not isinstance(one, int)]
    assert [(one.where, one.what) for one in differences] == [(case.number, "第3个事件「nonsense」的内容与摘要不符")]
