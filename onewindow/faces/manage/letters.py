"""Authorisation letters: which there are and how long they last, signing one, revoking it, printing it."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.cases.lifecycle import MOVES
from onewindow.catalogue.models import Item
from onewindow.faces.manage.access import (
    current_postings,
    departments_for,
    letters_for,
    managing,
    may_change,
    one,
)
from onewindow.faces.manage.editing import (
    Change,
    ManagedForm,
    choices,
    date_field,
    handle,
    line_field,
    pick,
    tick,
    ticks,
)
from onewindow.faces.manage.history import latest, why
from onewindow.faces.manage.labels import action_label
from onewindow.faces.manage.lists import number, page_of, words
from onewindow.faces.manage.page import page
from onewindow.people.changes import Area, Steward
from onewindow.people.letters import COUNTER, HOLDERS, Grantable, revoke_letter, sign_letter
from onewindow.people.models import AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.changes import departments_of
from onewindow.places.models import Department

LETTERED: Final[dict[str, frozenset[Role]]] = {a.value: move.lettered for a, move in MOVES.items() if move.lettered}
STATES: Final = {
    "": "现在有效",
    "soon": "30 天内到期",
    "later": "还没开始",
    "ended": "已到期",
    "revoked": "已撤销",
    "all": "全部",
}
SOON_DAYS: Final = 30


def in_state(found: QuerySet[AuthorisationLetter], state: str, steward: Steward) -> QuerySet[AuthorisationLetter]:
    today = steward.today
    if state == "all":
        return found
    if state == "revoked":
        return found.filter(revoked_at__isnull=False)
    kept = found.filter(revoked_at__isnull=True)
    if state == "ended":
        return kept.filter(valid_until__lt=today)
    if state == "later":
        return kept.filter(valid_from__gt=today)
    valid = kept.filter(valid_from__lte=today, valid_until__gte=today)
    soon = today.fromordinal(today.toordinal() + SOON_DAYS)
    return valid.filter(valid_until__lte=soon) if state == "soon" else valid


def state_of(letter: AuthorisationLetter, steward: Steward) -> tuple[str, str]:
    """(words, tone): 还有 405 天, 12 天后到期, 已到期, 已撤销, 还没开始."""
    if letter.revoked_at is not None:
        return "已撤销", "late"
    if letter.valid_from > steward.today:
        return "还没开始", "primary"
    left = (letter.valid_until - steward.today).days
    if left < 0:
        return "已到期", "done"
    if left > SOON_DAYS:
        return f"还有 {left} 天", "ontime"
    return (f"{left} 天后到期" if left else "今天到期"), "soon"


@require_safe
@managing(Area.LETTERS)
def letters(request: HttpRequest, steward: Steward) -> HttpResponse:
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    department = number(request.GET.get("department"))
    found = in_state(letters_for(steward), state, steward).select_related("department", "posting__account")
    if department:
        found = found.filter(department_id=department)
    if q := words(request):
        found = found.filter(
            Q(number__icontains=q) | Q(posting__account__name__icontains=q) | Q(department__name__icontains=q)
        )
    listed = page_of(request, found, "valid_until", "id")
    context = {
        "page": listed,
        "rows": [_row(letter, steward) for letter in listed.rows],
        "state": state,
        "states": STATES.items(),
        "department": department,
        "departments": departments_for(steward).order_by("id").only("id", "name"),
        "q": q,
    }
    return page(request, steward, "manage/letters.html", context, current="letters")


def _row(letter: AuthorisationLetter, steward: Steward) -> dict[str, Any]:
    return {
        "letter": letter,
        "state": state_of(letter, steward),
        "role": LABELS[Role(letter.posting.role)],
        "actions": "、".join(action_label(action) for action in letter.actions),
        "scope": f"{len(letter.items)} 个事项" if letter.items else "部门全部事项",
    }


@require_safe
@managing(Area.LETTERS)
def letter(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = _letter(steward, pk)
    context = {
        **_row(found, steward),
        "items": _items(found),
        "revoked": why(f"letter:{found.pk}", "revoke_letter") if found.revoked_at else None,
        "changes": latest(f"letter:{found.pk}"),
        "may_change": may_change(steward, Area.LETTERS, found.posting.centre.division_id) and found.revoked_at is None,
    }
    return page(request, steward, "manage/letter.html", context, current="letters")


@require_safe
@managing(Area.LETTERS)
def printed(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    """授权书 on paper."""
    found = _letter(steward, pk)
    return render(request, "manage/letter_print.html", {**_row(found, steward), "items": _items(found)})


def _letter(steward: Steward, pk: int) -> AuthorisationLetter:
    rows = letters_for(steward).select_related(
        "department", "posting__account", "posting__centre", "posting__department", "posting__window"
    )
    return one(rows, pk=pk)


def _items(found: AuthorisationLetter) -> list[Item]:
    return list(Item.objects.filter(key__in=found.items).order_by("id")) if found.items else []


# ---- signing ------------------------------------------------------------------------------------------------------


class WhoForm(ManagedForm):
    """Step one: the posting; for the counter also the department whose items it may decide."""

    def __init__(self, steward: Steward, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["posting"] = pick(
            "授权给谁", choices(_holders(steward)), help_text="首席事务代表或窗口受理员的任职"
        )
        bodies = departments_for(steward).filter(is_active=True).order_by("id").values_list("pk", "name")
        self.fields["department"] = pick(
            "哪个部门授权",
            choices(list(bodies), "首席事务代表不用选"),
            required=False,
            help_text="给窗口受理员授权时选：他可以当场办结这个部门的即办件",
        )


def _holders(steward: Steward) -> list[tuple[Any, str]]:
    """Postings that a letter can be made out to; not one's own."""
    found = current_postings(steward, Area.LETTERS).filter(role__in=HOLDERS).exclude(account=steward.actor.account)
    rows = found.select_related("account", "department", "centre").order_by("-role", "department_id", "id")[:500]
    return [(p.pk, f"{p.account.name} · {LABELS[Role(p.role)]} · {_place(p)}") for p in rows]


