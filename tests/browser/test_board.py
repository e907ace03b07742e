"""The board in a browser: every kind of page by eye of axe at three widths, the wall without scrolling and renewed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open
from tests.browser.crawl import walk_through
from tests.browser.house import ROOT, House
from tests.browser.visitor import overflow, serious

pytestmark = pytest.mark.browser

WALL = {"width": 1920, "height": 1080}
_COUNT = """
from onewindow.commands import _django
_django.setup()
from onewindow.oversight import figures
figures.refresh()
figures.stand()
"""


@pytest.fixture(scope="module", autouse=True)
def counted(house: House) -> None:
    """The periodic jobs do not run in this house: counted once, as they would."""
    env = {**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _COUNT], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def scrolls(page: Page) -> int:
    """By how many pixels the page is higher than the window."""
    high: int = page.evaluate("() => document.documentElement.scrollHeight - document.documentElement.clientHeight")
    return high


def test_every_page_of_the_board_is_sound(visitor: Open) -> None:
    """From the county down to a person and to the rows of a figure."""
    seeds = ["/board/", "/board/centre/taojiang/", "/board/division/430922/rows/?what=open"]
    assert walk_through(visitor("supervisor1"), seeds, "/board/") == []


@pytest.mark.parametrize("who", ["supervisor1", "chief1", "examiner1"])
def test_the_wall_shows_all_without_scrolling(visitor: Open, who: str) -> None:
    page = visitor(who, viewport=WALL).go("/board/screen/")
    expect(page.locator("canvas")).to_be_visible()
    assert (overflow(page), scrolls(page)) == (0, 0)
    assert serious(page) == []
    cut = page.evaluate(
        "() => [...document.querySelectorAll('.wall__main > section')]"
        ".filter((one) => one.scrollHeight > one.clientHeight + 2).map((one) => one.className)"
    )
    assert cut == []
    smallest = page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('.wall__value b')]"
        ".map((one) => parseFloat(getComputedStyle(one).fontSize)))"
    )
    assert smallest >= 40


def test_the_wall_renews_itself_and_says_when_it_cannot(visitor: Open) -> None:
    """With a clock that is moved on by hand: the page asks again after a minute."""
    entered = visitor("supervisor1", viewport=WALL)
    entered.page.clock.install()
    page = entered.go("/board/screen/")
    page.route("**/board/division/**/screen/", lambda route: route.abort())
    page.clock.run_for(61_000)
    expect(page.get_by_text("连接中断，正在重新连接")).to_be_visible()
    page.unroute("**/board/division/**/screen/")
    asked: list[str] = []

    def changed(route: Route) -> None:
        answer = route.fetch()
        asked.append(route.request.url)
        route.fulfill(response=answer, body=answer.text().replace("今天收件", "今天收到的件"))

    page.route("**/board/division/**/screen/", changed)
    page.clock.run_for(61_000)
    expect(page.get_by_role("heading", name="今天收到的件")).to_be_visible()
    expect(page.get_by_text("连接中断，正在重新连接")).to_be_hidden()
    expect(page.locator("canvas")).to_be_visible()
    assert asked


def test_from_the_county_to_the_case(visitor: Open) -> None:
    """By links alone: a figure, its rows, the case itself."""
    entered = visitor("supervisor1")
    page = entered.go("/desk/")
    page.get_by_role("navigation", name="切换工作台").get_by_role("link", name="看板").click()
    expect(page.get_by_role("heading", name="桃江县", exact=True)).to_be_visible()
    shown = page.locator('[data-figure="open"] .ow-figure__value').inner_text()
    page.locator('[data-figure="open"]').get_by_role("link").click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(int(shown.split()[0]))
    rows.first.get_by_role("link").click()
    expect(page).to_have_url(f"{entered.house.url}/desk/cases/{page.url.rstrip('/').rsplit('/', 1)[1]}/")


def test_without_scripts_the_numbers_are_all_there(visitor: Open) -> None:
    entered = visitor("supervisor1")
    cookies = entered.context.storage_state()
    plain = visitor(java_script_enabled=False, storage_state=cookies)
    page = plain.go("/board/")
    expect(page.locator("#trend-table tbody tr")).to_have_count(30)
    expect(page.locator("#trend-table")).to_be_visible()
    expect(page.locator(".board-chart")).to_be_hidden()
    plain.page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator("html").get_attribute("lang") == "zh-CN"
