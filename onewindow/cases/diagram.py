"""docs/lifecycle.md, drawn from the one table of moves: a Mermaid state diagram and a table of who may do what.

`python -m onewindow.cases.diagram` prints the page; a test compares it with the file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from onewindow.cases.lifecycle import BEFORE_ACCEPTANCE, ENDS, MOVES, STATE_LABELS, Move, State
from onewindow.people.roles import LABELS, Role

_INTRODUCTION = """# 办件怎么走 (the lifecycle)

这一页由 `onewindow/cases/lifecycle.py` 里唯一的一张表画出来，不要手工修改：
`python -m onewindow.cases.diagram > docs/lifecycle.md`。测试会核对这一页与表一致，也会走遍表里的每一格。

This page is drawn from the one table of moves; do not edit it by hand. A test keeps it equal to the table.
"""
_NOTE = """“需授权书”：担任这个岗位还不够，要有本部门负责人签发、在有效期内、写明这个动作和事项的授权书。
“状态不变”：动作记入办件的事件链，但办件留在原来的状态。“终局”：界面会请办理人再确认一次。

另有不在表里、由动作自己把关的规则（只能告知一次、受办分离、不能跳过环节等），写在各动作的代码和测试里。
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION, "## 状态图\n", _diagram(), "## 每个动作\n", _table(), _NOTE, "## 状态\n", _states()]
    return "\n".join(parts)


def _diagram() -> str:
    """Moves that change the state; several between the same two states share one arrow."""
    arrows: dict[tuple[State, State], list[str]] = defaultdict(list)
    for row in MOVES.values():
        for source in State:
            if source in row.sources and row.target not in {None, source}:
                assert row.target is not None
                arrows[source, row.target].append(row.label)
    lines = [f'    state "{STATE_LABELS[state]}" as {state}' for state in State]
    lines.append(f"    [*] --> {State.DRAFT}")
    lines += [f"    {source} --> {target}: {'、'.join(labels)}" for (source, target), labels in arrows.items()]
    lines += [f"    {state} --> [*]" for state in State if state in ENDS or state is State.ARCHIVED]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```", ""])


def _table() -> str:
    head = ["| 动作 | 代码 | 从哪些状态 | 到 | 谁可以办 | |", "| --- | --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *map(_line, MOVES.values()), ""])


def _line(row: Move) -> str:
    target = STATE_LABELS[row.target] if row.target else "状态不变"
    marks = "终局" if row.final else ""
    return f"| {row.label} | `{row.action}` | {_sources(row.sources)} | {target} | {_who(row)} | {marks} |"


def _sources(states: Iterable[State]) -> str:
    found = set(states)
    if found == set(State):
        return "任何状态"
    words = [STATE_LABELS[state] for state in State if state in found]
    if found >= BEFORE_ACCEPTANCE and len(found) > len(BEFORE_ACCEPTANCE):
        words = ["受理前", *(STATE_LABELS[state] for state in State if state in found - BEFORE_ACCEPTANCE)]
    return "、".join(words)


def _who(row: Move) -> str:
    return "、".join(_roles(row))


def _roles(row: Move) -> Iterator[str]:
    for role in Role:
        if role in row.roles:
            yield f"{LABELS[role]}（需授权书）" if role in row.lettered else LABELS[role]


def _states() -> str:
    head = ["| 状态 | 代码 | |", "| --- | --- | --- |"]
    rows = [f"| {label} | `{state}` | {'结束' if state in ENDS else ''} |" for state, label in STATE_LABELS.items()]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    print(page(), end="")
