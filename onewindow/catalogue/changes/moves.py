"""What the moves of a change request do beyond the table: the draft is judged, a version is made, its day comes."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from onewindow.catalogue import versions
from onewindow.catalogue.changes.actions import why_not
from onewindow.catalogue.changes.draft import differing, whole
from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.models import ChangeRequest, Item, ItemVersion
from onewindow.digest import digest_of
from onewindow.exchange.outbox import Message
from onewindow.loops import engine
from onewindow.loops.engine import Result, Turn, rule
from onewindow.papers.words import chinese_date
from onewindow.people.authority import SYSTEM
from onewindow.places.models import Centre
from onewindow.problems import FieldError, InvalidInput, NotNow, Refused, Stale

TOPIC: Final = "catalogue.change."
FURTHEST: Final = timedelta(days=3 * 366)
log = logging.getLogger(__name__)


def _here(turn: Turn) -> None:
    if reason := why_not(turn.row, turn.move, turn.by):
        raise Refused(reason)


# ---- the department ------------------------------------------------------------------------------------------------


@rule(CHANGE, "draft")
def _draft(turn: Turn) -> Result:
    """Kept as it is so far; an empty draft is one too."""
    _here(turn)
    base, draft = _drawn_up(turn)
    return Result(changes={"base": base, "draft": draft}, data={"spec": {}, **_kept(draft)})


@rule(CHANGE, "propose")
def _propose(turn: Turn) -> Result:
    _here(turn)
    base, draft = _drawn_up(turn)
    if not draft:
        raise InvalidInput("和现行版本一样，没有改动。请先改要变的地方")
    return Result(changes={"base": base, "draft": draft}, data={"spec": {}, **_kept(draft), "base": base.number})


def _drawn_up(turn: Turn) -> tuple[ItemVersion, dict[str, Any]]:
    """The version in force, and what is to differ from it."""
    item = Item.objects.select_related("current").get(pk=turn.row.item_id)
    assert item.current is not None
    spec = differing(item.current.spec, turn.data.spec)
    draft: dict[str, Any] = {"spec": spec} if spec else {}
    if turn.data.status is not None and turn.data.status != item.status:
        draft["status"] = turn.data.status
    if turn.data.centres is not None:
        now = sorted(item.centres.values_list("key", flat=True))
        asked = sorted(set(turn.data.centres))
        if asked != now:
            _check_centres(asked, turn.row)
            draft["centres"] = asked
    return item.current, draft


def _check_centres(keys: list[str], row: ChangeRequest) -> None:
    """Places of the county, and at least one."""
    if not keys:
        raise InvalidInput("至少要有一个中心", [FieldError("centres", "至少要有一个中心受理；不再办理的，改事项状态")])
    county = row.centre.division_id[:6]
    known = Centre.objects.filter(key__in=keys, division__code__startswith=county).count()
    if known != len(keys):
        raise InvalidInput("没有这个中心", [FieldError("centres", "有的中心不在本县（市、区），请重新选择")])


def _kept(draft: dict[str, Any]) -> dict[str, Any]:
    """What the step remembers: every draft stays in the story."""
    return dict(draft)


@rule(CHANGE, "withdraw")
def _withdraw(turn: Turn) -> Result:
    _here(turn)
    return Result()


# ---- the management body -------------------------------------------------------------------------------------------


@rule(CHANGE, "approve")
@rule(CHANGE, "send_back")
@rule(CHANGE, "reject")
def _review(turn: Turn) -> Result:
    _here(turn)
    return Result()


@rule(CHANGE, "publish")
def _publish(turn: Turn) -> Result:
    """Makes the version, if nobody else's was published meanwhile. Raises Stale otherwise: nothing is merged unseen."""
    _here(turn)
    row: ChangeRequest = turn.row
    today, start = timezone.localdate(turn.now), turn.data.effective_from
    _check_start(start, today)
    item = versions.locked(row.item_id)
    if item.current is None or item.current_id != row.base_id:
        number = item.current.number if item.current else 0
        raise Stale(f"这个事项已经换成第 {number} 版，和起草时不一样了", detail="请退回部门，按现行版本核对以后再报。")
    body = whole(item.current.spec, row.draft.get("spec", {})).model_dump(mode="json")
    made = versions.publish(
        item, body, digest_of(body), start=start, today=today, status=row.draft.get("status"), now=turn.now
    )
    if start <= today:
        _settle_centres(row)
    return Result(
        to="in_force" if start <= today else "",
        changes={"made": made},
        data={"number": made.number},
        messages=_told(row, "published", made),
    )


def _check_start(start: date, today: date) -> None:
    if start < today:
        raise InvalidInput("生效日期不对", [FieldError("effective_from", "生效日期不能在今天以前")])
    if start > today + FURTHEST:
        raise InvalidInput("生效日期不对", [FieldError("effective_from", "生效日期太远了，最多 3 年")])


@rule(CHANGE, "void")
def _void(turn: Turn) -> Result:
    """Before its day only; what was in force cannot be unsaid, it can only be changed again."""
    _here(turn)
    row: ChangeRequest = turn.row
    versions.locked(row.item_id)
    made = row.made
    assert made is not None
    if made.effective_from <= timezone.localdate(turn.now):
        raise NotNow(f"这一版{chinese_date(made.effective_from)}起已经生效，不能作废；要改请另提变更")
    made.voided_at = turn.now
    made.save(update_fields=["voided_at"])
    return Result(data={"number": made.number}, messages=_told(row, "voided", made))


# ---- its day -------------------------------------------------------------------------------------------------------


@rule(CHANGE, "take_effect")
def _take_effect(turn: Turn) -> Result:
    row: ChangeRequest = turn.row
    item = versions.locked(row.item_id)
    made = row.made
    assert made is not None
    if made.effective_from > timezone.localdate(turn.now):
        raise NotNow(f"这一版{chinese_date(made.effective_from)}才生效")
    versions.take_effect(made, item)
    _settle_centres(row)
    return Result(data={"number": made.number}, messages=_told(row, "in_force", made))


def _settle_centres(row: ChangeRequest) -> None:
    if "centres" in row.draft:
        Item.objects.get(pk=row.item_id).centres.set(Centre.objects.filter(key__in=row.draft["centres"]))


def bring_into_force(now: datetime | None = None) -> int:
    """Every published change whose day has come takes effect. Returns how many; again it does nothing."""
    at, done = now or timezone.now(), 0
    due = ChangeRequest.objects.filter(state="published", made__effective_from__lte=timezone.localdate(at))
    for row in due.order_by("made__effective_from", "id"):
        try:
            engine.perform(CHANGE, row, "take_effect", by=SYSTEM, now=at)
        except NotNow:  # another worker was faster
            log.info("change %s is in force already", row.number)
        else:
            done += 1
    return done


def _told(row: ChangeRequest, what: str, made: ItemVersion) -> tuple[Message, ...]:
    payload = {
        "change": row.number,
        "item": row.item.code,
        "version": made.number,
        "effective_from": made.effective_from.isoformat(),
    }
    return (Message(TOPIC + what, f"change:{row.number}", payload),)


__all__ = ["TOPIC", "bring_into_force"]
