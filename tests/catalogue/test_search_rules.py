"""The search keeps its rules: one query, filters, only items in use, nothing hostile gets through."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from onewindow.bench.search import fill
from onewindow.catalogue.imports import SHIPPED_NAMES, import_names
from onewindow.catalogue.indexing import reindex
from onewindow.catalogue.models import Item
from onewindow.catalogue.search import search, suggest
from onewindow.catalogue.words import query_terms

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

HOSTILE = [
    "身份证" * 170,
    "%",
    "100%_\\",
    "'; DROP TABLE catalogue_item; --",
    "身份证\x00",
    "\x00",
    "😀🏮",
    " \t\u3000\n",
    "",
    "𠮷㐂",
    "\u202e证份身",
    "a" * 5000,
    "{{7*7}}<script>",
    "\ud800",
]


@pytest.mark.parametrize("q", HOSTILE, ids=ascii)
def test_any_text_gets_an_answer(q: str) -> None:
    assert isinstance(search(q), list)
    assert suggest(q).topics


def test_a_page_of_text_costs_no_more_terms_than_a_long_sentence() -> None:
    assert len(query_terms("一二三四五六七八九十百千万" * 400)) < 500


def test_a_search_is_one_query_with_the_departments(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert [hit.item.department.name for hit in search("开饭店")]


def test_a_text_without_words_costs_no_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert search(" !? ") == []


def test_only_items_for_the_audience_are_shown() -> None:
    found = {hit.item.key for hit in search("参保登记", audience="natural")}
    assert "resident-medical-insurance" in found
    assert "employee-medical-insurance" not in found


def test_a_department_may_be_named_by_number_or_code() -> None:
    civil = Item.objects.get(key="marriage-registration").department
    by_id = [hit.item.key for hit in search("登记", department=civil.pk)]
    assert by_id == [hit.item.key for hit in search("登记", department=civil.code)]
    assert by_id
    assert {hit.item.department_id for hit in search("登记", department=civil.pk)} == {civil.pk}


@pytest.mark.parametrize("department", [0, -1, 1 << 70, "", "\x00", "无"])
def test_an_impossible_department_has_no_items(department: int | str) -> None:
    assert search("登记", department=department) == []


def test_the_list_is_as_long_as_asked_for_and_falls_in_score() -> None:
    hits = search("登记", limit=5)
    assert len(hits) == 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_paused_item_is_found_only_by_those_who_ask_for_it() -> None:
    with transaction.atomic():
        Item.objects.filter(key="marriage-registration").update(status="paused")
        assert "marriage-registration" not in {hit.item.key for hit in search("结婚")}
        assert search("结婚", paused=True)[0].item.key == "marriage-registration"
        transaction.set_rollback(True)


def test_nothing_found_leads_to_the_nearest_topics_and_departments() -> None:
    assert search("量子纠缠") == []
    found = suggest("量子纠缠")
    assert found.topics
    assert found.departments
    assert suggest("孩子的事").topics[0].name in {"上学", "生育"}
    assert suggest("税").departments[0].short_name == "税务"


def test_among_many_items_the_right_one_still_wins_in_one_query() -> None:
    with transaction.atomic():
        fill(400)
        import_names(SHIPPED_NAMES)
        reindex()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            hits = search("开饭店")
        assert len(queries) == 1
        assert any(hit.item.name.startswith("食品经营许可") for hit in hits[:3])
        transaction.set_rollback(True)
