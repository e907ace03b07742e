"""The decision and what follows from it: grant, deny, grant on commitment, certificate, terminate, forward, revoke."""

from __future__ import annotations

import calendar as months
from datetime import date
from typing import Any

from onewindow.cases import inputs, papers
from onewindow.cases.actions.engine import Outcome, Work, verb
from onewindow.cases.actions.examination import closed_procedures, not_twice, on_my_desk, opinion
from onewindow.cases.actions.intake import tell
from onewindow.cases.lifecycle import Action, State
from onewindow.cases.steps import may_decide_at
from onewindow.clocks.clock import local_date
from onewindow.papers.render import PaperKind
from onewindow.people.roles import Role
from onewindow.problems import FieldError, InvalidInput, Refused, RuleBroken

_RECEIVERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
_START_WITHIN = 5 * 366


def _decidable(work: Work) -> str | None:
    """What stands in the way of any decision; on commitment the steps need not be done."""
    _apart(work)
    closed_procedures(work)
    if not work.rules.spec.commitment:
        _steps_done(work)
    return None


@verb(Action.DECIDE, inputs.DecideInput, allowed=_decidable)
def decide(work: Work, data: inputs.DecideInput) -> Outcome:
    """The written decision (行政许可法 art. 34, 37, 38). The receiver decides only immediate items."""
    if data.outcome == "grant_on_commitment":
        return _grant_on_commitment(work, data)
    _steps_done(work)
    return _deny(work, data) if data.outcome == "deny" else _grant(work, data)


def _apart(work: Work) -> None:
    """受办分离 (HN art. 16): a receiver decides only immediate items, under a letter that says so."""
    receiving = work.permit.role in _RECEIVERS or work.account == work.facts.received_by
    if not receiving:
        return
    letter = work.permit.letter
    if not (work.rules.spec.immediate and letter is not None and letter.immediate):
        raise Refused("谁收件谁不能作决定；只有授权当场办结的即办件例外")


def _steps_done(work: Work) -> None:
    spec, facts = work.rules.spec, work.facts
    if facts.state == State.ACCEPTED and not (spec.immediate and may_decide_at(spec, 0)):
        raise RuleBroken("还没有签收和审查，不能作决定")
    if not may_decide_at(spec, facts.step):
        node = spec.nodes[facts.step].name
        raise RuleBroken(f"还在「{node}」环节，公布的环节没有办完，不能作决定")
    if work.permit.role not in _RECEIVERS:
        if facts.state == State.EXAMINING:
            on_my_desk(work)
        not_twice(work)


def _granted(work: Work, on_commitment: bool) -> dict[str, Any]:
    result = work.rules.spec.result
    ready = papers.due_after(work, work.rules.profile.delivery_workdays, "workday", local_date(work.now))
    return {"result_name": result.name or "", "ready_by": ready, "on_commitment": on_commitment}


def _grant(work: Work, data: inputs.DecideInput) -> Outcome:
    basis = list(data.legal_basis) or papers.legal_basis(work.rules.spec)
    paper = papers.draft(work, PaperKind.GRANT, legal_basis=basis, granted=_granted(work, False))
    content = {**opinion(work, data.opinion), "outcome": "grant", "legal_basis": basis}
    return Outcome(content, papers=[paper], messages=tell(work, "granted"))


def _deny(work: Work, data: inputs.DecideInput) -> Outcome:
    """A denial says why, on what law, and where to go against it (行政许可法 art. 38(2))."""
    if not data.legal_basis:
        raise InvalidInput("不予决定要写明法律依据", [FieldError("legal_basis", "请写明依据的法律和条款")])
    paper = papers.draft(
        work,
        PaperKind.DENIAL,
        reasons=[data.opinion],
        legal_basis=list(data.legal_basis),
        remedies=papers.remedies(work),
    )
    content = {**opinion(work, data.opinion), "outcome": "deny", "legal_basis": list(data.legal_basis)}
    return Outcome(content, papers=[paper], messages=tell(work, "denied"))


