"""The demonstration county: 桃江县政务服务中心 with zones and windows, its town centres and village stations."""

from __future__ import annotations

import re
from typing import Final

from onewindow.catalogue.models import Item
from onewindow.places.models import Centre, Department, Division, RegulationProfile, Window, Zone
from onewindow.places.profiles import rules_of

COUNTY: Final = "430922"
HALL: Final = "taojiang"
CITY, CITY_HALL = "4309", "yiyang"
"""The level above: its supervisor judges what the county's own may not."""
_HOURS: Final = "周一至周五 9:00—12:00、13:00—17:00，法定节假日除外"
_VILLAGE_HOURS: Final = "周一至周五 8:30—12:00、14:30—17:00"
_COMMITTEE: Final = re.compile(r"(居民委员会|村民委员会|居委会|村委会|委会)$")

# code, name, kind, zone, departments (short keys; none: every department's items)
_WINDOWS: Final[list[tuple[str, str, str, str, list[str]]]] = [
    *[(f"A{n:02}", "综合受理", "general", "acceptance", []) for n in range(1, 11)],
    *[(f"B{n:02}", "企业开办与市场准入", "general", "acceptance", ["市场监督管理局"]) for n in range(1, 4)],
    *[(f"B{n:02}", "社会事务", "general", "acceptance", ["民政局", "卫生健康委员会", "教育体育局"]) for n in (4, 5)],
    *[(f"C{n:02}", "社保就业", "general", "acceptance", ["人力资源和社会保障局"]) for n in (1, 2)],
    *[(f"C{n:02}", "医保", "general", "acceptance", ["医疗保障局"]) for n in (3, 4)],
    *[(f"C{n:02}", "公安户政", "general", "acceptance", ["公安局"]) for n in (5, 6)],
    *[(f"D{n:02}", "不动产与税务", "general", "acceptance", ["不动产登记中心", "税务局"]) for n in (1, 2, 3)],
    ("D04", "住房公积金", "general", "acceptance", ["住房公积金管理中心"]),
    (
        "D05",
        "投资建设",
        "general",
        "acceptance",
        ["自然资源局", "住房和城乡建设局", "城市管理局", "气象局", "消防救援大队"],
    ),
    ("D06", "农林水交通", "general", "acceptance", ["农业农村局", "林业局", "水利局", "交通运输局"]),
    ("D07", "水电气网", "general", "acceptance", ["供水公司", "供电公司", "燃气公司", "通信公司"]),
    ("E01", "咨询导办", "consulting", "guidance", []),
    ("E02", "咨询导办", "consulting", "guidance", []),
    ("E03", "一件事专窗（个人）", "theme", "acceptance", []),
    ("E04", "一件事专窗（企业）", "theme", "acceptance", []),
    ("E05", "帮办代办", "helper", "guidance", []),
    ("E06", "跨省通办", "cross_province", "acceptance", []),
    ("E07", "省内通办", "in_province", "acceptance", []),
    ("E08", "益阳同城通办", "in_city", "acceptance", []),
    ("E09", "办不成事反映", "cannot_get_done", "guidance", []),
    ("E10", "惠企政策兑现", "enterprise_policy", "acceptance", []),
    ("E11", "政务公开", "disclosure", "disclosure", []),
    ("E12", "绿色通道", "green", "acceptance", []),
    ("F01", "统一出件", "hand_out", "hand_out", []),
    ("F02", "统一出件", "hand_out", "hand_out", []),
]


def load_places(departments: dict[str, Department]) -> Centre:
    """Makes what is missing; what the operator changed stays. Returns the county hall."""
    county = Division.objects.get(pk=COUNTY)
    profile = RegulationProfile.objects.get(pk="hunan")
    hall, _ = Centre.objects.get_or_create(
        key=HALL,
        defaults={
            "name": f"{county.name}政务服务中心",
            "kind": "service_centre",
            "division": county,
            "profile": profile,
            "address": "湖南省益阳市桃江县（演示地址）",
            "phone": "0737-0012345（演示）",
            "hours": _HOURS,
        },
    )
    _windows(hall, departments)
    _branches(hall, profile)
    _above(profile)
    return hall


