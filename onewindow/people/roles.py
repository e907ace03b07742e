"""The posts of the house. Pure: the role of a posting, the Chinese for it, and how far its arm reaches."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    CLERK = "clerk"
    TOWNSHIP_CLERK = "township_clerk"
    EXIT_CLERK = "exit_clerk"
    GUIDE = "guide"
    HELPER = "helper"
    EXAMINER = "examiner"
    VERIFIER = "verifier"
    CHIEF = "chief"
    HEAD = "head"
    GOVERNMENT_HEAD = "government_head"
    EDITOR = "editor"
    PUBLISHER = "publisher"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    ADMIN = "admin"
    APPLICANT = "applicant"
    SYSTEM = "system"


class Reach(StrEnum):
    """What a role's arm reaches: the cases of its centre, of its department, its own, or all of its division."""

    CENTRE = "centre"
    DEPARTMENT = "department"
    OWN = "own"
    DIVISION = "division"
    ALL = "all"
    NONE = "none"


LABELS: dict[Role, str] = {
    Role.CLERK: "综合窗口受理员",
    Role.TOWNSHIP_CLERK: "便民服务中心受理员",
    Role.EXIT_CLERK: "统一出件员",
    Role.GUIDE: "导办员",
    Role.HELPER: "帮办代办员",
    Role.EXAMINER: "部门审查员",
    Role.VERIFIER: "部门审核员",
    Role.CHIEF: "首席事务代表",
    Role.HEAD: "部门负责人",
    Role.GOVERNMENT_HEAD: "本级政府负责人",
    Role.EDITOR: "部门事项管理员",
    Role.PUBLISHER: "政务服务管理机构事项审核员",
    Role.SUPERVISOR: "电子监察员",
    Role.MANAGER: "中心管理员",
    Role.ADMIN: "系统管理员",
    Role.APPLICANT: "申请人",
    Role.SYSTEM: "系统",
}

REACH: dict[Role, Reach] = {
    Role.CLERK: Reach.CENTRE,
    Role.TOWNSHIP_CLERK: Reach.CENTRE,
    Role.EXIT_CLERK: Reach.CENTRE,
    Role.GUIDE: Reach.NONE,
    Role.HELPER: Reach.CENTRE,
    Role.EXAMINER: Reach.DEPARTMENT,
    Role.VERIFIER: Reach.DEPARTMENT,
    Role.CHIEF: Reach.DEPARTMENT,
    Role.HEAD: Reach.DEPARTMENT,
    Role.GOVERNMENT_HEAD: Reach.DIVISION,
    Role.EDITOR: Reach.NONE,
    Role.PUBLISHER: Reach.NONE,
    Role.SUPERVISOR: Reach.DIVISION,
    Role.MANAGER: Reach.DIVISION,
    Role.ADMIN: Reach.NONE,
    Role.APPLICANT: Reach.OWN,
    Role.SYSTEM: Reach.ALL,
}
