"""A question goes from a phone to the desk and back; one from the counter is answered at once and becomes knowledge."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.crawl import findings

pytestmark = pytest.mark.browser
FOOD = "food-operation-licence"


def send(page: Page, question: str, item: str = "", phone: str = "") -> str:
    """Asks on the portal to the end; returns the code."""
    page.goto(f"/voice/ask/?item={item}" if item else "/voice/ask/")
    page.get_by_label("您的问题").fill(question)
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("button", name="请人答复")).to_be_visible()
    page.get_by_role("button", name="请人答复").click()
    if phone:
        page.get_by_label("手机号码").fill(phone)
    page.get_by_role("button", name="提交问题").click()
    return str(page.locator("#follow-code").inner_text())


def test_a_question_is_asked_answered_asked_on_and_closed(phone: Open, visitor: Open) -> None:
    citizen = phone().go("/voice/ask/")
    assert findings(citizen) == []
    citizen.get_by_label("您的问题").fill("开奶茶店的食品许可要不要现场核查？")
    citizen.get_by_role("button", name="下一步").click()
    expect(citizen.get_by_role("link", name="食品经营许可（新办）")).to_be_visible()
    assert findings(citizen) == []
    code = send(citizen, "开奶茶店的食品许可要不要现场核查？", FOOD, "19900004321")
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("前书面答复您")
    assert findings(citizen) == []

    examiner = visitor("examiner1").page
    examiner.get_by_role("navigation").get_by_role("link", name=re.compile("咨询")).click()
    assert findings(examiner) == []
    examiner.get_by_role("link", name=re.compile("开奶茶店的食品许可")).first.click()
    expect(examiner.locator(".dl-limits")).to_contain_text("还剩")
    assert findings(examiner) == []
    examiner.locator("#do-answer").get_by_label("答复内容").fill("要。受理以后三个工作日内上门，您在店里等就行。")
    examiner.locator("#do-answer").get_by_role("button", name="答复").click()
    expect(examiner.locator("#ow-messages")).to_contain_text("已答复")

    citizen.goto("/voice/ask/find/")
    citizen.get_by_label("查询码").fill(f" {code[:4].lower()} {code[4:]}")
    citizen.get_by_role("button", name="查看").click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text("有答复了")
    expect(citizen.locator("main")).to_contain_text("您在店里等就行")
    citizen.get_by_text("还没说明白，接着问").click()
    citizen.get_by_label("还想问什么").fill("周末来吗？")
    citizen.get_by_role("button", name="提交追问").click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("前书面答复您")

    examiner.reload()
    examiner.locator("#do-answer").get_by_label("答复内容").fill("工作日来。")
    examiner.locator("#do-answer").get_by_role("button", name="答复").click()
    expect(examiner.locator("#ow-messages")).to_contain_text("已答复")
    citizen.reload()
    citizen.get_by_role("link", name="打印书面答复").click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text("咨询答复")
    expect(citizen.locator("main")).to_contain_text("桃江县市场监督管理局")
    assert findings(citizen) == []
    citizen.go_back()
    citizen.get_by_role("button", name="清楚了，谢谢").click()
    expect(citizen.get_by_role("heading", level=1)).to_have_text("这个问题已经了结")


def test_from_the_counter_to_everybody(visitor: Open, phone: Open) -> None:
    """Answered on the spot, proposed by one, checked by another, found by the next who asks."""
    clerk = visitor("clerk1").go("/desk/questions/new/")
    assert findings(clerk) == []
    clerk.get_by_label("问什么").fill("卖卤菜要办食品许可还是备案？")
    expect(clerk.locator(f"#item-{FOOD}")).to_be_visible()
    clerk.locator(f"#item-{FOOD}").check()
    clerk.get_by_role("textbox", name=re.compile("当场答复")).fill("卤菜是现做的，要办食品经营许可。")
    clerk.get_by_role("button", name="当场答复", exact=True).click()
    expect(clerk.locator("#ow-messages")).to_contain_text("当场答复")
    clerk.get_by_role("button", name="放进知识库").click()
    expect(clerk.locator("main")).to_contain_text("综合窗口受理员不能办理这一步")
    where = clerk.url
    assert findings(clerk) == []

    chief = visitor("chief1").page
    chief.goto(where)
    chief.get_by_role("button", name="核对无误，发布").click()
    expect(chief.locator("#ow-messages")).to_contain_text("已经发布")

    citizen = phone().go("/voice/ask/")
    citizen.get_by_label("您的问题").fill("我卖卤菜，办许可还是备案")
    citizen.get_by_role("button", name="下一步").click()
    expect(citizen.get_by_text("卤菜是现做的，要办食品经营许可。")).to_be_visible()
    citizen.get_by_role("button", name="有帮助").first.click()
    expect(citizen.locator("#ow-messages")).to_contain_text("太好了")
    assert findings(citizen) == []
    clerk.goto("/desk/questions/new/")
    clerk.get_by_label("问什么").fill("卖卤菜许可还是备案")
    clerk.locator("#beside").get_by_label(re.compile("卖卤菜要办食品许可还是备案")).check()
    clerk.get_by_role("button", name="当场答复", exact=True).click()
    expect(clerk.locator("main")).to_contain_text("卤菜是现做的")


def test_it_works_without_scripts(phone: Open, visitor: Open) -> None:
    page = phone(java_script_enabled=False).page
    send(page, "没有脚本也能问吗？")
    expect(page.locator("main")).to_contain_text("没有脚本也能问吗？")
    clerk = visitor("clerk2", java_script_enabled=False).go("/desk/questions/new/")
    clerk.get_by_label("问什么").fill("办食品许可要几天")
    clerk.get_by_role("button", name="找一找").click()
    clerk.locator(f"#item-{FOOD}").check()
    clerk.get_by_role("button", name=re.compile("当场答不了")).click()
    expect(clerk.locator("#ow-messages")).to_contain_text("请把查询码")
