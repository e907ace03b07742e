"""Everything an applicant needs works in a browser that runs no scripts: search, guide, applying, tracking."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import paperwork, walks
from tests.browser.conftest import Open
from tests.browser.house import House

pytestmark = pytest.mark.browser


def test_from_search_to_tracking_without_scripts(phone: Open, house: House, tmp_path: Path) -> None:
    visitor = phone(java_script_enabled=False)
    page = visitor.go("/")
    page.get_by_label("搜索要办的事").fill("准生证")
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_role("link", name="生育登记", exact=True).click()
    walks.answer(page, {"marital": "unmarried"})
    page.get_by_role("button", name="看我的材料清单").click()
    expect(page.get_by_label("婚育情况承诺书")).to_be_visible()
    page.get_by_role("link", name="开始办理").click()
    page.get_by_label("账号", exact=True).fill("person1")
    page.get_by_label("密码", exact=True).fill(house.password)
    page.locator("main").get_by_role("button", name="登录").click()
    page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="继续").click()
    files = page.locator("#materials-form input[type=file]")
    for order in range(files.count()):
        files.nth(order).set_input_files(paperwork.pdf(tmp_path, f"{order}.pdf"))
    page.get_by_role("button", name="继续").click()
    expect(page.locator("#missing")).to_have_count(0)
    number = walks.send_application(page)
    walks.track(visitor, number, house.people["person1"]["id_number"][-4:])
    expect(page.get_by_role("heading", level=1)).to_contain_text("已收到您的申请")


def test_a_missing_answer_is_told_beside_its_question_without_scripts(visitor: Open) -> None:
    citizen = visitor(java_script_enabled=False)
    citizen.sign_in("person1")
    page = citizen.go("/apply/fertility-registration/")
    page.get_by_role("button", name="继续").click()
    expect(page.locator(".ow-errors")).to_be_visible()
    expect(page.locator("fieldset .ow-field__error")).to_be_visible()
