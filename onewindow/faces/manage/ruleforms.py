"""`/manage/rules/…/edit/` and `…/new/`: one rule of a copied book, with what it would have raised lately."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from onewindow.cases.models import Case
from onewindow.faces.desk.phrases import short_number
from onewindow.faces.manage.access import managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, radio, seen_of, tick, ticks
from onewindow.faces.manage.page import page
from onewindow.faces.manage.rulebooks import HOME, METHODS, may_edit, safe, sets_for
from onewindow.oversight import duties, rulebooks
from onewindow.oversight.models import LEVELS, Rule, RuleSet
from onewindow.oversight.preview import DAYS, MOST, Preview, centres_of, preview
from onewindow.oversight.rules import time_rule
from onewindow.oversight.subjects import CHECKS, kinds_of, kinds_words, subject_words, watched
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Department
from onewindow.problems import Problem

TRIGGERS: Final = [
    ("share", "时限用到百分之几"),
    ("workdays_before", "到期前几个工作日（0 是到期当天）"),
    ("workdays_after", "超期几个工作日（0 是一超期）"),
    ("minutes_after", "超过几分钟（叫号、按小时的时限）"),
]
VALUE: Final = "value_"
_PLACES: Final = 3


class RuleForm(ManagedForm):
    """A rule of limits of one subject, or of one check. `body` is the rule as it is, or the beginning of a new one."""

    def __init__(
        self, kind: str, body: Mapping[str, Any], data: Mapping[str, Any] | None = None, *, new: bool, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.kind, self.subject, self.check, self.new = kind, body.get("subject"), body.get("check"), new
        if new:
            self.fields["code"] = line_field("编号", help_text="大写字母、数字和短横，以后不能改", longest=24)
        self.fields["name"] = line_field("规则名称", longest=80)
        if kind == "time":
            options = [(limit.key, limit.label) for limit in kinds_of(str(self.subject))]
            self.fields["kinds"] = ticks("哪些时限", options, required=True)
            self.fields["trigger"] = radio("什么时候发出", TRIGGERS)
            self.fields["number"] = _number("数字", "百分比写 1 到 99，其他写整数")
        for key in body.get("values", {}):
            self.fields[VALUE + key] = _amount(f"界线（{rulebooks.VALUE_WORDS.get(key, key)}）")
        self.fields["level"] = radio("级别", LEVELS, help_text="提醒和预警只告诉；黄牌、红牌要说明、认定、整改")
        self.fields["tell"] = ticks("告诉谁", list(rulebooks.TELL_WORDS.items()), required=True)
        listed = [(code, f"{code} {words}") for code, words in duties.DUTIES.items()]
        self.fields["duty"] = ticks("依据", listed, required=True, help_text="最多六条，会写在每一条提醒和牌上")
        if not new:
            self.fields["active"] = tick("启用这条规则", "停用以后不再发出新的；已经发出的照样要办完")
        self.fields["reason"] = line_field(
            "为什么这样改", required=False, help_text="写进这一版，大家看得到。停用一定要写", longest=200
        )

    def raw(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        values = {key.removeprefix(VALUE): told.pop(key) for key in list(told) if key.startswith(VALUE)}
        if self.kind == "time":
            told["subject"] = self.subject
        elif self.new:
            told["check"] = self.check
        return {**told, "values": values}

    def take(self, problem: Problem) -> None:
        for error in problem.errors:
            name = error.field.replace("values.", VALUE).partition(".")[0]
            self.add_error(name if name in self.fields else None, error.message)
        if not problem.errors:
            self.add_error(None, problem.title)


def _number(label: str, help_text: str) -> forms.Field:
    words = {"required": f"请填写{label}。", "invalid": f"{label}要写成整数。"}
    words |= {"min_value": f"{label}不能是负数。", "max_value": f"{label}太大了。"}
    widget = forms.NumberInput(attrs={"class": "ow-input--s", "min": "0"})
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=0, max_value=600, error_messages=words, widget=widget
    )


def _amount(label: str) -> forms.Field:
    words = {"required": f"请填写{label}。", "invalid": f"{label}要写成数字。", "max_value": f"{label}太大了。"}
    words |= {"min_value": f"{label}不能是负数。"}
    widget = forms.NumberInput(attrs={"class": "ow-input--s", "step": "any", "min": "0"})
    return forms.FloatField(label=label, min_value=0, max_value=100_000, error_messages=words, widget=widget)


def _initial(body: Mapping[str, Any]) -> dict[str, Any]:
    first = {key: body[key] for key in ("code", "name", "level", "tell", "duty", "kinds") if key in body}
    for key, value in (body.get("trigger") or {}).items():
        if value is not None:
            first |= {"trigger": key, "number": round(value * 100) if key == "share" else value}
    return first | {VALUE + key: f"{value:g}" for key, value in body.get("values", {}).items()}


# ---- a rule there is -----------------------------------------------------------------------------------------------


@require_http_methods(METHODS)
@managing(Area.RULES, write=True)
def edit(request: HttpRequest, steward: Steward, key: str, code: str) -> HttpResponse:
    """The next version of a rule, after its differences and what it would have raised were looked at."""
    found = one(sets_for(steward), key=key, shipped=False)
    kept = one(found.rules.filter(code=safe(code)).select_related("rule_set").order_by("-version"))
    here = f"{HOME}{found.key}/{kept.code}/"
    crumbs = [("监察规则", HOME), (found.name, f"{HOME}{found.key}/"), (kept.code, here)]
    if "choose" in request.GET and kept.kind == "time":
        return _choose(request, steward, crumbs, f"{here}edit/", checks=False)
    body = _about(kept, request.GET.get("subject", ""))
    initial = {**_initial(body), "active": kept.ended_at is None}

    def after(raw: dict[str, Any]) -> Mapping[str, Any]:
        changed, active = rulebooks.edited(kept, raw)
        facts = rulebooks.facts_of(kept.kind, changed, active=active)
        return _with_reason(facts, raw) if facts != rulebooks.facts_of_rule(kept) else facts

    change = Change(
        RuleForm(kept.kind, body, request.POST if request.method == "POST" else None, new=False, initial=initial),
        title=f"修改 {kept.code} {kept.name}",
        back=here,
        act=lambda raw: rulebooks.edit(kept, raw, by=steward, seen=seen_of(request)),
        done="已经写成新的一版，从现在起按它发出。",
        area="rules",
        before=rulebooks.facts_of_rule(kept),
        after=after,
        rules=[
            "改了就是新的一版，原来的一版留着；已经发出的提醒和牌按原来那一版",
            "同一个时限、同一个到期日，同一条规则只发一次",
            "保存以前，可以看到过去 30 天按新的一版会发多少",
        ],
        crumbs=crumbs,
        verb="edit_rule",
        extra=_facts(kept.kind, body, f"{here}edit/?choose=1" if kept.kind == "time" else ""),
        look=lambda raw: _look(found, rulebooks.edited(kept, raw)[0], kept),
    )
    return handle(request, steward, change)


def _with_reason(facts: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    return {**facts, "reason": raw["reason"]} if raw.get("reason") else dict(facts)


def _about(kept: Rule, subject: str) -> dict[str, Any]:
    """The rule's body, about another subject where one was chosen; then its limits are still to be chosen."""
    if not subject or kept.kind != "time" or subject == kept.body["subject"]:
        return dict(kept.body)
    if subject not in watched():
        raise Http404
    return {**kept.body, "subject": subject, "kinds": []}


