"""The style pages, for people who build faces. Routed only when DEBUG is on (urls.py); all data on them is invented."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from . import samples
from .sprite import icon_names


def style_page(request: HttpRequest) -> HttpResponse:
    """Every token and component on one page."""
    messages.success(request, "已保存。下次打开时从这里继续。")
    form = samples.SampleForm({"phone": "1380013800", "way": "", "note": "", "when": "明天"})
    context = {
        "form": form,
        "fresh": samples.SampleForm(),
        "icons": icon_names(),
        "swatches": samples.SWATCHES,
        "events": samples.tracking_events(),
        "facts": samples.FACTS,
        "step_names": samples.STEPS,
        **samples.common(),
    }
    return render(request, "design/style.html", context)


def sample(request: HttpRequest, name: str) -> HttpResponse:
    """One sample page, as a face would build it from the parts: portal, guide, track, apply, desk, case, board."""
    pages = samples.pages()
    if name not in pages:
        raise Http404(name)
    return render(request, f"design/sample_{name}.html", {**samples.common(), **pages[name]})
