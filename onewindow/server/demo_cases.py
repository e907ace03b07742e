"""The slow half of the demo data, loaded beside the open house: the cases, made through the actions."""

from __future__ import annotations

import importlib
import os
import sys

from onewindow.commands import _django
from onewindow.server import processes


def main() -> int:
    processes.die_with_parent()
    os.nice(10)  # whoever looks at the pages comes first
    _django.setup()
    return int(importlib.import_module("onewindow.commands.demo").run(["--cases"]))


if __name__ == "__main__":
    sys.exit(main())
