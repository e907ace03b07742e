"""A clerk's day without a mouse: search by `/`, lists by j and k, a whole intake by Tab, Space, arrows and Enter."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.test_phone_by_keyboard import tab_to
from tests.browser.visitor import hit

pytestmark = pytest.mark.browser


def test_lists_open_and_turn_by_single_keys(visitor: Open, house: House) -> None:
    page = visitor("examiner1").go("/desk/?list=department")
    links = page.locator("[data-ow-open]")
    assert links.count() >= 2
    hit(page, "j")
    expect(links.nth(0)).to_be_focused()
    hit(page, "j")
    expect(links.nth(1)).to_be_focused()
    hit(page, "k")
    expect(links.nth(0)).to_be_focused()
    hit(page, "Enter")
    expect(page).to_have_url(re.compile(r"/desk/cases/[0-9A-Z]"))
    first = page.url
    hit(page, "]")
    expect(page).not_to_have_url(first)
    hit(page, "[")
    expect(page).to_have_url(re.compile(re.escape(first.split("?")[0])))
    hit(page, "?")
    expect(page.get_by_role("dialog", name="快捷键")).to_be_visible()
    hit(page, "Escape")
    expect(page.get_by_role("dialog", name="快捷键")).to_have_count(0)


def test_slash_finds_a_case_from_anywhere(visitor: Open, house: House) -> None:
    case = house.cases["accepted"]
    page = visitor("clerk1").go("/desk/account/")
    hit(page, "/")
    expect(page.locator("[data-ow-search]")).to_be_focused()
    page.keyboard.type(case.query_number)
    hit(page, "Enter")
    expect(page).to_have_url(re.compile(f"/desk/cases/{case.number}/"))


def test_a_letter_typed_into_a_field_is_only_a_letter(visitor: Open) -> None:
    page = visitor("clerk1").go("/desk/intake/")
    expect(page.locator("#item-q")).to_be_focused()
    page.keyboard.type("jk/p?")
    expect(page.locator("#item-q")).to_have_value("jk/p?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_an_intake_from_item_to_receipt_without_a_mouse(visitor: Open, house: House) -> None:
    page = visitor("clerk1").go("/desk/intake/")
    page.keyboard.type("食品经营许可")
    expect(page.locator("#item-list [data-ow-open]").first).to_contain_text("食品经营许可（新办）")
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="食品经营许可（新办）")).to_be_visible()
    _choose(page, "q-industry", 1)
    _choose(page, "q-agent", 1)
    tab_to(page, "applicant-id_number")
    page.keyboard.type(house.people["person1"]["id_number"])
    tab_to(page, "applicant-name")
    page.keyboard.type(house.people["person1"]["name"])
    tab_to(page, "applicant-phone")
    page.keyboard.type("19900000001")
    tab_to(page, "全部收下")
    expect(page.locator("#identity-note")).to_contain_text("中心认识这位申请人")
    hit(page, "Enter")
    expect(page.locator("#do-accept")).to_be_focused()
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已受理：食品经营许可（新办）")
    expect(page.get_by_role("link", name="受理通知书")).to_be_visible()
    expect(page.locator("#next")).to_be_focused()
    hit(page, "Enter")
    expect(page.locator("#item-q")).to_be_focused()


def _choose(page: Page, name: str, downs: int) -> None:
    """The (downs + 1)th option of a group of radio buttons: Tab into it, Space, arrows."""
    tab_to(page, rf"\b{name}\b")
    hit(page, "Space")
    for _ in range(downs):
        hit(page, "ArrowDown")
    expect(page.locator(f"input[name='{name}']").nth(downs)).to_be_checked()
