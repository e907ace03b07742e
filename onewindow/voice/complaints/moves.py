"""What the moves of a complaint do beyond the table: who answers, by when, what must be on file before it ends.

A complainant who is not satisfied does not go back to the start: the department must put right what it answered for,
within fifteen working days (XX-39.3), and is asked about again. Only then, or when nobody could be reached after real
tries, is a complaint ripe for its end; and it ends only with every stage on record (XX-25.3).

督办 is not asked of every complaint: it is there where somebody was late or evasive, and its limit is watched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from onewindow.loops import engine
from onewindow.loops.definition import Term
from onewindow.loops.engine import CITIZEN, Result, Turn, rule, steps
from onewindow.loops.models import LoopStep
from onewindow.people.authority import SYSTEM
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused, RuleBroken
from onewindow.voice.complaints.evidence import bind
from onewindow.voice.complaints.judging import Level, level_of, why_not
from onewindow.voice.complaints.words import copied, to_discipline, told
from onewindow.voice.days import term_until
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from onewindow.voice.naming import working_department

RECTIFY: Final = Term("rectify", "整改", 15, "XX-39.3")
CLOSE: Final = Term("close", "办结", 3, "XX-25.3")
"""Nothing is left to do but to end it: it is not left lying."""
REVISIT: Final = Term("revisit", "回访整改结果", 3, "XX-25.3")
URGED: Final = Term("urged", "答复督办", 2, "XX-25.3")
"""Where the urging names no day."""
ACCEPT_AGAIN: Final = Term("accept", "受理", 1, "XY-14.7")
MOST_REOPENED: Final = 3
"""So often may a complainant reopen by the link; after that a person decides, at the window or on the telephone."""
STAGES: Final = (
    (("accept",), "受理"),
    (("assign",), "转办"),
    (("answer",), "反馈"),
    (("revisit", "confirm"), "回访"),
)


# ---- taking it up and passing it on --------------------------------------------------------------------------------


@rule(COMPLAINT, "accept")
def _accept(turn: Turn) -> Result:
    return Result(messages=told(turn.row, "accepted"))


@rule(COMPLAINT, "decline")
def _decline(turn: Turn) -> Result:
    return Result(messages=(*told(turn.row, "declined"), *copied(turn.row, "declined")))


@rule(COMPLAINT, "assign")
def _assign(turn: Turn) -> Result:
    """To a working department of the county; given on to another one, the days begin anew and the first ones end."""
    row: Complaint = turn.row
    _leave_to_others(turn)
    found = working_department(row.centre, turn.data.department)
    if row.state == "assigned" and row.department_id == found.pk:
        raise InvalidInput("有一处需要改一改", [FieldError("department", "现在就是这个部门在办，要催办请用「督办」")])
    level = level_of(row.centre, [row.against_id or found.pk], row.person_id, turn.now)
    return Result(
        changes={"department": found, "raised_to": level.division, "no_judge": level.nobody},
        data={"department": found.name, **_said_anew(row, level)},
        settles=("answer", "urged") if row.state == "assigned" else (),
        messages=told(row, "assigned"),
    )


def _said_anew(row: Complaint, level: Level) -> dict[str, Any]:
    """Which level judges, where that changes with the department."""
    if level.division is None or level.division.pk == row.raised_to_id:
        return {}
    return {"level": level.division.name}


def _leave_to_others(turn: Turn) -> None:
    """A complaint about one's own house that was raised is passed on by whom it was raised to."""
    if reason := why_not(turn.row, turn.by):
        raise Refused(reason)


@rule(COMPLAINT, "level")
def _level(turn: Turn) -> Result:
    """By the system, from who could judge at that moment; where nobody can, the discipline organ is told."""
    row: Complaint = turn.row
    level = level_of(row.centre, row.about_departments, row.person_id, turn.now)
    changes = {"raised_to": level.division, "no_judge": level.nobody}
    name = level.division.name if level.division else "" if level.nobody else row.centre.division.name
    messages = to_discipline(row, "no_judge") if level.nobody else ()
    return Result(changes=changes, data={"level": name, "nobody": level.nobody}, messages=messages)


def settle_level(row: Complaint, now: datetime) -> Complaint:
    """Writes down which level judges, where it is another one than before. Returns the complaint as it is then."""
    level = level_of(row.centre, row.about_departments, row.person_id, now)
    if (level.division.pk if level.division else None, level.nobody) == (row.raised_to_id, row.no_judge):
        return row
    return engine.perform(COMPLAINT, row, "level", by=SYSTEM, now=now)


def settle_levels(now: datetime) -> int:
    """Looks at every unfinished complaint again: people change posts. Returns how many changed hands."""
    rows = Complaint.objects.unfinished().select_related("centre__profile", "centre__division", "department")
    return sum(settle_level(row, now).version != row.version for row in rows.iterator(chunk_size=200))


# ---- what is shown -------------------------------------------------------------------------------------------------


@rule(COMPLAINT, "supplement")
def _supplement(turn: Turn) -> Result:
    """What the complainant shows, themselves or through the window."""
    bind(turn.row, turn.data.files, turn.by, step=turn.row.version + 1, shared=turn.data.shared)
    return Result()


def _prove(turn: Turn) -> None:
    given = turn.data
    bind(turn.row, given.files, turn.by, step=turn.row.version + 1, shared=given.shared, from_house=True)


@rule(COMPLAINT, "urge")
def _urge(turn: Turn) -> Result:
    """A second urging does not take back the first one's day."""
    until = turn.data.until
    term = URGED if until is None else term_until(URGED.kind, URGED.label, until, URGED.duty, turn.now)
    return Result(starts=(term,))


