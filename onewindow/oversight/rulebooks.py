"""Editing rule books: shipped ones stay as they are, a copy is changed rule by rule, a centre is given a book.

A change never touches a version that alarms were raised under: it ends it and writes the next.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, ValidationError

from onewindow.inputs import Input, Line, OptionalLine, as_problem, at_most
from onewindow.oversight import duties
from onewindow.oversight.models import LEVELS, CentreRules, Rule, RuleSet
from onewindow.oversight.rules import Level, Subject, Tell, TimeRule, conduct_rule, time_rule
from onewindow.oversight.shipping import shipped, write_versions
from onewindow.oversight.subjects import SUBJECTS, kinds_of, kinds_words, misfit, subject_words
from onewindow.people.changes import Area, Steward, territory
from onewindow.people.roles import LABELS, Role
from onewindow.places.changes import refuse_stale
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, RuleBroken, Stale

TriggerKind = Literal["share", "workdays_before", "workdays_after", "minutes_after"]
TELL_WORDS: Final = {
    "actor": "办件人",
    "chief": LABELS[Role.CHIEF],
    "supervisor": LABELS[Role.SUPERVISOR],
    "manager": LABELS[Role.MANAGER],
    "discipline": "纪检监察机关",
}
VALUE_WORDS: Final = {
    "workdays": "个工作日",
    "days": "天",
    "count": "件",
    "minutes": "分钟",
    "seconds": "秒",
    "times": "倍",
    "least": "件起算",
    "share": "占比，0 到 1",
}
_SHARE: Final = 100
_LARGEST: Final = 100_000


class CopyInput(Input):
    name: Annotated[Line, at_most(80)] = Field(title="新的一套叫什么")


class RuleEdit(Input):
    """What may be changed in a rule. A time rule carries a trigger, a conduct rule its values; what is left out of
    `subject`, `kinds` and `duty` stays as it was. Switching off needs a reason."""

    name: Annotated[Line, at_most(80)] = Field(title="规则名称")
    active: bool = Field(default=True, title="启用这条规则")
    trigger: TriggerKind | None = Field(default=None, title="什么时候发出")
    number: int | None = Field(default=None, ge=0, le=_LARGEST, title="数字")
    values: dict[str, float] = Field(default={}, title="界线")
    level: Level = Field(title="级别")
    tell: Annotated[list[Tell], Field(min_length=1, max_length=5)] = Field(title="告诉谁")
    subject: Subject | None = Field(default=None, title="管什么")
    kinds: Annotated[list[Line], Field(max_length=20)] = Field(default=[], title="哪些时限")
    duty: Annotated[list[Line], Field(max_length=6)] = Field(default=[], title="依据")
    reason: Annotated[OptionalLine, at_most(200)] = Field(default="", title="为什么这样改")


class RuleNew(RuleEdit):
    """A rule that no book had: limits of a subject, or a check on conduct under thresholds of its own."""

    code: Annotated[Line, StringConstraints(pattern=r"^[A-Z0-9-]{2,24}$")] = Field(title="编号")
    check: Annotated[OptionalLine, at_most(40)] = Field(default="", title="查什么")


# ---- what there is -------------------------------------------------------------------------------------------------


def in_force(rule_set: RuleSet) -> list[Rule]:
    return list(rule_set.rules.filter(ended_at=None).order_by("kind", "code"))


def latest(rule_set: RuleSet) -> list[Rule]:
    """The newest version of every rule, also of those that were switched off. One query."""
    rows = rule_set.rules.order_by("code", "-version").distinct("code")
    return sorted(rows, key=lambda rule: (rule.kind != "time", rule.code))


def facts_of(kind: str, body: Mapping[str, Any], *, active: bool = True) -> dict[str, Any]:
    """A rule in words, as pages compare it and the record of changes keeps it."""
    timed = kind == "time"
    trigger = time_rule(dict(body)).trigger.words() if timed else ""
    values = "、".join(_amount(key, number) for key, number in body.get("values", {}).items())
    facts = {
        "rule_name": body["name"],
        "rule_active": "启用" if active else "停用",
        "rule_subject": subject_words(body),
        "rule_kinds": kinds_words(body),
        "rule_trigger": trigger,
        "rule_values": values,
        "rule_level": dict(LEVELS)[body["level"]],
        "rule_tell": "、".join(TELL_WORDS.get(one, one) for one in body["tell"]),
        "rule_duty": "、".join(body["duty"]),
    }
    return {key: value for key, value in facts.items() if value}


def _amount(key: str, number: float) -> str:
    return f"占 {number:.0%}" if key == "share" else f"{number:g} {VALUE_WORDS.get(key, key)}"


def facts_of_rule(rule: Rule) -> dict[str, Any]:
    return facts_of(rule.kind, rule.body, active=rule.ended_at is None)


def edited(rule: Rule, raw: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The body a rule would have after an edit, and whether it stays on. Raises InvalidInput."""
    data = RuleEdit.parse(dict(raw))
    if not data.active and not data.reason:
        raise _wrong("reason", "停用要写为什么")
    return _body(rule.kind, rule.body, data), data.active


