"""Two who publish at once, two workers on the same morning: one version, one step, and a clear word for the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.changes.moves import bring_into_force
from onewindow.catalogue.models import ChangeRequest, Item, ItemVersion
from onewindow.loops.engine import steps
from onewindow.problems import Problem
from tests.cast import FOOD, Cast
from tests.catalogue.changing import act, at
from tests.catalogue.test_change_effect import midnight
from tests.races.conftest import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(call: Callable[[], Any]) -> str:
    try:
        call()
    except Problem as problem:
        return f"{type(problem).__name__} {problem.title}"
    return "done"


def test_two_publishers_of_one_request_make_one_version(cast: Cast) -> None:
    row = at(cast, "approved")
    answers = all_at_once(
        [partial(outcome, partial(act, cast, row, "publish", who)) for who in ("publisher1", "manager1") * 3]
    )
    told = Counter(answer.partition(" ")[0] for answer in answers)
    assert told == {"done": 1, "NotNow": 5}
    assert ItemVersion.objects.filter(item__key=FOOD).count() == 2


def test_two_requests_for_one_item_published_at_once_make_one_version(cast: Cast) -> None:
    rows = [at(cast, "approved", spec={"note": text}) for text in ("甲", "乙", "丙")]
    today = {"effective_from": "2026-11-23"}
    answers = all_at_once([partial(outcome, partial(act, cast, row, "publish", **today)) for row in rows])
    assert sorted(answer.partition(" ")[0] for answer in answers) == ["Stale", "Stale", "done"]
    assert all("已经换成第 2 版" in answer for answer in answers if answer != "done")
    item = Item.objects.select_related("current").get(key=FOOD)
    assert item.current is not None
    assert (item.current.number, item.versions.count()) == (2, 2)


def test_several_workers_on_one_morning_bring_it_into_force_once(cast: Cast) -> None:
    row = at(cast, "published")
    done = all_at_once([partial(bring_into_force, midnight("2026-12-01")) for _ in range(4)])
    assert sum(done) == 1
    row = ChangeRequest.objects.get(pk=row.pk)
    assert [step.action for step in steps(CHANGE, row)].count("take_effect") == 1
    assert Item.objects.get(key=FOOD).current_id == row.made_id
