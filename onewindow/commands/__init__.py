"""`ow`, the one command line. Each command is a module here with `run(argv) -> int`, loaded only when called."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass

from onewindow.server.errors import OperatorError


@dataclass(frozen=True)
class Command:
    """`database`: Django is set up and a database answers before `run` is called."""

    name: str
    usage: str
    help: str
    database: bool = True

    @property
    def module(self) -> str:
        return f"onewindow.commands.{self.name}" if self.name != "import" else "onewindow.commands.import_"


COMMANDS = (
    Command(
        "serve", "serve [--demo] [--host H] [--port P]", "启动网站和后台任务（没有 DATABASE_URL 时带内置数据库）", False
    ),
    Command("demo", "demo", "装入演示数据"),
    Command("migrate", "migrate", "建立或升级数据库结构"),
    Command("token", "token USERNAME", "为账号生成一个接口令牌"),
    Command("clock", "clock FILE | clock --explain FILE ID", "核对办理期限，或逐日说明一个期限", False),
    Command("verify", "verify", "重放全部办件，核对事件链、状态、期限和文书"),
    Command("files", "files [seal|rotate|check]", "上传的文件：数一数、加密、换密钥、逐个核对"),
    Command("import", "import divisions|items|themes|calendar|catalogue FILE", "导入数据，可先试运行"),
    Command("outbox", "outbox [replay]", "看等着发出的消息；把发送失败的重新排上"),
    Command("bench", "bench [NAME …]", "测量性能，输出表格和 JSON"),
    Command("backup", "backup FOLDER", "把数据库和上传的文件备份到一个目录", False),
    Command("restore", "restore FOLDER", "从备份恢复到空的数据库", False),
    Command("manage", "manage …", "Django 管理命令"),
)


def usage() -> str:
    width = max(len(command.usage) for command in COMMANDS)
    lines = [f"  ow {command.usage:<{width}}  {command.help}" for command in COMMANDS]
    return "用法：ow 命令 [参数]\n\n" + "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns its status. 2: no such command. 1: a reason told in one sentence. 130: Ctrl-C."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in ("-h", "--help", "help"):
        sys.stdout.write(usage())
        return 0
    chosen = next((command for command in COMMANDS if arguments and command.name == arguments[0]), None)
    if chosen is None:
        if arguments:
            sys.stderr.write(f"没有这个命令：{arguments[0]} (unknown command)\n\n")
        sys.stderr.write(usage())
        return 2
    try:
        return _call(chosen, arguments[1:])
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `ow verify | head`
        sys.stderr.close()
        return 0


def _call(command: Command, argv: list[str]) -> int:
    if not command.database:
        return _run(command, argv)
    from onewindow.commands import _django
    from onewindow.server.database import database

    with database():
        _django.setup()
        return _run(command, argv)


def _run(command: Command, argv: list[str]) -> int:
    result = importlib.import_module(command.module).run(argv)
    assert isinstance(result, int)
    return result
