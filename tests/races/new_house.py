"""Tables and cast for a database of its own. Prints a token of clerk1."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    from django.core.management import call_command

    from tests.cast import _build, _raise_curtain

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory() as home:
        cast = _raise_curtain(_build(Path(home)))
    sys.stdout.write(cast.token("clerk1"))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    import django

    django.setup()
    main()
