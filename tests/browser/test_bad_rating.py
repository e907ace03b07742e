"""A visit is finished, the phone rates it badly, and the loop goes round to the citizen's confirmation; the tablet."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Open
from tests.browser.crawl import findings
from tests.browser.house import ROOT, House
from tests.browser.visitor import overflow, serious

pytestmark = pytest.mark.browser
LIST = "/desk/ratings/"
TABLET: ViewportSize = {"width": 1280, "height": 800}


def visited(house: House) -> dict[str, str]:
    """A visit that clerk2 has just finished at A02."""
    command = [sys.executable, "-m", "tests.browser.visited"]
    env = {**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    facts: dict[str, str] = json.loads(done.stdout)
    return facts


def do(page: Page, action: str, state: str, **typed: str) -> None:
    """Makes a move on the page of a bad rating: fills its fields, presses its button."""
    fold = page.locator(f"#do-{action}")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    for name, value in typed.items():
        control = fold.locator(f"[name={name}]")
        kind = control.first.get_attribute("type")
        if kind == "radio":
            fold.locator(f"[name={name}][value={value}]").check()
        elif kind == "checkbox":
            control.check()
        else:
            control.fill(value)
    fold.locator("form button.ow-btn").last.click()
    expect(page.locator("#ow-messages")).to_contain_text(state)


def test_a_bad_rating_goes_round_to_the_citizens_confirmation(phone: Open, visitor: Open, house: House) -> None:
    visit = visited(house)
    citizen = phone()
    page = citizen.go(f"/ticket/{visit['code']}/")
    expect(page.locator("main")).to_contain_text("已经办完")
    page.get_by_role("link", name="评价这次办事").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("您满意吗？")
    assert page.locator("input:checked").count() == 0
    link = page.url.removeprefix(house.url)
    wrong = [f"levels: {one}" for one in serious(page)]
    page.get_by_role("link", name="非常不满意").click()
    page.get_by_text("态度不好").click()
    page.get_by_label("还想说什么").fill("问了三遍都不理人。")
    page.locator("input[name=contact][value=known]").check()
    wrong += [f"form: {one}" for one in serious(page)]
    assert overflow(page) == 0
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("等工作人员核实")
    follow = page.url.removeprefix(house.url).partition("?")[0]

    manager = visitor("manager1")
    desk = manager.go(LIST)
    desk.get_by_role("link", name=re.compile("非常不满意：态度不好")).first.click()
    expect(desk.locator("main")).to_contain_text("问了三遍都不理人。")
    number = desk.url.rstrip("/").rpartition("/")[2]
    wrong += [f"desk: {one}" for one in findings(desk)]
    do(desk, "contact", "待认定", words="打过电话，说问了三遍没有人答。")

    clerk = visitor("clerk2")
    answer = clerk.page.goto(f"{LIST}{number}/")
    assert answer is not None
    assert answer.status == 404

    judge = visitor("supervisor1").go(f"{LIST}{number}/")
    do(judge, "find", "整改中", finding="true", words="监控显示情况属实。")
    desk.reload()
    do(desk, "mend", "待告知", measure="当面教育，调到后台一周。", done="on")
    do(desk, "tell", "待回访", answer="情况属实，已经教育窗口人员，向您道歉。")

    theirs = clerk.go(f"{LIST}{number}/")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("认定：属实")
    expect(theirs.locator("main")).not_to_contain_text("问了三遍")
    expect(theirs.locator("main")).not_to_contain_text(visit["number"])

    page = citizen.go(follow)
    expect(page.locator("main")).to_contain_text("情况属实，已经教育窗口人员，向您道歉。")
    wrong += [f"follow: {one}" for one in serious(page)]
    page.get_by_text("认可", exact=True).click()
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已经办结")
    desk.goto(f"{LIST}?show=closed")
    expect(desk.locator("tbody")).to_contain_text(number)
    again = citizen.page.goto(link)
    assert again is not None
    assert again.status == 409
    assert not wrong, "\n".join(wrong)


def test_the_tablet_asks_who_was_just_served_and_comes_to_rest(visitor: Open, house: House) -> None:
    visit = visited(house)
    page = visitor(viewport=TABLET, has_touch=True).go(visit["tablet"])
    page.get_by_role("button", name="登记这台设备").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("这次办事，您满意吗？")
    expect(page.locator("main")).to_contain_text(visit["number"])
    small = page.evaluate(
        "() => [...document.querySelectorAll('main a, main button')].map((one) => one.getBoundingClientRect())"
        ".filter((box) => Math.min(box.width, box.height) < 72).length"
    )
    assert small == 0
    wrong = serious(page)
    page.get_by_role("link", name="满意", exact=True).tap()
    page.get_by_text("讲得清楚").tap()
    wrong += serious(page)
    page.get_by_role("button", name="提交评价").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢您")
    expect(page.get_by_role("heading", level=1)).to_have_text("办完以后，请您评一评", timeout=15_000)
    wrong += serious(page)
    visited(house)
    expect(page.get_by_role("heading", level=1)).to_have_text("这次办事，您满意吗？", timeout=15_000)
    page.get_by_role("link", name="不评了").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("谢谢您")
    expect(page.get_by_role("heading", level=1)).to_have_text("办完以后，请您评一评", timeout=15_000)
    assert not wrong, "\n".join(wrong)


def test_a_clerk_cannot_open_what_a_citizen_rates(phone: Open, visitor: Open, house: House) -> None:
    visit = visited(house)
    page = phone().go(f"/ticket/{visit['code']}/")
    link = page.get_by_role("link", name="评价这次办事").get_attribute("href")
    assert link
    clerk = visitor("clerk2")
    for path in (link, visit["tablet"]):
        answer = clerk.page.goto(path)
        assert answer is not None
        assert answer.status == 403
    expect(clerk.go(f"/ticket/{visit['code']}/").locator("main")).not_to_contain_text("评价这次办事")
