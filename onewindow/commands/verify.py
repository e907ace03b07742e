"""`ow verify`: replays every case and checks chains, projections, deadlines, papers and seals."""

from __future__ import annotations

import argparse
import sys
import time


def run(argv: list[str]) -> int:
    """Prints each difference in one line. Exit status 1 when there is any."""
    parser = argparse.ArgumentParser(prog="ow verify", description="重放全部办件，核对事件链、办件、期限、文书和封印")
    parser.parse_args(argv)
    return _verify()


def _verify() -> int:
    from onewindow.cases.verify import Difference, verify_cases, verify_seals

    started, seen, wrong = time.monotonic(), 0, 0
    for found in verify_cases():
        if isinstance(found, Difference):
            wrong += 1
            print(f"不符  {found.where}  {found.what}")
        else:
            seen = found
            print(f"\r已核对 {seen} 件", end="", file=sys.stderr, flush=True)
    for found in verify_seals():
        wrong += 1
        print(f"不符  {found.where}  {found.what}")
    seconds = time.monotonic() - started
    print(f"\r核对了 {seen} 件，{'全部相符' if not wrong else f'{wrong} 处不符'}，用时 {seconds:.1f} 秒")
    return 1 if wrong else 0
