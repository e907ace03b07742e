"""From decision to the applicant's hands: ready, handed out, couriered, delivered electronically, archived."""

from __future__ import annotations

from typing import Any

from onewindow.cases import inputs, papers
from onewindow.cases.actions.engine import Outcome, Work, verb
from onewindow.cases.actions.intake import tell
from onewindow.cases.lifecycle import Action, State
from onewindow.papers.render import PAPER_TITLES, PaperKind
from onewindow.people.numbers import check_id
from onewindow.problems import FieldError, InvalidInput

_DELIVERED = (PaperKind.GRANT, PaperKind.DENIAL, PaperKind.CERTIFICATE)


def _nothing_to_issue(work: Work) -> str | None:
    """A granted item that gives a paper is made first; a denial or an item without a result goes out as it is."""
    granted = work.facts.state == State.DECIDED and work.facts.outcome.startswith("grant")
    return "请先制证" if granted and work.rules.spec.result.kind != "无" else None


@verb(Action.MAKE_READY, inputs.NoInput, allowed=_nothing_to_issue)
def make_ready(work: Work, data: inputs.NoInput) -> Outcome:
    return Outcome(messages=tell(work, "ready"))


def _named(work: Work, kind: PaperKind, number: str) -> dict[str, str]:
    """A paper as the proof of delivery lists it; a certificate by its own name and the number printed on it."""
    certificate = work.facts.certificate if kind is PaperKind.CERTIFICATE else None
    if certificate is None:
        return {"name": PAPER_TITLES[kind], "number": number}
    return {"name": certificate["name"], "number": certificate["number"]}


def _proof(work: Work, *, recipient: str, relation: str, method: str, note: str = "") -> Any:
    """送达回证 with every paper that goes out."""
    going = [p for p in work.facts.papers if p["kind"] in _DELIVERED]
    documents = [_named(work, PaperKind(p["kind"]), p["number"]) for p in going]
    return papers.draft(
        work,
        PaperKind.DELIVERY,
        delivery={
            "documents": documents,
            "recipient": recipient,
            "relation": relation,
            "method": method,
            "time": papers.beijing(work.now),
            "place": work.case.centre.name if method == "窗口领取" else "",
            "courier_no": work.facts.courier["number"] if work.facts.courier and method == "邮寄" else "",
            "deliverer": work.by.name,
            "note": note,
        },
    )


@verb(Action.HAND_OUT, inputs.HandOutInput)
def hand_out(work: Work, data: inputs.HandOutInput) -> Outcome:
    """Handed over at the counter against a signature; the recipient's number is kept sealed."""
    secret = {"recipient": data.recipient}
    if data.id_number:
        try:
            secret["id_number"] = check_id("id_card", data.id_number)
        except ValueError as error:
            raise InvalidInput("领取人证件号码不对", [FieldError("id_number", str(error))]) from error
    delivery = {"method": "counter", "relation": data.relation}
    proof = _proof(work, recipient=data.recipient, relation=data.relation, method="窗口领取")
    return Outcome({"delivery": delivery}, secret=secret, papers=[proof], messages=tell(work, "delivered"))


def _by_courier(work: Work) -> str | None:
    if "courier" not in work.rules.spec.delivery:
        return "这个事项不能邮寄结果"
    return "已经寄出了" if work.facts.courier else None


@verb(Action.SEND_BY_COURIER, inputs.CourierInput, allowed=_by_courier)
def send_by_courier(work: Work, data: inputs.CourierInput) -> Outcome:
    content = {"company": data.company, "courier_number": data.courier_number}
    return Outcome(content, messages=tell(work, "sent"))


@verb(
    Action.CONFIRM_DELIVERY,
    inputs.ConfirmDeliveryInput,
    allowed=lambda work: None if work.facts.courier else "还没有寄出",
)
def confirm_delivery(work: Work, data: inputs.ConfirmDeliveryInput) -> Outcome:
    proof = _proof(work, recipient=data.recipient, relation=data.relation, method="邮寄")
    delivery = {"method": "courier", "relation": data.relation}
    return Outcome(
        {"delivery": delivery}, secret={"recipient": data.recipient}, papers=[proof], messages=tell(work, "delivered")
    )


@verb(
    Action.DELIVER_ELECTRONICALLY,
    inputs.NoInput,
    allowed=lambda work: None if "electronic" in work.rules.spec.delivery else "这个事项不能电子送达",
)
def deliver_electronically(work: Work, data: inputs.NoInput) -> Outcome:
    """Put into the applicant's own space on the portal, of which they are told."""
    proof = _proof(work, recipient=str(work.case.applicant.name), relation="本人", method="电子送达")
    delivery = {"method": "electronic", "relation": "本人"}
    return Outcome({"delivery": delivery}, papers=[proof], messages=tell(work, "delivered"))


@verb(Action.ARCHIVE, inputs.NoInput)
def archive(work: Work, data: inputs.NoInput) -> Outcome:
    return Outcome()
