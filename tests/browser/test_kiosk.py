"""The kiosk in the hall as a finger finds it, and the ticket on the visitor's phone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Open
from tests.browser.hand import CENTRE, Hands
from tests.browser.house import House
from tests.browser.visitor import Visitor, overflow, serious

pytestmark = pytest.mark.browser

SIZES: dict[str, ViewportSize] = {
    "portrait": {"width": 1080, "height": 1920},
    "landscape": {"width": 1920, "height": 1080},
}
KIOSK = f"/kiosk/{CENTRE}/"
COUNTY = "/kiosk/taojiang/"
FOOD = "食品经营许可（新办）"
NUMBER = re.compile(r"[A-Z]\d{3}")
# Whatever can be touched, with where it is and how large; what stands in a label is touched through the label.
_TARGETS = """() => [...document.querySelectorAll("a, button, label, input:not([type=hidden])")]
    .filter((one) => !one.closest("label") || one.tagName === "LABEL")
    .map((one) => ({ name: one.textContent.trim().slice(0, 20) || one.name, box: one.getBoundingClientRect() }))
    .filter(({ name, box }) => box.width > 1 && box.height > 1 && !name.includes("跳到正文"))
    .map(({ name, box }) => ({ name, top: box.top, width: Math.round(box.width), height: Math.round(box.height) }))"""
_SMALL_TEXT = """() => [...document.querySelectorAll("main *, header *, footer *")]
    .filter((one) => !one.closest("svg") && [...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((one) => one.getClientRects().length && parseFloat(getComputedStyle(one).fontSize) < 22)
    .map((one) => `${getComputedStyle(one).fontSize} ${one.textContent.trim().slice(0, 20)}`)"""


@pytest.fixture(scope="module")
def at_windows(house: House) -> Iterator[Hands]:
    with Hands({**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}) as working:
        yield working


@pytest.fixture
def hands(at_windows: Hands) -> Hands:
    at_windows("fresh")
    return at_windows


def kiosk(visitor: Open, size: str = "portrait", **options: object) -> Visitor:
    return visitor(viewport=SIZES[size], has_touch=True, **options)


def number_of(page: Page) -> str:
    shown = page.locator(".kiosk-ticket__number, .ticket-card__number")
    expect(shown).to_have_text(NUMBER)
    return shown.inner_text()


def take(page: Page, where: str = KIOSK) -> str:
    """A ticket without an item, from the last page. Returns its number."""
    page.goto(f"{where}confirm/?kind=general")
    page.get_by_role("button", name="取号", exact=True).tap()
    return number_of(page)


@pytest.mark.parametrize("size", SIZES)
def test_three_touches_to_a_ticket(visitor: Open, hands: Hands, size: str) -> None:
    page = kiosk(visitor, size).go(COUNTY)
    page.get_by_role("link", name=re.compile("^办事")).tap()
    page.get_by_role("main").locator(".kiosk-item").first.tap()
    page.get_by_role("button", name="取号", exact=True).tap()
    number_of(page)
    expect(page.get_by_role("img", name="这张号的二维码")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_large_and_can_be_read(visitor: Open, hands: Hands, size: str) -> None:
    page = kiosk(visitor, size).go(COUNTY)
    for path in ("", "items/", "items/?q=kfd", "items/?by=department", "confirm/?kind=general", "appointment/"):
        page.goto(COUNTY + path)
        assert [one for one in page.evaluate(_TARGETS) if min(one["width"], one["height"]) < 72] == [], path
        assert page.evaluate(_SMALL_TEXT) == [], path
        assert serious(page) == [], path
        assert overflow(page) == 0, path
    take(page)
    assert serious(page) == []
    assert page.evaluate(_SMALL_TEXT) == []


@pytest.mark.parametrize("size", SIZES)
def test_low_mode_brings_every_control_into_the_lower_half(visitor: Open, hands: Hands, size: str) -> None:
    page = kiosk(visitor, size).go(COUNTY)
    page.get_by_role("button", name="按钮放低").tap()
    expect(page.locator(".kiosk--low")).to_be_visible()
    middle = SIZES[size]["height"] / 2
    for path in ("", "items/?q=kf", "confirm/?kind=general", "appointment/"):
        page.goto(COUNTY + path)
        assert [one["name"] for one in page.evaluate(_TARGETS) if one["top"] < middle] == [], path
        assert serious(page) == [], path
    page.goto(f"{COUNTY}again/")
    expect(page.locator(".kiosk--low")).to_have_count(0)


def test_letters_change_the_list_without_a_new_page(visitor: Open, hands: Hands) -> None:
    page = kiosk(visitor).go(f"{COUNTY}items/")
    page.evaluate("window.same = true")
    for letter in "KFD":
        page.get_by_role("button", name=letter, exact=True).tap()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile(f"^{FOOD}"))).to_be_visible()
    expect(page.get_by_label("事项名称或拼音首字母")).to_have_value("KFD")
    page.get_by_role("button", name="删一个").tap()
    expect(page.get_by_label("事项名称或拼音首字母")).to_have_value("KF")
    assert page.evaluate("window.same")


def test_nobody_there_leads_back_to_the_start_and_shows_nothing(visitor: Open, hands: Hands) -> None:
    page = kiosk(visitor).page
    page.clock.install()
    take(page)
    page.wait_for_load_state()
    ticket = page.url
    page.clock.fast_forward("00:46")
    expect(page.get_by_role("dialog", name="您还在吗？")).to_be_visible()
    page.get_by_role("button", name="我还在，接着办").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.clock.fast_forward("00:40")
    expect(page).to_have_url(ticket)
    page.evaluate("document.dispatchEvent(new Event('scroll'))")  # the page's own, as after a dialog; nobody is there
    page.clock.fast_forward("00:30")
    expect(page).to_have_url(re.compile(f"{KIOSK}$"))
    page.go_back()
    expect(page.locator(".kiosk-ticket__number")).to_have_count(0)


def test_the_voice_says_what_to_do_when_it_is_switched_on(visitor: Open, hands: Hands) -> None:
    one = kiosk(visitor)
    one.context.add_init_script("window.said = []; speechSynthesis.speak = (words) => window.said.push(words.text);")
    page = one.go(COUNTY)
    assert page.evaluate("window.said") == []
    page.get_by_role("button", name="语音提示").tap()
    expect(page.get_by_role("button", name="关闭语音")).to_be_visible()
    assert page.evaluate("window.said") == ["您好，请选择您来办什么。"]
    number = take(page, COUNTY)
    page.wait_for_function("letter => window.said.join().includes(`您的号是 ${letter}`)", arg=number[0])


def test_it_prints_only_where_it_was_told_to(visitor: Open, hands: Hands) -> None:
    one = kiosk(visitor)
    one.context.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    page = one.page
    take(page)
    assert page.evaluate("window.printed") == 0
    page.goto(f"{KIOSK}?print=1")
    take(page)
    page.wait_for_function("window.printed === 1")
    page.reload()
    assert page.evaluate("window.printed") == 0


def test_without_a_connection_the_last_visitor_is_hidden_all_the_same(visitor: Open, hands: Hands) -> None:
    one = kiosk(visitor)
    one.page.clock.install()
    take(one.page)
    one.page.wait_for_load_state()
    one.context.set_offline(True)
    one.page.clock.fast_forward("01:05")
    expect(one.page.get_by_text("暂时连不上")).to_be_visible()
    expect(one.page.locator(".kiosk-ticket__number")).to_be_hidden()


def test_a_lost_connection_is_said_and_mends_itself(visitor: Open, hands: Hands) -> None:
    one = kiosk(visitor)
    one.page.clock.install()
    page = one.go(KIOSK)
    one.context.set_offline(True)
    page.clock.fast_forward("01:05")
    expect(page.get_by_text("暂时连不上")).to_be_visible()
    one.context.set_offline(False)
    page.clock.fast_forward("00:10")
    expect(page.get_by_text("暂时连不上")).to_be_hidden()


def test_a_ticket_without_scripts(visitor: Open, hands: Hands) -> None:
    page = kiosk(visitor, java_script_enabled=False).go(COUNTY)
    page.get_by_role("link", name=re.compile("^办事")).tap()
    for letter in "KFD":
        page.get_by_role("button", name=letter, exact=True).tap()
    page.get_by_role("link", name=re.compile(f"^{FOOD}")).tap()
    page.get_by_text("残疾人", exact=True).tap()
    page.get_by_role("button", name="取号", exact=True).tap()
    number_of(page)
    expect(page.get_by_role("main")).to_contain_text("残疾人")


# ---- the visitor's phone ------------------------------------------------------------------------------------------


def on_phone(phone: Open, page: Page) -> Page:
    """Whoever scans the ticket on the kiosk: the same code, on a phone."""
    code = page.url.rstrip("/").rsplit("/", 1)[-1]
    return phone().go(f"/ticket/{code}/")


def test_a_call_is_on_the_phone_at_once(visitor: Open, phone: Open, hands: Hands) -> None:
    desk = kiosk(visitor).page
    number = take(desk)
    mobile = on_phone(phone, desk)
    assert number_of(mobile) == number
    expect(mobile.get_by_role("main")).to_contain_text("第一位")
    assert serious(mobile) == []
    assert overflow(mobile) == 0
    with mobile.expect_response(lambda answer: answer.url.endswith("/feed?v=") and answer.status == 200):
        mobile.reload()
    assert hands("call", window="S01")["number"] == number
    expect(mobile.locator(".ticket-card--called")).to_contain_text("S01 窗口", timeout=6000)
    expect(mobile).to_have_title("请到 S01 窗口 综合窗口1号")
    assert serious(mobile) == []
    hands("act", verb="start", window="S01")
    expect(mobile.get_by_role("main")).to_contain_text("正在 S01 窗口", timeout=6000)


def test_not_waiting_any_longer(visitor: Open, phone: Open, hands: Hands) -> None:
    desk = kiosk(visitor).page
    take(desk)
    mobile = on_phone(phone, desk)
    mobile.get_by_role("link", name="我不等了").tap()
    mobile.get_by_role("button", name="不等了").tap()
    expect(mobile.get_by_role("main")).to_contain_text("这个号已经取消")


def _scanned(house: House) -> str:
    """Where the code on the kiosk leads."""
    told = "import django; django.setup(); from django.utils import timezone; from onewindow.hall import phone; "
    command = [sys.executable, "-c", f"{told} print(phone.path({CENTRE!r}, timezone.now()))"]
    env = {**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def test_a_ticket_from_the_code_in_the_hall(phone: Open, hands: Hands, house: House) -> None:
    mobile = phone(java_script_enabled=False).go(_scanned(house))
    mobile.get_by_role("link", name=re.compile("^办事")).tap()
    mobile.get_by_role("link", name="不确定，直接取号").tap()
    mobile.get_by_role("button", name="取号", exact=True).tap()
    assert number_of(mobile).startswith("S")
    assert overflow(mobile) == 0
