"""What is published takes effect on its day, once; what was in force on any day can be told; cases keep theirs."""

from __future__ import annotations

import datetime as dt
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from onewindow.catalogue import versions
from onewindow.catalogue.changes import actions as changes
from onewindow.catalogue.changes.loop import CHANGE
from onewindow.catalogue.changes.moves import bring_into_force
from onewindow.catalogue.imports import SHIPPED_ITEMS, import_items
from onewindow.catalogue.models import ChangeRequest, Item, ItemVersion, current_version_id
from onewindow.catalogue.search import search
from onewindow.clocks.clock import SHANGHAI
from onewindow.exchange.models import OutboxMessage
from onewindow.loops.engine import steps
from onewindow.problems import InvalidInput, NotNow, Stale
from tests.cast import COMPANY, FOOD, Cast
from tests.catalogue.changing import NOW, act, at, body, told

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def midnight(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day} 00:01").replace(tzinfo=SHANGHAI)


def food() -> Item:
    found: Item = Item.objects.select_related("current").get(key=FOOD)
    return found


def since(day: str) -> None:
    """The first version has been in force since then."""
    ItemVersion.objects.update(effective_from=day)


# ---- its day -------------------------------------------------------------------------------------------------------


def test_it_takes_effect_on_its_day_and_not_before(cast: Cast) -> None:
    since("2026-01-01")
    case = cast.receive(FOOD, now=NOW)
    row = at(cast, "published", spec={"name": "食品经营许可（新版）", "promised_limit": {"n": 6, "unit": "workday"}})
    first, made = food().current, row.made
    assert first is not None
    assert made is not None
    for moment in (NOW, midnight("2026-11-30")):
        assert bring_into_force(moment) == 0
    assert food().current == first
    assert bring_into_force(midnight("2026-12-01")) == 1
    item = food()
    assert (item.current, item.name, current_version_id(FOOD)) == (made, "食品经营许可（新版）", made.pk)
    first.refresh_from_db()
    assert (first.effective_until, made.effective_from) == (dt.date(2026, 11, 30), dt.date(2026, 12, 1))
    row.refresh_from_db()
    assert (row.state, row.closed_at) == ("in_force", midnight("2026-12-01"))
    assert search("新版")[0].item.key == FOOD
    case.refresh_from_db()
    assert case.item_version_id == first.pk
    assert cast.receive(FOOD, now=midnight("2026-12-01") + timedelta(hours=9)).item_version_id == made.pk


def test_the_task_is_idempotent_and_misses_no_day(cast: Cast) -> None:
    at(cast, "published")
    later = midnight("2026-12-05")  # nothing ran for four days
    assert [bring_into_force(later) for _ in range(3)] == [1, 0, 0]
    item = food()
    assert item.current is not None
    assert (item.current.number, item.versions.count()) == (2, 2)
    assert [step.action for step in steps(CHANGE, ChangeRequest.objects.get())][-1] == "take_effect"


def test_from_today_it_is_in_force_at_once(cast: Cast) -> None:
    row = act(cast, at(cast, "approved"), "publish", effective_from=str(TODAY))
    assert row.state == "in_force"
    assert food().current == row.made
    assert bring_into_force(NOW) == 0
    topics = OutboxMessage.objects.filter(subject=f"change:{row.number}").values_list("topic", flat=True)
    assert list(topics) == ["catalogue.change.published"]


@pytest.mark.parametrize(("day", "words"), [("2026-11-22", "不能在今天以前"), ("2031-01-01", "太远"), ("明天", "日期")])
def test_the_day_lies_ahead_and_not_too_far(cast: Cast, day: str, words: str) -> None:
    row = at(cast, "approved")
    with pytest.raises(InvalidInput) as found:
        act(cast, row, "publish", effective_from=day)
    assert found.value.errors[0].field == "effective_from"
    assert words in found.value.errors[0].message
    assert food().versions.count() == 1


def test_what_was_taken_back_never_takes_effect(cast: Cast) -> None:
    since("2026-01-01")
    row = at(cast, "voided")
    assert bring_into_force(midnight("2026-12-02")) == 0
    item = food()
    assert item.current is not None
    assert item.current.number == 1
    assert row.made is not None
    assert row.made.voided_at == NOW
    assert versions.in_force_on(item, dt.date(2026, 12, 2)) == item.current
    again = at(cast, "published")
    assert again.made is not None
    assert again.made.number == 3


def test_on_its_day_it_can_no_longer_be_taken_back(cast: Cast) -> None:
    row = at(cast, "published")
    with pytest.raises(NotNow, match="已经生效"):
        act(cast, row, "void", now=midnight("2026-12-01"))


# ---- any day -------------------------------------------------------------------------------------------------------


