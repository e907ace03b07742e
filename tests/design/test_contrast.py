"""Every text colour of the tokens can be read on the ground it is meant for (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "onewindow/faces/static/ow/tokens.css"
TINTED = ("primary", "accent", "ontime", "soon", "late", "paused", "done")
BLOCKS = {"standard": ":root {", "care": "html[data-care] {"}


def colours(block: str) -> dict[str, str]:
    """Colour tokens in force: the standard ones, overridden by those of the block."""
    text = TOKENS.read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for opening in dict.fromkeys((BLOCKS["standard"], BLOCKS[block])):
        body = text.split(f"\n{opening}", 1)[1].split("}", 1)[0]
        found |= dict(re.findall(r"--ow-([\w-]+):\s*(#[0-9a-f]{6});", body))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_formula_agrees_with_the_standard() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", TINTED)
def test_state_text_can_be_read_on_its_tint_and_on_paper(block: str, name: str) -> None:
    tokens = colours(block)
    assert ratio(tokens[f"{name}-text"], tokens[f"{name}-tint"]) >= 4.5
    assert ratio(tokens[f"{name}-text"], tokens["paper"]) >= 4.5


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("ink", ["ink", "ink-2", "ink-3", "primary", "primary-strong"])
@pytest.mark.parametrize("ground", ["paper", "ground", "ground-2", "primary-tint"])
def test_ink_and_links_can_be_read_on_every_ground(block: str, ink: str, ground: str) -> None:
    tokens = colours(block)
    assert ratio(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("name", ["control", "primary", "ontime-solid", "late-solid", "paused-solid"])
def test_borders_of_controls_and_bars_can_be_seen(block: str, name: str) -> None:
    assert ratio(colours(block)[name], colours(block)["paper"]) >= 3


def test_text_on_the_main_button_can_be_read() -> None:
    for block in BLOCKS:
        tokens = colours(block)
        assert ratio(tokens["on-primary"], tokens["primary"]) >= 4.5


def test_care_mode_reaches_enhanced_contrast_for_text() -> None:
    tokens = colours("care")
    for ink in ("ink", "ink-2", "ink-3", "primary"):
        assert ratio(tokens[ink], tokens["paper"]) >= 7
