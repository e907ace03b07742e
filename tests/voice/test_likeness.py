"""Which complaints say the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onewindow.voice.complaints.likeness import SAME_WORDS, Said, alike, likeness, terms

LATE = "说好五天办好，半个月了还没有结果"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("让我提供房产证的公证书，指南上没有这一项", "窗口要房产证公证书，可是指南上根本没写"),
        ("我想开饭店，办证拖了二十天", "食品经营许可拖了二十天还没下来"),
        ("网上申请系统一直转圈打不开", "网上系统打不开，申请提交不了"),
    ],
)
def test_people_who_mean_the_same_need_not_speak_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= SAME_WORDS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("窗口的人态度很差，爱理不理", "网上申请系统一直转圈打不开"),
        ("要我再交一次体检报告", "办件超过承诺的时间了"),
    ],
)
def test_other_matters_are_not_alike(one: str, other: str) -> None:
    assert likeness(one, other) < SAME_WORDS


def test_department_item_and_cause_decide_first() -> None:
    mine = Said(1, 2, "overdue", LATE)
    assert alike(mine, Said(1, 2, "overdue", "一个字都不像"))
    assert not alike(mine, Said(9, 2, "overdue", LATE)), "another item"
    assert not alike(mine, Said(1, 3, "overdue", LATE)), "another department"
    assert not alike(mine, Said(1, 2, "fee", "收了我两百块")), "another cause, other words"
    assert alike(mine, Said(1, 2, "repeated_trips", LATE)), "another cause, the same words"
    assert alike(mine, Said(0, 2, "overdue", LATE)), "the item was not named"
    assert not alike(mine, Said(0, 0, "overdue", LATE)), "nothing says it is about the same"
    assert not alike(Said(1, 2, "other", "灯坏了"), Said(1, 2, "other", "没有停车位"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_has_a_likeness_that_is_the_same_both_ways(one: str, other: str) -> None:
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == (1.0 if terms(one) else 0.0)
