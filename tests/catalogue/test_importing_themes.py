"""一件事: the ten shipped themes fit the catalogue; a theme that refers to what is not there is named."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction

from onewindow.catalogue.imports import SHIPPED_THEMES, import_themes
from onewindow.catalogue.models import Theme

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
_ALL: list[dict[str, Any]] = yaml.safe_load(SHIPPED_THEMES.read_text("utf-8"))["themes"]
NEWBORN = next(theme for theme in _ALL if theme["key"] == "newborn")


@pytest.fixture(autouse=True)
def _undone() -> Any:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def imported(tmp_path: Path, **fields: Any) -> str:
    path = tmp_path / "themes.yaml"
    path.write_text(yaml.safe_dump({"themes": [{**copy.deepcopy(NEWBORN), **fields}]}, allow_unicode=True), "utf-8")
    return import_themes(path).words


def test_the_shipped_themes_come_in_and_stay_the_same() -> None:
    assert (import_themes(SHIPPED_THEMES).created, Theme.objects.count()) == (10, 10)
    assert import_themes(SHIPPED_THEMES).unchanged == 10
    assert Theme.objects.get(key="newborn").items.count() == len(NEWBORN["items"])


def test_a_changed_theme_is_updated(tmp_path: Path) -> None:
    import_themes(SHIPPED_THEMES)
    assert "更新 1" in imported(tmp_path, name="新生儿出生一件事")
    assert Theme.objects.get(key="newborn").name == "新生儿出生一件事"


def items(**fields: Any) -> list[dict[str, Any]]:
    """The newborn items with the second one changed."""
    entries = copy.deepcopy(NEWBORN["items"])
    entries[1].update(fields)
    return entries


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"items": items(item="moon-landing")}, "没有在用的事项：moon-landing"),
        ({"items": items(when="weather.sunny")}, "weather.sunny 不是任何情形的选项"),
        ({"items": items(depends_on=["id-card"])}, "不在这件事里"),
        ({"items": items(depends_on=["vaccination-certificate"])}, "互相等待"),
        ({"items": items(preset={"age": "old"})}, "没有情形选项 age.old"),
        ({"items": []}, "事项的列表"),
        ({"lead_department": "外星事务局"}, "没有这个部门"),
        ({"audience": "everybody"}, "audience"),
        ({"key": "新生儿"}, "小写字母"),
    ],
)
def test_a_theme_that_does_not_fit_is_named_with_the_reason(tmp_path: Path, fields: dict[str, Any], why: str) -> None:
    assert why in imported(tmp_path, **fields)
    assert not Theme.objects.exists()
