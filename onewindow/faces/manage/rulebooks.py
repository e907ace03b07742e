"""`/manage/rules/`: by which rules each centre is supervised. Shipped books are read, copies edited rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import held, managing, may_change, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, pick, radio, seen_of, tick, ticks
from onewindow.faces.manage.history import latest as latest_changes
from onewindow.faces.manage.lists import page_of, words
from onewindow.faces.manage.page import page
from onewindow.oversight import duties, rulebooks
from onewindow.oversight.books import books
from onewindow.oversight.models import LEVELS, CentreRules, Rule, RuleSet
from onewindow.oversight.shipping import DEFAULT
from onewindow.oversight.subjects import kinds_words, subject_words
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre
from onewindow.problems import Problem

HOME: Final = "/manage/rules/"
METHODS: Final = ["GET", "HEAD", "POST"]
TRIGGERS: Final = [
    ("share", "时限用到百分之几"),
    ("workdays_before", "到期前几个工作日（0 是到期当天）"),
    ("workdays_after", "超期几个工作日（0 是一超期）"),
    ("minutes_after", "超过几分钟（叫号、按小时的时限）"),
]
PHASES: Final = [("before", "事前提醒"), ("during", "事中监察"), ("after", "事后监察")]
LEVEL_ICONS: Final = {"remind": "bell", "warn": "alert-triangle", "yellow": "flag", "red": "hand-stop"}
VALUE: Final = "value_"


# ---- reading -------------------------------------------------------------------------------------------------------


def sets_for(steward: Steward) -> QuerySet[RuleSet]:
    """Shipped books, the installation's, and copies of or above the places this person reads."""
    own = held(steward, Area.RULES)
    if own.everything:
        return RuleSet.objects.all()
    scope = Q(shipped=True) | Q(division="")
    for division in sorted(own.divisions):
        above = [division[:n] for n in range(2, len(division) + 1)]
        scope |= Q(division__startswith=division) | Q(division__in=above)
    return RuleSet.objects.filter(scope)


@require_safe
@managing(Area.RULES)
def rules(request: HttpRequest, steward: Steward) -> HttpResponse:
    """The books, and which centre is supervised by which."""
    count = Count("rules", filter=Q(rules__ended_at=None))
    found = list(sets_for(steward).annotate(count=count).select_related("base").order_by("-shipped", "name"))
    names = {one.key: one.name for one in found}
    context = {
        "shipped": [one for one in found if one.shipped],
        "copies": [one for one in found if not one.shipped],
        **_centres(request, steward, names),
        "may_copy": bool(may_copy(steward)),
    }
    return page(request, steward, "manage/rules/sets.html", context, current="rules")


def may_copy(steward: Steward) -> bool:
    return may_change(steward, Area.RULES, rulebooks.home_of(steward)) or held_everything(steward)


def held_everything(steward: Steward) -> bool:
    return held(steward, Area.RULES).everything


def _centres(request: HttpRequest, steward: Steward, names: Mapping[str, str]) -> dict[str, Any]:
    """Centres with the book in force there and whether it is their own: service centres and those that have chosen;
    the many below them are found by name."""
    q = words(request)
    rows = Centre.objects.filter(held(steward, Area.RULES).on("division__code"))
    chosen = rows.filter(Q(name__icontains=q)) if q else rows.filter(Q(kind="service_centre") | ~Q(supervision=None))
    listed = page_of(request, chosen, "pk", count=False)
    own = set(CentreRules.objects.values_list("centre_id", flat=True))
    of_centre = {pk: book.key for book in books("time") for pk in (book.centres or ())}
    found = [
        {
            "centre": centre,
            "book": names.get(of_centre.get(centre.pk, DEFAULT), DEFAULT),
            "key": of_centre.get(centre.pk, DEFAULT),
            "own": centre.pk in own,
            "may": may_change(steward, Area.RULES, centre.division_id),
        }
        for centre in listed.rows
    ]
    return {"centres": found, "page": listed, "q": q}


