"""A whole visit as those in it see it: booked on a phone, arrived at the kiosk, called, seen on the wall, served."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.hand import CENTRE, Hands
from tests.browser.house import House
from tests.browser.test_screens import LISTEN, NUMBER, WALL, WINDOW
from tests.browser.visitor import hit

pytestmark = pytest.mark.browser
ITEM = "fertility-registration"
_TIME = re.compile(r"^\d{1,2}:\d{2}$")


@pytest.fixture
def hands(house: House) -> Iterator[Hands]:
    with Hands({**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}) as working:
        working("fresh")
        working("password", window="S01", text=house.password)
        yield working


def book(page: Page, person: dict[str, str]) -> tuple[str, str]:
    """The next free time today, on a phone. Returns the number and the address of the booking."""
    page.goto(f"/appointments/new/?item={ITEM}&place={CENTRE}")
    page.locator(".portal-days-list a").first.tap()
    page.get_by_role("link", name=_TIME).first.tap()
    page.get_by_label("姓名").fill(person["name"])
    page.get_by_label("手机号码").fill("19900008881")
    page.locator("#id_id_number").fill(person["id_number"])
    page.get_by_role("button", name="约好这个时间").tap()
    number = page.locator("#appointment-number")
    expect(number).to_have_text(re.compile(r"^\d{6}$"))
    return number.inner_text(), page.url


def arrive(page: Page, number: str) -> str:
    """Check-in at the kiosk with six touches of the pad. Returns the ticket's number."""
    page.goto(f"/kiosk/{CENTRE}/appointment/")
    for digit in number:
        page.get_by_role("button", name=digit, exact=True).tap()
    page.get_by_role("button", name="查我的预约").tap()
    expect(page.get_by_role("heading", name="哪一位是您？")).to_be_visible()
    page.locator("button.kiosk-item").first.tap()
    ticket = page.locator(".kiosk-ticket__number")
    expect(ticket).to_have_text(re.compile(r"[A-Z]\d{3}"))
    return ticket.inner_text()


def rate(page: Page, code: str) -> None:
    """Very content, said at the kiosk by the ten digits of the slip."""
    page.goto(f"/kiosk/{CENTRE}/rate/")
    for digit in re.sub(r"\D", "", code):
        page.get_by_role("button", name=digit, exact=True).tap()
    page.get_by_role("button", name="去评价").tap()
    page.get_by_role("link", name="非常满意", exact=True).tap()
    page.get_by_role("button", name="提交评价").tap()
    expect(page.get_by_role("heading", name="谢谢您")).to_be_visible()


@pytest.mark.skipif(
    datetime.now(ZoneInfo("Asia/Shanghai")).hour == 23, reason="in the last hour of a day nothing can be booked for it"
)
def test_a_whole_visit(visitor: Open, phone: Open, house: House, hands: Hands) -> None:
    person = house.people["person1"]
    mine = phone().page
    number, booking = book(mine, person)

    wall = visitor(viewport=WALL["landscape"])
    wall.context.add_init_script(LISTEN)
    screen = wall.go(f"/screens/{CENTRE}/")
    expect(screen.get_by_text("还没有叫号", exact=True)).to_be_visible()

    ticket = arrive(visitor(viewport=WALL["portrait"], has_touch=True).page, number)
    mine.goto(booking)
    mine.get_by_role("link", name="看排到哪里了").tap()
    expect(mine.locator(".ticket-card__number")).to_have_text(ticket)

    clerk = visitor("at-S01").go("/desk/hall/")
    clerk.get_by_label(re.compile("^S01")).check()
    hit(clerk, "F2")
    expect(clerk.locator("#hall")).to_be_visible()
    hit(clerk, "F2")
    expect(clerk.locator("#hall-now .dh-number")).to_have_text(ticket)

    expect(screen.locator(NUMBER)).to_have_text(ticket)
    window = screen.locator(WINDOW).inner_text()
    expect(mine.locator(".ticket-card__window")).to_contain_text(window)
    # Within one second; the strict measure, three calls on every kind of screen, is in test_screens.py.
    delay = screen.evaluate("number => window.shown[number]", ticket) - hands("called", number=ticket)["called"]
    assert delay < 2000

    hit(clerk, "s")
    expect(clerk.locator(".dh-now.is-serving")).to_be_visible()
    hit(clerk, "i")
    expect(clerk.locator("#id_applicant-id_number")).to_have_value(person["id_number"])
    expect(clerk.locator("#id_applicant-name")).to_have_value(person["name"])
    clerk.locator("input[name=q-marital]").last.check()
    expect(clerk.locator("#materials-part")).not_to_contain_text("回答上面的问题后")
    clerk.get_by_role("button", name="全部收下").click()
    clerk.locator("#do-receive").click()
    expect(clerk.locator("#next")).to_contain_text(f"回到叫号：{ticket}")
    clerk.locator("#next").click()
    clerk.wait_for_url("**/desk/hall/**")  # a key pressed between two pages is heard by neither
    hit(clerk, "F9")
    expect(clerk.locator("#ow-messages")).to_contain_text(f"{ticket} 已办完")

    expect(mine.locator(".ticket-card__said")).to_contain_text("已经办完")
    mine.reload()
    expect(mine.get_by_role("link", name="评价这次办事")).to_be_visible()
    rate(visitor(viewport=WALL["portrait"], has_touch=True).page, mine.locator("#h-rate ~ p strong").inner_text())
    mine.reload()
    expect(mine.locator(".ticket-card__number")).to_have_text(ticket)
    expect(mine.get_by_role("link", name="评价这次办事")).to_have_count(0)
