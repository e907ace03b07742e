"""Complaints of the demonstration in every stage; three that say the same have become a systemic issue."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.demo.places import HALL
from onewindow.demo.voice_days import Days
from onewindow.demo.voice_files import kept
from onewindow.loops.engine import CITIZEN
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.voice.complaints.registering import register
from onewindow.voice.loops import COMPLAINT, ISSUE
from onewindow.voice.models import Complaint, SystemicIssue

_FILE: Final = Path(__file__).parent / "data" / "complaints.yaml"
_JUDGE: Final = "manager1"


def load(days: Days) -> int:
    """Every line of data/complaints.yaml, walked to where it stands; then the systemic issue gets its plan."""
    for one in yaml.load(_FILE.read_bytes(), Loader=yaml.CSafeLoader):
        if one.get("item") and not Item.objects.in_use().filter(key=one["item"]).exists():
            continue
        _live(days, one)
    _plan(days)
    return int(Complaint.objects.count())


def _live(days: Days, one: dict[str, Any]) -> None:
    when = days.ago(one["ago"], one.get("hour", 10.3))
    names = ("kind", "cause", "text", "item", "name", "phone", "department", "shared")
    said: dict[str, Any] = {name: one[name] for name in names if name in one}
    by = one.get("by", "")
    channel = one.get("channel", "online")
    centre = Centre.objects.select_related("profile").get(key=HALL)
    said |= _shown(one, days.actor(by) if by else CITIZEN, centre, when)
    row = register(said, channel, days.actor(by), now=when) if by else register(said, channel, now=when)
    for step in one.get("steps", ()):
        when = days.office.later(when, step.get("after", 1))
        if when > days.now:
            return
        who = _who(days, step, row)
        given = _given(step, row) | _shown(step, days.actor(who) if who else CITIZEN, centre, when)
        row = days.do(COMPLAINT, row, step["do"], who, when, **given)


def _shown(told: dict[str, Any], by: Actor, centre: Centre, when: datetime) -> dict[str, Any]:
    """The photograph that a complaint or a step brings along, kept already."""
    if "shows" not in told:
        return {}
    return {"files": [kept(told["shows"], told["photo"], by, centre, when)]}


def _who(days: Days, step: dict[str, Any], row: Complaint) -> str:
    """The citizen, the manager, or whoever leads the department that answers."""
    if step["do"] in {"confirm", "reopen"}:
        return ""
    if step["do"] in {"answer", "rectify"}:
        return days.lead(row.department_id or row.against_id or 0)
    return str(step.get("by", _JUDGE))


def _given(step: dict[str, Any], row: Complaint) -> dict[str, Any]:
    given = {name: value for name, value in step.items() if name not in {"do", "after", "by", "shows", "photo"}}
    if step["do"] == "assign":
        given["department"] = row.against_id
    return given


def _plan(days: Days) -> None:
    """The department says what it will do, by when."""
    issue = SystemicIssue.objects.select_related("department").order_by("id").first()
    if issue is None or issue.department_id is None:
        return
    until = days.office.calendar.add_workdays(timezone.localdate(days.now), 10)
    measure = "把现场核查的预约改成受理当天就约好，三天内上门；缺人手的时候由相邻所支援；每周一公布超过三天没去的名单。"
    days.do(
        ISSUE,
        issue,
        "plan",
        days.lead(issue.department_id),
        days.ago(0, 16.5),
        measure=measure,
        until=until.isoformat(),
    )
