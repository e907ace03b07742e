"""A phone user (390×844, touch) with a keyboard only: Tab, Enter, Space and arrows from search to tracking."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, expect

from tests.browser import paperwork
from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.visitor import hit, overflow

pytestmark = pytest.mark.browser
MOST_TABS = 90

# What the focus is on: enough to recognise it the way a person with a screen reader does.
_FOCUSED = """() => {
    const at = document.activeElement;
    const label = at.labels?.[0]?.textContent ?? at.getAttribute("aria-label") ?? "";
    return [at.id, at.getAttribute("name"), at.getAttribute("href"), label, at.textContent].filter(Boolean).join(" | ");
}"""
# Whether having the focus changes how the element, or what encloses it, is drawn.
_VISIBLE = """() => {
    const at = document.activeElement;
    const drawn = () => [at, at.parentElement, at.parentElement?.parentElement].filter(Boolean).map((one) => {
        const style = getComputedStyle(one);
        return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join();
    }).join(";");
    const focused = drawn();
    at.blur();
    const plain = drawn();
    at.focus({ focusVisible: true });
    return focused !== plain;
}"""


def tab_to(page: Page, wanted: str) -> None:
    """Presses Tab until the focus is on what `wanted` (a regular expression) describes; the focus must be seen."""
    passed = []
    for _ in range(MOST_TABS):
        hit(page, "Tab")
        at = str(page.evaluate(_FOCUSED))
        if re.search(wanted, at, re.DOTALL):
            assert page.evaluate(_VISIBLE), f"the focus on {at!r} cannot be seen"
            return
        passed.append(at)
    raise AssertionError(f"Tab never reached {wanted!r}; it passed {passed}")


def test_from_search_to_tracking_without_a_finger(phone: Open, house: House, tmp_path: Path) -> None:
    page = phone().go("/")
    _skip_link(page)
    tab_to(page, "搜索要办的事")
    page.keyboard.type("准生证")
    hit(page, "Enter")
    expect(page).to_have_url(re.compile(r"/items/\?q="))
    tab_to(page, "/items/fertility-registration/")
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="生育登记")).to_be_visible()
    assert overflow(page) <= 0

    tab_to(page, r"marital")
    hit(page, "ArrowDown")
    expect(page.locator("input[name=marital][value=unmarried]")).to_be_checked()
    tab_to(page, "看我的材料清单")
    hit(page, "Enter")
    expect(page).to_have_url(re.compile("marital=unmarried"))
    tab_to(page, "/apply/fertility-registration/")
    hit(page, "Enter")
    _sign_in(page, house.password)

    expect(page.get_by_role("heading", level=1, name="先了解您的情况")).to_be_visible()
    expect(page.locator("input[name=marital][value=unmarried]")).to_be_checked()
    tab_to(page, r"^go \|")
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="怎么联系您？")).to_be_visible()
    tab_to(page, r"^go \|")
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="上传材料")).to_be_visible()
    _upload(page, tmp_path)
    tab_to(page, r"^go \|")
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1, name="核对一遍再提交")).to_be_visible()
    tab_to(page, "truthful")
    hit(page, "Space")
    tab_to(page, "提交申请")
    hit(page, "Enter")
    expect(page.get_by_role("heading", name="已经交上去了")).to_be_visible()
    assert overflow(page) <= 0
    _track(page, page.locator("#query-number").inner_text(), house.people["person1"]["id_number"][-4:])


def _skip_link(page: Page) -> None:
    """The first Tab offers to skip the navigation."""
    hit(page, "Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()


def _sign_in(page: Page, password: str) -> None:
    expect(page.get_by_role("heading", level=1, name="登录")).to_be_visible()
    tab_to(page, "账号")
    page.keyboard.type("person1")
    hit(page, "Tab")
    page.keyboard.type(password)
    hit(page, "Enter")


def _upload(page: Page, folder: Path) -> None:
    """Each file input opens the chooser by Enter, as on a phone with a keyboard."""
    files = page.locator("#materials-form input[type=file]")
    for left in range(files.count(), 0, -1):
        with page.expect_file_chooser() as chooser:
            tab_to(page, r"^file-m\d+")
            hit(page, "Enter")
        chosen: FileChooser = chooser.value
        chosen.set_files(paperwork.jpg(folder, f"照片{left}.jpg"))
        expect(page.locator("#materials-form input[type=file]")).to_have_count(left - 1)


def _track(page: Page, number: str, tail: str) -> None:
    page.goto("/track/")
    tab_to(page, "查询号")
    page.keyboard.type(number)
    hit(page, "Tab")
    page.keyboard.type(tail)
    hit(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的申请")
    assert overflow(page) <= 0
