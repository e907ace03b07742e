"""From validated data to the words of a paper: the frame that all fifteen share, and whose content. Pure."""

from __future__ import annotations

from onewindow.papers import forms, letters
from onewindow.papers.data import PAPER_TITLES, PaperData, PaperKind
from onewindow.papers.rules import check
from onewindow.papers.sheet import Points, Sheet
from onewindow.papers.words import chinese_date

_CONTENT = {
    PaperKind.RECEIPT: forms.receipt,
    PaperKind.NOTICE: letters.notice,
    PaperKind.NOT_REQUIRED: letters.not_required,
    PaperKind.REFUSAL: letters.refusal,
    PaperKind.ACCEPTANCE: letters.acceptance,
    PaperKind.PROCEDURE: letters.procedure,
    PaperKind.HEARING: letters.hearing,
    PaperKind.EXTENSION: letters.extension,
    PaperKind.GRANT: letters.grant,
    PaperKind.DENIAL: letters.denial,
    PaperKind.COMMITMENT: forms.commitment,
    PaperKind.DEFERRAL: forms.deferral,
    PaperKind.WITHDRAWAL: letters.withdrawal,
    PaperKind.DELIVERY: forms.delivery,
    PaperKind.CERTIFICATE: forms.certificate,
}

# A form is filled in and kept; a letter speaks to one person and opens with their name.
_FORMS = {PaperKind.RECEIPT, PaperKind.COMMITMENT, PaperKind.DEFERRAL, PaperKind.DELIVERY}


def compose(kind: PaperKind, data: PaperData) -> Sheet:
    """The sheet of a paper; :class:`~onewindow.papers.data.PaperError` when a legal element is missing."""
    check(kind, data)
    content = _CONTENT[kind](data)
    box, widths = ((), ()) if kind is PaperKind.CERTIFICATE else _box(kind, data)
    is_form, is_certificate = kind in _FORMS, kind is PaperKind.CERTIFICATE
    return Sheet(
        layout="certificate" if is_certificate else "form" if is_form else "letter",
        title=data.title or PAPER_TITLES[kind],
        number=data.certificate.number if is_certificate and data.certificate else data.number,
        body=data.issuing_body,
        date=chinese_date(data.issued_on),
        salutation="" if is_form or is_certificate else f"{data.applicant.name}：",
        lead=content.lead,
        blocks=content.blocks,
        box=box,
        box_widths=widths,
        code=data.code,
        verify_url=data.verify_url,
        demo=data.demo,
    )


def _box(kind: PaperKind, data: PaperData) -> tuple[tuple[tuple[Points, ...], ...], tuple[float, ...]]:
    """The columns of the box at the foot and their shares of its width: the address gets the wider one."""
    remedies = _remedies(kind, data)
    if remedies:
        return (remedies, (_contact(data, with_query=True),)), (1.0, 1.2)
    progress = _progress(data)
    return (((_contact(data),), progress), (1.25, 1.0)) if progress else (((_contact(data),),), (1.0,))


def _contact(data: PaperData, *, with_query: bool = False) -> Points:
    centre = data.centre
    lines = [centre.name]
    lines += [f"地址：{centre.address}"] if centre.address else []
    lines += [f"时间：{centre.hours}"] if centre.hours else []
    reach = [f"电话：{centre.phone}"] if centre.phone else []
    reach += [f"经办人：{data.handler}"] if data.handler else []
    lines += ["　".join(reach)] if reach else []
    lines += [f"查询码：{data.query_number}"] if with_query and data.query_number else []
    return Points("有问题找我们", tuple(lines))


def _progress(data: PaperData) -> tuple[Points, ...]:
    if not data.query_number:
        return ()
    return (Points("查办理进度", (f"查询码：{data.query_number}", "在网站或者自助机上输入查询码和证件号码后四位")),)


def _remedies(kind: PaperKind, data: PaperData) -> tuple[Points, ...]:
    remedies = data.remedies
    if remedies is None:
        return ()
    what = "决定" if kind in (PaperKind.REFUSAL, PaperKind.GRANT, PaperKind.DENIAL) else "处理"
    review = f"收到本文书之日起{remedies.review_days}日内，可以向{remedies.review_body}申请行政复议。"
    suit = f"收到本文书之日起{remedies.suit_months}个月内，可以向{remedies.court}提起行政诉讼。"
    return (Points(f"不同意这个{what}，您可以", (review, suit)),)
