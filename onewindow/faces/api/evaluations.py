"""好差评 through a program: a text-message gateway, a terminal or a hotline hands on what a citizen said.

The right to rate is the one-time token of the visit or case (or the code on a plate), not an account; a member of staff
is refused and the try is recorded (XY-13.2).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.errors import AuthenticationError
from pydantic import Field

from onewindow.faces.api import docs
from onewindow.faces.api.answers import answer, local
from onewindow.faces.api.reading import json_body
from onewindow.faces.api.security import Token
from onewindow.faces.portal import throttle
from onewindow.inputs import Input, OptionalLine
from onewindow.people.models import Account
from onewindow.problems import FieldError, InvalidInput, TooMany
from onewindow.voice.models import Rating
from onewindow.voice.ratings import bad as badratings
from onewindow.voice.ratings import giving as ratings
from onewindow.voice.ratings import plates

router = Router(tags=["评价和诉求"])
ADDRESS: Final = throttle.Limit("evaluations-address", 600, 15)
"""A gateway speaks for many people from one address."""


class EvaluationInput(ratings.Given):
    """One of `token` (from the message or the QR) and `plate` (the code on a plate)."""

    token: OptionalLine = Field(default="", title="评价邀请里的一次性口令")
    plate: OptionalLine = Field(default="", title="评价码")


class EvaluationShape(Schema):
    number: str = Field(examples=["PJ20261122-12"])
    level: int = Field(description="5 非常满意 … 1 非常不满意", examples=[5])
    bad: bool = Field(description="是不是差评：差评会有人联系、核实、整改、告知")
    follow: str = Field(description="看差评办到哪一步的地址；不是差评时为空", examples=[""])
    at: datetime


INPUTS: Final[tuple[type[Input], ...]] = (EvaluationInput,)


@router.post(
    "/evaluations",
    response={201: EvaluationShape},
    openapi_extra=docs.writes(
        EvaluationInput, more=(429,), example={"token": "r1.7fJ0", "level": 5, "labels": ["501"], "text": "办得快"}
    ),
    summary="评价（不用令牌，凭一次性口令或评价码）",
)
def evaluate(request: HttpRequest) -> HttpResponse:
    """One visit one rating; a token that was used or is too old is 409."""
    by = _by(request)
    if not throttle.allowed(ADDRESS, throttle.address_of(request)):
        raise TooMany("评价得太频繁了，请过一会儿再试")
    data = json_body(request)
    given = EvaluationInput.parse(data)
    if bool(given.token) == bool(given.plate):
        raise InvalidInput("有一处需要改一改", [FieldError("token", "口令和评价码填一个，也只能填一个")])
    said = {name: value for name, value in data.items() if name not in {"token", "plate"}}
    return answer(_shown(_rate(given, said, by)), status=201)


def _rate(given: EvaluationInput, said: dict[str, Any], by: Account | None) -> Rating:
    if given.token:
        return ratings.rate(given.token, said, by=by)
    return ratings.rate_plate(plates.find(given.plate), said, by=by)


def _by(request: HttpRequest) -> Account | None:
    """Whoever the token belongs to, if there is one. Raises AuthenticationError for a token that is none."""
    if "Authorization" not in request.headers:
        return None
    found: Account | None = Token()(request)
    if not found:
        raise AuthenticationError
    return found


def _shown(rating: Rating) -> dict[str, Any]:
    return {
        "number": rating.number,
        "level": rating.level,
        "bad": rating.is_bad,
        "follow": badratings.path(rating.loop) if rating.is_bad else "",
        "at": local(rating.at),
    }
