"""The pages of rating: on a phone, at the window, on the desk. Staff are refused, nothing is chosen beforehand."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.faces.portal.raters import COOKIE
from onewindow.hall import machines
from onewindow.hall.models import Terminal, Ticket, Visitor
from onewindow.loops import engine
from onewindow.people.models import AccessRecord
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating, Invitation, Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import invitations, plates
from tests.cast import FOOD, Cast
from tests.hall.stage import Stage, build

STAFF = ["clerk1", "manager1", "supervisor1", "chief1", "admin"]
TABLET = "/voice/tablet/taojiang/A01/"


@pytest.fixture
def stage(cast: Cast) -> Stage:
    made = build(cast)
    made.day = timezone.localdate()
    return made


@pytest.fixture
def visit(stage: Stage) -> Ticket:
    ticket = stage.visit("0:01", called="0:01", started="0:01", ended="0:01", items=[FOOD])
    ticket.visitor = Visitor.objects.create(name="王小明", phone="19900001234", person="one")
    ticket.ended_at = timezone.now() - timedelta(seconds=5)
    ticket.save()
    return ticket


@pytest.fixture
def link(visit: Ticket) -> str:
    return invitations.path_of(invitations.for_visit(visit))


def as_(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.accounts[who])
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


# ---- on a phone ---------------------------------------------------------------------------------------------------


def test_nothing_is_chosen_beforehand(client: Client, link: str) -> None:
    html = text(client.get(link))
    assert re.findall(r'href="[^"]+\?level=(\d)"', html) == ["5", "4", "3", "2", "1"]
    assert "checked" not in html
    assert "食品经营许可（新办）" in html
    assert "A01 窗口" in html
    assert "王小明" not in html
    assert "checked" not in text(client.get(f"{link}?level=1"))


def test_a_good_word_in_two_steps(client: Client, link: str) -> None:
    html = text(client.get(f"{link}?level=5"))
    assert "态度好" in html
    assert 'name="phone"' not in html
    done = client.post(link, {"level": "5", "labels": ["501", "504"], "text": "<b>好</b>"})
    assert (done.status_code, done["Location"]) == (303, "/voice/thanks/")
    assert client.get("/voice/thanks/").status_code == 200
    assert Rating.objects.get().labels == ["501", "504"]
    again = client.get(link)
    assert again.status_code == 409
    assert "已经评价过" in text(again)
    assert "非常满意" not in text(again)


def test_a_bad_word_can_be_followed(client: Client, link: str) -> None:
    html = text(client.get(f"{link}?level=1"))
    assert "199****1234" in html
    assert "19900001234" not in html
    done = client.post(link, {"level": "1", "labels": ["110"], "text": "<script>x</script>", "contact": "known"})
    page = client.get(done["Location"])
    assert "没有理由超过了法定时间" in text(page)
    assert "<script>x" not in text(page)
    assert "请保存这一页" in text(page)
    assert Rating.objects.get().phone == "19900001234"
    assert "19900001234" not in text(page)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "请先选一个"),
        ({"level": "9"}, "请先选一个"),
        ({"level": "1", "labels": ["501"]}, "没有您选的这一项"),
        ({"level": "1", "contact": "other"}, "请填写手机号码"),
        ({"level": "1", "contact": "other", "phone": "12345"}, "手机号码"),
        ({"level": "1", "text": "长" * 2001}, "太长了"),
        ({"level": "1", "text": "\u202e"}, "方向"),
    ],
)
def test_mistakes_are_said_and_nothing_is_lost(client: Client, link: str, sent: dict[str, Any], words: str) -> None:
    answer = client.post(link, {"text": "请改进", **sent})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Rating.objects.exists()
    if "level" in sent and sent["level"] == "1" and "text" not in sent:
        assert "请改进" in text(answer)


@pytest.mark.parametrize("path", ["rate/x/", "rate/" + "A" * 22 + "/", "plate/w1-1-000000000000/", "rating/nobody/"])
def test_wrong_links_are_calm_and_then_tired(client: Client, cast: Cast, path: str) -> None:
    for _ in range(60):
        assert client.get(f"/voice/{path}").status_code == 404
    assert client.get(f"/voice/{path}").status_code == 429


@pytest.mark.parametrize("who", STAFF)
@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_are_refused_everywhere_and_recorded(cast: Cast, visit: Ticket, link: str, who: str, method: str) -> None:
    plate = plates.path("window", visit.window_id, cast.centre.pk)  # type: ignore[arg-type]
    client = as_(cast, who)
    for path in (link, plate, "/voice/rating/x/", TABLET, f"{TABLET}state", f"{TABLET}enrol/x/"):
        if method == "post" and path.startswith(TABLET):
            continue
        answer = getattr(client, method)(path, {"level": "5"})
        assert answer.status_code == 403, path
        assert AccessRecord.objects.filter(kind="refused", account=cast.accounts[who], subject=path[:80]).exists()
    assert not Rating.objects.exists()


def test_the_device_is_marked_and_stopped_at_the_third(cast: Cast, stage: Stage) -> None:
    client = Client()
    for order in range(3):
        ticket = stage.visit("0:01", called="0:01", started="0:01", ended="0:01")
        path = invitations.path_of(invitations.for_visit(ticket))
        Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
        client.get(path)
        assert COOKIE in client.cookies
        assert client.post(path, {"level": "5"}).status_code == (429 if order == 2 else 303)
    assert Rating.objects.count() == 2
    assert len(set(Rating.objects.values_list("rater", flat=True))) == 1


def test_a_signed_in_citizen_may_rate_and_is_not_named(cast: Cast, link: str) -> None:
    assert as_(cast, "citizen1").post(link, {"level": "4"}).status_code == 303
    made = Rating.objects.get()
    assert (made.name, made.phone) == (None, None)
    assert str(cast.citizen1.pk) != made.rater


@pytest.mark.parametrize("kind", ["window", "person", "item", "department", "platform"])
def test_plates_lead_to_the_form(client: Client, cast: Cast, stage: Stage, kind: str) -> None:
    about = {"window": stage.windows["A01"], "person": cast.clerk1, "item": cast.items[FOOD]}
    row: Any = about.get(kind) or (cast.market if kind == "department" else cast.centre)
    path = plates.path(kind, row.pk, cast.centre.pk)
    assert client.get(path).status_code == 200
    assert client.post(path, {"level": "2", "contact": "none"}).status_code == 303
    assert BadRating.objects.get().rating.target == kind
    assert client.post(path, {"level": "5"}).status_code == 409


def test_the_visitors_own_pages_invite(client: Client, cast: Cast, visit: Ticket) -> None:
    html = text(client.get(f"/ticket/{visit.code}/"))
    assert "评价这次办事" in html
    assert html.count("<svg") >= 2
    assert "评价这次办事" not in text(as_(cast, "clerk1").get(f"/ticket/{visit.code}/"))
    client.post(invitations.path_of(Invitation.objects.get(channel="qr")), {"level": "5"})
    assert "评价这次办事" not in text(client.get(f"/ticket/{visit.code}/"))


def test_the_case_invites_for_every_phase(cast: Cast, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        case = cast.walk_to("delivered")
    client = as_(cast, "citizen1")
    html = text(client.get(f"/my/{case.number}/"))
    for words in ("评价「结果送达」", "评价「审查决定」", "评价「申请受理」"):
        assert words in html
    tracked = Client()
    tracked.post("/track/", {"number": case.query_number, "id_tail": str(case.applicant.id_number)[-4:]})
    assert "评价「审查决定」" in text(tracked.get(f"/track/{case.query_number}/"))


def test_the_first_page_says_what_one_can_do(client: Client, cast: Cast) -> None:
    html = text(client.get("/voice/"))
    assert "评价和反映" in html
    assert "/voice/plate/c" in html


# ---- at the window ------------------------------------------------------------------------------------------------


def enrolled(stage: Stage, code: str = "A01", token: str = "t" * 43) -> str:
    """A rating screen that waits for its machine; the address of its link."""
    window, digest = stage.windows[code], machines.digest_of(token)
    Terminal.objects.create(
        centre=stage.cast.centre, kind="window_screen", window=window, name=f"{code} 评价屏", digest=digest
    )
    return f"/voice/tablet/taojiang/{code}/enrol/{token}/"


@pytest.fixture
def tablet(client: Client, stage: Stage) -> Client:
    path = enrolled(stage)
    assert "登记这台设备" in text(client.get(path))
    assert client.get(TABLET).status_code == 403
    assert client.post(path)["Location"] == TABLET
    return client


def test_only_a_machine_that_was_set_up(client: Client, stage: Stage) -> None:
    assert client.get(TABLET).status_code == 403
    assert client.get(f"{TABLET}state").status_code == 403
    enrolled(stage, "A02", "other")
    Terminal.objects.create(centre=stage.cast.centre, kind="kiosk", name="取号机", digest=machines.digest_of("kiosk"))
    for wrong in ("x", "other", "kiosk", "é", "%00", "0" * 320):
        assert client.get(f"{TABLET}enrol/{wrong}/").status_code == 404
        assert client.post(f"{TABLET}enrol/{wrong}/").status_code == 404
    assert client.get("/voice/tablet/taojiang/Z99/").status_code == 404
    assert client.get("/voice/tablet/nowhere/A01/").status_code == 404


def test_one_windows_machine_is_not_anothers(tablet: Client) -> None:
    assert tablet.get(TABLET).status_code == 200
    assert tablet.get("/voice/tablet/taojiang/A02/").status_code == 403


def test_a_terminal_can_be_taken_back(tablet: Client) -> None:
    assert tablet.get(TABLET).status_code == 200
    Terminal.objects.update(revoked_at=timezone.now())
    assert tablet.get(TABLET).status_code == 403
    assert tablet.get(f"{TABLET}enrol/{'t' * 43}/").status_code == 404


def test_a_link_sets_up_one_machine_only(tablet: Client) -> None:
    other = Client()
    assert other.get(f"{TABLET}enrol/{'t' * 43}/").status_code == 404
    assert other.post(f"{TABLET}enrol/{'t' * 43}/").status_code == 404
    assert other.get(TABLET).status_code == 403
    assert Terminal.objects.get().seen_at is not None


def test_a_forged_cookie_opens_nothing(client: Client, stage: Stage) -> None:
    enrolled(stage)
    terminal = Terminal.objects.get()
    client.cookies["ow_tablet"] = signing.dumps(f"{terminal.pk}-{terminal.digest[:16]}")
    assert client.get(TABLET).status_code == 403


def test_at_rest_until_a_visit_ends_there(tablet: Client, visit: Ticket) -> None:
    assert tablet.get(f"{TABLET}state").json() == {"rate": ""}
    invitations.for_visit(visit)
    path = tablet.get(f"{TABLET}state").json()["rate"]
    assert path.startswith(f"{TABLET}rate/")
    assert tablet.get(TABLET)["Location"] == path
    html = text(tablet.get(path))
    assert re.findall(r"\?level=(\d)", html) == ["5", "4", "3", "2", "1"]
    assert "王小明" not in html
    done = tablet.post(path, {"level": "5", "labels": ["505"]})
    assert done["Location"] == f"{TABLET}thanks/"
    made = Rating.objects.get()
    assert (made.channel, made.ticket, made.rater) == ("tablet", visit, "")
    assert tablet.get(f"{TABLET}state").json() == {"rate": ""}
    assert tablet.get(path)["Location"] == TABLET


def test_a_bad_word_at_the_window_takes_the_way_to_follow_along(tablet: Client, visit: Ticket) -> None:
    invitations.for_visit(visit)
    path = tablet.get(f"{TABLET}state").json()["rate"]
    html = text(tablet.get(f"{path}?level=1"))
    assert "199****1234" in html
    done = tablet.post(path, {"level": "1", "contact": "known"})
    thanks = text(tablet.get(done["Location"]))
    assert "查处理结果的二维码" in thanks
    assert Rating.objects.get().phone == "19900001234"


def test_only_the_visit_just_finished_there(tablet: Client, visit: Ticket, stage: Stage) -> None:
    invitations.for_visit(visit)
    path = tablet.get(f"{TABLET}state").json()["rate"]
    now = timezone.now()
    Ticket.objects.filter(pk=visit.pk).update(ended_at=now - timedelta(seconds=31))
    assert tablet.get(f"{TABLET}state").json() == {"rate": ""}
    assert tablet.get(path).status_code == 200  # who has begun may end
    Ticket.objects.filter(pk=visit.pk).update(ended_at=now - timedelta(minutes=6))
    assert tablet.get(path)["Location"] == TABLET
    Ticket.objects.filter(pk=visit.pk).update(ended_at=now, window=stage.windows["A02"])
    assert tablet.get(f"{TABLET}state").json() == {"rate": ""}
    assert tablet.get(path)["Location"] == TABLET


def test_a_tablets_token_is_worth_nothing_elsewhere(tablet: Client, visit: Ticket, link: str) -> None:
    token = tablet.get(f"{TABLET}state").json()["rate"].rstrip("/").rpartition("/")[2]
    assert Client().get(f"/voice/rate/{token}/").status_code == 404
    phone = link.rstrip("/").rpartition("/")[2]
    assert tablet.get(f"{TABLET}rate/{phone}/")["Location"] == TABLET


def test_no_is_an_answer(tablet: Client, visit: Ticket) -> None:
    invitations.for_visit(visit)
    path = tablet.get(f"{TABLET}state").json()["rate"]
    skip = re.search(r'href="([^"]+thanks/\?skip=[^"]+)"', text(tablet.get(path)))
    assert skip
    tablet.get(skip[1])
    assert tablet.get(f"{TABLET}state").json() == {"rate": ""}
    assert not Rating.objects.exists()


# ---- following ----------------------------------------------------------------------------------------------------


@pytest.fixture
def bad(client: Client, link: str) -> BadRating:
    client.post(link, {"level": "1", "labels": ["116"], "text": "爱理不理", "contact": "known"})
    row: BadRating = BadRating.objects.get()
    return row


def walk(cast: Cast, row: BadRating, state: str) -> BadRating:
    for reached, action, who, data in (
        ("contacted", "contact", "manager1", {"words": "王小明说等了很久"}),
        ("mending", "find", "supervisor1", {"finding": "true", "words": "监控属实"}),
        ("mended", "mend", "manager1", {"measure": "内部批评", "done": True}),
        ("told", "tell", "manager1", {"answer": "已经批评教育，向您道歉"}),
    ):
        row = engine.perform(RATING, row, action, by=cast.actor(who), data=data)
        if reached == state:
            return row
    raise AssertionError(state)


def test_the_citizen_sees_how_far_it_is_and_no_names(client: Client, cast: Cast, bad: BadRating) -> None:
    path = badratings.path(bad)
    assert "等工作人员核实" in text(client.get(path))
    row = walk(cast, bad, "told")
    html = text(client.get(path))
    for words in ("有结果了", "已经批评教育，向您道歉", "认定：属实", "电子监察员", "爱理不理"):
        assert words in html
    for hidden in ("沈管", "韩监", "陈窗", "王小明", "监控属实", "内部批评"):
        assert hidden not in html
    done = client.post(path, {"action": "confirm", "satisfied": "yes", "version": row.version})
    assert (done.status_code, done["Location"]) == (302, path)
    assert "已经办结" in text(client.get(path))


def test_not_content_and_too_late(client: Client, cast: Cast, bad: BadRating) -> None:
    path, row = badratings.path(bad), walk(cast, bad, "told")
    assert client.post(path, {"action": "confirm", "version": row.version}).status_code == 422
    stale = client.post(path, {"action": "confirm", "satisfied": "no", "version": 1, "words": "没道歉"})
    assert stale.status_code == 412
    assert "没道歉" in text(stale)
    assert client.post(path, {"action": "confirm", "satisfied": "no", "version": row.version}).status_code == 302
    assert "正在核实" in text(client.get(path))
    assert client.post(path, {"action": "confirm", "satisfied": "yes"}).status_code == 409
    for wrong in ("find", "", "x" * 500):
        assert client.post(path, {"action": wrong, "words": "x"}).status_code == 422


def test_the_citizen_appeals_once(client: Client, cast: Cast, bad: BadRating) -> None:
    row = walk(cast, bad, "contacted")
    data = {"finding": "mistaken", "words": "评错了"}
    engine.perform(RATING, row, "find", by=cast.actor("supervisor1"), data=data)
    path = badratings.path(bad)
    assert "不同意这个认定" in text(client.get(path))
    assert client.post(path, {"action": "appeal", "reason": ""}).status_code == 422
    assert client.post(path, {"action": "appeal", "reason": "没有评错"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "contacted"
    engine.perform(RATING, row, "find", by=cast.actor("manager1"), data=data)
    assert "不同意这个认定" not in text(client.get(path))


# ---- on the desk --------------------------------------------------------------------------------------------------


def test_managers_see_it_and_move_it(cast: Cast, bad: BadRating) -> None:
    manager, path = as_(cast, "manager1"), f"/desk/ratings/{bad.number}/"
    assert "非常不满意：态度不好" in text(manager.get("/desk/ratings/"))
    html = text(manager.get(path))
    for words in ("爱理不理", "陈窗", "199****1234", "联系评价人", "还剩"):
        assert words in html
    assert "19900001234" not in html
    assert bad.code not in html
    sent = {"action": "contact", "version": bad.version, "words": "打过电话"}
    assert manager.post(path, sent).status_code == 302
    bad.refresh_from_db()
    assert bad.state == "contacted"


def test_a_number_is_shown_for_a_reason_only(cast: Cast, bad: BadRating) -> None:
    path = f"/desk/ratings/{bad.number}/contact/"
    manager = as_(cast, "manager1")
    assert "至少 4 个字" in text(manager.post(path, {"reason": ""}))
    assert "19900001234" in text(manager.post(path, {"reason": "联系评价人核实"}))
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account, record.subject) == (cast.manager1, bad.number)
    assert as_(cast, "clerk1").post(path, {"reason": "联系评价人核实"}).status_code == 404


def test_whoever_is_rated_sees_the_finding_and_not_who(cast: Cast, bad: BadRating) -> None:
    clerk, path = as_(cast, "clerk1"), f"/desk/ratings/{bad.number}/"
    assert clerk.get(path).status_code == 404
    assert bad.number not in text(clerk.get("/desk/ratings/"))
    row = walk(cast, bad, "mending")
    html = text(clerk.get(path))
    assert "监控属实" in html
    assert "属实" in text(clerk.get("/desk/ratings/"))
    assert row.rating.ticket is not None
    for hidden in ("爱理不理", "199****", "王小明", "等了很久", row.rating.ticket.number, "看号码"):
        assert hidden not in html, hidden
    assert clerk.post(f"{path}contact/", {"reason": "我想知道是谁"}).status_code == 404
    sent = {"action": "appeal", "version": row.version, "reason": "当时系统坏了"}
    assert clerk.post(path, sent)["Location"] == "/desk/ratings/"
    assert clerk.get(path).status_code == 404


@pytest.mark.parametrize("who", ["clerk2", "exit1", "examiner1", "chief3", "editor1"])
def test_others_find_nothing(cast: Cast, bad: BadRating, who: str) -> None:
    assert as_(cast, who).get(f"/desk/ratings/{bad.number}/").status_code == 404
    assert as_(cast, who).post(f"/desk/ratings/{bad.number}/", {"action": "find"}).status_code == 404


def test_the_codes_are_the_managers(cast: Cast, stage: Stage) -> None:
    html = text(as_(cast, "manager1").get("/desk/ratings/codes/"))
    for words in ("A01 窗口", "陈窗", "桃江县市场监督管理局", "/manage/hall/taojiang/terminals/"):
        assert words in html
    for who in ("clerk1", "supervisor1", "chief1"):
        assert as_(cast, who).get("/desk/ratings/codes/").status_code == 404


# ---- how many questions a page asks -------------------------------------------------------------------------------


def asked(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as told:
        assert client.get(path).status_code == 200
    return len(told)


def test_pages_ask_few_questions(cast: Cast, client: Client, tablet: Client, visit: Ticket, link: str) -> None:
    found = {
        "form": asked(Client(), link),
        "form of a level": asked(Client(), f"{link}?level=1"),
        "tablet form": asked(tablet, tablet.get(f"{TABLET}state").json()["rate"]),
        "state": asked(tablet, f"{TABLET}state"),
    }
    Ticket.objects.filter(pk=visit.pk).update(ended_at=timezone.now() - timedelta(minutes=1))
    found["rest"] = asked(tablet, TABLET)
    Client().post(link, {"level": "1"})
    row = BadRating.objects.get()
    found["follow"] = asked(Client(), badratings.path(row))
    most = {"form": 3, "form of a level": 3, "tablet form": 3, "state": 4, "rest": 3, "follow": 3}
    assert {name: count for name, count in found.items() if count > most[name]} == {}


def test_the_list_asks_as_much_for_thirty_as_for_one(cast: Cast, bad: BadRating) -> None:
    manager = as_(cast, "manager1")
    one = asked(manager, "/desk/ratings/")
    for order in range(29):
        rating = Rating.objects.create(
            number=f"PJ{order}", centre=cast.centre, item=cast.items[FOOD], level=1, channel="qr", person=cast.clerk1
        )
        badratings.open_for(rating, timezone.now())
    assert asked(manager, "/desk/ratings/") == one
    assert one <= 12
