"""One's own postings and letters, password and tokens."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from onewindow.people.models import ApiToken, Posting
from onewindow.people.roles import Role
from tests.cast import PASSWORD, Cast
from tests.desk.conftest import SignIn, text


def second_posting(cast: Cast) -> Posting:
    return Posting.objects.create(
        account=cast.clerk1,
        role=Role.EXIT_CLERK.value,
        centre=cast.centre,
        valid_from=timezone.localdate() - dt.timedelta(days=1),
    )


def test_postings_and_letters_stand_with_their_validity(cast: Cast, sign_in: SignIn) -> None:
    cast.letter("chief1", ["decide"], items=["food-operation-licence"], revoked_at=timezone.now())
    page = text(sign_in("chief1").get("/desk/account/"))
    assert "桃江县市场监督管理局 · 首席事务代表" in page
    assert "可以办：作出决定、延期、终止、转报、撤销决定" in page
    assert "范围：桃江县市场监督管理局的全部事项" in page
    assert "范围：食品经营许可（新办）" in page
    assert "已收回" in page


def test_the_chosen_posting_decides_the_lists(cast: Cast, sign_in: SignIn) -> None:
    other, client = second_posting(cast), sign_in("clerk1")
    assert "list=prereview" in text(client.get("/desk/"))
    page = text(client.post("/desk/account/posting/", {"posting": other.pk}, follow=True))
    assert "现在以「桃江县政务服务中心 · 统一出件员」办理业务" in page
    assert "待制证" in page
    assert "list=prereview" not in page


def test_somebody_elses_posting_cannot_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    second_posting(cast)
    response = sign_in("clerk1").post("/desk/account/posting/", {"posting": cast.posting("chief1").pk})
    assert response.status_code == 404


def test_a_posting_that_ended_gives_nothing(cast: Cast, sign_in: SignIn) -> None:
    other, client = second_posting(cast), sign_in("clerk1")
    client.post("/desk/account/posting/", {"posting": other.pk})
    Posting.objects.filter(pk=other.pk).update(valid_until=timezone.localdate() - dt.timedelta(days=1))
    assert "list=prereview" in text(client.get("/desk/"))


def change(client, **fields: str):  # type: ignore[no-untyped-def]
    body = {"present": PASSWORD, "fresh": "竹海清风 2026 窗口", "again": "竹海清风 2026 窗口", **fields}
    return client.post("/desk/account/password/", body)


def test_the_password_changes_and_one_stays_signed_in(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert change(client).status_code == 302
    cast.clerk1.refresh_from_db()
    assert cast.clerk1.check_password("竹海清风 2026 窗口")
    assert client.get("/desk/").status_code == 200


def test_other_browsers_are_signed_out_by_a_new_password(cast: Cast, sign_in: SignIn) -> None:
    here, there = sign_in("clerk1"), sign_in("clerk1")
    change(here)
    assert there.get("/desk/").status_code == 302


def test_a_password_needs_the_present_one_twice_the_same_and_strength(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert "现在的密码不对" in text(change(client, present="wrong"))
    assert "两次写的新密码不一样" in text(change(client, again="别的什么密码吧"))
    weak = change(client, fresh="12345678", again="12345678")
    assert weak.status_code == 422
    assert "12345678" not in text(weak)
    cast.clerk1.refresh_from_db()
    assert cast.clerk1.check_password(PASSWORD)


def test_a_token_is_shown_once_and_can_be_revoked(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.post("/desk/account/token/"))
    token = ApiToken.objects.get(account=cast.clerk1)
    shown = page[page.index('id="new-token">') + len('id="new-token">') :].split("<")[0]
    assert ApiToken.digest_of(shown) == token.digest
    assert shown not in text(client.get("/desk/account/"))
    client.post("/desk/account/token/", {"revoke": token.pk})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_somebody_elses_token_is_not_revoked(cast: Cast, sign_in: SignIn) -> None:
    ApiToken.issue(cast.clerk2)
    token = ApiToken.objects.get(account=cast.clerk2)
    sign_in("clerk1").post("/desk/account/token/", {"revoke": token.pk})
    token.refresh_from_db()
    assert token.revoked_at is None
    assert sign_in("clerk1").post("/desk/account/token/", {"revoke": "x"}).status_code == 404
