"""What becomes of a bad rating: contacted, found true or not, mended, told, and confirmed by the citizen.

Nobody judges a rating of themselves (ABOUT_PERSON), no department its own (ABOUT_DEPARTMENT on finding and revisit).
Sources: HN-41.3, XX-39.2; 国办发〔2019〕51号 (立行立改, 限期整改, 误评和恶意差评可申诉复核, 专人回访).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db.models import Q

from onewindow.exchange.models import OutboxMessage
from onewindow.exchange.outbox import Message
from onewindow.loops import engine
from onewindow.loops.definition import Move, Term
from onewindow.loops.engine import CITIZEN, Result, Turn
from onewindow.loops.models import LoopStep
from onewindow.people.authority import Actor
from onewindow.people.roles import Role
from onewindow.problems import FieldError, InvalidInput, NotFound, Refused, RuleBroken
from onewindow.voice.days import term_until
from onewindow.voice.loops import RATING
from onewindow.voice.models import BadRating, Rating, scope_of

TOPIC: Final = "voice.rating"
READERS: Final = frozenset({Role.MANAGER, Role.SUPERVISOR, Role.CHIEF, Role.HEAD})
"""Who sees the bad ratings of their place or department."""
_NUMBERS: Final = re.compile(r"\d(?:[ -]?\d){6,}")
_TELL: Final = Term("tell", "告知评价人", 1, "HN-41.3")
_MEND: Final = Term("mend", "提出整改", 3, "HN-41.3")
_FIND_AGAIN: Final = Term("find", "重新认定", 3, "HN-41.3")
_CLOSE: Final = Term("close", "核实整改反馈", 15, "HN-41.3、XX-39.2")


def open_for(rating: Rating, now: datetime) -> BadRating:
    """Opens the loop of a bad rating, in the transaction in which it was given: whoever rates waits for nobody."""
    row = BadRating(
        number=f"CP{rating.number.removeprefix('PJ')}",
        centre_id=rating.centre_id,
        department_id=rating.department_id,
        person_id=rating.person_id,
        rating=rating,
        state="new",
    )
    return engine.open_matter(RATING, row, by=CITIZEN, now=now, data={"level": rating.level, "labels": rating.labels})


# ---- who sees what ------------------------------------------------------------------------------------------------


def readable_by(actor: Actor) -> Any:
    """Managers and supervisors: of their place. Leads: of their department. Whoever is rated: what was found of them,
    once it is found, whatever post they hold."""
    posts = tuple(post for post in actor.postings if Role(post.role) in READERS)
    me = actor.account.pk if actor.account else None
    others = Q(scope_of(Actor(actor.account, posts))) if posts else Q(pk__in=[])
    return BadRating.objects.filter((others & ~_about(me)) | (_about(me) & ~Q(finding="")))


def _about(account: int | None) -> Q:
    """SQL's `not` of an unknown person is unknown, so that nobody is said in words."""
    return Q(person_id=account, person_id__isnull=False)


_ACTS: Final = {
    Role.MANAGER: ("new", "contacted", "mending", "mended", "found", "told"),
    Role.SUPERVISOR: ("new", "contacted", "mending", "mended", "found", "told"),
    Role.CHIEF: ("new", "mending", "mended", "found"),
    Role.HEAD: ("new", "mending", "mended", "found"),
}


def waiting(actor: Actor) -> Any:
    """What waits for this person: open, of others, in a state from which their post can move it."""
    open_to = {state for role in actor.roles for state in _ACTS.get(role, ())}
    mine = readable_by(actor).filter(closed_at__isnull=True, state__in=sorted(open_to))
    return mine.exclude(_about(actor.account.pk if actor.account else None))


def is_rated(row: BadRating, actor: Actor) -> bool:
    return actor.account is not None and row.person_id == actor.account.pk


def by_code(code: str) -> BadRating:
    """For the citizen's page. Raises NotFound. One query; any text is safe."""
    found: BadRating | None = None
    if "\0" not in code and len(code) <= 32:
        rows = BadRating.objects.select_related("rating__item", "rating__window", "centre__profile", "department")
        found = rows.filter(code=code).first()
    if found is None:
        raise NotFound("没有查到这条评价，请打开短信里的链接，或者重新扫一次码")
    return found


def path(row: BadRating) -> str:
    return f"/voice/rating/{row.code}/"


def url(row: BadRating) -> str:
    return f"{settings.OW_PUBLIC_URL}{path(row)}"


# ---- the rules ----------------------------------------------------------------------------------------------------


@engine.rule(RATING, "find")
def find(turn: Turn) -> Result:
    """True: it is to be mended. Mistaken: the citizen is told. Malicious: only with the proof."""
    found = turn.data.finding
    _refuse_same_judge(turn)
    if found == "malicious" and not turn.data.proof:
        raise InvalidInput("认定恶意差评要有证据", [FieldError("proof", "认定恶意差评要写明证据")])
    if found == "true":
        return Result({"finding": found}, to="mending", starts=(_MEND,), settles=("tell", "revisit"))
    return Result({"finding": found}, to="found", starts=(_TELL,), settles=("mend", "revisit"))