def _place(posting: Posting) -> str:
    return posting.department.name if posting.department else posting.centre.name


@require_safe
@managing(Area.LETTERS, write=True)
def choose(request: HttpRequest, steward: Steward) -> HttpResponse:
    asked = "posting" in request.GET
    form = WhoForm(steward, request.GET if asked else None)
    if asked and form.is_valid():
        department = form.cleaned_data["department"]
        query = f"?department={department}" if department else ""
        return HttpResponseRedirect(f"/manage/letters/new/{form.cleaned_data['posting']}/{query}")
    context = {"form": form}
    return page(request, steward, "manage/letter_who.html", context, current="letters", status=422 if asked else 200)


class LetterForm(ManagedForm):
    """Step two, for one posting and one department."""

    ids: ClassVar[frozenset[str]] = frozenset()

    number = line_field("授权书编号", help_text="照纸质授权书写，例如：桃政授〔2026〕018号。不能重复", longest=60)
    signed_by = line_field("授权人", help_text="在授权书上签字的部门主要负责人", longest=60)

    def __init__(self, posting: Posting, department: Department, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.posting, self.department = posting, department
        role = Role(posting.role)
        counter = role in COUNTER
        rows = list(department.items.filter(status="in_use", current__isnull=False).select_related("current"))
        self.known = {item.key: item.current.spec.immediate for item in rows if item.current}
        offered = [(item.key, _item_words(item)) for item in rows if not counter or self.known[item.key]]
        self.fields["actions"] = ticks(
            "权限",
            [(action, MOVES[a].label) for a, move in MOVES.items() if role in move.lettered for action in [a.value]],
            required=True,
            help_text="只列出需要授权书的事",
        )
        self.fields["items"] = ticks(
            "事项",
            offered,
            required=counter,
            help_text="只列出即办件，至少选一个" if counter else f"一个都不选，就是{department.name}的全部事项",
        )
        if counter:
            self.fields["immediate"] = tick("可以当场办结即办件", "收件的人同时作决定，只限上面选的即办件")
            self.fields["immediate"].required = True
        self.fields["accept_on_receipt"] = tick("收件即受理", "材料齐全的，收件的同时就算受理")
        self.fields["valid_from"] = date_field("起始日期")
        self.fields["valid_until"] = date_field(
            "截止日期", help_text="包括这一天。到期前 30 天会在「要留意的事」里提醒"
        )

    def raw(self) -> dict[str, Any]:
        return {"posting": self.posting.pk, "department": self.department.pk, **super().raw()}


def _item_words(item: Item) -> str:
    kind = item.current.spec.case_kind if item.current else ""
    return f"{item.name}（{kind}）"


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.LETTERS, write=True)
def new(request: HttpRequest, steward: Steward, posting: int) -> HttpResponse:
    rows = current_postings(steward, Area.LETTERS).filter(role__in=HOLDERS)
    found = one(rows.select_related("account", "department", "centre"), pk=posting)
    chosen = number(request.GET.get("department"))
    if found.role == Role.CHIEF:
        chosen = found.department_id
    if chosen is None:
        return HttpResponseRedirect(f"/manage/letters/new/?posting={posting}")
    department = one(departments_of(found.centre).filter(is_active=True), pk=chosen)
    initial = {"valid_from": steward.today, "immediate": True}
    form = LetterForm(found, department, request.POST if request.method == "POST" else None, initial=initial)
    grantable = Grantable(LETTERED, form.known)
    change = Change(
        form,
        title="签发授权书",
        back=f"/manage/letters/?department={department.pk}",
        act=lambda raw: sign_letter(raw, by=steward, grantable=grantable),
        done="授权书已经登记，从起始日期起生效。",
        area="letters",
        rules=[
            "授权书要先由部门主要负责人在纸上签字，再在这里登记",
            "同一个人、同样的权限和事项，时间不能重叠",
            "不能给自己授权；登记以后不能改，只能撤销再签一份",
        ],
        crumbs=[("授权书", "/manage/letters/")],
        save_label="登记授权书",
        after=lambda raw: raw,
        extra={
            "facts": [
                ("授权给", f"{found.account.name}（{LABELS[Role(found.role)]}）"),
                ("所在的地方", f"{found.centre.name}"),
                ("授权的部门", department.name),
            ]
        },
        verb="sign_letter",
    )
    return handle(request, steward, change)


class RevokeForm(ManagedForm):
    reason = line_field("撤销的原因", help_text="例如：不再担任首席事务代表。会写在授权书页面和改动记录里")


@require_http_methods(["GET", "HEAD", "POST"])
@managing(Area.LETTERS, write=True)
def revoke(request: HttpRequest, steward: Steward, pk: int) -> HttpResponse:
    found = _letter(steward, pk)
    change = Change(
        RevokeForm(request.POST if request.method == "POST" else None),
        title=f"撤销授权书 {found.number}",
        back=f"/manage/letters/{pk}/",
        act=lambda raw: revoke_letter(found, raw, by=steward),
        done="授权书已经撤销，马上不能再凭它办事。",
        area="letters",
        before={"revoked": found.revoked_at is not None},
        after=lambda raw: {"revoked": True, **raw},
        rules=["马上生效，不能恢复；要重新授权，请再签一份", "凭它已经作出的决定仍然有效"],
        crumbs=[("授权书", "/manage/letters/"), (found.number, f"/manage/letters/{pk}/")],
        save_label="撤销授权书",
        warning="撤销以后不能恢复。",
        verb="revoke_letter",
    )
    return handle(request, steward, change)
