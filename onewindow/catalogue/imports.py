"""Importing the catalogue: items with their published versions, themes (一件事), and bare item names.

Each import may be repeated. An item whose content is the same (SM3 of its canonical JSON) stays untouched; a changed
one gets a new version in force from today, and cases already received keep the version they are pinned to. Entries
that cannot be used are rejected one by one and named; the others are written in one transaction.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from onewindow.catalogue import versions
from onewindow.catalogue.checks import check_theme, parse_item
from onewindow.catalogue.departments import DepartmentFinder
from onewindow.catalogue.indexing import reindex
from onewindow.catalogue.models import BasicItem, Item, Theme
from onewindow.catalogue.spec import ItemSpec
from onewindow.catalogue.topics import topics_of
from onewindow.digest import digest_of
from onewindow.importing import Report, csv_rows
from onewindow.places.imports import read_yaml
from onewindow.places.models import Department
from onewindow.problems import InvalidInput

DATA: Final = Path(__file__).parent / "data"
SHIPPED_ITEMS: Final = DATA / "items.yaml"
SHIPPED_THEMES: Final = DATA / "themes.yaml"
SHIPPED_NAMES: Final = DATA / "item_names.csv"
LEVEL: Final = {"province": "2", "city": "3", "county": "4", "township": "5", "village": "6"}
"""行使层级 of GB/T 39046, by the level of the department's division."""

