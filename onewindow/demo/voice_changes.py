"""Changes of the demonstration's catalogue: one told too late, one that waits for its day, one still to be drawn up."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from onewindow.catalogue.changes import actions as changes
from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.models import ChangeRequest, Item
from onewindow.demo.voice_days import Days

_LATE: Final = {
    "item": "food-operation-licence",
    "kind": "law",
    "basis_name": "演示：食品经营许可管理办法（修订）",
    "basis_number": "演示令第 1 号",
    "words": "新办法缩短了现场核查的时间。",
}
_AHEAD: Final = {
    "item": "food-operation-licence-renewal",
    "kind": "reform",
    "basis_name": "演示：进一步优化延续许可的通知",
    "basis_number": "演示发〔2026〕2号",
    "words": "写明咨询电话。",
}
_OPEN: Final = {
    "item": "public-place-hygiene-permit",
    "kind": "deviation",
    "basis_name": "指南写要原件，窗口收的是复印件",
    "words": "群众来问了几次，指南要和窗口一致。",
}


def load(days: Days) -> int:
    if _known(_LATE):
        _late(days)
    if _known(_AHEAD):
        _ahead(days)
    if _known(_OPEN):
        told = {**_OPEN, "basis_on": str(days.ago(1).date())}
        changes.tell(told, days.actor(_editor(days, _OPEN["item"])), now=days.ago(0, 16))
    return int(ChangeRequest.objects.count())


def _known(told: dict[str, str]) -> bool:
    return bool(Item.objects.in_use().filter(key=told["item"]).exists())


def _late(days: Days) -> None:
    """Published eight working days ago, told on the fifth day after: a card; now it is reviewed."""
    told = {**_LATE, "basis_on": str(days.ago(8).date())}
    row = changes.tell(told, days.actor("editor1"), now=days.ago(3, 10.5))
    promised = _spec(row)["promised_limit"]
    shorter = {"promised_limit": {**promised, "n": max(promised["n"] - 1, 1)}}
    given = {"spec": shorter, "words": "承诺时限少一天。"}
    days.do(CHANGE, row, "propose", "editor1", days.ago(1, 15), **given)


def _ahead(days: Days) -> None:
    """Everything in time; the new version is in force from the first of the month after next."""
    told = {**_AHEAD, "basis_on": str(days.ago(6).date())}
    row = changes.tell(told, days.actor("editor1"), now=days.ago(6, 14))
    given = {"spec": {"contact": {"consult": "0737-8880000 转许可科", "complain": None}}}
    row = days.do(CHANGE, row, "propose", "editor1", days.ago(5, 9.5), **given)
    row = days.do(CHANGE, row, "approve", "publisher1", days.ago(4, 10), words="和通知一致")
    start = (days.now.date().replace(day=1) + dt.timedelta(days=62)).replace(day=1)
    days.do(CHANGE, row, "publish", "publisher1", days.ago(4, 15), effective_from=str(start))


def _spec(row: ChangeRequest) -> dict[str, Any]:
    assert row.base is not None
    return row.base.spec.model_dump(mode="json")


def _editor(days: Days, key: str) -> str:
    """Who speaks for the department of an item."""
    return days.lead(Item.objects.get(key=key).department_id)
