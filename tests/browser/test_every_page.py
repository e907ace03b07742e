"""Every page of every face, found by following its links: accessible at 1440 and at 390 pixels, no wider than the
screen, without a console error, a broken content policy, or a request to another origin (the guard of the visitor)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import walks
from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.visitor import DESK_SIZE, PHONE_SIZE, Visitor, overflow, serious

pytestmark = pytest.mark.browser
NOT_PAGES = re.compile(r"\.(pdf|csv|svg|json|xlsx)$|/files?/|/materials/m\d+|/healthz|/metrics|^/api/|^/static/")
MOST_PAGES = 70
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))"
Seeds = Callable[[House], list[str]]


def kind_of(path: str) -> str:
    """Pages of one kind share a template: numbers and names in the address do not make another page."""
    parts = urlsplit(path)
    address = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Z]*\d[0-9A-Z]{3,}|\d+", "N", parts.path)
    address = re.sub(r"^/(items|desk/intake|manage/items)/(?!done)[a-zN][^/]*/", r"/\1/N/", address)
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
    page.set_viewport_size(PHONE_SIZE)  # type: ignore[arg-type]
    found += [f"390: {one}" for one in serious(page)]
    if wide := overflow(page):
        found.append(f"390: {wide} pixels too wide")
    page.set_viewport_size(DESK_SIZE)  # type: ignore[arg-type]
    return found


def _cases(*states: str) -> Seeds:
    return lambda house: [f"/desk/cases/{house.cases[state].number}/" for state in states]


WALKS: dict[str, tuple[str, Seeds, str]] = {
    "public": ("", lambda house: ["/", f"/verify/{house.cases['delivered'].paper_code}"], "/"),
    "applicant": ("person1", lambda house: ["/my/", "/apply/fertility-registration/"], "/my/"),
    "clerk": ("clerk1", lambda house: ["/desk/", *_cases("submitted", "received", "correcting")(house)], "/desk/"),
    "exit": ("exit1", lambda house: ["/desk/exit/", *_cases("decided", "issuing", "ready")(house)], "/desk/"),
    "examiner": ("examiner1", lambda house: ["/desk/", *_cases("accepted", "examining")(house)], "/desk/cases/"),
    "chief": ("chief1", lambda house: ["/desk/", *_cases("accepted", "delivered")(house)], "/desk/cases/"),
    "supervisor": ("supervisor1", lambda house: ["/desk/", *_cases("examining")(house)], "/desk/cases/"),
    "manager": ("manager1", lambda house: ["/manage/"], "/manage/"),
    "administrator": ("admin", lambda house: ["/manage/"], "/manage/"),
}


@pytest.mark.parametrize("who", list(WALKS))
def test_pages_are_accessible_and_fit(who: str, visitor: Open, house: House) -> None:
    username, seeds, prefix = WALKS[who]
    assert walk_through(visitor(username), seeds(house), prefix) == []


def test_the_instruments_notice_what_they_are_for(visitor: Open) -> None:
    page = visitor().go("/")
    page.evaluate("() => { document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x.svg\">'); }")
    page.evaluate("() => { document.querySelector('main h1').style.width = '2000px'; }")
    found = findings(page)
    assert any("image-alt" in one for one in found)
    assert any("pixels too wide" in one for one in found)


def test_pages_with_errors_are_accessible_too(visitor: Open, house: House) -> None:
    """What only appears after something was left out: summaries, fields with errors, previews, the tracked case."""
    stranger = visitor()
    page = stranger.go("/login/")
    page.locator("main").get_by_role("button", name="登录").click()
    expect(page.locator(".ow-errors")).to_be_focused()
    wrong = findings(page)
    page.goto("/verify/NOSUCHCODE222222")
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有这份文书")
    wrong += findings(page)
    page = stranger.go("/track/")
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page.locator(".ow-errors")).to_be_visible()
    wrong += findings(page)
    walks.track(stranger, house.cases["correcting"].query_number, house.cases["correcting"].id_tail)
    wrong += findings(page)
    clerk = visitor("clerk1")
    page = clerk.go("/desk/intake/food-operation-licence/")
    page.locator("#do-accept").click()
    expect(page.locator(".ow-errors")).to_be_visible()
    wrong += findings(page)
    page = clerk.go(f"/desk/cases/{house.cases['received'].number}/do/refuse_acceptance/")
    page.get_by_label("理由").fill("不归本机关管。")
    page.get_by_label("应当向哪个机关申请").fill("益阳市市场监督管理局")
    page.locator("#send").click()
    expect(page.locator("#confirm")).to_be_visible()
    wrong += findings(page)
    assert wrong == []
