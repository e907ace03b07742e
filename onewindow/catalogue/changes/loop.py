"""The table of a change of the catalogue: told, drawn up, reviewed, published, in force; or taken back. Pure.

Sources: Hunan 2022 art. 10 (departments apply, the management body reviews and publishes; five working days are ours)
and art. 13; Xixia 2023 art. 14 (the centre is told, and the item revised, within three working days of the document's
publication) and art. 23 (special procedures).
"""

from __future__ import annotations

from typing import Final

from onewindow.catalogue.changes import inputs
from onewindow.loops.definition import ABOUT_DEPARTMENT, ABOUT_PERSON, Loop, Move, Term, states
from onewindow.people.roles import Role

APPLIERS: Final = frozenset({Role.EDITOR, Role.CHIEF, Role.HEAD})
"""Who speaks for the department about its items."""
REVIEWERS: Final = frozenset({Role.PUBLISHER, Role.MANAGER})
"""Who reviews and publishes for the management body."""
_APART: Final = (ABOUT_PERSON, ABOUT_DEPARTMENT)
_REVIEW: Final = Term("review", "审核", 5, "HN-10.4", centre=True)

CHANGE: Final = Loop(
    key="change",
    name="事项变更",
    states={
        "opened": "待提出修订",
        "proposed": "待审核",
        "returned": "待修改",
        "approved": "待公布",
        "published": "待生效",
        "in_force": "已生效",
        "rejected": "未通过",
        "withdrawn": "已撤回",
        "voided": "已作废",
    },
    ends=states("in_force", "rejected", "withdrawn", "voided"),
    moves=(
        Move("draft", "存草稿", states("opened", "returned"), "", APPLIERS, inputs.Draft),
        Move(
            "propose",
            "提交审核",
            states("opened", "returned"),
            "proposed",
            APPLIERS,
            inputs.Draft,
            settles=("propose",),
            starts=(_REVIEW,),
        ),
        Move(
            "approve",
            "审核通过",
            states("proposed"),
            "approved",
            REVIEWERS,
            inputs.OptionalWords,
            settles=("review",),
            starts=(Term("publish", "公布", 1, "HN-10.4", centre=True),),
            barred=_APART,
        ),
        Move(
            "publish",
            "公布",
            states("approved"),
            "published",
            REVIEWERS,
            inputs.Publish,
            settles=("publish", "revise"),
            barred=_APART,
        ),
        Move(
            "send_back",
            "退回修改",
            states("proposed", "approved"),
            "returned",
            REVIEWERS,
            inputs.Reason,
            settles=("review", "publish"),
            starts=(Term("propose", "改好再报", 3, "HN-10.3"),),
            barred=_APART,
        ),
        Move(
            "reject",
            "不通过",
            states("proposed"),
            "rejected",
            REVIEWERS,
            inputs.Reason,
            settles=("review",),
            barred=_APART,
        ),
        Move(
            "withdraw",
            "撤回",
            states("opened", "proposed", "returned", "approved"),
            "withdrawn",
            APPLIERS,
            inputs.Reason,
        ),
        Move("void", "作废", states("published"), "voided", REVIEWERS, inputs.Reason, barred=_APART),
        Move("take_effect", "生效", states("published"), "in_force", frozenset({Role.SYSTEM}), inputs.Nothing),
    ),
)
TELL: Final = Term("tell", "告知中心", 3, "HN-13.3、XX-14.1")
PROPOSE: Final = Term("propose", "提出修订", 3, "HN-10.3、XX-23.6")
REVISE: Final = Term("revise", "修订到位并公布", 3, "XX-14.2")
"""These count from the day the document was published."""
BY_DOCUMENT: Final = frozenset({"law", "function", "reform"})
"""Kinds of change that a published document brings about; for the others the day is that of noticing."""
