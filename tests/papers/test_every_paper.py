"""Each of the fifteen papers is drawn, says its facts in PDF and in plain text, and is the same every time."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from paper_reading import pages, squeezed, words
from pypdf import PdfReader

from onewindow.papers.data import PAPER_TITLES, PaperData, PaperKind
from onewindow.papers.render import render_pdf, render_text
from onewindow.papers.samples import sample

ALL = list(PaperKind)

FACTS = {
    PaperKind.RECEIPT: [
        "最迟2026年11月30日前告诉您是否受理",
        "食品经营许可申请书",
        "从我们收到材料之日起就算已经受理",
        "文丽娟",
    ],
    PaperKind.NOTICE: [
        "2处需要补正",
        "2026年12月7日前一次补齐",
        "没有标注面积和生熟分区",
        "补交体检后新发的健康证明复印件1份",
    ],
    PaperKind.NOT_REQUIRED: ["不需要申请", "在销售前办理备案就可以", "第三十二条第一款第一项"],
    PaperKind.REFUSAL: ["请您向湖南省市场监督管理局申请", "0731-12345", "桃江县人民法院"],
    PaperKind.ACCEPTANCE: [
        "您的申请已受理，最迟2026年12月3日前办结",
        "8个工作日",
        "20个工作日，最迟2026年12月21日",
        "不收费",
    ],
    PaperKind.PROCEDURE: ["现场核查", "5个工作日", "这段时间计入办理期限", "彭志强、罗春燕"],
    PaperKind.HEARING: ["2026年12月8日9:00", "三楼听证室", "陈国栋", "申请其回避"],
    PaperKind.EXTENSION: ["延期10个工作日", "2027年1月5日", "2026年12月21日", "局长", "店面装修没有完工"],
    PaperKind.GRANT: ["已经准予", "2026年12月7日前可以领取", "热食类食品制售", "第三十八条第一款"],
    PaperKind.DENIAL: ["不予批准", "没有分隔生食和熟食加工区", "60日内", "桃江县人民政府", "6个月内", "桃江县人民法院"],
    PaperKind.COMMITMENT: [
        "当场作出决定",
        "已取得营业执照",
        "由两名工作人员到店核查",
        "撤销许可",
        "申请人（签名或者盖章）",
    ],
    PaperKind.DEFERRAL: ["2026年12月1日前补交", "从业人员健康证明", "视为您撤回这次申请", "申请人（签名或者盖章）"],
    PaperKind.WITHDRAWAL: ["您已于2026年11月23日撤回", "退还给您的材料", "随时可以重新申请"],
    PaperKind.DELIVERY: ["送达周桂芳", "桃市监许〔2026〕0146号", "窗口领取", "夏志红", "收件人（签名或者盖章）"],
    PaperKind.CERTIFICATE: [
        "JY24309220012345",
        "桃江县周记桃花饭店",
        "2026年11月23日至2031年11月22日",
        "热食类食品制售",
    ],
}


@pytest.mark.parametrize("kind", ALL)
def test_pdf_and_text_say_the_facts(kind: PaperKind) -> None:
    data = sample(kind)
    printed, plain = words(render_pdf(kind, data)), squeezed(render_text(kind, data))
    number = data.certificate.number if data.certificate else data.number
    title = data.title or PAPER_TITLES[kind]
    for fact in [*FACTS[kind], title, number, data.issuing_body, "2026年11月23日", data.code]:
        assert fact in printed, f"missing on paper: {fact}"
        assert fact in plain, f"missing in text: {fact}"


@pytest.mark.parametrize("kind", [k for k in ALL if k is not PaperKind.CERTIFICATE])
def test_every_notice_tells_where_to_ask(kind: PaperKind) -> None:
    printed = words(render_pdf(kind, sample(kind)))
    for fact in ("桃江县政务服务中心", "0737-12345", "TJ26-4821-7", "食品"):
        assert fact in printed


@pytest.mark.parametrize("kind", ALL)
def test_a_usual_paper_is_one_page(kind: PaperKind) -> None:
    assert len(pages(render_pdf(kind, sample(kind)))) == 1


@pytest.mark.parametrize("kind", ALL)
def test_the_same_data_gives_the_same_bytes(kind: PaperKind) -> None:
    again = PaperData.build(sample(kind).model_dump(mode="json"))
    assert render_pdf(kind, again) == render_pdf(kind, sample(kind))


def test_another_process_gives_the_same_bytes() -> None:
    code = (
        "import sys; from onewindow.papers.render import *; from onewindow.papers.samples import sample;"
        "sys.stdout.buffer.write(render_pdf(PaperKind.GRANT, sample(PaperKind.GRANT)))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert other == render_pdf(PaperKind.GRANT, sample(PaperKind.GRANT))


def test_the_pdf_is_archival_tagged_and_dated() -> None:
    reader = PdfReader(BytesIO(render_pdf(PaperKind.ACCEPTANCE, sample(PaperKind.ACCEPTANCE))))
    assert reader.metadata is not None
    assert reader.metadata.title == "受理通知书 桃市监受〔2026〕0158号"
    assert str(reader.metadata.creation_date).startswith("2026-11-23")
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert b"<pdfaid:part>2</pdfaid:part>" in root["/Metadata"].get_data()


def test_a_preview_says_so_on_every_page() -> None:
    data = sample(PaperKind.DENIAL, reasons=["理由很长。" * 300])
    shown = pages(render_pdf(PaperKind.DENIAL, data, preview=True))
    assert len(shown) > 1
    assert all("预览" in page and "不作凭证" in page for page in shown)
    assert "预览" not in words(render_pdf(PaperKind.DENIAL, data))


def test_only_a_demo_paper_is_marked_as_a_sample() -> None:
    assert "示例文书，不具法律效力" in words(render_pdf(PaperKind.GRANT, sample(PaperKind.GRANT)))
    assert "示例" not in words(render_pdf(PaperKind.GRANT, sample(PaperKind.GRANT, demo=False)))
    assert "示例" in render_text(PaperKind.GRANT, sample(PaperKind.GRANT))


def test_sixteen_threads_draw_at_once() -> None:
    kinds = ALL * 4
    alone = {kind: render_pdf(kind, sample(kind)) for kind in ALL}
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda kind: render_pdf(kind, sample(kind)), kinds))
    assert together == [alone[kind] for kind in kinds]


def test_a_provisional_date_is_marked() -> None:
    limit = {"words": "20个工作日", "due": "2027-01-08", "provisional": True}
    data = sample(PaperKind.ACCEPTANCE, promised=limit, statutory=limit)
    assert "放假安排公布后可能调整" in words(render_pdf(PaperKind.ACCEPTANCE, data))


def test_time_off_the_clock_is_told() -> None:
    special = sample(PaperKind.PROCEDURE).procedure
    assert special is not None
    off = special.model_dump() | {"name": "专家评审", "counts_on_clock": False, "new_due": "2026-12-10"}
    said = render_text(PaperKind.PROCEDURE, sample(PaperKind.PROCEDURE, procedure=off))
    assert "这段时间不计入办理期限" in said
    assert "新的办结日期是2026年12月10日" in said


def test_the_right_to_a_hearing_is_told_before_its_time_is_set() -> None:
    data = sample(PaperKind.HEARING, hearing={"apply_by": "2026-11-30"}, reasons=["涉及您与相邻住户的重大利益"])
    said = render_text(PaperKind.HEARING, data)
    assert "请在2026年11月30日前向本机关提出" in said
    assert "视为您放弃听证" in said


def test_times_are_told_on_a_chinese_clock() -> None:
    told = sample(PaperKind.HEARING).hearing
    assert told is not None
    moved = told.model_dump() | {"time": "2026-12-08T01:00:00+00:00"}
    assert "2026年12月8日 9:00" in render_text(PaperKind.HEARING, sample(PaperKind.HEARING, hearing=moved))
