"""Booking a time on a phone, moving it, cancelling it by its link; nothing serious for axe, nothing too wide."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.visitor import overflow, serious

pytestmark = pytest.mark.browser
_TIME = re.compile(r"^\d{1,2}:\d{2}$")


def fine(page: Page) -> None:
    assert serious(page) == []
    assert overflow(page) == 0


def choose_time(page: Page, role: str, day: int = 2) -> str:
    """A later day, then the first free time; returns the time chosen."""
    page.locator(".portal-days-list a").nth(day).click()
    slots = page.get_by_role("link" if role == "link" else "button", name=_TIME)
    expect(slots.first).to_be_visible()
    fine(page)
    time = slots.first.inner_text()
    slots.first.click()
    return time


def book(page: Page, phone: str) -> str:
    """From the search to the booking's own page; returns its address."""
    page.get_by_label("要到窗口办的事").fill("食品经营")
    page.get_by_role("button", name="找这件事").click()
    page.get_by_role("link", name="食品经营许可（新办）").click()
    if page.get_by_role("heading", name="去哪里办？").is_visible():
        page.get_by_role("link", name="桃江县政务服务中心").first.click()
    expect(page.get_by_role("heading", level=1, name="哪一天来？")).to_be_visible()
    time = choose_time(page, "link")
    expect(page.get_by_role("heading", level=1, name="谁来办？")).to_be_visible()
    page.get_by_label("姓名").fill("李小花")
    page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="约好这个时间").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(time)
    return page.url


def test_book_move_and_cancel_on_a_phone(phone: Open) -> None:
    visitor = phone()
    page = visitor.go("/appointments/")
    expect(page.get_by_text("不预约也一样能办")).to_be_visible()
    fine(page)
    address = book(page, "19900007771")
    expect(page.locator("#ow-messages")).to_contain_text("约好了")
    expect(page.locator("#appointment-number")).to_have_text(re.compile(r"^\d{6}$"))
    expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    expect(page.get_by_role("heading", name="要带什么")).to_be_visible()
    fine(page)
    with page.expect_download() as calendar:
        page.get_by_role("link", name="加到手机日历").click()
    assert calendar.value.suggested_filename.endswith(".ics")
    page.get_by_role("link", name="改时间", exact=True).click()
    fine(page)
    time = choose_time(page, "button", day=3)
    expect(page.locator("#ow-messages")).to_contain_text("时间改好了")
    expect(page.get_by_role("heading", level=1)).to_contain_text(time)
    assert page.url == address
    page.get_by_role("link", name="取消预约").click()
    page.get_by_label("有事来不了").check()
    fine(page)
    page.get_by_role("button", name="取消预约").click()
    expect(page.get_by_role("heading", level=1, name="这个预约取消了")).to_be_visible()
    fine(page)
    page.get_by_role("link", name="再约一个时间").click()
    expect(page.get_by_role("heading", level=1, name="哪一天来？")).to_be_visible()


def test_going_back_for_another_time_keeps_what_was_typed(phone: Open) -> None:
    page = phone().go("/appointments/new/?item=food-operation-licence&place=taojiang")
    choose_time(page, "link")
    page.get_by_role("button", name="约好这个时间").click()
    expect(page.get_by_role("alert")).to_contain_text("请填写姓名")
    fine(page)
    page.get_by_label("姓名").fill("李小花")
    page.get_by_role("button", name="换个时间").click()
    page.get_by_role("link", name=_TIME).nth(1).click()
    expect(page.get_by_label("姓名")).to_have_value("李小花")


def test_booking_and_moving_without_scripts(phone: Open) -> None:
    page = phone(java_script_enabled=False).go("/appointments/")
    page.get_by_label("要到窗口办的事").fill("食品经营")
    page.get_by_role("button", name="找这件事").click()
    page.get_by_role("link", name="食品经营许可（新办）").click()
    if page.get_by_role("heading", name="去哪里办？").is_visible():
        page.get_by_role("link", name="桃江县政务服务中心").first.click()
    page.locator(".portal-days-list a").nth(4).click()
    page.get_by_role("link", name=_TIME).first.click()
    page.get_by_label("姓名").fill("李小花")
    page.get_by_label("手机号码").fill("19900007772")
    page.get_by_role("button", name="约好这个时间").click()
    expect(page.locator("#appointment-number")).to_be_visible()
    page.get_by_role("link", name="改时间", exact=True).click()
    page.locator(".portal-days-list a").nth(5).click()
    page.get_by_role("button", name=_TIME).first.click()
    expect(page.locator("#ow-messages")).to_contain_text("时间改好了")


def test_the_guide_leads_to_a_time_and_to_the_present_waits(phone: Open) -> None:
    visitor = phone()
    page = visitor.go("/items/food-operation-licence/")
    page.get_by_role("link", name="现在要等多久").click()
    expect(page.get_by_role("heading", level=1, name="现在来要等多久")).to_be_visible()
    fine(page)
    page.get_by_role("link", name="约个时间来").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("哪一天来？|去哪里办？"))
