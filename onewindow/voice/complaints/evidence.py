"""Files with a complaint: what the complainant shows, and what whoever answered proves.

A file is taken in first and waits; the move that names it (registering, supplementing, answering, rectifying) binds it
to the complaint. What nobody hands in is swept after a day. Who may see one is decided here, for every face.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from onewindow.files.intake import forget, refuse_hoarding, take_in
from onewindow.loops.engine import CITIZEN
from onewindow.people.authority import Actor
from onewindow.people.models import AccessRecord
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre
from onewindow.places.profiles import ProfileRules, rules_of
from onewindow.voice.complaints.judging import JUDGES
from onewindow.voice.models import Complaint, Evidence
from onewindow.voice.naming import wrong

COUNTERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK, Role.HELPER, Role.GUIDE, Role.EXIT_CLERK})
KEPT: Final = timedelta(days=1)
"""So long a file waits for the form it was chosen in to be sent."""
MAX_WAITING: Final = 200
"""Files that one member of staff may have waiting."""


def limits(centre: Centre) -> ProfileRules:
    """The rules with `evidence_files` and `evidence_mb`."""
    return rules_of(centre.profile.rules)


def keep(upload: UploadedFile[Any], by: Actor, centre: Centre, pk: uuid.UUID | None = None) -> Evidence:
    """Takes one file in; it waits to be handed in. Raises InvalidInput, TooLarge, TooMany; then nothing is left."""
    if by.account is not None:
        refuse_hoarding(waiting(by), MAX_WAITING)
    return take_in(Evidence, upload, by=by, pk=pk, most=limits(centre).evidence_mb * 1024**2)


def waiting(by: Actor) -> QuerySet[Evidence]:
    """Files of this person, or of nobody for a citizen, that are not handed in yet. Their numbers cannot be guessed."""
    return Evidence.objects.filter(complaint=None, uploaded_by=by.account)


def bind(
    row: Complaint, ids: Sequence[uuid.UUID], by: Actor, *, step: int, shared: bool, from_house: bool = False
) -> int:
    """Binds waiting files to the complaint, in the caller's transaction. Returns how many.

    Raises InvalidInput for one that is not there, and for more than the profile lets each side hand in.
    """
    wanted = set(ids)
    if not wanted:
        return 0
    found = list(waiting(by).select_for_update().filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise wrong("files", "有的文件没有上传成功，或者放得太久了，请重新选择")
    most = limits(row.centre).evidence_files
    if Evidence.objects.filter(complaint=row, from_house=from_house).count() + len(found) > most:
        raise wrong("files", f"一件诉求最多 {most} 个文件，请挑要紧的")
    keys = [one.pk for one in found]
    Evidence.objects.filter(pk__in=keys).update(complaint=row, step=step, shared=shared, from_house=from_house)
    return len(found)


# ---- who may see one -----------------------------------------------------------------------------------------------


def of(row: Complaint) -> list[Evidence]:
    """All files of a complaint, in the order in which they came. One query."""
    return list(row.files.order_by("step", "uploaded_at", "id"))


def may_see(by: Actor, row: Complaint, one: Evidence) -> bool:
    """For somebody who may see the complaint itself.

    Proof of the house is for everybody who handles the complaint. What the complainant gave may show who they are: it
    is for those who judge and, until somebody judges, for the window that takes complaints up; for the department that
    answers only where the complainant said so; and never for anybody of the house complained of without that word.
    """
    if by is CITIZEN:
        return not one.from_house or one.shared
    if one.from_house:
        return bool(by.roles & (JUDGES | COUNTERS)) or _answers(by, row)
    concerned = bool({posting.department_id for posting in by.postings} & row.about_departments)
    if one.shared and _answers(by, row):
        return True
    if concerned:
        return False
    return bool(by.roles & JUDGES) or (row.state == "registered" and bool(by.roles & COUNTERS)) or _brought(by, one)


def _answers(by: Actor, row: Complaint) -> bool:
    return any(
        REACH[Role(posting.role)] is Reach.DEPARTMENT and posting.department_id == row.department_id
        for posting in by.postings
        if posting.department_id is not None
    )


def _brought(by: Actor, one: Evidence) -> bool:
    """Whoever took it in at the window, for the half hour in which they may also print the slip."""
    fresh = timezone.now() - one.uploaded_at < timedelta(minutes=30)
    return fresh and by.account is not None and one.uploaded_by_id == by.account.pk


def found(by: Actor, row: Complaint, pk: uuid.UUID) -> Evidence | None:
    """The file, if this person may see it; a look by staff is recorded like every look at personal data."""
    one: Evidence | None = Evidence.objects.filter(complaint=row, pk=pk).first()
    if one is None or not may_see(by, row, one):
        return None
    if by is not CITIZEN:
        AccessRecord.objects.create(
            kind="unmasked",
            account=by.account,
            posting=by.posting,
            action="evidence",
            subject=row.number,
            reason=f"打开诉求的文件 {one.pk}",
        )
    return one


# ---- sweeping ------------------------------------------------------------------------------------------------------


def sweep(now: datetime) -> int:
    """Takes away what was uploaded and never handed in. Returns how many."""
    return drop(list(Evidence.objects.filter(complaint=None, uploaded_at__lt=now - KEPT)))


def drop(rows: Iterable[Evidence]) -> int:
    """Deletes waiting files, rows first: a row without bytes would be a promise. One that was bound meanwhile stays."""
    gone = 0
    for one in rows:
        with transaction.atomic():
            locked = Evidence.objects.select_for_update().filter(pk=one.pk, complaint=None).first()
            if locked is None:
                continue
            path = locked.path
            locked.delete()
            transaction.on_commit(lambda path=path: forget(path))  # type: ignore[misc]
            gone += 1
    return gone


__all__ = ["bind", "drop", "found", "keep", "limits", "may_see", "of", "sweep", "waiting"]
