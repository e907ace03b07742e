"""Words, tones and icons of the desk: one name for one thing."""

from __future__ import annotations

from typing import Final

from onewindow.cases.lifecycle import AFTER_DECISION, ENDS, Action, State
from onewindow.cases.models import CHANNELS
from onewindow.people.masking import mask_id, mask_name, mask_phone
from onewindow.people.models import Applicant

STATE_TONES: Final[dict[State, str]] = {
    **dict.fromkeys(State, "primary"),
    **dict.fromkeys(AFTER_DECISION, "ontime"),
    **dict.fromkeys(ENDS, "done"),
    State.CORRECTING: "soon",
    State.SUBMITTED: "accent",
    State.RECEIVED: "accent",
    State.ARCHIVED: "done",
    State.DRAFT: "done",
}

ACTION_ICONS: Final[dict[str, str]] = {
    Action.SUBMIT: "send",
    Action.RETURN_FOR_COMPLETION: "arrow-back-up",
    Action.RECEIVE: "inbox",
    Action.CORRECT_ON_SPOT: "edit",
    Action.GIVE_NOTICE: "list-check",
    Action.SUPPLY: "file-plus",
    Action.ACCEPT: "rubber-stamp",
    Action.ACCEPT_DEFERRED: "hourglass",
    Action.DEEM_ACCEPTED: "rubber-stamp",
    Action.FIND_NOT_REQUIRED: "hand-stop",
    Action.REFUSE_ACCEPTANCE: "circle-x",
    Action.DISPATCH: "user-plus",
    Action.RETURN_DISPATCH: "arrow-back-up",
    Action.TRANSFER: "git-branch",
    Action.ASSIST: "messages",
    Action.ANSWER_ASSIST: "message",
    Action.SIGN: "signature",
    Action.PASS_STEP: "arrow-right",
    Action.SEND_BACK_STEP: "arrow-back-up",
    Action.OPEN_PROCEDURE: "player-pause",
    Action.CLOSE_PROCEDURE: "clock",
    Action.EXTEND: "calendar-event",
    Action.DECIDE: "gavel",
    Action.ISSUE: "certificate",
    Action.MAKE_READY: "package",
    Action.HAND_OUT: "user-check",
    Action.SEND_BY_COURIER: "truck-delivery",
    Action.CONFIRM_DELIVERY: "check",
    Action.DELIVER_ELECTRONICALLY: "mail",
    Action.WITHDRAW: "arrow-back-up",
    Action.DEEM_WITHDRAWN: "arrow-back-up",
    Action.TERMINATE: "circle-x",
    Action.FORWARD: "send",
    Action.SUPPLY_DEFERRED: "file-plus",
    Action.CHECK_COMMITMENT: "shield-check",
    Action.REASSIGN: "user-plus",
    Action.URGE: "bell",
    Action.RECOMPUTE: "refresh",
    Action.ARCHIVE: "archive",
    Action.REVOKE: "circle-x",
}

PROBLEMS: Final[dict[str, tuple[str, str]]] = {
    "missing": ("没有提交", "请提交{name}"),
    "expired": ("已经过期", "请换成在有效期内的{name}"),
    "unclear": ("看不清楚", "请重新提交清晰的{name}"),
    "unsealed": ("没有盖章", "请在{name}上加盖公章后重新提交"),
    "unsigned": ("没有签字", "请在{name}上签字后重新提交"),
    "incomplete": ("填写不完整", "请把{name}填写完整后重新提交"),
    "mismatch": ("内容与其他材料不一致", "请核对后重新提交内容一致的{name}"),
    "no_original": ("没有原件核对", "请带{name}的原件来核对"),
    "wrong_form": ("不符合规定的形式", "请按规定的样式重新提交{name}"),
    "other": ("其他问题", ""),
}
"""What is usually wrong with a paper, and how it is put right. `{name}` is 《the paper》."""

CHANNEL_LABELS: Final[dict[str, str]] = {**dict(CHANNELS), "desk": "工作台", "system": "系统", "online": "网上"}

PROBLEM_CHOICES: Final = [(key, words) for key, (words, _) in PROBLEMS.items()]


def remedy_for(problem: str, name: str) -> str:
    """The usual remedy for this problem with this paper; empty when only a person can say."""
    return PROBLEMS.get(problem, ("", ""))[1].format(name=f"《{name}》")


def masked_name(applicant: Applicant) -> str:
    """An organisation by its name, a person by the family name only."""
    name = str(applicant.name)
    return name if applicant.kind == "legal" else mask_name(name)


def masked_id(applicant: Applicant) -> str:
    """A credit code is public and may be shown, everything else is masked."""
    number = str(applicant.id_number)
    return number if applicant.id_type == "uscc" else mask_id(number)


def masked_phone(applicant: Applicant) -> str:
    return mask_phone(str(applicant.phone)) if applicant.phone else ""


def short_number(number: str) -> str:
    """The end of a case number that people say aloud: date and serial, 1122-0007."""
    digits = number[-12:]
    return f"{digits[4:8]}-{digits[8:]}" if len(number) > 30 and digits.isdigit() else number


def grouped(query_number: str) -> str:
    """1234 5678 9012, as it is read over a counter."""
    return " ".join(query_number[i : i + 4] for i in range(0, len(query_number), 4))
