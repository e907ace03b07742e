"""One case, locked for an action, with what every action looks at: one statement that is composed once."""

from __future__ import annotations

from functools import cache
from typing import Final

from onewindow.cases.models import Case
from onewindow.people.models import Applicant
from onewindow.people.rows import Part, fetch, listed, split
from onewindow.places.models import Centre, RegulationProfile

_PARTS: Final = (
    Part("k", Case),
    Part("n", Applicant),
    Part("g", Applicant),
    Part("c", Centre),
    Part("r", RegulationProfile),
)


def lock(pk: int) -> Case:
    """The case with applicant, agent, centre and profile; others who want it wait. Raises Case.DoesNotExist."""
    found = fetch(_statement(), {"id": pk})
    if not found:
        raise Case.DoesNotExist
    parts = split(_PARTS, found[0])
    case: Case = parts[0]
    centre: Centre = parts[3]
    centre.profile = parts[4]
    case.applicant, case.agent, case.centre = parts[1], parts[2], centre
    return case


@cache
def _statement() -> str:
    return f"""
        SELECT {listed(_PARTS)}
        FROM cases_case k
        JOIN people_applicant n ON n.id = k.applicant_id
        LEFT JOIN people_applicant g ON g.id = k.agent_id
        JOIN places_centre c ON c.id = k.centre_id
        JOIN places_regulationprofile r ON r.key = c.profile_id
        WHERE k.id = %(id)s FOR UPDATE OF k"""  # noqa: S608 - names of our own models
