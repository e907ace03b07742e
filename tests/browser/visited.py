"""Run as a program: a visit that clerk2 has just finished at A02 of the demonstration's hall, by the real actions.

Prints the ticket's code and number, the phone of the visitor, and the path that sets up the rating screen of A02.
"""

from __future__ import annotations

import json
import os
import sys


def main() -> int:
    from onewindow.commands import _django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    _django.setup()
    from onewindow.hall import calling, machines, onward, sessions, tickets
    from onewindow.hall.models import Terminal
    from onewindow.places.models import Window
    from tests.browser.stage import FERTILITY, _actor

    window = Window.objects.select_related("centre").get(centre__key="taojiang", code="A02")
    clerk = _actor("clerk2")
    visitor = {"name": "演示来访", "phone": "19900007788"}
    given = {"items": [FERTILITY], "override": "测试时大厅可能不办公", "visitor": visitor}
    ticket = tickets.take(window.centre, given, source="guide", by=clerk)
    sessions.open_window(window, by=clerk)
    ticket = calling.call(window, ticket, by=clerk)
    calling.start(window, by=clerk)
    ticket = onward.finish(window, by=clerk)
    sessions.close_window(window, by=clerk)
    token, digest = machines.new_token()
    kept = {"kind": "window_screen", "window": window, "name": f"评价屏 {ticket.number}", "digest": digest}
    Terminal.objects.create(centre=window.centre, **kept)
    tablet = f"/voice/tablet/{window.centre.key}/{window.code}/enrol/{token}/"
    json.dump({"code": ticket.code, "number": ticket.number, "tablet": tablet}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
