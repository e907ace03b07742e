"""A page that is not there is still a page of this house."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.visitor import overflow, serious

pytestmark = pytest.mark.browser


def test_a_missing_page_says_what_to_do(phone: Open) -> None:
    visitor = phone()
    response = visitor.page.goto("/no-such-page/")
    assert response is not None
    assert response.status == 404
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    assert visitor.page.locator("main a[href]").count() >= 1
    assert serious(visitor.page) == []
    assert overflow(visitor.page) <= 0
