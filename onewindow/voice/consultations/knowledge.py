"""The knowledge base: questions people really ask, with answers that a second person has checked before anybody sees
them. What helped is counted; an entry whose item has a new guide since is shown to be checked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from pydantic import AfterValidator, Field

from onewindow.hall import memory
from onewindow.inputs import Input, Line, OptionalLine, Text, at_most
from onewindow.people.authority import Actor, Scope, permit, record_refusal
from onewindow.people.roles import Role
from onewindow.problems import NotFound, NotNow, Refused
from onewindow.voice.consultations.asking import TAKERS
from onewindow.voice.consultations.search import entry_terms
from onewindow.voice.inputs import LONG
from onewindow.voice.models import Consultation, KnowledgeEntry
from onewindow.voice.naming import item_of

WRITERS: Final = TAKERS | {Role.EDITOR, Role.PUBLISHER}
CHECKERS: Final = frozenset({Role.CHIEF, Role.HEAD, Role.EDITOR, Role.PUBLISHER, Role.MANAGER})
"""Whoever answers for the item in the department, or for the whole house."""
LONGEST_QUESTION: Final = 200
_NUMBERS: Final = re.compile(r"(?<![0-9])(?:1[3-9][0-9]{9}|[0-9]{17}[0-9Xx])(?![0-9])")
"""Mobile and identity numbers: nobody's belong in a public answer."""
_HIDDEN: Final = "（号码略）"


def _impersonal(text: str) -> str:
    if _NUMBERS.search(text):
        raise ValueError("里面有手机号码或证件号码。这里的内容是公开的，请删掉")
    return text


class EntryInput(Input):
    """One question as people ask it, and the answer as it holds for everybody."""

    question: Annotated[Line, AfterValidator(_impersonal)] = Field(title="问题（照群众的说法写）")
    answer: Annotated[Text, AfterValidator(_impersonal)] = Field(title="答案", json_schema_extra=LONG)
    item: Annotated[OptionalLine, at_most(80)] = Field(default="", title="关于哪个事项（编码或 key）")


class RemarkInput(Input):
    remark: Annotated[Line, at_most(200)] = Field(title="理由")


# ---- writing -------------------------------------------------------------------------------------------------------


def write(
    raw: object, by: Actor, *, entry: KnowledgeEntry | None = None, now: datetime | None = None
) -> KnowledgeEntry:
    """Writes a draft, or changes one. A published entry stays as it is until its new wording has been checked.

    Raises InvalidInput, Refused (recorded).
    """
    given, at = EntryInput.parse(raw), now or timezone.now()
    _permit(by, "knowledge.write", WRITERS, entry, at)
    item = item_of(given.item, "和具体事项无关的可以不填")
    with transaction.atomic():
        row = _draft_of(entry)
        row.question, row.answer, row.item = given.question, given.answer, item
        row.department = item.department if item else row.department or _department_of(by)
        row.written_by, row.written_at, row.remark = by.account, at, ""
        row.terms = entry_terms(row.question, row.answer, item)
        row.save()
    return row


def _draft_of(entry: KnowledgeEntry | None) -> KnowledgeEntry:
    """The entry itself while nobody sees it; for a published one the draft that is to replace it."""
    if entry is None:
        return KnowledgeEntry()
    kept: KnowledgeEntry = KnowledgeEntry.objects.select_for_update().get(pk=entry.pk)
    if not kept.is_published:
        return kept
    begun: KnowledgeEntry | None = KnowledgeEntry.objects.filter(replaces=kept).first()
    return begun or KnowledgeEntry(replaces=kept, department=kept.department)


def propose(asked: Consultation, by: Actor, *, now: datetime | None = None) -> KnowledgeEntry:
    """A draft from a question that was answered; the same one gives the same draft. Numbers of people are left out.

    Raises NotNow before it is answered, Refused (recorded).
    """
    at = now or timezone.now()
    _permit(by, "knowledge.write", WRITERS, None, at)
    with transaction.atomic():
        row = Consultation.objects.select_for_update(of=("self",)).select_related("item", "department", "entry")
        kept = row.get(pk=asked.pk)
        if not kept.answer:
            raise NotNow("答复以后才能放进知识库")
        if kept.entry is not None:
            return kept.entry  # type: ignore[no-any-return]
        question = " ".join(_NUMBERS.sub(_HIDDEN, str(kept.question)).split())[:LONGEST_QUESTION]
        raw = {"question": question, "answer": _NUMBERS.sub(_HIDDEN, kept.answer)}
        made = write({**raw, "item": kept.item.key if kept.item else ""}, by, now=at)
        Consultation.objects.filter(pk=kept.pk).update(entry=made)
    return made


def _department_of(by: Actor) -> Any:
    return by.posting.department if by.posting else None


# ---- checking ------------------------------------------------------------------------------------------------------


def publish(entry: KnowledgeEntry, by: Actor, *, now: datetime | None = None) -> KnowledgeEntry:
    """A second person has checked it against the guide as it is now: from here on everybody finds it."""

    def change(row: KnowledgeEntry, at: datetime) -> None:
        if row.is_published:
            raise NotNow("这一条已经发布了")
        _mark_checked(row, by, at)
        row.is_published = True
        if row.replaces is not None:
            row.replaces.is_published, row.replaces.remark = False, "有了新的说法"
            row.replaces.save()
            row.replaces = None

    return _change(entry, by, "knowledge.publish", change, now)


