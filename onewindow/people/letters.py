"""Changing authorisation letters (授权书): signing one and revoking it. A letter is never edited; see changes.py.

What a letter may grant is decided above this room (the table of moves, the catalogue), so the caller passes it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from django.db import IntegrityError, transaction
from pydantic import Field

from onewindow.inputs import Input, Line
from onewindow.people.changes import Area, Steward
from onewindow.people.models import AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.people.staffing import overlapping
from onewindow.places.changes import Name60, departments_of
from onewindow.problems import FieldError, InvalidInput, Refused, RuleBroken

HOLDERS: Final = (Role.CHIEF, Role.CLERK, Role.TOWNSHIP_CLERK)
"""Posts that need a letter for something."""
COUNTER: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK})
LONGEST_YEARS: Final = 10
"""Not a rule of law: a longer letter is a slip of the pen."""


class LetterNew(Input):
    """`department`, `posting` are ids; `items` keys of the department's items, empty for all of them."""

    number: Name60
    posting: int
    department: int
    signed_by: Name60
    actions: Annotated[tuple[str, ...], Field(min_length=1)]
    items: tuple[str, ...] = ()
    immediate: bool = False
    accept_on_receipt: bool = False
    valid_from: date
    valid_until: date


class LetterEnd(Input):
    reason: Line


@dataclass(frozen=True, slots=True)
class Grantable:
    """What a letter can grant: for each action the roles that need one; for each item of the department whether it
    is decided on the spot (即办件)."""

    actions: Mapping[str, frozenset[Role]]
    items: Mapping[str, bool]


def sign_letter(raw: Any, *, by: Steward, grantable: Grantable) -> AuthorisationLetter:
    """Lets the holder of a posting do named actions. Raises Refused to whoever would empower themselves."""
    values = LetterNew.parse(raw)
    found = Posting.objects.filter(pk=values.posting).select_related("account", "centre").first()
    if found is None:
        raise InvalidInput("有一处需要改一改", [FieldError("posting", "没有这个任职，请重新选择")])
    with by.change("sign_letter", Area.LETTERS, found.centre.division_id, f"posting:{found.pk}") as note:
        # Locked, so that two letters for one posting are checked against each other.
        posting = Posting.objects.select_for_update(of=("self",)).select_related("account", "centre").get(pk=found.pk)
        if by.actor.account is not None and posting.account_id == by.actor.account.pk:
            raise Refused("不能给自己授权，请另一位管理员来办")
        if errors := _wrong(values, posting, grantable, by.today):
            raise InvalidInput("有几处需要改一改", errors)
        _refuse_overlap(values)
        letter = _create(values)
        note.subject = f"letter:{letter.pk}"
        note.after = values.model_dump(mode="json", exclude={"signed_by"})
    return letter


def revoke_letter(letter: AuthorisationLetter, raw: Any, *, by: Steward) -> AuthorisationLetter:
    """Ends a letter now. What was decided under it stays decided."""
    values = LetterEnd.parse(raw)
    division = letter.posting.centre.division_id
    with by.change("revoke_letter", Area.LETTERS, division, f"letter:{letter.pk}") as note:
        locked = AuthorisationLetter.objects.select_for_update().get(pk=letter.pk)
        if locked.revoked_at is not None:
            raise RuleBroken("这份授权书已经撤销过了")
        locked.revoked_at = by.now
        locked.save(update_fields=["revoked_at"])
        note.before = {"revoked": False}
        note.after = {"revoked": True, "reason": values.reason}
    return locked


def _create(values: LetterNew) -> AuthorisationLetter:
    fields = values.model_dump(exclude={"posting", "department", "actions", "items"})
    try:
        with transaction.atomic():
            return AuthorisationLetter.objects.create(
                posting_id=values.posting,
                department_id=values.department,
                actions=list(values.actions),
                items=list(values.items),
                **fields,
            )
    except IntegrityError:
        taken = FieldError("number", "这个编号已经用过了，请核对或换一个")
        raise InvalidInput("有一处需要改一改", [taken]) from None


def _wrong(values: LetterNew, posting: Posting, grantable: Grantable, today: date) -> list[FieldError]:
    role = Role(posting.role)
    if role not in HOLDERS:
        return [FieldError("posting", f"{LABELS[role]}办理业务不需要授权书")]
    errors = _wrong_dates(values, posting, today)
    errors += _wrong_department(values, posting)
    errors += _wrong_actions(values, role, grantable)
    return errors + _wrong_items(values, role, grantable)


def _wrong_dates(values: LetterNew, posting: Posting, today: date) -> list[FieldError]:
    start, end = values.valid_from, values.valid_until
    if end < max(start, today):
        return [FieldError("valid_until", "截止日期不能早于起始日期，也不能早于今天")]
    if start.year < 2000 or end.year - start.year > LONGEST_YEARS:
        return [FieldError("valid_until", f"授权时间超过 {LONGEST_YEARS} 年，请核对年份")]
    if start < posting.valid_from:
        return [FieldError("valid_from", f"任职从 {posting.valid_from} 开始，授权不能更早")]
    if posting.valid_until is not None and end > posting.valid_until:
        return [FieldError("valid_until", f"任职到 {posting.valid_until} 为止，授权不能更晚")]
    return []


def _wrong_department(values: LetterNew, posting: Posting) -> list[FieldError]:
    if Role(posting.role) is Role.CHIEF and posting.department_id != values.department:
        return [FieldError("department", "首席事务代表的授权书由所在的部门出具")]
    if not departments_of(posting.centre).filter(pk=values.department, is_active=True).exists():
        return [FieldError("department", "这个部门不在这个地方，或者已经停用")]
    return []


def _wrong_actions(values: LetterNew, role: Role, grantable: Grantable) -> list[FieldError]:
    allowed = {action for action, roles in grantable.actions.items() if role in roles}
    if set(values.actions) <= allowed and len(set(values.actions)) == len(values.actions):
        return []
    return [FieldError("actions", f"{LABELS[role]}的授权书不能包含您选的这些权限，请重新选择")]


def _wrong_items(values: LetterNew, role: Role, grantable: Grantable) -> list[FieldError]:
    if set(values.items) - grantable.items.keys() or len(set(values.items)) != len(values.items):
        return [FieldError("items", "有的事项不属于这个部门，请重新选择")]
    if role not in COUNTER:
        return [FieldError("immediate", "这一项只给窗口受理员")] if values.immediate else []
    if not values.immediate:
        return [FieldError("immediate", "窗口受理员只能得到「当场办结即办件」的授权，请勾选")]
    if not values.items:
        return [FieldError("items", "给窗口受理员的授权要写明是哪些即办件")]
    if not all(grantable.items[key] for key in values.items):
        return [FieldError("items", "窗口受理员只能当场办结即办件，请去掉承诺件")]
    return []


def _refuse_overlap(values: LetterNew) -> None:
    """Two letters in force at once for the same post, action and item would leave open which one was used."""
    rivals = AuthorisationLetter.objects.filter(
        overlapping(values.valid_from, values.valid_until),
        posting_id=values.posting,
        department_id=values.department,
        revoked_at__isnull=True,
    )
    for rival in rivals:
        same_items = not rival.items or not values.items or set(rival.items) & set(values.items)
        if same_items and set(rival.actions) & set(values.actions):
            message = f"和授权书 {rival.number} 的权限、事项、时间有重叠。请改时间，或先撤销那一份"
            raise InvalidInput("有一处需要改一改", [FieldError("valid_from", message)])
