"""The sentences of a guide, for every item that is shipped."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
import yaml

from onewindow.catalogue.guide import Guide, money
from onewindow.catalogue.imports import SHIPPED_ITEMS, read_spec
from onewindow.catalogue.spec import Fee, FeeTier, ItemSpec

SHIPPED = yaml.load(SHIPPED_ITEMS.read_bytes(), Loader=yaml.CSafeLoader)["items"]


def spec(key: str) -> ItemSpec:
    return read_spec(next(raw for raw in SHIPPED if raw["key"] == key))


@pytest.mark.parametrize("key", [raw["key"] for raw in SHIPPED])
def test_every_shipped_item_answers_the_five_questions_in_every_situation(key: str) -> None:
    rule = spec(key)
    for chosen in itertools.product(*(scenario.options for scenario in rule.scenarios)):
        answers = {s.key: option.value for s, option in zip(rule.scenarios, chosen, strict=True)}
        guide = Guide(rule, answers)
        assert guide.complete
        assert not any(line.when for line in guide.materials)
        for words in (guide.who, guide.bring_words, guide.time_words, guide.fee_words, guide.where_words):
            assert words
            assert "None" not in words
        assert len(guide.to_bring) + len(guide.obtained) == len(rule.materials_for(answers))


def test_the_fee_follows_the_answer() -> None:
    rule = spec("id-card")
    scenario = rule.scenario_by_key["reason"]
    others = {s.key: s.options[0].value for s in rule.scenarios if s.key != "reason"}
    words = {o.value: Guide(rule, {**others, "reason": o.value}).fee_words for o in scenario.options}
    assert words["first"] == "免费"
    assert words["lost"] == "40 元/证"
    assert Guide(rule, {}).fee_words == "0—40 元/证"


def test_tiers_that_no_question_decides_stay_a_range() -> None:
    tiers = (FeeTier(amount=Decimal(80), label="住宅"), FeeTier(amount=Decimal(550), label="非住宅"))
    fee = Fee(amount=Decimal(80), unit="元/件", basis="发改价格规〔2016〕2559号", tiers=tiers)
    guide = Guide(spec("fertility-registration").model_copy(update={"fee": fee}), {"marital": "unmarried"})
    assert guide.fee_words == "80—550 元/件"
    assert [(row.who, row.words) for row in guide.fee_rows] == [("住宅", "80 元/件"), ("非住宅", "550 元/件")]


def test_money_is_written_without_idle_zeros() -> None:
    assert money(Decimal("12.50"), "元/件") == "12.5 元/件"
    assert money(Decimal("100"), "元/件") == "100 元/件"
    assert money(Decimal("0.00"), "元/件") == "免费"
