"""What comes to the hall in the last 120 days: which item, when, through which channel, and with what fate.

Shares follow real figures (广东 2020-01: 95.5 % granted, 3.9 % denied, 0.6 % terminated; refusals of acceptance are a
few in ten thousand).
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Final

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.demo.crowd import Visitor, visitors
from onewindow.demo.office import Office, at

SPAN: Final = 120
_POPULAR: Final = {
    "insurance-certificate": 18,
    "id-card": 16,
    "social-security-card": 14,
    "resident-medical-insurance": 14,
    "individual-business-establishment": 14,
    "birth-household-registration": 8,
    "company-establishment": 8,
    "housing-fund-withdrawal": 8,
    "real-estate-transfer": 7,
    "deed-tax-declaration": 7,
    "food-operation-licence": 7,
    "marriage-registration": 6,
    "employee-social-insurance": 6,
    "employee-medical-insurance": 6,
    "invoice-approval": 6,
    "employment-registration": 5,
    "residence-permit": 5,
    "rural-planning-permit": 4,
    "maternity-reimbursement": 4,
    "retirement-application": 4,
    "chronic-disease-recognition": 4,
    "public-place-hygiene-permit": 4,
    "food-operation-licence-renewal": 4,
    "minimum-living-allowance": 3,
    "disability-certificate": 3,
    "tobacco-retail-licence": 3,
    "land-dispute-adjudication": 0.2,
    "large-event-safety-permit": 0.5,
    "good-samaritan-recognition": 0.3,
}
_RARE_FATES: Final = {3: "refused", 5: "not_required", 7: "forward", 11: "revoke", 13: "returned", 17: "returned"}
_TAIL: Final = {
    "due": 16,
    "late": 14,
    "paused": 10,
    "fresh": 10,
    "waiting": 8,
    "to_sign": 8,
    "to_verify": 8,
    "to_decide": 10,
    "at_town": 6,
}
"""So that every list has something in it: due at once, overdue and open, clock stopped, just sent, just received, with
the examiners, verifiers and chief representatives of the cast's departments, and at the cast's town."""
_CAST: Final = ("市监", "卫健")


@dataclass(frozen=True, slots=True)
class Plan:
    """One application to come. `fate`: normal, denied, terminated, withdrawn, due, late, paused, refused …"""

    number: int
    item: Item
    visitor: Visitor
    at: dt.datetime
    channel: str
    fate: str


def plans(total: int, items: list[Item], office: Office, now: dt.datetime) -> list[Plan]:
    """The whole plan in order of arrival; the same for the same day."""
    chance = random.Random(f"plan {now.astimezone(SHANGHAI).date()}")
    days = office.days(now.astimezone(SHANGHAI).date(), SPAN)
    fates = _fates(total)
    suited = {fate: _suited(fate, items) for fate in set(fates)}
    made = [_plan(number, fate, suited[fate], days, office, now, chance) for number, fate in enumerate(fates)]
    return sorted(made, key=lambda plan: (plan.at, plan.number))


def popularity(item: Item) -> float:
    return _POPULAR.get(item.key, 1.0)


def _fates(total: int) -> list[str]:
    fates = ["normal"] * total
    for place, fate in _RARE_FATES.items():
        if place < total:
            fates[place] = fate
    place = total - 1
    for fate, count in _TAIL.items():
        for _ in range(min(count, total // 40)):
            fates[place] = fate
            place -= 1
    return fates


def _plan(
    number: int,
    fate: str,
    suited: tuple[list[Item], list[float]],
    days: list[dt.date],
    office: Office,
    now: dt.datetime,
    chance: random.Random,
) -> Plan:
    item = chance.choices(*suited)[0]
    assert item.current is not None
    spec = item.current.spec
    kind = item.audience if item.audience != "both" else chance.choices(["natural", "legal"], [7, 3])[0]
    visitor = chance.choice([one for one in visitors(kind) if one.username or fate not in {"fresh", "returned"}])
    at_window = fate in {*_TAIL, "refused", "not_required"} and fate != "fresh"
    channel = "village" if fate == "at_town" else "window" if at_window else _channel(item, visitor, chance)
    moment = _arrival(fate, item, days, office, now, chance)
    if channel in {"online", "mobile"} and fate == "normal" and spec.notice_rule.unit != "spot":
        # The portal never closes; a third come in the evening, weekends included.
        moment = _evening(moment, chance) if chance.random() < 0.35 else moment
    moment = _past(moment, office, days[:-1], now, chance)
    if fate == "normal":
        fate = chance.choices(["normal", "denied", "terminated", "withdrawn"], [0.955, 0.039, 0.006, 0.007])[0]
    return Plan(number, item, visitor, moment, channel, fate)


def _suited(fate: str, items: list[Item]) -> tuple[list[Item], list[float]]:
    """Items to which this can happen, and how often each is asked for."""
    wanted = [item for item in items if _suits(item, fate)]
    return wanted, [popularity(item) for item in wanted]


def _suits(item: Item, fate: str) -> bool:
    assert item.current is not None
    spec = item.current.spec
    promise = spec.promised_limit
    if fate in {"due", "late"}:
        return not spec.immediate and promise.unit == "workday" and 3 <= (promise.n or 0) <= 20
    if fate == "paused":
        return any(not procedure.counts_on_clock and procedure.kind != "听证" for procedure in spec.special_procedures)
    if fate in {"to_sign", "to_verify", "to_decide"}:
        far_enough = len(spec.nodes) >= {"to_sign": 1, "to_verify": 3, "to_decide": 2}[fate]
        return not spec.immediate and far_enough and item.department.short_name in _CAST
    if fate in {"fresh", "returned"}:
        return "online" in spec.channels and spec.notice_rule.unit != "spot"
    if fate == "at_town":
        return spec.delegable.town and item.audience == "natural"
    if fate == "waiting":
        return not spec.immediate and spec.notice_rule.unit == "workday" and spec.steps[0].role == "综合窗口受理员"
    if fate in {"refused", "not_required", "forward", "revoke"}:
        return spec.item_type == "01" and not spec.immediate
    return True


def _channel(item: Item, visitor: Visitor, chance: random.Random) -> str:
    assert item.current is not None
    spec = item.current.spec
    if visitor.username and "online" in spec.channels:
        return chance.choices(["online", "mobile"], [3, 1])[0]
    return "village" if spec.delegable.town and chance.random() < 0.15 else "window"


def _arrival(
    fate: str, item: Item, days: list[dt.date], office: Office, now: dt.datetime, chance: random.Random
) -> dt.datetime:
    assert item.current is not None
    promise = item.current.spec.promised_limit.n or 5
    today = now.astimezone(SHANGHAI).date()
    if fate == "due":
        day = office.calendar.add_workdays(office.calendar.next_workday(today), -promise)
        return at(day, 9 + chance.random() * 2.5)
    if fate == "late":
        return office.arrival(days[-(promise + 12) : -(promise + 2)], chance)
    if fate == "paused":
        return office.arrival(days[-9:-3], chance)
    if fate in {"to_verify", "to_decide"}:
        return office.arrival(days[-4:-1], chance)
    if fate == "fresh":
        return now - dt.timedelta(hours=0.2 + chance.random() * 20)
    if fate in {"waiting", "to_sign", "at_town"}:
        return _past(office.arrival(days[-1:], chance), office, days[-2:-1], now, chance)
    if fate in {"forward", "revoke", "refused", "not_required"}:
        return office.arrival(days[: len(days) // 2], chance)
    return office.arrival(days, chance)


def _past(
    moment: dt.datetime, office: Office, days: list[dt.date], now: dt.datetime, chance: random.Random
) -> dt.datetime:
    """The moment itself, or another on one of these days when it has not come yet."""
    return moment if moment < now else office.arrival(days, chance)


def _evening(moment: dt.datetime, chance: random.Random) -> dt.datetime:
    day = moment.astimezone(SHANGHAI).date() + dt.timedelta(days=chance.randrange(3))
    return at(day, 18 + chance.random() * 5)