def _grant_on_commitment(work: Work, data: inputs.DecideInput) -> Outcome:
    """告知承诺: decided at once on a signed commitment; a later check is scheduled."""
    spec = work.rules.spec
    if not spec.commitment or spec.commitment_rule is None:
        raise RuleBroken("这个事项不实行告知承诺")
    if not data.committed:
        raise InvalidInput("申请人还没有签署告知承诺书", [FieldError("committed", "请先由申请人签署")])
    rule = spec.commitment_rule
    basis = papers.legal_basis(spec)
    commitment = {
        "conditions": list(spec.conditions),
        "post_check": rule.post_check or "决定后核查承诺是否属实",
        "consequence": "承诺不属实的，限期整改或者撤销决定，并记入信用记录",
    }
    drafts = [
        papers.draft(
            work,
            PaperKind.COMMITMENT,
            commitment=commitment,
            legal_basis=[rule.legal_basis or "事项公布的告知承诺办法"],
        ),
        papers.draft(work, PaperKind.GRANT, legal_basis=basis, granted=_granted(work, True)),
    ]
    content = {
        **opinion(work, data.opinion),
        "outcome": "grant_on_commitment",
        "legal_basis": basis,
        "commitment": {"post_check": rule.post_check or "", "excluded": rule.excluded or ""},
    }
    return Outcome(content, papers=drafts, messages=tell(work, "granted"))


def _to_issue(work: Work) -> str | None:
    if not work.facts.outcome.startswith("grant"):
        return "没有准予，不需要制证"
    if work.rules.spec.result.kind == "无":
        return "这个事项不发证照"
    if work.facts.deferred:
        return "容缺材料还没有补齐，补齐以后再制证"
    return None


@verb(Action.ISSUE, inputs.IssueInput, allowed=_to_issue)
def issue(work: Work, data: inputs.IssueInput) -> Outcome:
    """Makes the certificate, sealed by the department and not by the centre (行政许可法 art. 39)."""
    result = work.rules.spec.result
    start = data.valid_from or local_date(work.now)
    if abs((start - local_date(work.now)).days) > _START_WITHIN:
        raise InvalidInput("有效期不对", [FieldError("valid_from", "起始日期离今天超过五年，请核对")])
    until = data.valid_until or (_months_later(start, result.validity_months) if result.validity_months else None)
    if until is not None and until < start:
        raise InvalidInput("有效期不对", [FieldError("valid_until", "截止日期早于起始日期")])
    serial = "" if data.number else papers.take_serial(work, PaperKind.CERTIFICATE)
    number = data.number or serial
    name = result.name or work.rules.spec.name
    rows = [("事项", work.rules.spec.name), *data.content.items()]
    paper = papers.draft(
        work,
        PaperKind.CERTIFICATE,
        serial,
        title=name,
        certificate={
            "number": number,
            "holder": str(work.case.applicant.name),
            "rows": rows,
            "valid_from": start,
            "valid_until": until,
        },
    )
    content = {
        "number": number,
        "name": name,
        "valid_from": start.isoformat(),
        "valid_until": until.isoformat() if until else None,
        "at": work.now.isoformat(),
    }
    return Outcome({"certificate": content}, papers=[paper])


def _months_later(start: date, n: int) -> date:
    """The corresponding day n months later, or the month's last day."""
    year, month = divmod(start.month - 1 + n, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, months.monthrange(year, month)[1]))


def _no_check(work: Work) -> str | None:
    if work.facts.commitment is None:
        return "这个办件没有实行告知承诺"
    return "已经核查过了" if work.facts.commitment["checked_at"] else None


@verb(Action.CHECK_COMMITMENT, inputs.CheckCommitmentInput, allowed=_no_check)
def check_commitment(work: Work, data: inputs.CheckCommitmentInput) -> Outcome:
    return Outcome({"result": data.result, "note": data.note})


@verb(Action.TERMINATE, inputs.ReasonInput)
def terminate(work: Work, data: inputs.ReasonInput) -> Outcome:
    return Outcome({"reason": data.reason}, messages=tell(work, "terminated"))


@verb(Action.FORWARD, inputs.RefuseInput)
def forward(work: Work, data: inputs.RefuseInput) -> Outcome:
    """转报: the case goes on with a higher body; the applicant hears which one."""
    content = {"reason": data.reason, "authority": data.authority}
    return Outcome(content, messages=tell(work, "forwarded"))


REVOCABLE = frozenset({PaperKind.GRANT.value, PaperKind.CERTIFICATE.value})
"""What a revocation takes back; receipts and notices stay true."""


@verb(Action.REVOKE, inputs.RevokeInput)
def revoke(work: Work, data: inputs.RevokeInput) -> Outcome:
    """Takes a decision back, with reasons and the law (行政许可法 art. 69)."""
    content = {"reason": data.reason, "legal_basis": list(data.legal_basis)}
    return Outcome(content, messages=tell(work, "revoked"), revokes=REVOCABLE)
