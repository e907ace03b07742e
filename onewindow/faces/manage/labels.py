"""Chinese for what a change was about: verbs, fields and values, with the names behind the numbers in a few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.catalogue.models import Item
from onewindow.faces.design.words import cn_date
from onewindow.people.models import Account, AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Centre, Department, RegulationProfile, Window, Zone

VERBS: Final[dict[str, str]] = {
    "edit_department": "修改部门信息",
    "edit_centre": "修改中心信息",
    "add_zone": "新增功能区",
    "edit_zone": "修改功能区",
    "add_window": "新增窗口",
    "edit_window": "修改窗口",
    "create_account": "新建账号",
    "edit_account": "修改人员信息",
    "deactivate_account": "停用账号",
    "activate_account": "启用账号",
    "reset_password": "重置密码",
    "add_posting": "安排任职",
    "end_posting": "结束任职",
    "sign_letter": "签发授权书",
    "revoke_letter": "撤销授权书",
    "import_calendar": "导入放假安排",
}
FIELDS: Final[dict[str, str]] = {
    "number": "编号",
    "posting": "授权给",
    "account": "人员",
    "role": "角色",
    "code": "窗口号",
    "name": "名称",
    "kind": "类型",
    "mode": "受理方式",
    "departments": "受理哪些部门的事项",
    "zone": "功能区",
    "centre": "中心",
    "department": "部门",
    "window": "窗口",
    "covers": "顶谁的岗（AB 岗）",
    "signed_by": "授权人",
    "actions": "权限",
    "items": "事项",
    "immediate": "当场办结即办件",
    "accept_on_receipt": "收件即受理",
    "valid_from": "起始日期",
    "valid_until": "截止日期",
    "address": "地址",
    "phone": "联系电话",
    "complaint_phone": "投诉电话",
    "hours": "办公时间",
    "profile": "适用的规则",
    "is_active": "状态",
    "is_open": "对外服务",
    "has_phone": "手机号码",
    "new_phone": "换了新的手机号码",
    "changed": "改动的内容",
    "password": "密码",
    "revoked": "撤销",
    "year": "年份",
    "notice": "通知文号",
    "changed_dates": "变动的日期",
    "reason": "原因",
}
_ON_OFF: Final = {"is_active": ("启用", "停用"), "is_open": ("开放", "暂停"), "has_phone": ("已登记", "没有登记")}
_CHOICES: Final[dict[str, dict[str, str]]] = {
    "kind": {**dict(Window.KINDS), **dict(Zone.KINDS), "hand_out": "统一出件"},
    "mode": dict(Window.MODES),
    "role": {role.value: label for role, label in LABELS.items()},
    "actions": {action.value: move.label for action, move in MOVES.items()},
    "changed": {"name": "姓名", "phone": "手机号码"},
    "password": {"reset": "已重置"},
}
_TABLES: Final[dict[str, Any]] = {
    "department": Department,
    "centre": Centre,
    "zone": Zone,
    "window": Window,
    "account": Account,
    "posting": Posting,
    "letter": AuthorisationLetter,
}
_POINTS: Final = {"departments": "department", "covers": "posting", **{name: name for name in _TABLES}}
ADDRESSES: Final = {
    "department": "/manage/departments/{}/",
    "centre": "/manage/centres/{}/",
    "window": "/manage/windows/{}/",
    "zone": "/manage/zones/{}/",
    "account": "/manage/staff/{}/",
    "posting": "/manage/postings/{}/",
    "letter": "/manage/letters/{}/",
}
NOTHING: Final = "（空）"
_ORDER: Final = {key: place for place, key in enumerate(FIELDS)}
_UNSAID: Final = frozenset({"created"})
"""What the verb already says."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in words, before and after."""

    label: str
    before: str
    after: str


