"""The ledger of a case told in sentences: who, in which post, under which letter, did what, and which dates moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.cases.models import Case, CaseEvent
from onewindow.catalogue.spec import ItemSpec
from onewindow.faces.design.words import cn_short_date
from onewindow.faces.desk.phrases import ACTION_ICONS, CHANNEL_LABELS
from onewindow.papers.render import PAPER_TITLES, PaperKind
from onewindow.people.models import Account
from onewindow.places.models import Department

Data = dict[str, Any]
_LIMITS: Final = {
    "prereview": "网上预审",
    "notice": "一次性告知",
    "local_notice": "一次性告知（本地要求）",
    "correction": "申请人补正",
    "acceptance": "补正后受理",
    "statutory": "法定时限",
    "promised": "承诺时限",
    "sign": "部门签收",
    "step": "本环节",
    "procedure": "特别程序",
    "delivery": "送达",
    "commitment_check": "承诺核查",
    "deferred": "容缺材料",
    "assist": "协办答复",
}
_TONES: Final = {
    Action.ACCEPT: "ontime",
    Action.ACCEPT_DEFERRED: "ontime",
    Action.DEEM_ACCEPTED: "soon",
    Action.GIVE_NOTICE: "soon",
    Action.OPEN_PROCEDURE: "paused",
    Action.EXTEND: "soon",
    Action.REFUSE_ACCEPTANCE: "late",
    Action.FIND_NOT_REQUIRED: "late",
    Action.TERMINATE: "late",
    Action.REVOKE: "late",
    Action.URGE: "late",
    Action.DECIDE: "primary",
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names behind the numbers that events carry."""

    accounts: dict[int, str]
    departments: dict[int, str]
    materials: dict[str, str]


