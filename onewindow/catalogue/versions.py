"""The one way that versions of items come into being, take effect, and are found again by date.

A file that is imported and a change that was reviewed publish through here. Whoever publishes holds the lock of the
item's row (`locked`), so two at once follow each other. A version with a day ahead is published, but the one before
stays in force until that day; cases stay with the version they were received under.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from onewindow.catalogue.indexing import reindex
from onewindow.catalogue.models import Item, ItemVersion
from onewindow.papers.words import chinese_date
from onewindow.problems import Stale


def locked(pk: int) -> Item:
    """The item with its row locked until the transaction ends. What is in force is asked for after that: a join would
    look at the moment before the lock was had, and miss the version somebody else has just published."""
    found: Item = Item.objects.select_for_update().get(pk=pk)
    return found


def lock_all() -> None:
    """Nobody publishes anything until the transaction ends."""
    list(Item.objects.select_for_update().order_by("pk").values_list("pk"))


def first(entries: Sequence[tuple[Item, dict[str, Any], str]], today: date) -> None:
    """Gives items without a version their first one, in force from today; the caller saves the items."""
    made = ItemVersion.objects.bulk_create(
        ItemVersion(item=item, number=1, body=body, digest=digest, effective_from=today)
        for item, body, digest in entries
    )
    for (item, _, _), version in zip(entries, made, strict=True):
        item.current = version


def publish(
    item: Item,
    body: dict[str, Any],
    digest: str,
    *,
    start: date,
    today: date,
    status: str | None = None,
    now: datetime | None = None,
) -> ItemVersion:
    """The next version of a locked item, in force from `start`: at once when that is today.

    `status` is what the item is from then on (in use, paused, cancelled); None: as it is. Raises Stale while another
    version waits for its day.
    """
    if (other := waiting_for(item)) is not None:
        day = chinese_date(other.effective_from)
        raise Stale(f"这个事项的第 {other.number} 版已经公布，{day}生效", detail="请等它生效，或者先作废那次变更。")
    last = item.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = ItemVersion.objects.create(
        item=item,
        number=last + 1,
        body=body,
        digest=digest,
        status=status or item.status,
        published_at=now or timezone.now(),
        effective_from=start,
    )
    if start <= today:
        take_effect(version, item)
    return version


def take_effect(version: ItemVersion, item: Item) -> None:
    """The version is what the locked item says from now on; the one before ends the day before, or the day it began."""
    before = item.current
    if before is not None and before.pk == version.pk:
        return
    if before is not None:
        before.effective_until = max(version.effective_from - timedelta(days=1), before.effective_from)
        before.save(update_fields=["effective_until"])
    item.current, item.status = version, version.status
    item.name, item.item_type, item.audience = (version.body[name] for name in ("name", "item_type", "audience"))
    item.save(update_fields=["current", "status", "name", "item_type", "audience"])
    reindex([item.pk])


def waiting_for(item: Item) -> ItemVersion | None:
    """The published version of the item that has not taken effect yet."""
    rows = item.versions.filter(voided_at=None)
    if item.current is not None:
        rows = rows.filter(number__gt=item.current.number)
    return rows.order_by("number").first()


def awaited() -> dict[int, date]:
    """Item -> the day on which its next version takes effect, for items that have one published."""
    rows = ItemVersion.objects.filter(voided_at=None, number__gt=F("item__current__number"))
    return dict(rows.values_list("item_id", "effective_from"))


def in_force_on(item: Item, day: date) -> ItemVersion | None:
    """Which version was (or will be) in force on a day; None before the first one."""
    rows = item.versions.filter(voided_at=None, effective_from__lte=day)
    return rows.order_by("-effective_from", "-number").first()


__all__ = ["awaited", "first", "in_force_on", "lock_all", "locked", "publish", "take_effect", "waiting_for"]
