"""From acceptance to decision: dispatch, sign, the listed steps, special procedures, extension, assistance."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from onewindow.cases import inputs, papers
from onewindow.cases.actions.engine import Outcome, Work, verb
from onewindow.cases.actions.intake import tell
from onewindow.cases.lifecycle import Action
from onewindow.cases.limits import clock_start, main_limit
from onewindow.cases.projection import Json
from onewindow.cases.steps import may_decide_at, node_roles
from onewindow.catalogue.spec import Procedure
from onewindow.clocks import clock
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, local_date
from onewindow.exchange.outbox import Message
from onewindow.papers.render import PaperKind
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Department
from onewindow.problems import FieldError, InvalidInput, Refused, RuleBroken

_HEARING_NOTICE = 7


def on_my_desk(work: Work) -> None:
    """The present node belongs to this role, and to this person when it has been signed for or assigned."""
    roles = node_roles(work.rules.spec, work.facts.step)
    if work.permit.role not in roles:
        raise Refused(f"现在是{LABELS[roles[0]]}的环节，{LABELS[work.permit.role]}不能办理")
    owner = work.facts.assignee
    if owner is None or owner == work.account:
        return
    covered = work.permit.posting.covers if work.permit.posting else None
    if covered is None or covered.account_id != owner:
        raise Refused("这个办件已经由别的同事签收，请先改派")


def not_twice(work: Work) -> None:
    """Two nodes are two pairs of eyes: who passed one in this round does not do the next."""
    done = {o["by"] for o in work.facts.opinions if o["result"] == "pass" and o["step"] < work.facts.step}
    if work.account in done:
        raise Refused("您已经办过上一个环节，下一个环节要由另一位同事办理")


def colleague(work: Work, username: str, roles: tuple[Role, ...]) -> int:
    """The account of a colleague in the department in one of the roles. Raises InvalidInput."""
    found = (
        Posting.objects.valid_on(local_date(work.now))
        .filter(account__username=username, department_id=work.case.department_id, role__in=[r.value for r in roles])
        .first()
    )
    if found is None:
        names = "或".join(LABELS[role] for role in roles)
        raise InvalidInput("不能交给这位同事", [FieldError("to", f"请选本部门在岗的{names}")])
    return int(found.account_id)


@verb(Action.DISPATCH, inputs.AssignInput)
def dispatch(work: Work, data: inputs.AssignInput) -> Outcome:
    to = colleague(work, data.to, node_roles(work.rules.spec, work.facts.step))
    return Outcome({"to": to, "note": data.note})


def _given_to_me(work: Work) -> str | None:
    if work.facts.assignee is None:
        return "这个办件还没有分办"
    if work.facts.assignee != work.account:
        raise Refused("这个办件没有分给您")
    return None


@verb(Action.RETURN_DISPATCH, inputs.ReasonInput, allowed=_given_to_me)
def return_dispatch(work: Work, data: inputs.ReasonInput) -> Outcome:
    return Outcome({"reason": data.reason})


@verb(Action.REASSIGN, inputs.AssignInput)
def reassign(work: Work, data: inputs.AssignInput) -> Outcome:
    to = colleague(work, data.to, node_roles(work.rules.spec, work.facts.step))
    return Outcome({"to": to, "note": data.note})


@verb(Action.TRANSFER, inputs.TransferInput)
def transfer(work: Work, data: inputs.TransferInput) -> Outcome:
    found = department(data.department)
    if found.pk == work.case.department_id:
        raise InvalidInput("办件已经在这个部门", [FieldError("department", "请选另一个部门")])
    return Outcome({"department": found.pk, "reason": data.reason})


def department(code: str) -> Department:
    found = Department.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise InvalidInput("没有这个部门", [FieldError("department", "请从列表里选一个部门")])
    return found


@verb(Action.ASSIST, inputs.AssistInput)
def assist(work: Work, data: inputs.AssistInput) -> Outcome:
    """Asks another department; the clock of the case goes on meanwhile."""
    other = department(data.department)
    if other.pk == work.case.department_id:
        raise InvalidInput("不能请本部门协办", [FieldError("department", "请选另一个部门")])
    if any(a["department"] == other.pk for a in work.facts.open_assists):
        raise RuleBroken(f"已经请{other.name}协办，还没有答复")
    limit = Limit(work.rules.profile.assist_workdays, Unit.WORKDAY)
    by = clock.due(limit, local_date(work.now), calendar=work.rules.calendar).date
    content = {"department": other.pk, "question": data.question, "reply_by": by.isoformat() if by else ""}
    return Outcome(content, messages=[Message("department.assist", work.case.number, {"department": other.code})])


@verb(Action.ANSWER_ASSIST, inputs.AnswerAssistInput)
def answer_assist(work: Work, data: inputs.AnswerAssistInput) -> Outcome:
    mine = work.permit.posting.department_id if work.permit.posting else None
    for index, asked in enumerate(work.facts.assists):
        if asked["department"] == mine and asked["answered_at"] is None:
            return Outcome({"index": index, "answer": data.answer})
    raise RuleBroken("没有等您部门答复的协办")


def _mine(work: Work) -> str | None:
    """As `on_my_desk`, for the list of what may be done now."""
    on_my_desk(work)
    return None


@verb(Action.SIGN, inputs.NoInput, allowed=_mine)
def sign(work: Work, data: inputs.NoInput) -> Outcome:
    return Outcome()


def opinion(work: Work, text: str) -> Json:
    nodes = work.rules.spec.nodes
    name = nodes[work.facts.step].name if work.facts.step < len(nodes) else "决定"
    return {"step": work.facts.step, "step_name": name, "opinion": text}


def _passable(work: Work) -> str | None:
    if work.facts.step >= len(work.rules.spec.nodes):
        return "所有环节都已办完，请作出决定"
    if may_decide_at(work.rules.spec, work.facts.step):
        return "这是最后一个环节，请作出决定"
    on_my_desk(work)
    not_twice(work)
    closed_procedures(work)
    return None


@verb(Action.PASS_STEP, inputs.OpinionInput, allowed=_passable)
def pass_step(work: Work, data: inputs.OpinionInput) -> Outcome:
    """Gives an opinion and moves to the next listed step; none can be skipped."""
    return Outcome(opinion(work, data.opinion))


@verb(
    Action.SEND_BACK_STEP,
    inputs.OpinionInput,
    allowed=lambda work: _mine(work) if work.facts.step else "已经是第一个环节",
)
def send_back_step(work: Work, data: inputs.OpinionInput) -> Outcome:
    earlier = [o["by"] for o in work.facts.opinions if o["step"] == work.facts.step - 1]
    return Outcome({**opinion(work, data.opinion), "next": earlier[-1] if earlier else None})


def closed_procedures(work: Work) -> None:
    if work.facts.open_procedures:
        names = "、".join(p["name"] for p in work.facts.open_procedures)
        raise RuleBroken(f"请先结束特别程序：{names}")


def _listed(work: Work, name: str) -> Procedure:
    for procedure in work.rules.spec.special_procedures:
        if name == procedure.name:
            return procedure
    raise RuleBroken(f"这个事项没有公布「{name}」这个特别程序，不能启动")


@verb(
    Action.OPEN_PROCEDURE,
    inputs.OpenProcedureInput,
    allowed=lambda work: None if work.rules.spec.special_procedures else "这个事项没有特别程序",
)
def open_procedure(work: Work, data: inputs.OpenProcedureInput) -> Outcome:
    """Only a listed one; the applicant is told the time needed in writing (行政许可法 art. 45)."""
    listed = _listed(work, data.procedure)
    if any(p["name"] == listed.name for p in work.facts.open_procedures):
        raise RuleBroken(f"「{listed.name}」正在进行，不能再启动一次")
    officers = list(dict.fromkeys(data.officers))
    if len(officers) < (listed.officers_min or 0):
        message = f"{listed.name}要有{listed.officers_min}名以上工作人员"
        raise InvalidInput(message, [FieldError("officers", message)])
    if listed.kind == "听证":
        _fair_hearing(work, data)
    row = {
        "kind": listed.kind,
        "name": listed.name,
        "counts": listed.counts_on_clock,
        "n": listed.limit.n,
        "unit": listed.limit.unit,
        "legal_basis": listed.legal_basis or "",
        "reason": data.reason,
        "officers": officers,
        "chair": data.chair,
        "place": data.place,
        "time": data.time.isoformat() if data.time else None,
    }
    return Outcome({"procedure": row}, papers=[_procedure_paper(work, data, listed)], messages=tell(work, "procedure"))


def _fair_hearing(work: Work, data: inputs.OpenProcedureInput) -> None:
    """A hearing is chaired by somebody who does not examine the case (行政许可法 art. 48(3))."""
    missing = [
        (f, label) for f, label in (("chair", "主持人"), ("place", "地点"), ("time", "时间")) if not getattr(data, f)
    ]
    if missing:
        raise InvalidInput(
            "听证要写明主持人、地点和时间", [FieldError(f, f"请填写听证{label}") for f, label in missing]
        )
    chair = Posting.objects.valid_on(local_date(work.now)).filter(account__username=data.chair).first()
    if chair is None:
        raise InvalidInput("没有这个主持人", [FieldError("chair", "请填写在岗工作人员的账号")])
    assert data.time is not None
    day_of_hearing, soonest = local_date(data.time), _first_hearing_day(work)
    if not soonest <= day_of_hearing <= soonest + timedelta(days=366):
        message = f"听证要提前七个工作日通知，请选{soonest:%Y-%m-%d}以后、一年以内的时间"
        raise InvalidInput("听证的时间不对", [FieldError("time", message)])
    examined = {o["by"] for o in work.facts.opinions} | {work.facts.assignee, work.account}
    if chair.account_id in examined:
        raise RuleBroken("听证主持人不能是审查这个办件的工作人员")


def _first_hearing_day(work: Work) -> date:
    """The first day that leaves seven working days after today's notice (行政许可法 art. 48(1), 82)."""
    last = clock.due(Limit(_HEARING_NOTICE, Unit.WORKDAY), local_date(work.now), calendar=work.rules.calendar).date
    assert last is not None
    return last + timedelta(days=1)


