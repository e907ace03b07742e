"""The cast of every test: a small county, its people and five real items, made once and put on stage per test.

The world is built once a session through the ordinary code, inside a transaction that is rolled back; a test that asks
for `cast` (or for somebody by name) gets the same rows with a dozen bulk inserts in its own transaction.
"""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import models, transaction
from django.utils import timezone

from onewindow.cases.actions import perform, receive, submit
from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case
from onewindow.catalogue.models import BasicItem, Item, ItemVersion, SearchTerm
from onewindow.people.applicants import find_or_create
from onewindow.people.authority import SYSTEM, Actor
from onewindow.people.models import Account, ApiToken, Applicant, AuthorisationLetter, Posting
from onewindow.people.numbers import demo_credit_code, demo_identity
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Department, Division, RegulationProfile, Window

ITEMS = (
    "company-establishment",  # immediate, 审核合一, market
    "food-operation-licence",  # special procedure, two reviews after the examiner, extension, deferral, market
    "food-operation-licence-renewal",  # 一审一核, commitment, market
    "public-place-hygiene-permit",  # off-clock procedure, commitment, health
    "fertility-registration",  # immediate, people only, no statutory limit, health
)
FOOD, COMPANY, RENEWAL, HYGIENE, FERTILITY = ITEMS[1], ITEMS[0], ITEMS[2], ITEMS[3], ITEMS[4]
PASSWORD = "test-pass-2026"
CITIZEN_ID = demo_identity(dt.date(1990, 5, 17), 13)
OTHER_ID = demo_identity(dt.date(1988, 2, 3), 24)
COMPANY_ID = demo_credit_code(20260001)
CITIZEN = {"kind": "natural", "name": "王小明", "id_type": "id_card", "id_number": CITIZEN_ID, "phone": "19900001234"}
FIRM = {
    "kind": "legal",
    "name": "桃江示例餐饮有限公司",
    "id_type": "uscc",
    "id_number": COMPANY_ID,
    "phone": "19900005678",
}
ANSWERS: dict[str, dict[str, str]] = {
    COMPANY: {"investor": "natural", "prior": "no", "capital": "money", "agent": "no"},
    FOOD: {"industry": "retail", "agent": "no"},
    RENEWAL: {"changed": "no", "agent": "no"},
    HYGIENE: {"aircon": "no", "agent": "no"},
    FERTILITY: {"marital": "unmarried"},
}
LETTER_ACTIONS = ["decide", "extend", "terminate", "forward", "revoke"]

_STAFF: tuple[tuple[str, str, Role, str], ...] = (
    ("clerk1", "陈窗", Role.CLERK, ""),
    ("clerk2", "李窗", Role.CLERK, ""),
    ("exit1", "周出", Role.EXIT_CLERK, ""),
    ("examiner1", "赵审", Role.EXAMINER, "market"),
    ("examiner2", "钱审", Role.EXAMINER, "market"),
    ("verifier1", "孙核", Role.VERIFIER, "market"),
    ("chief1", "吴首", Role.CHIEF, "market"),
    ("head1", "郑局", Role.HEAD, "market"),
    ("examiner3", "冯审", Role.EXAMINER, "health"),
    ("verifier3", "卫核", Role.VERIFIER, "health"),
    ("chief3", "褚首", Role.CHIEF, "health"),
    ("head3", "蒋局", Role.HEAD, "health"),
    ("manager1", "沈管", Role.MANAGER, ""),
    ("supervisor1", "韩监", Role.SUPERVISOR, ""),
    ("helper1", "杨帮", Role.HELPER, ""),
    ("guide1", "朱导", Role.GUIDE, ""),
    ("editor1", "秦编", Role.EDITOR, "market"),
    ("publisher1", "许发", Role.PUBLISHER, ""),
    ("mayor1", "何府", Role.GOVERNMENT_HEAD, ""),
    ("township1", "尤镇", Role.TOWNSHIP_CLERK, ""),
    ("admin", "系统管理员", Role.ADMIN, ""),
)
NAMES = (*(row[0] for row in _STAFF), "citizen1", "citizen2", "company1")


# ---- the world --------------------------------------------------------------------------------------------------


