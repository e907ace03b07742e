"""What the documents name exists: files behind links, headings behind anchors, commands, make targets, settings."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from onewindow.commands import COMMANDS
from onewindow.commands.import_ import KINDS
from onewindow.demo.people import APPLICANTS, CAST

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "onewindow/faces/design/README.md"])
TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "docs/README.md", "docs/api.md")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
MOST_IMAGE_BYTES = 200_000


def read(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """As code hosts make them: lower case, punctuation dropped, spaces to dashes."""
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", FENCE.sub("", read(page)), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(words.replace(" ", "-"))
    return found


@pytest.mark.parametrize("name", TOP)
def test_the_documents_that_everybody_looks_for_are_there(name: str) -> None:
    assert (ROOT / name).stat().st_size > 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", read(page))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_make_target_exists(page: Path) -> None:
    known = {command.name for command in COMMANDS}
    named = set(re.findall(r"(?:`|\n|\$\(|\.venv/bin/)ow ([a-z]+)", read(page)))
    assert named <= known
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:`|\n|=\S+ |sudo )make ([a-z-]+)", read(page))) <= targets
    assert set(re.findall(r"ow import ([a-z]+) [^|]", read(page))) <= {*KINDS, "calendar"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_is_read_somewhere(page: Path) -> None:
    code = "".join(read(path) for folder in ("onewindow", "scripts") for path in (ROOT / folder).rglob("*.py"))
    code += read(ROOT / "Makefile")
    for setting in set(re.findall(r"\bOW_[A-Z_]+[A-Z]\b", read(page))):
        assert setting in code, setting


def test_the_operators_page_names_every_setting() -> None:
    source = "".join(read(path) for path in (ROOT / "onewindow").rglob("*.py"))
    used = set(re.findall(r"\"(OW_[A-Z_]+)\"", source)) - {"OW_TESTING", "OW_TEST_HOME", "OW_SUPERVISED", "OW_PEER"}
    named = set(re.findall(r"`(OW_[A-Z_]+)`", read(ROOT / "docs" / "operators.md")))
    assert used <= named


def test_the_demonstration_accounts_exist() -> None:
    rows = re.findall(r"^\| ((?:`\w+`、?)+) \|", read(ROOT / "README.md"), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(named) >= 15
    assert named <= {member.username for member in CAST} | set(APPLICANTS)


def test_the_pictures_are_there_and_small() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert len(pictures) >= 3
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < MOST_IMAGE_BYTES, picture.name
