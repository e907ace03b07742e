"""Pieces of wording that several papers use. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from onewindow.papers.data import Limit, Material, PaperData
from onewindow.papers.sheet import Block, Facts, Grid, Points
from onewindow.papers.words import chinese_date, joined, numbered, sentence


@dataclass(frozen=True)
class Content:
    """What one kind of paper says: its bold first sentence and its blocks."""

    lead: str
    blocks: tuple[Block, ...]


def facts(data: PaperData, *extra: tuple[str, str]) -> Facts:
    """The rows every paper carries, then this paper's own; rows without a value are left out."""
    applicant = data.applicant
    name = f"{applicant.name}（{applicant.id_masked}）" if applicant.id_masked else applicant.name
    rows = (
        ("申请人", name),
        ("代理人", applicant.agent),
        ("申请事项", data.item_name),
        ("办理部门", data.department if data.department != data.issuing_body else ""),
        ("办件编号", data.case_number),
        *extra,
    )
    return Facts(tuple((label, value) for label, value in rows if value))


def material_grid(materials: tuple[Material, ...], caption: str) -> Grid:
    """The list of materials: number, name, form, copies."""
    rows = tuple((str(n), m.name, m.form, f"{m.copies}份") for n, m in enumerate(materials, 1))
    return Grid(("序号", "材料名称", "形式", "份数"), (0, 1, 0, 0), rows, caption)


def reasons(data: PaperData) -> tuple[Points, ...]:
    """Why, and by which law. Each only when there is something to say."""
    said = tuple(sentence(reason) for reason in data.reasons)
    points = [Points("理由", numbered(said))] if said else []
    points += [basis(data)] if data.legal_basis else []
    return tuple(points)


def basis(data: PaperData) -> Points:
    """The legal basis as one sentence."""
    return Points("依据", (sentence(joined(data.legal_basis)),))


def limit_words(limit: Limit | None) -> str:
    """``10个工作日，最迟2026年12月3日``, with a remark when the date is provisional."""
    if limit is None:
        return ""
    due = f"最迟{chinese_date(limit.due)}" if limit.due else ""
    remark = "（当年放假安排公布后可能调整，我们会告诉您）" if limit.due and limit.provisional else ""
    return "，".join(part for part in (limit.words, due) if part) + remark
