"""The ledger: the database refuses to change it, every event stands on the one before, a secret can be erased."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, CaseEvent, ChainSeal, EventSecret
from onewindow.cases.sweep import seal_day
from onewindow.cases.verify import verify_case, verify_seals
from onewindow.digest import GENESIS, canonical, event_digest, sm3
from onewindow.people.models import AccessRecord
from onewindow.problems import Refused
from tests.cases.county import MONDAY, at
from tests.cast import RENEWAL, Cast


def refused(statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE cases_caseevent SET action = 'accept'", "DELETE FROM cases_caseevent"])
def test_the_database_refuses_to_change_or_remove_an_event(cast: Cast, statement: str) -> None:
    cast.receive()
    refused(statement)
    assert CaseEvent.objects.count() == 1


def test_the_database_refuses_to_empty_the_ledger(cast: Cast) -> None:
    cast.receive()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cases_caseevent ENABLE TRIGGER append_only_truncate")  # off for the tests' own sake
    refused("TRUNCATE cases_caseevent CASCADE")
    assert CaseEvent.objects.count() == 1


def test_seals_secrets_and_records_of_access_are_not_changed_either(cast: Cast) -> None:
    case = cast.walk_to(State.DELIVERED, RENEWAL, now=MONDAY)
    seal_day(date(2026, 3, 2))
    with pytest.raises(Refused):
        cast.act(case, "archive", "clerk1")
    assert EventSecret.objects.exists()
    assert AccessRecord.objects.exists()
    for statement in (
        "UPDATE cases_chainseal SET cases = 0",
        "DELETE FROM cases_chainseal",
        "UPDATE cases_eventsecret SET body = '\\x00'",
        "UPDATE people_accessrecord SET reason = ''",
        "DELETE FROM people_accessrecord",
    ):
        refused(statement)


def test_each_event_stands_on_the_digest_of_the_one_before(cast: Cast) -> None:
    case = cast.walk_to(State.DELIVERED, RENEWAL)
    previous = GENESIS
    for event in case.events.order_by("seq"):
        assert event.previous == previous
        previous = event.digest
    assert Case.objects.get(pk=case.pk).head_digest == previous


def test_an_event_says_who_acted_in_which_post_under_which_letter(cast: Cast) -> None:
    case = cast.walk_to(State.DECIDED, RENEWAL)
    decision = case.events.get(action="decide")
    assert (decision.actor, decision.role, decision.posting) == (cast.chief1, "chief", cast.posting("chief1"))
    assert decision.letter == cast.posting("chief1").letters.get()
    assert decision.role_label == "首席事务代表"
    first = case.events.get(seq=1)
    assert first.data["applicant"] == case.applicant_id
    assert first.data["item_version"] == case.item_version_id


def test_a_secret_erased_by_law_leaves_the_chain_valid(cast: Cast) -> None:
    case = cast.walk_to(State.DELIVERED, RENEWAL)
    EventSecret.objects.filter(event__case=case).delete()
    assert not EventSecret.objects.exists()
    assert verify_case(Case.objects.get(pk=case.pk)) is None


def test_canonical_json_is_the_same_for_the_same_value() -> None:
    assert canonical({"b": 1, "a": ["㐂", None]}) == '{"a":["㐂",null],"b":1}'.encode()
    assert event_digest(GENESIS, {"a": 1, "b": 2}) == event_digest(GENESIS, {"b": 2, "a": 1})
    assert event_digest(GENESIS, {"a": 1}) != event_digest("1" * 64, {"a": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_sm3_is_the_national_one() -> None:
    # GB/T 32905-2016, appendix A.1
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_a_day_is_sealed_once_and_on_the_seal_before(cast: Cast) -> None:
    cast.receive(now=MONDAY)
    first = seal_day(date(2026, 3, 2))
    cast.receive(now=at("03-03"))
    second = seal_day(date(2026, 3, 3))
    assert (first.cases, second.cases) == (1, 2)
    assert (first.previous, second.previous) == (GENESIS, first.digest)
    assert seal_day(date(2026, 3, 2)) == first
    assert ChainSeal.objects.count() == 2
    assert list(verify_seals()) == []


def test_a_day_that_is_not_over_is_not_sealed(cast: Cast) -> None:
    cast.receive()
    with pytest.raises(ValueError, match="not over yet"):
        seal_day(date(2026, 3, 3), today=date(2026, 3, 3))
