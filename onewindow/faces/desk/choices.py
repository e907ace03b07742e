"""What may be chosen on the forms: colleagues of the department, departments of the place, officers, chairs."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.db.models import Count, Q
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.cases.steps import node_roles
from onewindow.people.models import Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Department

_OFFICERS = (Role.EXAMINER, Role.VERIFIER, Role.CHIEF, Role.HEAD)


def colleagues(case: Case, roles: Iterable[Role]) -> list[tuple[str, str]]:
    """Usernames of the department's people in these roles, with how many cases each has on the desk. One query."""
    wanted = {role.value for role in roles}
    found = (
        Posting.objects.valid_on(timezone.localdate())
        .filter(department_id=case.department_id, role__in=wanted)
        .select_related("account")
        .annotate(busy=Count("account__assigned_cases", filter=~Q(account__assigned_cases__desk="")))
        .order_by("busy", "account__name")
    )
    rows = {one.account.username: _busy_words(one, getattr(one, "busy", 0)) for one in found}
    return list(rows.items())


def _busy_words(posting: Posting, busy: int) -> str:
    return f"{posting.account.name}（{LABELS[Role(posting.role)]}，在办 {busy} 件）"


def colleague_field(case: Case) -> forms.ChoiceField:
    """Who may have the present step."""
    choices = colleagues(case, node_roles(case.version_spec, case.told.step))
    return forms.ChoiceField(label="交给谁", choices=choices, widget=forms.RadioSelect)


def department_field(case: Case, label: str) -> forms.ChoiceField:
    place = case.centre.division_id[:6]
    found = Department.objects.filter(is_active=True, division__code__startswith=place).exclude(pk=case.department_id)
    choices = [("", "请选择部门"), *((one.code, one.name) for one in found.only("code", "name"))]
    return forms.ChoiceField(label=label, choices=choices)


def officer_choices(case: Case) -> list[tuple[str, str]]:
    """Names of the department's people, for the officers of an inspection."""
    found = (
        Posting.objects.valid_on(timezone.localdate())
        .filter(department_id=case.department_id, role__in=[role.value for role in _OFFICERS])
        .select_related("account")
        .order_by("account__name")
    )
    rows = {one.account.name: f"{one.account.name}（{LABELS[Role(one.role)]}）" for one in found}
    return list(rows.items())


def chair_choices(case: Case) -> list[tuple[str, str]]:
    """Who may chair a hearing: the department's people except those who examine this case (行政许可法 art. 48)."""
    examined = {one["by"] for one in case.told.opinions} | {case.told.assignee}
    found = (
        Posting.objects.valid_on(timezone.localdate())
        .filter(department_id=case.department_id, role__in=[role.value for role in _OFFICERS])
        .exclude(account_id__in=[pk for pk in examined if pk])
        .select_related("account")
        .order_by("account__name")
    )
    rows = {one.account.username: f"{one.account.name}（{LABELS[Role(one.role)]}）" for one in found}
    return [("", "不是听证，不用选"), *rows.items()]
