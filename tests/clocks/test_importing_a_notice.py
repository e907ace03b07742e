"""A year's notice on holidays: taken whole, from CSV or a spreadsheet, and importing it again changes nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from openpyxl import Workbook

from onewindow.clocks import store
from onewindow.clocks.imports import SHIPPED, import_calendar
from onewindow.clocks.models import CalendarDay, CalendarYear
from onewindow.importing import UnreadableFile

pytestmark = pytest.mark.django_db

HOLIDAYS = [
    dt.date(2027, 1, 1),
    *(dt.date(2027, 2, day) for day in range(5, 13)),
    *(dt.date(2027, 10, d) for d in (1, 2, 3)),
]
ROWS = [f"2027,{day},holiday,节日" for day in HOLIDAYS] + ["2027,2027-02-20,makeup_workday,春节调休上班"]


def notice(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "2027.csv"
    path.write_text("\n".join(["year,date,kind,name", *rows]), "utf-8")
    return path


@pytest.fixture(autouse=True)
def _forget() -> None:
    store._drop()


def test_the_shipped_file_is_taken_without_a_rejection() -> None:
    report = import_calendar(SHIPPED)
    assert (report.created, report.rejected) == (290, [])
    assert CalendarYear.objects.count() == 8


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    import_calendar(notice(tmp_path, *ROWS))
    before = CalendarYear.objects.get(year=2027).imported_at
    again = import_calendar(notice(tmp_path, *ROWS))
    assert (again.created, again.changed, again.unchanged, again.changed_dates) == (0, 0, len(ROWS), [])
    assert CalendarYear.objects.get(year=2027).imported_at == before


def test_a_new_year_publishes_it_in_the_calendar_at_once(tmp_path: Path) -> None:
    assert store.current_calendar().is_provisional(dt.date(2027, 2, 8))
    report = import_calendar(notice(tmp_path, *ROWS), notice="国办发明电〔2026〕1号")
    assert report.years == [2027]
    calendar = store.current_calendar()
    assert not calendar.is_provisional(dt.date(2027, 2, 8))
    assert calendar.is_workday(dt.date(2027, 2, 20))
    assert CalendarYear.objects.get(year=2027).notice == "国办发明电〔2026〕1号"


def test_a_changed_notice_names_the_dates_that_moved(tmp_path: Path) -> None:
    import_calendar(notice(tmp_path, *ROWS))
    report = import_calendar(notice(tmp_path, *ROWS[:-1], "2027,2027-02-21,makeup_workday,春节调休上班"))
    assert report.changed_dates == [dt.date(2027, 2, 20), dt.date(2027, 2, 21)]
    assert not CalendarDay.objects.filter(date=dt.date(2027, 2, 20)).exists()


def test_a_dry_run_reports_and_writes_nothing(tmp_path: Path) -> None:
    report = import_calendar(notice(tmp_path, *ROWS), dry_run=True)
    assert report.created == len(ROWS)
    assert not CalendarDay.objects.filter(year_id=2027).exists()


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2027,2027-13-01,holiday,元旦", "应当写成"),
        ("2027,2026-01-01,holiday,元旦", "不在 2027 年"),
        ("2027,2027-03-03,party,聚会", "holiday"),
        ("2027,2027-03-03,makeup_workday,调休", "本来就是工作日"),
        ("2027,2027-01-01,holiday,元旦", "两次"),
        ("2027,2027-03-03,holiday,", "名称"),
        ("abcd,2027-03-03,holiday,元旦", "不是数字"),
    ],
)
def test_one_bad_row_keeps_its_whole_year_out(tmp_path: Path, row: str, why: str) -> None:
    report = import_calendar(notice(tmp_path, *ROWS, row))
    assert why in report.words
    if not row.startswith("abcd"):
        assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_notice_that_is_cut_short_is_not_taken(tmp_path: Path) -> None:
    report = import_calendar(notice(tmp_path, *ROWS[:4]))
    assert "不像完整的放假安排" in report.words
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_spreadsheet_with_chinese_headings_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["年份", "日期", "类型", "名称"])
    for day in HOLIDAYS:
        sheet.append([2027, day, "放假", "节日"])
    sheet.append([2027, dt.date(2027, 2, 20), "调休上班", "春节调休上班"])
    book.save(tmp_path / "2027.xlsx")
    report = import_calendar(tmp_path / "2027.xlsx")
    assert (report.created, report.rejected) == (len(ROWS), [])


@pytest.mark.parametrize("name", ["2027.xlsx", "2027.csv"])
def test_a_file_that_is_not_what_it_says_is_told_in_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\xff\xfe not a table")
    with pytest.raises(UnreadableFile, match=r"[\u4e00-\u9fff]"):
        import_calendar(tmp_path / name)
