"""The table of a supervision card. Pure. Reminders and warnings only tell; yellow and red cards must be answered.

Sources: Hunan 2022 art. 14; Xixia 2023 art. 38; Xiangyang 2020 art. 14.
"""

from __future__ import annotations

from typing import Final

from onewindow.loops.definition import ABOUT_DEPARTMENT, ABOUT_PERSON, Loop, Move, Term, states
from onewindow.oversight import inputs
from onewindow.people.roles import Role

_SUPERVISION: Final = frozenset({Role.SUPERVISOR})
_RESPONSIBLE: Final = frozenset(
    {
        Role.EXAMINER,
        Role.VERIFIER,
        Role.CHIEF,
        Role.HEAD,
        Role.CLERK,
        Role.TOWNSHIP_CLERK,
        Role.EXIT_CLERK,
        Role.MANAGER,
    }
)
_LEADS: Final = frozenset({Role.CHIEF, Role.HEAD, Role.MANAGER})
_APART: Final = (ABOUT_PERSON, ABOUT_DEPARTMENT)

CARD: Final = Loop(
    key="alert",
    name="监察牌",
    states={
        "told": "已提醒",
        "open": "待说明",
        "explained": "待认定",
        "confirmed": "已认定",
        "urged": "督办中",
        "rectified": "待复查",
        "rechecked": "待办结",
        "closed": "已办结",
        "dismissed": "已撤销",
        "settled": "已消除",
    },
    ends=states("closed", "dismissed", "settled"),
    moves=(
        Move("settle", "消除", states("told"), "settled", frozenset({Role.SYSTEM}), inputs.Nothing),
        Move(
            "explain",
            "说明情况",
            states("open", "explained", "confirmed", "urged"),
            "",
            _RESPONSIBLE,
            inputs.Explain,
            settles=("explain",),
        ),
        Move(
            "confirm",
            "认定",
            states("open", "explained"),
            "confirmed",
            _SUPERVISION,
            inputs.Judge,
            settles=("explain", "judge"),
            starts=(Term("urge", "发出督办或整改", 1, "XX-38.3"),),
            barred=_APART,
        ),
        Move(
            "dismiss",
            "撤销",
            states("open", "explained"),
            "dismissed",
            _SUPERVISION,
            inputs.Judge,
            settles=("explain", "judge"),
            barred=_APART,
        ),
        Move(
            "urge",
            "督办",
            states("confirmed", "urged"),
            "urged",
            _SUPERVISION,
            inputs.Urge,
            settles=("urge",),
            barred=_APART,
        ),
        Move(
            "rectify",
            "整改",
            states("confirmed", "urged"),
            "rectified",
            _LEADS,
            inputs.Rectify,
            settles=("urge", "answer"),
            starts=(Term("recheck", "复查", 5, "XX-38.3"),),
        ),
        Move(
            "recheck",
            "复查",
            states("rectified"),
            "rechecked",
            _SUPERVISION,
            inputs.Recheck,
            settles=("recheck",),
            barred=_APART,
        ),
        Move(
            "account",
            "追责",
            states("confirmed", "urged", "rectified", "rechecked"),
            "",
            _SUPERVISION,
            inputs.Account,
            settles=("account",),
            barred=_APART,
        ),
        Move("close", "办结", states("rechecked"), "closed", _SUPERVISION, inputs.Close, barred=_APART),
    ),
)
EXPLAIN: Final = Term("explain", "说明情况", 1, "XX-38.3")
ACCOUNT: Final = Term("account", "红牌追责", 10, "HN-14.3")
"""A confirmed red card ends with who, what and which measure."""
