"""A sheet as plain text. Pure."""

from __future__ import annotations

from onewindow.papers.sheet import Block, Facts, Grid, Para, Points, Sheet, Signatures


def as_text(sheet: Sheet) -> str:
    """The paper line by line, in the order of the printed one; ends with a line break."""
    parts = [
        "【示例文书，不具法律效力】" if sheet.demo else "",
        f"{sheet.body}\n{sheet.title}\n{'编号：' if sheet.layout == 'certificate' else ''}{sheet.number}",
        "\n".join(part for part in (sheet.salutation, sheet.lead) if part),
        *(_block(block) for block in sheet.blocks),
        f"{sheet.body}（盖章）\n{sheet.date}",
        *(_points(points) for column in sheet.box for points in column),
        f"核验码：{sheet.code}\n核验网址：{sheet.verify_url}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _block(block: Block) -> str:
    match block:
        case Para(text):
            return text
        case Facts(rows):
            return "\n".join(f"{label}：{value}" for label, value in rows)
        case Grid():
            return _grid(block)
        case Points():
            return _points(block)
        case Signatures(parties):
            return "\n".join(f"{label}：{name or '____________'}" for label, name in parties)


def _grid(grid: Grid) -> str:
    head = [f"{grid.caption}："] if grid.caption else []
    if len(grid.columns) == 2:
        return "\n".join([*head, *(f"{label}：{value}" for label, value in grid.rows)])
    head.append(" | ".join(grid.columns))
    return "\n".join([*head, *(" | ".join(row) for row in grid.rows)])


def _points(points: Points) -> str:
    return "\n".join([f"{points.heading}：", *points.lines])
