"""Centres, their zones and windows, and the plates."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.people.models import ChangeRecord
from onewindow.places.models import Centre, RegulationProfile, Window, Zone
from tests.cast import Cast
from tests.manage.conftest import Browse, Elsewhere, check, errors_in, save

WINDOW: dict[str, Any] = {"code": "b07", "name": "社保", "kind": "general", "mode": "any", "is_active": "on"}


def test_the_tree_shows_the_hall_with_its_townships(browse: Browse, cast: Cast) -> None:
    page = browse("manager1").get("/manage/centres/").content.decode()
    assert page.index("桃江县政务服务中心") < page.index("桃花江镇便民服务中心")


def test_a_centre_is_changed_with_its_rule_book(browse: Browse, cast: Cast) -> None:
    RegulationProfile.objects.create(key="xixia", name="西夏区的规则")
    url = f"/manage/centres/{cast.township.pk}/edit/"
    data = {"address": "桃花西路2号", "phone": "0737-8880001", "hours": "周一至周五", "profile": "xixia"}
    shown = check(browse("manager1"), url, data).content.decode()
    assert "湖南省政务服务中心管理办法（2022）" in shown
    assert "西夏区的规则</ins>" in shown
    save(browse("manager1"), url, data)
    cast.township.refresh_from_db()
    assert (cast.township.profile_id, cast.township.is_open) == ("xixia", False)
    assert ChangeRecord.objects.get().after["is_open"] is False


def test_an_unknown_rule_book_is_refused(browse: Browse, cast: Cast) -> None:
    response = check(browse("manager1"), f"/manage/centres/{cast.centre.pk}/edit/", {"profile": "mars"})
    assert response.status_code == 422
    assert "适用的规则" in errors_in(response)


def test_zones_are_added_and_renamed(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")
    save(client, f"/manage/centres/{cast.centre.pk}/zones/new/", {"kind": "acceptance", "name": "受理一区"})
    zone = Zone.objects.get(centre=cast.centre)
    again = check(client, f"/manage/centres/{cast.centre.pk}/zones/new/", {"kind": "waiting", "name": "受理一区"})
    assert "同名" in errors_in(again)
    save(client, f"/manage/zones/{zone.pk}/", {"kind": "acceptance", "name": "受理二区"})
    zone.refresh_from_db()
    assert zone.name == "受理二区"
    assert list(ChangeRecord.objects.values_list("verb", flat=True)) == ["add_zone", "edit_zone"]


def test_a_window_is_added_with_its_code_in_capitals(browse: Browse, cast: Cast) -> None:
    save(browse("manager1"), f"/manage/centres/{cast.centre.pk}/windows/new/", WINDOW)
    window = Window.objects.get(code="B07")
    assert (window.centre, window.mode, window.is_active) == (cast.centre, "any", True)
    assert ChangeRecord.objects.get().subject == f"window:{window.pk}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "A01"}, "A01 已经有了"),
        ({"code": "窗口一"}, "格式不对"),
        ({"code": ""}, "请填写窗口号"),
        ({"kind": "spaceship"}, "没有您选的这一项"),
        ({"mode": "field"}, "分领域的窗口要选出"),
        ({"name": ""}, "请填写名称"),
        ({"name": "好" * 61}, "太长了"),
        ({"zone": "99999"}, "没有您选的这一项"),
    ],
)
def test_a_wrong_window_is_explained(browse: Browse, cast: Cast, changes: dict[str, str], words: str) -> None:
    response = check(browse("manager1"), f"/manage/centres/{cast.centre.pk}/windows/new/", {**WINDOW, **changes})
    assert response.status_code == 422
    assert words in errors_in(response)


def test_a_window_for_some_departments(browse: Browse, cast: Cast) -> None:
    client, window = browse("manager1"), Window.objects.get(code="A01")
    data = {"name": "市监", "kind": "general", "mode": "field", "departments": [cast.market.pk], "is_active": "on"}
    shown = check(client, f"/manage/windows/{window.pk}/", data).content.decode()
    assert "桃江县市场监督管理局</ins>" in shown
    save(client, f"/manage/windows/{window.pk}/", data)
    assert list(window.departments.all()) == [cast.market]
    both = check(client, f"/manage/windows/{window.pk}/", {**data, "mode": "any"})
    assert "不用再选部门" in errors_in(both)


def test_a_department_of_another_county_is_no_choice(browse: Browse, cast: Cast, elsewhere: Elsewhere) -> None:
    data = {**WINDOW, "mode": "field", "departments": [elsewhere.department.pk]}
    response = check(browse("manager1"), f"/manage/centres/{cast.centre.pk}/windows/new/", data)
    assert response.status_code == 422


def test_the_page_of_a_centre_shows_who_sits_where(browse: Browse, cast: Cast) -> None:
    page = browse("manager1").get(f"/manage/centres/{cast.centre.pk}/").content.decode()
    assert "A01" in page
    assert "陈窗" in page
    assert "桃花江镇便民服务中心" in page


def test_plates_are_printed_for_windows_in_use(browse: Browse, cast: Cast) -> None:
    Window.objects.create(centre=cast.centre, code="Z09", name="旧窗口", kind="general", is_active=False)
    client = browse("manager1")
    page = client.get(f"/manage/centres/{cast.centre.pk}/plates/").content.decode()
    assert "A01" in page
    assert "Z09" not in page
    assert client.get(f"/manage/centres/{cast.centre.pk}/plates/?window=A01").status_code == 200
    assert client.get(f"/manage/centres/{cast.centre.pk}/plates/?window=Q99").status_code == 404


def test_closing_a_centre_is_recorded_only_once(browse: Browse, cast: Cast) -> None:
    url = f"/manage/centres/{cast.township.pk}/edit/"
    facts = {"address": cast.township.address, "phone": cast.township.phone, "hours": cast.township.hours}
    data = {**facts, "profile": "hunan"}
    save(browse("manager1"), url, data)
    assert check(browse("manager1"), url, data).status_code == 302
    assert ChangeRecord.objects.count() == 1
    assert not Centre.objects.get(pk=cast.township.pk).is_open
