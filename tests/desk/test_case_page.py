"""The case on one page: papers, materials, clocks, what happened; day by day; the ledger."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from onewindow.cases.models import StoredFile
from onewindow.papers.models import Paper
from tests.cast import FIRM, FOOD, HYGIENE, Cast
from tests.desk.conftest import SignIn, text


def test_the_head_names_item_person_state_and_both_clocks(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining")
    page = text(sign_in("examiner1").get(f"/desk/cases/{case.number}/"))
    head = page[page.index('<header class="ow-case-head') : page.index("</header>", page.index("ow-case-head"))]
    for words in ("食品经营许可（新办）", "审查中", "王**", "承诺时限 5 个工作日", "法定时限 10 个工作日"):
        assert words in head


def test_an_organisation_is_named_in_full(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive(applicant=FIRM)
    assert str(FIRM["name"]) in text(sign_in("clerk1").get(f"/desk/cases/{case.number}/"))


def test_papers_open_as_pdf_and_as_text(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.walk_to("accepted"), sign_in("clerk1")
    paper = Paper.objects.filter(subject_id=case.pk, kind="acceptance").get()
    pdf = client.get(f"/desk/cases/{case.number}/papers/{paper.pk}.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert paper.number in text(client.get(f"/desk/cases/{case.number}/papers/{paper.pk}/"))
    page = text(client.get(f"/desk/cases/{case.number}/"))
    assert f'data-ow-print href="/desk/cases/{case.number}/papers/{paper.pk}.pdf"' in page


def test_what_happened_is_told_with_post_letter_and_dates(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("decided")
    page = text(sign_in("chief1").get(f"/desk/cases/{case.number}/"))
    letter = cast.posting("chief1").letters.get()
    assert f"吴首（首席事务代表，授权书 {letter.number}）" in page
    assert "陈窗（综合窗口受理员） · 窗口" in page
    assert "出具：准予行政许可决定书" in page or "准予" in page
    assert re.search(r"承诺时限到\d+月\d+日", page)


def test_days_are_explained_one_by_one(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("accepted")
    page = text(sign_in("clerk1").get(f"/desk/cases/{case.number}/clock/"))
    assert "受理当日不计" in page
    assert "计入第1天" in page
    assert "计入第10天，到期" in page


def test_a_paused_clock_says_so_day_by_day(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    case = cast.walk_to("examining", HYGIENE, now=now - dt.timedelta(days=3))
    off = next(p for p in case.version_spec.special_procedures if not p.counts_on_clock)
    cast.act(
        case,
        "open_procedure",
        "examiner3",
        now - dt.timedelta(days=2),
        procedure=off.name,
        reason="检测",
        officers=["冯审", "卫核"],
    )
    page = text(sign_in("examiner3").get(f"/desk/cases/{case.number}/clock/"))
    assert f"已暂停：{off.name}" in page
    assert "现在停表，还没有到期日" in page


def test_the_ledger_shows_its_chain(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("accepted")
    page = text(sign_in("clerk1").get(f"/desk/cases/{case.number}/events/"))
    for event in case.events.all():
        assert page.count(event.digest) >= 1
    assert 'id="e1"' in page


def test_the_applicants_other_cases_stand_beside_only_if_visible(cast: Cast, sign_in: SignIn) -> None:
    food, health = cast.receive(FOOD), cast.receive(HYGIENE)
    assert f"/desk/cases/{health.number}/" in text(sign_in("clerk1").get(f"/desk/cases/{food.number}/"))
    assert f"/desk/cases/{health.number}/" not in text(sign_in("examiner1").get(f"/desk/cases/{food.number}/"))


def kept(case, name: str, media_type: str, body: bytes) -> StoredFile:  # type: ignore[no-untyped-def]
    path = default_storage.save(f"test/{name}", ContentFile(body))
    return StoredFile.objects.create(name=name, media_type=media_type, size=len(body), digest="x", path=path, case=case)


def test_files_are_shown_without_a_chance_to_run(cast: Cast, sign_in: SignIn) -> None:
    case, client = cast.receive(), sign_in("clerk1")
    evil = kept(case, "坏.html", "text/html", b"<script>alert(1)</script>")
    response = client.get(f"/desk/cases/{case.number}/files/{evil.pk}/")
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response["Content-Security-Policy"]
    photo = kept(case, "证.png", "image/png", b"\x89PNG")
    assert client.get(f"/desk/cases/{case.number}/files/{photo.pk}/")["Content-Disposition"].startswith("inline")
    assert client.get(f"/desk/cases/{case.number}/files/{photo.pk}/?download=1")["Content-Disposition"].startswith(
        "attachment"
    )


def test_a_file_that_was_changed_on_the_disk_is_not_given_out(cast: Cast, sign_in: SignIn) -> None:
    case = cast.receive()
    photo = kept(case, "证.png", "image/png", b"\x89PNG" * 5000)
    raw = Path(default_storage.path(photo.path))
    raw.write_bytes(raw.read_bytes()[:-1])
    response = sign_in("clerk1").get(f"/desk/cases/{case.number}/files/{photo.pk}/")
    assert response.status_code == 500
    assert "这个文件打不开" in text(response)


def test_a_file_of_another_case_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    one, other = cast.receive(), cast.receive()
    photo = kept(other, "证.png", "image/png", b"\x89PNG")
    assert sign_in("clerk1").get(f"/desk/cases/{one.number}/files/{photo.pk}/").status_code == 404
