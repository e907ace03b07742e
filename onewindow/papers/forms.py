"""The words of the papers that are filled in and kept: receipt, pledges, proof of delivery, certificate. Pure."""

from __future__ import annotations

from onewindow.papers.content import Content, basis, facts, limit_words, material_grid
from onewindow.papers.data import Certificate, Delivery, Limit, PaperData
from onewindow.papers.sheet import Block, Facts, Grid, Para, Points, Signatures
from onewindow.papers.words import chinese_date, chinese_time, numbered, sentence


def receipt(data: PaperData) -> Content:
    """申请材料接收凭证: what was handed in and when one hears about acceptance (art 32)."""
    answer = data.answer_by
    by = f"，最迟{chinese_date(answer.due)}前告诉您是否受理" if answer and answer.due else ""
    by = by or (f"，{answer.words}内告诉您是否受理" if answer and answer.words else "")
    received = chinese_date(data.received_on) if data.received_on else ""
    closing = "材料齐全的，我们会给您《受理通知书》；还差什么，我们会一次告诉您。"
    return Content(
        f"我们已收到您交来的{len(data.materials)}项材料{by}。",
        (
            facts(data, ("收件日期", received), ("答复期限", _answer(answer))),
            material_grid(data.materials, "收到的材料"),
            Para(closing + (sentence(data.deemed_rule) if data.deemed_rule else "")),
            Signatures((("交件人", data.applicant.agent or data.applicant.name), ("收件人", data.handler))),
        ),
    )


def _answer(limit: Limit | None) -> str:
    if limit is None or limit.due is None:
        return limit_words(limit)
    return f"最迟{chinese_date(limit.due)}" + ("（暂定）" if limit.provisional else "")


def commitment(data: PaperData) -> Content:
    """告知承诺书: what the authority tells, then what the applicant pledges."""
    pledge = data.commitment
    assert pledge is not None  # check() refused the paper otherwise
    promises = (
        "我已经知道并且理解上面告知的全部内容，符合上面列出的条件，能够提供相应的证明。",
        "我愿意接受事后核查；承诺不实的，愿意承担法律责任。以上承诺是我的真实意思。",
    )
    return Content(
        "您承诺符合条件，本机关当场作出决定，之后再核查。",
        (
            facts(data),
            Points("一、需要符合的条件", numbered(tuple(sentence(c) for c in pledge.conditions))),
            Points("二、依据", basis(data).lines),
            Points("三、怎样核查", (sentence(pledge.post_check),)),
            Points("四、不符合或者不履行的后果", (sentence(pledge.consequence),)),
            Points("五、申请人承诺", numbered(promises)),
            Signatures((("申请人（签名或者盖章）", ""), ("日期", "　　　年　　月　　日"))),
        ),
    )


def deferral(data: PaperData) -> Content:
    """容缺受理承诺书: what is owed, until when, what follows."""
    owed = data.deferral
    assert owed is not None  # check() refused the paper otherwise
    until = chinese_date(owed.until)
    pledge = f"我承诺在{until}前补齐上面列出的材料，补交的材料真实、合法、有效；逾期没有补齐的，接受上面写明的处理。"
    return Content(
        f"您的申请先行受理，还缺的{len(owed.materials)}项材料请在{until}前补交。",
        (
            facts(data, ("补交期限", f"最迟{until}")),
            material_grid(owed.materials, "需要补交的材料"),
            Points("逾期没有补齐", (sentence(owed.consequence),)),
            *((basis(data),) if data.legal_basis else ()),
            Points("申请人承诺", (pledge,)),
            Signatures((("申请人（签名或者盖章）", ""), ("日期", "　　　年　　月　　日"))),
        ),
    )


def delivery(data: PaperData) -> Content:
    """送达回证 (art 44)."""
    sent = data.delivery
    assert sent is not None  # check() refused the paper otherwise
    when = f"已于{chinese_date(sent.time)}" if sent.time else "待"
    papers = tuple((str(n), p.name, p.number or "—", f"{p.copies}份") for n, p in enumerate(sent.documents, 1))
    return Content(
        f"{len(sent.documents)}份文书{when}{_verb(sent)}{sent.recipient}。",
        (
            Grid(("序号", "送达的文书", "文号（编号）", "份数"), (0, 3, 3, 0), papers),
            _delivery_facts(data, sent),
            *((Para(sentence(sent.note)),) if sent.note else ()),
            Signatures((("收件人（签名或者盖章）", ""), ("收到时间", "　　　年　月　日　时"))),
        ),
    )


def _verb(sent: Delivery) -> str:
    return "寄给" if "寄" in sent.method else "送达"


def _delivery_facts(data: PaperData, sent: Delivery) -> Facts:
    who = sent.recipient if sent.relation in ("", "本人") else f"{sent.recipient}（与受送达人的关系：{sent.relation}）"
    return facts(
        data,
        ("收件人", who),
        ("送达方式", sent.method),
        ("快递单号", sent.courier_no),
        ("送达地点", sent.place),
        ("送达时间", chinese_time(sent.time) if sent.time else ""),
        ("送达人", sent.deliverer),
    )


def certificate(data: PaperData) -> Content:
    """证照、证明文件 (art 39): the holder, the entries, the validity."""
    paper = data.certificate
    assert paper is not None  # check() refused the paper otherwise
    rows: tuple[tuple[str, str], ...] = (("持证人", paper.holder), *paper.rows)
    validity = _validity(paper)
    if validity:
        rows = (*rows, ("有效期", validity))
    blocks: tuple[Block, ...] = (Facts(rows),)
    return Content("", (*blocks, Para(sentence(paper.note))) if paper.note else blocks)


def _validity(paper: Certificate) -> str:
    if paper.valid_from is None and paper.valid_until is None:
        return ""
    start = chinese_date(paper.valid_from) if paper.valid_from else "发证之日"
    return f"{start}至{chinese_date(paper.valid_until) if paper.valid_until else '长期'}"
