"""The halls of the demonstration county on file: hours, lines, which window takes what. Makes only what is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.utils import timezone

from onewindow.catalogue.models import Item
from onewindow.clocks.calendar import DayKind
from onewindow.clocks.store import current_calendar
from onewindow.hall.memory import forget
from onewindow.hall.models import DayHours, Hall, PostingItem, Queue, WeeklyHours, WindowItem
from onewindow.people.models import Posting
from onewindow.places.models import Centre, Department, Window

SINCE: Final = dt.date(2025, 1, 1)
NOTICE: Final = (
    "演示大厅：正常办公时间为周一至周五 9:00—12:00、13:00—17:00。为了让您随时都能试用，"
    "演示里其余时间都算作延时服务，大厅里的人和号都是虚构的。"
)
_TOWN_NOTICE: Final = "演示大厅：为了让您随时都能试用，正常办公以外的时间都算作延时服务。"
_STATION_NOTICE: Final = "演示站点：按正常办公时间取号。"
_COUNTY_OPEN: Final = ((540, 720), (780, 1020))
_BRANCH_OPEN: Final = ((510, 720), (870, 1020))

# letter, name, kind, departments, whether one may book
QUEUES: Final[tuple[tuple[str, str, str, tuple[str, ...], bool], ...]] = (
    ("A", "综合", "general", (), True),
    ("B", "企业开办", "general", ("市场监督管理局",), True),
    ("S", "社会事务", "general", ("民政局", "卫生健康委员会", "教育体育局"), True),
    ("H", "社保医保", "general", ("人力资源和社会保障局", "医疗保障局"), True),
    ("G", "公安户政", "general", ("公安局",), True),
    ("R", "不动产与税务", "general", ("不动产登记中心", "税务局", "住房公积金管理中心"), True),
    (
        "J",
        "建设农林水电",
        "general",
        (
            "自然资源局",
            "住房和城乡建设局",
            "城市管理局",
            "气象局",
            "消防救援大队",
            "农业农村局",
            "林业局",
            "水利局",
            "交通运输局",
            "供水公司",
            "供电公司",
            "燃气公司",
            "通信公司",
        ),
        True,
    ),
    ("C", "咨询", "consulting", (), False),
    ("Q", "统一出件", "hand_out", (), False),
    ("T", "一件事", "theme", (), True),
    ("W", "帮办代办", "helper", (), True),
    ("K", "跨省通办", "cross_province", (), True),
    ("P", "省内通办", "in_province", (), True),
    ("L", "同城通办", "in_city", (), True),
    ("N", "办不成事反映", "cannot_get_done", (), False),
    ("Z", "惠企政策", "enterprise_policy", (), True),
    ("D", "政务公开", "disclosure", (), False),
)
_MORE: Final = {"B05": ("disability-certificate",), "C04": ("birth-household-registration",)}
"""Items a window takes beyond its departments: what families ask for together."""
_LESS: Final = {"A08": ("real-estate-transfer", "deed-tax-declaration")}
"""Items a window does not take, for want of the reading machine for deeds."""
_NOT_YET: Final = {"clerk8": ("company-establishment", "food-operation-licence"), "clerk6": ("real-estate-transfer",)}
"""Items of which somebody is still learning."""


def load_layout(county: Centre, departments: dict[str, Department]) -> None:
    """The county hall, its towns and villages. What the operator changed stays; a second call changes nothing."""
    branches = list(Centre.objects.filter(parent=county)) + list(Centre.objects.filter(parent__parent=county))
    have = set(Hall.objects.values_list("centre_id", flat=True))
    fresh = [centre for centre in [county, *branches] if centre.pk not in have]
    _holidays([county, *branches])
    if not fresh:
        return
    Hall.objects.bulk_create(Hall(centre=centre, notice=_notice(centre)) for centre in fresh)
    timed = set(WeeklyHours.objects.values_list("centre_id", flat=True))
    WeeklyHours.objects.bulk_create(row for centre in fresh if centre.pk not in timed for row in _hours(centre))
    _station_windows(fresh)
    _queues(fresh, county, departments)
    if county in fresh:
        _exceptions(county)
    forget()


def _notice(centre: Centre) -> str:
    return {"service_centre": NOTICE, "township_centre": _TOWN_NOTICE}.get(centre.kind, _STATION_NOTICE)


def _hours(centre: Centre) -> Iterable[WeeklyHours]:
    """The regular hours of five days; around them, except in the villages, extended service day and night."""
    regular = _COUNTY_OPEN if centre.kind == "service_centre" else _BRANCH_OPEN
    for weekday in range(7):
        periods = [(*period, "regular") for period in regular] if weekday < 5 else []
        if centre.kind != "village_station":
            periods += [(*gap, "extended") for gap in _gaps([(opens, closes) for opens, closes, _ in periods])]
        for opens, closes, kind in sorted(periods):
            yield WeeklyHours(centre=centre, weekday=weekday, opens=opens, closes=closes, kind=kind, valid_from=SINCE)


def _holidays(centres: list[Centre]) -> None:
    """Public holidays close a hall; those of the demonstration stay open for whoever tries them then. Days of which
    somebody has said something are left as they are."""
    today, special = timezone.localdate(), current_calendar().special
    days = {day: name for day, (kind, name) in special.items() if day >= today and kind is DayKind.HOLIDAY}
    said = set(DayHours.objects.filter(day__in=days).values_list("centre_id", "day"))
    DayHours.objects.bulk_create(
        DayHours(centre=centre, day=day, periods=[[0, 1440, "extended"]], reason=f"{name}延时服务（演示）")
        for centre in centres
        if centre.kind != "village_station"
        for day, name in days.items()
        if (centre.pk, day) not in said
    )


def _gaps(taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is left of a day of 1,440 minutes."""
    edges = [0, *(edge for period in sorted(taken) for edge in period), 1440]
    return [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if begin < end]


