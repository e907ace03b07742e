"""A whole application at the window on one page: every button, every mistake, nothing lost, nothing twice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from onewindow.cases.models import Case
from onewindow.people.models import AccessRecord
from tests.cast import CITIZEN, CITIZEN_ID, FERTILITY, FOOD, Cast
from tests.desk.conftest import SignIn, intake_form, text

URL = f"/desk/intake/{FERTILITY}/"


def packed_of(page: str) -> str:
    from html import unescape

    found = re.search(r'name="form" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def test_an_item_is_found_in_the_words_of_people(sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").get("/desk/intake/?q=开饭店"))
    assert page.index(f"/desk/intake/{FOOD}/") > 0


def test_the_list_alone_is_sent_while_typing(sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").get("/desk/intake/?q=生育登记", headers={"HX-Request": "true"}))
    assert FERTILITY in page
    assert "<html" not in page


def test_an_unknown_item_leads_back_to_the_search(sign_in: SignIn) -> None:
    response = sign_in("clerk1").get("/desk/intake/no-such-item/")
    assert (response.status_code, response["Location"]) == (302, "/desk/intake/")


def test_one_press_receives_and_accepts(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in("clerk1").post(URL, intake_form(cast))
    case = Case.objects.get()
    assert response["Location"] == f"/desk/intake/done/{case.number}/"
    assert case.state == "accepted"
    assert [event.action for event in case.events.all()] == ["receive", "accept"]
    page = text(sign_in("clerk1").get(response["Location"]))
    assert "受理通知书" in page
    assert "申请材料接收凭证" in page
    assert "data-ow-print" in page


def test_only_receiving_is_possible_too(cast: Cast, sign_in: SignIn) -> None:
    sign_in("clerk1").post(URL, intake_form(cast, do="receive"))
    assert Case.objects.get().state == "received"


def test_sent_twice_it_is_one_case(cast: Cast, sign_in: SignIn) -> None:
    client, form = sign_in("clerk1"), intake_form(cast)
    first, second = client.post(URL, form), client.post(URL, form)
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1
    assert Case.objects.get().version == 2


def test_the_same_form_with_other_words_points_to_the_first_case(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    client.post(URL, intake_form(cast))
    page = text(client.post(URL, intake_form(cast, applicant__phone="19900009999")))
    assert "这份申请刚才已经收过了" in page
    assert Case.objects.count() == 1


def test_a_wrong_digit_is_named_and_nothing_typed_is_lost(cast: Cast, sign_in: SignIn) -> None:
    wrong = CITIZEN_ID[:-1] + ("0" if CITIZEN_ID[-1] != "0" else "1")
    response = sign_in("clerk1").post(
        URL, intake_form(cast, applicant__id_number=wrong, applicant__address="文昌路3号")
    )
    page = text(response)
    assert response.status_code == 422
    assert "校验位不对" in page
    assert wrong in page
    assert "文昌路3号" in page
    assert 'href="#id_applicant-id_number"' in page
    assert not Case.objects.exists()


def test_empty_fields_are_named_beside_themselves(cast: Cast, sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").post(URL, intake_form(cast, applicant__name="", q__marital="")))
    assert 'href="#id_applicant-name"' in page
    assert 'href="#id_q-marital_0"' in page


def test_accepting_wants_every_material_looked_at(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in("clerk1").post(URL, intake_form(cast, m01__status="", m02__status="lack"))
    page = text(response)
    assert response.status_code == 422
    assert "还没有核对" in page
    assert "没有带，不能受理" in page
    assert not Case.objects.exists()


HOSTILE = [
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "{{ 7*7 }}",
    "张\u202e三",
    "\u200b",
    "x" * 5000,
    "𠮷" * 30,
    "NULL\u0000",
]


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_names_do_no_harm_and_stay_in_the_field(cast: Cast, sign_in: SignIn, typed: str) -> None:
    response = sign_in("clerk1").post(URL, intake_form(cast, applicant__name=typed, applicant__id_number="1"))
    page = text(response)
    assert response.status_code == 422
    assert "<script>alert" not in page
    assert 'name="applicant-name" value="' in page
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "field", ["m01__form", "m01__copies", "m01__status", "applicant__kind", "applicant__id_type", "q__marital", "do"]
)
@pytest.mark.parametrize("value", ["", "???", "99999999999999999999", "-1"])
def test_a_forged_field_never_breaks_the_page(cast: Cast, sign_in: SignIn, field: str, value: str) -> None:
    response = sign_in("clerk1").post(URL, intake_form(cast, **{field: value}))
    assert response.status_code in {200, 302, 422}


def test_a_notice_is_looked_at_before_it_goes_out(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    form = intake_form(
        cast, do="notice", m01__status="bad", m01__problem="unsigned", m01__detail="第二页", m02__status="lack"
    )
    page = text(client.post(URL, form))
    assert "确认送出" in page
    assert "没有签字：第二页" in page
    assert not Case.objects.exists()
    response = client.post(URL, {"form": packed_of(page), "step": "confirm"})
    case = Case.objects.get()
    assert response["Location"] == f"/desk/intake/done/{case.number}/"
    assert case.state == "correcting"
    assert [row["material"] for row in case.told.notices[0]["missing"]] == ["m01", "m02"]
    assert "m01" not in case.told.materials


def test_a_notice_confirmed_twice_is_one_notice(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.post(URL, intake_form(cast, do="notice", m01__status="lack")))
    for _ in range(2):
        client.post(URL, {"form": packed_of(page), "step": "confirm"})
    assert Case.objects.count() == 1
    assert len(Case.objects.get().told.notices) == 1


def test_back_from_the_preview_everything_is_still_there(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(
        client.post(
            URL,
            intake_form(
                cast,
                do="notice",
                m01__status="bad",
                m01__problem="other",
                m01__detail="缺页",
                m01__remedy="请补上第三页",
            ),
        )
    )
    again = text(client.post(URL, {"form": packed_of(page), "step": "edit"}))
    assert 'value="缺页"' in again
    assert CITIZEN["name"] in again
    assert "ow-errors" not in again


def test_the_preview_of_an_intake_is_a_pdf(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.post(URL, intake_form(cast, do="notice", m01__status="lack")))
    response = client.post(f"{URL}preview.pdf", {"form": packed_of(page), "index": "0"})
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert not Case.objects.exists()
    assert client.post(f"{URL}preview.pdf", {"form": packed_of(page), "index": "7"}).status_code == 404
    assert client.post(f"{URL}preview.pdf", {"form": "[1]", "index": "0"}).status_code == 404


def test_a_notice_needs_every_material_looked_at(cast: Cast, sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").post(URL, intake_form(cast, do="notice", m01__status="lack", m02__status="")))
    assert "要一次说清" in page


def test_nothing_wrong_needs_no_notice(cast: Cast, sign_in: SignIn) -> None:
    assert "没有要告知补正的" in text(sign_in("clerk1").post(URL, intake_form(cast, do="notice")))


def test_deferral_asks_for_the_signed_promise(cast: Cast, sign_in: SignIn) -> None:
    url, client = f"/desk/intake/{FOOD}/", sign_in("clerk1")
    form = intake_form(cast, FOOD, do="defer", m05__status="lack", defer_until="2099-01-01")
    assert "申请人已签署容缺受理承诺书" in text(client.post(url, form))
    page = text(client.post(url, {**form, "promised": "on"}))
    assert "补齐期限应当在今天到" in page


def test_a_deferred_intake_is_accepted(cast: Cast, sign_in: SignIn) -> None:
    from datetime import timedelta

    from django.utils import timezone

    until = (timezone.localdate() + timedelta(days=10)).isoformat()
    url, client = f"/desk/intake/{FOOD}/", sign_in("clerk1")
    form = intake_form(cast, FOOD, do="defer", m05__status="lack", defer_until=until, promised="on")
    page = text(client.post(url, form))
    assert "容缺受理承诺书" in page
    client.post(url, {"form": packed_of(page), "step": "confirm"})
    assert Case.objects.get().told.deferred == {"m05": until}


def test_a_refusal_names_the_right_body(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    assert 'href="#id_authority"' in text(client.post(URL, intake_form(cast, do="refuse", reason="不归本机关管")))
    form = intake_form(cast, do="refuse", reason="不归本机关管", authority="益阳市卫生健康委员会")
    page = text(client.post(URL, form))
    assert "益阳市卫生健康委员会" in page
    client.post(URL, {"form": packed_of(page), "step": "confirm"})
    assert Case.objects.get().state == "acceptance_refused"


def test_not_required_ends_it_with_a_paper(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("clerk1")
    page = text(client.post(URL, intake_form(cast, do="not_required", reason="这件事不用登记")))
    client.post(URL, {"form": packed_of(page), "step": "confirm"})
    assert Case.objects.get().state == "not_required"


def test_who_may_not_receive_is_refused_and_it_is_on_record(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in("examiner3").post(URL, intake_form(cast))
    assert response.status_code == 403
    assert not Case.objects.exists()
    record = AccessRecord.objects.get(kind="refused")
    assert record.account == cast.examiner3


@pytest.mark.parametrize("form", ["", "[]", "null", "{", '{"a": 1}', '{"do": "notice"}'])
def test_a_forged_preview_is_an_empty_form(cast: Cast, sign_in: SignIn, form: str) -> None:
    response = sign_in("clerk1").post(URL, {"form": form, "step": "confirm"})
    assert response.status_code in {200, 422}
    assert not Case.objects.exists()


# ---- help while typing ----------------------------------------------------------------------------------------------


def helped(cast: Cast, sign_in: SignIn, item: str = FOOD, **changes: Any) -> str:
    return text(sign_in("clerk1").post(f"/desk/intake/{item}/help/", intake_form(cast, item, **changes)))


def test_a_wrong_number_is_said_at_once(cast: Cast, sign_in: SignIn) -> None:
    assert "应当是 18 位" in helped(cast, sign_in, applicant__id_number="123")


def test_a_known_applicant_is_offered_masked(cast: Cast, sign_in: SignIn) -> None:
    cast.receive()
    page = helped(cast, sign_in)
    assert "中心认识这位申请人：王**，办过 1 件，手机 199****1234" in page


def test_another_name_for_a_known_number_is_a_warning(cast: Cast, sign_in: SignIn) -> None:
    cast.receive()
    assert "登记的姓名是 王**，和您填的不一样" in helped(cast, sign_in, applicant__name="李小红")


def test_what_the_centre_holds_is_offered_instead_of_asked(cast: Cast, sign_in: SignIn) -> None:
    cast.receive()
    page = helped(cast, sign_in)
    assert "中心已有：" in page
    assert 'value="held"' in page


def test_using_what_the_centre_holds_counts_as_handed_in(cast: Cast, sign_in: SignIn) -> None:
    cast.receive()
    sign_in("clerk1").post(f"/desk/intake/{FOOD}/", intake_form(cast, FOOD, m02__status="held"))
    case = Case.objects.latest("id")
    assert case.state == "accepted"
    assert case.told.materials["m02"]["form"] == "shared"


def test_the_answers_decide_the_list(cast: Cast, sign_in: SignIn) -> None:
    assert "从业人员健康证明" not in helped(cast, sign_in)
    assert "从业人员健康证明" in helped(cast, sign_in, q__industry="catering")


def test_shared_materials_are_not_asked(cast: Cast, sign_in: SignIn) -> None:
    from tests.cast import RENEWAL

    page = text(sign_in("clerk1").get(f"/desk/intake/{RENEWAL}/"))
    shared = [m for m in cast.items[RENEWAL].current.spec.materials if m.shared]  # type: ignore[union-attr]
    assert shared
    assert "由中心共享获取，不用申请人提供" in page
    assert f'name="{shared[0].key}-status"' not in page


def test_the_agent_is_kept_with_the_case(cast: Cast, sign_in: SignIn) -> None:
    from tests.cast import OTHER_ID

    form = intake_form(
        cast, agent__kind="natural", agent__id_type="id_card", agent__id_number=OTHER_ID, agent__name="李四"
    )
    sign_in("clerk1").post(URL, form)
    agent = Case.objects.get().agent
    assert agent is not None
    assert agent.name == "李四"


def test_what_travels_with_the_preview_is_only_the_form(cast: Cast, sign_in: SignIn) -> None:
    page = text(sign_in("clerk1").post(URL, intake_form(cast, do="notice", m01__status="lack")))
    assert "csrfmiddlewaretoken" not in json.loads(packed_of(page))
