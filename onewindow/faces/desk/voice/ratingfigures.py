"""`/desk/ratings/figures/`: what was said of a place, a department or oneself, the rows behind every number, and a
table to take away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.design.ranges import RangeForm, asked, presets
from onewindow.faces.design.sheets import csv_file
from onewindow.faces.design.words import percent
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.page import page
from onewindow.people.authority import Actor
from onewindow.voice.loops import RATING
from onewindow.voice.models import CHANNELS, LEVELS, Rating
from onewindow.voice.ratings import figure_sight, labels
from onewindow.voice.ratings.figure_sight import KINDS, NAMES, Sight
from onewindow.voice.ratings.figures import BEST, MOST_DAYS, Figures, Row, figures, names

HOME: Final = "/desk/ratings/figures/"
PAGE_SIZE: Final = 50
_MONTH: Final = 30
_LEVELS: Final = dict(LEVELS)
_CHANNELS: Final = dict(CHANNELS)
_CUTS: Final = (
    ("month", "按月", "月份"),
    ("centre", "按大厅", "大厅"),
    ("department", "按部门", "部门"),
    ("item", "按事项", "事项"),
    ("window", "按窗口", "窗口"),
    ("person", "按人员", "人员"),
    ("channel", "按渠道", "怎么评的"),
    ("phase", "按环节", "哪一段"),
    ("target", "说的是", "说的是"),
)
_WITH_SHARE: Final = frozenset({"month", "centre", "department", "window", "person", "phase"})
_LOOPS: Final = (
    ("opened", "差评"),
    ("in_time", "按时联系"),
    ("late", "联系超时"),
    ("waiting", "等着联系，还没到期"),
    ("true", "查实"),
    ("mistaken", "认定误评"),
    ("malicious", "认定恶意"),
    ("mended", "查实的已整改"),
    ("told", "已告知评价人"),
    ("revisited", "已回访"),
    ("content", "评价人认可"),
    ("not_content", "评价人不认可"),
    ("appealed", "申诉过"),
    ("closed", "已办结"),
)
LOOP_WORDS: Final = dict(_LOOPS)
HEADINGS: Final = (
    *("分类", "名称", "评价", "非常满意", "满意", "基本满意", "不满意", "非常不满意"),
    *("满意率（%）", "非常满意率（%）", "平均分", "收到邀请", "邀请后评的", "默认好评（不计入）"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose figures over which days; `choices` are all that this person may choose."""

    sight: Sight
    choices: list[Sight]
    form: RangeForm

    @property
    def query(self) -> dict[str, str]:
        told = self.form.cleaned_data
        return {"of": self.sight.key, "since": f"{told['since']}", "until": f"{told['until']}"}

    def rows_url(self, **by: str) -> str:
        """Empty where the rows are not this person's to read."""
        return f"{HOME}rows/?{urlencode(self.query | by)}" if self.sight.rows else ""


