"""Every page of the public site and the desk, found by following its links: accessible at 1440 and at 390 pixels, no
wider than the screen, without a console error, a broken content policy, or a request to another origin (the guard of
the visitor). The pages of management are in a file of their own, so that two workers share the time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import Open
from tests.browser.crawl import walk_through
from tests.browser.house import House

pytestmark = pytest.mark.browser
Seeds = Callable[[House], list[str]]


def _cases(*states: str) -> Seeds:
    return lambda house: [f"/desk/cases/{house.cases[state].number}/" for state in states]


WALKS: dict[str, tuple[str, Seeds, str]] = {
    "public": ("", lambda house: ["/", f"/verify/{house.cases['delivered'].paper_code}"], "/"),
    "applicant": ("person1", lambda house: ["/my/", "/apply/fertility-registration/"], "/my/"),
    "clerk": ("clerk1", lambda house: ["/desk/", *_cases("submitted", "received", "correcting")(house)], "/desk/"),
    "exit": ("exit1", lambda house: ["/desk/exit/", *_cases("decided", "issuing", "ready")(house)], "/desk/exit/"),
    "examiner": ("examiner1", lambda house: ["/desk/", *_cases("accepted", "examining")(house)], "/desk/cases/"),
    "chief": ("chief1", lambda house: ["/desk/", *_cases("accepted", "delivered")(house)], "/desk/cases/"),
    "supervisor": ("supervisor1", lambda house: ["/desk/", *_cases("examining")(house)], "/desk/cases/"),
}


@pytest.mark.parametrize("who", list(WALKS))
def test_pages_are_accessible_and_fit(who: str, visitor: Open, house: House) -> None:
    username, seeds, prefix = WALKS[who]
    assert walk_through(visitor(username), seeds(house), prefix) == []
