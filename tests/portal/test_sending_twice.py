"""A double click, a reload, two tabs: one case."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from onewindow.cases.models import Case
from tests.cast import Cast
from tests.portal.visiting import only_case, send, to_review, visitor


@pytest.mark.django_db
def test_sending_again_leads_to_the_case_that_was_made(cast: Cast) -> None:
    client = visitor(cast)
    draft = to_review(client)
    first, second = send(client, draft), send(client, draft)
    assert first["Location"] == second["Location"] == f"/apply/sent/{only_case().query_number}/"
    assert client.get(f"/apply/draft/{draft.pk}/materials/")["Location"] == first["Location"]


@pytest.mark.django_db(transaction=True)
def test_ten_clicks_at_once_make_one_case(cast: Cast) -> None:
    clients = [visitor(cast) for _ in range(10)]
    draft = to_review(clients[0])

    def click(client: object) -> str:
        try:
            return str(send(client, draft)["Location"])  # type: ignore[arg-type]
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        places = set(pool.map(click, clients))
    assert Case.objects.count() == 1
    assert places == {f"/apply/sent/{only_case().query_number}/"}


@pytest.mark.django_db
def test_a_second_draft_is_a_second_case(cast: Cast) -> None:
    client = visitor(cast)
    send(client, to_review(client))
    send(client, to_review(client))
    assert Case.objects.count() == 2
