"""Items as they are published: finding them, one version with all its elements, which was in force on a day, and what
changed between two.

Nothing is edited here; a new version comes by a change request at the desk, or with `ow import items`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.catalogue import versions
from onewindow.catalogue.changes.actions import also_changing, may_apply
from onewindow.catalogue.guide import ITEM_TYPES, Guide, limit_words
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.versiondiff import compare
from onewindow.faces.manage.access import items_for, managing, one
from onewindow.faces.manage.lists import number, page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Department

_STATUS: Final = dict(Item.STATUS)
_DEEMED: Final = {
    "from_receipt": "逾期不告知的，从收到申请那天起就算受理",
    "same_visit": "当场不告知的，当场就算受理",
    "none": "没有视为受理的规定",
}


@require_safe
@managing(Area.ITEMS)
def items(request: HttpRequest, steward: Steward) -> HttpResponse:
    chosen = _chosen(request)
    found = items_for(steward).select_related("department", "current").annotate(version_count=Count("versions"))
    found = found.defer("topics", "current__body")
    if chosen["q"]:
        found = found.filter(Q(name__icontains=chosen["q"]) | Q(code__iexact=chosen["q"]) | Q(key__iexact=chosen["q"]))
    for name in ("status", "item_type", "department"):
        if chosen[name]:
            found = found.filter(**{name: chosen[name]})
    if chosen["versions"]:
        found = found.filter(version_count__gt=1) if chosen["versions"] == "many" else found.filter(version_count=0)
    listed = page_of(request, found, "id")
    departments = Department.objects.filter(pk__in=items_for(steward).values("department")).order_by("id")
    context = {
        "page": listed,
        **chosen,
        "statuses": Item.STATUS,
        "types": sorted(ITEM_TYPES.items()),
        "departments": departments.only("id", "name"),
        "rows": [{"item": item, "type": ITEM_TYPES.get(item.item_type, "其他")} for item in listed.rows],
    }
    return page(request, steward, "manage/items.html", context, current="items")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    status, kind = request.GET.get("status", ""), request.GET.get("item_type", "")
    versions = request.GET.get("versions", "")
    return {
        "q": words(request),
        "status": status if status in _STATUS else "",
        "item_type": kind if kind in ITEM_TYPES else "",
        "department": number(request.GET.get("department")),
        "versions": versions if versions in {"many", "none"} else "",
    }


@require_safe
@managing(Area.ITEMS)
def item(request: HttpRequest, steward: Steward, code: str) -> HttpResponse:
    """The version in force; with `?on=2026-11-22` the one that was (or will be) in force on that day."""
    found = _item(steward, code)
    asked = request.GET.get("on", "").replace("\0", "")[:20]
    if not asked:
        return _shown(request, steward, found, found.current)
    day = _day(asked)
    chosen = versions.in_force_on(found, day) if day else found.current
    return _shown(request, steward, found, chosen, On(asked, day, chosen is not None))


@dataclass(frozen=True, slots=True)
class On:
    """The day somebody asked about; None where what they wrote is no day."""

    asked: str
    day: date | None
    found: bool


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@require_safe
@managing(Area.ITEMS)
def version(request: HttpRequest, steward: Steward, code: str, number: int) -> HttpResponse:
    found = _item(steward, code)
    return _shown(request, steward, found, _version(found, number))


def _item(steward: Steward, code: str) -> Item:
    return one(items_for(steward).select_related("department", "current"), code=code)


def _version(found: Item, number: int) -> ItemVersion:
    chosen = found.versions.filter(number=number).first()
    if chosen is None:
        raise Http404
    return chosen


def _shown(
    request: HttpRequest, steward: Steward, found: Item, chosen: ItemVersion | None, on: On | None = None
) -> HttpResponse:
    every = list(found.versions.defer("body").select_related("change").order_by("-number"))
    context: dict[str, Any] = {
        "item": found,
        "version": chosen,
        "versions": every,
        "on": on,
        "type": ITEM_TYPES.get(found.item_type, "其他"),
        "ahead": chosen is not None and found.current is not None and chosen.number > found.current.number,
        "changes": also_changing(found),
        "applying": may_apply(steward.actor, found) and found.current is not None,
    }
    if chosen is not None:
        context |= _elements(chosen)
    return page(request, steward, "manage/item.html", context, current="items")


def _elements(chosen: ItemVersion) -> dict[str, Any]:
    """Everything the version says, as rows to read."""
    spec, guide = chosen.spec, Guide(chosen.spec)
    notice = spec.notice_rule
    return {
        "guide": guide,
        "spec": spec,
        "basics": [
            ("服务对象", guide.who),
            ("办件类型", spec.case_kind),
            ("审批结果", guide.result_words),
            ("结果有效期", spec.result.validity),
            ("办理渠道", "、".join(guide.channels)),
            ("网上办理深度", guide.depth_words),
            ("跑动次数", guide.visits_words),
            ("送达方式", "、".join(guide.delivery)),
            ("就近办", guide.near),
            ("通办范围", spec.cross_region),
            ("告知承诺", guide.commitment_words or "不适用"),
            ("咨询方式", spec.contact.consult if spec.contact else ""),
            ("监督投诉方式", spec.contact.complain if spec.contact else ""),
            ("急办", spec.urgent.grounds if spec.urgent.capable else "不适用"),
        ],
        "limits": [
            ("法定时限", guide.statutory_words),
            ("法定时限的出处", spec.statutory_limit.source),
            ("承诺时限", spec.promised_limit.words),
            ("补正告知", f"{limit_words(notice.n, notice.unit)}以内一次告知；{_DEEMED[notice.deemed]}"),
            ("补正告知的依据", notice.legal_basis or notice.text),
            ("延期", _extension(chosen)),
        ],
        "fees": [("收费", guide.fee_words), ("收费依据", spec.fee.basis if spec.fee else "")],
        "steps": [
            {"name": step.name, "role": _role(step.role), "limit": limit_words(step.limit.n, step.limit.unit)}
            for step in spec.steps
        ],
    }


def _extension(chosen: ItemVersion) -> str:
    rule = chosen.spec.extension
    if rule is None:
        return "不能延期"
    basis = f"，依据{rule.legal_basis}" if rule.legal_basis else ""
    return f"可以延长 {limit_words(rule.n, rule.unit)}，由{_role(rule.approver)}批准{basis}"


def _role(role: str) -> str:
    return LABELS[Role(role)] if role in set(Role) else role


@require_safe
@managing(Area.ITEMS)
def differences(request: HttpRequest, steward: Steward, code: str) -> HttpResponse:
    """Two versions side by side; without a choice the one in force and the one before it."""
    found = _item(steward, code)
    every = list(found.versions.order_by("-number"))
    if len(every) < 2:
        raise Http404
    by_number = {version.number: version for version in every}
    after = by_number.get(number(request.GET.get("after")) or 0, every[0])
    older = next((version for version in every if version.number < after.number), every[-1])
    before = by_number.get(number(request.GET.get("before")) or 0, older)
    grouped = groupby(compare(before.spec, after.spec), key=lambda difference: difference.group)
    context = {
        "item": found,
        "versions": every,
        "before": before,
        "after": after,
        "groups": [(group, list(rows)) for group, rows in grouped],
    }
    return page(request, steward, "manage/item_differences.html", context, current="items")
