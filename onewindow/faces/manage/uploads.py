"""Bringing in a year's notice: upload, look at every row, confirm, watch the deadlines being computed again."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.cases.models import Case, CaseEvent
from onewindow.clocks.models import CalendarYear
from onewindow.faces.manage import notices, tasks
from onewindow.faces.manage.access import managing
from onewindow.faces.manage.editing import ManagedForm, line_field
from onewindow.faces.manage.models import CalendarNotice
from onewindow.faces.manage.page import page
from onewindow.inputs import Input, Line
from onewindow.people.authority import record_refusal
from onewindow.people.changes import Area, Steward, may_manage
from onewindow.problems import InvalidInput, Problem

LARGEST: Final = 1024 * 1024
_UNPACKED: Final = 20 * 1024 * 1024
_MOVED_SHOWN: Final = 50


class _Said(Input):
    notice: Line


class NoticeForm(ManagedForm):
    notice = line_field("通知文号", help_text="例如：国办发明电〔2026〕9号。会写进每个变动了期限的办件记录")
    file = forms.FileField(label="放假安排", help_text="CSV 或 Excel（.xlsx），1 MB 以内，一年的安排要完整")

    def clean_notice(self) -> str:
        try:
            return _Said.parse({"notice": self.cleaned_data["notice"]}).notice
        except InvalidInput as problem:
            raise forms.ValidationError(problem.errors[0].message) from problem

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        suffix = Path(file.name or "").suffix.lower()
        if suffix not in {".csv", ".xlsx"}:
            raise forms.ValidationError("只能上传 .csv 或 .xlsx 文件。如果是 .xls，请在 Excel 里另存为 .xlsx")
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError("文件超过 1 MB，不像一年的放假安排，请核对")
        if suffix == ".xlsx" and not _opens(file):
            raise forms.ValidationError("这个 Excel 文件打不开，请另存一份再上传")
        return file


def _opens(file: UploadedFile[Any]) -> bool:
    """Whether a spreadsheet is a zip that unpacks to a sensible size: a small file can hold gigabytes of nothing."""
    try:
        with zipfile.ZipFile(file) as packed:
            return sum(entry.file_size for entry in packed.infolist()) <= _UNPACKED
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    finally:
        file.seek(0)


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.CALENDAR, write=True)
def upload(request: HttpRequest, steward: Steward) -> HttpResponse:
    _insist(steward)
    form = NoticeForm(request.POST, files=request.FILES) if request.method == "POST" else NoticeForm()
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"/manage/calendar/import/{_keep(form, steward).pk}/")
    context = {"form": form, "next_year": steward.today.year + 1}
    status = 422 if request.method == "POST" else 200
    return page(request, steward, "manage/calendar_import.html", context, current="calendar", status=status)


def _keep(form: NoticeForm, steward: Steward) -> CalendarNotice:
    assert steward.actor.account is not None
    file: UploadedFile[Any] = form.cleaned_data["file"]
    name = "".join(c for c in Path(file.name or "notice.csv").name if c.isprintable())[-120:]
    kept: CalendarNotice = CalendarNotice.objects.create(
        account=steward.actor.account, file_name=name, content=file.read(), notice=form.cleaned_data["notice"]
    )
    return kept


def _insist(steward: Steward) -> None:
    """The calendar is one for the whole installation: who manages only a part of it does not change it."""
    if not may_manage(steward.actor, Area.CALENDAR, ""):
        record_refusal(steward.actor, "import_calendar", "calendar", "工作日历由管理整个地区的人导入")
        raise Http404


@require_safe
@managing(Area.CALENDAR)
def notice(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """The rows before confirmation; afterwards how far the recomputation is and which cases moved."""
    found = CalendarNotice.objects.select_related("account").filter(pk=pk).first()
    if found is None:
        raise Http404
    if found.state == "checked":
        return _checked(request, steward, found)
    context = {
        "notice": found,
        "silent": found.is_silent(steward.now),
        "going": found.state in {"waiting", "running"},
        "moved": _moved(steward, found),
        "may_change": may_manage(steward.actor, Area.CALENDAR, ""),
    }
    return page(request, steward, "manage/calendar_progress.html", context, current="calendar")


def _checked(request: HttpRequest, steward: Steward, found: CalendarNotice, status: int = 200) -> HttpResponse:
    preview = notices.read(found)
    years = sorted({row.day.year for row in preview.rows if row.day})
    context = {
        "notice": found,
        "preview": preview,
        "years": years,
        "again": list(CalendarYear.objects.filter(year__in=years).values_list("year", flat=True)),
        "may_change": may_manage(steward.actor, Area.CALENDAR, ""),
    }
    return page(request, steward, "manage/calendar_check.html", context, current="calendar", status=status)


def _moved(steward: Steward, found: CalendarNotice) -> list[dict[str, Any]]:
    """The first of the cases that moved which this person may see, with the day before and after. Two queries."""
    pks = found.moved_cases[:_MOVED_SHOWN]
    if not pks:
        return []
    cases = list(Case.objects.visible_to(steward.actor).filter(pk__in=pks).select_related("item"))
    events = CaseEvent.objects.filter(case__in=[c.pk for c in cases], action="recompute", at__gte=found.confirmed_at)
    told: dict[int, Any] = {event.case_id: event.data.get("moved", {}) for event in events.order_by("seq")}
    return [{"case": case, "days": _days(told.get(case.pk, {}))} for case in cases]


_LIMITS: Final = {"statutory": "法定期限", "promised": "承诺期限"}


def _days(moved: dict[str, list[str | None]]) -> list[dict[str, Any]]:
    """The two limits that people know by name, else the first one."""
    known = [(label, moved[kind]) for kind, label in _LIMITS.items() if kind in moved]
    return [{"label": label, "before": days[0], "after": days[1]} for label, days in known]


@require_POST
@managing(Area.CALENDAR, write=True)
def confirm(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = CalendarNotice.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        taken = notices.take_in(found, by=steward)
    except Problem as problem:
        messages.error(request, problem.title)
        return HttpResponseRedirect(f"/manage/calendar/import/{pk}/")
    tasks.begin(taken)
    messages.success(request, f"{taken.years_words}的放假安排已经写进日历。")
    return HttpResponseRedirect(f"/manage/calendar/import/{pk}/")


@require_POST
@managing(Area.CALENDAR, write=True)
def again(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """Takes up a recomputation that has stopped."""
    _insist(steward)
    found = CalendarNotice.objects.defer("content").filter(pk=pk).first()
    if found is None:
        raise Http404
    if found.is_silent(steward.now):
        tasks.begin(found)
        messages.success(request, "已经接着重算。")
    return HttpResponseRedirect(f"/manage/calendar/import/{pk}/")
