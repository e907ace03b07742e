"""Rules of the design language over all templates: the content policy, known icons, sound bases."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from onewindow.faces.design.sprite import SPRITE, icon_names, symbol

HOUSE = Path(__file__).parents[2] / "onewindow"
STATIC = HOUSE / "faces" / "static" / "ow"
PAGES = sorted(p for p in HOUSE.rglob("*.html") if "templates" in p.parts)
BASES = sorted((HOUSE / "faces" / "design" / "templates").glob("base*.html"))
ERRORS = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html", "503.html"]
FORBIDDEN = {
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an evaluated attribute": re.compile(r"\bhx-on[:=-]|hx-(?:vals|headers)\s*=\s*[\"']js:", re.IGNORECASE),
    "another site": re.compile(
        r"(?:src|srcset)\s*=\s*[\"']https?://|<link[^>]*href\s*=\s*[\"']https?://", re.IGNORECASE
    ),
}
ICON = re.compile(r"{%\s*icon\s+[\"']([^\"']+)[\"']")


def named(path: Path) -> str:
    return str(path.relative_to(HOUSE))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_template_holds_nothing_that_the_content_policy_forbids(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_template_uses_only_icons_of_the_sprite(page: Path) -> None:
    assert set(ICON.findall(page.read_text(encoding="utf-8"))) <= set(icon_names())


def test_the_sprite_holds_every_listed_icon_once() -> None:
    held = re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text(encoding="utf-8"))
    assert held == icon_names()
    assert len(set(held)) == len(held)


def test_a_symbol_is_made_from_svg_only() -> None:
    assert (
        symbol("a", '<svg x="1">\n <path d="M1" />\n</svg>')
        == '<symbol id="a" viewBox="0 0 24 24"><path d="M1" /></symbol>'
    )
    with pytest.raises(ValueError, match="a is not an SVG"):
        symbol("a", "<html>")


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_renders_without_request_or_context(name: str) -> None:
    html = get_template(name).render({})
    assert '<html lang="zh-CN"' in html
    assert html.count("<h1>") == 1
    assert 'href="#main"' in html


@pytest.mark.parametrize("base", [b.name for b in BASES])
def test_a_base_has_language_skip_link_main_and_live_region(base: str) -> None:
    html = get_template(base).render({})
    assert '<html lang="zh-CN"' in html
    assert 'href="#main"' in html
    assert html.count('id="main"') == 1
    assert base == "base_print.html" or 'aria-live="polite"' in html


def test_the_first_paint_of_a_public_page_stays_small() -> None:
    html = get_template("design/sample_portal.html").render({"site_name": "一窗", "topics": [("home", "买房")] * 12})
    parts = set(re.findall(r"ow/([\w-]+)(?:\.[0-9a-f]{12})?\.(?:css|js|svg)", html))
    assert parts == {"tokens", "components", "portal", "print", "icon", "app", "icons"}
    files = ["tokens.css", "components.css", "portal.css", "print.css", "icon.svg", "app.js", "icons.svg"]
    total = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files) + len(gzip.compress(html.encode()))
    assert total < 30_000
    assert "tabler" not in html


def test_style_sheets_choose_no_colours_of_their_own() -> None:
    """Colours live in tokens.css; paper is black on white, and shadows are drawn in ink."""
    colour = re.compile(r"#[0-9a-f]{3,8}\b", re.IGNORECASE)
    for name in ("components.css", "portal.css", "plain.css", "style.css"):
        assert colour.findall((STATIC / name).read_text(encoding="utf-8")) == [], name


def test_static_files_are_found() -> None:
    for path in STATIC.iterdir():
        assert finders.find(f"ow/{path.name}")
