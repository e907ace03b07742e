"""The number that a matter is known by."""

from __future__ import annotations

import secrets

from stdnum.iso7064 import mod_11_10

from onewindow.loops.models import LoopRow


def new_number(prefix: str, model: type[LoopRow]) -> str:
    """The prefix and nine digits, the last a check digit (ISO 7064 MOD 11,10); random, so nobody can count them."""
    while True:
        body = str(secrets.randbelow(9 * 10**7) + 10**7)
        number = f"{prefix}{body}{mod_11_10.calc_check_digit(body)}"
        if not model._default_manager.filter(number=number).exists():
            return number
