"""Run as a program: a case that the department lets run late, swept on the day of the yellow card and again today.

Prints the case, both cards and a working day to answer on, as one JSON object.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys


def main() -> int:
    from onewindow.commands import _django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    _django.setup()
    from django.utils import timezone

    from onewindow.cases.actions import perform, receive
    from onewindow.clocks.models import Deadline
    from onewindow.clocks.store import current_calendar
    from onewindow.oversight import sweep
    from onewindow.oversight.models import Alert
    from onewindow.oversight.shipping import ship
    from tests.browser.stage import _actor, _application

    ship()
    now, calendar = timezone.now(), current_calendar()
    began = now - dt.timedelta(days=60)
    while not calendar.is_workday(timezone.localdate(began)):
        began -= dt.timedelta(days=1)
    case = receive(_application(9), by=_actor("clerk1"), now=began)
    case = perform(case, "accept", by=_actor("clerk1"), now=began)
    case = perform(case, "sign", by=_actor("examiner1"), now=began)
    limit = Deadline.objects.of("case", case.pk).get(kind="promised")
    assert limit.due_at is not None
    sweep.sweep(limit.due_at - dt.timedelta(hours=1))
    cards = Alert.objects.filter(deadline=limit.pk)
    before = list(cards.values_list("level", flat=True))
    assert "yellow" in before, before
    assert "red" not in before, before
    sweep.sweep(now)
    day = timezone.localdate(now) + dt.timedelta(days=3)
    while not calendar.is_workday(day):
        day += dt.timedelta(days=1)
    found = {level: cards.get(level=level).number for level in ("yellow", "red")}
    json.dump({"case": case.number, "until": day.isoformat(), **found}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
