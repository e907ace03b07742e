"""docs/lifecycle.md is drawn from the table of moves and never by hand."""

from __future__ import annotations

from pathlib import Path

from onewindow.cases.diagram import page
from onewindow.cases.lifecycle import MOVES, STATE_LABELS

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m onewindow.cases.diagram > docs/lifecycle.md"


def test_the_page_names_every_action_and_state_in_chinese() -> None:
    text = page()
    for row in MOVES.values():
        assert f"| {row.label} | `{row.action}` |" in text
    for state, label in STATE_LABELS.items():
        assert f'state "{label}" as {state}' in text
