"""`ow files`: how uploaded files lie on the disk; seals them, changes their key, opens every one of them once."""

from __future__ import annotations

import argparse
import sys

from onewindow.server.errors import OperatorError


def run(argv: list[str]) -> int:
    """Exit status 1 when a file does not open or is missing."""
    parser = argparse.ArgumentParser(prog="ow files", description="查看、加密、核对上传的文件")
    parser.add_argument(
        "what",
        nargs="?",
        choices=("seal", "rotate", "check"),
        help="seal：把没有加密的和旧密钥加密的文件用当前密钥加密；rotate：先换一把新密钥；check：逐个打开核对。不写：只数一数",
    )
    what = parser.parse_args(argv).what
    if what == "check":
        return _check()
    if what == "rotate":
        _new_key()
    return _seal() if what else _survey()


def _survey() -> int:
    from onewindow.files.upkeep import survey

    count = survey()
    print(f"当前密钥加密 {count.current} 个，旧密钥加密 {count.older} 个，没有加密 {count.clear} 个。")
    if not count.whole:
        print("请运行 ow files seal，网站不用停。")
    return 0


def _seal() -> int:
    from onewindow.files.upkeep import seal_all

    count = seal_all()
    for name in count.broken:
        print(f"打不开  {name}")
    rest = f"{len(count.broken)} 个打不开，没有动" if count.broken else "全部文件都已用当前密钥加密"
    print(f"这次加密了 {count.sealed_now} 个；{rest}。")
    return 1 if count.broken else 0


def _new_key() -> None:
    from django.conf import settings

    from onewindow.server.keys import put_first

    if settings.FILE_KEYS:
        raise OperatorError(
            "文件密钥写在 OW_FILE_KEYS 里，请在它最前面加一把新的，再运行 ow files seal。",
            "the keys come from OW_FILE_KEYS: put a new one first there, then run ow files seal",
        )
    put_first(settings.FILE_KEY_LIST)
    print(f"新密钥写在 {settings.FILE_KEY_LIST} 的第一行，请马上备份。旧密钥要留到用它加密的备份都不要了为止。")


def _check() -> int:
    from onewindow.files.upkeep import open_all

    seen, wrong = 0, 0
    for found in open_all():
        if isinstance(found, tuple):
            wrong += 1
            print(f"不符  {found[0]}  {found[1]}")
        else:
            seen = found
            if not seen % 100:
                print(f"\r已核对 {seen} 个", end="", file=sys.stderr, flush=True)
    print(f"核对了 {seen} 个文件，{'全部打得开' if not wrong else f'{wrong} 个不符'}。")
    return 1 if wrong else 0
