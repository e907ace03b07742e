"""The board: who sees what, every figure with its rows, a bounded number of questions, nothing an address can break."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.clocks.models import Deadline
from onewindow.faces.board import views
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.sources import SOURCES, Asked
from onewindow.hall import memory
from onewindow.hall.models import Hall
from onewindow.oversight import figures, places
from onewindow.oversight.models import Alert, Figure, Rule, Unverified
from onewindow.oversight.shipping import ship
from onewindow.people.models import Posting
from onewindow.places.models import Centre, Division
from onewindow.voice.models import Complaint, Consultation, Rating
from tests.cast import FOOD, HYGIENE, Cast

SignIn = Callable[[str], Client]
MOST_QUERIES = 24
"""Sign-in, scope, way down, figures, trend, heat, places below, where it hurts, lines of a hall; whatever is stored."""


@pytest.fixture
def sign_in(cast: Cast) -> SignIn:
    def opened(who: str) -> Client:
        client = Client()
        client.force_login(cast.accounts[who])
        return client

    return opened


def cold() -> None:
    """Nothing is remembered from an earlier page."""
    views.forget()
    memory.forget()


def counted(now: dt.datetime | None = None) -> None:
    figures.refresh(now)
    figures.stand(now)


def late_case(cast: Cast, item: str = FOOD) -> Case:
    return cast.walk_to("examining", item, now=timezone.now() - dt.timedelta(days=90))


def card(cast: Cast, number: str = "J1", **more: Any) -> Alert:
    ship()
    fields: dict[str, Any] = {
        "number": number,
        "centre": cast.centre,
        "department": cast.market,
        "person": cast.examiner1,
        "rule": Rule.objects.first(),
        "level": "red",
        "subject_kind": "case",
        "subject_id": 1,
        "key": number,
        "title": "超过承诺时限",
        "state": "open",
    }
    return Alert.objects.create(**{**fields, **more})


def addresses(cast: Cast) -> dict[str, str]:
    return {
        "province": "/board/division/43/",
        "county": "/board/division/430922/",
        "township": "/board/division/430922100/",
        "hall": "/board/centre/taojiang/",
        "market": f"/board/department/{cast.market.pk}/",
        "health": f"/board/department/{cast.health.pk}/",
        "examiner1": f"/board/person/{cast.examiner1.pk}/",
        "examiner3": f"/board/person/{cast.examiner3.pk}/",
        "clerk1": f"/board/person/{cast.clerk1.pk}/",
        "citizen1": f"/board/person/{cast.citizen1.pk}/",
    }


ALL_BELOW = {"county", "township", "hall", "market", "health", "examiner1", "examiner3", "clerk1"}
SEEN: dict[str, set[str]] = {
    "supervisor1": ALL_BELOW,
    "manager1": ALL_BELOW,
    "mayor1": ALL_BELOW,
    "chief1": {"market", "examiner1"},
    "head3": {"health", "examiner3"},
    "examiner1": {"examiner1"},
    "clerk1": {"clerk1"},
    "guide1": set(),
    "admin": set(),
    "citizen1": set(),
}


@pytest.mark.parametrize("who", sorted(SEEN))
def test_each_sees_their_own_and_what_is_below_and_nothing_else(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    for name, path in addresses(cast).items():
        expected = 200 if name in SEEN[who] else 404
        for below in ("", "screen/", "rows/?what=open"):
            assert client.get(path + below).status_code == expected, (who, path + below)


@pytest.mark.parametrize(
    ("who", "home"),
    [
        ("supervisor1", "division/430922/"),
        ("township1", "person/{}/"),
        ("chief1", "department/{market}/"),
        ("head3", "department/{health}/"),
        ("clerk1", "person/{}/"),
        ("admin", "person/{}/"),
    ],
)
def test_everybody_comes_to_the_board_of_their_post(cast: Cast, sign_in: SignIn, who: str, home: str) -> None:
    path = home.format(cast.accounts[who].pk, market=cast.market.pk, health=cast.health.pk)
    client = sign_in(who)
    assert client.get("/board/").headers["Location"] == f"/board/{path}"
    assert client.get("/board/screen/").headers["Location"] == f"/board/{path}screen/"
    assert client.get("/board/me/").headers["Location"] == f"/board/person/{cast.accounts[who].pk}/"
    assert client.get("/board/", follow=True).status_code == 200


def test_visitors_sign_in_first_and_applicants_have_no_board(cast: Cast, sign_in: SignIn) -> None:
    assert Client().get("/board/").headers["Location"].startswith("/login/")
    assert sign_in("citizen1").get("/board/").status_code == 404
    assert sign_in("citizen1").get("/board/me/").status_code == 404
    assert sign_in("supervisor1").post("/board/division/430922/").status_code == 405


def test_a_posting_that_has_ended_shows_nothing_any_more(cast: Cast, sign_in: SignIn) -> None:
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    Posting.objects.filter(account=cast.supervisor1).update(valid_until=yesterday)
    assert sign_in("supervisor1").get("/board/division/430922/").status_code == 404


# ---- figures and their rows ----------------------------------------------------------------------------------------


def tile(page: str, key: str) -> str:
    found = re.search(rf'data-figure="{key}".*?ow-figure__value">\s*([^<]*)', page, re.DOTALL)
    assert found is not None, key
    return found.group(1).strip()


def a_day(cast: Cast) -> None:
    """Something of everything, today."""
    late_case(cast)
    late_case(cast, HYGIENE)
    cast.receive(FOOD)
    cast.walk_to("decided", HYGIENE)
    card(cast)
    card(cast, "J2", level="yellow", department=cast.health, person=cast.examiner3)
    card(cast, "J3", level="remind", state="told")
    common = {"centre": cast.centre, "department": cast.market}
    Rating.objects.create(number="P1", level=1, channel="qr", **common)
    Rating.objects.create(number="P2", level=5, channel="qr", **common)
    voice = {"channel": "online", "centre": cast.centre, "department": cast.market}
    Complaint.objects.create(
        number="T1", kind="complaint", cause="overdue", against=cast.health, text="慢", state="new", **voice
    )
    Consultation.objects.create(number="Z1", question="几点上班", state="asked", **voice)
    counted()


def test_every_figure_counts_the_rows_it_leads_to(cast: Cast) -> None:
    """The board's own rows, by the page's own conditions, for each scope: as many as the rolled-up figure says."""
    a_day(cast)
    now, today = timezone.now(), timezone.localdate()
    for kind, key in (
        ("division", "430922"),
        ("centre", "taojiang"),
        ("department", str(cast.market.pk)),
        ("department", str(cast.health.pk)),
        ("person", str(cast.examiner1.pk)),
        ("person", str(cast.clerk1.pk)),
    ):
        scope = Scope._read(kind, key)
        assert scope is not None
        asked = Asked(scope, today, today, now)
        kept = dict.fromkeys(SOURCES, 0)
        for measure, value in scope.figures().filter(day=today).values_list("measure", "value"):
            for name in {measure, *({"cards"} if measure in {"open_red", "open_yellow"} else ())} & set(SOURCES):
                kept[name] += value
        kept["due"] = sum(scope.due().filter(day=today).values_list("value", flat=True))
        found = {name: len(source.find(asked, 0, 100)[0]) for name, source in SOURCES.items()}
        assert found == kept, (kind, key)
    assert Figure.objects.filter(measure="overdue", value__gt=0).exists()


def test_the_page_shows_what_was_counted_and_says_what_cannot_be(cast: Cast, sign_in: SignIn) -> None:
    a_day(cast)
    page = sign_in("supervisor1").get("/board/division/430922/").content.decode()
    assert tile(page, "cards") == "2"
    assert tile(page, "bad_ratings") == "1"
    assert int(tile(page, "overdue")) == figures_of(cast, "overdue")
    assert int(tile(page, "received")) == 2
    assert page.count('data-figure="') == 10
    assert "无法核验" in page.split('data-figure="wait"')[1][:400]
    assert "桃花江镇" in page


def figures_of(cast: Cast, measure: str) -> int:
    rows = Figure.objects.filter(centre=cast.centre, department=None, person=None, item=None)
    return int(rows.get(measure=measure, day=timezone.localdate()).value)


def test_what_it_was_stands_beside_what_it_is(cast: Cast, sign_in: SignIn) -> None:
    today = timezone.localdate()
    for days, value in ((1, 31), (7, 47)):
        Figure.objects.create(day=today - dt.timedelta(days=days), centre=cast.centre, measure="open", value=value)
    counted()
    page = sign_in("supervisor1").get("/board/centre/taojiang/").content.decode()
    assert re.search(r"昨天 31，上周. 47", page)
    assert "比昨天少 31 件" in page


def test_just_after_midnight_what_stood_yesterday_is_shown_and_not_a_zero(cast: Cast, sign_in: SignIn) -> None:
    late_case(cast)
    counted(timezone.now() - dt.timedelta(days=1))
    overdue = Figure.objects.get(centre=cast.centre, measure="overdue", department=None, person=None, item=None).value
    assert overdue > 0
    page = sign_in("supervisor1").get("/board/division/430922/").content.decode()
    assert tile(page, "overdue") == str(overdue)
    assert "没有超期</span>" not in page
    assert re.search(rf'桃江县政务服务中心</a></th>.*?board-late">{overdue}<', page, re.DOTALL)
    assert "已经旧了" in page


def test_old_figures_are_said_to_be_old(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("supervisor1")
    before = client.get("/board/centre/taojiang/").content.decode()
    assert "数字还没有汇总" in before
    assert "没有超期" not in before  # noughts would look like good news
    counted(timezone.now() - dt.timedelta(hours=2))
    assert "已经旧了" in client.get("/board/centre/taojiang/").content.decode()
    counted()
    assert "已经旧了" not in client.get("/board/centre/taojiang/").content.decode()


def test_the_rows_of_the_heat_make_up_its_total(cast: Cast, sign_in: SignIn) -> None:
    late_case(cast)
    cast.receive(FOOD)  # nobody has it yet
    counted()
    page = sign_in("chief1").get(f"/board/department/{cast.market.pk}/").content.decode()
    assert "还没有分到人" in page
    body = re.search(r"board-heat.*?<tbody>(.*?)</tbody>\s*<tfoot>(.*?)</tfoot>", page, re.DOTALL)
    assert body is not None

    def numbers(html: str) -> list[int]:
        return [int(n) for n in re.findall(r"<td[^>]*>(?:<(?:a|span)[^>]*>)?(\d+)", html)]

    cells, total = numbers(body.group(1)), numbers(body.group(2))
    assert len(total) == 11
    assert [sum(cells[column::11]) for column in range(11)] == total
    assert sum(total) > 0


def test_the_heat_says_in_words_how_much_it_is(cast: Cast, sign_in: SignIn) -> None:
    late_case(cast)
    counted()
    page = sign_in("supervisor1").get("/board/centre/taojiang/").content.decode()
    assert re.search(r'data-heat="3"[^>]*><a[^>]*>\d+<small>多</small>', page)


def test_a_province_is_told_by_its_cities_and_leads_down_to_the_village(cast: Cast, sign_in: SignIn) -> None:
    counted()
    village = Division.objects.create(code="430922100200", name="花园洞村", level="village", parent_id="430922100")
    station = Centre.objects.create(
        key="huayuandong",
        name="花园洞村便民服务站",
        kind="village_station",
        division=village,
        profile=cast.centre.profile,
    )
    top = Centre.objects.create(
        key="hunan", name="湖南省政务大厅", kind="service_centre", division_id="43", profile=cast.centre.profile
    )
    Posting.objects.filter(account=cast.supervisor1).update(centre=top)
    day = timezone.localdate()
    for centre, value in ((station, 3), (cast.centre, 4), (top, 5)):
        Figure.objects.create(day=day, centre=centre, measure="open", value=value)
    places.add_up(day, day, ["open"])
    client = sign_in("supervisor1")
    expected = {"43": 12, "4309": 7, "430922": 7, "430922100": 3, "430922100200": 3}
    codes = list(expected)
    for code, below in zip(codes, [*codes[1:], ""], strict=True):
        page = client.get(f"/board/division/{code}/").content.decode()
        assert tile(page, "open") == str(expected[code]), code
        if below:
            assert f'href="/board/division/{below}/"' in page
    assert page.count('<li><a href="/board/division/') == 4  # the way back up
    assert "花园洞村便民服务站" in page


# ---- bounds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["county", "hall", "market", "examiner1"])
def test_the_number_of_questions_does_not_grow(cast: Cast, sign_in: SignIn, name: str) -> None:
    client, path = sign_in("supervisor1"), addresses(cast)[name]
    a_day(cast)
    client.get(path)
    seen = []
    for _ in range(2):
        cold()
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        seen.append(len(asked))
        for n in range(3):
            late_case(cast, HYGIENE)
            card(cast, f"K{n}{len(seen)}", department=cast.health)
        counted()
    assert seen[0] == seen[1]
    assert seen[0] <= MOST_QUERIES


def test_the_page_reads_no_case_and_no_limit(cast: Cast, sign_in: SignIn) -> None:
    a_day(cast)
    client = sign_in("supervisor1")
    for below in ("", "screen/"):
        cold()
        with CaptureQueriesContext(connection) as asked:
            client.get("/board/division/430922/" + below)
        tables = " ".join(query["sql"] for query in asked)
        for table in ("cases_case", "cases_caseevent", "clocks_deadline", "voice_rating", "voice_complaint"):
            assert f'"{table}"' not in tables, table


def test_between_two_counts_the_page_is_made_once(cast: Cast, sign_in: SignIn) -> None:
    a_day(cast)
    client, path = sign_in("supervisor1"), "/board/division/430922/"
    cold()
    first = client.get(path).content.decode()
    with CaptureQueriesContext(connection) as asked:
        again = client.get(path).content.decode()
    assert again[again.index("data-figure") :] == first[first.index("data-figure") :]
    assert len(asked) <= 7
    cast.receive(FOOD)
    counted()
    assert tile(client.get(path).content.decode(), "received") == "3"


def test_what_is_remembered_is_not_shown_to_whoever_may_not_see_it(cast: Cast, sign_in: SignIn) -> None:
    a_day(cast)
    path = f"/board/department/{cast.market.pk}/"
    assert sign_in("chief1").get(path).status_code == 200
    assert sign_in("chief3").get(path).status_code == 404


@pytest.mark.parametrize("what", sorted(SOURCES))
def test_the_rows_ask_a_fixed_number_of_questions(cast: Cast, sign_in: SignIn, what: str) -> None:
    a_day(cast)
    client = sign_in("supervisor1")
    client.get(f"/board/division/430922/rows/?what={what}")
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/board/division/430922/rows/?what={what}&days=30&department={cast.market.pk}")
    assert page.status_code == 200
    assert len(asked) <= 12


def test_rows_come_in_pages(cast: Cast, sign_in: SignIn) -> None:
    due = timezone.now() - dt.timedelta(days=3)
    Deadline.objects.bulk_create(
        Deadline(
            subject_kind="complaint",
            subject_id=n,
            kind="answer",
            label="答复",
            start_on=due.date(),
            due_at=due,
            centre_id=cast.centre.pk,
        )
        for n in range(1, 121)
    )
    client, path, pages = sign_in("supervisor1"), "/board/centre/taojiang/rows/?what=overdue", []
    for number in (1, 2, 3):
        page = client.get(f"{path}&page={number}").content.decode()
        pages.append(page.split("<tbody")[1].count("<tr>"))
    assert pages == [50, 50, 20]
    assert 'rel="next"' not in page
    assert "page=2" in page


# ---- hostile ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/board/division/43%25/",
        "/board/division/9/",
        "/board/division/430922%00/",
        "/board/division/４３０９２２/",
        "/board/centre/..%2f..%2f/",
        "/board/centre/nowhere/",
        "/board/department/0/",
        "/board/department/99999999999999999999/",
        "/board/department/-1/",
        "/board/person/999999999/",
        "/board/village/1/",
        "/board/division/430922/rows/",
        "/board/division/430922/rows/?what=everything",
        "/board/division/430922/rows/?what=due&day=yesterday",
        "/board/division/430922/rows/?what=due&day=0001-01-01",
        "/board/division/430922/rows/?what=due&day=9999-12-31",
        "/board/division/430922/rows/?what=open&page=0",
        "/board/division/430922/rows/?what=open&page=99999999999999999999",
        "/board/division/430922/rows/?what=open&page=1%27",
        "/board/division/430922/rows/?what=open&department=%00",
        "/board/division/430922/rows/?what=late&days=100000",
        "/board/division/430922/rows/?what=late&item=٣",
    ],
)
def test_a_strange_address_is_not_there(cast: Cast, sign_in: SignIn, path: str) -> None:
    assert sign_in("supervisor1").get(path).status_code in {400, 404}


def test_rows_of_another_department_are_not_reached_through_a_filter(cast: Cast, sign_in: SignIn) -> None:
    a_day(cast)
    client, own = sign_in("chief1"), f"/board/department/{cast.market.pk}/rows/"
    for what in SOURCES:
        page = client.get(f"{own}?what={what}&department={cast.health.pk}").content.decode()
        assert "一件也没有" in page, what


def test_entry_points(cast: Cast, sign_in: SignIn) -> None:
    """Supervision and managers find the board in the head of every page, everybody their own in the account menu."""
    for who in ("supervisor1", "manager1", "chief1"):
        assert '<a href="/board/">看板</a>' in sign_in(who).get("/desk/", follow=True).content.decode()
    clerk = sign_in("clerk1").get("/desk/", follow=True).content.decode()
    assert '<a href="/board/">看板</a>' not in clerk
    assert 'href="/board/me/"' in clerk


# ---- what could not be verified ------------------------------------------------------------------------------------


def unverified(cast: Cast, code: str, kind: str, pk: int, name: str, **more: Any) -> Unverified:
    ship()
    fields: dict[str, Any] = {
        "rule": Rule.objects.get(rule_set_id="default", code=code, ended_at=None),
        "centre": cast.centre,
        "department": cast.market,
        "subject_kind": kind,
        "subject_id": pk,
        "name": name,
        "reason": "30 天里一件也没有收，也没有人来大厅办",
        "since": timezone.localdate() - dt.timedelta(days=3),
    }
    return Unverified.objects.create(**{**fields, **more})


def test_what_could_not_be_verified_is_told_with_its_reason_and_its_rows(cast: Cast, sign_in: SignIn) -> None:
    counted()
    today = timezone.localdate()
    case = cast.receive(FOOD)
    for n in range(3):
        unverified(cast, "C-OUTSIDE", "item", n, f"事项{n}", department=cast.health if n else cast.market)
    unverified(cast, "C-OUTSIDE", "item", 9, "早就清楚的", until=today)
    reason = "办件记录里没有申请时的情形和材料，看不出缺不缺"
    lately = {"since": today - dt.timedelta(days=2), "until": today - dt.timedelta(days=1), "reason": reason}
    unverified(cast, "C-MISSING", "case", case.pk, f"{case.number} 第 3 条", person=cast.examiner1, **lately)
    long_ago = {"since": today - dt.timedelta(days=31), "until": today - dt.timedelta(days=30)}
    unverified(cast, "C-MISSING", "case", case.pk, f"{case.number} 第 1 条", **long_ago)
    client = sign_in("supervisor1")
    page = client.get("/board/centre/taojiang/").content.decode()
    part = page.split('id="unknown"')[1].split("</section>")[0]
    assert re.findall(r'board-unknown__what"><a href="([^"]+)">([^<]+)</a><b>(\d+)', part) == [
        ("/board/centre/taojiang/rows/?what=unverified&amp;rule=C-OUTSIDE", "明进暗不进：事项在大厅没有件", "3"),
        ("/board/centre/taojiang/rows/?what=unverified&amp;rule=C-MISSING", "缺必要材料就受理", "1"),
    ]
    assert reason in part
    assert "接上部门自己的业务系统" in part
    assert f"rule=C-OUTSIDE&amp;department={cast.health.pk}" in part
    rows = client.get("/board/centre/taojiang/rows/?what=unverified&rule=C-OUTSIDE").content.decode()
    assert rows.count("<tr>") == 1 + 3
    assert "接上部门自己的业务系统" in rows
    narrowed = client.get(f"/board/centre/taojiang/rows/?what=unverified&department={cast.market.pk}").content.decode()
    assert narrowed.count("<tr>") == 1 + 2
    assert f"/desk/cases/{case.number}/events/" in narrowed
    assert "另有 4 处无法核验" in client.get("/board/centre/taojiang/screen/").content.decode()


@pytest.mark.parametrize(("who", "place", "count"), [("chief1", "market", 2), ("head3", "health", 1)])
def test_each_department_sees_what_could_not_be_verified_of_its_own(
    cast: Cast, sign_in: SignIn, who: str, place: str, count: int
) -> None:
    counted()
    unverified(cast, "C-OUTSIDE", "item", 1, "事项一")
    unverified(cast, "C-OUTSIDE", "item", 2, "事项二")
    unverified(cast, "C-OUTSIDE", "item", 3, "卫健的事项", department=cast.health)
    url = f"/board/department/{getattr(cast, place).pk}/"
    page = sign_in(who).get(url).content.decode()
    assert f"<b>{count} 处</b>" in page
    assert sign_in(who).get(f"{url}rows/?what=unverified").content.decode().count("<tr>") == 1 + count


def test_nothing_unverifiable_is_said_too(cast: Cast, sign_in: SignIn) -> None:
    counted()
    assert "没有看不出来的" in sign_in("supervisor1").get("/board/centre/taojiang/").content.decode()


@pytest.mark.parametrize("rule", ["'--", "%00", "a" * 30, "c-x", "<b>"])
def test_a_strange_rule_is_not_found(cast: Cast, sign_in: SignIn, rule: str) -> None:
    url = f"/board/centre/taojiang/rows/?what=unverified&rule={rule}"
    assert sign_in("supervisor1").get(url).status_code == 404


# ---- how long people wait ------------------------------------------------------------------------------------------


def waited(centre: Centre, minutes: int, people: int = 2) -> None:
    today = timezone.localdate()
    Figure.objects.create(day=today, centre=centre, measure="waits", value=people)
    Figure.objects.create(day=today, centre=centre, measure="waiting_seconds", value=people * minutes * 60)


def wait_tile(client: Client, url: str) -> str:
    cold()
    return client.get(url).content.decode().split('data-figure="wait"')[1].split("</li>")[0]


def test_the_wait_is_held_against_the_halls_own_limit(cast: Cast, sign_in: SignIn) -> None:
    counted()
    Hall.objects.create(centre=cast.centre, rules={"wait_limit": 20})
    waited(cast.centre, 18)
    client, url = sign_in("supervisor1"), "/board/centre/taojiang/"
    tile = wait_tile(client, url)
    assert "应当不超过 20 分钟" in tile
    assert "没有超过" in tile
    assert "rows/?what=waits" in tile
    Hall.objects.update(rules={"wait_limit": 15})
    tile = wait_tile(client, url)
    assert "应当不超过 15 分钟" in tile
    assert "等得太久" in tile


def test_of_several_halls_each_keeps_its_own_limit(cast: Cast, sign_in: SignIn) -> None:
    """Together they wait less than the longer limit; the hall that is above its own is late all the same."""
    counted()
    Hall.objects.create(centre=cast.centre, rules={"wait_limit": 30})
    Hall.objects.create(centre=cast.township, rules={"wait_limit": 10})
    waited(cast.centre, 12, people=20)
    waited(cast.township, 11)
    tile = wait_tile(sign_in("supervisor1"), "/board/division/430922/")
    assert "各大厅自己定的，10 到 30 分钟" in tile
    assert "1 个大厅等得太久" in tile