def names_for(case: Case, events: Iterable[CaseEvent]) -> Names:
    """At most one query each for accounts and departments, none when nothing is named."""
    people: set[int] = set()
    places: set[int] = set()
    for event in events:
        people.update(n for n in (event.data.get("to"), event.data.get("next")) if isinstance(n, int))
        if event.action in {Action.TRANSFER, Action.ASSIST}:
            places.add(event.data["department"])
    people.update(opinion["by"] for opinion in case.told.opinions if opinion["by"])
    places.update(assist["department"] for assist in case.told.assists)
    accounts = dict(Account.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
    departments = dict(Department.objects.filter(pk__in=places).values_list("pk", "name")) if places else {}
    return Names(accounts, departments, {m.key: m.name for m in case.version_spec.materials})


def timeline(case: Case, events: Sequence[CaseEvent], names: Names) -> list[dict[str, Any]]:
    """Newest first, in the form of the design's `timeline` tag."""
    return [_line(case, event, names) for event in reversed(events)]


def _line(case: Case, event: CaseEvent, names: Names) -> dict[str, Any]:
    action = Action(event.action)
    return {
        "title": title(event),
        "at": event.at,
        "who": who(event),
        "body": "\n".join(line for line in _body(case.version_spec, event, names) if line),
        "tone": _TONES.get(action, "done"),
        "icon": ACTION_ICONS.get(action, "check"),
    }


def title(event: CaseEvent) -> str:
    label = MOVES[Action(event.action)].label
    if event.action == Action.DECIDE:
        return _OUTCOMES.get(event.data.get("outcome", ""), label)
    if event.action == Action.ACCEPT and event.data.get("deemed"):
        return "视为受理"
    return label


def who(event: CaseEvent) -> str:
    """陈窗（综合窗口受理员，授权书 桃授〔2026〕3号）· 窗口."""
    person = event.actor.name if event.actor else "系统"
    post = event.role_label if event.actor else ""
    letter = f"授权书 {event.letter.number}" if event.letter else ""
    inside = "，".join(part for part in (post, letter) if part)
    channel = CHANNEL_LABELS.get(event.channel, event.channel)
    return f"{person}{f'（{inside}）' if inside else ''} · {channel}"


def _body(spec: ItemSpec, event: CaseEvent, names: Names) -> Iterable[str]:
    data = event.data
    teller = _TELLERS.get(Action(event.action))
    if teller is not None:
        yield from teller(data, names)
    for key in ("reason", "opinion", "note", "question", "answer", "result"):
        if isinstance(data.get(key), str) and data[key] and key not in _TOLD.get(event.action, ()):
            yield data[key]
    if papers := data.get("papers"):
        yield "出具：" + "、".join(f"{PAPER_TITLES[PaperKind(p['kind'])]}（{p['number']}）" for p in papers)
    if due := data.get("due"):
        yield "时限：" + "，".join(_moved(kind, when) for kind, when in due.items())


def _moved(kind: str, when: str) -> str:
    label = _LIMITS.get(kind.partition("/")[0], kind)
    return f"{label}暂停" if when == "暂停" else f"{label}到{cn_short_date(when)}"


_OUTCOMES: Final = {"grant": "准予", "deny": "不予", "grant_on_commitment": "按告知承诺准予"}


def _materials(data: Data, names: Names) -> Iterable[str]:
    given = [names.materials.get(key, key) for key in data.get("materials", {})]
    if given:
        yield f"收到 {len(given)} 份材料：" + "、".join(given)


def _notice(data: Data, names: Names) -> Iterable[str]:
    for row in data["missing"]:
        yield f"《{row['name']}》{row['problem']}"
    yield f"补正到{cn_short_date(data['until'])}"
    if data.get("asked_though_held"):
        yield "其中有中心已经持有的材料，已记录"
    if data.get("forced_reason"):
        yield f"再次告知的理由：{data['forced_reason']}"


def _accepted(data: Data, names: Names) -> Iterable[str]:
    if data.get("deemed"):
        yield f"没有按时告知，自{cn_short_date(data['accepted_on'])}起视为受理（{data.get('rule', '')}）"
    for key, until in data.get("deferred", {}).items():
        yield f"容缺：{names.materials.get(key, key)}，{cn_short_date(until)}前补齐"


def _to(data: Data, names: Names) -> Iterable[str]:
    yield f"交给{names.accounts.get(data['to'], '同事')}"


def _department(data: Data, names: Names) -> Iterable[str]:
    yield names.departments.get(data["department"], "")


def _step(data: Data, names: Names) -> Iterable[str]:
    yield f"环节：{data['step_name']}"


def _procedure(data: Data, names: Names) -> Iterable[str]:
    row = data["procedure"]
    yield f"{row['name']}，{'计入' if row['counts'] else '不计入'}办理时限"
    if row["officers"]:
        yield "工作人员：" + "、".join(row["officers"])


def _extension(data: Data, names: Names) -> Iterable[str]:
    row = data["extension"]
    yield f"由{row['approver']}批准。{row['reason']}"


def _certificate(data: Data, names: Names) -> Iterable[str]:
    row = data["certificate"]
    until = f"，有效期到{cn_short_date(row['valid_until'])}" if row["valid_until"] else ""
    yield f"{row['name']}，编号 {row['number']}{until}"


def _courier(data: Data, names: Names) -> Iterable[str]:
    yield f"{data['company']}，单号 {data['courier_number']}"


def _delivery(data: Data, names: Names) -> Iterable[str]:
    methods = {"counter": "窗口领取", "courier": "邮寄签收", "electronic": "电子送达"}
    yield f"{methods.get(data['delivery']['method'], '')}，领取人与申请人的关系：{data['delivery']['relation']}"


def _check(data: Data, names: Names) -> Iterable[str]:
    yield {"true": "承诺属实", "mend": "需要限期整改", "false": "承诺不属实"}.get(data["result"], "")


def _forward(data: Data, names: Names) -> Iterable[str]:
    yield f"应当向{data['authority']}申请"


_TELLERS: Final[dict[Action, Callable[[Data, Names], Iterable[str]]]] = {
    Action.SUBMIT: _materials,
    Action.RECEIVE: _materials,
    Action.CORRECT_ON_SPOT: _materials,
    Action.SUPPLY: _materials,
    Action.SUPPLY_DEFERRED: _materials,
    Action.GIVE_NOTICE: _notice,
    Action.ACCEPT: _accepted,
    Action.ACCEPT_DEFERRED: _accepted,
    Action.DEEM_ACCEPTED: _accepted,
    Action.DISPATCH: _to,
    Action.REASSIGN: _to,
    Action.TRANSFER: _department,
    Action.ASSIST: _department,
    Action.PASS_STEP: _step,
    Action.SEND_BACK_STEP: _step,
    Action.OPEN_PROCEDURE: _procedure,
    Action.EXTEND: _extension,
    Action.ISSUE: _certificate,
    Action.SEND_BY_COURIER: _courier,
    Action.HAND_OUT: _delivery,
    Action.CONFIRM_DELIVERY: _delivery,
    Action.DELIVER_ELECTRONICALLY: _delivery,
    Action.CHECK_COMMITMENT: _check,
    Action.REFUSE_ACCEPTANCE: _forward,
    Action.FORWARD: _forward,
}
_TOLD: Final[dict[str, tuple[str, ...]]] = {Action.CHECK_COMMITMENT: ("result",)}


def day_of(text: str) -> date:
    return date.fromisoformat(text[:10])
