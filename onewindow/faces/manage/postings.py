"""Postings: putting somebody in a post, and ending it. First what and where, then the rest of it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.faces.manage.access import accounts_for, centres_for, managing, may_change, one, postings_for
from onewindow.faces.manage.editing import Change, ManagedForm, choices, date_field, handle, line_field, pick, radio
from onewindow.faces.manage.history import latest
from onewindow.faces.manage.lists import number
from onewindow.faces.manage.page import page
from onewindow.faces.manage.staff import state_of
from onewindow.people.changes import BY_ADMIN_ONLY, Area, Steward, territory
from onewindow.people.models import Account, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.people.staffing import AT_WINDOW, BRANCHES, IN_DEPARTMENT, OPEN_TO_STAFF, add_posting, end_posting
from onewindow.places.changes import departments_of
from onewindow.places.models import Centre

_MANY: Final = 400
"""More centres than this are not put into one select box; village stations are then reached from their own page."""
WHAT_FOR: Final[dict[Role, str]] = {
    Role.CLERK: "在政务服务中心窗口收件、受理",
    Role.TOWNSHIP_CLERK: "在乡镇、村收件、受理、出件",
    Role.EXIT_CLERK: "制证、发证、寄件",
    Role.GUIDE: "引导、取号、解答",
    Role.HELPER: "替群众填写、提交",
    Role.EXAMINER: "审查材料，提出意见",
    Role.VERIFIER: "复核审查意见",
    Role.CHIEF: "代表部门作决定，要有授权书",
    Role.HEAD: "部门主要负责人，可以作决定",
    Role.GOVERNMENT_HEAD: "批准联办件延期",
    Role.EDITOR: "编写本部门的办事指南",
    Role.PUBLISHER: "审核、发布办事指南",
    Role.SUPERVISOR: "监察时限和服务，只看不办",
    Role.MANAGER: "管理地方、人员和授权",
    Role.ADMIN: "管理账号和系统，不办件",
}


class WhereForm(ManagedForm):
    """Step one: the role and the place decide what else is asked."""

    def __init__(self, steward: Steward, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["role"] = radio("角色", role_choices(steward))
        self.fields["centre"] = pick("中心", choices(centre_choices(steward)))


def role_choices(steward: Steward) -> list[tuple[str, str]]:
    """The roles that this person may give, each with what it is for."""
    everything = territory(steward.actor, Area.STAFF, write=True).everything
    roles = [role for role in OPEN_TO_STAFF if everything or role not in BY_ADMIN_ONLY]
    return [(role.value, f"{LABELS[role]}：{WHAT_FOR[role]}") for role in roles]


def centre_choices(steward: Steward) -> list[tuple[Any, str]]:
    found = centres_for(steward).order_by("key")
    if found.count() > _MANY:
        found = found.exclude(kind="village_station")
    return list(found.values_list("pk", "name")[:_MANY])


class PostingForm(ManagedForm):
    """Step two. The fields depend on the role: a department for the back office, a window for the counter."""

    ids: ClassVar[frozenset[str]] = frozenset({"department", "window", "covers"})

    def __init__(self, account: Account, role: Role, centre: Centre, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.account, self.role, self.centre = account, role, centre
        bodies = list(departments_of(centre).filter(is_active=True).order_by("id").values_list("pk", "name"))
        self.fields["department"] = pick(
            "部门",
            choices(bodies, "请选择" if role in IN_DEPARTMENT else "不属于哪个部门"),
            required=role in IN_DEPARTMENT,
            help_text="只看得到这个部门的件" if role in IN_DEPARTMENT else "编制所在的单位，可以不选",
        )
        if role in AT_WINDOW:
            windows = centre.windows.filter(is_active=True).order_by("code").values_list("pk", "code", "name")
            self.fields["window"] = pick(
                "窗口", choices([(pk, f"{code} {name}") for pk, code, name in windows], "不固定窗口"), required=False
            )
        self.fields["covers"] = pick(
            "顶谁的岗（AB 岗）",
            choices(_colleagues(account, role, centre), "不顶岗"),
            required=False,
            help_text="那个人不在时由他来办。两个人要在同一个中心、同一个部门做同一种任职",
        )
        self.fields["valid_from"] = date_field("起始日期", help_text="从这一天起可以办事")
        self.fields["valid_until"] = date_field("截止日期", required=False, help_text="包括这一天。不填表示一直有效")

    def raw(self) -> dict[str, Any]:
        given = {"account": self.account.pk, "role": self.role.value, "centre": self.centre.pk}
        return {**given, **{name: value or None for name, value in super().raw().items()}}


def _colleagues(account: Account, role: Role, centre: Centre) -> list[tuple[Any, str]]:
    found = Posting.objects.filter(role=role.value, centre=centre, account__is_active=True).exclude(account=account)
    rows = found.select_related("account", "department").order_by("account__username", "id")[:300]
    return [(p.pk, f"{p.account.name}（{p.department.short_name if p.department else centre.name}）") for p in rows]


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.STAFF, write=True)
def new(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    account = one(accounts_for(steward), pk=pk)
    role, centre = request.GET.get("role", ""), number(request.GET.get("centre"))
    if role not in set(OPEN_TO_STAFF) or centre is None:
        return _where(request, steward, account, centre)
    place = one(centres_for(steward), pk=centre)
    form = PostingForm(
        account,
        Role(role),
        place,
        request.POST if request.method == "POST" else None,
        initial={"valid_from": steward.today},
    )
    change = Change(
        form,
        title=f"给 {account.name} 安排任职",
        back=f"/manage/staff/{pk}/",
        act=lambda raw: add_posting(raw, by=steward),
        done=f"{account.name} 的任职已经安排好。",
        area="staff",
        rules=_rules(Role(role), place),
        crumbs=_crumbs(account),
        save_label="安排任职",
        after=lambda raw: raw,
        extra={"facts": [("角色", LABELS[Role(role)]), ("中心", place.name)], "start_again": f"?centre={place.pk}"},
        verb="add_posting",
    )
    return handle(request, steward, change)


def _where(request: HttpRequest, steward: Steward, account: Account, centre: int | None) -> HttpResponse:
    if request.method == "POST":
        raise Http404
    asked = bool(request.GET.get("asked"))
    initial = {"centre": centre, "role": request.GET.get("role")}
    form = WhereForm(steward, request.GET if asked else None, initial=initial)
    context = {"person": account, "form": form, "crumbs": _crumbs(account)}
    return page(request, steward, "manage/posting_where.html", context, current="staff", status=422 if asked else 200)


def _rules(role: Role, centre: Centre) -> list[str]:
    rules = [
        f"{LABELS[role]}：{WHAT_FOR[role]}",
        "任职只会结束，不会删除：办过的件要看得出是以什么身份办的",
        "不能给自己安排任职",
    ]
    if role is Role.CLERK and centre.kind in BRANCHES:
        rules.insert(0, "乡镇和村的受理员请选「便民服务中心受理员」")
    if role is Role.CHIEF:
        rules.insert(1, "安排好以后，还要签发授权书才能作决定")
    return rules


@require_safe
@managing(Area.STAFF)
def posting(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """A posting has no page of its own beyond its person's; the change record points here."""
    found = one(
        postings_for(steward).select_related("account", "centre", "department", "window", "covers__account"), pk=pk
    )
    context = {
        "posting": found,
        "state": state_of(found, steward),
        "letters": found.letters.select_related("department").order_by("-valid_until"),
        "changes": latest(f"posting:{found.pk}"),
        "may_change": may_change(steward, Area.STAFF, found.centre.division_id),
        "ended": found.valid_until is not None and found.valid_until < steward.today,
    }
    return page(request, steward, "manage/posting.html", context, current="staff")


