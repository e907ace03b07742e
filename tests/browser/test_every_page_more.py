"""Every page of management, the pages that only errors bring about, and whether the instruments would notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.conftest import Open
from tests.browser.crawl import findings, walk_through
from tests.browser.house import House

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("username", "seeds", "prefix"),
    [("manager1", ["/manage/"], "/manage/"), ("admin", ["/manage/", "/manage/staff/"], "/manage/staff/")],
)
def test_pages_of_management_are_accessible_and_fit(
    visitor: Open, username: str, seeds: list[str], prefix: str
) -> None:
    assert walk_through(visitor(username), seeds, prefix) == []


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
