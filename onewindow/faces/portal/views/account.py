"""Signing in and out, for applicants and staff alike."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import account_of
from onewindow.faces.portal.forms import SignInForm
from onewindow.faces.portal.site import page
from onewindow.people.models import AccessRecord, Account

WRONG = "账号或密码不对，请检查后再试一次。"
TOO_OFTEN = "试的次数太多了。为了保护账号，请过 15 分钟再试。"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """One page for everybody; the answer to a wrong name and to a wrong password is the same."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    account = account_of(request)
    if request.method != "POST":
        if account is not None:
            return HttpResponseRedirect(_after(request, account, wanted))
        return page(request, "login.html", {"form": SignInForm(), "next": wanted})
    form = SignInForm(request.POST)
    if form.is_valid():
        account = _try(request, form)
        if account is not None:
            return HttpResponseRedirect(_after(request, account, wanted))
    status = 429 if form.has_error("__all__", "often") else 422
    return page(request, "login.html", {"form": form, "next": wanted}, status=status)


def _try(request: HttpRequest, form: SignInForm) -> Account | None:
    """The account when name and password fit; otherwise None and the form says why. Every try is counted and kept."""
    name, address = str(form.cleaned_data["username"]), throttle.address_of(request)
    within = [
        throttle.allowed(throttle.SIGN_IN_ACCOUNT, name),
        throttle.allowed(throttle.SIGN_IN_ADDRESS, address),
    ]
    known = Account.objects.filter(username=name).first()
    if not all(within):
        _record("sign_in_failed", known, f"次数太多，来自 {address}")
        form.add_error(None, form.problem(TOO_OFTEN, "often"))
        return None
    account = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(account, Account):
        _record("sign_in_failed", known, f"账号或密码不对，来自 {address}")
        form.add_error(None, form.problem(WRONG, "wrong"))
        return None
    throttle.forgive(throttle.SIGN_IN_ACCOUNT, name)
    throttle.forgive(throttle.SIGN_IN_ADDRESS, address)
    login(request, account)
    _record("signed_in", account, f"来自 {address}")
    return account


def _record(kind: str, account: Account | None, reason: str) -> None:
    """What was typed as a name is kept only when it is one: people type passwords into the wrong field."""
    AccessRecord.objects.create(kind=kind, account=account, action="sign_in", reason=reason)


def _after(request: HttpRequest, account: Account, wanted: str) -> str:
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    home = "/my/" if account.kind == "applicant" else "/desk/"
    return wanted if wanted and safe else home


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "已退出登录。")
    return HttpResponseRedirect("/")
