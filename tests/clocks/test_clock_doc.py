"""docs/clock.md shows a worked example; every number in it must be what the clock computes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clock_world import CALENDAR, day, workdays

from onewindow.clocks.clock import Extension, Suspension, due, explain
from onewindow.commands.clock import run

PAGE = (Path(__file__).parents[2] / "docs" / "clock.md").read_text(encoding="utf-8")
LIMIT, ACCEPTED = workdays(10), day("2025-09-22")
REVIEW = [Suspension(day("2025-10-13"), day("2025-10-16"), "专家评审")]
LONGER = [Extension(workdays(5), "案情复杂")]


def example_rows() -> list[str]:
    table = PAGE.split("<!-- example:start -->")[1].split("<!-- example:end -->")[0]
    return table.strip().splitlines()[2:]


def test_the_table_of_the_example_is_the_explanation() -> None:
    lines = explain(LIMIT, ACCEPTED, suspensions=REVIEW, extensions=LONGER, calendar=CALENDAR)
    assert example_rows() == [
        f"| {line.date:%m-%d} | 周{'一二三四五六日'[line.date.weekday()]} | {line.note} |" for line in lines
    ]


def test_the_due_dates_of_the_example_are_computed() -> None:
    written = [
        day(f"{year}-{int(month):02}-{int(date):02}")
        for year, month, date in re.findall(r"\*\*(\d{4}) 年 (\d+) 月 (\d+) 日\*\*", PAGE)
    ]
    whole = due(LIMIT, ACCEPTED, suspensions=REVIEW, extensions=LONGER, calendar=CALENDAR)
    plain = due(LIMIT, ACCEPTED, calendar=CALENDAR)
    assert written == [whole.date, plain.date]


def test_the_file_shown_on_the_page_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    path = tmp_path / "example.yaml"
    path.write_text(shown.group(1), encoding="utf-8")
    assert run([str(path)]) == 0
    assert capsys.readouterr().out.startswith("国庆  ok  受理 2025-09-22，到期 2025-10-22")
