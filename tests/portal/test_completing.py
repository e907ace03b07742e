"""What an applicant does with a case from home: complete, supply, supply what was deferred, withdraw."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from onewindow.cases.models import Case, Draft
from tests.cast import FOOD, Cast
from tests.portal.visiting import pdf, send, text_of, visitor

pytestmark = pytest.mark.django_db


def reloaded(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_returned_case_is_completed_and_sent_again(cast: Cast) -> None:
    case, client = cast.walk_to("draft"), visitor(cast)
    page = text_of(client.get(f"/my/{case.number}/"))
    assert "请补全" in page
    assert "去补充" in page
    opened = client.post(f"/my/{case.number}/complete/")
    draft = Draft.objects.get()
    assert opened["Location"] == f"/apply/draft/{draft.pk}/"
    client.post(f"/apply/draft/{draft.pk}/situation/", {"industry": "retail", "agent": "no"})
    client.post(f"/apply/draft/{draft.pk}/materials/", {"go": "1"})
    send(client, draft)
    assert reloaded(case).state == "submitted"
    assert Case.objects.count() == 1


def test_opening_it_twice_gives_the_same_draft(cast: Cast) -> None:
    case, client = cast.walk_to("draft"), visitor(cast)
    first, second = (client.post(f"/my/{case.number}/complete/")["Location"] for _ in range(2))
    assert first == second


def test_a_correction_supplies_what_the_notice_names(cast: Cast) -> None:
    case, client = cast.walk_to("correcting"), visitor(cast)
    page = text_of(client.get(f"/my/{case.number}/"))
    assert "前补齐 1 份材料" in page
    assert "没有签字" in page
    client.post(f"/my/{case.number}/complete/")
    draft = Draft.objects.get()
    materials = f"/apply/draft/{draft.pk}/materials/"
    assert "要补正：没有签字" in text_of(client.get(materials))
    client.post(materials, {"file-m01": pdf("签了字.pdf"), "go": "1"})
    answer = send(client, draft)
    assert answer["Location"] == f"/my/{case.number}/"
    after = reloaded(case)
    assert after.state == "received"
    assert after.told.materials["m01"]["file"]


def test_an_empty_correction_is_refused_in_words(cast: Cast) -> None:
    case, client = cast.walk_to("correcting"), visitor(cast)
    client.post(f"/my/{case.number}/complete/")
    draft = Draft.objects.get()
    client.post(f"/apply/draft/{draft.pk}/materials/", {"go": "1"})
    answer = send(client, draft)
    assert answer.status_code == 422
    assert "至少要有 1 项" in text_of(answer)
    assert reloaded(case).state == "correcting"


def test_deferred_materials_are_supplied(cast: Cast) -> None:
    spec = cast.items[FOOD].current.spec  # type: ignore[union-attr]
    late = next(m.key for m in spec.materials_for({"industry": "retail", "agent": "no"}) if m.deferrable)
    from tests.cast import application

    body = application(FOOD)
    body["materials"] = [row for row in body["materials"] if row["material"] != late]
    case = cast.receive(FOOD, materials=body["materials"])
    until = (timezone.localdate() + dt.timedelta(days=10)).isoformat()
    cast.act(case, "accept_deferred", "clerk1", deferred=[{"material": late, "until": until}], promised=True)
    client = visitor(cast)
    assert "还有后补的材料没有交" in text_of(client.get(f"/my/{case.number}/"))
    client.post(f"/my/{case.number}/complete/")
    draft = Draft.objects.get()
    client.post(f"/apply/draft/{draft.pk}/materials/", {f"file-{late}": pdf(), "go": "1"})
    send(client, draft)
    assert not reloaded(case).told.deferred


def test_a_case_without_anything_open_cannot_be_completed(cast: Cast) -> None:
    case = cast.walk_to("examining")
    answer = visitor(cast).post(f"/my/{case.number}/complete/")
    assert answer.status_code == 409
    assert "没有要补的材料" in text_of(answer)


def test_withdrawing_asks_twice_and_needs_a_reason(cast: Cast) -> None:
    case, client = cast.walk_to("received"), visitor(cast)
    where = f"/my/{case.number}/withdraw/"
    assert "不能恢复" in text_of(client.get(where))
    assert client.post(where, {"reason": "不办了"}).status_code == 422
    assert client.post(where, {"sure": "on"}).status_code == 422
    assert reloaded(case).state == "received"
    client.post(where, {"reason": "不办了", "sure": "on"})
    after = reloaded(case)
    assert (after.state, after.told.reason) == ("withdrawn", "不办了")


def test_a_decided_case_cannot_be_withdrawn(cast: Cast) -> None:
    case, client = cast.walk_to("decided"), visitor(cast)
    assert "撤回申请" not in text_of(client.get(f"/my/{case.number}/"))
    answer = client.post(f"/my/{case.number}/withdraw/", {"reason": "x", "sure": "on"})
    assert answer.status_code == 409
    assert reloaded(case).state == "decided"
