"""Changing places: departments, centres, zones and windows. One verb each, audited by whoever acts as Steward.

Places lie below people, so the steward is a protocol here; `people.changes.Steward` is the one that asks for authority
and writes the record. Every action raises Refused, InvalidInput or Stale, and then nothing changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from django.db import models
from pydantic import AfterValidator, StringConstraints

from onewindow.digest import digest_of
from onewindow.inputs import Input, Line, OptionalLine, at_most
from onewindow.places.models import Centre, Department, RegulationProfile, Window, Zone
from onewindow.problems import FieldError, InvalidInput, Stale


@dataclass
class Note:
    """What a change tells the record: its subject (known when it is done at the latest), what was before and after."""

    subject: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


class Steward(Protocol):
    def change(self, verb: str, area: str, division: str, subject: str) -> AbstractContextManager[Note]: ...


def _office_phone(text: str) -> str:
    if text and not any(character.isdigit() for character in text):
        raise ValueError("电话里没有数字，请写成 0737-8881234 这样")
    return text


OfficePhone = Annotated[OptionalLine, at_most(40), AfterValidator(_office_phone)]
WindowCode = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,9}$")]
Name60 = Annotated[Line, at_most(60)]
WindowKind = Literal[
    "general",
    "consulting",
    "theme",
    "helper",
    "cross_province",
    "in_province",
    "in_city",
    "cannot_get_done",
    "enterprise_policy",
    "disclosure",
    "green",
    "hand_out",
]
ZoneKind = Literal["guidance", "acceptance", "back_office", "hand_out", "self_service", "disclosure", "waiting"]


class DepartmentEdit(Input):
    phone: OfficePhone = ""
    complaint_phone: OfficePhone = ""
    is_active: bool = True


class CentreEdit(Input):
    address: OptionalLine = ""
    phone: OfficePhone = ""
    hours: OptionalLine = ""
    profile: str
    is_open: bool = True


class ZoneEdit(Input):
    kind: ZoneKind
    name: Name60


class WindowEdit(Input):
    """`departments` are ids; empty exactly when the window takes every department's items (无差别)."""

    name: Name60
    kind: WindowKind
    mode: Literal["any", "field"] = "any"
    zone: int | None = None
    departments: tuple[int, ...] = ()
    is_active: bool = True


class WindowNew(WindowEdit):
    code: WindowCode


def facts_of(row: models.Model, *names: str) -> dict[str, Any]:
    """The named columns as JSON knows them."""
    return {name: getattr(row, name) for name in names}


def seen_digest(facts: Mapping[str, Any]) -> str:
    """What an editor was shown, in short: compared when saving, so that nobody overwrites what another just changed."""
    return digest_of(dict(facts))[:16]


def refuse_stale(facts: Mapping[str, Any], seen: str | None) -> None:
    if seen is not None and seen != seen_digest(facts):
        raise Stale("您打开以后，有别人改过这一项。请看一看现在的内容，再改一次")


# ---- departments --------------------------------------------------------------------------------------------------

_DEPARTMENT = ("phone", "complaint_phone", "is_active")


def department_facts(department: Department) -> dict[str, Any]:
    return facts_of(department, *_DEPARTMENT)


def edit_department(department: Department, raw: Any, *, by: Steward, seen: str | None = None) -> Department:
    """Telephone numbers, and whether the department takes part. Its name and code come with the import."""
    values = DepartmentEdit.parse(raw)
    with by.change("edit_department", "departments", department.division_id, f"department:{department.pk}") as note:
        locked = Department.objects.select_for_update().get(pk=department.pk)
        note.before = department_facts(locked)
        refuse_stale(note.before, seen)
        note.after = values.model_dump()
        _assign(locked, note.after)
    return locked


# ---- centres ------------------------------------------------------------------------------------------------------

_CENTRE = ("address", "phone", "hours", "is_open")


def centre_facts(centre: Centre) -> dict[str, Any]:
    return {**facts_of(centre, *_CENTRE), "profile": centre.profile_id}


def edit_centre(centre: Centre, raw: Any, *, by: Steward, seen: str | None = None) -> Centre:
    """Where it is, when it is open, how to reach it, and under which rule book it works."""
    values = CentreEdit.parse(raw)
    with by.change("edit_centre", "centres", centre.division_id, f"centre:{centre.pk}") as note:
        locked = Centre.objects.select_for_update().get(pk=centre.pk)
        note.before = centre_facts(locked)
        refuse_stale(note.before, seen)
        if not RegulationProfile.objects.filter(pk=values.profile).exists():
            raise InvalidInput("有一处需要改一改", [FieldError("profile", "没有这套规则，请重新选择")])
        note.after = values.model_dump()
        locked.profile_id = values.profile
        _assign(locked, {name: getattr(values, name) for name in _CENTRE})
    return locked


