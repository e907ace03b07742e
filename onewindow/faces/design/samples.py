"""Invented data for the style pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from .forms import PlainForm

SWATCHES = [
    ("ink", "正文"),
    ("ink-2", "次要"),
    ("ink-3", "辅助"),
    ("primary", "主色"),
    ("accent", "点缀"),
    ("ontime-solid", "按时"),
    ("soon-solid", "快到期"),
    ("late-solid", "超期"),
    ("paused-solid", "暂停"),
    ("done-solid", "办结"),
]
FACTS = [
    ("事项", "食品经营许可新办"),
    {"label": "申请人", "value": "桃*****店", "note": "统一社会信用代码 9243************6X"},
    ("联系电话", "138****1234"),
    {"label": "收件窗口", "value": "综合窗口 12 号", "url": "#"},
    ("代理人", None),
]


class SampleForm(PlainForm):
    """One field of each kind."""

    name = forms.CharField(label="姓名", help_text="和身份证上的一致，生僻字请照原样填写。", max_length=200)
    phone = forms.RegexField(
        r"^1\d{10}$", label="手机号码", error_messages={"invalid": "手机号码应是 11 位数字，请检查是否少了一位。"}
    )
    when = forms.DateField(
        label="开业日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "请填写一个日期，例如 2026年3月1日。"},
    )
    way = forms.ChoiceField(
        label="结果怎么给您",
        choices=[("pick", "到大厅领取"), ("courier", "邮寄到家（到付）"), ("online", "只要电子证照")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选一种领取方式。"},
    )
    place = forms.ChoiceField(label="办理地点", choices=[("", "请选择"), ("1", "桃江县政务服务中心")], required=False)
    note = forms.CharField(label="还想告诉我们什么", widget=forms.Textarea, required=False)
    file = forms.FileField(label="营业场所平面图", required=False, help_text="PDF、JPG、PNG 或 OFD，不超过 20 MB。")
    agree = forms.BooleanField(
        label="我保证以上内容真实，并同意中心向有关部门核实", error_messages={"required": "请先勾选承诺。"}
    )


def common() -> dict[str, Any]:
    """What every face passes to its base template."""
    return {
        "site_name": "一窗 · 桃江县政务服务",
        "centre": {
            "name": "桃江县政务服务中心",
            "address": "桃江县桃花江镇芙蓉路",
            "hours": "工作日 8:30—12:00，13:30—17:30",
            "phone": "0737-0000000",
        },
    }


def tracking_events() -> list[dict[str, Any]]:
    """A case told like a parcel, newest first."""
    now = timezone.now()
    return [
        {"title": "决定", "body": "作出决定后，会发短信告诉您。", "tone": "future"},
        {"title": "正在专家评审", "at": now, "who": "县市场监督管理局", "tone": "current", "icon": "users",
         "body": "评审期间办理时限暂停，不会占用您的时间。预计 12月3日 评审结束。"},
        {"title": "已受理", "at": now - timedelta(days=2), "who": "综合窗口 12 号", "tone": "ontime",
         "url": "#", "link": "看受理通知书"},
        {"title": "材料已补齐", "at": now - timedelta(days=3), "who": "您提交", "tone": "ontime"},
        {"title": "还差两份材料", "at": now - timedelta(days=5), "who": "综合窗口 12 号", "tone": "soon",
         "icon": "file-x", "body": "营业场所平面图、健康证明。我们一次说清了全部问题。"},
        {"title": "收到您的申请", "at": now - timedelta(days=6), "who": "网上", "tone": "done", "icon": "inbox"},
    ]  # fmt: skip


def pages() -> dict[str, dict[str, Any]]:
    """The context of each sample page."""
    return {
        "portal": {"section": "home", "topics": TOPICS},
        "guide": {"section": "items"},
        "track": {"section": "track", "events": tracking_events(), "facts": FACTS},
        "apply": {"section": "apply", "form": SampleForm(), "step_names": STEPS},
        "desk": {"nav_groups": _nav("待我审查"), "faces": _faces("工作台"), "cases": _work(), "today": TODAY},
        "case": {"nav_groups": _nav("待我审查"), "faces": _faces("工作台"), "events": tracking_events()[1:],
                 "facts": FACTS},
        "board": {"nav_groups": [], "faces": _faces("看板"), "figures": FIGURES},
    }  # fmt: skip


TOPICS = [
    ("baby-carriage", "生孩子"),
    ("school", "上学"),
    ("briefcase", "找工作"),
    ("hearts", "结婚"),
    ("home", "买房建房"),
    ("car", "驾车出行"),
    ("stethoscope", "看病"),
    ("old", "养老"),
    ("building-store", "开店办厂"),
    ("tools-kitchen-2", "开饭店"),
    ("plant-2", "种养殖"),
    ("accessible", "残疾人服务"),
]
STEPS = ["您的情况", "填写信息", "上传材料", "核对", "提交"]
TODAY = [("我办了", "14 件"), ("新分来", "6 件"), ("今天到期", "1 件"), ("已超期", "2 件")]
FIGURES: list[dict[str, str]] = [
    {"label": "今天收件", "value": "318", "unit": "件", "note": "上周同一天 296 件"},
    {"label": "今天办结", "value": "287", "unit": "件", "note": "上周同一天 301 件"},
    {"label": "正在办理", "value": "1,204", "unit": "件", "note": "其中暂停 86 件"},
    {"label": "今天到期", "value": "17", "unit": "件", "note": "已有人在办 15 件", "tone": "soon"},
    {"label": "已超期", "value": "3", "unit": "件", "note": "应为 0 件", "tone": "late"},
    {"label": "平均等候", "value": "6.4", "unit": "分钟", "note": "应不超过 15 分钟"},
]


def _faces(current: str) -> list[dict[str, Any]]:
    names = ("工作台", "看板", "管理")
    return [{"label": name, "url": "#", "current": name == current} for name in names]


def _nav(current: str) -> list[dict[str, Any]]:
    groups: list[tuple[str, list[tuple[str, str, int, int]]]] = [
        ("待办", [("网上预审", "inbox", 12, 0), ("待签收", "arrow-back-up", 4, 0), ("待我审查", "writing-sign", 23, 2),
                ("待我决定", "gavel", 6, 0), ("待补正", "file-x", 9, 0), ("已暂停", "clock-pause", 5, 0)]),
        ("出件", [("制证中", "rubber-stamp", 7, 0), ("待出件", "package", 31, 0)]),
        ("查阅", [("本部门全部", "files", 214, 0), ("我经手的", "history", 88, 0)]),
    ]  # fmt: skip
    return [
        {"title": title, "links": [
            {"label": label, "icon": icon, "count": count, "late": late, "url": "#", "current": label == current}
            for label, icon, count, late in links]}
        for title, links in groups
    ]  # fmt: skip


def _work() -> list[dict[str, Any]]:
    today: date = timezone.localdate()
    rows: list[tuple[str, str, str, str, int | None, float, float, str]] = [
        ("食品经营许可新办", "桃花江镇老街米粉店", "已受理", "primary", -2, 1.0, 0, ""),
        ("公共场所卫生许可", "桃江县马迹塘镇宾馆有限公司", "审查中", "primary", 0, 0.98, 0, ""),
        ("医疗机构执业登记", "张*", "审查中", "primary", 1, 0.9, 0.05, ""),
        ("药品零售企业筹建审批", "湖南益民大药房连锁有限公司桃江凤凰山路店", "审查中", "primary", 2, 0.8, 0.1, ""),
        ("林木采伐许可", "欧阳**", "特别程序", "paused", 6, 0.3, 0.4, "专家评审"),
        ("建筑工程施工许可", "桃江县城市建设投资有限公司", "审查中", "primary", 4, 0.55, 0, ""),
        ("道路货物运输经营许可", "李**", "已受理", "primary", 9, 0.2, 0, ""),
        ("城镇燃气经营许可", "买**·**", "已受理", "primary", 14, 0.05, 0, ""),
        ("劳务派遣经营许可", "益阳市众合人力资源有限公司", "已受理", "primary", 19, 0.02, 0, ""),
    ]
    return [
        {"item": item, "who": who, "state": state, "tone": tone, "left": left, "used": used, "paused": paused,
         "ground": ground, "late": (left or 0) < 0, "due": today + timedelta(days=(left or 0) + 1),
         "number": f"TJ26112{index}07{index}", "provisional": (left or 0) > 15}
        for index, (item, who, state, tone, left, used, paused, ground) in enumerate(rows)
    ]  # fmt: skip
