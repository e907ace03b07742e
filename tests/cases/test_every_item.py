"""Every published item can be processed: received, examined, decided, issued, delivered, verified, its papers read."""

from __future__ import annotations

import pytest

from onewindow.cases.actions.engine import rules_for
from onewindow.cases.lifecycle import State
from onewindow.cases.limits import time_limits
from onewindow.cases.models import Case
from onewindow.cases.verify import verify_case
from onewindow.papers.issue import pdf_of, text_of
from onewindow.papers.models import Paper
from onewindow.people.roles import Role
from tests.cases.county import MONDAY, County, Raw


def papers_of(case: Case) -> list[Paper]:
    return list(Paper.objects.filter(subject_kind="case", subject_id=case.pk).order_by("pk"))


def test_every_item_goes_from_receipt_to_delivery_and_verifies(county: County) -> None:
    items = county.publish()
    assert len(items) == 64
    for item in items:
        case = county.walk(county.receive(item), MONDAY)
        assert case.outcome == "grant", item.key
        assert verify_case(Case.objects.get(pk=case.pk)) is None, item.key
        kinds = [paper.kind for paper in papers_of(case)]
        assert kinds == ["receipt", "acceptance", "grant", "certificate", "delivery"], item.key
        for paper in papers_of(case):
            text = text_of(paper)
            assert paper.number in text, (item.key, paper.kind)
            assert paper.issuing_body in text, (item.key, paper.kind)
        assert not [limit for limit in time_limits(case.told, rules_for(case)) if limit.open], item.key


@pytest.mark.parametrize("key", ["company-establishment", "water-abstraction-permit", "veteran-card"])
def test_the_papers_of_an_item_print(county: County, key: str) -> None:
    (item,) = county.publish(key)
    case = county.walk(county.receive(item), MONDAY)
    for paper in papers_of(case):
        assert pdf_of(paper).startswith(b"%PDF-")
    assert verify_case(Case.objects.get(pk=case.pk)) is None


@pytest.mark.parametrize(
    ("mode", "key", "people"),
    [
        ("审核合一", "fertility-registration", [Role.CHIEF]),
        ("审核合一", "social-security-card", [Role.CHIEF]),
        ("一审一核", "food-operation-licence-renewal", [Role.EXAMINER, Role.CHIEF]),
        ("一审两核", "retirement-application", [Role.EXAMINER, Role.VERIFIER, Role.CHIEF]),
        ("加特别程序", "public-place-hygiene-permit", [Role.EXAMINER, Role.VERIFIER, Role.CHIEF]),
    ],
)
def test_each_step_mode_asks_exactly_its_own_people(county: County, mode: str, key: str, people: list[Role]) -> None:
    (item,) = county.publish(key)
    case = county.walk(county.receive(item), MONDAY, until=State.DECIDED)
    assert case.version_spec.step_mode == mode
    roles = {account.pk: name for name, account in county.cast.accounts.items()}
    did = [Role(county.cast.posting(roles[o["by"]]).role) for o in case.told.opinions]
    assert did == people
    assert len({o["by"] for o in case.told.opinions}) == len(people)


def test_a_special_procedure_of_the_item_is_walked_with_it(county: County) -> None:
    (item,) = county.publish("public-place-hygiene-permit")
    case = county.walk(county.receive(item), MONDAY, until=State.EXAMINING)
    examiner = county.team(case.department)[Role.EXAMINER][0]
    inspection: Raw = {"procedure": "现场审查", "reason": "首次申请", "officers": ["冯审", "卫核"]}
    case = county.cast.act(case, "open_procedure", examiner, MONDAY, **inspection)
    case = county.walk(case, MONDAY)
    assert [p["result"] for p in case.told.procedures] == ["完成"]
    assert "procedure" in [paper.kind for paper in papers_of(case)]
    assert verify_case(Case.objects.get(pk=case.pk)) is None
