"""The people of the demonstration: the cast that documents and tests name, and staff enough for lists to look real."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from onewindow.catalogue.models import Item
from onewindow.demo import names
from onewindow.demo.places import CITY_HALL, HALL
from onewindow.people.models import Account, AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, Role
from onewindow.places.models import Centre, Department, Window

SINCE: Final = dt.date(2025, 1, 1)
UNTIL: Final = dt.date(2027, 12, 31)
SIGNING: Final = ["decide", "extend", "terminate", "forward", "revoke"]
_MARKET, _HEALTH, _SERVICES = "市场监督管理局", "卫生健康委员会", "政务服务和行政审批管理局"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of staff in one post. `letter`: what the authorisation letter lets them do, if they hold one."""

    username: str
    name: str
    role: Role
    department: str = ""
    centre: str = HALL
    window: str = ""
    covers: str = ""
    letter: str = ""

    @property
    def title(self) -> str:
        return LABELS[self.role]


CAST: Final[tuple[Member, ...]] = (
    Member("clerk1", "林晓梅", Role.CLERK, window="A01"),
    Member("clerk2", "周志远", Role.CLERK, window="A02", covers="clerk1", letter=f"immediate:{_MARKET}"),
    Member("exit1", "何秀兰", Role.EXIT_CLERK, window="F01"),
    Member("examiner1", "陈立平", Role.EXAMINER, _MARKET),
    Member("examiner2", "吴雪琴", Role.EXAMINER, _MARKET, covers="examiner1"),
    Member("verifier1", "郭建军", Role.VERIFIER, _MARKET),
    Member("chief1", "彭海波", Role.CHIEF, _MARKET, letter="signing"),
    Member("examiner3", "刘思敏", Role.EXAMINER, _HEALTH),
    Member("chief3", "谭文清", Role.CHIEF, _HEALTH, letter="signing"),
    Member("helper1", "夏春燕", Role.HELPER, window="E05"),
    Member("guide1", "邓一鸣", Role.GUIDE, window="E01"),
    Member("editor1", "曾德胜", Role.EDITOR, _MARKET),
    Member("publisher1", "文静", Role.PUBLISHER, _SERVICES),
    Member("supervisor1", "高建华", Role.SUPERVISOR, _SERVICES),
    Member("manager1", "罗永福", Role.MANAGER, _SERVICES),
    Member("township1", "胡桂花", Role.TOWNSHIP_CLERK, centre=f"{HALL}-112"),
    Member("admin", "系统管理员", Role.ADMIN),
    Member("gov1", "演示·县政府分管负责人", Role.GOVERNMENT_HEAD),
    Member("head1", "姚国庆", Role.HEAD, _MARKET),
    Member("chief2", "蒋文斌", Role.CHIEF, _MARKET, letter="expired"),
    Member("head2", "谢正国", Role.HEAD, _SERVICES),
    Member("supervisor2", "段玉兰", Role.SUPERVISOR, centre=CITY_HALL),
)
APPLICANTS: Final = ("person1", "company1")
_BACK_OFFICE: Final = (
    (Role.EXAMINER, "examiner", ""),
    (Role.VERIFIER, "verifier", ""),
    (Role.CHIEF, "chief", "signing"),
    (Role.HEAD, "head", ""),
)
# Survey and fitting are two steps of one item there, and nobody does two steps of one case.
_TWO_EXAMINERS: Final = frozenset({"供水公司", "供电公司", "燃气公司", "通信公司"})


def staff(departments: dict[str, Department], slugs: dict[str, str], towns: list[Centre]) -> list[Member]:
    """The cast and everybody else, the same people every time."""
    chance = random.Random(20260101)
    members = list(CAST)
    for key in _deciding(departments):
        filled = {member.role for member in CAST if member.department == key}
        members += [
            Member(f"{slugs[key]}-{post}", names.person(chance), role, key, letter=letter)
            for role, post, letter in _BACK_OFFICE
            if role not in filled
        ]
        if key in _TWO_EXAMINERS:
            members.append(Member(f"{slugs[key]}-examiner2", names.person(chance), Role.EXAMINER, key))
    members += _front(chance)
    members += [
        Member(f"town-{town.key.rsplit('-', 1)[1]}", names.person(chance), Role.TOWNSHIP_CLERK, centre=town.key)
        for town in towns
    ]
    members += _counter(chance)
    return members


def _deciding(departments: dict[str, Department]) -> list[str]:
    """Keys of the departments that have items to decide."""
    having = set(Item.objects.in_use().values_list("department_id", flat=True))
    return [key for key, department in departments.items() if department.pk in having]


