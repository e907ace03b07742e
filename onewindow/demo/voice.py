"""What citizens said, and what supervision saw: ratings, complaints, questions with their answers, cards. Loaded after
the hall and the cases, through the ordinary actions except for the many good ratings; again it adds nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.catalogue.models import ChangeRequest
from onewindow.demo import voice_cards, voice_changes, voice_complaints, voice_questions, voice_ratings
from onewindow.demo.voice_days import Days
from onewindow.loops.models import LoopStep
from onewindow.oversight import figures
from onewindow.voice.models import Complaint, Consultation, KnowledgeEntry, Rating

_LOCK: Final = 7346105  # any fixed number: one load at a time
Say = Callable[[str], None]

PARTS: Final[tuple[tuple[str, Callable[[], bool], Callable[[Days], int]], ...]] = (
    ("知识库", lambda: KnowledgeEntry.objects.exists(), voice_questions.load_knowledge),
    ("咨询", lambda: Consultation.objects.exists(), voice_questions.load_questions),
    ("诉求", lambda: Complaint.objects.exists(), voice_complaints.load),
    ("评价", lambda: Rating.objects.exists(), voice_ratings.load),
    ("事项变更", lambda: ChangeRequest.objects.exists(), voice_changes.load),
    ("监察", lambda: LoopStep.objects.filter(subject_kind="alert", action="confirm").exists(), voice_cards.load),
)
"""Name, whether it is there already, how it is made."""


def load_voice(*, say: Say = lambda line: None, now: datetime | None = None) -> int:
    """Makes each part that is not there yet, one transaction a part. Returns how many matters were made."""
    if not Case.objects.filter(applicant__is_demo=True).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            say("演示的评价和监察正由另一个进程装入。")
            return 0
    try:
        return _load(say, now or timezone.now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _load(say: Say, now: datetime) -> int:
    missing = [(name, make) for name, there, make in PARTS if not there()]
    if not missing:
        return 0
    started, made = time.monotonic(), {}
    for name, make in missing:
        with transaction.atomic():
            made[name] = make(Days(now))
    figures.refresh(now)  # so that the board has its figures at once
    figures.stand(now)
    words = "、".join(f"{name} {count}" for name, count in made.items())
    say(f"演示的评价和监察已装入（{words}），用时 {time.monotonic() - started:.0f} 秒。")
    return sum(made.values())


__all__ = ["load_voice"]
