"""Supervision: reminders, warnings and cards, and the moves of a card, one address a move."""

from __future__ import annotations

from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from onewindow.faces.api import docs
from onewindow.faces.api.answers import answer, etag, local
from onewindow.faces.api.matterview import MatterQuery, limits_of, listed, perform, steps_of
from onewindow.faces.api.reading import json_body, number_of, query
from onewindow.faces.api.security import caller
from onewindow.faces.api.shapes_oversight import AlertPage, AlertShape
from onewindow.loops.definition import Move
from onewindow.oversight import sight
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import Alert
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.problems import NotFound

router = Router(tags=["监察"])
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "explain": {"words": "系统迁移，停表没有登记", "disputed": False},
    "confirm": {"reason": "查过记录，确实超过承诺时限"},
    "dismiss": {"reason": "停表有书面记录，没有超时"},
    "urge": {"words": "请先把这一件办结", "until": "2026-11-26"},
    "rectify": {"measure": "已经办结，换了办件人"},
    "recheck": {"passed": True, "words": "看过，已经办结"},
    "account": {"who": "承办科室", "what": "slowness", "measure": "谈话提醒"},
    "close": {},
}


class AlertQuery(MatterQuery):
    level: Literal["", "remind", "warn", "yellow", "red"] = Field(default="", title="级别")
    limit: int = Field(default=50, ge=1, le=100, title="一页几条")


@router.get("/alerts", response={200: AlertPage}, openapi_extra=docs.reads(AlertQuery), summary="提醒、预警和红黄牌")
def alerts(request: HttpRequest) -> HttpResponse:
    """What the caller may see, the newest first. One query besides the caller's."""
    asked, by = query(request, AlertQuery), caller(request)
    found = _rows(by).filter(level=asked.level) if asked.level else _rows(by)
    return answer(listed("alerts", CARD, found, lambda: sight.waiting(by), asked, summary))


@router.get(
    "/alerts/{number}",
    response={200: AlertShape},
    openapi_extra=docs.versioned(docs.reads()),
    summary="一条提醒或一张牌，带全部经过",
)
def alert(request: HttpRequest, number: str) -> HttpResponse:
    return _shown(find(caller(request), number))


def find(by: Actor, number: str) -> Alert:
    """Raises NotFound, also for one that this person may not see."""
    row = _rows(by).filter(number=number_of(number)).first()
    if row is None:
        raise NotFound("没有这张牌，或者您不能查看")
    return row  # type: ignore[no-any-return]


def _rows(by: Actor) -> Any:
    return sight.visible(by).select_related("centre__profile", "department", "person", "rule")


# ---- the moves -----------------------------------------------------------------------------------------------------


def _perform(request: HttpRequest, number: str, move: Move) -> HttpResponse:
    data, by = json_body(request, may_be_empty=True), caller(request)
    perform(request, CARD, find(by, number), move, data)
    return _shown(find(by, number))


def _add(move: Move) -> None:
    def view(request: HttpRequest, number: str) -> HttpResponse:
        return _perform(request, number, move)

    view.__name__ = f"alert_{move.action}"
    schema = move.needs.model_json_schema(ref_template=docs.REF)
    extra = docs.versioned(docs.writes(schema, matches=True, example=EXAMPLES[move.action]))
    address = f"/alerts/{{number}}/{move.action}"
    router.post(address, response={200: AlertShape}, openapi_extra=extra, summary=move.label)(view)


for _move in CARD.moves:
    if _move.roles != {Role.SYSTEM}:
        _add(_move)


# ---- in words ------------------------------------------------------------------------------------------------------


def summary(row: Alert) -> dict[str, Any]:
    department = row.department
    return {
        "number": row.number,
        "level": row.level,
        "level_label": row.get_level_display(),
        "state": row.state,
        "state_label": CARD.states[row.state],
        "title": row.title,
        "rule": {"code": row.rule.code, "name": row.rule.name, "version": row.rule.version},
        "duty": [str(code) for code in row.rule.body.get("duty", [])],
        "subject": {"kind": row.subject_kind, "number": row.subject_number},
        "centre": {"key": row.centre.key, "name": row.centre.name},
        "department": {"code": department.code, "name": department.name} if department else None,
        "person": row.person.name if row.person else None,
        "disputed": row.disputed,
        "accounted": row.accounted,
        "due_at": local(row.due_at),
        "next_due_at": local(row.next_due_at),
        "opened_at": local(row.opened_at),
        "closed_at": local(row.closed_at),
        "version": row.version,
    }


def _shown(row: Alert) -> HttpResponse:
    """Two queries more: what runs, and what has happened."""
    whole = {
        **summary(row),
        "tell": list(row.tell),
        "limits": limits_of(CARD, row),
        "steps": steps_of(CARD, row, lambda one: one.actor.name if one.actor else "系统"),
    }
    return answer(whole, headers={"ETag": etag(row.version)})
