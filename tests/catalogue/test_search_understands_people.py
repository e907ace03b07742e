"""What people say finds what they mean: everyday phrases, part-words, a wrong character."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from onewindow.catalogue.search import search

ASKED = yaml.safe_load((Path(__file__).parent / "everyday.yaml").read_text("utf-8"))

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def best(q: str, count: int = 3) -> list[str]:
    return [hit.item.key for hit in search(q)[:count]]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked["q"])
def test_an_everyday_phrase_finds_its_item_within_the_first_three(asked: dict[str, object]) -> None:
    assert set(best(str(asked["q"]))) & set(asked["expect"])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("q", "key"),
    [
        ("公司设立登记", "company-establishment"),
        ("结婚登记", "marriage-registration"),
        ("工伤认定", "work-injury-recognition"),
    ],
)
def test_the_official_name_comes_first(q: str, key: str) -> None:
    assert best(q, 1) == [key]


def test_part_of_a_word_is_enough() -> None:
    assert "housing-fund-withdrawal" in best("公积")
    assert "deed-tax-declaration" in best("税")


def test_full_width_letters_capitals_and_punctuation_do_not_matter() -> None:
    assert best("　开ＫＴＶ！？") == best("开ktv")


def test_words_that_say_nothing_do_not_disturb() -> None:
    assert best("请问我想办理结婚登记需要什么材料", 1) == best("结婚登记", 1)
