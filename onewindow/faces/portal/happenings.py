"""Each event of a case in the applicant's words. Steps inside the offices that change nothing for them stay out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case, CaseEvent
from onewindow.faces.design.words import cn_date
from onewindow.people.roles import Role

_OURS = frozenset({Role.CLERK.value, Role.TOWNSHIP_CLERK.value, Role.EXIT_CLERK.value, Role.HELPER.value})


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the timeline (design component `timeline`)."""

    title: str
    body: str = ""
    at: datetime | None = None
    who: str = ""
    tone: str = "done"
    icon: str = ""
    url: str = ""
    link: str = ""


def happening(case: Case, event: CaseEvent, *, own: bool) -> Happening | None:
    """None for what stays inside. `own` adds what only the applicant should read (reasons)."""
    made = _TOLD.get(Action(event.action))
    told = made(case, event.data, own) if made else None
    if told is None:
        return None
    title, body, tone, icon = told
    paper = (event.data.get("papers") or [None])[0]
    url, link = ("", "")
    if paper:
        url, link = f"/verify/{paper['code']}", "核对文书"
        if own:
            url, link = f"/my/{case.number}/papers/{paper['code']}.pdf", "看文书"
    return Happening(title, body, event.at, _by(case, event), tone, icon, url, link)


def _by(case: Case, event: CaseEvent) -> str:
    """The body or post that acted."""
    if event.role == Role.APPLICANT.value:
        return "您"
    if event.role == Role.SYSTEM.value:
        return "系统"
    return str(case.centre.name) if event.role in _OURS else str(case.department.name)


Told = tuple[str, str, str, str]
_Teller = Callable[[Case, dict[str, Any], bool], Told | None]


def _plain(title: str, body: str = "", tone: str = "done", icon: str = "") -> _Teller:
    return lambda case, data, own: (title, body, tone, icon)


def _reason(title: str, tone: str, icon: str = "") -> _Teller:
    return lambda case, data, own: (title, str(data.get("reason", "")) if own else "", tone, icon)


def _receive(case: Case, data: dict[str, Any], own: bool) -> Told:
    online = case.told.submitted_at is not None
    return ("材料看过了，已收件" if online else "收到您的申请", "", "done", "inbox")


def _notice(case: Case, data: dict[str, Any], own: bool) -> Told:
    names = "、".join(row["name"] for row in data["missing"])
    return (f"还差 {len(data['missing'])} 份材料", f"{names}。请在 {cn_date(data['until'])} 前补齐。", "soon", "file-x")


def _accept(case: Case, data: dict[str, Any], own: bool) -> Told:
    deemed = "没有按时告知，依法从收到申请那天起算受理。" if data.get("deemed") else ""
    later = "有材料可以后补。" if data.get("deferred") else ""
    return ("已受理", deemed + later, "ontime", "clipboard-check")


def _refuse(case: Case, data: dict[str, Any], own: bool) -> Told:
    return (
        "不予受理",
        f"请向 {data.get('authority', '')} 申请。" + (data["reason"] if own else ""),
        "late",
        "circle-x",
    )


def _transfer(case: Case, data: dict[str, Any], own: bool) -> Told:
    return ("转到另一个部门办理", data.get("reason", "") if own else "", "done", "git-branch")


def _step(case: Case, data: dict[str, Any], own: bool) -> Told | None:
    name = data.get("step_name", "")
    return (f"「{name}」办完了", "", "done", "check") if name else None


def _open(case: Case, data: dict[str, Any], own: bool) -> Told:
    one = data["procedure"]
    rule = "办理时限照常计算。" if one.get("counts") else "这段时间办理时限暂停，不占用您的时间。"
    return (f"开始{one['name']}", rule, "paused", "users")


def _close(case: Case, data: dict[str, Any], own: bool) -> Told:
    index = data.get("index", -1)
    procedures = case.told.procedures
    name = procedures[index]["name"] if 0 <= index < len(procedures) else "特别程序"
    return (f"{name}结束", "", "done", "check")


def _extend(case: Case, data: dict[str, Any], own: bool) -> Told:
    return ("办理时间延长了一次", data["extension"].get("reason", "") if own else "", "soon", "hourglass")


def _decide(case: Case, data: dict[str, Any], own: bool) -> Told:
    if data["outcome"] == "deny":
        reason = data.get("opinion", "") if own else "理由写在决定书里。"
        return ("决定：不予批准", reason, "late", "gavel")
    commitment = "按您的承诺当场批准，以后会核查。" if data["outcome"] == "grant_on_commitment" else ""
    return ("决定：批准", commitment, "ontime", "gavel")


def _courier(case: Case, data: dict[str, Any], own: bool) -> Told:
    return ("已寄出", f"{data.get('company', '')} {data.get('courier_number', '')}", "done", "truck-delivery")


def _forward(case: Case, data: dict[str, Any], own: bool) -> Told:
    return ("转报上级机关", f"由 {data.get('authority', '')} 继续办理。", "done", "send")


_TOLD: dict[Action, _Teller] = {
    Action.SUBMIT: _plain("您提交了申请", icon="send"),
    Action.RETURN_FOR_COMPLETION: _reason("退回请您补充", "soon", "arrow-back-up"),
    Action.RECEIVE: _receive,
    Action.CORRECT_ON_SPOT: _plain("当场更正了一处错误", icon="edit"),
    Action.GIVE_NOTICE: _notice,
    Action.SUPPLY: _plain("材料已补齐", tone="ontime", icon="file-plus"),
    Action.ACCEPT: _accept,
    Action.ACCEPT_DEFERRED: _accept,
    Action.DEEM_ACCEPTED: _accept,
    Action.FIND_NOT_REQUIRED: _reason("告知：不需要办理", "done", "info-circle"),
    Action.REFUSE_ACCEPTANCE: _refuse,
    Action.TRANSFER: _transfer,
    Action.SIGN: _plain("部门开始审查", icon="writing-sign"),
    Action.PASS_STEP: _step,
    Action.OPEN_PROCEDURE: _open,
    Action.CLOSE_PROCEDURE: _close,
    Action.EXTEND: _extend,
    Action.DECIDE: _decide,
    Action.ISSUE: _plain("证照制作完成", icon="certificate"),
    Action.MAKE_READY: _plain("结果准备好了", tone="ontime", icon="package"),
    Action.HAND_OUT: _plain("结果已交给领取人", tone="ontime", icon="circle-check"),
    Action.SEND_BY_COURIER: _courier,
    Action.CONFIRM_DELIVERY: _plain("已签收", tone="ontime", icon="circle-check"),
    Action.DELIVER_ELECTRONICALLY: _plain("电子结果已送到您的空间", tone="ontime", icon="circle-check"),
    Action.WITHDRAW: _reason("撤回了申请", "done", "arrow-back-up"),
    Action.DEEM_WITHDRAWN: _reason("视为撤回", "late", "clock"),
    Action.TERMINATE: _reason("终止办理", "done", "circle-x"),
    Action.FORWARD: _forward,
    Action.SUPPLY_DEFERRED: _plain("后补的材料已交", tone="ontime", icon="file-plus"),
    Action.CHECK_COMMITMENT: _plain("核查了您的承诺", icon="search"),
    Action.URGE: _plain("催办了一次", "中心已催促经办部门。", "soon", "bell"),
    Action.RECOMPUTE: _plain("放假安排公布，到期日重新算过", icon="calendar"),
    Action.REVOKE: _reason("撤销了原来的决定", "late", "alert-circle"),
}
