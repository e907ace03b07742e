"""Items as they are published, and the difference between two versions."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.spec import ItemSpec
from onewindow.catalogue.versiondiff import compare
from onewindow.digest import digest_of
from tests.cast import COMPANY, FOOD, Cast
from tests.manage.conftest import Browse


@pytest.fixture
def second(cast: Cast) -> ItemVersion:
    """A second version of the food licence: one day less, one material less, one renamed."""
    item = cast.items[FOOD]
    body = changed(item.current.body)
    version = ItemVersion.objects.create(
        item=item, number=2, body=body, digest=digest_of(body), effective_from="2026-12-01"
    )
    Item.objects.filter(pk=item.pk).update(current=version)
    return version


def changed(old: dict[str, Any]) -> dict[str, Any]:
    body = copy.deepcopy(old)
    body["promised_limit"]["n"] -= 1
    body["materials"][0]["name"] = "新的申请书"
    body["materials"].pop()
    return body


def test_everything_a_version_says_is_on_its_page(browse: Browse, cast: Cast) -> None:
    item = cast.items[FOOD]
    page = browse("publisher1").get(f"/manage/items/{item.code}/").content.decode()
    spec = item.current.spec
    for text in (*(material.name for material in spec.materials), *(step.name for step in spec.steps)):
        assert text in page
    for text in (*(one.name for one in spec.special_procedures), *spec.conditions, *(one.q for one in spec.faq)):
        assert text in page
    for text in (item.code, item.current.digest, "只能查看", "现行"):
        assert text in page


def test_an_editor_sees_the_own_department_only(browse: Browse, cast: Cast) -> None:
    client = browse("editor1")
    page = client.get("/manage/items/").content.decode()
    assert "食品经营许可（新办）" in page
    assert "公共场所卫生许可" not in page
    assert client.get(f"/manage/items/{cast.items['fertility-registration'].code}/").status_code == 404


def test_items_are_filtered(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")
    Item.objects.filter(key=COMPANY).update(status="paused")
    assert "公司设立登记" in client.get("/manage/items/?status=paused").content.decode()
    assert "食品经营许可（新办）" not in client.get("/manage/items/?status=paused").content.decode()
    assert "生育登记" in client.get(f"/manage/items/?department={cast.health.pk}").content.decode()
    assert "没有找到事项" in client.get("/manage/items/?versions=many").content.decode()
    assert "公司设立登记" in client.get("/manage/items/?q=公司&item_type=xx&status=zz").content.decode()


def test_the_differences_are_shown_field_by_field(browse: Browse, cast: Cast, second: ItemVersion) -> None:
    item = cast.items[FOOD]
    page = browse("manager1").get(f"/manage/items/{item.code}/differences/").content.decode()
    assert "<del>5 个工作日" in page
    assert "<ins>4 个工作日" in page
    assert "新的申请书" in page
    assert "去掉" in page


def test_an_older_version_stays_readable(browse: Browse, cast: Cast, second: ItemVersion) -> None:
    client, item = browse("manager1"), cast.items[FOOD]
    assert "以前的版本" in client.get(f"/manage/items/{item.code}/1/").content.decode()
    assert client.get(f"/manage/items/{item.code}/3/").status_code == 404


def test_one_version_has_nothing_to_compare(browse: Browse, cast: Cast) -> None:
    assert browse("manager1").get(f"/manage/items/{cast.items[COMPANY].code}/differences/").status_code == 404


def test_equal_versions_do_not_differ(cast: Cast) -> None:
    spec = cast.items[FOOD].current.spec
    assert compare(spec, spec) == []


def test_a_difference_without_a_line_of_its_own_is_still_named(cast: Cast) -> None:
    spec = cast.items[FOOD].current.spec
    other = ItemSpec.model_validate({**spec.model_dump(mode="json"), "keywords": ["开饭店了"]})
    assert [difference.after for difference in compare(spec, other)] == ["有改动：搜索用的词"]
