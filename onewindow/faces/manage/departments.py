"""Departments: who takes part, and under which numbers they answer."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.models import Item
from onewindow.faces.manage.access import current_postings, departments_for, managing, may_change, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, seen_of, tick
from onewindow.faces.manage.history import latest
from onewindow.faces.manage.lists import page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward
from onewindow.places.changes import department_facts, edit_department
from onewindow.places.models import Department

_PHONE_HINT: Final = "写固定电话和区号，例如 0737-8881234。会出现在办事指南和文书上"


class DepartmentForm(ManagedForm):
    phone = line_field("联系电话", required=False, help_text=_PHONE_HINT, longest=40)
    complaint_phone = line_field(
        "投诉电话", required=False, help_text="群众对这个部门不满意时拨打。和联系电话分开，由不办件的人接听", longest=40
    )
    is_active = tick("启用这个部门", "停用以后不能再给它安排人员和授权；它已经收的件不受影响")


@require_safe
@managing(Area.DEPARTMENTS)
def departments(request: HttpRequest, steward: Steward) -> HttpResponse:
    """The list, with how many items and people each has. Two queries."""
    today = timezone.localdate()
    valid = Q(postings__valid_from__lte=today, postings__account__is_active=True) & (
        Q(postings__valid_until__isnull=True) | Q(postings__valid_until__gte=today)
    )
    found = departments_for(steward).annotate(people=Count("postings", filter=valid))
    if q := words(request):
        found = found.filter(Q(name__icontains=q) | Q(short_name__icontains=q) | Q(code__iexact=q))
    listed = page_of(request, found, "id")
    items = dict(
        Item.objects.in_use()
        .filter(department__in=[row.pk for row in listed.rows])
        .values_list("department")
        .annotate(Count("pk"))
    )
    rows = [{"department": row, "items": items.get(row.pk, 0)} for row in listed.rows]
    return page(
        request, steward, "manage/departments.html", {"page": listed, "rows": rows, "q": q}, current="departments"
    )


@require_safe
@managing(Area.DEPARTMENTS)
def department(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = one(departments_for(steward).select_related("division"), pk=pk)
    people = (
        current_postings(steward)
        .filter(department=found)
        .select_related("account", "centre")
        .order_by("role", "id")[:100]
    )
    context: dict[str, Any] = {
        "department": found,
        "people": people,
        "items": Item.objects.in_use().filter(department=found).count(),
        "changes": latest(f"department:{found.pk}"),
        "may_change": may_change(steward, Area.DEPARTMENTS, found.division_id),
    }
    return page(request, steward, "manage/department.html", context, current="departments")


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.DEPARTMENTS, write=True)
def edit(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found: Department = one(departments_for(steward), pk=pk)
    facts = department_facts(found)
    form = DepartmentForm(request.POST if request.method == "POST" else None, initial=facts)
    change = Change(
        form,
        title=f"修改 {found.name}",
        back=f"/manage/departments/{found.pk}/",
        act=lambda raw: edit_department(found, raw, by=steward, seen=seen_of(request)),
        done="部门信息已经保存。",
        area="departments",
        before=facts,
        rules=[
            "名称和统一社会信用代码来自部门目录，不在这里改",
            "每次保存都会留下改动记录，写明是谁、什么时候、改了什么",
        ],
        crumbs=[("部门", "/manage/departments/"), (found.name, f"/manage/departments/{found.pk}/")],
        verb="edit_department",
    )
    return handle(request, steward, change)
