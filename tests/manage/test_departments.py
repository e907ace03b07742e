"""Changing a department: differences first, then saved with a record."""

from __future__ import annotations

import pytest

from onewindow.people.models import ChangeRecord
from tests.cast import Cast
from tests.manage.conftest import Browse, check, errors_in, save, seen_in


def test_the_difference_is_shown_before_anything_is_saved(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    page = check(browse("manager1"), url, {"phone": "0737-8889999", "is_active": "on"}).content.decode()
    assert '<del><span class="ow-sr">现在：</span>0737-8880000</del>' in page
    assert "0737-8889999</ins>" in page
    cast.market.refresh_from_db()
    assert cast.market.phone == "0737-8880000"
    assert not ChangeRecord.objects.exists()


def test_saving_writes_who_changed_what(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    response = save(browse("manager1"), url, {"phone": "0737-8889999", "is_active": "on"})
    assert response.status_code == 302
    cast.market.refresh_from_db()
    assert cast.market.phone == "0737-8889999"
    record = ChangeRecord.objects.get()
    assert (record.verb, record.subject, record.account, record.division) == (
        "edit_department",
        f"department:{cast.market.pk}",
        cast.manager1,
        "430922",
    )
    assert (record.before, record.after) == ({"phone": "0737-8880000"}, {"phone": "0737-8889999"})
    assert record.posting == cast.posting("manager1")


def test_nothing_changed_is_said_and_leaves_no_record(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    client = browse("manager1")
    response = check(client, url, {"phone": "0737-8880000", "is_active": "on"})
    assert response.status_code == 302
    assert "没有改动" in client.get(response["Location"]).content.decode()
    assert not ChangeRecord.objects.exists()


def test_two_at_once_do_not_overwrite_each_other(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    client = browse("manager1")
    seen = seen_in(client.get(url))
    save(browse("admin"), url, {"phone": "0737-1111111", "is_active": "on"})
    late = client.post(url, {"phone": "0737-2222222", "is_active": "on", "step": "save", "seen": seen})
    assert late.status_code == 412
    assert "有别人改过" in errors_in(late)
    assert "0737-2222222" in late.content.decode()  # what was typed is kept
    cast.market.refresh_from_db()
    assert cast.market.phone == "0737-1111111"


@pytest.mark.parametrize("phone", ["打这个电话", "0" * 41, "0737\u202e8881234", "0737\x008881234", "\u200b0737-1"])
def test_a_telephone_number_that_is_none_is_explained(browse: Browse, cast: Cast, phone: str) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    response = check(browse("manager1"), url, {"phone": phone, "is_active": "on"})
    assert response.status_code == 422
    assert "联系电话" in errors_in(response)
    assert not ChangeRecord.objects.exists()


def test_going_back_keeps_what_was_typed(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    response = browse("manager1").post(url, {"phone": "0737-5555555", "step": "back"})
    assert response.status_code == 200
    assert 'value="0737-5555555"' in response.content.decode()


def test_the_page_shows_the_latest_changes(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")
    save(client, f"/manage/departments/{cast.market.pk}/edit/", {"phone": "0737-8889999"})
    page = client.get(f"/manage/departments/{cast.market.pk}/").content.decode()
    assert "修改部门信息" in page
    assert "沈管" in page
    assert "停用" in page


def test_text_is_shown_as_text(browse: Browse, cast: Cast) -> None:
    url = f"/manage/departments/{cast.market.pk}/edit/"
    page = check(browse("manager1"), url, {"phone": "1<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
