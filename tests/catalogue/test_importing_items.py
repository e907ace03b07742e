"""Items come in whole: a changed one gets a new version, an unchanged one is left alone, a wrong one is named."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from onewindow.catalogue.imports import SHIPPED_ITEMS, import_items, import_names
from onewindow.catalogue.models import BasicItem, Item, ItemVersion, SearchTerm
from onewindow.catalogue.search import search
from onewindow.catalogue.spec import ItemSpec
from onewindow.digest import digest_of
from onewindow.importing import UnreadableFile
from onewindow.places.imports import import_departments
from tests.catalogue.conftest import make_county

pytestmark = pytest.mark.django_db

_ALL: list[dict[str, Any]] = yaml.load(SHIPPED_ITEMS.read_text("utf-8"), Loader=yaml.CSafeLoader)["items"]
RAW = {item["key"]: item for item in _ALL}
FOOD, MARRIAGE = "food-operation-licence", "marriage-registration"
TODAY = dt.date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _county() -> None:
    import_departments(make_county())


def file_of(tmp_path: Path, *items: dict[str, Any]) -> Path:
    path = tmp_path / "items.yaml"
    path.write_text(yaml.safe_dump({"items": list(items)}, allow_unicode=True), "utf-8")
    return path


def changed(item: str, /, **fields: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RAW[item]), **fields}


def test_an_item_gets_its_codes_its_first_version_and_its_words(tmp_path: Path) -> None:
    assert import_items(file_of(tmp_path, RAW[FOOD]), today=TODAY).created == 1
    item = Item.objects.get(key=FOOD)
    assert len(item.code) == 31
    assert item.code == f"{item.department.code}4{item.basic_id}"
    assert item.current is not None
    assert (item.current.number, item.current.effective_from) == (1, TODAY)
    assert item.current.digest == digest_of(item.current.body)
    assert ItemSpec.model_validate(item.current.body).materials[0].key == "m01"
    assert SearchTerm.objects.filter(item=item, term="=开饭店").exists()


def test_an_unchanged_item_stays_untouched(tmp_path: Path) -> None:
    import_items(file_of(tmp_path, RAW[FOOD]))
    report = import_items(file_of(tmp_path, RAW[FOOD]))
    assert (report.created, report.changed, report.unchanged) == (0, 0, 1)
    assert ItemVersion.objects.count() == 1


def test_a_changed_item_gets_a_new_version_and_the_old_one_stays_readable(tmp_path: Path) -> None:
    import_items(file_of(tmp_path, RAW[FOOD]), today=dt.date(2026, 1, 1))
    import_items(file_of(tmp_path, changed(FOOD, keywords=["开火锅店"])), today=TODAY)
    item = Item.objects.get(key=FOOD)
    old, new = item.versions.order_by("number")
    assert (new.number, new.effective_from) == (2, TODAY)
    assert old.effective_until == dt.date(2026, 11, 21)
    assert old.body["keywords"] != new.body["keywords"]
    assert item.current == new
    assert search("开火锅店")[0].item == item


def test_two_changes_on_one_day_leave_no_version_that_ends_before_it_begins(tmp_path: Path) -> None:
    for word in ("一", "二", "三"):
        import_items(file_of(tmp_path, changed(FOOD, keywords=[word])), today=TODAY)
    for version in ItemVersion.objects.exclude(effective_until=None):
        assert version.effective_until is not None
        assert version.effective_until >= version.effective_from


def test_a_paused_item_stays_paused_when_its_content_changes(tmp_path: Path) -> None:
    import_items(file_of(tmp_path, RAW[FOOD]))
    Item.objects.update(status="paused")
    import_items(file_of(tmp_path, changed(FOOD, keywords=["新词"])))
    assert Item.objects.get().status == "paused"


def test_a_dry_run_says_what_would_happen_and_writes_nothing(tmp_path: Path) -> None:
    report = import_items(file_of(tmp_path, RAW[FOOD]), dry_run=True)
    assert (report.created, "没有写入" in report.words) == (1, True)
    assert not BasicItem.objects.exists()


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"key": "Food Licence"}, "小写字母"),
        ({"key": "something-new"}, "基本编码"),
        ({"department": "外星事务局"}, "没有这个部门"),
        ({"name": ""}, "name"),
        ({"case_kind": "加急件"}, "case_kind 没有这个选项"),
        ({"surprise": 1}, "surprise 这里没有这一项"),
        ({"materials": "全部"}, "材料的列表"),
        ({"promised_limit": {"n": 60, "unit": "workday"}}, "比法定时限"),
        ({"special_procedures": []}, "加特别程序"),
        ({"steps": []}, "从受理开始"),
        ({"scenarios": []}, "不是任何情形的选项"),
    ],
)
def test_a_wrong_item_is_named_with_its_reason_and_the_others_come_in(
    tmp_path: Path, fields: dict[str, Any], why: str
) -> None:
    report = import_items(file_of(tmp_path, changed(FOOD, **fields), RAW[MARRIAGE]))
    assert len(report.rejected) == 1
    assert report.rejected[0].where.startswith("第 1 项")
    assert why in report.rejected[0].reason
    assert list(Item.objects.values_list("key", flat=True)) == [MARRIAGE]


def test_strict_means_all_or_nothing(tmp_path: Path) -> None:
    report = import_items(file_of(tmp_path, changed(FOOD, name=""), RAW[MARRIAGE]), strict=True)
    assert report.abandoned
    assert not Item.objects.exists()


def test_an_item_cannot_move_to_another_department(tmp_path: Path) -> None:
    import_items(file_of(tmp_path, RAW[FOOD]))
    report = import_items(file_of(tmp_path, changed(FOOD, department="民政局")))
    assert "编码不能改变" in report.words
    assert ItemVersion.objects.count() == 1


def test_an_item_known_only_by_name_is_taken_over(tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    basic = "000129115000"
    names.write_text(f"department,name,item_type_code,basic_code\n市场监督管理局,公司设立登记,01,{basic}\n", "utf-8")
    import_names(names)
    bare = Item.objects.get()
    import_items(file_of(tmp_path, RAW["company-establishment"]))
    item = Item.objects.get()
    assert (item.pk, item.key, item.status) == (bare.pk, "company-establishment", "in_use")
    assert item.current is not None


@pytest.mark.parametrize(
    "content", [b"", b"items: 3", b"- a\n- b", b"items: [", b"\xff\xfe\x00", b"items: !!python/object:os.system {}"]
)
def test_a_broken_file_is_told_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "items.yaml"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"[\u4e00-\u9fff]"):
        import_items(path)
