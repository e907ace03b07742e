"""The window panel: one press each, every refusal a sentence, and nothing of another centre."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.hall.models import EmergencyCall, Queue, Ticket, WindowSession
from onewindow.people.models import AccessRecord
from onewindow.places.models import Window
from tests.cast import COMPANY, FERTILITY, FOOD, Cast
from tests.desk.conftest import SignIn, text
from tests.desk.hallstage import OpenHall

HOME = "/desk/hall/"


def press(client: Client, verb: str, **sent: Any) -> Any:
    return client.post(f"{HOME}do/{verb}/", sent)


def said(response: Any, client: Client) -> str:
    """What the page says after a press that worked."""
    assert response.status_code == 302, text(response)[:2000]
    return text(client.get(response["Location"]))


# ---- who comes in --------------------------------------------------------------------------------------------------


def test_a_visitor_signs_in_and_an_applicant_finds_nothing(hall: OpenHall, sign_in: SignIn) -> None:
    assert Client().get(HOME)["Location"].startswith("/login/?next=")
    assert sign_in("citizen1").get(HOME).status_code == 404
    assert press(sign_in("citizen1"), "next").status_code == 404


@pytest.mark.parametrize("who", ["verifier1", "manager1", "head1", "township1"])
def test_who_has_no_window_of_a_hall_is_told_so_and_can_press_nothing(
    hall: OpenHall, sign_in: SignIn, who: str
) -> None:
    client = sign_in(who)
    assert "您的岗位没有叫号窗口" in text(client.get(HOME))
    assert press(client, "open", window=hall.window().pk).status_code == 404
    assert not WindowSession.objects.exists()


def test_the_navigation_names_it_only_where_there_is_a_hall(cast: Cast, sign_in: SignIn) -> None:
    assert HOME not in text(sign_in("clerk1").get("/desk/"))


def test_the_navigation_names_it(hall: OpenHall, sign_in: SignIn) -> None:
    assert f'href="{HOME}"' in text(sign_in("clerk1").get("/desk/"))
    assert f'href="{HOME}guide/"' in text(sign_in("clerk1").get("/desk/"))
    assert f'href="{HOME}guide/"' not in text(sign_in("examiner1").get("/desk/"))


def test_a_guide_without_case_lists_starts_at_the_guide_desk(hall: OpenHall, sign_in: SignIn) -> None:
    assert sign_in("guide1").get("/desk/")["Location"] == f"{HOME}guide/"


# ---- opening -------------------------------------------------------------------------------------------------------


def test_the_window_of_the_posting_is_proposed(hall: OpenHall, sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").get(HOME))
    assert "您的窗口" in page
    assert f'value="{hall.window().pk}" checked' in page


def test_a_window_somebody_sits_at_names_them_and_cannot_be_chosen(hall: OpenHall, sign_in: SignIn) -> None:
    hall.open("clerk2", "A01")
    client = sign_in("clerk1")
    page = text(client.get(HOME))
    assert "李窗正在这个窗口" in page
    assert f'value="{hall.window("A02").pk}" checked' in page
    response = press(client, "open", window=hall.window().pk)
    assert response.status_code == 409
    assert "李窗开着" in text(response)


def test_opening_and_closing(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert "可以叫号了" in said(press(client, "open", window=hall.window().pk), client)
    assert WindowSession.objects.get().posting.account == hall.cast.clerk1
    assert "已经关闭" in said(press(client, "close", reason="下班"), client)
    assert WindowSession.objects.get().close_reason == "下班"


def test_a_window_of_another_centre_is_refused_and_recorded(hall: OpenHall, sign_in: SignIn) -> None:
    from onewindow.hall.models import Hall

    Hall.objects.create(centre=hall.cast.township)
    other = Window.objects.create(centre=hall.cast.township, code="T01", name="综合窗口", kind="general")
    response = press(sign_in("clerk1"), "open", window=other.pk)
    assert response.status_code == 403
    assert "不是您所在中心的窗口" in text(response)
    assert AccessRecord.objects.get(kind="refused").action == "hall.open"
    assert not WindowSession.objects.exists()


@pytest.mark.parametrize("window", ["", "0", "99999999", "abc", "-1", "１２", "9" * 40, "1 OR 1=1"])
def test_a_window_that_is_none(hall: OpenHall, sign_in: SignIn, window: str) -> None:
    response = press(sign_in("clerk1"), "open", window=window)
    assert response.status_code in {404, 422}
    assert "data-hall-problem" in text(response)


@pytest.mark.parametrize("verb", ["next", "recall", "miss", "start", "hold", "finish", "transfer", "resume", "call"])
def test_nothing_can_be_pressed_before_the_window_is_open(hall: OpenHall, sign_in: SignIn, verb: str) -> None:
    response = press(sign_in("clerk1"), verb)
    assert response.status_code == 409
    assert "您还没有打开窗口" in text(response)


def test_a_verb_that_is_none(hall: OpenHall, sign_in: SignIn) -> None:
    assert press(sign_in("clerk1"), "explode").status_code == 404
    assert sign_in("clerk1").get(f"{HOME}do/next/").status_code == 405


# ---- calling -------------------------------------------------------------------------------------------------------


def test_a_whole_visit_by_the_buttons(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take(FERTILITY, visitor={"name": "王小明", "phone": "19900001234"})
    client = sign_in("clerk1")
    press(client, "open", window=hall.window().pk)
    page = text(client.get(HOME))
    assert f"{ticket.number} 是下一位" in page
    assert "王**" in page or "王*" in page
    assert "王小明" not in page
    assert f"请 {ticket.number} 到 A01" in said(press(client, "next", key="a" * 32), client)
    assert f"再叫了一次 {ticket.number}" in said(press(client, "recall", ticket=ticket.code), client)
    assert "开始给" in said(press(client, "start", ticket=ticket.code), client)
    hall.later(7)
    assert "7 分钟" in text(client.get(HOME))
    assert f"{ticket.number} 已办完" in said(press(client, "finish", ticket=ticket.code), client)
    ticket.refresh_from_db()
    assert ticket.state == "finished"
    assert "您今天办完 1 位，平均 7 分钟" in text(client.get(HOME))


def test_the_next_one_finishes_who_is_served(hall: OpenHall, sign_in: SignIn) -> None:
    one, two = hall.take(), hall.take()
    hall.open()
    hall.call()
    hall.start()
    client = sign_in("clerk1")
    page = said(press(client, "next", ticket=one.code, key="b" * 32), client)
    assert f"{one.number} 已办完。请 {two.number} 到 A01。" in page
    two.refresh_from_db()
    assert two.state == "called"


def test_pressed_twice_it_is_done_once(hall: OpenHall, sign_in: SignIn) -> None:
    for _ in range(3):
        hall.take()
    hall.open()
    client = sign_in("clerk1")
    for _ in range(2):
        press(client, "next", key="c" * 32)
    assert Ticket.objects.filter(state="called").count() == 1
    first = Ticket.objects.get(state="called")
    hall.start()
    for _ in range(2):
        press(client, "next", ticket=first.code, key="d" * 32)
    assert Ticket.objects.filter(state="finished").count() == 1
    assert Ticket.objects.filter(state="called").count() == 1


def test_somebody_called_and_not_there_is_not_passed_over(hall: OpenHall, sign_in: SignIn) -> None:
    first = hall.take()
    hall.take()
    hall.open()
    hall.call()
    response = press(sign_in("clerk1"), "next", ticket=first.code)
    assert response.status_code == 409
    assert f"{first.number} 还在叫号" in text(response)


def test_a_button_for_the_last_visitor_does_nothing_to_this_one(hall: OpenHall, sign_in: SignIn) -> None:
    one, two = hall.take(), hall.take()
    hall.open()
    hall.call()
    hall.start()
    client = sign_in("clerk1")
    press(client, "next", ticket=one.code, key="e" * 32)
    press(client, "start", ticket=two.code)
    response = press(client, "finish", ticket=one.code)
    assert response.status_code == 409
    assert "刚才那一下是对上一位按的" in text(response)
    two.refresh_from_db()
    assert two.state == "serving"


def test_nobody_waits(hall: OpenHall, sign_in: SignIn) -> None:
    hall.open()
    client = sign_in("clerk1")
    assert "现在没有人等候" in said(press(client, "next"), client)


def test_missed_called_back_and_back_in_line(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    hall.open()
    hall.call()
    client = sign_in("clerk1")
    assert "已过号" in said(press(client, "miss", ticket=ticket.code), client)
    assert "叫回来" in text(client.get(HOME))
    assert "重新排队了" in said(press(client, "return", ticket=ticket.code), client)
    hall.call()
    hall.start()
    ticket.refresh_from_db()
    assert ticket.state == "serving"


def test_a_missed_visitor_is_called_back_directly(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    hall.open()
    hall.call()
    client = sign_in("clerk1")
    press(client, "miss", ticket=ticket.code)
    assert f"请 {ticket.number} 到 A01" in said(press(client, "call", ticket=ticket.code), client)


def test_on_hold_the_window_is_free_and_they_come_back(hall: OpenHall, sign_in: SignIn) -> None:
    one, two = hall.take(), hall.take()
    hall.open()
    hall.call()
    hall.start()
    client = sign_in("clerk1")
    assert "已暂存" in said(press(client, "hold", ticket=one.code, reason="去复印"), client)
    page = said(press(client, "next", key="f" * 32), client)
    assert two.number in page
    assert "接着办" in page
    response = press(client, "resume", ticket=one.code)
    assert response.status_code == 409
    press(client, "start", ticket=two.code)
    press(client, "finish", ticket=two.code)
    assert f"继续给 {one.number}" in said(press(client, "resume", ticket=one.code), client)


def test_to_another_line_with_the_place_kept(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    hall.open()
    hall.call()
    client = sign_in("clerk1")
    target = hall.stage.lines["C"]
    response = press(client, "transfer", ticket=ticket.code, queue=target.pk, reason="")
    assert response.status_code == 422
    assert "请写明为什么转号" in text(response)
    assert "已转到「咨询」" in said(
        press(client, "transfer", ticket=ticket.code, queue=target.pk, reason="先要咨询"), client
    )
    moved = Ticket.objects.get(pk=ticket.pk)
    assert (moved.queue_id, moved.place_at, moved.state) == (target.pk, ticket.place_at, "waiting")


@pytest.mark.parametrize("queue", ["", "0", "x", "99999999", "-3", "1e3", "١"])
def test_a_line_that_is_none(hall: OpenHall, sign_in: SignIn, queue: str) -> None:
    ticket = hall.take()
    hall.open()
    hall.call()
    response = press(sign_in("clerk1"), "transfer", ticket=ticket.code, queue=queue, reason="转")
    assert response.status_code in {404, 422}
    ticket.refresh_from_db()
    assert ticket.state == "called"


def test_a_line_of_another_centre_is_none_here(hall: OpenHall, sign_in: SignIn) -> None:
    other = Queue.objects.create(centre=hall.cast.township, letter="A", name="乡镇", kind="general")
    ticket = hall.take()
    hall.open()
    hall.call()
    response = press(sign_in("clerk1"), "transfer", ticket=ticket.code, queue=other.pk, reason="转")
    assert response.status_code == 404


def test_a_ticket_of_another_hall_cannot_be_called(hall: OpenHall, sign_in: SignIn) -> None:
    hall.open()
    client = sign_in("clerk1")
    for code in ("x", "", "../../etc", "a" * 500, "一号"):
        response = press(client, "call", ticket=code)
        assert response.status_code == 404
        assert "没有找到这个号" in text(response)


def test_paused_it_calls_nobody_until_it_goes_on(hall: OpenHall, sign_in: SignIn) -> None:
    hall.take()
    hall.open()
    client = sign_in("clerk1")
    assert press(client, "pause", reason=" ").status_code == 422
    assert "已暂停叫号：吃饭" in said(press(client, "pause", reason="吃饭"), client)
    response = press(client, "next")
    assert response.status_code == 409
    assert "吃饭" in text(response)
    assert "继续叫号" in said(press(client, "go-on"), client)
    press(client, "next")
    assert Ticket.objects.get().state == "called"


def test_closing_is_refused_while_somebody_is_there(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take()
    hall.open()
    hall.call()
    response = press(sign_in("clerk1"), "close")
    assert response.status_code == 409
    assert ticket.number in text(response)


def test_the_line_gives_its_reasons(hall: OpenHall, sign_in: SignIn) -> None:
    long = hall.take()
    hall.later(25)
    plain = hall.take()
    hall.later(1)
    old = hall.take(priority="elderly", priority_note="看过身份证")
    hall.open()
    page = text(sign_in("clerk1").get(HOME))
    assert page.index(long.number) < page.index(old.number) < page.index(f">{plain.number}<")
    assert "等得久了，不再让别人先" in page
    assert "看过身份证，提前 15 分钟" in page


def test_the_line_is_in_the_order_of_the_call(hall: OpenHall, sign_in: SignIn) -> None:
    import re

    for n in range(6):
        hall.take(priority="elderly" if n in {2, 5} else "", priority_note="老人" if n in {2, 5} else "")
        hall.later(3)
    hall.open()
    client = sign_in("clerk1")
    shown = re.findall(r'<b class="dh-ticket">(\w+)</b>', text(client.get(HOME)))
    called = []
    for n in range(6):
        ticket = hall.call()
        called.append(ticket.number)
        press(client, "start", ticket=ticket.code)
        press(client, "finish", ticket=ticket.code, key=f"{n}" * 32)
    assert shown == called


def test_help_is_called_answered_and_settled(hall: OpenHall, sign_in: SignIn) -> None:
    hall.open()
    client = sign_in("clerk1")
    assert "紧急呼叫（急病）已经发出" in said(press(client, "emergency", kind="medical"), client)
    call = EmergencyCall.objects.get()
    assert call.window == hall.window()
    colleague = sign_in("clerk2")
    assert "陈窗" in text(colleague.get(HOME))
    press(colleague, "answer", call=call.pk)
    assert press(colleague, "settle", call=call.pk, outcome="").status_code == 422
    press(colleague, "settle", call=call.pk, outcome="120 已接走")
    call.refresh_from_db()
    assert (call.answered_by, call.outcome) == (hall.cast.clerk2, "120 已接走")
    assert "120" not in text(client.get(HOME))


@pytest.mark.parametrize("kind", ["", "fire'", "x" * 300])
def test_help_of_no_kind(hall: OpenHall, sign_in: SignIn, kind: str) -> None:
    assert press(sign_in("clerk1"), "emergency", kind=kind).status_code == 422
    assert not EmergencyCall.objects.exists()


def test_words_from_a_visitor_are_only_words(hall: OpenHall, sign_in: SignIn) -> None:
    hall.take(purpose="<script>alert(1)</script>", priority="disabled", priority_note="<b>拐杖</b>")
    hall.open()
    page = text(sign_in("clerk1").get(HOME))
    assert "<script>alert" not in page
    assert "&lt;b&gt;拐杖" in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/desk/", "/login/", "javascript:1", "\\\\e"])
def test_a_press_leads_nowhere_else(hall: OpenHall, sign_in: SignIn, back: str) -> None:
    hall.open()
    response = press(sign_in("clerk1"), "pause", reason="喝水", back=back)
    assert response["Location"] == HOME


# ---- the bar -------------------------------------------------------------------------------------------------------


def test_the_bar_is_on_every_page_while_the_window_is_open(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert "dh-bar" not in text(client.get("/desk/"))
    hall.open()
    assert "窗口没有访客" in text(client.get("/desk/"))
    ticket = hall.take(COMPANY)
    hall.call()
    page = text(client.get("/desk/intake/"))
    assert ticket.number in page
    assert 'data-hall-key="F8"' in page
    hall.start()
    hall.later(12)
    page = text(client.get("/desk/search/?q=食品"))
    assert "12 分钟" in page
    assert hall.cast.items[COMPANY].name in page
    assert 'data-hall-key="F9"' in page
    done = press(client, "finish", ticket=ticket.code, back="/desk/search/?q=1")
    assert done["Location"] == "/desk/search/?q=1"
    assert "dh-bar" not in text(sign_in("clerk2").get("/desk/"))


def _cost(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return sum("clocks_calendar" not in query["sql"] for query in seen.captured_queries)


def test_the_bar_costs_one_query(cast: Cast, sign_in: SignIn, request: pytest.FixtureRequest) -> None:
    client = sign_in("clerk1")
    before = _cost(client, "/desk/intake/")
    hall: OpenHall = request.getfixturevalue("hall")
    client = sign_in("clerk1")
    assert _cost(client, "/desk/intake/") == before + 1
    hall.take(FOOD)
    hall.open()
    hall.call()
    hall.start()
    assert _cost(client, "/desk/intake/") == before + 1
    assert _cost(sign_in("verifier1"), "/desk/search/") == _cost(sign_in("head1"), "/desk/search/")


def test_the_panel_costs_a_fixed_number(hall: OpenHall, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert _cost(client, HOME) <= 12
    hall.open()
    for n in range(3):
        hall.take(FOOD, visitor={"name": f"来宾{n}", "phone": f"1990000000{n}"})
    hall.call()
    few = _cost(client, HOME)
    for n in range(20):
        hall.take(FOOD, COMPANY, visitor={"name": f"来宾{n}", "phone": f"199000001{n:02}"})
    assert _cost(client, HOME) == few
    assert few <= 16
