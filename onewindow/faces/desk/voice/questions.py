"""`/desk/questions/`: questions to answer, the soonest due first; one from the counter or the telephone taken down with
the knowledge base beside it, and answered in one go where that can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search as search_items
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.doing import good_key
from onewindow.faces.desk.forms import InputForm
from onewindow.faces.desk.loops import matter
from onewindow.faces.desk.loops.face import Fields, MatterFace
from onewindow.faces.desk.loops.listing import Filter, address, chosen, listing
from onewindow.faces.desk.page import page
from onewindow.loops.definition import Move
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_phone
from onewindow.problems import Problem
from onewindow.voice.consultations import asking as consultations
from onewindow.voice.consultations import knowledge
from onewindow.voice.consultations import search as knowledge_search
from onewindow.voice.consultations.search import Found
from onewindow.voice.loops import CONSULTATION
from onewindow.voice.models import Consultation

HOME: Final = "/desk/questions/"
_CHANNELS: Final = dict(Consultation.CHANNELS)
_SHOWN: Final = 60
_GUIDES: Final = 4


def _rows(actor: Actor) -> QuerySet[Any]:
    return Consultation.objects.visible_to(actor).select_related("centre__profile", "department", "item", "entry")


def _fields(row: Consultation, move: Move, actor: Actor) -> Fields:
    """The answer is written, or chosen from the entries that fit this question. Two queries."""
    if move.action != "answer":
        return {}
    found = _found(row)
    choices = [("", "不用，自己写"), *((str(one.entry.pk), one.entry.question) for one in found)]
    entry = forms.ChoiceField(
        label="直接用知识库里的答案",
        choices=choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="答案全文在右边。自己写了的，以自己写的为准。",
    )
    answer = forms.CharField(label="答复内容", required=not found, widget=forms.Textarea(attrs={"rows": 6}))
    return {"entry": entry if found else _no_entry(), "answer": answer}


def _found(row: Any) -> list[Found]:
    """The entries that fit, read once for a page."""
    if not hasattr(row, "known_answers"):
        row.known_answers = knowledge_search.search(str(row.question), item=row.item_id)
    return list(row.known_answers)


def _no_entry() -> forms.Field:
    return forms.CharField(label="", required=False, widget=forms.HiddenInput)


def _lines(step: LoopStep) -> list[str]:
    found = []
    if name := step.data.get("department_name"):
        found.append(f"转给：{name}")
    if said := step.data.get("said"):
        found.append(f"用知识库里的答案：{said}")
    if channel := step.data.get("channel"):
        found.append(f"来自：{_CHANNELS.get(str(channel), '')}")
    return found


def _head(row: Consultation, actor: Actor, steps: Sequence[LoopStep]) -> Mapping[str, Any]:
    """Two queries: the entries that fit."""
    return {
        "title": _what(row),
        "list_title": "咨询",
        "sayings": consultations.conversation(row),
        "facts": _facts(row),
        "found": _found(row) if row.state == "asked" else [],
        "proposable": bool(row.answer) and row.entry_id is None and bool(actor.roles & knowledge.WRITERS),
    }


def _facts(row: Consultation) -> list[tuple[str, str]]:
    found = [
        ("从哪里来", row.get_channel_display()),
        ("事项", row.item.name if row.item else ""),
        ("称呼", str(row.name or "")),
        ("手机", mask_phone(str(row.phone)) if row.phone else "没有留"),
        ("查询码", row.code if row.channel != "online" else ""),
    ]
    return [(label, value) for label, value in found if value]


FACE: Final = MatterFace(
    loop=CONSULTATION,
    home=HOME,
    nav="questions",
    rows=_rows,
    template="desk/questions/page.html",
    head=_head,
    what={
        "forward": "转给能答复的部门。时限不重新算，转了也要在原来的日子前答复。",
        "answer": "写完整：能不能办、要带什么、去哪里、多久。群众看到的就是这些字，还可以打印。",
        "ask_again": "群众打电话或者到窗口接着问的，替他记下来。",
        "close": "群众说清楚了，或者不用再答了。",
    },
    icons={"open": "help-circle", "forward": "send", "answer": "message-2", "ask_again": "help-circle"},
    tones={"asked": "accent", "answered": "ontime"},
    fields=_fields,
    lines=_lines,
)


# ---- the list ------------------------------------------------------------------------------------------------------


@require_safe
@staff
def questions(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Those to answer first. Two queries besides the frame: counts and rows."""
    asked = chosen(request, "state", "channel")
    state = asked["state"] if asked["state"] in CONSULTATION.states else "asked"
    rows = _narrowed(_rows(actor), asked).filter(state=state)
    order = "due" if state == "asked" else "old"
    context = {
        **listing(request, FACE, rows, what=_what, about=_about, order=order),
        "title": "咨询",
        "lead": "当场能答的当场答；答不了的，两个工作日内写清楚答复。",
        "what_head": "问题",
        "tabs": _tabs(actor, asked, state),
        "filters": [Filter("channel", "来路", Consultation.CHANNELS, asked["channel"])],
        "kept": {"state": asked["state"]},
        "filtered": bool(asked["channel"]),
        "order_words": "快到期的排在前面" if order == "due" else "早问的排在前面",
        "empty_title": "没有等答复的问题" if state == "asked" else "没有问题",
        "empty_words": "网上提的、转给您部门的，会出现在这里。",
        "may_ask": bool(actor.roles & consultations.TAKERS),
    }
    return page(request, actor, "desk/questions/list.html", context, current="questions")


def _narrowed(rows: QuerySet[Any], asked: Mapping[str, str]) -> QuerySet[Any]:
    return rows.filter(channel=asked["channel"]) if asked["channel"] in _CHANNELS else rows


