"""Walking through all pages of a face: one of each kind that the links lead to, judged at two widths."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.visitor import DESK_SIZE, PHONE_SIZE, Visitor, overflow, serious

NOT_PAGES = re.compile(r"\.(pdf|csv|svg|json|xlsx)$|/files?/|/materials/m\d+|/healthz|/metrics|^/api/|^/static/")
MOST_PAGES = 100
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"


def kind_of(path: str) -> str:
    """Pages of one kind share a template: numbers and names in the address do not make another page."""
    parts = urlsplit(path)
    address = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]*\d[0-9A-Z]{3,}|\d+", "N", parts.path)
    named_item = r"^/(items|desk/intake|desk/hall/guide/check|manage/items)/(?!done)[a-zN][^/]*/"
    address = re.sub(named_item, r"/\1/N/", address)
    address = re.sub(r"^/(manage/hall|kiosk|screens)/[^/]+/", r"/\1/N/", address)
    address = re.sub(r"^/manage/rules/(?!centres/)[^/]+/(?=[A-Z])[A-Z0-9-]+/", "/manage/rules/N/N/", address)
    address = re.sub(r"^/manage/rules/(?!centres/)[^/]+/", "/manage/rules/N/", address)
    named = re.search(r"(?:^|&)(list|applicant)=", parts.query)
    return f"{address}?{named.group(1)}" if named else address


def walk_through(visitor: Visitor, seeds: list[str], prefix: str) -> list[str]:
    """Opens the seeds and one page of each kind that they lead to below `prefix`. Returns what is wrong."""
    waiting, seen, wrong = list(seeds), {kind_of(seed) for seed in seeds}, []
    opened = 0
    while waiting and opened < MOST_PAGES:
        path = waiting.pop(0)
        opened += 1
        page = visitor.go(path)
        wrong += [f"{path}: {one}" for one in findings(page)]
        for link in _inside(page, prefix):
            if kind_of(link) not in seen:
                seen.add(kind_of(link))
                waiting.append(link)
    assert not waiting, f"more kinds of pages than expected: {waiting}"
    assert opened > 1
    return wrong


def _inside(page: Page, prefix: str) -> list[str]:
    found = []
    for href in page.evaluate(_LINKS):
        path = urlsplit(href)
        if href.startswith("/") and path.path.startswith(prefix) and not NOT_PAGES.search(path.path):
            found.append(path._replace(fragment="").geturl())
    return found


def findings(page: Page) -> list[str]:
    """What axe and the ruler find on the open page, at both widths; the window is as before afterwards."""
    found = [f"1440: {one}" for one in serious(page)]
    page.set_viewport_size(PHONE_SIZE)
    found += [f"390: {one}" for one in serious(page)]
    if wide := overflow(page):
        found.append(f"390: {wide} pixels too wide")
    page.set_viewport_size(DESK_SIZE)
    return found
