"""A paper that lacks what the law asks of it is refused, with a Chinese message that names what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from onewindow.papers.data import PaperData, PaperError, PaperKind
from onewindow.papers.render import render_pdf, render_text
from onewindow.papers.samples import sample

K = PaperKind

LACKING: list[tuple[PaperKind, dict[str, Any], str]] = [
    (K.RECEIPT, {"materials": []}, "没有列出收到的材料"),
    (K.RECEIPT, {"received_on": None}, "收件日期"),
    (K.NOTICE, {"missing": []}, "需要补正的全部内容"),
    (K.NOTICE, {"supply_by": "2026-11-01"}, "补正期限早于告知日期"),
    (K.NOT_REQUIRED, {"reasons": []}, "没有说明理由"),
    (K.NOT_REQUIRED, {"legal_basis": []}, "法律依据"),
    (K.REFUSAL, {"right_authority": None}, "应当向哪个机关申请"),
    (K.REFUSAL, {"reasons": []}, "没有说明理由"),
    (K.REFUSAL, {"remedies": None}, "行政复议"),
    (K.ACCEPTANCE, {"accepted_on": None}, "受理日期"),
    (K.ACCEPTANCE, {"promised": None, "statutory": None}, "办理期限"),
    (K.PROCEDURE, {"procedure": None}, "所需时间"),
    (K.HEARING, {"hearing": None}, "听证"),
    (K.HEARING, {"hearing": {}}, "听证"),
    (K.EXTENSION, {"reasons": []}, "延期的理由"),
    (K.EXTENSION, {"extension": None}, "由谁批准"),
    (K.GRANT, {"legal_basis": []}, "法律依据"),
    (K.DENIAL, {"reasons": []}, "没有说明理由（行政许可法第三十八条第二款）"),
    (K.DENIAL, {"legal_basis": []}, "法律依据"),
    (K.DENIAL, {"remedies": None}, "行政复议和提起行政诉讼"),
    (K.COMMITMENT, {"commitment": None}, "条件"),
    (K.COMMITMENT, {"legal_basis": []}, "告知承诺的依据"),
    (K.DEFERRAL, {"deferral": None}, "补交期限"),
    (K.WITHDRAWAL, {"withdrawal": None}, "撤回日期"),
    (K.WITHDRAWAL, {"withdrawal": {"on": "2026-11-23", "deemed": True}}, "依据"),
    (K.DELIVERY, {"delivery": None}, "送达"),
    (K.CERTIFICATE, {"certificate": None}, "持证人"),
    (K.ACCEPTANCE, {"applicant": {"name": "周桂芳", "id_masked": "430922199001011627"}}, "身份证号没有遮盖"),
]


@pytest.mark.parametrize(("kind", "changes", "said"), LACKING)
def test_it_is_refused(kind: PaperKind, changes: dict[str, Any], said: str) -> None:
    data = sample(kind, **changes)
    for draw in (render_pdf, render_text):
        with pytest.raises(PaperError, match=said):
            draw(kind, data)


def test_every_missing_element_is_named_at_once() -> None:
    with pytest.raises(PaperError) as refused:
        render_pdf(K.DENIAL, sample(K.DENIAL, reasons=[], remedies=None, legal_basis=[]))
    assert str(refused.value).startswith("《不予行政许可决定书》还不能出具：")
    assert str(refused.value).count("；") == 2


def changed(kind: PaperKind, part: str, **fields: Any) -> PaperData:
    now = getattr(sample(kind), part).model_dump()
    return sample(kind, **{part: now | fields})


def test_an_inspection_needs_two_officers() -> None:
    with pytest.raises(PaperError, match="少于两名"):
        render_pdf(K.PROCEDURE, changed(K.PROCEDURE, "procedure", officers=["彭志强", "彭志强"]))


def test_the_examiner_does_not_chair_the_hearing() -> None:
    with pytest.raises(PaperError, match="审查这件申请的工作人员"):
        render_pdf(K.HEARING, changed(K.HEARING, "hearing", examiners=["陈国栋（法规股）"]))


def test_a_hearing_is_told_seven_days_before() -> None:
    soon = datetime(2026, 11, 27, 9, tzinfo=UTC)
    with pytest.raises(PaperError, match="七日前"):
        render_pdf(K.HEARING, changed(K.HEARING, "hearing", time=soon))


def test_an_extension_ends_later_than_before() -> None:
    with pytest.raises(PaperError, match="没有晚于原到期日"):
        render_pdf(K.EXTENSION, changed(K.EXTENSION, "extension", new_due="2026-12-01"))


def test_a_courier_delivery_names_the_parcel() -> None:
    with pytest.raises(PaperError, match="快递单号"):
        render_pdf(K.DELIVERY, changed(K.DELIVERY, "delivery", method="邮政寄递"))


def test_a_certificate_does_not_end_before_it_begins() -> None:
    with pytest.raises(PaperError, match="截止日期早于起始日期"):
        render_pdf(K.CERTIFICATE, changed(K.CERTIFICATE, "certificate", valid_until="2020-01-01"))


def test_a_certificate_without_end_says_long_term() -> None:
    assert "至长期" in render_text(K.CERTIFICATE, changed(K.CERTIFICATE, "certificate", valid_until=None))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"number": ""}, "文号不能为空"),
        ({"issued_on": "昨天"}, "落款日期填写有误"),
        ({"applicant": {}}, "申请人的名称没有填写"),
        ({"nonsense": 1}, "“nonsense”不是文书的内容"),
        ({"code": "a b"}, "核验码格式不对"),
        ({"verify_url": "javascript:alert(1)"}, "核验网址格式不对"),
        ({"missing": [{"name": "营业执照", "problem": "过期"}]}, "需要补正的内容的第1项的补正办法没有填写"),
        ({"materials": [{"name": "材料"}] * 501}, "超过了500行"),
        ({"item_name": "长" * 1001}, "事项名称太长了"),
    ],
)
def test_wrong_data_is_named_in_chinese(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(PaperError, match=said):
        sample(K.ACCEPTANCE, **fields)
