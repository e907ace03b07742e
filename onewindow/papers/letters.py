"""The words of the papers that speak to one person: notices and decisions. Pure; ``check`` has run before."""

from __future__ import annotations

from onewindow.papers.content import Content, basis, facts, limit_words, material_grid, reasons
from onewindow.papers.data import Hearing, PaperData, Procedure
from onewindow.papers.sheet import Block, Grid, Para, Points
from onewindow.papers.words import chinese_date, chinese_time, joined, numbered, sentence


def notice(data: PaperData) -> Content:
    """一次性告知书 (art 32(4)): everything that is missing or wrong, in one notice."""
    count = len(data.missing)
    until = f"，请在{chinese_date(data.supply_by)}前一次补齐" if data.supply_by else "，补齐后就可以受理"
    rows = tuple((str(n), m.name, m.problem, m.fix) for n, m in enumerate(data.missing, 1))
    received = chinese_date(data.received_on) if data.received_on else ""
    after = "除上面这些以外，没有其他需要补正的内容。您按要求补齐后，我们就受理。"
    return Content(
        f"您的申请还有{count}处需要补正{until}。",
        (
            facts(data, ("收件日期", received)),
            Grid(("序号", "材料", "问题", "怎样补正"), (0, 3, 3, 4), rows, "需要补正的全部内容"),
            *((basis(data),) if data.legal_basis else ()),
            Para(after + (sentence(data.overdue_rule) if data.overdue_rule else "")),
        ),
    )


def not_required(data: PaperData) -> Content:
    """不受理告知书 (art 32(1)): no permit is needed."""
    lead = f"您要办的“{data.item_name}”不需要申请，我们不受理，您也不用再补材料。"
    closing = Para("您交来的材料随本告知书一并退还。情况有变化，或者您对此有疑问，可以联系我们。")
    return Content(lead, (facts(data), *reasons(data), closing))


def refusal(data: PaperData) -> Content:
    """不予受理决定书 (art 32(2)): names the right authority."""
    right = data.right_authority
    name = right.name if right else ""
    where = [f"地址：{right.address}"] if right and right.address else []
    where += [f"电话：{right.phone}"] if right and right.phone else []
    return Content(
        f"这件申请不归本机关管，本机关决定不予受理，请您向{name}申请。",
        (facts(data), *reasons(data), Points("应当向哪里申请", (sentence("，".join([name, *where])),))),
    )


def acceptance(data: PaperData) -> Content:
    """受理通知书 (art 32(5)): from when, until when."""
    promise = data.promised or data.statutory
    when = f"，最迟{chinese_date(promise.due)}前办结" if promise and promise.due else ""
    when = when or (f"，办理期限{promise.words}" if promise and promise.words else "")
    rows = (
        ("收件日期", chinese_date(data.received_on) if data.received_on else ""),
        ("受理日期", chinese_date(data.accepted_on) if data.accepted_on else ""),
        ("承诺期限", limit_words(data.promised)),
        ("法定期限", limit_words(data.statutory)),
        ("收费", data.fee or "不收费"),
    )
    blocks: list[Block] = [
        facts(data, *rows),
        Para(
            f"您提出的“{data.item_name}”申请，材料齐全、符合法定形式，本机关已经受理。"
            "听证、检验、检测、专家评审等依法不计入期限的时间，我们会另外书面告诉您。"
        ),
    ]
    if data.materials:
        blocks.insert(1, material_grid(data.materials, "收到的材料"))
    if data.legal_basis:
        blocks.insert(-1, basis(data))
    if data.deferral:
        blocks.insert(-1, material_grid(data.deferral.materials, f"请在{chinese_date(data.deferral.until)}前补交"))
    return Content(f"您的申请已受理{when}。", tuple(blocks))


def procedure(data: PaperData) -> Content:
    """特别程序告知书 (art 45): the time it needs, and whether that time counts."""
    special = data.procedure
    assert special is not None  # check() refused the paper otherwise
    counts = "计入办理期限" if special.counts_on_clock else "不计入办理期限"
    why = (Points("原因", (sentence(special.reason),)),) if special.reason else ()
    due = f"新的办结日期是{chinese_date(special.new_due)}。" if special.new_due else ""
    unchanged = "原来的办结日期不变。" if special.counts_on_clock and not due else ""
    return Content(
        f"您的申请需要{special.name}，需要{special.limit}，这段时间{counts}。",
        (
            facts(data, *_procedure_rows(special), ("是否计时", counts)),
            *why,
            Points("依据", (sentence(special.ground),)),
            Para(f"{special.name}结束后，我们会继续办理您的申请。{due}{unchanged}"),
        ),
    )


def _procedure_rows(special: Procedure) -> tuple[tuple[str, str], ...]:
    return (
        ("特别程序", special.name),
        ("所需时间", special.limit),
        ("开始日期", chinese_date(special.starts_on) if special.starts_on else ""),
        ("最迟结束", chinese_date(special.ends_by) if special.ends_by else ""),
        ("地点", special.place),
        ("工作人员", joined(special.officers)),
    )


