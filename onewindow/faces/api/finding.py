"""One case by its number, if the caller may see it: one statement, one answer for missing and hidden."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from onewindow.cases.models import Case
from onewindow.faces.api.reading import number_of
from onewindow.people.authority import Actor, Scope
from onewindow.people.models import Account, Applicant
from onewindow.people.rows import Part, fetch, listed, split
from onewindow.places.models import Centre, RegulationProfile
from onewindow.problems import NotFound

_MISSING: Final = "没有这个办件，或者您不能查看"
_QUERY_NUMBER: Final = 12
_PARTS: Final = (
    Part("k", Case),
    Part("n", Applicant, ("kind", "name", "id_type", "id_number", "phone")),
    Part("c", Centre),
    Part("r", RegulationProfile),
    Part("a", Account, ("username", "name", "kind")),
)


def find(by: Actor, number: str) -> Case:
    """The case by its number or query number with applicant, centre, profile and assignee loaded. Raises NotFound."""
    rows = fetch(_statement(len(number) == _QUERY_NUMBER), {"number": number_of(number, _MISSING)})
    case = _case(rows[0]) if rows else None
    if case is None or not by.sees(_scope(case)):
        raise NotFound(_MISSING)
    return case


@cache
def _statement(by_query_number: bool) -> str:
    column = "query_number" if by_query_number else "number"
    return f"""
        SELECT {listed(_PARTS)}
        FROM cases_case k
        JOIN people_applicant n ON n.id = k.applicant_id
        JOIN places_centre c ON c.id = k.centre_id
        JOIN places_regulationprofile r ON r.key = c.profile_id
        LEFT JOIN people_account a ON a.id = k.assignee_id
        WHERE k.{column} = %(number)s"""  # noqa: S608 - names of our own models


def _case(row: tuple[Any, ...]) -> Case:
    case, applicant, centre, profile, assignee = split(_PARTS, row)
    centre.profile = profile
    case.applicant, case.centre, case.assignee = applicant, centre, assignee
    found: Case = case
    return found


def _scope(case: Case) -> Scope:
    """The case as sight sees it: a department asked to assist reads it until it has answered."""
    asked = {assist["department"] for assist in case.facts.get("assists", ()) if assist["answered_at"] is None}
    return Scope(
        centre=case.centre_id,
        division=case.centre.division_id,
        departments=frozenset({case.department_id, *asked}),
        applicant=case.applicant_id,
        item="",
        subject=case.number,
    )
