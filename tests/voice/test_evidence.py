"""Files with a complaint: handed in, bounded, seen by the right people only, swept when nobody sends them."""

from __future__ import annotations

import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from onewindow.loops.engine import CITIZEN, steps
from onewindow.people.models import AccessRecord, Posting
from onewindow.problems import InvalidInput, Refused, TooLarge
from onewindow.voice.complaints import evidence
from onewindow.voice.complaints.registering import register
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint, Evidence
from tests.cast import Cast
from tests.voice.saying import MONDAY, SAID, move, said, walked
from tests.voice.showing import PDF, PNG, kept, picture

pytestmark = pytest.mark.django_db


def sees(cast: Cast, who: str, row: Complaint, one: Evidence) -> bool:
    row.refresh_from_db()
    return evidence.may_see(cast.actor(who) if who else CITIZEN, row, one)


def shown(cast: Cast, **more: Any) -> tuple[Complaint, Evidence]:
    """A complaint with one file of the complainant."""
    one = kept(cast)
    row = said(cast, files=[str(one.pk)], **more)
    one.refresh_from_db()
    return row, one


# ---- handing in ----------------------------------------------------------------------------------------------------


def test_files_come_with_the_complaint(cast: Cast) -> None:
    row, one = shown(cast)
    assert (one.complaint, one.step, one.from_house, one.shared) == (row, 1, False, False)
    assert one.uploaded_by is None, "nobody is written down"
    assert (one.size, one.media_type) == (len(PNG), "image/png")


