"""Where the fonts of the papers are. Found without settings: a folder from the environment, npm's, or the system's."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import typst

from onewindow.papers.data import PaperError

SERIF = ("Noto Serif SC", "Noto Serif CJK SC", "Source Han Serif SC", "SimSun")
SANS = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei")
_ROOT = Path(__file__).resolve().parents[2]


class FontsMissing(PaperError):
    """No Chinese font was found; papers cannot be drawn."""


def font_folders() -> list[Path]:
    """Folders to load, best first: ``OW_FONT_DIR``, then the regular and bold weights that npm installed."""
    named = os.environ.get("OW_FONT_DIR")
    if named and Path(named).is_dir():
        return [Path(named)]
    packages = _ROOT / "node_modules" / "@expo-google-fonts"
    return sorted(p for weight in ("400Regular", "700Bold") for p in packages.glob(f"noto-s*/{weight}"))


@lru_cache(maxsize=1)
def load() -> typst.Fonts:
    """The fonts, read once a process. System fonts stand behind them for characters the first ones lack.

    Raises :class:`FontsMissing` when none of them is Chinese: a paper of empty boxes must never be issued.
    """
    fonts = typst.Fonts(include_system_fonts=True, font_paths=[str(folder) for folder in font_folders()])
    if not {*SERIF, *SANS} & set(fonts.families()):
        raise FontsMissing("找不到中文字体，不能生成文书：请运行 npm ci，或者用 OW_FONT_DIR 指明放字体的文件夹。")
    return fonts
