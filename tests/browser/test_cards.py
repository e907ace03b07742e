"""A case runs late, gets yellow and then red, and the red card goes all its way through the people who must act."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.crawl import findings
from tests.browser.house import ROOT, House
from tests.browser.visitor import PHONE, Visitor, hit

pytestmark = pytest.mark.browser
LIST = "/desk/cards/"


@pytest.fixture(scope="module")
def late(house: House) -> dict[str, str]:
    """A case of examiner1 long past its promised limit, with its yellow and its red card."""
    command = [sys.executable, "-m", "tests.browser.late"]
    env = {**os.environ, **house.env, "DJANGO_SETTINGS_MODULE": "onewindow.settings"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    facts: dict[str, str] = json.loads(done.stdout)
    return facts


def opened(person: Visitor, number: str) -> Page:
    page = person.go(f"{LIST}{number}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("承诺时限")
    return page


def form_of(page: Page, action: str) -> None:
    """Opens the fold of a move when it is not open yet."""
    fold = page.locator(f"#do-{action}")
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()
    expect(fold.locator("form")).to_be_visible()


def send(page: Page, action: str, state: str) -> None:
    page.locator(f"#do-{action} form button.ow-btn").last.click()
    expect(page.locator("#ow-messages")).to_contain_text(state)


def test_a_late_case_gets_yellow_then_red_and_the_red_card_goes_all_its_way(
    visitor: Open, late: dict[str, str]
) -> None:
    examiner = visitor("examiner1")
    page = examiner.go("/desk/")
    page.get_by_role("navigation").get_by_role("link", name=re.compile("监察(?!通知)")).click()
    expect(page.get_by_role("heading", level=1, name="监察")).to_be_visible()
    for level in ("yellow", "red"):
        expect(page.locator(f"a[href='{LIST}{late[level]}/']")).to_be_visible()
    page.goto(f"{LIST}{late['red']}/")
    expect(page.locator(".dl-level--red")).to_contain_text("红牌")
    expect(page.locator("#main")).to_contain_text("HN-14.2")
    expect(page.get_by_role("link", name="看这个时限的逐日说明")).to_have_attribute(
        "href", re.compile(rf"/desk/cases/{late['case']}/clock/#limit-promised")
    )
    page.locator("#id_explain_words").fill("材料在楼下窗口放了一周，转来时已经晚了。")
    page.locator("#id_explain_disputed").check()
    send(page, "explain", "待认定")
    expect(page.locator("section:has(> #theirs)")).to_contain_text("不认同")

    supervisor = visitor("supervisor1")
    page = opened(supervisor, late["red"])
    expect(page.locator(".dl-sides")).to_contain_text("放了一周")
    expect(page.locator(".dl-head")).to_contain_text("责任人不认同")
    form_of(page, "confirm")
    page.locator("#id_confirm_reason").fill("转件也在承诺时限里，确实超时。")
    send(page, "confirm", "已认定")
    form_of(page, "urge")
    page.locator("#id_urge_words").fill("请先办结，再写怎样避免。")
    page.locator("#id_urge_until").fill("2020-01-01")
    page.locator("#do-urge form button.ow-btn").last.click()
    expect(page.locator("#id_urge_until_error")).to_contain_text("今天以后")
    expect(page.locator("#id_urge_words")).to_have_value("请先办结，再写怎样避免。")
    page.locator("#id_urge_until").fill(late["until"])
    send(page, "urge", "督办中")

    chief = visitor("chief1")
    page = opened(chief, late["red"])
    form_of(page, "rectify")
    page.locator("#id_rectify_measure").fill("已经办结；以后转件当天签收。")
    send(page, "rectify", "待复查")

    page = opened(supervisor, late["red"])
    page.locator("#id_recheck_passed_0").check()
    page.locator("#id_recheck_words").fill("看过记录，已经改好。")
    send(page, "recheck", "待办结")
    expect(page.locator("#main")).to_contain_text("还没有追责记录")
    expect(page.locator("#do-close")).to_have_count(0)
    form_of(page, "account")
    page.locator("#id_account_who").fill("食品科")
    page.locator("input[name=what][value=slowness]").check()
    page.locator("#id_account_measure").fill("谈话提醒。")
    send(page, "account", "待办结")
    form_of(page, "close")
    send(page, "close", "已办结")

    page = opened(examiner, late["red"])
    theirs, ours = page.locator("section:has(> #theirs)"), page.locator("section:has(> #ours)")
    expect(theirs).to_contain_text("放了一周")
    expect(theirs).to_contain_text("转件当天签收")
    expect(ours).to_contain_text("确实超时")
    expect(ours).to_contain_text("谈话提醒")
    expect(page.locator(".dl-story li")).to_have_count(8)


def test_the_list_by_keys(visitor: Open, late: dict[str, str]) -> None:
    page = visitor("supervisor1").go(f"{LIST}?level=yellow")
    hit(page, "j")
    hit(page, "Enter")
    expect(page.locator(".dl-level--yellow")).to_contain_text("黄牌")


def test_what_changed_meanwhile_keeps_the_words(visitor: Open, late: dict[str, str]) -> None:
    first, second = visitor("examiner1"), visitor("chief1")
    slow, quick = opened(first, late["yellow"]), opened(second, late["yellow"])
    slow.locator("#id_explain_words").fill("我这边写得慢。")
    quick.locator("#id_explain_words").fill("部门先说明。")
    send(quick, "explain", "待认定")
    slow.locator("#do-explain form button.ow-btn").last.click()
    expect(slow.locator("#stale")).to_contain_text("刚刚有人办理了这一件")
    expect(slow.locator("#id_explain_words")).to_have_value("我这边写得慢。")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("who", ["supervisor1", "examiner1"])
def test_the_pages_are_sound(visitor: Open, late: dict[str, str], who: str, phone: bool) -> None:
    person = visitor(who, **(PHONE if phone else {}))
    for path in (LIST, f"{LIST}{late['red']}/", f"{LIST}{late['yellow']}/", f"{LIST}?level=remind"):
        assert findings(person.go(path)) == [], path
    for path in ("/desk/notices/", "/desk/notices/?show=all", "/desk/notices/settings/"):
        assert findings(person.go(path)) == [], path


def test_a_rule_is_changed_by_keys_and_shows_what_it_would_have_raised(visitor: Open) -> None:
    page = visitor("manager1").go("/manage/rules/default/copy/")
    page.get_by_label("新的一套叫什么").fill("一分钟写出来的规则")
    for label in ("下一步：核对", "复制"):
        page.get_by_role("button", name=label).press("Enter")
    page.goto("/manage/rules/")
    page.get_by_role("link", name="一分钟写出来的规则").press("Enter")
    expect(page.get_by_role("link", name="新的规则")).to_be_visible()
    page.get_by_role("link", name="承诺时限用到 80%").press("Enter")
    page.get_by_role("link", name="修改").press("Enter")
    assert findings(page) == []
    page.get_by_label("数字").fill("5")
    page.get_by_label("超过几分钟").press("Space")
    page.get_by_role("button", name="下一步：看改动").press("Enter")
    expect(page.locator("#id_trigger_error")).to_contain_text("不能再加几分钟")
    page.get_by_label("时限用到百分之几").press("Space")
    page.get_by_label("数字").fill("60")
    page.get_by_label("为什么这样改").fill("今年起提前")
    page.get_by_role("button", name="下一步：看改动").press("Enter")
    expect(page.locator(".mg-look")).to_contain_text("现在这一版同期会发")
    assert findings(page) == []
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.locator("#versions + ul")).to_contain_text("原因：今年起提前")


def test_the_rules_are_sound(visitor: Open, late: dict[str, str]) -> None:
    for options in ({}, PHONE):
        person = visitor("manager1", **options)
        for path in ("", "default/", "default/PROM-Y/", "default/copy/"):
            assert findings(person.go(f"/manage/rules/{path}")) == [], path
