"""`ow restore FOLDER`: the other way round, into an empty database."""

from __future__ import annotations

from onewindow.commands.backup import work


def run(argv: list[str]) -> int:
    return work(argv, restoring=True)
