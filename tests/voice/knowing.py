"""The demonstration's entries on stage, and entries made for one test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

import onewindow.demo
from onewindow.catalogue.models import Item
from onewindow.voice.consultations.search import entry_terms
from onewindow.voice.models import KnowledgeEntry
from tests.cast import Cast

SHIPPED = Path(onewindow.demo.__file__).parent / "data" / "knowledge.yaml"


def entry(cast: Cast, question: str, answer: str = "看办事指南。", item: str = "", **more: Any) -> KnowledgeEntry:
    """A published entry, checked against the item as it is."""
    of = Item.objects.select_related("current", "department").get(key=item) if item else None
    fields: dict[str, Any] = {
        "question": question,
        "answer": answer,
        "item": of,
        "version": of.current if of else None,
        "department": of.department if of else None,
        "terms": entry_terms(question, answer, of),
        "is_published": True,
        "written_by": cast.clerk1,
        "checked_by": cast.manager1,
        "checked_at": timezone.now(),
        **more,
    }
    made: KnowledgeEntry = KnowledgeEntry.objects.create(**fields)
    return made


def all_entries(cast: Cast) -> list[KnowledgeEntry]:
    """Every entry of the demonstration; those of items that are not on stage without their item."""
    raw = yaml.safe_load(SHIPPED.read_text("utf-8"))
    return [entry(cast, one["q"], one["a"], one["item"] if one.get("item") in cast.items else "") for one in raw]
