"""Items as they are published, and the difference between two versions."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest

from onewindow.catalogue.changes.moves import bring_into_force
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.spec import ItemSpec
from onewindow.catalogue.versiondiff import compare
from onewindow.clocks.clock import SHANGHAI
from onewindow.digest import digest_of
from tests.cast import COMPANY, FOOD, Cast
from tests.catalogue.changing import at
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


# ---- which was in force, and how it is changed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-11-30", "2026年11月30日生效的是第 1 版"),
        ("2026-12-01", "2026年12月1日生效的是第 2 版"),
        ("2026-10-31", "2026年10月31日还没有公布过版本"),
        ("昨天", "日期要写成"),
        ("2026-13-01", "日期要写成"),
        ("\x00", "现行"),
        ("9" * 500, "日期要写成"),
    ],
)
def test_which_version_was_in_force_on_a_day(browse: Browse, cast: Cast, day: str, words: str) -> None:
    ItemVersion.objects.update(effective_from="2026-11-01")
    row = at(cast, "published")
    bring_into_force(dt.datetime(2026, 12, 1, 0, 1, tzinfo=SHANGHAI))
    page = browse("publisher1").get(f"/manage/items/{cast.items[FOOD].code}/", {"on": day})
    assert page.status_code == 200
    assert words in page.content.decode()
    assert (f"/desk/changes/{row.number}/" in page.content.decode()) == (not day.startswith(("2026-11", "2026-10")))


def test_a_version_ahead_and_one_taken_back_say_so(browse: Browse, cast: Cast) -> None:
    at(cast, "voided")
    row = at(cast, "published")
    code = cast.items[FOOD].code
    client = browse("publisher1")
    assert "还没有生效" in client.get(f"/manage/items/{code}/3/").content.decode()
    assert "已作废" in client.get(f"/manage/items/{code}/2/").content.decode()
    page = client.get(f"/manage/items/{code}/").content.decode()
    assert "现行" in page
    assert f'<a href="/desk/changes/{row.number}/">{row.number}</a>' in page


def test_who_may_ask_for_a_change_finds_the_way_there(browse: Browse, cast: Cast) -> None:
    path, link = f"/manage/items/{cast.items[FOOD].code}/", f"/desk/changes/new/?item={FOOD}"
    assert link in browse("editor1").get(path).content.decode()
    assert link not in browse("publisher1").get(path).content.decode()
