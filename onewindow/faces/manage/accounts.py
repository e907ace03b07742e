"""Changing an account: making one, its name and telephone, its password, and switching it off and on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from onewindow.faces.manage.access import accounts_for, managing, one
from onewindow.faces.manage.editing import Change, ManagedForm, handle, line_field, tick
from onewindow.faces.manage.staff import shown
from onewindow.people.changes import Area, Steward
from onewindow.people.models import Account
from onewindow.people.staffing import (
    activate_account,
    create_account,
    deactivate_account,
    edit_account,
    may_touch,
    reset_password,
)
from onewindow.problems import Problem

_PHONE_HINT = "只用于单位内部联系。加密保存，页面上只显示头尾几位"
_METHODS = ["GET", "HEAD", "POST"]


class NewAccountForm(ManagedForm):
    username = line_field(
        "用户名", help_text="3 至 40 个小写字母和数字，字母开头，例如 zhangwei。以后不能改", longest=40
    )
    name = line_field("姓名", help_text="和身份证上的一致。会写在办件记录里", longest=60)
    phone = line_field("手机号码", required=False, help_text=_PHONE_HINT, longest=20)


class AccountForm(ManagedForm):
    name = line_field("姓名", longest=60)
    phone = line_field("新的手机号码", required=False, help_text=f"留空表示不改。{_PHONE_HINT}", longest=20)
    forget_phone = tick("删掉登记的手机号码")


class ReasonForm(ManagedForm):
    reason = line_field("原因", help_text="写明为什么，例如：调离岗位。会记在改动记录里，不要写个人隐私")


class NothingForm(ManagedForm):
    pass


@require_http_methods(_METHODS)
@managing(Area.STAFF, write=True)
def new(request: HttpRequest, steward: Steward) -> HttpResponse:
    form = NewAccountForm(request.POST if request.method == "POST" else None)
    change = Change(
        form,
        title="新建账号",
        back="/manage/staff/",
        act=lambda raw: create_account(raw, by=steward),
        done="",
        area="staff",
        rules=[
            "一个人一个账号，换岗位只改任职，不换账号",
            "系统生成第一个密码，只显示一次。请当面交给本人；本人第一次登录要先换成自己的，才能进来",
            "新账号还不能办事，接着要给它安排任职",
        ],
        crumbs=[("人员和任职", "/manage/staff/")],
        save_label="新建账号",
        show=lambda request, made: _first_password(request, steward, *made),
        after=lambda raw: {"name": raw["name"], "has_phone": bool(raw["phone"])},
        verb="create_account",
    )
    return handle(request, steward, change)


@sensitive_variables("password")
def _first_password(request: HttpRequest, steward: Steward, account: Account, password: str) -> HttpResponse:
    messages.success(request, f"账号 {account.username} 已经建好。")
    return shown(request, steward, account, password=password)


@require_http_methods(_METHODS)
@managing(Area.STAFF, write=True)
def edit(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    account = one(accounts_for(steward), pk=pk)
    form = AccountForm(request.POST if request.method == "POST" else None, initial={"name": account.name})
    change = Change(
        form,
        title=f"修改 {account.name}",
        back=f"/manage/staff/{pk}/",
        act=lambda raw: edit_account(account, raw, by=steward),
        done="人员信息已经保存。",
        area="staff",
        before={"name": account.name, "has_phone": bool(account.phone), "new_phone": False},
        after=lambda raw: {
            "name": raw["name"],
            "has_phone": not raw["forget_phone"] and bool(raw["phone"] or account.phone),
            "new_phone": bool(raw["phone"]) and not raw["forget_phone"],
        },
        rules=["改动记录只写改了哪一项，不写姓名和号码本身"],
        crumbs=_crumbs(account),
        verb="edit_account",
    )
    return handle(request, steward, change)


@require_http_methods(_METHODS)
@managing(Area.STAFF, write=True)
def password(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    account = one(accounts_for(steward), pk=pk)
    change = Change(
        NothingForm(request.POST if request.method == "POST" else None),
        title=f"重置 {account.name} 的密码",
        back=f"/manage/staff/{pk}/",
        act=lambda raw: reset_password(account, by=steward),
        done="",
        area="staff",
        intro="系统会生成一个新密码，只显示一次。旧密码马上失效，这个账号在各处的登录都会退出，程序用的令牌也会作废。",
        rules=["请确认是本人提出的", "请当面或打电话把新密码交给本人，不要用群消息发", "本人登录后要先换成自己的密码"],
        crumbs=_crumbs(account),
        save_label="重置密码",
        show=lambda request, fresh: shown(request, steward, account, password=fresh, was_reset=True),
        after=lambda raw: {"password": "reset"},
        verb="reset_password",
    )
    return handle(request, steward, change)


@require_http_methods(_METHODS)
@managing(Area.STAFF, write=True)
def deactivate(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    account = one(accounts_for(steward), pk=pk)
    change = Change(
        ReasonForm(request.POST if request.method == "POST" else None),
        title=f"停用 {account.name} 的账号",
        back=f"/manage/staff/{pk}/",
        act=lambda raw: deactivate_account(account, by=steward, reason=raw["reason"]),
        done="账号已经停用，现在就不能再登录。",
        area="staff",
        rules=["停用马上生效：已经登录的会退出，程序用的令牌会作废", "任职、授权书和办过的件都保留", "以后可以再启用"],
        crumbs=_crumbs(account),
        save_label="停用账号",
        before={"is_active": account.is_active},
        after=lambda raw: {"is_active": False, "reason": raw["reason"]},
        verb="deactivate_account",
    )
    return handle(request, steward, change)


@require_POST
@managing(Area.STAFF, write=True)
def activate(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    account = one(accounts_for(steward), pk=pk)
    try:
        activate_account(account, by=steward)
        messages.success(request, "账号已经启用。原来的密码还可以用；如果忘了，请重置密码。")
    except Problem as problem:
        messages.error(request, problem.title)
    return HttpResponseRedirect(f"/manage/staff/{pk}/")


@require_POST
@managing(Area.STAFF, write=True)
def phone(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """Shows the whole number this once, and writes down who looked."""
    account = one(accounts_for(steward), pk=pk)
    if not account.phone or not may_touch(steward, account):
        messages.error(request, "这个人没有登记手机号码，或者不归您管理。")
        return HttpResponseRedirect(f"/manage/staff/{pk}/")
    steward.record_unmasking(f"account:{account.pk}", "联系工作人员")
    return shown(request, steward, account, phone_in_full=account.phone)


def _crumbs(account: Account) -> list[tuple[str, str]]:
    return [("人员和任职", "/manage/staff/"), (account.name, f"/manage/staff/{account.pk}/")]
