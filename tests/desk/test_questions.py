"""The desk's questions and its knowledge base: lists, one from the counter, answering, checking."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.store import current_calendar
from onewindow.people.models import AccessRecord
from onewindow.voice.consultations.asking import ask
from onewindow.voice.models import Consultation, KnowledgeEntry
from tests.cast import FOOD, Cast
from tests.desk.conftest import SignIn, text
from tests.voice.knowing import all_entries, entry

pytestmark = pytest.mark.django_db
NEW = "/desk/questions/new/"


def asked(cast: Cast, question: str = "开早餐店要办什么证？", **more: Any) -> Consultation:
    return ask({"question": question, "item": FOOD, **more}, "online")


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


# ---- from the counter ---------------------------------------------------------------------------------------------


def test_one_press_answers_with_what_is_known(cast: Cast, sign_in: SignIn) -> None:
    known = entry(cast, "开早餐店要办哪些证？", "执照和许可证。", FOOD)
    client = sign_in("clerk1")
    key = key_of(text(client.get(NEW)))
    look = text(client.post(NEW, {"key": key, "do": "look", "channel": "phone", "question": "开早餐店办什么证"}))
    assert "执照和许可证。" in look
    assert f'id="item-{FOOD}"' in look
    sent = {"key": key, "do": "answer", "channel": "phone", "question": "开早餐店办什么证", "entry": str(known.pk)}
    pages = [client.post(NEW, {**sent, "item": FOOD}) for _ in range(2)]
    row = Consultation.objects.get()
    assert [page["Location"] for page in pages] == [f"/desk/questions/{row.number}/"] * 2
    assert (row.state, row.channel, row.answer, row.entry) == ("answered", "phone", "执照和许可证。", known)


def test_what_takes_longer_gets_two_days_and_a_code_to_tell(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("guide1")
    sent = {
        "do": "later",
        "channel": "counter",
        "question": "我的情况比较复杂",
        "phone": "19900001234",
        "answer": "不发",
    }
    page = text(client.post(NEW, sent, follow=True))
    row = Consultation.objects.get()
    assert (row.state, row.answer) == ("asked", "")
    assert row.code in page
    assert "两个工作日内书面答复" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"question": ""}, "请填写问什么"),
        ({"answer": ""}, "当场答复要写答案"),
        ({"phone": "123"}, "手机"),
        ({"answer": "\u202e反"}, "隐藏字符"),
        ({"channel": "online"}, "在哪里问的"),
        ({"item": "nothing"}, "没有这个事项"),
        ({"entry": "999999"}, "没有这一条"),
    ],
)
def test_mistakes_keep_what_was_typed(cast: Cast, sign_in: SignIn, changes: dict[str, str], words: str) -> None:
    sent = {"do": "answer", "channel": "counter", "question": "问一个问题", "answer": "答一个答案", "name": "老周"}
    page = sign_in("clerk1").post(NEW, {**sent, **changes})
    assert page.status_code == 422, page
    assert words in text(page)
    assert "老周" in text(page)
    assert not Consultation.objects.exists()


def test_who_does_not_take_questions_is_refused(cast: Cast, sign_in: SignIn) -> None:
    sent = {"do": "answer", "channel": "counter", "question": "问", "answer": "答"}
    assert sign_in("mayor1").post(NEW, sent).status_code == 403
    assert AccessRecord.objects.filter(kind="refused", action="consultation.ask").count() == 1


@pytest.mark.parametrize("question", ["", "\x00", "长" * 9000, "<script>"])
def test_the_search_beside_takes_anything(cast: Cast, sign_in: SignIn, question: str) -> None:
    page = sign_in("clerk1").post("/desk/questions/beside/", {"question": question, "item": "\x00", "entry": "x"})
    assert page.status_code == 200
    assert "<script>" not in text(page)


# ---- answering ----------------------------------------------------------------------------------------------------


def test_the_list_has_the_soonest_first_and_what_is_over_apart(cast: Cast, sign_in: SignIn) -> None:
    first, second = asked(cast, "第一个问题"), asked(cast, "第二个问题")
    Consultation.objects.filter(pk=first.pk).update(next_due_at=None)
    ask({"question": "已经答了的", "answer": "好"}, "counter", cast.actor("clerk1"))
    page = text(sign_in("clerk1").get("/desk/questions/"))
    assert page.index(second.number) < page.index(first.number)
    assert "已经答了的" not in page
    assert "已经答了的" in text(sign_in("clerk1").get("/desk/questions/?state=answered"))
    assert "第一个问题" not in text(sign_in("clerk1").get("/desk/questions/?channel=phone"))


def test_an_examiner_answers_in_writing_or_with_an_entry(cast: Cast, sign_in: SignIn) -> None:
    known = entry(cast, "开早餐店要办哪些证？", "执照和许可证。", FOOD)
    row = asked(cast)
    client = sign_in("examiner1")
    page = text(client.get(f"/desk/questions/{row.number}/"))
    assert "执照和许可证。" in page
    assert f'value="{known.pk}"' in page
    sent = {"action": "answer", "version": "1", "answer": "", "entry": str(known.pk)}
    assert client.post(f"/desk/questions/{row.number}/", sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.answer) == ("answered", "执照和许可证。")
    page = text(client.get(f"/desk/questions/{row.number}/"))
    assert "用知识库里的答案" in page
    assert row.number in text(client.get(f"/desk/questions/{row.number}/notice/"))


def test_an_answer_without_words_is_asked_for(cast: Cast, sign_in: SignIn) -> None:
    row = asked(cast)
    page = sign_in("examiner1").post(f"/desk/questions/{row.number}/", {"action": "answer", "version": "1"})
    assert page.status_code == 422
    assert "请填写答复内容" in text(page)


def test_passed_on_it_leaves_the_sight_of_the_one_department_and_enters_the_others(cast: Cast, sign_in: SignIn) -> None:
    row = asked(cast)
    sent = {"action": "forward", "version": "1", "department": str(cast.health.pk)}
    sign_in("clerk1").post(f"/desk/questions/{row.number}/", sent)
    assert sign_in("examiner1").get(f"/desk/questions/{row.number}/").status_code == 404
    assert sign_in("examiner3").get(f"/desk/questions/{row.number}/").status_code == 200


def test_the_phone_is_masked(cast: Cast, sign_in: SignIn) -> None:
    row = asked(cast, phone="19900001234")
    assert "19900001234" not in text(sign_in("clerk1").get(f"/desk/questions/{row.number}/"))


def test_citizens_have_no_desk(cast: Cast, sign_in: SignIn) -> None:
    row = asked(cast)
    for where in ("/desk/questions/", f"/desk/questions/{row.number}/", NEW, "/desk/knowledge/"):
        assert sign_in("citizen1").get(where).status_code == 404
        assert Client().get(where).status_code == 302


# ---- knowledge ----------------------------------------------------------------------------------------------------


def test_from_a_question_to_a_published_entry_by_two_people(cast: Cast, sign_in: SignIn) -> None:
    row = ask({"question": "开早餐店要什么", "item": FOOD, "answer": "许可证。"}, "counter", cast.actor("clerk1"))
    clerk = sign_in("clerk1")
    where = clerk.post(f"/desk/questions/{row.number}/propose/")["Location"]
    assert "/propose/" not in text(clerk.get(f"/desk/questions/{row.number}/"))
    edited = {"do": "write", "question": "开早餐店要办哪些证？", "answer": "执照和许可证。", "item": FOOD}
    assert clerk.post(where, edited)["Location"] == where
    assert clerk.post(where, {"do": "publish"}).status_code == 403
    chief = sign_in("chief1")
    assert "待核对" in text(chief.get("/desk/knowledge/?state=draft"))
    assert chief.post(where, {"do": "publish"}).status_code == 302
    made = KnowledgeEntry.objects.get()
    assert (made.is_published, made.checked_by) == (True, cast.chief1)
    assert "开早餐店要办哪些证？" in text(Client().get(f"/items/{FOOD}/"))


def test_sent_back_with_a_reason(cast: Cast, sign_in: SignIn) -> None:
    draft = entry(cast, "写得不好的", item=FOOD, is_published=False)
    chief = sign_in("chief1")
    where = f"/desk/knowledge/{draft.pk}/"
    assert chief.post(where, {"do": "give_back", "remark": ""}).status_code == 422
    assert chief.post(where, {"do": "give_back", "remark": "少了一份材料"}).status_code == 302
    page = text(sign_in("clerk1").get("/desk/knowledge/?state=returned"))
    assert "写得不好的" in page
    assert "少了一份材料" in text(sign_in("clerk1").get(where))


def test_a_stale_one_waits_in_its_own_list(cast: Cast, sign_in: SignIn) -> None:
    row = entry(cast, "指南改过的", item=FOOD, version=None)
    chief = sign_in("chief1")
    assert "指南改过的" in text(chief.get("/desk/knowledge/?state=stale"))
    assert chief.post(f"/desk/knowledge/{row.pk}/", {"do": "still_right"}).status_code == 302
    assert "指南改过的" not in text(chief.get("/desk/knowledge/?state=stale"))


def test_drafts_of_others_are_not_shown_to_other_departments(cast: Cast, sign_in: SignIn) -> None:
    draft = entry(cast, "市监的草稿", item=FOOD, is_published=False)
    assert sign_in("examiner3").get(f"/desk/knowledge/{draft.pk}/").status_code == 404
    assert sign_in("examiner1").get(f"/desk/knowledge/{draft.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("where", "sent", "status"),
    [
        ("/desk/knowledge/999999/", {"do": "publish"}, 404),
        ("/desk/knowledge/99999999999999999/", {}, 404),
        ("/desk/knowledge/new/", {"do": "publish"}, 404),
        ("/desk/knowledge/new/", {"do": "x" * 999}, 404),
        ("/desk/knowledge/new/", {"do": "write", "question": "", "answer": "答"}, 422),
        ("/desk/knowledge/new/", {"do": "write", "question": "问", "answer": "答", "item": "no"}, 422),
        ("/desk/knowledge/new/", {"do": "write", "question": "问", "answer": "打19900001234"}, 422),
    ],
)
def test_strange_posts_are_told(cast: Cast, sign_in: SignIn, where: str, sent: dict[str, str], status: int) -> None:
    assert sign_in("clerk1").post(where, sent).status_code == status


@pytest.mark.parametrize("query", ["q=%00", "state=x", "before=x", "before=99999999999", "q=" + "长" * 500])
def test_strange_addresses_do_no_harm(cast: Cast, sign_in: SignIn, query: str) -> None:
    assert sign_in("clerk1").get(f"/desk/knowledge/?{query}").status_code == 200
    assert sign_in("clerk1").get(f"/desk/questions/?{query}").status_code == 200


def test_many_entries_come_page_by_page(cast: Cast, sign_in: SignIn) -> None:
    for order in range(35):
        entry(cast, f"第{order:02}个问题", item=FOOD)
    client = sign_in("clerk1")
    first = text(client.get("/desk/knowledge/"))
    found = re.search(r'href="([^"]*before=\d+)"', first)
    assert found is not None
    second = text(client.get(found[1].replace("&amp;", "&")))
    assert ("第34个问题" in first, "第04个问题" in first) == (True, False)
    assert ("第34个问题" in second, "第04个问题" in second) == (False, True)


# ---- cost ---------------------------------------------------------------------------------------------------------


def count(client: Client, where: str) -> int:
    client.get(where)
    current_calendar()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(where).status_code == 200, where
    return len(seen)


def test_every_page_asks_a_fixed_number_of_times(cast: Cast, sign_in: SignIn) -> None:
    known = all_entries(cast)
    row = asked(cast)
    client = sign_in("clerk1")
    pages = ["/desk/questions/", f"/desk/questions/{row.number}/", NEW, "/desk/knowledge/"]
    pages += [f"/desk/knowledge/{known[0].pk}/", "/desk/knowledge/new/"]
    before = {where: count(client, where) for where in pages}
    for order in range(25):
        asked(cast, f"又一个问题{order}")
        entry(cast, f"又一条{order}", item=FOOD)
    assert {where: count(client, where) for where in pages} == before
    assert max(before.values()) <= 15, before
