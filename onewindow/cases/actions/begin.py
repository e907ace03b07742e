"""How a case begins: received at a window, or submitted from the portal. Everything later goes through `perform`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from onewindow.cases import inputs
from onewindow.cases.actions import intake
from onewindow.cases.actions.engine import Idempotency, Outcome, Work, once, record, work_on
from onewindow.cases.files import attach
from onewindow.cases.lifecycle import Action, State, move
from onewindow.cases.models import Case
from onewindow.cases.numbers import case_number, query_number, serial_key
from onewindow.cases.write import reserve_pk
from onewindow.catalogue.models import Item, ItemVersion, current_version_id, version_by_id
from onewindow.catalogue.spec import ItemSpec
from onewindow.people.applicants import find_or_create
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput

_COUNTERS = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK, Role.HELPER})


def receive(
    data: inputs.ReceiveInput | Mapping[str, Any],
    *,
    by: Actor,
    now: datetime | None = None,
    idempotency: Idempotency | None = None,
) -> Case:
    """收件 at a window: makes the case, its first event, its limits and its receipt in one transaction.

    Raises InvalidInput (item, answers, identity, materials), Refused (not a receiver here). With an Idempotency-Key a
    repeat returns the first case.
    """
    return _begin(Action.RECEIVE, data, by, now or timezone.now(), idempotency)


def submit(
    data: inputs.ReceiveInput | Mapping[str, Any],
    *,
    by: Actor,
    now: datetime | None = None,
    idempotency: Idempotency | None = None,
) -> Case:
    """提交 from the portal by the applicant (or a helper): the case waits for its review by a clerk."""
    return _begin(Action.SUBMIT, data, by, now or timezone.now(), idempotency)


def _begin(
    action: Action,
    raw: inputs.ReceiveInput | Mapping[str, Any],
    by: Actor,
    now: datetime,
    idempotency: Idempotency | None,
) -> Case:
    data = raw if isinstance(raw, inputs.ReceiveInput) else inputs.ReceiveInput.parse(dict(raw))

    def act() -> Case:
        work = _work(action, data, by, now)
        rule = intake.receive if action is Action.RECEIVE else intake.submit
        outcome: Outcome = rule(work, data)
        done = record(work, action, outcome, idempotency=idempotency)
        attach(done, [one.file for one in data.materials if one.file])
        return done

    return once(act, by=by, idempotency=idempotency, action=action, subject=data.item)


def _work(action: Action, data: inputs.ReceiveInput, by: Actor, now: datetime) -> Work:
    version = _version(data.item)
    item = version.item
    centre = _centre(data, by, item)
    spec = version.spec
    if data.applicant.kind != spec.audience and spec.audience != "both":
        who = "个人" if spec.audience == "natural" else "单位"
        raise InvalidInput(f"这个事项只面向{who}", [FieldError("applicant.kind", f"请以{who}的名义申请")])
    applicant = find_or_create(data.applicant, demo=bool(by.account and by.account.is_demo))
    case = Case(
        item=item,
        item_version=version,
        centre=centre,
        department=item.department,
        applicant=applicant,
        agent=find_or_create(data.agent, demo=applicant.is_demo) if data.agent else None,
        state=State.DRAFT.value,
        kind=spec.case_kind,
        channel=data.channel,
        ticket=data.ticket,
        created_at=now,
    )
    work = work_on(case, move(State.DRAFT, action), by, now)
    _delegated(spec, centre)
    case.pk, serial = reserve_pk(serial_key(item, centre, now))
    case.number, case.query_number = case_number(item, centre, now, serial), query_number()
    return work


def _delegated(spec: ItemSpec, centre: Centre) -> None:
    """A town centre or village station takes only what the item says may be taken there. Raises InvalidInput."""
    here = {"township_centre": spec.delegable.town, "village_station": spec.delegable.village}
    if not here.get(centre.kind, True):
        raise InvalidInput(
            f"这个事项没有下放到{centre.name}，请到县政务服务中心办理", [FieldError("item", "请选可以在这里办理的事项")]
        )


def _version(code: str) -> ItemVersion:
    """The version in force of an item by code or key: one small query, the version itself is kept in memory."""
    current = current_version_id(code)
    if current is None:
        raise InvalidInput("没有这个事项，或者已经停止办理", [FieldError("item", "请重新选择事项")])
    return version_by_id(current)


def _centre(data: inputs.ReceiveInput, by: Actor, item: Item) -> Centre:
    """The receiver's or helper's own centre; online, the one chosen or the item's county hall."""
    for posting in by.postings:
        if Role(posting.role) in _COUNTERS and (not data.centre or posting.centre.key == data.centre):
            return posting.centre
    halls = Centre.objects.select_related("profile").filter(is_open=True)
    if data.centre:
        found = halls.filter(key=data.centre).first()
        if found is None:
            raise InvalidInput("没有这个中心", [FieldError("centre", "请重新选择办理地点")])
        return found
    hall = halls.filter(kind="service_centre", division_id=item.department.division_id).first()
    if hall is None:
        raise InvalidInput("这个事项所在的县还没有开通政务服务中心", [FieldError("item", "请到部门办理")])
    return hall
