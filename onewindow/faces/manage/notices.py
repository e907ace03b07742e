"""Taking in a year's notice: reading it row by row, importing it, and computing the open deadlines again."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.utils import timezone

from onewindow.cases.recompute import recompute_case, touched
from onewindow.clocks import store
from onewindow.clocks.calendar import DayKind
from onewindow.clocks.imports import CalendarReport, day_of, import_calendar, rows_of
from onewindow.clocks.models import CalendarDay
from onewindow.faces.manage.models import CalendarNotice
from onewindow.importing import UnreadableFile
from onewindow.people.changes import Area, Steward
from onewindow.problems import RuleBroken

_STEP: Final = 20
_SHOWN: Final = 500
_KINDS: Final = {DayKind.HOLIDAY: "放假", DayKind.MAKEUP: "调休上班"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file as it will be taken: what it says, and what is new about it or wrong with it."""

    line: int
    day: dt.date | None
    kind: str
    name: str
    effect: str
    tone: str


@dataclass
class Preview:
    """What the file holds, before anything is written."""

    rows: list[Row] = field(default_factory=list)
    report: CalendarReport | None = None
    unreadable: str = ""

    @property
    def usable(self) -> bool:
        return self.report is not None and not self.report.rejected and bool(self.report.years)

    @property
    def whole_years(self) -> list[str]:
        """What is wrong with a year as a whole; single rows say it themselves."""
        rejected = self.report.rejected if self.report else []
        return [f"{one.where}：{one.reason}" for one in rejected if not one.where.startswith("第")]

    @property
    def bad_rows(self) -> int:
        return sum(row.tone == "late" for row in self.rows)


@contextmanager
def _as_file(notice: CalendarNotice) -> Iterator[Path]:
    suffix = Path(notice.file_name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"notice{suffix if suffix in {'.csv', '.xlsx'} else '.csv'}"
        path.write_bytes(bytes(notice.content))
        yield path


def read(notice: CalendarNotice) -> Preview:
    """Reads the uploaded file without writing anything."""
    preview = Preview()
    with _as_file(notice) as path:
        try:
            preview.rows = [_row(line, raw) for line, raw in _limited(path)]
            preview.report = import_calendar(path, dry_run=True, notice=notice.notice)
        except UnreadableFile as error:
            preview.unreadable = str(error).replace(str(path), f"「{notice.file_name}」")
    _compare(preview)
    return preview


def _limited(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    for number, (line, raw) in enumerate(rows_of(path)):
        if number >= 2000:
            raise UnreadableFile(f"文件 {path} 超过 2000 行，不像放假安排")
        yield line, dict(raw)


def _row(line: int, raw: dict[str, object]) -> Row:
    try:
        _, day, kind, name = day_of(raw)
    except ValueError as error:
        said = [str(raw.get(column) or "")[:40] for column in ("date", "kind", "name")]
        return Row(line, None, said[1], "　".join(part for part in (said[0], said[2]) if part), str(error), "late")
    return Row(line, day, _KINDS[kind], name, "新增", "primary")


def _compare(preview: Preview) -> None:
    """Says of each good row whether it is new, changes something or changes nothing."""
    known = {row.date: row for row in CalendarDay.objects.filter(date__in=[r.day for r in preview.rows if r.day])}
    seen: set[dt.date] = set()
    for place, row in enumerate(preview.rows):
        if row.day is None:
            continue
        if row.day in seen:
            effect, tone = "这一天前面已经有了", "late"
        elif (old := known.get(row.day)) is None:
            effect, tone = "新增", "primary"
        elif (old.get_kind_display(), old.name) == (row.kind, row.name):
            effect, tone = "没有变化", "done"
        else:
            effect, tone = "改动", "soon"
        seen.add(row.day)
        preview.rows[place] = Row(row.line, row.day, row.kind, row.name, effect, tone)


def take_in(notice: CalendarNotice, *, by: Steward) -> CalendarNotice:
    """Writes the notice into the calendar and begins to compute again. Raises Refused, or RuleBroken when the file no
    longer fits (somebody imported the same meanwhile)."""
    with by.change("import_calendar", Area.CALENDAR, "", "calendar:") as note:
        locked: CalendarNotice = CalendarNotice.objects.select_for_update().get(pk=notice.pk)
        if locked.state != "checked":
            raise RuleBroken("这份安排已经确认过了")
        report = _import(locked)
        locked.years, locked.changed_dates = report.years, [day.isoformat() for day in report.changed_dates]
        locked.state, locked.confirmed_at = "waiting", by.now
        locked.total = sum(1 for _ in touched(report.years))
        locked.save()
        note.subject = f"calendar:{report.years[0]}"
        note.after = {"notice": locked.notice, "changed_dates": locked.changed_dates}
    return locked


def _import(notice: CalendarNotice) -> CalendarReport:
    with _as_file(notice) as path:
        try:
            report = import_calendar(path, strict=True, notice=notice.notice)
        except UnreadableFile as error:
            raise RuleBroken("文件读不了，请重新上传") from error
    if report.abandoned:
        raise RuleBroken("文件里有不能用的行，请改好再上传")
    if not report.years:
        raise RuleBroken("日历里已经是这个安排，不用再导入")
    return report


def recompute(pk: int) -> None:
    """Computes the open deadlines again and keeps count. May be run again: what agrees already is passed over."""
    notice = CalendarNotice.objects.defer("content").get(pk=pk)
    if notice.state not in {"waiting", "running"}:
        return
    store.forget()  # this process may still hold the calendar from before the import
    reason = f"导入{notice.years_words}放假安排（{notice.notice}）"
    notice.state, notice.looked_at = "running", 0
    moved: list[int] = list(notice.moved_cases)
    count = notice.moved
    for place, case in enumerate(touched(notice.years), start=1):
        if recompute_case(case, reason, timezone.now()):
            count += 1
            moved = [*moved, case][:_SHOWN]
        if place % _STEP == 0 or place == 1:
            _beat(notice, place, count, moved)
    _finish(notice, count, moved)


def _beat(notice: CalendarNotice, looked_at: int, count: int, moved: list[int]) -> None:
    notice.looked_at, notice.moved, notice.moved_cases, notice.beat_at = looked_at, count, moved, timezone.now()
    notice.save(update_fields=["state", "looked_at", "moved", "moved_cases", "beat_at"])


def _finish(notice: CalendarNotice, count: int, moved: list[int]) -> None:
    notice.state, notice.finished_at = "done", timezone.now()
    notice.save(update_fields=["state", "finished_at"])
    _beat(notice, notice.total, count, moved)
