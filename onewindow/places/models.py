"""Where the work is done: divisions, centres with their zones and windows, departments, and the rules of the place."""

from __future__ import annotations

from typing import Any

from django.db import models


class Division(models.Model):
    """An administrative division by its statistics code: 2, 4, 6, 9 or 12 digits from province to village."""

    LEVELS = [("province", "省"), ("city", "市"), ("county", "县"), ("township", "乡镇"), ("village", "村")]

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=80)
    level = models.CharField(max_length=10, choices=LEVELS)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")

    def __str__(self) -> str:
        return self.name


class RegulationProfile(models.Model):
    """The rule book a centre runs under; whatever localities set differently is read from `rules` (profiles.py)."""

    key = models.SlugField(primary_key=True)
    name = models.CharField(max_length=80)
    rules = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Centre(models.Model):
    """A place that takes cases, from the county hall to the village station."""

    KINDS = [
        ("service_centre", "政务服务中心"),
        ("township_centre", "便民服务中心"),
        ("village_station", "便民服务站"),
        ("park_station", "园区服务站"),
        ("special_hall", "专项大厅"),
    ]

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=KINDS)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="centres")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="branches")
    profile = models.ForeignKey(RegulationProfile, on_delete=models.PROTECT)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField("办公时间", max_length=200, blank=True)
    national_numbers = models.BooleanField("用国标办件编号", default=True)
    is_open = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    KINDS = [
        ("guidance", "咨询引导区"),
        ("acceptance", "窗口受理区"),
        ("back_office", "后台审批区"),
        ("hand_out", "统一出件区"),
        ("self_service", "自助服务区"),
        ("disclosure", "政务公开区"),
        ("waiting", "等候休息区"),
    ]
    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="zones")
    kind = models.CharField(max_length=16, choices=KINDS)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A body that decides. `code` is its 18-character unified social credit code."""

    KINDS = [("administrative", "行政机关"), ("institution", "事业单位"), ("enterprise", "公用企业")]

    code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=20)
    kind = models.CharField(max_length=16, choices=KINDS)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="departments")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40, blank=True)
    complaint_phone = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Window(models.Model):
    """A counter of a centre. `departments` empty means it takes every department's items (无差别)."""

    KINDS = [
        ("general", "综合窗口"),
        ("consulting", "咨询窗口"),
        ("theme", "一件事窗口"),
        ("helper", "帮办代办窗口"),
        ("cross_province", "跨省通办窗口"),
        ("in_province", "省内通办窗口"),
        ("in_city", "同城通办窗口"),
        ("cannot_get_done", "办不成事反映窗口"),
        ("enterprise_policy", "惠企政策窗口"),
        ("disclosure", "政务公开窗口"),
        ("green", "绿色通道窗口"),
        ("hand_out", "统一出件窗口"),
    ]
    MODES = [("any", "无差别"), ("field", "分领域")]

    centre = models.ForeignKey(Centre, on_delete=models.CASCADE, related_name="windows")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, choices=KINDS)
    mode = models.CharField(max_length=8, choices=MODES, default="any")
    zone = models.ForeignKey(Zone, null=True, blank=True, on_delete=models.SET_NULL, related_name="windows")
    departments = models.ManyToManyField(Department, blank=True, related_name="windows")
    is_active = models.BooleanField(default=True)

    objects: Any = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["centre", "code"], name="window_code_in_centre")]
        ordering = ["centre", "code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
