"""A complaint goes through all its stages between a phone and the desk; three like ones become one systemic issue."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from onewindow.clocks.calendar import WorkCalendar
from tests.browser.conftest import Open
from tests.browser.crawl import findings
from tests.browser.house import House

pytestmark = pytest.mark.browser
LIST, ISSUES, NEW = "/desk/complaints/", "/desk/issues/", "/voice/complaint/"
FOOD, HYGIENE = "food-operation-licence", "public-place-hygiene-permit"


def workday(ahead: int) -> str:
    """A working day, as a date field takes it."""
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    return WorkCalendar.shipped().add_workdays(today, ahead).isoformat()


def paper(name: str, kind: str = "application/pdf") -> Any:
    return {"name": name, "mimeType": kind, "buffer": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"}


def complain(page: Page, item: str, cause: str, text: str, *shows: Any) -> str:
    """Says it on the portal, with files; returns the number."""
    page.goto(f"{NEW}?item={item}")
    page.get_by_label(cause).check()
    page.get_by_label("事情的经过").fill(text)
    if shows:
        page.locator("[name=files-new]").set_input_files(list(shows))
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("#follow-code")).to_be_visible()
    return str(page.locator("p.ow-muted .ow-mono").first.inner_text())


def make(page: Page, home: str, number: str, action: str, *, says: str, **typed: str) -> None:
    """Makes a move on the desk by its form. `typed`: field -> what to fill, choose or check."""
    page.goto(f"{home}{number}/")
    fold = page.locator(f"#do-{action}")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    for name, value in typed.items():
        box = fold.locator(f"[name={name}]")
        kind = box.first.evaluate("one => one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase()")
        if kind == "radio":
            fold.locator(f"[name={name}][value={value}]").check()
        elif kind == "checkbox":
            box.check()
        elif kind == "select":
            box.select_option(label=value)
        elif kind == "file":
            box.set_input_files(paper(value))
        else:
            box.fill(value)
    fold.locator("form button.ow-btn").last.click()
    expect(page.locator("#ow-messages")).to_contain_text(says)


def test_a_complaint_goes_through_all_stages(phone: Open, visitor: Open) -> None:
    citizen = phone().page
    number = complain(citizen, FOOD, "过了时间还没办好", "食品经营许可说好五天，半个月还没有消息", paper("凭证.pdf"))
    expect(citizen.locator("#ow-messages")).to_contain_text("收到了")
    expect(citizen.get_by_role("link", name="凭证.pdf")).to_be_visible()
    follow = citizen.url.partition("?")[0]
    assert findings(citizen) == []

    clerk = visitor("clerk1").page
    clerk.get_by_role("navigation").get_by_role("link", name=re.compile("诉求")).click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("诉求")
    expect(clerk.locator(".dl-work")).to_contain_text(number)
    assert findings(clerk) == []
    clerk.goto(f"{LIST}{number}/")
    assert findings(clerk) == []
    make(clerk, LIST, number, "accept", says="待转办")
    manager = visitor("manager1").page
    make(manager, LIST, number, "assign", says="办理中", words="请三天内答复")
    supervisor = visitor("supervisor1").page
    make(supervisor, LIST, number, "urge", says="督办", words="请写清楚什么时候发证", until=workday(2))
    citizen.goto(follow)
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("正在办")
    expect(citizen.get_by_text("中心督办")).to_be_visible()

    chief = visitor("chief1").page
    chief.goto(f"{LIST}{number}/")
    expect(chief.locator("main")).to_contain_text("有 1 个文件您不能看")
    make(chief, LIST, number, "answer", says="待回访", answer="材料昨天补齐，明天发证。", **{"files-new": "证.pdf"})
    expect(chief.locator("#do-close")).to_have_count(0)
    citizen.goto(follow)
    expect(citizen.get_by_text("明天发证").first).to_be_visible()
    with citizen.expect_download() as proof:
        citizen.get_by_role("link", name="证.pdf", exact=True).click()
    assert proof.value.suggested_filename == "证.pdf"
    citizen.get_by_label("没有解决", exact=True).check()
    citizen.locator("#confirm").get_by_label("还有什么没解决").fill("第二天也没有证")
    citizen.get_by_role("button", name="告诉我们").click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("正在整改")

    make(chief, LIST, number, "rectify", says="待回访", measure="证已经做好，当面送到", done="yes")
    citizen.goto(follow)
    assert findings(citizen) == []
    citizen.get_by_label("解决了", exact=True).check()
    citizen.get_by_role("button", name="告诉我们").click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("办结")
    make(manager, LIST, number, "close", says="已办结")
    citizen.reload()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("已经办结")
    citizen.locator("#again summary").click()
    citizen.get_by_label("为什么要重新办").fill("证上的名字错了")
    citizen.get_by_role("button", name="要求重新办理").click()
    expect(citizen.get_by_role("heading", level=1)).to_contain_text("马上转给部门")
    expect(citizen.get_by_text("证上的名字错了")).to_be_visible()
    expect(citizen.get_by_text("当面送到").first).to_be_visible()


def test_three_like_complaints_become_one_issue_with_plan_and_check(phone: Open, visitor: Open) -> None:
    citizen = phone().page
    texts = ("窗口要房产证公证书，指南上没有", "又让我去做房产证公证", "指南没写公证书，窗口一定要")
    numbers = [complain(citizen, HYGIENE, "要了指南上没有的材料", text) for text in texts]
    manager = visitor("manager1").page
    manager.goto(ISSUES)
    manager.locator(".dl-work").get_by_role("link", name=re.compile("多要材料")).first.click()
    for number in numbers:
        expect(manager.locator("main")).to_contain_text(number)
    assert findings(manager) == []
    issue = manager.url.rstrip("/").rpartition("/")[2]
    manager.goto(f"{LIST}{numbers[0]}/")
    expect(manager.locator("main")).to_contain_text("归到了系统性问题")
    make(manager, ISSUES, issue, "plan", says="落实中", measure="公证书从清单里删掉，窗口培训一次", until=workday(5))
    make(manager, ISSUES, issue, "carry_out", says="待核查", words="清单已经改好，培训过了")
    supervisor = visitor("supervisor1").page
    supervisor.goto(f"{ISSUES}{issue}/")
    expect(supervisor.locator("#effect")).to_be_visible()
    make(supervisor, ISSUES, issue, "check", says="待研判", worked="no", words="今天刚改，还看不出来")
    make(manager, ISSUES, issue, "plan", says="落实中", measure="每天看一遍新的诉求", until=workday(5))
    make(manager, ISSUES, issue, "carry_out", says="待核查", words="看了一周，没有新的")
    make(supervisor, ISSUES, issue, "check", says="已解决", worked="yes", words="没有再收到同样的诉求")


def test_a_complaint_by_phone_gets_a_slip(visitor: Open) -> None:
    page = visitor("clerk2").go("/desk/complaints/new/")
    assert findings(page) == []
    page.get_by_label("打电话来的").check()
    page.get_by_label("服务态度").check()
    page.get_by_label("事情的经过").fill("窗口的人一直打电话，不理我")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.locator("#ow-messages")).to_contain_text("已经登记")
    page.get_by_role("link", name="看和打印回执").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("诉求登记回执")
    expect(page.locator("main")).to_contain_text("查询码")
    assert findings(page) == []


def test_it_works_without_scripts(phone: Open, house: House) -> None:
    page = phone(java_script_enabled=False).page
    page.goto(NEW)
    page.get_by_label("事情的经过").fill("复印一张纸收了五十块")
    page.locator("[name=files-new]").set_input_files([paper("收据.pdf"), paper("假的.png", "image/png")])
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("「假的.png」没有收")
    expect(page.locator("main")).to_contain_text("收据.pdf")
    expect(page.get_by_label("事情的经过")).to_have_value("复印一张纸收了五十块")
    page.get_by_label("乱收费，或者要好处").check()
    page.get_by_role("button", name="提交", exact=True).click()
    number = str(page.locator("p.ow-muted .ow-mono").first.inner_text())
    expect(page.get_by_role("link", name="收据.pdf")).to_be_visible()
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("main")).to_contain_text("已经抄送纪检监察机关")
