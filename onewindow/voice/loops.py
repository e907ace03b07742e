"""The tables of the voice loops: bad ratings, complaints, systemic issues, consultations. Pure.

Sources: Hunan 2022 art. 16 (办不成事), 41 (好差评); Xixia 2023 art. 17 (consultation), 25 (有诉即办), 39; Xiangyang
2020 art. 13, 14; 安阳市政务服务条例 art. 50, 52 for the hotline's and the rating's days.
"""

from __future__ import annotations

from typing import Final

from onewindow.loops.definition import ABOUT_DEPARTMENT, ABOUT_PERSON, Loop, Move, Term, states
from onewindow.people.roles import Role
from onewindow.voice import inputs

_JUDGES: Final = frozenset({Role.MANAGER, Role.SUPERVISOR})
_LEADS: Final = frozenset({Role.CHIEF, Role.HEAD})
_COUNTERS: Final = frozenset({Role.CLERK, Role.TOWNSHIP_CLERK, Role.HELPER, Role.GUIDE, Role.EXIT_CLERK})
_WORKERS: Final = frozenset({Role.CHIEF, Role.HEAD, Role.EXAMINER, Role.VERIFIER})
_CITIZEN: Final = frozenset({Role.APPLICANT})
_SYSTEM: Final = frozenset({Role.SYSTEM})
_UNFINISHED: Final = states("registered", "accepted", "assigned", "answered", "rectifying", "rectified")
_NOT_ONESELF: Final = (ABOUT_PERSON,)
_NOT_OWN_HOUSE: Final = (ABOUT_PERSON, ABOUT_DEPARTMENT)

RATING: Final = Loop(
    key="rating",
    name="差评",
    states={
        "new": "待联系",
        "contacted": "待认定",
        "mending": "整改中",
        "mended": "待告知",
        "found": "待告知",
        "told": "待回访",
        "closed": "已办结",
    },
    ends=states("closed"),
    opens=(Term("contact", "联系评价人", 1, "HN-41.3、XX-39.2"), Term("close", "核实整改反馈", 15, "HN-41.3、XX-39.2")),
    moves=(
        Move(
            "contact",
            "已联系",
            states("new"),
            "contacted",
            _JUDGES | _LEADS,
            inputs.Words,
            settles=("contact",),
            starts=(Term("find", "认定", 3, "HN-41.3"),),
            barred=_NOT_ONESELF,
        ),
        Move(
            "find",
            "认定",
            states("contacted"),
            "mending",
            _JUDGES,
            inputs.Finding,
            settles=("find",),
            barred=_NOT_OWN_HOUSE,
        ),
        Move(
            "mend",
            "整改",
            states("mending"),
            "mending",
            _LEADS | _JUDGES,
            inputs.Mend,
            settles=("mend",),
            barred=_NOT_ONESELF,
        ),
        Move(
            "tell",
            "告知评价人",
            states("mended", "found"),
            "told",
            _JUDGES | _LEADS,
            inputs.AnswerInPublic,
            settles=("tell",),
            starts=(Term("revisit", "回访", 5, "HN-41.3"),),
            barred=_NOT_ONESELF,
        ),
        Move(
            "revisit",
            "回访",
            states("told"),
            "closed",
            _JUDGES,
            inputs.Revisit,
            settles=("revisit", "close"),
            barred=_NOT_OWN_HOUSE,
        ),
        Move("confirm", "确认", states("told"), "closed", _CITIZEN, inputs.Revisit, settles=("revisit", "close")),
        Move(
            "appeal",
            "申诉",
            states("mending", "mended", "found", "told"),
            "contacted",
            _LEADS | _CITIZEN | _COUNTERS,
            inputs.Reason,
            starts=(Term("find", "复核认定", 3, "HN-41.3"),),
        ),
    ),
)

