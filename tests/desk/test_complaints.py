"""Complaints and issues on the desk: lists, the page, entering one, who sees whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.hall import memory
from onewindow.hall.models import Queue
from onewindow.people.models import AccessRecord, Posting
from onewindow.places.models import Window
from onewindow.problems import Refused
from onewindow.voice.models import Complaint, SystemicIssue
from tests.cast import FOOD, Cast
from tests.desk.conftest import SignIn, text
from tests.desk.hallstage import OpenHall
from tests.voice.saying import MONDAY, move, said, walked

pytestmark = pytest.mark.django_db
LIST = "/desk/complaints/"
NEW = "/desk/complaints/new/"
GIVEN = {"channel": "window", "kind": "cannot_get_done", "cause": "overdue", "text": "说好五天，半个月了", "item": FOOD}


def queries(client: Any, where: str) -> int:
    client.get(where)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(where).status_code == 200
    return len(seen)


# ---- lists ---------------------------------------------------------------------------------------------------------


def test_lists_go_by_whose_turn_it_is(cast: Cast, sign_in: SignIn) -> None:
    rows = {state: walked(cast, state) for state in ("registered", "accepted", "assigned", "answered", "closed")}
    manager = sign_in("manager1")
    wanted = {"accept": "registered", "forward": "accepted", "working": "assigned", "revisit": "answered"}
    for key, state in {**wanted, "ended": "closed"}.items():
        page = text(manager.get(f"{LIST}?list={key}"))
        assert rows[state].number in page
        assert sum(row.number in page for row in rows.values()) == 1, key
    assert "待受理" in text(manager.get(f"{LIST}?list=strange"))


def test_late_ones_are_a_list(cast: Cast, sign_in: SignIn) -> None:
    row = said(cast, MONDAY.replace(year=2025))
    page = text(sign_in("supervisor1").get(f"{LIST}?list=late"))
    assert row.number in page
    assert "已超过" in page


def test_a_department_sees_what_it_was_given_and_nothing_else(cast: Cast, sign_in: SignIn) -> None:
    before, after = walked(cast, "registered"), walked(cast, "assigned")
    page = text(sign_in("chief1").get(f"{LIST}?list=working"))
    assert after.number in page
    assert before.number not in page
    assert sign_in("chief1").get(f"{LIST}{before.number}/").status_code == 404
    assert sign_in("chief3").get(f"{LIST}{after.number}/").status_code == 404


def test_nobody_sees_what_is_about_themselves(cast: Cast, sign_in: SignIn) -> None:
    row = said(cast)
    Complaint.objects.filter(pk=row.pk).update(person=cast.clerk1)
    assert sign_in("clerk1").get(f"{LIST}{row.number}/").status_code == 404
    assert sign_in("clerk2").get(f"{LIST}{row.number}/").status_code == 200


@pytest.mark.parametrize("who", ["clerk1", "chief1", "manager1", "supervisor1", "head1"])
def test_lists_cost_the_same_however_long(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    walked(cast, "assigned")
    first = queries(client, f"{LIST}?list=working")
    for _ in range(5):
        walked(cast, "assigned", said(cast, cause="other", text="各说各的"))
    assert queries(client, f"{LIST}?list=working") == first
    assert first <= 9


@pytest.mark.parametrize("query", ["after=x", "cause=%00", "department=%27", "list=%0A", "after=9-9&before=x-1"])
def test_strange_addresses_do_no_harm(cast: Cast, sign_in: SignIn, query: str) -> None:
    said(cast)
    assert sign_in("manager1").get(f"{LIST}?{query}").status_code == 200


# ---- one complaint -------------------------------------------------------------------------------------------------


def test_the_page_says_what_where_and_what_may_be_done(cast: Cast, sign_in: SignIn) -> None:
    like = said(cast)
    row = said(cast, name="李桃花", phone="13812345678", cause="overdue")
    page = text(sign_in("manager1").get(f"{LIST}{row.number}/"))
    for words in ("半个月了还没有结果", "李**", "138****5678", "桃江县市场监督管理局", like.number, "4 个工作小时"):
        assert words in page, words
    assert "李桃花" not in page
    assert row.code not in page, "whoever has the code could confirm in the complainant's name"
    assert 'id="do-accept"' in page


def test_the_department_never_learns_who_complained(cast: Cast, sign_in: SignIn) -> None:
    row = walked(cast, "assigned", said(cast, name="李桃花", phone="13812345678"))
    page = text(sign_in("chief1").get(f"{LIST}{row.number}/"))
    assert "为保护反映人" in page
    assert "李**" not in page
    assert "138****" not in page
    refused = sign_in("chief1").post(f"{LIST}{row.number}/unmask/", {"field": "phone", "reason": "想和他谈谈"})
    assert refused.status_code == 403
    assert AccessRecord.objects.filter(kind="refused", action="unmask.phone", subject=row.number).exists()


def test_a_manager_of_that_department_does_not_learn_it_either(cast: Cast, sign_in: SignIn) -> None:
    row = said(cast, name="李桃花", phone="13812345678")
    Posting.objects.filter(account=cast.manager1).update(department=cast.market)
    assert "138****" not in text(sign_in("manager1").get(f"{LIST}{row.number}/"))


def test_the_phone_in_full_is_shown_once_and_recorded(cast: Cast, sign_in: SignIn) -> None:
    row = said(cast, name="李桃花", phone="13812345678")
    client, where = sign_in("manager1"), f"{LIST}{row.number}/unmask/"
    assert client.post(where, {"field": "phone", "reason": ""}).status_code == 422
    assert client.post(where, {"field": "id_number", "reason": "看看身份证"}).status_code == 422
    page = text(client.post(where, {"field": "phone", "reason": "打电话回访"}))
    assert "13812345678" in page
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.subject, record.action, record.reason) == (row.number, "phone", "打电话回访")


def test_closing_says_what_is_missing(cast: Cast, sign_in: SignIn) -> None:
    row = walked(cast, "answered")
    page = text(sign_in("manager1").get(f"{LIST}{row.number}/"))
    assert "缺少：回访" in page
    assert 'id="do-close"' not in page


def test_a_revisit_by_form(cast: Cast, sign_in: SignIn) -> None:
    row = walked(cast, "answered")
    client, where = sign_in("manager1"), f"{LIST}{row.number}/"
    sent = {"action": "revisit", "version": str(row.version)}
    empty = client.post(where, sent)
    assert empty.status_code == 422
    assert "请选群众认可还是不认可" in text(empty)
    assert client.post(where, {**sent, "satisfied": "no", "words": "还没发证"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.satisfied) == ("rectifying", False)


def test_assigning_by_form_suggests_the_department_complained_of(cast: Cast, sign_in: SignIn) -> None:
    row = walked(cast, "accepted")
    client, where = sign_in("manager1"), f"{LIST}{row.number}/"
    assert re.search(rf'<option value="{cast.market.pk}" selected', text(client.get(where)))
    sent = {"action": "assign", "version": str(row.version), "department": str(cast.market.pk), "words": "请三天内答复"}
    assert client.post(where, sent).status_code == 302
    page = text(client.get(where))
    assert "承办部门：桃江县市场监督管理局" in page
    assert "请三天内答复" in page


@pytest.mark.parametrize("who", ["clerk1", "manager1"])
def test_a_complaint_costs_a_fixed_number_of_queries(cast: Cast, sign_in: SignIn, who: str) -> None:
    client = sign_in(who)
    row = said(cast)
    said(cast, cause="other", text="各说各的事")
    first = queries(client, f"{LIST}{row.number}/")
    for _ in range(6):
        said(cast)
    assert queries(client, f"{LIST}{row.number}/") <= first + 1, "one more: which of the like ones may be opened"
    assert first <= 12


def test_markup_in_a_complaint_is_text(cast: Cast, sign_in: SignIn) -> None:
    row = said(cast, text="<script>alert(1)</script>{{ 7*7 }}")
    page = text(sign_in("manager1").get(f"{LIST}{row.number}/"))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


# ---- taking one down -----------------------------------------------------------------------------------------------


def test_taking_one_down_gives_a_slip_to_the_taker_alone(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.get(NEW))
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert once
    sent = {**GIVEN, "once": once[1], "name": "李桃花", "phone": "13812345678"}
    made = client.post(NEW, sent)
    row = Complaint.objects.get()
    assert made["Location"] == f"{LIST}{row.number}/"
    assert (row.channel, row.item, row.against) == ("window", cast.items[FOOD], cast.market)
    assert client.post(NEW, sent)["Location"] == made["Location"]
    assert Complaint.objects.count() == 1, "the same press"
    slip = text(client.get(f"{LIST}{row.number}/slip/"))
    assert f"{row.code[:4]} {row.code[4:8]} {row.code[8:]}" in slip
    assert sign_in("manager1").get(f"{LIST}{row.number}/slip/").status_code == 404
    Complaint.objects.filter(pk=row.pk).update(opened_at=MONDAY.replace(year=2025))
    assert client.get(f"{LIST}{row.number}/slip/").status_code == 404, "half an hour later"


def test_mistakes_keep_what_was_typed(cast: Cast, sign_in: SignIn) -> None:
    wrong = sign_in("clerk1").post(NEW, {**GIVEN, "window": "Z99", "phone": "12"})
    assert wrong.status_code == 422
    page = text(wrong)
    assert "说好五天，半个月了" in page
    assert "电话号码不对" in page
    assert not Complaint.objects.exists()
    assert "请填写事情的经过" in text(sign_in("clerk1").post(NEW, {**GIVEN, "text": ""}))


@pytest.mark.parametrize(("who", "status"), [("clerk1", 200), ("guide1", 200), ("examiner1", 404), ("mayor1", 404)])
def test_who_comes_to_the_form(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    assert sign_in(who).get(NEW).status_code == status


def test_it_comes_filled_in_from_a_case(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive(FOOD)
    page = text(sign_in("clerk1").get(f"/desk/cases/{case.number}/"))
    assert f"{NEW}?case={case.number}" in page
    assert f'value="{case.number}"' in text(sign_in("clerk1").get(f"{NEW}?case={case.number}"))
    made = sign_in("clerk1").post(NEW, {**GIVEN, "item": "", "case": case.number})
    assert made.status_code == 302
    assert Complaint.objects.get().case == case


# ---- issues --------------------------------------------------------------------------------------------------------


def test_three_like_ones_are_an_issue_on_the_desk(cast: Cast, sign_in: SignIn) -> None:
    rows = [said(cast) for _ in range(3)]
    issue = SystemicIssue.objects.get()
    manager = sign_in("manager1")
    assert issue.number in text(manager.get("/desk/issues/"))
    page = text(manager.get(f"/desk/issues/{issue.number}/"))
    assert all(row.number in page for row in rows)
    assert f"/desk/issues/{issue.number}/" in text(manager.get(f"{LIST}{rows[0].number}/"))
    chief = sign_in("chief1")
    sent = {"action": "plan", "version": "1", "measure": "加一个人", "until": "2027-03-01"}
    wrong = chief.post(f"/desk/issues/{issue.number}/", sent)
    assert wrong.status_code == 422
    assert "日期太远了" in text(wrong)
    assert sign_in("chief3").get(f"/desk/issues/{issue.number}/").status_code == 404


def test_issues_cost_a_fixed_number_of_queries(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        said(cast)
    client, issue = sign_in("manager1"), SystemicIssue.objects.get()
    where = f"/desk/issues/{issue.number}/"
    first, listed = queries(client, where), queries(client, "/desk/issues/")
    for _ in range(4):
        said(cast)
    assert queries(client, where) <= first
    assert queries(client, "/desk/issues/") <= listed
    assert first <= 12
    assert listed <= 8


# ---- the window of what could not be done --------------------------------------------------------------------------


def test_a_visitor_of_the_complaints_line_is_taken_down_with_the_ticket(hall: OpenHall, sign_in: SignIn) -> None:
    """At the window the ticket and, if the visitor agrees, who they are come along."""
    window = Window.objects.create(centre=hall.cast.centre, code="B01", name="办不成事", kind="cannot_get_done")
    Queue.objects.create(centre=hall.cast.centre, letter="W", name="办不成事", kind="cannot_get_done")
    hall.stage.windows["B01"] = window
    memory.forget()
    hall.take(kind="cannot_get_done", visitor={"name": "李桃花", "phone": "13812345678"})
    hall.open(code="B01")
    hall.call(code="B01")
    ticket = hall.start(code="B01")
    client = sign_in("clerk1")
    page = text(client.get("/desk/hall/"))
    assert f"{NEW}?ticket={ticket.code}" in page
    form = text(client.get(f"{NEW}?ticket={ticket.code}"))
    assert ticket.number in form
    assert ticket.visitor is not None
    assert str(ticket.visitor.name) not in form
    made = client.post(NEW, {**GIVEN, "ticket": ticket.code, "use_visitor": "on"})
    assert made.status_code == 302, text(made)
    row = Complaint.objects.get()
    assert (row.ticket, str(row.name), row.person) == (ticket, str(ticket.visitor.name), None)


def test_an_ordinary_ticket_names_who_served_it(hall: OpenHall, cast: Cast, sign_in: SignIn) -> None:
    hall.take(FOOD)
    hall.open()
    hall.call()
    ticket = hall.start()
    row = said(cast, hall.now, ticket=ticket.code, item="")
    assert (row.ticket, row.person) == (ticket, cast.clerk1)
    with pytest.raises(Refused, match="说的就是您"):
        move(cast, row, "accept", "clerk1", hall.now)
