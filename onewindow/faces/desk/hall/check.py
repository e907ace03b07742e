"""`/desk/hall/guide/check/ITEM/`: is this visitor ready? Questions, their own list, ticks; or the list to take along.

What can be done online is said first, with its code (主动引导群众网上办、掌上办: 湖南省政务服务中心管理办法 art. 36).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from onewindow.catalogue.guide import Guide
from onewindow.catalogue.models import Item
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.hall.guide import HOME, chosen_items, plain, posting_of
from onewindow.faces.desk.page import page
from onewindow.hall.queues import hall_map, item_info
from onewindow.papers.qr import qr_svg
from onewindow.people.authority import Actor
from onewindow.problems import Problem

_LONGEST: Final = 40


def _item(key: str) -> Item:
    """Raises Http404 for one that is not in use."""
    found: Item | None = (
        Item.objects.in_use().select_related("current", "department").filter(key=plain(key, 80)).first()
    )
    if found is None or found.current is None:
        raise Http404
    return found


def _guide(request: HttpRequest, item: Item) -> Guide:
    """The guide for the answers in the address; anything that is no option is no answer."""
    assert item.current is not None
    spec = item.current.spec
    answers = {}
    for scenario in spec.scenarios:
        value = request.GET.get(scenario.key, "")[:_LONGEST]
        if value in {option.value for option in scenario.options}:
            answers[scenario.key] = value
    return Guide(spec, answers)


@require_safe
@staff
def check(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    layout = hall_map(posting_of(actor).centre_id)
    item = _item(key)
    guide = _guide(request, item)
    have = {name[:_LONGEST] for name in request.GET.getlist("have")[:100]}
    missing = [line for line in guide.to_bring if line.key not in have]
    others = [one for one in chosen_items(request.GET.getlist("item")) if one.pk != item.pk]
    url = _public(item, guide)
    context = {
        "item": item,
        "guide": guide,
        "questions": _questions(guide),
        "have": have,
        "missing": missing,
        "ready": guide.complete and not missing,
        "elsewhere": _elsewhere(layout, key),
        "others": others,
        "ticket_url": f"{HOME}?{urlencode([('item', one.key) for one in others] + [('item', item.key)])}#ticket",
        "list_url": f"{HOME}check/{item.key}/list/?{urlencode(list(guide.answers.items()))}",
        "qr": qr_svg(url),
        "url": url,
        "on_hall": True,
    }
    return page(request, actor, "desk/hall/check.html", context, current="guide")


def _questions(guide: Guide) -> list[dict[str, Any]]:
    return [{"scenario": scenario, "answer": guide.answers.get(scenario.key, "")} for scenario in guide.spec.scenarios]


def _elsewhere(layout: Any, key: str) -> str:
    """Why this centre does not take the item, and where it is taken; empty when it does."""
    try:
        layout.queue_for("general", [item_info(key)])
    except Problem as problem:
        return problem.title
    return ""


def _public(item: Item, guide: Guide) -> str:
    query = urlencode(list(guide.answers.items()))
    return f"{settings.OW_PUBLIC_URL}/items/{item.key}/{f'?{query}' if query else ''}"


@require_safe
@staff
def take_along(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """The visitor's list on one sheet, with the code that opens it on a phone: instead of a ticket that would be in
    vain."""
    layout = hall_map(posting_of(actor).centre_id)
    item = _item(key)
    guide = _guide(request, item)
    have = {name[:_LONGEST] for name in request.GET.getlist("have")[:100]}
    url = _public(item, guide)
    answers = [
        (scenario.question, next((o.label for o in scenario.options if o.value == guide.answers.get(scenario.key)), ""))
        for scenario in guide.spec.scenarios
    ]
    context = {
        "item": item,
        "guide": guide,
        "layout": layout,
        "lines": [(line, line.key in have) for line in guide.to_bring],
        "answers": [(question, label) for question, label in answers if label],
        "qr": qr_svg(url),
        "url": url,
        "back": f"{HOME}check/{item.key}/?{request.GET.urlencode()}",
    }
    return render(request, "desk/hall/list.html", context)


__all__ = ["check", "take_along"]
