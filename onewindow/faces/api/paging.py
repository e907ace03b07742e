"""Cursors: where the last page ended, opaque to the caller and worth nothing to somebody who may not see the rows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from onewindow.problems import FieldError, InvalidInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1
Row = TypeVar("Row")


def encode(*parts: int) -> str:
    return base64.urlsafe_b64encode(".".join(map(str, parts)).encode()).decode().rstrip("=")


def decode(cursor: str, length: int) -> tuple[int, ...]:
    """The numbers in a cursor. Raises InvalidInput for anything that `encode` has not made."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        parts = tuple(int(part) for part in text.split(".") if part.removeprefix("-").isdigit())
    except (ValueError, binascii.Error):
        parts = ()
    if len(parts) != length or any(abs(part) > _LARGEST for part in parts) or encode(*parts) != cursor:
        raise InvalidInput("翻页标记不对", [FieldError("cursor", "请用上一页返回的 next")])
    return parts


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """Raises InvalidInput for a number that is no moment."""
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        raise InvalidInput("翻页标记不对", [FieldError("cursor", "请用上一页返回的 next")]) from None


def page(
    name: str,
    rows: Sequence[Row],
    size: int,
    *,
    key: Callable[[Row], tuple[int, ...]],
    show: Callable[[Row], Any],
) -> dict[str, Any]:
    """One page under `name` and the cursor of the `next`; `rows` holds one more than a page when there is one."""
    shown = rows[:size]
    following = encode(*key(shown[-1])) if len(rows) > size else None
    return {name: [show(row) for row in shown], "next": following}
