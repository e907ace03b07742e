"""Who may do what: decided when it is used, from the postings and letters then in force, and kept as evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from onewindow.people.models import AccessRecord, Account, AuthorisationLetter, Posting
from onewindow.people.roles import LABELS, REACH, Reach, Role
from onewindow.problems import Refused


@dataclass(frozen=True, slots=True)
class Scope:
    """What an action touches, as far as authority must know. `node` (whose step it is) and `assignee` grant nothing:
    they choose between several posts of one person."""

    centre: int
    division: str
    departments: frozenset[int]
    applicant: int | None
    item: str
    subject: str
    node: Collection[Role] = ()
    assignee: int | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """The evidence: in which role, posting and letter somebody acted."""

    role: Role
    posting: Posting | None = None
    letter: AuthorisationLetter | None = None


@dataclass(frozen=True)
class Actor:
    """A person with every posting valid now, or the system itself."""

    account: Account | None
    postings: tuple[Posting, ...] = ()
    system: bool = False
    _letters: dict[int, list[AuthorisationLetter]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, account: Account, now: datetime | None = None) -> Actor:
        """Loads the postings with their places in one query; letters follow when an action asks for one."""
        if account.kind == "applicant":
            return cls(account)
        postings = (
            Posting.objects.valid_on(timezone.localdate(now))
            .filter(account=account)
            .select_related("centre__profile", "department", "window", "covers")
            .order_by("id")
        )
        return cls(account, tuple(postings))

    def letters(self, posting: Posting) -> list[AuthorisationLetter]:
        """The letters of one of the actor's postings, read once."""
        if posting.pk not in self._letters:
            self._letters[posting.pk] = list(posting.letters.order_by("id"))
        return self._letters[posting.pk]

    @property
    def name(self) -> str:
        return "系统" if self.system else (self.account.name if self.account else "")

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(Role(posting.role) for posting in self.postings)

    @property
    def posting(self) -> Posting | None:
        """The post this person mainly works in, for greetings and forms."""
        return self.postings[0] if self.postings else None

    def assist_scope(self) -> Q:
        """Cases of others in which the actor's department is asked to assist and has not answered; for single cases."""
        scope = Q(pk__in=[])
        for posting in self.postings:
            if REACH[Role(posting.role)] is Reach.DEPARTMENT and posting.department_id is not None:
                asked = {"department": posting.department_id, "answered_at": None}
                scope |= Q(facts__assists__contains=[asked])
        return scope

    def case_scope(self) -> Q:
        """The filter of `Case.objects.visible_to`."""
        if self.system:
            return Q()
        if self.account is not None and self.account.applicant_id is not None:
            return Q(applicant_id=self.account.applicant_id)
        scope = Q(pk__in=[])
        for posting in self.postings:
            reach = REACH[Role(posting.role)]
            if reach is Reach.CENTRE:
                scope |= Q(centre_id=posting.centre_id)
            elif reach is Reach.DEPARTMENT and posting.department_id is not None:
                scope |= Q(department_id=posting.department_id)
            elif reach is Reach.DIVISION:
                scope |= Q(centre__division__code__startswith=posting.centre.division_id)
        return scope

    def sees(self, scope: Scope) -> bool:
        """What `case_scope` and `assist_scope` say, of one case at hand; `departments` are its own and those asked."""
        if self.system:
            return True
        if self.account is not None and self.account.applicant_id is not None:
            return self.account.applicant_id == scope.applicant
        return any(_reaches(posting, scope) for posting in self.postings)


def _reaches(posting: Posting, scope: Scope) -> bool:
    reach = REACH[Role(posting.role)]
    if reach is Reach.CENTRE:
        return posting.centre_id == scope.centre
    if reach is Reach.DEPARTMENT:
        return posting.department_id in scope.departments
    return reach is Reach.DIVISION and scope.division.startswith(posting.centre.division_id)


SYSTEM = Actor(None, system=True)


