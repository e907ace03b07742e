"""From application to acceptance: submit, receive, correct, the one notice, accept, refuse, withdraw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from onewindow.cases import inputs, papers
from onewindow.cases.actions.engine import Outcome, Work, verb
from onewindow.cases.files import check_files
from onewindow.cases.holdings import holdings_of
from onewindow.cases.lifecycle import Action, State
from onewindow.cases.limits import clock_start, notice_rule
from onewindow.cases.projection import Json, day
from onewindow.catalogue.models import version_by_id
from onewindow.catalogue.spec import ItemSpec, Material
from onewindow.clocks import clock
from onewindow.clocks.clock import local_date
from onewindow.exchange.outbox import Message
from onewindow.papers.render import PaperKind
from onewindow.people.roles import Role
from onewindow.problems import FieldError, InvalidInput, RuleBroken

_LONGEST_CORRECTION = 366


def required(spec: ItemSpec, answers: Mapping[str, str]) -> list[Material]:
    """What the applicant must bring: the listed materials that apply, less what the centre obtains itself."""
    return [material for material in spec.materials_for(answers) if not material.shared]


def missing(spec: ItemSpec, answers: Mapping[str, str], given: Mapping[str, Json]) -> list[Material]:
    """Required materials not handed in yet; a deferred one counts as missing."""
    return [m for m in required(spec, answers) if given.get(m.key, {}).get("status") != "handed"]


def handed(work: Work, given: Iterable[inputs.MaterialInput]) -> dict[str, Json]:
    """The materials of an input by key. Raises InvalidInput for one the item version does not list."""
    spec, rows, errors = work.rules.spec, {}, []
    for index, one in enumerate(given):
        if one.material not in spec.material_by_key:
            errors.append(FieldError(f"materials.{index}.material", "这个事项的材料清单里没有这一项"))
        elif one.material in rows:
            errors.append(FieldError(f"materials.{index}.material", "这份材料写了两次，请合并成一份"))
        rows[one.material] = one.as_json()
    if errors:
        raise InvalidInput("有的材料不在清单里，或者写了两次", errors)
    check_files(work, [one.file for one in given if one.file])
    return rows


def application(work: Work, data: inputs.ReceiveInput | inputs.ResubmitInput) -> Json:
    """The part of an event that says what was applied for. Raises InvalidInput when the answers do not fit."""
    spec = work.rules.spec
    problems = spec.problems_with(data.answers)
    if problems:
        errors = [FieldError(f"answers.{key}", message) for key, message in problems.items()]
        raise InvalidInput("还有问题没有回答清楚", errors)
    return {
        "kind": spec.case_kind,
        "department": work.case.department_id,
        "item": version_by_id(work.case.item_version_id).item.code,
        "item_version": work.case.item_version_id,
        "centre": work.case.centre_id,
        "applicant": work.case.applicant_id,
        "agent": work.case.agent_id,
        "answers": dict(data.answers),
        "materials": handed(work, data.materials),
    }


def receipt(work: Work, given: Mapping[str, Json], received: date | None = None) -> list[Any]:
    """申请材料接收凭证: what was received (today unless said), and by when the applicant hears of anything missing."""
    rows = papers.materials(work.rules.spec, given)
    if not rows:
        return []
    rule = notice_rule(work.facts, work.rules.spec)
    received = received or local_date(work.now)
    return [
        papers.draft(
            work,
            PaperKind.RECEIPT,
            received_on=received,
            materials=rows,
            answer_by={
                "words": papers.step_limit_words(rule.n, rule.unit.value),
                "due": clock.notice_deadline(received, rule, work.rules.calendar),
            },
            deemed_rule=work.rules.spec.notice_rule.text or "",
        )
    ]


def tell(work: Work, topic: str) -> list[Message]:
    """A message to the applicant; the sender looks up name and phone when it sends."""
    payload = {"applicant": work.case.applicant_id, "query_number": work.case.query_number}
    return [Message(f"applicant.{topic}", work.case.number, payload)]


@verb(Action.SUBMIT, inputs.ResubmitInput)
def submit(work: Work, data: inputs.ResubmitInput | inputs.ReceiveInput) -> Outcome:
    return Outcome(application(work, data), messages=tell(work, "submitted"))


@verb(Action.RETURN_FOR_COMPLETION, inputs.ReasonInput)
def return_for_completion(work: Work, data: inputs.ReasonInput) -> Outcome:
    return Outcome({"reason": data.reason}, messages=tell(work, "returned"))


@verb(Action.RECEIVE, inputs.ReceiveSubmittedInput)
def receive(work: Work, data: inputs.ReceiveSubmittedInput | inputs.ReceiveInput) -> Outcome:
    """Receives a new application at the window, or one sent online, which then counts from the day it was sent."""
    if isinstance(data, inputs.ReceiveInput):
        content = application(work, data)
        return Outcome(content, papers=receipt(work, content["materials"]))
    added = handed(work, data.materials)
    given = {**work.facts.materials, **added}
    online = work.facts.submitted_at if work.facts.state == State.SUBMITTED else None
    paper = receipt(work, given, day(online) if online else None)
    return Outcome({"materials": added, "note": data.note}, papers=paper, messages=tell(work, "received"))


@verb(Action.CORRECT_ON_SPOT, inputs.CorrectInput)
def correct_on_spot(work: Work, data: inputs.CorrectInput) -> Outcome:
    """A mistake that can be mended at the counter is mended there, without a paper (行政许可法 art. 32(3))."""
    return Outcome({"materials": handed(work, data.materials), "note": data.note})


@verb(Action.GIVE_NOTICE, inputs.NoticeInput)
def give_notice(work: Work, data: inputs.NoticeInput) -> Outcome:
    """One notice names everything. A second needs a chief representative's reason and goes to oversight."""
    forced = bool(work.facts.notices)
    if forced and (work.permit.role is not Role.CHIEF or not data.forced_reason):
        raise RuleBroken("已经一次性告知过了，不能再次要求补正；确有必要的，请首席事务代表说明理由后办理")
    if not forced and accepted_on(work)[1]:
        raise RuleBroken("一次性告知的期限已经过了，依法自收到材料之日起就是受理，不能再要求补正，请办理受理")
    asked = _asked(work, data)
    until = _until(work, data.until)
    content: Json = {"missing": asked, "until": until.isoformat()}
    messages = tell(work, "notice")
    if held := sorted({row["material"] for row in asked} & set(holdings_of(work.case))):
        content["asked_though_held"] = held
        messages += [Message("oversight.asked_though_held", work.case.number, {"materials": held})]
    if forced:
        content["forced_reason"] = data.forced_reason
        messages += [Message("oversight.second_notice", work.case.number, {"reason": "second_notice"})]
    rows = [{"name": r["name"], "problem": r["problem"], "fix": r["remedy"]} for r in asked]
    overdue = "到期没有补齐的，视为您撤回这次申请，以后可以重新申请。"
    paper = papers.draft(
        work,
        PaperKind.NOTICE,
        received_on=day(work.facts.received_at or work.facts.submitted_at or work.now.isoformat()),
        supply_by=until,
        missing=rows,
        legal_basis=[f"{papers.LICENSING_LAW}第三十二条第一款第四项"],
        overdue_rule=overdue if work.rules.profile.correction_overdue == "deem_withdrawn" else "",
    )
    return Outcome(content, papers=[paper], messages=messages)


