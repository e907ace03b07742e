"""From a draft to the one action it stands for."""

from __future__ import annotations

from typing import Any

from onewindow.cases.actions import perform, submit
from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import State
from onewindow.cases.limits import time_limits
from onewindow.cases.models import Case, Draft
from onewindow.faces.design.words import cn_short_date
from onewindow.faces.portal import drafts
from onewindow.faces.portal.drafts import Body
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Applicant


def send(account: Account, draft: Draft, body: Body) -> Case:
    """Submits, re-submits or supplies. The same draft sent twice gives the same case. Raises Problem."""
    by, key = Actor.of(account), drafts.idempotency(draft)
    spec = drafts.spec_of(draft)
    materials = drafts.handed(body, drafts.asked_for(draft, body, spec))
    if draft.case is None:
        return submit(_application(account, draft, body, materials), by=by, idempotency=key)
    if body.errand == "resubmit":
        data: dict[str, Any] = {"answers": body.answers, "materials": materials}
        return perform(draft.case, "submit", by=by, data=data, idempotency=key)
    return perform(draft.case, body.errand, by=by, data={"materials": materials}, idempotency=key)


def _application(account: Account, draft: Draft, body: Body, materials: list[dict[str, Any]]) -> dict[str, Any]:
    applicant = account.applicant
    assert applicant is not None
    data: dict[str, Any] = {
        "item": draft.item.key,
        "answers": body.answers,
        "applicant": {**_identity(applicant), **body.contact},
        "materials": materials,
        "channel": "online",
    }
    if body.by_agent and body.agent:
        data["agent"] = {"kind": "natural", **body.agent}
    return data


def _identity(applicant: Applicant) -> dict[str, str]:
    return {
        "kind": applicant.kind,
        "name": str(applicant.name),
        "id_type": applicant.id_type,
        "id_number": str(applicant.id_number),
    }


def what_next(case: Case) -> str:
    """Until when the centre answers, in words."""
    limits = [one for one in time_limits(case.told, rules_for(case)) if one.open and one.due]
    soonest = min((one.due for one in limits if one.due is not None), default=None)
    if case.state != State.SUBMITTED or soonest is None:
        return ""
    return f"我们会在 {cn_short_date(soonest)} 前看完您的材料。"
