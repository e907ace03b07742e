"""`ow token USERNAME`: prints a new API token of an account. It is shown once; only its digest is kept."""

from __future__ import annotations

import sys

USAGE = "用法：ow token 账号\n打印这个账号的一个新接口令牌，只显示这一次。\n"


def run(argv: list[str]) -> int:
    """Exit status: 0 printed, 1 no such account or it is disabled, 2 the call is wrong."""
    if argv in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    if len(argv) != 1 or argv[0].startswith("-"):
        sys.stderr.write(USAGE)
        return 2
    from onewindow.people.models import Account, ApiToken

    name = argv[0]
    account = None if "\0" in name else Account.objects.filter(username=name).first()
    if account is None:
        sys.stderr.write(f"没有账号“{name[:60]}”。演示账号要先用 ow demo 装入。\n")
        return 1
    if not account.is_active:
        sys.stderr.write(f"账号“{name}”已经停用，不能生成令牌。\n")
        return 1
    sys.stdout.write(ApiToken.issue(account) + "\n")
    return 0
