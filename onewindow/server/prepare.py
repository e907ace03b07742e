"""What `ow serve` does once before it opens: the tables, and with --demo the demo centre without its cases. One
process for both, so that Django is loaded once."""

from __future__ import annotations

import importlib.util
import sys

from onewindow.commands import _django
from onewindow.server import processes
from onewindow.server.errors import ConnectionLost, OperatorError


def demo_exists() -> bool:
    return importlib.util.find_spec("onewindow.commands.demo") is not None


def main(argv: list[str]) -> int:
    processes.die_with_parent()
    try:
        _django.setup()
        from onewindow.commands import migrate

        status = migrate.run(["--quiet"])
        if status == 0 and "--demo" in argv and demo_exists():
            demo = importlib.import_module("onewindow.commands.demo")
            status = int(demo.run(["--base"]))
        return status
    except ConnectionLost:
        return ConnectionLost.STATUS
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
