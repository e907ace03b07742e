"""Finding an answer that is there already: the words of a question against the entries' questions, items and answers.

An entry keeps its terms (made by catalogue.words, as the catalogue's index is): those of its question and its item as
they are, those of its answer with `~` before them. The score is the sum over the matched terms of how rare they are,
how strongly the question means them and where they stand, as in catalogue.search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import connection

from onewindow.catalogue.models import Item
from onewindow.catalogue.words import gaps, pairs, phrase, query_terms, singles
from onewindow.hall.memory import remembered
from onewindow.voice.models import KnowledgeEntry

BODY: Final = "~"
_BODY_WEIGHT: Final = 0.3
_TAIL: Final = 0.35
"""Hits below this share of the best score are noise."""
_COVERED: Final = 0.25
"""So much of what was asked (of its two-character words) must be in an entry for it to be shown; everyday words
that mean the same count a little less."""
_OF_ITEM: Final = 1.6
"""How much more an entry of the item counts that the question is asked from."""
_LONGEST: Final = 120
"""What somebody writes after this many characters is detail."""
_MOST_TERMS: Final = 400
_BREAK: Final = re.compile(r"[，。？！；、,.?!;\n\r]+")
_POLITE: Final = (
    "请问",
    "您好",
    "你好",
    "我想",
    "想问",
    "一下",
    "咨询",
    "是不是",
    "能不能",
    "可不可以",
    "可以",
    "需要",
)
_ASKING: Final = (
    "怎么",
    "如何",
    "什么",
    "多少",
    "多久",
    "哪里",
    "哪些",
    "吗",
    "呢",
    "的",
    "了",
    "要",
    "我",
    "办理",
    "办",
)
_FILLER: Final = re.compile("|".join((*_POLITE, *_ASKING)))


@dataclass(frozen=True, slots=True)
class Found:
    """An entry with its item and department loaded, and its score."""

    entry: KnowledgeEntry
    score: float


def entry_terms(question: str, answer: str, item: Item | None) -> list[str]:
    """The terms an entry is found by."""
    strong: set[str] = set()
    named = (item.name, *(item.current.spec.keywords if item.current else ())) if item is not None else ()
    for text in (question, *named):
        strong |= {*pairs(text), *gaps(text), phrase(text)}
    strong |= set(singles(question))
    weak = {BODY + term for term in pairs(answer)} - {BODY + term for term in strong}
    return sorted(term[:40] for term in strong | weak if len(term) > 0)


def asked_terms(question: str) -> dict[str, float]:
    """What a question means, sentence by sentence; only its beginning counts. Any text is safe."""
    terms: dict[str, float] = {}
    for part in _BREAK.split(question[:_LONGEST]):
        for term, weight in query_terms(_without_fillers(part)).items():
            terms[term] = max(weight, terms.get(term, 0.0))
    return dict(sorted(terms.items(), key=lambda one: -one[1])[:_MOST_TERMS])


def _without_fillers(text: str) -> str:
    return _FILLER.sub(" ", text).strip() or text


def search(question: str, *, item: int | None = None, most: int = 5) -> list[Found]:
    """Published entries that answer this, best first. Two queries; none where there is nothing to search for."""
    terms = asked_terms(question)
    if not terms or most < 1:
        return []
    scored = _scored(terms, item)
    if not scored:
        return []
    best = scored[0][1]
    keys = {pk: score for pk, score, covered in scored if score >= _TAIL * best and covered}
    rows = KnowledgeEntry.objects.select_related("item", "department").in_bulk(list(keys)[: most * 2])
    found = [Found(rows[pk], score) for pk, score in keys.items() if pk in rows]
    return sorted(found, key=lambda one: (one.entry.stale, -one.score))[:most]


def _scored(terms: dict[str, float], item: int | None) -> list[tuple[int, float, bool]]:
    """(entry, score, whether it covers enough of the question), best first. One query."""
    known = sum(weight for term, weight in terms.items() if _is_pair(term) and weight >= 1.0) or 1.0
    names = [*terms, *(BODY + term for term in terms if _is_pair(term))]
    weights = [terms.get(name, terms.get(name.removeprefix(BODY), 0.0) * _BODY_WEIGHT) for name in names]
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "terms": [name[:40] for name in names],
                "weights": weights,
                "is_pair": [_is_pair(name.removeprefix(BODY)) for name in names],
                "full": [terms.get(name.removeprefix(BODY), 0.0) for name in names],
                "item": item if item is not None and abs(item) < 1 << 62 else -1,
                "of_item": _OF_ITEM,
            },
        )
        return [(pk, float(score), float(covered) >= _COVERED * known) for pk, score, covered in cursor.fetchall()]


_SQL: Final = """
WITH asked AS (
    SELECT * FROM unnest(%(terms)s::text[], %(weights)s::float8[], %(is_pair)s::bool[], %(full)s::float8[])
        AS asked (term, weight, is_pair, full_weight)
),
found AS MATERIALIZED (
    SELECT e.id, e.item_id, asked.*
    FROM voice_knowledgeentry e CROSS JOIN LATERAL unnest(e.terms) AS t (term) JOIN asked ON asked.term = t.term
    WHERE e.is_published AND e.terms && %(terms)s::varchar[]
),
rarity AS (
    SELECT term, ln(1 + greatest((SELECT reltuples FROM pg_class WHERE oid = 'voice_knowledgeentry'::regclass), 64)
                        / count(*)) AS idf
    FROM found GROUP BY term
)
SELECT found.id,
       sum(found.weight * rarity.idf) * CASE WHEN found.item_id = %(item)s THEN %(of_item)s ELSE 1 END AS score,
       sum(found.full_weight) FILTER (WHERE found.is_pair) AS covered
FROM found JOIN rarity ON rarity.term = found.term
GROUP BY found.id, found.item_id
ORDER BY score DESC, found.id
LIMIT 30
"""


def _is_pair(term: str) -> bool:
    return len(term) == 2 or (term[:1].isascii() and term[:1].isalnum())


@remembered(60)
def of_item(item: int) -> list[KnowledgeEntry]:
    """What people ask about an item, most helpful first. One query, kept for a minute."""
    rows = KnowledgeEntry.objects.published().filter(item_id=item).select_related("item", "department")
    return list(rows.order_by("-helped", "id")[:12])


@remembered(60)
def most_helpful(most: int = 6) -> list[KnowledgeEntry]:
    """What helps most people. One query, kept for a minute."""
    rows = KnowledgeEntry.objects.published().select_related("item", "department")
    return list(rows.order_by("-helped", "id")[:most])


def reindex(entries: Iterable[KnowledgeEntry] | None = None) -> int:
    """Makes the terms anew, for all entries or these. Returns how many changed."""
    rows = list(_whole() if entries is None else entries)
    changed = []
    for row in rows:
        terms = entry_terms(row.question, row.answer, row.item)
        if terms != row.terms:
            row.terms = terms
            changed.append(row)
    KnowledgeEntry.objects.bulk_update(changed, ["terms"])
    return len(changed)


def _whole() -> Iterator[KnowledgeEntry]:
    return iter(KnowledgeEntry.objects.select_related("item__current").order_by("id"))


__all__ = ["Found", "asked_terms", "entry_terms", "most_helpful", "of_item", "reindex", "search"]
