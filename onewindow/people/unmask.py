"""Showing personal data in full: only to staff, only for a reason, and never without a record."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter, ValidationError

from onewindow.inputs import Line
from onewindow.people.authority import Actor, record_refusal
from onewindow.people.models import AccessRecord, Applicant
from onewindow.problems import FieldError, InvalidInput, Refused

FIELDS: Final[dict[str, str]] = {
    "name": "姓名或名称",
    "id_number": "证件号码",
    "phone": "手机号码",
    "address": "联系地址",
}
"""What may be shown in full, with its label."""

SHORTEST_REASON: Final = 4

_LINE: Final[TypeAdapter[str]] = TypeAdapter(Line)


def reveal(applicant: Applicant, field: str, *, by: Actor, subject: str, reason: str) -> str:
    """The full value of one field of an applicant, after recording who saw it, of which case and why.

    `subject` is the number of the case (or complaint) in whose course it is needed; the caller has already fetched it
    through `visible_to`. Raises InvalidInput (no such field, no reason) or Refused (recorded).
    Source: 个人信息保护法 art. 6, 51.
    """
    if by.account is None or by.account.kind != "staff" or by.posting is None:
        record_refusal(by, f"unmask.{field}"[:40], subject, "只有在岗的工作人员能查看完整信息")
        raise Refused("只有在岗的工作人员能查看完整信息")
    if field not in FIELDS:
        raise InvalidInput("没有这一项信息", [FieldError("field", "请重新选择")])
    said = _checked(reason)
    AccessRecord.objects.create(
        kind="unmasked", account=by.account, posting=by.posting, action=field, subject=subject[:80], reason=said
    )
    return str(getattr(applicant, field) or "")


def _checked(reason: str) -> str:
    try:
        said = _LINE.validate_python(reason)
    except ValidationError:
        said = ""
    if len(said) < SHORTEST_REASON:
        message = f"请写明为什么要查看，至少 {SHORTEST_REASON} 个字"
        raise InvalidInput(message, [FieldError("reason", message)])
    return said
