"""The figures of a hall on a page and as a table to take along."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import cast as taken_for

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.hall import memory
from onewindow.hall.models import Queue
from tests.cast import COMPANY, Cast
from tests.hall.stage import Stage, build
from tests.manage.conftest import Browse, errors_in

PAGE, CSV = "/manage/hall/taojiang/figures/", "/manage/hall/taojiang/figures.csv"
DAY = timezone.localdate() - dt.timedelta(days=1)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    memory.forget()
    made = build(cast)
    made.day = DAY
    made.visit("9:00", called="9:10", started="9:11", ended="9:21", items=[COMPANY])
    made.booking("9:55", "10:00", called="10:05", started="10:06", ended="10:26")
    made.visit("10:00", left="10:45")
    return made


def test_big_numbers_first_then_every_cut(browse: Browse, stage: Stage, cast: Cast) -> None:
    page = browse("manager1").get(f"{PAGE}?since={DAY}").content.decode()
    for words in (
        "10.0<small> 分钟",
        "不预约也能办",
        "没有预约的占 67%",
        "A 综合",
        cast.items[COMPANY].name,
        "A01 综合窗口1号",
        "9:00–10:00",
        "没有办就离开的",
        "45 分钟",
        "1 个在约定时间后 10 分钟内叫到",
    ):
        assert words in page, words


def test_an_empty_time_says_so(browse: Browse, stage: Stage) -> None:
    assert "这些天没有人取号" in browse("manager1").get(f"{PAGE}?since=2020-01-01").content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "gestern", "until": "2026-01-01"}, "开始日期要写成日期"),
        ({"since": f"{DAY}", "until": f"{DAY - dt.timedelta(days=1)}"}, "早于开始日期"),
        ({"since": f"{DAY - dt.timedelta(days=31)}", "until": f"{DAY}"}, "最多看 31 天"),
        ({"since": "2099-01-01", "until": "2099-01-02"}, "今天或者以前"),
        ({"since": "1066-10-14", "until": "1066-10-14"}, "今天或者以前"),
        ({"since": "\x00", "until": "9" * 400}, "要写成日期"),
    ],
)
def test_dates_that_cannot_be_are_said_and_kept(browse: Browse, stage: Stage, asked: dict[str, str], said: str) -> None:
    response = browse("manager1").get(PAGE, asked)
    assert response.status_code == 400
    assert said in errors_in(taken_for(HttpResponse, response))
    assert browse("manager1").get(CSV, asked)["Location"].startswith(PAGE)


def test_the_table_holds_the_same_numbers(browse: Browse, stage: Stage) -> None:
    Queue.objects.filter(letter="A").update(letter="=1", name="+cmd")
    response = browse("supervisor1").get(f"{CSV}?since={DAY}&until={DAY}")
    assert response["Content-Type"].startswith("text/csv")
    assert f"hall-taojiang-{DAY}-{DAY}.csv" in response["Content-Disposition"]
    text = response.content.decode()
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    whole = next(row for row in rows if row["分类"] == "全部")
    assert (whole["取号"], whole["离开"], whole["平均等候（分钟）"], whole["最长等候（分钟）"]) == (
        "3",
        "1",
        "10.0",
        "10.0",
    )
    assert next(row for row in rows if row["分类"] == "队伍")["名称"] == "'=1 +cmd"
    assert {row["分类"] for row in rows} >= {"未预约", "预约", "事项", "窗口", "钟点", "日子"}


def test_the_page_costs_the_same_however_much_there_was(browse: Browse, stage: Stage) -> None:
    client = browse("manager1")
    counts = []
    for _ in range(2):
        memory.forget()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{PAGE}?since={DAY}").status_code == 200
        counts.append(len(queries))
        for n in range(20):
            stage.visit("9:30", called="9:40", started="9:41", ended="9:50", items=[COMPANY])
            stage.visit("9:30", left=f"9:{31 + n}")
    assert counts[0] == counts[1] <= 20
