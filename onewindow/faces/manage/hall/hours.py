"""When a hall is open: the week, the days that differ, and what was promised on any day before."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import managing
from onewindow.faces.manage.editing import Change, ManagedForm, date_field, handle, line_field, radio, seen_of
from onewindow.faces.manage.hall.settings import address, crumbs, hall_centre, kept_centre, shell
from onewindow.faces.manage.history import lines
from onewindow.hall import changes, hours, opening
from onewindow.hall.models import Appointment, DayHours, WeeklyHours
from onewindow.people.changes import Area, Steward
from onewindow.people.models import ChangeRecord
from onewindow.places.changes import refuse_stale
from onewindow.places.models import Centre
from onewindow.problems import Problem

METHODS: Final = ["GET", "HEAD", "POST"]
_AHEAD: Final = 30
_DAY: Final = dt.timedelta(days=1)
_VERBS: Final = ("set_weekly_hours", "set_day_hours", "clear_day_hours")
_RANGE: Final = re.compile(r"(\d{1,2}\s*[:：点]\s*\d{2})\s*[—–－‐\-~～至到]+\s*(\d{1,2}\s*[:：点]\s*\d{2})")
_BETWEEN: Final = re.compile(r"[\s,，、;；和及]*")
HOW: Final = "写成 9:00—12:00，13:00—17:00 这样"


def read_periods(text: str) -> list[tuple[str, str]]:
    """(opens, closes) as typed: 「9:00—12:00，13:00—17:00」. Raises ValidationError when anything else is in it."""
    found = [tuple("".join(part.split()) for part in match) for match in _RANGE.findall(text)]
    if _BETWEEN.fullmatch(_RANGE.sub("", text)) is None or len(found) > 8:
        raise forms.ValidationError(f"看不明白，请{HOW}。")
    return [(a, b) for a, b in found]


def spelt(periods: Iterable[hours.Hours]) -> str:
    """9:00—12:00，13:00—17:00, as it is typed."""
    ordered = sorted(periods, key=lambda one: one.opens)
    return "，".join(f"{hours.clock_time(one.opens)}—{hours.clock_time(one.closes)}" for one in ordered)


# ---- reading ------------------------------------------------------------------------------------------------------


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """The week now and later, the next days one by one, what was promised before, and who changed what."""
    centre = hall_centre(steward, key)
    context = {
        "weeks": _weeks(centre, steward.today),
        "days": _days(centre, steward.today),
        "promise": _promise(request, centre, steward.today),
        "changes": _changes(centre),
    }
    return shell(request, steward, centre, "hours", "hours.html", context)


def _weeks(centre: Centre, today: dt.date) -> list[dict[str, Any]]:
    """One table for each time in which a week holds: now, and what was announced."""
    rows = WeeklyHours.objects.filter(centre=centre, ended_at__isnull=True)
    said = [opening.weekly_of(row) for row in rows if row.valid_until is None or row.valid_until >= today]
    ends = {row.valid_until + _DAY for row in said if row.valid_until}
    starts = sorted({max(row.valid_from, today) for row in said} | ends)
    return [
        {
            "first": first,
            "now": first == today,
            "rows": [_weekday(said, first, n) for n in range(7)],
        }
        for first in starts
        if any(row.on(first) for row in said)
    ]


def _weekday(said: Iterable[hours.Weekly], day: dt.date, weekday: int) -> tuple[str, str, str]:
    """(name, regular, extended) of a weekday in the week that holds on a day."""
    known = list(said)
    return hours.WEEKDAYS[weekday], _on(known, day, weekday, "regular"), _on(known, day, weekday, "extended")


def _on(said: Iterable[hours.Weekly], day: dt.date, weekday: int, kind: str) -> str:
    return spelt(row.hours for row in said if row.weekday == weekday and row.hours.kind == kind and row.on(day))


def _days(centre: Centre, today: dt.date) -> list[dict[str, Any]]:
    """The next 30 days with their hours, how many booked, and whether something was said for the day alone."""
    last = today + _AHEAD * _DAY
    live = Appointment.objects.filter(centre=centre, day__gte=today, day__lte=last, state="booked")
    booked = Counter(live.values_list("day", flat=True))
    told = opening.plan(centre.pk)
    days = [today + n * _DAY for n in range(_AHEAD)]
    return [
        {
            "day": day,
            "weekday": hours.WEEKDAYS[day.weekday()],
            "words": hours.words(told.day(day), day),
            "why": told.why_closed(day),
            "special": told.special.get(day),
            "booked": booked[day],
        }
        for day in days
    ]


def _promise(request: HttpRequest, centre: Centre, today: dt.date) -> dict[str, Any]:
    """What was said, at the end of one day, of another: 那天说的是什么时候开门."""
    day, said = _asked(request, "day"), _asked(request, "said")
    if day is None:
        return {"day": "", "said": ""}
    moment = hours.moment(said, 1440) if said is not None else timezone.now()
    told = opening.plan(centre.pk, moment)
    words = hours.words(told.day(day), day) or f"不办公：{told.why_closed(day)}"
    return {"day": day.isoformat(), "said": said.isoformat() if said else "", "words": words, "on": day, "at": said}


def _asked(request: HttpRequest, name: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2199 else None


def _changes(centre: Centre) -> list[Any]:
    records = ChangeRecord.objects.filter(subject=f"centre:{centre.pk}", verb__in=_VERBS).select_related("account")
    return lines(list(records.order_by("-id")[:20]))


# ---- the week -----------------------------------------------------------------------------------------------------


class CellField(forms.CharField):
    """A cell of the week: empty means closed, so nobody is told that it may be left out."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "maxlength": "100"})

    def validate(self, value: Any) -> None:
        """Nothing is required."""


