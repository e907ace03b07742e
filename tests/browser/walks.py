"""What people do on the pages, step by step, as the tests tell it. Every wait is for something a person would see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser import paperwork
from tests.browser.visitor import Visitor, hit

DONE = re.compile("已办理「(.+)」")


def main_button(page: Page) -> Locator:
    """The one primary button of the page (the design language allows one), the search box's aside."""
    return page.locator("main .ow-btn--primary:not([role=search] *)")


# ---- the applicant ----------------------------------------------------------------------------------------------


def answer(page: Page, answers: Mapping[str, str]) -> None:
    for key, value in answers.items():
        page.locator(f"input[name='{key}'][value='{value}']").check()


def upload_all(page: Page, folder: Path, skip: int = 0) -> int:
    """Uploads a PDF or a JPG for each material but the last `skip`, one after the other. Returns how many."""
    asked = page.locator("#materials-form input[type=file]").count()
    for number in range(asked - skip):
        name = f"材料{number + 1}"
        file = paperwork.jpg(folder, f"{name}.jpg") if number % 2 else paperwork.pdf(folder, f"{name}.pdf")
        before = page.get_by_text("已上传", exact=True).count()
        page.locator("#materials-form input[type=file]").first.set_input_files(file)
        expect(page.get_by_text("已上传", exact=True)).to_have_count(before + 1)
    return asked - skip


def send_application(page: Page) -> str:
    """From the review to 已经交上去了. Returns the query number."""
    page.get_by_label("我保证以上内容和材料真实").check()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="已经交上去了")).to_be_visible()
    return page.locator("#query-number").inner_text()


def track(visitor: Visitor, query_number: str, id_tail: str) -> Page:
    page = visitor.go("/track/")
    page.get_by_label("查询号").fill(query_number)
    page.get_by_label("证件号码后四位").fill(id_tail)
    page.get_by_role("button", name="查询", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/track/{query_number}/$"))
    return page


def grouped(query_number: str) -> str:
    """As the desk shows it: 1764 6451 3996."""
    return " ".join(query_number[at : at + 4] for at in range(0, len(query_number), 4))


# ---- the desk ---------------------------------------------------------------------------------------------------


def open_case(visitor: Visitor, query_number: str) -> Page:
    """From anywhere: `/`, the query number, Enter."""
    page = visitor.page
    if "/desk/" not in page.url:
        visitor.go("/desk/")
    page.locator("body").press("/")
    page.keyboard.type(query_number)
    hit(page, "Enter")
    expect(page).to_have_url(re.compile(r"/desk/cases/[0-9A-Z]"))
    return page


def open_from_list(visitor: Visitor, title: str, query_number: str) -> Page:
    """Through the work list named `title`, as somebody does who does not know the number."""
    page = visitor.go("/desk/")
    page.get_by_role("navigation", name="工作列表").get_by_role("link", name=re.compile(f"^{title}")).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    page.get_by_role("row").filter(has_text=grouped(query_number)).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/desk/cases/[0-9A-Z]"))
    return page


def press(page: Page, action: str, label: str) -> None:
    """An action that one press on the case page does."""
    page.locator(f"#do-{action}").click()
    _done(page, label)


def begin(page: Page, action: str) -> None:
    """Opens the form of an action."""
    page.locator(f"#do-{action}").click()
    expect(page.locator("#send")).to_be_visible()


def finish(page: Page, label: str, *, preview: str = "") -> None:
    """Sends the form; where papers go out they are read first and must say `preview`."""
    if preview:
        with page.expect_response(lambda answer: answer.url.endswith("/preview.pdf")) as framed:
            page.locator("#send").click()
        assert framed.value.headers["content-type"] == "application/pdf"
        expect(page.locator("main pre").first).to_contain_text(preview)
        page.locator("#confirm").click()
    else:
        page.locator("#send").click()
    _done(page, label)


def _done(page: Page, label: str) -> None:
    expect(page.locator("#ow-messages")).to_contain_text(f"已办理「{label}」")
    expect(page).to_have_url(re.compile(r"/desk/cases/[0-9A-Z]+/(\?.*)?$"))


def state_is(page: Page, label: str) -> None:
    expect(page.locator(".ow-case-head .ow-badge").first).to_have_text(label)
