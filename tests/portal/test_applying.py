"""Applying online: one thing per page, saved at every step, one case in the end."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.cases.models import Case, CaseEvent, Draft, StoredFile
from tests.cast import ANSWERS, CITIZEN, FERTILITY, FOOD, Cast
from tests.portal.visiting import begin, only_case, pdf, send, text_of, to_review, visitor

pytestmark = pytest.mark.django_db


def test_from_the_first_question_to_the_query_number(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    answer = send(client, draft)
    case = only_case()
    assert answer["Location"] == f"/apply/sent/{case.query_number}/"
    assert case.query_number in text_of(client.get(answer["Location"]))
    assert case.state == "submitted"
    assert case.channel == "online"
    assert case.told.answers == ANSWERS[FOOD]
    assert case.told.materials["m01"]["file"]
    assert StoredFile.objects.get().case_id == case.pk
    assert not Draft.objects.exists()


def test_looking_at_the_first_page_stores_nothing(cast: Cast) -> None:
    client = visitor(cast)
    page = text_of(client.get(f"/apply/{FOOD}/?industry=catering"))
    assert 'value="catering" checked' in page
    assert not Draft.objects.exists()


def test_a_visitor_is_asked_to_sign_in_and_comes_back_with_the_answers(cast: Cast) -> None:
    answer = Client().get(f"/apply/{FOOD}/?industry=catering&agent=no")
    assert answer["Location"] == f"/login/?next=%2Fapply%2F{FOOD}%2F%3Findustry%3Dcatering%26agent%3Dno"


def test_unanswered_questions_are_named_and_linked(cast: Cast) -> None:
    answer = visitor(cast).post(f"/apply/{FOOD}/", {"industry": "retail"})
    assert answer.status_code == 422
    assert 'href="#agent_0"' in text_of(answer)
    assert 'value="retail" checked' in text_of(answer)
    assert not Draft.objects.exists()


def test_known_data_of_the_account_is_filled_in(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    page = text_of(client.get(f"/apply/draft/{draft.pk}/contact/"))
    assert CITIZEN["name"] in page
    assert CITIZEN["phone"] in page
    assert CITIZEN["id_number"] not in page


def test_a_wrong_phone_is_explained_and_kept_as_typed_even_after_leaving(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": "12345", "address": ""})
    assert answer.status_code == 422
    assert "手机号码是 11 位数字" in text_of(answer)
    assert 'value="12345"' in text_of(answer)
    assert 'value="12345"' in text_of(client.get(f"/apply/draft/{draft.pk}/contact/"))


def test_typing_is_saved_without_an_answer_page(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": "199", "autosave": "1"})
    assert answer.status_code == 204
    assert 'value="199"' in text_of(client.get(f"/apply/draft/{draft.pk}/contact/"))


def test_an_agent_is_asked_for_when_the_answers_say_so(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client, FOOD, {"industry": "retail", "agent": "yes"})
    where = f"/apply/draft/{draft.pk}/contact/"
    assert "代理人姓名" in text_of(client.get(where))
    form = {"phone": CITIZEN["phone"], "agent-name": "张代办", "agent-id_type": "id_card", "agent-phone": "19900009999"}
    wrong = client.post(where, {**form, "agent-id_number": "110101199003071234"})
    assert wrong.status_code == 422
    assert "校验位不对" in text_of(wrong)
    client.post(where, {**form, "agent-id_number": CITIZEN["id_number"]})
    client.post(f"/apply/draft/{draft.pk}/materials/", {"go": "1"})
    send(client, draft)
    case = Case.objects.select_related("agent").get()
    assert case.agent is not None
    assert str(case.agent.name) == "张代办"


def test_an_answer_that_calls_for_an_agent_later_asks_for_the_agent(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    client.post(f"/apply/draft/{draft.pk}/situation/", {"industry": "retail", "agent": "yes"})
    assert client.get(f"/apply/draft/{draft.pk}/review/")["Location"].endswith("/contact/")


def test_an_answer_that_drops_a_material_drops_it_from_what_is_sent(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client, FOOD, {"industry": "catering", "agent": "no"})
    spec = cast.items[FOOD].current.spec  # type: ignore[union-attr]
    health = next(m.key for m in spec.materials if m.when == "industry.catering")
    client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"]})
    client.post(f"/apply/draft/{draft.pk}/materials/", {f"file-{health}": pdf(), "go": "1"})
    client.post(f"/apply/draft/{draft.pk}/situation/", {"industry": "retail", "agent": "no"})
    send(client, draft)
    assert health not in only_case().told.materials


def test_nobody_can_jump_ahead(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    assert client.get(f"/apply/draft/{draft.pk}/review/")["Location"].endswith("/contact/")
    assert send(client, draft)["Location"].endswith("/contact/")
    assert not Case.objects.exists()


def test_going_back_keeps_everything(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    assert 'value="retail" checked' in text_of(client.get(f"/apply/draft/{draft.pk}/situation/"))
    assert "材料.pdf" in text_of(client.get(f"/apply/draft/{draft.pk}/materials/"))
    assert client.get(f"/apply/draft/{draft.pk}/")["Location"].endswith("/review/")


def test_a_draft_is_found_again_on_another_device(cast: Cast) -> None:
    draft = to_review(visitor(cast))
    other = visitor(cast)
    assert str(draft.pk) in text_of(other.get("/my/"))
    assert str(draft.pk) in text_of(other.get("/apply/"))
    assert str(draft.pk) in text_of(other.get(f"/apply/{FOOD}/"))


def test_later_leads_to_my_cases(cast: Cast) -> None:
    client = visitor(cast)
    draft = begin(client)
    answer = client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"], "later": "1"})
    assert answer["Location"] == "/my/"


def test_what_is_missing_is_said_before_sending(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    page = text_of(client.get(f"/apply/draft/{draft.pk}/review/"))
    assert "还差" in page
    assert "营业执照" in page


def test_nothing_is_sent_without_the_promise_of_truth(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    answer = client.post(f"/apply/draft/{draft.pk}/review/", {})
    assert answer.status_code == 422
    assert "请先勾选" in text_of(answer)
    assert not Case.objects.exists()


def test_deleting_a_draft_deletes_its_files(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    client.post(f"/apply/draft/{draft.pk}/delete/")
    assert not Draft.objects.exists()
    assert not StoredFile.objects.exists()
    assert client.get(f"/apply/draft/{draft.pk}/").status_code == 404


def test_a_draft_holds_no_readable_data_in_the_table(cast: Cast) -> None:
    from django.db import connection

    to_review(visitor(cast))
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM cases_draft")
        body = bytes(cursor.fetchone()[0])
    assert CITIZEN["phone"].encode() not in body
    assert "桃花江镇".encode() not in body


def test_an_item_for_people_turns_a_company_away_with_the_way_out(cast: Cast) -> None:
    page = text_of(visitor(cast, "company1").get(f"/apply/{FERTILITY}/"))
    assert "只面向个人" in page


def test_staff_are_told_that_this_is_for_applicants(cast: Cast) -> None:
    answer = visitor(cast, "clerk1").get(f"/apply/{FOOD}/")
    assert answer.status_code == 403
    assert "工作台" in text_of(answer)


def test_what_was_sent_is_one_event_by_the_applicant(cast: Cast) -> None:
    client = visitor(cast)
    send(client, to_review(client))
    event = CaseEvent.objects.get()
    assert (event.action, event.role, event.channel) == ("submit", "applicant", "online")
