"""The list of what supervision told somebody, and how they want it: their own, read by opening, plain errors."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.oversight import telling
from onewindow.oversight.models import Notice, NoticeWish
from tests.cast import Cast
from tests.desk.conftest import SignIn
from tests.oversight.cards import raised

LIST, WISHES = "/desk/notices/", "/desk/notices/settings/"
WISH: dict[str, Any] = {
    "channel": "none",
    "email": "",
    "least": "warn",
    "quiet_from": "22:00",
    "quiet_until": "06:30",
}


def text(response: Any) -> str:
    return str(response.content.decode())


def test_what_i_was_told_stands_there_until_i_open_it(cast: Cast, sign_in: SignIn) -> None:
    row = raised(cast, "red")
    telling.announce()
    client = sign_in("examiner1")
    html = text(client.get(LIST))
    assert f"红牌 {row.number}：超过承诺时限" in html
    assert "没看过的" in html
    assert "还没有看" in text(sign_in("supervisor1").get(f"/desk/cards/{row.number}/"))
    client = sign_in("examiner1")
    client.get(f"/desk/cards/{row.number}/")
    assert "都看过了" in text(client.get(LIST))
    assert row.number in text(client.get(f"{LIST}?show=all"))
    assert Notice.objects.filter(read_at=None).count() == 1  # the chief's: supervision has opened it
    assert "看过</small>" in text(sign_in("supervisor1").get(f"/desk/cards/{row.number}/"))


def test_nobody_sees_what_others_were_told(cast: Cast, sign_in: SignIn) -> None:
    row = raised(cast, "red", tell=["actor"])
    telling.announce()
    for who in ("examiner2", "chief1", "clerk1", "manager1"):
        assert row.number not in text(sign_in(who).get(f"{LIST}?show=all"))
    assert sign_in("citizen1").get(LIST).status_code == 404
    sign_in("examiner2").post(LIST)
    assert Notice.objects.filter(read_at=None).count() == 1


def test_everything_is_marked_as_read_at_once(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        raised(cast, "warn")
    telling.announce()
    client = sign_in("chief1")
    assert "3 条都标为看过了" in text(client.post(LIST, follow=True))
    assert not Notice.objects.filter(account=cast.accounts["chief1"], read_at=None).exists()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "%00"])
def test_a_strange_address_is_not_found(cast: Cast, sign_in: SignIn, before: str) -> None:
    assert sign_in("examiner1").get(f"{LIST}?before={before}").status_code == 404


def test_a_long_list_has_pages_and_costs_the_same(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("examiner1")

    def cost() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST).status_code == 200
        return len(seen)

    raised(cast, "remind")
    telling.announce()
    few = cost()
    rule = raised(cast, "warn").rule
    Notice.objects.bulk_create(
        Notice(account=cast.examiner1, alert=row, what="warn", level="warn", at=row.opened_at, step=step)
        for row in [raised(cast, "warn", rule=rule)]
        for step in range(1, 60)
    )
    telling.announce()
    assert cost() == few <= 9
    html = text(client.get(LIST))
    assert "?before=" in html


# ---- how to be told ------------------------------------------------------------------------------------------------


def test_my_wishes_are_kept(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("examiner1")
    assert 'value="21:00"' in text(client.get(WISHES))
    answer = client.post(WISHES, {**WISH, "channel": "email", "email": "zhao@example.gov.cn"}, follow=True)
    assert "22:00 到 06:30 只发新的红牌" in text(answer)
    kept = NoticeWish.objects.get()
    assert (kept.channel, kept.email, kept.least) == ("email", "zhao@example.gov.cn", "warn")
    assert (kept.quiet_from, kept.quiet_until) == (time(22), time(6, 30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM oversight_noticewish")
        assert "zhao" not in str(cursor.fetchone())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "email"}, "email"),
        ({"channel": "email", "email": "这里"}, "email"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "text"}, "channel"),
        ({"least": "black"}, "least"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"quiet_until": ""}, "quiet_until"),
    ],
)
def test_a_wish_that_cannot_be_is_named_beside_its_field(
    cast: Cast, sign_in: SignIn, changes: dict[str, str], field: str
) -> None:
    cast.examiner1.phone = None
    cast.examiner1.save()
    response = sign_in("examiner1").post(WISHES, {**WISH, **changes})
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in text(response)
    assert not NoticeWish.objects.exists()
