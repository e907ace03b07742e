"""What a case says of itself: the page, its events, its clocks, its papers, what may be done now."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from onewindow.cases.lifecycle import State
from onewindow.cases.models import CaseEvent
from onewindow.papers.models import Paper
from tests.api.conftest import Api, problem
from tests.cast import CITIZEN, FOOD, HYGIENE, Cast


def test_number_and_query_number_find_the_same_case(api: Api, cast: Cast) -> None:
    case = cast.receive()
    clerk = api("clerk1")
    assert clerk.get(f"/cases/{case.number}").json() == clerk.get(f"/cases/{case.query_number}").json()


@pytest.mark.parametrize("state", list(State))
def test_a_case_in_every_state_can_be_read(api: Api, cast: Cast, state: State) -> None:
    case = cast.walk_to(state)
    for path in ("", "/events", "/clock?explain=all", "/papers", "/actions?all=true"):
        assert api("clerk1").client.get(f"/api/v1/cases/{case.number}{path}").status_code == 200
    assert api("clerk1").get(f"/cases/{case.number}").json()["state"] == state


def test_deadlines_in_the_answer_are_the_rows_that_oversight_reads(api: Api, cast: Cast) -> None:
    from onewindow.clocks.models import Deadline

    case = cast.walk_to("decided")
    shown = api("clerk1").get(f"/cases/{case.number}").json()["deadlines"]
    rows = {(row.kind, row.key): row for row in Deadline.objects.of("case", case.pk)}
    assert {(one["kind"], one["key"]) for one in shown} == set(rows)
    for one in shown:
        row = rows[(one["kind"], one["key"])]
        assert one["due_on"] == (row.due_on.isoformat() if row.due_on else None)
        assert one["outcome"] == row.outcome


def test_the_ledger_is_shown_with_its_chain(api: Api, cast: Cast) -> None:
    case = cast.walk_to("decided")
    events = api("chief1").get(f"/cases/{case.number}/events").json()["events"]
    stored = list(CaseEvent.objects.filter(case=case).order_by("seq"))
    assert [event["digest"] for event in events] == [row.digest for row in stored]
    assert [event["previous"] for event in events][1:] == [event["digest"] for event in events][:-1]
    assert [event["label"] for event in events][:2] == ["收件", "受理"]
    assert (events[0]["actor"], events[0]["role_label"]) == ("陈窗", "综合窗口受理员")
    assert CITIZEN["name"] not in str(events)


def test_the_clock_explains_itself_day_by_day(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted", now=timezone.now() - dt.timedelta(days=10))
    found = api("clerk1").get(f"/cases/{case.number}/clock", explain="statutory").json()["clocks"]
    clocks = {one["kind"]: one for one in found}
    days = clocks["statutory"]["days"]
    assert days[-1]["date"] == clocks["statutory"]["due_on"]
    assert sum(day["counted"] for day in days) == 10
    assert clocks["promised"]["days"] is None
    assert clocks["notice"]["outcome"] == "met"
    assert clocks["promised"]["used_share"] > 1
    assert clocks["promised"]["remaining"] < 0


def test_a_paused_clock_says_so(api: Api, cast: Cast) -> None:
    case = cast.walk_to("examining", HYGIENE)
    api("examiner3").act(case.number, "open_procedure", procedure="现场采样检测", reason="需要抽样")
    shown = api("examiner3").get(f"/cases/{case.number}").json()
    statutory = next(one for one in shown["deadlines"] if one["kind"] == "statutory")
    assert shown["paused"]
    assert (statutory["due_on"], statutory["paused"], statutory["paused_ground"]) == (None, True, "现场采样检测")
    clock = api("examiner3").get(f"/cases/{case.number}/clock", explain="statutory").json()["clocks"]
    assert next(one for one in clock if one["kind"] == "statutory")["days"]


def test_a_clock_that_there_is_not_is_named(api: Api, cast: Cast) -> None:
    case = cast.receive()
    found = problem(api("clerk1").get(f"/cases/{case.number}/clock", explain="promised"), 422, "invalid-input")
    assert "notice" in found["errors"][0]["message"]


def test_papers_as_pdf_and_as_text(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    papers = api("citizen1").get(f"/cases/{case.number}/papers").json()["papers"]
    assert [paper["kind"] for paper in papers] == ["receipt", "acceptance"]
    client = api("citizen1").client
    pdf, text = client.get(papers[1]["pdf"]), client.get(papers[1]["text"])
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-")
    assert "受理通知书" in text.content.decode()


def test_a_paper_of_another_case_is_not_there(api: Api, cast: Cast) -> None:
    mine, other = cast.receive(), cast.receive()
    code = Paper.objects.get(subject_id=other.pk).code
    for suffix in ("pdf", "txt"):
        problem(api("clerk1").get(f"/cases/{mine.number}/papers/{code}.{suffix}"), 404, "not-found")


def test_a_paper_that_was_altered_in_storage_is_withheld(api: Api, cast: Cast) -> None:
    case = cast.receive()
    code = Paper.objects.get(subject_id=case.pk).code
    api("clerk1").get(f"/cases/{case.number}/papers/{code}.pdf")
    Paper.objects.filter(subject_id=case.pk).update(pdf=b"%PDF-forged")
    problem(api("clerk1").get(f"/cases/{case.number}/papers/{code}.pdf"), 409, "paper-altered")


def test_what_may_be_done_now_with_its_fields(api: Api, cast: Cast) -> None:
    case = cast.receive()
    found = api("clerk1").get(f"/cases/{case.number}/actions").json()["actions"]
    actions = {one["action"]: one for one in found}
    assert {"accept", "give_notice", "refuse_acceptance", "withdraw"} <= set(actions)
    assert "urge" not in actions
    assert "missing" in actions["give_notice"]["fields"]["properties"]
    assert all(not one["why_not"] for one in found)


def test_everything_else_says_why_not(api: Api, cast: Cast) -> None:
    case = cast.receive()
    found: list[dict[str, Any]] = api("exit1").get(f"/cases/{case.number}/actions", all="true").json()["actions"]
    assert found
    assert all("不能办理" in one["why_not"] for one in found)


def test_a_preview_writes_nothing(api: Api, cast: Cast) -> None:
    case = cast.walk_to("received")
    before = Paper.objects.count()
    papers = api("clerk1").post(f"/cases/{case.number}/actions/accept/preview").json()["papers"]
    assert [paper["kind"] for paper in papers] == ["acceptance"]
    assert papers[0]["pdf_base64"].startswith("JVBER")
    assert Paper.objects.count() == before
    assert api("clerk1").get(f"/cases/{case.number}").json()["state"] == "received"


@pytest.mark.parametrize("state", [State.ACCEPTED])
def test_every_item_of_the_cast_is_shown_alike(api: Api, cast: Cast, state: State) -> None:
    for item in (FOOD, HYGIENE):
        shown = api("clerk1").get(f"/cases/{cast.walk_to(state, item).number}").json()
        assert shown["item"]["key"] == item
