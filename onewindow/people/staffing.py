"""Changing people: accounts and postings. One verb each; see changes.py for how a change is recorded.

Nobody gives themselves a post, the last administrator stays, and a posting is never deleted: it ends.
"""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import Annotated, Any, Final

from django.db import IntegrityError
from django.db.models import Q
from django.utils import timezone
from pydantic import AfterValidator

from onewindow.inputs import Input, Line, OptionalLine
from onewindow.people.changes import BY_ADMIN_ONLY, Area, Steward, territory
from onewindow.people.models import Account, ApiToken, Posting
from onewindow.people.numbers import check_phone
from onewindow.people.roles import LABELS, Role
from onewindow.places.changes import Name60, departments_of
from onewindow.places.models import Centre, Department, Window
from onewindow.problems import FieldError, InvalidInput, Refused, RuleBroken

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike
OPEN_TO_STAFF: Final = tuple(role for role in Role if role not in {Role.APPLICANT, Role.SYSTEM})
IN_DEPARTMENT: Final = frozenset({Role.EXAMINER, Role.VERIFIER, Role.CHIEF, Role.HEAD, Role.EDITOR})
"""Posts that only make sense in a department."""
AT_WINDOW: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK, Role.EXIT_CLERK, Role.GUIDE, Role.HELPER})
BRANCHES: Final = frozenset({"township_centre", "village_station"})


def _username(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9._-]{2,39}", text):
        raise ValueError("用户名用 3 至 40 个小写字母和数字，以字母开头，例如 zhangwei 或 market.zhang")
    return text


def _phone(text: str) -> str:
    return check_phone(text) if text else ""


class AccountNew(Input):
    username: Annotated[Line, AfterValidator(_username)]
    name: Name60
    phone: Annotated[OptionalLine, AfterValidator(_phone)] = ""


class AccountEdit(Input):
    """An empty `phone` keeps the one on file; `forget_phone` removes it."""

    name: Name60
    phone: Annotated[OptionalLine, AfterValidator(_phone)] = ""
    forget_phone: bool = False


class PostingNew(Input):
    """Ids of account, centre, department, window and of the posting this one stands in for."""

    account: int
    role: Role
    centre: int
    department: int | None = None
    window: int | None = None
    covers: int | None = None
    valid_from: date
    valid_until: date | None = None


