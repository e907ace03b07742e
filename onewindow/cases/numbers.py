"""Numbers a case is known by: the national form, and a short public query number with a check digit."""

from __future__ import annotations

import secrets
from datetime import datetime

from stdnum.iso7064 import mod_11_10

from onewindow.catalogue.models import Item
from onewindow.clocks.clock import local_date
from onewindow.places.models import Centre


def serial_key(item: Item, centre: Centre, now: datetime) -> str:
    """What the day's serial runs under: the item, or the centre where it does not use the national form."""
    return f"case/{item.code if centre.national_numbers else centre.key}/{local_date(now):%Y%m%d}"


def case_number(item: Item, centre: Centre, now: datetime, serial: int) -> str:
    """Implementation code 31 + date 8 + serial of the day (4 digits, more when a day needs them).

    A centre that does not use the national form gets its own key + date + serial of the centre.
    """
    stamp = f"{local_date(now):%Y%m%d}"
    if centre.national_numbers:
        return f"{item.code}{stamp}{serial:04}"
    return f"{centre.key.upper()}-{stamp}-{serial:05}"


def query_number() -> str:
    """Twelve digits, the last by ISO 7064 MOD 11,10; random, so that nobody can count our cases or guess the next."""
    return checked(secrets.randbelow(9 * 10**10) + 10**10)


def checked(body: int) -> str:
    """Eleven digits with their check digit."""
    return f"{body}{mod_11_10.calc_check_digit(str(body))}"


def looks_right(number: str) -> bool:
    """Whether a typed query number can exist: catches a wrong digit before the database is asked."""
    return len(number) == 12 and number.isdigit() and bool(mod_11_10.is_valid(number))
