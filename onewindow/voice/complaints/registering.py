"""办不成事 · 有诉即办: taking down what somebody could not get done, at the window, by phone or online.

Nobody has to say who they are. The complaint is tied to what it is about as far as that is known (item, case, ticket,
window), and with it to the department and the person complained of, who may then neither judge nor close it. What is
done about it afterwards is `complaint_moves`; like ones are brought together in `issues`.

Sources: Hunan 2022 art. 16; Xixia 2023 art. 25; Xiangyang 2020 art. 14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.db.models import Q, QuerySet
from django.utils import timezone
from pydantic import AfterValidator, Field
from stdnum.iso7064 import mod_11_10

from onewindow.cases.models import Case
from onewindow.cases.numbers import looks_right
from onewindow.catalogue.models import Item
from onewindow.hall.models import Ticket
from onewindow.inputs import Input, OptionalLine, Text, at_most
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.loops.numbers import new_number
from onewindow.people.authority import Actor, Scope, permit, record_refusal
from onewindow.people.models import Account
from onewindow.people.numbers import check_phone
from onewindow.people.roles import REACH, Reach, Role
from onewindow.places.models import Centre, Department, Window
from onewindow.problems import Refused
from onewindow.voice.complaints import issues, judging
from onewindow.voice.complaints.evidence import COUNTERS, bind
from onewindow.voice.complaints.judging import JUDGES
from onewindow.voice.complaints.moves import settle_level
from onewindow.voice.complaints.words import copied, is_copied, told
from onewindow.voice.inputs import EVIDENCE_SHARED, FILES, LONG, Files
from onewindow.voice.loops import COMPLAINT
from onewindow.voice.models import Complaint
from onewindow.voice.naming import centre_of, follow_code, item_of, working_departments, wrong
from onewindow.voice.once import write_once

Channel = Literal["window", "online", "phone", "hotline"]
TAKERS: Final = COUNTERS | JUDGES
"""Who takes down a complaint at the window and on the telephone."""
visible = issues.complaints_seen
COMPLAINTS_LINE: Final = "cannot_get_done"
"""Whoever serves this line takes complaints down; it is not them who is complained of."""
_PREFIX: Final = "TS"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{16,32}")
_REFERENCE: Final = re.compile(r"(?:([0-9]{8})-)?([A-Za-z]{1,2}[0-9]{1,6})")


def _phone(text: str) -> str:
    return check_phone(text) if text else ""


class ComplaintInput(Input):
    """What happened, to what it belongs, and who says it if they want to."""

    kind: Literal["cannot_get_done", "complaint", "suggestion"] = Field(default="cannot_get_done", title="类别")
    cause: Literal[
        "refused",
        "extra_material",
        "extra_condition",
        "overdue",
        "repeated_trips",
        "attitude",
        "fee",
        "system",
        "guide",
        "other",
    ] = Field(title="遇到了什么")
    text: Text = Field(title="事情的经过", json_schema_extra=LONG)
    centre: Annotated[OptionalLine, at_most(40)] = Field(default="", title="在哪个大厅（key）")
    department: Annotated[OptionalLine, at_most(18)] = Field(default="", title="反映的部门（统一社会信用代码）")
    item: Annotated[OptionalLine, at_most(80)] = Field(default="", title="事项（编码或 key）")
    case: Annotated[OptionalLine, at_most(60)] = Field(default="", title="办件编号或查询号")
    ticket: Annotated[OptionalLine, at_most(40)] = Field(default="", title="号单（20261122-A023）")
    window: Annotated[OptionalLine, at_most(10)] = Field(default="", title="窗口编号")
    name: Annotated[OptionalLine, at_most(60)] = Field(default="", title="姓名")
    phone: Annotated[OptionalLine, AfterValidator(_phone)] = Field(default="", title="电话")
    files: Files = Field(default=[], title="照片和文件（先上传得到的编号）", json_schema_extra=FILES)
    shared: bool = Field(default=False, title=EVIDENCE_SHARED)


@dataclass
class About:
    """What a complaint is tied to."""

    centre: Centre
    item: Item | None = None
    case: Case | None = None
    ticket: Ticket | None = None
    window: Window | None = None
    against: Department | None = None
    person: Account | None = None


def waiting(actor: Actor) -> QuerySet[Complaint]:
    """Those whose next step is this person's."""
    mine = Q(pk__in=[])
    if actor.roles & COUNTERS:
        mine |= Q(state="registered", raised_to=None)
    if actor.roles & JUDGES:
        mine |= judging.mine(actor) & Q(state="registered")
        mine |= judging.mine(actor) & Q(state__in=["accepted", "answered", "rectified"])
    departments = {p.department_id for p in actor.postings if REACH[Role(p.role)] is Reach.DEPARTMENT}
    if departments:
        mine |= Q(state__in=["assigned", "rectifying"], department_id__in=sorted(d for d in departments if d))
    return visible(actor).filter(mine, closed_at__isnull=True)


