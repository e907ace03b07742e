"""Importing places: divisions by their statistics codes, departments, regulation profiles.

Every import may be repeated: what is the same stays untouched. Rows that cannot be used are rejected one by one and
named; the others are written in one transaction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from django.db import connection, transaction

from onewindow.importing import Report, UnreadableFile, csv_rows
from onewindow.places.models import Department, Division, RegulationProfile
from onewindow.places.profiles import rules_of

DATA: Final = Path(__file__).parent / "data"
SHIPPED_DIVISIONS: Final = DATA / "divisions.csv.gz"
SHIPPED_DEPARTMENTS: Final = DATA / "departments.yaml"
SHIPPED_PROFILES: Final = DATA / "profiles.yaml"

_LENGTHS: Final = {"province": 2, "city": 4, "county": 6, "township": 9, "village": 12}
_LEVELS: Final = {length: level for level, length in _LENGTHS.items()}
_CODE: Final = re.compile(r"[0-9]{2,12}")


class DivisionRow(NamedTuple):
    code: str
    name: str
    level: str
    parent: str | None


def import_divisions(path: Path, *, dry_run: bool = False, strict: bool = False) -> Report:
    """Imports `code,name,level,parent` from CSV, plain or gzip. Raises UnreadableFile.

    A row needs its parent in the file or in the table; a row whose parent is rejected is rejected with it.
    """
    report = Report("行政区划", dry_run=dry_run)
    rows = _division_rows(path, report)
    known = {row[0]: DivisionRow(*row) for row in _stored_divisions()}
    rows = _with_parents(rows, known, report)
    fresh = [row for _, row in rows if row.code not in known]
    changed = [row for _, row in rows if row.code in known and known[row.code] != row]
    report.created, report.changed = len(fresh), len(changed)
    report.unchanged = len(rows) - len(fresh) - len(changed)
    report.abandoned = strict and bool(report.rejected)
    if not (dry_run or report.abandoned) and (fresh or changed):
        _write_divisions([*fresh, *changed])
    return report


def _stored_divisions() -> Iterable[tuple[str, str, str, str | None]]:
    return Division.objects.values_list("code", "name", "level", "parent_id")


def _division_rows(path: Path, report: Report) -> list[tuple[int, DivisionRow]]:
    rows: list[tuple[int, DivisionRow]] = []
    seen: set[str] = set()
    for line, cells in csv_rows(path, {"code", "name"}):
        try:
            row = _division(cells)
            if row.code in seen:
                raise ValueError(f"代码 {row.code} 出现了两次")
        except ValueError as error:
            report.reject(f"第 {line} 行", str(error))
            continue
        seen.add(row.code)
        rows.append((line, row))
    return rows


def _division(cells: dict[str, str]) -> DivisionRow:
    """One checked row; level and parent may be left out, as the code says both."""
    code, name = cells["code"], cells["name"]
    if not _CODE.fullmatch(code) or len(code) not in _LEVELS:
        raise ValueError(f"代码“{code[:20]}”应当是 2、4、6、9 或 12 位数字")
    # Private-use characters stay: older code tables keep rare place-name characters there.
    if not name or len(name) > 80 or any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in name):
        raise ValueError(f"代码 {code} 的名称应当有 1 至 80 个字")
    level = cells.get("level") or _LEVELS[len(code)]
    if level != _LEVELS[len(code)]:
        raise ValueError(f"代码 {code} 有 {len(code)} 位，级别应当是 {_LEVELS[len(code)]}，不是“{level[:20]}”")
    parent = cells.get("parent") or _parent_of(code)
    if parent != _parent_of(code):
        raise ValueError(f"代码 {code} 的上级应当是 {_parent_of(code) or '空'}，不是“{(parent or '')[:20]}”")
    return DivisionRow(code, name, level, parent)


def _parent_of(code: str) -> str | None:
    shorter = [length for length in _LEVELS if length < len(code)]
    return code[: max(shorter)] if shorter else None


def _with_parents(
    rows: Sequence[tuple[int, DivisionRow]], known: dict[str, DivisionRow], report: Report
) -> list[tuple[int, DivisionRow]]:
    """Rows whose parents exist; from the top down, so that a missing county takes its towns and villages with it."""
    usable = set(known)
    kept: list[tuple[int, DivisionRow]] = []
    for line, row in sorted(rows, key=lambda numbered: len(numbered[1].code)):
        if row.parent is not None and row.parent not in usable:
            report.reject(f"第 {line} 行", f"没有上级区划 {row.parent}（{row.code} {row.name}）")
            continue
        usable.add(row.code)
        kept.append((line, row))
    return kept


def _write_divisions(rows: Sequence[DivisionRow]) -> None:
    """COPY into a temporary table and one upsert: 43,000 rows in about a second."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE arriving (code text, name text, level text, parent text) ON COMMIT DROP")
        with cursor.copy("COPY arriving FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            "INSERT INTO places_division (code, name, level, parent_id) SELECT code, name, level, parent FROM arriving"
            " ORDER BY length(code) ON CONFLICT (code) DO UPDATE"
            " SET name = excluded.name, level = excluded.level, parent_id = excluded.parent_id"
        )
        cursor.execute("DROP TABLE arriving")


# ---- departments ------------------------------------------------------------------------------------------------


def read_yaml(path: Path, key: str) -> list[dict[str, Any]]:
    """The list under `key` of a YAML file. Raises UnreadableFile."""
    try:
        raw = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except FileNotFoundError as error:
        raise UnreadableFile(f"读不了文件 {path}：没有这个文件") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnreadableFile(f"文件 {path} 不是有效的 YAML") from error
    entries = raw.get(key) if isinstance(raw, dict) else None
    if not isinstance(entries, list):
        raise UnreadableFile(f"文件 {path} 里没有 {key} 列表")
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def import_departments(division: Division, path: Path = SHIPPED_DEPARTMENTS) -> dict[str, Department]:
    """Loads the shipped departments under a division; returns them by the `key` that items.yaml uses."""
    entries = read_yaml(path, "departments")
    with transaction.atomic():
        known = {department.code: department for department in Department.objects.all()}
        found = {entry["key"]: _department(entry, division, known) for entry in entries}
        for entry in entries:
            parent = found.get(entry.get("parent") or "")
            if parent is not None and found[entry["key"]].parent_id != parent.pk:
                found[entry["key"]].parent = parent
                found[entry["key"]].save(update_fields=["parent"])
    return found


def _department(entry: dict[str, Any], division: Division, known: dict[str, Department]) -> Department:
    """The stored department with this code, made if missing. What the operator changed since is left alone."""
    if entry["code"] in known:
        return known[entry["code"]]
    return Department.objects.create(
        code=entry["code"],
        name=entry["name"],
        short_name=entry["short_name"],
        kind=entry["kind"],
        division=division,
        phone=entry.get("phone", ""),
        complaint_phone=entry.get("complaint_phone", ""),
    )


def import_profiles(path: Path = SHIPPED_PROFILES) -> None:
    """Loads the regulation profiles that come with the package; rules set by the operator are left alone."""
    for entry in yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader):
        rules_of(entry["rules"])
        RegulationProfile.objects.get_or_create(
            key=entry["key"], defaults={"name": entry["name"], "rules": entry["rules"]}
        )
