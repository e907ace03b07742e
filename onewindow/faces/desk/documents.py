"""Issued papers as PDF and text, and the files that applicants handed in."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from onewindow.cases.models import SUBJECT, Case, StoredFile
from onewindow.faces.desk.access import find_case, staff
from onewindow.faces.desk.casepage import head
from onewindow.faces.desk.page import page
from onewindow.faces.desk.trail import Trail
from onewindow.faces.filing import file_answer, pdf_answer
from onewindow.papers.issue import pdf_of, text_of
from onewindow.papers.models import Paper
from onewindow.papers.render import PAPER_TITLES, PaperKind
from onewindow.people.authority import Actor


def _paper(case: Case, pk: int) -> Paper:
    found = Paper.objects.filter(subject_kind=SUBJECT, subject_id=case.pk, pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@staff
def paper_pdf(request: HttpRequest, actor: Actor, number: str, pk: int) -> HttpResponse:
    paper = _paper(find_case(actor, number), pk)
    title = PAPER_TITLES[PaperKind(paper.kind)]
    return pdf_answer(pdf_of(paper), f"{title} {paper.number}.pdf")


@require_safe
@staff
def paper_text(request: HttpRequest, actor: Actor, number: str, pk: int) -> HttpResponse:
    case = find_case(actor, number)
    paper = _paper(case, pk)
    trail = Trail.of(request)
    context = {
        **head(case, trail, actor),
        "paper": paper,
        "paper_title": PAPER_TITLES[PaperKind(paper.kind)],
        "text": text_of(paper),
        "pdf_url": f"/desk/cases/{case.number}/papers/{paper.pk}.pdf",
    }
    return page(request, actor, "desk/paper.html", context, current=trail.list)


@require_safe
@staff
def stored_file(request: HttpRequest, actor: Actor, number: str, pk: uuid.UUID) -> HttpResponseBase:
    """A file handed in, as it came."""
    case = find_case(actor, number)
    found = StoredFile.objects.filter(case=case, pk=pk).first()
    return file_answer(found, download="download" in request.GET)
