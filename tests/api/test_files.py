"""Uploads: told by content, bounded, kept for the uploader until a case names them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from onewindow.cases import uploads
from onewindow.cases.models import StoredFile
from onewindow.digest import sm3
from tests.api.conftest import Api, problem
from tests.cast import FOOD, Cast, application

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + b"\0" * 17
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\0" * 20 + b"\xff\xd9"


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def zipped(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


OFD = zipped({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<doc/>"})


def files_on_disk() -> set[Path]:
    return {path for path in (Path(settings.DATA_DIR) / "files").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("content", "name", "media"),
    [
        (PDF, "申请书.pdf", "application/pdf"),
        (PNG, "a.PNG", "image/png"),
        (JPG, "a.jpeg", "image/jpeg"),
        (OFD, "发票.ofd", "application/ofd"),
        (PDF, "没有后缀", "application/pdf"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_what_may_be_handed_in(api: Api, cast: Cast, content: bytes, name: str, media: str) -> None:
    found = api("citizen1").upload(named(content, name)).json()
    assert (found["media_type"], found["size"], found["digest"]) == (media, len(content), sm3(content))
    stored = StoredFile.objects.get(pk=found["id"])
    with uploads.open_file(stored) as file:
        assert file.read() == content
    assert stored.uploaded_by == cast.accounts["citizen1"]


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "a.pdf", "内容"),
        (b"MZ\x90\x00" + b"\0" * 100, "a.pdf", "PDF"),
        (b"<html><script>alert(1)</script>", "a.jpg", "PDF"),
        (PNG, "a.pdf", "PNG"),
        (PDF, "a.exe", "PDF"),
        (b"GIF89a" + b"\0" * 20, "a.png", "PDF"),
        (zipped({"word/document.xml": b"x"}), "a.ofd", "压缩包"),
        (zipped({"OFD.xml": b"x", "../../etc/passwd": b"x"}), "a.ofd", "路径"),
        (zipped({"OFD.xml": b"x", "inner.zip": b"x"}), "a.ofd", "压缩包"),
        (zipped({"OFD.xml": b"x", "bomb": b"\0" * 30_000_000}), "a.ofd", "不正常"),
        (zipped({"OFD.xml": b"x"} | {f"f{n}": b"" for n in range(2500)}), "a.ofd", "太多"),
        (OFD[:40], "a.ofd", "损坏"),
        (OFD[:-22] + b"PK\x05\x06" + b"\xff" * 18, "a.ofd", "太多"),
    ],
    ids=str.split(
        "empty program html png-as-pdf pdf-as-exe gif docx path-out nested-zip bomb too-many-entries cut-off lying-end"
    ),
)
def test_what_lies_or_explodes_is_refused_and_leaves_nothing(
    api: Api, cast: Cast, content: bytes, name: str, word: str
) -> None:
    before = files_on_disk()
    found = problem(api("citizen1").upload(named(content, name)), 422, "invalid-input")
    assert word in str(found["errors"])
    assert files_on_disk() == before
    assert not StoredFile.objects.exists()


def test_more_than_twenty_megabytes_is_too_large(api: Api) -> None:
    before = files_on_disk()
    problem(api("citizen1").upload(named(PDF + b"\0" * uploads.MAX_BYTES, "a.pdf")), 413, "too-large")
    assert files_on_disk() == before


def test_a_failed_row_leaves_no_file(api: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(StoredFile.objects, "create", fail)
    before = files_on_disk()
    upload = ContentFile(PDF, name="a.pdf")
    with pytest.raises(OSError, match="no space"):
        uploads.store(upload, by=cast.actor("citizen1"))  # type: ignore[arg-type]
    assert files_on_disk() == before


def test_somebody_cannot_fill_the_disk(api: Api, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_PENDING", 2)
    for _ in range(2):
        assert api("citizen1").upload(named(PDF, "a.pdf")).status_code == 201
    response = api("citizen1").upload(named(PDF, "a.pdf"))
    problem(response, 429, "too-many")
    assert int(response["Retry-After"]) > 0
    assert api("citizen2").upload(named(PDF, "a.pdf")).status_code == 201


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\表.pdf", "表.pdf"),
        ("a\u202egnp.pdf", "agnp.pdf"),
        ("\x00.pdf", "文件.pdf"),
        ("x" * 300 + ".pdf", "x" * 110 + ".pdf"),
        ("", "文件"),
        ("㐂𠮷·营业执照.pdf", "㐂𠮷·营业执照.pdf"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert uploads.clean_name(given) == kept


def test_one_file_at_a_time_under_the_name_file(api: Api) -> None:
    client = api("citizen1").client
    problem(client.post("/api/v1/files", {"other": named(PDF, "a.pdf")}), 422, "invalid-input")
    problem(client.post("/api/v1/files", {"file": [named(PDF, "a.pdf"), named(PDF, "b.pdf")]}), 422, "invalid-input")
    problem(client.post("/api/v1/files", {"file": "text"}), 422, "invalid-input")
    problem(client.post("/api/v1/files", b"{}", content_type="application/json"), 415, "unsupported-media-type")
    broken = "multipart/form-data; boundary=x"
    assert client.post("/api/v1/files", b"--x\r\nContent", content_type=broken).status_code in (400, 422)


def test_a_file_handed_in_is_read_by_those_who_see_the_case(api: Api, cast: Cast) -> None:
    uploaded = api("citizen1").upload(named(PDF, "申请书.pdf")).json()
    body = application(FOOD)
    body["materials"][0] |= {"form": "electronic", "file": uploaded["id"]}
    number = api("citizen1").post("/cases", body).json()["number"]
    response = api("clerk1").get(f"/cases/{number}/files/{uploaded['id']}")
    assert b"".join(response) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert "sandbox" in response["Content-Security-Policy"]
    problem(api("examiner3").get(f"/cases/{number}/files/{uploaded['id']}"), 404, "not-found")
    for wrong in ("0", uploaded["id"][:-1], "00000000-0000-4000-8000-000000000000", "%00"):
        problem(api("clerk1").get(f"/cases/{number}/files/{wrong}"), 404, "not-found")


def test_a_file_that_the_storage_lost_is_said_to_be_lost(
    api: Api, cast: Cast, receive_case: Callable[..., Any]
) -> None:
    case = receive_case()
    lost = StoredFile.objects.create(
        name="a.pdf", media_type="application/pdf", size=1, digest="0", path="2026/01/x.pdf", case=case
    )
    problem(api("clerk1").get(f"/cases/{case.number}/files/{lost.pk}"), 404, "not-found")