def _station_windows(centres: list[Centre]) -> None:
    stations = [centre for centre in centres if centre.kind == "village_station"]
    having = set(Window.objects.filter(centre__in=stations).values_list("centre_id", flat=True))
    Window.objects.bulk_create(
        Window(centre=station, code="01", name="综合受理", kind="general")
        for station in stations
        if station.pk not in having
    )


def _queues(centres: list[Centre], county: Centre, departments: dict[str, Department]) -> None:
    having = set(Queue.objects.values_list("centre_id", flat=True))
    rows = []
    for centre in centres:
        if centre.pk in having:
            continue
        for letter, name, kind, named, booked in QUEUES if centre == county else QUEUES[:1]:
            rows.append((Queue(centre=centre, letter=letter, name=name, kind=kind, takes_appointments=booked), named))
    made = Queue.objects.bulk_create(queue for queue, _ in rows)
    links = Queue.departments.through
    links.objects.bulk_create(
        links(queue_id=queue.pk, department_id=departments[name].pk)
        for queue, (_, names) in zip(made, rows, strict=True)
        for name in names
    )


def _exceptions(county: Centre) -> None:
    items = {item.key: item for item in Item.objects.in_use()}
    windows = {window.code: window for window in county.windows.all()}
    WindowItem.objects.bulk_create(
        [
            WindowItem(window=windows[code], item=items[key], takes=takes)
            for named, takes in ((_MORE, True), (_LESS, False))
            for code, keys in named.items()
            for key in keys
            if code in windows and key in items
        ],
        ignore_conflicts=True,
    )
    learning = Posting.objects.filter(account__username__in=_NOT_YET).select_related("account")
    postings = {posting.account.username: posting for posting in learning}
    PostingItem.objects.bulk_create(
        [
            PostingItem(posting=postings[username], item=items[key])
            for username, keys in _NOT_YET.items()
            for key in keys
            if username in postings and key in items
        ],
        ignore_conflicts=True,
    )
