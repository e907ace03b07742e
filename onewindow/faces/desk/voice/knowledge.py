"""`/desk/knowledge/`: writing answers, checking those of others, and looking again at those whose guide has changed."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.catalogue.models import Item
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.forms import InputForm
from onewindow.faces.desk.loops.listing import address
from onewindow.faces.desk.page import page
from onewindow.people.authority import Actor
from onewindow.people.roles import REACH, Reach, Role
from onewindow.problems import Problem
from onewindow.voice.consultations import knowledge
from onewindow.voice.consultations import search as knowledge_search
from onewindow.voice.models import KnowledgeEntry, KnowledgeQuerySet

HOME: Final = "/desk/knowledge/"
PAGE_SIZE: Final = 30
_TABS: Final = (("published", "已发布"), ("draft", "待核对"), ("stale", "指南改了，待再核"), ("returned", "退回"))
_DONE: Final = {
    "publish": "已经发布，大家都能看到了。",
    "still_right": "已经再核对过。",
    "give_back": "已经退回，写的人会看到理由。",
    "write": "已经保存，等另一个人核对。",
}


class EntryForm(InputForm):
    question = forms.CharField(
        label="问题",
        help_text="照群众的说法写，例如：身份证丢了怎么补？",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    answer = forms.CharField(label="答案", widget=forms.Textarea(attrs={"rows": 6}))
    item = forms.ChoiceField(label="关于哪个事项", required=False)

    def __init__(self, *args: Any, items: list[tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["item"].choices = [("", "不限事项"), *items]  # type: ignore[attr-defined]


class RemarkForm(InputForm):
    remark = forms.CharField(label="理由", help_text="写明哪里不对，写的人照着改。")


def visible(actor: Actor) -> KnowledgeQuerySet:
    """What is public, everybody; drafts of a department its people and the house; one's own always. No query."""
    rows: KnowledgeQuerySet = KnowledgeEntry.objects.all()
    scope = Q(is_published=True) | Q(written_by=actor.account)
    for posting in actor.postings:
        reach = REACH[Role(posting.role)]
        if posting.department_id is not None and reach is not Reach.DIVISION:
            scope |= Q(department_id=posting.department_id)
        if reach is not Reach.DEPARTMENT:
            scope |= Q(department=None) | Q(department__division__code__startswith=posting.centre.division_id[:6])
    return rows.filter(scope)


# ---- the list ------------------------------------------------------------------------------------------------------


@require_safe
@staff
def entries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """By state, or the published ones that fit some words. Two queries besides the frame (three with words)."""
    q = request.GET.get("q", "").replace("\0", " ").strip()[:100]
    state = request.GET.get("state", "")
    state = state if state in dict(_TABS) else "published"
    rows = visible(actor)
    shown, links = _found(q) if q else _one_page(request, _of_state(rows, state), state)
    context = {
        "entries": shown,
        "tabs": _tabs(rows, "" if q else state),
        "q": q,
        "may_write": bool(actor.roles & knowledge.WRITERS),
        **links,
    }
    return page(request, actor, "desk/knowledge/list.html", context, current="questions")


def _found(q: str) -> tuple[list[KnowledgeEntry], dict[str, str]]:
    return [one.entry for one in knowledge_search.search(q, most=15)], {"next_url": "", "prev_url": ""}


def _of_state(rows: KnowledgeQuerySet, state: str) -> QuerySet[Any]:
    if state == "stale":
        return rows.stale()
    if state == "published":
        return rows.published()
    waiting = rows.filter(is_published=False)
    return waiting.filter(remark="") if state == "draft" else waiting.exclude(remark="")


