"""``ow clock FILE``: check worked examples of the statutory clock; ``ow clock --explain FILE ID``: show one by days."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from onewindow.clocks.calendar import ClockError, WorkCalendar
from onewindow.clocks.casefile import ClockCase, Outcome, evaluate, load_cases
from onewindow.clocks.clock import explain

USAGE = """用法：
  ow clock 文件                逐个核对案例，每个案例一行；有不一致时退出码为 1
  ow clock --explain 文件 编号  逐日说明一个案例的期限怎么算
文件格式见 docs/clock.md。"""
WEEKDAYS = "一二三四五六日"


def run(argv: list[str]) -> int:
    """Exit status: 0 all agree, 1 a case differs, 2 the call or the file is wrong (one Chinese sentence on stderr)."""
    if argv in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    calendar = WorkCalendar.shipped()
    try:
        match argv:
            case ["--explain", path, name]:
                return _explain(_find(load_cases(Path(path)), name), calendar)
            case [path] if not path.startswith("-"):
                return _check(load_cases(Path(path)), calendar)
    except ClockError as error:
        print(error, file=sys.stderr)
        return 2
    print(USAGE, file=sys.stderr)
    return 2


def _check(cases: list[ClockCase], calendar: WorkCalendar) -> int:
    """One line a case; the sum goes to stderr so that the lines can be piped on."""
    outcomes = [(case, _evaluate(case, calendar)) for case in cases]
    differing = 0
    for case, outcome in outcomes:
        agrees = outcome.agrees(case.expected)
        differing += not agrees
        got = _words(outcome.facts())
        dates = got if agrees else f"应为 {_words({**outcome.facts(), **case.expected})}；算得 {got}"
        print(f"{case.id}  {'ok' if agrees else 'differs'}  {dates}  {case.description}")
    total = len(outcomes)
    print(f"{total}个案例，{differing}个不一致。" if differing else f"{total}个案例全部一致。", file=sys.stderr)
    return 1 if differing else 0


def _explain(case: ClockCase, calendar: WorkCalendar) -> int:
    outcome = _evaluate(case, calendar)
    print(f"{case.id}  {case.description}")
    started, end = outcome.acceptance.on, outcome.due
    if started is None or end is None:
        print("尚未受理，期限没有开始。")
        return 0
    print(f"期限：{case.limit}" + "".join(f"，延期{extension.limit}" for extension in case.extensions))
    opening = "视为受理" if outcome.acceptance.deemed else "受理"
    for line in explain(
        case.limit,
        started,
        suspensions=case.suspensions,
        extensions=case.extensions,
        calendar=calendar,
        opening=opening,
    ):
        print(f"{line.date}  周{WEEKDAYS[line.date.weekday()]}  {line.note}")
    print(f"现在暂停（{end.paused_ground}），恢复后才能定到期日。" if end.paused else f"到期：{_date(end.date)}")
    return 0


def _evaluate(case: ClockCase, calendar: WorkCalendar) -> Outcome:
    try:
        return evaluate(case, calendar)
    except ClockError as error:
        raise ClockError(f"案例 {case.id} 算不了：{error}") from error


def _find(cases: list[ClockCase], name: str) -> ClockCase:
    for case in cases:
        if case.id == name:
            return case
    raise ClockError(f"文件里没有编号为 {name} 的案例。")


def _words(facts: dict[str, object]) -> str:
    """受理 2025-04-02（视为受理），到期 2025-04-30（暂定）."""
    deemed = "（视为受理）" if facts["deemed_accepted"] else ""
    doubt = "（暂定）" if facts["provisional"] else ""
    return f"受理 {_date(facts['accepted_on'])}{deemed}，到期 {_date(facts['due'])}{doubt}"


def _date(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.date) else "未定"