def _procedure_paper(work: Work, data: inputs.OpenProcedureInput, listed: Procedure) -> Any:
    today = local_date(work.now)
    ends = papers.due_after(work, listed.limit.n, listed.limit.unit, today)
    if listed.kind == "听证" and data.time:
        chair = Posting.objects.filter(account__username=data.chair).select_related("account").get()
        return papers.draft(
            work,
            PaperKind.HEARING,
            hearing={
                "matter": data.reason,
                "time": papers.beijing(data.time),
                "place": data.place,
                "chair": chair.account.name,
                "rights": ["可以申请主持人回避", "可以陈述、申辩和质证", "可以委托代理人参加"],
            },
            legal_basis=[listed.legal_basis or ""],
        )
    return papers.draft(
        work,
        PaperKind.PROCEDURE,
        procedure={
            "name": listed.name,
            "ground": listed.legal_basis or "事项公布的办理流程",
            "limit": papers.step_limit_words(listed.limit.n, listed.limit.unit),
            "counts_on_clock": listed.counts_on_clock,
            "reason": data.reason,
            "starts_on": today,
            "ends_by": ends,
            "place": data.place,
            "officers": tuple(dict.fromkeys(data.officers)),
            "new_due": _due_if_ended(work, listed, ends) if ends and not listed.counts_on_clock else None,
        },
    )


