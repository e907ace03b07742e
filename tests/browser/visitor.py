"""Somebody in front of a browser: a context of their own, and a guard that notices what no page may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, ViewportSize, expect

from tests.browser.house import House

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
DESK_SIZE = ViewportSize(width=1440, height=900)
PHONE_SIZE = ViewportSize(width=390, height=844)
PHONE: dict[str, Any] = {"viewport": PHONE_SIZE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
_OWN_SCHEMES = {"data", "blob", "about", "chrome-extension", "chrome"}
_EXPECTED = (
    "Failed to load resource",  # an answer like 422 is said to the console too; `_answered` judges those
    "htmx:afterRequest",  # a newer request took the place of this one (hx-sync)
    "htmx:sendAbort",
)


@dataclass
class Guard:
    """Console errors, scripts that failed, what the content policy stopped, answers of 500, requests to elsewhere."""

    origin: str
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.found.append(f"script failed on {page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            self.found.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _OWN_SCHEMES and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.found.append(f"asked elsewhere: {request.url}")

    def _answered(self, response: Response) -> None:
        static = urlsplit(response.url).path.startswith("/static/")
        framed = response.request.resource_type == "document" and response.request.frame.parent_frame is not None
        if response.status >= 500 or (response.status >= 400 and (static or framed)):
            self.found.append(f"{response.status} {response.request.method} {response.url}")

    def check(self) -> None:
        assert not self.found, "\n".join(self.found)


class Visitor:
    """One person with one browser context. `page` is the open page."""

    def __init__(self, browser: Browser, house: House, **options: Any) -> None:
        self.house = house
        self.guard = Guard(house.url)
        options.setdefault("viewport", DESK_SIZE)
        settings = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce", **options}
        self.context: BrowserContext = browser.new_context(base_url=house.url, **settings)
        self.context.set_default_timeout(15_000)
        self.context.on("page", self.guard.watch)
        self.page: Page = self.context.new_page()

    def go(self, path: str) -> Page:
        """Opens a page of the house; it must answer with less than 400."""
        response = self.page.goto(path)
        assert response is not None
        assert response.status < 400, f"{response.status} {path}"
        return self.page

    def sign_in(self, username: str) -> None:
        """Through the sign-in page, as anybody does; ends on the first page of this person."""
        self.go("/login/")
        self.page.get_by_label("账号", exact=True).fill(username)
        self.page.get_by_label("密码", exact=True).fill(self.house.password)
        self.page.locator("main").get_by_role("button", name="登录", exact=True).click()
        expect(self.page).not_to_have_url(f"{self.house.url}/login/")
        self.page.wait_for_load_state("load")

    def close(self) -> None:
        self.context.close()


def hit(page: Page, key: str) -> None:
    """One key, once the scripts of this page listen: a key pressed while a page loads is heard by nobody."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical on this page, one line each. Injected through the debugger, so that the
    content policy of the page stays as it is."""
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_axe())
    return [
        f"{one['impact']} {one['id']}: {one['help']} | {node['target']} {node['html'][:160]}"
        for one in page.evaluate(_RUN_AXE)
        for node in one["nodes"][:3]
    ]


_RUN_AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
  const said = await axe.run(document, { resultTypes: ["violations"], runOnly: tags, preload: false });
  return said.violations.filter((one) => ["serious", "critical"].includes(one.impact));
}"""
"""Only what is wrong leaves the page: sending everything that is right as well took longer than finding it."""


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    wide: int = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
