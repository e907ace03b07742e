"""One application lived through, action by action, until it is over or the present moment is reached."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any, Final

from onewindow.cases import actions
from onewindow.cases.actions.intake import required
from onewindow.cases.models import Case
from onewindow.cases.steps import may_decide_at, node_roles
from onewindow.catalogue.spec import ItemSpec, Material, Procedure
from onewindow.demo.crowd import Crew
from onewindow.demo.hall_cases import visit_for
from onewindow.demo.office import Office
from onewindow.demo.plan import Plan
from onewindow.people.authority import SYSTEM, Actor
from onewindow.people.roles import Role

_HOURS: Final = {"workday": 7.0, "day": 5.0, "month": 150.0, "year": 1800.0, "spot": 0.4}
_PASSED: Final = (
    "材料齐全，符合规定，同意提交。",
    "经审查，符合条件，建议准予。",
    "申请材料真实有效，同意。",
    "核对无误，同意。",
)
_GRANTED: Final = ("符合法定条件，准予。", "经审核，同意办理。", "准予，按规定制发证件。")
_DENIED: Final = (
    "经审查，申请人提交的场所证明与实际情况不符，不符合规定的条件。",
    "经核查，申请人目前不符合规定的条件，具体见审查意见。",
    "申请材料反映的情况与部门共享数据不一致，经核实不符合条件。",
)
_REMEDIES: Final = (
    ("没有签名", "请补签姓名和日期"),
    ("复印件不清楚", "请换一份清楚的复印件"),
    ("还没有提交", "请补交"),
)


class _Present(Exception):
    """The next thing would happen after the present moment."""


class Journey:
    """Walks one plan. Every move goes through the actions, with the moment at which it is said to happen."""

    def __init__(self, plan: Plan, crew: Crew, office: Office, now: dt.datetime) -> None:
        assert plan.item.current is not None
        self.plan, self.crew, self.office, self.now = plan, crew, office, now
        self.chance = random.Random(f"journey {plan.number} {plan.at.date()}")
        self.spec: ItemSpec = plan.item.current.spec
        self.answers = {s.key: self.chance.choice(s.options).value for s in self.spec.scenarios}
        self.at = plan.at
        self.town = self._town()
        self.clerk = self._clerk()
        self.case: Case | None = None
        self.lacking: list[Material] = []
        self.decider = ""
        self.acted: list[str] = []

    def walk(self) -> Case | None:
        """Lives the case as far as it goes; None when it would begin after the present."""
        try:
            self._arrive()
            if self._accept():
                self._examine()
                self._conclude()
        except _Present:
            pass
        return self.case

    # ---- moving --------------------------------------------------------------------------------------------------

    def _do(self, action: str, by: str | Actor, **data: Any) -> Case:
        if self.at > self.now:
            raise _Present
        assert self.case is not None
        actor = self.crew.actor(by) if isinstance(by, str) else by
        self.case = actions.perform(self.case, action, by=actor, data=data, now=self.at)
        return self.case

    def _wait(self, low: float, high: float) -> None:
        """Lets some working hours pass."""
        self.at = self.office.later(self.at, low + (high - low) * self.chance.random())

    def _soon(self, low: float, high: float) -> None:
        """Minutes of the same visit: nobody is sent home because the clock strikes five."""
        self.at += dt.timedelta(minutes=low + (high - low) * self.chance.random())

    def _sleep(self, days: int) -> None:
        self.at += dt.timedelta(days=days)

    def _odds(self, share: float) -> bool:
        return self.chance.random() < share

    # ---- arriving ------------------------------------------------------------------------------------------------

    def _town(self) -> str:
        at_town = self.plan.channel == "village" or self.spec.steps[0].role == "乡镇（街道）受理员"
        at_town = at_town and self.plan.channel not in {"online", "mobile"}
        if self.plan.fate == "at_town":
            return self.crew.town_of("township1")
        return self.chance.choice(self.crew.towns()) if at_town else ""

    def _clerk(self) -> str:
        if self.town:
            return self.crew.town_clerk(self.town)
        return self.chance.choice(
            self.crew.spot_clerks(self.plan.item.key) or self.crew.hall(Role.CLERK)
            if self._odds(0.5)
            else self.crew.hall(Role.CLERK)
        )

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
                raise _Present

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
            raise _Present
        self._soon(5, 25) if self.spec.notice_rule.unit == "spot" else self._wait(0.3, 5)
        if self.plan.fate == "returned":
            self._do("return_for_completion", self.clerk, reason="联系地址没有填写完整，请补充后重新提交。")
            raise _Present
        self._do("receive", self.clerk)

    def _handed(self, material: Material) -> dict[str, Any]:
        return {
            "material": material.key,
            "form": material.form if self.plan.channel not in {"online", "mobile"} else "electronic",
            "copies": material.copies,
            "original_seen": material.form != "electronic" and self.plan.channel not in {"online", "mobile"},
        }

    def _lacking(self, asked: list[Material]) -> list[Material]:
        """What is missing at first: with one in twelve something is, for special fates nothing."""
        if not asked or self.plan.fate not in {"normal", "denied", "withdrawn"} or not self._odds(0.08):
            return []
        return self.chance.sample(asked, min(len(asked), self.chance.choice([1, 1, 1, 2])))

    # ---- acceptance ----------------------------------------------------------------------------------------------

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

    def _withdraw(self) -> None:
        self._wait(0.5, 6)
        who = self.plan.visitor.username if self.plan.channel in {"online", "mobile"} else self.clerk
        self._do("withdraw", who, reason="申请人另有安排，要求撤回。")

    def _supply_deferred(self) -> None:
        if self.lacking:
            self._wait(7, 40)
            self._do("supply_deferred", self.clerk, materials=[self._handed(material) for material in self.lacking])
            self.lacking = []

    # ---- examination ---------------------------------------------------------------------------------------------

    def _examine(self) -> None:
        if self.spec.immediate and may_decide_at(self.spec, 0):
            self._decide_on_the_spot()
            return
        if self.spec.commitment and self.plan.fate == "normal" and not self.lacking and self._odds(0.3):
            self._commit()
            return
        if self.plan.fate == "to_sign":
            raise _Present
        signer = self._colleague(0)
        self._wait(0.2, 3)
        self._do("sign", signer)
        self._stop_where_fated(signer)
        self._procedures(signer)
        if self.plan.fate == "withdrawn":
            self._withdraw()
            raise _Present
        self._steps(signer)
        self._settle()

    def _pace(self, step: int) -> float:
        """Working hours that a step takes: most a third of its listed limit, a few in a thousand too long."""
        node = self.spec.nodes[step]
        hours = max(node.limit.n, 0.2) * _HOURS[node.limit.unit]
        return hours * (1.5 if self._odds(0.003) else 0.8 * self.chance.betavariate(2, 4))

    def _stop_where_fated(self, signer: str) -> None:
        if self.plan.fate == "late" and self._odds(0.5):
            self.at = self.office.later(self.at, ((self.spec.promised_limit.n or 5) + 1) * 7)
            self._do("urge", "supervisor1", reason="已经超过承诺时限，请尽快办理。")
        if self.plan.fate in {"late", "due"}:
            raise _Present
        if self.plan.fate == "paused":
            off = [p for p in self.spec.special_procedures if not p.counts_on_clock and p.kind != "听证"]
            self._wait(0.5, 4)
            self._open(self.chance.choice(off), signer)
            raise _Present

    def _procedures(self, signer: str) -> None:
        listed = [p for p in self.spec.special_procedures if p.kind not in {"听证", "中止"}]
        if not listed or self.plan.fate in {"to_verify", "to_decide"} or not self._odds(0.7):
            return
        procedure = self.chance.choice(listed)
        self._wait(0.2, 1)
        self._open(procedure, signer)
        span = procedure.limit.n * _HOURS[procedure.limit.unit]
        room = span if not procedure.counts_on_clock else min(span, self.spec.nodes[0].limit.n * 4.0)
        self._wait(0.1 * room, 0.6 * room)
        result = "现场与申请材料一致，符合要求。" if procedure.kind == "现场核查" else "已完成，结果见记录。"
        self._do("close_procedure", signer, procedure=procedure.name, result=result)

    def _open(self, procedure: Procedure, signer: str) -> None:
        department = self.plan.item.department_id
        team = [*self.crew.back(Role.EXAMINER, department), *self.crew.back(Role.VERIFIER, department)]
        officers = [self.crew.name(name) for name in team[: procedure.officers_min or 0]]
        reason = procedure.trigger or "按公布的办理流程进行。"
        self._do("open_procedure", signer, procedure=procedure.name, reason=reason, officers=officers)

    def _steps(self, signer: str) -> None:
        step, who = 0, signer
        while not may_decide_at(self.spec, step):
            if self.plan.fate == "to_verify" and step == 1:
                raise _Present
            pace = self._pace(step)
            self._wait(pace, pace)
            self._maybe_extend(step)
            self._do("pass_step", who, opinion=self.chance.choice(_PASSED))
            self.acted.append(who)
            step += 1
            who = self._colleague(step)
        if self.plan.fate == "to_decide":
            raise _Present
        pace = self._pace(min(step, len(self.spec.nodes) - 1))
        self._wait(pace, pace)
        self.decider = who

    def _maybe_extend(self, step: int) -> None:
        allowed = self.spec.extension
        if step or allowed is None or "政府" in allowed.approver or "设区的市" in allowed.approver:
            return
        if self.spec.item_type == "01" and self._odds(0.02):
            head = self.crew.back(Role.HEAD, self.plan.item.department_id)[0]
            case = self.case
            if case is not None and case.due_on is not None and self.at.date() < case.due_on:
                self._do("extend", head, reason="情况比较复杂，需要进一步核实。")

    def _colleague(self, step: int) -> str:
        """Somebody of the department in the right post who has not done an earlier step."""
        for role in node_roles(self.spec, step):
            free = [name for name in self.crew.back(role, self.plan.item.department_id) if name not in self.acted]
            if free:
                return self.chance.choice(free)
        raise LookupError(f"nobody left for step {step} of {self.plan.item.key}")

    # ---- decision ------------------------------------------------------------------------------------------------

    def _decide_on_the_spot(self) -> None:
        self._supply_deferred()
        self._soon(3, 25)
        at_window = self.clerk in self.crew.spot_clerks(self.plan.item.key) and not self.town
        self.decider = self.clerk if at_window else self._colleague(0)
        self._settle()

    def _commit(self) -> None:
        self._soon(10, 40)
        chief = self.crew.back(Role.CHIEF, self.plan.item.department_id)[0]
        opinion = "申请人已书面承诺符合条件，当场准予。"
        self._do("decide", chief, outcome="grant_on_commitment", opinion=opinion, committed=True)

    def _settle(self) -> None:
        self._supply_deferred()
        fate = self.plan.fate
        basis = [str(law) for law in self.spec.legal_basis][:3] or ["《中华人民共和国行政许可法》第三十八条"]
        if fate == "forward":
            reason = "这项申请要由上级机关决定，已随材料转报。"
            self._do("forward", self._signer(), reason=reason, authority="益阳市政务服务中心")
            raise _Present
        if fate == "terminated":
            self._do("terminate", self._signer(), reason="申请人下落不明，程序无法继续进行。")
            raise _Present
        if fate == "denied":
            text = self.chance.choice(_DENIED)
            self._do("decide", self.decider, outcome="deny", opinion=text, legal_basis=basis)
        else:
            self._do("decide", self.decider, outcome="grant", opinion=self.chance.choice(_GRANTED))
        if fate == "revoke":
            self._sleep(12)
            reason = "经核查，申请人提交了虚假材料。"
            law = ["《中华人民共和国行政许可法》第六十九条第二款"]
            self._do("revoke", self._signer(), reason=reason, legal_basis=law)
            raise _Present

    def _signer(self) -> str:
        return self.crew.back(Role.CHIEF, self.plan.item.department_id)[0]

    # ---- afterwards ----------------------------------------------------------------------------------------------

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
