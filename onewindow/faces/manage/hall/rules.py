"""The rules of a hall, each with what it means and what it was to begin with, and the announcement on its screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import managing
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, seen_of, tick
from onewindow.faces.manage.hall.hours import METHODS
from onewindow.faces.manage.hall.settings import address, crumbs, hall_centre, hall_of, kept_centre, shell
from onewindow.hall import changes
from onewindow.hall.models import Hall
from onewindow.hall.rules import DEFAULTS, PRIORITY_LABELS, HallRules, Priority, as_json
from onewindow.people.changes import Area, Steward
from onewindow.places.changes import refuse_stale
from onewindow.problems import Problem

ADVANCE: Final = "advance_"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as people set it. `unit` "%": kept as a share; "": yes or no."""

    name: str
    label: str
    unit: str
    words: str


GROUPS: Final[tuple[tuple[str, tuple[Rule, ...]], ...]] = (
    (
        "预约",
        (
            Rule("walk_in_share", "留给不预约的人", "%", "窗口时间里至少留这么多给直接来的人。预约从来不是必须的"),
            Rule("slot_minutes", "一个时段", "分钟", "预约的时间按它一格一格排"),
            Rule("horizon_days", "最多提前", "天", "能约到多少天以后"),
            Rule("early_minutes", "最早签到", "分钟", "约的时间以前这么久就可以签到"),
            Rule("release_minutes", "没来就让出", "分钟", "过了约的时间这么久还没到，位置让给别人"),
            Rule("reminder_hours", "提前提醒", "小时", "约的时间以前这么久发提醒短信，夜里不发"),
        ),
    ),
    (
        "叫号",
        (
            Rule("fairness", "最多等平均的几倍", "倍", "等到平均等候的这么多倍，就先叫，谁有优先都排在后面"),
            Rule("fairness_floor", "平均等候不低于", "分钟", "平均等得比这还短时按它算，人少的时候优先才有用"),
            Rule("missed_back", "过号以后排在后几位", "位", "过号的人回来，排在前面几个人的后面"),
            Rule("missed_most", "最多过号", "次", "过号这么多次，号就作废"),
            Rule("missed_minutes", "过号保留", "分钟", "过号以后这么久内回来，还能接着排"),
        ),
    ),
    (
        "取号",
        (
            Rule("stop_margin", "下班前留出", "分钟", "算下来下班前这么久轮不到的，取号机就不再给号，并说明还能怎么办"),
            Rule(
                "manned_minutes",
                "只算开着的窗口",
                "分钟",
                "离下班这么近，只按开着的窗口算还能给多少号；更早时按能开的窗口算",
            ),
            Rule("keep_overnight", "没办完的号第二天还算", "", "下班时还在等的人，第二天不用重新取号"),
            Rule("self_declared", "取号机上可以自己说明优先", "", "老年人、残疾人、孕妇带娃的、军人自己选，窗口看证件"),
            Rule("phone_tickets", "可以用手机扫码取号", "", "扫大厅里的码取号，码几分钟换一次，不在大厅取不了"),
            Rule("enrolled_only", "只有登记过的取号机能取号", "", "勾上以后，没有登记的设备打开取号页面也取不了号"),
        ),
    ),
    (
        "估计、提醒和个人信息",
        (
            Rule("wait_limit", "等候太久的界线", "分钟", "预计要等的时间超过它就报警，并说出哪个窗口可以打开"),
            Rule("service_minutes", "办一件大约", "分钟", "还没有记录的时候按它估计"),
            Rule(
                "forget_days", "来访人信息保存", "天", "过了这么多天，抹掉预约和取号时留的姓名、电话；办件里的不受影响"
            ),
        ),
    ),
)
RULES: Final = {rule.name: rule for _, rules in GROUPS for rule in rules}
PRIORITIES: Final = [priority for priority in Priority if priority is not Priority.NONE]


def words_of(rule: Rule, rules: HallRules) -> str:
    """A rule's value as people read it: 50%, 15 分钟, 是."""
    value = getattr(rules, rule.name)
    if not rule.unit:
        return "是" if value else "否"
    return f"{round(value * 100)}%" if rule.unit == "%" else f"{value:g} {rule.unit}"