def _facts(kind: str, body: Mapping[str, Any], again: str) -> dict[str, Any]:
    words = subject_words(body) if kind == "time" else f"{subject_words(body)}：{kinds_words(body)}"
    return {"facts": [("管什么", words)], "start_again": again, "start_words": "换一个"}


# ---- a new rule ----------------------------------------------------------------------------------------------------


@require_http_methods(METHODS)
@managing(Area.RULES, write=True)
def new(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    """First what it watches, then the rule; tried out and shown before it is written."""
    found = one(sets_for(steward), key=key, shipped=False)
    if not may_edit(steward, found):
        raise Http404
    home = f"{HOME}{found.key}/"
    crumbs = [("监察规则", HOME), (found.name, home), ("新的规则", f"{home}new/")]
    kind, body = _begun(request.GET.get("subject", ""), request.GET.get("check", ""))
    if not kind:
        return _choose(request, steward, crumbs[:-1], f"{home}new/", checks=True)
    initial = {**_initial(body), "code": rulebooks.free_code(found)}

    def after(raw: dict[str, Any]) -> Mapping[str, Any]:
        return _with_reason(rulebooks.facts_of(*rulebooks.designed(raw)), raw)

    change = Change(
        RuleForm(kind, body, request.POST if request.method == "POST" else None, new=True, initial=initial),
        title="新的规则",
        back=home,
        act=lambda raw: rulebooks.add(found, raw, by=steward),
        done="已经加进这一套，用这一套的中心从现在起按它发出。",
        area="rules",
        after=after,
        rules=[
            "只对用这一套规则的中心起作用",
            "以前已经到期的时限，没有办完的也会按它发出一次",
            "保存以前，可以看到过去 30 天会发多少",
        ],
        crumbs=crumbs[:-1],
        verb="add_rule",
        extra=_facts(kind, body, f"{home}new/"),
        look=lambda raw: _look(found, rulebooks.designed(raw)[1]),
    )
    return handle(request, steward, change)


def _begun(subject: str, check: str) -> tuple[str, dict[str, Any]]:
    """The kind and the beginning of a body; ("", {}) while nothing was chosen. Raises Http404 for what is not there."""
    if subject:
        if subject not in watched():
            raise Http404
        return "time", {"subject": subject, "level": "remind"}
    if check:
        if check not in CHECKS:
            raise Http404
        return "conduct", {"check": check, "values": rulebooks.values_of(check), "level": "warn"}
    return "", {}


def _choose(
    request: HttpRequest, steward: Steward, crumbs: list[tuple[str, str]], url: str, *, checks: bool
) -> HttpResponse:
    """What a rule watches: subjects with their limits and, for a new one, checks on conduct."""
    subjects = [
        {"url": f"{url}?subject={key}", "label": label, "words": "、".join(kind.label for kind in kinds_of(key))}
        for key, label in watched().items()
    ]
    conduct = [{"url": f"{url}?check={key}", "label": label} for key, label in CHECKS.items()] if checks else []
    context = {"crumbs": crumbs, "subjects": subjects, "checks": conduct}
    return page(request, steward, "manage/rules/choose.html", context, current="rules")


# ---- what it would have raised -------------------------------------------------------------------------------------


def _look(rule_set: RuleSet, body: Mapping[str, Any], kept: Rule | None = None) -> Mapping[str, Any]:
    """What the rule would have raised in the last thirty days, beside the version there is."""
    context: dict[str, Any] = {
        "template": "manage/rules/look.html",
        "days": DAYS,
        "most": MOST,
        "timed": "check" not in body,
    }
    if "check" in body:
        return context
    centres = centres_of(rule_set)
    found = preview(time_rule(dict(body)), centres)
    was = preview(time_rule(kept.body), centres) if kept is not None and kept.ended_at is None else None
    return {**context, "found": found, "was": was, "centres": len(centres), **_named(body, found)}


def _named(body: Mapping[str, Any], found: Preview) -> dict[str, Any]:
    """Names of departments and numbers of cases. Two queries at most."""
    top = found.departments.most_common(_PLACES)
    names = dict(Department.objects.filter(pk__in=[pk for pk, _ in top if pk]).values_list("pk", "short_name"))
    of_cases = body["subject"] == "case"
    asked = [would.subject for would in found.latest] if of_cases else []
    numbers = dict(Case.objects.filter(pk__in=asked).values_list("pk", "number"))
    return {
        "places": [(names.get(pk, "没有部门的"), number) for pk, number in top],
        "examples": [(short_number(numbers.get(would.subject, "")), would) for would in found.latest],
    }