class WeekForm(ManagedForm):
    """A line for each weekday: regular hours with the lunch break left out, and 延时服务 beside it."""

    valid_from = date_field("从哪一天起", help_text="这一天以前仍按原来的时间")
    valid_until = date_field("到哪一天为止", required=False, help_text="夏令时间之类才填；过了这一天，又按原来的时间")

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.cells: list[str] = []
        for n, name in enumerate(hours.WEEKDAYS):
            self.fields[f"regular_{n}"] = CellField(label=name)
            self.fields[f"extended_{n}"] = CellField(label=f"{name}延时服务")

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        for name in [name for name in told if name.startswith(("regular_", "extended_"))]:
            try:
                told[name] = read_periods(told[name] or "")
            except forms.ValidationError as error:
                self.add_error(name, error)
        if not self.errors and not any(told.get(f"{kind}_{n}") for kind in ("regular", "extended") for n in range(7)):
            self.add_error(None, "至少要有一天办公。临时不办公请用「改某一天」。")
        return told

    def raw(self) -> dict[str, Any]:
        told, rows = self.cleaned_data, []
        self.cells = []
        for n in range(7):
            for kind in ("regular", "extended"):
                for opens, closes in told[f"{kind}_{n}"]:
                    rows.append({"weekday": n, "opens": opens, "closes": closes, "kind": kind})
                    self.cells.append(f"{kind}_{n}")
        until = told["valid_until"]
        return {
            "valid_from": told["valid_from"].isoformat(),
            "valid_until": until.isoformat() if until else None,
            "rows": rows,
        }

    def facts(self) -> dict[str, str]:
        """What the week would be, as the review shows it."""
        told = self.cleaned_data
        return {f"weekday_{n}": _cell_words(told[f"regular_{n}"], told[f"extended_{n}"]) for n in range(7)} | {
            "from": told["valid_from"].isoformat(),
            "until": told["valid_until"].isoformat() if told["valid_until"] else "",
        }

    def take(self, problem: Problem) -> None:
        """The error of a row of the input beside the line in which it was typed."""
        for error in problem.errors:
            parts = error.field.split(".")
            number = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else -1
            known = self.cells[number] if parts[0] == "rows" and 0 <= number < len(self.cells) else parts[0]
            self.add_error(known if known in self.fields else None, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)