def one_time_password() -> str:
    """16 letters and digits in groups of four, about 79 bits, without characters that look alike."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


# ---- accounts -----------------------------------------------------------------------------------------------------


def home_of(account: Account) -> str:
    """The division an account belongs to: the first it was ever posted in; empty before the first posting."""
    first = Posting.objects.filter(account=account).order_by("id").select_related("centre").first()
    return first.centre.division_id if first else ""


def may_touch(by: Steward, account: Account) -> bool:
    """Whether every posting this account ever had lies where this person manages, and none is above them."""
    held = territory(by.actor, Area.STAFF, write=True)
    if held.everything:
        return True
    beyond = Posting.objects.filter(account=account).filter(
        Q(role__in=BY_ADMIN_ONLY) | ~held.on("centre__division__code"),
    )
    return bool(held) and not beyond.exists()


def create_account(raw: Any, *, by: Steward) -> tuple[Account, str]:
    """The account of a member of staff, and its first password, which cannot be shown again."""
    values = AccountNew.parse(raw)
    with by.change("create_account", Area.STAFF, _somewhere(by), "account:new") as note:
        if Account.objects.filter(username__iexact=values.username).exists():
            raise _taken()
        password = one_time_password()
        account = Account(username=values.username, name=values.name, phone=values.phone or None, kind="staff")
        account.set_password(password)
        account.password_given = True
        try:
            account.save()
        except IntegrityError:
            raise _taken() from None
        note.subject = f"account:{account.pk}"
        note.after = {"created": True, "has_phone": bool(values.phone)}
    return account, password


def edit_account(account: Account, raw: Any, *, by: Steward) -> Account:
    """Name and telephone. The record says that they changed, never what they are."""
    values = AccountEdit.parse(raw)
    with by.change("edit_account", Area.STAFF, _place(by, account), f"account:{account.pk}") as note:
        locked = _locked(account, by)
        phone = None if values.forget_phone else values.phone or locked.phone
        changed = [name for name, new in (("name", values.name), ("phone", phone)) if getattr(locked, name) != new]
        locked.name, locked.phone = values.name, phone
        locked.save(update_fields=["name", "phone"])
        note.after = {"changed": changed} if changed else {}
    return locked


def deactivate_account(account: Account, *, by: Steward, reason: str) -> Account:
    """From this moment nobody signs in with it and its API tokens are void; its postings and past acts stay."""
    with by.change("deactivate_account", Area.STAFF, _place(by, account), f"account:{account.pk}") as note:
        _refuse_self(by, account, "不能停用自己的账号，请另一位管理员来停用")
        _keep_an_admin(by.today, without=account.pk)
        locked = _locked(account, by)
        note.before, note.after = {"is_active": locked.is_active}, {"is_active": False, "reason": _reason(reason)}
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        _void_tokens(locked)
    return locked


def activate_account(account: Account, *, by: Steward) -> Account:
    with by.change("activate_account", Area.STAFF, _place(by, account), f"account:{account.pk}") as note:
        locked = _locked(account, by)
        note.before, note.after = {"is_active": locked.is_active}, {"is_active": True}
        locked.is_active = True
        locked.save(update_fields=["is_active"])
    return locked


def reset_password(account: Account, *, by: Steward) -> str:
    """A new password, returned once; every session and API token of the account ends."""
    with by.change("reset_password", Area.STAFF, _place(by, account), f"account:{account.pk}") as note:
        _refuse_self(by, account, "不能在这里重置自己的密码，请在右上角的菜单里修改密码")
        locked = _locked(account, by)
        password = one_time_password()
        locked.set_password(password)
        locked.password_given = True
        locked.save(update_fields=["password", "password_given"])
        _void_tokens(locked)
        note.after = {"password": "reset"}
    return password


def _somewhere(by: Steward) -> str:
    """Any division this person manages: an account without a post belongs to no place yet."""
    held = territory(by.actor, Area.STAFF, write=True)
    return "" if held.everything else next(iter(sorted(held.divisions)), "-")


def _place(by: Steward, account: Account) -> str:
    return home_of(account) or _somewhere(by)


def _locked(account: Account, by: Steward) -> Account:
    locked = Account.objects.select_for_update().get(pk=account.pk)
    if locked.kind != "staff" or not may_touch(by, locked):
        raise Refused("这个账号由系统管理员管理，请联系系统管理员")
    return locked


def _refuse_self(by: Steward, account: Account, words: str) -> None:
    if by.actor.account is not None and by.actor.account.pk == account.pk:
        raise Refused(words)


def _keep_an_admin(today: date, *, without: int | None = None, without_posting: int | None = None) -> None:
    """Raises RuleBroken when nobody would be left to administer. Locks them, so that two cannot leave at once."""
    admins = Posting.objects.valid_on(today).filter(role=Role.ADMIN).select_related("account")
    rows = list(admins.select_for_update().order_by("account_id", "id"))
    left = [row for row in rows if row.account_id != without and row.pk != without_posting]
    if rows and not left:
        raise RuleBroken("这是最后一位系统管理员，停用以后就没有人能管理账号了。请先让另一个人担任系统管理员")


def _void_tokens(account: Account) -> None:
    ApiToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=timezone.now())


def _taken() -> InvalidInput:
    return InvalidInput("有一处需要改一改", [FieldError("username", "这个用户名已经有人用了，请换一个")])


class _Reason(Input):
    reason: Line


def _reason(text: str) -> str:
    return _Reason.parse({"reason": text}).reason


# ---- postings -----------------------------------------------------------------------------------------------------


def add_posting(raw: Any, *, by: Steward) -> Posting:
    """Puts somebody in a post. Raises Refused for oneself and for roles that only an administrator gives."""
    values = PostingNew.parse(raw)
    centre = Centre.objects.filter(pk=values.centre).first()
    if centre is None:
        raise InvalidInput("有一处需要改一改", [FieldError("centre", "没有这个中心，请重新选择")])
    with by.change("add_posting", Area.STAFF, centre.division_id, f"account:{values.account}") as note:
        account = _postable(values.account, by)
        if values.role in BY_ADMIN_ONLY and not territory(by.actor, Area.STAFF, write=True).everything:
            raise Refused(f"{LABELS[values.role]}由系统管理员任命，请联系系统管理员")
        if errors := _wrong(values, centre, by.today):
            raise InvalidInput("有几处需要改一改", errors)
        posting = Posting.objects.create(
            account=account,
            role=values.role.value,
            centre=centre,
            department_id=values.department,
            window_id=values.window,
            covers_id=values.covers,
            valid_from=values.valid_from,
            valid_until=values.valid_until,
        )
        note.subject = f"posting:{posting.pk}"
        note.after = {**values.model_dump(mode="json"), "role": values.role.value}
    return posting


def _postable(pk: int, by: Steward) -> Account:
    account = Account.objects.select_for_update().filter(pk=pk, kind="staff").first()
    if account is None:
        raise InvalidInput("有一处需要改一改", [FieldError("account", "没有这个账号，请重新选择")])
    _refuse_self(by, account, "不能给自己安排任职，请另一位管理员来办")
    if not may_touch(by, account):
        raise Refused("这个账号由系统管理员管理，请联系系统管理员")
    if not account.is_active:
        raise InvalidInput("有一处需要改一改", [FieldError("account", "这个账号已停用，请先启用")])
    return account


def _wrong(values: PostingNew, centre: Centre, today: date) -> list[FieldError]:
    errors = [*_wrong_dates(values, today), *_wrong_place(values, centre), *_wrong_cover(values)]
    same = Posting.objects.filter(
        Q(department_id=values.department),  # None asks for none
        overlapping(values.valid_from, values.valid_until),
        account_id=values.account,
        role=values.role.value,
        centre=centre,
    )
    if same.exists():
        errors.append(FieldError("valid_from", "这段时间里这个人已经在做同一个任职"))
    return errors


def overlapping(start: date, end: date | None) -> Q:
    """Postings or letters in force on some day from start to end (inclusive; no end: for ever)."""
    late_enough = Q(valid_until__isnull=True) | Q(valid_until__gte=start)
    return late_enough & Q(valid_from__lte=end) if end else late_enough


def _wrong_dates(values: PostingNew, today: date) -> list[FieldError]:
    errors = []
    if not 2000 <= values.valid_from.year <= 2099:
        errors.append(FieldError("valid_from", "起始日期的年份不对，请核对"))
    if values.valid_until is not None and values.valid_until < max(values.valid_from, today):
        errors.append(FieldError("valid_until", "截止日期不能早于起始日期，也不能早于今天"))
    if values.valid_until is not None and values.valid_until.year > 2099:
        errors.append(FieldError("valid_until", "截止日期的年份不对，请核对"))
    return errors


def _wrong_place(values: PostingNew, centre: Centre) -> list[FieldError]:
    errors = []
    if values.role not in OPEN_TO_STAFF:
        errors.append(FieldError("role", "没有这个选项"))
    if values.role is Role.CLERK and centre.kind in BRANCHES:
        errors.append(FieldError("role", "乡镇和村的受理员请选「便民服务中心受理员」"))
    if values.role is Role.TOWNSHIP_CLERK and centre.kind not in BRANCHES:
        errors.append(FieldError("role", "便民服务中心受理员只能在乡镇或村任职"))
    if values.role in IN_DEPARTMENT and values.department is None:
        errors.append(FieldError("department", f"{LABELS[values.role]}要选所在的部门"))
    if values.department is not None and not _department_fits(values.department, centre):
        errors.append(FieldError("department", "这个部门不在这个地方，或者已经停用"))
    if values.window is not None and values.role not in AT_WINDOW:
        errors.append(FieldError("window", f"{LABELS[values.role]}不在窗口办公，不用选窗口"))
    elif values.window is not None and not Window.objects.filter(pk=values.window, centre=centre).exists():
        errors.append(FieldError("window", "这个中心没有这个窗口，请重新选择"))
    return errors


def _department_fits(pk: int, centre: Centre) -> bool:
    return Department.objects.filter(pk=pk, is_active=True).filter(pk__in=departments_of(centre).values("pk")).exists()


def _wrong_cover(values: PostingNew) -> list[FieldError]:
    if values.covers is None:
        return []
    covered = Posting.objects.filter(pk=values.covers).first()
    same = covered is not None and (covered.role, covered.centre_id, covered.department_id) == (
        values.role.value,
        values.centre,
        values.department,
    )
    if covered is None or not same or covered.account_id == values.account:
        return [FieldError("covers", "AB 岗的两个人要在同一个中心、同一个部门做同一种任职")]
    return []


def end_posting(posting: Posting, until: date, *, by: Steward, reason: str) -> Posting:
    """The last day of a posting, today or later, never later than it was; letters to it end with it."""
    with by.change("end_posting", Area.STAFF, posting.centre.division_id, f"posting:{posting.pk}") as note:
        locked = Posting.objects.select_for_update(of=("self",)).select_related("account").get(pk=posting.pk)
        if not may_touch(by, locked.account):
            raise Refused("这个任职由系统管理员管理，请联系系统管理员")
        if error := _wrong_end(locked, until, by.today):
            raise InvalidInput("有一处需要改一改", [FieldError("valid_until", error)])
        if locked.role == Role.ADMIN:
            _keep_an_admin(by.today, without_posting=locked.pk)
        note.before = {"valid_until": locked.valid_until.isoformat() if locked.valid_until else None}
        note.after = {"valid_until": until.isoformat(), "reason": _reason(reason)}
        locked.valid_until = until
        locked.save(update_fields=["valid_until"])
    return locked


def _wrong_end(posting: Posting, until: date, today: date) -> str:
    if until < today:
        return "最后一天不能早于今天：已经办过的事要有任职作依据"
    if until < posting.valid_from:
        return "最后一天不能早于任职开始的那一天"
    if posting.valid_until is not None and until > posting.valid_until:
        return "这里只能提前结束；要继续任职，请新增一个任职"
    return ""
