"""Building the inverted index of the catalogue search: which terms an item is found by, and how strongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from django.db import connection, transaction

from onewindow.catalogue.models import Item
from onewindow.catalogue.spec import ItemSpec
from onewindow.catalogue.topics import topic
from onewindow.catalogue.words import gaps, pairs, phrase, singles

_NAME: Final = 3.0
_KEYWORD: Final = 2.5
_TOPIC: Final = 0.8
_DEPARTMENT: Final = 0.8
_BODY: Final = 0.3
_WHOLE: Final = 4.0
"""How much more a whole name or keyword counts than one of its pairs."""


def reindex(item_ids: Iterable[int] | None = None) -> int:
    """Rebuilds the terms of these items, or of all. Returns the number of terms. One COPY, in one transaction."""
    items = Item.objects.select_related("current", "department__division")
    if item_ids is not None:
        items = items.filter(pk__in=list(item_ids))
    # Everything is read before the COPY begins: a query during it would wait for ever on its own connection.
    terms = [(item.pk, item_terms(item)) for item in items]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalogue_searchterm WHERE item_id = ANY(%s)", [[pk for pk, _ in terms]])
        with cursor.copy("COPY catalogue_searchterm (item_id, term, weight) FROM STDIN") as copy:
            for pk, weights in terms:
                for term, weight in weights.items():
                    copy.write_row((pk, term, weight))
    return sum(len(weights) for _, weights in terms)


def item_terms(item: Item) -> dict[str, float]:
    """Term -> weight; where a term comes from several places the strongest counts."""
    terms: dict[str, float] = {}
    for text, weight in _texts(item, item.current.spec if item.current else None):
        for term, factor in _terms(text, strong=weight >= _KEYWORD):
            terms[term] = max(terms.get(term, 0.0), weight * factor)
    return terms


def _texts(item: Item, spec: ItemSpec | None) -> Iterator[tuple[str, float]]:
    yield item.name, _NAME
    yield item.department.short_name, _DEPARTMENT
    yield item.department.name.removeprefix(item.department.division.name), _DEPARTMENT
    for key in item.topics:
        found = topic(key)
        for word in (found.name, *found.words) if found else ():
            yield word, _TOPIC
    if spec is None:
        return
    for keyword in spec.keywords:
        yield keyword, _KEYWORD
    if spec.reference_name:
        yield spec.reference_name, _TOPIC
    yield spec.result.name or "", _TOPIC
    for text in (*spec.conditions, *(question.q for question in spec.faq)):
        yield text, _BODY


def _terms(text: str, *, strong: bool) -> Iterator[tuple[str, float]]:
    yield from ((term, 1.0) for term in pairs(text))
    if strong:
        whole = phrase(text)
        if len(whole) > 2:
            yield whole, _WHOLE
        yield from ((term, 0.5) for term in gaps(text))
        yield from ((term, 0.4) for term in singles(text))
