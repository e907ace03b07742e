"""The rows behind every figure, found by the same conditions as they are counted by (oversight/figure_sql.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Exists, F, Min, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from onewindow.cases.models import Case, CaseEvent
from onewindow.catalogue.models import ChangeRequest
from onewindow.clocks.clock import SHANGHAI
from onewindow.clocks.deadlines import end_of_day
from onewindow.clocks.models import Deadline
from onewindow.faces.board.scope import Scope
from onewindow.faces.board.unverified import standing
from onewindow.faces.board.waiting import halls_of
from onewindow.hall.models import Hall, TicketPeriod
from onewindow.oversight.figure_sql import EVENT_MEASURES
from onewindow.oversight.models import CARDS, LEVELS, Alert, Unverified
from onewindow.oversight.subjects import THINGS
from onewindow.places.models import Centre
from onewindow.voice.models import BAD, BadRating, Complaint, Consultation, Rating, SystemicIssue


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: of a scope, from day to day, narrowed to a department, a person or an item (0: not narrowed);
    of what could not be verified also to a rule."""

    scope: Scope
    since: date
    until: date
    now: datetime
    department: int = 0
    person: int = 0
    item: int = 0
    rule: str = ""

    def moments(self, column: str) -> Q:
        begins = datetime.combine(self.since, time.min, SHANGHAI)
        ends = datetime.combine(self.until + timedelta(days=1), time.min, SHANGHAI)
        return Q(**{f"{column}__gte": begins, f"{column}__lt": ends})

    def where(self, before: str = "", person: str = "person_id", department: str = "department_id") -> Q:
        """The scope and what narrows it, on rows with a centre, a department and a person."""
        scope = self.scope
        if scope.kind == "department":
            found = Q(**{before + department: scope.pk})
        elif scope.kind == "person":
            found = Q(**{person: scope.pk})
        else:
            found = scope.place(before)
        if self.department:
            found &= Q(**{before + department: self.department})
        if self.item:
            found &= Q(**{f"{before}item_id": self.item})
        return found & Q(**{person: self.person}) if self.person else found


@dataclass(frozen=True, slots=True)
class Line:
    number: str
    url: str
    what: str
    note: str
    where: str
    who: str
    when: datetime | date | None


Rows = tuple[Sequence[Line], bool]
Find = Callable[[Asked, int, int], Rows]


@dataclass(frozen=True, slots=True)
class Source:
    """`by_day`: the rows of some days; otherwise what stands now. `desk` is where the work on them is done."""

    title: str
    find: Find
    by_day: bool
    desk: str = ""
    desk_label: str = ""
    when: str = "时间"


def _cut(rows: Any, start: int, size: int, line: Callable[[Any], Line]) -> Rows:
    found = list(rows[start : start + size + 1])
    return [line(row) for row in found[:size]], len(found) > size


# ---- the ledger ----------------------------------------------------------------------------------------------------

_LATE: Final = Exists(
    Deadline.objects.filter(
        subject_kind="case", subject_id=OuterRef("case_id"), kind__in=["promised", "statutory"], outcome="late"
    )
)


def _events(measure: str) -> Find:
    def find(asked: Asked, start: int, size: int) -> Rows:
        meant = "decided" if measure in {"late", "on_time"} else measure
        actions = [action for action, means in EVENT_MEASURES.items() if means == meant]
        rows = CaseEvent.objects.filter(asked.moments("at"), asked.where("case__", "actor_id"), action__in=actions)
        if asked.scope.kind == "person" or asked.person:
            rows = rows.exclude(role__in=["applicant", "system"])
        if measure in {"late", "on_time"}:
            rows = rows.filter(_LATE if measure == "late" else ~_LATE)
        rows = rows.select_related("case__item", "case__department", "case__centre", "actor").order_by("-at", "-id")
        return _cut(rows, start, size, _event)

    return find


def _event(row: CaseEvent) -> Line:
    case = row.case
    who = row.actor.name if row.actor and row.role != "applicant" else row.role_label
    return _case_line(case, case.state_label, who, row.at)


