"""The demonstration's knowledge base and what people asked lately: answered at once, in writing, late, asked again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import yaml

from onewindow.catalogue.models import Item
from onewindow.demo.voice_days import Days
from onewindow.places.models import Department
from onewindow.voice.consultations import knowledge
from onewindow.voice.consultations.asking import ask
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation, KnowledgeEntry

_DATA: Final = Path(__file__).parent / "data"
_WRITERS: Final = ("clerk1", "clerk2", "examiner1", "helper1")
_DRAFTS: Final = 3
"""So many of the last entries still wait for a second person; one more was sent back, one has to be checked again."""


def _read(name: str) -> Any:
    return yaml.load((_DATA / name).read_bytes(), Loader=yaml.CSafeLoader)


def load_knowledge(days: Days) -> int:
    """Written by those who are asked, checked by the manager; the last ones not yet."""
    raw = [one for one in _read("knowledge.yaml") if "item" not in one or _has(one["item"])]
    for order, one in enumerate(raw):
        written = days.ago(45 - order % 40, 9 + order % 7)
        row = knowledge.write(_said(one), days.actor(_WRITERS[order % len(_WRITERS)]), now=written)
        left = len(raw) - order
        if left <= _DRAFTS:
            continue
        if left == _DRAFTS + 1:
            remark = {"remark": "群众常问的是周末，请把周末和中午分开写，写清楚哪些窗口值班"}
            knowledge.give_back(row, remark, days.actor("manager1"), now=written + dt.timedelta(hours=2))
            continue
        knowledge.publish(row, days.actor("manager1"), now=written + dt.timedelta(hours=3))
        counted = {"helped": one.get("helped", 0), "not_helped": one.get("not", 0)}
        KnowledgeEntry.objects.filter(pk=row.pk).update(**counted)
    _outdate()
    return len(raw)


def _outdate() -> None:
    """The entry that helped least was checked against a guide that has been changed since: it waits to be checked."""
    rows = KnowledgeEntry.objects.published().filter(item__isnull=False).order_by("helped", "id")
    kept = rows.select_related("item").first()
    if kept is not None:
        earlier = kept.item.versions.exclude(pk=kept.item.current_id).order_by("-pk").first()
        KnowledgeEntry.objects.filter(pk=kept.pk).update(version=earlier)


def _has(key: str) -> bool:
    return bool(Item.objects.in_use().filter(key=key).exists())


def _said(one: dict[str, Any]) -> dict[str, str]:
    return {"question": one["q"], "answer": one["a"], "item": one.get("item", "")}


# ---- questions ----------------------------------------------------------------------------------------------------


def load_questions(days: Days) -> int:
    """Every line of data/questions.yaml, with what became of it."""
    raw = _read("questions.yaml")
    for order, one in enumerate(raw):
        if one.get("item") and not _has(one["item"]):
            continue
        _live(days, one, days.ago(one.get("ago", 1), one.get("hour", 9.2 + order % 6)))
    return int(Consultation.objects.count())


def _live(days: Days, one: dict[str, Any], when: dt.datetime) -> None:
    channel, by = one.get("channel", "online"), one.get("by", "")
    said: dict[str, str] = {name: one[name] for name in ("question", "item", "name", "phone") if name in one}
    if one.get("at_once"):
        entry = KnowledgeEntry.objects.published().filter(question=one.get("entry", "")).first()
        said["entry" if entry else "answer"] = str(entry.pk) if entry else one["at_once"]
    row = ask(said, channel, days.actor(by), now=when) if by else ask(said, channel, now=when)
    if "forward" in one:
        to = Department.objects.get(name=f"桃江县{one['forward']}").pk
        row = days.do(CONSULTATION, row, "forward", "clerk1", when + dt.timedelta(hours=1), department=to)
    answered = days.office.later(when, one.get("after", 6))
    if "answer" not in one or answered > days.now:
        return
    who = one.get("answerer") or (days.lead(row.department_id) if row.department_id else "clerk1")
    row = days.do(CONSULTATION, row, "answer", who, answered, answer=one["answer"])
    later = days.office.later(answered, 2)
    if "again" in one and later <= days.now:
        days.do(CONSULTATION, row, "ask_again", "", later, words=one["again"])
    elif one.get("closed") and later <= days.now:
        days.do(CONSULTATION, row, "close", "", later)