def _due_if_ended(work: Work, listed: Procedure, ends: Any) -> Any:
    """The promised day if the procedure takes its full listed time, for the notice to the applicant."""
    limit = work.rules.spec.promised_limit.limit or work.rules.spec.statutory_limit.limit
    if limit is None or work.facts.accepted_on is None:
        return None
    pause = Suspension(local_date(work.now), ends, listed.name)
    start = clock_start(work.facts, work.rules.spec)
    both = [*work.facts.suspensions(), pause]
    return clock.due(
        limit, start, suspensions=both, extensions=work.facts.extensions(), calendar=work.rules.calendar
    ).date


@verb(
    Action.CLOSE_PROCEDURE,
    inputs.CloseProcedureInput,
    allowed=lambda work: None if work.facts.open_procedures else "没有正在进行的特别程序",
)
def close_procedure(work: Work, data: inputs.CloseProcedureInput) -> Outcome:
    for index, row in enumerate(work.facts.procedures):
        if row["name"] == data.procedure and row["closed_at"] is None:
            return Outcome({"index": index, "result": data.result}, messages=tell(work, "procedure_ended"))
    raise RuleBroken(f"「{data.procedure}」没有在进行")


def _extendable(work: Work) -> str | None:
    spec = work.rules.spec
    if spec.extension is None:
        return "这个事项不能延期"
    if work.facts.extension is not None:
        return "已经延期过一次，不能再延期"
    if main_limit(spec) is None:
        return "这个事项没有时限，不需要延期"
    return None


