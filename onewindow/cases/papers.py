"""What the papers of a case say: from the case, its facts and the action's data to the facts of a PaperDraft.

The case speaks in its own words here; the form of each paper is the business of the papers room.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from onewindow.catalogue.models import version_by_id
from onewindow.catalogue.spec import ItemSpec, LimitSpec
from onewindow.clocks import clock
from onewindow.clocks.clock import Extension, Limit, Suspension, Unit, local_date
from onewindow.papers.issue import PaperDraft
from onewindow.papers.numbering import take_number
from onewindow.papers.render import PaperKind
from onewindow.people.masking import mask_id
from onewindow.people.models import Applicant

if TYPE_CHECKING:
    from onewindow.cases.actions.engine import Work
    from onewindow.cases.models import Case
    from onewindow.places.models import Department

_SERIES: dict[PaperKind, str] = {
    PaperKind.RECEIPT: "收",
    PaperKind.NOTICE: "补",
    PaperKind.NOT_REQUIRED: "不受",
    PaperKind.REFUSAL: "不予受",
    PaperKind.ACCEPTANCE: "受",
    PaperKind.PROCEDURE: "特",
    PaperKind.HEARING: "听",
    PaperKind.EXTENSION: "延",
    PaperKind.GRANT: "准",
    PaperKind.DENIAL: "不准",
    PaperKind.COMMITMENT: "承",
    PaperKind.DEFERRAL: "容",
    PaperKind.WITHDRAWAL: "撤",
    PaperKind.DELIVERY: "送",
    PaperKind.CERTIFICATE: "证",
}
_SEALS = {PaperKind.RECEIPT: "收件专用章", PaperKind.ACCEPTANCE: "行政审批专用章"}
_FORMS = {"original": "原件", "copy": "复印件", "electronic": "电子", "shared": "数据共享"}
LICENSING_LAW = "《中华人民共和国行政许可法》"


def draft(work: Work, kind: PaperKind, number: str = "", **facts: Any) -> PaperDraft:
    """A paper of this case with the parts every paper has; `facts` are the parts of its kind.

    `number` where one was taken already; otherwise the paper gets its own when it is issued.
    """
    return PaperDraft(kind, number or series(work, kind), {**_common(work, kind), **facts})


def take_serial(work: Work, kind: PaperKind) -> str:
    """The next number of this kind of paper, for one that must be printed inside it."""
    text = series(work, kind)
    return text.format(take_number(f"paper/{kind}/{text}"))


def series(work: Work, kind: PaperKind) -> str:
    """The number's text: a receipt carries the case's own number, a decision a serial of the department and year."""
    if kind in {PaperKind.RECEIPT, PaperKind.DELIVERY, PaperKind.WITHDRAWAL, PaperKind.DEFERRAL, PaperKind.COMMITMENT}:
        return f"{_SERIES[kind]}〔{local_date(work.now).year}〕{work.case.query_number}-{work.case.version + 1}号"
    short = department(work.case).short_name
    return f"{_place(work)}{short}{_SERIES[kind]}〔{local_date(work.now).year}〕{{:05}}号"


def department(case: Case) -> Department:
    """Who decides: the item's department, which is kept in memory, or the one that the case was transferred to."""
    own = version_by_id(case.item_version_id).item.department
    return own if own.pk == case.department_id else case.department


def _place(work: Work) -> str:
    return work.case.centre.name[:1]


def _common(work: Work, kind: PaperKind) -> dict[str, Any]:
    case, spec = work.case, work.rules.spec
    decides = department(case).name
    body = case.centre.name if kind in {PaperKind.RECEIPT, PaperKind.DELIVERY} else decides
    return {
        "issuing_body": body,
        "issued_on": local_date(work.now),
        "query_number": case.query_number,
        "case_number": case.number,
        "applicant": _applicant(case.applicant, case.agent),
        "item_name": spec.name,
        "department": decides,
        "centre": {
            "name": case.centre.name,
            "address": case.centre.address,
            "phone": case.centre.phone,
            "hours": case.centre.hours,
        },
        "handler": work.by.name,
        "seal_note": _SEALS.get(kind, "政务服务专用章"),
        "demo": case.applicant.is_demo,
    }


def _applicant(applicant: Applicant, agent: Applicant | None) -> dict[str, Any]:
    number = str(applicant.id_number)
    masked = number if applicant.id_type == "uscc" else mask_id(number)
    return {"name": str(applicant.name), "id_masked": masked, "agent": str(agent.name) if agent else ""}


def materials(spec: ItemSpec, given: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a list of materials, in the order of the item version."""
    return [
        {
            "name": material.name,
            "form": _FORMS[given[material.key].get("form") or material.form],
            "copies": given[material.key].get("copies", material.copies),
        }
        for material in spec.materials
        if material.key in given
    ]


def named(spec: ItemSpec, keys: list[str]) -> list[dict[str, Any]]:
    return [{"name": m.name, "form": _FORMS[m.form], "copies": m.copies} for m in spec.materials if m.key in keys]


def legal_basis(spec: ItemSpec) -> list[str]:
    return [str(basis) for basis in spec.legal_basis]


def remedies(work: Work) -> dict[str, str]:
    """Review by the people's government, suit before the local court (行政复议法 art. 20, 行政诉讼法 art. 46)."""
    place = department(work.case).division.name
    return {"review_body": f"{place}人民政府", "court": f"{place}人民法院"}


def limit_words(
    work: Work, limit: LimitSpec, start: date, suspensions: list[Suspension], extensions: list[Extension]
) -> dict[str, Any] | None:
    """A limit in words with its last day, as the acceptance notice states it; None where no law sets one."""
    if limit.limit is None:
        return None
    due = clock.due(limit.limit, start, suspensions=suspensions, extensions=extensions, calendar=work.rules.calendar)
    return {"words": limit.words, "due": due.date, "provisional": due.provisional}


def step_limit_words(n: int, unit: str) -> str:
    return LimitSpec(n=n, unit=unit).words  # type: ignore[arg-type]


def due_after(work: Work, n: int, unit: str, start: date) -> date | None:
    return clock.due(Limit(n, Unit(unit)), start, calendar=work.rules.calendar).date


def beijing(moment: datetime) -> datetime:
    return moment.astimezone(clock.SHANGHAI)
