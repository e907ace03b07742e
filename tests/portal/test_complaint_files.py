"""Showing on a phone what went wrong: photographs with the complaint and later, kept through every mistake."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from onewindow.faces.portal.views import complaint as views
from onewindow.files.intake import MAX_BYTES
from onewindow.people.models import AccessRecord
from onewindow.places.models import Division
from onewindow.voice.models import Complaint, Evidence
from tests.cast import FOOD, Cast
from tests.voice.saying import move, said, walked
from tests.voice.showing import PDF, PNG, body, kept, picture

pytestmark = pytest.mark.django_db
NEW = "/voice/complaint/"
GIVEN = {"cause": "overdue", "text": "说好五天，半个月了", "item": FOOD, "centre": "taojiang"}


def text(response: Any) -> str:
    return str(response.content.decode())


def where(row: Complaint) -> str:
    return f"/voice/complaint/{row.code}/"


def held(page: str) -> list[str]:
    return re.findall(r'name="files" value="([0-9a-f-]{36})"', page)


def test_photographs_come_with_the_complaint(cast: Cast) -> None:
    client = Client()
    page = text(client.get(NEW))
    assert 'enctype="multipart/form-data"' in page
    assert 'accept=".pdf,.ofd,image/jpeg,image/png"' in page, "a phone offers its camera"
    made = client.post(
        NEW, {**GIVEN, "files-new": [picture("一.png"), SimpleUploadedFile("二.pdf", PDF)], "shared": "on"}
    )
    row = Complaint.objects.get()
    assert made["Location"] == f"{where(row)}?new=1"
    assert sorted((one.name, one.shared) for one in row.files.all()) == [("一.png", True), ("二.pdf", True)]
    page = text(client.get(where(row)))
    assert "一.png" in page
    assert "办理的部门也能看" in page


def test_a_refused_file_costs_nothing_that_was_typed_or_shown(cast: Cast) -> None:
    client = Client()
    lie = SimpleUploadedFile("假.png", PDF)
    page = text(answer := client.post(NEW, {**GIVEN, "name": "李桃花", "files-new": [picture("真.png"), lie]}))
    assert answer.status_code == 422
    assert "「假.png」没有收" in page
    assert "内容却是 PDF" in page
    assert "真.png" in page
    assert "李桃花" in page
    assert "说好五天，半个月了" in page
    keys = held(page)
    assert len(keys) == 1
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert once
    made = client.post(NEW, {**GIVEN, "once": once[1], "files": keys})
    assert made.status_code == 302
    assert Complaint.objects.get().files.get().name == "真.png"


def test_a_mistake_elsewhere_keeps_the_photograph(cast: Cast) -> None:
    page = text(Client().post(NEW, {**GIVEN, "text": "", "files-new": [picture()]}))
    assert "请填写事情的经过" in page
    assert len(held(page)) == 1


def test_a_kept_file_can_be_left_out(cast: Cast) -> None:
    one, two = kept(cast), kept(cast)
    Client().post(NEW, {**GIVEN, "files": [str(one.pk), str(two.pk)], "files-drop": [str(two.pk)]})
    assert [found.pk for found in Complaint.objects.get().files.all()] == [one.pk]


@pytest.mark.parametrize("key", ["x", "", "' OR 1=1", "\0", "00000000-0000-0000-0000-000000000000"])
def test_strange_numbers_of_files_do_no_harm(cast: Cast, key: str) -> None:
    assert Client().post(NEW, {**GIVEN, "files": [key]}).status_code == 302
    assert not Complaint.objects.get().files.exists()


def test_somebody_elses_files_cannot_be_taken(cast: Cast) -> None:
    theirs = kept(cast, cast.actor("clerk1"))
    Client().post(NEW, {**GIVEN, "files": [str(theirs.pk)]})
    theirs.refresh_from_db()
    assert theirs.complaint is None


def test_too_many_are_said_one_by_one(cast: Cast) -> None:
    profile = cast.centre.profile
    profile.rules = {**profile.rules, "evidence_files": 2}
    profile.save()
    page = text(Client().post(NEW, {**GIVEN, "files-new": [picture(f"{n}.png") for n in range(3)]}))
    assert "「2.png」没有收：一件诉求最多 2 个文件" in page
    assert len(held(page)) == 2


def test_more_by_the_code_later(cast: Cast) -> None:
    row, client = said(cast), Client()
    assert 'id="supplement"' in text(client.get(where(row)))
    sent = {"action": "supplement", "files-new": [picture("收据.png")], "words": "这是收据"}
    assert client.post(where(row), sent).status_code == 302
    page = text(client.get(where(row)))
    assert "补充了材料" in page
    assert "这是收据" in page
    empty = client.post(where(row), {"action": "supplement", "words": "忘了选"})
    assert empty.status_code == 422
    assert "请先选好文件" in text(empty)
    assert "忘了选" in text(empty)


def test_once_it_ended_nothing_is_added(cast: Cast) -> None:
    row = walked(cast, "closed")
    assert 'id="supplement"' not in text(Client().get(where(row)))
    late = Client().post(where(row), {"action": "supplement", "files-new": [picture()]})
    assert late.status_code == 409


def test_own_files_and_shared_proof_are_given_out_as_attachments(cast: Cast) -> None:
    mine = kept(cast)
    row = walked(cast, "assigned", said(cast, files=[str(mine.pk)]))
    chief = cast.actor("chief1")
    proof, inner = kept(cast, chief), kept(cast, chief)
    row = move(cast, row, "answer", "chief1", answer="改了", files=[str(proof.pk)])
    row = move(cast, row, "confirm", satisfied=False)
    move(cast, row, "rectify", "chief1", measure="又改了", done=True, files=[str(inner.pk)], shared=False)
    client = Client()
    page = text(client.get(where(row)))
    assert "证明材料" in page
    assert str(inner.pk) not in page
    for one in (mine, proof):
        answer = client.get(f"{where(row)}files/{one.pk}/")
        assert body(answer) == PNG
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(f"{where(row)}files/{inner.pk}/").status_code == 404
    assert client.get(f"{where(said(cast, cause='fee'))}files/{mine.pk}/").status_code == 404
    assert not AccessRecord.objects.filter(kind="unmasked").exists()


def test_staff_do_not_come_in_by_the_code(cast: Cast) -> None:
    one = kept(cast)
    row, client = said(cast, files=[str(one.pk)]), Client()
    client.force_login(cast.manager1)
    assert client.get(f"{where(row)}files/{one.pk}/").status_code == 403


def test_files_without_end_are_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SHOWN", views.Limit("evidence-address", 1, 60))
    client = Client()
    assert client.post(NEW, {**GIVEN, "files-new": [picture()]}).status_code == 302
    assert client.post(NEW, {**GIVEN, "cause": "fee", "files-new": [picture()]}).status_code == 429
    assert Evidence.objects.count() == 1
    assert client.post(NEW, {**GIVEN, "cause": "fee"}).status_code == 302, "without files it still goes"


def test_many_files_cost_no_more_queries(cast: Cast) -> None:
    row, client = said(cast), Client()

    def count() -> int:
        client.get(where(row))
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where(row)).status_code == 200
        return len(seen)

    first = count()
    move(cast, row, "supplement", files=[str(kept(cast).pk) for _ in range(4)])
    assert count() == first
    assert first <= 8


@pytest.mark.parametrize(
    ("raised", "nobody", "words"), [("4309", False, "益阳市的监察员"), (None, True, "上一级的监察员")]
)
def test_the_page_says_who_looks_at_it_first(cast: Cast, raised: str | None, nobody: bool, words: str) -> None:
    Division.objects.get_or_create(code="4309", defaults={"name": "益阳市", "level": "city"})
    row = said(cast)
    Complaint.objects.filter(pk=row.pk).update(raised_to_id=raised, no_judge=nobody)
    assert f"{words}会先看清楚" in text(Client().get(where(row)))


def test_a_film_is_refused_with_everything_kept_and_never_lands_whole_on_the_disk(cast: Cast) -> None:
    film = SimpleUploadedFile("录像.mp4", b"0" * (MAX_BYTES + 9 * 1024**2), content_type="video/mp4")
    page = text(answer := Client().post(NEW, {**GIVEN, "files-new": [picture("真.png"), film]}))
    assert answer.status_code == 422
    assert "「录像.mp4」没有收：一个文件最多 20 MB" in page
    assert "说好五天，半个月了" in page
    assert len(held(page)) == 1
    asked = RequestFactory().post(NEW, {"files-new": SimpleUploadedFile("录像.mp4", b"0" * (MAX_BYTES + 9 * 1024**2))})
    assert MAX_BYTES < asked.FILES["files-new"].size < MAX_BYTES + 1024**2