def _until(work: Work, wanted: date | None) -> date:
    """The applicant's last day to complete: as asked, within a year, or what the place gives. Raises InvalidInput."""
    today = local_date(work.now)
    until = wanted or today + timedelta(days=work.rules.profile.correction_days)
    if not today <= until <= today + timedelta(days=_LONGEST_CORRECTION):
        raise InvalidInput("补正期限不对", [FieldError("until", "请选今天以后、一年以内的日期")])
    return until


def _asked(work: Work, data: inputs.NoticeInput) -> list[Json]:
    """Only what the item version lists for this person's answers may be asked (the published rule is the rule)."""
    spec = work.rules.spec
    applicable = {m.key: m for m in spec.materials_for(work.facts.answers)}
    rows, errors = [], []
    for index, one in enumerate(data.missing):
        material = applicable.get(one.material)
        if material is None:
            errors.append(FieldError(f"missing.{index}.material", "清单以外的材料不能要求申请人提供"))
        elif material.shared:
            errors.append(
                FieldError(f"missing.{index}.material", f"《{material.name}》由中心共享获取，不能要求申请人提供")
            )
        else:
            rows.append({"material": one.material, "name": material.name, "problem": one.problem, "remedy": one.remedy})
    if errors:
        raise InvalidInput("有的要求超出了公布的材料清单", errors)
    return rows


