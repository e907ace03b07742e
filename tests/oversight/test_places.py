"""The figures of divisions are the sums of their centres' figures, whatever is counted, moved or counted twice."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.cases.lifecycle import State
from onewindow.catalogue.models import Item
from onewindow.clocks.clock import SHANGHAI
from onewindow.oversight import figures, places
from onewindow.oversight.figures import rebuild, refresh, stand
from onewindow.oversight.models import DueFigure, Figure, PlaceDue, PlaceFigure, Watermark
from onewindow.places.models import Centre, Department, Division
from tests.cast import FERTILITY, FOOD, HYGIENE, Cast

CODES = ("43", "4309", "430922", "430922100", "430922100200")
Key = tuple[Any, ...]
TODAY = dt.date(2026, 10, 9)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def centre(cast: Cast, code: str, key: str) -> Centre:
    """A centre in the division of this code, which is made with all above it where it is missing."""
    parent: str | None = None
    for length, level in ((2, "province"), (4, "city"), (6, "county"), (9, "township"), (12, "village")):
        if length <= len(code):
            Division.objects.get_or_create(
                code=code[:length], defaults={"name": code[:length], "level": level, "parent_id": parent}
            )
            parent = code[:length]
    made: Centre = Centre.objects.create(
        key=key, name=key, kind="service_centre", division_id=code, profile=cast.centre.profile
    )
    return made


def kept() -> dict[Key, int]:
    """(under, place, item, day, measure) -> value, as the tables say it; what falls due has no measure."""
    fields = ("under", "place", "item_id", "day", "measure", "value")
    found = {row[:-1]: row[-1] for row in PlaceFigure.objects.values_list(*fields)}
    due = PlaceDue.objects.values_list("under", "place", "day", "value")
    return found | {(under, place, None, day, ""): value for under, place, day, value in due}


def plainly() -> dict[Key, int]:
    """The same, one centre's figure after the other in Python."""
    where = dict(Centre.objects.values_list("pk", "division_id"))
    found: Counter[Key] = Counter()
    whole = Figure.objects.filter(department=None, person=None, item=None)
    told = [(row.centre_id, row.day, row.measure, row.value) for row in whole]
    due = DueFigure.objects.filter(department=None, person=None)
    told += [(row.centre_id, row.day, "", row.value) for row in due]
    for pk, day, measure, value in told:
        for under, place in _above(where[pk]):
            found[(under, "", None, day, measure)] += value
            if place:
                found[(under, place, None, day, measure)] += value
    for row in Figure.objects.filter(item__isnull=False, measure__in=places.HURTING):
        for under, _ in _above(where[row.centre_id]):
            found[(under, "", row.item_id, row.day, row.measure)] += row.value
    return dict(found)


def _above(code: str) -> list[tuple[str, str]]:
    """Each division a code lies in, with the place below that it lies in; a county's own centre lies in none."""
    lengths = (2, 4, 6, 9, 12)
    found = []
    for own, below in zip(lengths, (*lengths[1:], 12), strict=True):
        if len(code) > own:
            found.append((code[:own], code[:below]))
        elif len(code) == own:
            found.append((code, code if own < 6 else ""))
    return found


# ---- any figures at all -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_they_are_the_sums_whatever_was_counted(cast: Cast, seed: int) -> None:
    """Random figures of every grain in centres on every level, changed and counted again ten times over."""
    chance = random.Random(seed)
    codes = [*CODES, "4301", "430102", "4401", "430922200", "430922100300"]
    centres = [centre(cast, code, f"c{n}-{code}") for n, code in enumerate(codes * 2)]
    items, departments = list(Item.objects.all()[:3]), list(Department.objects.all()[:2])
    days = [TODAY - dt.timedelta(days=n) for n in range(4)]
    measures = ("received", "late", "overdue", "open")
    for _ in range(10):
        for _ in range(40):
            department = chance.choice([None, *departments])
            item = chance.choice([None, *items]) if department else None
            frame = {"day": chance.choice(days), "centre": chance.choice(centres), "department": department}
            Figure.objects.update_or_create(
                **frame,
                item=item,
                person=None,
                measure=chance.choice(measures),
                defaults={"value": chance.randrange(9)},
            )
            DueFigure.objects.update_or_create(**frame, person=None, defaults={"value": chance.randrange(9)})
        Figure.objects.filter(pk__in=chance.sample(list(Figure.objects.values_list("pk", flat=True)), 10)).delete()
        places.add_up(days[-1], days[0], measures)
        places.add_up_due()
        assert kept() == plainly()
    assert places.add_up(days[-1], days[0], measures) == places.add_up_due() == 0


