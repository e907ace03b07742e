"""The main job as five people: from a citizen's search to a delivered paper that a stranger can verify."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.conftest import Open
from tests.browser.house import House
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser
FOOD = "食品经营许可（新办）"


def test_a_restaurant_from_search_to_verified_licence(visitor: Open, house: House, tmp_path: Path) -> None:
    citizen = visitor()
    number = _applied(citizen, tmp_path)
    _accepted(visitor("clerk1"), number)
    examiner = visitor("examiner1")
    _examined(examiner, number)
    _decided(visitor("verifier1"), visitor("chief1"), number)
    _handed_out(visitor("exit1"), number, house.people["person1"]["name"])
    code = _followed(citizen, number, house.people["person1"]["id_number"][-4:])
    _verified(visitor(), code)


def _applied(citizen: Visitor, folder: Path) -> str:
    """Searches in everyday words, reads the guide, answers, uploads, reviews, sends."""
    page = citizen.go("/")
    page.get_by_label("搜索要办的事").fill("开饭店")
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_role("link", name=FOOD, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=FOOD)).to_be_visible()
    for question in ("我能办吗", "要带什么", "多久办好", "多少钱", "去哪里办、怎么办"):
        expect(page.locator(".ow-answers dt", has_text=question)).to_be_visible()
    walks.answer(page, {"industry": "catering", "agent": "no"})
    page.get_by_role("button", name="看我的材料清单").click()
    expect(page.get_by_role("heading", name="您要准备的材料")).to_be_visible()
    expect(page.get_by_label("从业人员健康证明")).to_be_visible()
    expect(page.get_by_label("授权委托书")).to_have_count(0)
    page.get_by_role("link", name="开始办理").click()

    page.get_by_label("账号", exact=True).fill("person1")
    page.get_by_label("密码", exact=True).fill(citizen.house.password)
    page.locator("main").get_by_role("button", name="登录").click()
    expect(page.locator("input[name=industry][value=catering]")).to_be_checked()
    page.get_by_role("button", name="继续").click()
    page.get_by_label("手机号码").fill("19900000001")
    page.get_by_role("button", name="继续").click()
    assert walks.upload_all(page, folder) == 6
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("heading", name="核对一遍再提交")).to_be_visible()
    expect(page.locator("#missing")).to_have_count(0)
    return walks.send_application(page)


def _accepted(clerk: Visitor, number: str) -> None:
    page = walks.open_from_list(clerk, "待预审", number)
    walks.state_is(page, "待预审")
    with clerk.context.expect_page() as opened:
        page.get_by_role("link", name="材料1.pdf").click()
    opened.value.close()
    walks.begin(page, "receive")
    expect(page.get_by_text("网上已交来")).to_have_count(6)
    walks.finish(page, "收件")
    walks.press(page, "accept", "受理")
    walks.state_is(page, "已受理")
    expect(page.get_by_text("受理通知书").first).to_be_visible()


def _examined(examiner: Visitor, number: str) -> None:
    """Signs, inspects with two officers (行政许可法 art. 34), writes an opinion."""
    page = walks.open_from_list(examiner, "待签收", number)
    walks.press(page, "sign", "签收")
    walks.begin(page, "open_procedure")
    page.get_by_label("启动理由").fill("申请餐饮服务，需要看后厨布局。")
    page.get_by_label(re.compile("陈立平")).check()
    page.locator("#send").click()
    expect(page.locator(".ow-errors")).to_be_visible()  # one officer is not enough
    page.get_by_label(re.compile("吴雪琴")).check()
    walks.finish(page, "启动特别程序", preview="现场核查")
    expect(page.locator("#procedures")).to_be_visible()
    walks.begin(page, "close_procedure")
    page.get_by_label("结果").fill("布局合理，设施齐全，符合要求。")
    walks.finish(page, "结束特别程序")
    walks.begin(page, "pass_step")
    page.get_by_label("意见").fill("材料齐全，现场符合要求，建议准予。")
    walks.finish(page, "提交下一环节")


def _decided(verifier: Visitor, chief: Visitor, number: str) -> None:
    page = walks.open_from_list(verifier, "待我复核", number)
    walks.begin(page, "pass_step")
    page.get_by_label("意见").fill("同意审查意见。")
    walks.finish(page, "提交下一环节")
    page = walks.open_from_list(chief, "待我决定", number)
    walks.begin(page, "decide")
    page.get_by_label("准予", exact=True).check()
    page.get_by_label("决定意见或理由").fill("准予许可。")
    walks.finish(page, "作出决定", preview="准予")
    walks.state_is(page, "已办结")


def _handed_out(clerk: Visitor, number: str, recipient: str) -> None:
    page = walks.open_from_list(clerk, "待制证", number)
    walks.begin(page, "issue")
    page.get_by_label("登记内容").fill("经营场所：桃花江镇芙蓉路 8 号")
    walks.finish(page, "制证", preview="食品经营许可证")
    walks.press(page, "make_ready", "转出件")
    walks.begin(page, "hand_out")
    page.get_by_label("领取人", exact=True).fill(recipient)
    page.get_by_label("本人", exact=True).check()
    page.get_by_label("领取人已在送达回证上签字").check()
    walks.finish(page, "窗口送达")
    walks.state_is(page, "已送达")


def _followed(citizen: Visitor, number: str, id_tail: str) -> str:
    """Tracks without signing in anew, then downloads the certificate. Returns its verification code."""
    page = walks.track(citizen, number, id_tail)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已办好")
    page = citizen.go("/my/")
    page.get_by_role("listitem").filter(has_text=number).get_by_role("link").click()
    row = page.get_by_role("listitem").filter(has_text="食品经营许可证").filter(has=page.locator("a[href$='.pdf']"))
    expect(row.get_by_role("link", name=re.compile(r"下载\s*食品经营许可证"))).to_be_visible()
    answer = citizen.context.request.get(row.locator("a[href$='.pdf']").get_attribute("href") or "")
    assert answer.headers["content-type"] == "application/pdf"
    content = answer.body()
    assert content.startswith(b"%PDF-")
    assert len(content) > 10_000
    return row.locator("a[href^='/verify/'] .ow-mono").inner_text()


def _verified(stranger: Visitor, code: str) -> None:
    page = stranger.go("/verify/")
    page.get_by_label("核验码").fill(code.lower())
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("真实有效")
    expect(page.locator("main")).to_contain_text("食品经营许可证")
    expect(page.locator("main")).not_to_contain_text("李桃花")
