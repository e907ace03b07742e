"""`/desk/`: the work lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from onewindow.cases.models import CaseQuerySet
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.hall.bar import hall_postings
from onewindow.faces.desk.page import page
from onewindow.faces.desk.rows import rows
from onewindow.faces.desk.trail import Trail, as_cursor, key_of, previous, read_cursor
from onewindow.faces.desk.worklists import (
    DUE_CHOICES,
    cases_of,
    due_filter,
    lists_for,
    many_departments,
    state_choices,
)
from onewindow.faces.staff import manages
from onewindow.people.authority import Actor
from onewindow.places.models import Department

PAGE_SIZE = 50


@require_safe
@staff
def work(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One list, soonest due first. Sessions, account, postings, counts, figures and rows: a fixed number of queries."""
    lists = lists_for(actor)
    if not lists and manages(actor):
        return redirect("/manage/")
    if not lists and hall_postings(actor):
        return redirect("/desk/hall/guide/")
    if not lists:
        return page(request, actor, "desk/no_lists.html")
    trail = Trail.of(request)
    chosen = next((one for one in lists if one.key == trail.list), None)
    if chosen is None:
        chosen = lists[0]
        trail = replace(trail, list=chosen.key)
    found = trail.cases(actor)
    assert found is not None  # the list has just been chosen from this person's own
    shown, links = _one_page(found, request, trail)
    context = {
        "chosen": chosen,
        "trail": trail,
        "rows": rows(shown, trail.query, timezone.localdate()),
        "figures": _figures(cases_of(actor, chosen), trail),
        "filters": _filters(actor, trail),
        "filtered": bool(trail.state or trail.department or trail.due),
        **links,
    }
    return page(request, actor, "desk/work.html", context, current=chosen.key)


def _one_page(found: CaseQuerySet, request: HttpRequest, trail: Trail) -> tuple[list[Any], dict[str, str]]:
    """A page by keyset: `after` or `before` name the row next to it."""
    after, before = read_cursor(request.GET.get("after", "")), read_cursor(request.GET.get("before", ""))
    wanted = found.for_list().select_related("centre__profile")
    if before is not None and after is None:
        shown = list(previous(wanted, before)[: PAGE_SIZE + 1])
        more_before, more_after = len(shown) > PAGE_SIZE, True
        shown = shown[:PAGE_SIZE][::-1]
    else:
        shown = list(wanted.after(after).soonest_first()[: PAGE_SIZE + 1])
        more_before, more_after = after is not None, len(shown) > PAGE_SIZE
        shown = shown[:PAGE_SIZE]
    links = {"next_url": "", "prev_url": ""}
    if shown and more_after:
        links["next_url"] = _address(trail, after=as_cursor(key_of(shown[-1])))
    if shown and more_before:
        links["prev_url"] = _address(trail, before=as_cursor(key_of(shown[0])))
    return shown, links


def _address(trail: Trail, **more: str) -> str:
    named = {"list": trail.list, "state": trail.state, "department": trail.department, "due": trail.due, **more}
    return "/desk/?" + urlencode({name: value for name, value in named.items() if value})


def _figures(cases: CaseQuerySet, trail: Trail) -> list[dict[str, Any]]:
    """Overdue, due today and paused in this list: figures that are filters at the same time. One query."""
    today = timezone.localdate()
    wanted: dict[str, Any] = {key: Count("pk", filter=due_filter(key, today)) for key in DUE_CHOICES}
    counted = cases.aggregate(all=Count("pk"), **wanted)
    icons = {"late": "alert-circle", "today": "alert-triangle", "paused": "player-pause"}
    found = [{"key": "", "label": "全部", "icon": "list", "count": counted["all"]}]
    found += [{"key": k, "label": label, "icon": icons[k], "count": counted[k]} for k, label in DUE_CHOICES.items()]
    for one in found:
        one["url"] = _address(replace(trail, due=str(one["key"])))
        one["current"] = one["key"] == trail.due
    return found


def _filters(actor: Actor, trail: Trail) -> dict[str, Any]:
    departments: list[tuple[str, str]] = []
    if many_departments(actor) and actor.posting is not None:
        place = actor.posting.centre.division_id[:6]
        known = Department.objects.filter(is_active=True, division__code__startswith=place).only("id", "short_name")
        departments = [(str(one.pk), one.short_name) for one in known]
    return {"departments": departments, "states": state_choices()}
