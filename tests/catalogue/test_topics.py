"""Every shipped item stands under a topic of each audience it serves."""

from __future__ import annotations

import pytest

from onewindow.catalogue.imports import basic_codes
from onewindow.catalogue.models import Item
from onewindow.catalogue.topics import topic, topics, topics_of


def test_topics_name_only_items_that_exist() -> None:
    for found in topics():
        assert found.items <= set(basic_codes())
        assert found.items


def test_topic_keys_are_unique_and_found() -> None:
    keys = [found.key for found in topics()]
    assert len(keys) == len(set(keys))
    assert topic("marriage") in topics("natural")
    assert topic("no-such-topic") is None


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped")
def test_nobody_who_browses_misses_an_item() -> None:
    audiences = {found.key: found.audience for found in topics()}
    for item in Item.objects.in_use():
        under = {audiences[key] for key in topics_of(item.key)}
        assert item.topics == list(topics_of(item.key))
        assert under & ({item.audience} if item.audience != "both" else {"natural", "legal"}), item.key
