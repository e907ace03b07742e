"""Divisions by their statistics codes: fast, repeatable, and every row that cannot be used is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from onewindow.importing import UnreadableFile
from onewindow.places.imports import SHIPPED_DIVISIONS, import_divisions
from onewindow.places.models import Division

pytestmark = pytest.mark.django_db

COUNTY = [
    "43,湖南省,province,",
    "4309,益阳市,city,43",
    "430922,桃江县,county,4309",
    "430922112,桃花江镇,township,430922",
]


def table(tmp_path: Path, *rows: str, heading: str = "code,name,level,parent", encoding: str = "utf-8") -> Path:
    path = tmp_path / "divisions.csv"
    path.write_bytes("\n".join([heading, *rows]).encode(encoding))
    return path


def test_the_shipped_file_is_taken_whole_in_a_handful_of_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(8):
        report = import_divisions(SHIPPED_DIVISIONS)
    assert (report.created, report.rejected) == (43_090, [])
    assert Division.objects.filter(code__startswith="43").count() == 31_691
    assert Division.objects.get(pk="430922112").parent_id == "430922"


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    import_divisions(table(tmp_path, *COUNTY))
    again = import_divisions(table(tmp_path, *COUNTY))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 4)


def test_a_renamed_place_is_updated(tmp_path: Path) -> None:
    import_divisions(table(tmp_path, *COUNTY))
    report = import_divisions(table(tmp_path, *COUNTY[:-1], "430922112,桃花江街道,township,430922"))
    assert (report.changed, report.unchanged) == (1, 3)
    assert Division.objects.get(pk="430922112").name == "桃花江街道"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert import_divisions(table(tmp_path, *COUNTY), dry_run=True).created == 4
    assert not Division.objects.exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("43092,桃江,county,4309", "2、4、6、9 或 12 位"),
        ("43０９22,桃江,county,4309", "2、4、6、9 或 12 位"),
        ("430923,,county,4309", "1 至 80 个字"),
        ("430923,安化县,city,4309", "级别"),
        ("430923,安化县,county,4301", "上级"),
        ("430922,桃江县,county,4309", "两次"),
        ("440101,广州,county,4401", "没有上级区划 4401"),
        ("'; DROP TABLE places_division; --,x,county,43", "2、4、6、9 或 12 位"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_are_taken(tmp_path: Path, row: str, why: str) -> None:
    report = import_divisions(table(tmp_path, *COUNTY, row))
    assert len(report.rejected) == 1
    assert report.rejected[0].where == "第 6 行"
    assert why in report.rejected[0].reason
    assert Division.objects.count() == 4


def test_a_rejected_place_takes_those_below_it_with_it(tmp_path: Path) -> None:
    report = import_divisions(table(tmp_path, COUNTY[0], "4309,,city,43", *COUNTY[2:]))
    assert len(report.rejected) == 3
    assert list(Division.objects.values_list("code", flat=True)) == ["43"]


def test_strict_means_all_or_nothing(tmp_path: Path) -> None:
    report = import_divisions(table(tmp_path, *COUNTY, "430923,,county,4309"), strict=True)
    assert report.abandoned
    assert "什么也没有写入" in report.words
    assert not Division.objects.exists()


def test_a_file_saved_by_excel_in_chinese_is_read(tmp_path: Path) -> None:
    report = import_divisions(table(tmp_path, *COUNTY, encoding="gb18030"))
    assert report.created == 4
    assert Division.objects.get(pk="43").name == "湖南省"


def test_level_and_parent_may_be_left_out(tmp_path: Path) -> None:
    report = import_divisions(table(tmp_path, "43,湖南省", "4309,益阳市", heading="code,name"))
    assert (report.created, report.rejected) == (2, [])
    assert Division.objects.get(pk="4309").parent_id == "43"


def test_a_broken_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(b"code,name\n43,x")[:-9])
    for path in (broken, tmp_path / "missing.csv", tmp_path, table(tmp_path, "43,x", heading="a,b")):
        with pytest.raises(UnreadableFile, match=r"[\u4e00-\u9fff]"):
            import_divisions(path)