@dataclass
class Cast:
    """Who and what is on stage: `cast.clerk1` is an account, `cast.actor("clerk1")` acts, `cast.token(…)` calls."""

    centre: Centre
    township: Centre
    market: Department
    health: Department
    accounts: dict[str, Account]
    items: dict[str, Item]
    _tokens: dict[str, str] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Account:
        try:
            return self.__dict__["accounts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def actor(self, who: str | Account) -> Actor:
        return Actor.of(self.accounts[who] if isinstance(who, str) else who)

    def token(self, who: str) -> str:
        """A bearer token of this person, made on first use in a test."""
        if who not in self._tokens:
            self._tokens[who] = ApiToken.issue(self.accounts[who])
        return self._tokens[who]

    def posting(self, who: str) -> Posting:
        return Posting.objects.select_related("centre", "department").get(account=self.accounts[who])

    def letter(self, who: str, actions: list[str], **more: Any) -> AuthorisationLetter:
        """A further letter for somebody: from yesterday for a year unless said otherwise."""
        today, posting = timezone.localdate(), self.posting(who)
        number = f"{who}-{AuthorisationLetter.objects.count() + 1}"
        fields: dict[str, Any] = {
            "department": posting.department or self.market,
            "signed_by": "局长",
            "valid_from": today - dt.timedelta(days=1),
            "valid_until": today + dt.timedelta(days=365),
            **more,
        }
        return AuthorisationLetter.objects.create(number=number, posting=posting, actions=actions, **fields)

    def receive(self, item: str = FOOD, *, by: str = "clerk1", now: datetime | None = None, **changes: Any) -> Case:
        """A complete application, received at the window."""
        return receive(application(item, **changes), by=self.actor(by), now=now)

    def submit(self, item: str = FOOD, *, by: str = "citizen1", now: datetime | None = None, **changes: Any) -> Case:
        """A complete application, sent from the portal."""
        body = application(item, **{"channel": "online", **changes})
        return submit(body, by=self.actor(by), now=now)

    def act(self, case: Case, action: str, by: str, now: datetime | None = None, **data: Any) -> Case:
        return perform(case, action, by=self.actor(by), data=data, now=now)

    def walk_to(self, state: State | str, item: str = FOOD, *, now: datetime | None = None, **changes: Any) -> Case:
        """A case that came to this state by legal moves of the right people."""
        return _walk(self, State(state), item, now, changes)


def application(item: str = FOOD, **changes: Any) -> dict[str, Any]:
    """The body of a complete application, as the API takes it; `changes` replaces top-level fields."""
    answers = changes.get("answers", ANSWERS[item])
    body = {
        "item": item,
        "answers": answers,
        "applicant": CITIZEN,
        "materials": complete_materials(item, answers),
        "channel": "window",
    }
    return {**copy.deepcopy(body), **changes}


def complete_materials(item: str, answers: Mapping[str, str]) -> list[dict[str, Any]]:
    spec = _template().specs[item]
    asked = [material for material in spec.materials_for(answers) if not material.shared]
    return [{"material": m.key, "form": m.form, "copies": m.copies, "original_seen": True} for m in asked]


# ---- walking a case ---------------------------------------------------------------------------------------------

_MISSING = {"problem": "没有签字", "remedy": "请签字后重新提交"}


def _walk(cast: Cast, goal: State, item: str, now: datetime | None, changes: dict[str, Any]) -> Case:
    early = {State.SUBMITTED: cast.submit, State.RECEIVED: cast.receive}
    if goal in early:
        return early[goal](item, now=now, **changes)
    if goal is State.DRAFT:
        case = cast.submit(item, now=now, **changes)
        return cast.act(case, "return_for_completion", "clerk1", now, reason="请补全")
    case = cast.receive(item, now=now, **changes)
    if goal in {
        State.CORRECTING,
        State.NOT_REQUIRED,
        State.ACCEPTANCE_REFUSED,
        State.WITHDRAWN,
        State.DEEMED_WITHDRAWN,
    }:
        return _end_early(cast, case, goal, item, now)
    case = cast.act(case, "accept", "clerk1", now)
    if goal is State.ACCEPTED:
        return case
    if goal is State.TERMINATED:
        return cast.act(case, "terminate", _people(case)[2], now, reason="申请人死亡")
    if goal is State.FORWARDED:
        return cast.act(case, "forward", _people(case)[2], now, reason="报上级", authority="益阳市市场监督管理局")
    return _examine(cast, case, goal, now)


def _end_early(cast: Cast, case: Case, goal: State, item: str, now: datetime | None) -> Case:
    if goal is State.NOT_REQUIRED:
        return cast.act(case, "find_not_required", "clerk1", now, reason="不需要许可")
    if goal is State.ACCEPTANCE_REFUSED:
        return cast.act(case, "refuse_acceptance", "clerk1", now, reason="不归本机关", authority="益阳市公安局")
    if goal is State.WITHDRAWN:
        return cast.act(case, "withdraw", "clerk1", now, reason="不办了")
    case = cast.act(case, "give_notice", "clerk1", now, missing=[{"material": "m01", **_MISSING}])
    if goal is State.CORRECTING:
        return case
    return perform(case, "deem_withdrawn", by=SYSTEM, now=(now or timezone.now()) + dt.timedelta(days=60))


def _people(case: Case) -> tuple[str, str, str]:
    """Examiner, verifier and chief of the case's department."""
    market = case.department.short_name == "市监"
    return ("examiner1", "verifier1", "chief1") if market else ("examiner3", "verifier3", "chief3")


def _examine(cast: Cast, case: Case, goal: State, now: datetime | None) -> Case:
    examiner, verifier, chief = _people(case)
    steps = len(case.version_spec.nodes)
    if steps > 1 or goal is State.EXAMINING:
        case = cast.act(case, "sign", examiner if steps > 1 else chief, now)
    if goal is State.EXAMINING:
        return case
    for who in (examiner, verifier)[: steps - 1]:
        case = cast.act(case, "pass_step", who, now, opinion="符合条件")
    case = cast.act(case, "decide", chief, now, outcome="grant", opinion="准予")
    return case if goal is State.DECIDED else _deliver(cast, case, goal, chief, now)


def _deliver(cast: Cast, case: Case, goal: State, chief: str, now: datetime | None) -> Case:
    if goal is State.REVOKED:
        return cast.act(case, "revoke", chief, now, reason="以欺骗手段取得", legal_basis=["《行政许可法》第69条"])
    case = cast.act(case, "issue", "exit1", now)
    if goal is State.ISSUING:
        return case
    case = cast.act(case, "make_ready", "exit1", now)
    if goal is State.READY:
        return case
    case = cast.act(case, "hand_out", "exit1", now, recipient="王小明", relation="本人", signed=True)
    return case if goal is State.DELIVERED else perform(case, "archive", by=SYSTEM, now=now)


# ---- building it once -------------------------------------------------------------------------------------------

_MODELS: tuple[type[models.Model], ...] = (
    Division,
    RegulationProfile,
    Centre,
    Window,
    Department,
    Applicant,
    Account,
    Posting,
    AuthorisationLetter,
    BasicItem,
    Item,
    ItemVersion,
    SearchTerm,
)


@dataclass
class _Template:
    rows: list[tuple[type[models.Model], list[models.Model]]]
    specs: dict[str, Any]


_kept: _Template | None = None


def _template() -> _Template:
    assert _kept is not None, "ask for the fixture `cast` first"
    return _kept


class _Enough(Exception):
    pass


def _build(home: Path) -> _Template:
    """Makes the world inside a transaction, copies its rows, and takes it back."""
    rows: list[tuple[type[models.Model], list[models.Model]]] = []
    specs: dict[str, Any] = {}
    try:
        with transaction.atomic():
            _places()
            _people_of_the_county()
            _catalogue(home)
            for model in _MODELS:
                rows.append((model, list(model._default_manager.order_by("pk"))))
            specs = {item.key: item.current.spec for item in Item.objects.select_related("current")}
            raise _Enough
    except _Enough:
        return _Template(rows, specs)


def _places() -> None:
    county = [("43", "湖南省", "province"), ("4309", "益阳市", "city"), ("430922", "桃江县", "county")]
    parent: str | None = None
    for code, name, level in [*county, ("430922100", "桃花江镇", "township")]:
        Division.objects.create(code=code, name=name, level=level, parent_id=parent)
        parent = code
    profile = RegulationProfile.objects.create(key="hunan", name="湖南省政务服务中心管理办法（2022）")
    common = {"profile": profile, "address": "桃江县文昌路1号", "phone": "0737-8881234", "hours": "工作日 9:00—17:00"}
    hall = Centre.objects.create(
        key="taojiang", name="桃江县政务服务中心", kind="service_centre", division_id="430922", **common
    )
    Centre.objects.create(
        key="taohuajiang",
        name="桃花江镇便民服务中心",
        kind="township_centre",
        division_id="430922100",
        parent=hall,
        **common,
    )
    Window.objects.create(centre=hall, code="A01", name="综合窗口1号", kind="general")
    for code, name, short in (
        ("1199990099000101X6", "桃江县市场监督管理局", "市监"),
        ("11999900990001108R", "桃江县卫生健康委员会", "卫健"),
    ):
        Department.objects.create(
            code=code, name=name, short_name=short, kind="administrative", division_id="430922", phone="0737-8880000"
        )


def _people_of_the_county() -> None:
    hall, town = Centre.objects.get(key="taojiang"), Centre.objects.get(key="taohuajiang")
    by_slug = {"market": Department.objects.get(short_name="市监"), "health": Department.objects.get(short_name="卫健")}
    today = timezone.localdate()
    password = Account(username="x")
    password.set_password(PASSWORD)
    for username, name, role, slug in _STAFF:
        account = Account.objects.create(username=username, name=name, password=password.password)
        posting = Posting.objects.create(
            account=account,
            role=role.value,
            centre=town if role is Role.TOWNSHIP_CLERK else hall,
            department=by_slug.get(slug),
            window=Window.objects.first() if role is Role.CLERK else None,
            valid_from=today - dt.timedelta(days=3650),
        )
        if role is Role.CHIEF:
            _letter_of(posting, today)
    for username, given in (("citizen1", CITIZEN), ("company1", FIRM)):
        _applicant_account(username, given, password.password)
    _applicant_account("citizen2", {**CITIZEN, "name": "李四", "id_number": OTHER_ID}, password.password)


def _letter_of(posting: Posting, today: dt.date) -> None:
    assert posting.department is not None
    AuthorisationLetter.objects.create(
        number=f"授权〔{today.year}〕{posting.pk}号",
        department=posting.department,
        posting=posting,
        signed_by="局长",
        actions=LETTER_ACTIONS,
        valid_from=today - dt.timedelta(days=3650),
        valid_until=today + dt.timedelta(days=3650),
    )


@dataclass(frozen=True)
class _Identity:
    kind: str
    name: str
    id_type: str
    id_number: str
    phone: str = ""
    address: str = ""


def _applicant_account(username: str, given: Mapping[str, str], password: str) -> None:
    applicant = find_or_create(_Identity(**given), demo=True)
    Account.objects.create(
        username=username, name=given["name"], kind="applicant", applicant=applicant, password=password, is_demo=True
    )


def _catalogue(home: Path) -> None:
    """The five items, read from the shipped catalogue and imported as an operator would."""
    from onewindow.catalogue.imports import SHIPPED_ITEMS, import_items

    shipped = yaml.load(SHIPPED_ITEMS.read_bytes(), Loader=yaml.CSafeLoader)
    chosen = [raw for raw in shipped["items"] if raw["key"] in ITEMS]
    file = home / "items.yaml"
    file.write_text(yaml.safe_dump({"schema_version": 1, "items": chosen}, allow_unicode=True), encoding="utf-8")
    report = import_items(file)
    assert report.created == len(ITEMS), report


def _raise_curtain(template: _Template) -> Cast:
    with transaction.atomic():
        for model, rows in template.rows:
            model._default_manager.bulk_create([copy.copy(row) for row in rows])
    centres = {centre.key: centre for centre in Centre.objects.select_related("profile")}
    departments = {department.short_name: department for department in Department.objects.all()}
    return Cast(
        centre=centres["taojiang"],
        township=centres["taohuajiang"],
        market=departments["市监"],
        health=departments["卫健"],
        accounts={account.username: account for account in Account.objects.select_related("applicant")},
        items={item.key: item for item in Item.objects.select_related("current", "department")},
    )


# ---- fixtures ---------------------------------------------------------------------------------------------------


@pytest.fixture
def cast(db: None, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    """The world on stage, in the test's own transaction (or committed, for a test with transaction=True)."""
    global _kept
    if _kept is None:
        _kept = _build(tmp_path_factory.mktemp("cast"))
    return _raise_curtain(_kept)


def _named(name: str) -> Callable[..., Account]:
    @pytest.fixture(name=name)
    def person(cast: Cast) -> Account:
        return cast.accounts[name]

    return person


clerk1, clerk2, exit1 = _named("clerk1"), _named("clerk2"), _named("exit1")
examiner1, examiner2, verifier1 = _named("examiner1"), _named("examiner2"), _named("verifier1")
chief1, head1 = _named("chief1"), _named("head1")
examiner3, verifier3, chief3, head3 = _named("examiner3"), _named("verifier3"), _named("chief3"), _named("head3")
manager1, supervisor1, helper1, guide1 = (_named(n) for n in ("manager1", "supervisor1", "helper1", "guide1"))
editor1, publisher1, mayor1, township1 = (_named(n) for n in ("editor1", "publisher1", "mayor1", "township1"))
admin, citizen1, citizen2, company1 = (_named(n) for n in ("admin", "citizen1", "citizen2", "company1"))


@pytest.fixture
def receive_case(cast: Cast) -> Callable[..., Case]:
    """`receive_case(item, by="clerk1", **changes)`: a complete application received at the window."""
    return cast.receive


@pytest.fixture
def walk_to(cast: Cast) -> Callable[..., Case]:
    """`walk_to("examining", item)`: a case brought to that state by legal moves."""
    return cast.walk_to


def random_citizen(order: int) -> dict[str, str]:
    """Another applicant with a valid demonstration number; the same order gives the same person."""
    chance = random.Random(order)
    born = dt.date(1950, 1, 1) + dt.timedelta(days=chance.randrange(18_000))
    return {**CITIZEN, "name": f"测试{order}", "id_number": demo_identity(born, order % 1000)}
