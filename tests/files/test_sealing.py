"""Files lie on the disk only sealed, open from anywhere, and not at all when a single bit of them was changed."""

from __future__ import annotations

import io
import logging
import os
import secrets
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.http import FileResponse
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from onewindow.files import keys, sealing
from onewindow.files.storage import SealedStorage
from onewindow.problems import Damaged

SIZES = [0, 1, 15, 16, 17, sealing.SEGMENT - 1, sealing.SEGMENT, sealing.SEGMENT + 1, 3 * sealing.SEGMENT, 400_000]
HEADER = 48


@pytest.fixture
def storage(tmp_path: Path) -> SealedStorage:
    return SealedStorage(location=tmp_path)


def on_disk(storage: SealedStorage, name: str) -> bytes:
    return Path(storage.path(name)).read_bytes()


def put(storage: SealedStorage, name: str, raw: bytes) -> None:
    Path(storage.path(name)).write_bytes(raw)


def sealed(text: bytes, name: str = "a", step: int = 100_000) -> bytes:
    return b"".join(sealing.seal((text[at : at + step] for at in range(0, len(text), step)), name))


def read(raw: bytes, name: str = "a") -> bytes:
    return sealing.Reader(io.BytesIO(raw), name).readall() or b""


@pytest.mark.parametrize("size", SIZES)
def test_what_is_stored_comes_back_and_its_size_is_that_of_the_text(storage: SealedStorage, size: int) -> None:
    text = secrets.token_bytes(size)
    name = storage.save("2026/11/a.pdf", ContentFile(text))
    with storage.open(name) as file:
        assert file.read() == text
    assert (storage.size(name), storage.open(name).size) == (size, size)
    assert storage.key_of(name) == keys.id_of(keys.current())


def test_the_disk_shows_nothing_of_it_and_never_the_same_twice(storage: SealedStorage) -> None:
    text = b"%PDF-1.7 " + "王小明 430922199001010011".encode() * 9000
    first, second = storage.save("a.pdf", ContentFile(text)), storage.save("b.pdf", ContentFile(text))
    raw = on_disk(storage, first)
    for part in (b"%PDF", "王小明".encode(), b"430922"):
        assert part not in raw
    assert raw[HEADER : HEADER + 64] != on_disk(storage, second)[HEADER : HEADER + 64]


@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 320), st.integers(0, 90)), max_size=8))
def test_it_is_read_from_anywhere_like_any_file(text: bytes, reads: list[tuple[int, int]]) -> None:
    plain, reader = io.BytesIO(text), sealing.Reader(io.BytesIO(sealed(text, step=7)), "a")
    for at, length in reads:
        assert reader.seek(at) == plain.seek(at)
        assert reader.read(length) == plain.read(length)
        assert reader.tell() == max(plain.tell(), at)


def test_a_range_across_segments_is_read_without_the_others() -> None:
    text = secrets.token_bytes(10 * sealing.SEGMENT)
    raw = bytearray(sealed(text))
    raw[HEADER + 5] ^= 1  # the first segment is spoilt, and nobody asks for it
    reader = io.BufferedReader(sealing.Reader(io.BytesIO(bytes(raw)), "a"))
    reader.seek(5 * sealing.SEGMENT - 10)
    assert reader.read(20) == text[5 * sealing.SEGMENT - 10 :][:20]


