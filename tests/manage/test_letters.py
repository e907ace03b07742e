"""Authorisation letters: to whom, for what, until when; signed once, revoked with a reason, never edited."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from onewindow.people.models import AccessRecord, AuthorisationLetter, ChangeRecord, Posting
from onewindow.problems import Refused
from tests.cast import COMPANY, FOOD, HYGIENE, Cast
from tests.manage.conftest import Browse, check, errors_in, save


def day(days: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def letter(**changes: Any) -> dict[str, Any]:
    return {
        "number": "桃政授〔2026〕088号",
        "signed_by": "郑局",
        "actions": ["decide", "extend"],
        "valid_from": day(0),
        "valid_until": day(365),
        **changes,
    }


@pytest.fixture
def chief(cast: Cast) -> Posting:
    """The chief of market regulation, whose old letter has been taken away."""
    AuthorisationLetter.objects.filter(posting=cast.posting("chief1")).update(revoked_at=timezone.now())
    return cast.posting("chief1")


def new(posting: Posting, department: Any = None) -> str:
    return f"/manage/letters/new/{posting.pk}/" + (f"?department={department.pk}" if department else "")


def test_a_chief_decides_with_the_letter_that_was_signed_here(browse: Browse, cast: Cast, chief: Posting) -> None:
    case = cast.receive(COMPANY)
    case = cast.act(case, "accept", "clerk1")
    with pytest.raises(Refused):
        cast.act(case, "decide", "chief1", outcome="grant", opinion="准予")
    save(browse("manager1"), new(chief), letter())
    signed = AuthorisationLetter.objects.get(number="桃政授〔2026〕088号")
    assert (signed.posting, signed.department, signed.items) == (chief, cast.market, [])
    assert cast.act(case, "decide", "chief1", outcome="grant", opinion="准予").state == "decided"
    record = ChangeRecord.objects.get()
    assert record.subject == f"letter:{signed.pk}"
    assert "signed_by" not in record.after


def test_the_actions_offered_are_those_that_need_a_letter(browse: Browse, cast: Cast, chief: Posting) -> None:
    page = browse("manager1").get(new(chief)).content.decode()
    for word in ("作出决定", "延期", "终止", "转报", "撤销决定"):
        assert f"<span>{word}</span>" in page
    assert "<span>受理</span>" not in page
    clerk = browse("manager1").get(new(cast.posting("clerk1"), cast.market)).content.decode()
    assert "<span>作出决定</span>" in clerk
    assert "<span>延期</span>" not in clerk


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "请填写授权书编号"),
        ({"number": "号" * 61}, "太长了"),
        ({"signed_by": ""}, "请填写授权人"),
        ({"actions": []}, "请至少选择一项权限"),
        ({"actions": ["accept"]}, "没有您选的这一项"),
        ({"items": [HYGIENE]}, "没有您选的这一项"),
        ({"valid_until": day(-1)}, "不能早于"),
        ({"valid_from": day(9), "valid_until": day(3)}, "不能早于"),
        ({"valid_until": day(365 * 11)}, "核对年份"),
        ({"valid_from": "1999-01-01"}, "核对年份"),
        ({"valid_from": "昨天"}, "要写成日期"),
    ],
)
def test_a_wrong_letter_is_explained(browse: Browse, chief: Posting, changes: dict[str, Any], words: str) -> None:
    response = check(browse("manager1"), new(chief), letter(**changes))
    assert response.status_code == 422
    assert words in errors_in(response)


def test_a_number_is_used_once(browse: Browse, cast: Cast, chief: Posting) -> None:
    taken = AuthorisationLetter.objects.get(posting=cast.posting("chief3")).number
    assert "已经用过了" in errors_in(check(browse("manager1"), new(chief), letter(number=taken)))


def test_a_letter_lasts_no_longer_than_the_posting(browse: Browse, chief: Posting) -> None:
    Posting.objects.filter(pk=chief.pk).update(valid_until=timezone.localdate() + dt.timedelta(days=30))
    response = check(browse("manager1"), new(chief), letter(valid_until=day(31)))
    assert "授权不能更晚" in errors_in(response)


@pytest.mark.parametrize(
    ("changes", "clashes"),
    [
        ({}, True),
        ({"valid_from": day(100), "valid_until": day(200)}, True),
        ({"actions": ["revoke"]}, False),
        ({"valid_from": day(366), "valid_until": day(500)}, False),
        ({"items": [FOOD]}, True),
    ],
)
def test_letters_do_not_overlap(browse: Browse, chief: Posting, changes: dict[str, Any], clashes: bool) -> None:
    client = browse("manager1")
    save(client, new(chief), letter())
    response = check(client, new(chief), letter(number="另一份", **changes))
    assert ("有重叠" in errors_in(response)) is clashes
    assert response.status_code == (422 if clashes else 200)


def test_letters_for_different_items_stand_side_by_side(browse: Browse, chief: Posting) -> None:
    client = browse("manager1")
    save(client, new(chief), letter(items=[FOOD]))
    save(client, new(chief), letter(number="另一份", items=[COMPANY]))
    assert AuthorisationLetter.objects.filter(posting=chief, revoked_at=None).count() == 2


def test_a_clerk_gets_immediate_items_only(browse: Browse, cast: Cast) -> None:
    client, url = browse("manager1"), new(cast.posting("clerk1"), cast.market)
    granted = letter(actions=["decide"], items=[COMPANY], immediate="on", accept_on_receipt="on")
    assert "没有您选的这一项" in errors_in(check(client, url, {**granted, "items": [FOOD]}))
    assert "请至少选择一项事项" in errors_in(check(client, url, {**granted, "items": []}))
    assert "当场办结即办件" in errors_in(check(client, url, {**granted, "immediate": ""}))
    save(client, url, granted)
    signed = AuthorisationLetter.objects.get(number="桃政授〔2026〕088号")
    assert (signed.immediate, signed.accept_on_receipt, signed.items) == (True, True, [COMPANY])
    case = cast.act(cast.receive(COMPANY), "accept", "clerk1")
    assert cast.act(case, "decide", "clerk1", outcome="grant", opinion="准予").state == "decided"


def test_a_clerk_needs_a_department_that_authorises(browse: Browse, cast: Cast) -> None:
    response = browse("manager1").get(new(cast.posting("clerk1")))
    assert response.status_code == 302


@pytest.mark.parametrize("who", ["examiner1", "head1", "manager1"])
def test_other_posts_need_no_letter(browse: Browse, cast: Cast, who: str) -> None:
    assert browse("admin").get(new(cast.posting(who), cast.market)).status_code == 404


def test_nobody_authorises_themselves(browse: Browse, cast: Cast) -> None:
    posting = Posting.objects.create(
        account=cast.manager1, role="chief", centre=cast.centre, department=cast.market, valid_from="2020-01-01"
    )
    response = browse("manager1").post(new(posting), {**letter(), "step": "save"})
    assert response.status_code == 403
    assert not AuthorisationLetter.objects.filter(posting=posting).exists()
    assert AccessRecord.objects.get(kind="refused").action == "sign_letter"


def test_a_revoked_letter_gives_nothing_from_that_moment(browse: Browse, cast: Cast) -> None:
    held = AuthorisationLetter.objects.get(posting=cast.posting("chief1"))
    case = cast.act(cast.receive(COMPANY), "accept", "clerk1")
    client = browse("manager1")
    save(client, f"/manage/letters/{held.pk}/revoke/", {"reason": "不再担任"})
    with pytest.raises(Refused):
        cast.act(case, "decide", "chief1", outcome="grant", opinion="准予")
    page = client.get(f"/manage/letters/{held.pk}/").content.decode()
    assert "原因：不再担任" in page
    assert "已经撤销过了" in errors_in(check(client, f"/manage/letters/{held.pk}/revoke/", {"reason": "再来"}))


def test_the_list_tells_how_long_each_lasts(browse: Browse, cast: Cast) -> None:
    today = timezone.localdate()
    held = AuthorisationLetter.objects.filter(posting=cast.posting("chief1"))
    held.update(valid_until=today + dt.timedelta(days=12))
    client = browse("manager1")
    assert "12 天后到期" in client.get("/manage/letters/?state=soon").content.decode()
    assert "褚首" not in client.get("/manage/letters/?state=soon").content.decode()
    held.update(valid_until=today - dt.timedelta(days=1))
    assert "吴首" not in client.get("/manage/letters/").content.decode()
    assert "已到期" in client.get("/manage/letters/?state=ended").content.decode()


def test_the_letter_is_printed_with_its_words(browse: Browse, cast: Cast) -> None:
    held = AuthorisationLetter.objects.get(posting=cast.posting("chief1"))
    page = browse("manager1").get(f"/manage/letters/{held.pk}/print/").content.decode()
    for words in (held.number, "吴首", "桃江县市场监督管理局", "作出决定", "首席事务代表"):
        assert words in page
