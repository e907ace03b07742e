"""Finding an item and reading its guide."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from onewindow.catalogue.guide import Guide, contact_lines, material_notes, render_guide
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.catalogue.search import search, suggest
from onewindow.catalogue.spec import ItemSpec
from onewindow.catalogue.topics import Audience, topic, topics
from onewindow.faces.portal.access import problems_as_pages
from onewindow.faces.portal.finding import found, summaries
from onewindow.faces.portal.site import any_hall, home_centre, page
from onewindow.places.models import Department
from onewindow.voice.consultations.search import of_item
from onewindow.voice.ratings import plates

PAGE = 20
LONGEST_QUERY = 60


@require_safe
def browse(request: HttpRequest) -> HttpResponse:
    """Search results with their reasons, or a browse by audience, department and topic. At most six queries."""
    asked = _asked(request)
    context: dict[str, Any] = {"asked": asked, "departments": _departments(), "topic": topic(asked["topic"])}
    if asked["q"]:
        hits = search(asked["q"], audience=asked["audience"] or None, department=asked["department"] or None, limit=50)
        context["results"] = found(hits, asked["q"])
        if not hits:
            context["instead"] = suggest(asked["q"], audience=asked["audience"] or None)
    else:
        shown = _page(_filtered(asked), request.GET.get("page", "1"))
        context |= {"results": summaries(shown.object_list), "shown": shown, **_around(asked, shown)}
    context["topics"] = topics(asked["audience"] or None)
    context["tabs"] = _tabs(asked)
    return page(request, "items.html", context, section="items")


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The filters as typed, cut and checked: unknown values count as none."""
    audience = request.GET.get("audience", "")
    known: Audience | str = audience if audience in {"natural", "legal"} else ""
    named = request.GET.get("topic", "")
    return {
        "q": " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST_QUERY],
        "audience": known,
        "department": request.GET.get("department", "").replace("\0", "")[:18],
        "topic": named if topic(named) else "",
    }


def _filtered(asked: dict[str, Any]) -> QuerySet[Item]:
    items: QuerySet[Item] = Item.objects.in_use().select_related("department", "current")
    if asked["audience"]:
        items = items.filter(audience__in=[asked["audience"], "both"])
    if asked["department"]:
        items = items.filter(department__code=asked["department"])
    if (chosen := topic(asked["topic"])) is not None:
        items = items.filter(key__in=chosen.items)
    return items.order_by("-popularity", "id")


def _page(items: QuerySet[Item], number: str) -> Page[Item]:
    return Paginator(items, PAGE).get_page(number)


def _around(asked: dict[str, Any], shown: Page[Item]) -> dict[str, str]:
    kept = {name: value for name, value in asked.items() if value}
    return {
        "next_url": f"?{urlencode({**kept, 'page': shown.next_page_number()})}" if shown.has_next() else "",
        "prev_url": f"?{urlencode({**kept, 'page': shown.previous_page_number()})}" if shown.has_previous() else "",
    }


def _tabs(asked: dict[str, Any]) -> list[dict[str, Any]]:
    kept = {name: value for name, value in asked.items() if value and name not in {"audience", "topic"}}
    return [
        {
            "label": label,
            "url": f"/items/?{urlencode({**kept, 'audience': audience} if audience else kept)}",
            "current": asked["audience"] == audience,
        }
        for audience, label in (("", "全部"), ("natural", "个人"), ("legal", "企业和单位"))
    ]


def _departments() -> list[Department]:
    return list(
        Department.objects.filter(is_active=True, items__status="in_use", items__current__isnull=False)
        .annotate(number=Count("items"))
        .order_by("-number", "id")
    )


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """The list under the search box while somebody types: a fragment, at most two queries."""
    asked = _asked(request)
    hits = search(asked["q"], limit=6) if asked["q"] else []
    response = render(request, "portal/parts/suggestions.html", {"results": found(hits, asked["q"]), "q": asked["q"]})
    response["Cache-Control"] = "public, max-age=60"
    return response


def item_by(code: str) -> Item:
    """The item by its key or its 31-character code, whatever its status. Raises Http404."""
    item = (
        Item.objects.filter(Q(key=code) | Q(code=code), current__isnull=False)
        .select_related("current", "department__division")
        .first()
    )
    if item is None or item.current is None:
        raise Http404
    item.current.item = item
    return item


def answers_from(spec: ItemSpec, given: Any) -> dict[str, str]:
    """The answers in a query or a form that this item can use; anything else is left out."""
    problems = spec.problems_with(told := {s.key: str(given[s.key]) for s in spec.scenarios if s.key in given})
    return {key: value for key, value in told.items() if key not in problems}


@require_safe
@problems_as_pages
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """The five answers first, then this person's materials. At most six queries, one of them once a minute."""
    item = item_by(code)
    version = item.current
    assert version is not None
    told = Guide(version.spec, answers_from(version.spec, request.GET))
    centre = home_centre()
    context: dict[str, Any] = {
        "centre": centre,
        "item": item,
        "version": version,
        "guide": told,
        "questions": _questions(told),
        "materials": [(line, material_notes(line)) for line in told.to_bring],
        "siblings": _siblings(version.spec),
        "place": item.centres.filter(is_open=True).order_by("id").first() or centre,
        "contacts": contact_lines(item.department, version.spec.contact),
        "query": urlencode(told.answers),
        "chosen": _chosen(told),
        "knowledge": of_item(item.pk),
        "hall": item.status == "in_use" and any_hall(),
        "rate": plates.path("item", item.pk, centre.pk) if centre else "",
    }
    return page(request, "guide.html", context, section="items")


def _questions(told: Guide) -> list[dict[str, Any]]:
    return [
        {
            "key": scenario.key,
            "question": scenario.question,
            "options": [
                {"value": o.value, "label": o.label, "checked": told.answers.get(scenario.key) == o.value}
                for o in scenario.options
            ],
        }
        for scenario in told.spec.scenarios
    ]


def _chosen(told: Guide) -> str:
    labels = [o["label"] for question in _questions(told) for o in question["options"] if o["checked"]]
    return "、".join(labels)


def _siblings(spec: ItemSpec) -> list[dict[str, str]]:
    """变更、延续、注销: with a link where this place carries the item out."""
    keys = [one.item for one in spec.siblings if one.item]
    known = set(Item.objects.in_use().filter(key__in=keys).values_list("key", flat=True)) if keys else set()
    return [
        {"relation": one.relation, "name": one.name, "url": f"/items/{one.item}/" if one.item in known else ""}
        for one in spec.siblings
    ]


@require_safe
def guide_pdf(request: HttpRequest, code: str) -> HttpResponse:
    item = item_by(code)
    assert item.current is not None
    response = HttpResponse(_rendered(item.current.pk, item.current.digest), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{item.key}-guide.pdf"'
    response["Cache-Control"] = "public, max-age=3600"
    response["Last-Modified"] = http_date(item.current.published_at.timestamp())
    return response


@lru_cache(maxsize=64)
def _rendered(version: int, digest: str) -> bytes:
    """A published version never changes, so one rendering a process is enough; `digest` keeps the key honest."""
    return render_guide(ItemVersion.objects.select_related("item__department").get(pk=version))
