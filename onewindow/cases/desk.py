"""On whose desk a case lies: the role whose move is next. Pure; the work lists are one indexed query over it."""

from __future__ import annotations

from onewindow.cases.lifecycle import State
from onewindow.cases.projection import Facts
from onewindow.cases.steps import node_roles
from onewindow.catalogue.spec import ItemSpec
from onewindow.people.roles import Role


def desk_of(facts: Facts, spec: ItemSpec) -> str:
    """A role, or an empty string when nobody needs to act."""
    state = State(facts.state)
    if state in {State.DRAFT, State.CORRECTING}:
        return Role.APPLICANT.value
    if state in {State.SUBMITTED, State.RECEIVED}:
        return Role.CLERK.value
    if state in {State.ACCEPTED, State.EXAMINING}:
        return node_roles(spec, facts.step)[0].value
    if state in {State.DECIDED, State.ISSUING, State.READY}:
        return Role.EXIT_CLERK.value
    return ""