def may_contact(actor: Actor, row: Complaint) -> bool:
    """Whoever asks the complainant again, and not for a department that is complained of, may learn who it is."""
    mine = {posting.department_id for posting in actor.postings}
    return bool(actor.roles & JUDGES) and not mine & row.about_departments


def register(
    raw: object, channel: Channel, by: Actor = CITIZEN, *, now: datetime | None = None, request: str | None = None
) -> Complaint:
    """Takes a complaint down; its terms begin, like ones are found, the complainant gets the link to follow it.

    `by` is whoever takes it down, or CITIZEN. `request` makes a repeat harmless: it gets the first one again.
    Raises InvalidInput, and Refused (recorded) for staff who do not take complaints there.
    """
    at, given = now or timezone.now(), ComplaintInput.parse(raw)
    about = _about(given, by)
    _check(by, channel, about.centre, at)
    return write_once(
        Complaint,
        request,
        lambda named: _write(given, channel, by, about, at, named),
        lambda first: (first.text, first.cause) == (given.text, given.cause),
    )


def _write(
    given: ComplaintInput, channel: Channel, by: Actor, about: About, now: datetime, named: dict[str, Any]
) -> Complaint:
    row = Complaint(
        number=new_number(_PREFIX, Complaint),
        centre=about.centre,
        person=about.person,
        state="registered",
        kind=given.kind,
        channel=channel,
        cause=given.cause,
        against=about.against,
        item=about.item,
        case=about.case,
        ticket=about.ticket,
        window=about.window,
        text=given.text,
        name=given.name or None,
        phone=given.phone or None,
        **named,
    )
    data = {"channel": channel, **({"copied": True} if is_copied(row) else {})}
    messages = (*told(row, "registered"), *copied(row, "registered"))
    engine.open_matter(COMPLAINT, row, by=by, now=now, data=data, messages=messages)
    bind(row, given.files, by, step=1, shared=given.shared)
    issues.group(row, now)
    return settle_level(row, now)


def _check(by: Actor, channel: str, centre: Centre, now: datetime) -> None:
    """Citizens write online; staff take down what they are told, in the places they work for."""
    staff = by.account is not None and by.account.kind == "staff"
    if by.system:
        return
    if staff == (channel == "online"):
        raise Refused("网上的诉求由本人提交；窗口和电话的诉求由工作人员登记")
    if not staff:
        return
    scope = Scope(centre.pk, centre.division_id, frozenset(), None, "", centre.key)
    try:
        granted = permit(by, "complaint.register", roles=TAKERS, lettered=(), scope=scope, now=now)
        at = granted.posting.centre_id if granted.posting else 0
        if REACH[granted.role] is Reach.NONE and at != centre.pk:
            raise Refused(f"您不在{centre.name}，请由那里的工作人员登记")
    except Refused as problem:
        record_refusal(by, "complaint.register", centre.key, problem.title)
        raise


