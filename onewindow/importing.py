"""What every import tells its operator: how much was new, changed or the same, and each row that was rejected. Pure."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LARGEST = 64 * 1024 * 1024
"""Bytes after unpacking; the whole country to village level is about 30 MB."""


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message is Chinese and may be shown to a person."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """`where` names the row as the operator finds it: 第 12 行, or the key of an item."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}：{self.reason}"


@dataclass(slots=True)
class Report:
    """Counts of one import. `dry_run`: nothing was written. `abandoned`: rejected rows stopped it (strict)."""

    subject: str
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    dry_run: bool = False
    abandoned: bool = False

    def reject(self, where: str, reason: str) -> None:
        self.rejected.append(Rejection(where, reason))

    @property
    def words(self) -> str:
        """The report as an operator reads it, one rejected row a line."""
        if self.abandoned:
            head = f"{self.subject}：有 {len(self.rejected)} 行不能导入，按要求什么也没有写入。"
        else:
            verb = "试运行，没有写入。将会" if self.dry_run else "导入完成。"
            head = (
                f"{self.subject}：{verb}新增 {self.created}，更新 {self.changed}，"
                f"没有变化 {self.unchanged}，拒绝 {len(self.rejected)}。"
            )
        return "\n".join([head, *(f"  {rejection}" for rejection in self.rejected)])


def open_text(path: Path) -> io.StringIO:
    """The text of a file, unpacked when it is gzip; UTF-8 with or without a mark, or GB 18030 as Excel saves it.

    Raises UnreadableFile for a missing, oversized or undecodable file.
    """
    try:
        with path.open("rb") as handle:
            zipped = handle.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise UnreadableFile(f"读不了文件 {path}：{_why(error)}") from error
    if len(data) > _LARGEST:
        raise UnreadableFile(f"文件 {path} 太大，最多 {_LARGEST // 1024 // 1024} MB")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return io.StringIO(data.decode(encoding), newline="")
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"文件 {path} 不是 UTF-8 或 GB 18030 编码的文本")


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "没有这个文件"
    if isinstance(error, IsADirectoryError):
        return "这是一个文件夹"
    if isinstance(error, PermissionError):
        return "没有读取权限"
    return "压缩文件已损坏" if isinstance(error, (EOFError, gzip.BadGzipFile)) else "文件打不开"


def csv_rows(
    path: Path, columns: set[str], names: Mapping[str, str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file with at least these columns, cells stripped. Raises UnreadableFile.

    `names`: other headings that stand for a column, e.g. 日期 for date.
    """
    reader = csv.DictReader(open_text(path))
    given = [heading.strip() for heading in reader.fieldnames or ()]
    reader.fieldnames = [(names or {}).get(heading, heading) for heading in given]
    missing = columns - set(reader.fieldnames)
    if missing:
        raise UnreadableFile(f"文件 {path} 的第一行缺少这些列：{'、'.join(sorted(missing))}")
    try:
        for row in reader:
            cells = {key: (value or "").strip() for key, value in row.items() if key and not isinstance(value, list)}
            if any(cells.values()):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableFile(f"文件 {path} 第 {reader.line_num} 行不是有效的 CSV") from error