def _refuse_same_judge(turn: Turn) -> None:
    """After an appeal somebody else than who found last looks at it. Raises RuleBroken."""
    steps = LoopStep.objects.filter(subject_kind=RATING.key, subject_id=turn.row.pk, action__in=["find", "appeal"])
    last = list(steps.order_by("seq").values_list("action", "actor_id"))
    found = [actor for action, actor in last if action == "find"]
    if last and last[-1][0] == "appeal" and turn.by.account and turn.by.account.pk == found[-1]:
        raise RuleBroken("有人不服您上次的认定，这次要由另一位认定")


@engine.rule(RATING, "mend")
def mend(turn: Turn) -> Result:
    """Mended at once, or by a day: then the day is a limit of its own and the matter waits for it."""
    if turn.data.done:
        if turn.data.until is not None:
            raise InvalidInput("改好了就不用写日期", [FieldError("until", "已经改好的，不用写日期")])
        return Result(to="mended", starts=(_TELL,))
    if turn.data.until is None:
        raise InvalidInput("没有改好的，请写日期", [FieldError("until", "请写到哪一天改好，已经改好的请勾选")])
    return Result(starts=(term_until("mend", "整改到期", turn.data.until, "HN-41.3", turn.now),))


@engine.rule(RATING, "tell")
def tell(turn: Turn) -> Result:
    """A text message with the link to the answer, where a number was left; without one the link they have shows it."""
    row = turn.row
    _refuse_names(turn.data.public, row)
    message = Message(f"{TOPIC}.told", f"bad_rating:{row.number}", {"bad_rating": row.pk})
    return Result(messages=[message])


def _refuse_names(public: str, row: BadRating) -> None:
    """What everybody may read names nobody. Raises InvalidInput."""
    names = [str(name) for name in (row.rating.name, row.person.name if row.person else "") if name]
    if _NUMBERS.search(public) or any(name in public for name in names):
        words = "对外公开的话里不能有姓名、电话和证件号码"
        raise InvalidInput(words, [FieldError("public", words)])


@engine.rule(RATING, "revisit")
def revisit(turn: Turn) -> Result:
    """Asked by telephone. Who left no number cannot be asked: then nobody says that they are content."""
    if turn.data.satisfied and not turn.row.rating.phone:
        return Result({"satisfied": None}, data={"satisfied": None, "anonymous": True})
    return _said(turn)


@engine.rule(RATING, "confirm")
def confirm(turn: Turn) -> Result:
    return _said(turn)


def _said(turn: Turn) -> Result:
    """Not content: it is looked into again, and the whole term runs anew."""
    if turn.data.satisfied:
        return Result({"satisfied": True})
    return Result({"satisfied": False}, to="contacted", starts=(_FIND_AGAIN, _CLOSE))


def why_not(row: BadRating, move: Move, actor: Actor) -> str:
    """Why somebody in the right post may still not make a move; for the page, the rule refuses it itself."""
    if move.action != "appeal" or is_rated(row, actor) or actor.roles & {Role.CHIEF, Role.HEAD}:
        return ""
    return "只有评价人、被评价的人和所在部门的负责人能申诉"


@engine.rule(RATING, "appeal")
def appeal(turn: Turn) -> Result:
    """Each side once: the citizen, and whoever was rated or their lead."""
    row, by = turn.row, turn.by
    if by is not CITIZEN and (words := why_not(row, turn.move, by)):
        raise Refused(words)
    theirs = Q(role=Role.APPLICANT.value)
    before = LoopStep.objects.filter(subject_kind=RATING.key, subject_id=row.pk, action="appeal")
    if before.filter(theirs if by is CITIZEN else ~theirs).exists():
        raise RuleBroken("已经申诉过一次了。还有意见可以向上级政务服务管理机构反映")
    return Result({"finding": ""}, settles=("mend", "tell", "revisit"), data={"before": row.finding})


# ---- the citizen --------------------------------------------------------------------------------------------------

CITIZENS: Final = ("confirm", "appeal")


def by_citizen(row: BadRating, action: str, raw: Any, version: int | None = None) -> BadRating:
    """A move by whoever holds the code. Raises Refused, NotNow, Stale, InvalidInput, RuleBroken."""
    if action not in CITIZENS:
        raise Refused("这一步由工作人员办理")
    return engine.perform(RATING, row, action, by=CITIZEN, data=raw, expected_version=version)


def notice(sent: OutboxMessage) -> dict[str, Any]:
    """`{"phone", "text"}`; empty where no number was left. Read when the message is sent."""
    rows = BadRating.objects.select_related("rating", "centre")
    row = rows.filter(pk=sent.payload.get("bad_rating", 0)).first()
    if row is None or not row.rating.phone:
        return {}
    words = f"【一窗】您对{row.centre.name}的评价有了处理结果，请打开看看认不认可："
    return {"phone": str(row.rating.phone), "text": f"{words} {url(row)}"}
