"""The ten figures that matter, each with what it was, what it should be, and the rows behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from onewindow.clocks.store import current_calendar
from onewindow.faces.board.numbers import Numbers
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.waiting import HallWait, goal, verdict

WEEKDAYS: Final = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Tile:
    """`value` "" means it cannot be known; then `was` says why. `tone` with its word: never colour alone."""

    key: str
    label: str
    value: str
    unit: str
    was: str
    should: str
    tone: str = ""
    word: str = ""
    url: str = ""

    @property
    def icon(self) -> str:
        return {"late": "alert-triangle", "soon": "clock", "ontime": "circle-check"}.get(self.tone, "info-circle")


def tiles(
    scope: Scope, numbers: Numbers, due_today: int, due_tomorrow: int | None, halls: list[HallWait]
) -> list[Tile]:
    """`due_tomorrow` is of the next working day; `halls` those of the scope with their own limits."""
    found = [
        _flow(scope, numbers, "received", "今天收件"),
        _flow(scope, numbers, "decided", "今天办结"),
        _on_time(scope, numbers),
        _stock(scope, numbers, "open", "在办", should="", wrong=False),
        _stock(scope, numbers, "overdue", "已超期", should="应当是 0", wrong=True),
        _due(scope, numbers, due_today, due_tomorrow),
        _cards(scope, numbers),
        _ratings(scope, numbers),
        _voices(scope, numbers),
    ]
    if scope.kind != "person":
        found.append(_wait(scope, numbers, halls))
    return found


def rows_url(scope: Scope, what: str, day: date | None = None, **more: int | str) -> str:
    parts = [f"what={what}", *([f"day={day.isoformat()}"] if day else []), *(f"{k}={v}" for k, v in more.items())]
    return f"{scope.url}rows/?{'&'.join(parts)}"


def weekday(day: date) -> str:
    return f"上周{WEEKDAYS[day.weekday()]}"


def _flow(scope: Scope, numbers: Numbers, measure: str, label: str) -> Tile:
    was = f"昨天 {numbers.of(measure, numbers.yesterday)}，{weekday(numbers.last_week)} "
    return Tile(
        measure,
        label,
        f"{numbers.of(measure):,}",
        "件",
        was + str(numbers.of(measure, numbers.last_week)),
        _usual(numbers, measure),
        url=rows_url(scope, measure, numbers.today),
    )


def _usual(numbers: Numbers, measure: str) -> str:
    usual = numbers.usual(measure)
    if usual is not None:
        return f"平常的周{WEEKDAYS[numbers.today.weekday()]}全天 {usual} 件"
    return "" if current_calendar().is_workday(numbers.today) else "今天休息"


def _on_time(scope: Scope, numbers: Numbers) -> Tile:
    """Of thirty days: of a single morning it would say nothing."""
    decided, late = numbers.month("decided"), numbers.month("late")
    url, label = rows_url(scope, "late", numbers.today, days=30), "按时办结率"
    if not decided:
        return Tile("on_time", label, "", "", "30 天里没有办结的件", "应当是 100%", url=url)
    share = (decided - late) / decided * 100
    shown = "100" if late == 0 else f"{min(share, 99.9):.1f}"
    today = f"今天办结 {numbers.of('decided')} 件，超期 {numbers.of('late')} 件"
    tone, word = ("ontime", "都按时") if late == 0 else ("late", f"{late} 件超期")
    return Tile("on_time", label, shown, "%", today, "30 天应当是 100%", tone, word, url)


def _stock(scope: Scope, numbers: Numbers, measure: str, label: str, *, should: str, wrong: bool) -> Tile:
    number = numbers.of(measure)
    tone, word = ("late", "要马上处理") if number else ("ontime", "没有超期")
    return Tile(
        measure,
        label,
        f"{number:,}",
        "件",
        _was(numbers, measure),
        should or _change(numbers, measure),
        tone if wrong else "",
        word if wrong else "",
        rows_url(scope, measure),
    )


def _was(numbers: Numbers, *measures: str) -> str:
    parts = []
    for words, day in (("昨天", numbers.yesterday), (weekday(numbers.last_week), numbers.last_week)):
        if day < numbers.stood and any(numbers.known(measure, day) for measure in measures):
            parts.append(f"{words} {sum(numbers.of(measure, day) for measure in measures)}")
    return "，".join(parts) or "昨天没有记下"


def _change(numbers: Numbers, measure: str) -> str:
    if numbers.stood <= numbers.yesterday or not numbers.known(measure, numbers.yesterday):
        return ""
    more = numbers.of(measure) - numbers.of(measure, numbers.yesterday)
    return f"比昨天多 {more} 件" if more > 0 else f"比昨天少 {-more} 件" if more < 0 else "和昨天一样"


def _due(scope: Scope, numbers: Numbers, today: int, tomorrow: int | None) -> Tile:
    was = f"下一个工作日 {tomorrow} 件" if tomorrow is not None else ""
    tone, word = ("soon", "今天要办完") if today else ("ontime", "没有到期的")
    url = rows_url(scope, "due", numbers.today)
    return Tile("due", "今天到期还没办", f"{today:,}", "件", was, "下班前应当是 0", tone, word, url)


def _cards(scope: Scope, numbers: Numbers) -> Tile:
    yellow, red = numbers.of("open_yellow"), numbers.of("open_red")
    tone, word = ("late", f"红牌 {red} 张") if red else ("soon", "有黄牌") if yellow else ("ontime", "没有红黄牌")
    was, url = _was(numbers, "open_yellow", "open_red"), rows_url(scope, "cards")
    return Tile("cards", "没办完的红黄牌", f"{yellow + red:,}", "张", was, "应当是 0", tone, word, url)


def _ratings(scope: Scope, numbers: Numbers) -> Tile:
    bad, all_ = numbers.of("bad_ratings"), numbers.of("ratings")
    waiting = numbers.of("open_bad_ratings")
    was = f"昨天 {numbers.of('bad_ratings', numbers.yesterday)}，今天共 {all_} 条评价"
    tone, word = ("late", "1 个工作日内联系") if bad else ("ontime", "今天没有差评")
    should = f"还有 {waiting} 件差评没办完" if waiting else "差评都办完了"
    return Tile(
        "bad_ratings",
        "今天差评",
        f"{bad:,}",
        "条",
        was,
        should,
        tone,
        word,
        rows_url(scope, "bad_ratings", numbers.today),
    )


def _voices(scope: Scope, numbers: Numbers) -> Tile:
    number, new = numbers.of("open_complaints"), numbers.of("complaints")
    tone, word = ("soon", "要有回音") if number else ("ontime", "都办完了")
    was = f"今天新来 {new} 件；{_was(numbers, 'open_complaints')}"
    return Tile(
        "complaints",
        "没办完的诉求",
        f"{number:,}",
        "件",
        was,
        "每件按期答复",
        tone,
        word,
        rows_url(scope, "open_complaints"),
    )


def _wait(scope: Scope, numbers: Numbers, halls: list[HallWait]) -> Tile:
    """Minutes on average of those called today; whether that is too long, each hall says by its own limit."""
    label, people = "平均等候", sum(hall.people for hall in halls)
    if not people:
        why = "今天还没有人叫到号" if halls else "这里没有用一窗叫号，等候时间算不出来"
        return Tile("wait", label, "", "", why, goal(halls))
    minutes = sum(hall.seconds for hall in halls) / people / 60
    before = numbers.of("waits", numbers.last_week)
    was = f"今天取号 {numbers.of('tickets')} 个"
    if before:
        was += (
            f"；{weekday(numbers.last_week)} {numbers.of('waiting_seconds', numbers.last_week) / before / 60:.0f} 分钟"
        )
    url = rows_url(scope, "waits", numbers.today)
    return Tile("wait", label, f"{minutes:.0f}", "分钟", was, goal(halls), *verdict(halls), url)