def _above(profile: RegulationProfile) -> None:
    """The city's centre: people work there, nothing is taken in there in this demonstration."""
    city = Division.objects.get(pk=CITY)
    rest = {"name": f"{city.name}政务服务中心", "kind": "service_centre", "division": city, "profile": profile}
    Centre.objects.get_or_create(key=CITY_HALL, defaults={**rest, "is_open": False})


def _windows(hall: Centre, departments: dict[str, Department]) -> None:
    zones = {zone.kind: zone for zone in hall.zones.all()}
    missing = [Zone(centre=hall, kind=kind, name=name) for kind, name in Zone.KINDS if kind not in zones]
    zones |= {zone.kind: zone for zone in Zone.objects.bulk_create(missing)}
    have = set(hall.windows.values_list("code", flat=True))
    rows = [row for row in _WINDOWS if row[0] not in have]
    windows = Window.objects.bulk_create(
        Window(centre=hall, code=code, name=name, kind=kind, mode="field" if named else "any", zone=zones[zone])
        for code, name, kind, zone, named in rows
    )
    links = Window.departments.through
    links.objects.bulk_create(
        links(window_id=window.pk, department_id=departments[name].pk)
        for window, row in zip(windows, rows, strict=True)
        for name in row[4]
    )


def _branches(hall: Centre, profile: RegulationProfile) -> None:
    rules = rules_of(profile.rules)
    places = Division.objects.filter(code__startswith=COUNTY).order_by("code")
    towns = [_branch(place, hall, rules.township_name, profile) for place in places if place.level == "township"]
    Centre.objects.bulk_create(towns, ignore_conflicts=True)
    parents = {centre.division_id: centre for centre in Centre.objects.filter(parent=hall)}
    stations = [
        _branch(place, parents[place.parent_id], rules.village_name, profile)
        for place in places
        if place.level == "village" and place.parent_id in parents
    ]
    Centre.objects.bulk_create(stations, ignore_conflicts=True)
    Window.objects.bulk_create(
        [
            Window(centre=town, code=code, name="综合受理", kind="general")
            for town in parents.values()
            for code in ("01", "02")
        ],
        ignore_conflicts=True,
    )


def _branch(place: Division, parent: Centre, suffix: str, profile: RegulationProfile) -> Centre:
    village = place.level == "village"
    name = _COMMITTEE.sub("", place.name) if village else place.name
    if village and not name.endswith(("村", "社区", "居", "场")):
        name += "村"
    return Centre(
        key=f"{HALL}-{place.code[6:9]}" + (f"-{place.code[9:]}" if village else ""),
        name=f"{name}{suffix}",
        kind="village_station" if village else "township_centre",
        division=place,
        parent=parent,
        profile=profile,
        address=f"桃江县{place.name}（演示地址）",
        hours=_VILLAGE_HOURS,
    )


def spread_items(hall: Centre) -> None:
    """Which places take which items: the hall all, the towns and villages what may be handled there."""
    items = list(Item.objects.in_use().select_related("current"))
    towns = [centre.pk for centre in Centre.objects.filter(kind="township_centre", parent=hall)]
    stations = [centre.pk for centre in Centre.objects.filter(kind="village_station", parent__parent=hall)]
    links = Item.centres.through
    links.objects.bulk_create(
        [
            links(item_id=item.pk, centre_id=centre)
            for item in items
            if item.current is not None
            for centre in [
                hall.pk,
                *(towns if item.current.spec.delegable.town else ()),
                *(stations if item.current.spec.delegable.village else ()),
            ]
        ],
        ignore_conflicts=True,
        batch_size=5000,
    )
