"""Who is told of an alarm and of every step on a card, and when that also goes out as a text or an e-mail.

Everybody whom the rule's `tell` names gets a notice of their own on the desk, once. What goes out is bundled: one
message a person and round, gathered over half an hour, held back in the hours somebody wants to be left alone. A new
red card goes out at once. Nothing that goes out says anything of an applicant; what it says: notices.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from onewindow.exchange import outbox
from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.loops.models import MatterQuerySet
from onewindow.oversight.models import LEVELS, Alert, Notice, NoticeWish
from onewindow.people.authority import Actor
from onewindow.people.models import Account, Posting
from onewindow.people.roles import Role

DIGEST: Final = "oversight.digest"
DISCIPLINE: Final = "oversight.discipline"
GATHER: Final = timedelta(minutes=30)
"""What comes within half an hour of somebody's last message waits for the next."""
BATCH: Final = 2_000
_LOCK: Final = 4_311_005
_RANK: Final = {level: at for at, (level, _) in enumerate(LEVELS)}
_POSTS: Final = {"supervisor": Role.SUPERVISOR, "manager": Role.MANAGER}


@dataclass(frozen=True, slots=True)
class Posts:
    """Who leads which department, and who watches or manages which division, on a day."""

    chiefs: Mapping[int, Sequence[int]]
    heads: Mapping[int, Sequence[int]]
    places: Mapping[tuple[str, str], Sequence[int]]

    @classmethod
    def on(cls, day: date) -> Self:
        """One query."""
        wanted = [Role.CHIEF, Role.HEAD, *_POSTS.values()]
        rows = Posting.objects.valid_on(day).filter(role__in=wanted).order_by("id")
        chiefs: dict[int, list[int]] = defaultdict(list)
        heads: dict[int, list[int]] = defaultdict(list)
        places: dict[tuple[str, str], list[int]] = defaultdict(list)
        for account, role, department, division in rows.values_list(
            "account_id", "role", "department_id", "centre__division_id"
        ):
            if role in {Role.CHIEF, Role.HEAD}:
                (chiefs if role == Role.CHIEF else heads)[department].append(account)
            else:
                places[(role, division)].append(account)
        return cls(chiefs, heads, places)

    def leading(self, department: int | None) -> Sequence[int]:
        """The chief representatives of a department, or who heads it where it has none."""
        return self.chiefs.get(department or 0) or self.heads.get(department or 0) or ()

    def nearest(self, role: str, division: str) -> Sequence[int]:
        """Of the division, or of the nearest one above that has anybody in this post."""
        lengths = range(len(division), 1, -1)
        return next((found for n in lengths if (found := self.places.get((role, division[:n])))), ())

    def told(self, tell: Iterable[str], person: int | None, department: int | None, division: str) -> list[int]:
        """The accounts that a rule's `tell` means, each once. What nobody holds yet goes to who leads the department;
        the discipline organ has no account here."""
        found: list[int] = []
        for word in tell:
            if word == "actor":
                found += [person] if person else self.leading(department)
            elif word == "chief":
                found += self.leading(department)
            elif word in _POSTS:
                found += self.nearest(_POSTS[word], division)
        return list(dict.fromkeys(found))


# ---- the list on the desk ------------------------------------------------------------------------------------------


def announce(now: datetime | None = None) -> int:
    """Notices of the alarms that nobody was told of yet. Returns how many; may run again without harm."""
    now, made = now or timezone.now(), 0
    while (one := _batch(now)) is not None:
        made += one
    return made


@transaction.atomic
def _batch(now: datetime) -> int | None:
    """The next alarms, five queries whatever their number; None when there are none."""
    _alone()
    rows = list(
        Alert.objects.filter(announced=False).select_related("centre", "department", "rule").order_by("id")[:BATCH]
    )
    if not rows:
        return None
    posts = Posts.on(timezone.localdate(now))
    fresh = [row for row in rows if row.closed_at is None]
    notices = [notice for row in fresh for notice in _of(row, posts, row.tell, 0, row.level, now)]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    Alert.objects.filter(pk__in=[row.pk for row in rows]).update(announced=True)
    messages = to_discipline([row for row in fresh if "discipline" in row.tell], "raised")
    OutboxMessage.objects.bulk_create(outbox.rows(messages, now))
    return len(notices)


def note(row: Alert, action: str, to: Sequence[str], now: datetime, by: Account | None) -> None:
    """Notices of a step, in the step's transaction; whoever made it need not be told. Two queries."""
    posts = Posts.on(timezone.localdate(now))
    made = [one for one in _of(row, posts, to, row.version + 1, action, now) if by is None or one.account_id != by.pk]
    Notice.objects.bulk_create(made, ignore_conflicts=True)


def _of(row: Alert, posts: Posts, to: Iterable[str], step: int, what: str, now: datetime) -> list[Notice]:
    people = posts.told(to, row.person_id, row.department_id, row.centre.division_id)
    return [Notice(account_id=pk, alert=row, step=step, what=what, level=row.level, at=now) for pk in people]


