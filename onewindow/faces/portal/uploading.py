"""Uploads of a draft: stored at once, shown back with name and size; what the centre already holds can be reused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from onewindow.cases.holdings import Holding
from onewindow.cases.models import Draft, StoredFile
from onewindow.cases.uploads import store
from onewindow.catalogue.guide import Guide, MaterialLine, material_notes
from onewindow.catalogue.spec import Material
from onewindow.faces.filing import size_words
from onewindow.faces.portal import drafts
from onewindow.faces.portal.drafts import Body
from onewindow.people.authority import Actor
from onewindow.people.models import Account
from onewindow.problems import FieldError, Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One material on the page: what it is, what was given, what the centre holds, what is wrong."""

    line: MaterialLine
    notes: list[str]
    given: dict[str, Any] | None
    held: Holding | None
    error: str
    problem: str
    url: str

    @property
    def shared(self) -> bool:
        return bool(self.given and self.given["form"] == "shared")

    @property
    def size(self) -> str:
        return size_words(int(self.given.get("size") or 0)) if self.given else ""


def rows(
    draft: Draft, body: Body, asked: Iterable[Material], holdings: Mapping[str, Holding], errors: Mapping[str, str]
) -> list[Row]:
    """The rows of the page in the order of the item; `errors` by material key."""
    guide = Guide(drafts.spec_of(draft), body.answers)
    lines = {line.key: line for line in guide.materials}
    told = draft.case.told.notices if draft.case else []
    problems = {row["material"]: f"{row['problem']}；{row['remedy']}" for row in told[-1]["missing"]} if told else {}
    made = []
    for material in asked:
        line = lines[material.key]
        given = body.materials.get(material.key)
        url = f"/apply/draft/{draft.pk}/file/{material.key}/" if given and given.get("file") else ""
        problem = problems.get(material.key, "")
        notes = material_notes(line)
        made.append(
            Row(
                line,
                notes,
                given,
                holdings.get(material.key),
                errors.get(material.key, ""),
                problem,
                url,
            )
        )
    return made


def keep(request: HttpRequest, draft: Draft, asked: Iterable[Material], account: Account) -> list[FieldError]:
    """Stores every chosen file and every choice of the form. What is good is kept even when another file is not."""
    errors: list[FieldError] = []
    fresh: dict[str, dict[str, Any] | None] = {}
    by = Actor.of(account)
    removed = request.POST.get("remove", "")
    for material in asked:
        upload = request.FILES.get(f"file-{material.key}")
        if upload is not None:
            try:
                fresh[material.key] = _row(store(upload, by=by))
            except Problem as problem:
                words = problem.errors[0].message if problem.errors else problem.title
                errors.append(FieldError(material.key, f"{material.name}：{words}"))
        elif request.POST.get(f"use-{material.key}") == "held":
            fresh[material.key] = {"form": "shared", "file": None, "name": "", "size": 0}
        elif removed == material.key:
            fresh[material.key] = None
    replaced = _write(draft, fresh)
    for stored in StoredFile.objects.filter(pk__in=replaced, case__isnull=True, uploaded_by=account):
        drafts.drop_file(stored)
    return errors


def _row(stored: StoredFile) -> dict[str, Any]:
    return {"form": "electronic", "file": str(stored.pk), "name": stored.name, "size": stored.size}


def _write(draft: Draft, fresh: Mapping[str, dict[str, Any] | None]) -> list[str]:
    """Puts the rows into the draft; returns the files that they replace."""
    replaced: list[str] = []
    if not fresh:
        return replaced
    with drafts.changing(draft) as kept:
        for key, row in fresh.items():
            old = kept.materials.pop(key, None)
            if old and old.get("file"):
                replaced.append(old["file"])
            if row is not None:
                kept.materials[key] = row
    return replaced