_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BASIC: Final = re.compile(r"[0-9]{12}")
_TYPES: Final = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"})
_BESIDE_SPEC: Final = ("key", "department", "basic_code", "topics")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One usable item of the file."""

    key: str
    department: Department
    basic_code: str
    topics: list[str]
    body: dict[str, Any]
    digest: str

    @property
    def code(self) -> str:
        """实施编码: 18 + 1 + 12 characters."""
        return f"{self.department.code}{LEVEL[self.department.division.level]}{self.basic_code}"


def import_items(path: Path, *, dry_run: bool = False, strict: bool = False, today: date | None = None) -> Report:
    """Imports items in the format of data/items.yaml. Raises UnreadableFile."""
    report = Report("事项", dry_run=dry_run)
    finder = DepartmentFinder()
    entries = _usable(read_yaml(path, "items"), finder, report)
    with transaction.atomic():
        _sort_items(entries, report, strict, today or timezone.localdate())
    return report


def _usable(raws: Iterable[dict[str, Any]], finder: DepartmentFinder, report: Report) -> list[_Entry]:
    entries: dict[str, _Entry] = {}
    codes: set[str] = set()
    for place, raw in enumerate(raws, start=1):
        where = f"第 {place} 项 {str(raw.get('key') or raw.get('name') or '')[:80]}".strip()
        try:
            entry = _entry(raw, finder)
            if entry.key in entries or entry.code in codes:
                raise ValueError("文件里有同样 key 或编码的事项")
            entries[entry.key] = entry
            codes.add(entry.code)
        except ValueError as error:
            report.reject(where, str(error))
    return list(entries.values())


def _entry(raw: dict[str, Any], finder: DepartmentFinder) -> _Entry:
    key = str(raw.get("key") or "")
    if not _KEY.fullmatch(key) or len(key) > 80:
        raise ValueError("key 应当由小写字母、数字和短横线组成，最多 80 个字符")
    basic = str(raw.get("basic_code") or basic_codes().get(key, ""))
    if not _BASIC.fullmatch(basic):
        raise ValueError("没有 12 位的基本编码，请写在 basic_code 里")
    department = finder.find(str(raw.get("department") or ""))
    spec = read_spec(raw)
    body = spec.model_dump(mode="json")
    topics = raw["topics"] if isinstance(raw.get("topics"), list) else list(topics_of(key))
    return _Entry(key, department, basic, [str(topic) for topic in topics], body, digest_of(body))


def read_spec(raw: dict[str, Any]) -> ItemSpec:
    """The item as a value. Raises ValueError that names every wrong field in Chinese."""
    content = {name: value for name, value in raw.items() if name not in _BESIDE_SPEC}
    try:
        return parse_item(content)
    except InvalidInput as problem:
        found = [f"{one.field} {one.message}" for one in problem.errors if one.message != problem.title]
        raise ValueError("；".join(found) or problem.title) from problem


@cache
def basic_codes() -> dict[str, str]:
    """Item key -> basic code (region 2, type 2, main item 5, sub-item 3 digits) of the shipped items."""
    with (DATA / "basic_codes.csv").open(encoding="utf-8", newline="") as lines:
        return {row["key"]: row["basic_code"] for row in csv.DictReader(lines)}


def _sort_items(entries: list[_Entry], report: Report, strict: bool, today: date) -> None:
    """Tells new, changed and same entries apart, then writes unless this is a dry run."""
    versions.lock_all()
    stored = {item.key: item for item in Item.objects.select_related("current", "department")}
    awaited = versions.awaited()
    bare = {item.basic_id: item for item in stored.values() if item.current is None}
    fresh: list[tuple[_Entry, Item | None]] = []
    changed: list[tuple[_Entry, Item]] = []
    for entry in entries:
        item = stored.get(entry.key)
        if item is None or item.current is None:
            fresh.append((entry, item or bare.get(entry.basic_code)))
        elif item.code != entry.code:
            report.reject(
                entry.key, f"事项编码不能改变（原来是 {item.code}，文件里是 {entry.code}）；请停用旧事项后另建"
            )
        elif item.current.digest != entry.digest and (day := awaited.get(item.pk)):
            report.reject(
                entry.key, f"这个事项已经公布了 {day:%Y年%m月%d日} 生效的新版本，请等它生效，或者先作废那次变更"
            )
        elif item.current.digest != entry.digest or item.topics != entry.topics:
            changed.append((entry, item))
        else:
            report.unchanged += 1
    report.created, report.changed = len(fresh), len(changed)
    report.abandoned = strict and bool(report.rejected)
    if report.dry_run or report.abandoned:
        return
    written = [*_create(fresh, today), *(_revise(entry, item, today) for entry, item in changed)]
    if written:
        reindex(item.pk for item in written)


def _create(fresh: list[tuple[_Entry, Item | None]], today: date) -> list[Item]:
    """New items with their first version; an item known so far only by name is taken over."""
    BasicItem.objects.bulk_create(
        [BasicItem(code=entry.basic_code, name=entry.body["name"]) for entry, _ in fresh], ignore_conflicts=True
    )
    items = [_filled(entry, bare or Item()) for entry, bare in fresh]
    Item.objects.bulk_create([item for item in items if item.pk is None])
    versions.first([(item, entry.body, entry.digest) for (entry, _), item in zip(fresh, items, strict=True)], today)
    fields = ["code", "key", "department", "name", "item_type", "audience", "topics", "status", "current"]
    Item.objects.bulk_update(items, fields)
    return items


def _filled(entry: _Entry, item: Item) -> Item:
    item.code, item.key, item.basic_id, item.department = entry.code, entry.key, entry.basic_code, entry.department
    item.name, item.item_type, item.audience = entry.body["name"], entry.body["item_type"], entry.body["audience"]
    item.topics, item.status = entry.topics, "in_use"
    return item


def _revise(entry: _Entry, item: Item, today: date) -> Item:
    """The next version, in force from today, where the content differs."""
    assert item.current is not None
    if item.current.digest != entry.digest:
        item.current = versions.publish(item, entry.body, entry.digest, start=today, today=today)
    status = item.status
    _filled(entry, item).status = status
    item.save()
    return item


# ---- bare names -------------------------------------------------------------------------------------------------


def import_names(path: Path, *, dry_run: bool = False, strict: bool = False) -> Report:
    """Imports `department,name,item_type_code,basic_code` as entries of the basic catalogue.

    A name has no materials and no limits yet, so nobody can apply for it: it becomes a paused item without a version,
    which an editor can find and complete. A name whose basic code already belongs to an item changes nothing there.
    """
    report = Report("事项目录", dry_run=dry_run)
    finder = DepartmentFinder()
    rows: dict[str, tuple[Department, dict[str, str]]] = {}
    for line, cells in csv_rows(path, {"department", "name", "item_type_code", "basic_code"}):
        try:
            _check_name(cells, rows)
            rows[cells["basic_code"]] = (finder.find(cells["department"]), cells)
        except ValueError as error:
            report.reject(f"第 {line} 行", str(error))
    with transaction.atomic():
        _sort_names(rows, report, strict)
    return report


def _check_name(cells: dict[str, str], rows: dict[str, Any]) -> None:
    if not _BASIC.fullmatch(cells["basic_code"]):
        raise ValueError("basic_code 应当是 12 位数字的基本编码")
    if cells["basic_code"] in rows:
        raise ValueError(f"基本编码 {cells['basic_code']} 出现了两次")
    if not cells["name"] or len(cells["name"]) > 200:
        raise ValueError("事项名称应当有 1 至 200 个字")
    if cells["item_type_code"] not in _TYPES:
        raise ValueError(f"没有这种事项类型：{cells['item_type_code'][:20] or '空'}（GB/T 39046 两位代码）")


def _sort_names(rows: dict[str, tuple[Department, dict[str, str]]], report: Report, strict: bool) -> None:
    stored = {item.basic_id: item for item in Item.objects.filter(basic_id__in=rows)}
    fresh = [basic for basic in rows if basic not in stored]
    renamed = [
        item
        for basic, item in stored.items()
        if item.key == f"basic-{basic}" and item.current_id is None and item.name != rows[basic][1]["name"]
    ]
    report.created, report.changed = len(fresh), len(renamed)
    report.unchanged = len(rows) - len(fresh) - len(renamed)
    report.abandoned = strict and bool(report.rejected)
    if report.dry_run or report.abandoned:
        return
    for item in renamed:
        item.name = rows[item.basic_id][1]["name"]
    Item.objects.bulk_update(renamed, ["name"])
    BasicItem.objects.bulk_create(
        [BasicItem(code=basic, name=rows[basic][1]["name"]) for basic in fresh], ignore_conflicts=True
    )
    created = Item.objects.bulk_create([_bare_item(basic, *rows[basic]) for basic in fresh])
    reindex(item.pk for item in [*created, *renamed])


def _bare_item(basic: str, department: Department, cells: dict[str, str]) -> Item:
    return Item(
        code=f"{department.code}{LEVEL[department.division.level]}{basic}",
        key=f"basic-{basic}",
        basic_id=basic,
        department=department,
        name=cells["name"],
        item_type=cells["item_type_code"],
        audience="both",
        status="paused",
    )


# ---- themes -----------------------------------------------------------------------------------------------------


def import_themes(path: Path, *, dry_run: bool = False, strict: bool = False) -> Report:
    """Imports themes in the format of data/themes.yaml; their items must be in the catalogue. Raises UnreadableFile."""
    report = Report("一件事", dry_run=dry_run)
    finder = DepartmentFinder()
    items = {item.key: item for item in Item.objects.in_use().select_related("current")}
    stored = {theme.key: theme for theme in Theme.objects.all()}
    with transaction.atomic():
        ready = []
        for place, raw in enumerate(read_yaml(path, "themes"), start=1):
            try:
                ready.append(_theme(raw, items, stored, finder))
            except ValueError as error:
                report.reject(f"第 {place} 项 {str(raw.get('key') or '')[:80]}".strip(), str(error))
        _write_themes(ready, items, report, strict)
    return report


def _theme(
    raw: dict[str, Any], items: dict[str, Item], stored: dict[str, Theme], finder: DepartmentFinder
) -> tuple[Theme, dict[str, Any]]:
    """The theme, filled but for its body, and the body that it is to have."""
    key, name = str(raw.get("key") or ""), str(raw.get("name") or "")
    if not _KEY.fullmatch(key) or len(key) > 80:
        raise ValueError("key 应当由小写字母、数字和短横线组成，最多 80 个字符")
    if not name or len(name) > 120:
        raise ValueError("名称应当有 1 至 120 个字")
    if raw.get("audience") not in {"natural", "legal", "both"}:
        raise ValueError("audience 应当是 natural、legal 或 both")
    check_theme(raw, {item_key: item.current.spec for item_key, item in items.items() if item.current})
    theme = stored.get(key) or Theme(key=key)
    theme.lead_department = finder.find(str(raw.get("lead_department") or ""))
    theme.name, theme.audience = name, raw["audience"]
    return theme, raw


def _write_themes(
    ready: list[tuple[Theme, dict[str, Any]]], items: dict[str, Item], report: Report, strict: bool
) -> None:
    pending = [(theme, body) for theme, body in ready if theme.pk is None or theme.body != body]
    report.unchanged = len(ready) - len(pending)
    report.created = sum(theme.pk is None for theme, _ in pending)
    report.changed = len(pending) - report.created
    report.abandoned = strict and bool(report.rejected)
    if report.dry_run or report.abandoned:
        return
    for theme, body in pending:
        theme.body = body
        theme.save()
        theme.items.set([items[entry["item"]] for entry in body["items"]])
