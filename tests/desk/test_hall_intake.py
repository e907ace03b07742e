"""From the called ticket to the case: the visitor identified, the ticket in the case, the case in the ticket."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from onewindow.cases.models import Case
from onewindow.hall import cases_hook
from onewindow.hall.models import Ticket, TicketItem
from onewindow.people.models import AccessRecord
from tests.cast import CITIZEN, CITIZEN_ID, COMPANY, FERTILITY, FIRM, FOOD, Cast, application
from tests.desk.conftest import SignIn, intake_form, text
from tests.desk.hallstage import TEN, OpenHall

PERSON = {name: CITIZEN[name] for name in ("name", "phone", "id_type", "id_number")}


def called(hall: OpenHall, *items: str, visitor: dict[str, Any] | None = None) -> Ticket:
    ticket = hall.take(*items, visitor=visitor)
    hall.open()
    hall.call()
    return ticket


def test_the_button_starts_the_service_and_opens_the_item(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = called(hall, FERTILITY)
    client = sign_in("clerk1")
    assert "开始收件" in text(client.get("/desk/hall/"))
    response = client.post("/desk/hall/intake/", {"ticket": ticket.code, "item": FERTILITY})
    assert response["Location"] == f"/desk/intake/{FERTILITY}/?ticket={ticket.code}"
    ticket.refresh_from_db()
    assert ticket.state == "serving"
    again = client.post("/desk/hall/intake/", {"ticket": ticket.code, "item": FERTILITY})
    assert again.status_code == 302


def test_without_an_item_one_is_chosen_and_the_ticket_goes_along(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = called(hall)
    client = sign_in("clerk1")
    response = client.post("/desk/hall/intake/", {"ticket": ticket.code, "item": "nothing' OR 1"})
    assert response["Location"] == f"/desk/intake/?ticket={ticket.code}"
    assert f"/desk/intake/{FERTILITY}/?ticket={ticket.code}" in text(client.get(response["Location"]))


def test_the_visitor_is_filled_in_and_the_access_recorded(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = called(hall, FERTILITY, visitor=PERSON)
    page = text(sign_in("clerk1").get(f"/desk/intake/{FERTILITY}/?ticket={ticket.code}"))
    assert f'value="{CITIZEN_ID}"' in page
    assert 'value="王小明"' in page
    assert f'value="{ticket.reference}"' in page
    assert "取号时登记的身份已经填好" in page
    record = AccessRecord.objects.get(kind="unmasked")
    assert (record.account, record.subject) == (hall.cast.clerk1, f"ticket:{ticket.reference}")
    assert CITIZEN_ID not in record.reason + record.action


def test_a_person_who_came_for_an_organisation_is_its_agent(hall: OpenHall) -> None:
    """No item of the cast is for organisations alone, so the form is made for one that is."""
    from onewindow.faces.desk.hall.visit import prefill, ticket_at_mine
    from onewindow.faces.desk.intakeform import IntakeForm

    item, actor = hall.cast.items[COMPANY], hall.cast.actor("clerk1")
    assert item.current is not None
    ticket = ticket_at_mine(actor, called(hall, COMPANY, visitor=PERSON).code)
    assert ticket is not None
    form = IntakeForm(item, item.current.spec.model_copy(update={"audience": "legal"}))
    visit, known = prefill(form, ticket, actor)
    assert (visit.filled, known) == ("agent", None)
    assert form.typed("agent-id_number") == CITIZEN_ID
    assert form.typed("applicant-id_number") == ""
    assert form.has_agent


def test_an_organisation_is_the_applicant(hall: OpenHall, sign_in: SignIn) -> None:
    firm = {name: FIRM[name] for name in ("name", "phone", "id_type", "id_number")}
    ticket = called(hall, FOOD, visitor=firm)
    page = text(sign_in("clerk1").get(f"/desk/intake/{FOOD}/?ticket={ticket.code}"))
    assert FIRM["id_number"] in page
    assert 'value="legal" ' in page.replace("checked", "")


@pytest.mark.parametrize("who", ["clerk2", "examiner1", "manager1", "guide1"])
def test_nobody_else_sees_the_visitor(hall: OpenHall, sign_in: SignIn, who: str) -> None:
    ticket = called(hall, FERTILITY, visitor=PERSON)
    page = text(sign_in(who).get(f"/desk/intake/{FERTILITY}/?ticket={ticket.code}"))
    assert CITIZEN_ID not in page
    assert "王小明" not in page
    assert not AccessRecord.objects.filter(kind="unmasked").exists()


def test_not_before_the_call_and_not_after_the_end(hall: OpenHall, sign_in: SignIn) -> None:
    ticket = hall.take(FERTILITY, visitor=PERSON)
    client, url = sign_in("clerk1"), f"/desk/intake/{FERTILITY}/?ticket={ticket.code}"
    assert CITIZEN_ID not in text(client.get(url))
    hall.open()
    hall.call()
    hall.start()
    assert CITIZEN_ID in text(client.get(url))
    client.post("/desk/hall/do/finish/", {"ticket": ticket.code})
    assert CITIZEN_ID not in text(client.get(url))


@pytest.mark.parametrize("code", ["x", "%00", "' OR 1=1 --", "a" * 300, "A023", "<b>"])
def test_a_ticket_that_is_none_is_only_a_number(hall: OpenHall, sign_in: SignIn, code: str) -> None:
    response = sign_in("clerk1").get(f"/desk/intake/{FERTILITY}/", {"ticket": code})
    assert response.status_code == 200
    assert "<b>" not in text(response).split("排队号")[1][:400]


# ---- the link ------------------------------------------------------------------------------------------------------


def test_the_case_carries_the_ticket_and_the_ticket_the_case(
    hall: OpenHall, sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    ticket = called(hall, FERTILITY, visitor=PERSON)
    hall.start()
    client = sign_in("clerk1")
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            f"/desk/intake/{FERTILITY}/", intake_form(hall.cast, FERTILITY, "receive", ticket=ticket.reference)
        )
    case = Case.objects.get()
    assert response["Location"] == f"/desk/intake/done/{case.number}/"
    assert case.ticket == ticket.reference
    line = TicketItem.objects.get()
    assert line.case == case
    assert line.done_at == case.received_at
    assert f"回到叫号：{ticket.number}" in text(client.get(response["Location"]))
    assert "已收件" in text(client.get("/desk/hall/"))


def receive(cast: Cast, item: str, ticket: str) -> Case:
    from onewindow.cases.actions import receive as received

    return received({**application(item), "ticket": ticket}, by=cast.actor("clerk1"), now=TEN)


def test_a_crash_between_loses_nothing(hall: OpenHall) -> None:
    """The transaction of the case is on disk, the process dies before it tells anybody."""
    ticket = called(hall, FERTILITY)
    case = receive(hall.cast, FERTILITY, ticket.reference)
    assert TicketItem.objects.get().case is None
    assert cases_hook.mend(TEN + dt.timedelta(minutes=1)) == 1
    assert TicketItem.objects.get().case == case
    assert cases_hook.mend(TEN + dt.timedelta(minutes=2)) == 0


def test_a_thing_nobody_had_named_is_added(hall: OpenHall) -> None:
    ticket = called(hall, FERTILITY)
    case = receive(hall.cast, FOOD, ticket.reference)
    added = cases_hook.link(case)
    assert added is not None
    assert added.item.key == FOOD
    assert [line.case for line in ticket.lines.order_by("position")] == [None, case]
    assert cases_hook.link(case) == added
    assert ticket.lines.count() == 2


@pytest.mark.parametrize(
    "text_", ["", "A999", "20261123-Z999", "20269999-A001", "x" * 40, "A１23", "20251123-A001", "A001; DROP"]
)
def test_a_number_that_is_none_links_nothing(hall: OpenHall, text_: str) -> None:
    called(hall, FERTILITY)
    assert cases_hook.link(receive(hall.cast, FERTILITY, text_)) is None
    assert TicketItem.objects.get().case is None


def test_a_number_typed_without_its_day_counts_while_it_is_served(hall: OpenHall) -> None:
    ticket = hall.take(FERTILITY)
    case = receive(hall.cast, FERTILITY, ticket.number.lower())
    assert cases_hook.link(case) is None
    hall.open()
    hall.call()
    linked = cases_hook.link(case)
    assert linked is not None
    assert linked.ticket == ticket


def test_a_ticket_of_another_centre_is_not_meant(hall: OpenHall) -> None:
    ticket = called(hall, FERTILITY)
    Ticket.objects.filter(pk=ticket.pk).update(centre=hall.cast.township)
    assert cases_hook.link(receive(hall.cast, FERTILITY, ticket.reference)) is None


def test_a_case_without_a_ticket_asks_the_hall_nothing(hall: OpenHall, django_assert_num_queries: Any) -> None:
    case = receive(hall.cast, FERTILITY, "")
    with django_assert_num_queries(0):
        assert cases_hook.link(case) is None
