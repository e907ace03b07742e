"""Three touches to a ticket, and a clear page wherever there is none to have."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.faces.kiosk.directory import directory
from onewindow.hall.models import DayHours, Hall, Queue, Ticket
from onewindow.hall.queues import hall_map
from onewindow.places.models import Centre, Department, Division
from tests.cast import COMPANY, FERTILITY, FOOD, RENEWAL
from tests.hall.stage import Stage
from tests.kiosk.hall import KIOSK, at, confirm, key_of, take, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def kiosk() -> Client:
    return Client()


def test_three_touches_to_a_ticket(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        start = kiosk.get(KIOSK).content.decode()
        assert f'href="{KIOSK}items/"' in start
        chosen = kiosk.get(f"{KIOSK}items/").content.decode()
        assert f'href="{KIOSK}confirm/?kind=general&amp;item={FOOD}"' in chosen
        shown = take(kiosk, item=[FOOD])
    ticket = Ticket.objects.get()
    assert (ticket.number, ticket.source, ticket.priority) == ("A001", "kiosk", "")
    assert "A001" in text(shown)
    assert "手机扫一扫" in text(shown)
    assert "<svg" in shown.content.decode()


def test_not_knowing_the_item_is_no_hindrance(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        take(kiosk)
    assert list(Ticket.objects.get().items) == []


def test_asking_needs_two_touches(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        assert f'href="{KIOSK}confirm/?kind=consulting"' in kiosk.get(KIOSK).content.decode()
        take(kiosk, kind="consulting")
    assert Ticket.objects.get().number == "C001"


def test_several_items_make_one_visit(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        page = confirm(kiosk, f"item={FOOD}&item={FERTILITY}")
        assert f'href="{KIOSK}confirm/?kind=general&amp;item={FERTILITY}"' in page.content.decode()
        take(kiosk, item=[FOOD, FERTILITY])
    assert Ticket.objects.get().lines.count() == 2


def test_the_last_page_says_how_long_and_what_to_have_ready(stage: Stage, kiosk: Client) -> None:
    for minute in range(4):
        stage.visit(f"9:0{minute}")
    with at(stage, "9:30"):
        page = text(confirm(kiosk, f"item={FOOD}"))
    assert "前面 4 人在等" in page
    assert "分钟" in page
    assert "请确认带了" in page


def test_a_priority_is_said_by_the_visitor_themselves(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        shown = take(kiosk, priority="elderly")
    assert Ticket.objects.get().priority == "elderly"
    assert "60 岁以上老年人" in text(shown)


@pytest.mark.parametrize("priority", ["green", "appointment", "vip", "\0"])
def test_no_other_priority_can_be_taken(stage: Stage, kiosk: Client, priority: str) -> None:
    with at(stage, "9:30"):
        response = take(kiosk, priority=priority)
    assert response.status_code == 422
    assert "导办台" in text(response)
    assert not Ticket.objects.exists()


def test_where_priorities_are_given_by_staff_nobody_is_asked(stage: Stage, kiosk: Client) -> None:
    Hall.objects.update(rules={"self_declared": False})
    with at(stage, "9:30"):
        assert "需要照顾吗" not in text(confirm(kiosk))


# ---- no ticket here and now ---------------------------------------------------------------------------------------


def test_a_closed_hall_says_when_it_opens_and_what_else_one_can_do(stage: Stage, kiosk: Client) -> None:
    with at(stage, "18:00"):
        page = text(kiosk.get(KIOSK))
        assert "现在不能取号" in page
        assert "11月24日 9:00" in page
        assert "预约别的时间" in page
        assert "导办台" in page
        refused = confirm(kiosk, f"item={FOOD}")
        assert "网上办" in text(refused)
    assert "今天 9:00" not in page


def test_a_closed_day_says_why(stage: Stage, kiosk: Client) -> None:
    DayHours.objects.create(centre=stage.cast.centre, day=stage.day, periods=[], reason="系统升级")
    with at(stage, "10:00"):
        assert "系统升级" in text(kiosk.get(KIOSK))


def test_an_unknown_centre_is_told_which_halls_there_are(stage: Stage, kiosk: Client) -> None:
    for key in ("nowhere", "%00", "x" * 300, "<script>"):
        response = kiosk.get(f"/kiosk/{key}/")
        assert response.status_code == 404
        assert "没有这个大厅" in text(response)
        assert "桃江县政务服务中心" in text(response)
        assert "<script>" not in response.content.decode().split("<main")[1]


def test_a_centre_without_a_hall_gives_no_tickets(stage: Stage, kiosk: Client) -> None:
    response = kiosk.get("/kiosk/taohuajiang/")
    assert response.status_code == 404
    assert "还没有开通大厅取号" in text(response)


def _elsewhere(stage: Stage) -> None:
    """The food licence belongs to another county now."""
    Division.objects.create(code="430903", name="赫山区", level="county", parent_id="4309")
    body = {"name": "赫山区市场监督管理局", "short_name": "市监", "kind": "administrative"}
    other = Department.objects.create(code="1" * 18, division_id="430903", **body)
    hall = {"name": "赫山区政务服务中心", "kind": "service_centre", "address": "赫山路2号", "phone": "0737-1"}
    Centre.objects.create(key="heshan", division_id="430903", profile_id="hunan", **hall)
    stage.cast.items[FOOD].department = other
    stage.cast.items[FOOD].save()


def test_an_item_of_another_place_says_where(stage: Stage, kiosk: Client) -> None:
    _elsewhere(stage)
    with at(stage, "9:30"):
        listed = text(kiosk.get(f"{KIOSK}items/?q=开饭店"))
        response = confirm(kiosk, f"item={FOOD}")
    assert "这里不办，看看去哪里" in listed
    assert response.status_code == 409
    assert "赫山区政务服务中心" in text(response)
    assert "赫山路2号" in text(response)


# ---- finding an item ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["kfd", "kaifandian", "开饭店", "食品经营", "KFD"])
def test_an_item_is_found_by_letters_and_by_words(stage: Stage, kiosk: Client, typed: str) -> None:
    with at(stage, "9:30"):
        page = kiosk.get(f"{KIOSK}items/", {"q": typed}).content.decode()
    assert f"item={FOOD}" in page


def test_the_keys_work_without_a_script(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        assert 'value="KF"' in kiosk.get(f"{KIOSK}items/?q=K&key=F").content.decode()
        assert 'name="q" value="K"' in kiosk.get(f"{KIOSK}items/?q=KF&key=back").content.decode()
        assert 'name="q" value=""' in kiosk.get(f"{KIOSK}items/?q=KF&key=clear").content.decode()
        assert 'name="q" value="K"' in kiosk.get(f"{KIOSK}items/?q=K&key=<b>").content.decode()


def test_what_is_taken_most_stands_first(stage: Stage, kiosk: Client) -> None:
    for _ in range(3):
        stage.visit("9:05", called="9:06", started="9:06", ended="9:10", items=[RENEWAL])
    stage.visit("9:10", called="9:12", started="9:12", ended="9:20", items=[FERTILITY])
    with at(stage, "9:30"):
        here = [entry.key for entry in directory(hall_map(stage.centre)).here]
    assert here[:2] == [RENEWAL, FERTILITY]
    assert set(here) >= {COMPANY, FOOD}


def test_departments_show_their_items(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        assert "市监" in text(kiosk.get(f"{KIOSK}items/?by=department"))
        page = kiosk.get(f"{KIOSK}items/?department={stage.cast.health.pk}").content.decode()
    assert f"item={FERTILITY}" in page
    assert f"item={FOOD}" not in page


def test_nothing_found_still_leads_on(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        page = text(kiosk.get(f"{KIOSK}items/?q=qqqq"))
    assert "没有找到" in page
    assert "不确定，直接取号" in page


# ---- twice, and too often -----------------------------------------------------------------------------------------


def test_the_same_form_twice_is_one_ticket(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        key = key_of(confirm(kiosk))
        sent = {"key": key, "kind": "general"}
        first, second = (kiosk.post(f"{KIOSK}take/", sent)["Location"] for _ in range(2))
    assert first == second
    assert Ticket.objects.count() == 1


def test_sending_needs_the_token_of_the_page(stage: Stage) -> None:
    strict = Client(enforce_csrf_checks=True)
    with at(stage, "9:30"):
        for path in ("take/", "mode/", "appointment/", "appointment/check-in/"):
            assert strict.post(f"{KIOSK}{path}", {}).status_code == 403, path
    assert not Ticket.objects.exists()


def test_a_machine_gone_wild_is_stopped(stage: Stage, kiosk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from onewindow.faces.kiosk.views import taking
    from onewindow.faces.portal.throttle import Limit

    monkeypatch.setattr(taking, "TAKE", Limit("kiosk-take", 2, 15))
    with at(stage, "9:30"):
        for _ in range(2):
            take(kiosk)
        response = take(kiosk)
    assert response.status_code == 429
    assert "导办台" in text(response)
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize(
    "query",
    [
        "kind=%00",
        "kind=<b>",
        "kind=nothing",
        "kind=hand_out",
        "item=%00",
        "item=../etc",
        "item=no-such-item",
        "item=" + "x" * 5000,
        "&".join(f"item=a{n}" for n in range(40)),
    ],
)
def test_hostile_choices_get_a_clear_answer(stage: Stage, kiosk: Client, query: str) -> None:
    with at(stage, "9:30"):
        for answer in (confirm(kiosk, query), kiosk.post(f"{KIOSK}take/?{query}", {"key": "x"})):
            assert answer.status_code == 422
            assert "没有取到号" in text(answer)
            assert "导办台" in text(answer)


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=" + "x" * 9000, "q=%25_%27", "page=-1", "page=99999999999", "page=٣", "department=9" * 30, "key=AB"],
)
def test_hostile_searches_show_a_list(stage: Stage, kiosk: Client, query: str) -> None:
    with at(stage, "9:30"):
        assert kiosk.get(f"{KIOSK}items/?{query}").status_code == 200


def test_a_made_up_form_takes_nothing(stage: Stage, kiosk: Client) -> None:
    with at(stage, "9:30"):
        for key in ("", "short", "x" * 500, "a\0" * 10, "../../../../../../.."):
            response = kiosk.post(f"{KIOSK}take/", {"key": key})
            assert response.status_code == 422
            assert "从头再来" in text(response)
    assert not Ticket.objects.exists()


def test_a_line_that_nobody_serves_is_shown_shut(stage: Stage, kiosk: Client) -> None:
    Queue.objects.create(centre=stage.cast.centre, letter="Q", name="统一出件", kind="hand_out")
    with at(stage, "9:30"):
        assert "不再放号" in text(kiosk.get(KIOSK))