def add_zone(centre: Centre, raw: Any, *, by: Steward) -> Zone:
    values = ZoneEdit.parse(raw)
    with by.change("add_zone", "centres", centre.division_id, f"centre:{centre.pk}") as note:
        Centre.objects.select_for_update().get(pk=centre.pk)
        if centre.zones.filter(name=values.name).exists():
            raise InvalidInput("有一处需要改一改", [FieldError("name", "已经有同名的功能区，请换一个名称")])
        zone = Zone.objects.create(centre=centre, kind=values.kind, name=values.name)
        note.after = {"zone": zone.pk, **facts_of(zone, "kind", "name")}
    return zone


def edit_zone(zone: Zone, raw: Any, *, by: Steward, seen: str | None = None) -> Zone:
    values = ZoneEdit.parse(raw)
    with by.change("edit_zone", "centres", zone.centre.division_id, f"zone:{zone.pk}") as note:
        locked = Zone.objects.select_for_update(of=("self",)).select_related("centre").get(pk=zone.pk)
        note.before = facts_of(locked, "kind", "name")
        refuse_stale(note.before, seen)
        if locked.centre.zones.filter(name=values.name).exclude(pk=zone.pk).exists():
            raise InvalidInput("有一处需要改一改", [FieldError("name", "已经有同名的功能区，请换一个名称")])
        note.after = values.model_dump()
        _assign(locked, note.after)
    return locked


# ---- windows ------------------------------------------------------------------------------------------------------

_WINDOW = ("name", "kind", "mode", "is_active")


def window_facts(window: Window) -> dict[str, Any]:
    departments = sorted(department.pk for department in window.departments.all())
    return {**facts_of(window, *_WINDOW), "zone": window.zone_id, "departments": departments}


def add_window(centre: Centre, raw: Any, *, by: Steward) -> Window:
    values = WindowNew.parse(raw)
    with by.change("add_window", "centres", centre.division_id, f"centre:{centre.pk}") as note:
        Centre.objects.select_for_update().get(pk=centre.pk)
        code = values.code.upper()
        if centre.windows.filter(code__iexact=code).exists():
            raise InvalidInput("有一处需要改一改", [FieldError("code", f"{code} 已经有了，请换一个窗口号")])
        _check_window(centre, values)
        window = Window(centre=centre, code=code, zone_id=values.zone, **facts_of_input(values, _WINDOW))
        window.save()
        window.departments.set(values.departments)
        note.subject = f"window:{window.pk}"
        note.after = {"code": code, **window_facts(window)}
    return window


def edit_window(window: Window, raw: Any, *, by: Steward, seen: str | None = None) -> Window:
    """Its code stays: it is on tickets and plates; a window no longer used is switched off."""
    values = WindowEdit.parse(raw)
    with by.change("edit_window", "centres", window.centre.division_id, f"window:{window.pk}") as note:
        locked: Window = Window.objects.select_for_update(of=("self",)).select_related("centre").get(pk=window.pk)
        note.before = window_facts(locked)
        refuse_stale(note.before, seen)
        _check_window(locked.centre, values)
        locked.zone_id = values.zone
        _assign(locked, facts_of_input(values, _WINDOW))
        locked.departments.set(values.departments)
        note.after = {**values.model_dump(), "departments": sorted(values.departments)}
    return locked


def facts_of_input(values: Input, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(values, name) for name in names}


def _check_window(centre: Centre, values: WindowEdit) -> None:
    errors = []
    if values.mode == "field" and not values.departments:
        errors.append(FieldError("departments", "分领域的窗口要选出它接哪些部门的事项"))
    if values.mode == "any" and values.departments:
        errors.append(FieldError("departments", "无差别的窗口接所有部门的事项，不用再选部门"))
    if values.zone is not None and not centre.zones.filter(pk=values.zone).exists():
        errors.append(FieldError("zone", "这个中心没有这个功能区，请重新选择"))
    if len(set(values.departments)) != len(values.departments) or _unknown(centre, values.departments):
        errors.append(FieldError("departments", "有的部门不在这个地方，请重新选择"))
    if errors:
        raise InvalidInput("有几处需要改一改", errors)


def _unknown(centre: Centre, departments: tuple[int, ...]) -> bool:
    return departments_of(centre).filter(pk__in=departments).count() != len(departments)


def departments_of(centre: Centre) -> models.QuerySet[Department]:
    """The bodies whose items may be taken there: those of its division and of the divisions above it."""
    code = centre.division_id
    above = [code[:length] for length in (2, 4, 6, 9, 12) if length <= len(code)]
    return Department.objects.filter(division_id__in=above)


def _assign(row: models.Model, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
