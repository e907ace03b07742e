"""What needs attention: shown while it does, gone when it was seen to."""

from __future__ import annotations

import datetime as dt

import time_machine
from django.utils import timezone

from onewindow.clocks import store
from onewindow.clocks.imports import SHIPPED, import_calendar
from onewindow.people.models import AuthorisationLetter, Posting
from onewindow.places.models import Window
from tests.cast import Cast
from tests.manage.conftest import Browse


def in_days(days: int) -> dt.date:
    return timezone.localdate() + dt.timedelta(days=days)


def test_letters_and_postings_that_end_soon(browse: Browse, cast: Cast) -> None:
    AuthorisationLetter.objects.filter(posting=cast.posting("chief1")).update(valid_until=in_days(30))
    Posting.objects.filter(account=cast.clerk1).update(valid_until=in_days(7))
    shown = browse("manager1").get("/manage/").context
    assert [row["letter"].posting.account for row in shown["letters"]] == [cast.chief1]
    assert [row["posting"].account for row in shown["postings"]] == [cast.clerk1]


def test_a_letter_that_ends_in_31_days_can_wait(browse: Browse, cast: Cast) -> None:
    AuthorisationLetter.objects.filter(posting=cast.posting("chief1")).update(valid_until=in_days(31))
    assert browse("manager1").get("/manage/").context["letters_count"] == 0


def test_departments_without_a_chief_who_may_decide(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")
    assert client.get("/manage/").context["headless_count"] == 0
    AuthorisationLetter.objects.filter(posting=cast.posting("chief1")).update(revoked_at=timezone.now())
    shown = client.get("/manage/")
    assert shown.context["headless"] == [cast.market]
    assert "没有有效的授权书" in shown.content.decode()
    Posting.objects.filter(account=cast.chief1).update(valid_until=in_days(-1))
    assert "没有首席事务代表在岗" in client.get("/manage/").content.decode()


def test_departments_without_anybody(browse: Browse, cast: Cast) -> None:
    Posting.objects.filter(department=cast.health).update(valid_until=in_days(-1))
    shown = browse("manager1").get("/manage/").context
    assert shown["empty"] == [cast.health]
    assert cast.health not in shown["headless"]


def test_windows_without_anybody_are_named(browse: Browse, cast: Cast) -> None:
    Window.objects.create(centre=cast.centre, code="A02", name="综合窗口2号", kind="general")
    Posting.objects.filter(account__in=[cast.clerk1, cast.clerk2]).update(window=Window.objects.get(code="A01"))
    shown = browse("manager1").get("/manage/").context
    assert [(row["centre_id"], row["codes"]) for row in shown["windows"]] == [(cast.centre.pk, "A02")]


def test_a_clerk_without_a_fixed_window_serves_them_all(browse: Browse, cast: Cast) -> None:
    Window.objects.create(centre=cast.township, code="01", name="综合受理", kind="general")
    assert browse("manager1").get("/manage/").context["windows_count"] == 0


def test_next_year_is_missed_from_november_on(browse: Browse, cast: Cast) -> None:
    import_calendar(SHIPPED)
    store.forget()
    with time_machine.travel(dt.datetime(2026, 10, 31, 4, 0, tzinfo=dt.UTC), tick=False):
        assert browse("manager1").get("/manage/").context["years_missing"] == []
    with time_machine.travel(dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC), tick=False):
        assert "2027年的放假安排还没有导入" in browse("manager1").get("/manage/").content.decode()
    store.forget()


def test_somebody_who_only_reads_gets_a_calm_page(browse: Browse, cast: Cast) -> None:
    page = browse("editor1").get("/manage/").content.decode()
    assert "事项和版本" in page
    assert "人员和任职" not in page
