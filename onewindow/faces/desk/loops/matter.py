"""The page of one matter: what may be done now and why something cannot, what runs until when, and what has happened.

    @staff
    def complaint(request, actor, number):
        return matter.answer(request, actor, FACE, number)

One address serves both: GET shows the page, POST makes the move named in the field `action` and comes back to it. What
was typed is never lost: a refusal, a mistake or somebody who was faster shows the same form again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone

from onewindow.faces.desk.forms import InputForm
from onewindow.faces.desk.loops import story
from onewindow.faces.desk.loops.face import MatterFace, Row
from onewindow.faces.desk.loops.forms import form_for
from onewindow.faces.desk.loops.limits import faces, open_limits
from onewindow.faces.desk.page import page
from onewindow.loops import engine
from onewindow.loops.definition import Loop, Move
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.problems import InvalidInput, Problem, Stale

_NUMBER: Final = re.compile(r"[0-9A-Za-z-]{1,24}")


@dataclass(frozen=True, slots=True)
class Offer:
    """A move with its form, or with the reason why it cannot be made now."""

    action: str
    label: str
    what: str
    icon: str
    who: str
    why_not: str
    form: InputForm | None
    danger: bool
    main: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A move that did not come about: its form with what was typed, what was wrong, whether somebody was faster."""

    move: Move
    form: InputForm
    problem: Problem

    @property
    def stale(self) -> bool:
        return isinstance(self.problem, Stale)


def find(face: MatterFace, actor: Actor, number: str) -> Row:
    """The matter with this number, if this person may see it. Raises Http404. One query."""
    found = face.rows(actor).filter(number=number).first() if _NUMBER.fullmatch(number) else None
    if found is None:
        raise Http404
    return found


def answer(
    request: HttpRequest, actor: Actor, face: MatterFace, number: str, more: Mapping[str, Any] | None = None
) -> HttpResponse:
    """GET: the page. POST: the move, then the page again."""
    row = find(face, actor, number)
    if request.method == "POST":
        return do(request, actor, face, row, more)
    return show(request, actor, face, row, more)


def show(
    request: HttpRequest,
    actor: Actor,
    face: MatterFace,
    row: Row,
    more: Mapping[str, Any] | None = None,
    tried: Tried | None = None,
) -> HttpResponse:
    status = tried.problem.status if tried else 200
    told = context(face, row, actor, tried=tried)
    whole = {**told, **face.head(row, actor, told["steps"]), **(more or {})}
    return page(request, actor, face.template, whole, current=face.nav, status=status)


def context(
    face: MatterFace, row: Row, actor: Actor, now: datetime | None = None, tried: Tried | None = None
) -> dict[str, Any]:
    """Two queries: open limits and steps; one more where a department is to be chosen."""
    moment = now or timezone.now()
    offers, steps = _offers(face, row, actor, moment, tried), engine.steps(face.loop, row)
    return {
        "face": face,
        "row": row,
        "state_label": face.loop.states[row.state],
        "state_tone": face.tone(row.state),
        "ended": row.state in face.loop.ends,
        "limits": faces(open_limits(face.loop.key, row.pk), moment),
        "offers": [one for one in offers if not one.why_not],
        "closed_offers": [one for one in offers if one.why_not],
        "tried": tried,
        "next_hands": next_hands(face, row.state),
        "steps": steps,
        "story": story.story(face, row, steps, actor),
    }


def next_hands(face: MatterFace, state: str) -> list[dict[str, str]]:
    """Which moves exist from here and who makes them: shown to those who can do nothing themselves."""
    unsaid = face.hidden | face.beside
    moves = [m for m in face.loop.possible(state) if m.roles != {Role.SYSTEM} and m.action not in unsaid]
    return [{"label": move.label, "who": engine.role_names(move)} for move in moves]


def _offers(face: MatterFace, row: Row, actor: Actor, now: datetime, tried: Tried | None) -> list[Offer]:
    found = [
        engine.Option(one.move, one.why_not or face.why_not(row, one.move, actor))
        for one in engine.options(face.loop, row, actor, now)
        if one.move.action not in face.hidden and face.fits(row, one.move)
    ]
    named = {one.move.action for one in found}
    if tried is not None and tried.move.action not in named:  # it went away meanwhile; the words must not
        found.append(engine.Option(tried.move, ""))
    never_first = face.danger | face.beside
    first = next((one.move.action for one in found if not one.why_not and one.move.action not in never_first), "")
    return [_offer(face, row, actor, one, tried, one.move.action == first) for one in found]


def _offer(face: MatterFace, row: Row, actor: Actor, one: engine.Option, tried: Tried | None, first: bool) -> Offer:
    move = one.move
    mine = tried is not None and tried.move.action == move.action
    form = None
    if mine and tried is not None:
        form = tried.form
    elif not one.why_not:
        form = form_for(face, row, move, actor)
    return Offer(
        action=move.action,
        label=move.label,
        what=face.what.get(move.action, ""),
        icon=face.icons.get(move.action, "check"),
        who=engine.role_names(move),
        why_not="" if mine else one.why_not,
        form=form,
        danger=move.action in face.danger,
        main=first,
        open=mine or (tried is None and first),
    )


def do(
    request: HttpRequest, actor: Actor, face: MatterFace, row: Row, more: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Makes the move the form asks for. Http404 for a move the loop does not have or that only the system makes."""
    move = face.loop.move(request.POST.get("action", "")[:40])
    if move is None or move.action in face.hidden or not move.roles - {Role.SYSTEM, Role.APPLICANT}:
        raise Http404
    form = form_for(face, row, move, actor, request.POST, request.FILES)
    asked = _version(request.POST)
    valid = form.is_valid()
    try:
        raw = form.raw() if valid else {}
        if not valid:
            return show(request, actor, face, row, more, Tried(move, form, InvalidInput("有几处需要改一改")))
        done = engine.perform(face.loop, row, move.action, by=actor, data=raw, expected_version=asked)
    except Problem as problem:
        if isinstance(problem, Stale) and _same_press(face.loop, row, move, actor, asked):
            return HttpResponseRedirect(face.url(row))
        form.take(problem)
        return show(request, actor, face, find(face, actor, row.number), more, Tried(move, form, problem))
    messages.success(request, f"已办理「{move.label}」，{done.number} 现在是「{face.loop.states[done.state]}」。")
    return HttpResponseRedirect(back(face, actor, done))


def back(face: MatterFace, actor: Actor, row: Row) -> str:
    """The matter's page, or its list once the matter has gone where this person does not see it."""
    still = face.rows(actor).filter(pk=row.pk).exists()
    return face.url(row) if still else face.home


def _version(sent: QueryDict) -> int | None:
    text = sent.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _same_press(loop: Loop, row: Row, move: Move, actor: Actor, asked: int | None) -> bool:
    """Whether it was this person's own second press: the step after the version they saw is theirs, and this move."""
    if asked is None or actor.account is None:
        return False
    steps = engine.steps(loop, row)
    return any(
        step.seq == asked + 1 and step.action == move.action and step.actor_id == actor.account.pk for step in steps
    )


__all__ = ["MatterFace", "Offer", "Tried", "answer", "back", "context", "do", "find", "show"]
