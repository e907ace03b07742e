"""The alerts' API: lists, one card, its moves; repeats, versions, refusals on record, hostile input, queries."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jsonschema import Draft202012Validator

from onewindow.clocks.store import current_calendar
from onewindow.faces.api.openapi import build
from onewindow.oversight.models import Alert
from onewindow.people.models import AccessRecord
from tests.api.conftest import Api
from tests.cast import Cast
from tests.oversight.cards import raised


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(build(), default=str))  # type: ignore[no-any-return]


def fits(document: dict[str, Any], name: str, body: Any) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", **document}).validate(body)


def numbers(response: Any) -> list[str]:
    assert response.status_code == 200, response.content.decode()
    return [one["number"] for one in response.json()["alerts"]]


# ---- reading -------------------------------------------------------------------------------------------------------


def test_the_list_turns_its_pages_newest_first(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    made = [raised(cast, level).number for level in ("red", "yellow", "remind", "red", "warn")]
    program, cursor, seen = api("supervisor1"), "", []
    for _ in range(3):
        response = program.get("/alerts", limit=2, **({"cursor": cursor} if cursor else {}))
        fits(document, "AlertPage", response.json())
        seen += numbers(response)
        cursor = response.json()["next"]
    assert seen == made[::-1]
    assert cursor is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"level": "red"}, 2),
        ({"level": "red", "state": "open"}, 1),
        ({"state": "told,urged"}, 2),
        ({"waiting": "true"}, 0),
        ({"state": "closed"}, 0),
    ],
)
def test_filters(cast: Cast, api: Api, query: dict[str, str], count: int) -> None:
    raised(cast, "remind")
    raised(cast, "red")
    Alert.objects.filter(pk=raised(cast, "red").pk).update(state="urged", next_due_at=None)
    assert len(numbers(api("supervisor1").get("/alerts", **query))) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"level": "black"}, "level"),
        ({"state": "nothing"}, "state"),
        ({"cursor": "%%"}, "cursor"),
        ({"cursor": "MS4y"}, "cursor"),
        ({"limit": "101"}, "limit"),
        ({"waiting": "maybe"}, "waiting"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_asked(cast: Cast, api: Api, query: dict[str, str], field: str) -> None:
    response = api("supervisor1").get("/alerts", **query)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


def test_everybody_reads_their_own(cast: Cast, api: Api) -> None:
    card = raised(cast)
    assert numbers(api("examiner1").get("/alerts", waiting="true")) == [card.number]
    for who in ("examiner3", "clerk1", "guide1", "citizen1"):
        assert numbers(api(who).get("/alerts")) == []
        assert api(who).get(f"/alerts/{card.number}").status_code == 404
        assert api(who).post(f"/alerts/{card.number}/explain", {"words": "x"}).status_code == 404
    assert api().get("/alerts").status_code == 401
    assert api().post(f"/alerts/{card.number}/explain", {"words": "x"}).status_code == 401


@pytest.mark.parametrize("number", ["J0", "%00", "'--", "x" * 300, "J260101%2F1"])
def test_strange_numbers(cast: Cast, api: Api, number: str) -> None:
    assert api("supervisor1").get(f"/alerts/{number}").status_code == 404
    assert api("supervisor1").post(f"/alerts/{number}/close").status_code == 404


# ---- moving --------------------------------------------------------------------------------------------------------


def test_the_whole_way_through_the_api(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    card = raised(cast)
    until = timezone.localdate() + timedelta(days=5)
    while not current_calendar().is_workday(until):
        until += timedelta(days=1)
    moves: list[tuple[str, str, dict[str, Any], str]] = [
        ("examiner1", "explain", {"words": "系统迁移", "disputed": True}, "explained"),
        ("supervisor1", "confirm", {"reason": "确实超时"}, "confirmed"),
        ("supervisor1", "urge", {"words": "先办结", "until": until.isoformat()}, "urged"),
        ("chief1", "rectify", {"measure": "办结了"}, "rectified"),
        ("supervisor1", "recheck", {"passed": True, "words": "看过"}, "rechecked"),
        ("supervisor1", "account", {"who": "赵审", "what": "slowness", "measure": "谈话"}, "rechecked"),
        ("supervisor1", "close", {}, "closed"),
    ]
    for version, (who, action, data, state) in enumerate(moves, start=1):
        response = api(who).post(f"/alerts/{card.number}/{action}", data, match=version)
        assert response.status_code == 200, response.content.decode()
        body = response.json()
        fits(document, "AlertShape", body)
        assert (body["state"], response["ETag"]) == (state, f'"{version + 1}"')
    assert body["disputed"]
    assert body["accounted"]
    assert body["limits"] == []
    assert [step["action"] for step in body["steps"]] == ["open", *(action for _, action, _, _ in moves)]
    assert body["steps"][1]["words"] == {"words": "系统迁移"}


def test_a_repeat_is_one_step_and_another_body_is_refused(cast: Cast, api: Api) -> None:
    card, program = raised(cast), api("examiner1")
    for _ in range(3):
        response = program.post(f"/alerts/{card.number}/explain", {"words": "迁移"}, key="once", match=1)
        assert (response.status_code, response.json()["version"]) == (200, 2)
    other = program.post(f"/alerts/{card.number}/explain", {"words": "别的"}, key="once")
    assert other.status_code == 422
    assert Alert.objects.get().version == 2


def test_another_version_is_stale(cast: Cast, api: Api) -> None:
    card = raised(cast)
    response = api("examiner1").post(f"/alerts/{card.number}/explain", {"words": "迁移"}, match=7)
    assert (response.status_code, response.json()["type"]) == (412, "/problems/stale")


@pytest.mark.parametrize("key", ["", None])
def test_a_refusal_is_on_record(cast: Cast, api: Api, key: str | None) -> None:
    card = raised(cast)
    Alert.objects.filter(pk=card.pk).update(state="explained")
    response = api("examiner1").post(f"/alerts/{card.number}/dismiss", {"reason": "没有超时"}, key=key)
    assert response.status_code == 403
    record = AccessRecord.objects.get(kind="refused")
    assert (record.action, record.subject, record.account) == ("alert.dismiss", card.number, cast.examiner1)


def test_what_a_red_card_still_needs_is_said(cast: Cast, api: Api) -> None:
    card = raised(cast)
    Alert.objects.filter(pk=card.pk).update(state="rechecked")
    response = api("supervisor1").post(f"/alerts/{card.number}/close")
    assert (response.status_code, response.json()["type"]) == (409, "/problems/rule-broken")
    assert "追责记录" in response.json()["title"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "words"),
        ({"words": ""}, "words"),
        ({"words": "好\u202e"}, "words"),
        ({"words": 5}, "words"),
        ({"words": "好", "disputed": "maybe"}, "disputed"),
        ({"words": "好", "state": "closed"}, "state"),
        ({"words": "长" * 2001}, "words"),
    ],
)
def test_hostile_bodies(cast: Cast, api: Api, body: dict[str, Any], field: str) -> None:
    response = api("examiner1").post(f"/alerts/{raised(cast).number}/explain", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("action", ["settle", "open", "nothing"])
def test_moves_that_nobody_makes_have_no_address(cast: Cast, api: Api, action: str) -> None:
    assert api("supervisor1").post(f"/alerts/{raised(cast).number}/{action}").status_code in {404, 405}


# ---- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "most"), [("/alerts", 2), ("/alerts/{n}", 4)])
def test_reading_costs_the_same_however_much_there_is(cast: Cast, api: Api, path: str, most: int) -> None:
    program, url = api("supervisor1"), path.format(n=raised(cast).number)
    for extra in (0, 6):
        for _ in range(extra):
            raised(cast, "yellow", department=cast.health, person=cast.examiner3)
        with CaptureQueriesContext(connection) as seen:
            assert program.get(url).status_code == 200
        assert len(seen) == most
