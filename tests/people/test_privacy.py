"""Personal data lies in the tables only as ciphertext, and is found by blind index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings

from onewindow.cases.lifecycle import State
from onewindow.cases.models import Case, StoredFile
from onewindow.cases.uploads import store
from onewindow.papers.issue import pdf_of
from onewindow.papers.models import Paper
from onewindow.people import crypto
from onewindow.people.models import Account, Applicant
from tests.cast import CITIZEN, FIRM, FOOD, OTHER_ID, RENEWAL, Cast, random_citizen

PERSON = {**random_citizen(11), "name": "㐂桃𠮷·艾力", "phone": "19900007766", "address": "桃江县竹海路九十九号"}
AGENT = {**CITIZEN, "name": "代小理", "id_number": OTHER_ID, "phone": "19900007755"}


def everything_stored() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, the way a dump shows it."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                yield table, row


def test_a_dump_shows_no_name_number_phone_or_address(cast: Cast) -> None:
    case = cast.receive(RENEWAL, applicant=PERSON, agent=AGENT, answers={"changed": "no", "agent": "yes"},
                        materials=[{"material": f"m{n:02}", "form": "copy"} for n in (1, 3, 4, 6, 7)])  # fmt: skip
    case = cast.act(case, "accept", "clerk1")
    case = cast.act(case, "sign", "examiner1")
    case = cast.act(case, "pass_step", "examiner1", opinion="符合条件")
    case = cast.act(case, "decide", "chief1", outcome="grant", opinion="准予")
    case = cast.act(case, "issue", "exit1")
    case = cast.act(case, "make_ready", "exit1")
    cast.act(case, "hand_out", "exit1", recipient="代小理", relation="代理人", id_number=OTHER_ID, signed=True)
    for paper in Paper.objects.all():
        pdf_of(paper)
    secrets = [
        str(person[key]) for person in (PERSON, AGENT, CITIZEN, FIRM) for key in ("name", "id_number", "phone")
    ] + [PERSON["address"]]
    hidden = secrets + [text.encode().hex() for text in secrets]
    rows = list(everything_stored())
    assert len(rows) > 100
    for table, row in rows:
        for text in hidden:
            assert text not in row, f"{table} shows {text}"
        assert "%PDF" not in row
        assert b"%PDF-".hex() not in row, f"{table} holds a readable paper"


def test_a_dump_shows_no_name_of_a_file(cast: Cast) -> None:
    stored = store(SimpleUploadedFile("王桃花身份证.pdf", b"%PDF-1.7\n"), by=cast.actor("citizen1"))
    hidden = ("王桃花", "王桃花".encode().hex())
    assert all(text not in row for _, row in everything_stored() for text in hidden)
    assert StoredFile.objects.get(pk=stored.pk).name == "王桃花身份证.pdf"


def test_a_person_is_found_by_number_without_the_number_being_stored(cast: Cast) -> None:
    case = cast.receive(FOOD, applicant=PERSON)
    found = Applicant.objects.with_id_number(str(PERSON["id_number"]).lower())
    assert list(found) == [Case.objects.get(pk=case.pk).applicant]
    assert not Applicant.objects.with_id_number(OTHER_ID[:-1] + "0").exists()


def test_an_applicants_account_carries_only_a_mask(cast: Cast) -> None:
    applicant = Applicant.objects.with_id_number(str(CITIZEN["id_number"])).get()
    account = Account.objects.create(username="new", name="王小明", kind="applicant", applicant=applicant)
    assert Account.objects.get(pk=account.pk).name == "王**"
    account.save()
    assert account.name == "王**"
    assert Account.objects.create(username="staff", name="王小明").name == "王小明"


def test_equal_values_have_equal_indexes_and_nothing_else_is_told() -> None:
    assert crypto.blind_index("id", " 43092219900101123x ") == crypto.blind_index("id", "43092219900101123X")
    assert crypto.blind_index("id", "１２３") == crypto.blind_index("id", "123")
    assert crypto.blind_index("id", "123") != crypto.blind_index("phone", "123")
    assert len(crypto.blind_index("id", "123")) == 40


def test_equal_texts_are_sealed_differently_each_time() -> None:
    one, two = crypto.encrypt("王小明"), crypto.encrypt("王小明")
    assert one != two
    assert crypto.decrypt(one) == crypto.decrypt(two) == "王小明"


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-1], lambda b: b[:20] + b"\0" + b[21:], lambda b: b"", lambda b: b[:12]]
)
def test_what_was_changed_does_not_open(spoil: object) -> None:
    with pytest.raises(crypto.UnreadableSecret):
        crypto.decrypt(spoil(crypto.encrypt("王小明")))  # type: ignore[operator]


def test_what_another_key_sealed_does_not_open() -> None:
    sealed = crypto.encrypt("王小明")
    try:
        with override_settings(PERSONAL_DATA_KEY="ab" * 32):
            crypto._key.cache_clear()
            crypto._cipher.cache_clear()
            with pytest.raises(crypto.UnreadableSecret):
                crypto.decrypt(sealed)
    finally:
        crypto._key.cache_clear()
        crypto._cipher.cache_clear()


def test_an_applicant_sealed_with_another_key_is_said_to_be_unreadable(cast: Cast) -> None:
    case = cast.walk_to(State.RECEIVED)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_applicant SET name = '\\x00' WHERE id = %s", [case.applicant_id])
    with pytest.raises(crypto.UnreadableSecret):
        Applicant.objects.get(pk=case.applicant_id)
