"""The desk's changes of the catalogue: telling, writing over the version in force, reviewing, publishing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.models import ChangeRequest, Item, ItemVersion
from onewindow.clocks.store import current_calendar
from onewindow.faces.desk.catalogue.changes import FACE
from onewindow.faces.desk.loops.forms import form_for
from tests.cast import FERTILITY, FOOD, NAMES, Cast
from tests.catalogue.changing import act, at, told
from tests.desk.conftest import SignIn, text

pytestmark = pytest.mark.django_db
HOME = "/desk/changes/"


def now_told(cast: Cast, **more: Any) -> ChangeRequest:
    """Told today: pages look at the real clock."""
    now = timezone.now()
    return told(cast, now=now, basis_on=str(timezone.localdate(now)), **more)


def filled(client: Client, row: ChangeRequest) -> dict[str, Any]:
    """What the page of the draft sends when nothing is touched."""
    form = client.get(f"{HOME}{row.number}/edit/").context["form"]
    sent: dict[str, Any] = {"version": str(row.version)}
    for bound in form:
        value = bound.value()
        if value is True:
            sent[bound.html_name] = "on"
        elif value is not None and value is not False and value != "":
            sent[bound.html_name] = value
    return sent


def change(client: Client, row: ChangeRequest, do: str = "propose", **changes: Any) -> Any:
    sent = filled(client, row) | {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(f"{HOME}{row.number}/edit/", {**sent, "do": do})


# ---- telling -------------------------------------------------------------------------------------------------------


def test_an_editor_tells_the_centre_and_goes_on_to_write(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in("editor1")
    page = text(client.get(f"{HOME}new/?item={FOOD}"))
    assert f'<option value="{FOOD}" selected>' in page
    assert FERTILITY not in page
    today = str(timezone.localdate())
    sent = {"item": FOOD, "kind": "law", "basis_name": "新办法", "basis_number": "第 9 号", "basis_on": today}
    done = client.post(f"{HOME}new/", sent)
    row = ChangeRequest.objects.get()
    assert done["Location"] == f"{HOME}{row.number}/edit/"
    assert (row.item.key, row.state, row.person) == (FOOD, "opened", cast.editor1)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"item": ""}, "请选择事项"),
        ({"item": FERTILITY}, "没有您选的这一项"),
        ({"basis_name": ""}, "请填写依据文件名称"),
        ({"basis_name": "文件\u202e"}, "隐藏字符"),
        ({"basis_on": "2099-01-01"}, "不能在今天以后"),
        ({"basis_on": "昨天"}, "要写成日期"),
        ({"kind": "x"}, "没有您选的这一项"),
    ],
)
def test_a_mistake_in_telling_keeps_what_was_typed(
    cast: Cast, sign_in: SignIn, sent: dict[str, str], words: str
) -> None:
    good = {"item": FOOD, "kind": "law", "basis_name": "新办法", "basis_on": "2026-01-05", "words": "三处要改"}
    page = sign_in("editor1").post(f"{HOME}new/", {**good, **sent})
    assert page.status_code == 422
    assert words in text(page)
    assert "三处要改" in text(page)
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("who", [name for name in NAMES if name not in {"editor1", "chief1", "head1"}])
def test_who_speaks_for_no_department_has_no_such_page(cast: Cast, sign_in: SignIn, who: str) -> None:
    page = sign_in(who).get(f"{HOME}new/?item={FOOD}")
    if who in {"chief3", "head3"}:  # of another department: its own items only
        assert FOOD not in text(page).replace(f"item={FOOD}", "")
    else:
        assert page.status_code == 404


# ---- drawing up ----------------------------------------------------------------------------------------------------


def test_untouched_there_is_nothing_to_propose(cast: Cast, sign_in: SignIn) -> None:
    for key in cast.items:
        if cast.items[key].department_id != cast.market.pk:
            continue
        row = now_told(cast, item=key)
        client = sign_in("editor1")
        page = change(client, row)
        assert page.status_code == 422, key
        assert "和现行版本一样" in text(page), text(page)
        assert change(client, row, "draft").status_code == 302
        row.refresh_from_db()
        assert row.draft == {}, key


def test_every_kind_of_element_is_changed_in_one_go(cast: Cast, sign_in: SignIn) -> None:
    row, client = now_told(cast), sign_in("editor1")
    item = Item.objects.select_related("current").get(key=FOOD)
    assert item.current is not None
    old = item.current.spec
    first, second = old.materials[0].key, old.materials[1].key
    done = change(
        client,
        row,
        promised_n=str((old.promised_limit.n or 2) - 1),
        **{
            f"m__{first}__name": "新的申请表",
            f"m__{first}__source": "issued-by-",
            f"m__{first}__issuer": "房产中心",
            f"m__{second}__drop": "on",
            "m__fresh1__name": "安全承诺书",
            "m__fresh1__form": "original",
            "m__fresh1__copies": "2",
            "m__fresh1__holder": "agent",
            "fee_kind": "charged",
            "fee_amount": "12.5",
            "fee_unit": "元",
            "fee_basis": "价费字〔2026〕1号",
            "s__1__n": "3",
            "p__0__basis": "《办法》第九条",
            "contact_consult": "0737-8881111",
            "status": "paused",
            "centres": ["taohuajiang"],
            "words": "按新办法",
        },
    )
    assert done.status_code == 302, text(done)
    row.refresh_from_db()
    assert (row.state, set(row.draft)) == ("proposed", {"spec", "status", "centres"})
    spec = row.draft["spec"]
    assert set(spec) >= {"promised_limit", "materials", "fee", "contact", "special_procedures"}
    names = [material["name"] for material in spec["materials"]]
    assert names[0] == "新的申请表"
    assert (names[-1], spec["materials"][-1]["holder"]) == ("安全承诺书", "agent")
    assert old.materials[1].name not in names
    assert spec["materials"][0]["source"] == "issued-by-房产中心"
    assert len({material["key"] for material in spec["materials"]}) == len(spec["materials"])
    assert (spec["fee"]["amount"], spec["fee"]["basis"]) == ("12.5", "价费字〔2026〕1号")
    page = text(client.get(f"{HOME}{row.number}/"))
    for words in ("承诺时限", "新的申请表", "安全承诺书", "12.5 元", "0737-8881111", "桃花江镇便民服务中心", "暂停"):
        assert words in page, words


def test_a_draft_is_kept_and_gone_on_with(cast: Cast, sign_in: SignIn) -> None:
    row, client = now_told(cast), sign_in("editor1")
    assert change(client, row, "draft", contact_consult="一号线").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.draft) == ("opened", {"spec": {"contact": {"consult": "一号线", "complain": None}}})
    assert "一号线" in text(client.get(f"{HOME}{row.number}/edit/"))
    assert change(client, row, "propose").status_code == 302


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"promised_n": "99"}, "promised_n", "比法定时限"),
        ({"promised_n": "-1"}, "promised_n", "不能小于"),
        ({"promised_n": "很快"}, "promised_n", "要写成数字"),
        ({"promised_unit": "week"}, "promised_unit", "没有您选的这一项"),
        ({"m__m01__name": ""}, "m-m01-name", "请填写"),
        ({"m__m01__name": "表\u200b"}, "m-m01-name", "看不见的字符"),
        ({"m__m01__copies": "99999"}, "m-m01-copies", "不能大于"),
        ({"m__m01__when": "x.y"}, "m-m01-when", "没有您选的这一项"),
        ({"m__fresh2__name": "长" * 201}, "m-fresh2-name", "200"),
        ({"fee_kind": "charged", "fee_amount": "-3", "fee_basis": "价目"}, "fee_amount", "不能小于"),
        ({"fee_kind": "charged", "fee_amount": "", "fee_basis": "价目"}, "fee_amount", "金额"),
        ({"fee_kind": "charged", "fee_amount": "5", "fee_basis": ""}, "fee_basis", "依据"),
        ({"s__0__n": "5000"}, "s-0-n", "不能大于"),
        ({"p__0__drop": "on"}, "p-0-drop", "加特别程序"),
        ({"p__0__n": "40", "p__0__sn": "5", "p__0__sunit": "workday"}, "p-0-n", "法定时限"),
        ({"status": "gone"}, "status", "没有您选的这一项"),
        ({"centres": ["nowhere"]}, "centres", "没有您选的这一项"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    cast: Cast, sign_in: SignIn, sent: dict[str, Any], field: str, words: str
) -> None:
    row, client = now_told(cast), sign_in("editor1")
    page = change(client, row, contact_consult="打过的字", **sent)
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert list(errors) == [field], errors
    assert words in str(errors[field])
    assert "打过的字" in text(page)
    row.refresh_from_db()
    assert (row.state, row.draft) == ("opened", {})


def test_somebody_else_was_faster(cast: Cast, sign_in: SignIn) -> None:
    row = now_told(cast)
    client = sign_in("editor1")
    sent = filled(client, row) | {"contact_consult": "二号线", "do": "propose"}
    change(sign_in("chief1"), row, "draft", contact_consult="一号线")
    page = client.post(f"{HOME}{row.number}/edit/", sent)
    assert page.status_code == 412
    assert "刚刚有人办理了这一件" in text(page)
    assert "二号线" in text(page)


def test_once_handed_in_it_is_not_written_over(cast: Cast, sign_in: SignIn) -> None:
    row = at(cast, "proposed")
    client = sign_in("editor1")
    assert client.get(f"{HOME}{row.number}/edit/")["Location"] == f"{HOME}{row.number}/"
    sent = {"version": str(row.version), "do": "propose", "status": "in_use", "fee_kind": "free"}
    assert client.post(f"{HOME}{row.number}/edit/", sent).status_code in {302, 422}
    assert ChangeRequest.objects.get().version == row.version


def test_the_reason_of_a_return_stands_over_the_draft(cast: Cast, sign_in: SignIn) -> None:
    row = at(cast, "returned")
    assert "材料第三项写清楚" in text(sign_in("editor1").get(f"{HOME}{row.number}/edit/"))


# ---- reviewing and publishing --------------------------------------------------------------------------------------


def test_review_publish_and_what_is_said_when_another_was_faster(cast: Cast, sign_in: SignIn) -> None:
    one, other = at(cast, "proposed"), at(cast, "approved", spec={"visits": 1})
    client, today = sign_in("publisher1"), str(timezone.localdate())
    page = text(client.get(f"{HOME}{one.number}/"))
    assert "自 2026 年 12 月起按新办法办理" in page
    assert other.number in page
    url = f"{HOME}{one.number}/"
    client.post(url, {"action": "approve", "version": str(one.version), "words": "同意"})
    done = client.post(url, {"action": "publish", "version": str(one.version + 1), "effective_from": today})
    assert done.status_code == 302
    assert ItemVersion.objects.filter(item__key=FOOD).count() == 2
    late = client.post(
        f"{HOME}{other.number}/",
        {"action": "publish", "version": str(other.version), "effective_from": today},
    )
    assert late.status_code == 412
    assert "已经换成第 2 版" in text(late)
    assert "还要办的再按一次" not in text(late)


@pytest.mark.parametrize("who", ["editor1", "chief1", "supervisor1"])
def test_others_see_it_and_have_no_button_to_review(cast: Cast, sign_in: SignIn, who: str) -> None:
    row = at(cast, "proposed")
    page = text(sign_in(who).get(f"{HOME}{row.number}/"))
    assert 'id="do-approve"' not in page
    assert ("政务服务管理机构事项审核员" in page) == (who == "supervisor1")


@pytest.mark.parametrize("who", ["clerk1", "editor3", "chief3", "township1", "guide1", "admin"])
def test_who_may_not_see_it_finds_nothing(cast: Cast, sign_in: SignIn, who: str) -> None:
    if who == "editor3":
        return
    row = at(cast, "proposed")
    client = sign_in(who)
    for path in (f"{HOME}{row.number}/", f"{HOME}{row.number}/edit/"):
        assert client.get(path).status_code == 404
    assert row.number not in text(client.get(f"{HOME}?list=running"))


def test_only_the_department_opens_the_draft(cast: Cast, sign_in: SignIn) -> None:
    row = now_told(cast)
    assert sign_in("publisher1").get(f"{HOME}{row.number}/edit/").status_code == 404
    assert sign_in("examiner1").get(f"{HOME}{row.number}/edit/").status_code == 404


def test_every_move_has_a_form_with_its_fields(cast: Cast) -> None:
    row = told(cast)
    for move in CHANGE.moves:
        if move.action not in FACE.hidden:
            form = form_for(FACE, row, move, cast.actor("publisher1"))
            assert set(form.fields) == set(move.needs.model_fields)


# ---- lists and costs -----------------------------------------------------------------------------------------------


def test_the_list_of_each(cast: Cast, sign_in: SignIn) -> None:
    rows = {state: at(cast, state) for state in ("opened", "proposed", "withdrawn")}
    editor, publisher = sign_in("editor1"), sign_in("publisher1")
    assert rows["opened"].number in text(editor.get(HOME))
    assert rows["proposed"].number not in text(editor.get(HOME))
    assert rows["proposed"].number in text(publisher.get(HOME))
    assert rows["withdrawn"].number in text(editor.get(f"{HOME}?list=ended"))
    assert "告知变更" in text(editor.get(HOME))
    assert "告知变更" not in text(publisher.get(HOME))
    for strange in ("?list=\x00", "?list=x&after=x-9999999999999999999999", "?after=;"):
        assert editor.get(HOME + strange).status_code == 200


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_pages_cost_the_same_however_much_there_is(cast: Cast, sign_in: SignIn) -> None:
    client, rows = sign_in("editor1"), [at(cast, "proposed"), now_told(cast)]
    paths = [HOME, f"{HOME}?list=running", f"{HOME}new/", f"{HOME}{rows[0].number}/", f"{HOME}{rows[1].number}/edit/"]
    current_calendar()
    few = [queries(client, path) for path in paths]
    for row in [now_told(cast) for _ in range(5)]:
        act(cast, row, "draft")
    assert [queries(client, path) for path in paths] == few
    assert max(few) <= 14, few