def test_twenty_megabytes_need_no_twenty_megabytes_of_memory(storage: SealedStorage, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(20 * 1024**2))
    tracemalloc.start()
    with source.open("rb") as file:
        name = storage.save("big.pdf", File(file))
    with storage.open(name) as back:
        total = sum(len(part) for part in back.chunks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 20 * 1024**2
    assert peak < 2 * 1024**2


@given(st.integers(0, 2 * sealing.SEGMENT + 100), st.integers(0, 7))
def test_no_bit_can_be_changed(at: int, bit: int) -> None:
    raw = bytearray(_TWO)
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(sealing.Broken):
        read(bytes(raw))


_TWO = sealed(b"x" * (2 * sealing.SEGMENT - 1000))


@pytest.mark.parametrize("cut", [1, 16, 17, 1000, sealing.SEGMENT + 16, 2 * (sealing.SEGMENT + 16) + 48])
def test_nothing_can_be_cut_off_and_nothing_added(cut: int) -> None:
    raw = sealed(b"y" * (3 * sealing.SEGMENT))
    for changed in (raw[:-cut], raw + raw[-cut:], raw[:HEADER] + raw[HEADER + cut :]):
        with pytest.raises(sealing.Broken):
            read(changed)


def test_segments_cannot_change_places_and_files_not_either() -> None:
    raw, other = sealed(b"z" * (2 * sealing.SEGMENT), "one"), sealed(b"q" * 10, "two")
    step = sealing.SEGMENT + 16
    swapped = raw[:HEADER] + raw[HEADER + step :] + raw[HEADER : HEADER + step]
    with pytest.raises(sealing.Broken):
        read(swapped, "one")
    with pytest.raises(sealing.Broken):
        read(other, "one")


def test_a_changed_file_is_refused_in_plain_words_and_noted(
    storage: SealedStorage, caplog: pytest.LogCaptureFixture
) -> None:
    name = storage.save("a.pdf", ContentFile(b"t" * 200_000))
    raw = bytearray(on_disk(storage, name))
    raw[HEADER + 10] ^= 1
    put(storage, name, bytes(raw))
    with caplog.at_level(logging.ERROR), storage.open(name) as file, pytest.raises(Damaged, match="打不开"):
        file.read()
    (line,) = [record for record in caplog.records if record.name == "onewindow.files"]
    assert (line.file, line.reason) == ("a.pdf", "第1段被改过")  # type: ignore[attr-defined]
    put(storage, name, bytes(raw[:-1]))
    with pytest.raises(Damaged):
        storage.open(name)


def test_another_key_opens_nothing_and_an_old_key_goes_on_opening(storage: SealedStorage) -> None:
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    first = storage.save("first.pdf", ContentFile(b"1"))
    with override_settings(FILE_KEYS=[old]):
        second = storage.save("second.pdf", ContentFile(b"2"))
    with override_settings(FILE_KEYS=[new, old]):
        third = storage.save("third.pdf", ContentFile(b"3"))
        assert [storage.open(name).read() for name in (first, second, third)] == [b"1", b"2", b"3"]
        assert sealing.key_id(on_disk(storage, third)) == keys.id_of(bytes.fromhex(new))
    with pytest.raises(Damaged):
        storage.open(second)
    with override_settings(PERSONAL_DATA_KEY=new), pytest.raises(Damaged):
        storage.open(first)


def test_a_file_of_an_earlier_release_is_read_as_it_is(storage: SealedStorage) -> None:
    put(storage, "old.pdf", b"%PDF-1.7 old")
    assert storage.open("old.pdf").read() == b"%PDF-1.7 old"
    assert storage.size("old.pdf") == 12
    assert storage.key_of("old.pdf") is None


def test_it_is_sent_with_its_length(storage: SealedStorage) -> None:
    text = secrets.token_bytes(300_000)
    name = storage.save("a.pdf", ContentFile(text))
    response = FileResponse(storage.open(name))
    assert response["Content-Length"] == "300000"
    assert b"".join(response) == text


def test_what_fails_on_the_way_leaves_no_file(storage: SealedStorage, tmp_path: Path) -> None:
    class Cut(ContentFile):  # type: ignore[type-arg]
        def chunks(self, chunk_size: int | None = None) -> Any:
            yield b"a" * 100_000
            raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        storage.save("a.pdf", Cut(b"a"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_files_are_read_or_stored_anew(storage: SealedStorage) -> None:
    storage.save("a.pdf", ContentFile(b"1"))
    with pytest.raises(ValueError, match="stored anew"):
        storage.open("a.pdf", "wb")
    with pytest.raises(FileNotFoundError):
        storage.open("nothing.pdf")
