"""The address that a problem carries as its type leads to a page that says what it means and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from onewindow import faces
from onewindow.faces.api import problems as api_problems
from onewindow.faces.problemwords import KINDS
from onewindow.problems import Problem

HOME = Path(faces.__file__).parent.parent


def kinds_in_use() -> Iterator[str]:
    """Every type that some part of the house answers with: classes, and the few that are written out."""
    assert api_problems
    found = list(Problem.__subclasses__())
    while found:
        one = found.pop()
        found += one.__subclasses__()
        yield one.type
    for source in HOME.rglob("*.py"):
        yield from re.findall(r'(?:/problems/|problem\(")([a-z-]+)"', source.read_text())


def test_every_type_in_use_has_its_page(db: None, client: Client) -> None:
    used = set(kinds_in_use())
    assert used == set(KINDS)
    for slug in sorted(used):
        text = client.get(f"/problems/{slug}").content.decode()
        assert f"<h1>{KINDS[slug].title}</h1>" in text
        assert all(step in text for step in KINDS[slug].steps)


def test_all_of_them_are_listed(db: None, client: Client) -> None:
    text = client.get("/problems/").content.decode()
    assert all(f'href="/problems/{slug}"' in text for slug in KINDS)


@pytest.mark.parametrize("slug", ["nothing", "problem", "%00", "-"])
def test_another_address_is_not_found(db: None, client: Client, slug: str) -> None:
    assert client.get(f"/problems/{slug}").status_code == 404


def test_it_costs_one_query(db: None, client: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_max_num_queries(1):
        client.get("/problems/stale")
