"""Bare names enrich the basic catalogue; nobody can apply for them, and they never disturb a specified item."""

from __future__ import annotations

from pathlib import Path

import pytest

from onewindow.catalogue.imports import SHIPPED_ITEMS, SHIPPED_NAMES, import_items, import_names
from onewindow.catalogue.models import BasicItem, Item
from onewindow.catalogue.search import search
from onewindow.places.imports import import_departments
from tests.catalogue.conftest import make_county

pytestmark = pytest.mark.django_db
HEADING = "department,name,item_type_code,basic_code"


@pytest.fixture(autouse=True)
def _county() -> None:
    import_departments(make_county())


def file_of(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "names.csv"
    path.write_text("\n".join([HEADING, *rows]), "utf-8")
    return path


def test_the_shipped_names_join_the_items_that_are_specified_already() -> None:
    import_items(SHIPPED_ITEMS)
    report = import_names(SHIPPED_NAMES)
    assert report.rejected == []
    assert report.created + report.unchanged == 1135
    assert report.unchanged > 25
    assert Item.objects.in_use().count() == 64
    assert Item.objects.count() == 64 + report.created
    assert import_names(SHIPPED_NAMES).unchanged == 1135


def test_a_bare_name_can_be_found_by_an_editor_and_not_by_the_public(tmp_path: Path) -> None:
    import_names(file_of(tmp_path, "民政局,慈善组织认定,07,000705900000"))
    item = Item.objects.get()
    assert (item.status, item.current, len(item.code)) == ("paused", None, 31)
    assert search("慈善组织") == []
    assert [hit.item for hit in search("慈善组织", paused=True)] == [item]


def test_a_renamed_entry_is_updated(tmp_path: Path) -> None:
    import_names(file_of(tmp_path, "民政局,慈善组织认定,07,000705900000"))
    assert import_names(file_of(tmp_path, "民政局,慈善组织登记和认定,07,000705900000")).changed == 1
    assert Item.objects.get().name == "慈善组织登记和认定"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("外星事务局,着陆许可,01,000199900000", "没有这个部门"),
        ("民政局,慈善,07,123", "12 位"),
        ("民政局,,07,000705900001", "1 至 200"),
        ("民政局,慈善,77,000705900001", "事项类型"),
        ("民政局,慈善组织认定,07,000705900000", "两次"),
        (",慈善,07,000705900001", "没有写明部门"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, why: str) -> None:
    report = import_names(file_of(tmp_path, "民政局,慈善组织认定,07,000705900000", row))
    assert [rejection.where for rejection in report.rejected] == ["第 3 行"]
    assert why in report.words
    assert BasicItem.objects.count() == 1