def test_which_version_was_in_force_on_any_day(cast: Cast) -> None:
    since("2026-11-01")
    at(cast, "published")
    bring_into_force(midnight("2026-12-01"))
    later = dt.datetime(2026, 12, 7, 10, tzinfo=SHANGHAI)
    row = at(cast, "approved", now=later, basis_on="2026-12-04", spec={"note": "第三版"})
    act(cast, row, "publish", now=later, effective_from="2027-01-01")
    item = food()
    told_of = {
        day: found.number if (found := versions.in_force_on(item, dt.date.fromisoformat(day))) else None
        for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01")
    }
    assert list(told_of.values()) == [None, 1, 1, 2, 2, 3]


# ---- two that touch the same item ----------------------------------------------------------------------------------


def test_the_second_of_two_is_refused_and_drawn_up_again(cast: Cast) -> None:
    one, other = at(cast, "approved"), at(cast, "approved", spec={"visits": 1, "visit_reason": "取证"})
    act(cast, one, "publish", effective_from=str(TODAY))
    with pytest.raises(Stale, match="已经换成第 2 版"):
        act(cast, other, "publish")
    act(cast, other, "send_back", reason="请按第 2 版核对")
    act(cast, other, "propose", **other.draft)
    act(cast, other, "approve")
    done = act(cast, other, "publish", effective_from=str(TODAY))
    assert done.made is not None
    spec = done.made.spec
    assert (done.made.number, spec.visits, spec.note) == (3, 1, "自 2026 年 12 月起按新办法办理")


def test_only_one_version_waits_for_its_day(cast: Cast) -> None:
    one, other = at(cast, "approved"), at(cast, "approved", spec={"visits": 1})
    act(cast, one, "publish")
    with pytest.raises(Stale, match="第 2 版已经公布，2026年12月1日生效"):
        act(cast, other, "publish")
    assert [row.number for row in changes.also_changing(food(), one.pk)] == [other.number]


def test_a_file_does_not_overtake_what_waits_for_its_day(cast: Cast, tmp_path: Path) -> None:
    at(cast, "published")
    raw = next(
        one for one in yaml.load(SHIPPED_ITEMS.read_bytes(), Loader=yaml.CSafeLoader)["items"] if one["key"] == FOOD
    )
    file = tmp_path / "items.yaml"
    file.write_text(yaml.safe_dump({"schema_version": 1, "items": [raw]}, allow_unicode=True), "utf-8")
    assert import_items(file, today=TODAY).unchanged == 1
    raw["note"] = "文件里的备注"
    file.write_text(yaml.safe_dump({"schema_version": 1, "items": [raw]}, allow_unicode=True), "utf-8")
    report = import_items(file, today=TODAY)
    assert "2026年12月01日 生效的新版本" in str(report.rejected)
    bring_into_force(midnight("2026-12-01"))
    assert import_items(file, today=dt.date(2026, 12, 2)).changed == 1
    item = food()
    assert item.current is not None
    assert (item.current.number, item.current.spec.note) == (3, "文件里的备注")


# ---- beside the text -----------------------------------------------------------------------------------------------


def test_pausing_and_taking_up_again(cast: Cast) -> None:
    row = act(cast, told(cast), "propose", spec={}, status="paused")
    assert row.draft == {"status": "paused"}
    act(cast, row, "approve")
    row = act(cast, row, "publish")
    assert current_version_id(FOOD) is not None
    bring_into_force(midnight("2026-12-01"))
    assert (food().status, current_version_id(FOOD)) == ("paused", None)
    back = act(cast, told(cast), "propose", spec={}, status="in_use")
    act(cast, back, "approve")
    act(cast, back, "publish", now=midnight("2026-12-02"), effective_from="2026-12-02")
    item = food()
    assert item.status == "in_use"
    assert [one.status for one in item.versions.order_by("number")] == ["in_use", "paused", "in_use"]


def test_the_centres_that_take_it_change_on_the_day(cast: Cast) -> None:
    row = act(cast, told(cast), "propose", spec={}, centres=["taohuajiang", "taojiang"])
    act(cast, row, "approve")
    act(cast, row, "publish")
    assert not food().centres.exists()
    bring_into_force(midnight("2026-12-01"))
    assert set(food().centres.values_list("key", flat=True)) == {"taojiang", "taohuajiang"}


@pytest.mark.parametrize("centres", [[], ["nowhere"]])
def test_centres_that_are_none(cast: Cast, centres: list[str]) -> None:
    food().centres.set([cast.centre])
    with pytest.raises(InvalidInput) as found:
        act(cast, told(cast), "propose", spec={}, centres=centres)
    assert found.value.errors[0].field == "centres"


# ---- drafts --------------------------------------------------------------------------------------------------------