def test_names_and_bytes_are_sealed(cast: Cast) -> None:
    _, one = shown(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM voice_evidence")
        assert "收据".encode() not in bytes(cursor.fetchone()[0])
    assert PNG not in Path(default_storage.path(one.path)).read_bytes()


def test_more_comes_later_as_a_step(cast: Cast) -> None:
    row, _ = shown(cast)
    later = kept(cast)
    row = move(cast, row, "supplement", files=[str(later.pk)], shared=True, words="这是收据")
    last = steps(COMPLAINT, row)[-1]
    later.refresh_from_db()
    assert (last.action, later.step, later.shared) == ("supplement", last.seq, True)
    with pytest.raises(InvalidInput):
        move(cast, row, "supplement", files=[])


def test_an_answer_carries_proof(cast: Cast) -> None:
    row = walked(cast, "assigned")
    chief = cast.actor("chief1")
    proof, inner = kept(cast, chief), kept(cast, chief)
    row = move(cast, row, "answer", "chief1", answer="今天发证", files=[str(proof.pk)])
    row = move(cast, row, "confirm", satisfied=False)
    row = move(cast, row, "rectify", "chief1", measure="改了", done=True, files=[str(inner.pk)], shared=False)
    proof.refresh_from_db()
    inner.refresh_from_db()
    assert (proof.from_house, proof.shared, inner.shared) == (True, True, False)
    assert sees(cast, "", row, proof)
    assert not sees(cast, "", row, inner)
    assert all(sees(cast, who, row, inner) for who in ("manager1", "supervisor1", "clerk1", "examiner1"))


@pytest.mark.parametrize("whose", ["nobody's", "another's", "a used one"])
def test_only_ones_own_waiting_files_can_be_handed_in(cast: Cast, whose: str) -> None:
    keys = {
        "nobody's": lambda: uuid.uuid4(),
        "another's": lambda: kept(cast, cast.actor("clerk1")).pk,
        "a used one": lambda: shown(cast)[1].pk,
    }
    key, before = keys[whose](), Complaint.objects.count()
    with pytest.raises(InvalidInput) as refused:
        said(cast, files=[str(key)])
    assert "没有上传成功" in refused.value.errors[0].message
    assert Complaint.objects.count() == before


def test_the_place_says_how_many_and_how_large(cast: Cast) -> None:
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "evidence_files": 2, "evidence_mb": 1}
    profile.save()
    cast.centre.profile = profile
    row = said(cast, files=[str(kept(cast).pk), str(kept(cast).pk)])
    with pytest.raises(InvalidInput) as refused:
        move(cast, row, "supplement", files=[str(kept(cast).pk)])
    assert "最多 2 个文件" in refused.value.errors[0].message
    with pytest.raises(TooLarge) as large:
        kept(cast, upload=SimpleUploadedFile("长.pdf", PDF + b"0" * 1024**2))
    assert "1 MB" in large.value.errors[0].message
    assert walked(cast, "assigned", row).files.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", PDF, "内容却是 PDF"),
        ("a.exe", b"MZ\x90\0", "只收 PDF"),
        ("a.svg", b"<svg onload=alert(1)>", "只收 PDF"),
        ("a.pdf", b"", "有内容"),
    ],
)
def test_what_is_no_paper_is_refused_and_leaves_nothing(cast: Cast, name: str, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        kept(cast, upload=SimpleUploadedFile(name, content))
    assert words in refused.value.errors[0].message
    assert not Evidence.objects.exists()


def test_the_name_is_cleaned(cast: Cast) -> None:
    assert kept(cast, upload=picture("../../etc/收\u202e据.png")).name == "收据.png"


def test_a_repeat_of_the_same_request_is_the_first_complaint(cast: Cast) -> None:
    given = {**SAID, "files": [str(kept(cast).pk)]}
    first = register(given, "online", now=MONDAY, request="once-1")
    assert register(given, "online", now=MONDAY, request="once-1") == first
    assert first.files.count() == 1


# ---- seeing --------------------------------------------------------------------------------------------------------


def test_what_may_show_the_complainant_is_for_those_who_judge(cast: Cast) -> None:
    row, one = shown(cast)
    assert sees(cast, "", row, one)
    assert all(sees(cast, who, row, one) for who in ("manager1", "supervisor1", "clerk1"))
    row = walked(cast, "assigned", row)
    seen = {
        who
        for who in ("manager1", "supervisor1", "clerk1", "chief1", "examiner1", "chief3")
        if sees(cast, who, row, one)
    }
    assert seen == {"manager1", "supervisor1"}, "the window has passed it on; the department was not let in"


def test_the_department_that_answers_sees_what_it_was_let_see(cast: Cast) -> None:
    row, one = shown(cast, shared=True)
    row = walked(cast, "assigned", row)
    assert sees(cast, "chief1", row, one)
    assert not sees(cast, "chief3", row, one)
    assert not sees(cast, "mayor1", row, one)


def test_a_manager_of_the_house_complained_of_does_not_see_it(cast: Cast) -> None:
    row, one = shown(cast)
    Posting.objects.filter(account=cast.manager1).update(department=cast.market)
    assert not sees(cast, "manager1", row, one)
    assert sees(cast, "supervisor1", row, one)


def test_every_look_of_the_house_is_recorded(cast: Cast) -> None:
    row, one = shown(cast)
    assert evidence.found(cast.actor("manager1"), row, one.pk) == one
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account, record.action, record.subject) == (cast.manager1, "evidence", row.number)
    assert evidence.found(cast.actor("chief1"), row, one.pk) is None
    assert evidence.found(CITIZEN, row, one.pk) == one
    assert evidence.found(CITIZEN, said(cast, cause="fee"), one.pk) is None, "of another complaint"
    assert AccessRecord.objects.filter(kind="unmasked").count() == 1


def test_the_department_does_not_hand_in_for_the_complainant(cast: Cast) -> None:
    row = walked(cast, "assigned")
    one = kept(cast, cast.actor("chief1"))
    with pytest.raises(Refused):
        move(cast, row, "supplement", "chief1", files=[str(one.pk)])


# ---- sweeping ------------------------------------------------------------------------------------------------------


def test_what_nobody_sent_is_swept_after_a_day(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    now = timezone.now()
    _, bound = shown(cast)
    left, fresh = kept(cast), kept(cast)
    Evidence.objects.filter(pk__in=[bound.pk, left.pk]).update(uploaded_at=now - dt.timedelta(days=2))
    with django_capture_on_commit_callbacks(execute=True):
        assert evidence.sweep(now) == 1
    assert set(Evidence.objects.values_list("pk", flat=True)) == {bound.pk, fresh.pk}
    assert not default_storage.exists(left.path)
    assert default_storage.exists(bound.path)
    assert evidence.sweep(now) == 0
