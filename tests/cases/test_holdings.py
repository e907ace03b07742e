"""What the centre has of an applicant stands in for a paper of the same kind and the same person only."""

from __future__ import annotations

from typing import Any

import pytest

from onewindow.cases.holdings import holdings_for
from onewindow.catalogue.spec import Holder, ItemSpec, Material
from tests.cast import FOOD, RENEWAL, Cast

ID = {"name": "居民身份证", "form": "original", "source": "issued-by-公安机关", "licence_type": "居民身份证"}


def paper(**changes: Any) -> Material:
    return Material.model_validate({"key": "m01", **ID, **changes})


@pytest.mark.parametrize("holder", [Holder.APPLICANT, Holder.LEGAL_PERSON, Holder.GUARDIAN])
def test_the_same_licence_of_the_same_person_stands_in_under_any_name(holder: Holder) -> None:
    had, wanted = paper(holder=holder, name="负责人居民身份证"), paper(holder=holder, name="本人身份证")
    assert had.stands_for(wanted)


@pytest.mark.parametrize(
    ("had", "wanted"),
    [
        (Holder.GUARDIAN, Holder.APPLICANT),
        (Holder.APPLICANT, Holder.GUARDIAN),
        (Holder.LEGAL_PERSON, Holder.APPLICANT),
        (Holder.AGENT, Holder.AGENT),
        (Holder.OTHER, Holder.OTHER),
        (None, Holder.APPLICANT),
        (Holder.APPLICANT, None),
        (None, None),
    ],
)
def test_another_persons_and_an_unknown_persons_card_never_do(had: Holder | None, wanted: Holder | None) -> None:
    assert not paper(holder=had).stands_for(paper(holder=wanted))


def test_another_licence_and_what_is_written_each_time_never_do() -> None:
    own = Holder.APPLICANT
    assert not paper(holder=own).stands_for(paper(holder=own, name="户口簿", licence_type="居民户口簿"))
    assert not paper(holder=own, name="a", licence_type=None).stands_for(paper(holder=own, name="b", licence_type=None))
    form = paper(holder=own, name="食品经营许可申请书", licence_type=None)
    assert not form.stands_for(form)
    charter = paper(holder=own, name="公司章程", licence_type=None)
    assert charter.stands_for(charter)


def test_a_certificate_issued_here_is_the_applicants() -> None:
    licence = paper(name="食品经营许可证", licence_type="食品经营许可证", holder=Holder.APPLICANT)
    assert licence.issued_as("食品经营许可证（副本）")
    assert not licence.model_copy(update={"holder": Holder.OTHER}).issued_as("食品经营许可证")
    assert not licence.model_copy(update={"licence_type": None}).issued_as("食品经营许可证")


def listing(spec: ItemSpec, holder: Holder | None) -> ItemSpec:
    """An item that asks for one identity card."""
    return spec.model_copy(update={"materials": (paper(key="id", name="身份证明", holder=holder),)})


def test_of_a_firms_papers_those_of_the_person_asked_for_are_found(cast: Cast) -> None:
    """The food licence takes in the card of the person in charge, and with an agent that of the agent."""
    case = cast.receive(FOOD)
    handed = [m for m in case.version_spec.materials if m.key in case.told.materials and m.licence_type == "居民身份证"]
    assert [m.holder for m in handed] == [Holder.LEGAL_PERSON]
    spec = case.version_spec
    assert holdings_for(case.applicant_id, listing(spec, Holder.LEGAL_PERSON))["id"].name == handed[0].name
    for holder in (Holder.APPLICANT, Holder.GUARDIAN, Holder.AGENT, Holder.OTHER, None):
        assert holdings_for(case.applicant_id, listing(spec, holder)) == {}


def test_the_licence_and_the_business_licence_are_not_asked_for_again(cast: Cast) -> None:
    case = cast.receive(FOOD)
    held = holdings_for(case.applicant_id, cast.receive(RENEWAL).version_spec)
    assert {one.name for one in held.values()} == {"营业执照"}


def test_every_card_and_licence_of_the_sample_items_that_is_asked_for_says_whose_it_is_or_is_left_open(
    cast: Cast,
) -> None:
    from onewindow.catalogue.models import ItemVersion

    for version in ItemVersion.objects.all():
        for material in version.spec.materials:
            if material.name.startswith(("代理人", "经办人")):
                assert material.holder is Holder.AGENT
            if material.name.startswith("监护人") and material.licence_type:
                assert material.holder is Holder.GUARDIAN
            if material.name.startswith("申请人") and material.licence_type:
                assert material.holder is Holder.APPLICANT
