"""The one tree of errors that people may see. Pure. Every face turns a Problem into its own form:
pages into a summary in Chinese, the API into problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """`field` is the path of the input, e.g. `materials.m02`; `message` says in Chinese what to do."""

    field: str
    message: str


class Problem(Exception):
    """Something the person can understand and act on. `title` is Chinese, `type` a stable slug, `status` for HTTP."""

    type: ClassVar[str] = "problem"
    status: ClassVar[int] = 400

    def __init__(self, title: str, errors: Sequence[FieldError] = (), detail: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.errors = tuple(errors)
        self.detail = detail


class InvalidInput(Problem):
    """What was sent cannot be used; `errors` names each field."""

    type = "invalid-input"
    status = 422


class NotFound(Problem):
    """It does not exist, or this person may not see it: the answer is the same."""

    type = "not-found"
    status = 404


class Refused(Problem):
    """This person may not do this here; the refusal is recorded."""

    type = "refused"
    status = 403


class NotNow(Problem):
    """The case is in a state in which this cannot be done."""

    type = "not-now"
    status = 409


class RuleBroken(Problem):
    """A rule of the item or of the law forbids it (a second notice, an unlisted procedure …)."""

    type = "rule-broken"
    status = 409


class Stale(Problem):
    """Somebody else acted first; `title` says what changed."""

    type = "stale"
    status = 412


class TooMany(Problem):
    """Throttled."""

    type = "too-many"
    status = 429


class TooLarge(Problem):
    """More bytes than may be sent at once."""

    type = "too-large"
    status = 413


class Damaged(Problem):
    """A stored file does not open: its bytes were changed, or they were sealed with a key that is not here. Logged."""

    type = "damaged-file"
    status = 500

    def __init__(self) -> None:
        super().__init__(
            "这个文件打不开", detail="存着的内容和当初交来的不一样了，所以不给出。已经记录，请联系中心工作人员。"
        )
