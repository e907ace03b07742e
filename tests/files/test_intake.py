"""What was taken in is given out only as it came: sealed files that were spoilt, and clear ones that were exchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.cases.uploads import open_file, store
from onewindow.problems import Damaged
from tests.cast import Cast

PDF = b"%PDF-1.7\n" + b"0123456789abcdef" * 20_000 + b"\n%%EOF\n"


def raw(path: str) -> Path:
    return Path(default_storage.path(path))


def test_what_is_taken_in_lies_sealed(cast: Cast) -> None:
    stored = store(SimpleUploadedFile("身份证.pdf", PDF), by=cast.actor("citizen1"))
    assert b"0123456789abcdef" not in raw(stored.path).read_bytes()
    assert raw(stored.path).stat().st_mode & 0o777 == 0o600
    assert stored.size == len(PDF)
    with open_file(stored) as file:
        assert file.read() == PDF


def test_not_a_byte_goes_out_of_a_file_that_was_spoilt_in_its_middle(cast: Cast) -> None:
    stored = store(SimpleUploadedFile("a.pdf", PDF), by=cast.actor("citizen1"))
    spoilt = bytearray(raw(stored.path).read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    raw(stored.path).write_bytes(spoilt)
    with pytest.raises(Damaged):
        open_file(stored)


def test_a_clear_file_must_fit_the_digest_of_its_row(cast: Cast) -> None:
    stored = store(SimpleUploadedFile("a.pdf", PDF), by=cast.actor("citizen1"))
    raw(stored.path).write_bytes(PDF)
    with open_file(stored) as file:
        assert file.read() == PDF
    raw(stored.path).write_bytes(PDF.replace(b"abc", b"xyz"))
    with pytest.raises(Damaged):
        open_file(stored)
