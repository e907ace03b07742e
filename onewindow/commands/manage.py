"""`ow manage …`: any Django management command, with the database up."""

from __future__ import annotations


def run(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["ow manage", *argv])
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    return 0
