"""The legal elements without which a paper may not be issued. Pure.

Sources: 行政许可法 (2019) arts 32, 34, 38, 42, 44, 45, 47, 48; 行政复议法 (2023) art 20; 行政诉讼法 art 46;
优化营商环境条例 and local rules for commitment and deferral.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

from onewindow.papers.data import PAPER_TITLES, PaperData, PaperError, PaperKind

# A resident identity number in full. A company's credit code has other digits where the birth date stands.
_FULL_ID = re.compile(r"\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]")

Faults = Iterator[str]


def check(kind: PaperKind, data: PaperData) -> None:
    """Raise :class:`PaperError` naming every legal element that the paper lacks or contradicts."""
    faults = [*_everywhere(data), *_CHECKS[kind](data)]
    if faults:
        raise PaperError(f"《{data.title or PAPER_TITLES[kind]}》还不能出具：" + "；".join(faults) + "。")


def _everywhere(data: PaperData) -> Faults:
    if _FULL_ID.search(data.applicant.id_masked):
        yield "申请人的身份证号没有遮盖"


def _receipt(data: PaperData) -> Faults:
    if not data.materials:
        yield "没有列出收到的材料"
    if data.received_on is None:
        yield "没有写收件日期（行政许可法第三十二条）"


def _notice(data: PaperData) -> Faults:
    if not data.missing:
        yield "没有写需要补正的全部内容（行政许可法第三十二条第一款第四项）"
    if data.supply_by is not None and data.supply_by < data.issued_on:
        yield "补正期限早于告知日期"


def _not_required(data: PaperData) -> Faults:
    yield from _reasoned(data, "第三十二条第一款第一项")


def _refusal(data: PaperData) -> Faults:
    if data.right_authority is None:
        yield "没有写应当向哪个机关申请（行政许可法第三十二条第一款第二项）"
    yield from _reasoned(data, "第三十二条")
    yield from _with_remedies(data)


def _acceptance(data: PaperData) -> Faults:
    if data.accepted_on is None:
        yield "没有写受理日期（行政许可法第三十二条）"
    limits = [limit for limit in (data.promised, data.statutory) if limit is not None]
    if not any(limit.due or limit.words for limit in limits):
        yield "没有写办理期限（行政许可法第四十二条）"


def _procedure(data: PaperData) -> Faults:
    procedure = data.procedure
    if procedure is None:
        yield "没有写特别程序的名称、依据和所需时间（行政许可法第四十五条）"
        return
    inspection = any(word in procedure.name for word in ("核查", "勘验", "踏勘", "勘察"))
    if inspection and procedure.officers and len(set(procedure.officers)) < 2:
        yield "现场核查的工作人员少于两名（行政许可法第三十四条第三款）"
    if procedure.starts_on and procedure.ends_by and procedure.ends_by < procedure.starts_on:
        yield "特别程序的结束日期早于开始日期"


def _hearing(data: PaperData) -> Faults:
    hearing = data.hearing
    if hearing is None or (hearing.apply_by is None and hearing.time is None):
        yield "没有写申请听证的期限，也没有写听证的时间（行政许可法第四十七条、第四十八条）"
        return
    if hearing.time is None:
        return
    if not hearing.place:
        yield "没有写听证的地点（行政许可法第四十八条）"
    if not hearing.chair:
        yield "没有写听证主持人（行政许可法第四十八条）"
    if hearing.chair and hearing.chair in hearing.examiners:
        yield "听证主持人是审查这件申请的工作人员（行政许可法第四十八条）"
    if hearing.time.date() - data.issued_on < timedelta(days=7):
        yield "没有在举行听证七日前通知（行政许可法第四十八条）"


def _extension(data: PaperData) -> Faults:
    if not data.reasons:
        yield "没有写延期的理由（行政许可法第四十二条）"
    if data.extension is None:
        yield "没有写延长多久、延到哪天、由谁批准（行政许可法第四十二条）"
    elif data.extension.new_due <= data.extension.old_due:
        yield "延期后的到期日没有晚于原到期日"


def _grant(data: PaperData) -> Faults:
    if not data.legal_basis:
        yield "没有写准予的法律依据"


def _denial(data: PaperData) -> Faults:
    yield from _reasoned(data, "第三十八条第二款")
    yield from _with_remedies(data)


def _commitment(data: PaperData) -> Faults:
    if data.commitment is None or not data.commitment.conditions:
        yield "没有写需要承诺的条件、事后核查和不履行的后果"
    if not data.legal_basis:
        yield "没有写实行告知承诺的依据"


def _deferral(data: PaperData) -> Faults:
    if data.deferral is None or not data.deferral.materials:
        yield "没有写容缺的材料、补交期限和逾期的后果"
    elif data.deferral.until < data.issued_on:
        yield "补交期限早于承诺日期"


def _withdrawal(data: PaperData) -> Faults:
    if data.withdrawal is None:
        yield "没有写撤回日期"
    elif data.withdrawal.deemed and not data.withdrawal.ground:
        yield "视为撤回没有写依据"


def _delivery(data: PaperData) -> Faults:
    delivery = data.delivery
    if delivery is None or not delivery.documents:
        yield "没有写送达的文书、收件人和送达方式（行政许可法第四十四条）"
    elif "寄" in delivery.method and not delivery.courier_no:
        yield "寄递送达没有写快递单号"


def _certificate(data: PaperData) -> Faults:
    certificate = data.certificate
    if certificate is None:
        yield "没有写证照编号和持证人（行政许可法第三十九条）"
        return
    if certificate.valid_from and certificate.valid_until and certificate.valid_until < certificate.valid_from:
        yield "证照的截止日期早于起始日期"


def _reasoned(data: PaperData, article: str) -> Faults:
    if not data.reasons:
        yield f"没有说明理由（行政许可法{article}）"
    if not data.legal_basis:
        yield "没有写法律依据"


def _with_remedies(data: PaperData) -> Faults:
    if data.remedies is None:
        yield "没有告知申请行政复议和提起行政诉讼的权利（行政许可法第三十八条第二款）"


_CHECKS: dict[PaperKind, Callable[[PaperData], Faults]] = {
    PaperKind.RECEIPT: _receipt,
    PaperKind.NOTICE: _notice,
    PaperKind.NOT_REQUIRED: _not_required,
    PaperKind.REFUSAL: _refusal,
    PaperKind.ACCEPTANCE: _acceptance,
    PaperKind.PROCEDURE: _procedure,
    PaperKind.HEARING: _hearing,
    PaperKind.EXTENSION: _extension,
    PaperKind.GRANT: _grant,
    PaperKind.DENIAL: _denial,
    PaperKind.COMMITMENT: _commitment,
    PaperKind.DEFERRAL: _deferral,
    PaperKind.WITHDRAWAL: _withdrawal,
    PaperKind.DELIVERY: _delivery,
    PaperKind.CERTIFICATE: _certificate,
}
