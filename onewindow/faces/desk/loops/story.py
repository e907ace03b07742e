"""The steps of a matter told newest first: who, in which post, when, and what was said."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final

from onewindow.faces.design.words import cn_date
from onewindow.faces.desk.loops.face import MatterFace, Row
from onewindow.faces.desk.loops.forms import said, titles
from onewindow.loops.engine import words_of
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_name
from onewindow.people.roles import Role

HIDDEN: Final = "（您不能看这一步写了什么）"
_FREE: Final = ("words", "reason", "answer", "text", "note", "measure")


def story(face: MatterFace, row: Row, steps: Iterable[LoopStep], actor: Actor) -> list[dict[str, Any]]:
    """In the form of the design's `timeline` tag, newest first. No query: steps come with actor and posting."""
    told = [_line(face, row, step, actor) for step in steps]
    return told[::-1]


def _line(face: MatterFace, row: Row, step: LoopStep, actor: Actor) -> dict[str, Any]:
    seen = face.may_read(actor, row, step)
    return {
        "title": step.label,
        "at": step.at,
        "who": who(step),
        "body": "\n".join(line for line in body(face, step, seen=seen) if line),
        "tone": "late" if step.action in face.danger else "done",
        "icon": face.icons.get(step.action, "flag" if step.action == "open" else "check"),
    }


def who(step: LoopStep) -> str:
    """韩监（电子监察员）; a citizen is never named in full."""
    if step.role == Role.SYSTEM:
        return "系统"
    if step.role == Role.APPLICANT:
        return mask_name(step.actor.name) if step.actor else "群众本人"
    return f"{step.actor.name if step.actor else '工作人员'}（{step.role_label}）"


def body(face: MatterFace, step: LoopStep, *, seen: bool, without: Collection[str] = ()) -> Iterable[str]:
    """What was given at a step, a line each; `without` these fields, which the page shows in another way."""
    move = face.loop.move(step.action)
    labels = titles(move) if move else {}
    for name, label in labels.items():
        if name in step.data and name not in without and label and not isinstance(step.data[name], (dict, list)):
            yield f"{label}：{_value(name, step.data[name])}"
    yield from face.lines(step)
    if not step.words:
        return
    if not seen:
        yield HIDDEN
        return
    given = words_of(step)
    for name in (*_FREE, *(key for key in given if key not in _FREE)):
        if text := given.get(name):
            yield text if len(given) == 1 or not labels.get(name) else f"{labels[name]}：{text}"


def _value(name: str, value: Any) -> str:
    """Dates in Chinese; the number of a department is told by `face.lines` where it is known by name."""
    try:
        return cn_date(date.fromisoformat(value))
    except (TypeError, ValueError):
        return said(name, value)
