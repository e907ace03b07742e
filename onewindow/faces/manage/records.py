"""The two records that nobody can alter: what was changed, and who was refused, looked, or signed in."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.faces.manage.access import held, managing, within_records
from onewindow.faces.manage.history import lines
from onewindow.faces.manage.labels import VERBS, Names
from onewindow.faces.manage.lists import page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward, covers_all
from onewindow.people.models import AccessRecord, ChangeRecord, Posting

KINDS: Final = dict(AccessRecord.KINDS)
TONES: Final = {"refused": "late", "unmasked": "soon", "signed_in": "ontime", "sign_in_failed": "soon"}


@require_safe
@managing(Area.CHANGES)
def changes(request: HttpRequest, steward: Steward) -> HttpResponse:
    verb, subject = request.GET.get("verb", ""), words(request, "subject")
    found = ChangeRecord.objects.filter(within_records(steward, Area.CHANGES)).select_related("account", "posting")
    if verb in VERBS:
        found = found.filter(verb=verb)
    if subject:
        found = found.filter(subject=subject)
    found = _between(found, request)
    if q := words(request):
        found = found.filter(Q(account__name__icontains=q) | Q(account__username__iexact=q))
    listed = page_of(request, found, "-id", count=False)
    context = {
        "page": listed,
        "lines": lines(listed.rows),
        "verbs": VERBS.items(),
        "verb": verb,
        "q": q,
        **_days(request),
    }
    return page(request, steward, "manage/changes.html", context, current="changes")


@require_safe
@managing(Area.ACCESS)
def access(request: HttpRequest, steward: Steward) -> HttpResponse:
    kind = request.GET.get("kind", "")
    found = _visible(steward).select_related("account", "posting__centre")
    if kind in KINDS:
        found = found.filter(kind=kind)
    found = _between(found, request)
    if q := words(request):
        found = found.filter(Q(account__name__icontains=q) | Q(account__username__iexact=q) | Q(subject__iexact=q))
    listed = page_of(request, found, "-id", count=False)
    names = Names.of([], [record.subject for record in listed.rows])
    context = {
        "page": listed,
        "rows": [_row(record, names) for record in listed.rows],
        "kinds": AccessRecord.KINDS,
        "kind": kind,
        "q": q,
        **_days(request),
    }
    return page(request, steward, "manage/access.html", context, current="access")


def _visible(steward: Steward) -> QuerySet[AccessRecord]:
    """Records about the people of the territory; all of them for whoever manages (or supervises) the whole."""
    own = held(steward, Area.ACCESS)
    if covers_all(own):
        return AccessRecord.objects.all()
    people = Posting.objects.filter(own.on("centre__division__code")).values("account")
    return AccessRecord.objects.filter(account__in=people)


def _row(record: AccessRecord, names: Names) -> dict[str, Any]:
    return {
        "record": record,
        "kind": KINDS.get(record.kind, record.kind),
        "tone": TONES.get(record.kind, "done"),
        "who": record.account.name if record.account else "没有登录的人",
        "action": _action_words(record.action),
        "subject": names.subject(record.subject)[0] if record.subject else "",
    }


_SHOWN_FIELDS: Final = {
    "name": "查看姓名或名称",
    "id_number": "查看证件号码",
    "phone": "查看手机号码",
    "address": "查看联系地址",
    "show_phone": "查看工作人员手机号码",
}


def _action_words(action: str) -> str:
    if action in set(Action):
        return MOVES[Action(action)].label
    name = action.removeprefix("unmask.")
    return VERBS.get(action) or _SHOWN_FIELDS.get(name) or action


def _days(request: HttpRequest) -> dict[str, dt.date | None]:
    return {"since": _day(request, "since"), "until": _day(request, "until")}


def _day(request: HttpRequest, name: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2099 else None


def _between(found: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    days = _days(request)
    zone = timezone.get_default_timezone()
    if days["since"]:
        found = found.filter(at__gte=dt.datetime.combine(days["since"], dt.time.min, zone))
    if days["until"]:
        found = found.filter(at__lt=dt.datetime.combine(days["until"], dt.time.min, zone) + dt.timedelta(days=1))
    return found
