"""Numbers that identify people and organisations: checking them, and making valid ones for demonstration. Pure.

Sources: GB 11643 (citizen identity number), GB 32100 (unified social credit code), GB 11714 (organisation code).
Region 999900 does not exist; numbers that carry it are demonstration numbers and belong to nobody.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import unicodedata
from typing import Final

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

DEMO_REGION: Final = "999900"
_CHINA: Final = dt.timezone(dt.timedelta(hours=8))
_PROVINCE: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_SEPARATORS: Final = re.compile(r"[\s\-‐-―_·.]+")
_PASSPORT: Final = re.compile(r"[A-Z0-9]{5,15}")
_HMT_RESIDENCE: Final = re.compile(r"8[123]0000[0-9]{11}[0-9X]")
_HMT_TRAVEL: Final = re.compile(r"[HM][0-9]{8}([0-9]{2})?|[0-9]{8}")
_OTHER: Final = re.compile(r"[A-Z0-9\u4e00-\u9fff()/]{3,40}")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"(0[0-9]{2,3})([2-9][0-9]{6,7})")


def check_id(id_type: str, number: str, *, today: dt.date | None = None) -> str:
    """The number in its normal form: half-width, upper case, no separators.

    Raises ValueError with a Chinese sentence that says what is wrong. `today` bounds the birth date.
    """
    compact = _compact(number)
    if not compact:
        raise ValueError("请填写证件号码")
    if id_type == "id_card":
        return _identity(compact, today or dt.datetime.now(_CHINA).date())
    if id_type == "uscc":
        return _credit_code(compact)
    if id_type == "passport":
        return _by_pattern(compact, _PASSPORT, "护照号码应当是 5 至 15 位字母和数字，请核对")
    if id_type == "hmt_permit":
        return _hmt(compact)
    if id_type == "other":
        return _by_pattern(compact, _OTHER, "证件号码应当是 3 至 40 位字母、数字或汉字，请核对")
    raise ValueError("没有这种证件类型")


def check_phone(number: str) -> str:
    """A mobile number (11 digits) or a landline as 0737-8881234. Raises ValueError with a Chinese sentence."""
    compact = _compact(number).removeprefix("+86").removeprefix("0086")
    if _MOBILE.fullmatch(compact):
        return compact
    if found := _LANDLINE.fullmatch(compact):
        return f"{found[1]}-{found[2]}"
    raise ValueError("电话号码不对：手机号码是 11 位数字，固定电话请带区号，例如 0737-8881234")


def birth_date(identity_number: str) -> dt.date:
    """The birth date inside a checked identity number."""
    return dt.date(int(identity_number[6:10]), int(identity_number[10:12]), int(identity_number[12:14]))


def is_demo_number(number: str) -> bool:
    """Whether an identity number or credit code carries the region that does not exist."""
    return number.startswith(DEMO_REGION) or number[2:8] == DEMO_REGION


def _compact(number: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()


def _identity(number: str, today: dt.date) -> str:
    if len(number) == 15 and number.isascii() and number.isdigit():
        raise ValueError("15 位的旧身份证号码已经停用，请填写 18 位号码")
    if len(number) != 18:
        raise ValueError(f"身份证号码应当是 18 位，现在是 {len(number)} 位")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise ValueError("身份证号码的前 17 位应当是数字，最后一位是数字或 X")
    if not _PROVINCE.fullmatch(number[:2]) and number[:6] != DEMO_REGION:
        raise ValueError("身份证号码开头的地区代码不存在，请核对")
    try:
        born = birth_date(number)
    except ValueError:
        raise ValueError("身份证号码里的出生日期不存在，请核对第 7 至 14 位") from None
    if born > today:
        raise ValueError("身份证号码里的出生日期还没有到，请核对第 7 至 14 位")
    if born.year < 1900:
        raise ValueError("身份证号码里的出生日期太早，请核对第 7 至 14 位")
    # stdnum also wants the county code to have existed in the birth year, which real numbers do not always satisfy
    # (old people were numbered under later codes); so only its check digit is used.
    if number[-1] != ric.calc_check_digit(number):
        raise ValueError("身份证号码的校验位不对，可能有一位写错了，请逐位核对")
    return number


def _credit_code(number: str) -> str:
    try:
        return str(uscc.validate(number))
    except InvalidLength:
        raise ValueError(f"统一社会信用代码应当是 18 位，现在是 {len(number)} 位") from None
    except InvalidChecksum:
        raise ValueError("统一社会信用代码的校验位不对，可能有一位写错了，请逐位核对") from None
    except ValidationError:
        raise ValueError(
            "统一社会信用代码的前 8 位是数字，后 10 位是数字或大写字母（不用 I、O、Z、S、V），请核对"
        ) from None


def _hmt(number: str) -> str:
    if _HMT_RESIDENCE.fullmatch(number):
        if number[-1] != ric.calc_check_digit(number):
            raise ValueError("居住证号码的校验位不对，可能有一位写错了，请逐位核对")
        return number
    return _by_pattern(number, _HMT_TRAVEL, "港澳台居民居住证号码是 18 位，以 810000、820000 或 830000 开头，请核对")


def _by_pattern(number: str, pattern: re.Pattern[str], message: str) -> str:
    if not pattern.fullmatch(number):
        raise ValueError(message)
    return number


# ---- demonstration ----------------------------------------------------------------------------------------------


def demo_identity(born: dt.date, order: int) -> str:
    """A valid identity number of the region that does not exist; an even order (0–999) means a woman."""
    body = f"{DEMO_REGION}{born:%Y%m%d}{order % 1000:03}"
    return body + str(ric.calc_check_digit(body + "0"))


def demo_credit_code(serial: int, kind: str = "91") -> str:
    """A valid credit code of the region that does not exist: registrar and kind, 999900, organisation code, check."""
    organisation = f"{serial % 100_000_000:08}"
    body = f"{kind}{DEMO_REGION}{organisation}{_organisation_check(organisation)}"
    return body + str(uscc.calc_check_digit(body))


def _organisation_check(body: str) -> str:
    """GB 11714: weights 3 7 9 10 5 8 4 2, modulo 11."""
    total = sum(int(digit) * weight for digit, weight in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return "0X"[rest == 10] if (rest := (11 - total % 11) % 11) in (0, 10) else str(rest)


def demo_phone(chance: random.Random) -> str:
    """Segment 1990000 is used for demonstration here; the house never sends anything to a demo number."""
    return f"1990000{chance.randrange(10_000):04}"
