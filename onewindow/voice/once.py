"""Writing a matter at most once for one request, whoever presses twice or sends again after a lost answer.

The request's name becomes the matter's follow code, so the database itself refuses a second one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from onewindow.problems import InvalidInput
from onewindow.voice.naming import code_of

Row = TypeVar("Row", bound=models.Model)


def write_once(
    model: type[Row], request: str | None, write: Callable[[dict[str, Any]], Row], same: Callable[[Row], bool]
) -> Row:
    """What `write(named)` wrote in one transaction, or what it wrote the first time. `named` are the columns that name
    the request; without a `request` every call writes.

    `same` tells a repeat from another matter. Raises InvalidInput for a request that was used for another one.
    """
    code = code_of(str(model._meta.model_name), request) if request else ""
    rows = model._default_manager.filter(code=code)
    if code and (first := rows.first()) is not None:
        return _again(first, same)
    try:
        with transaction.atomic():
            return write({"code": code} if code else {})
    except IntegrityError as error:
        if not code or "code" not in str(error):
            raise
        return _again(rows.get(), same)


def _again(first: Row, same: Callable[[Row], bool]) -> Row:
    if not same(first):
        raise InvalidInput("这个请求编号已经用过了，请重新填写")
    return first


__all__ = ["write_once"]
