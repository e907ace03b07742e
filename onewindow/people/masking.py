"""How personal data looks on a screen until somebody asks to see it, with a reason, and is recorded. Pure."""

from __future__ import annotations


def mask_id(number: str) -> str:
    """4309**********1234: the first four and the last four."""
    if len(number) <= 8:
        return number[:1] + "*" * max(len(number) - 2, 1) + number[-1:]
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def mask_phone(phone: str) -> str:
    """138****1234."""
    return phone[:3] + "****" + phone[-4:] if len(phone) >= 8 else "*" * len(phone)


_DOUBLE = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 "
    "慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 轩辕".split()
)


def mask_name(name: str) -> str:
    """张**, 欧阳*; a person's given name is hidden."""
    kept = 2 if name[:2] in _DOUBLE and len(name) > 2 else 1
    return name[:kept] + "*" * min(max(len(name) - kept, 1), 4)