def give_back(entry: KnowledgeEntry, raw: object, by: Actor, *, now: datetime | None = None) -> KnowledgeEntry:
    """Not like this: back to whoever wrote it, with the reason. A published one is taken down."""
    remark = RemarkInput.parse(raw).remark

    def change(row: KnowledgeEntry, at: datetime) -> None:
        row.is_published, row.remark = False, remark
        row.checked_by, row.checked_at = by.account, at

    return _change(entry, by, "knowledge.return", change, now)


def still_right(entry: KnowledgeEntry, by: Actor, *, now: datetime | None = None) -> KnowledgeEntry:
    """The item's guide changed, and the answer holds all the same."""

    def change(row: KnowledgeEntry, at: datetime) -> None:
        if not row.is_published:
            raise NotNow("这一条还没有发布")
        _mark_checked(row, by, at)

    return _change(entry, by, "knowledge.recheck", change, now)


def _mark_checked(row: KnowledgeEntry, by: Actor, at: datetime) -> None:
    row.checked_by, row.checked_at, row.remark = by.account, at, ""
    row.version_id = row.item.current_id if row.item else None
    row.terms = entry_terms(row.question, row.answer, row.item)


def _change(
    entry: KnowledgeEntry,
    by: Actor,
    action: str,
    change: Callable[[KnowledgeEntry, datetime], None],
    now: datetime | None,
) -> KnowledgeEntry:
    at = now or timezone.now()
    _permit(by, action, CHECKERS, entry, at)
    try:
        with transaction.atomic():
            rows = KnowledgeEntry.objects.select_related("item__current", "department", "replaces")
            row: KnowledgeEntry = rows.select_for_update(of=("self",)).get(pk=entry.pk)
            _refuse_writer(row, by, action)
            change(row, at)
            row.save()
    except Refused as refused:  # recorded out here, so that the record outlives what was refused
        raise _recorded(by, action, entry, refused.title) from refused
    memory.forget()
    return row


def why_not(entry: KnowledgeEntry, by: Actor, now: datetime | None = None) -> str:
    """Why this person cannot check this entry; "" when they can. Records nothing."""
    try:
        permit(by, "knowledge.publish", roles=CHECKERS, lettered=(), scope=_scope(entry, by), now=now or timezone.now())
    except Refused as refused:
        return refused.title
    return "这一条是您写的，要由另一个人核对" if _wrote(entry, by) else ""


def _wrote(entry: KnowledgeEntry, by: Actor) -> bool:
    return by.account is not None and entry.written_by_id == by.account.pk


def _refuse_writer(row: KnowledgeEntry, by: Actor, action: str) -> None:
    """Nobody publishes their own words; what is already public its writer may take down or look through again."""
    if action != "knowledge.return" and _wrote(row, by):
        raise Refused("这一条是您写的，要由另一个人核对")


def _permit(by: Actor, action: str, roles: frozenset[Role], entry: KnowledgeEntry | None, now: datetime) -> None:
    try:
        permit(by, action, roles=roles, lettered=(), scope=_scope(entry, by), now=now)
    except Refused as refused:
        raise _recorded(by, action, entry, refused.title) from refused


def _recorded(by: Actor, action: str, entry: KnowledgeEntry | None, words: str) -> Refused:
    record_refusal(by, action, f"知识库 {entry.pk}" if entry is not None and entry.pk else "知识库", words)
    return Refused(words)


def _scope(entry: KnowledgeEntry | None, by: Actor) -> Scope:
    """An entry belongs to its department; one of no department to the houses of the county that wrote it."""
    centre = by.posting.centre if by.posting else None
    own = frozenset(p.department_id for p in by.postings if p.department_id is not None)
    department = entry.department if entry is not None else None
    return Scope(
        centre=centre.pk if centre else 0,
        division=department.division_id if department else centre.division_id if centre else "",
        departments=frozenset([department.pk]) if department else own if entry is None else frozenset(),
        applicant=None,
        item="",
        subject=f"知识库 {entry.pk}" if entry is not None else "知识库",
    )


# ---- using ---------------------------------------------------------------------------------------------------------


def published(key: int) -> KnowledgeEntry:
    """Raises NotFound."""
    rows = KnowledgeEntry.objects.published().select_related("item", "department")
    found: KnowledgeEntry | None = rows.filter(pk=key).first() if 0 < key < 1 << 31 else None
    if found is None:
        raise NotFound("没有这一条，可能已经换了新的说法")
    return found


def count_use(entry: KnowledgeEntry, *, helped: bool) -> None:
    """One more who was helped, or not. Whoever calls sees to it that one person counts once."""
    column = "helped" if helped else "not_helped"
    KnowledgeEntry.objects.filter(pk=entry.pk).update(**{column: F(column) + 1})


__all__ = [
    "CHECKERS",
    "WRITERS",
    "EntryInput",
    "count_use",
    "give_back",
    "propose",
    "publish",
    "published",
    "still_right",
    "why_not",
    "write",
]