def to_discipline(rows: Sequence[Alert], event: str) -> list[Message]:
    """One message a division for the discipline organ, which has no account here: references, no people."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.centre.division_id].append(
            {
                "alert": row.number,
                "level": row.level,
                "rule": row.rule.code,
                "duty": row.rule.body.get("duty", []),
                "centre": row.centre.key,
                "department": row.department.code if row.department else "",
            }
        )
    return [
        Message(DISCIPLINE, f"discipline:{division}", {"event": event, "alerts": alerts})
        for division, alerts in sorted(found.items())
    ]


def mine(actor: Actor) -> Any:
    """Everything this person was told, newest first."""
    return Notice.objects.filter(account_id=_pk(actor)).order_by("-id")


def unread(actor: Actor) -> MatterQuerySet:
    """The alarms with something this person has not read, once for each notice: for the number in the navigation."""
    rows: MatterQuerySet = Alert.objects.filter(notices__account_id=_pk(actor), notices__read_at=None)
    return rows


def read(actor: Actor, number: str = "", now: datetime | None = None) -> int:
    """Marks as read what this person was told of one alarm, or of everything; it need not go out any more."""
    rows = Notice.objects.filter(account_id=_pk(actor), read_at=None)
    if number:
        rows = rows.filter(alert__number=number)
    return int(rows.update(read_at=now or timezone.now(), pending=False))


def _pk(actor: Actor) -> int:
    return actor.account.pk if actor.account is not None else 0


# ---- what goes out -------------------------------------------------------------------------------------------------


def send(now: datetime | None = None) -> int:
    """One message for each person whose turn it is. Returns how many. Seven queries whatever their number."""
    now = now or timezone.now()
    with transaction.atomic():
        _alone()
        waiting = Notice.objects.filter(pending=True).order_by().values_list("account_id")
        urgent = dict(waiting.annotate(red=Count("pk", filter=Q(what="red"))))
        if not urgent:
            return 0
        wishes = NoticeWish.objects.in_bulk(urgent)
        chosen = [pk for pk, red in urgent.items() if red or _may_go(wishes.get(pk), now)]
        return _post(chosen, wishes, now)


def wish_of(account: Account) -> NoticeWish:
    """What somebody wants, or the defaults; not saved."""
    return NoticeWish.objects.filter(pk=account.pk).first() or NoticeWish(account=account)


def _may_go(wish: NoticeWish | None, now: datetime) -> bool:
    """Whether something that is not urgent may go out now."""
    wish = wish or NoticeWish()
    if is_quiet(wish.quiet_from, wish.quiet_until, timezone.localtime(now).time()):
        return False
    return wish.last_at is None or now - wish.last_at >= GATHER


def is_quiet(begins: time, ends: time, at: time) -> bool:
    """Whether a moment lies in the quiet hours, which may run over midnight; none where both are the same."""
    if begins <= ends:
        return begins <= at < ends
    return at >= begins or at < ends


def _post(chosen: Sequence[int], wishes: Mapping[int, NoticeWish], now: datetime) -> int:
    accounts = Account.objects.in_bulk(chosen)
    rows = list(
        Notice.objects.filter(pending=True, account_id__in=chosen)
        .select_related("alert")
        .only("account_id", "step", "what", "level", "alert__number", "alert__closed_at")
        .order_by("account_id", "id")
    )
    by_person: dict[int, list[Notice]] = defaultdict(list)
    for row in rows:
        if _worth_sending(row, wishes.get(row.account_id)):
            by_person[row.account_id].append(row)
    messages = [
        Message(DIGEST, f"staff:{pk}", {"account": pk, **_summary(told)})
        for pk, told in by_person.items()
        if _reachable(accounts[pk], wishes.get(pk))
    ]
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(pending=False)
    OutboxMessage.objects.bulk_create(outbox.rows(messages, now))
    marks = [NoticeWish(account_id=one.payload["account"], last_at=now) for one in messages]
    NoticeWish.objects.bulk_create(marks, update_conflicts=True, unique_fields=["account"], update_fields=["last_at"])
    return len(messages)


def _worth_sending(row: Notice, wish: NoticeWish | None) -> bool:
    """Not what is over already, and not what lies below the level somebody wants to hear of."""
    over = row.step == 0 and row.alert.closed_at is not None
    return not over and _RANK[row.level] >= _RANK[(wish or NoticeWish()).least]


def _reachable(account: Account, wish: NoticeWish | None) -> bool:
    wish = wish or NoticeWish()
    return bool(account.is_active and {"text": account.phone, "email": wish.email}.get(wish.channel))


def _summary(told: Sequence[Notice]) -> dict[str, Any]:
    """How many of what; with exactly one, which. References only."""
    counts: dict[str, int] = defaultdict(int)
    for row in told:
        counts["steps" if row.step else row.level] += 1
    one = {"alert": told[0].alert.number, "what": told[0].what} if len(told) == 1 else {}
    return {"counts": dict(counts), **one}


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


__all__ = [
    "BATCH",
    "DIGEST",
    "DISCIPLINE",
    "GATHER",
    "Posts",
    "announce",
    "is_quiet",
    "mine",
    "note",
    "read",
    "send",
    "to_discipline",
    "unread",
    "wish_of",
]