class EndForm(ManagedForm):
    valid_until = date_field("最后一天", help_text="这一天还有效，第二天起不能再以这个身份办事")
    reason = line_field("原因", help_text="例如：轮岗、调离、退休")


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.STAFF, write=True)
def end(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = one(postings_for(steward).select_related("account", "centre"), pk=pk)
    form = EndForm(request.POST if request.method == "POST" else None, initial={"valid_until": steward.today})
    change = Change(
        form,
        title=f"结束任职：{found.account.name}（{LABELS[Role(found.role)]}）",
        back=f"/manage/staff/{found.account_id}/",
        act=lambda raw: end_posting(found, form.cleaned_data["valid_until"], by=steward, reason=raw["reason"]),
        done="任职的最后一天已经写上。",
        area="staff",
        before={"valid_until": found.valid_until.isoformat() if found.valid_until else None},
        after=lambda raw: raw,
        rules=[
            "最后一天最早是今天。要让人马上不能办事，请停用账号",
            "这个任职上的授权书到这一天也不再起作用",
            "名下还有在办的件，请先改派给别人",
        ],
        crumbs=_crumbs(found.account),
        save_label="结束任职",
        verb="end_posting",
    )
    return handle(request, steward, change)


def _crumbs(account: Account) -> list[tuple[str, str]]:
    return [("人员和任职", "/manage/staff/"), (account.name, f"/manage/staff/{account.pk}/")]
