"""Choosing some days: from one day to another, neither ahead of today, not more of them than a page can say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.http import HttpRequest

from onewindow.faces.design.forms import PlainForm

_FIRST: Final = dt.date(2000, 1, 1)


class RangeForm(PlainForm):
    since = forms.DateField(label="开始日期", widget=forms.DateInput(attrs={"type": "date", "class": "ow-input"}))
    until = forms.DateField(label="结束日期", widget=forms.DateInput(attrs={"type": "date", "class": "ow-input"}))

    def __init__(self, today: dt.date, *args: Any, most: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self.today, self.most = today, most

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and not _FIRST <= since <= self.today:
            self.add_error("since", "请选今天或者以前的日子。")
        if until and until > self.today:
            self.add_error("until", "请选今天或者以前的日子。")
        if since and until and until < since:
            self.add_error("until", "结束日期早于开始日期，请改一改。")
        if since and until and (until - since).days >= self.most:
            self.add_error("until", f"一次最多看 {self.most} 天，请把两个日期改近一些。")
        return told


def asked(request: HttpRequest, today: dt.date, *, days: int, most: int) -> RangeForm:
    """What the address asks for; `days` up to today when it asks for nothing, one day when it names one."""
    usual = {"since": f"{today - dt.timedelta(days=days - 1)}", "until": f"{today}"}
    told = {name: request.GET[name] for name in usual if request.GET.get(name)}
    if not told:
        return RangeForm(today, usual, most=most)
    only = next(iter(told.values()))
    return RangeForm(today, {"since": only, "until": only, **told}, most=most)


def presets(today: dt.date, spans: Sequence[tuple[str, int, int]]) -> list[tuple[str, str]]:
    """Label and address of usual spans, given as days back from today: first, last."""
    day = dt.timedelta(days=1)
    return [(label, f"since={today - first * day}&until={today - last * day}") for label, first, last in spans]
