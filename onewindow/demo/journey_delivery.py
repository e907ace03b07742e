"""The end of a way: the certificate, handing it out, the check of a promise, the archive."""

from __future__ import annotations

import datetime as dt

from onewindow.demo.walker import Walker
from onewindow.people.authority import SYSTEM
from onewindow.people.roles import Role


class Delivery(Walker):
    """From the decision to the archive."""

    def _conclude(self) -> None:
        assert self.case is not None
        granted = self.case.told.outcome.startswith("grant")
        maker = self.chance.choice(self.crew.back(Role.EXAMINER, self.plan.item.department_id))
        exit_clerk = maker if self.town else self.chance.choice(self.crew.hall(Role.EXIT_CLERK))
        if granted and self.spec.result.kind != "无":
            self._soon(2, 15) if self.spec.immediate else self._wait(0.3, 6)
            self._do("issue", exit_clerk)
        self._soon(1, 10) if self.spec.immediate else self._wait(0.2, 3)
        self._do("make_ready", exit_clerk)
        self._deliver()
        self._check_commitment()
        self._archive()

    def _deliver(self) -> None:
        out = self.chance.choice(self.crew.hall(Role.EXIT_CLERK))
        modes = [
            mode for mode in ("counter", "electronic", "courier") if mode in self.spec.delivery or mode == "counter"
        ]
        mode = "counter" if self.town else self.chance.choices(modes, [5, 3, 2][: len(modes)])[0]
        if mode == "electronic":
            self._soon(1, 10)
            self._do("deliver_electronically", out)
        elif mode == "courier":
            self._wait(0.5, 6)
            number = f"99{self.chance.randrange(10**11):011}"
            self._do("send_by_courier", out, company="邮政速递（演示）", courier_number=number)
            self._wait(7, 21)
            self._do("confirm_delivery", out, recipient=self.plan.visitor.name[:20], relation="本人")
        else:
            self._soon(2, 15) if self.spec.immediate else self._wait(2, 45)
            relation = "本人" if self.plan.visitor.kind == "natural" else "法定代表人"
            by = self.clerk if self.town else out
            self._do("hand_out", by, recipient=self.plan.visitor.name[:20], relation=relation, signed=True)

    def _check_commitment(self) -> None:
        assert self.case is not None
        if self.case.told.commitment is not None:
            self._wait(100, 250)
            checker = self.crew.back(Role.EXAMINER, self.plan.item.department_id)[0]
            self._do("check_commitment", checker, result="true", note="现场核查，与承诺一致。")

    def _archive(self) -> None:
        assert self.case is not None
        ended = self.case.ended_at
        assert ended is not None
        self.at = max(self.at, ended + dt.timedelta(days=30, minutes=3))
        self._do("archive", SYSTEM)
