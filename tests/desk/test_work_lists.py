"""Each post has its lists, soonest due first, counted, filtered, paged by keyset."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.utils import timezone

from onewindow.cases.models import Case
from onewindow.faces.desk import work
from onewindow.faces.desk.trail import as_cursor, read_cursor
from tests.cast import HYGIENE, Cast, random_citizen
from tests.desk.conftest import SignIn, text


def numbers(page: str) -> list[str]:
    return re.findall(r'href="/desk/cases/([^/]+)/[^"]*" data-ow-open', page)


@pytest.mark.parametrize(
    ("who", "state", "key"),
    [
        ("clerk1", "submitted", "prereview"),
        ("clerk1", "received", "received"),
        ("clerk1", "correcting", "correcting"),
        ("examiner1", "accepted", "sign"),
        ("examiner1", "examining", "examine"),
        ("examiner2", "examining", "department"),
        ("exit1", "decided", "decided"),
        ("exit1", "issuing", "issuing"),
        ("exit1", "ready", "ready"),
        ("manager1", "received", "all"),
        ("supervisor1", "examining", "going"),
        ("helper1", "correcting", "correcting"),
        ("mayor1", "accepted", "all"),
        ("chief1", "accepted", "dispatch"),
    ],
)
def test_a_case_lies_in_the_list_of_whose_move_is_next(
    cast: Cast, sign_in: SignIn, who: str, state: str, key: str
) -> None:
    case = cast.walk_to(state)
    assert numbers(text(sign_in(who).get(f"/desk/?list={key}"))) == [case.number]


def test_what_a_colleague_signed_for_is_not_in_my_list(cast: Cast, sign_in: SignIn) -> None:
    cast.walk_to("examining")
    assert numbers(text(sign_in("examiner2").get("/desk/?list=examine"))) == []


def test_the_verifier_and_the_chief_get_it_in_turn(cast: Cast, sign_in: SignIn) -> None:
    case = cast.act(cast.walk_to("examining"), "pass_step", "examiner1", opinion="符合")
    assert numbers(text(sign_in("verifier1").get("/desk/?list=verify"))) == [case.number]
    assert numbers(text(sign_in("chief1").get("/desk/?list=decide"))) == []
    cast.act(case, "pass_step", "verifier1", opinion="同意")
    assert numbers(text(sign_in("verifier1").get("/desk/?list=verify"))) == []
    assert numbers(text(sign_in("chief1").get("/desk/?list=decide"))) == [case.number]


def test_the_soonest_due_stands_first(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    made = [cast.receive(now=now - dt.timedelta(days=days)) for days in (0, 9, 4)]
    assert numbers(text(sign_in("clerk1").get("/desk/?list=received"))) == [
        made[1].number,
        made[2].number,
        made[0].number,
    ]


def test_lateness_is_said_in_words(cast: Cast, sign_in: SignIn) -> None:
    cast.receive(now=timezone.now() - dt.timedelta(days=30))
    page = text(sign_in("clerk1").get("/desk/?list=received"))
    assert re.search(r"已超过 \d+ 个工作日", page)


def test_counts_stand_beside_the_lists(cast: Cast, sign_in: SignIn) -> None:
    cast.receive(now=timezone.now() - dt.timedelta(days=30))
    cast.receive()
    page = text(sign_in("clerk1").get("/desk/"))
    link = re.search(r'<a href="/desk/\?list=received".*?</a>', page, re.S)
    assert link is not None
    assert '<span class="ow-sr">超期</span>1<' in link[0]
    assert '<span class="ow-count">2</span>' in link[0]


def test_filters_narrow_the_list(cast: Cast, sign_in: SignIn) -> None:
    late = cast.receive(now=timezone.now() - dt.timedelta(days=30))
    food, health = cast.receive(), cast.receive(HYGIENE)
    client = sign_in("manager1")
    assert numbers(text(client.get("/desk/?list=all&due=late"))) == [late.number]
    assert numbers(text(client.get(f"/desk/?list=all&department={cast.health.pk}"))) == [health.number]
    assert numbers(text(client.get("/desk/?list=all&state=examining"))) == []
    assert food.number in numbers(text(client.get("/desk/?list=all&state=received")))


@pytest.mark.parametrize(
    "query",
    [
        "list=nothing",
        "state=nothing",
        "department=1e9",
        "department=²",
        "due=x",
        "after=x",
        "after=9-9-9",
        "after=99999999999999999-1",
        "before=--",
    ],
)
def test_nonsense_in_the_address_does_no_harm(cast: Cast, sign_in: SignIn, query: str) -> None:
    cast.receive()
    assert sign_in("clerk1").get(f"/desk/?list=received&{query}").status_code == 200


def test_pages_follow_one_another_and_lead_back(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PAGE_SIZE", 2)
    made = [cast.receive(applicant=random_citizen(n)).number for n in range(5)]
    client, url, seen = sign_in("clerk1"), "/desk/?list=received", []
    while url:
        page = text(client.get(url))
        seen.append(numbers(page))
        found = re.search(r'href="([^"]+)" rel="next"|rel="next" href="([^"]+)"', page)
        url = (found[1] or found[2]).replace("&amp;", "&") if found else ""
    assert [len(one) for one in seen] == [2, 2, 1]
    assert [number for one in seen for number in one] == made
    back = re.search(r'href="([^"]+)" rel="prev"|rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert numbers(text(client.get((back[1] or back[2]).replace("&amp;", "&")))) == seen[1]


def test_next_and_previous_need_no_way_back(cast: Cast, sign_in: SignIn) -> None:
    first, second, third = (cast.receive(applicant=random_citizen(n)) for n in range(3))
    page = text(sign_in("clerk1").get(f"/desk/cases/{second.number}/?list=received"))
    assert f'rel="next" href="/desk/cases/{third.number}/?list=received"' in page
    assert f'rel="prev" href="/desk/cases/{first.number}/?list=received"' in page


def test_after_an_action_the_next_one_is_still_the_next_of_the_list(cast: Cast, sign_in: SignIn) -> None:
    first, second = (cast.receive(applicant=random_citizen(n)) for n in range(2))
    client = sign_in("clerk1")
    answer = client.post(
        f"/desk/cases/{first.number}/do/accept/?list=received", {"version": first.version, "key": "a" * 32}, follow=True
    )
    assert f'rel="next" href="/desk/cases/{second.number}/?list=received"' in text(answer)


def test_a_cursor_survives_the_journey() -> None:
    now = timezone.now()
    assert read_cursor(as_cursor((now, 7))) == (now, 7)
    far = Case._meta.get_field("next_due_at").default
    assert read_cursor(as_cursor((far, 1))) == (far, 1)


def test_an_empty_list_says_what_will_come(sign_in: SignIn) -> None:
    assert "都办完了" in text(sign_in("clerk1").get("/desk/"))


def test_a_department_asked_to_assist_finds_the_case_and_answers(cast: Cast, sign_in: SignIn) -> None:
    case = cast.walk_to("examining")
    cast.act(case, "assist", "chief1", department=cast.health.code, question="排烟是否影响居民")
    client = sign_in("examiner3")
    assert numbers(text(client.get("/desk/?list=assist"))) == [case.number]
    assert 'id="do-answer_assist"' in text(client.get(f"/desk/cases/{case.number}/?list=assist"))
    body = {"step": "send", "version": case.version + 1, "key": "k" * 32, "answer": "不影响"}
    response = client.post(f"/desk/cases/{case.number}/do/answer_assist/?list=assist", body)
    assert (response.status_code, response["Location"]) == (302, "/desk/?list=assist")
    assert numbers(text(client.get("/desk/?list=assist"))) == []
    assert client.get(f"/desk/cases/{case.number}/").status_code == 404
