"""The window job: a paper is missing, one notice names it, the citizen brings it online, the clerk accepts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import paperwork, walks
from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
REPORT = "公共场所卫生检测或者评价报告"
PLAN = "场所方位示意图、平面图和卫生设施布局图"


def test_what_is_missing_is_named_once_and_supplied_online(visitor: Open, house: House, tmp_path: Path) -> None:
    clerk, citizen = visitor("clerk1"), visitor("person1")
    number = _notified(clerk, house.people["person1"])
    _supplied(citizen, number, tmp_path)
    page = walks.open_from_list(clerk, "收件待受理", number)
    walks.press(page, "accept", "受理")
    walks.state_is(page, "已受理")
    citizen.page.reload()
    expect(citizen.page.get_by_role("heading", level=1)).to_contain_text("已受理")


def _notified(clerk: Visitor, person: dict[str, str]) -> str:
    """Intake at the window with two papers short; the notice names both at once. Returns the query number."""
    page = clerk.go("/desk/intake/public-place-hygiene-permit/")
    walks.answer(page, {"q-aircon": "no", "q-agent": "no"})
    page.get_by_label("个人", exact=True).check()
    page.locator("#id_applicant-id_number").fill(person["id_number"])
    page.locator("#id_applicant-name").fill(person["name"])
    page.locator("#id_applicant-phone").fill("19900000001")
    page.locator("#id_applicant-phone").blur()
    expect(page.locator("#identity-note")).to_contain_text("中心认识这位申请人")
    page.get_by_role("group", name=REPORT).get_by_label("没带").check()
    page.get_by_role("group", name=PLAN).get_by_label("有问题").check()
    page.get_by_label(f"{PLAN}有什么问题").select_option("incomplete")
    page.get_by_role("button", name="全部收下").click()
    page.locator("#do-notice").click()
    expect(page.locator("#confirm")).to_be_visible()
    told = page.locator("main pre").first
    expect(told).to_contain_text(REPORT)
    expect(told).to_contain_text("填写不完整")
    page.locator("#confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("待补正")
    expect(page.get_by_role("link", name="一次性告知书")).to_be_visible()
    return page.locator(".ow-lead .ow-mono").inner_text().replace(" ", "")


def _supplied(citizen: Visitor, number: str, folder: Path) -> None:
    page = citizen.go("/my/")
    page.get_by_role("listitem").filter(has_text=number).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("还差材料")
    expect(page.locator("main")).to_contain_text(REPORT)
    page.locator("#todo").click()
    expect(page.get_by_role("heading", level=1, name="补交材料")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(2)
    page.locator("input[type=file]").first.set_input_files(paperwork.pdf(folder, "平面图.pdf"))
    expect(page.get_by_text("已上传", exact=True)).to_have_count(1)
    page.locator("input[type=file]").first.set_input_files(paperwork.jpg(folder, "检测报告.jpg"))
    expect(page.get_by_text("已上传", exact=True)).to_have_count(2)
    page.get_by_role("button", name="继续").click()
    page.get_by_label("我保证以上内容和材料真实").check()
    page.get_by_role("button", name="提交补正材料").click()
    expect(page.locator("#ow-messages")).to_contain_text("材料已交给窗口")
    expect(page).to_have_url(re.compile(r"/my/\d"))


def test_a_wrong_file_is_refused_in_words_and_nothing_else_is_lost(visitor: Open, house: House, tmp_path: Path) -> None:
    citizen = visitor("person1")
    page = citizen.go("/apply/food-operation-licence/?industry=retail&agent=no")
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    page.locator("input[type=file]").first.set_input_files(paperwork.pdf(tmp_path))
    expect(page.get_by_text("已上传", exact=True)).to_have_count(1)
    liar = tmp_path / "营业执照.pdf"
    liar.write_bytes(b"MZ\x90\x00this is a program")
    page.locator("input[type=file]").first.set_input_files(liar)
    expect(page.locator(".ow-errors")).to_contain_text("只收 PDF")
    expect(page.locator(".ow-errors")).to_be_focused()
    expect(page.get_by_text("已上传", exact=True)).to_have_count(1)
