"""Who may manage what, and where: every role against every area."""

from __future__ import annotations

import pytest

from onewindow.people.changes import Area, may_manage
from tests.cast import Cast
from tests.manage.conftest import Elsewhere

COUNTY, TOWN, NEXT_COUNTY, ALL = "430922", "430922100", "430921", ""
KEPT = [Area.DEPARTMENTS, Area.CENTRES, Area.HALL, Area.STAFF, Area.LETTERS, Area.CALENDAR, Area.RULES]
READ_ONLY = [Area.ITEMS, Area.CHANGES, Area.ACCESS]
NOBODY = ["clerk1", "exit1", "examiner1", "verifier1", "chief1", "head1", "helper1", "guide1", "township1", "mayor1"]


@pytest.mark.parametrize("area", KEPT)
def test_a_manager_keeps_the_own_division_and_what_lies_below(cast: Cast, elsewhere: Elsewhere, area: Area) -> None:
    manager = cast.actor("manager1")
    assert may_manage(manager, area, COUNTY)
    assert may_manage(manager, area, TOWN)
    assert not may_manage(manager, area, NEXT_COUNTY)
    assert not may_manage(manager, area, ALL)


@pytest.mark.parametrize("area", KEPT)
def test_an_administrator_keeps_everything(cast: Cast, elsewhere: Elsewhere, area: Area) -> None:
    admin = cast.actor("admin")
    assert all(may_manage(admin, area, place) for place in (COUNTY, TOWN, NEXT_COUNTY, ALL))


@pytest.mark.parametrize("area", READ_ONLY)
@pytest.mark.parametrize("who", ["manager1", "admin"])
def test_items_and_records_are_read_and_never_written(cast: Cast, who: str, area: Area) -> None:
    assert may_manage(cast.actor(who), area, COUNTY, write=False)
    assert not may_manage(cast.actor(who), area, COUNTY)


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("supervisor1", {Area.CHANGES, Area.ACCESS, Area.HALL, Area.RULES}),
        ("publisher1", {Area.ITEMS}),
        *[(who, set()) for who in NOBODY],
    ],
)
def test_everybody_else_reads_a_little_or_nothing_and_writes_nothing(cast: Cast, who: str, reads: set[Area]) -> None:
    actor = cast.actor(who)
    assert {area for area in Area if may_manage(actor, area, COUNTY, write=False)} == reads
    assert not any(may_manage(actor, area, COUNTY) for area in Area)


def test_an_editor_reads_the_items_of_the_own_department_only(cast: Cast) -> None:
    from onewindow.faces.manage.access import items_for
    from onewindow.people.changes import Steward

    shown = items_for(Steward(cast.actor("editor1")))
    assert shown.exists()
    assert {item.department for item in shown} == {cast.market}


def test_a_manager_above_every_centre_keeps_the_calendar(cast: Cast) -> None:
    assert may_manage(cast.actor("manager1"), Area.CALENDAR, ALL)


def test_applicants_manage_nothing(cast: Cast) -> None:
    assert not any(may_manage(cast.actor("citizen1"), area, COUNTY, write=False) for area in Area)
