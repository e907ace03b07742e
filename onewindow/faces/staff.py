"""What the faces for staff share: who comes in, and the frame around every page with person, post and faces."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache

from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.people.roles import LABELS, Role

P = ParamSpec("P")
Answer = Callable[Concatenate[HttpRequest, Account, P], HttpResponseBase]

_MANAGERS: Final = frozenset({Role.MANAGER, Role.ADMIN, Role.EDITOR, Role.PUBLISHER, Role.SUPERVISOR})
_BOARD: Final = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.GOVERNMENT_HEAD, Role.HEAD, Role.CHIEF})


CHANGE_PASSWORD: Final = "/desk/account/password/"


def signed_in(view: Answer[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The view with the account as its second argument. Visitors sign in first; for applicants there is nothing."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        account = request.user
        if not account.is_authenticated:
            return redirect_to_login(request.get_full_path(), "/login/")
        if not isinstance(account, Account) or account.kind != "staff":
            raise Http404
        return view(request, account, *args, **kwargs)

    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", guarded)


def staff_only(view: Answer[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The same, for whoever has chosen their own password: who still has the one that was given to them chooses one
    first."""

    @signed_in
    @wraps(view)
    def own(request: HttpRequest, account: Account, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if account.password_given:
            return HttpResponseRedirect(CHANGE_PASSWORD)
        return view(request, account, *args, **kwargs)

    return own


def frame(actor: Actor, face: str, *, search: str = "/desk/search/") -> dict[str, Any]:
    """Person, post, search and the faces this person may open; `face` is the address of the one they are in. Costs no
    query."""
    posting = actor.posting
    return {
        "account_name": actor.name,
        "account_posting": posting_words(posting) if posting else "没有在岗的任职",
        "account_links": [
            {"label": "我的岗位和授权", "url": "/desk/account/", "icon": "license"},
            {"label": "我的看板", "url": "/board/me/", "icon": "chart-bar"},
        ],
        "search_url": search,
        "faces": _faces(actor, face),
    }


def posting_words(posting: Posting) -> str:
    """桃江县市场监督管理局 · 部门审查员."""
    where = posting.department.name if posting.department else posting.centre.name
    window = f" · {posting.window.code}" if posting.window else ""
    return f"{where}{window} · {LABELS[Role(posting.role)]}"


def manages(actor: Actor) -> bool:
    """Whether this person has something to do under /manage/."""
    return bool(actor.roles & _MANAGERS)


def _faces(actor: Actor, face: str) -> list[dict[str, Any]]:
    """Empty where there is only the one; where somebody is, is always named."""
    open_to = {"/desk/": True, "/manage/": manages(actor), "/board/": bool(actor.roles & _BOARD)}
    labels = {"/desk/": "办件", "/manage/": "管理", "/board/": "看板"}
    found = [
        {"label": labels[url], "url": url, "current": url == face} for url in labels if open_to[url] or url == face
    ]
    return found if len(found) > 1 else []
