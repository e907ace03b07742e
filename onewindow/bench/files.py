"""What sealing costs: storing and reading a file of 10 MB against a plain storage, in milliseconds and as a ratio."""

from __future__ import annotations

import os
import tempfile
from statistics import median
from time import perf_counter

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from onewindow.bench.figures import Figure
from onewindow.files.storage import SealedStorage

_SIZE = 10 * 1024**2


def files(n: int = 20) -> list[Figure]:
    """Medians of `n`, in a folder of its own that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        plain, sealed = (_times(kind(location=folder), n) for kind in (FileSystemStorage, SealedStorage))
    figures = []
    for word, before, after in zip(("存", "取"), plain, sealed, strict=True):
        figures.append(Figure("files", f"{word} 10 MB", round(after * 1000, 1), "ms", 100, at_most=True))
        figures.append(Figure("files", f"{word} 10 MB，和不加密相比", round(after / before, 1), "倍"))
    return figures


def _times(storage: FileSystemStorage, n: int) -> tuple[float, float]:
    """Seconds to store and to read."""
    content, stored, read = ContentFile(os.urandom(_SIZE)), [], []
    for _ in range(n):
        start = perf_counter()
        name = storage.save("bench.bin", content)
        middle = perf_counter()
        _read(storage, name)
        stored.append(middle - start)
        read.append(perf_counter() - middle)
        storage.delete(name)
    return median(stored), median(read)


def _read(storage: FileSystemStorage, name: str) -> None:
    with storage.open(name) as file:
        for _ in file.chunks():
            pass
