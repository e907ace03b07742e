"""关怀版: one switch, kept in a cookie of this browser, so that it works without an account and without JavaScript."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

COOKIE = "ow_care"
_YEAR_SECONDS = 365 * 24 * 3600


def is_care(request: HttpRequest) -> bool:
    """Whether this browser has switched to large type and high contrast."""
    return request.COOKIES.get(COOKIE) == "1"


@csrf_exempt  # it only changes how pages look, and public pages stay free of a CSRF cookie
@require_POST
def switch_care(request: HttpRequest) -> HttpResponse:
    """Turn 关怀版 on (``on=1``) or off and return to the page in ``next``, never to another site."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(back if safe else "/")
    if request.POST.get("on") == "1":
        response.set_cookie(COOKIE, "1", max_age=_YEAR_SECONDS, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
