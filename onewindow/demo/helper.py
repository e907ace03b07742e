"""The second process of the load of demonstration cases: `python -m onewindow.demo.helper TOTAL HAVE NOW`."""

from __future__ import annotations

import sys
from datetime import datetime

from onewindow.commands import _django
from onewindow.server import processes


def main(argv: list[str]) -> int:
    processes.die_with_parent()
    _django.setup()
    from onewindow.demo import cases

    total, have, now = int(argv[0]), int(argv[1]), datetime.fromisoformat(argv[2])
    cases.live(cases.share(total, have, now, 1, 2), lambda line: None, now)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
