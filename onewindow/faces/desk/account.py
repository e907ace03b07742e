"""`/desk/account/`: one's own postings and letters, the password, and tokens for programs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.catalogue.models import Item
from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk.access import CHOSEN, actor_of, staff
from onewindow.faces.desk.page import page
from onewindow.faces.staff import posting_words, signed_in
from onewindow.people.authority import Actor
from onewindow.people.models import Account, ApiToken, AuthorisationLetter, Posting

_SECRET = {"autocomplete": "new-password"}


class PasswordForm(PlainForm):
    """The present password, and the new one twice."""

    present = forms.CharField(
        label="现在的密码", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    fresh = forms.CharField(
        label="新密码",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs=_SECRET),
        help_text="至少 10 位，不要全是数字，不要用常见的密码",
    )
    again = forms.CharField(
        label="再写一遍新密码", strip=False, max_length=200, widget=forms.PasswordInput(attrs=_SECRET)
    )

    def __init__(self, account: Account, data: Any = None) -> None:
        self.account = account
        super().__init__(data, auto_id="id_%s")
        self.use_required_attribute = False

    def clean_present(self) -> str:
        given: str = self.cleaned_data["present"]
        if not self.account.check_password(given):
            raise ValidationError("现在的密码不对，请再写一遍。")
        return given

    def clean(self) -> dict[str, Any] | None:
        fresh, again = self.cleaned_data.get("fresh"), self.cleaned_data.get("again")
        if fresh and again and fresh != again:
            self.add_error("again", "两次写的新密码不一样。")
        if fresh and fresh == self.cleaned_data.get("present"):
            self.add_error("fresh", "新密码和现在的一样，请换一个。")
        if fresh:
            try:
                password_validation.validate_password(fresh, self.account)
            except ValidationError as error:
                self.add_error("fresh", error)
        return self.cleaned_data


@require_safe
@staff
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _shown(request, actor)


def _shown(
    request: HttpRequest, actor: Actor, form: PasswordForm | None = None, token: str = "", status: int = 200
) -> HttpResponse:
    account = _account(actor)
    now = timezone.now()
    known = list(
        Posting.objects.filter(account=account)
        .select_related("centre", "department", "window", "covers__account")
        .prefetch_related("letters__department")
        .order_by("-valid_from", "-id")
    )
    items = _item_names(known)
    working_in = actor.posting.pk if actor.posting else None
    context = {
        "postings": [_posting(one, now, working_in, items) for one in known],
        "switchable": len(actor.postings) > 1,
        "form": form or PasswordForm(account),
        "token": token,
        "tokens": ApiToken.objects.filter(account=account, revoked_at__isnull=True).order_by("-id"),
    }
    return page(request, actor, "desk/account.html", context, current="account", status=status)


def _account(actor: Actor) -> Account:
    assert actor.account is not None
    return actor.account


def _item_names(postings: list[Posting]) -> dict[str, str]:
    keys = {key for one in postings for letter in one.letters.all() for key in letter.items}
    return dict(Item.objects.filter(key__in=keys).values_list("key", "name")) if keys else {}


def _posting(posting: Posting, now: Any, working_in: int | None, items: dict[str, str]) -> dict[str, Any]:
    return {
        "posting": posting,
        "words": posting_words(posting),
        "valid": posting.valid(timezone.localdate(now)),
        "current": posting.pk == working_in,
        "covers": posting.covers.account.name if posting.covers else "",
        "letters": [_letter(letter, now, items) for letter in posting.letters.all()],
    }


def _letter(letter: AuthorisationLetter, now: Any, items: dict[str, str]) -> dict[str, Any]:
    labels = [MOVES[Action(name)].label for name in letter.actions if name in set(Action)]
    extra = ["当场办结即办件"] if letter.immediate else []
    extra += ["收件即受理"] if letter.accept_on_receipt else []
    return {
        "letter": letter,
        "in_force": letter.in_force(now),
        "actions": "、".join([*labels, *extra]),
        "items": "、".join(items.get(key, key) for key in letter.items) or f"{letter.department.name}的全部事项",
    }


@require_POST
@staff
def switch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Works in another of one's own valid postings from now on."""
    wanted = request.POST.get("posting", "")
    chosen = next((one for one in actor.postings if str(one.pk) == wanted), None)
    if chosen is None:
        raise Http404
    request.session[CHOSEN] = chosen.pk
    messages.success(request, f"现在以「{posting_words(chosen)}」办理业务。")
    return HttpResponseRedirect("/desk/")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def password(request: HttpRequest, account: Account) -> HttpResponse:
    """The one page open to whoever still has the password that was given to them; for others part of their account."""
    first = account.password_given
    if request.method != "POST" and not first:
        return HttpResponseRedirect("/desk/account/#password")
    form = PasswordForm(account, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        if first:
            return render(request, "desk/first_password.html", {"form": form, "account": account}, status=status)
        return _shown(request, actor_of(request, account), form, status=status)
    account.set_password(form.cleaned_data["fresh"])
    account.password_given = False
    account.save(update_fields=["password", "password_given"])
    update_session_auth_hash(request, account)
    messages.success(request, "密码已经改好，其他地方的登录都已退出。")
    return HttpResponseRedirect("/desk/" if first else "/desk/account/")


@require_POST
@staff
def token(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Issues a token and shows it this once, or revokes one."""
    account = _account(actor)
    if revoked := request.POST.get("revoke", ""):
        if not (revoked.isascii() and revoked.isdigit() and len(revoked) < 18):
            raise Http404
        ApiToken.objects.filter(account=account, pk=int(revoked), revoked_at=None).update(revoked_at=timezone.now())
        messages.success(request, "令牌已经作废，用它的程序马上就不能再访问。")
        return HttpResponseRedirect("/desk/account/#tokens")
    return _shown(request, actor, token=ApiToken.issue(account))