@dataclass
class Names:
    """Names by table and number, read for a whole page at once: one query per table that is spoken of."""

    known: dict[str, dict[Any, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[Mapping[str, Any]], subjects: Iterable[str] = ()) -> Names:
        wanted: dict[str, set[Any]] = defaultdict(set)
        for found in values:
            _collect(found, wanted)
        for subject in subjects:
            kind, _, pk = subject.partition(":")
            if kind in _TABLES and pk.isascii() and pk.isdigit() and len(pk) < 19:
                wanted[kind].add(int(pk))
        return cls({table: _read(table, keys) for table, keys in wanted.items() if keys})

    def name(self, table: str, key: Any) -> str:
        return self.known.get(table, {}).get(key, f"{key}")

    def subject(self, subject: str) -> tuple[str, str]:
        """(name, address) of `kind:number`; the address is empty for what has no page."""
        kind, _, pk = subject.partition(":")
        if kind == "calendar":
            return f"{pk}年工作日历", f"/manage/calendar/?year={pk}" if pk.isdigit() else "/manage/calendar/"
        if kind not in _TABLES or not pk.isdigit():
            return subject, ""
        return self.name(kind, int(pk)), ADDRESSES[kind].format(pk)

    def words(self, key: str, value: Any) -> str:
        """A value as people read it."""
        if value is None or value in ("", [], ()):
            return "所有事项" if key == "items" and value == [] else NOTHING
        if isinstance(value, bool):
            yes, no = _ON_OFF.get(key, ("是", "否"))
            return yes if value else no
        if isinstance(value, (list, tuple)):
            return "、".join(self.words(key, part) for part in value)
        if key in _CHOICES:
            return _CHOICES[key].get(str(value), str(value))
        if key in _POINTS and isinstance(value, int):
            return self.name(_POINTS[key], value)
        if key in {"items", "profile"}:
            return self.name(key, value)
        return _date_words(value)

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
        """Each field of either side that differs, in the order of FIELDS; "" for what is empty or was not there."""
        keys = [key for key in {**after, **before} if before.get(key) != after.get(key) and key not in _UNSAID]
        return [
            Difference(FIELDS.get(key, key), self._side(key, before), self._side(key, after))
            for key in sorted(keys, key=lambda key: _ORDER.get(key, len(_ORDER)))
        ]

    def _side(self, key: str, values: Mapping[str, Any]) -> str:
        words = self.words(key, values[key]) if key in values else ""
        return "" if words == NOTHING else words


def _date_words(value: Any) -> str:
    if isinstance(value, dt.date):
        return cn_date(value)
    text = str(value)
    try:
        return cn_date(dt.date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text


def _collect(values: Mapping[str, Any], wanted: dict[str, set[Any]]) -> None:
    for key, value in values.items():
        parts = value if isinstance(value, (list, tuple)) else [value]
        if key in _POINTS:
            wanted[_POINTS[key]] |= {part for part in parts if isinstance(part, int) and not isinstance(part, bool)}
        elif key in {"items", "profile"}:
            wanted[key] |= {part for part in parts if isinstance(part, str)}


def _read(table: str, keys: set[Any]) -> dict[Any, str]:
    if table == "items":
        return dict(Item.objects.filter(key__in=keys).values_list("key", "name"))
    if table == "profile":
        return dict(RegulationProfile.objects.filter(key__in=keys).values_list("key", "name"))
    if table == "posting":
        rows = Posting.objects.filter(pk__in=keys).values_list("pk", "account__name", "role")
        return {pk: f"{name}（{LABELS[Role(role)]}）" for pk, name, role in rows}
    if table == "window":
        windows = Window.objects.filter(pk__in=keys).values_list("pk", "code", "name")
        return {pk: f"{code} {name}" for pk, code, name in windows}
    column = "number" if table == "letter" else "name"
    return dict(_TABLES[table].objects.filter(pk__in=keys).values_list("pk", column))


def action_label(action: str) -> str:
    """授权书里的 decide -> 作出决定."""
    return MOVES[Action(action)].label if action in set(Action) else action


def role_label(role: str) -> str:
    return LABELS[Role(role)] if role in set(Role) else role