@verb(Action.SUPPLY, inputs.MaterialsInput)
def supply(work: Work, data: inputs.MaterialsInput) -> Outcome:
    """补正: everything the notice named, so that our time to accept begins when the papers are complete."""
    given = handed(work, data.materials)
    absent = {row["material"]: row["name"] for row in work.facts.notices[-1]["missing"] if row["material"] not in given}
    if absent:
        errors = [FieldError(f"materials.{key}", f"还缺《{name}》") for key, name in absent.items()]
        raise InvalidInput("一次性告知书要求的材料还没有交齐，请一次交齐", errors)
    return Outcome({"materials": given, "note": data.note}, papers=receipt(work, given))


def accepted_on(work: Work) -> tuple[date, bool]:
    """The day acceptance counts from, and whether a late answer made it retroactive (行政许可法 art. 32(4))."""
    received = day(work.facts.received_at or work.facts.submitted_at or work.now.isoformat())
    today = local_date(work.now)
    notice = day(work.facts.notices[0]["at"]) if work.facts.notices else None
    rule, calendar = notice_rule(work.facts, work.rules.spec), work.rules.calendar
    found = clock.acceptance(received, today, notice, rule=rule, calendar=calendar)
    return found.on or today, found.deemed


def acceptance_papers(work: Work, on: date, deemed: bool) -> list[Any]:
    spec, facts = work.rules.spec, work.facts
    start = clock_start(replace(facts, accepted_on=on.isoformat()), spec)
    fee = spec.fee.amount_for(facts.answers) if spec.fee else None
    return [
        papers.draft(
            work,
            PaperKind.ACCEPTANCE,
            received_on=day(facts.received_at or work.now.isoformat()),
            accepted_on=on,
            deemed_rule=(spec.notice_rule.text or "") if deemed else "",
            statutory=papers.limit_words(work, spec.statutory_limit, start, [], []),
            promised=papers.limit_words(work, spec.promised_limit, start, [], []),
            fee="不收费" if not fee else f"{fee}{spec.fee.unit if spec.fee else ''}",
        )
    ]


@verb(Action.ACCEPT, inputs.NoteInput)
def accept(work: Work, data: inputs.NoteInput) -> Outcome:
    """Everything required is there: accept (行政许可法 art. 32(5)). Refused while a listed paper is missing."""
    absent = missing(work.rules.spec, work.facts.answers, work.facts.materials)
    if absent:
        names = "、".join(m.name for m in absent)
        raise RuleBroken(
            f"还缺{len(absent)}份材料，不能受理：{names}", [FieldError(m.key, "还没有收到") for m in absent]
        )
    return _accepted(work, {"note": data.note}, [])


@verb(Action.ACCEPT_DEFERRED, inputs.AcceptDeferredInput)
def accept_deferred(work: Work, data: inputs.AcceptDeferredInput) -> Outcome:
    """容缺受理: only what the item marks deferrable may follow later, by a date, on a written promise."""
    absent = {m.key: m for m in missing(work.rules.spec, work.facts.answers, work.facts.materials)}
    last = local_date(work.now) + timedelta(days=work.rules.profile.deferral_max_days)
    errors = []
    for index, one in enumerate(data.deferred):
        material = absent.get(one.material)
        if material is None:
            errors.append(FieldError(f"deferred.{index}.material", "这份材料不缺，或者不在清单里"))
        elif not material.deferrable:
            errors.append(FieldError(f"deferred.{index}.material", f"《{material.name}》不能容缺"))
        if not local_date(work.now) <= one.until <= last:
            errors.append(FieldError(f"deferred.{index}.until", f"补齐期限应当在今天到{last:%Y-%m-%d}之间"))
    deferred = {one.material: one.until.isoformat() for one in data.deferred}
    errors += [
        FieldError(key, f"《{m.name}》还没有收到，也没有容缺") for key, m in absent.items() if key not in deferred
    ]
    if errors:
        raise InvalidInput("容缺受理的条件还不具备", errors)
    promise = papers.draft(
        work,
        PaperKind.DEFERRAL,
        deferral={
            "materials": papers.named(work.rules.spec, list(deferred)),
            "until": max(deferred.values()),
            "consequence": "到期没有补齐的，视为撤回申请",
        },
    )
    return _accepted(work, {"deferred": deferred}, [promise])


def _accepted(work: Work, extra: Json, more: list[Any]) -> Outcome:
    on, deemed = accepted_on(work)
    rule = (work.rules.spec.notice_rule.legal_basis or "") if deemed else ""
    content = {**extra, "accepted_on": on.isoformat(), "deemed": deemed, "rule": rule}
    return Outcome(content, papers=[*acceptance_papers(work, on, deemed), *more], messages=tell(work, "accepted"))


