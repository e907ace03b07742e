"""What of a name, a number or a phone the screen may show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onewindow.people.masking import mask_id, mask_name, mask_phone, visible_text


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳锋", "欧阳*"),
        ("欧阳", "欧*"),
        ("诸葛孔明", "诸葛**"),
        ("𠮷田", "𠮷*"),
        ("㐂㐂㐂", "㐂**"),
        ("买买提·艾力", "买**·**"),
        ("John Smith", "J*** *****"),
        ("  张三\u200b\u202e ", "张*"),
        ("葛\U000e0100城", "葛\U000e0100*"),
        ("张", "*"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_name_shows_its_surname_only(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("430922199001011234", "4309**********1234"),
        ("43092219900101123X", "4309**********123X"),
        ("430922900101123", "4309*******1123"),
        ("E12345678", "E******78"),
        ("123456", "******"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_identity_number_shows_its_ends(number: str | None, masked: str) -> None:
    assert mask_id(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("+86 138-1234-1234", "138****1234"),
        ("008613812341234", "138****1234"),
        (13812341234, "138****1234"),
        ("0737-8812345", "********345"),
        ("12345", "*****"),
        ("没有电话", ""),
        (None, ""),
    ],
)
def test_a_phone_shows_head_and_tail(phone: object, masked: str) -> None:
    assert mask_phone(phone) == masked


@given(st.text(max_size=200))
def test_no_input_breaks_a_mask_and_masks_hide_something(text: str) -> None:
    seen = visible_text(text)
    for masked in (mask_name(text), mask_id(text), mask_phone(text)):
        assert len(masked) <= len(seen)
    assert not seen or "*" in mask_id(text)
    if seen.isalnum():
        assert mask_name(text) != seen or set(seen) == {"*"}