def _case_line(case: Case, note: str, who: str, when: datetime | None) -> Line:
    where = f"{case.department.short_name} · {case.centre.name}"
    return Line(case.number, f"/desk/cases/{case.number}/", case.item.name, note, where, who, when)


def _open(asked: Asked, start: int, size: int) -> Rows:
    rows = Case.objects.filter(asked.where(person="assignee_id")).exclude(desk="").exclude(state="draft")
    rows = rows.for_list().order_by("next_due_at", "id")
    return _cut(
        rows,
        start,
        size,
        lambda case: _case_line(
            case,
            case.state_label,
            case.assignee.name if case.assignee else "",
            case.next_due_at if case.due_on else None,
        ),
    )


# ---- limits --------------------------------------------------------------------------------------------------------


def _limits(asked: Asked) -> Any:
    rows = Deadline.objects.open().exclude(subject_kind="ticket")
    rows = rows.exclude(subject_kind="case", kind__in=["correction", "deferred"]).filter(centre_id__isnull=False)
    scope = asked.scope
    if scope.kind == "division":
        rows = rows.filter(centre_id__in=Centre.objects.filter(division__code__startswith=scope.code).values("pk"))
    elif scope.kind == "centre":
        rows = rows.filter(centre_id=scope.pk)
    department = scope.pk if scope.kind == "department" else asked.department
    if department:
        rows = rows.filter(department_id=department)
    if asked.department and scope.kind == "department" and asked.department != scope.pk:
        return rows.none()
    people = [pk for pk in (scope.pk if scope.kind == "person" else 0, asked.person) if pk]
    for person in people:
        held = Case.objects.filter(assignee_id=person).exclude(desk="").values("pk")
        cards = Alert.objects.filter(person_id=person, closed_at=None).values("pk")
        rows = rows.filter(Q(subject_kind="case", subject_id__in=held) | Q(subject_kind="alert", subject_id__in=cards))
    if asked.item:
        rows = rows.filter(subject_kind="case", subject_id__in=Case.objects.filter(item_id=asked.item).values("pk"))
    return rows


def _matters(rows: Any, start: int, size: int) -> Rows:
    """Each matter once, with the soonest of its limits."""
    grouped = rows.order_by().values("subject_kind", "subject_id").annotate(first=Min("due_at"), limit=Min("label"))
    found = list(grouped.order_by("first", "subject_kind", "subject_id")[start : start + size + 1])
    shown = _described(found[:size])
    return shown, len(found) > size


def _overdue(asked: Asked, start: int, size: int) -> Rows:
    return _matters(_limits(asked).filter(due_at__lt=asked.now), start, size)


def _due(asked: Asked, start: int, size: int) -> Rows:
    rows = _limits(asked).filter(asked.moments("due_at"), due_at__gte=asked.now, due_at__lte=end_of_day(asked.until))
    return _matters(rows, start, size)


_KINDS: Final[Mapping[str, tuple[Any, str, str]]] = {
    "case": (Case, "/desk/cases/{}/", "办件"),
    "alert": (Alert, "/desk/cards/{}/", "监察牌"),
    "complaint": (Complaint, "/desk/complaints/{}/", "诉求"),
    "rating": (BadRating, "/desk/ratings/{}/", "差评"),
    "consultation": (Consultation, "/desk/questions/{}/", "咨询"),
    "issue": (SystemicIssue, "/desk/issues/{}/", "系统性问题"),
    "change": (ChangeRequest, "/desk/changes/{}/", "事项变更"),
}


def _described(found: Iterable[dict[str, Any]]) -> list[Line]:
    """One query for each kind of matter on the page."""
    rows = list(found)
    known: dict[tuple[str, int], Any] = {}
    for kind, (model, _, _) in _KINDS.items():
        wanted = [row["subject_id"] for row in rows if row["subject_kind"] == kind]
        if wanted:
            with_names = ("department", "centre", "item", "assignee") if kind == "case" else ("department", "centre")
            matters = model._default_manager.select_related(*with_names).filter(pk__in=wanted)
            known.update({(kind, matter.pk): matter for matter in matters})
    return [_matter(row, known.get((row["subject_kind"], row["subject_id"]))) for row in rows]