@require_safe
@staff
def shown(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The figures: a fixed number of queries whatever was asked."""
    told = _asked(request, actor)
    context: dict[str, Any] = {"asked": told, "form": told.form, "presets": _presets(told)}
    if not told.form.is_valid():
        return page(request, actor, "desk/ratings/figures.html", context, current="ratings", status=400)
    found = _figures(told)
    context |= {
        "figures": found,
        "levels": _levels(told, found),
        "cuts": [one for cut in _CUTS if (one := _cut(told, found, *cut))],
        "loops": [
            {"label": label, "number": found.loops[key], "url": told.rows_url(loop=key)} for key, label in _LOOPS
        ],
        "urls": {kind: told.rows_url(kind=kind) for kind in KINDS}
        | {"all": told.rows_url(), "best": told.rows_url(level=str(BEST))},
        "few_whole": found.few(found.whole),
        "query": urlencode(told.query),
    }
    return page(request, actor, "desk/ratings/figures.html", context, current="ratings")


def _asked(request: HttpRequest, actor: Actor) -> Asked:
    """Raises Http404 for whoever has nothing here, and for what is not theirs."""
    choices = figure_sight.sights(actor)
    wanted = request.GET.get("of", "") or (choices[0].key if choices else "")
    sight = next((one for one in choices if one.key == wanted), None)
    if sight is None:
        raise Http404
    last = sight.last_day(timezone.localdate())
    return Asked(sight, choices, asked(request, last, days=_MONTH, most=MOST_DAYS))


def _figures(told: Asked) -> Figures:
    one = len(told.sight.scope.keys) == 1
    cuts = [cut for cut, _, _ in _CUTS if told.sight.rows or cut in {"month", "channel"}]
    cuts = [cut for cut in cuts if cut != "centre" or not one]
    return figures(told.sight.scope, told.form.cleaned_data["since"], told.form.cleaned_data["until"], cuts=cuts)


def _presets(told: Asked) -> list[dict[str, Any]]:
    spans = [("最近 7 天", 6, 0), ("最近 30 天", _MONTH - 1, 0), ("最近 90 天", 89, 0), ("最近一年", 364, 0)]
    now = urlencode({name: str(told.form[name].value()) for name in ("since", "until")})
    return [
        {"label": label, "url": f"?of={told.sight.key}&{query}", "current": query == now}
        for label, query in presets(told.form.today, spans)
    ]


def _levels(told: Asked, found: Figures) -> list[dict[str, Any]]:
    """The five, best first, each with what was said to it."""
    most = max([*found.levels.values(), 1])
    return [
        {
            "value": level,
            "label": _LEVELS[level],
            "number": number,
            "bar": f"{100 * number / most:.1f}",
            "url": told.rows_url(level=str(level)),
            "said": [
                {"words": one.words, "number": one.number, "url": told.rows_url(label=one.code)}
                for one in found.said(level)
            ],
        }
        for level, number in found.levels.items()
    ]


def _cut(told: Asked, found: Figures, cut: str, title: str, heading: str) -> dict[str, Any] | None:
    rows = found.cuts.get(cut, [])
    if not rows:
        return None
    lines = [{"row": row, "few": found.few(row), "url": _row_url(told, cut, row)} for row in rows]
    return {"key": cut, "title": title, "heading": heading, "rows": lines, "share": cut in _WITH_SHARE}


def _row_url(told: Asked, cut: str, row: Row) -> str:
    if cut != "month":
        return told.rows_url(**{cut: row.key})
    first, last = month_of(row.key)
    since, until = told.form.cleaned_data["since"], told.form.cleaned_data["until"]
    return told.rows_url(since=f"{max(first, since)}", until=f"{min(last, until)}")


def month_of(key: str) -> tuple[dt.date, dt.date]:
    """First and last day of 2026-11."""
    first = dt.date(int(key[:4]), int(key[5:7]), 1)
    return first, (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)


# ---- to take away -------------------------------------------------------------------------------------------------


@require_safe
@staff
def download(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The same as CSV; the page says what is wrong with the days."""
    told = _asked(request, actor)
    if not told.form.is_valid():
        return redirect(f"{HOME}?{request.GET.urlencode()}")
    found = _figures(told)
    return csv_file(f"ratings-{told.sight.key}-{found.first}-{found.last}", _lines(found))


def _lines(found: Figures) -> Iterable[list[Any]]:
    yield list(HEADINGS)
    yield _line(found, "全部", found.whole)
    for cut, title, _ in _CUTS:
        yield from (_line(found, title, row) for row in found.cuts.get(cut, []))
    yield []
    yield ["评价的内容", "选项", "次数"]
    yield from ([_LEVELS[one.level], one.words, one.number] for one in found.labels)
    yield []
    yield ["差评办理", "名称", "件数"]
    yield from (["差评办理", label, found.loops[key]] for key, label in _LOOPS)


def _line(found: Figures, title: str, row: Row) -> list[Any]:
    judged = (
        ("太少", "太少", "太少") if found.few(row) else (percent(row.content), percent(row.best), f"{row.mean:.2f}")
    )
    asked_words = ("", "") if row.asked is None else (row.asked, row.answered)
    return [title, row.name, row.total, *reversed(row.levels), *judged, *asked_words, row.defaults]


# ---- the rows -----------------------------------------------------------------------------------------------------


@require_safe
@staff
def rows(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The ratings behind a number, without who gave them. Nobody reads those about themselves here."""
    told = _asked(request, actor)
    by = figure_sight.narrowed({name: request.GET.get(name, "") for name in NAMES})
    if not told.sight.rows or by is None:
        raise Http404
    if not told.form.is_valid():
        return redirect(f"{HOME}?{request.GET.urlencode()}")
    since, until = told.form.cleaned_data["since"], told.form.cleaned_data["until"]
    near = ("item", "department", "window", "person", "flag", "loop", "centre")
    found = figure_sight.rows(told.sight, actor, since, until, by).select_related(*near).defer("name", "phone")
    listed = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page", "1")[:6])
    kept = urlencode({**told.query, **by})
    context = {
        "asked": told,
        "title": _title(by),
        "since": since,
        "until": until,
        "total": listed.paginator.count,
        "lines": [_shown(one) for one in listed.object_list],
        "back": f"{HOME}?{urlencode(told.query)}",
        "next_url": f"?{kept}&page={listed.next_page_number()}" if listed.has_next() else "",
        "prev_url": f"?{kept}&page={listed.previous_page_number()}" if listed.has_previous() else "",
        "order_words": f"第 {listed.number} 页，共 {listed.paginator.num_pages} 页",
    }
    return page(request, actor, "desk/ratings/rows.html", context, current="ratings")


def _title(by: dict[str, str]) -> str:
    """What the rows are, in words. One query for each row of the house that is named."""
    parts = []
    for name, value in by.items():
        if name == "level":
            parts.append(_LEVELS[int(value)])
        elif name == "label":
            parts.append(f"{_LEVELS[int(value[0])]}：{labels.words_of([value])[0]}")
        elif name == "kind":
            parts.append(KINDS[value])
        elif name == "loop":
            parts.append(LOOP_WORDS[value])
        else:
            parts.append(names(name, [value]).get(value, "已经没有了"))
    return "，".join(parts) or "全部评价"


def _shown(one: Rating) -> dict[str, Any]:
    loop = getattr(one, "loop", None)
    return {
        "rating": one,
        "level": _LEVELS[one.level],
        "tone": "late" if one.is_bad else "done" if one.is_default else "soon" if one.level == 3 else "ontime",
        "said": labels.words_of(one.labels),
        "where": " · ".join(part for part in _where(one) if part),
        "channel": _CHANNELS[one.channel],
        "flag": getattr(one, "flag", None),
        "loop": f"/desk/ratings/{loop.number}/" if loop else "",
        "state": RATING.states[loop.state] if loop else "",
    }


def _where(one: Rating) -> Iterable[str]:
    yield one.item.name if one.item else ""
    yield one.department.short_name if one.department else ""
    yield one.window.code if one.window else ""
    yield one.person.name if one.person else ""
