"""Build static/ow/icons.svg from the icons named in icons.txt (Tabler Icons, MIT licence).

Run from the repository root when icons.txt changes; the result is committed, so Node is not needed to run OneWindow:
``python -m onewindow.faces.design.sprite node_modules/@tabler/icons/icons/outline``
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = HERE / "icons.txt"
SPRITE = HERE.parent / "static" / "ow" / "icons.svg"
_NOTICE = "<!-- Icons from Tabler Icons, MIT License, Copyright (c) 2020-2026 Paweł Kuna. Built by sprite.py. -->"
_BOX = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def icon_names() -> list[str]:
    """The names listed in icons.txt, in order."""
    return NAMES.read_text(encoding="utf-8").split()


def symbol(name: str, source: str) -> str:
    """One ``<symbol>`` from the text of one Tabler SVG file; raises ValueError when it is not an SVG."""
    found = _BODY.search(source)
    if not found:
        raise ValueError(f"{name} is not an SVG file")
    body = re.sub(r"\s+", " ", _BOX.sub("", found.group(1))).replace("> <", "><").strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def build(folder: Path) -> str:
    """The text of the whole sprite from a folder of Tabler outline icons."""
    symbols = [symbol(name, (folder / f"{name}.svg").read_text(encoding="utf-8")) for name in icon_names()]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{_NOTICE}\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    SPRITE.write_text(build(Path(sys.argv[1])), encoding="utf-8")
