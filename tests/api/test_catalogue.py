"""Items, versions, guides, themes: what anybody may read."""

from __future__ import annotations

from itertools import chain

import pytest

from onewindow.catalogue.models import Theme
from tests.api.conftest import Api, problem
from tests.api.test_lists import pages
from tests.cast import FERTILITY, FOOD, HYGIENE, ITEMS, Cast
from tests.catalogue.changing import at


def test_everyday_words_find_the_item(api: Api) -> None:
    assert api().get("/items", q="开饭店").json()["items"][0]["key"] == FOOD


def test_a_search_is_paged_too(api: Api) -> None:
    whole = list(chain.from_iterable(pages(api(), "/items", "items", q="食品经营许可")))
    assert len(whole) > 1
    assert list(chain.from_iterable(pages(api(), "/items", "items", q="食品经营许可", limit=1))) == whole


def test_browsing_by_department_and_audience(api: Api, cast: Cast) -> None:
    every = list(chain.from_iterable(pages(api(), "/items", "items", limit=2)))
    assert {row["key"] for row in every} == set(ITEMS)
    health = api().get("/items", department=cast.health.code).json()["items"]
    assert {row["key"] for row in health} == {HYGIENE, FERTILITY}
    legal = api().get("/items", audience="legal").json()["items"]
    assert FERTILITY not in {row["key"] for row in legal}


def test_an_item_says_everything_a_program_needs(api: Api, cast: Cast) -> None:
    item = api().get(f"/items/{FOOD}").json()
    assert item == api().get(f"/items/{item['code']}").json()
    assert len(item["code"]) == 31
    assert item["version"] == 1
    assert item["scenarios"][0]["options"][0] == {"value": "catering", "label": "餐饮服务"}
    assert item["materials"][0]["required"] == "always"
    assert item["promised_limit"]["words"] == "5 个工作日"
    assert {"conditions", "legal_basis", "steps", "special_procedures", "fee", "result", "faq", "visits"} <= set(item)


def test_a_paused_item_is_not_there(api: Api, cast: Cast) -> None:
    item = cast.items[FOOD]
    item.status = "paused"
    item.save()
    for path in ("", "/versions", "/guide.pdf"):
        problem(api().get(f"/items/{FOOD}{path}"), 404, "not-found")


@pytest.mark.parametrize("code", ["x" * 31, "a%00b", "..%2f..", "9" * 400, "㐂", "'; drop"])
def test_a_code_that_is_none(api: Api, code: str) -> None:
    problem(api().get(f"/items/{code}"), 404, "not-found")


def test_versions_in_order(api: Api) -> None:
    versions = api().get(f"/items/{FOOD}/versions").json()["versions"]
    assert [(one["number"], one["current"]) for one in versions] == [(1, True)]


def test_a_version_ahead_is_told_and_one_taken_back_is_not(api: Api, cast: Cast) -> None:
    at(cast, "voided")
    at(cast, "published")
    versions = api().get(f"/items/{FOOD}/versions").json()["versions"]
    assert [(one["number"], one["current"]) for one in versions] == [(1, True), (3, False)]
    assert versions[1]["effective_from"] == "2026-12-01"


def test_the_guide_is_a_pdf(api: Api) -> None:
    response = api().get(f"/items/{FOOD}/guide.pdf")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"


def test_themes_name_their_items(api: Api, cast: Cast) -> None:
    theme = Theme.objects.create(
        key="restaurant", name="开办餐饮店", audience="both", lead_department=cast.market, body={}
    )
    theme.items.set([cast.items[FOOD], cast.items[HYGIENE]])
    found = api().get("/themes").json()["themes"]
    assert [(one["key"], {item["key"] for item in one["items"]}) for one in found] == [("restaurant", {FOOD, HYGIENE})]


def test_a_search_of_anything_is_an_answer(api: Api) -> None:
    for q in ("%", "'", "\\", "㐂𠮷", "🙂", "a" * 200):
        assert api().get("/items", q=q).status_code == 200
    problem(api().get("/items", q="a" * 201), 422, "invalid-input")
