"""The first part of a way: handing in, and being accepted, asked to complete or turned away."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from onewindow.cases import actions
from onewindow.cases.actions.intake import required
from onewindow.catalogue.spec import Material
from onewindow.demo.hall_cases import visit_for
from onewindow.demo.walker import Present, Walker
from onewindow.people.authority import SYSTEM
from onewindow.people.roles import Role

_REMEDIES: Final = (
    ("没有签名", "请补签姓名和日期"),
    ("复印件不清楚", "请换一份清楚的复印件"),
    ("还没有提交", "请补交"),
)


class Intake(Walker):
    """From the door to acceptance."""

    def _arrive(self) -> None:
        asked = required(self.spec, self.answers)
        self.lacking = self._lacking(asked)
        given = [self._handed(material) for material in asked if material not in self.lacking]
        form = {
            "item": self.plan.item.key,
            "answers": self.answers,
            "applicant": self.plan.visitor.form,
            "materials": given,
            "channel": self.plan.channel,
        }
        if self.plan.channel in {"online", "mobile"}:
            self._submit(form)
        else:
            if self.plan.channel == "window":
                form["ticket"] = self._ticket()
            self.case = actions.receive(form, by=self.crew.actor(self.clerk), now=self.at)
            if self.plan.fate in {"waiting", "at_town"}:
                raise Present

    def _ticket(self) -> str:
        """The visit of the day that this case came from, where there was one; on other days just a number."""
        visit = None if self.town else visit_for(self.plan.item, self.at, self.now, self.crew.hall(Role.CLERK))
        if visit is None:
            return f"{self.chance.choice('ABCD')}{self.chance.randrange(1, 400):03}"
        self.at, self.clerk = visit.moment, visit.clerk
        return visit.reference

    def _submit(self, form: dict[str, Any]) -> None:
        me = self.crew.actor(self.plan.visitor.username)
        self.case = actions.submit(form, by=me, now=self.at)
        if self.plan.fate == "fresh":
            raise Present
        self._soon(5, 25) if self.spec.notice_rule.unit == "spot" else self._wait(0.3, 5)
        if self.plan.fate == "returned":
            self._do("return_for_completion", self.clerk, reason="联系地址没有填写完整，请补充后重新提交。")
            raise Present
        self._do("receive", self.clerk)

    def _lacking(self, asked: list[Material]) -> list[Material]:
        """What is missing at first: with one in twelve something is, for special fates nothing."""
        if not asked or self.plan.fate not in {"normal", "denied", "withdrawn"} or not self._odds(0.08):
            return []
        return self.chance.sample(asked, min(len(asked), self.chance.choice([1, 1, 1, 2])))

    def _accept(self) -> bool:
        """Whether the case was accepted."""
        if self.plan.fate in {"refused", "not_required"}:
            self._turn_away()
            return False
        at_once = self.spec.immediate or self.spec.notice_rule.unit == "spot" or self._odds(0.7)
        self._soon(3, 20) if at_once else self._wait(0.5, 8)
        if self.lacking and not self._mend():
            return False
        if self.plan.fate == "withdrawn" and self._odds(0.4):
            self._withdraw()
            return False
        if self.lacking:
            return True
        self._do("accept", self.clerk)
        return True

    def _turn_away(self) -> None:
        self._soon(5, 20)
        if self.plan.fate == "refused":
            reason = "这个事项的经营场所不在桃江县，不属于本县职权范围。"
            authority = "益阳市赫山区政务服务中心"
            self._do("refuse_acceptance", self.clerk, reason=reason, authority=authority)
        else:
            self._do("find_not_required", self.clerk, reason="您从事的活动依法不需要取得这项许可。")

    def _mend(self) -> bool:
        """容缺受理 where every missing paper may follow later; otherwise the one notice. False when nothing came."""
        if all(material.deferrable for material in self.lacking) and self._odds(0.6):
            until = (self.at + dt.timedelta(days=15)).date().isoformat()
            rows = [{"material": material.key, "until": until} for material in self.lacking]
            self._do("accept_deferred", self.clerk, deferred=rows, promised=True)
            return True
        rows = []
        for material in self.lacking:
            problem, remedy = self.chance.choice(_REMEDIES)
            rows.append({"material": material.key, "problem": problem, "remedy": remedy})
        case = self._do("give_notice", self.clerk, missing=rows)
        if self._odds(0.12):
            last = dt.date.fromisoformat(case.told.notices[-1]["until"])
            self.at = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(0, 1), self.at.tzinfo)
            self._do("deem_withdrawn", SYSTEM)
            return False
        self._wait(3, 60)
        self._do("supply", self.clerk, materials=[self._handed(material) for material in self.lacking])
        self.lacking = []
        self._soon(3, 20)
        return True
