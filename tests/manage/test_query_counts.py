"""A page costs the same number of queries however much there is."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.people.models import AccessRecord, Account, AuthorisationLetter, ChangeRecord, Posting
from onewindow.places.models import Department, Window
from tests.cast import Cast
from tests.manage.conftest import Browse

LIMITS = {
    "": 14,
    "search/?q=市": 10,
    "departments/": 8,
    "departments/{department}/": 10,
    "centres/": 9,
    "centres/{centre}/": 14,
    "centres/{centre}/plates/": 8,
    "staff/": 9,
    "staff/{person}/": 14,
    "letters/": 8,
    "letters/{letter}/": 8,
    "items/": 9,
    "items/{item}/": 8,
    "calendar/": 10,
    "changes/": 9,
    "access/": 8,
}


def grow(cast: Cast, first: int, last: int) -> None:
    """More of everything, numbered."""
    for n in range(first, last):
        account = Account.objects.create(username=f"more{n:02}", name=f"增{n}")
        department = Department.objects.create(
            code=f"MORE{n:014}", name=f"增设的部门{n}", short_name=f"增{n}", kind="administrative", division_id="430922"
        )
        window = Window.objects.create(centre=cast.centre, code=f"M{n:02}", name="增设", kind="general", mode="field")
        window.departments.add(department)
        posting = Posting.objects.create(
            account=account,
            role="chief",
            centre=cast.centre,
            department=department,
            window=window,
            valid_from="2020-01-01",
        )
        AuthorisationLetter.objects.create(
            number=f"增{n}",
            department=department,
            posting=posting,
            signed_by="局长",
            actions=["decide"],
            valid_from="2020-01-01",
            valid_until="2099-01-01",
        )
        ChangeRecord.objects.create(
            account=account,
            posting=posting,
            verb="add_posting",
            subject=f"posting:{posting.pk}",
            division="430922",
            after={"account": account.pk, "department": department.pk, "window": window.pk, "centre": cast.centre.pk},
        )
        AccessRecord.objects.create(kind="refused", account=account, posting=posting, subject=f"department:{n}")


def count(client: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("page", LIMITS)
def test_a_page_is_bounded(browse: Browse, cast: Cast, page: str) -> None:
    url = "/manage/" + page.format(
        department=cast.market.pk,
        centre=cast.centre.pk,
        person=cast.chief1.pk,
        letter=AuthorisationLetter.objects.get(posting=cast.posting("chief1")).pk,
        item=cast.items["food-operation-licence"].code,
    )
    client = browse("manager1")
    client.get(url)
    grow(cast, 0, 3)
    few = count(client, url)
    grow(cast, 3, 40)
    assert count(client, url) == few <= LIMITS[page]
