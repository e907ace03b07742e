"""Who a visitor says they are: checked, sealed, and known again without being readable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onewindow.hall.models import Visitor
from onewindow.people.applicants import find_or_create
from onewindow.people.crypto import blind_index
from onewindow.people.models import Applicant
from onewindow.people.numbers import check_id, check_phone
from onewindow.problems import FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class _Identity:
    kind: str
    name: str
    id_type: str
    id_number: str
    phone: str
    address: str = ""


def visitor_of(
    name: str,
    phone: str = "",
    id_type: str = "",
    id_number: str = "",
    *,
    applicant: Applicant | None = None,
    demo: bool = False,
) -> Visitor:
    """A saved visitor. With an identity number the applicant is found or made, so that the window need not ask again.

    Nobody has seen the card yet: so the phone stays with the visit and never replaces the one the applicant gave.
    Raises InvalidInput when the phone or the number is wrong, or when neither is there.
    """
    phone = _checked("phone", phone, check_phone) if phone else ""
    if applicant is None and id_number:
        kind = id_type or ("uscc" if id_number[:1] == "9" and not id_number[:6].isdigit() else "id_card")
        number = _checked("id_number", id_number, lambda text: check_id(kind, text))
        legal = "legal" if kind == "uscc" else "natural"
        applicant = find_or_create(_Identity(legal, name, kind, number, phone=""), demo=demo)
    if applicant is not None:
        person = blind_index("person", applicant.id_index)
    elif phone:
        person = blind_index("phone", phone)
    else:
        raise InvalidInput("请留一个手机号码或证件号码", [FieldError("phone", "请填写手机号码")])
    return Visitor.objects.create(name=name, phone=phone or None, person=person, applicant=applicant)


def _checked(field: str, text: str, check: Callable[[str], str]) -> str:
    try:
        return check(text)
    except ValueError as error:
        raise InvalidInput("有一处需要改一改", [FieldError(field, str(error))]) from None
