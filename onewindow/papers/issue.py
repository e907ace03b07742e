"""Issuing a paper: its facts are fixed and digested at once, its PDF is rendered on first need and then kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from onewindow.digest import canonical, sm3
from onewindow.papers.models import Paper, new_code
from onewindow.papers.numbering import take_number
from onewindow.papers.render import PaperData, PaperKind, render_pdf, render_text
from onewindow.papers.rules import check

PENDING_NUMBER = "（送出时编号）"


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A paper about to be issued: `series` is the number's text around the serial, e.g. 桃市监补〔2026〕{:04}号."""

    kind: PaperKind
    series: str
    facts: Mapping[str, Any]

    def preview(self) -> bytes:
        """The PDF with a 预览 mark; takes no number and stores nothing. Raises PaperError."""
        return render_pdf(self.kind, self._data(PENDING_NUMBER, "PREVIEW0"), preview=True)

    def preview_text(self) -> str:
        """The same as plain text, for a screen. Raises PaperError."""
        return render_text(self.kind, self._data(PENDING_NUMBER, "PREVIEW0"))

    def _data(self, number: str, code: str) -> PaperData:
        return PaperData.build({**self.facts, "number": number, "code": code, "verify_url": verify_url(code)})


def verify_url(code: str) -> str:
    return f"{settings.OW_PUBLIC_URL}/verify/{code}"


def issue(draft: PaperDraft, *, subject_kind: str, subject_id: int, now: datetime) -> Paper:
    """A numbered paper, not yet written: the caller writes it in the transaction in which the number was taken.

    Raises PaperError when a legal element is missing.
    """
    if "{" in draft.series:
        number = draft.series.format(take_number(f"paper/{draft.kind}/{draft.series}"))
    else:
        number = draft.series
    code = new_code()
    data = draft._data(number, code)
    check(draft.kind, data)
    facts = json.loads(data.model_dump_json(exclude_defaults=True))
    text = canonical(facts)
    return Paper(
        subject_kind=subject_kind,
        subject_id=subject_id,
        kind=draft.kind.value,
        number=number,
        code=code,
        issuing_body=data.issuing_body,
        issued_at=now,
        facts=text.decode(),
        facts_digest=sm3(text),
    )


def pdf_of(paper: Paper) -> bytes:
    """The stored PDF; rendered and stored when nobody has asked before. Raises ValueError when storage was changed."""
    if paper.pdf is None:
        paper = _render_once(paper.pk)
    pdf = bytes(paper.pdf or b"")
    if sm3(pdf) != paper.pdf_digest:
        raise ValueError(f"stored paper {paper.number} does not match its digest")
    return pdf


def text_of(paper: Paper) -> str:
    return render_text(PaperKind(paper.kind), PaperData.build(json.loads(str(paper.facts))))


def _render_once(pk: int) -> Paper:
    with transaction.atomic():
        paper = Paper.objects.select_for_update().get(pk=pk)
        if paper.pdf is None:
            pdf = render_pdf(PaperKind(paper.kind), PaperData.build(json.loads(str(paper.facts))))
            paper.pdf, paper.pdf_digest, paper.rendered_at = pdf, sm3(pdf), paper.issued_at
            paper.save(update_fields=["pdf", "pdf_digest", "rendered_at"])
    return paper
