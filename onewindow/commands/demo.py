"""`ow demo`: the demonstration centre. `--base` loads only places, catalogue and people; `--cases` only the
days of the hall, the cases, and what citizens and supervision said of them."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onewindow.demo.base import DemoAccount

USAGE = """用法：
  ow demo           装入演示中心：机构、事项、人员、几天的大厅、三千个办件，以及评价、诉求、咨询和监察
  ow demo --base    只装入机构、事项和人员
  ow demo --cases   只补齐大厅、办件、评价和监察（先装入上面这些）
演示数据只在这里产生；重复执行不会重复装入。
"""


def run(argv: list[str]) -> int:
    """Exit status: 0 loaded (or already there), 2 the call is wrong."""
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    if argv not in ([], ["--base"], ["--cases"]):
        sys.stderr.write(USAGE)
        return 2
    from django.core.management import call_command

    from onewindow.demo.base import load_base

    call_command("migrate", verbosity=0)
    accounts = load_base()
    if argv != ["--cases"]:
        sys.stdout.write(table(accounts))
    if argv != ["--base"]:
        from onewindow.demo.cases import load_cases
        from onewindow.demo.hall import load_hall
        from onewindow.demo.voice import load_voice

        load_hall(say=_say)
        load_cases(say=_say)
        load_voice(say=_say)
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def table(accounts: list[DemoAccount]) -> str:
    """The accounts and their one password, as columns that line up on a terminal."""
    width = max(_columns(account.title) for account in accounts)
    lines = [
        f"  {account.username:<12}{account.title}{' ' * (width - _columns(account.title))}  {account.name}"
        for account in accounts
    ]
    return "\n".join(["演示账号（密码都是 " + accounts[0].password + "）", *lines]) + "\n"


def _columns(text: str) -> int:
    """Width on a terminal: Chinese characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
