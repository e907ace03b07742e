"""Clock cases from a YAML file: worked examples of the statutory clock with the dates they must give.

The format is that of tests/clocks/clock_cases.yaml: what happened (receipt, acceptance, events), the limit, and what is
expected. Departments can write down their own disputed cases and check them with ``ow clock FILE``.
Whatever is wrong with a file becomes one ``ClockError`` with a Chinese sentence that names the case and the field.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from onewindow.clocks.calendar import FIRST_YEAR, LAST_YEAR, ClockError, WorkCalendar
from onewindow.clocks.clock import (
    SHANGHAI,
    Acceptance,
    Due,
    Extension,
    Limit,
    NoticeRule,
    Suspension,
    Unit,
    acceptance,
    due,
    local_date,
)

LARGEST_FILE: Final = 20_000_000
EVENT_KINDS: Final = ("suspend", "resume", "extend", "correction_notice", "correction_supplied")
Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, on its local date; ``limit`` only for an extension."""

    at: dt.datetime
    kind: str
    ground: str
    counts: bool
    limit: Limit | None

    @property
    def on(self) -> dt.date:
        return local_date(self.at)


@dataclass(frozen=True, slots=True)
class ClockCase:
    """One worked example; ``expected`` holds only the keys that the file gives."""

    id: str
    description: str
    received: dt.date
    accepted: dt.date | None
    notice: dt.date | None
    supplied: dt.date | None
    rule: NoticeRule
    limit: Limit
    suspensions: tuple[Suspension, ...]
    extensions: tuple[Extension, ...]
    expected: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the clock makes of a case; ``due`` is None while nothing is accepted."""

    acceptance: Acceptance
    due: Due | None

    def facts(self) -> dict[str, object]:
        """The outcome under the keys that ``expected`` uses."""
        return {
            "accepted_on": self.acceptance.on,
            "deemed_accepted": self.acceptance.deemed,
            "due": self.due.date if self.due else None,
            "provisional": self.due.provisional if self.due else False,
        }

    def agrees(self, expected: Mapping[str, object]) -> bool:
        facts = self.facts()
        return all(facts[key] == value for key, value in expected.items())


def evaluate(case: ClockCase, calendar: WorkCalendar) -> Outcome:
    """Run the clock over a case."""
    found = acceptance(case.received, case.accepted, case.notice, case.supplied, rule=case.rule, calendar=calendar)
    if found.on is None:
        return Outcome(found, None)
    end = due(case.limit, found.on, suspensions=case.suspensions, extensions=case.extensions, calendar=calendar)
    return Outcome(found, end)


def load_cases(path: Path) -> list[ClockCase]:
    """All cases of a file, in its order. Raises ``ClockError`` with one sentence about what is wrong."""
    content = _parse(_read(path), path)
    cases = content.get("cases") if isinstance(content, dict) else None
    if not isinstance(cases, list) or not cases:
        raise ClockError(f"{path} 里没有案例：最上层要有 cases，下面至少写一个案例。")
    found: dict[str, ClockCase] = {}
    for number, fields in enumerate(cases, start=1):
        case = _case(fields, number)
        if case.id in found:
            raise ClockError(f"案例编号 {case.id} 重复了。")
        found[case.id] = case
    return list(found.values())


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        text = path.read_text(encoding="utf-8") if size <= LARGEST_FILE else None
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ClockError(f"找不到文件 {path}。") from error
    except IsADirectoryError as error:
        raise ClockError(f"{path} 是文件夹，请给出案例文件。") from error
    except UnicodeDecodeError as error:
        raise ClockError(f"{path} 不是 UTF-8 编码的文本文件。") from error
    except (OSError, ValueError) as error:
        raise ClockError(f"读不了文件 {path}。") from error
    if text is None:
        raise ClockError(f"{path} 太大，案例文件不能超过20 MB。")
    return text


def _parse(text: str, path: Path) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"第{mark.line + 1}行第{mark.column + 1}列" if mark else "某一处"
        raise ClockError(f"{path} 不是有效的 YAML 文件，{place}读不懂。") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise ClockError(f"{path} 不是有效的 YAML 文件，里面有读不懂的值。") from error


def _case(fields: object, number: int) -> ClockCase:
    where = f"第{number}个案例"
    mapping = _mapping(fields, where)
    name = _text(mapping, "id", where)
    if not name:
        raise ClockError(f"{where}没有编号（id）。")
    where = f"案例 {name} "
    events = _events(mapping, where)
    notices = [event.on for event in events if event.kind == "correction_notice"]
    supplies = [event.on for event in events if event.kind == "correction_supplied"]
    accepted = _present(mapping, "accepted_at", where)
    return ClockCase(
        id=name,
        description=_text(mapping, "description", where),
        received=local_date(_moment(_present(mapping, "received_at", where), f"{where}的 received_at ")),
        accepted=None if accepted is None else local_date(_moment(accepted, f"{where}的 accepted_at ")),
        notice=notices[0] if notices else None,
        supplied=supplies[0] if supplies else None,
        rule=_rule(mapping, where),
        limit=_limit(_present(mapping, "limit", where), f"{where}的 limit "),
        suspensions=_suspensions(events, where),
        extensions=tuple(Extension(event.limit, event.ground) for event in events if event.limit is not None),
        expected=_expected(mapping, where),
    )


def _events(fields: Fields, where: str) -> list[Event]:
    rows = fields.get("events") or []
    if not isinstance(rows, list):
        raise ClockError(f"{where}的 events 应是列表。")
    events = [_event(row, f"{where}的第{number}个事件") for number, row in enumerate(rows, start=1)]
    return sorted(events, key=lambda event: event.at)


def _event(fields: object, where: str) -> Event:
    mapping = _mapping(fields, where)
    kind = _present(mapping, "kind", where)
    if kind not in EVENT_KINDS:
        raise ClockError(f"{where}的 kind 不认识：{_shown(kind)}。可用：{'、'.join(EVENT_KINDS)}。")
    counts = mapping.get("counts", False)
    if not isinstance(counts, bool):
        raise ClockError(f"{where}的 counts 应是 true 或 false。")
    limit = _limit(_present(mapping, "limit", where), f"{where}的 limit ") if kind == "extend" else None
    at = _moment(_present(mapping, "at", where), f"{where}的 at ")
    return Event(at, kind, _text(mapping, "ground", where), counts, limit)


def _suspensions(events: list[Event], where: str) -> tuple[Suspension, ...]:
    """Pair each resume with the open suspension of the same ground, or with the only one that is open."""
    waiting: list[Event] = []
    found: list[Suspension] = []
    for event in events:
        if event.kind == "suspend":
            if any(other.ground == event.ground for other in waiting):
                raise ClockError(f"{where}重复暂停：“{event.ground}”还没有恢复。")
            waiting.append(event)
        elif event.kind == "resume":
            match = [other for other in waiting if other.ground == event.ground]
            if not match and len(waiting) != 1:
                raise ClockError(f"{where}在{event.on}恢复“{event.ground}”，但没有对应的暂停。")
            begun = (match or waiting)[0]
            waiting.remove(begun)
            found.append(Suspension(begun.on, event.on, begun.ground, begun.counts))
    return (*found, *(Suspension(event.on, None, event.ground, event.counts) for event in waiting))


def _rule(fields: Fields, where: str) -> NoticeRule:
    """Without ``deemed``, silence means acceptance: from the receipt, or at once where the notice is on the spot."""
    rule = _mapping(_present(fields, "notice_rule", where), f"{where}的 notice_rule ")
    limit = _limit(rule, f"{where}的 notice_rule ")
    deemed = rule.get("deemed", "same_visit" if limit.unit is Unit.SPOT else "from_receipt")
    if not isinstance(deemed, str):
        raise ClockError(f"{where}的 notice_rule.deemed 应是文字。")
    return NoticeRule(limit.n, limit.unit, deemed)


def _limit(fields: object, where: str) -> Limit:
    mapping = _mapping(fields, where)
    n, unit = _present(mapping, "n", where), _present(mapping, "unit", where)
    if isinstance(n, bool) or not isinstance(n, int):
        raise ClockError(f"{where}的 n 应是整数，收到的是“{_shown(n)}”。")
    if unit not in list(Unit):
        raise ClockError(f"{where}的 unit 不认识：“{_shown(unit)}”。可用：{'、'.join(Unit)}。")
    try:
        return Limit(n, Unit(unit))
    except ClockError as error:
        raise ClockError(f"{where}不对：{error}") from error


def _expected(fields: Fields, where: str) -> dict[str, object]:
    mapping = _mapping(_present(fields, "expected", where), f"{where}的 expected ")
    _present(mapping, "due", f"{where}的 expected ")
    found: dict[str, object] = {}
    for key in ("accepted_on", "due"):
        if key in mapping:
            value = mapping[key]
            found[key] = None if value is None else local_date(_moment(value, f"{where}的 expected.{key} "))
    for key in ("deemed_accepted", "provisional"):
        if key in mapping:
            if not isinstance(mapping[key], bool):
                raise ClockError(f"{where}的 expected.{key} 应是 true 或 false。")
            found[key] = mapping[key]
    return found


def _moment(value: object, where: str) -> dt.datetime:
    """A moment as an aware time; without an offset it is Beijing time."""
    moment: object = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise ClockError(f"{where}不是有效的日期：“{_shown(value)}”。请写成 2025-03-03T09:10:00+08:00。") from error
    if isinstance(moment, dt.date) and not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day, tzinfo=SHANGHAI)
    if not isinstance(moment, dt.datetime):
        raise ClockError(f"{where}不是有效的日期：“{_shown(value)}”。请写成 2025-03-03T09:10:00+08:00。")
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        raise ClockError(f"{where}的年份 {moment.year} 超出可以推算的范围。")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _mapping(value: object, where: str) -> Fields:
    if not isinstance(value, dict):
        raise ClockError(f"{where}应是“名称: 值”的形式。")
    return value


def _present(fields: Fields, key: str, where: str) -> Any:
    if key not in fields:
        raise ClockError(f"{where}缺少 {key}。")
    return fields[key]


def _text(fields: Fields, key: str, where: str) -> str:
    """A text on one line, without control characters; empty when the key is absent."""
    value = fields.get(key, "")
    if not isinstance(value, (str, int, float, dt.date)):
        raise ClockError(f"{where}的 {key} 应是文字。")
    return _one_line(value)


def _shown(value: object) -> str:
    """A value as a message may repeat it: short, on one line. Lists could be endless and are not spelled out."""
    if isinstance(value, (str, int, float, dt.date)):
        return _one_line(value)[:40]
    return "空" if value is None else "一组值"


def _one_line(value: str | float | dt.date) -> str:
    try:
        words = str(value)
    except ValueError:  # an integer of thousands of digits
        return "一个太大的数"
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())
