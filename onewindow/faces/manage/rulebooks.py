"""`/manage/rules/`: by which rules each centre is supervised. Shipped books are read, copies edited rule by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import held, managing, may_change, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, pick
from onewindow.faces.manage.labels import Names
from onewindow.faces.manage.lists import page_of, words
from onewindow.faces.manage.page import page
from onewindow.oversight import duties, rulebooks
from onewindow.oversight.books import books
from onewindow.oversight.models import CentreRules, Rule, RuleSet
from onewindow.oversight.shipping import DEFAULT
from onewindow.oversight.subjects import kinds_words, subject_words
from onewindow.people.changes import Area, Steward
from onewindow.places.models import Centre

HOME: Final = "/manage/rules/"
METHODS: Final = ["GET", "HEAD", "POST"]
PHASES: Final = [("before", "事前提醒"), ("during", "事中监察"), ("after", "事后监察")]
LEVEL_ICONS: Final = {"remind": "bell", "warn": "alert-triangle", "yellow": "flag", "red": "hand-stop"}


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
    rows = found.rules.filter(code=safe(code)).select_related("said_by").annotate(raised=Count("alerts"))
    versions = list(rows.order_by("-version"))
    newest = one(found.rules.filter(pk__in=[version.pk for version in versions[:1]]))
    context = {
        "set": found,
        "line": line(newest),
        "versions": _versions(versions),
        "may_change": may_edit(steward, found),
    }
    return page(request, steward, "manage/rules/rule.html", context, current="rules")


def _versions(newest_first: Sequence[Rule]) -> list[dict[str, Any]]:
    """Every version with what it changed in the one before, who said so and why."""
    facts = [rulebooks.facts_of(one.kind, one.body, active=_was_on(one)) for one in newest_first]
    return [
        {
            **line(one),
            "raised": getattr(one, "raised", 0),
            "differences": Names().differences(facts[at + 1], facts[at]) if at + 1 < len(facts) else [],
        }
        for at, one in enumerate(newest_first)
    ]


def _was_on(one: Rule) -> bool:
    """Whether the version ever was in force; one that only switches off ends the moment it is written."""
    return one.ended_at is None or (one.ended_at - one.said_at).total_seconds() > 1


def safe(code: str) -> str:
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
