"""Cards on the desk: the list for supervision and for those it is about, one card with both views, its moves."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.models import Deadline
from onewindow.loops.engine import perform
from onewindow.oversight.cards import CARD
from onewindow.oversight.models import Alert
from tests.cast import Cast
from tests.desk.conftest import SignIn, text
from tests.oversight.cards import raised

LIST = "/desk/cards/"


def frame(html: str) -> str:
    """The middle of the page, without navigation."""
    return html.partition('id="main"')[2]


def titles(html: str) -> list[str]:
    return re.findall(r'class="ow-work__title"[^>]*>([^<]+)<', html)


@pytest.fixture
def five(cast: Cast) -> dict[str, Alert]:
    return {
        "red": raised(cast, "red", title="红一"),
        "yellow": raised(cast, "yellow", title="黄一"),
        "warn": raised(cast, "warn", title="预一"),
        "remind": raised(cast, "remind", title="提一"),
        "health": raised(cast, "red", title="红卫健", department=cast.health, person=cast.examiner3),
    }


# ---- the list ------------------------------------------------------------------------------------------------------


def test_supervision_sees_all_of_its_division_oldest_first(sign_in: SignIn, five: dict[str, Alert]) -> None:
    html = text(sign_in("supervisor1").get(LIST))
    assert titles(html) == ["红一", "黄一", "预一", "提一", "红卫健"]
    counts = re.findall(r'<span class="ow-count">(\d+)</span>', frame(html))
    assert counts == ["5", "2", "1", "1", "1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=red", ["红一", "红卫健"]),
        ("level=nonsense", ["红一", "黄一", "预一", "提一", "红卫健"]),
        ("state=told", ["预一", "提一"]),
        ("state=closed", []),
        ("state=ended", []),
        ("department={health}", ["红卫健"]),
        ("department={health}&level=yellow", []),
        ("department=x", []),
        ("whose=mine", []),
        ("whose=waiting", []),
        ("level=%00&state=%00", ["红一", "黄一", "预一", "提一", "红卫健"]),
        ("after=x-0&level=red", ["红一", "红卫健"]),
    ],
)
def test_filters(cast: Cast, sign_in: SignIn, five: dict[str, Alert], query: str, found: list[str]) -> None:
    response = sign_in("supervisor1").get(f"{LIST}?{query.format(health=cast.health.pk)}")
    assert response.status_code == 200
    assert titles(text(response)) == found


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("examiner1", ["红一", "黄一", "预一", "提一"]),
        ("chief1", ["红一", "黄一", "预一", "提一"]),
        ("examiner3", ["红卫健"]),
        ("clerk1", []),
    ],
)
def test_everybody_else_sees_what_is_about_them(
    sign_in: SignIn, five: dict[str, Alert], who: str, found: list[str]
) -> None:
    assert titles(text(sign_in(who).get(LIST))) == found


def test_the_navigation_counts_what_waits_for_me(cast: Cast, sign_in: SignIn, five: dict[str, Alert]) -> None:
    html = text(sign_in("examiner1").get("/desk/account/"))
    assert re.search(r"监察</span><span class=\"ow-count\">4</span>", html)
    Alert.objects.filter(pk=five["red"].pk).update(next_due_at=timezone.now() - timedelta(days=2))
    html = text(sign_in("examiner1").get("/desk/account/"))
    assert re.search(r'监察</span><span class="ow-count ow-count--late"><span class="ow-sr">超期</span>1</span>', html)


def test_a_level_is_said_in_icon_word_and_colour(sign_in: SignIn, five: dict[str, Alert]) -> None:
    html = text(sign_in("supervisor1").get(LIST))
    for level, word, icon in (("red", "红牌", "hand-stop"), ("yellow", "黄牌", "flag"), ("warn", "预警", "alert-tri")):
        assert re.search(rf"dl-level--{level}\">.*{icon}.*{word}", html)


# ---- one card ------------------------------------------------------------------------------------------------------


def card_page(sign_in: SignIn, who: str, card: Alert) -> str:
    response = sign_in(who).get(f"{LIST}{card.number}/")
    assert response.status_code == 200
    return text(response)


def test_a_card_names_its_rule_its_duty_and_its_limit(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining", now=datetime(2026, 11, 2, 10, tzinfo=SHANGHAI))
    limit = Deadline.objects.of("case", case.pk).get(kind="promised")
    card = raised(cast, subject_id=case.pk, subject_number=case.number, deadline=limit.pk, due_at=limit.due_at)
    html = card_page(sign_in, "supervisor1", card)
    assert f"{card.rule.code} {card.rule.name}（第 1 版）" in html
    assert "HN-14.2" in html
    assert "湖南省政务服务中心管理办法（2022）第14条" in html
    assert f"/desk/cases/{case.number}/clock/#limit-promised" in html
    assert f'href="/desk/cases/{case.number}/"' in html
    assert limit.label in html
    assert "两方的说法" in html
    clock = text(sign_in("supervisor1").get(f"/desk/cases/{case.number}/clock/"))
    assert 'id="limit-promised"' in clock


def test_conduct_cards_show_the_rows_of_the_ledger(cast: Cast, sign_in: SignIn) -> None:
    rows = [
        {"case": "4309", "seq": 7, "action": "accept", "at": "2026-11-23T10:05:00+08:00", "who": "陈窗", "what": "受理"}
    ]
    html = card_page(sign_in, "supervisor1", raised(cast, evidence={"rows": rows, "peers": 4, "other": 1}))
    assert "可比的同事" in html
    assert "/desk/cases/4309/events/#e7" in html
    assert "2026年11月23日 10:05" in html
    assert "陈窗" in html


@pytest.mark.parametrize("evidence", [{"rows": "x"}, {"rows": [1, None]}, {"rows": [{"at": "2026-13-99T99:00"}]}, {}])
def test_strange_evidence_does_no_harm(cast: Cast, sign_in: SignIn, evidence: dict[str, Any]) -> None:
    card_page(sign_in, "supervisor1", raised(cast, evidence=evidence))


def test_both_views_stay_side_by_side_to_the_end(cast: Cast, sign_in: SignIn) -> None:
    card = raised(cast, "yellow")
    say: list[tuple[str, str, dict[str, Any]]] = [
        ("explain", "examiner1", {"words": "停表没算进去", "disputed": True}),
        ("confirm", "supervisor1", {"reason": "停表是事后补的"}),
        ("rectify", "chief1", {"measure": "已经办结"}),
        ("recheck", "supervisor1", {"passed": True, "words": "确实办结了"}),
        ("close", "supervisor1", {}),
    ]
    for action, who, data in say:
        perform(CARD, card, action, by=cast.actor(who), data=data)
    html = card_page(sign_in, "examiner1", card)
    theirs, _, ours = html.partition('id="theirs"')[2].partition('id="ours"')
    assert "停表没算进去" in theirs
    assert "已经办结" in theirs
    assert "停表是事后补的" in ours
    assert "确实办结了" in ours
    assert "不认同" in theirs
    assert "责任人不认同" in html
    assert "没有要办的了" in html


def test_the_examiner_explains_on_the_page(cast: Cast, sign_in: SignIn) -> None:
    card, client = raised(cast), sign_in("examiner1")
    html = card_page(sign_in, "examiner1", card)
    assert 'id="do-explain"' in html
    assert 'id="do-confirm"' not in html
    sent = {"action": "explain", "version": "1", "words": "系统迁移", "disputed": "on"}
    made = client.post(f"{LIST}{card.number}/", sent)
    assert (made.status_code, made["Location"]) == (302, f"{LIST}{card.number}/")
    card.refresh_from_db()
    assert (card.state, card.disputed) == ("explained", True)


def test_a_colleague_is_told_who_must_explain(cast: Cast, sign_in: SignIn) -> None:
    html = card_page(sign_in, "examiner2", raised(cast))
    assert "这张牌由赵审说明" in html
    assert 'id="do-explain"' not in html


def test_a_card_is_not_confirmed_before_the_other_side_was_heard(cast: Cast, sign_in: SignIn) -> None:
    card = raised(cast)
    html = card_page(sign_in, "supervisor1", card)
    assert 'id="cannot-confirm"' in html
    assert "责任人可以说明到" in html
    assert re.search(r'id="do-dismiss">', html)  # offered, not opened: it is never the first thing to do
    Alert.objects.filter(pk=card.pk).update(next_due_at=timezone.now() - timedelta(hours=1))
    assert re.search(r'id="do-confirm" open', card_page(sign_in, "supervisor1", card))


def test_a_red_card_says_what_it_still_needs(cast: Cast, sign_in: SignIn) -> None:
    card = raised(cast)
    Alert.objects.filter(pk=card.pk).update(state="rechecked")
    html = card_page(sign_in, "supervisor1", card)
    assert "还没有追责记录" in html
    assert 'id="cannot-close"' in html
    refused = sign_in("supervisor1").post(f"{LIST}{card.number}/", {"action": "close", "version": "1", "note": "完了"})
    assert refused.status_code == 409
    assert "追责记录" in text(refused)
    assert "完了" in text(refused)


def test_a_wrong_day_is_named_beside_its_field(cast: Cast, sign_in: SignIn) -> None:
    card = raised(cast)
    Alert.objects.filter(pk=card.pk).update(state="confirmed")
    sent = {"action": "urge", "version": "1", "words": "三天内办结", "until": "2020-01-01"}
    response = sign_in("supervisor1").post(f"{LIST}{card.number}/", sent)
    assert response.status_code == 422
    assert "id_urge_until_error" in text(response)
    assert "三天内办结" in text(response)


def test_a_reminder_needs_no_answer(cast: Cast, sign_in: SignIn) -> None:
    html = card_page(sign_in, "examiner1", raised(cast, "remind", subject_number="4309"))
    assert "提醒不用答复" in html
    assert 'name="action"' not in html


@pytest.mark.parametrize("who", ["examiner3", "clerk1", "guide1", "citizen1"])
def test_a_card_that_is_not_mine_is_not_there(cast: Cast, sign_in: SignIn, who: str) -> None:
    card = raised(cast)
    assert sign_in(who).get(f"{LIST}{card.number}/").status_code == 404
    assert sign_in(who).post(f"{LIST}{card.number}/", {"action": "explain", "words": "x"}).status_code == 404


@pytest.mark.parametrize("number", ["J0", "'--", "%00", "x" * 300, "../../etc"])
def test_strange_numbers_are_not_found(cast: Cast, sign_in: SignIn, number: str) -> None:
    assert sign_in("supervisor1").get(f"{LIST}{number}/").status_code == 404


# ---- what it costs -------------------------------------------------------------------------------------------------


def cost(client: Any, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return sum("clocks_calendar" not in query["sql"] for query in seen.captured_queries)


@pytest.mark.parametrize(("who", "most"), [("supervisor1", 8), ("examiner1", 7)])
def test_the_list_costs_the_same_however_long(cast: Cast, sign_in: SignIn, who: str, most: int) -> None:
    raised(cast)
    client = sign_in(who)
    few = cost(client, LIST)
    for _ in range(8):
        raised(cast, "yellow")
        raised(cast, "remind")
    assert cost(client, LIST) == few <= most


@pytest.mark.parametrize("who", ["supervisor1", "examiner1", "chief1"])
def test_a_card_costs_the_same_however_much_was_said(cast: Cast, sign_in: SignIn, who: str) -> None:
    card = raised(cast, deadline=1)
    client, url = sign_in(who), f"{LIST}{card.number}/"
    few = cost(client, url)
    for n in range(4):
        perform(CARD, card, "explain", by=cast.actor("examiner1"), data={"words": f"说明{n}"})
    assert cost(client, url) == few <= 11
