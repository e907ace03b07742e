"""Chinese for what a change was about: verbs, fields and values, with the names behind the numbers in a few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from onewindow.cases.lifecycle import MOVES, Action
from onewindow.catalogue.models import Item
from onewindow.faces.design.words import cn_date, cn_datetime
from onewindow.hall.models import Queue, Terminal
from onewindow.hall.rules import PRIORITY_LABELS
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
    "set_weekly_hours": "修改每周办公时间",
    "set_day_hours": "修改某一天的办公时间",
    "clear_day_hours": "某一天恢复平常的办公时间",
    "edit_hall_rules": "修改大厅规则",
    "add_queue": "新增队伍",
    "edit_queue": "修改队伍",
    "set_window_items": "修改窗口办的事项",
    "set_posting_items": "修改人员不能办的事项",
    "add_closure": "安排窗口停办",
    "remove_closure": "取消窗口停办",
    "enrol_terminal": "登记取号机、评价屏",
    "renew_terminal": "换终端的登记地址",
    "revoke_terminal": "停用终端",
    "copy_rules": "复制监察规则",
    "edit_rule": "修改监察规则",
    "add_rule": "新增监察规则",
    "assign_rules": "换监察规则",
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
    "day": "日期",
    "from": "从哪一天起",
    "until": "到哪一天为止",
    **{f"weekday_{n}": f"星期{name}" for n, name in enumerate("一二三四五六日")},
    "starts_at": "从什么时候",
    "ends_at": "到什么时候",
    "displaced": "要另选时间的预约",
    "letter": "字母",
    "takes_appointments": "可以预约",
    "less": "不办的事项",
    "more": "另外办的事项",
    "less_items": "不办的事项",
    "more_items": "另外办的事项",
    "cannot": "还不能办的事项",
    "hall_notice": "公告",
    "rule_set": "监察规则",
    "base": "从哪一套复制",
    "rule_name": "规则名称",
    "rule_active": "这条规则",
    "rule_subject": "管什么",
    "rule_kinds": "哪些时限",
    "rule_trigger": "什么时候发出",
    "rule_values": "界线",
    "rule_level": "级别",
    "rule_tell": "告诉谁",
    "rule_duty": "依据",
    "terminal_state": "状态",
    "walk_in_share": "留给不预约的人",
    "slot_minutes": "一个时段（分钟）",
    "horizon_days": "最多提前（天）",
    "early_minutes": "最早签到（分钟）",
    "release_minutes": "没来就让出（分钟）",
    "reminder_hours": "提前提醒（小时）",
    "fairness": "最多等平均的几倍",
    "fairness_floor": "平均等候不低于（分钟）",
    "missed_back": "过号以后排在后几位",
    "missed_most": "最多过号（次）",
    "missed_minutes": "过号保留（分钟）",
    "stop_margin": "下班前留出（分钟）",
    "manned_minutes": "只算开着的窗口（分钟）",
    "forget_days": "来访人信息保存（天）",
    "keep_overnight": "没办完的号第二天还算",
    "self_declared": "取号机上可以自己说明优先",
    "phone_tickets": "可以用手机扫码取号",
    "enrolled_only": "只有登记过的取号机能取号",
    "wait_limit": "等候太久的界线（分钟）",
    "service_minutes": "办一件大约（分钟）",
    "advance": "优先往前排（分钟）",
    **{f"advance_{one.value}": f"{label}往前排（分钟）" for one, label in PRIORITY_LABELS.items() if one},
}
_ON_OFF: Final = {"is_active": ("启用", "停用"), "is_open": ("开放", "暂停"), "has_phone": ("已登记", "没有登记")}
_CHOICES: Final[dict[str, dict[str, str]]] = {
    "kind": {**dict(Window.KINDS), **dict(Zone.KINDS), **dict(Terminal.KINDS), "hand_out": "统一出件"},
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
    "queue": Queue,
    "terminal": Terminal,
}
_POINTS: Final = {
    "departments": "department",
    "covers": "posting",
    **{name: name for name in _TABLES},
}
_ITEM_LISTS: Final = frozenset({"items", "less", "more", "cannot"})
"""Fields that name items by key; `less_items` and `more_items` do so by number."""
_ITEM_NUMBERS: Final = frozenset({"less_items", "more_items"})
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
_UNSAID: Final = frozenset({"created", "closure"})
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
        if kind == "rules":
            key, _, code = pk.partition("/")
            return f"监察规则 {code or key}", f"/manage/rules/{key}/{f'{code}/' if code else ''}"
        if kind not in _TABLES or not pk.isdigit():
            return subject, ""
        return self.name(kind, int(pk)), ADDRESSES.get(kind, "").format(pk)

    def words(self, key: str, value: Any) -> str:
        """A value as people read it."""
        if value is None or value in ("", [], ()):
            return "所有事项" if key == "items" and value == [] else NOTHING
        if isinstance(value, bool):
            yes, no = _ON_OFF.get(key, ("是", "否"))
            return yes if value else no
        if isinstance(value, Mapping):
            return "、".join(f"{FIELDS.get(f'{key}_{part}', part)} {number}" for part, number in value.items())
        if isinstance(value, (list, tuple)):
            return "、".join(self.words(key, part) for part in value)
        if key in _CHOICES:
            return _CHOICES[key].get(str(value), str(value))
        if key in _POINTS and isinstance(value, int):
            return self.name(_POINTS[key], value)
        if key in _ITEM_LISTS:
            return self.name("items", value)
        if key in _ITEM_NUMBERS:
            return self.name("item", value)
        if key == "profile":
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
    if len(text) > 18 and text[10] == "T":
        return cn_datetime(text)
    try:
        return cn_date(dt.date.fromisoformat(text)) if len(text) == 10 else text
    except ValueError:
        return text


def _collect(values: Mapping[str, Any], wanted: dict[str, set[Any]]) -> None:
    for key, value in values.items():
        parts = value if isinstance(value, (list, tuple)) else [value]
        if key in _POINTS:
            wanted[_POINTS[key]] |= {part for part in parts if isinstance(part, int) and not isinstance(part, bool)}
        elif key in _ITEM_LISTS:
            wanted["items"] |= {part for part in parts if isinstance(part, str)}
        elif key in _ITEM_NUMBERS:
            wanted["item"] |= {part for part in parts if isinstance(part, int)}
        elif key == "profile":
            wanted[key] |= {part for part in parts if isinstance(part, str)}


def _read(table: str, keys: set[Any]) -> dict[Any, str]:
    if table == "item":
        return dict(Item.objects.filter(pk__in=keys).values_list("pk", "name"))
    if table == "queue":
        return {pk: f"{letter} {name}" for pk, letter, name in _lines(keys)}
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


def _lines(keys: set[Any]) -> Any:
    return Queue.objects.filter(pk__in=keys).values_list("pk", "letter", "name")


def action_label(action: str) -> str:
    """授权书里的 decide -> 作出决定."""
    return MOVES[Action(action)].label if action in set(Action) else action


def role_label(role: str) -> str:
    return LABELS[Role(role)] if role in set(Role) else role
