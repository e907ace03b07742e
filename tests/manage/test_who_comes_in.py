"""The door of the management face."""

from __future__ import annotations

import pytest
from django.test import Client

from onewindow.people.models import AccessRecord
from tests.cast import Cast
from tests.manage.conftest import Browse, Elsewhere

PAGES = {
    "": {"manager1", "admin", "supervisor1", "publisher1", "editor1"},
    "departments/": {"manager1", "admin"},
    "centres/": {"manager1", "admin"},
    "hall/": {"manager1", "admin", "supervisor1"},
    "staff/": {"manager1", "admin"},
    "staff/new/": {"manager1", "admin"},
    "letters/": {"manager1", "admin"},
    "items/": {"manager1", "admin", "publisher1", "editor1"},
    "calendar/": {"manager1", "admin"},
    "calendar/import/": {"manager1", "admin"},
    "changes/": {"manager1", "admin", "supervisor1"},
    "access/": {"manager1", "admin", "supervisor1"},
}
PEOPLE = ["manager1", "admin", "supervisor1", "publisher1", "editor1", "clerk1", "chief1", "head1", "citizen1"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_there_for_those_who_need_it_and_not_found_for_others(browse: Browse, page: str) -> None:
    seen = {who for who in PEOPLE if browse(who).get(f"/manage/{page}").status_code == 200}
    assert seen == PAGES[page]
    assert browse("clerk1").get(f"/manage/{page}").status_code == 404


def test_a_visitor_signs_in_first(cast: Cast) -> None:
    response = Client().get("/manage/staff/?q=a")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/manage/staff/%3Fq%3Da"


def test_nothing_is_kept_by_a_cache(browse: Browse) -> None:
    assert "no-store" in browse("manager1").get("/manage/staff/")["Cache-Control"]


def test_a_change_needs_the_token_of_the_page(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.manager1)
    response = client.post(f"/manage/departments/{cast.market.pk}/edit/", {"phone": "0737-1", "step": "save"})
    assert response.status_code == 403


def test_what_lies_elsewhere_is_not_found(browse: Browse, elsewhere: Elsewhere) -> None:
    client = browse("manager1")
    for path in (
        f"departments/{elsewhere.department.pk}/",
        f"departments/{elsewhere.department.pk}/edit/",
        f"centres/{elsewhere.centre.pk}/",
        f"centres/{elsewhere.centre.pk}/edit/",
        f"centres/{elsewhere.centre.pk}/plates/",
        f"windows/{elsewhere.window.pk}/",
        f"staff/{elsewhere.account.pk}/",
        f"staff/{elsewhere.account.pk}/password/",
        f"postings/{elsewhere.posting.pk}/",
        f"letters/new/{elsewhere.posting.pk}/",
    ):
        assert client.get(f"/manage/{path}").status_code == 404, path


def test_lists_do_not_show_what_lies_elsewhere(browse: Browse, elsewhere: Elsewhere) -> None:
    client = browse("manager1")
    for path in ("departments/", "centres/", "centres/?q=政务", "staff/", "search/?q=南县", "letters/new/"):
        page = client.get(f"/manage/{path}").content.decode()
        assert "南县林业局" not in page
        assert "外县人" not in page
        assert "南县政务服务中心" not in page


def test_a_supervisor_only_reads(browse: Browse, cast: Cast) -> None:
    response = browse("supervisor1").post(f"/manage/staff/{cast.clerk1.pk}/activate/")
    assert response.status_code == 404


@pytest.mark.parametrize(
    "path", ["departments/999999999999999999999/", "items/不存在/", "items/%00/", "staff/0/", "letters/9999999/print/"]
)
def test_addresses_that_lead_nowhere_are_not_found(browse: Browse, path: str) -> None:
    assert browse("admin").get(f"/manage/{path}").status_code == 404


def test_a_manager_of_a_part_does_not_touch_the_calendar(browse: Browse, elsewhere: Elsewhere) -> None:
    assert browse("manager1").get("/manage/calendar/import/").status_code == 404
    assert AccessRecord.objects.filter(kind="refused", action="import_calendar").count() == 1