@require_safe
@managing(Area.RULES)
def rule_set(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    found = one(sets_for(steward).select_related("base"), key=key)
    newest = rulebooks.latest(found)
    groups = [
        {"title": title, "rows": [line(rule) for rule in newest if _phase(rule) == phase]} for phase, title in PHASES
    ]
    context = {
        "set": found,
        "groups": [group for group in groups if group["rows"]],
        "off": sum(rule.ended_at is not None for rule in newest),
        "may_change": may_edit(steward, found),
        "may_copy": may_copy(steward),
        "used": list(Centre.objects.filter(supervision__rule_set=found).order_by("pk")[:20]),
    }
    return page(request, steward, "manage/rules/set.html", context, current="rules")


def may_edit(steward: Steward, found: RuleSet) -> bool:
    return not found.shipped and may_change(steward, Area.RULES, found.division)


def _phase(rule: Rule) -> str:
    return str(rule.body.get("phase", "during"))


def line(rule: Rule) -> dict[str, Any]:
    """A version of a rule as pages show it."""
    facts = rulebooks.facts_of_rule(rule)
    duty = [str(code) for code in rule.body.get("duty", [])]
    return {
        "rule": rule,
        "on": rule.ended_at is None,
        "subject": subject_words(rule.body),
        "kinds": kinds_words(rule.body),
        "when": facts.get("rule_trigger") or facts.get("rule_values") or "一发现",
        "level": facts["rule_level"],
        "icon": LEVEL_ICONS[rule.level],
        "tell": facts.get("rule_tell", ""),
        "duties": [{"code": code, "article": duties.article(code), "words": duties.words(code)} for code in duty],
    }


@require_safe
@managing(Area.RULES)
def rule(request: HttpRequest, steward: Steward, key: str, code: str) -> HttpResponse:
    """One rule with all its versions: alarms keep the one they were raised under."""
    found = one(sets_for(steward), key=key)
    versions = list(found.rules.filter(code=_safe(code)).annotate(raised=Count("alerts")).order_by("-version"))
    newest = one(found.rules.filter(pk__in=[version.pk for version in versions[:1]]))
    context = {
        "set": found,
        "line": line(newest),
        "versions": [{**line(version), "raised": getattr(version, "raised", 0)} for version in versions],
        "may_change": may_edit(steward, found),
        "changes": latest_changes(f"rules:{found.key}/{newest.code}"),
    }
    return page(request, steward, "manage/rules/rule.html", context, current="rules")


def _safe(code: str) -> str:
    return code.replace("\0", "")[:24]


# ---- changing ------------------------------------------------------------------------------------------------------


class CopyForm(ManagedForm):
    name = line_field("新的一套叫什么", help_text="例如：桃江县监察规则（2026）", longest=80)


@require_http_methods(METHODS)
@managing(Area.RULES, write=True)
def copy(request: HttpRequest, steward: Steward, key: str) -> HttpResponse:
    source = one(sets_for(steward), key=key)
    change = Change(
        CopyForm(request.POST if request.method == "POST" else None),
        title=f"复制「{source.name}」",
        back=HOME,
        act=lambda raw: rulebooks.copy(source, raw, by=steward),
        done="已经复制好，可以一条一条改了。改好以后，给中心换上这一套。",
        area="rules",
        after=lambda raw: {"rule_set": raw["name"], "base": source.name},
        rules=[
            "复制在用的规则，停用的不复制",
            "复制出来的一套，只有管这个地方的人能改",
            "换给中心以前，不影响任何办件",
        ],
        crumbs=[("监察规则", HOME), (source.name, f"{HOME}{source.key}/")],
        save_label="复制",
        verb="copy_rules",
    )
    return handle(request, steward, change)


class RuleForm(ManagedForm):
    """What may be changed in a rule; what it watches and which duty it serves stay."""

    def __init__(self, kept: Rule, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.rule = kept
        self.fields["name"] = line_field("规则名称", longest=80)
        if kept.kind == "time":
            self.fields["trigger"] = radio("什么时候发出", TRIGGERS)
            self.fields["number"] = _number("数字", "百分比写 1 到 99，其他写整数")
        for key in kept.body.get("values", {}):
            unit = rulebooks.VALUE_WORDS.get(key, key)
            self.fields[VALUE + key] = _amount(f"界线（{unit}）")
        self.fields["level"] = radio("级别", LEVELS, help_text="提醒和预警只告诉；黄牌、红牌要说明、认定、整改")
        self.fields["tell"] = ticks("告诉谁", list(rulebooks.TELL_WORDS.items()), required=True)
        self.fields["active"] = tick("启用这条规则", "停用以后不再发出新的；已经发出的照样要办完")

    def raw(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        values = {key.removeprefix(VALUE): told.pop(key) for key in list(told) if key.startswith(VALUE)}
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


def _initial(kept: Rule) -> dict[str, Any]:
    body = kept.body
    first = {"name": body["name"], "level": body["level"], "tell": body["tell"], "active": kept.ended_at is None}
    for key, value in (body.get("trigger") or {}).items():
        if value is not None:
            first |= {"trigger": key, "number": round(value * 100) if key == "share" else value}
    return first | {VALUE + key: value for key, value in body.get("values", {}).items()}


@require_http_methods(METHODS)
@managing(Area.RULES, write=True)
def edit(request: HttpRequest, steward: Steward, key: str, code: str) -> HttpResponse:
    """The next version of a rule, after its differences were looked at."""
    found = one(sets_for(steward), key=key, shipped=False)
    kept = one(found.rules.filter(code=_safe(code)).select_related("rule_set").order_by("-version"))
    here = f"{HOME}{found.key}/{kept.code}/"

    def act(raw: dict[str, Any]) -> object:
        return rulebooks.edit(kept, raw, by=steward, seen=seen_of(request))

    def after(raw: dict[str, Any]) -> Mapping[str, Any]:
        body, active = rulebooks.edited(kept, raw)
        return rulebooks.facts_of(kept.kind, body, active=active)

    change = Change(
        RuleForm(kept, request.POST if request.method == "POST" else None, initial=_initial(kept)),
        title=f"修改 {kept.code} {kept.name}",
        back=here,
        act=act,
        done="已经写成新的一版，从现在起按它发出。",
        area="rules",
        before=rulebooks.facts_of_rule(kept),
        after=after,
        rules=[
            "改了就是新的一版，原来的一版留着；已经发出的提醒和牌按原来那一版",
            "同一个时限、同一个到期日，同一条规则只发一次",
            f"管什么：{subject_words(kept.body)}，{kinds_words(kept.body)}。这个不能改",
        ],
        crumbs=[("监察规则", HOME), (found.name, f"{HOME}{found.key}/"), (kept.code, here)],
        verb="edit_rule",
    )
    return handle(request, steward, change)


class AssignForm(ManagedForm):
    def __init__(self, centre: Centre, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        chosen = [(one.key, one.name) for one in rulebooks.choices_for(centre)]
        self.fields["rule_set"] = pick("用哪一套规则", [("", rulebooks.FOLLOWS), *chosen], required=False)


@require_http_methods(METHODS)
@managing(Area.RULES, write=True)
def assign(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """Which book a centre is supervised by."""
    centre = one(Centre.objects.filter(held(steward, Area.RULES).on("division__code")), pk=pk)
    own = CentreRules.objects.select_related("rule_set").filter(centre=centre).first()
    names = {one.key: one.name for one in rulebooks.choices_for(centre)}
    change = Change(
        AssignForm(
            centre,
            request.POST if request.method == "POST" else None,
            initial={"rule_set": own.rule_set_id if own else ""},
        ),
        title=f"{centre.name}用哪一套监察规则",
        back=HOME,
        act=lambda raw: rulebooks.assign(centre, raw["rule_set"], by=steward),
        done="已经换好，一分钟内按新的一套发出提醒和牌。",
        area="rules",
        before={"rule_set": own.rule_set.name if own else rulebooks.FOLLOWS},
        after=lambda raw: {"rule_set": names.get(raw["rule_set"], rulebooks.FOLLOWS)},
        rules=[
            "下面的便民服务中心没有自己的一套时，跟着它",
            "已经发出的提醒和牌不变，照样要办完",
            "都没有时用通用的一套",
        ],
        crumbs=[("监察规则", HOME)],
        verb="assign_rules",
    )
    return handle(request, steward, change)
