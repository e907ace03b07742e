"""The guide: five answers first, this person's list after the questions, everything else folded."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import COMPANY, FOOD, Cast
from tests.portal.visiting import text_of

pytestmark = pytest.mark.django_db


def test_the_five_questions_come_first_and_in_order(client: Client, cast: Cast) -> None:
    page = text_of(client.get(f"/items/{FOOD}/"))
    places = [
        page.index(f"</svg>{words}") for words in ("我能办吗", "要带什么", "多久办好", "多少钱", "去哪里办、怎么办")
    ]
    assert places == sorted(places)
    assert places[-1] < page.index("怎么一步步办")


@pytest.mark.parametrize(
    "words",
    [
        "怎么一步步办", "可能要做的特别程序", "办完给您什么", "要跑几次", "时间怎么算", "常见问题", "变更、延续、注销",
        "依据什么规定", "不满意、有疑问找谁", "实施编码", "基本编码", "事项类型", "办件类型", "服务对象", "实施主体",
        "第 1 版", "法定时限", "承诺时限", "行政复议", "常见错误", "下载办事指南",
    ],
)  # fmt: skip
def test_every_element_of_a_guide_is_there(client: Client, cast: Cast, words: str) -> None:
    assert words in text_of(client.get(f"/items/{FOOD}/"))


def test_the_answers_choose_the_materials(client: Client, cast: Cast) -> None:
    retail = text_of(client.get(f"/items/{FOOD}/?industry=retail&agent=no"))
    catering = text_of(client.get(f"/items/{FOOD}/?industry=catering&agent=yes"))
    assert "您要准备的材料" in retail
    assert "从业人员健康证明" not in retail
    assert "授权委托书" not in retail
    assert "从业人员健康证明" in catering
    assert "授权委托书" in catering


def test_without_answers_every_material_stands_with_its_condition(client: Client, cast: Cast) -> None:
    page = text_of(client.get(f"/items/{FOOD}/"))
    assert "只有这样才要：由谁来办理？选「委托他人代办」" in page
    assert "回答 2 个问题" in page


def test_wrong_answers_count_as_none(client: Client, cast: Cast) -> None:
    assert "回答 2 个问题" in text_of(client.get(f"/items/{FOOD}/?industry=rocket&agent=<b>"))


def test_shared_papers_are_named_as_not_to_be_brought(client: Client, cast: Cast) -> None:
    spec = cast.items[COMPANY].current.spec  # type: ignore[union-attr]
    page = text_of(client.get(f"/items/{COMPANY}/"))
    shared = [m.name for m in spec.materials if m.shared]
    for name in shared:
        assert name in page
    assert ("这些您不用带" in page) == bool(shared)


def test_what_is_not_verified_is_marked_as_a_sample(client: Client, cast: Cast) -> None:
    spec = cast.items[FOOD].current.spec  # type: ignore[union-attr]
    assert ("示例，以部门公布为准" in text_of(client.get(f"/items/{FOOD}/"))) == (not spec.materials_verified)


def test_key_and_code_lead_to_the_same_guide(client: Client, cast: Cast) -> None:
    by_key = client.get(f"/items/{FOOD}/")
    by_code = client.get(f"/items/{cast.items[FOOD].code}/")
    assert by_key.status_code == by_code.status_code == 200
    assert client.get("/items/no-such-item/").status_code == 404


def test_the_pdf_is_a_pdf_and_may_be_cached(client: Client, cast: Cast) -> None:
    answer = client.get(f"/items/{FOOD}/guide.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "public" in answer["Cache-Control"]
    assert client.get("/items/no-such-item/guide.pdf").status_code == 404


def test_the_guide_needs_six_queries_at_most(client: Client, cast: Cast, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(6):  # type: ignore[operator]
        client.get(f"/items/{FOOD}/?industry=retail&agent=no")