@require_safe
@managing(Area.HALL)
def show(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre = hall_centre(steward, key)
    hall = hall_of(centre)
    told = hall.told if hall else DEFAULTS
    groups = [
        {
            "title": title,
            "rows": [{"rule": one, "value": words_of(one, told), "default": words_of(one, DEFAULTS)} for one in rules],
        }
        for title, rules in GROUPS
    ]
    advance = [
        {"label": PRIORITY_LABELS[one], "value": told.advance[one], "default": DEFAULTS.advance[one]}
        for one in PRIORITIES
    ]
    return shell(request, steward, centre, "rules", "rules.html", {"groups": groups, "advance": advance})


# ---- changing -----------------------------------------------------------------------------------------------------


class RulesForm(ManagedForm):
    """Every rule with its meaning and its default below the label."""

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        for rule in RULES.values():
            self.fields[rule.name] = _field(rule)
        for one in PRIORITIES:
            label = f"{PRIORITY_LABELS[one]}，往前排"
            self.fields[ADVANCE + one] = _number(
                f"{label}（分钟）", f"按早来这么多分钟算。默认 {DEFAULTS.advance[one]} 分钟", whole=True
            )

    def raw(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        told["walk_in_share"] = told["walk_in_share"] / 100
        advance = {one.value: told.pop(ADVANCE + one) for one in PRIORITIES}
        return {**told, "advance": advance}

    def take(self, problem: Problem) -> None:
        for error in problem.errors:
            name = error.field.replace("advance.", ADVANCE).partition(".")[0]
            words = "应当在 20% 和 100% 之间" if name == "walk_in_share" else error.message
            self.add_error(name if name in self.fields else None, words)
        if not problem.errors:
            self.add_error(None, problem.title)


def _field(rule: Rule) -> forms.Field:
    default = f"{rule.words}。默认 {words_of(rule, DEFAULTS)}"
    if not rule.unit:
        return tick(rule.label, default)
    whole = isinstance(getattr(DEFAULTS, rule.name), int) or rule.unit == "%"
    return _number(f"{rule.label}（{rule.unit}）", default, whole=whole)


def _number(label: str, help_text: str, *, whole: bool) -> forms.Field:
    kind = forms.IntegerField if whole else forms.FloatField
    widget = forms.NumberInput(attrs={"class": "ow-input--s", "step": "1" if whole else "0.1", "min": "0"})
    wrong = {"required": f"请填写{label}。", "invalid": f"{label}要写成{'整数' if whole else '数字'}。"}
    limits: dict[str, Any] = {"max_value": 100_000, "min_value": 0}
    wrong |= {"max_value": f"{label}太大了。", "min_value": f"{label}不能是负数。"}
    return kind(label=label, help_text=help_text, widget=widget, error_messages=wrong, **limits)


def _initial(hall: Hall | None) -> dict[str, Any]:
    told = hall.told if hall else DEFAULTS
    first = {name: getattr(told, name) for name in RULES}
    first["walk_in_share"] = round(told.walk_in_share * 100)
    return first | {ADVANCE + one: told.advance[one] for one in PRIORITIES}


def _bound(form: RulesForm) -> list[tuple[str, list[Any]]]:
    """The fields under their headings."""
    groups = [(title, [form[rule.name] for rule in rules]) for title, rules in GROUPS]
    return [*groups, ("优先", [form[ADVANCE + one] for one in PRIORITIES])]


def facts_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Rules as the review compares them: one line each, priorities apart."""
    known = {name: raw[name] for name in RULES if name in raw}
    if "walk_in_share" in known:
        known["walk_in_share"] = f"{round(known['walk_in_share'] * 100)}%"
    return known | {ADVANCE + key: value for key, value in raw.get("advance", {}).items()}


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def edit(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """Changing the rules; for a centre without a hall, opening one with them."""
    centre = kept_centre(steward, key)
    hall = hall_of(centre)
    before = facts_of(as_json(hall.told)) if hall else None

    def act(raw: dict[str, Any]) -> object:
        refuse_stale(before or {}, seen_of(request) if hall else None)
        return changes.edit_rules(centre, raw, by=steward)

    form = RulesForm(request.POST if request.method == "POST" else None, initial=_initial(hall))
    change = Change(
        form,
        title="修改规则" if hall else f"开通{centre.name}的大厅",
        back=address(centre, "rules/"),
        act=act,
        done="规则已经保存，马上起作用。" if hall else "大厅开通了，取号机和预约马上能用。",
        area="hall",
        template="manage/hallset/rules_form.html",
        before=before,
        after=facts_of,
        rules=[
            "每一项下面写着它管什么和默认值，拿不准就用默认值",
            "改了马上起作用；已经约好的时间不变",
            "湖南省的办法第 35 条：不得强制预约。留给不预约的人最少 20%",
        ],
        crumbs=crumbs(centre, ("规则", address(centre, "rules/"))),
        extra={"groups": _bound(form)},
        verb="edit_hall_rules",
    )
    return handle(request, steward, change)


class NoticeForm(ManagedForm):
    notice = line_field("公告", required=False, help_text="一句话，最多 200 个字。清空就不显示")


@require_http_methods(METHODS)
@managing(Area.CENTRES, write=True)
def notice(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    centre = kept_centre(steward, key)
    hall = hall_of(centre)
    before = {"hall_notice": hall.notice if hall else ""}
    change = Change(
        NoticeForm(request.POST if request.method == "POST" else None, initial={"notice": before["hall_notice"]}),
        title="大厅公告",
        back=address(centre),
        act=lambda raw: changes.edit_rules(centre, raw, by=steward),
        done="公告已经换好，大屏和取号机马上显示。",
        area="hall",
        before=before,
        after=lambda raw: {"hall_notice": raw["notice"]},
        rules=["显示在大屏和取号机上，所有人都看得到", "不要写个人信息"],
        crumbs=crumbs(centre),
        verb="edit_hall_rules",
    )
    return handle(request, steward, change)
