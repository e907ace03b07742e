"""Asking on the site: what is known comes before anything can be sent; the answer is followed by a code."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.clocks.store import current_calendar
from onewindow.faces.portal import asking, throttle
from onewindow.loops import engine
from onewindow.voice.consultations import asking as consultations
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation, KnowledgeEntry
from tests.cast import FOOD, Cast
from tests.voice.knowing import all_entries, entry

pytestmark = pytest.mark.django_db
QUESTION = "开早餐店要办什么证？\n店在学校边上"


def html(response: Any) -> str:
    return str(response.content.decode())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def looked(client: Client, question: str = QUESTION, item: str = "") -> dict[str, str]:
    """The fields of the page that shows what is known."""
    page = html(client.post("/voice/ask/", {"question": question, "item": item, "stage": "look"}))
    return {"question": question, "item": item, "slip": hidden(page, "slip")}


def asked(client: Client, **reach: str) -> Consultation:
    sent = client.post("/voice/ask/", {**looked(client), "stage": "send", **reach})
    assert sent.status_code == 303, html(sent)
    row: Consultation = Consultation.objects.get(code=sent["Location"].split("/")[3])
    return row


# ---- one thing per page -------------------------------------------------------------------------------------------


def test_the_whole_way_from_a_question_to_its_code(cast: Cast) -> None:
    entry(cast, "开早餐店要办哪些证？", "执照和许可证。", FOOD)
    client = Client()
    assert "您想问什么" in html(client.get("/voice/ask/"))
    page = html(client.post("/voice/ask/", {"question": QUESTION, "stage": "look"}))
    assert "开早餐店要办哪些证？" in page
    assert "执照和许可证。" in page
    assert f"/items/{FOOD}/" in page
    fields = {"question": QUESTION, "slip": hidden(page, "slip")}
    page = html(client.post("/voice/ask/", {**fields, "stage": "reach"}))
    assert "怎么告诉您" in page
    assert not Consultation.objects.exists()
    done = client.post("/voice/ask/", {**fields, "stage": "send", "phone": "19900001234", "name": "小王"}, follow=True)
    row = Consultation.objects.get()
    assert (row.channel, row.question, row.phone, row.name) == ("online", QUESTION, "19900001234", "小王")
    assert row.code in html(done)
    assert "前书面答复您" in html(done)


def test_nothing_can_be_sent_before_what_is_known_was_shown(cast: Cast) -> None:
    client = Client()
    fields = looked(client)
    for slip in ("", "x", "x" * 5000, fields["slip"][:-3]):
        for stage in ("reach", "send"):
            page = client.post("/voice/ask/", {**fields, "slip": slip, "stage": stage})
            assert "请人答复" in html(page)
    other = client.post("/voice/ask/", {**fields, "question": "完全不同的问题", "stage": "send"})
    assert "请人答复" in html(other)
    assert not Consultation.objects.exists()


def test_the_same_form_sent_twice_is_one_question(cast: Cast) -> None:
    client = Client()
    fields = {**looked(client), "stage": "send"}
    first, again = (client.post("/voice/ask/", fields)["Location"] for _ in range(2))
    assert first == again
    assert Consultation.objects.count() == 1


def test_line_ends_of_a_browser_do_not_count_as_another_question(cast: Cast) -> None:
    client = Client()
    fields = looked(client, QUESTION.replace("\n", "\r\n"))
    sent = client.post("/voice/ask/", {**fields, "question": QUESTION, "stage": "send"})
    assert sent.status_code == 303


def test_from_a_guide_the_item_comes_along(cast: Cast) -> None:
    client = Client()
    assert "食品经营许可（新办）" in html(client.get(f"/voice/ask/?item={FOOD}"))
    sent = client.post("/voice/ask/", {**looked(client, item=FOOD), "stage": "send"})
    row = Consultation.objects.get(code=sent["Location"].split("/")[3])
    assert (row.item, row.department) == (cast.items[FOOD], cast.market)


def test_a_question_never_stands_in_an_address(cast: Cast) -> None:
    for page in ("write", "look", "reach"):
        client = Client()
        sent = {"write": {"question": ""}, "look": {"question": QUESTION}, "reach": looked(client)}[page]
        text = html(client.post("/voice/ask/", {**sent, "stage": page}))
        assert 'method="get"' not in text.replace("/items/", "")


# ---- strange input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", "   ", "长" * 2001, "好\x00的", "\u202e反", "\u200b"])
def test_a_strange_question_is_told_beside_its_field(cast: Cast, question: str) -> None:
    page = Client().post("/voice/ask/", {"question": question, "stage": "look"})
    assert page.status_code == 422
    assert "id_question" in html(page)


@pytest.mark.parametrize("phone", ["12345", "abc", "1" * 39, "\u202e199"])
def test_a_strange_phone_keeps_what_was_typed(cast: Cast, phone: str) -> None:
    client = Client()
    page = client.post("/voice/ask/", {**looked(client), "stage": "send", "phone": phone, "name": "小王"})
    assert page.status_code == 422
    assert "小王" in html(page)
    assert not Consultation.objects.exists()


@pytest.mark.parametrize("item", ["nothing", "\x00", "a" * 5000, "../../etc"])
def test_a_strange_item_counts_as_none(cast: Cast, item: str) -> None:
    assert Client().get("/voice/ask/", {"item": item}).status_code == 200


def test_what_is_typed_is_shown_as_text(cast: Cast) -> None:
    page = html(Client().post("/voice/ask/", {"question": "<script>alert(1)</script>", "stage": "look"}))
    assert "<script>alert" not in page


@pytest.mark.parametrize("code", ["AAAAAAAAAAAA", "x", "%00", "a" * 300, "..."])
def test_a_code_that_is_not_there(cast: Cast, code: str) -> None:
    assert Client().get(f"/voice/ask/{code}/").status_code == 404


def test_too_many_questions_from_one_address_are_put_off(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASK_ADDRESS", throttle.Limit("ask-address", 2, 60))
    client = Client()
    asked(client)
    asked(client)
    refused = client.post("/voice/ask/", {**looked(client), "stage": "send"})
    assert refused.status_code == 429
    assert "请过一会儿再试" in html(refused)


def test_guessing_codes_is_put_off(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "CODE_ADDRESS", throttle.Limit("code-address", 2, 60))
    client = Client()
    assert [client.get("/voice/ask/AAAAAAAAAAAA/").status_code for _ in range(3)] == [404, 404, 429]


# ---- following ----------------------------------------------------------------------------------------------------


def answered(cast: Cast, client: Client) -> Consultation:
    row = asked(client)
    done: Consultation = engine.perform(
        CONSULTATION, row, "answer", by=cast.actor("clerk1"), data={"answer": "先办执照。\n再办许可证。"}
    )
    return done


def test_the_answer_is_read_printed_asked_on_and_closed(cast: Cast) -> None:
    client = Client()
    row = answered(cast, client)
    page = html(client.get(f"/voice/ask/{row.code}/"))
    assert "有答复了" in page
    assert "再办许可证。" in page
    paper = html(client.get(f"/voice/ask/{row.code}/notice/"))
    assert row.number in paper
    assert cast.centre.name in paper
    where = f"/voice/ask/{row.code}/"
    again = client.post(where, {"action": "ask_again", "words": "执照在哪办？"}, follow=True)
    assert "您追问的已经收到" in html(again)
    row.refresh_from_db()
    assert row.state == "asked"
    engine.perform(CONSULTATION, row, "answer", by=cast.actor("clerk1"), data={"answer": "一楼。"})
    assert "这个问题已经了结" in html(client.post(where, {"action": "close"}, follow=True))


def test_before_an_answer_there_is_no_paper(cast: Cast) -> None:
    client = Client()
    row = asked(client)
    assert client.get(f"/voice/ask/{row.code}/notice/").status_code == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"action": "answer", "answer": "自己答"}, 404),
        ({"action": "forward"}, 404),
        ({}, 404),
        ({"action": "ask_again", "words": ""}, 422),
        ({"action": "ask_again", "words": "\x00"}, 422),
    ],
)
def test_the_link_lets_nobody_do_more(cast: Cast, sent: dict[str, str], status: int) -> None:
    client = Client()
    row = answered(cast, client)
    assert client.post(f"/voice/ask/{row.code}/", sent).status_code == status
    row.refresh_from_db()
    assert row.state == "answered"


def test_closing_what_is_not_answered_is_said(cast: Cast) -> None:
    client = Client()
    row = asked(client)
    assert client.post(f"/voice/ask/{row.code}/", {"action": "close"}).status_code == 409


def test_the_code_is_found_as_people_type_it(cast: Cast) -> None:
    client = Client()
    row = asked(client)
    typed = f" {row.code[:6].lower()}-{row.code[6:]} "
    assert client.post("/voice/ask/find/", {"code": typed})["Location"] == f"/voice/ask/{row.code}/"
    for wrong in ("", "A", "AAAAAAAAAAAA", "\x00"):
        assert client.post("/voice/ask/find/", {"code": wrong}).status_code == 422


# ---- knowledge ----------------------------------------------------------------------------------------------------


def test_the_guide_shows_what_people_ask(cast: Cast) -> None:
    row = entry(cast, "开早餐店要办哪些证？", "执照和许可证。", FOOD)
    page = html(Client().get(f"/items/{FOOD}/"))
    assert "开早餐店要办哪些证？" in page
    assert f"/voice/answers/{row.pk}/helped/" in page
    assert f"/voice/ask/?item={FOOD}" in page


def test_one_person_counts_once(cast: Cast) -> None:
    row = entry(cast, "开早餐店要办哪些证？", item=FOOD)
    client = Client()
    for helped in ("yes", "yes", "no"):
        page = client.post(f"/voice/answers/{row.pk}/helped/", {"helped": helped}, follow=True)
        assert "谢谢您" in html(page)
    Client(headers={"user-agent": "another"}).post(f"/voice/answers/{row.pk}/helped/", {"helped": "no"})
    row.refresh_from_db()
    assert (row.helped, row.not_helped) == (1, 1)


def test_one_address_counts_ten_times_at_most(cast: Cast) -> None:
    row = entry(cast, "开早餐店要办哪些证？")
    for order in range(15):
        client = Client(headers={"user-agent": f"browser {order}"})
        client.post(f"/voice/answers/{row.pk}/helped/", {"helped": "yes"})
    row.refresh_from_db()
    assert row.helped == 10


def test_drafts_are_nowhere_to_be_seen(cast: Cast) -> None:
    row = entry(cast, "还没核对的", item=FOOD, is_published=False)
    client = Client()
    assert client.get(f"/voice/answers/{row.pk}/").status_code == 404
    assert client.post(f"/voice/answers/{row.pk}/helped/", {"helped": "yes"}).status_code == 404
    assert "还没核对的" not in html(client.get(f"/items/{FOOD}/"))


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "999999"])
def test_an_entry_that_is_not_there(cast: Cast, pk: str) -> None:
    assert Client().get(f"/voice/answers/{pk}/").status_code == 404


def test_an_answer_of_an_older_guide_says_so(cast: Cast) -> None:
    entry(cast, "开早餐店要办哪些证？", item=FOOD, version=None)
    page = html(Client().get(f"/items/{FOOD}/"))
    assert "办事指南在这以后改过" in page


# ---- cost ---------------------------------------------------------------------------------------------------------


def count(client: Client, call: Any) -> int:
    call()
    current_calendar()
    with CaptureQueriesContext(connection) as seen:
        assert call().status_code == 200
    return len(seen)


def test_every_page_asks_a_fixed_number_of_times(cast: Cast) -> None:
    all_entries(cast)
    client = Client()
    fields = looked(client)
    row = answered(cast, client)
    known = KnowledgeEntry.objects.earliest("pk")
    found = {
        "write": count(client, lambda: client.get("/voice/ask/")),
        "write from a guide": count(client, lambda: client.get(f"/voice/ask/?item={FOOD}")),
        "look": count(client, lambda: client.post("/voice/ask/", {**fields, "stage": "look"})),
        "reach": count(client, lambda: client.post("/voice/ask/", {**fields, "stage": "reach"})),
        "show": count(client, lambda: client.get(f"/voice/ask/{row.code}/")),
        "notice": count(client, lambda: client.get(f"/voice/ask/{row.code}/notice/")),
        "find": count(client, lambda: client.get("/voice/ask/find/")),
        "answer": count(client, lambda: client.get(f"/voice/answers/{known.pk}/")),
    }
    assert found == {
        "write": 1,
        "write from a guide": 2,
        "look": 6,
        "reach": 1,
        "show": 4,
        "notice": 3,
        "find": 1,
        "answer": 2,
    }
    for order in range(20):
        consultations.ask({"question": f"问题{order}", "item": FOOD}, "online")
    assert count(client, lambda: client.get(f"/voice/ask/{row.code}/")) == found["show"]