def hearing(data: PaperData) -> Content:
    """听证告知书: the right to a hearing (art 47), or its time and place (art 48)."""
    hearing = data.hearing
    assert hearing is not None  # check() refused the paper otherwise
    if hearing.time is None:
        return _right_to_hearing(data, hearing)
    rows = (
        ("听证时间", chinese_time(hearing.time)),
        ("听证地点", hearing.place),
        ("主持人", hearing.chair),
    )
    rights = hearing.rights or DEFAULT_RIGHTS
    return Content(
        f"您的申请定于{chinese_time(hearing.time)}举行听证，请按时到{hearing.place}参加。",
        (
            facts(data, *rows),
            *((Points("听证内容", (sentence(hearing.matter),)),) if hearing.matter else ()),
            Points("您在听证中可以", numbered(tuple(sentence(right) for right in rights))),
            *((basis(data),) if data.legal_basis else ()),
            Para("听证制作笔录，由您核对后签字。本机关根据听证笔录作出决定，听证费用由本机关承担。"),
        ),
    )


DEFAULT_RIGHTS = (
    "认为主持人与本事项有直接利害关系的，申请其回避",
    "提出证据，进行申辩和质证",
    "委托一至二人代理参加",
)


def _right_to_hearing(data: PaperData, hearing: Hearing) -> Content:
    by = chinese_date(hearing.apply_by) if hearing.apply_by else ""
    return Content(
        f"您有权要求听证；如果要求听证，请在{by}前向本机关提出。",
        (
            facts(data, ("申请听证", f"最迟{by}")),
            *((Points("听证内容", (sentence(hearing.matter),)),) if hearing.matter else ()),
            *reasons(data),
            Para("逾期没有提出的，视为您放弃听证。您提出后，本机关在二十日内组织听证，您不承担听证费用。"),
        ),
    )


def extension(data: PaperData) -> Content:
    """延期办理告知书 (art 42): the reasons, who approved, the new date."""
    change = data.extension
    assert change is not None  # check() refused the paper otherwise
    rows = (
        ("原办结日期", chinese_date(change.old_due)),
        ("延长时间", change.length),
        ("新办结日期", chinese_date(change.new_due)),
        ("批准人", change.approver),
    )
    closing = "同一件申请只延期一次。耽误了您的时间，请您谅解；我们会在新的日期前作出决定。"
    return Content(
        f"您的申请需要延期{change.length}，最迟{chinese_date(change.new_due)}前办结。",
        (facts(data, *rows), *reasons(data), Para(closing)),
    )


def grant(data: PaperData) -> Content:
    """准予决定书 (art 38(1), art 44): what was granted and how it is handed over."""
    granted = data.granted
    result = granted.result_name if granted else ""
    ready = granted.ready_by if granted else None
    collect = f"，{chinese_date(ready)}前可以领取{result or '结果'}" if ready else ""
    blocks: list[Block] = [facts(data)]
    if granted and granted.content:
        blocks.append(Grid(("准予的内容", "具体事项"), (0, 1), granted.content))
    if granted and granted.attach_conditions:
        blocks.append(Points("请您遵守", numbered(tuple(sentence(c) for c in granted.attach_conditions))))
    blocks += reasons(data)
    how = f"领取方式：{sentence(granted.how)}" if granted and granted.how else ""
    said = "您已作出书面承诺，" if granted and granted.on_commitment else "经审查，您的申请符合法定条件、标准，"
    blocks.append(Para(f"{said}本机关决定准予。{how}"))
    return Content(f"您申请的“{data.item_name}”已经准予{collect}。", tuple(blocks))


def denial(data: PaperData) -> Content:
    """不予决定书 (art 38(2)): reasons and remedies."""
    closing = "上述情形改正以后，您可以重新申请；需要帮助的，可以到中心的窗口咨询。"
    return Content(
        f"您申请的“{data.item_name}”不符合条件，本机关决定不予批准。", (facts(data), *reasons(data), Para(closing))
    )


def withdrawal(data: PaperData) -> Content:
    """撤回确认书: by the applicant, or deemed by a rule."""
    withdrawn = data.withdrawal
    assert withdrawn is not None  # check() refused the paper otherwise
    day = chinese_date(withdrawn.on)
    lead = (
        f"您的申请自{day}起视为撤回，本机关不再办理。"
        if withdrawn.deemed
        else f"您已于{day}撤回这件申请，本机关不再办理。"
    )
    blocks: list[Block] = [facts(data, ("撤回日期", day)), *reasons(data)]
    if withdrawn.ground:
        blocks.append(Points("依据", (sentence(withdrawn.ground),)))
    if withdrawn.returned:
        blocks.append(material_grid(withdrawn.returned, "退还给您的材料"))
    blocks.append(Para("撤回不影响您的权利，您以后随时可以重新申请。"))
    return Content(lead, tuple(blocks))
