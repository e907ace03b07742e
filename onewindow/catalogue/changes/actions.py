"""Change requests of the catalogue: telling the centre, who sees them, for whom they wait, what the item becomes.

The moves are in `changes_moves`; a version is made in `versions` and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from onewindow.catalogue.changes.draft import whole
from onewindow.catalogue.changes.inputs import Told
from onewindow.catalogue.changes.loop import APPLIERS, BY_DOCUMENT, CHANGE, PROPOSE, REVIEWERS, REVISE, TELL
from onewindow.catalogue.models import ChangeRequest, Item
from onewindow.catalogue.spec import ItemSpec
from onewindow.loops import engine
from onewindow.loops.definition import Move
from onewindow.loops.numbers import new_number
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role
from onewindow.problems import FieldError, InvalidInput, Refused, RuleBroken

EARLIEST: Final = date(2000, 1, 1)
_PREFIX: Final = "BG"


# ---- who -----------------------------------------------------------------------------------------------------------


def may_apply(actor: Actor, item: Item) -> bool:
    return _applying(actor, item.department_id) is not None


def _applying(actor: Actor, department: int) -> Posting | None:
    """The post in which somebody speaks for this department about its items."""
    mine = (one for one in actor.postings if Role(one.role) in APPLIERS and one.department_id == department)
    return next(mine, None)


def why_not(row: ChangeRequest, move: Move, actor: Actor) -> str:
    """Why somebody in the right role may still not make this move here; "" when they may.

    An editor's and a publisher's role reaches no cases, so the engine does not ask where they work: this does.
    """
    if move.roles == APPLIERS:
        return "" if _applying(actor, row.department_id or 0) else "这是别的部门的事项，由事项所属的部门办理"
    if move.roles == REVIEWERS:
        here = (one for one in actor.postings if Role(one.role) in REVIEWERS)
        near = any(row.centre.division_id.startswith(one.centre.division_id) for one in here)
        return "" if near else "这个事项不在您管理的区域"
    return ""


def visible(actor: Actor) -> QuerySet[ChangeRequest]:
    found: QuerySet[ChangeRequest] = ChangeRequest.objects.visible_to(actor)
    return found


def waiting(actor: Actor) -> QuerySet[ChangeRequest]:
    """Those whose next step is this person's."""
    mine = Q(pk__in=[])
    departments = {one.department_id for one in actor.postings if Role(one.role) in APPLIERS and one.department_id}
    if departments:
        mine |= Q(state__in=["opened", "returned"], department_id__in=sorted(departments))
    if actor.roles & REVIEWERS:
        own = {one.department_id for one in actor.postings if one.department_id}
        mine |= Q(state__in=["proposed", "approved"]) & ~Q(department_id__in=sorted(own))
    return visible(actor).filter(mine)


def also_changing(item: Item, but: int = 0) -> list[ChangeRequest]:
    """Unfinished requests for the same item: only one of them can be published against the version in force."""
    return list(item.changes.filter(closed_at=None).exclude(pk=but).order_by("id")[:10])


# ---- telling the centre --------------------------------------------------------------------------------------------


def tell(raw: object, by: Actor, *, now: datetime | None = None) -> ChangeRequest:
    """Registers that an item has to change; how late that is shows at once. Raises InvalidInput, Refused (recorded),
    RuleBroken for an item that has no version yet."""
    at, given = now or timezone.now(), Told.parse(raw)
    item = _item(given.item)
    posting = _applying(by, item.department_id)
    if posting is None:
        reason = (
            f"只有{item.department.name}的{'、'.join(LABELS[r] for r in Role if r in APPLIERS)}能为这个事项申请变更"
        )
        record_refusal(by, "change.tell", item.code, reason)
        raise Refused(reason)
    if item.current_id is None:
        raise RuleBroken("这个事项还没有公布过版本，请先用目录文件导入")
    _check_day(given.basis_on, timezone.localdate(at))
    row = ChangeRequest(
        number=new_number(_PREFIX, ChangeRequest),
        centre=posting.centre,
        department=item.department,
        person=by.account,
        state="opened",
        item=item,
        kind=given.kind,
        basis_name=given.basis_name,
        basis_number=given.basis_number,
        basis_on=given.basis_on,
        base_id=item.current_id,
    )
    terms = (TELL, PROPOSE, REVISE) if given.kind in BY_DOCUMENT else (TELL, PROPOSE)
    with transaction.atomic():
        return engine.open_matter(
            CHANGE,
            row,
            by=Actor(by.account, (posting,)),
            now=at,
            data=given.model_dump(mode="json", exclude={"words"}),
            words=given.words,
            starts=tuple(replace(term, since=given.basis_on) for term in terms),
            settles=(TELL.kind,),
        )


def _item(named: str) -> Item:
    rows = Item.objects.select_related("department", "current")
    found: Item | None = rows.filter(Q(key=named) | Q(code=named)).first()
    if found is None:
        raise InvalidInput("没有这个事项", [FieldError("item", "没有这个事项，请重新选择")])
    return found


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise InvalidInput("日期不对", [FieldError("basis_on", "公布日期不能在今天以后")])
    if day < EARLIEST:
        raise InvalidInput("日期不对", [FieldError("basis_on", f"公布日期不能早于 {EARLIEST.year} 年")])


# ---- what it says --------------------------------------------------------------------------------------------------


def proposed_spec(row: ChangeRequest) -> ItemSpec:
    """The whole text as the draft would make it, against the version it was drawn up against."""
    assert row.base is not None
    return whole(row.base.spec, row.draft.get("spec", {}))


def beside(row: ChangeRequest) -> dict[str, Any]:
    """What the draft changes beside the text: the status, and the keys of the centres."""
    return {name: row.draft[name] for name in ("status", "centres") if name in row.draft}


__all__ = ["also_changing", "beside", "may_apply", "proposed_spec", "tell", "visible", "waiting", "why_not"]