def _matter(row: dict[str, Any], matter: Any) -> Line:
    kind, when = row["subject_kind"], row["first"]
    if matter is None:
        return Line("", "", row["limit"], "", "", "", when)
    _, address, label = _KINDS[kind]
    where = " · ".join(
        part for part in (matter.department.short_name if matter.department else "", matter.centre.name) if part
    )
    what = matter.item.name if kind == "case" else matter.title if kind == "alert" else label
    who = matter.assignee.name if kind == "case" and matter.assignee else ""
    return Line(matter.number, address.format(matter.number), what, row["limit"], where, who, when)


# ---- cards and voices ----------------------------------------------------------------------------------------------


def _matter_line(row: Any, kind: str, what: str, note: str, when: datetime | None) -> Line:
    where = " · ".join(p for p in (row.department.short_name if row.department else "", row.centre.name) if p)
    who = row.person.name if row.person else ""
    return Line(row.number, _KINDS[kind][1].format(row.number), what, note, where, who, when)


def _cards(asked: Asked, start: int, size: int) -> Rows:
    rows = Alert.objects.filter(_no_item(asked), closed_at=None, level__in=sorted(CARDS))
    labels = dict(LEVELS)
    rows = rows.select_related("department", "centre", "person").order_by("id")
    return _cut(rows, start, size, lambda row: _matter_line(row, "alert", row.title, labels[row.level], row.opened_at))


def _no_item(asked: Asked) -> Q:
    """Rows that have no item of their own."""
    found = asked.scope.place()
    if asked.department:
        found &= Q(department_id=asked.department)
    return found & Q(person_id=asked.person) if asked.person else found


def _bad(asked: Asked, start: int, size: int) -> Rows:
    rows = Rating.objects.filter(asked.where(), asked.moments("at"), level__lte=BAD, is_default=False)
    rows = rows.select_related("department", "centre", "person", "item", "loop").order_by("-at", "-id")
    return _cut(rows, start, size, _rating)


def _rating(row: Rating) -> Line:
    """A bad rating has a loop of its own, which is what can be opened."""
    loop = getattr(row, "loop", None)
    what = row.item.name if row.item else row.get_phase_display()
    where = " · ".join(p for p in (row.department.short_name if row.department else "", row.centre.name) if p)
    url = f"/desk/ratings/{loop.number}/" if loop else ""
    return Line(row.number, url, what, row.get_level_display(), where, row.person.name if row.person else "", row.at)


def _complaints(*, still_open: bool) -> Find:
    def find(asked: Asked, start: int, size: int) -> Rows:
        rows = (
            Complaint.objects.filter(closed_at=None)
            if still_open
            else Complaint.objects.filter(asked.moments("opened_at"))
        )
        column = "department_id" if still_open else "counted_id"
        if not still_open:  # a complaint counts for the department complained of
            rows = rows.annotate(counted_id=Coalesce(F("against_id"), F("department_id")))
        rows = rows.filter(asked.where(department=column)).select_related("department", "centre", "person", "item")
        return _cut(rows.order_by("next_due_at", "id"), start, size, _complaint)

    return find


def _complaint(row: Complaint) -> Line:
    what = f"{row.get_kind_display()}：{row.get_cause_display()}"
    return _matter_line(row, "complaint", what, row.item.name if row.item else "", row.opened_at)


def _questions(asked: Asked, start: int, size: int) -> Rows:
    rows = Consultation.objects.filter(asked.where(), asked.moments("opened_at"))
    rows = rows.select_related("department", "centre", "person", "item").order_by("-opened_at", "-id")
    return _cut(
        rows,
        start,
        size,
        lambda row: _matter_line(
            row, "consultation", row.item.name if row.item else "咨询", row.get_channel_display(), row.opened_at
        ),
    )


# ---- the hall ------------------------------------------------------------------------------------------------------