# ---- what it is about ----------------------------------------------------------------------------------------------


def _about(given: ComplaintInput, by: Actor) -> About:
    """Everything that was named, looked up; what follows from it is filled in. Raises InvalidInput by field."""
    case = _case(given.case, by) if given.case else None
    centre = centre_of(given.centre, by)
    ticket = _ticket(given.ticket, by, centre) if given.ticket else None
    about = About(ticket.centre if ticket else case.centre if case else centre)
    about.ticket, about.case = ticket, case
    about.item = item_of(given.item) if given.item else case.item if case else _item_of(ticket)
    about.window = _window(given.window, about.centre) if given.window else ticket.window if ticket else None
    if given.department:
        about.against = _department(given.department, about.centre)
    elif case is not None:
        about.against = case.department
    elif about.item is not None:
        about.against = about.item.department
    if ticket is not None and ticket.queue.kind != COMPLAINTS_LINE:
        about.person = ticket.account
    return about


def _case(number: str, by: Actor) -> Case:
    """Staff name cases they may see; a citizen names one by its query number, which only the applicant was given."""
    typed = "".join(number.split())
    rows = Case.objects.select_related("centre__profile", "item__department", "department")
    if by.account is not None and by.account.kind == "staff":
        seen = Case.objects.reachable_by(by).values("pk")
        rows = rows.filter(Q(number=typed) | Q(query_number=typed), pk__in=seen)
    else:
        rows = rows.filter(query_number=typed) if looks_right(typed) else rows.none()
    found: Case | None = rows.first()
    if found is None:
        raise wrong("case", "没有找到这个办件，请核对查询号；不记得可以不填")
    return found


def _ticket(text: str, by: Actor, centre: Centre) -> Ticket:
    """By the secret code of a ticket, or, for staff, by its number (of today) or its reference in their centre."""
    rows = Ticket.objects.select_related("centre__profile", "queue", "window", "account")
    found: Ticket | None = None
    given = _REFERENCE.fullmatch(text)
    if given is not None and by.account is not None and by.account.kind == "staff":
        day = f"{timezone.localdate():%Y%m%d}" if given[1] is None else given[1]
        rows = rows.filter(pk__in=Ticket.objects.visible_to(by).values("pk"), centre=centre, number=given[2].upper())
        found = next((one for one in rows.order_by("-day")[:400] if f"{one.day:%Y%m%d}" == day), None)
    elif _CODE.fullmatch(text):
        found = rows.filter(code=text).first()
    if found is None:
        raise wrong("ticket", "没有找到这张号单，请核对；不记得可以不填")
    return found


def _item_of(ticket: Ticket | None) -> Item | None:
    """What a visitor came for, where it was one thing."""
    if ticket is None or len(ticket.items) != 1:
        return None
    found: Item | None = Item.objects.select_related("department").filter(pk=ticket.items[0]).first()
    return found


def _window(code: str, centre: Centre) -> Window:
    found: Window | None = Window.objects.filter(centre=centre, code=code).first()
    if found is None:
        raise wrong("window", f"{centre.name}没有这个窗口；不记得可以不填")
    return found


def _department(code: str, centre: Centre) -> Department:
    found = working_departments(centre).filter(code=code).first()
    if found is None:
        raise wrong("department", "没有这个部门，请重新选择；不确定可以不填")
    return found


# ---- numbers -------------------------------------------------------------------------------------------------------


def number_looks_right(number: str) -> bool:
    """Whether a typed number can exist: a wrong digit is caught before the database is asked."""
    digits = number.removeprefix(_PREFIX)
    return len(digits) == 9 and digits.isascii() and digits.isdigit() and bool(mod_11_10.is_valid(digits))


__all__ = [
    "TAKERS",
    "ComplaintInput",
    "follow_code",
    "may_contact",
    "number_looks_right",
    "register",
    "visible",
    "waiting",
]
