"""Nothing that a person types can change the paper's program, break its page or make it crash."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paper_reading import pages, squeezed, words

from onewindow.papers.data import PaperError, PaperKind
from onewindow.papers.render import render_pdf, render_text
from onewindow.papers.samples import sample
from onewindow.papers.seal import seal_svg

SOURCE_LIKE = [
    '#eval("panic()")',
    "#panic(1)",
    '"); #panic("x',
    "$x^2$ $",
    "@label <label>",
    r"\u{41} \\ \n",
    "*粗* _斜_ `码` = 标题",
    "// 注释 /* 注释 */",
    "[#let a = 1]",
    "</svg><script>alert(1)</script>&amp;",
]


@pytest.mark.parametrize("name", SOURCE_LIKE)
def test_source_in_a_name_is_printed_as_it_is(name: str) -> None:
    data = sample(PaperKind.NOT_REQUIRED, applicant={"name": name}, reasons=[name], issuing_body=name[:30])
    assert squeezed(name) in words(render_pdf(PaperKind.NOT_REQUIRED, data))
    assert name in render_text(PaperKind.NOT_REQUIRED, data)


@pytest.mark.parametrize(
    "name", ["㐂田", "𠮷野", "买买提·艾力", "葛\U000e0100城", "龘靐齉", "\U000323af", "Ñandú Øre", "😀"]
)
def test_rare_characters_never_stop_a_paper(name: str) -> None:
    for kind in PaperKind:
        assert render_pdf(kind, sample(kind, applicant={"name": name})).startswith(b"%PDF")
    assert name in render_text(PaperKind.GRANT, sample(PaperKind.GRANT, applicant={"name": name}))


def test_common_rare_characters_are_printed() -> None:
    printed = words(render_pdf(PaperKind.GRANT, sample(PaperKind.GRANT, applicant={"name": "㐂·买买提"})))
    assert "㐂·买买提" in printed


def test_invisible_and_direction_characters_do_not_reach_the_paper() -> None:
    data = sample(
        PaperKind.GRANT, applicant={"name": "周\u200b桂\u202e芳\u2066\ufeff\x00\x1b"}, item_name="许\r\n可\t证"
    )
    assert data.applicant.name == "周桂芳"
    assert data.item_name == "许 可 证"


def test_a_name_of_only_invisible_characters_is_no_name() -> None:
    with pytest.raises(PaperError, match="名称不能为空"):
        sample(PaperKind.GRANT, applicant={"name": "\u200b\u202e"})


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert sample(PaperKind.GRANT, applicant={"name": "周\ud800芳"}).applicant.name == "周\ufffd芳"


@pytest.mark.parametrize("kind", list(PaperKind))
@pytest.mark.parametrize("letter", ["长", "W"])
def test_a_name_of_two_hundred_characters_stays_whole(kind: PaperKind, letter: str) -> None:
    name = letter * 200
    certificate = sample(kind).certificate
    holder = {"certificate": certificate.model_copy(update={"holder": name})} if certificate else {}
    printed = words(
        render_pdf(kind, sample(kind, applicant={"name": name}, item_name=name, issuing_body=name, **holder))
    )
    assert name in printed


def test_sixty_materials_flow_on_under_a_repeated_header() -> None:
    rows = [{"name": f"第{n}号材料，名称比较长，需要占去一整行的位置才能写完", "copies": n} for n in range(1, 61)]
    shown = pages(render_pdf(PaperKind.RECEIPT, sample(PaperKind.RECEIPT, materials=rows)))
    assert len(shown) > 1
    assert sum("序号材料名称形式份数" in page for page in shown) >= 2
    assert all(f"第{n}号材料" in "".join(shown) for n in range(1, 61))
    assert "第1页" in shown[0]
    assert f"共{len(shown)}页" in shown[0]


def test_the_last_page_is_never_only_a_seal() -> None:
    for length in range(150, 420, 30):
        data = sample(PaperKind.EXTENSION, reasons=["因为天气" * length])
        last = pages(render_pdf(PaperKind.EXTENSION, data))[-1]
        assert "我们会在新的日期前作出决定" in last, length


def test_five_hundred_rows_are_the_most_and_are_drawn() -> None:
    data = sample(PaperKind.RECEIPT, materials=[{"name": "材料"}] * 500)
    assert "500" in words(render_pdf(PaperKind.RECEIPT, data))


def test_a_seal_escapes_its_name() -> None:
    assert "<b>" not in seal_svg("<b>&", "</svg>")
    assert "示例" in seal_svg("桃江县人民政府", demo=True)
    assert "示例" not in seal_svg("桃江县人民政府")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1, max_size=60))
def test_any_text_is_drawn_or_refused_in_chinese(text: str) -> None:
    try:
        data = sample(
            PaperKind.NOTICE, applicant={"name": text}, missing=[{"name": text, "problem": text, "fix": text}]
        )
    except PaperError as refused:
        assert "不能为空" in str(refused)  # noqa: PT017
        return
    assert render_pdf(PaperKind.NOTICE, data).startswith(b"%PDF")
