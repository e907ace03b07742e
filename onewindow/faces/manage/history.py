"""The latest changes of one thing, in words, for its own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from onewindow.faces.manage.labels import VERBS, Difference, Names
from onewindow.people.models import ChangeRecord

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One change: who, when, what, and each field that differed."""

    record: ChangeRecord
    verb: str
    who: str
    subject: str
    url: str
    differences: list[Difference]


def lines(records: list[ChangeRecord]) -> list[Line]:
    """Records in words; a handful of queries for the names, however many records there are."""
    names = Names.of([side for r in records for side in (r.before, r.after)], [r.subject for r in records])
    return [_line(record, names) for record in records]


def _line(record: ChangeRecord, names: Names) -> Line:
    subject, url = names.subject(record.subject)
    differences = names.differences(record.before, record.after)
    who = record.account.name if record.account else "系统"
    return Line(record, VERBS.get(record.verb, record.verb), who, subject, url, differences)


def latest(*subjects: str) -> list[Line]:
    found = ChangeRecord.objects.filter(subject__in=subjects).select_related("account", "posting")
    return lines(list(found.order_by("-id")[:_SHOWN]))


def why(subject: str, verb: str) -> dict[str, Any] | None:
    """Who did this to the subject last, when and for what reason."""
    found = ChangeRecord.objects.filter(subject=subject, verb=verb).select_related("account").order_by("-id").first()
    if found is None:
        return None
    who = found.account.name if found.account else "系统"
    return {"who": who, "at": found.at, "reason": found.after.get("reason", "")}
