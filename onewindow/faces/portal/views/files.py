"""Files an applicant may open: their own uploads and their own papers. Everything else does not exist."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from onewindow.cases.models import SUBJECT, StoredFile
from onewindow.faces.filing import file_answer, pdf_answer
from onewindow.faces.portal import drafts
from onewindow.faces.portal.access import applicant_account, for_applicants, own_case
from onewindow.faces.portal.telling import paper_title
from onewindow.papers.issue import pdf_of
from onewindow.papers.models import Paper


@for_applicants
@require_safe
def show_draft_file(request: HttpRequest, pk: UUID, material: str) -> Any:
    body = drafts.Body.read(drafts.own_draft(applicant_account(request), pk))
    return _file((body.materials.get(material) or {}).get("file"))


@for_applicants
@require_safe
def show_case_file(request: HttpRequest, number: str, material: str) -> Any:
    case = own_case(applicant_account(request), number)
    return _file((case.told.materials.get(material) or {}).get("file"))


def _file(pk: str | None) -> HttpResponseBase:
    return file_answer(StoredFile.objects.filter(pk=pk).first() if pk else None)


@for_applicants
@require_safe
def paper_pdf(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """One of the papers of an own case, as it is stored for good."""
    case = own_case(applicant_account(request), number)
    if code not in {row["code"] for row in case.told.papers}:
        raise Http404
    paper = Paper.objects.filter(subject_kind=SUBJECT, subject_id=case.pk, code=code).first()
    if paper is None:
        raise Http404
    return pdf_answer(pdf_of(paper), f"{paper_title(case, paper.kind)}.pdf")
