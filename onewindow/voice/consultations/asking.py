"""Questions at the counter, by phone and online: a simple one is answered at once, any other one in full and in
writing within two working days; passed on to a department the days go on.

Nobody has to say who they are: the asker follows by a code. What can be known is searched first (knowledge_search).

Source: Xixia 2023 art. 17 (XX-17.3: simple questions at once, complex ones in writing within two working days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.db.models import QuerySet
from django.utils import timezone
from pydantic import AfterValidator, Field

from onewindow.catalogue.models import Item
from onewindow.clocks.models import Deadline
from onewindow.inputs import Input, OptionalLine, OptionalText, Text, at_most
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN, Result, Turn, rule
from onewindow.loops.models import LoopStep
from onewindow.loops.numbers import new_number
from onewindow.people.authority import Actor, Scope, permit, record_refusal
from onewindow.people.numbers import check_phone
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre, Department
from onewindow.problems import InvalidInput, NotNow, Refused
from onewindow.voice.consultations.words import told
from onewindow.voice.inputs import LONG
from onewindow.voice.loops import COMPLEX, CONSULTATION
from onewindow.voice.models import Consultation, KnowledgeEntry
from onewindow.voice.naming import centre_of, follow_code, item_of, working_department, wrong
from onewindow.voice.once import write_once

Channel = Literal["counter", "phone", "online"]
TAKERS: Final = frozenset(
    {
        Role.CLERK,
        Role.TOWNSHIP_CLERK,
        Role.HELPER,
        Role.GUIDE,
        Role.EXIT_CLERK,
        Role.CHIEF,
        Role.HEAD,
        Role.EXAMINER,
        Role.VERIFIER,
        Role.MANAGER,
        Role.SUPERVISOR,
    }
)
"""Whoever is asked first answers or sees to the answer (首问负责), so everybody who meets people may take it down."""
MOST_ASKED_AGAIN: Final = 5
"""So often may somebody ask on by the link; after that people talk to each other."""
_PREFIX: Final = "ZX"


def _phone(text: str) -> str:
    return check_phone(text) if text else ""


class QuestionInput(Input):
    """What is asked, about which item, and how to reach the asker if they want that. `answer` and `entry`: answered on
    the spot, in one's own words or as the knowledge base says it; online nobody answers on the spot."""

    question: Text = Field(title="想问什么", json_schema_extra=LONG)
    item: Annotated[OptionalLine, at_most(80)] = Field(default="", title="关于哪个事项（编码或 key）")
    centre: Annotated[OptionalLine, at_most(40)] = Field(default="", title="在哪个大厅（key）")
    name: Annotated[OptionalLine, at_most(60)] = Field(default="", title="称呼")
    phone: Annotated[OptionalLine, AfterValidator(_phone)] = Field(default="", title="手机号码")
    answer: OptionalText = Field(default="", title="当场答复", json_schema_extra=LONG)
    entry: OptionalLine = Field(default="", title="用知识库里的答案（编号）")


def waiting(actor: Actor) -> QuerySet[Consultation]:
    """Questions nobody has answered yet, in this person's house or department."""
    rows: QuerySet[Consultation] = Consultation.objects.visible_to(actor).filter(state="asked")
    return rows


def ask(
    raw: object, channel: Channel, by: Actor = CITIZEN, *, now: datetime | None = None, request: str | None = None
) -> Consultation:
    """Takes a question down. With an answer it is asked and answered in one go; without, two working days begin.

    `by` is whoever takes it down, or CITIZEN. `request` makes a repeat harmless: it gets the first one again.
    Raises InvalidInput, and Refused (recorded) for staff who do not work there.
    """
    at, given = now or timezone.now(), QuestionInput.parse(raw)
    item, centre = item_of(given.item), centre_of(given.centre, by)
    _check(by, channel, centre, at)
    if channel == "online" and (given.answer or given.entry):
        raise InvalidInput("网上提的问题由工作人员答复")
    return write_once(
        Consultation,
        request,
        lambda named: _write(given, channel, by, item, centre, at, named),
        lambda first: first.question == given.question,
    )


def _write(
    given: QuestionInput,
    channel: Channel,
    by: Actor,
    item: Item | None,
    centre: Centre,
    now: datetime,
    named: dict[str, Any],
) -> Consultation:
    at_once = bool(given.answer or given.entry)
    row = Consultation(
        number=new_number(_PREFIX, Consultation),
        centre=centre,
        department=item.department if item else _own_department(by),
        state="asked",
        channel=channel,
        item=item,
        question=given.question,
        name=given.name or None,
        phone=given.phone or None,
        **named,
    )
    messages = () if at_once else told(row, "asked")
    starts = () if at_once else (COMPLEX,)
    engine.open_matter(CONSULTATION, row, by=by, now=now, data={"channel": channel}, messages=messages, starts=starts)
    if not at_once:
        return row
    reply = {"answer": given.answer, "entry": given.entry}
    return engine.perform(CONSULTATION, row, "answer", by=by, data=reply, now=now)


