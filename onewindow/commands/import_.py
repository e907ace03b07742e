"""`ow import KIND FILE`: brings divisions, items, themes, a year's holidays or bare item names into the house."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from onewindow.importing import Report, UnreadableFile

KINDS = {
    "divisions": "行政区划（CSV，可以是 .gz）：code,name,level,parent",
    "items": "事项（YAML，格式见 onewindow/catalogue/data/items.yaml）",
    "themes": "一件事（YAML，格式见 onewindow/catalogue/data/themes.yaml）",
    "calendar": "一年的放假安排（CSV 或 .xlsx）：year,date,kind,name",
    "catalogue": "事项目录（CSV，只有名称）：department,name,item_type_code,basic_code",
}


def run(argv: list[str]) -> int:
    """Exit status: 0 everything was taken; 1 rows were rejected or the file cannot be read; 2 the call is wrong."""
    parser = _parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:  # help was asked for
        return int(stop.code or 0)
    except argparse.ArgumentError:
        sys.stderr.write(parser.format_help())
        return 2
    try:
        report = _importer(options.kind)(options.file, options)
    except UnreadableFile as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(report.words + "\n")
    return 1 if report.rejected else 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Missing arguments, too: the caller explains in Chinese."""
        raise argparse.ArgumentError(None, message)


def _parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {kind:<10} {words}" for kind, words in KINDS.items())
    parser = _Parser(
        prog="ow import",
        exit_on_error=False,
        description="导入数据。重复导入同一个文件不会产生变化；不能用的行会逐行列出，其余的一次写入。",
        epilog=f"可以导入：\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help="导入什么，见下")
    parser.add_argument("file", type=Path, metavar="FILE", help="文件")
    parser.add_argument("--dry-run", action="store_true", help="试运行：只检查和报告，不写入")
    parser.add_argument("--strict", action="store_true", help="只要有一行不能用，就什么也不写入")
    parser.add_argument("--notice", default="", help="放假安排的通知文号（只用于 calendar）")
    return parser


def _importer(kind: str) -> Callable[[Path, argparse.Namespace], Report]:
    from onewindow.catalogue import imports as catalogue
    from onewindow.places import imports as places

    plain: dict[str, Callable[..., Report]] = {
        "divisions": places.import_divisions,
        "items": catalogue.import_items,
        "themes": catalogue.import_themes,
        "catalogue": catalogue.import_names,
    }
    if kind == "calendar":
        return _calendar
    return lambda file, options: plain[kind](file, dry_run=options.dry_run, strict=options.strict)


def _calendar(file: Path, options: argparse.Namespace) -> Report:
    """Imports the notice, then recomputes open deadlines, and says how many moved."""
    from onewindow.clocks.imports import import_calendar

    report = import_calendar(file, dry_run=options.dry_run, strict=options.strict, notice=options.notice)
    if report.years and not (report.dry_run or report.abandoned):
        from onewindow.cases.recompute import recompute_open

        years = "、".join(f"{year}年" for year in report.years)
        moved = recompute_open(f"导入了{years}放假安排{options.notice}", years=report.years)
        sys.stdout.write(f"已按新的日历重算未到期的时限，{moved} 个办件的到期日有变化。\n")
    return report