def _cell_words(regular: Iterable[tuple[str, str]], extended: Iterable[tuple[str, str]]) -> str:
    def joined(pairs: Iterable[tuple[str, str]]) -> str:
        return "，".join(f"{_plain(a)}—{_plain(b)}" for a, b in pairs)

    late = joined(extended)
    return "；".join(part for part in (joined(regular), f"延时 {late}" if late else "") if part)


def _plain(text: str) -> str:
    try:
        return hours.clock_time(hours.read_time(text))
    except ValueError:
        return text


def week_facts(centre: Centre, day: dt.date) -> dict[str, str]:
    """The week that holds on a day, as the review compares it."""
    rows = [opening.weekly_of(row) for row in WeeklyHours.objects.filter(centre=centre, ended_at__isnull=True)]
    facts = {}
    for n in range(7):
        late = _on(rows, day, n, "extended")
        both = (_on(rows, day, n, "regular"), f"延时 {late}" if late else "")
        facts[f"weekday_{n}"] = "；".join(part for part in both if part)
    return facts | {"from": "", "until": ""}


def _typed(centre: Centre, day: dt.date) -> dict[str, str]:
    rows = [opening.weekly_of(row) for row in WeeklyHours.objects.filter(centre=centre, ended_at__isnull=True)]
    return {f"{kind}_{n}": _on(rows, day, n, kind) for kind in ("regular", "extended") for n in range(7)}


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def edit_week(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre = kept_centre(steward, key)
    before = week_facts(centre, steward.today)
    first = {"valid_from": steward.today + _DAY if any(before.values()) else steward.today}
    form = WeekForm(
        request.POST if request.method == "POST" else None, initial={**_typed(centre, steward.today), **first}
    )
    change = Change(
        form,
        title="修改每周办公时间",
        back=address(centre, "hours/"),
        act=lambda raw: None,
        done="办公时间已经保存。受影响的预约已经发短信请人另选时间。",
        area="hall",
        template="manage/hallset/week_form.html",
        before=before,
        after=lambda raw: form.facts(),
        rules=[
            "中午休息就分两段写；不休息就写一段",
            "延时服务写在右边：早晨、中午、下班以后和周末都可以",
            "法定节假日自动不办公，调休上班日自动办公，不用在这里写",
            "原来的时间不会删掉：以后还查得到那一天承诺的是几点",
        ],
        crumbs=crumbs(centre, ("办公时间", address(centre, "hours/"))),
        extra={"week": [(n, [form[f"regular_{n}"], form[f"extended_{n}"]]) for n in range(7)]},
        verb="set_weekly_hours",
    )

    def act(raw: dict[str, Any]) -> object:
        refuse_stale(before, seen_of(request))
        return counted(change, centre, lambda: changes.set_weekly(centre, raw, by=steward))

    change.act = act
    return handle(request, steward, change)


def counted(change: Change, centre: Centre, act: Any) -> object:
    """Does it, and lets the review say how many booked people will be told."""
    waiting = Appointment.objects.filter(centre=centre, state="displaced")
    before = waiting.count()
    result = act()
    moved = waiting.count() - before
    if moved > 0:
        change.warning = f"有 {moved} 个人约的时间不能办了。保存以后马上发短信告诉他们，请他们另选时间，也可以直接来。"
    return result


# ---- a day --------------------------------------------------------------------------------------------------------


class DayForm(ManagedForm):
    day = date_field("哪一天")
    mode = radio("这一天", [("closed", "不办公"), ("hours", "换个时间办公")])
    periods = line_field("办公时间", required=False, help_text=f"只有换时间才填，{HOW}", longest=100)
    extended = line_field("延时服务", required=False, help_text="没有就空着", longest=100)
    reason = line_field(
        "原因", help_text="群众在预约页面和门户上看到的就是它，例如：停电检修、国庆节延时服务", longest=100
    )

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("periods", "extended"):
            try:
                told[name] = read_periods(told.get(name) or "") if told.get("mode") == "hours" else []
            except forms.ValidationError as error:
                self.add_error(name, error)
        if told.get("mode") == "hours" and not self.errors and not (told["periods"] or told["extended"]):
            self.add_error("periods", f"请填写办公时间，{HOW}；不办公请选「不办公」。")
        return told

    def raw(self) -> dict[str, Any]:
        told = self.cleaned_data
        typed = [("regular", pair) for pair in told["periods"]] + [("extended", pair) for pair in told["extended"]]
        periods = [{"opens": pair[0], "closes": pair[1], "kind": kind} for kind, pair in typed]
        return {"day": told["day"].isoformat(), "periods": periods, "reason": told["reason"]}

    def facts(self) -> dict[str, str]:
        told = self.cleaned_data
        words = _cell_words(told["periods"], told["extended"]) or "不办公"
        return {"day": told["day"].isoformat(), "hours": words, "reason": told["reason"]}


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def edit_day(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """Closing a day or changing its hours; the second step says how many booked people will be told."""
    centre = kept_centre(steward, key)
    form = DayForm(request.POST if request.method == "POST" else None, initial=_day_initial(request, centre))
    change = Change(
        form,
        title="改某一天的办公时间",
        back=address(centre, "hours/#days"),
        act=lambda raw: None,
        done="这一天已经改好。约了这一天、现在不能办的人，已经发短信请他们另选时间。",
        area="hall",
        rules=[
            "约了这一天的人马上收到短信，里面有能另选的时间；他们也可以直接来",
            "门户、预约页面、取号机和大屏马上按新的时间",
            "改的这一天盖过每周的时间和节假日：节假日要办公也在这里写",
        ],
        crumbs=crumbs(centre, ("办公时间", address(centre, "hours/"))),
        after=lambda raw: form.facts(),
        verb="set_day_hours",
    )
    change.act = lambda raw: counted(change, centre, lambda: changes.set_day(centre, raw, by=steward))
    return handle(request, steward, change)


def _day_initial(request: HttpRequest, centre: Centre) -> dict[str, Any]:
    day = _asked(request, "day")
    if day is None:
        return {"mode": "closed"}
    told = opening.plan(centre.pk)
    special = told.special.get(day)
    known = [hours.Hours(hours.minute_of(o.starts, day), hours.minute_of(o.ends, day), o.kind) for o in told.day(day)]
    return {
        "day": day,
        "mode": "hours" if special and special.periods else "closed",
        "periods": spelt(one for one in known if one.kind == "regular"),
        "extended": spelt(one for one in known if one.kind == "extended"),
        "reason": special.reason if special else "",
    }


class NothingForm(ManagedForm):
    """Nothing to fill in, only to confirm."""


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def clear_day(request: HttpRequest, steward: Steward, key: str, day: str) -> HttpResponse:
    """The day is as its week again."""
    centre = kept_centre(steward, key)
    try:
        which = dt.date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    said = DayHours.objects.filter(centre=centre, day=which, ended_at__isnull=True).first()
    if said is None:
        raise Http404
    told = opening.special_of(said)
    before = {"day": which.isoformat(), "hours": spelt(told.periods) or "不办公", "reason": told.reason}
    change = Change(
        NothingForm(request.POST if request.method == "POST" else None),
        title=f"{which.month}月{which.day}日按平常的时间",
        back=address(centre, "hours/#days"),
        act=lambda raw: None,
        done="这一天又按平常的时间办公。",
        area="hall",
        intro="取消为这一天另外安排的时间，按每周的时间和节假日来。",
        before=before,
        after=lambda raw: {"day": which.isoformat(), "hours": "按每周的时间", "reason": ""},
        crumbs=crumbs(centre, ("办公时间", address(centre, "hours/"))),
        verb="clear_day_hours",
    )
    change.act = lambda raw: counted(change, centre, lambda: changes.clear_day(centre, which, by=steward))
    return handle(request, steward, change)
