"""Words are found by the letters of their pinyin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onewindow.faces.kiosk.pinyin import LONGEST, fit, letters, readings


@pytest.mark.parametrize("typed", ["kfd", "KFD", "kaifandian", "kaifd", "k f d", "kfdian", "kai'fan'dian"])
def test_letters_syllables_and_mixtures_find_a_word(typed: str) -> None:
    assert fit(letters(typed), "开饭店") == 3


@pytest.mark.parametrize("typed", ["yh", "yinhang", "yx", "yinxing"])
def test_every_reading_of_a_character_counts(typed: str) -> None:
    assert fit(letters(typed), "银行") == 3


def test_the_beginning_is_worth_more_than_the_middle() -> None:
    assert fit("kfd", "开饭店") > fit("kf", "开饭店") > fit("fd", "开饭店") > fit("fk", "开饭店") == 0


def test_letters_and_digits_in_a_name_stand_for_themselves() -> None:
    assert fit("kvxk", "K V许可") == 0  # a space is never typed over
    assert fit("kvxk", "KV许可") == 3


def test_what_is_no_letter_is_no_pinyin() -> None:
    assert letters("开饭店") == letters("k1") == letters("") == letters("k-f") == ""


def test_syllables_have_no_tones_and_cover_everyday_characters() -> None:
    known = readings()
    assert known["女"][0] == "nv"
    assert len(known) > 6000
    assert all(syllable.isascii() and syllable.islower() for own in known.values() for syllable in own)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_input_breaks_the_search(typed: str, text: str) -> None:
    asked = letters(typed)
    assert len(asked) <= LONGEST
    assert 0 <= fit(asked, text) <= 3
