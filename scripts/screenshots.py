"""The pictures of the README, taken from a running demonstration: `make screenshots`.

    python scripts/screenshots.py                       starts a demonstration of its own in a temporary folder
    python scripts/screenshots.py --url URL --data DIR  uses one that runs (DIR: its data folder, for the password)

Writes docs/images/*.png, each below 200 KB. The pictures show demonstration people only.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typst
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 200_000
WIDE = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
OPENING = 300.0  # seconds for the demonstration to open


def main() -> int:
    """Exit status: 0 taken, 1 there is no Chromium here."""
    parser = argparse.ArgumentParser(description="拍 README 里的截图")
    parser.add_argument("--url", default="", help="正在运行的演示站，默认自己启动一个")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="它的数据目录（取演示密码）")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.stderr.write("没有 Chromium，不能截图：sudo apt-get install chromium fonts-noto-cjk\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _house(options) as (url, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        _take(browser, url, password)
        browser.close()
    return 0


@contextmanager
def _house(options: argparse.Namespace) -> Iterator[tuple[str, str]]:
    """Address and demonstration password of a house that answers."""
    if options.url:
        yield options.url.rstrip("/"), _password(options.data)
        return
    with tempfile.TemporaryDirectory(prefix="ow-screenshots-") as folder:
        Path(folder).chmod(0o711)  # started by root, the embedded database runs as another account
        env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        port = _free_port()
        env |= {"OW_DATA_DIR": folder, "OW_LOG_FILE": f"{folder}/log", "PORT": str(port)}
        ow = [str(Path(sys.executable).with_name("ow"))]
        for command in ("migrate", "demo"):
            subprocess.run([*ow, command], env=env, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([*ow, "serve"], env=env)
        try:
            url = f"http://127.0.0.1:{port}"
            _await(url, server)
            yield url, _password(Path(folder))
        finally:
            server.terminate()
            server.wait(60)


def _password(data: Path) -> str:
    return (data / "keys" / "demo-password").read_text("ascii").strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + OPENING
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz/web", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit("演示站没有打开，原因见上。")


# ---- the pictures -----------------------------------------------------------------------------------------------


def _take(browser: Browser, url: str, password: str) -> None:
    public = browser.new_context(base_url=url, viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    public.goto("/")
    _keep(public, "home")
    public.goto("/items/food-operation-licence/?industry=catering&agent=no")
    _keep(public, "guide")
    desk = _signed_in(browser, url, "examiner1", password)
    desk.goto("/desk/?list=department")
    _keep(desk, "desk", height=760)
    _open_a_telling_case(desk)
    _keep(desk, "case")
    _paper(desk, "paper")
    phone = browser.new_context(base_url=url, viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    phone.goto("/items/?q=开饭店")
    _keep(phone, "phone")


def _signed_in(browser: Browser, url: str, username: str, password: str) -> Page:
    page = browser.new_context(base_url=url, viewport=WIDE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    page.goto("/login/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(password)
    page.locator("main form button").click()
    page.wait_for_url("**/desk/**")
    return page


def _open_a_telling_case(page: Page) -> None:
    """A case under examination with something to do: the first of one's own, else the first of the department's."""
    for name in ("examine", "sign", "department"):
        page.goto(f"/desk/?list={name}")
        rows = page.locator("tr:has([data-ow-open])")
        if rows.count():
            in_time = rows.filter(has_text="还剩")
            (in_time if in_time.count() else rows).first.locator("[data-ow-open]").click()
            page.wait_for_url(re.compile("/desk/cases/"))
            return
    raise SystemExit("演示数据里没有审查员的件，不能截图。")


def _keep(page: Page, name: str, height: int = 900) -> None:
    page.wait_for_load_state("load")
    path = IMAGES / f"{name}.png"
    size = page.viewport_size or WIDE
    clip = FloatRect(x=0, y=0, width=size["width"], height=min(height, size["height"]))
    page.screenshot(path=path, animations="disabled", clip=clip)
    _small_enough(path)


def _paper(page: Page, name: str) -> None:
    """The first page of the case's notice of acceptance as a picture."""
    links = page.locator("#papers ~ ul a[href$='.pdf'], section[aria-labelledby=papers] a[href$='.pdf']")
    chosen = links.filter(has_text="受理通知书").first if links.filter(has_text="受理通知书").count() else links.first
    answer = page.context.request.get(chosen.get_attribute("href") or "")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "paper.pdf").write_bytes(answer.body())
        source = Path(folder) / "page.typ"
        source.write_text(
            '#set page(width: 210mm, height: 297mm, margin: 0mm)\n#image("paper.pdf", width: 100%)\n', "utf-8"
        )
        picture = typst.compile(source, format="png", ppi=80)
    path = IMAGES / f"{name}.png"
    path.write_bytes(picture if isinstance(picture, bytes) else picture[0])
    _small_enough(path)


def _small_enough(path: Path) -> None:
    size = path.stat().st_size
    assert size < MOST_BYTES, f"{path.name}: {size} bytes, at most {MOST_BYTES} are wanted"
    sys.stderr.write(f"· {path.relative_to(ROOT)} {size // 1024} KB\n")


if __name__ == "__main__":
    sys.exit(main())
