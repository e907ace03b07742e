"""The settings of a hall: hours with their history, single days, lines, who takes what, closures, rules, machines."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.exchange.models import OutboxMessage
from onewindow.faces.manage.hall.hours import read_periods
from onewindow.faces.manage.hall.rules import PRIORITIES, RULES
from onewindow.hall import opening
from onewindow.hall.models import Appointment, DayHours, Hall, Queue, Terminal, WeeklyHours, WindowClosure
from onewindow.hall.rules import DEFAULTS, HallRules
from onewindow.people.models import ChangeRecord
from onewindow.places.models import Centre, Window
from tests.cast import FERTILITY, FOOD, Cast
from tests.manage.conftest import Browse, Elsewhere, check, errors_in, save, seen_in
from tests.portal.halls import Place, open_hall

pytestmark = pytest.mark.django_db

BASE = "/manage/hall/taojiang/"
PAGES = ("settings/", "hours/", "queues/", "windows/", "rules/", "terminals/")
FORMS = (
    "hours/edit/",
    "days/new/",
    "queues/new/",
    "queues/{queue}/",
    "windows/{window}/items/",
    "windows/{window}/closures/new/",
    "people/{posting}/items/",
    "rules/edit/",
    "notice/",
    "terminals/new/",
    "terminals/new/screen/",
)


@pytest.fixture
def place(cast: Cast) -> Place:
    return open_hall(cast)


def tomorrow(days: int = 1) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def week(first: dt.date, regular: str = "9:00—12:00，13:00—17:00", **more: str) -> dict[str, str]:
    data = {f"regular_{n}": regular for n in range(5)} | {"valid_from": first.isoformat(), "valid_until": ""}
    return {**data, **more}


def rules(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {name: getattr(DEFAULTS, name) for name in RULES}
    data["walk_in_share"] = 50
    ticked = {name: "on" for name, value in data.items() if value is True}
    data = {name: value for name, value in data.items() if not isinstance(value, bool)} | ticked
    return {**data, **{f"advance_{one}": DEFAULTS.advance[one] for one in PRIORITIES}, **changes}


def addresses(place: Place, cast: Cast) -> list[str]:
    known = {
        "queue": Queue.objects.get(letter="A").pk,
        "window": Window.objects.get(code="A01").pk,
        "posting": cast.posting("clerk1").pk,
    }
    return [BASE + form.format(**known) for form in FORMS]


# ---- who ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk1", "examiner1", "chief1", "guide1", "editor1", "township1"])
def test_nobody_else_finds_anything_here(browse: Browse, place: Place, cast: Cast, who: str) -> None:
    client = browse(who)
    for url in [*(BASE + page for page in PAGES), *addresses(place, cast)]:
        assert client.get(url).status_code == 404, url


def test_applicants_and_strangers_find_nothing(browse: Browse, place: Place, cast: Cast) -> None:
    from django.test import Client

    for url in [*(BASE + page for page in PAGES), *addresses(place, cast)]:
        assert browse("citizen1").get(url).status_code == 404, url
        assert Client().get(url).status_code == 302, url


def test_a_supervisor_reads_and_changes_nothing(browse: Browse, place: Place, cast: Cast) -> None:
    client = browse("supervisor1")
    for page in PAGES:
        shown = client.get(BASE + page)
        assert shown.status_code == 200, page
        assert not re.search(
            r'href="/manage/hall/taojiang/[^"]*(new|edit|clear|remove|revoke)/', shown.content.decode()
        )
    for url in addresses(place, cast):
        assert client.get(url).status_code == 404, url
        assert client.post(url, {"step": "save"}).status_code == 404, url


def test_a_manager_finds_every_page_and_form(browse: Browse, place: Place, cast: Cast) -> None:
    for url in [*(BASE + page for page in PAGES), *addresses(place, cast)]:
        assert browse("manager1").get(url).status_code == 200, url


def test_the_hall_of_another_county_does_not_exist(browse: Browse, elsewhere: Elsewhere, place: Place) -> None:
    Hall.objects.create(centre=elsewhere.centre)
    for page in PAGES:
        assert browse("manager1").get(f"/manage/hall/nanxian/{page}").status_code == 404
        assert browse("admin").get(f"/manage/hall/nanxian/{page}").status_code == 200
    assert browse("manager1").get("/manage/hall/nowhere/hours/").status_code == 404


def test_rows_of_another_hall_are_not_found_under_this_one(browse: Browse, place: Place, cast: Cast) -> None:
    other = open_hall(cast, cast.township)
    queue, window = Queue.objects.get(centre=other.centre, letter="A"), other.centre.windows.first()
    client = browse("manager1")
    assert window is not None
    assert client.get(f"{BASE}queues/{queue.pk}/").status_code == 404
    assert client.get(f"{BASE}windows/{window.pk}/items/").status_code == 404
    assert client.get(f"{BASE}windows/{window.pk}/closures/new/").status_code == 404
    assert client.get(f"{BASE}people/{cast.posting('township1').pk}/items/").status_code == 404


# ---- hours --------------------------------------------------------------------------------------------------------


def test_the_week_changes_from_a_day_on_and_the_old_promise_stays(browse: Browse, place: Place) -> None:
    day = next(
        day for n in range(1, 15) if (day := tomorrow(n)).weekday() < 5 and opening.opening(place.centre.pk, day)
    )
    client = browse("manager1")
    data = week(tomorrow(), "8:30－12:00, 14:00~17:30", extended_5="9：00至12：00")
    shown = check(client, f"{BASE}hours/edit/", data).content.decode()
    assert "8:30—12:00，14:00—17:30</ins>" in shown
    assert "星期六" in shown
    said = timezone.now()
    save(client, f"{BASE}hours/edit/", data)
    page = client.get(f"{BASE}hours/").content.decode()
    assert "8:30—12:00，14:00—17:30" in page
    assert WeeklyHours.objects.filter(ended_at__isnull=False).count() == 14
    assert opening.plan(place.centre.pk, said).weekly != opening.plan(place.centre.pk).weekly
    yesterday = tomorrow(-1).isoformat()
    WeeklyHours.objects.filter(ended_at__isnull=False).update(said_at=timezone.now() - dt.timedelta(days=3))
    asked = client.get(f"{BASE}hours/?day={day.isoformat()}&said={yesterday}").content.decode()
    assert "9:00–12:00，13:00–17:00" in asked.partition("说的是：")[2][:80]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"regular_0": "9点"}, "看不明白"),
        ({"regular_0": "9:00—12:00 随便"}, "看不明白"),
        ({"regular_0": "9:00—25:00"}, "没有这个时刻"),
        ({"regular_0": "12:00—9:00"}, "结束时间要晚于开始时间"),
        ({"regular_2": "9:00—12:00，11:00—13:00"}, "重叠"),
        ({"extended_3": "16:00—18:00"}, "重叠"),
        ({"valid_from": "2020-01-01"}, "今天或以后"),
        ({"valid_from": ""}, "请填写从哪一天起"),
        ({"valid_from": "x"}, "要写成日期"),
        ({"valid_until": "2020-01-01"}, "早于开始"),
        ({f"regular_{n}": "" for n in range(5)}, "至少要有一天"),
        ({"regular_1": "9:00\x0012:00"}, "星期二"),
    ],
)
def test_wrong_hours_are_explained_beside_the_line(
    browse: Browse, place: Place, changes: dict[str, str], words: str
) -> None:
    response = check(browse("manager1"), f"{BASE}hours/edit/", week(tomorrow(), **changes))
    assert response.status_code in {422, 409}
    assert words in response.content.decode()
    assert not ChangeRecord.objects.exists()


def test_an_overlap_names_both_stretches_on_the_line_where_it_was_typed(browse: Browse, place: Place) -> None:
    response = check(browse("manager1"), f"{BASE}hours/edit/", week(tomorrow(), regular_2="9:00—12:00，11:00—13:00"))
    assert "星期三的 9:00–12:00 和 11:00–13:00 重叠了" in errors_in(response)
    assert (
        'aria-invalid="true"'
        in response.content.decode().partition('id="id_regular_2"')[0][-300:]
        + (response.content.decode().partition('id="id_regular_2"')[2][:300])
    )


def test_two_people_changing_the_week_at_once_do_not_overwrite_each_other(browse: Browse, place: Place) -> None:
    client, url = browse("manager1"), f"{BASE}hours/edit/"
    seen = seen_in(client.get(url))
    save(browse("admin"), url, week(timezone.localdate(), "8:00—12:00"))
    answer = client.post(url, {**week(tomorrow(), "7:00—12:00"), "step": "save", "seen": seen})
    assert answer.status_code == 412
    assert "有别人改过" in answer.content.decode()


def test_closing_a_day_says_before_how_many_people_will_be_told(browse: Browse, place: Place) -> None:
    booked = [place.book(), place.book(phone="19911110000", name="周")]
    day = booked[0].day
    client = browse("manager1")
    assert f"{len(booked)} 人" in client.get(f"{BASE}hours/").content.decode()
    data = {"day": day.isoformat(), "mode": "closed", "reason": "停电检修"}
    shown = check(client, f"{BASE}days/new/", data).content.decode()
    assert "有 2 个人约的时间不能办了" in shown
    assert "不办公" in shown
    assert Appointment.objects.filter(state="booked").count() == 2, "nothing is done before it is confirmed"
    assert not DayHours.objects.exists()
    save(client, f"{BASE}days/new/", data)
    assert Appointment.objects.filter(state="displaced").count() == 2
    assert OutboxMessage.objects.filter(topic="hall.displaced").count() == 2
    page = client.get(f"{BASE}hours/").content.decode()
    assert "停电检修" in page
    save(client, f"{BASE}days/{day.isoformat()}/clear/", {})
    assert not DayHours.objects.filter(ended_at__isnull=True).exists()
    assert client.get(f"{BASE}days/{day.isoformat()}/clear/").status_code == 404


def test_other_hours_on_a_day(browse: Browse, place: Place) -> None:
    data = {
        "day": tomorrow().isoformat(),
        "mode": "hours",
        "periods": "9:00-11:30",
        "extended": "18:00-20:00",
        "reason": "赶集日",
    }
    save(browse("manager1"), f"{BASE}days/new/", data)
    assert opening.words(place.centre.pk, tomorrow()) == "9:00–11:30；延时 18:00–20:00"
    again = browse("manager1").get(f"{BASE}days/new/?day={tomorrow().isoformat()}").content.decode()
    assert 'value="9:00—11:30"' in again


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": "2020-01-01"}, "今天到三年以内"),
        ({"day": "9999-12-31"}, "今天到三年以内"),
        ({"day": ""}, "请填写哪一天"),
        ({"mode": "maybe"}, "没有您选的这一项"),
        ({"mode": "hours"}, "请填写办公时间"),
        ({"mode": "hours", "periods": "9:00-8:00"}, "要晚于"),
        ({"reason": ""}, "请填写原因"),
        ({"reason": "好" * 101}, "太长了"),
        ({"reason": "停\u202e电"}, "隐藏字符"),
    ],
)
def test_a_wrong_day_is_explained(browse: Browse, place: Place, changes: dict[str, str], words: str) -> None:
    data = {"day": tomorrow().isoformat(), "mode": "closed", "reason": "停电检修", **changes}
    response = check(browse("manager1"), f"{BASE}days/new/", data)
    assert response.status_code == 422
    assert words in response.content.decode()


@pytest.mark.parametrize("query", ["day=x", "day=9999-12-31&said=x", "said=0001-01-01", "day=%00", "day=2026-02-30"])
def test_a_hostile_question_about_the_past_is_harmless(browse: Browse, place: Place, query: str) -> None:
    assert browse("manager1").get(f"{BASE}hours/?{query}").status_code == 200
    assert browse("manager1").get(f"{BASE}days/new/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("9:00—12:00，13:00—17:00", [("9:00", "12:00"), ("13:00", "17:00")]),
        ("9：00 至 12：00 和 13:00~17:00", [("9：00", "12：00"), ("13:00", "17:00")]),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, pairs: list[tuple[str, str]]) -> None:
    assert read_periods(text) == pairs


# ---- lines and windows --------------------------------------------------------------------------------------------


def test_a_line_is_added_changed_and_explained(browse: Browse, place: Place, cast: Cast) -> None:
    client = browse("manager1")
    data = {
        "letter": "b",
        "name": "卫健",
        "kind": "general",
        "departments": [cast.health.pk],
        "is_active": "on",
        "takes_appointments": "on",
    }
    save(client, f"{BASE}queues/new/", data)
    queue = Queue.objects.get(letter="B")
    assert list(queue.departments.all()) == [cast.health]
    shown = check(client, f"{BASE}queues/{queue.pk}/", {**data, "name": "卫生"}).content.decode()
    assert "卫生</ins>" in shown
    again = check(client, f"{BASE}queues/new/", {**data, "letter": "A"})
    assert "已经有队伍在用" in errors_in(again)
    both = check(client, f"{BASE}queues/new/", {**data, "letter": "D"})
    assert "已经在队伍" in errors_in(both)
    page = client.get(f"{BASE}queues/").content.decode()
    assert "卫健" in page
    assert "A01" in page


def test_a_line_with_bookings_cannot_be_switched_off(browse: Browse, place: Place) -> None:
    place.book()
    queue = Queue.objects.get(letter="A")
    response = check(browse("manager1"), f"{BASE}queues/{queue.pk}/", {"name": "综合", "kind": "general"})
    assert response.status_code == 409
    assert "1 位已经预约" in errors_in(response)


def test_what_a_window_takes_by_exception(browse: Browse, place: Place, cast: Cast) -> None:
    window = Window.objects.get(code="A01")
    window.mode = "field"
    window.save()
    window.departments.add(cast.market)
    url = f"{BASE}windows/{window.pk}/items/"
    shown = check(browse("manager1"), url, {"less": [FOOD], "more": [FERTILITY]}).content.decode()
    assert cast.items[FOOD].name in shown
    save(browse("manager1"), url, {"less": [FOOD], "more": [FERTILITY]})
    assert dict(window.item_exceptions.values_list("item__key", "takes")) == {FOOD: False, FERTILITY: True}
    assert "不办 1 项" in browse("manager1").get(f"{BASE}windows/").content.decode()
    assert cast.items[FERTILITY].name in browse("manager1").get("/manage/changes/").content.decode()
    wrong = check(browse("manager1"), url, {"less": ["nothing", FERTILITY]})
    assert wrong.status_code == 422


def test_what_a_person_cannot_take_yet(browse: Browse, place: Place, cast: Cast) -> None:
    posting = cast.posting("clerk1")
    save(browse("manager1"), f"{BASE}people/{posting.pk}/items/", {"items": [FOOD]})
    assert list(posting.item_exceptions.values_list("item__key", flat=True)) == [FOOD]
    assert "1 项还不能办" in browse("manager1").get(f"{BASE}windows/").content.decode()


def test_a_window_is_planned_to_be_shut_and_opened_again(browse: Browse, place: Place) -> None:
    booked = place.book()
    window = Window.objects.get(code="A01")
    day = booked.day.isoformat()
    data = {"starts_at": f"{day}T00:00", "ends_at": f"{day}T23:59", "reason": "设备检修"}
    url = f"{BASE}windows/{window.pk}/closures/new/"
    assert "有 1 个人约的时间不能办了" in check(browse("manager1"), url, data).content.decode()
    save(browse("manager1"), url, data)
    closure = WindowClosure.objects.get()
    assert timezone.localtime(closure.starts_at).hour == 0
    assert "设备检修" in browse("manager1").get(f"{BASE}windows/").content.decode()
    save(browse("manager1"), f"{BASE}closures/{closure.pk}/remove/", {})
    assert not WindowClosure.objects.exists()
    for changes, words in (({"ends_at": f"{day}T00:00"}, "结束要晚于开始"), ({"starts_at": "x"}, "要写成日期和时间")):
        assert words in errors_in(check(browse("manager1"), url, {**data, **changes}))


# ---- rules --------------------------------------------------------------------------------------------------------


def test_every_rule_can_be_set_and_says_what_it_means(browse: Browse, place: Place) -> None:
    names = {field.name for field in dataclasses.fields(HallRules)} - {"advance"}
    assert set(RULES) == names
    form = browse("manager1").get(f"{BASE}rules/edit/").content.decode()
    assert all(rule.words in form for rule in RULES.values())
    assert form.count("默认 ") >= len(names) + len(PRIORITIES)


def test_rules_are_changed_with_their_differences(browse: Browse, place: Place) -> None:
    data = rules(slot_minutes=20, walk_in_share=60, advance_elderly=25)
    shown = check(browse("manager1"), f"{BASE}rules/edit/", data).content.decode()
    assert "60%</ins>" in shown
    assert "60 岁以上老年人往前排（分钟）" in shown
    save(browse("manager1"), f"{BASE}rules/edit/", data)
    told = Hall.objects.get().told
    assert (told.slot_minutes, told.walk_in_share, told.advance["elderly"]) == (20, 0.6, 25)
    assert "60 岁以上老年人往前排（分钟） 25" in browse("manager1").get("/manage/changes/").content.decode()
    assert check(browse("manager1"), f"{BASE}rules/edit/", data).status_code == 302, "nothing to save"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"walk_in_share": 0}, "20% 和 100%"),
        ({"slot_minutes": 7}, "整除 60"),
        ({"slot_minutes": ""}, "请填写一个时段"),
        ({"horizon_days": "x"}, "要写成整数"),
        ({"fairness": "nan"}, "要写成数字"),
        ({"fairness": 1e9}, "太大"),
        ({"advance_green": 999}, "0 和 240"),
        ({"wait_limit": -1}, "不能是负数"),
    ],
)
def test_a_rule_that_cannot_be_is_explained(browse: Browse, place: Place, changes: dict[str, Any], words: str) -> None:
    response = check(browse("manager1"), f"{BASE}rules/edit/", rules(**changes))
    assert response.status_code == 422
    assert words in errors_in(response)


def test_a_hall_is_opened_step_by_step(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")
    page = client.get(f"{BASE}settings/").content.decode()
    assert "开通大厅还差几步" in page
    save(client, f"{BASE}hours/edit/", week(timezone.localdate()))
    save(client, f"{BASE}queues/new/", {"letter": "A", "name": "综合", "kind": "general", "is_active": "on"})
    save(client, f"{BASE}rules/edit/", rules())
    assert Hall.objects.filter(centre=cast.centre).exists()
    assert "还差几步" not in client.get(f"{BASE}settings/").content.decode()


def test_the_announcement_is_changed_and_nothing_else(browse: Browse, place: Place) -> None:
    save(browse("manager1"), f"{BASE}notice/", {"notice": "周三下午停电，请上午来"})
    hall = Hall.objects.get()
    assert hall.notice == "周三下午停电，请上午来"
    assert hall.told == DEFAULTS
    assert check(browse("manager1"), f"{BASE}notice/", {"notice": "好" * 201}).status_code == 422


# ---- machines -----------------------------------------------------------------------------------------------------


def test_a_kiosk_is_enrolled_with_an_address_shown_once_and_taken_back(browse: Browse, place: Place) -> None:
    client, url = browse("manager1"), f"{BASE}terminals/new/"
    check(client, url, {"name": "东门取号机"})
    assert not Terminal.objects.exists()
    shown = save(client, url, {"name": "东门取号机"}).content.decode()
    found = re.search(r'id="enrol-link">http[^<]+/kiosk/taojiang/enrol/([\w-]+)/<', shown)
    assert found is not None
    terminal = Terminal.objects.get()
    page = client.get(f"{BASE}terminals/").content.decode()
    assert found[1] not in page
    assert found[1] not in str(ChangeRecord.objects.values_list("after"))
    assert "东门取号机" in page
    save(client, f"{BASE}terminals/{terminal.pk}/revoke/", {})
    terminal.refresh_from_db()
    assert terminal.revoked_at is not None
    assert client.get(f"{BASE}terminals/{terminal.pk}/revoke/").status_code == 404
    assert check(client, url, {"name": ""}).status_code == 422


def test_a_rating_screen_is_enrolled_for_its_window(browse: Browse, place: Place) -> None:
    client, url = browse("manager1"), f"{BASE}terminals/new/screen/"
    window = Window.objects.get(code="A01")
    elsewhere = Window.objects.create(centre=Centre.objects.get(key="taohuajiang"), code="A01", name="镇窗口")
    for wrong in ("", "x", "0", str(elsewhere.pk), "99999999999999999999"):
        assert check(client, url, {"name": "A01 评价屏", "window": wrong}).status_code == 422
    assert not Terminal.objects.exists()
    asked = {"name": "A01 评价屏", "window": str(window.pk)}
    check(client, url, asked)
    shown = save(client, url, asked).content.decode()
    found = re.search(r'id="enrol-link">http[^<]+(/voice/tablet/taojiang/A01/enrol/[\w-]+/)<', shown)
    assert found is not None
    terminal = Terminal.objects.get()
    assert (terminal.kind, terminal.window) == ("window_screen", window)
    assert "等着登记" in client.get(f"{BASE}terminals/").content.decode()
    tablet = Client()
    assert tablet.post(found[1]).status_code == 302
    assert tablet.get("/voice/tablet/taojiang/A01/").status_code == 200
    page = client.get(f"{BASE}terminals/").content.decode()
    assert "A01 综合窗口1号" in page
    assert "刚才" in page

    renewed = save(client, f"{BASE}terminals/{terminal.pk}/renew/", {}).content.decode()
    again = re.search(r'id="enrol-link">http[^<]+(/voice/tablet/taojiang/A01/enrol/[\w-]+/)<', renewed)
    assert again is not None
    assert again[1] != found[1]
    assert tablet.get("/voice/tablet/taojiang/A01/").status_code == 403
    assert tablet.post(found[1]).status_code == 404
    assert tablet.post(again[1]).status_code == 302
    record = ChangeRecord.objects.get(verb="renew_terminal")
    assert (record.before, record.after) == ({"opened": True}, {"opened": False})
    save(client, f"{BASE}terminals/{terminal.pk}/revoke/", {})
    assert client.get(f"{BASE}terminals/{terminal.pk}/renew/").status_code == 404
    assert tablet.get("/voice/tablet/taojiang/A01/").status_code == 403


# ---- queries ------------------------------------------------------------------------------------------------------


def count(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


LIMITS = {"settings/": 14, "hours/": 10, "queues/": 12, "windows/": 9, "rules/": 5, "terminals/": 7}


def grow(cast: Cast, place: Place, first: int, last: int) -> None:
    for n in range(first, last):
        window = Window.objects.create(centre=cast.centre, code=f"M{n:02}", name="增设", kind="theme")
        queue = Queue.objects.create(
            centre=cast.centre, letter=f"{chr(65 + n // 26)}{chr(65 + n % 26)}", name="增设", kind="theme"
        )
        queue.departments.add(cast.market)
        now = timezone.now()
        WindowClosure.objects.create(window=window, starts_at=now, ends_at=now + dt.timedelta(days=1), reason="检修")
        Terminal.objects.create(centre=cast.centre, kind="kiosk", name=f"机{n}", digest=f"{n:064}")
        DayHours.objects.create(centre=cast.centre, day=tomorrow(n), periods=[], reason="检修")
        ChangeRecord.objects.create(
            verb="set_day_hours", subject=f"centre:{cast.centre.pk}", division="430922", after={"day": "2026-11-23"}
        )


@pytest.mark.parametrize("page", LIMITS)
def test_a_page_is_bounded(browse: Browse, place: Place, cast: Cast, page: str) -> None:
    client = browse("manager1")
    grow(cast, place, 0, 3)
    client.get(BASE + page)
    few = count(client, BASE + page)
    grow(cast, place, 3, 30)
    assert count(client, BASE + page) == few <= LIMITS[page]
