"""GET /cases: filters, order, pages."""

from __future__ import annotations

import datetime as dt
import itertools
from itertools import chain
from typing import Any

import pytest
from django.utils import timezone

from tests.api.conftest import Api, Caller, problem
from tests.cast import CITIZEN_ID, FIRM, FOOD, HYGIENE, Cast, random_citizen


def pages(caller: Caller, path: str = "/cases", name: str = "cases", **query: Any) -> list[list[dict[str, Any]]]:
    found, cursor = [], ""
    for _ in itertools.count():
        page = caller.get(path, **query, **({"cursor": cursor} if cursor else {})).json()
        found.append(page[name])
        if page["next"] is None:
            return found
        cursor = page["next"]
    raise AssertionError


def numbers(rows: list[dict[str, Any]]) -> list[str]:
    return [row["number"] for row in rows]


def test_newest_first_page_by_page_without_gap_or_repeat(api: Api, cast: Cast) -> None:
    cases = [cast.receive(applicant=random_citizen(n)) for n in range(5)]
    found = pages(api("clerk1"), limit=2)
    assert [len(page) for page in found] == [2, 2, 1]
    assert numbers(list(chain.from_iterable(found))) == [case.number for case in reversed(cases)]


def test_a_work_list_comes_soonest_first(api: Api, cast: Cast) -> None:
    today = timezone.now()
    old, new = cast.receive(now=today - dt.timedelta(days=2)), cast.receive(now=today)
    older = cast.receive(now=today - dt.timedelta(days=9))
    found = pages(api("clerk1"), mine="true", limit=1)
    assert numbers(list(chain.from_iterable(found))) == [older.number, old.number, new.number]


def test_filters_narrow(api: Api, cast: Cast) -> None:
    received, accepted = cast.receive(), cast.walk_to("accepted", HYGIENE)
    clerk = api("clerk1")
    assert numbers(clerk.get("/cases", state="received").json()["cases"]) == [received.number]
    assert len(clerk.get("/cases", state="received,accepted").json()["cases"]) == 2
    assert numbers(clerk.get("/cases", department=cast.health.code).json()["cases"]) == [accepted.number]
    assert clerk.get("/cases", due_before="2020-01-01").json()["cases"] == []
    assert len(clerk.get("/cases", due_before="2099-01-01").json()["cases"]) == 2


def test_mine_is_what_waits_for_me(api: Api, cast: Cast) -> None:
    received, accepted = cast.receive(), cast.walk_to("accepted")
    assert numbers(api("clerk1").get("/cases", mine="true").json()["cases"]) == [received.number]
    assert numbers(api("examiner1").get("/cases", mine="true").json()["cases"]) == [accepted.number]
    api("examiner1").act(accepted.number, "sign")
    assert numbers(api("examiner1").get("/cases", mine="true").json()["cases"]) == [accepted.number]
    assert api("examiner2").get("/cases", mine="true").json()["cases"] == []


def test_search_by_number_query_number_and_identity_number(api: Api, cast: Cast) -> None:
    case, other = cast.receive(), cast.receive(applicant=FIRM)
    clerk = api("clerk1")
    for q in (case.number, case.query_number, CITIZEN_ID, f" {CITIZEN_ID.lower()} "):
        assert numbers(clerk.get("/cases", q=q).json()["cases"]) == [case.number]
    assert numbers(clerk.get("/cases", q=FIRM["id_number"]).json()["cases"]) == [other.number]
    assert clerk.get("/cases", q=CITIZEN_ID[:10]).json()["cases"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "sleeping"}, "state"),
        ({"mine": "perhaps"}, "mine"),
        ({"due_before": "31.12.2026"}, "due_before"),
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"cursor": "%00"}, "cursor"),
        ({"cursor": "AAAA"}, "cursor"),
        ({"cursor": "LTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, "cursor"),
        ({"sort": "backwards"}, "sort"),
        ({"nothing": "1"}, "nothing"),
        ({"q": "a\u202eb"}, "q"),
        ({"q": "a\x00b"}, "q"),
    ],
)
def test_a_query_that_cannot_be_is_named(api: Api, query: dict[str, str], field: str) -> None:
    found = problem(api("clerk1").get("/cases", **query), 422, "invalid-input")
    assert [error["field"] for error in found["errors"]] == [field]


def test_a_cursor_of_the_other_order_is_refused(api: Api, cast: Cast) -> None:
    cast.receive(), cast.receive()
    clerk = api("clerk1")
    newest = clerk.get("/cases", limit=1).json()["next"]
    problem(clerk.get("/cases", limit=1, cursor=newest, sort="due"), 422, "invalid-input")


def test_a_parameter_twice_is_refused(api: Api) -> None:
    problem(api("clerk1").client.get("/api/v1/cases?limit=1&limit=2"), 422, "invalid-input")


def test_deadlines_of_the_cases_one_may_see(api: Api, cast: Cast) -> None:
    late = cast.walk_to("accepted", FOOD, now=timezone.now() - dt.timedelta(days=40))
    cast.walk_to("accepted", HYGIENE, now=timezone.now() - dt.timedelta(days=40), applicant=FIRM)
    found = pages(api("examiner1"), "/deadlines", "deadlines", limit=1)
    rows = list(chain.from_iterable(found))
    assert {row["case"] for row in rows} == {late.number}
    assert {"statutory", "promised", "sign"} <= {row["kind"] for row in rows}
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    assert all(row["overdue"] for row in rows)
    assert api("examiner1").get("/deadlines", due_before="2020-01-01").json()["deadlines"] == []
