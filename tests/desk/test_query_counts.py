"""Every page costs a fixed number of queries, however many rows it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import FERTILITY, HYGIENE, Cast, random_citizen
from tests.desk.conftest import SignIn, intake_form

# Every page counts once what waits in the loops (cards, complaints, ratings, questions): one query for all of them.
MOST = {
    "/desk/?list=received": 9,
    "/desk/?list=centre": 9,
    "/desk/search/?q=食品": 8,
    "/desk/search/?who={a}": 7,
    "/desk/intake/": 7,
    "/desk/intake/?q=食品": 7,
    "/desk/intake/food-operation-licence/": 7,
    "/desk/exit/": 8,
    "/desk/account/": 9,
    "/desk/cases/{n}/": 13,
    "/desk/cases/{n}/?list=received": 15,
    "/desk/cases/{n}/clock/": 7,
    "/desk/cases/{n}/events/": 8,
    "/desk/cases/{n}/do/give_notice/": 8,
    "/desk/cases/{n}/do/correct_on_spot/": 7,
    "/desk/intake/done/{n}/": 8,
}


def cost(call: Callable[[], Any]) -> int:
    call()  # item versions and the calendar are read into memory once per process
    with CaptureQueriesContext(
        connection,
    ) as seen:
        call()
    # The calendar looks for a newer import every five seconds, whatever page is asked for.
    return sum("clocks_calendar" not in query["sql"] for query in seen.captured_queries)


@pytest.mark.parametrize("path", list(MOST))
def test_a_page_costs_what_it_may(cast: Cast, sign_in: SignIn, path: str) -> None:
    case = cast.receive()
    client, url = sign_in("clerk1"), path.format(n=case.number, a=case.applicant.id_index)
    few = cost(lambda: client.get(url))
    for n in range(4):
        cast.receive(applicant=random_citizen(n))
        cast.receive(HYGIENE)
    many = cost(lambda: client.get(url))
    assert many <= MOST[path]
    assert many <= few + 1  # the applicant's other cases are one more query when there are any


@pytest.mark.parametrize(("action", "most"), [("pass_step", 8), ("open_procedure", 9), ("reassign", 8)])
def test_forms_of_the_department(cast: Cast, sign_in: SignIn, action: str, most: int) -> None:
    case = cast.walk_to("examining")
    client = sign_in("examiner1" if action != "reassign" else "chief1")
    assert cost(lambda: client.get(f"/desk/cases/{case.number}/do/{action}/")) <= most


def test_help_while_typing(cast: Cast, sign_in: SignIn) -> None:
    cast.receive(FERTILITY)
    client, form = sign_in("clerk1"), intake_form(cast)
    assert cost(lambda: client.post(f"/desk/intake/{FERTILITY}/help/", form)) <= 9