def _waits(asked: Asked, start: int, size: int) -> Rows:
    """Whoever was called on these days, the longest wait first, each beside the limit of the hall."""
    halls = halls_of(asked.scope)
    rows = TicketPeriod.objects.filter(
        asked.moments("started_at"), centre_id__in=list(halls), state="waiting", ended_at__isnull=False
    ).exclude(ticket__state="left", ticket__ended_at=F("ended_at"))
    department = asked.department or (asked.scope.pk if asked.scope.kind == "department" else 0)
    if department:
        rows = rows.filter(ticket__departments=[department])
    if asked.person:
        rows = rows.none()
    rows = rows.select_related("ticket", "queue", "centre").annotate(waited=F("ended_at") - F("started_at"))
    return _cut(rows.order_by("-waited", "id"), start, size, lambda row: _wait_line(row, halls[row.centre_id]))


def _wait_line(row: Any, hall: Hall) -> Line:
    minutes, limit = row.waited.total_seconds() / 60, hall.told.wait_limit
    note = f"等了 {minutes:.0f} 分钟" + (f"，超过了 {limit} 分钟" if minutes > limit else "")
    return Line(row.ticket.number, "", row.queue.name, note, row.centre.name, "", row.started_at)


# ---- what could not be verified ------------------------------------------------------------------------------------


def _unverified(asked: Asked, start: int, size: int) -> Rows:
    rows = Unverified.objects.filter(standing(timezone.localdate(asked.now)), _no_item(asked))
    if asked.rule:
        rows = rows.filter(rule__code=asked.rule)
    rows = rows.select_related("rule", "department", "centre", "person").order_by("-since", "name", "id")
    return _cut(rows, start, size, _unverified_line)


def _unverified_line(row: Unverified) -> Line:
    where = " · ".join(p for p in (row.department.short_name if row.department else "", row.centre.name) if p)
    number, url, what = THINGS.get(row.subject_kind, ""), "", f"{row.name}：{row.rule.name}"
    if row.subject_kind == "case":
        number, _, entry = row.name.partition(" ")
        url = f"/desk/cases/{number}/events/"
        what = f"{row.rule.name}（{entry}）" if entry else row.rule.name
    who = row.person.name if row.person and row.subject_kind != "person" else ""
    return Line(number, url, what, row.reason, where, who, row.since)


SOURCES: Final[Mapping[str, Source]] = {
    "submitted": Source("网上申请", _events("submitted"), by_day=True),
    "received": Source("收件", _events("received"), by_day=True),
    "notices": Source("一次性告知", _events("notices"), by_day=True),
    "accepted": Source("受理", _events("accepted"), by_day=True),
    "decided": Source("办结", _events("decided"), by_day=True),
    "on_time": Source("按时办结", _events("on_time"), by_day=True),
    "late": Source("超期办结", _events("late"), by_day=True),
    "withdrawn": Source("撤回", _events("withdrawn"), by_day=True),
    "open": Source("在办", _open, by_day=False, desk="/desk/", desk_label="到工作列表"),
    "overdue": Source("已超期", _overdue, by_day=False, desk="/desk/?due=late", desk_label="到工作列表"),
    "due": Source("到期", _due, by_day=True, desk="/desk/", desk_label="到工作列表"),
    "cards": Source("没办完的红黄牌", _cards, by_day=False, desk="/desk/cards/", desk_label="到监察列表"),
    "bad_ratings": Source("差评", _bad, by_day=True, desk="/desk/ratings/", desk_label="到差评列表"),
    "complaints": Source(
        "新来的诉求", _complaints(still_open=False), by_day=True, desk="/desk/complaints/", desk_label="到诉求列表"
    ),
    "open_complaints": Source(
        "没办完的诉求", _complaints(still_open=True), by_day=False, desk="/desk/complaints/", desk_label="到诉求列表"
    ),
    "waits": Source("等候", _waits, by_day=True, when="从什么时候等起"),
    "unverified": Source("无法核验", _unverified, by_day=False, when="哪一天起"),
    "consultations": Source("咨询", _questions, by_day=True, desk="/desk/questions/", desk_label="到咨询列表"),
}
