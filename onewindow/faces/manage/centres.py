"""Centres from the county hall to the village station: the tree, one of them with its zones, and changing it."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import centres_for, current_postings, managing, may_change, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, pick, radio, seen_of, tick
from onewindow.faces.manage.history import latest
from onewindow.faces.manage.lists import page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward
from onewindow.people.roles import Role
from onewindow.places.changes import add_zone, centre_facts, edit_centre, edit_zone, facts_of
from onewindow.places.models import Centre, RegulationProfile, Window, Zone

RECEIVERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
"""Who serves any window of the centre when posted to none in particular."""


class CentreForm(ManagedForm):
    address = line_field("地址", required=False, help_text="写到门牌号。会印在受理通知书上，群众照着它来")
    phone = line_field("咨询电话", required=False, help_text="写固定电话和区号，例如 0737-8881234", longest=40)
    hours = line_field("办公时间", required=False, help_text="例如：周一至周五 9:00—12:00、13:00—17:00，法定节假日除外")
    profile = pick("适用的规则", [], help_text="各地规定不同的天数和名称按它来。改了以后，新收的件照新规则办")
    is_open = tick("对外服务", "关掉以后不能在这里收新件；已经收的件照常办")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["profile"].choices = list(RegulationProfile.objects.order_by("name").values_list("key", "name"))  # type: ignore[attr-defined]


class ZoneForm(ManagedForm):
    kind = radio("类型", Zone.KINDS)
    name = line_field("名称", help_text="例如：受理一区。同一个中心里不能重名", longest=60)


@require_safe
@managing(Area.CENTRES)
def centres(request: HttpRequest, steward: Steward) -> HttpResponse:
    """The tree's upper two levels, or what a search finds."""
    found = centres_for(steward).select_related("division", "parent")
    if q := words(request):
        match = Q(name__icontains=q) | Q(key__iexact=q) | Q(division__name__icontains=q)
        listed = page_of(request, _counted(found.filter(match)), "key")
        return page(request, steward, "manage/centres.html", {"page": listed, "q": q}, current="centres")
    visible = centres_for(steward).values("pk")
    tops = found.exclude(parent__in=visible)
    listed = page_of(request, _counted(tops), "key")
    branches = _counted(found.filter(parent__in=[row.pk for row in listed.rows])).order_by("key")[:300]
    below: dict[int | None, list[Centre]] = {}
    for branch in branches:
        below.setdefault(branch.parent_id, []).append(branch)
    tree = [{"centre": top, "branches": below.get(top.pk, [])} for top in listed.rows]
    return page(request, steward, "manage/centres.html", {"page": listed, "tree": tree, "q": q}, current="centres")


def _counted(found: QuerySet[Centre]) -> QuerySet[Centre]:
    """With the number of windows in use and of places below."""
    return found.annotate(
        window_count=Count("windows", filter=Q(windows__is_active=True), distinct=True),
        branch_count=Count("branches", distinct=True),
    )


@require_safe
@managing(Area.CENTRES)
def centre(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = one(centres_for(steward).select_related("division", "parent", "profile"), pk=pk)
    others = current_postings(steward).filter(centre=found, window__isnull=True)
    branches = page_of(request, _counted(centres_for(steward).filter(parent=found)), "key")
    context = {
        "centre": found,
        "zones": found.zones.annotate(window_count=Count("windows")).order_by("id"),
        "windows": windows_of(steward, found),
        "others": (floating := list(others.select_related("account", "department").order_by("role", "id")[:100])),
        "anybody": any(posting.role in RECEIVERS for posting in floating),
        "branches": branches,
        "changes": latest(f"centre:{found.pk}"),
        "may_change": may_change(steward, Area.CENTRES, found.division_id),
        "may_staff": may_change(steward, Area.STAFF, found.division_id),
    }
    return page(request, steward, "manage/centre.html", context, current="centres")


def windows_of(steward: Steward, found: Centre) -> QuerySet[Window]:
    """The windows of a centre with their departments and the people posted there now. Three queries."""
    people = Prefetch("postings", current_postings(steward).select_related("account"), to_attr="people")
    rows: QuerySet[Window] = found.windows.select_related("zone").prefetch_related("departments", people)
    return rows.order_by("code")[:300]


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CENTRES, write=True)
def edit(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = one(centres_for(steward), pk=pk)
    facts = centre_facts(found)
    change = Change(
        CentreForm(request.POST if request.method == "POST" else None, initial=facts),
        title=f"修改 {found.name}",
        back=f"/manage/centres/{found.pk}/",
        act=lambda raw: edit_centre(found, raw, by=steward, seen=seen_of(request)),
        done="中心信息已经保存。",
        area="centres",
        before=facts,
        rules=["名称和行政区划来自区划目录，不在这里改", "地址、电话和办公时间会马上出现在门户网站和新出的文书上"],
        crumbs=_crumbs(found),
        verb="edit_centre",
    )
    return handle(request, steward, change)


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CENTRES, write=True)
def new_zone(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = one(centres_for(steward), pk=pk)
    change = Change(
        ZoneForm(request.POST if request.method == "POST" else None),
        title="新增功能区",
        back=f"/manage/centres/{found.pk}/#zones",
        act=lambda raw: add_zone(found, raw, by=steward),
        done="功能区已经加上。",
        area="centres",
        crumbs=_crumbs(found),
        verb="add_zone",
    )
    return handle(request, steward, change)


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CENTRES, write=True)
def zone(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    centre_ids = centres_for(steward).values("pk")
    found = one(Zone.objects.select_related("centre").filter(centre__in=centre_ids), pk=pk)
    facts = facts_of(found, "kind", "name")
    change = Change(
        ZoneForm(request.POST if request.method == "POST" else None, initial=facts),
        title=f"修改功能区「{found.name}」",
        back=f"/manage/centres/{found.centre_id}/#zones",
        act=lambda raw: edit_zone(found, raw, by=steward, seen=seen_of(request)),
        done="功能区已经保存。",
        area="centres",
        before=facts,
        crumbs=_crumbs(found.centre),
        verb="edit_zone",
    )
    return handle(request, steward, change)


def _crumbs(found: Centre) -> list[tuple[str, str]]:
    return [("中心和窗口", "/manage/centres/"), (found.name, f"/manage/centres/{found.pk}/")]
