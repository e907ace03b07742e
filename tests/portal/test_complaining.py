"""Saying on a phone what could not be done, following it by the code, confirming or not, once more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.faces.portal.throttle import CODE_ADDRESS
from onewindow.people.models import AccessRecord
from onewindow.places.models import Window
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from tests.cast import FOOD, Cast
from tests.voice.saying import move, said, walked

pytestmark = pytest.mark.django_db
NEW, FIND = "/voice/complaint/", "/voice/complaint/find/"
GIVEN = {"cause": "overdue", "text": "说好五天，半个月了", "item": FOOD, "centre": "taojiang"}


def text(response: Any) -> str:
    return str(response.content.decode())


def where(row: Complaint) -> str:
    return f"/voice/complaint/{row.code}/"


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


# ---- saying it -----------------------------------------------------------------------------------------------------


def test_nobody_has_to_sign_in_or_say_a_name(cast: Cast) -> None:
    client = Client()
    page = text(client.get(f"{NEW}?item={FOOD}"))
    assert f'<option value="{FOOD}" selected' in page
    assert "open><summary>和哪件事" in page
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert once
    made = client.post(NEW, {**GIVEN, "once": once[1]})
    row = Complaint.objects.get()
    assert made["Location"] == f"{where(row)}?new=1"
    assert (row.anonymous, row.channel, row.kind, row.against) == (True, "online", "cannot_get_done", cast.market)
    assert client.post(NEW, {**GIVEN, "once": once[1]})["Location"] == made["Location"]
    assert Complaint.objects.count() == 1
    page = text(client.get(made["Location"]))
    assert f"{row.code[:4]} {row.code[4:8]} {row.code[8:]}" in page
    assert "已经登记，等受理" in page


def test_signed_in_and_still_in_nobodys_name(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.citizen1)
    case = cast.submit(FOOD)
    assert case.query_number in text(client.get(NEW)), "their own cases to choose from"
    client.post(NEW, {**GIVEN, "item": "", "case": case.query_number})
    row = Complaint.objects.get()
    assert (row.case, row.anonymous) == (case, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor_id FROM loops_loopstep WHERE subject_kind = 'complaint'")
        assert cursor.fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("cause", "kind", "kept"),
    [
        ("suggestion", "suggestion", "other"),
        ("attitude", "complaint", "attitude"),
        ("guide", "cannot_get_done", "guide"),
    ],
)
def test_the_kind_follows_from_what_happened(cast: Cast, cause: str, kind: str, kept: str) -> None:
    Client().post(NEW, {**GIVEN, "cause": cause})
    row = Complaint.objects.get()
    assert (row.kind, row.cause) == (kind, kept)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cause": ""}, "请选择遇到了什么"),
        ({"cause": "x"}, "没有您选的这一项"),
        ({"text": ""}, "请填写事情的经过"),
        ({"text": "长" * 2001}, "太长了"),
        ({"text": "a\u202eb"}, "隐藏字符"),
        ({"text": "a\0b"}, "请"),
        ({"phone": "12345"}, "电话号码不对"),
        ({"case": "123456789012"}, "没有找到这个办件"),
        ({"window": "Z99"}, "没有这个窗口"),
        ({"item": "x"}, "没有您选的这一项"),
        ({"centre": "x"}, "没有您选的这一项"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_lost(
    cast: Cast, changed: dict[str, str], words: str
) -> None:
    response = Client().post(NEW, {**GIVEN, "name": "李桃花", **changed})
    assert response.status_code == 422
    page = text(response)
    assert words in page
    assert "李桃花" in page
    assert not Complaint.objects.exists()


@pytest.mark.parametrize(
    "query", ["item=%00", "case=%27", "ticket=x", "ticket=" + "a" * 20, "window=%3Cb%3E", "centre=x"]
)
def test_strange_addresses_do_no_harm(cast: Cast, query: str) -> None:
    response = Client().get(f"{NEW}?{query}")
    assert response.status_code == 200
    assert "<b>" not in text(response).partition("<form")[2]


def test_a_plate_at_the_window_fills_it_in(cast: Cast) -> None:
    code = Window.objects.get().code
    assert f'value="{code}"' in text(Client().get(f"{NEW}?window={code}"))


def test_a_flood_from_one_address_is_stopped(cast: Cast) -> None:
    client = Client()
    answers = [client.post(NEW, {**GIVEN, "cause": "other", "text": f"第{n}件"}).status_code for n in range(31)]
    assert answers[-1] == 429
    assert set(answers[:30]) == {302}


# ---- following it --------------------------------------------------------------------------------------------------


def test_the_way_is_told_like_a_parcels(cast: Cast) -> None:
    client = Client()
    row = walked(cast, "assigned", said(cast, timezone.now()), timezone.now())
    page = text(client.get(where(row)))
    assert "桃江县市场监督管理局正在办" in page
    assert "由桃江县市场监督管理局办理" in page
    assert re.search(r'id="due">这一步 \d{4}年\d+月\d+日前办完', page)
    for name in ("沈管", "陈窗"):
        assert name not in page, "nobody of the house is named"
    row = move(cast, row, "answer", "chief1", timezone.now(), answer="证今天发出")
    page = text(client.get(where(row)))
    assert "证今天发出" in page
    assert 'id="confirm"' in page


def test_not_solved_solved_closed_and_again(cast: Cast) -> None:
    client, now = Client(), timezone.now()
    row = walked(cast, "answered", said(cast, now), now)
    sent = {"action": "confirm", "version": str(row.version)}
    assert client.post(where(row), sent).status_code == 422
    assert client.post(where(row), {**sent, "satisfied": "no", "words": "没有收到"}).status_code == 302
    again = client.post(where(row), {**sent, "satisfied": "yes"})
    assert again.status_code == 412
    assert "刚刚有人办理了" in text(again)
    row.refresh_from_db()
    assert (row.state, row.satisfied) == ("rectifying", False)
    page = text(client.get(where(row)))
    assert "没有解决，转入整改" in page
    row = move(cast, row, "rectify", "chief1", now, measure="已经寄出", done=True)
    client.post(where(row), {"action": "confirm", "version": str(row.version), "satisfied": "yes"})
    row = move(cast, Complaint.objects.get(), "close", "manager1", now)
    page = text(client.get(where(row)))
    assert "已经办结" in page
    assert 'id="reopen"' in page
    assert client.post(where(row), {"action": "reopen", "version": str(row.version), "reason": ""}).status_code == 422
    sent = {"action": "reopen", "version": str(row.version), "reason": "寄错了地方"}
    assert client.post(where(row), sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reopened) == ("accepted", 1)
    assert text(client.get(where(row))).count("已经登记") >= 1, "the history stays"


def test_a_refusal_gives_its_reason_and_a_way_on(cast: Cast) -> None:
    row = move(cast, said(cast), "decline", "manager1", reason="请找桃江县人民法院立案庭")
    page = text(Client().get(where(row)))
    assert "请找桃江县人民法院立案庭" in page
    assert "我不同意" in page


@pytest.mark.parametrize("action", ["close", "revisit", "accept", "", "x" * 100])
def test_the_link_makes_no_move_of_the_house(cast: Cast, action: str) -> None:
    row = walked(cast, "answered")
    assert Client().post(where(row), {"action": action, "satisfied": "yes"}).status_code == 404
    assert Complaint.objects.get().state == "answered"


@pytest.mark.parametrize("who", ["clerk1", "chief1", "manager1"])
def test_nobody_of_the_house_confirms_in_a_citizens_name(cast: Cast, who: str) -> None:
    row = walked(cast, "answered")
    client = Client()
    client.force_login(cast.accounts[who])
    assert client.get(where(row)).status_code == 403
    sent = {"action": "confirm", "version": str(row.version), "satisfied": "yes"}
    assert client.post(where(row), sent).status_code == 403
    assert Complaint.objects.get().state == "answered"
    assert AccessRecord.objects.filter(kind="refused", action="complaint.follow").count() == 2


def test_the_code_is_read_from_the_slip_however_it_is_typed(cast: Cast) -> None:
    row, client = said(cast), Client()
    spelled = f"{row.code[:4].lower()} {row.code[4:8]}-{row.code[8:]}"
    assert client.post(FIND, {"code": spelled})["Location"] == where(row)
    wrong = client.post(FIND, {"code": "AAAA BBBB CCCC"})
    assert wrong.status_code == 422
    assert "没有这个查询码" in text(wrong)


def test_guessing_is_counted(cast: Cast) -> None:
    client = Client()
    answers = [client.get(f"/voice/complaint/{'A' * 11}B/").status_code for _ in range(CODE_ADDRESS.most + 1)]
    assert (answers[0], answers[-1]) == (404, 429)


@pytest.mark.parametrize("code", ["x", "A" * 200, "%00", "..%2f", "' OR 1=1", "ＡＡＡＡ"])
def test_what_is_no_code_is_not_looked_for(cast: Cast, code: str) -> None:
    said(cast)
    assert Client().get(f"/voice/complaint/{code}/").status_code == 404


def test_markup_stays_text(cast: Cast) -> None:
    row = said(cast, text="<img src=x onerror=alert(1)>")
    assert "<img src=x" not in text(Client().get(where(row)))


@pytest.mark.parametrize("state", sorted(COMPLAINT.states))
def test_every_state_has_its_page_in_a_fixed_number_of_queries(cast: Cast, state: str) -> None:
    row = move(cast, said(cast), "decline", "manager1", reason="不归") if state == "declined" else walked(cast, state)
    assert queries(Client(), where(row)) <= 5
    assert "None" not in text(Client().get(where(row)))


def test_the_form_costs_a_fixed_number_of_queries(cast: Cast) -> None:
    assert queries(Client(), NEW) <= 6


def test_the_ways_in(cast: Cast) -> None:
    client = Client()
    assert NEW in text(client.get("/"))
    assert f"{NEW}?item={FOOD}" in text(client.get(f"/items/{FOOD}/"))
    assert NEW in text(client.get("/voice/"))
