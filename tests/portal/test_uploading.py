"""Files of an application: kept at once, told by content, reused where the centre holds the paper."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from onewindow.cases.models import Case, Draft, StoredFile
from onewindow.faces.portal.drafts import Body
from tests.cast import CITIZEN, FOOD, Cast
from tests.portal.visiting import begin, pdf, send, text_of, visitor

pytestmark = pytest.mark.django_db


def materials(cast: Cast, who: str = "citizen1") -> tuple[Client, Draft, str]:
    client = visitor(cast, who)
    draft = begin(client)
    client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"]})
    return client, draft, f"/apply/draft/{draft.pk}/materials/"


def body(draft: Draft) -> Body:
    return Body.read(Draft.objects.get(pk=draft.pk))


def test_uploading_stays_on_the_page_and_shows_the_file(cast: Cast) -> None:
    client, draft, where = materials(cast)
    answer = client.post(where, {"file-m01": pdf("申请书.pdf"), "upload": "1"})
    assert answer["Location"] == where
    assert "申请书.pdf" in text_of(client.get(where))
    shown = client.get(f"/apply/draft/{draft.pk}/file/m01/")
    assert b"".join(shown.streaming_content).startswith(b"%PDF")
    assert "no-store" in shown["Cache-Control"]


def test_a_file_that_lies_is_refused_and_the_good_one_beside_it_kept(cast: Cast) -> None:
    client, draft, where = materials(cast)
    lying = pdf("照片.pdf", b"MZ\x90\x00 not a pdf at all")
    answer = client.post(where, {"file-m01": pdf("好.pdf"), "file-m02": lying, "go": "1"})
    assert answer.status_code == 422
    assert 'href="#file-m02"' in text_of(answer)
    assert "好.pdf" in text_of(answer)
    assert set(body(draft).materials) == {"m01"}


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"PK\x03\x04" + b"\x00" * 50, b"<html><script>1</script>"])
def test_what_is_no_document_is_refused(cast: Cast, content: bytes) -> None:
    client, draft, where = materials(cast)
    answer = client.post(where, {"file-m01": pdf("a.pdf", content), "upload": "1"})
    assert answer.status_code in {302, 422}
    assert not body(draft).materials


def test_replacing_and_removing_leave_no_file_behind(cast: Cast) -> None:
    client, draft, where = materials(cast)
    client.post(where, {"file-m01": pdf("一.pdf"), "upload": "1"})
    client.post(where, {"file-m01": pdf("二.pdf"), "upload": "1"})
    assert [stored.name for stored in StoredFile.objects.all()] == ["二.pdf"]
    client.post(where, {"remove": "m01", "upload": "1"})
    assert not StoredFile.objects.exists()
    assert not body(draft).materials


def test_a_material_that_is_not_asked_cannot_be_uploaded(cast: Cast) -> None:
    client, _, where = materials(cast)
    client.post(where, {"file-m99": pdf(), "upload": "1"})
    assert not StoredFile.objects.exists()


def test_what_the_centre_holds_is_offered_and_reused_without_a_file(cast: Cast) -> None:
    cast.receive(FOOD)
    client, draft, where = materials(cast)
    page = text_of(client.get(where))
    assert 'id="use-m02"' in page  # 营业执照
    assert 'id="use-m01"' not in page  # an application form speaks of one application only
    client.post(where, {"use-m02": "held", "go": "1"})
    send(client, draft)
    newest = cast.accounts["citizen1"].applicant.cases.latest("id")  # type: ignore[union-attr]
    assert newest.told.materials["m02"]["form"] == "shared"


def test_somebody_elses_file_cannot_be_sent_by_its_number(cast: Cast) -> None:
    client, draft, where = materials(cast)
    client.post(where, {"file-m01": pdf(), "go": "1"})
    stranger, theirs, _ = materials(cast, "citizen2")
    stolen = body(draft).materials["m01"]["file"]
    raw = json.loads(str(Draft.objects.get(pk=theirs.pk).body))
    raw["materials"]["m01"] = {"form": "electronic", "file": stolen, "name": "x.pdf", "size": 1}
    raw["done"] = ["situation", "contact", "materials"]
    Draft.objects.filter(pk=theirs.pk).update(body=json.dumps(raw))
    answer = send(stranger, theirs)
    assert answer.status_code == 422
    assert "没有上传成功" in text_of(answer)
    assert not Case.objects.exists()
