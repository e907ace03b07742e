"""A change of the catalogue from the notice to the guide that citizens read: told, drawn up, sent back, mended,
reviewed, published."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.crawl import findings

pytestmark = pytest.mark.browser
ITEM = "食品经营许可（变更）"
KEY = "food-operation-licence-change"
NEW = "食品经营许可变更申请书（新版）"


def into_changes(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name=re.compile("事项变更")).click()


def test_from_the_notice_to_the_guide(visitor: Open, phone: Open) -> None:
    editor = visitor("editor1").go("/desk/changes/")
    assert findings(editor) == []
    editor.get_by_role("link", name="告知变更").click()
    editor.get_by_label("事项", exact=True).select_option(label=ITEM)
    editor.get_by_role("button", name="告知中心").click()
    expect(editor.locator("main")).to_contain_text("请填写依据文件名称")
    assert findings(editor) == []
    editor.get_by_label("法律法规变动").check()
    editor.get_by_label("依据文件名称").fill("食品经营许可管理办法（修订）")
    today = editor.locator("html").evaluate("() => new Date().toLocaleDateString('sv-SE', {timeZone: 'Asia/Shanghai'})")
    editor.get_by_label("文件公布日期").fill(today)
    editor.get_by_role("button", name="告知中心").click()

    expect(editor.get_by_role("heading", level=1)).to_have_text(f"{ITEM}：写怎么改")
    assert findings(editor) == []
    editor.get_by_label("承诺时限", exact=False).first.fill("99")
    first = editor.locator(".dc-row").first
    first.locator("summary").click()
    first.get_by_label("名称").fill(NEW)
    editor.get_by_role("button", name="提交审核").click()
    expect(editor.locator("main")).to_contain_text("比法定时限")
    expect(first.get_by_label("名称")).to_have_value(NEW)
    assert findings(editor) == []
    editor.get_by_label("承诺时限", exact=False).first.fill("2")
    editor.get_by_role("button", name="提交审核").click()
    expect(editor.locator("#ow-messages")).to_contain_text("已经提交审核")
    expect(editor.locator(".dc-diff ins").first).to_be_visible()
    where = editor.url

    publisher = visitor("publisher1").go("/desk/changes/")
    into_changes(publisher)
    publisher.get_by_role("link", name=ITEM).click()
    expect(publisher.locator("main")).to_contain_text(NEW)
    assert findings(publisher) == []
    publisher.locator("#do-send_back summary").click()
    publisher.locator("#do-send_back").get_by_label("理由").fill("请写明咨询电话")
    publisher.locator("#do-send_back").get_by_role("button", name="退回修改").click()
    expect(publisher.locator("#ow-messages")).to_contain_text("待修改")

    editor.goto(f"{where}edit/")
    expect(editor.locator("main")).to_contain_text("请写明咨询电话")
    editor.get_by_label("咨询方式").fill("0737-8881234")
    editor.get_by_role("button", name="提交审核").click()
    expect(editor.locator("#ow-messages")).to_contain_text("已经提交审核")

    publisher.reload()
    publisher.locator("#do-approve").get_by_role("button", name="审核通过").click()
    expect(publisher.locator("#ow-messages")).to_contain_text("待公布")
    publisher.locator("#do-publish").get_by_role("button", name="公布").click()
    expect(publisher.locator("#ow-messages")).to_contain_text("已生效")
    assert findings(publisher) == []

    citizen = phone().go(f"/items/{KEY}/")
    expect(citizen.locator("main")).to_contain_text(NEW)
    expect(citizen.locator("main")).to_contain_text("0737-8881234")
    editor.goto("/manage/items/")
    editor.get_by_role("link", name=ITEM).click()
    expect(editor.locator("main")).to_contain_text("第 2 版")
    editor.get_by_label("看哪一天生效的版本").fill("2026-01-01")
    editor.get_by_role("button", name="查看").click()
    expect(editor.locator("main")).to_contain_text("2026年1月1日")
    assert findings(editor) == []
