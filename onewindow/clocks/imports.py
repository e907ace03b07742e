"""Importing a year's notice on holidays (国务院办公厅关于部分节假日安排的通知), from CSV or from a spreadsheet.

A year is taken whole or not at all: half a notice would move due dates for no reason. Importing it again changes
nothing. Dates that changed are returned, so that the caller can recompute open deadlines.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.utils import timezone

from onewindow.clocks import store
from onewindow.clocks.calendar import DayKind
from onewindow.clocks.models import CalendarDay, CalendarYear
from onewindow.importing import Report, UnreadableFile, csv_rows

SHIPPED: Final = Path(__file__).parent / "data" / "holidays.csv"
COLUMNS: Final = {"year", "date", "kind", "name"}
_KINDS: Final = {
    "holiday": DayKind.HOLIDAY,
    "放假": DayKind.HOLIDAY,
    "休": DayKind.HOLIDAY,
    "makeup_workday": DayKind.MAKEUP,
    "调休上班": DayKind.MAKEUP,
    "上班": DayKind.MAKEUP,
    "班": DayKind.MAKEUP,
}
_HEADINGS: Final = {"年份": "year", "年": "year", "日期": "date", "类型": "kind", "名称": "name", "节日": "name"}
_FEWEST_HOLIDAYS: Final = 11
"""Statutory holidays of a year before 2025 (11) and since (13): a notice with fewer days off is cut short."""

Days: TypeAlias = dict[dt.date, tuple[DayKind, str]]


@dataclass(slots=True)
class CalendarReport(Report):
    """`changed_dates`: dates whose kind differs from before; `years`: those imported anew or changed."""

    changed_dates: list[dt.date] = field(default_factory=list)
    years: list[int] = field(default_factory=list)


def import_calendar(path: Path, *, dry_run: bool = False, strict: bool = False, notice: str = "") -> CalendarReport:
    """Imports every year of the file. Raises UnreadableFile. Counts are days; rejected rows name their line."""
    report = CalendarReport("工作日历", dry_run=dry_run)
    years, spoilt = _read(rows_of(path), report)
    for year in sorted(years):
        _refuse_short_year(year, years[year], spoilt, report)
    good = {year: days for year, days in years.items() if year not in spoilt}
    report.abandoned = strict and bool(report.rejected)
    with transaction.atomic():
        for year in sorted(good):
            _import_year(year, good[year], notice, report, write=not (dry_run or report.abandoned))
    if report.years and not dry_run:
        store.forget()
    return report


def _refuse_short_year(year: int, days: Days, spoilt: set[int], report: CalendarReport) -> None:
    if year in spoilt:
        report.reject(f"{year}年", "有读不懂的行，这一年没有导入（一年的安排必须完整）")
    elif sum(kind is DayKind.HOLIDAY for kind, _ in days.values()) < _FEWEST_HOLIDAYS:
        spoilt.add(year)
        report.reject(f"{year}年", f"放假日不足 {_FEWEST_HOLIDAYS} 天，不像完整的放假安排，这一年没有导入")


def _read(rows: Iterable[tuple[int, Mapping[str, Any]]], report: CalendarReport) -> tuple[dict[int, Days], set[int]]:
    """Days by year, and the years that have a bad row."""
    years: dict[int, Days] = defaultdict(dict)
    spoilt: set[int] = set()
    for line, row in rows:
        try:
            year, day, kind, name = day_of(row)
            if day in years[year]:
                raise ValueError(f"{day} 出现了两次")
            years[year][day] = (kind, name)
        except ValueError as error:
            report.reject(f"第 {line} 行", str(error))
            spoilt |= _named_year(row)
    return dict(years), spoilt


def _named_year(row: Mapping[str, Any]) -> set[int]:
    text = str(row.get("year") or row.get("date") or "")[:4]
    return {int(text)} if text.isascii() and text.isdigit() and len(text) == 4 else set()


def day_of(row: Mapping[str, Any]) -> tuple[int, dt.date, DayKind, str]:
    """Year, date, kind and name of one row. Raises ValueError with a Chinese sentence."""
    day = _date(row.get("date"))
    try:
        year = int(str(row.get("year") or day.year))
    except ValueError:
        raise ValueError(f"年份“{str(row.get('year'))[:20]}”不是数字") from None
    kind = _KINDS.get(str(row.get("kind") or "").strip())
    name = str(row.get("name") or "").strip()
    if kind is None:
        raise ValueError("类型应当是 holiday（放假）或 makeup_workday（调休上班）")
    if not 2000 <= year <= 2099:
        raise ValueError(f"年份 {year} 不在 2000 至 2099 之间")
    if day.year != year:
        raise ValueError(f"日期 {day} 不在 {year} 年")
    if not name or len(name) > 40:
        raise ValueError("节日名称应当有 1 至 40 个字")
    if kind is DayKind.MAKEUP and day.weekday() < 5:
        raise ValueError(f"{day} 本来就是工作日，不能是调休上班")
    return year, day, kind, name


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value or "").strip().replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(f"日期“{text[:20]}”应当写成 2027-01-01 这样") from None


def rows_of(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(line, row) as it stands in the file. Raises UnreadableFile, also half way."""
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        return _sheet_rows(path)
    return csv_rows(path, COLUMNS, _HEADINGS)


def _sheet_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Rows of the first sheet; headings may be English or Chinese (年份, 日期, 类型, 名称)."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheet = load_workbook(path, read_only=True, data_only=True).worksheets[0]
        rows = sheet.iter_rows(values_only=True, max_row=5000, max_col=20)
        heading = [str(cell or "").strip() for cell in next(rows, ())]
    except FileNotFoundError as error:
        raise UnreadableFile(f"读不了文件 {path}：没有这个文件") from error
    except (OSError, KeyError, ValueError, IndexError, zipfile.BadZipFile, InvalidFileException) as error:
        raise UnreadableFile(f"文件 {path} 不是可以打开的 Excel 表格") from error
    names = [_HEADINGS.get(cell, cell) for cell in heading]
    if missing := COLUMNS - set(names):
        raise UnreadableFile(f"文件 {path} 的第一行缺少这些列：{'、'.join(sorted(missing))}")
    for line, cells in enumerate(rows, start=2):
        if any(cell is not None for cell in cells):
            yield line, dict(zip(names, cells, strict=False))


def _import_year(year: int, days: Days, notice: str, report: CalendarReport, *, write: bool) -> None:
    known = {row.date: row for row in CalendarDay.objects.filter(year_id=year)}
    old = {day: (DayKind(row.kind), row.name) for day, row in known.items()}
    published = CalendarYear.objects.filter(year=year).first()
    report.created += len(days.keys() - old.keys())
    report.unchanged += sum(old.get(day) == value for day, value in days.items())
    report.changed += sum(day in old and old[day] != value for day, value in days.items())
    report.changed += len(old.keys() - days.keys())
    if published is not None and days == old and (not notice or notice == published.notice):
        return
    report.years.append(year)
    report.changed_dates += sorted(
        day for day in days.keys() | old.keys() if (days.get(day) or (None,))[0] != (old.get(day) or (None,))[0]
    )
    if write:
        _write_year(year, days, notice or (published.notice if published else ""))


def _write_year(year: int, days: Days, notice: str) -> None:
    CalendarYear.objects.update_or_create(year=year, defaults={"notice": notice, "imported_at": timezone.now()})
    CalendarDay.objects.filter(year_id=year).delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(date=day, year_id=year, kind=kind.value, name=name) for day, (kind, name) in sorted(days.items())
    )
