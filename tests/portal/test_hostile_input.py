"""Whatever is typed or sent, the answer is a page in Chinese and nothing is lost."""

from __future__ import annotations

import pytest

from onewindow.cases.models import Case, Draft
from onewindow.faces.portal.drafts import Body
from tests.cast import CITIZEN, FOOD, Cast
from tests.portal.visiting import begin, send, text_of, to_review, visitor

pytestmark = pytest.mark.django_db

HIDDEN = ["桃\u200b花江", "\u202e江花桃", "a\x07b", "\ufeff路"]


@pytest.mark.parametrize("address", HIDDEN)
def test_hidden_characters_are_refused_and_explained(cast: Cast, address: str) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"], "address": address})
    assert answer.status_code == 422
    assert "字符，请删掉后重新输入" in text_of(answer)


@pytest.mark.parametrize("address", ["㐂𠮷家·路", "凤凰山路 1 号", "·" * 200, '<b>粗</b> & "引"'])
def test_rare_characters_are_welcome_and_shown_safely(cast: Cast, address: str) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"], "address": address})
    assert answer.status_code == 302
    assert Body.read(Draft.objects.get()).contact["address"] == address
    client.post(f"/apply/draft/{draft.pk}/materials/", {"go": "1"})
    assert "<b>粗</b>" not in text_of(client.get(f"/apply/draft/{draft.pk}/review/"))


def test_an_address_that_is_too_long_says_how_long_it_may_be(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"], "address": "长" * 201})
    assert "最多 200 个字" in text_of(answer)


def test_null_bytes_in_a_form_are_refused(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": "199\x0000", "address": "\x00"})
    assert answer.status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize("step", ["nope", "supply", "REVIEW", "x" * 200])
def test_steps_that_do_not_exist_are_not_found(cast: Cast, step: str) -> None:
    client = visitor(cast)
    draft = to_review(client)
    assert client.get(f"/apply/draft/{draft.pk}/{step}/").status_code == 404


def test_extra_fields_change_nothing(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client, FOOD, {"industry": "retail", "agent": "no", "state": "delivered", "applicant": "1"})
    client.post(
        f"/apply/draft/{draft.pk}/contact/",
        {"phone": CITIZEN["phone"], "name": "冒名", "id_number": "1", "kind": "legal", "channel": "window"},
    )
    client.post(f"/apply/draft/{draft.pk}/materials/", {"go": "1"})
    send(client, draft)
    case = Case.objects.select_related("applicant").get()
    assert str(case.applicant.name) == CITIZEN["name"]
    assert case.channel == "online"
    assert case.state == "submitted"


def test_the_item_going_out_of_use_meanwhile_is_said_and_the_draft_stays(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    item = cast.items[FOOD]
    item.status = "cancelled"
    item.save()
    answer = send(client, draft)
    assert answer.status_code == 422
    assert "停止办理" in text_of(answer)
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_ten_thousand_fields_are_refused_without_harm(cast: Cast) -> None:
    client = visitor(cast)
    answer = client.post(f"/apply/{FOOD}/", {f"k{i}": "v" for i in range(10_000)})
    assert answer.status_code == 400