@verb(Action.EXTEND, inputs.ExtendInput, allowed=_extendable)
def extend(work: Work, data: inputs.ExtendInput) -> Outcome:
    """Once, before the limit ends, by the role that the item version names, with reasons told (行政许可法 art. 42)."""
    allowed = work.rules.spec.extension
    assert allowed is not None
    government = "政府" in allowed.approver or "设区的市" in allowed.approver
    if government != (work.permit.role is Role.GOVERNMENT_HEAD):
        raise Refused(f"这个事项的延期要由{allowed.approver}批准")
    limit = main_limit(work.rules.spec)
    assert limit is not None
    row = {"n": allowed.n, "unit": allowed.unit, "reason": data.reason, "approver": allowed.approver}
    old, new = _extension_dates(work, limit, Limit(allowed.n, Unit(allowed.unit)), data.reason)
    if old is None or new is None:
        raise RuleBroken("时限正在暂停，特别程序结束以后才能延期")
    if local_date(work.now) > old:
        raise RuleBroken("时限已经过了，不能再延期")
    paper = papers.draft(
        work,
        PaperKind.EXTENSION,
        reasons=[data.reason],
        legal_basis=[allowed.legal_basis or f"{papers.LICENSING_LAW}第四十二条"],
        extension={
            "length": papers.step_limit_words(allowed.n, allowed.unit),
            "old_due": old,
            "new_due": new,
            "approver": allowed.approver,
        },
    )
    return Outcome({"extension": row}, papers=[paper], messages=tell(work, "extended"))


def _extension_dates(work: Work, limit: Limit, more: Limit, reason: str) -> tuple[Any, Any]:
    start = clock_start(work.facts, work.rules.spec)
    pauses, calendar = work.facts.suspensions(), work.rules.calendar
    old = clock.due(limit, start, suspensions=pauses, calendar=calendar)
    new = clock.due(limit, start, suspensions=pauses, extensions=[Extension(more, reason)], calendar=calendar)
    return old.date, new.date


@verb(Action.URGE, inputs.ReasonInput)
def urge(work: Work, data: inputs.ReasonInput) -> Outcome:
    return Outcome(
        {"reason": data.reason}, messages=[Message("desk.urged", work.case.number, {"desk": work.case.desk})]
    )


__all__ = ["closed_procedures", "on_my_desk", "opinion"]