def designed(raw: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The kind and the body of a new rule. Raises InvalidInput."""
    data = RuleNew.parse(dict(raw))
    if data.check:
        values = _shipped_values().get(data.check)
        if values is None:
            raise _wrong("check", "没有这一种检查")
        return "conduct", _body("conduct", {"code": data.code, "check": data.check, "values": values}, data)
    if data.subject is None:
        raise _wrong("subject", "请选择管什么")
    phase = "before" if data.trigger in {"workdays_before", "share"} else "during"
    return "time", _body("time", {"code": data.code, "phase": phase}, data)


def _shipped_values() -> dict[str, dict[str, float]]:
    """The thresholds that shipped rules give each check: a new one may have others, of the same names."""
    bodies = [body for book in shipped().values() for kind, body in book["rules"] if kind == "conduct"]
    return {body["check"]: body["values"] for body in bodies}


def values_of(check: str) -> dict[str, float]:
    return dict(_shipped_values().get(check, {}))


def _body(kind: str, known: Mapping[str, Any], data: RuleEdit) -> dict[str, Any]:
    body = {**known, "name": data.name, "level": data.level, "tell": list(data.tell)}
    body["duty"] = _duty(_same(known.get("duty", []), data.duty))
    if kind == "time":
        body["subject"] = data.subject or known["subject"]
        body["kinds"] = _kinds(body["subject"], _same(known.get("kinds", []), data.kinds))
        body["trigger"] = _trigger(data)
    else:
        body["values"] = _values(known.get("values", {}), data)
    try:
        checked = time_rule(body) if kind == "time" else conduct_rule(body)
    except ValidationError as error:
        raise _named(as_problem(error)) from error
    if isinstance(checked, TimeRule) and (why := misfit(checked.subject, checked.kinds, checked.trigger)):
        raise _wrong("trigger", why)
    return checked.model_dump(mode="json")


def _same(known: Sequence[str], given: Sequence[str]) -> list[str]:
    """What was given; what was known where nothing was, or only in another order."""
    return list(known if not given or set(given) == set(known) else given)


def _kinds(subject: str, kinds: list[str]) -> list[str]:
    known = [kind.key for kind in kinds_of(subject)]
    if not kinds:
        raise _wrong("kinds", "请至少选择一个时限")
    if any(key not in known for key in kinds):
        raise _wrong("kinds", f"{SUBJECTS[subject]}没有这个时限，请重新选择")
    return list(dict.fromkeys(kinds))


def _duty(codes: list[str]) -> list[str]:
    if not codes:
        raise _wrong("duty", "请至少选择一条依据：每一条提醒和牌都要说得出依据哪一条")
    if any(code not in duties.DUTIES for code in codes):
        raise _wrong("duty", "没有这一条依据，请从列出的里面选")
    return list(dict.fromkeys(codes))


def _wrong(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, [FieldError(field, words)])


def _trigger(data: RuleEdit) -> dict[str, Any]:
    if data.trigger is None:
        raise InvalidInput("请选择什么时候发出", [FieldError("trigger", "请选择什么时候发出")])
    if data.number is None:
        raise InvalidInput("请填写数字", [FieldError("number", "请填写数字")])
    if data.trigger == "share" and not 0 < data.number < _SHARE:
        raise InvalidInput("百分比不对", [FieldError("number", "百分比要在 1 和 99 之间")])
    return {data.trigger: data.number / _SHARE if data.trigger == "share" else data.number}


def _values(known: Mapping[str, float], data: RuleEdit) -> dict[str, float]:
    wrong = [key for key in known if not 0 < data.values.get(key, known[key]) <= _LARGEST]
    if wrong or not set(data.values) <= set(known):
        named = [FieldError(f"values.{key}", "要大于 0，不能太大") for key in wrong]
        raise InvalidInput("界线不对", named or [FieldError("values", "没有这个界线")])
    return {key: float(data.values.get(key, number)) for key, number in known.items()}


def _named(problem: InvalidInput) -> InvalidInput:
    """A fault in the trigger is a fault in the number beside it."""
    errors = [FieldError("number" if e.field.startswith("trigger") else e.field, e.message) for e in problem.errors]
    return InvalidInput(problem.title, errors)


# ---- changing it ---------------------------------------------------------------------------------------------------


def home_of(by: Steward) -> str:
    """The division whose copy it will be; "" for whoever manages everything."""
    held = territory(by.actor, Area.RULES, write=True)
    return "" if held.everything or not held.divisions else min(held.divisions, key=lambda code: (len(code), code))


def copy(source: RuleSet, raw: Mapping[str, Any], *, by: Steward) -> RuleSet:
    """A book of one's own with the rules in force of another. Raises InvalidInput, Refused."""
    division = home_of(by)
    with by.change("copy_rules", Area.RULES, division, f"rules:{source.key}") as note:
        name = CopyInput.parse(dict(raw)).name
        if RuleSet.objects.filter(name=name).exists():
            raise InvalidInput("已经有叫这个名字的规则", [FieldError("name", "已经有叫这个名字的规则，请换一个")])
        made = RuleSet.objects.create(
            key=f"own-{secrets.token_hex(4)}", name=name, source=source.source, base=source, division=division
        )
        write_versions(made, [(rule.kind, rule.body) for rule in in_force(source)], by=by.actor.account)
        note.subject, note.after = f"rules:{made.key}", {"rule_set": made.name, "base": source.name}
    return made


def edit(rule: Rule, raw: Mapping[str, Any], *, by: Steward, seen: str | None = None) -> Rule:
    """Ends the version and writes the next; switching off only ends it. Raises InvalidInput, Refused, Stale."""
    kept = rule.rule_set
    with by.change("edit_rule", Area.RULES, kept.division, f"rules:{kept.key}/{rule.code}") as note:
        if kept.shipped:
            raise RuleBroken("随软件来的规则只能看。要改请先复制一份")
        RuleSet.objects.select_for_update().get(pk=kept.pk)
        now = kept.rules.filter(code=rule.code).order_by("-version").first()
        if now is None or now.version != rule.version or now.ended_at != rule.ended_at:
            raise Stale("您打开以后，有别人改过这条规则。请看一看现在的内容，再改一次")
        note.before = facts_of_rule(now)
        refuse_stale(note.before, seen)
        body, active = edited(now, raw)
        note.after = facts_of(now.kind, body, active=active)
        if note.before == note.after:
            return now
        reason = RuleEdit.parse(dict(raw)).reason
        note.after |= {"reason": reason} if reason else {}
        return _next(now, body, by, reason, active=active)


def add(rule_set: RuleSet, raw: Mapping[str, Any], *, by: Steward) -> Rule:
    """A rule that the book did not have. Raises InvalidInput, Refused."""
    with by.change("add_rule", Area.RULES, rule_set.division, f"rules:{rule_set.key}") as note:
        if rule_set.shipped:
            raise RuleBroken("随软件来的规则只能看。要改请先复制一份")
        RuleSet.objects.select_for_update().get(pk=rule_set.pk)
        kind, body = designed(raw)
        _refuse_known(rule_set, body["code"])
        reason = RuleNew.parse(dict(raw)).reason
        note.subject, note.after = f"rules:{rule_set.key}/{body['code']}", facts_of(kind, body)
        note.after |= {"reason": reason} if reason else {}
        (made,) = write_versions(rule_set, [(kind, body)], by=by.actor.account, reason=reason)
    return made


def _refuse_known(rule_set: RuleSet, code: str) -> None:
    """A code is one rule's for good; one of a shipped rule would be taken for that rule when a centre changes books."""
    if rule_set.rules.filter(code=code).exists():
        raise _wrong("code", "这一套里已经有这个编号，请换一个")
    if any(body["code"] == code for book in shipped().values() for _, body in book["rules"]):
        raise _wrong("code", "这个编号是随软件来的规则用的，请换一个")


def free_code(rule_set: RuleSet) -> str:
    """A code nobody has used in the book. One query."""
    used = set(rule_set.rules.values_list("code", flat=True))
    return next(code for n in count(1) if (code := f"OWN-{n}") not in used)


def _next(now: Rule, body: dict[str, Any], by: Steward, reason: str, *, active: bool) -> Rule:
    if now.ended_at is None:
        Rule.objects.filter(pk=now.pk).update(ended_at=by.now)
    (made,) = write_versions(now.rule_set, [(now.kind, body)], by=by.actor.account, reason=reason)
    if not active:
        Rule.objects.filter(pk=made.pk).update(ended_at=by.now)
    return Rule.objects.select_related("rule_set").get(pk=made.pk)


def assign(centre: Centre, key: str, *, by: Steward) -> None:
    """The book a centre is supervised by; "" follows the place above. Raises InvalidInput, Refused."""
    with by.change("assign_rules", Area.RULES, centre.division_id, f"centre:{centre.pk}") as note:
        chosen = None
        if key:
            chosen = next((one for one in choices_for(centre) if one.key == key), None)
            if chosen is None:
                raise InvalidInput("没有这套规则", [FieldError("rule_set", "没有这套规则，请重新选择")])
        own = CentreRules.objects.select_related("rule_set").filter(centre=centre).first()
        note.before = {"rule_set": own.rule_set.name if own else FOLLOWS}
        note.after = {"rule_set": chosen.name if chosen else FOLLOWS}
        if chosen is None:
            CentreRules.objects.filter(centre=centre).delete()
        else:
            CentreRules.objects.update_or_create(centre=centre, defaults={"rule_set": chosen})


FOLLOWS: Final = "跟上级中心一样"


def choices_for(centre: Centre) -> list[RuleSet]:
    """Shipped books, and copies of the places the centre lies in."""
    books = RuleSet.objects.order_by("-shipped", "name")
    return [one for one in books if one.shipped or centre.division_id.startswith(one.division)]


__all__ = [
    "FOLLOWS",
    "TELL_WORDS",
    "VALUE_WORDS",
    "add",
    "assign",
    "choices_for",
    "copy",
    "designed",
    "edit",
    "edited",
    "facts_of",
    "facts_of_rule",
    "free_code",
    "home_of",
    "in_force",
    "latest",
    "values_of",
]