def _what(row: Consultation) -> str:
    text = " ".join(str(row.question).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _about(row: Consultation) -> str:
    parts = [row.get_channel_display(), row.item.name if row.item else ""]
    return " · ".join(part for part in parts if part)


def _tabs(actor: Actor, asked: Mapping[str, str], state: str) -> list[dict[str, Any]]:
    """One query."""
    rows = _narrowed(Consultation.objects.visible_to(actor), asked)
    counted = rows.aggregate(**{key: Count("pk", filter=Q(state=key)) for key in CONSULTATION.states})
    return [
        {
            "label": label,
            "url": address(HOME, {**asked, "state": "" if key == "asked" else key}),
            "count": counted[key],
            "current": key == state,
        }
        for key, label in CONSULTATION.states.items()
    ]


# ---- one question --------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def question(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    return matter.answer(request, actor, FACE, number)


@require_safe
@staff
def notice(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """The written answer, for paper."""
    row = matter.find(FACE, actor, number)
    if not row.answer:
        raise Http404
    sayings = consultations.conversation(row)
    last = next(one for one in reversed(sayings) if not one.asked)
    return render(request, "desk/questions/notice.html", {"row": row, "sayings": sayings, "last": last})


@require_POST
@staff
def propose(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """One press: the question and its answer become a draft of the knowledge base."""
    row = matter.find(FACE, actor, number)
    try:
        made = knowledge.propose(row, actor)
    except Problem as problem:
        messages.error(request, problem.title)
        return HttpResponseRedirect(FACE.url(row))
    messages.success(request, "已经放进知识库的草稿。请去掉只和这一位有关的话，再由另一个人核对发布。")
    return HttpResponseRedirect(f"/desk/knowledge/{made.pk}/")


# ---- from the counter or the telephone -----------------------------------------------------------------------------


class NewForm(InputForm):
    """A question somebody asks right now. The choice of an entry stands beside the form."""

    channel = forms.ChoiceField(
        label="在哪里问的",
        choices=[("counter", "窗口"), ("phone", "电话")],
        widget=forms.RadioSelect,
        initial="counter",
    )
    question = forms.CharField(label="问什么", widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}))
    item = forms.CharField(required=False, widget=forms.HiddenInput)
    answer = forms.CharField(
        label="当场答复",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="选了右边的答案，这里可以不写。",
    )
    name = forms.CharField(label="称呼", required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(
        label="手机",
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
        help_text="不能当场答的，留了手机，有答复就发短信。",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Taken down, searched, answered: `do` is look, answer or later."""
    form = NewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _new(request, actor, form, good_key(""))
    key, do = good_key(request.POST.get("key", "")), request.POST.get("do", "look")
    if do not in {"answer", "later"} or not form.is_valid():
        status = 422 if do in {"answer", "later"} else 200
        return _new(request, actor, form if status == 422 else _unbound(request), key, status)
    raw = {name: value for name, value in form.raw().items() if name != "channel"}
    entry = request.POST.get("entry", "")[:20]
    if do == "answer":
        raw |= {"entry": entry} if entry else {}
        if not raw.get("answer") and not entry:
            form.add_error("answer", "当场答复要写答案，或者选右边的一条")
            return _new(request, actor, form, key, 422)
    else:
        raw.pop("answer", None)
    try:
        made = consultations.ask(raw, form.cleaned_data["channel"], actor, request=f"desk:{actor.name}:{key}")
    except Problem as problem:
        form.take(problem)
        return _new(request, actor, form, key, problem.status)
    _say(request, made)
    return HttpResponseRedirect(matter.back(FACE, actor, made))


def _say(request: HttpRequest, made: Consultation) -> None:
    if made.state == "asked":
        words = f"已经登记，编号 {made.number}，两个工作日内书面答复。请把查询码 {made.code} 告诉群众。"
    else:
        words = f"已经登记并当场答复，编号 {made.number}。"
    messages.success(request, words)


def _unbound(request: HttpRequest) -> NewForm:
    """What was typed, without complaints: only a search was asked for."""
    return NewForm(initial={name: request.POST.get(name, "")[:4000] for name in NewForm.base_fields})


def _new(request: HttpRequest, actor: Actor, form: NewForm, key: str, status: int = 200) -> HttpResponse:
    typed = str(form["question"].value() or "")
    item = _item(str(form["item"].value() or request.GET.get("item", "")))
    context = {
        **_beside(typed, item, request.POST.get("entry", "")),
        "form": form,
        "key": key,
        "item": item,
    }
    return page(request, actor, "desk/questions/new.html", context, current="questions", status=status)


@require_POST
@staff
def beside(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What is known about the question while it is typed: a fragment. The words travel in the body, not the address."""
    context = _beside(
        request.POST.get("question", ""), _item(request.POST.get("item", "")), request.POST.get("entry", "")
    )
    return render(request, "desk/questions/parts/beside.html", context)


def _beside(typed: str, item: Item | None, chosen_entry: str) -> dict[str, Any]:
    """At most three queries."""
    text = typed.replace("\0", " ")[:2000]
    guides = [hit.item for hit in search_items(text, limit=_GUIDES)] if text.strip() else []
    found = knowledge_search.search(text, item=item.pk if item else guides[0].pk if guides else None)
    return {"found": found, "guides": guides, "typed": text.strip(), "chosen_entry": chosen_entry}


def _item(key: str) -> Item | None:
    if not key or "\0" in key or len(key) > 80:
        return None
    found: Item | None = Item.objects.in_use().filter(key=key).first()
    return found
