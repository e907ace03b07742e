"""Run as a program in the house of the browser tests: a hall of its own, and hands at its windows.

Reads one JSON line at a time, {"do": verb, …}, and answers each with one: what a test must know, `at` being the moment
after the commit (milliseconds since 1970). `Hands` is the other end, for the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

CENTRE = "screen-hall"
WINDOWS = {"S01": "综合窗口1号", "S02": "综合窗口2号", "S03": "婚姻登记窗口"}


class Hands:
    """`hands("call", window="S01")` in the hall of this module, in a process beside the test."""

    def __init__(self, env: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.browser.hand"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=env, **pipes)

    def __call__(self, verb: str, /, **given: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"do": verb, **given}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def __enter__(self) -> Hands:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.communicate(timeout=20)


def main() -> int:
    import django

    django.setup()
    hall = _Hall()
    for line in sys.stdin:
        given = json.loads(line)
        found = getattr(hall, given.pop("do"))(**given)
        sys.stdout.write(json.dumps({**(found or {}), "at": time.time() * 1000}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


class _Hall:
    def __init__(self) -> None:
        from onewindow.people.models import Account, Posting
        from onewindow.places.models import Centre, RegulationProfile, Window

        county = Centre.objects.filter(kind="service_centre").order_by("id").first()
        assert county is not None
        facts = {"name": "桃江县婚姻登记大厅", "kind": "special_hall", "division_id": county.division_id}
        profile = RegulationProfile.objects.get(pk=county.profile_id)
        self.centre, new = Centre.objects.get_or_create(key=CENTRE, defaults={**facts, "profile": profile})
        for code, name in WINDOWS.items():
            Window.objects.get_or_create(centre=self.centre, code=code, defaults={"name": name, "kind": "general"})
        for code in WINDOWS if new else ():
            account = Account.objects.create(username=f"at-{code}", name=f"演示{code}")
            Posting.objects.create(account=account, role="clerk", centre=self.centre, valid_from="2020-01-01")

    def fresh(self, is_open: bool = True) -> None:
        """Nobody has come yet today; the hall is open all day, or closed."""
        from django.utils import timezone

        from onewindow.hall.models import DayHours, Hall, Queue, Ticket, TicketPeriod, WindowSession

        TicketPeriod.objects.filter(centre=self.centre).delete()
        Ticket.objects.filter(centre=self.centre).delete()
        WindowSession.objects.filter(window__centre=self.centre).delete()
        Hall.objects.update_or_create(centre=self.centre, defaults={"notice": "", "rules": {}})
        Queue.objects.get_or_create(centre=self.centre, letter="S", defaults={"name": "婚姻登记", "kind": "general"})
        periods = [[0, 1440, "regular"]] if is_open else []
        DayHours.objects.update_or_create(
            centre=self.centre, day=timezone.localdate(), defaults={"periods": periods, "reason": "测试"}
        )
        self._forget()

    def call(self, window: str) -> dict[str, Any]:
        """Opens the window if need be, gives a ticket, calls it."""
        from onewindow.hall import calling, sessions, tickets

        place, by = self._at(window)
        sessions.open_window(place, by=by)
        tickets.take(self.centre, {}, source="kiosk")
        ticket = calling.call_next(place, by=by)
        assert ticket is not None
        return {"number": ticket.number}

    def take(self, count: int) -> None:
        from onewindow.hall import tickets

        for _ in range(count):
            tickets.take(self.centre, {}, source="kiosk")

    def act(self, verb: str, window: str, **more: Any) -> None:
        """recall, miss, start, finish, pause_window, resume_window, close_window."""
        from onewindow.hall import calling, onward, sessions

        place, by = self._at(window)
        room = next(one for one in (calling, onward, sessions) if hasattr(one, verb))
        getattr(room, verb)(place, by=by, **more)

    def notice(self, text: str) -> None:
        from onewindow.hall.models import Hall

        Hall.objects.filter(centre=self.centre).update(notice=text)
        self._forget()

    def password(self, window: str, text: str) -> None:
        """Lets the clerk of a window sign in."""
        from onewindow.people.models import Account

        account = Account.objects.get(username=f"at-{window}")
        account.set_password(text)
        account.save()

    def called(self, number: str) -> dict[str, Any]:
        """When the number was last called (milliseconds since 1970)."""
        from onewindow.hall.models import TicketPeriod

        periods = TicketPeriod.objects.filter(ticket__number=number, centre=self.centre, state="called")
        return {"called": periods.order_by("-pk")[0].started_at.timestamp() * 1000}

    def _at(self, window: str) -> tuple[Any, Any]:
        from onewindow.people.authority import Actor
        from onewindow.people.models import Account
        from onewindow.places.models import Window

        place = Window.objects.get(centre=self.centre, code=window)
        return place, Actor.of(Account.objects.get(username=f"at-{window}"))

    def _forget(self) -> None:
        from onewindow.hall import memory

        memory.forget()


if __name__ == "__main__":
    sys.exit(main())
