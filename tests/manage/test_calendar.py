"""The calendar: a year at a glance, a notice taken in after every row was looked at, deadlines computed again."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from onewindow.cases.models import Case, CaseEvent
from onewindow.clocks import store
from onewindow.clocks.calendar import WorkCalendar
from onewindow.clocks.imports import SHIPPED, import_calendar
from onewindow.clocks.models import CalendarDay, CalendarYear, Deadline
from onewindow.faces.manage import notices, tasks
from onewindow.faces.manage.models import CalendarNotice
from onewindow.people.changes import Steward
from onewindow.people.models import ChangeRecord
from tests.cast import FOOD, Cast
from tests.manage.conftest import Browse, errors_in

DECEMBER = dt.datetime(2026, 12, 28, 2, 0, tzinfo=dt.UTC)
NOTICE = "国办发明电〔2026〕9号"


@pytest.fixture(autouse=True)
def shipped(cast: Cast) -> Iterator[None]:
    import_calendar(SHIPPED, notice="随软件提供")
    store.forget()
    yield
    store.forget()


def year_2027(**changes: str) -> str:
    """A made-up notice for 2027 with 12 holidays; the first Monday of January is one of them."""
    days = {f"2027-01-{n:02}": ("放假", "元旦") for n in (1, 2, 3, 4)}
    days |= {f"2027-02-{n:02}": ("放假", "春节") for n in range(5, 12)}
    days |= {"2027-10-01": ("放假", "国庆节"), "2027-02-20": ("调休上班", "春节调休上班")}
    rows = [f"2027,{day},{kind},{name}" for day, (kind, name) in days.items()]
    return "\n".join(["年份,日期,类型,名称", *rows, *changes.values()])


def upload(client: Client, content: str | bytes, name: str = "2027.csv", notice: str = NOTICE) -> HttpResponse:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/manage/calendar/import/", {"notice": notice, "file": SimpleUploadedFile(name, data)})


def statutory(case: Case) -> dt.date:
    day: dt.date = Deadline.objects.of("case", case.pk).get(kind="statutory").due_on
    return day


def confirm(client: Client, response: HttpResponse) -> HttpResponse:
    return client.post(f"{response['Location']}confirm/", follow=True)


def test_the_year_shows_holidays_and_make_up_days(browse: Browse) -> None:
    page = browse("manager1").get("/manage/calendar/?year=2026").content.decode()
    assert 'title="10月1日 放假：国庆节"' in page
    assert "调休上班" in page
    assert "已经按通知导入" in page


def test_a_year_without_a_notice_is_marked_provisional(browse: Browse) -> None:
    page = browse("manager1").get("/manage/calendar/?year=2027").content.decode()
    assert "还没有导入，下面是暂定的" in page


@pytest.mark.parametrize("year", ["1500", "99999", "x", "", "-1", "%00"])
def test_a_year_that_is_none_shows_this_one(browse: Browse, year: str) -> None:
    page = browse("manager1").get(f"/manage/calendar/?year={year}").content.decode()
    assert f"{timezone.localdate().year}年工作日历" in page


def test_every_row_is_shown_before_anything_is_written(browse: Browse) -> None:
    client = browse("manager1")
    page = client.get(upload(client, year_2027())["Location"]).content.decode()
    assert "可以导入：2027年" in page
    assert page.count('data-label="结果"') == 13
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_rejected_rows_are_explained_and_nothing_can_be_confirmed(browse: Browse) -> None:
    client = browse("manager1")
    bad = year_2027(a="2027,2027-13-01,放假,坏", b="2027,2027-05-01,过年,坏", c="2027,2027-01-01,放假,元旦")
    response = upload(client, bad)
    page = client.get(response["Location"]).content.decode()
    assert "应当写成 2027-01-01 这样" in page
    assert "类型应当是" in page
    assert "这一天前面已经有了" in page
    assert "确认导入" not in page
    confirm(client, response)
    assert not CalendarYear.objects.filter(year=2027).exists()


def test_a_short_year_is_refused(browse: Browse) -> None:
    client = browse("manager1")
    page = client.get(upload(client, "year,date,kind,name\n2027,2027-01-01,放假,元旦")["Location"]).content.decode()
    assert "不像完整的放假安排" in page


def test_open_deadlines_move_and_each_leaves_an_event(browse: Browse, cast: Cast) -> None:
    with time_machine.travel(DECEMBER, tick=False):
        case = cast.act(cast.receive(FOOD), "accept", "clerk1")
        before = statutory(case)
        client = browse("manager1")
        page = confirm(client, upload(client, year_2027())).content.decode()
        case.refresh_from_db()
    assert statutory(case) > before
    event = CaseEvent.objects.filter(case=case, action="recompute").get()
    assert NOTICE in event.data["reason"]
    assert "期限已经重算完" in page
    assert case.query_number in page
    assert f"/desk/cases/{case.number}/" in page
    notice = CalendarNotice.objects.get()
    assert (notice.state, notice.moved, notice.moved_cases) == ("done", 1, [case.pk])


def test_the_import_is_on_record(browse: Browse) -> None:
    client = browse("manager1")
    confirm(client, upload(client, year_2027()))
    record = ChangeRecord.objects.get(verb="import_calendar")
    assert (record.subject, record.after["notice"]) == ("calendar:2027", NOTICE)
    assert CalendarYear.objects.get(year=2027).notice == NOTICE
    assert CalendarDay.objects.filter(year_id=2027).count() == 13


def test_confirming_twice_imports_once(browse: Browse) -> None:
    client = browse("manager1")
    response = upload(client, year_2027())
    confirm(client, response)
    assert "已经确认过了" in confirm(client, response).content.decode()
    assert ChangeRecord.objects.count() == 1


def test_the_same_notice_again_changes_nothing(browse: Browse) -> None:
    client = browse("manager1")
    confirm(client, upload(client, year_2027()))
    again = upload(client, year_2027())
    assert "不用再导入" in client.get(again["Location"]).content.decode()
    confirm(client, again)
    assert ChangeRecord.objects.count() == 1


def test_a_spreadsheet_is_read_as_well(browse: Browse) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["年份", "日期", "类型", "名称"])
    for row in year_2027().splitlines()[1:]:
        year, day, kind, name = row.split(",")
        sheet.append([int(year), dt.date.fromisoformat(day), kind, name])
    file = io.BytesIO()
    book.save(file)
    client = browse("manager1")
    page = client.get(upload(client, file.getvalue(), "安排.xlsx")["Location"]).content.decode()
    assert "可以导入：2027年" in page


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * (21 * 1024 * 1024))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "空文件"),
        (b"x" * (1024 * 1024 + 1), "a.csv", "超过 1 MB"),
        (b"MZ", "a.exe", "只能上传"),
        (b"not a zip", "a.xlsx", "打不开"),
        (b"old", "a.xls", "另存为 .xlsx"),
        (bomb(), "a.xlsx", "打不开"),
    ],
)
def test_files_that_are_no_notice_are_refused(browse: Browse, content: bytes, name: str, words: str) -> None:
    response = upload(browse("manager1"), content, name)
    assert response.status_code == 422
    assert words in errors_in(response)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01" * 50, b"a,b\n1,2", b'year,date,kind,name\n"', b"\x00" * 99])
def test_files_that_cannot_be_read_say_so_without_a_path(browse: Browse, content: bytes) -> None:
    client = browse("manager1")
    page = client.get(upload(client, content)["Location"]).content.decode()
    assert "确认导入" not in page
    assert "/tmp" not in page


def test_the_number_of_the_notice_is_needed_and_clean(browse: Browse) -> None:
    client = browse("manager1")
    assert "请填写通知文号" in errors_in(upload(client, year_2027(), notice=""))
    assert "隐藏字符" in errors_in(upload(client, year_2027(), notice="国办\u202e发"))


def test_many_cases_become_a_job_that_shows_how_far_it_is(
    browse: Browse, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "INLINE", 0)
    with time_machine.travel(DECEMBER, tick=False):
        cast.act(cast.receive(FOOD), "accept", "clerk1")
        client = browse("manager1")
        page = confirm(client, upload(client, year_2027())).content.decode()
        assert "排队等着重算" in page
        notice = CalendarNotice.objects.get()
        assert (notice.state, notice.total) == ("waiting", 1)
        notices.recompute(notice.pk)
    assert CalendarNotice.objects.get().state == "done"
    assert "1 个件的日期变了" in client.get("/manage/calendar/").content.decode()


def test_a_job_that_stopped_can_be_taken_up(browse: Browse, cast: Cast) -> None:
    with time_machine.travel(DECEMBER, tick=False):
        case = cast.act(cast.receive(FOOD), "accept", "clerk1")
        client = browse("manager1")
        location = upload(client, year_2027())["Location"]
        notices.take_in(CalendarNotice.objects.get(), by=Steward(cast.actor("manager1")))
    with time_machine.travel(DECEMBER + dt.timedelta(minutes=5), tick=False):
        client = browse("manager1")
        assert "重算停住了" in client.get(location).content.decode()
        client.post(f"{location}again/")
    assert CalendarNotice.objects.get().state == "done"
    assert CaseEvent.objects.filter(case=case, action="recompute").count() == 1


def test_an_administrator_sees_how_many_cases_but_none_of_them(browse: Browse, cast: Cast) -> None:
    with time_machine.travel(DECEMBER, tick=False):
        case = cast.act(cast.receive(FOOD), "accept", "clerk1")
        client = browse("admin")
        page = confirm(client, upload(client, year_2027())).content.decode()
    assert case.query_number not in page
    assert "不在您能看的范围" in page


def test_the_template_can_be_filled_in_and_uploaded(browse: Browse) -> None:
    client = browse("manager1")
    text = client.get("/manage/calendar/template.csv").content.decode("utf-8-sig")
    rows = text.splitlines()
    assert len(rows) == 1 + len(fixed(timezone.localdate().year + 1))
    page = client.get(upload(client, text.encode("utf-8-sig"))["Location"]).content.decode()
    assert "文件读不了" not in page


def fixed(year: int) -> list[dt.date]:
    known = WorkCalendar({}, ())
    first = dt.date(year, 1, 1)
    days = [first + dt.timedelta(days=n) for n in range(365)]
    return [day for day in days if known.day(day).name]
