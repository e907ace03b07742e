"""The whole main job over the API: from a citizen's search to a delivered paper that anybody can verify."""

from __future__ import annotations

from tests.api.conftest import Api
from tests.cast import CITIZEN, CITIZEN_ID, FOOD, application


def test_from_a_search_to_a_delivered_and_verified_paper(api: Api) -> None:
    citizen, clerk, exit_clerk = api("citizen1"), api("clerk1"), api("exit1")

    hit = api().get("/items", q="食品经营许可").json()["items"][0]
    item = api().get(f"/items/{hit['code']}").json()
    assert item["key"] == FOOD
    answers = {"industry": "retail", "agent": "no"}
    listed = [m["key"] for m in item["materials"] if m["required"] == "always"]

    sent = citizen.post(
        "/cases",
        {
            "item": item["code"],
            "answers": answers,
            "applicant": CITIZEN,
            "materials": [{"material": key, "form": "electronic"} for key in listed[:-1]],
            "channel": "online",
        },
    ).json()
    number = sent["number"]
    assert (sent["state"], [m["material"] for m in sent["missing"]]) == ("submitted", listed[-1:])

    assert clerk.act(number, "receive", match=1)["state"] == "received"
    notice = [{"material": listed[-1], "problem": "没有交", "remedy": "请补交"}]
    assert clerk.act(number, "give_notice", match=2, missing=notice)["state"] == "correcting"
    supplied = citizen.act(number, "supply", materials=[{"material": listed[-1], "form": "electronic"}])
    assert (supplied["state"], supplied["missing"]) == ("received", [])
    accepted = clerk.act(number, "accept")
    assert {"statutory", "promised"} <= {d["kind"] for d in accepted["deadlines"]}

    api("examiner1").act(number, "sign")
    api("examiner1").act(number, "pass_step", opinion="材料齐全，符合条件")
    api("verifier1").act(number, "pass_step", opinion="同意")
    preview = api("chief1").post(f"/cases/{number}/actions/decide/preview", {"outcome": "grant", "opinion": "准予"})
    assert "准予" in preview.json()["papers"][0]["text"]
    assert api("chief1").act(number, "decide", outcome="grant", opinion="准予")["state"] == "decided"

    exit_clerk.act(number, "issue")
    exit_clerk.act(number, "make_ready")
    done = exit_clerk.act(number, "hand_out", recipient="王小明", relation="本人", signed=True)
    assert done["state"] == "delivered"

    followed = api().get(f"/public/cases/{done['query_number']}", id_tail=CITIZEN_ID[-4:]).json()
    assert (followed["state"], followed["outcome"]) == ("delivered", "grant")
    certificate = next(p for p in done["papers"] if p["kind"] == "certificate")
    pdf = citizen.client.get(certificate["pdf"])
    assert pdf.content.startswith(b"%PDF-")
    assert citizen.client.get(certificate["pdf"]).content == pdf.content
    checked = api().get(f"/public/papers/{certificate['id']}").json()
    assert (checked["valid"], checked["number"]) == (True, certificate["number"])
    assert "王小明" not in str(checked)


def test_an_immediate_item_is_received_decided_and_ready_in_one_visit(api: Api) -> None:
    clerk, number = api("clerk1"), api("clerk1").post("/cases", application("company-establishment")).json()["number"]
    clerk.act(number, "accept")
    api("chief1").act(number, "decide", outcome="grant", opinion="准予登记")
    api("exit1").act(number, "issue")
    assert api("exit1").act(number, "make_ready")["state"] == "ready"
