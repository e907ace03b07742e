"""Files an applicant may open: their own uploads and their own papers. Everything else does not exist."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from onewindow.cases.models import SUBJECT, StoredFile
from onewindow.cases.uploads import open_file
from onewindow.faces.portal import drafts
from onewindow.faces.portal.access import applicant_account, for_applicants, own_case
from onewindow.faces.portal.telling import paper_title
from onewindow.papers.issue import pdf_of
from onewindow.papers.models import Paper

_SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})


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


def _file(pk: str | None) -> FileResponse:
    stored = StoredFile.objects.filter(pk=pk).first() if pk else None
    if stored is None:
        raise Http404
    try:
        handle = open_file(stored)
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(handle, content_type=stored.media_type)
    response["Content-Disposition"] = _disposition(stored.name, inline=stored.media_type in _SHOWN)
    if stored.media_type != "application/pdf":  # a sandbox would keep the browser's own viewer from showing a PDF
        response["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'"
    return response


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
    response = HttpResponse(pdf_of(paper), content_type="application/pdf")
    name = f"{paper_title(case, paper.kind)}.pdf"
    response["Content-Disposition"] = _disposition(name, inline=True)
    return response


def _disposition(name: str, *, inline: bool) -> str:
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(name)}"
