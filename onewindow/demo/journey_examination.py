"""The middle of a way: signing for it, procedures, the steps of the item, and the decision."""

from __future__ import annotations

from typing import Final

from onewindow.cases.steps import may_decide_at
from onewindow.catalogue.spec import Procedure
from onewindow.demo.walker import Present, Walker
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


class Examination(Walker):
    """From acceptance to the decision."""

    def _examine(self) -> None:
        if self.spec.immediate and may_decide_at(self.spec, 0):
            self._decide_on_the_spot()
            return
        if self.spec.commitment and self.plan.fate == "normal" and not self.lacking and self._odds(0.3):
            self._commit()
            return
        if self.plan.fate == "to_sign":
            raise Present
        signer = self._colleague(0)
        self._wait(0.2, 3)
        self._do("sign", signer)
        self._stop_where_fated(signer)
        self._procedures(signer)
        if self.plan.fate == "withdrawn":
            self._withdraw()
            raise Present
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
            raise Present
        if self.plan.fate == "paused":
            off = [p for p in self.spec.special_procedures if not p.counts_on_clock and p.kind != "听证"]
            self._wait(0.5, 4)
            self._open(self.chance.choice(off), signer)
            raise Present

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
                raise Present
            pace = self._pace(step)
            self._wait(pace, pace)
            self._maybe_extend(step)
            self._do("pass_step", who, opinion=self.chance.choice(_PASSED))
            self.acted.append(who)
            step += 1
            who = self._colleague(step)
        if self.plan.fate == "to_decide":
            raise Present
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
            raise Present
        if fate == "terminated":
            self._do("terminate", self._signer(), reason="申请人下落不明，程序无法继续进行。")
            raise Present
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
            raise Present

    def _signer(self) -> str:
        return self.crew.back(Role.CHIEF, self.plan.item.department_id)[0]
