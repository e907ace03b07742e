"""Accounts: made, switched off, given a new password; and what must never happen to them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from onewindow.people.models import AccessRecord, Account, ApiToken, ChangeRecord, Posting
from tests.cast import PASSWORD, Cast
from tests.manage.conftest import Browse, Elsewhere, check, errors_in, save

NEW = {"username": "zhangwei", "name": "张伟", "phone": "13900001111"}


def password_in(page: str) -> str:
    found = re.search(r'mg-secret__word">([a-z0-9-]+)<', page)
    assert found
    return found[1]


def test_a_new_account_gets_a_password_that_is_shown_once(browse: Browse) -> None:
    client = browse("manager1")
    response = save(client, "/manage/staff/new/", NEW)
    account = Account.objects.get(username="zhangwei")
    assert account.check_password(password_in(response.content.decode()))
    assert "mg-secret" not in client.get(f"/manage/staff/{account.pk}/").content.decode()
    assert (account.kind, account.phone) == ("staff", "13900001111")


def test_the_record_of_a_new_account_holds_no_personal_data(browse: Browse) -> None:
    save(browse("manager1"), "/manage/staff/new/", NEW)
    record = ChangeRecord.objects.get(verb="create_account")
    assert record.after == {"created": True, "has_phone": True}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": "clerk1"}, "已经有人用了"),
        ({"username": "Zhang Wei"}, "小写字母"),
        ({"username": "张伟"}, "小写字母"),
        ({"username": "a" * 41}, "小写字母"),
        ({"username": ""}, "请填写用户名"),
        ({"name": ""}, "请填写姓名"),
        ({"name": "张\u202e伟"}, "隐藏字符"),
        ({"phone": "12345"}, "电话号码不对"),
    ],
)
def test_a_wrong_account_is_explained(browse: Browse, changes: dict[str, str], words: str) -> None:
    response = check(browse("manager1"), "/manage/staff/new/", {**NEW, **changes})
    assert response.status_code == 422
    assert words in errors_in(response)
    assert not ChangeRecord.objects.exists()


def test_a_switched_off_account_is_out_at_once(browse: Browse, cast: Cast) -> None:
    token = ApiToken.issue(cast.clerk2)
    signed_in = browse("clerk2")
    save(browse("manager1"), f"/manage/staff/{cast.clerk2.pk}/deactivate/", {"reason": "调离岗位"})
    cast.clerk2.refresh_from_db()
    assert not cast.clerk2.is_active
    assert ApiToken.objects.get(digest=ApiToken.digest_of(token)).revoked_at is not None
    assert signed_in.get("/desk/").status_code == 302
    assert ChangeRecord.objects.get().after == {"is_active": False, "reason": "调离岗位"}
    browse("manager1").post(f"/manage/staff/{cast.clerk2.pk}/activate/")
    cast.clerk2.refresh_from_db()
    assert cast.clerk2.is_active


def test_the_last_administrator_cannot_be_switched_off(browse: Browse, cast: Cast) -> None:
    second = Account.objects.create(username="admin2", name="管理员二")
    Posting.objects.create(account=second, role="admin", centre=cast.centre, valid_from="2020-01-01")
    client = Client()
    client.force_login(second)
    save(client, f"/manage/staff/{cast.admin.pk}/deactivate/", {"reason": "退休"})
    cast.admin.refresh_from_db()
    assert not cast.admin.is_active
    posting = Posting.objects.get(account=second)
    ending = {"valid_until": posting.valid_from.isoformat(), "reason": "离职"}
    refused = check(client, f"/manage/postings/{posting.pk}/end/", {**ending, "valid_until": "2099-01-01"})
    assert "最后一位系统管理员" in errors_in(refused)


def test_nobody_switches_themselves_off(browse: Browse, cast: Cast) -> None:
    response = check(browse("manager1"), f"/manage/staff/{cast.manager1.pk}/deactivate/", {"reason": "试试"})
    assert response.status_code == 403
    cast.manager1.refresh_from_db()
    assert cast.manager1.is_active
    assert AccessRecord.objects.filter(kind="refused", account=cast.manager1, action="deactivate_account").exists()


def test_the_only_administrator_is_told_so_by_another_door(browse: Browse, cast: Cast) -> None:
    response = check(browse("manager1"), f"/manage/staff/{cast.admin.pk}/deactivate/", {"reason": "试试"})
    assert response.status_code in {403, 409}
    cast.admin.refresh_from_db()
    assert cast.admin.is_active


@pytest.mark.parametrize("who", ["admin", "supervisor1"])
def test_a_manager_does_not_take_over_those_above_or_beside(browse: Browse, cast: Cast, who: str) -> None:
    account = cast.accounts[who]
    response = browse("manager1").post(f"/manage/staff/{account.pk}/password/", {"step": "save"})
    assert response.status_code == 403
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
    assert AccessRecord.objects.filter(kind="refused", account=cast.manager1, action="reset_password").exists()


def test_somebody_who_also_works_elsewhere_is_for_the_administrator(
    browse: Browse, cast: Cast, elsewhere: Elsewhere
) -> None:
    Posting.objects.create(account=cast.clerk2, role="clerk", centre=elsewhere.centre, valid_from="2020-01-01")
    response = browse("manager1").post(f"/manage/staff/{cast.clerk2.pk}/password/", {"step": "save"})
    assert response.status_code == 403
    assert browse("admin").post(f"/manage/staff/{cast.clerk2.pk}/password/", {"step": "save"}).status_code == 200


def test_a_new_password_ends_every_session(browse: Browse, cast: Cast) -> None:
    signed_in = browse("clerk1")
    response = browse("manager1").post(f"/manage/staff/{cast.clerk1.pk}/password/", {"step": "save"})
    cast.clerk1.refresh_from_db()
    assert cast.clerk1.check_password(password_in(response.content.decode()))
    assert not cast.clerk1.check_password(PASSWORD)
    assert signed_in.get("/desk/").status_code == 302
    assert ChangeRecord.objects.get().after == {"password": "reset"}


def test_a_telephone_number_is_masked_until_somebody_looks(browse: Browse, cast: Cast) -> None:
    cast.clerk1.phone = "13812345678"
    cast.clerk1.save()
    client = browse("manager1")
    page = client.get(f"/manage/staff/{cast.clerk1.pk}/").content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    shown = client.post(f"/manage/staff/{cast.clerk1.pk}/phone/").content.decode()
    assert "13812345678" in shown
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account, record.subject) == (cast.manager1, f"account:{cast.clerk1.pk}")


def test_changing_name_and_telephone_records_only_that_they_changed(browse: Browse, cast: Cast) -> None:
    save(browse("manager1"), f"/manage/staff/{cast.clerk1.pk}/edit/", {"name": "陈新窗", "phone": "13812345678"})
    cast.clerk1.refresh_from_db()
    assert (cast.clerk1.name, cast.clerk1.phone) == ("陈新窗", "13812345678")
    assert ChangeRecord.objects.get().after == {"changed": ["name", "phone"]}
    save(browse("manager1"), f"/manage/staff/{cast.clerk1.pk}/edit/", {"name": "陈新窗", "forget_phone": "on"})
    cast.clerk1.refresh_from_db()
    assert cast.clerk1.phone is None


def test_applicants_are_no_staff(browse: Browse, cast: Cast) -> None:
    client = browse("admin")
    assert client.get(f"/manage/staff/{cast.citizen1.pk}/").status_code == 404
    assert "citizen1" not in client.get("/manage/staff/?q=citizen").content.decode().replace("q=citizen", "")


def test_people_are_found_by_name_username_department_and_role(browse: Browse, cast: Cast) -> None:
    client = browse("manager1")

    def found(query: str) -> set[str]:
        page = client.get(f"/manage/staff/?{query}").content.decode()
        return set(
            re.findall(r'class="ow-mono">(\w+)</td>|data-label="用户名" class="ow-mono">(\w+)<', page)
            and re.findall(r'class="ow-mono">(\w+)<', page)
        )

    assert found("q=吴首") == {"chief1"}
    assert found("q=EXAMINER2") == {"examiner2"}
    assert found(f"department={cast.health.pk}&role=chief") == {"chief3"}
    assert found("role=township_clerk") == {"township1"}
    assert found("state=off") == set()
    assert found("role=%27%3B--&department=x&state=zzz&after=%FF") >= {"clerk1"}
