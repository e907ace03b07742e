"""Run as a program: fills a fresh database with the demonstration's base and a dozen cases in different states, and
prints what the tests need to know as one JSON object. A process of its own, so that no test touches Django here."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

FOOD, HYGIENE, FERTILITY = "food-operation-licence", "public-place-hygiene-permit", "fertility-registration"
_FOOD_ANSWERS = {"industry": "retail", "agent": "no"}


def main() -> int:
    from onewindow.commands import _django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    _django.setup()
    from onewindow.commands import migrate
    from onewindow.demo.base import load_base

    status = migrate.run(["--quiet"])
    if status:
        return status
    accounts = load_base()
    json.dump({"password": accounts[0].password, **_facts(), "cases": _cases()}, sys.stdout, ensure_ascii=False)
    return 0


def _facts() -> dict[str, Any]:
    from onewindow.catalogue.models import Item
    from onewindow.people.models import Account

    items = {key: Item.objects.get(key=key).code for key in (FOOD, HYGIENE, FERTILITY)}
    people = {}
    for name in ("person1", "company1"):
        account = Account.objects.select_related("applicant").get(username=name)
        assert account.applicant is not None
        people[name] = {"name": str(account.applicant.name), "id_number": str(account.applicant.id_number)}
    return {"items": items, "people": people}


def _actor(username: str) -> Any:
    from onewindow.people.authority import Actor
    from onewindow.people.models import Account

    return Actor.of(Account.objects.get(username=username))


def _application(order: int, **changes: Any) -> dict[str, Any]:
    """A complete application for the food licence by the order-th demonstration person."""
    import datetime as dt

    from onewindow.catalogue.models import Item
    from onewindow.people.numbers import demo_identity

    spec = Item.objects.select_related("current").get(key=FOOD).current.spec  # type: ignore[union-attr]
    asked = [material for material in spec.materials_for(_FOOD_ANSWERS) if not material.shared]
    number = demo_identity(dt.date(1980, 1, 1) + dt.timedelta(days=97 * order), 3 + order)
    return {
        "item": FOOD,
        "answers": _FOOD_ANSWERS,
        "applicant": {
            "kind": "natural",
            "name": f"演示{'甲乙丙丁戊己庚辛壬癸'[order % 10]}",
            "id_type": "id_card",
            "id_number": number,
            "phone": f"1990000{order:04}",
        },
        "materials": [{"material": m.key, "form": m.form, "copies": m.copies, "original_seen": True} for m in asked],
        "channel": "window",
        **changes,
    }


_PATH: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("accepted", "accept", "clerk1", {}),
    ("examining", "sign", "examiner1", {}),
    ("", "pass_step", "examiner1", {"opinion": "材料齐全，符合条件。"}),
    ("", "pass_step", "verifier1", {"opinion": "同意。"}),
    ("decided", "decide", "chief1", {"outcome": "grant", "opinion": "准予许可。"}),
    ("issuing", "issue", "exit1", {}),
    ("ready", "make_ready", "exit1", {}),
    ("delivered", "hand_out", "exit1", {"recipient": "演示辛", "relation": "本人", "signed": True}),
)
_STATES = ("received", "accepted", "examining", "decided", "issuing", "ready", "delivered")


def _cases() -> dict[str, dict[str, str]]:
    """Case, query number and the tail of the identity number by state; `examining` has an open inspection."""
    from onewindow.cases.actions import perform, receive, submit

    cases = {state: receive(_application(n), by=_actor("clerk1")) for n, state in enumerate(_STATES)}
    for state, case in cases.items():
        reached = state == "received"
        for arrives, action, who, data in _PATH:
            if reached:
                break
            case = perform(case, action, by=_actor(who), data=data)
            reached = arrives == state
        cases[state] = case
    inspection = {"procedure": "经营场所现场核查", "reason": "需要看现场", "officers": ["examiner1", "examiner2"]}
    cases["examining"] = perform(cases["examining"], "open_procedure", by=_actor("examiner1"), data=inspection)
    cases["correcting"] = receive(_application(8), by=_actor("clerk1"))
    missing = [{"material": "m04", "problem": "没有标注面积", "remedy": "请补上面积和分区"}]
    cases["correcting"] = perform(cases["correcting"], "give_notice", by=_actor("clerk1"), data={"missing": missing})
    own = _application(0, channel="online")
    account = _actor("person1").account
    own["applicant"] |= {"name": str(account.applicant.name), "id_number": str(account.applicant.id_number)}
    cases["submitted"] = submit(own, by=_actor("person1"))
    return {state: _known(case) for state, case in cases.items()}


def _known(case: Any) -> dict[str, str]:
    from onewindow.papers.models import Paper

    papers = list(Paper.objects.filter(subject_kind="case", subject_id=case.pk).order_by("pk"))
    return {
        "number": case.number,
        "query_number": case.query_number,
        "id_tail": str(case.applicant.id_number)[-4:],
        "paper_code": papers[-1].code if papers else "",
        "paper_id": str(papers[-1].pk) if papers else "",
    }


if __name__ == "__main__":
    sys.exit(main())
