"""The records: nobody alters them, and each reader finds what concerns the own place."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from onewindow.people.changes import Steward
from onewindow.people.models import AccessRecord, ChangeRecord
from onewindow.places.changes import edit_department
from onewindow.problems import Refused
from tests.cast import Cast
from tests.manage.conftest import Browse, Elsewhere


def change(cast: Cast, phone: str = "0737-1234567", who: str = "manager1") -> ChangeRecord:
    edit_department(cast.market, {"phone": phone}, by=Steward(cast.actor(who)))
    return ChangeRecord.objects.latest("id")


@pytest.mark.parametrize("statement", ["UPDATE people_changerecord SET verb = 'x'", "DELETE FROM people_changerecord"])
def test_the_database_refuses_to_alter_the_record(cast: Cast, statement: str) -> None:
    change(cast)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ChangeRecord.objects.count() == 1


def test_a_refused_change_leaves_a_refusal_and_nothing_else(cast: Cast) -> None:
    with pytest.raises(Refused):
        edit_department(cast.market, {"phone": "0737-1"}, by=Steward(cast.actor("clerk1")))
    assert not ChangeRecord.objects.exists()
    refusal = AccessRecord.objects.get()
    assert (refusal.kind, refusal.action, refusal.subject) == (
        "refused",
        "edit_department",
        f"department:{cast.market.pk}",
    )


def test_changes_are_shown_with_names_before_and_after(browse: Browse, cast: Cast) -> None:
    change(cast)
    page = browse("supervisor1").get("/manage/changes/").content.decode()
    for words in ("修改部门信息", "桃江县市场监督管理局", "0737-8880000", "0737-1234567", "沈管", "中心管理员"):
        assert words in page


def test_changes_are_filtered(browse: Browse, cast: Cast) -> None:
    change(cast)
    client = browse("manager1")
    assert "0737-1234567" in client.get("/manage/changes/?q=沈管&verb=edit_department").content.decode()
    assert "没有这样的改动" in client.get("/manage/changes/?verb=sign_letter").content.decode()
    assert "没有这样的改动" in client.get("/manage/changes/?until=2020-01-01").content.decode()
    assert "0737-1234567" in client.get("/manage/changes/?since=2020-13-99&verb=%00&q=%00").content.decode()


def test_changes_elsewhere_are_not_shown(browse: Browse, cast: Cast, elsewhere: Elsewhere) -> None:
    edit_department(elsewhere.department, {"phone": "0737-7777777"}, by=Steward(cast.actor("admin")))
    assert "0737-7777777" not in browse("manager1").get("/manage/changes/").content.decode()
    assert "0737-7777777" in browse("admin").get("/manage/changes/").content.decode()


def test_access_records_of_the_own_people_are_shown(browse: Browse, cast: Cast, elsewhere: Elsewhere) -> None:
    AccessRecord.objects.create(kind="refused", account=cast.clerk1, action="decide", reason="没有授权书")
    AccessRecord.objects.create(kind="refused", account=elsewhere.account, action="decide", reason="别处的事")
    page = browse("manager1").get("/manage/access/").content.decode()
    assert "没有授权书" in page
    assert "作出决定" in page
    assert "别处的事" not in page
    assert "别处的事" in browse("admin").get("/manage/access/").content.decode()


def test_failed_sign_ins_without_an_account_are_shown_to_whoever_manages_all(browse: Browse, cast: Cast) -> None:
    AccessRecord.objects.create(kind="sign_in_failed", subject="root")
    page = browse("manager1").get("/manage/access/?kind=sign_in_failed").content.decode()
    assert "没有登录的人" in page
    assert "root" in page


def test_what_was_written_by_hand_is_shown_as_text(browse: Browse, cast: Cast) -> None:
    AccessRecord.objects.create(
        kind="refused", account=cast.clerk1, action="<b>x</b>", subject="account:x", reason="<i>"
    )
    page = browse("manager1").get("/manage/access/").content.decode()
    assert "<b>x</b>" not in page
    assert "&lt;i&gt;" in page


def test_the_latest_record_of_a_page_leads_to_the_next(browse: Browse, cast: Cast) -> None:
    for number in range(60):
        AccessRecord.objects.create(kind="signed_in", account=cast.clerk1, subject=f"s{number}")
    client = browse("manager1")
    first = client.get("/manage/access/").context["page"]
    second = client.get(f"/manage/access/{first.next_url}").context["page"]
    assert [r.subject for r in first.rows] == [f"s{n}" for n in range(59, 9, -1)]
    assert [r.subject for r in second.rows] == [f"s{n}" for n in range(9, -1, -1)]
    assert second.next_url == ""
    back = client.get(f"/manage/access/{second.prev_url}").context["page"]
    assert [r.subject for r in back.rows] == [r.subject for r in first.rows]


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "WyJhIl0", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0", "é", "[" * 99])
def test_a_cursor_that_makes_no_sense_shows_the_first_page(browse: Browse, cast: Cast, cursor: str) -> None:
    AccessRecord.objects.create(kind="signed_in", account=cast.clerk1)
    for way in ("after", "before"):
        response = browse("manager1").get(f"/manage/access/?{way}={cursor}")
        assert response.status_code == 200
        assert len(response.context["page"].rows) == 1
