"""The house as the demonstration starts it: places, calendar, catalogue and people. May be loaded again and again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction

from onewindow.catalogue.imports import SHIPPED_ITEMS, SHIPPED_THEMES, import_items, import_themes
from onewindow.catalogue.models import Item
from onewindow.clocks.imports import SHIPPED as SHIPPED_CALENDAR
from onewindow.clocks.imports import import_calendar
from onewindow.clocks.models import CalendarYear
from onewindow.demo.hall_layout import load_layout
from onewindow.demo.password import demo_password
from onewindow.demo.people import CAST, settle, staff
from onewindow.demo.places import COUNTY, load_places, spread_items
from onewindow.importing import Report
from onewindow.people.crypto import blind_index
from onewindow.people.models import Account, Applicant
from onewindow.people.numbers import demo_credit_code, demo_identity
from onewindow.places.imports import (
    SHIPPED_DEPARTMENTS,
    SHIPPED_DIVISIONS,
    import_departments,
    import_divisions,
    import_profiles,
    read_yaml,
)
from onewindow.places.models import Centre, Division

_LOCK: Final = 7346102  # any fixed number: two loads at once wait for each other


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to try, with the password of this installation."""

    username: str
    name: str
    title: str
    password: str


def load_base() -> list[DemoAccount]:
    """Loads what is missing and returns the accounts of the cast. One transaction; a second call changes nothing."""
    password = demo_password()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        _load(password)
    return accounts(password)


def accounts(password: str) -> list[DemoAccount]:
    """The cast as it is shown to whoever starts the demonstration."""
    shown = [DemoAccount(member.username, member.name, member.title, password) for member in CAST]
    return [
        *shown,
        DemoAccount("person1", "李桃花", "申请人（个人）", password),
        DemoAccount("company1", "桃江县竹海演示食品有限公司", "申请人（单位）", password),
    ]


def _load(password: str) -> None:
    import_profiles()
    if not Division.objects.filter(pk=COUNTY).exists() or Division.objects.count() < 43_000:
        _complete(import_divisions(SHIPPED_DIVISIONS))
    if not CalendarYear.objects.exists():  # the operator's own notices are never replaced
        import_calendar(SHIPPED_CALENDAR, notice="随软件提供（chinesecalendar 1.11.0）")
    departments = import_departments(Division.objects.get(pk=COUNTY))
    if not Item.objects.in_use().exists():
        _complete(import_items(SHIPPED_ITEMS, today=dt.date(2026, 1, 1)))
        _complete(import_themes(SHIPPED_THEMES))
    hall = load_places(departments)
    if not hall.items.exists():  # what the operator moved since is left alone
        spread_items(hall)
    slugs = {entry["key"]: entry["slug"] for entry in read_yaml(SHIPPED_DEPARTMENTS, "departments")}
    towns = list(Centre.objects.filter(parent=hall, kind="township_centre").order_by("key"))
    secret = _password_hash(password)
    settle(staff(departments, slugs, towns), departments, secret)
    load_layout(hall, departments)
    _applicants(secret)


def _complete(report: Report) -> None:
    """What is shipped must be whole; a rejected row of ours is a defect, not something to skip."""
    if report.rejected:
        raise AssertionError(report.words)


def _password_hash(password: str) -> str:
    """One hash for all: hashing for each of two hundred accounts would take a minute and protect nothing here."""
    known = Account.objects.filter(is_demo=True, username="clerk1").first()
    if known is not None and check_password(password, known.password):
        return known.password
    fresh = make_password(password)
    Account.objects.filter(is_demo=True).update(password=fresh)
    return fresh


def _applicants(secret: str) -> None:
    number = demo_identity(dt.date(1990, 5, 17), 120)
    _applicant("person1", "natural", "李桃花", "id_card", number, "19900000001", secret)
    company = "桃江县竹海演示食品有限公司"
    _applicant("company1", "legal", company, "uscc", demo_credit_code(26_000_001), "19900000002", secret)


def _applicant(username: str, kind: str, name: str, id_type: str, number: str, phone: str, secret: str) -> None:
    if Account.objects.filter(username=username).exists():
        return
    applicant, _ = Applicant.objects.get_or_create(
        id_type=id_type,
        id_index=blind_index("id", number),
        name_index=blind_index("name", name),
        defaults={
            "kind": kind,
            "name": name,
            "id_number": number,
            "phone": phone,
            "phone_index": blind_index("phone", phone),
            "address": "湖南省益阳市桃江县（演示）",
            "is_demo": True,
        },
    )
    Account.objects.create(
        username=username, name=name, kind="applicant", phone=phone, applicant=applicant, is_demo=True, password=secret
    )
