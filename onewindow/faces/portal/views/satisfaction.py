"""`/voice/figures/`: how content people are with the halls, for everybody to read."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.faces.portal.site import page
from onewindow.hall.memory import remembered
from onewindow.places.models import Centre
from onewindow.voice.models import BAD, LEVELS
from onewindow.voice.ratings import published
from onewindow.voice.ratings.figures import Figures, Row, Scope, months

SPANS: Final = {"30": "最近 30 天", "90": "最近 90 天", "365": "最近一年"}
USUAL: Final = "90"
_MONTHS: Final = 365
_MOST_CENTRES: Final = 500
_TABLES: Final = (("centre", "各个大厅"), ("department", "各个部门"), ("item", "办的人多的事"))
_FIRST_ROWS: Final = 12
_MOST_ROWS: Final = 200


@require_safe
def satisfaction(request: HttpRequest) -> HttpResponse:
    """The figures of a hall, or of all of them, up to yesterday at most: no figure moves with a visit.
    Eleven queries at most, and one where somebody asked the same in the last five minutes."""
    centres = list(
        Centre.objects.filter(is_open=True).select_related("profile", "division").order_by("pk")[:_MOST_CENTRES]
    )
    wanted = request.GET.get("centre", "")
    centre = next((one for one in centres if one.key == wanted), None)
    spans = _spans(timezone.localdate() - dt.timedelta(days=1))
    asked = request.GET.get("period", "") or USUAL
    if asked not in spans or (wanted and centre is None):
        raise Http404
    words, first, last = spans[asked]
    of = published.scope([centre] if centre else centres)
    found, mended = _figures(of, first, last), _mended(of, first, last)
    context: dict[str, Any] = {
        "figures": found,
        "few": found.few(found.whole),
        "levels": _levels(found),
        "wrong": _wrong(found),
        "tables": [one for cut, title in _TABLES if (one := _table(found, cut, title))],
        "months": _table(found, "month", "每个月"),
        "mended": mended,
        "centres": [(one.key, one.name) for one in centres],
        "chosen": centre,
        "period": asked,
        "period_words": words,
        "periods": [(key, label) for key, (label, _, _) in spans.items()],
        "first": first,
        "last": last,
    }
    return page(request, "voice/figures.html", context, section="voice")


@remembered(300)
def _figures(of: Scope, first: dt.date, last: dt.date) -> Figures:
    return published.public(of, first, last)


@remembered(300)
def _mended(of: Scope, first: dt.date, last: dt.date) -> list[published.Mended]:
    return published.mended(of, first, last)


def _spans(last: dt.date) -> dict[str, tuple[str, dt.date, dt.date]]:
    """What can be chosen: spans that end yesterday, and the months of the last year, the newest first."""
    found = {key: (label, last - dt.timedelta(days=int(key) - 1), last) for key, label in SPANS.items()}
    for first in reversed(months(last - dt.timedelta(days=_MONTHS), last)):
        end = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
        found[f"{first:%Y-%m}"] = (f"{first.year}年{first.month}月", first, min(end, last))
    return found


def _levels(found: Figures) -> list[dict[str, Any]]:
    most = max([*found.levels.values(), 1])
    words = dict(LEVELS)
    return [
        {"value": level, "label": words[level], "number": number, "bar": f"{100 * number / most:.1f}"}
        for level, number in found.levels.items()
    ]


def _wrong(found: Figures) -> list[tuple[str, int]]:
    """What was said to be wrong, both bad levels together, the most said first."""
    counted: dict[str, int] = {}
    for one in found.labels:
        if one.level <= BAD:
            counted[one.words] = counted.get(one.words, 0) + one.number
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _table(found: Figures, cut: str, title: str) -> dict[str, Any] | None:
    """The rows there are enough ratings of; how many are left out."""
    rows: list[Row] = found.cuts.get(cut, [])
    shown = [row for row in rows if not found.few(row)]
    if not rows:
        return None
    return {
        "key": cut,
        "title": title,
        "rows": shown[:_FIRST_ROWS],
        "all": shown,
        "more": shown[_FIRST_ROWS:_MOST_ROWS],
        "left_out": len(rows) - len(shown),
    }