def permit(
    actor: Actor,
    action: str,
    *,
    roles: Collection[Role],
    lettered: Collection[Role],
    scope: Scope,
    now: datetime,
) -> Permit:
    """The first posting of the actor that may do this here and now. Raises Refused with the reason; records nothing."""
    if actor.system:
        return _system(roles)
    if actor.account is not None and actor.account.kind == "applicant":
        return _applicant(actor, roles, scope)
    reasons = []
    for posting in sorted(actor.postings, key=lambda posting: _unfit(posting, scope)):
        role = Role(posting.role)
        reason = _obstacle(posting, role, roles, scope, now)
        if reason is None and role in lettered:
            letter = _letter(actor.letters(posting), action, scope, now)
            if letter is not None:
                return Permit(role, posting, letter)
            reason = f"您的授权书没有包含这项权限，或者已经失效（{LABELS[role]}办理这一步需要授权书）"
        if reason is None:
            return Permit(role, posting)
        reasons.append(reason)
    raise Refused(_best(reasons) or "您现在没有任职，不能办理业务")


def _unfit(posting: Posting, scope: Scope) -> tuple[bool, bool]:
    """Sorts first the post whose step it is, then the one that covers for whom the case is assigned to (AB 岗)."""
    assigned = scope.assignee is not None
    covers = assigned and posting.covers is not None and posting.covers.account_id == scope.assignee
    return posting.role not in scope.node, not covers


def _system(roles: Collection[Role]) -> Permit:
    if Role.SYSTEM in roles:
        return Permit(Role.SYSTEM)
    raise Refused("这一步必须由工作人员办理")


def _applicant(actor: Actor, roles: Collection[Role], scope: Scope) -> Permit:
    if Role.APPLICANT not in roles:
        raise Refused("这一步由工作人员办理")
    if actor.account is None or actor.account.applicant_id != scope.applicant:
        raise Refused("这不是您的办件")
    return Permit(Role.APPLICANT)


def _obstacle(posting: Posting, role: Role, roles: Collection[Role], scope: Scope, now: datetime) -> str | None:
    """None when the posting itself is right; otherwise why not, in Chinese."""
    if role not in roles:
        allowed = "、".join(LABELS[r] for r in Role if r in roles and r not in {Role.SYSTEM})
        return f"{LABELS[role]}不能办理这一步，请由{allowed or '系统'}办理"
    if not posting.valid(timezone.localdate(now)):
        return "您的任职已经到期"
    reach = REACH[role]
    if reach is Reach.CENTRE and posting.centre_id != scope.centre:
        return f"这个办件不在{posting.centre.name}"
    if reach is Reach.DEPARTMENT and posting.department_id not in scope.departments:
        return f"这个办件不属于{posting.department.name if posting.department else '您所在的部门'}"
    if reach is Reach.DIVISION and not scope.division.startswith(posting.centre.division_id):
        return "这个办件不在您管理的区域"
    return None


def _letter(
    letters: Iterable[AuthorisationLetter], action: str, scope: Scope, now: datetime
) -> AuthorisationLetter | None:
    """The letter that covers this: in force, of the department that has the case, naming the action and the item."""
    for letter in letters:
        if letter.department_id in scope.departments and letter.in_force(now) and letter.grants(action, scope.item):
            return letter
    return None


def _best(reasons: Iterable[str]) -> str:
    """The most telling of several reasons: one about place or letter says more than one about the role."""
    ranked = sorted(reasons, key=lambda reason: "不能办理这一步" in reason)
    return ranked[0] if ranked else ""


def record_refusal(actor: Actor, action: str, subject: str, reason: str) -> None:
    """Writes the refusal down; call it outside the transaction that was refused."""
    AccessRecord.objects.create(
        kind="refused",
        account=actor.account,
        posting=actor.posting,
        action=action[:40],
        subject=subject[:80],
        reason=reason[:300],
    )
