"""Finding an answer that is there already: the words of a question against the entries' questions, items and answers.

An entry keeps its terms (made by catalogue.words, as the catalogue's index is): those of its question as they are,
those of its item's name and keywords with `@` before them, those of its answer with `~`. The score is the sum over the
matched terms of how rare they are, how strongly the question means them and where they stand, as in catalogue.search.
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

PLACES: Final = {"": 1.0, "@": 0.5, "~": 0.3}
"""Where a term stands (question, item, answer), and how much it counts there."""
_TAIL: Final = 0.35
"""Hits below this share of the best score are noise."""
_COVERED: Final = 0.25
"""So much of what was asked (of its two-character words, or of what they officially mean) must be in an entry for it
to be shown; of a long question no more than `_ENOUGH` words."""
_ENOUGH: Final = 1.5
_SYNONYM: Final = 0.6
"""What catalogue.words gives the pairs of an official word. One everyday word brings several of them, which together
would outweigh what was really said; for an item that is right, for a question it is not."""
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
    named = (item.name, *(item.current.spec.keywords if item.current else ())) if item is not None else ()
    own = {*pairs(question), *gaps(question), *singles(question), phrase(question)}
    of_item = {term for text in named for term in (*pairs(text), phrase(text))} - own
    said = set(pairs(answer)) - own - of_item
    return sorted({*own, *("@" + term[:39] for term in of_item), *("~" + term[:39] for term in said)})


def asked_terms(question: str) -> dict[str, float]:
    """What a question means, sentence by sentence; only its beginning counts. Any text is safe."""
    terms: dict[str, float] = {}
    for part in _BREAK.split(question[:_LONGEST]):
        for term, weight in query_terms(_without_fillers(part)).items():
            meant = weight if weight != _SYNONYM else weight / 2
            terms[term] = max(meant, terms.get(term, 0.0))
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
    known = sum(_is_pair(term) and weight >= 1.0 for term, weight in terms.items())
    wanted = min(_COVERED * max(known, 1), _ENOUGH)
    asked = [
        (place + term[:39], weight * counts, term) for place, counts in PLACES.items() for term, weight in terms.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL,
            {
                "terms": [name for name, _, _ in asked],
                "weights": [weight for _, weight, _ in asked],
                "is_pair": [_is_pair(term) for _, _, term in asked],
                "item": item if item is not None and abs(item) < 1 << 62 else -1,
                "of_item": _OF_ITEM,
            },
        )
        return [(pk, float(score), covered >= wanted) for pk, score, covered in cursor.fetchall()]


_SQL: Final = """
WITH asked AS (
    SELECT * FROM unnest(%(terms)s::text[], %(weights)s::float8[], %(is_pair)s::bool[]) AS asked (term, weight, is_pair)
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
       count(*) FILTER (WHERE found.is_pair) AS covered
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
