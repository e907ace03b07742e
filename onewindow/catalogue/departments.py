"""Which department a file means: by code, by name, by the short key of the shipped files, or by how it ends."""

from __future__ import annotations

from functools import cache

from onewindow.places.imports import SHIPPED_DEPARTMENTS, read_yaml
from onewindow.places.models import Department


class DepartmentFinder:
    """All active departments, read with one query; `find` costs none."""

    def __init__(self) -> None:
        self._all = list(Department.objects.filter(is_active=True))
        self._exact: dict[str, Department] = {}
        by_code = {department.code: department for department in self._all}
        for alias, code in _aliases().items():
            if code in by_code:
                self._exact[alias] = by_code[code]
        for department in self._all:
            self._exact[department.name] = self._exact[department.code] = department

    def find(self, name: str) -> Department:
        """Raises ValueError with a Chinese sentence when there is none, or more than one."""
        name = name.strip()
        if not name:
            raise ValueError("没有写明部门")
        if name in self._exact:
            return self._exact[name]
        ending = [department for department in self._all if department.name.endswith(name)]
        if len(ending) == 1:
            return ending[0]
        if ending:
            raise ValueError(f"有 {len(ending)} 个部门叫“{name[:40]}”，请写全称或统一社会信用代码")
        raise ValueError(f"没有这个部门：{name[:40]}")


@cache
def _aliases() -> dict[str, str]:
    """Short key or other name -> code, from the shipped list."""
    entries = read_yaml(SHIPPED_DEPARTMENTS, "departments")
    return {alias: entry["code"] for entry in entries for alias in (entry["key"], *entry["also_known_as"])}
