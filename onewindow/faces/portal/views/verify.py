"""Whether a paper is real: anybody may ask with its code, and see no more than the paper's reader needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from onewindow.cases.models import SUBJECT, Case
from onewindow.digest import sm3
from onewindow.faces.portal import throttle
from onewindow.faces.portal.access import problems_as_pages
from onewindow.faces.portal.forms import CodeForm
from onewindow.faces.portal.site import page
from onewindow.papers.data import PAPER_TITLES, PaperKind
from onewindow.papers.issue import pdf_of
from onewindow.papers.models import CODE_ALPHABET, Paper
from onewindow.people.masking import mask_name
from onewindow.problems import TooMany

MOST_BYTES = 20 * 1024**2
_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """What the page says. `state`: valid, revoked, expired or unknown."""

    state: str
    code: str
    kind: str = ""
    number: str = ""
    body: str = ""
    issued: date | None = None
    applicant: str = ""
    item: str = ""
    valid_until: date | None = None
    demo: bool = False


@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """The form; a code in the address leads to its own page."""
    if "code" not in request.GET:
        return page(request, "verify.html", {"form": CodeForm()}, section="verify")
    form = CodeForm(request.GET)
    if form.is_valid():
        code = normal(str(form.cleaned_data["code"]))
        if len(code) == _LENGTH and set(code) <= set(CODE_ALPHABET):
            return HttpResponseRedirect(f"/verify/{code}")
        form.add_error("code", "核验码应当是 16 位字母和数字，请对照文书再看一遍。")
    return page(request, "verify.html", {"form": form}, section="verify", status=422)


@never_cache
@problems_as_pages
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    """What is known about this code; a PDF that is handed over is compared with the one on file."""
    clean = normal(code)
    if clean != code:
        return HttpResponseRedirect(f"/verify/{clean}" if clean else "/verify/")
    if not throttle.allowed(throttle.VERIFY_ADDRESS, throttle.address_of(request)):
        raise TooMany("核验的次数太多了，请过一会儿再来")
    paper = Paper.objects.filter(code=clean).first() if len(clean) == _LENGTH else None
    finding = _look(paper) if paper else Finding("unknown", clean[:40])
    context: dict[str, Any] = {"finding": finding, "form": CodeForm(initial={"code": clean[:40]})}
    if request.method == "POST" and paper is not None:
        context |= _compare(paper, request.FILES.get("file"))
    status = 404 if paper is None else 422 if context.get("file_error") else 200
    return page(request, "verified.html", context, section="verify", status=status)


def normal(code: str) -> str:
    """Upper case, without the spaces and dashes that people add when they copy a code."""
    return "".join(character for character in code.upper() if character.isascii() and character.isalnum())


def _look(paper: Paper) -> Finding:
    facts = json.loads(str(paper.facts))
    case = _case_of(paper)
    natural = case is None or case.applicant.kind == "natural"
    name = str(facts["applicant"]["name"])
    until = (facts.get("certificate") or {}).get("valid_until")
    kind = PaperKind(paper.kind)
    valid_until = date.fromisoformat(until) if until else None
    return Finding(
        state=_state(paper, valid_until),
        code=paper.code,
        kind=facts.get("title") or PAPER_TITLES[kind],
        number=paper.number,
        body=paper.issuing_body,
        issued=timezone.localdate(paper.issued_at),
        applicant=mask_name(name) if natural else name,
        item=facts["item_name"],
        valid_until=valid_until,
        demo=bool(facts.get("demo")),
    )


def _case_of(paper: Paper) -> Case | None:
    if paper.subject_kind != SUBJECT:
        return None
    found: Case | None = Case.objects.filter(pk=paper.subject_id).select_related("applicant").first()
    return found


def _state(paper: Paper, valid_until: date | None) -> str:
    if paper.revoked_at is not None:
        return "revoked"
    return "expired" if valid_until and valid_until < timezone.localdate() else "valid"


def _compare(paper: Paper, upload: UploadedFile[Any] | None) -> dict[str, Any]:
    """Same bytes or not (SM3). The file is looked at and forgotten."""
    if upload is None:
        return {"file_error": "请选择要核对的 PDF 文件。"}
    if not upload.size or upload.size > MOST_BYTES:
        return {"file_error": "文件是空的，或者超过 20 MB，请换一份。"}
    return {"same": sm3(upload.read()) == sm3(pdf_of(paper)), "file_name": (upload.name or "")[:100]}