COMPLAINT: Final = Loop(
    key="complaint",
    name="办不成事反映和投诉",
    states={
        "registered": "待受理",
        "accepted": "待转办",
        "assigned": "办理中",
        "answered": "待回访",
        "rectifying": "整改中",
        "rectified": "待办结",
        "closed": "已办结",
        "declined": "不属受理范围",
    },
    ends=states("closed", "declined"),
    opens=(
        Term("accept", "受理", 1, "XY-14.7"),
        Term("forward", "转办", 4, "XX-25.4", unit="hour"),
    ),
    moves=(
        Move(
            "accept",
            "受理",
            states("registered"),
            "accepted",
            _JUDGES | _COUNTERS,
            inputs.OptionalWords,
            settles=("accept",),
            barred=_NOT_OWN_HOUSE,
        ),
        Move(
            "decline",
            "不予受理",
            states("registered", "accepted"),
            "declined",
            _JUDGES,
            inputs.Reason,
            settles=("accept", "forward"),
            barred=_NOT_OWN_HOUSE,
        ),
        Move(
            "assign",
            "转办",
            states("accepted", "assigned"),
            "assigned",
            _JUDGES,
            inputs.Assign,
            settles=("forward",),
            starts=(Term("answer", "办理答复", 5, "HN-16.8、XX-25.4"),),
            barred=_NOT_ONESELF,
        ),
        Move("urge", "督办", states("assigned", "rectifying"), "", _JUDGES, inputs.Urge, barred=_NOT_OWN_HOUSE),
        Move(
            "extend",
            "延期",
            states("assigned"),
            "",
            _JUDGES,
            inputs.Extend,
            settles=("answer",),
            starts=(Term("answer", "办理答复（延期）", 5, "HN-16.8"),),
            barred=_NOT_OWN_HOUSE,
        ),
        Move(
            "answer",
            "反馈",
            states("assigned"),
            "answered",
            _WORKERS,
            inputs.AnswerWithProof,
            settles=("answer", "urged"),
            starts=(Term("revisit", "回访", 3, "XX-25.3"),),
            barred=_NOT_ONESELF,
        ),
        Move(
            "revisit",
            "回访",
            states("answered"),
            "",
            _JUDGES,
            inputs.AskedAgain,
            settles=("revisit",),
            barred=_NOT_OWN_HOUSE,
        ),
        Move("confirm", "群众确认", states("answered"), "", _CITIZEN, inputs.Revisit, settles=("revisit",)),
        Move(
            "rectify",
            "整改",
            states("rectifying"),
            "answered",
            _WORKERS,
            inputs.MendWithProof,
            settles=("rectify", "urged"),
            barred=_NOT_ONESELF,
        ),
        Move(
            "close",
            "办结",
            states("answered", "rectified", "rectifying"),
            "closed",
            _JUDGES,
            inputs.Close,
            settles=("close",),
            barred=_NOT_OWN_HOUSE,
        ),
        Move(
            "reopen",
            "重新办理",
            states("closed", "declined"),
            "accepted",
            _JUDGES | _CITIZEN,
            inputs.Reason,
            starts=(Term("forward", "转办", 4, "XX-25.4", unit="hour"),),
        ),
        Move(
            "supplement",
            "补充材料",
            _UNFINISHED,
            "",
            _JUDGES | _COUNTERS | _CITIZEN,
            inputs.Supplement,
            barred=_NOT_OWN_HOUSE,
        ),
        Move("join", "归入系统性问题", _UNFINISHED | states("closed"), "", _JUDGES, inputs.Join, barred=_NOT_OWN_HOUSE),
        Move(
            "part", "移出系统性问题", _UNFINISHED | states("closed"), "", _JUDGES, inputs.Reason, barred=_NOT_OWN_HOUSE
        ),
        Move("level", "确定由哪一级办理", _UNFINISHED, "", _SYSTEM, inputs.Nothing),
    ),
)

ISSUE: Final = Loop(
    key="issue",
    name="系统性问题",
    states={"open": "待研判", "planned": "落实中", "carried_out": "待核查", "closed": "已解决"},
    ends=states("closed"),
    opens=(Term("judge", "研判并提出方案", 10, "XX-25.5"),),
    moves=(
        Move("plan", "提出方案", states("open"), "planned", _LEADS | _JUDGES, inputs.Plan, settles=("judge",)),
        Move(
            "carry_out",
            "已落实",
            states("planned"),
            "carried_out",
            _LEADS | _JUDGES,
            inputs.Words,
            settles=("carry_out",),
            starts=(Term("check", "效果核查", 20, "XX-25.5"),),
        ),
        Move(
            "check",
            "效果核查",
            states("carried_out"),
            "closed",
            _JUDGES,
            inputs.Effect,
            settles=("check",),
            barred=(ABOUT_DEPARTMENT,),
        ),
        Move("take_in", "归入诉求", states("open", "planned", "carried_out"), "", _JUDGES, inputs.Gathered),
        Move("let_go", "移出诉求", states("open", "planned", "carried_out", "closed"), "", _JUDGES, inputs.Gathered),
    ),
)

CONSULTATION: Final = Loop(
    key="consultation",
    name="咨询",
    states={"asked": "待答复", "answered": "已答复", "closed": "已了结"},
    ends=states("closed"),
    moves=(
        Move(
            "answer",
            "答复",
            states("asked"),
            "answered",
            _COUNTERS | _WORKERS | _JUDGES,
            inputs.Reply,
            settles=("answer",),
        ),
        Move("forward", "转部门", states("asked"), "", _COUNTERS | _JUDGES, inputs.Assign),
        Move(
            "ask_again",
            "追问",
            states("answered"),
            "asked",
            _CITIZEN | _COUNTERS,
            inputs.Words,
            starts=(Term("answer", "答复追问", 2, "XX-17.3"),),
        ),
        Move(
            "close",
            "了结",
            states("answered"),
            "closed",
            _COUNTERS | _WORKERS | _JUDGES | _CITIZEN,
            inputs.OptionalWords,
        ),
    ),
)
COMPLEX: Final = Term("answer", "全面告知", 2, "XX-17.3")
"""A question that cannot be answered at once: everything in writing within two working days."""
