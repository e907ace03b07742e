"""On the desk: files of complaints, taken in, added to an answer, opened by those who may; and by hand into issues."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.people.models import AccessRecord
from onewindow.voice.models import Complaint, SystemicIssue
from tests.cast import FOOD, Cast
from tests.desk.conftest import SignIn, text
from tests.voice.saying import move, said, walked
from tests.voice.showing import PDF, PNG, body, kept, picture

pytestmark = pytest.mark.django_db
LIST, ISSUES = "/desk/complaints/", "/desk/issues/"
NEW = f"{LIST}new/"
GIVEN = {"channel": "phone", "kind": "cannot_get_done", "cause": "overdue", "text": "说好五天，半个月了", "item": FOOD}


def test_the_window_takes_in_what_somebody_brings(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    wrong = client.post(
        NEW, {**GIVEN, "text": "", "files-new": [picture("收据.png"), SimpleUploadedFile("a.exe", b"MZ")]}
    )
    page = text(wrong)
    assert wrong.status_code == 422
    assert "「a.exe」没有收" in page
    keys = re.findall(r'name="files" value="([0-9a-f-]{36})"', page)
    assert len(keys) == 1
    assert client.post(NEW, {**GIVEN, "files": keys}).status_code == 302
    row = Complaint.objects.get()
    one = row.files.get()
    assert (one.uploaded_by, one.from_house, one.shared) == (cast.clerk1, False, False)
    assert "收据.png" in text(client.get(f"{LIST}{row.number}/"))


def test_an_answer_with_proof_by_form(cast: Cast, sign_in: SignIn) -> None:
    row, client = walked(cast, "assigned"), sign_in("chief1")
    where = f"{LIST}{row.number}/"
    page = text(client.get(where))
    assert 'name="files-new"' in page
    sent = {"action": "answer", "version": str(row.version), "answer": "今天发证", "shared": "on"}
    wrong = client.post(
        where, {**sent, "files-new": [SimpleUploadedFile("假.png", PDF), SimpleUploadedFile("证.pdf", PDF)]}
    )
    page = text(wrong)
    assert wrong.status_code == 422
    assert "「假.png」没有收" in page
    assert "今天发证" in page
    keys = re.findall(r'name="files" value="([0-9a-f-]{36})"', page)
    assert client.post(where, {**sent, "files": keys}).status_code == 302
    proof = row.files.get()
    assert (proof.name, proof.from_house, proof.shared) == ("证.pdf", True, True)
    page = text(client.get(where))
    assert "附了 1 个文件" in page
    assert "办理方的证明" in page


def test_opening_one_is_recorded_and_an_attachment(cast: Cast, sign_in: SignIn) -> None:
    one = kept(cast)
    row = walked(cast, "assigned", said(cast, files=[str(one.pk)]))
    where = f"{LIST}{row.number}/files/{one.pk}/"
    answer = sign_in("manager1").get(where)
    assert body(answer) == PNG
    assert answer["Content-Disposition"].startswith("attachment")
    assert AccessRecord.objects.get(kind="unmasked").action == "evidence"
    assert sign_in("chief1").get(where).status_code == 404
    assert "有 1 个文件您不能看" in text(sign_in("chief1").get(f"{LIST}{row.number}/"))
    assert "收据.png" not in text(sign_in("chief1").get(f"{LIST}{row.number}/"))
    assert sign_in("manager1").get(f"{LIST}{said(cast, cause='fee').number}/files/{one.pk}/").status_code == 404
    assert sign_in("chief3").get(where).status_code == 404
    assert AccessRecord.objects.filter(kind="unmasked").count() == 1


def test_into_an_issue_from_both_pages_and_out_again(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        said(cast)
    issue = SystemicIssue.objects.get()
    loose = said(cast, cause="other", text="等得太久，没人理")
    like = said(cast)
    Complaint.objects.filter(pk=like.pk).update(issue=None)
    client = sign_in("manager1")
    page = text(client.get(f"{LIST}{loose.number}/"))
    assert f'<option value="{issue.number}">' in page
    assert 'id="do-part"' not in page
    sent = {"action": "join", "version": str(loose.version), "issue": issue.number, "words": "都是没人去看"}
    assert client.post(f"{LIST}{loose.number}/", sent).status_code == 302
    page = text(client.get(f"{LIST}{loose.number}/"))
    assert f"{ISSUES}{issue.number}/" in page
    assert 'id="do-join"' not in page
    page = text(client.get(f"{ISSUES}{issue.number}/"))
    assert "像的、还没归进来的" in page
    assert "归入诉求" in page
    assert client.post(f"{ISSUES}{issue.number}/take-in/", {"complaint": like.number}).status_code == 302
    like.refresh_from_db()
    assert like.issue == issue
    page = text(client.get(f"{ISSUES}{issue.number}/"))
    assert "像的、还没归进来的" not in page
    again = client.post(f"{ISSUES}{issue.number}/take-in/", {"complaint": like.number}, follow=True)
    assert "没有归进来" in text(again)
    like.refresh_from_db()
    out = {"action": "part", "version": str(like.version), "reason": "不是一回事"}
    assert client.post(f"{LIST}{like.number}/", out).status_code == 302
    like.refresh_from_db()
    assert like.issue is None


@pytest.mark.parametrize("who", ["chief1", "clerk1"])
def test_who_does_not_judge_puts_nothing_in(cast: Cast, sign_in: SignIn, who: str) -> None:
    for _ in range(3):
        said(cast)
    issue, row = SystemicIssue.objects.get(), walked(cast, "assigned", said(cast, cause="other", text="没人理"))
    sign_in(who).post(f"{ISSUES}{issue.number}/take-in/", {"complaint": row.number})
    row.refresh_from_db()
    assert row.issue is None
    assert "像的、还没归进来的" not in text(sign_in(who).get(f"{ISSUES}{issue.number}/"))


@pytest.mark.parametrize("given", ["", "x", "TS000000000", "' OR 1=1 --", "TS" + "9" * 99])
def test_taking_in_what_is_not_there(cast: Cast, sign_in: SignIn, given: str) -> None:
    for _ in range(3):
        said(cast)
    where = f"{ISSUES}{SystemicIssue.objects.get().number}/take-in/"
    assert sign_in("manager1").post(where, {"complaint": given}).status_code == 404


def test_the_page_costs_the_same_with_files(cast: Cast, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    row, client = said(cast), sign_in("manager1")
    move(cast, row, "supplement", files=[str(kept(cast).pk) for _ in range(3)])
    client.get(f"{LIST}{row.number}/")
    with django_assert_max_num_queries(14):
        client.get(f"{LIST}{row.number}/")
