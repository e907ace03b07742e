"""What a file is, told by its content and never by its name. Pure.

An OFD document (GB/T 33190) is a zip with OFD.xml in it. Nothing is ever unpacked here: only the central directory is
read, after its own size has been bounded, so that a bomb costs what a list costs.
"""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final


class NotOurs(Exception):
    """The content cannot be taken; the words say why in Chinese."""


@dataclass(frozen=True, slots=True)
class FileType:
    suffix: str
    media_type: str
    label: str
    suffixes: frozenset[str]


PDF: Final = FileType("pdf", "application/pdf", "PDF", frozenset({"pdf"}))
JPG: Final = FileType("jpg", "image/jpeg", "JPG 图片", frozenset({"jpg", "jpeg", "jpe"}))
PNG: Final = FileType("png", "image/png", "PNG 图片", frozenset({"png"}))
OFD: Final = FileType("ofd", "application/ofd", "OFD", frozenset({"ofd"}))

_ACCEPTED: Final = "只收 PDF、JPG、PNG 和 OFD 文件，请换一种格式"
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_MOST_ENTRIES: Final = 2000
_MOST_DIRECTORY: Final = 1024**2
_MOST_UNPACKED: Final = 300 * 1024**2
_MOST_RATIO: Final = 100
_SMALL: Final = 1024**2
_ARCHIVES: Final = frozenset({".zip", ".ofd", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".tar", ".jar"})


def tell(file: IO[bytes]) -> FileType:
    """The type of a seekable file, which is left at its beginning. Raises NotOurs."""
    file.seek(0)
    head = file.read(1024)
    try:
        return _by_head(head, file)
    finally:
        file.seek(0)


def _by_head(head: bytes, file: IO[bytes]) -> FileType:
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPG
    if head.startswith(b"PK\x03\x04"):
        return _ofd(file)
    raise NotOurs(_ACCEPTED)


def _ofd(file: IO[bytes]) -> FileType:
    _bound_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, struct.error, OSError):
        raise NotOurs("OFD 文件已经损坏，请重新生成") from None
    names = {entry.filename for entry in entries}
    if "OFD.xml" not in names:
        raise NotOurs(f"压缩包不能上传；{_ACCEPTED}")
    if len(names) != len(entries) or any(_escapes(name) for name in names):
        raise NotOurs("OFD 文件里有不正常的路径，请重新生成")
    _no_bomb(entries)
    return OFD


def _bound_directory(file: IO[bytes]) -> None:
    """Reads the end record by hand: the size of the directory is known before anything parses it."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise NotOurs("OFD 文件已经损坏，请重新生成")
    entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    if entries > _MOST_ENTRIES or length > _MOST_DIRECTORY:
        raise NotOurs("OFD 文件里的内容太多，请拆分后上传")
    file.seek(0)


def _escapes(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or "\0" in name


def _no_bomb(entries: list[zipfile.ZipInfo]) -> None:
    if any(entry.flag_bits & 1 for entry in entries):
        raise NotOurs("OFD 文件加了密码，请去掉密码后上传")
    if any(PurePosixPath(entry.filename.lower()).suffix in _ARCHIVES for entry in entries):
        raise NotOurs("OFD 文件里还套着压缩包，不能上传")
    swollen = [e for e in entries if e.file_size > _SMALL and e.file_size > _MOST_RATIO * max(e.compress_size, 1)]
    if swollen or sum(entry.file_size for entry in entries) > _MOST_UNPACKED:
        raise NotOurs("OFD 文件解开后大得不正常，不能上传")
