"""Postings: given, ended, never deleted, and never to oneself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from onewindow.people.models import AccessRecord, Account, ChangeRecord, Posting
from tests.cast import Cast
from tests.manage.conftest import Browse, Elsewhere, check, errors_in, save


@pytest.fixture
def fresh(cast: Cast) -> Account:
    return Account.objects.create(username="fresh1", name="新来的")


def url(account: Account, role: str, centre: Any) -> str:
    return f"/manage/staff/{account.pk}/postings/new/?role={role}&centre={centre.pk}"


def today(days: int = 0) -> str:
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def test_a_clerk_is_posted_to_a_window_in_place_of_a_colleague(browse: Browse, cast: Cast, fresh: Account) -> None:
    window = cast.centre.windows.get(code="A01")
    data = {"window": window.pk, "covers": cast.posting("clerk1").pk, "valid_from": today(), "valid_until": today(90)}
    save(browse("manager1"), url(fresh, "clerk", cast.centre), data)
    posting = Posting.objects.get(account=fresh)
    assert (posting.role, posting.centre, posting.window) == ("clerk", cast.centre, window)
    assert posting.covers == cast.posting("clerk1")
    record = ChangeRecord.objects.get()
    assert (record.verb, record.subject) == ("add_posting", f"posting:{posting.pk}")
    assert record.after["role"] == "clerk"


def test_first_the_role_and_the_centre_are_asked(browse: Browse, cast: Cast, fresh: Account) -> None:
    client = browse("manager1")
    assert "先选角色和中心" in client.get(f"/manage/staff/{fresh.pk}/postings/new/").content.decode()
    asked = client.get(f"/manage/staff/{fresh.pk}/postings/new/?asked=1&centre={cast.centre.pk}")
    assert asked.status_code == 422
    assert "请选择角色" in errors_in(asked)


@pytest.mark.parametrize(
    ("role", "data", "words"),
    [
        ("examiner", {"valid_from": 0}, "请选择部门"),
        ("examiner", {"valid_from": 0, "department": "elsewhere"}, "没有您选的这一项"),
        ("clerk", {}, "请填写起始日期"),
        ("clerk", {"valid_from": 0, "valid_until": -1}, "不能早于"),
        ("clerk", {"valid_from": 5, "valid_until": 3}, "不能早于"),
        ("township_clerk", {"valid_from": 0}, "只能在乡镇或村任职"),
        ("clerk", {"valid_from": 0, "covers": "chief1"}, "没有您选的这一项"),
    ],
)
def test_a_wrong_posting_is_explained(
    browse: Browse, cast: Cast, fresh: Account, elsewhere: Elsewhere, role: str, data: dict[str, Any], words: str
) -> None:
    places = {"elsewhere": elsewhere.department.pk, "chief1": cast.posting("chief1").pk}
    sent = {k: today(v) if isinstance(v, int) else places.get(v, v) for k, v in data.items()}
    response = check(browse("manager1"), url(fresh, role, cast.centre), sent)
    assert response.status_code == 422
    assert words in errors_in(response)
    assert not Posting.objects.filter(account=fresh).exists()


@pytest.mark.parametrize("date", ["2026-02-30", "明天", "99999-01-01", "0001-01-01"])
def test_a_date_that_is_none_is_explained(browse: Browse, cast: Cast, fresh: Account, date: str) -> None:
    response = check(browse("manager1"), url(fresh, "clerk", cast.centre), {"valid_from": date})
    assert response.status_code == 422
    assert "起始日期" in errors_in(response)


def test_the_same_posting_twice_at_once_is_refused(browse: Browse, cast: Cast) -> None:
    response = check(browse("manager1"), url(cast.clerk1, "clerk", cast.centre), {"valid_from": today()})
    assert "已经在做同一个任职" in errors_in(response)


def test_nobody_gives_themselves_a_posting(browse: Browse, cast: Cast) -> None:
    data = {"department": cast.market.pk, "valid_from": today(), "step": "save"}
    response = browse("manager1").post(url(cast.manager1, "chief", cast.centre), data)
    assert response.status_code == 403
    assert "不能给自己安排任职" in errors_in(response)
    assert Posting.objects.filter(account=cast.manager1).count() == 1
    refusal = AccessRecord.objects.get(kind="refused")
    assert (refusal.account, refusal.action) == (cast.manager1, "add_posting")


def test_a_refused_trial_is_recorded_too(browse: Browse, cast: Cast) -> None:
    data = {"department": cast.market.pk, "valid_from": today()}
    assert check(browse("admin"), url(cast.admin, "chief", cast.centre), data).status_code == 403
    refusal = AccessRecord.objects.get(kind="refused", account=cast.admin)
    assert (refusal.action, refusal.subject) == ("add_posting", f"account:{cast.admin.pk}")


@pytest.mark.parametrize("role", ["admin", "manager", "supervisor"])
def test_a_manager_makes_no_managers(browse: Browse, cast: Cast, fresh: Account, role: str) -> None:
    data = {"valid_from": today(), "step": "save"}
    assert browse("manager1").post(url(fresh, role, cast.centre), data).status_code == 403
    assert not Posting.objects.filter(account=fresh).exists()
    save(browse("admin"), url(fresh, role, cast.centre), {"valid_from": today()})
    assert Posting.objects.get(account=fresh).role == role


@pytest.mark.parametrize("role", ["applicant", "system", "god", "%00"])
def test_roles_that_nobody_holds_are_no_choice(browse: Browse, cast: Cast, fresh: Account, role: str) -> None:
    response = browse("admin").post(url(fresh, role, cast.centre), {"valid_from": today(), "step": "save"})
    assert response.status_code == 404
    assert not Posting.objects.filter(account=fresh).exists()


def test_an_account_that_is_switched_off_gets_no_posting(browse: Browse, cast: Cast, fresh: Account) -> None:
    Account.objects.filter(pk=fresh.pk).update(is_active=False)
    response = check(browse("manager1"), url(fresh, "clerk", cast.centre), {"valid_from": today()})
    assert "已停用" in response.content.decode()
    assert not Posting.objects.filter(account=fresh).exists()


def test_a_posting_ends_and_stays(browse: Browse, cast: Cast) -> None:
    posting = cast.posting("clerk2")
    client = browse("manager1")
    save(client, f"/manage/postings/{posting.pk}/end/", {"valid_until": today(3), "reason": "轮岗"})
    posting.refresh_from_db()
    assert posting.valid_until == timezone.localdate() + dt.timedelta(days=3)
    assert ChangeRecord.objects.get().after == {"valid_until": today(3), "reason": "轮岗"}
    assert "3 天后结束" in client.get(f"/manage/staff/{cast.clerk2.pk}/").content.decode()


@pytest.mark.parametrize(("days", "words"), [(-1, "不能早于今天"), (10, "只能提前结束")])
def test_an_end_is_neither_past_nor_a_prolongation(browse: Browse, cast: Cast, days: int, words: str) -> None:
    posting = cast.posting("clerk2")
    Posting.objects.filter(pk=posting.pk).update(valid_until=timezone.localdate() + dt.timedelta(days=5))
    data = {"valid_until": today(days), "reason": "轮岗"}
    response = check(browse("manager1"), f"/manage/postings/{posting.pk}/end/", data)
    assert words in errors_in(response)


def test_a_reason_must_be_given(browse: Browse, cast: Cast) -> None:
    url_ = f"/manage/postings/{cast.posting('clerk2').pk}/end/"
    assert "请填写原因" in errors_in(check(browse("manager1"), url_, {"valid_until": today()}))