def _own_department(by: Actor) -> Department | None:
    """What somebody of a department is asked without naming an item is for their department."""
    return by.posting.department if by.posting and REACH[Role(by.posting.role)] is Reach.DEPARTMENT else None


def _check(by: Actor, channel: str, centre: Centre, now: datetime) -> None:
    """People ask online themselves; at the counter and by phone staff take it down, in the places they work for."""
    staff = by.account is not None and by.account.kind == "staff"
    if by.system:
        return
    if staff == (channel == "online"):
        raise Refused("网上的问题由本人提出；窗口和电话里问的由工作人员登记")
    if not staff:
        return
    own = frozenset(p.department_id for p in by.postings if p.department_id is not None)
    scope = Scope(centre.pk, centre.division_id, own, None, "", centre.key)
    try:
        permit(by, "consultation.ask", roles=TAKERS, lettered=(), scope=scope, now=now)
    except Refused as problem:
        record_refusal(by, "consultation.ask", centre.key, problem.title)
        raise


# ---- moves ---------------------------------------------------------------------------------------------------------


@rule(CONSULTATION, "forward")
def _forward(turn: Turn) -> Result:
    """To a working department of the county. The days go on; whoever has the question now is who hears of them."""
    row: Consultation = turn.row
    found = working_department(row.centre, turn.data.department)
    if row.department_id == found.pk:
        raise wrong("department", "现在就在这个部门，请选别的部门，或者直接答复")
    Deadline.objects.of(CONSULTATION.key, row.pk).open().update(department_id=found.pk)
    return Result(changes={"department": found}, data={"department_name": found.name})


@rule(CONSULTATION, "answer")
def _answer(turn: Turn) -> Result:
    """In one's own words, or as a published entry says it; what is said is kept with the question for good."""
    entry = _entry(turn.data.entry)
    words = turn.data.answer or (entry.answer if entry else "")
    if not words:
        raise wrong("answer", "请写答复，或者选知识库里的一条")
    changes = {"answer": words} | ({"entry": entry} if entry else {})
    data = {} if turn.data.answer or entry is None else {"said": entry.answer}
    return Result(changes=changes, data=data, messages=told(turn.row, "answered"))


def _entry(typed: str) -> KnowledgeEntry | None:
    if not typed:
        return None
    found: KnowledgeEntry | None = None
    if typed.isascii() and typed.isdigit() and len(typed) < 10:
        found = KnowledgeEntry.objects.published().filter(pk=int(typed)).first()
    if found is None:
        raise wrong("entry", "知识库里没有这一条，或者还没有发布")
    return found


@rule(CONSULTATION, "ask_again")
def _ask_again(turn: Turn) -> Result:
    row: Consultation = turn.row
    if turn.by is CITIZEN and row.asked_again >= MOST_ASKED_AGAIN:
        raise NotNow(f"已经追问过 {MOST_ASKED_AGAIN} 次，请打电话或者到窗口，我们当面说清楚")
    return Result(changes={"asked_again": row.asked_again + 1})


# ---- what was said -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Saying:
    """One turn of a question: asked or answered, when, in which words, and for an answer which house said it."""

    asked: bool
    at: datetime
    text: str
    house: str = ""


def conversation(row: Consultation) -> list[Saying]:
    """Question, answer, asked again, answered … in order. One query."""
    steps = LoopStep.objects.filter(
        subject_kind=CONSULTATION.key, subject_id=row.pk, action__in=["open", "answer", "ask_again"]
    ).select_related("posting__department", "posting__centre")
    return [_saying(row, step) for step in steps.order_by("seq")]


def _saying(row: Consultation, step: LoopStep) -> Saying:
    if step.action == "open":
        return Saying(True, step.at, str(row.question))
    words = engine.words_of(step)
    if step.action == "ask_again":
        return Saying(True, step.at, words.get("words", ""))
    post = step.posting
    house = "" if post is None else post.department.name if post.department else post.centre.name
    return Saying(False, step.at, words.get("answer") or str(step.data.get("said", "")), house)


# ---- numbers -------------------------------------------------------------------------------------------------------


__all__ = ["MOST_ASKED_AGAIN", "TAKERS", "QuestionInput", "Saying", "ask", "conversation", "follow_code", "waiting"]
