"""The demonstration starts with a whole county: places, catalogue, calendar, and people who can do every step."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone

from onewindow.cases.steps import node_roles
from onewindow.catalogue.models import Item, Theme
from onewindow.demo.base import DemoAccount, load_base
from onewindow.demo.crowd import Crew
from onewindow.people.models import Account, Applicant, AuthorisationLetter, Posting
from onewindow.people.numbers import is_demo_number
from onewindow.people.roles import Role
from onewindow.places.models import Centre, Division, Window

pytestmark = pytest.mark.django_db

INTERFACES = "clerk1 clerk2 exit1 examiner1 examiner2 verifier1 chief1 examiner3 chief3 helper1 guide1 editor1"
MORE = "publisher1 supervisor1 manager1 township1 admin person1 company1 head2 supervisor2"


def counts() -> list[int]:
    models = (Account, Posting, AuthorisationLetter, Centre, Window, Item, Theme, Division, Applicant)
    return [model.objects.count() for model in models]


def test_the_whole_county_is_there(base: list[DemoAccount]) -> None:
    assert Division.objects.filter(code__startswith="43").count() == 31_691
    hall = Centre.objects.get(key="taojiang")
    assert (hall.name, hall.profile_id) == ("桃江县政务服务中心", "hunan")
    assert Centre.objects.filter(kind="township_centre", parent=hall).count() == 15
    assert Centre.objects.filter(kind="village_station", parent__parent=hall).count() == 247
    assert 35 <= hall.windows.count() <= 50
    assert {kind for kind, _ in Window.KINDS} == set(hall.windows.values_list("kind", flat=True))
    assert hall.zones.count() == 7
    assert (Item.objects.in_use().count(), Theme.objects.count()) == (64, 10)


def test_loading_again_changes_nothing(base: list[DemoAccount]) -> None:
    before = counts()
    assert load_base() == base
    assert counts() == before


def test_every_account_of_the_interfaces_can_sign_in(base: list[DemoAccount]) -> None:
    names = {account.username for account in base}
    assert names >= set(f"{INTERFACES} {MORE}".split())
    one = next(account for account in base if account.username == "clerk1")
    assert authenticate(username="clerk1", password=one.password) is not None
    shared = Account.objects.filter(username__in=names).values_list("password", flat=True).distinct()
    assert len(shared) == 1


def test_the_password_is_kept_for_the_next_start_and_for_nobody_else(base: list[DemoAccount]) -> None:
    path = Path(settings.DATA_DIR) / "keys" / "demo-password"
    assert path.read_text() == base[0].password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lost_password_file_gives_every_account_the_new_one(base: list[DemoAccount]) -> None:
    (Path(settings.DATA_DIR) / "keys" / "demo-password").unlink()
    fresh = load_base()
    assert fresh[0].password != base[0].password
    assert authenticate(username="chief3", password=fresh[0].password) is not None
    assert authenticate(username="chief3", password=base[0].password) is None


def test_every_item_can_be_walked_by_different_people(base: list[DemoAccount]) -> None:
    crew = Crew()
    for item in Item.objects.in_use().select_related("current"):
        assert item.current is not None
        acted: list[str] = []
        for step in range(len(item.current.spec.nodes)):
            roles = node_roles(item.current.spec, step)
            free = [name for role in roles for name in crew.back(role, item.department_id) if name not in acted]
            assert free, (item.key, step)
            acted.append(free[0])
        deciders = [*crew.back(Role.CHIEF, item.department_id), *crew.back(Role.HEAD, item.department_id)]
        assert set(deciders) - set(acted[:-1]), item.key


def test_letters_of_chiefs_cover_every_signing_action_until_2027(base: list[DemoAccount]) -> None:
    for username in ("chief1", "chief3"):
        letter = AuthorisationLetter.objects.get(posting__account__username=username)
        assert set(letter.actions) == {"decide", "extend", "terminate", "forward", "revoke"}
        assert letter.valid_until == dt.date(2027, 12, 31)


def test_there_is_an_expired_letter_and_a_receiver_who_may_decide_on_the_spot(base: list[DemoAccount]) -> None:
    assert not AuthorisationLetter.objects.get(posting__account__username="chief2").in_force(timezone.now())
    spot = AuthorisationLetter.objects.get(posting__account__username="clerk2")
    assert (spot.immediate, spot.accept_on_receipt, spot.actions) == (True, True, ["decide"])
    immediate = {item.key for item in Item.objects.in_use().select_related("current") if item.current.spec.immediate}
    assert set(spot.items) <= immediate


def test_colleagues_cover_each_other(base: list[DemoAccount]) -> None:
    clerk = Posting.objects.get(account__username="clerk1")
    assert clerk.covers is not None
    assert clerk.covers.covers == clerk


def test_nobody_in_the_demonstration_is_real(base: list[DemoAccount]) -> None:
    assert not Account.objects.filter(is_demo=False).exists()
    for applicant in Applicant.objects.all():
        assert applicant.is_demo
        assert is_demo_number(str(applicant.id_number))


@pytest.mark.parametrize("key", ["taojiang-112", "taojiang"])
def test_town_centres_take_only_what_may_be_handled_in_town(base: list[DemoAccount], key: str) -> None:
    centre = Centre.objects.get(key=key)
    items = list(centre.items.select_related("current"))
    assert items
    if centre.kind == "township_centre":
        assert all(item.current and item.current.spec.delegable.town for item in items)
    else:
        assert len(items) == 64
