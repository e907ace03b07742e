"""How the tests of the portal visit it: sign in, fill in, send."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from onewindow.cases.models import Case, Draft
from tests.cast import ANSWERS, CITIZEN, FOOD, Cast

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def visitor(cast: Cast, who: str = "citizen1") -> Client:
    client = Client()
    client.force_login(cast.accounts[who])
    return client


def pdf(name: str = "材料.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def begin(client: Client, item: str = FOOD, answers: dict[str, str] | None = None) -> Draft:
    """The first page of an application, sent; returns the draft it made."""
    client.post(f"/apply/{item}/", answers if answers is not None else ANSWERS[item])
    return Draft.objects.latest("updated_at")


def to_review(client: Client, item: str = FOOD) -> Draft:
    """A draft with everything filled in but the last word."""
    draft = begin(client, item)
    client.post(f"/apply/draft/{draft.pk}/contact/", {"phone": CITIZEN["phone"], "address": "桃花江镇1号"})
    client.post(f"/apply/draft/{draft.pk}/materials/", {"file-m01": pdf(), "go": "1"})
    return draft


def send(client: Client, draft: Draft) -> Any:
    return client.post(f"/apply/draft/{draft.pk}/review/", {"truthful": "on"})


def only_case() -> Case:
    return Case.objects.select_related("item", "applicant").get()
