"""ETag and If-Match: nobody acts on what they have not seen."""

from __future__ import annotations

import pytest

from tests.api.conftest import Api, problem
from tests.cast import Cast


def test_the_tag_of_a_case_is_its_version(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    assert api("clerk1").get(f"/cases/{case.number}")["ETag"] == '"2"'


def test_a_stale_tag_is_told_what_changed(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    found = problem(api("examiner1").post(f"/cases/{case.number}/actions/sign", {}, match=1), 412, "stale")
    assert "受理" in found["title"]
    assert api("examiner1").act(case.number, "sign", match=2)["state"] == "examining"


@pytest.mark.parametrize("tag", ['"nonsense"', "2.0", "'2'", '"' + "9" * 40 + '"'])
def test_a_tag_that_is_none_of_ours_is_stale(api: Api, cast: Cast, tag: str) -> None:
    case = cast.walk_to("accepted")
    client = api("examiner1").client
    address = f"/api/v1/cases/{case.number}/actions/sign"
    problem(client.post(address, {}, content_type="application/json", headers={"If-Match": tag}), 412, "stale")


def test_any_version_will_do_for_a_star(api: Api, cast: Cast) -> None:
    case = cast.walk_to("accepted")
    address = f"/api/v1/cases/{case.number}/actions/sign"
    response = api("examiner1").client.post(address, {}, content_type="application/json", headers={"If-Match": "*"})
    assert response.status_code == 200
