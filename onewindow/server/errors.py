"""What goes wrong around the program, told to the operator in one sentence."""

from __future__ import annotations

import errno


class OperatorError(Exception):
    """Printed as `chinese（English）`, without a traceback; the command ends with status 1."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese} ({english})")


class ConnectionLost(OperatorError):
    """The database went away in the middle; whoever started it may know why (`ow serve` looks)."""

    STATUS = 3

    def __init__(self) -> None:
        super().__init__("建立数据库结构时与数据库的连接中断，请重试。", "lost the database while migrating")


def disk_full(place: object) -> OperatorError:
    return OperatorError(
        f"磁盘空间不足，无法写入 {place}。请清理磁盘，或把 OW_DATA_DIR 指向有空间的位置，再重新启动。",
        f"no space left on device while writing {place}",
    )


def from_os_error(error: OSError, place: object) -> OperatorError:
    """The usual three reasons why a file cannot be written, in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(place)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OperatorError(
            f"没有权限写入 {place}。请改用该目录的所有者运行，或用 OW_DATA_DIR 指定另一个目录。",
            f"permission denied: {place}",
        )
    return OperatorError(f"无法读写 {place}：{error.strerror}。", f"{place}: {error.strerror}")