def test_only_what_differs_is_kept_and_counts_as_verified(cast: Cast) -> None:
    told_spec = body(food())
    told_spec["promised_limit"]["n"] -= 1
    told_spec.pop("item_type"), told_spec.pop("reference_name")
    row = act(cast, told(cast), "propose", spec=told_spec)
    assert set(row.draft) == {"spec"}
    assert set(row.draft["spec"]) == {"promised_limit"}
    assert row.draft["spec"]["promised_limit"]["verified"] is True
    assert changes.proposed_spec(row).promised_limit.n == told_spec["promised_limit"]["n"]


def test_a_proposal_without_any_difference_is_none(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="没有改动"):
        act(cast, told(cast), "propose", spec={})
    assert act(cast, told(cast), "draft", spec={}).state == "opened"


def test_every_draft_stays_in_the_story(cast: Cast) -> None:
    row = at(cast, "returned")
    act(cast, row, "propose", spec={"note": "改过的"})
    kept = [step.data.get("spec") for step in steps(CHANGE, row) if step.action == "propose"]
    assert kept == [{"note": "自 2026 年 12 月起按新办法办理"}, {"note": "改过的"}]


def _materials(raw: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    raw["materials"][0] |= more
    return list(raw["materials"])


@pytest.mark.parametrize(
    ("field", "words", "change"),
    [
        ("promised_limit.n", "比法定时限", lambda raw: {"promised_limit": {"n": 99, "unit": "workday"}}),
        ("promised_limit.n", "不能小于", lambda raw: {"promised_limit": {"n": -1, "unit": "workday"}}),
        ("promised_limit.unit", "没有这个选项", lambda raw: {"promised_limit": {"n": 1, "unit": "week"}}),
        ("materials.0.name", "1 至 200 个字", lambda raw: {"materials": _materials(raw, name="")}),
        ("materials.0.name", "隐藏字符", lambda raw: {"materials": _materials(raw, name="表\u202e单")}),
        ("materials.0.when", "不是任何情形", lambda raw: {"materials": _materials(raw, required="if", when="x.y")}),
        ("materials.0.copies", "不能大于", lambda raw: {"materials": _materials(raw, copies=10**9)}),
        ("materials", "列表", lambda raw: {"materials": "都不要了"}),
        ("materials", "最多 80 份", lambda raw: {"materials": [{"name": "表", "form": "copy"}] * 81}),
        ("fee.amount", "不能小于", lambda raw: {"fee": {"amount": "-5", "unit": "元", "basis": "价目"}}),
        ("fee.amount", "格式不对", lambda raw: {"fee": {"amount": "NaN", "unit": "元", "basis": "价目"}}),
        ("item_type", "不能改", lambda raw: {"item_type": "02"}),
        ("nothing", "没有这一项", lambda raw: {"nothing": 1}),
        ("note", "太长", lambda raw: {"note": "长" * 2001}),
        ("special_procedures", "加特别程序", lambda raw: {"special_procedures": []}),
    ],
)
def test_a_draft_that_cannot_be_says_where(cast: Cast, field: str, words: str, change: Any) -> None:
    row = told(cast)
    for action in ("draft", "propose"):
        with pytest.raises(InvalidInput) as found:
            act(cast, row, action, spec=change(body(food())))
        assert found.value.errors[0].field == field, found.value.errors
        assert words in found.value.errors[0].message
    row.refresh_from_db()
    assert (row.state, row.draft, row.version) == ("opened", {}, 1)


def test_a_longer_special_procedure_needs_its_basis(cast: Cast) -> None:
    """XX-23.7: 新版办理时限长于旧版且无依据；办理时限＞法定时限."""
    raw = body(food())
    one = raw["special_procedures"][0]
    longer = {**one, "limit": {"n": one["limit"]["n"] + 1, "unit": one["limit"]["unit"]}}
    cases: list[tuple[dict[str, Any], str]] = [
        ({**longer, "counts_on_clock": True, "legal_basis": None}, "special_procedures.0.legal_basis"),
        ({**longer, "legal_basis": "办法第九条", "statutory": one["limit"]}, "special_procedures.0.limit.n"),
    ]
    row = told(cast)
    for procedure, field in cases:
        with pytest.raises(InvalidInput) as found:
            act(cast, row, "propose", spec={"special_procedures": [procedure, *raw["special_procedures"][1:]]})
        assert found.value.errors[0].field == field
    good = {**longer, "legal_basis": "办法第九条"}
    act(cast, row, "propose", spec={"special_procedures": [good, *raw["special_procedures"][1:]]})


def test_new_elements_leave_the_digest_of_old_versions_alone(cast: Cast) -> None:
    for item in Item.objects.select_related("current"):
        assert item.current is not None
        assert item.current.spec.model_dump(mode="json") == item.current.body
    row = act(cast, told(cast, item=COMPANY), "propose", spec={"contact": {"consult": "0737-8880001"}})
    assert changes.proposed_spec(row).contact is not None
