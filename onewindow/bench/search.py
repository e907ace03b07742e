"""The catalogue search over 10,000 items: a made-up catalogue from real names."""

from __future__ import annotations

import csv
import random
import statistics
import time
from typing import Any

from django.db import connection, transaction

from onewindow.catalogue.imports import SHIPPED_NAMES
from onewindow.catalogue.indexing import reindex
from onewindow.catalogue.models import BasicItem, Item, ItemVersion, SearchTerm
from onewindow.catalogue.search import search
from onewindow.demo.base import load_base
from onewindow.digest import digest_of

QUERIES = """
开饭店 娃上学 上户口 结婚 办身份证 开公司 装宽带 房子过户 营业执照 登记 许可 食品经营许可 公司注销 退休 残疾证 社保
我想开个饭店需要什么材料 道路运输经营许可变更 城乡居民医保参保登记怎么办理 建设工程规划许可证核发
取公积金 身分证 卖烟 建设项目竣工验收备案 申请低保
"""
_VARIANTS = ("新办", "变更", "延续", "注销", "补发", "县级", "初审", "备案", "个人", "企业", "查询", "年度报告")


def run(items: int = 10_000, rounds: int = 8) -> dict[str, float]:
    """Milliseconds per query (median, p95, slowest) with this many items in use, and to index them all.

    Run it on a database of its own: the made-up items are stored, measured after a VACUUM as in daily use, and deleted.
    """
    if not Item.objects.in_use().exists():
        load_base()
    figures: dict[str, float] = {}
    try:
        fill(items)
        started = time.perf_counter()
        reindex()
        figures["建索引"] = (time.perf_counter() - started) * 1000
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE catalogue_item, catalogue_searchterm")
        times = [_timed(query) for _ in range(rounds) for query in QUERIES.split()]
    finally:
        empty()
    figures["查询 median"] = statistics.median(times)
    figures["查询 p95"] = statistics.quantiles(times, n=20)[-1]
    figures["查询最慢"] = max(times)
    return figures


def empty() -> None:
    """Removes the made-up items."""
    made_up = Item.objects.filter(key__startswith="bench-")
    with transaction.atomic():
        made_up.update(current=None)
        SearchTerm.objects.filter(item__in=made_up).delete()
        ItemVersion.objects.filter(item__in=made_up).delete()
        made_up.delete()
        BasicItem.objects.filter(code__startswith="9920").delete()


def _timed(query: str) -> float:
    started = time.perf_counter()
    search(query)
    return (time.perf_counter() - started) * 1000


def fill(items: int, seed: int = 7) -> None:
    """Adds items until there are this many in use: real names with variants, the bodies of the specified items."""
    chance = random.Random(seed)
    models = list(Item.objects.in_use().select_related("current", "department"))
    with SHIPPED_NAMES.open(encoding="utf-8", newline="") as lines:
        names = [row["name"] for row in csv.DictReader(lines)]
    fresh = [_item(number, chance, models, names) for number in range(max(items - len(models), 0))]
    BasicItem.objects.bulk_create((BasicItem(code=item.basic_id, name=item.name) for item, _ in fresh), batch_size=2000)
    Item.objects.bulk_create((item for item, _ in fresh), batch_size=2000)
    versions = ItemVersion.objects.bulk_create(
        (
            ItemVersion(item=item, number=1, body=body, digest=digest_of([item.code]), effective_from="2026-01-01")
            for item, body in fresh
        ),
        batch_size=1000,
    )
    for (item, _), version in zip(fresh, versions, strict=True):
        item.current = version
    Item.objects.bulk_update((item for item, _ in fresh), ["current"], batch_size=2000)


def _item(number: int, chance: random.Random, models: list[Item], names: list[str]) -> tuple[Item, dict[str, Any]]:
    like = chance.choice(models)
    assert like.current is not None
    name = f"{chance.choice(names)}（{chance.choice(_VARIANTS)}）"[:200]
    words = [word for other in chance.sample(models, 2) if other.current for word in other.current.spec.keywords]
    body = {**like.current.body, "name": name, "keywords": chance.sample(words, min(4, len(words)))}
    basic = f"9920{number:08}"
    item = Item(
        code=f"{like.department.code}4{basic}",
        key=f"bench-{number}",
        basic_id=basic,
        department=like.department,
        name=name,
        item_type=like.item_type,
        audience=like.audience,
        topics=like.topics,
    )
    return item, body
