"""Identity numbers and credit codes: what people type is understood, and what cannot be right is told in Chinese."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onewindow.people.numbers import check_id, check_phone, demo_credit_code, demo_identity, is_demo_number

TODAY = dt.date(2026, 11, 22)
REAL_FORM = "36042619910101007"  # the published example of the check digit; 1 follows


def test_full_width_digits_spaces_and_a_small_x_are_understood() -> None:
    number = next(n for n in (demo_identity(dt.date(1990, 1, 1), i) for i in range(50)) if n.endswith("X"))
    typed = " " + number[:6] + " " + number[6:17].translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}) + "x"
    assert check_id("id_card", typed) == number


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("", "请填写"),
        ("36042619910101007", "应当是 18 位"),
        ("360426910101007", "15 位的旧身份证"),
        ("36042619910101007A", "最后一位"),
        (REAL_FORM + "2", "校验位不对"),
        ("00042619910101007X", "地区代码"),
        ("36042619911301007X", "出生日期不存在"),
        ("36042620991101007X", "还没有到"),
        ("36042618991101007X", "太早"),
        ("３６０４２６" + "\u0000" * 12, "数字"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_with_the_reason(number: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_id("id_card", number, today=TODAY)


def test_the_published_example_is_accepted() -> None:
    assert check_id("id_card", REAL_FORM + "1", today=TODAY) == REAL_FORM + "1"


@given(st.dates(dt.date(1930, 1, 1), dt.date(2026, 1, 1)), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: dt.date, order: int, place: int, shift: int) -> None:
    number = demo_identity(born, order)
    assert check_id("id_card", number, today=TODAY) == number
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(ValueError, match="身份证"):
        check_id("id_card", wrong, today=TODAY)


@given(st.integers(0, 99_999_999), st.sampled_from(["91", "92", "11", "12"]))
def test_made_up_credit_codes_are_valid_and_marked_as_demonstration(serial: int, kind: str) -> None:
    code = demo_credit_code(serial, kind)
    assert check_id("uscc", code.lower()) == code
    assert is_demo_number(code)


@pytest.mark.parametrize(
    ("number", "why"),
    [("91110000600037341", "18 位"), ("91110000600037341A", "校验位"), ("9111000060003734IL", "大写字母")],
)
def test_a_wrong_credit_code_is_refused_with_the_reason(number: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_id("uscc", number)


@pytest.mark.parametrize(
    ("id_type", "number", "normal"),
    [
        ("passport", "e 1234 5678", "E12345678"),
        ("hmt_permit", "h12345678", "H12345678"),
        ("hmt_permit", "810000199408230021", "810000199408230021"),
        ("other", "湘军字第0012号", "湘军字第0012号"),
    ],
)
def test_other_papers_are_checked_by_their_form(id_type: str, number: str, normal: str) -> None:
    assert check_id(id_type, number) == normal


@pytest.mark.parametrize(
    ("id_type", "number"),
    [
        ("passport", "E1"),
        ("passport", "护照"),
        ("hmt_permit", "810000199408230020"),
        ("other", "<>"),
        ("library", "1234"),
    ],
)
def test_other_papers_of_the_wrong_form_are_refused(id_type: str, number: str) -> None:
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
        check_id(id_type, number)


def test_phone_numbers_lose_their_decoration() -> None:
    assert check_phone("+86 138-0000-1111") == "13800001111"
    assert check_phone("0737 8881234") == "0737-8881234"


@pytest.mark.parametrize("number", ["", "12345", "23800001111", "1380000111", "138000011112", "一三八"])
def test_a_wrong_phone_number_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="电话号码不对"):
        check_phone(number)