@rule(COMPLAINT, "extend")
def _extend(turn: Turn) -> Result:
    """Once. Source: 安阳市政务服务条例 art. 50."""
    if any(step.action == "extend" for step in _of_this_round(turn.row)):
        raise RuleBroken("已经延期过一次，不能再延；可以督办，或者先反馈能答复的部分")
    return Result(messages=told(turn.row, "extended"))


# ---- answering and putting right -----------------------------------------------------------------------------------


@rule(COMPLAINT, "answer")
def _answer(turn: Turn) -> Result:
    _prove(turn)
    return Result(changes={"satisfied": None}, messages=told(turn.row, "answered"))


@rule(COMPLAINT, "rectify")
def _rectify(turn: Turn) -> Result:
    """Done: the complainant is asked again. Not yet: by which day, which becomes the limit."""
    _prove(turn)
    if turn.data.done:
        return Result(changes={"satisfied": None}, starts=(REVISIT,), messages=told(turn.row, "rectified"))
    if turn.data.until is None:
        raise InvalidInput("有一处需要改一改", [FieldError("until", "还没有改好的，请写哪一天改好")])
    term = term_until(RECTIFY.kind, RECTIFY.label, turn.data.until, RECTIFY.duty, turn.now)
    return Result(to="rectifying", starts=(term,))


# ---- asking the complainant ----------------------------------------------------------------------------------------


@rule(COMPLAINT, "revisit")
def _revisit(turn: Turn) -> Result:
    """What the complainant says of it, or what was tried to reach them."""
    if turn.data.unreached:
        if not turn.data.words:
            raise InvalidInput("有一处需要改一改", [FieldError("words", "联系不上的，请写怎么联系的、联系了几次")])
        return Result(to="rectified", changes={"satisfied": None}, starts=(CLOSE,))
    if turn.data.satisfied is None:
        raise InvalidInput("有一处需要改一改", [FieldError("satisfied", "请选群众认可还是不认可；联系不上的请勾选")])
    return _verdict(turn)


@rule(COMPLAINT, "confirm")
def _confirm(turn: Turn) -> Result:
    return _verdict(turn)


def _verdict(turn: Turn) -> Result:
    if turn.data.satisfied:
        return Result(to="rectified", changes={"satisfied": True}, starts=(CLOSE,))
    return Result(
        to="rectifying", changes={"satisfied": False}, starts=(RECTIFY,), messages=told(turn.row, "rectifying")
    )


# ---- ending it -----------------------------------------------------------------------------------------------------


@rule(COMPLAINT, "close")
def _close(turn: Turn) -> Result:
    done = _of_this_round(turn.row)
    if reason := _not_ripe(done):
        raise NotNow(reason)
    if turn.data.words:
        return Result(messages=_ended(turn.row))
    if turn.row.state == "rectifying":
        raise _needs_reason("群众不认可、还在整改，现在办结要写明理由")
    if not _put_right(done):
        raise _needs_reason("没有整改记录，请写明为什么不需要整改")
    return Result(messages=_ended(turn.row))


def not_ripe(row: Complaint) -> str:
    """Why a complaint cannot end yet, whatever is written; "" when it can. One query."""
    return _not_ripe(_of_this_round(row))


def _not_ripe(done: list[LoopStep]) -> str:
    if missing := missing_stages(done):
        return f"还不能办结，缺少：{'、'.join(missing)}（受理、转办、反馈、回访、整改都要有记录）"
    if _last(done, "answer", "rectify") > _last(done, "revisit", "confirm"):
        return "还不能办结：答复或者整改以后还没有回访"
    return ""


def _ended(row: Complaint) -> Any:
    return (*told(row, "closed"), *copied(row, "closed"))


def _needs_reason(words: str) -> InvalidInput:
    return InvalidInput(words, [FieldError("words", words)])


@rule(COMPLAINT, "reopen")
def _reopen(turn: Turn) -> Result:
    """From its end back to whoever passes it on; one that was not taken up is looked at anew. History stays."""
    row: Complaint = turn.row
    if turn.by is CITIZEN and row.reopened >= MOST_REOPENED:
        raise NotNow(f"已经重新办理过 {MOST_REOPENED} 次，请到大厅的办不成事反映窗口，或者打电话，我们当面了解")
    changes = {"reopened": row.reopened + 1, "satisfied": None}
    messages = (*told(row, "reopened"), *copied(row, "reopened"))
    if row.state == "declined":
        return Result(to="registered", changes=changes, starts=(ACCEPT_AGAIN,), messages=messages)
    return Result(changes=changes, messages=messages)


# ---- the record ----------------------------------------------------------------------------------------------------


def missing_stages(done: Iterable[LoopStep]) -> list[str]:
    """Which of the stages that every complaint must go through are not on record. Source: XX-25.3."""
    actions = {step.action for step in done}
    return [label for wanted, label in STAGES if not actions & set(wanted)]


def _of_this_round(row: Complaint) -> list[LoopStep]:
    """The steps since it was last reopened; having been accepted counts for good."""
    told_all = steps(COMPLAINT, row)
    since = max((step.seq for step in told_all if step.action == "reopen"), default=0)
    return [step for step in told_all if step.seq > since or step.action == "accept"]


def _last(done: Iterable[LoopStep], *actions: str) -> int:
    return max((step.seq for step in done if step.action in actions), default=0)


def _put_right(done: Iterable[LoopStep]) -> bool:
    return any(step.action == "rectify" and step.data.get("done") for step in done)


__all__ = [
    "CLOSE",
    "MOST_REOPENED",
    "RECTIFY",
    "REVISIT",
    "STAGES",
    "missing_stages",
    "not_ripe",
    "settle_level",
    "settle_levels",
]
