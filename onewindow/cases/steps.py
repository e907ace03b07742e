"""The nodes of an item's step mode (审核合一 · 一审一核 · 一审两核): whose desk a case is on. Pure."""

from __future__ import annotations

from onewindow.catalogue.spec import ItemSpec, StepKind
from onewindow.people.roles import Role

_DECIDING = frozenset({StepKind.REVIEW, StepKind.APPROVE, StepKind.REVIEW_APPROVE})


def last_deciding(spec: ItemSpec) -> int:
    """Index of the last review or approval among the nodes; -1 when the item has none."""
    return max((i for i, step in enumerate(spec.nodes) if step.kind in _DECIDING), default=-1)


def node_roles(spec: ItemSpec, index: int) -> tuple[Role, ...]:
    """Who may do this node, the usual one first. A head's node may be done by a chief under a letter (HN art. 17)."""
    if index >= len(spec.nodes):
        return (Role.CHIEF, Role.HEAD)
    role = spec.nodes[index].role
    if role == "部门负责人":
        return (Role.CHIEF, Role.HEAD)
    if role == "首席事务代表":
        return (Role.CHIEF, Role.HEAD) if index == last_deciding(spec) else (Role.VERIFIER, Role.CHIEF)
    return (Role.EXAMINER,)


def may_decide_at(spec: ItemSpec, index: int) -> bool:
    """Whether only the deciding node is left: a decision before the listed steps are done skips one of them."""
    if index >= len(spec.nodes):
        return True
    return index == len(spec.nodes) - 1 and spec.nodes[index].kind in _DECIDING
