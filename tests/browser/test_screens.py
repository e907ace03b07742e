"""The screens of a hall in a browser: a call is there within a second and is said once; what is lost comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, ViewportSize, expect

from tests.browser.conftest import Open
from tests.browser.hand import CENTRE, Hands
from tests.browser.house import House
from tests.browser.visitor import Visitor, overflow, serious

pytestmark = pytest.mark.browser

WALL: dict[str, ViewportSize] = {
    "landscape": {"width": 1920, "height": 1080},
    "portrait": {"width": 1080, "height": 1920},
}
HALL = f"/screens/{CENTRE}/"
NUMBER, WINDOW = ".spot__number", ".spot__window b"
# What would be heard, and when each text came on the screen.
LISTEN = """
window.said = [];
window.shown = {};
speechSynthesis.speak = (words) => {
  window.said.push(words.text);
  setTimeout(() => words.onend && words.onend(new Event("end")), 50);
};
new MutationObserver(() => {
  const place = (one) => document.querySelector(one)?.textContent || "";
  const text = place(".spot__number") + place(".screen__calls") + place(".plate__number");
  for (const found of text.match(/S\\d{3}/g) || []) window.shown[found] ??= Date.now();
}).observe(document, { childList: true, subtree: true, characterData: true });
"""


@pytest.fixture(scope="module")
def at_windows(house: House) -> Iterator[Hands]:
    import os

    with Hands({**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}) as working:
        yield working


@pytest.fixture
def hands(at_windows: Hands) -> Hands:
    at_windows("fresh")
    return at_windows


def mounted(visitor: Open, path: str = HALL, size: str = "landscape", **options: object) -> Visitor:
    """A screen that listens to itself, with everything shown that is there."""
    screen = visitor(viewport=WALL[size], **options)
    screen.context.add_init_script(LISTEN)
    with screen.page.expect_response(lambda answer: answer.url.endswith("/feed") and answer.status == 200):
        screen.go(path)
    return screen


def said(page: Page) -> list[str]:
    words: list[str] = page.evaluate("window.said")
    return words


def heard(page: Page, count: int) -> list[str]:
    page.wait_for_function("count => window.said.length >= count", arg=count, timeout=20_000)
    return said(page)


def test_a_call_is_on_every_screen_within_one_second(visitor: Open, hands: Hands) -> None:
    wall, tall = mounted(visitor).page, mounted(visitor, size="portrait").page
    plate = mounted(visitor, f"{HALL}windows/S02/").page
    expect(wall.get_by_text("还没有叫号", exact=True)).to_be_visible()
    expect(plate.get_by_text("未开放")).to_be_visible()
    delays: dict[Page, list[float]] = {wall: [], tall: [], plate: []}
    for _ in range(3):
        called = hands("call", window="S02")
        for page in (wall, tall):
            expect(page.locator(NUMBER)).to_have_text(called["number"])
            expect(page.locator(WINDOW)).to_have_text("S02")
            expect(page.locator(".call").first).to_contain_text("综合窗口2号")
        expect(plate.locator(".plate__number")).to_have_text(called["number"])
        expect(plate.get_by_text("请到本窗口")).to_be_visible()
        for page, seen in delays.items():
            seen.append(page.evaluate("number => window.shown[number]", called["number"]) - called["at"])
        hands("act", verb="start", window="S02")
        hands("act", verb="finish", window="S02")
    # The middle of three: the machine of the tests may hold a browser up for a moment, the feed may not.
    assert {page.url: sorted(seen)[1] for page, seen in delays.items() if sorted(seen)[1] >= 1000} == {}


def test_each_call_is_said_once_and_a_recall_again(visitor: Open, hands: Hands) -> None:
    hands("call", window="S03")
    page = mounted(visitor).page
    page.get_by_role("button", name="打开语音叫号").click()
    expect(page.get_by_role("button", name="语音已打开")).to_have_attribute("aria-pressed", "true")
    first = hands("call", window="S01")["number"]
    spelled = " ".join("零一二三四五六七八九"[int(sign)] for sign in first[1:])
    assert heard(page, 1) == [f"请 S {spelled} 号 到 S 零 一 窗口"]
    hands("take", count=2)
    hands("act", verb="recall", window="S01")
    assert heard(page, 2) == [f"请 S {spelled} 号 到 S 零 一 窗口"] * 2
    hands("act", verb="start", window="S01")
    expect(page.locator(".call").first).to_contain_text("办理中")
    assert len(said(page)) == 2


def test_several_calls_at_once_are_said_one_after_the_other(visitor: Open, hands: Hands) -> None:
    page = mounted(visitor).page
    page.get_by_role("button", name="打开语音叫号").click()
    hands("call", window="S01")
    hands("call", window="S02")
    hands("call", window="S03")
    words = heard(page, 3)
    assert [one.split(" 到 ")[1] for one in words] == ["S 零 一 窗口", "S 零 二 窗口", "S 零 三 窗口"]
    expect(page.locator(WINDOW)).to_have_text("S03")
    expect(page.locator(".call")).to_have_count(3)


def test_without_the_tap_nothing_is_said_but_everything_is_shown(visitor: Open, hands: Hands) -> None:
    page = mounted(visitor).page
    number = hands("call", window="S01")["number"]
    expect(page.locator(NUMBER)).to_have_text(number)
    assert said(page) == []


def test_a_lost_connection_is_shown_and_mends_itself(visitor: Open, hands: Hands) -> None:
    screen = mounted(visitor)
    page, lost = screen.page, screen.page.locator("[data-lost]")
    expect(lost).to_be_hidden()
    away = False

    def answer(route: Route) -> None:
        if away:
            route.abort()
        else:
            route.continue_()

    page.route("**/feed*", answer)
    away = True
    expect(lost).to_be_visible(timeout=6000)
    number = hands("call", window="S01")["number"]
    away = False
    expect(lost).to_be_hidden()
    expect(page.locator(NUMBER)).to_have_text(number)
    screen.guard.found = [one for one in screen.guard.found if "ERR_FAILED" not in one]


def test_a_window_screen_follows_its_window(visitor: Open, hands: Hands) -> None:
    page = mounted(visitor, f"{HALL}windows/S01/").page
    label, number = page.locator(".plate__label"), page.locator(".plate__number")
    expect(label).to_have_text("未开放")
    first = hands("call", window="S01")["number"]
    expect(label).to_have_text("请到本窗口")
    expect(page.locator(".plate__person")).to_have_text("演示S01")
    hands("act", verb="start", window="S01")
    expect(label).to_have_text("正在办理")
    expect(number).to_have_text(first)
    hands("act", verb="finish", window="S01")
    expect(label).to_have_text("请稍候")
    expect(number).to_be_hidden()
    hands("act", verb="pause_window", window="S01", reason="打印机缺纸")
    expect(label).to_have_text("暂停服务")
    expect(page.get_by_text("打印机缺纸")).to_have_count(0)
    hands("act", verb="resume_window", window="S01")
    hands("act", verb="close_window", window="S01")
    expect(label).to_have_text("未开放")
    expect(page.locator(".plate__person")).to_be_hidden()


def test_a_closed_hall_says_when_it_opens_and_a_notice_comes_by_itself(visitor: Open, hands: Hands) -> None:
    hands("fresh", is_open=False)
    page = mounted(visitor).page
    expect(page.get_by_text("现在不办公")).to_be_visible()
    expect(page.get_by_text("下次开放")).to_be_visible()
    expect(page.locator(".screen__qr")).to_be_hidden()
    hands("notice", text="明天上午停电")
    expect(page.get_by_text("明天上午停电")).to_be_visible()


@pytest.mark.parametrize("size", WALL)
def test_the_called_number_is_read_from_eight_metres(visitor: Open, hands: Hands, size: str) -> None:
    for _ in range(3):
        for window in ("S01", "S02"):
            hands("call", window=window)
            hands("act", verb="start", window=window)
            hands("act", verb="finish", window=window)
    hands("call", window="S03")
    page = mounted(visitor, size=size).page
    height = WALL[size]["height"]
    letters = page.locator(NUMBER).evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert letters >= 0.18 * height
    inside = page.locator(".screen__spot").bounding_box()
    assert inside
    for part in (NUMBER, WINDOW, ".spot__window small"):
        box = page.locator(part).bounding_box()
        assert box, part
        assert box["x"] >= inside["x"], part
        assert box["x"] + box["width"] <= inside["x"] + inside["width"], part
        assert box["y"] + box["height"] <= inside["y"] + inside["height"], part
    expect(page.locator(".call")).to_have_count(6)
    for row in page.locator(".call").all():
        expect(row).to_be_in_viewport(ratio=1)
        assert all(part.strip() for part in row.locator("b, span").all_inner_texts())
    assert overflow(page) == 0
    assert serious(page) == []


def test_a_screen_without_scripts_is_a_plain_page_that_loads_itself(visitor: Open, hands: Hands) -> None:
    number = hands("call", window="S01")["number"]
    page = visitor(viewport=WALL["landscape"], java_script_enabled=False).go(HALL)
    expect(page.locator(NUMBER)).to_have_text(number)
    expect(page.locator(".screen__sound")).to_be_hidden()
    later = hands("call", window="S02")["number"]
    expect(page.locator(NUMBER)).to_have_text(later, timeout=10_000)
