"""`/voice/ask/`: a question, what is known already, how to reach the asker: one thing per page. Nothing that was typed
ever stands in an address."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search as search_items
from onewindow.clocks.models import Deadline
from onewindow.faces.portal import asking, throttle
from onewindow.faces.portal.access import account_of, problems_as_pages
from onewindow.faces.portal.asking import AgainForm, FollowForm, QuestionForm, ReachForm
from onewindow.faces.portal.finding import found as items_found
from onewindow.faces.portal.site import page
from onewindow.loops import engine
from onewindow.loops.engine import CITIZEN
from onewindow.problems import NotFound, Problem, TooMany
from onewindow.voice.consultations import asking as consultations
from onewindow.voice.consultations import knowledge
from onewindow.voice.consultations import search as knowledge_search
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Consultation, P], HttpResponse]
STEPS: Final = ["写下问题", "看看有没有现成的答案", "怎么告诉您"]
TOO_OFTEN: Final = "这里刚刚提了很多问题，请过一会儿再试，或者拨打 12345。"
_GUIDES: Final = 4


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@problems_as_pages
def ask(request: HttpRequest) -> HttpResponse:
    """What do you want to know? Then the answers there are, before anything can be sent."""
    if request.method != "POST":
        item = asking.item_of(request.GET.get("item", ""))
        return _write(request, QuestionForm(), item)
    item = asking.item_of(request.POST.get("item", ""))
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return _write(request, form, item, 422)
    question = str(form.cleaned_data["question"])
    known = asking.read_slip(request.POST.get("slip", ""), question, item)
    stage = request.POST.get("stage", "")
    if stage == "back":
        return _write(request, QuestionForm({"question": question}), item)
    if stage == "reach" and known:
        return _reach(request, question, item, ReachForm(initial=_known_reach(request)))
    if stage == "send" and known:
        return _send(request, question, item, known)
    return _look(request, question, item)


def _write(request: HttpRequest, form: QuestionForm, item: Item | None, status: int = 200) -> HttpResponse:
    entries = knowledge_search.of_item(item.pk) if item else knowledge_search.most_helpful()
    context = {"form": form, "item": item, "entries": entries[:6], "step_names": STEPS, "number": 1}
    return page(request, "ask/write.html", context, status=status)


def _look(request: HttpRequest, question: str, item: Item | None) -> HttpResponse:
    """Knowledge and guides that fit, and the way on. At most five queries."""
    if not throttle.allowed(asking.LOOK_ADDRESS, throttle.address_of(request)):
        raise TooMany(TOO_OFTEN)
    hits = search_items(question, limit=_GUIDES)
    context = {
        "question": question,
        "item": item,
        "found": knowledge_search.search(question, item=item.pk if item else None),
        "guides": items_found(hits, question),
        "slip": asking.slip(question, item),
        "step_names": STEPS,
        "number": 2,
    }
    return page(request, "ask/look.html", context)


def _reach(
    request: HttpRequest, question: str, item: Item | None, form: ReachForm, problem: Problem | None = None
) -> HttpResponse:
    context = {
        "question": question,
        "item": item,
        "form": form,
        "problem": problem,
        "slip": request.POST.get("slip", ""),
        "step_names": STEPS,
        "number": 3,
    }
    status = problem.status if problem else 422 if form.is_bound else 200
    return page(request, "ask/reach.html", context, status=status)


def _known_reach(request: HttpRequest) -> dict[str, str]:
    """What a signed-in applicant need not type."""
    account = account_of(request)
    applicant = account.applicant if account is not None and account.kind == "applicant" else None
    return {"phone": str(applicant.phone or ""), "name": str(applicant.name)} if applicant else {}


def _send(request: HttpRequest, question: str, item: Item | None, key: str) -> HttpResponse:
    form = ReachForm(request.POST)
    if not form.is_valid():
        return _reach(request, question, item, form)
    if not throttle.allowed(asking.ASK_ADDRESS, throttle.address_of(request)):
        raise TooMany(TOO_OFTEN)
    try:
        raw = asking.raw_of(question, item, form.cleaned_data)
        row = consultations.ask(raw, "online", request=f"portal:{key}")
    except Problem as problem:
        return _reach(request, question, item, form, problem)
    messages.success(request, "问题已经收到。请记下查询码，或者收藏这一页。")
    response = HttpResponseRedirect(f"/voice/ask/{row.code}/")
    response.status_code = 303
    return response


# ---- following ----------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@problems_as_pages
def find(request: HttpRequest) -> HttpResponse:
    """For whoever has the code on a slip. A code that does not exist is counted."""
    form = FollowForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        code = str(form.cleaned_data["code"])
        if not throttle.allowed(throttle.CODE_ADDRESS, throttle.address_of(request)):
            raise TooMany("查的次数太多了，请过一会儿再查，或者拨打 12345。")
        if Consultation.objects.filter(code=code).exists():
            return HttpResponseRedirect(f"/voice/ask/{code}/")
        form.add_error("code", "没有查到，请对照再看一遍。")
    return page(request, "ask/find.html", {"form": form}, status=422 if form.is_bound else 200)


def by_code(view: View[P]) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """The question that the link names. Guessing is counted."""

    @never_cache
    @problems_as_pages
    @wraps(view)
    def found(request: HttpRequest, code: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        rows = Consultation.objects.select_related("centre__profile", "department", "item")
        row = None if "\0" in code else rows.filter(code=code[:40]).first()
        if row is None:
            if not throttle.allowed(throttle.CODE_ADDRESS, throttle.address_of(request)):
                raise TooMany("查的次数太多了，请过一会儿再查，或者拨打 12345。")
            raise Http404
        return view(request, row, *args, **kwargs)

    return found


@require_http_methods(["GET", "HEAD", "POST"])
@by_code
def show(request: HttpRequest, row: Consultation) -> HttpResponse:
    """What was asked and answered; asking on, or that it is clear now."""
    form, problem = AgainForm(), None
    if request.method == "POST":
        done = _moved(request, row)
        if isinstance(done, HttpResponse):
            return done
        form, problem = done
    limit = Deadline.objects.of(CONSULTATION.key, row.pk).open().order_by("due_at").first()
    context = {
        "row": row,
        "sayings": consultations.conversation(row),
        "due": limit.due_on if limit else None,
        "late": bool(limit and limit.due_at and limit.due_at < timezone.now()),
        "answerer": row.department.name if row.department else row.centre.name,
        "form": form,
        "problem": problem,
        "can_ask": row.asked_again < consultations.MOST_ASKED_AGAIN,
    }
    status = problem.status if problem else 422 if form.is_bound else 200
    return page(request, "ask/show.html", context, status=status)


def _moved(request: HttpRequest, row: Consultation) -> HttpResponse | tuple[AgainForm, Problem | None]:
    """Asks on or closes; the form again with what was wrong."""
    action = request.POST.get("action", "")
    if action == "close":
        engine.perform(CONSULTATION, row, "close", by=CITIZEN)
        messages.success(request, "好的，谢谢您。")
        return HttpResponseRedirect(f"/voice/ask/{row.code}/")
    if action != "ask_again":
        raise NotFound("没有这个操作")
    form = AgainForm(request.POST)
    if not form.is_valid():
        return form, None
    if not throttle.allowed(asking.AGAIN_ADDRESS, throttle.address_of(request)):
        raise TooMany(TOO_OFTEN)
    try:
        engine.perform(CONSULTATION, row, "ask_again", by=CITIZEN, data={"words": form.cleaned_data["words"]})
    except Problem as problem:
        return form, problem
    messages.success(request, "您追问的已经收到，两个工作日内答复。")
    return HttpResponseRedirect(f"/voice/ask/{row.code}/")


@require_safe
@by_code
def notice(request: HttpRequest, row: Consultation) -> HttpResponse:
    """The written answer for paper: number, date, who answers. Http404 before there is one."""
    if not row.answer:
        raise Http404
    sayings = consultations.conversation(row)
    context = {"row": row, "sayings": sayings, "last": next(one for one in reversed(sayings) if not one.asked)}
    return page(request, "ask/notice.html", context)


# ---- answers that are there ---------------------------------------------------------------------------------------


@never_cache
@require_safe
@problems_as_pages
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry of the knowledge base, to be sent around."""
    return page(request, "ask/answer.html", {"entry": knowledge.published(pk)})


@require_POST
@problems_as_pages
def helped(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody says whether an answer helped: counted once a day."""
    entry = knowledge.published(pk)
    yes = request.POST.get("helped") == "yes"
    if asking.may_count(request, entry):
        knowledge.count_use(entry, helped=yes)
    if yes:
        messages.success(request, "太好了，谢谢您告诉我们。")
    else:
        messages.info(request, "谢谢您告诉我们。没有帮上忙的，可以直接提问，由人来答复。")
    return HttpResponseRedirect(f"/voice/answers/{entry.pk}/")