def test_only_the_days_and_measures_asked_for_are_touched(cast: Cast) -> None:
    for day in (TODAY, TODAY - dt.timedelta(days=1)):
        for measure in ("received", "open"):
            Figure.objects.create(day=day, centre=cast.centre, measure=measure, value=3)
    places.add_up(TODAY - dt.timedelta(days=1), TODAY, ("received", "open"))
    Figure.objects.update(value=4)
    places.add_up(TODAY, TODAY, ("received",))
    found = {key[3:]: value for key, value in kept().items() if key[:2] == ("43", "")}
    before = TODAY - dt.timedelta(days=1)
    assert found == {(TODAY, "received"): 4, (TODAY, "open"): 3, (before, "received"): 3, (before, "open"): 3}


# ---- kept by the count of the figures -----------------------------------------------------------------------------


def a_fortnight(cast: Cast) -> None:
    for day, goal, item in (
        ("2026-09-21", State.DECIDED, FOOD),
        ("2026-09-22", State.EXAMINING, HYGIENE),
        ("2026-09-23", State.ARCHIVED, FERTILITY),
    ):
        cast.walk_to(goal, item, now=at(f"{day} 10:00"))


def whole(code: str, day: str, measure: str) -> int:
    rows = PlaceFigure.objects.filter(under=code, place="", item=None, day=day, measure=measure)
    return sum(rows.values_list("value", flat=True))


def test_every_count_keeps_them_also_after_days_without_one(cast: Cast) -> None:
    a_fortnight(cast)
    refresh(at("2026-09-24 09:00"))
    stand(at("2026-09-24 09:00"))
    assert kept() == plainly()
    for day in ("2026-09-25", "2026-09-28", "2026-10-08"):
        cast.receive(FOOD, now=at(f"{day} 10:00"))
    cast.receive(FOOD, now=at("2026-09-21 16:00"))  # written late
    refresh(at("2026-10-09 09:00"))
    stand(at("2026-10-09 09:00"))
    assert kept() == plainly()
    assert [whole(code, "2026-09-21", "received") for code in ("43", "4309", "430922")] == [2, 2, 2]
    assert whole("430922", "2026-10-09", "open") > 0
    assert refresh(at("2026-10-09 09:01")) == stand(at("2026-10-09 09:00")) == 0


def test_a_rebuild_mends_them(cast: Cast) -> None:
    a_fortnight(cast)
    refresh(at("2026-09-24 09:00"))
    stand(at("2026-09-24 09:00"))
    right = kept()
    PlaceFigure.objects.filter(measure__in=("received", "open")).update(value=77)
    PlaceFigure.objects.filter(measure="decided").delete()
    PlaceFigure.objects.create(under="43", day=dt.date(2026, 9, 23), measure="late", value=5)
    assert rebuild(dt.date(2026, 9, 20), dt.date(2026, 9, 24)) > 0
    assert kept() == right
    assert rebuild(dt.date(2026, 9, 20), dt.date(2026, 9, 24)) == 0


def test_a_centre_that_moves_takes_its_figures_along(cast: Cast) -> None:
    a_fortnight(cast)
    refresh(at("2026-09-24 09:00"))
    stand(at("2026-09-24 09:00"))
    other = centre(cast, "430103", "other").division_id
    Centre.objects.filter(pk=cast.centre.pk).update(division_id=other)
    refresh(at("2026-09-24 09:01"))
    assert kept() == plainly()
    assert whole("430922", "2026-09-21", "received") == 0
    assert whole("430103", "2026-09-21", "received") == whole("43", "2026-09-21", "received") == 1


def test_a_centre_that_goes_takes_them_away(cast: Cast) -> None:
    there = centre(cast, "430103", "there")
    Figure.objects.create(day=TODAY, centre=there, measure="tickets", value=3)
    places.follow_centres(TODAY, figures.FLOWS)
    assert whole("43", TODAY.isoformat(), "tickets") == 3
    there.delete()
    refresh(at("2026-10-09 12:00"))
    assert kept() == plainly()
    assert whole("43", TODAY.isoformat(), "tickets") == 0


def test_where_nothing_moved_nothing_is_summed_anew(cast: Cast) -> None:
    places.follow_centres(TODAY, figures.FLOWS)
    with CaptureQueriesContext(connection) as asked:
        assert places.follow_centres(TODAY, figures.FLOWS) == 0
    assert len(asked) == 2
    assert Watermark.objects.filter(key="figures.places").count() == 1