def _one_page(request: HttpRequest, rows: QuerySet[Any], state: str) -> tuple[list[KnowledgeEntry], dict[str, str]]:
    """By keyset, the newest first. One query."""
    before = request.GET.get("before", "")
    known = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    if known is not None:
        rows = rows.filter(pk__lt=known)
    found = list(rows.select_related("item", "department").order_by("-id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    next_url = address(HOME, {"state": state, "before": str(shown[-1].pk)}) if more else ""
    return shown, {"next_url": next_url, "prev_url": address(HOME, {"state": state}) if known is not None else ""}


def _tabs(rows: KnowledgeQuerySet, current: str) -> list[dict[str, Any]]:
    """One query."""
    fresh = Q(is_published=True)
    stale = Q(pk__in=KnowledgeEntry.objects.stale().values("pk"))
    counted = rows.aggregate(
        published=Count("pk", filter=fresh),
        draft=Count("pk", filter=Q(is_published=False, remark="")),
        stale=Count("pk", filter=stale),
        returned=Count("pk", filter=Q(is_published=False) & ~Q(remark="")),
    )
    return [
        {
            "label": label,
            "url": address(HOME, {"state": key}),
            "count": counted[key],
            "late": key == "stale",
            "current": key == current,
        }
        for key, label in _TABS
    ]


# ---- one entry -----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def new(request: HttpRequest, actor: Actor) -> HttpResponse:
    return _answered(request, actor, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def entry(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    rows = visible(actor).select_related("item", "department__division", "written_by", "checked_by", "replaces")
    found = rows.filter(pk=pk).first() if pk < 1 << 31 else None
    if found is None:
        raise Http404
    return _answered(request, actor, found)


def _answered(request: HttpRequest, actor: Actor, row: KnowledgeEntry | None) -> HttpResponse:
    """GET: the page. POST: what `do` says, then the page of the entry."""
    do = request.POST.get("do", "") if request.method == "POST" else ""
    items = _items()
    form = EntryForm(request.POST, items=items) if do == "write" else EntryForm(initial=_initial(row), items=items)
    remark = RemarkForm(request.POST if do == "give_back" else None, auto_id="id_back_%s")
    if request.method != "POST":
        return _show(request, actor, row, form, remark)
    if do not in _DONE or (row is None and do != "write"):
        raise Http404
    try:
        done = _do(do, actor, row, form, remark)
    except Problem as problem:
        (remark if do == "give_back" else form).take(problem) if do in {"write", "give_back"} else None
        if do in {"publish", "still_right"}:
            messages.error(request, problem.title)
        return _show(request, actor, row, form, remark, problem.status)
    if done is None:
        return _show(request, actor, row, form, remark, 422)
    messages.success(request, _DONE[do])
    return HttpResponseRedirect(f"{HOME}{done.pk}/")


def _do(
    do: str, actor: Actor, row: KnowledgeEntry | None, form: EntryForm, remark: RemarkForm
) -> KnowledgeEntry | None:
    """The entry afterwards; None for a form with mistakes. Raises Problem."""
    if do == "write":
        return knowledge.write(form.raw(), actor, entry=row) if form.is_valid() else None
    assert row is not None
    if do == "give_back":
        return knowledge.give_back(row, remark.raw(), actor) if remark.is_valid() else None
    return knowledge.publish(row, actor) if do == "publish" else knowledge.still_right(row, actor)


def _initial(row: KnowledgeEntry | None) -> dict[str, str]:
    if row is None:
        return {}
    return {"question": row.question, "answer": row.answer, "item": row.item.key if row.item else ""}


def _items() -> list[tuple[str, str]]:
    """Items in use by name. One query."""
    return [(item.key, item.name) for item in Item.objects.in_use().only("key", "name").order_by("name")]


def _show(
    request: HttpRequest,
    actor: Actor,
    row: KnowledgeEntry | None,
    form: EntryForm,
    remark: RemarkForm,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "entry": row,
        "form": form,
        "remark_form": remark,
        "may_write": bool(actor.roles & knowledge.WRITERS),
    }
    if row is not None:
        context["why_not"] = knowledge.why_not(row, actor)
        if row.is_published:
            waiting = KnowledgeEntry.objects.filter(replaces=row).values_list("pk", flat=True)
            context["successor"] = waiting.first()
        context["facts"] = _facts(row)
    return page(request, actor, "desk/knowledge/entry.html", context, current="questions", status=status)


def _facts(row: KnowledgeEntry) -> list[tuple[str, str]]:
    return [
        ("事项", row.item.name if row.item else "不限事项"),
        ("有帮助", f"{row.helped} 次"),
        ("没帮上", f"{row.not_helped} 次"),
    ]
