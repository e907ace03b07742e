"""Files taken in at the desk: kept over an error elsewhere, bound to the case, refused when they are not as named."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import SimpleUploadedFile

from onewindow.cases.models import Case, StoredFile
from tests.cast import FERTILITY, Cast
from tests.desk.conftest import SignIn, intake_form, text

URL = f"/desk/intake/{FERTILITY}/"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def scan(name: str = "登记表.pdf", body: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, "application/pdf")


def test_a_scan_goes_with_the_case(cast: Cast, sign_in: SignIn) -> None:
    sign_in("clerk1").post(URL, {**intake_form(cast), "m01-file": scan()})
    case, file = Case.objects.get(), StoredFile.objects.get()
    assert file.case == case
    assert case.told.materials["m01"]["file"] == str(file.pk)


def test_a_scan_survives_an_error_elsewhere(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.post(URL, {**intake_form(cast, applicant__phone="1"), "m01-file": scan()}))
    assert "电话号码不对" in page
    found = re.search(r'name="m01-fileid" value="([0-9a-f-]{36})"', page)
    assert found is not None
    client.post(URL, intake_form(cast, m01__fileid=found[1]))
    assert Case.objects.get().told.materials["m01"]["file"] == found[1]


def test_a_file_that_is_not_what_it_says_is_refused_in_place(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in("clerk1").post(URL, {**intake_form(cast), "m01-file": scan("表.pdf", b"MZ\x90 program")})
    assert response.status_code == 422
    assert 'href="#id_m01-file"' in text(response)
    assert not Case.objects.exists()


def test_a_scan_can_follow_at_the_correction(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("correcting")
    body = {"step": "send", "version": case.version, "key": "k" * 32, "m01-form": "copy", "m01-copies": "1"}
    response = sign_in("clerk1").post(f"/desk/cases/{case.number}/do/supply/", {**body, "m01-file": scan()})
    assert response.status_code == 302
    assert StoredFile.objects.get().case == case


def test_somebody_elses_file_cannot_be_taken(cast: Cast, sign_in: SignIn) -> None:
    sign_in("clerk2").post(URL, {**intake_form(cast, applicant__phone="1"), "m01-file": scan()})
    stranger = StoredFile.objects.get()
    response = sign_in("clerk1").post(URL, intake_form(cast, m01__fileid=str(stranger.pk)))
    assert response.status_code == 422
    assert not Case.objects.exists()