@verb(Action.DEEM_ACCEPTED, inputs.NoInput)
def deem_accepted(work: Work, data: inputs.NoInput) -> Outcome:
    """By the system when no notice came in time: accepted from the day of receipt, as the item's own rule says."""
    rule, calendar = notice_rule(work.facts, work.rules.spec), work.rules.calendar
    received = day(work.facts.received_at or work.facts.submitted_at or work.now.isoformat())
    found = clock.acceptance(received, None, None, rule=rule, calendar=calendar)
    too_early = local_date(work.now) <= clock.notice_deadline(received, rule, calendar)
    if found.on is None or work.facts.notices or too_early:
        raise RuleBroken("这个办件还不能视为受理")
    basis = work.rules.spec.notice_rule.legal_basis or ""
    content = {"accepted_on": found.on.isoformat(), "deemed": True, "rule": basis}
    messages = [*tell(work, "accepted"), Message("oversight.deemed_accepted", work.case.number, {})]
    return Outcome(content, papers=acceptance_papers(work, found.on, True), messages=messages)


@verb(Action.FIND_NOT_REQUIRED, inputs.ReasonInput)
def find_not_required(work: Work, data: inputs.ReasonInput) -> Outcome:
    """No permit is needed: the applicant is told at once (行政许可法 art. 32(1))."""
    paper = papers.draft(
        work,
        PaperKind.NOT_REQUIRED,
        reasons=[data.reason],
        legal_basis=[f"{papers.LICENSING_LAW}第三十二条第一款第一项"],
    )
    return Outcome({"reason": data.reason}, papers=[paper], messages=tell(work, "not_required"))


@verb(Action.REFUSE_ACCEPTANCE, inputs.RefuseInput)
def refuse_acceptance(work: Work, data: inputs.RefuseInput) -> Outcome:
    """Not this body's business: the paper names the one that is in charge (行政许可法 art. 32(2))."""
    paper = papers.draft(
        work,
        PaperKind.REFUSAL,
        reasons=[data.reason],
        legal_basis=[f"{papers.LICENSING_LAW}第三十二条第一款第二项"],
        right_authority={"name": data.authority, "address": data.authority_contact},
        remedies=papers.remedies(work),
    )
    content = {"reason": data.reason, "authority": data.authority}
    return Outcome(content, papers=[paper], messages=tell(work, "acceptance_refused"))


def withdrawal(work: Work, *, ground: str) -> Any:
    given = {key: m for key, m in work.facts.materials.items() if m.get("status") == "handed"}
    return papers.draft(
        work,
        PaperKind.WITHDRAWAL,
        withdrawal={
            "on": local_date(work.now),
            "deemed": bool(ground),
            "ground": ground,
            "returned": papers.materials(work.rules.spec, given),
        },
    )


@verb(Action.WITHDRAW, inputs.ReasonInput)
def withdraw(work: Work, data: inputs.ReasonInput) -> Outcome:
    return Outcome({"reason": data.reason}, papers=[withdrawal(work, ground="")], messages=tell(work, "withdrawn"))


def _overdue(work: Work) -> str | None:
    """Why the system may deem the application withdrawn today, or None."""
    today = local_date(work.now)
    open_notice = work.facts.notices and work.facts.notices[-1]["supplied_at"] is None
    if open_notice and date.fromisoformat(work.facts.notices[-1]["until"]) < today:
        return "到期没有补正"
    if any(date.fromisoformat(until) < today for until in work.facts.deferred.values()):
        return "到期没有补齐容缺材料"
    return None


@verb(Action.DEEM_WITHDRAWN, inputs.NoInput)
def deem_withdrawn(work: Work, data: inputs.NoInput) -> Outcome:
    """By the system when the applicant's time has passed without the missing papers."""
    ground = _overdue(work)
    if ground is None:
        raise RuleBroken("补正或补齐期限还没有过")
    paper = withdrawal(work, ground=ground)
    return Outcome({"reason": ground}, papers=[paper], messages=tell(work, "deemed_withdrawn"))


@verb(
    Action.SUPPLY_DEFERRED,
    inputs.MaterialsInput,
    allowed=lambda work: None if work.facts.deferred else "没有容缺的材料要补",
)
def supply_deferred(work: Work, data: inputs.MaterialsInput) -> Outcome:
    given = handed(work, data.materials)
    wrong = [key for key in given if key not in work.facts.deferred]
    if wrong:
        raise InvalidInput("有的材料不在容缺清单里", [FieldError(key, "这份材料没有容缺") for key in wrong])
    return Outcome({"materials": given, "note": data.note}, papers=receipt(work, given))
