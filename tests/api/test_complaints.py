"""The complaints' API: taking down, reading, moving; who learns what; repeats, versions, hostile input, queries."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jsonschema import Draft202012Validator

from onewindow.clocks.store import current_calendar
from onewindow.faces.api.openapi import build
from onewindow.people.models import AccessRecord
from onewindow.voice.models import Complaint
from tests.api.conftest import Api
from tests.cast import FOOD, Cast
from tests.voice.saying import SAID, said, walked
from tests.voice.showing import PNG, body, kept, picture


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(json.dumps(build(), default=str))  # type: ignore[no-any-return]


def fits(document: dict[str, Any], name: str, body: Any) -> None:
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", **document}).validate(body)


def test_a_clerks_program_takes_one_down(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    made = api("clerk1").post("/complaints", {**SAID, "channel": "phone", "name": "李桃花"}, key="one")
    assert made.status_code == 201, made.content.decode()
    fits(document, "ComplaintMade", made.json())
    row = Complaint.objects.get()
    assert made["Location"] == f"/api/v1/complaints/{row.number}"
    assert made.json()["follow"].endswith(f"/voice/complaint/{row.code}/")
    again = api("clerk1").post("/complaints", {**SAID, "channel": "phone", "name": "李桃花"}, key="one")
    assert again.json()["number"] == row.number
    assert Complaint.objects.count() == 1
    other = api("clerk1").post("/complaints", {**SAID, "channel": "phone", "text": "别的"}, key="one")
    assert other.status_code == 422
    assert Complaint.objects.count() == 1


def test_an_applicants_program_is_not_written_down(cast: Cast, api: Api) -> None:
    made = api("citizen1").post("/complaints", SAID)
    assert made.status_code == 201
    row = Complaint.objects.get()
    assert (row.channel, row.anonymous) == ("online", True)
    assert api("citizen1").get(f"/complaints/{row.number}").status_code == 404


def test_reading_one(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    like = said(cast, timezone.now())
    row = said(cast, timezone.now(), name="李桃花", phone="13812345678")
    found = api("manager1").get(f"/complaints/{row.number}")
    fits(document, "ComplaintShape", found.json())
    shown = found.json()
    assert shown["reporter"] == {"name": "李**", "phone": "138****5678"}
    assert shown["like"] == [like.number]
    assert row.code not in found.content.decode()
    assert found["ETag"] == f'"{row.version}"'
    assert api("clerk1").get(f"/complaints/{row.number}").json()["reporter"] is None


def test_all_stages_through_programs(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    number = api("clerk1").post("/complaints", SAID).json()["number"]

    def act(who: str, action: str, **data: Any) -> dict[str, Any]:
        done = api(who).post(f"/complaints/{number}/actions/{action}", data)
        assert done.status_code == 200, done.content.decode()
        fits(document, "ComplaintShape", done.json())
        return done.json()  # type: ignore[no-any-return]

    act("clerk1", "accept")
    assert act("manager1", "assign", department=cast.market.code)["department"]["code"] == cast.market.code
    act("chief1", "answer", answer="今天发证")
    act("manager1", "revisit", satisfied=False, words="还没收到")
    act("chief1", "rectify", measure="已经寄出", done=True)
    act("supervisor1", "revisit", satisfied=True)
    assert act("manager1", "close")["state"] == "closed"


def test_an_unknown_department_is_said_beside_its_field(cast: Cast, api: Api) -> None:
    row = walked(cast, "accepted")
    wrong = api("manager1").post(f"/complaints/{row.number}/actions/assign", {"department": "x"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "department"


def test_a_stale_version_and_a_refusal_on_record(cast: Cast, api: Api) -> None:
    row = walked(cast, "assigned")
    assert (
        api("manager1").post(f"/complaints/{row.number}/actions/extend", {"reason": "要查"}, match=1).status_code == 412
    )
    refused = api("chief1").post(f"/complaints/{row.number}/actions/close", {"words": "好了"})
    assert refused.status_code == 409, "not from this state"
    row = walked(cast, "rectified", said(cast))
    refused = api("chief1").post(f"/complaints/{row.number}/actions/close", {"words": "好了"})
    assert refused.status_code == 403
    assert AccessRecord.objects.filter(kind="refused", action="complaint.close", subject=row.number).count() == 1
    assert api("chief3").get(f"/complaints/{row.number}").status_code == 404


def test_the_list(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    rows = [said(cast, cause="other", text=f"{n}") for n in range(3)]
    first = api("manager1").get("/complaints", limit=2)
    fits(document, "ComplaintPage", first.json())
    assert [one["number"] for one in first.json()["complaints"]] == [rows[2].number, rows[1].number]
    rest = api("manager1").get("/complaints", limit=2, cursor=first.json()["next"])
    assert [one["number"] for one in rest.json()["complaints"]] == [rows[0].number]
    assert api("manager1").get("/complaints", state="closed").json()["complaints"] == []
    assert len(api("clerk1").get("/complaints", waiting="true").json()["complaints"]) == 3
    assert api("manager1").get("/complaints", state="lost").status_code == 422
    assert api().get("/complaints").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cause": "overdue"},
        {"cause": "overdue", "text": "x" * 2001},
        {"cause": "overdue", "text": "a\u0000b"},
        {"cause": ["overdue"], "text": "x"},
        {"cause": "overdue", "text": "x", "state": "closed"},
        {"cause": "overdue", "text": "x", "channel": "online"},
        {"cause": "overdue", "text": "x", "item": {"key": FOOD}},
    ],
)
def test_strange_bodies_are_problems(cast: Cast, api: Api, body: dict[str, Any]) -> None:
    response = api("clerk1").post("/complaints", body)
    assert response.status_code == 422
    assert response.json()["errors"]
    assert not Complaint.objects.exists()


@pytest.mark.parametrize("number", ["x", "TS000000000", "%00", "' OR 1=1", "T" * 200])
def test_what_does_not_exist(cast: Cast, api: Api, number: str) -> None:
    assert api("manager1").get(f"/complaints/{number}").status_code == 404


def test_what_it_costs(cast: Cast, api: Api) -> None:
    row = said(cast)
    for n in range(4):
        said(cast, cause="other", text=f"别的事{n}")
    program = api("manager1")
    current_calendar()
    for path, most in ((f"/complaints/{row.number}", 6), ("/complaints", 2)):
        with CaptureQueriesContext(connection) as seen:
            assert program.get(path).status_code == 200
        assert len(seen) <= most, [one["sql"][:90] for one in seen.captured_queries]


# ---- files ---------------------------------------------------------------------------------------------------------


def uploaded(api: Api, who: str, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api(who).client.post("/api/v1/complaints/files", {"file": picture("收据.png")}, headers=headers)


def test_files_are_uploaded_first_and_then_named(cast: Cast, api: Api, document: dict[str, Any]) -> None:
    made = uploaded(api, "clerk1", "photo-1")
    assert made.status_code == 201, made.content.decode()
    fits(document, "FileShape", made.json())
    key = made.json()["id"]
    assert uploaded(api, "clerk1", "photo-1").json()["id"] == key, "a repeat is the first one"
    number = api("clerk1").post("/complaints", {**SAID, "files": [key]}).json()["number"]
    assert uploaded(api, "clerk1", "photo-1").json()["id"] == key
    shown = api("manager1").get(f"/complaints/{number}").json()
    fits(document, "ComplaintShape", shown)
    assert [(one["name"], one["side"], one["shared"]) for one in shown["files"]] == [("收据.png", "complainant", False)]
    where = f"/complaints/{number}/files/{key}"
    answer = api("manager1").get(where)
    assert body(answer) == PNG
    assert answer["Content-Disposition"].startswith("attachment")
    assert AccessRecord.objects.get(kind="unmasked").action == "evidence"
    again = api("clerk1").post("/complaints", {**SAID, "files": [key]})
    assert again.status_code == 422, "handed in already"


def test_an_answer_names_its_proof(cast: Cast, api: Api) -> None:
    row = walked(cast, "assigned")
    key = uploaded(api, "chief1").json()["id"]
    given = {"answer": "今天发证", "files": [key], "shared": False}
    done = api("chief1").post(f"/complaints/{row.number}/actions/answer", given)
    assert done.status_code == 200, done.content.decode()
    assert [(one["side"], one["shared"]) for one in done.json()["files"]] == [("house", False)]


def test_an_applicants_file_is_in_nobodys_name(cast: Cast, api: Api) -> None:
    key = uploaded(api, "citizen1").json()["id"]
    assert api("citizen1").post("/complaints", {**SAID, "files": [key]}).status_code == 201
    assert Complaint.objects.get().files.get().uploaded_by is None


def test_files_one_may_not_see_do_not_exist(cast: Cast, api: Api) -> None:
    one = kept(cast)
    row = walked(cast, "assigned", said(cast, timezone.now(), files=[str(one.pk)]), timezone.now())
    where = f"/complaints/{row.number}/files/{one.pk}"
    assert api("chief1").get(f"/complaints/{row.number}").json()["files"] == []
    assert [api(who).get(where).status_code for who in ("chief1", "chief3", "clerk1", "citizen1")] == [404] * 4
    assert api("manager1").get(where).status_code == 200
    for strange in ("x", "0" * 36, "00000000-0000-0000-0000-000000000000"):
        assert api("manager1").get(f"/complaints/{row.number}/files/{strange}").status_code == 404


@pytest.mark.parametrize("files", [["x"], "x", [1], [None], {"a": 1}, ["00000000-0000-0000-0000-000000000000"] * 60])
def test_strange_files_are_named(cast: Cast, api: Api, files: Any) -> None:
    answer = api("clerk1").post("/complaints", {**SAID, "files": files})
    assert answer.status_code == 422
    assert not Complaint.objects.exists()


def test_what_is_no_upload(cast: Cast, api: Api) -> None:
    client = api("clerk1").client
    assert client.post("/api/v1/complaints/files", {"file": SimpleUploadedFile("a.exe", b"MZ")}).status_code == 422
    assert client.post("/api/v1/complaints/files", {"other": picture()}).status_code == 422
    assert api("clerk1").post("/complaints/files", {}).status_code == 415
    assert api().client.post("/api/v1/complaints/files", {"file": picture()}).status_code == 401