def _front(chance: random.Random) -> Iterator[Member]:
    """Receivers for the other windows, in pairs that cover each other (AB 岗), exit clerks, guides and helpers."""
    immediate = {
        "C01": "人力资源和社会保障局",
        "C03": "医疗保障局",
        "C05": "公安局",
        "B04": "民政局",
        "D01": "税务局",
        "D04": "住房公积金管理中心",
    }
    codes = [*(f"A{n:02}" for n in range(3, 9)), "B01", "B02", "B04", "B05", "C01", "C02", "C03", "C04", "C05", "C06"]
    codes += ["D01", "D02", "D04", "D05", "D06", "D07", "E03", "E04", "E06", "E07"]
    for number, code in enumerate(codes, start=3):
        pair = f"clerk{number - 1}" if number % 2 == 0 else ""
        letter = f"immediate:{immediate[code]}" if code in immediate else ""
        yield Member(f"clerk{number}", names.person(chance), Role.CLERK, window=code, covers=pair, letter=letter)
    yield Member("exit2", names.person(chance), Role.EXIT_CLERK, window="F02", covers="exit1")
    yield Member("guide2", names.person(chance), Role.GUIDE, window="E02")
    yield Member("helper2", names.person(chance), Role.HELPER, window="E05")


def _counter(chance: random.Random) -> Iterator[Member]:
    """Those who complete the hall: the windows nobody had yet, and the people on duty outside the regular hours."""
    for number, code in enumerate(("B03", "D03", "E08", "E10", "E11", "E12"), start=29):
        yield Member(f"clerk{number}", names.person(chance), Role.CLERK, window=code)
    yield Member("helper3", names.person(chance), Role.HELPER, window="E09")
    yield Member("duty1", names.person(chance), Role.CLERK, window="A09")
    yield Member("duty2", names.person(chance), Role.CLERK, window="A10")
    yield Member("duty3", names.person(chance), Role.EXIT_CLERK, window="F02")
    yield Member("duty4", names.person(chance), Role.GUIDE, window="E02")
    yield Member("duty5", names.person(chance), Role.CLERK, window="A07")
    yield Member("duty6", names.person(chance), Role.CLERK, window="A08")


def settle(members: list[Member], departments: dict[str, Department], password_hash: str) -> dict[str, Posting]:
    """Makes the accounts, postings and letters that are missing. Returns the main posting by username."""
    accounts = _accounts(members, password_hash)
    centres = {centre.key: centre for centre in Centre.objects.filter(key__in={member.centre for member in members})}
    windows = {(window.centre_id, window.code): window for window in Window.objects.filter(centre__in=centres.values())}
    have: dict[str, Posting] = {}
    for posting in Posting.objects.filter(account__in=accounts.values()).select_related("account").order_by("-id"):
        have[posting.account.username] = posting
    fresh = [
        Posting(
            account=accounts[member.username],
            role=member.role.value,
            centre=centres[member.centre],
            department=departments.get(member.department),
            window=windows.get((centres[member.centre].pk, member.window)),
            valid_from=SINCE,
        )
        for member in members
        if member.username not in have
    ]
    have |= {posting.account.username: posting for posting in Posting.objects.bulk_create(fresh)}
    _pair(members, have, {posting.pk for posting in fresh})
    _letters(members, have, departments)
    return have


def _accounts(members: list[Member], password_hash: str) -> dict[str, Account]:
    known = set(Account.objects.values_list("username", flat=True))
    Account.objects.bulk_create(
        Account(username=member.username, name=member.name, kind="staff", is_demo=True, password=password_hash)
        for member in members
        if member.username not in known
    )
    usernames = [member.username for member in members]
    return {account.username: account for account in Account.objects.filter(username__in=usernames)}


def _pair(members: list[Member], postings: dict[str, Posting], fresh: set[int]) -> None:
    """Both halves of a pair stand in for each other."""
    changed = []
    for member in members:
        if not member.covers:
            continue
        one, other = postings[member.username], postings[member.covers]
        for half, partner in ((one, other), (other, one)):
            if half.pk in fresh:
                half.covers = partner
                changed.append(half)
    Posting.objects.bulk_update(changed, ["covers"])


def _letters(members: list[Member], postings: dict[str, Posting], departments: dict[str, Department]) -> None:
    known = set(AuthorisationLetter.objects.values_list("number", flat=True))
    holders = [member for member in members if member.letter]
    letters = [_letter(n, member, postings, departments) for n, member in enumerate(holders, start=1)]
    AuthorisationLetter.objects.bulk_create(letter for letter in letters if letter.number not in known)


def _letter(
    number: int, member: Member, postings: dict[str, Posting], departments: dict[str, Department]
) -> AuthorisationLetter:
    kind, _, key = member.letter.partition(":")
    department = departments[key or member.department]
    details: dict[str, Any] = {"actions": SIGNING, "valid_until": UNTIL}
    if kind == "expired":
        details = {"actions": SIGNING, "valid_until": dt.date(2025, 12, 31)}
    elif kind == "immediate":
        spot = [item.key for item in _immediate(department)]
        receipt = member.username == "clerk2"
        details = {"actions": ["decide"], "items": spot, "immediate": True, "valid_until": UNTIL}
        details["accept_on_receipt"] = receipt
    return AuthorisationLetter(
        number=f"桃政授〔2025〕{number:03}号",
        department=department,
        posting=postings[member.username],
        signed_by=f"{department.name}主要负责人",
        valid_from=SINCE,
        **details,
    )


def _immediate(department: Department) -> list[Item]:
    items = Item.objects.in_use().filter(department=department).select_related("current")
    return [item for item in items if item.current and item.current.spec.immediate]
