"""The hall on the desk: a visitor from the guide desk to the receipt, by keys; the line that renews itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.crawl import findings
from tests.browser.house import House
from tests.browser.visitor import hit

pytestmark = pytest.mark.browser
ITEM = "fertility-registration"
PANEL, GUIDE = "/desk/hall/", "/desk/hall/guide/"


def ticket_from(page: Page, *, name: str = "", phone: str = "", id_number: str = "") -> str:
    """Gives a ticket at the open guide desk, with a reason when the hall is closed. Returns its number."""
    if name:
        page.get_by_text("登记身份").click()
        page.locator("#id_name").fill(name)
        page.locator("#id_phone").fill(phone)
    if id_number:
        page.locator("#id_id_type").select_option("id_card")
        page.locator("#id_id_number").fill(id_number)
    if page.locator("#id_override").count():
        page.locator("#id_override").fill("测试时大厅可能不办公")
    hit(page, "F2")
    expect(page).to_have_url(re.compile(r"/guide/ticket/"))
    return page.locator(".dh-number").inner_text()


def call_until(page: Page, number: str) -> None:
    """下一位 until it is this visitor: other tests may have left people in the line."""
    for _ in range(30):
        hit(page, "F2")
        expect(page.locator(".dh-now.is-called")).to_be_visible()
        if page.locator("#hall-now .dh-number").inner_text() == number:
            return
        hit(page, "s")
        expect(page.locator(".dh-now.is-serving")).to_be_visible()
    raise AssertionError(f"{number} was never called")


@pytest.fixture
def window(visitor: Open) -> Iterator[Page]:
    """The panel of a clerk with the window open; closed again afterwards, whoever is there finished."""
    page = visitor("clerk1").go(PANEL)
    hit(page, "F2")
    expect(page.locator("#hall")).to_be_visible()
    yield page
    page.goto(PANEL)
    if page.locator(".dh-now.is-called").count():
        hit(page, "s")
        expect(page.locator(".dh-now.is-serving")).to_be_visible()
    if page.locator(".dh-now.is-serving").count():
        hit(page, "F9")
        expect(page.locator("#do-next")).to_be_visible()
    hit(page, "c")
    hit(page, "Enter")
    expect(page.locator("#do-open")).to_be_visible()


def test_a_visit_from_the_guide_desk_to_the_receipt(visitor: Open, house: House, window: Page) -> None:
    person = house.people["person1"]
    guide = visitor("guide1").page
    expect(guide).to_have_url(f"{house.url}{GUIDE}")
    guide.locator("#item-q").press_sequentially("生育登记")
    guide.keyboard.press("Enter")  # faster than the list: what opens is what was typed
    expect(guide.get_by_role("heading", level=1)).to_contain_text("生育登记")
    guide.locator("input[name=marital]").last.check()
    expect(guide.locator("#result")).to_contain_text("还差")
    expect(guide.locator("#go-list")).to_be_visible()
    hit(guide, "n")
    expect(guide.locator("#ticket")).to_contain_text("生育登记")
    number = ticket_from(guide, name=person["name"], phone="19900000001", id_number=person["id_number"])

    window.goto(PANEL)
    call_until(window, number)
    hit(window, "F8")
    expect(window.locator("#ow-messages")).to_contain_text(f"再叫了一次 {number}")
    hit(window, "s")
    expect(window.locator("#ow-messages")).to_contain_text(f"开始给 {number} 办理")
    hit(window, "i")
    expect(window.locator("#visit")).to_contain_text(number)
    expect(window.locator("#id_applicant-id_number")).to_have_value(person["id_number"])
    expect(window.locator("#id_applicant-name")).to_have_value(person["name"])
    expect(window.locator(".dh-bar")).to_contain_text(number)
    window.locator("input[name=q-marital]").last.check()
    expect(window.locator("#materials-part")).not_to_contain_text("回答上面的问题后")
    window.get_by_role("button", name="全部收下").click()
    window.locator("#do-receive").click()
    expect(window.locator("#next")).to_contain_text(f"回到叫号：{number}")
    window.locator("#next").click()
    expect(window.locator("#hall-now")).to_contain_text("已收件")
    window.goto("/desk/")
    hit(window, "F9")
    expect(window.locator("#ow-messages")).to_contain_text(f"{number} 已办完")
    expect(window).to_have_url(f"{house.url}/desk/")
    expect(window.locator(".dh-bar")).to_contain_text("窗口没有访客")


def test_the_line_renews_itself_and_keeps_what_is_typed(visitor: Open, window: Page) -> None:
    guide = visitor("guide1")
    number = ticket_from(guide.go(GUIDE))
    window.goto(PANEL)
    call_until(window, number)
    hit(window, "t")
    window.locator("#transfer-reason").fill("要先咨询")
    later = ticket_from(guide.go(GUIDE))
    expect(window.locator("#hall-line")).to_contain_text(later, timeout=20_000)
    expect(window.locator("#transfer-reason")).to_have_value("要先咨询")
    window.locator("#transfer-queue").select_option(index=1)
    window.locator("#do-transfer").click()
    expect(window.locator("#ow-messages")).to_contain_text(f"{number} 已转到")


def test_letters_typed_into_a_field_press_nothing(window: Page, visitor: Open) -> None:
    ticket_from(visitor("guide1").go(GUIDE))
    window.goto(PANEL)
    hit(window, "b")
    expect(window.locator("#pause-reason")).to_be_focused()
    window.keyboard.type("scheme")
    expect(window.locator("#pause-reason")).to_have_value("scheme")
    expect(window.locator("#hall-now")).to_have_attribute("data-now", "-")
    hit(window, "Escape")
    hit(window, "Escape")
    expect(window.locator("#do-next")).to_be_visible()


def test_a_lost_connection_is_said_and_mends(window: Page) -> None:
    expect(window.locator("#hall-lost")).to_be_hidden()
    window.route("**/screens/**", lambda route: route.abort())
    expect(window.locator("#hall-lost")).to_be_visible()
    window.unroute("**/screens/**")
    expect(window.locator("#hall-lost")).to_be_hidden()


def test_the_pages_hold_no_obstacle(visitor: Open, window: Page) -> None:
    guide = visitor("guide1")
    wrong = []
    for path in (GUIDE, f"{GUIDE}check/{ITEM}/", f"{GUIDE}appointments/", f"{GUIDE}appointments/new/?item={ITEM}"):
        wrong += [f"{path}: {one}" for one in findings(guide.go(path))]
    ticket_from(guide.go(GUIDE))
    wrong += [f"ticket: {one}" for one in findings(guide.page)]
    window.goto(PANEL)
    wrong += [f"panel: {one}" for one in findings(window)]
    hit(window, "F2")
    expect(window.locator(".dh-now.is-called")).to_be_visible()
    wrong += [f"called: {one}" for one in findings(window)]
    window.goto("/desk/")
    wrong += [f"bar: {one}" for one in findings(window)]
    assert not wrong, "\n".join(wrong)
