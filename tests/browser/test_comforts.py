"""What the scripts of the design language add: asked twice, unsaved words kept, the care mode remembered, progress."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Route, expect

from tests.browser import paperwork
from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.visitor import hit

pytestmark = pytest.mark.browser


def test_unsaved_words_are_not_lost_by_a_stray_link(visitor: Open, house: House) -> None:
    page = visitor("clerk1").go(f"/desk/cases/{house.cases['received'].number}/do/find_not_required/")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("理由").press_sequentially("写到一半")
    page.get_by_role("link", name="窗口收件").click(no_wait_after=True)
    expect(page.get_by_label("理由")).to_have_value("写到一半")
    assert asked == ["beforeunload"]
    page.get_by_label("理由").fill("")


def test_a_form_that_was_not_touched_lets_one_go(visitor: Open, house: House) -> None:
    page = visitor("clerk1").go(f"/desk/cases/{house.cases['received'].number}/do/find_not_required/")
    page.get_by_role("link", name="窗口收件").click()
    expect(page.get_by_role("heading", level=1, name="窗口收件")).to_be_visible()


def test_what_cannot_be_undone_asks_twice_and_no_is_the_default(visitor: Open) -> None:
    page = visitor("person1").go("/apply/fertility-registration/?marital=unmarried")
    page.get_by_role("button", name="继续").click()
    page.locator("button[name=later]").click()
    expect(page.locator("#ow-messages")).to_contain_text("已存好")
    drafts = page.get_by_role("button", name=re.compile("^删除"))
    before = drafts.count()
    drafts.first.click()
    dialog = page.get_by_role("dialog", name="删除这份草稿？")
    expect(dialog).to_contain_text("不能恢复")
    expect(dialog.get_by_role("button", name="先不办")).to_be_focused()
    hit(page, "Escape")
    expect(dialog).to_have_count(0)
    expect(drafts).to_have_count(before)
    drafts.first.click()
    page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
    expect(page.locator("#ow-messages")).to_contain_text("草稿已删除")
    expect(drafts).to_have_count(before - 1)


def test_the_care_mode_is_one_switch_and_is_remembered(phone: Open) -> None:
    visitor = phone()
    page = visitor.go("/items/food-operation-licence/")
    size = "() => parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="关怀版").click()
    expect(page.locator("html")).to_have_attribute("data-care", "")
    expect(page).to_have_url(re.compile("/items/food-operation-licence/"))
    assert page.evaluate(size) > before
    visitor.go("/track/")
    expect(page.locator("html")).to_have_attribute("data-care", "")
    page.locator("header form button").first.click()
    expect(page.locator("html")).not_to_have_attribute("data-care", "")


def test_an_upload_says_how_far_it_is_and_survives_a_broken_line(visitor: Open, tmp_path: Path) -> None:
    visitor_ = visitor("person1")
    page = visitor_.go("/apply/fertility-registration/?marital=unmarried")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1, name="上传材料")).to_be_visible()

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            route.abort("connectionfailed")
        else:
            route.continue_()

    page.route("**/materials/", cut)
    page.locator("input[type=file]").first.set_input_files(paperwork.pdf(tmp_path))
    expect(page.locator(".ow-upload [role=status]")).to_contain_text("没有传上去")
    expect(page.get_by_role("progressbar", name="上传进度")).to_be_visible()
    page.unroute("**/materials/")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", level=1, name="核对一遍再提交")).to_be_visible()
    expect(page.get_by_text("已上传", exact=True)).to_have_count(1)


def test_suggestions_appear_while_typing_and_open_by_arrows(visitor: Open) -> None:
    page = visitor().go("/")
    page.get_by_label("搜索要办的事").press_sequentially("食品经营")
    expect(page.get_by_role("option").first).to_contain_text("食品经营许可（新办）")
    hit(page, "ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    hit(page, "Enter")
    expect(page).to_have_url(re.compile("/items/food-operation-licence/"))


def test_what_is_typed_is_saved_by_itself(visitor: Open) -> None:
    page = visitor("company1").go("/apply/food-operation-licence/?industry=retail&agent=no")
    page.get_by_role("button", name="继续").click()
    with page.expect_response(lambda answer: answer.request.method == "POST" and "contact" in answer.url):
        page.get_by_label("联系地址").fill("桃花江镇芙蓉路 8 号")
    page.reload()
    expect(page.get_by_label("联系地址")).to_have_value("桃花江镇芙蓉路 8 号")


def test_ticks_on_a_guide_are_kept_in_this_browser(visitor: Open) -> None:
    page = visitor().go("/items/food-operation-licence/?industry=retail&agent=no")
    first = page.locator("[data-ow-ticks] input[type=checkbox]").first
    first.check()
    page.reload()
    expect(first).to_be_checked()
