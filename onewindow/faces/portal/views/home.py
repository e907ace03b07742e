"""The front page, where the search box is the page, and the page about help and accessibility."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.catalogue.models import Item
from onewindow.catalogue.topics import topics
from onewindow.faces.portal.finding import TOPIC_ICONS, TopicLink, said_as, spread, summaries
from onewindow.faces.portal.site import any_hall, home_centre, opening, page

POPULAR = 6


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Queries: the centre, the popular items, the number of items."""
    centre = home_centre()
    asked = Item.objects.in_use().select_related("department", "current").order_by("-popularity", "id")
    popular = spread(list(asked[:40]), POPULAR)
    context = {
        "centre": centre,
        "opening": opening(centre),
        "hall": any_hall(),
        "phrases": list(dict.fromkeys(said_as(item) for item in popular)),
        "popular": summaries(popular),
        "number": Item.objects.in_use().count(),
        "life": [TopicLink(one, TOPIC_ICONS.get(one.key, "point")) for one in topics("natural")],
        "business": [TopicLink(one, TOPIC_ICONS.get(one.key, "building")) for one in topics("legal")],
    }
    return page(request, "home.html", context, section="home")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    centre = home_centre()
    return page(request, "about.html", {"centre": centre, "opening": opening(centre)})
