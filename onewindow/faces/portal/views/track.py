"""Tracking without an account: query number and the last four of the identity number."""

from __future__ import annotations

import hmac

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.cases.models import Case
from onewindow.cases.numbers import looks_right
from onewindow.faces.portal import throttle
from onewindow.faces.portal.forms import TrackForm
from onewindow.faces.portal.inviting import of_case
from onewindow.faces.portal.site import page
from onewindow.faces.portal.telling import events_of, story

NOT_FOUND = "没有查到。查询号或者证件号码后四位不对，请对照接收凭证再看一遍。"
TOO_OFTEN = "查的次数太多了，请过一会儿再查，或者拨打 12345。"
_SEEN = "tracked"
_MOST_SEEN = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The form; a wrong number and a wrong tail get the same answer."""
    if request.method != "POST":
        form = TrackForm(initial={"number": request.GET.get("number", "")[:40]})
        return page(request, "track.html", {"form": form}, section="track")
    form = TrackForm(request.POST)
    status = 422
    if form.is_valid():
        number, tail = str(form.cleaned_data["number"]), str(form.cleaned_data["id_tail"])
        if not _within(request, number):
            form.add_error(None, TOO_OFTEN)
            status = 429
        elif _fits(number, tail):
            throttle.forgive(throttle.TRACK_NUMBER, number)
            _remember(request, number)
            return HttpResponseRedirect(f"/track/{number}/")
        else:
            form.add_error(None, NOT_FOUND)
    return page(request, "track.html", {"form": form}, section="track", status=status)


def _within(request: HttpRequest, number: str) -> bool:
    by_address = throttle.allowed(throttle.TRACK_ADDRESS, throttle.address_of(request))
    return throttle.allowed(throttle.TRACK_NUMBER, number) and by_address


def _fits(number: str, tail: str) -> bool:
    case = Case.objects.filter(query_number=number).select_related("applicant").first()
    known = str(case.applicant.id_number)[-4:] if case else "----"
    return hmac.compare_digest(known.encode(), tail.encode()) and case is not None


def _remember(request: HttpRequest, number: str) -> None:
    """This browser has shown that it may look at this case; the identity number itself is kept nowhere."""
    seen = [one for one in request.session.get(_SEEN, []) if one != number]
    request.session[_SEEN] = [*seen, number][-_MOST_SEEN:]


@never_cache
@require_safe
def result(request: HttpRequest, number: str) -> HttpResponse:
    """The case like a parcel; without the proof of the form the form comes first."""
    if not looks_right(number) or number not in request.session.get(_SEEN, []):
        return HttpResponseRedirect(f"/track/?number={number}" if looks_right(number) else "/track/")
    case = (
        Case.objects.filter(query_number=number)
        .select_related("item", "department", "centre__profile", "applicant", "agent")
        .first()
    )
    if case is None:
        return HttpResponseRedirect("/track/")
    told = story(case, events_of(case), own=False)
    context = {"story": told, "case": case, "own": False, "invited": of_case(request, case)}
    return page(request, "case.html", context, section="track")
