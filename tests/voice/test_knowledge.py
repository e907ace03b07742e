"""The knowledge base: found in people's words, checked by a second person, looked at again when a guide changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onewindow.catalogue.models import ItemVersion
from onewindow.clocks.clock import SHANGHAI
from onewindow.people.models import AccessRecord
from onewindow.problems import InvalidInput, NotFound, NotNow, Refused
from onewindow.voice.consultations import knowledge
from onewindow.voice.consultations.asking import ask
from onewindow.voice.consultations.search import asked_terms, of_item, reindex, search
from onewindow.voice.models import KnowledgeEntry
from tests.cast import FERTILITY, FOOD, HYGIENE, Cast
from tests.voice.knowing import all_entries, entry

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, 10, tzinfo=SHANGHAI)
RAW = {"question": "开早餐店要办什么证？", "answer": "执照和食品经营许可证。", "item": FOOD}


# ---- finding ------------------------------------------------------------------------------------------------------

PEOPLE_ASK = [
    ("身份证掉了咋补啊", "身份证丢了"),
    ("身份证不见了", "身份证丢了"),
    ("我人在广东，身份证到期了", "外地打工，身份证过期"),
    ("儿子要办身份证，未成年", "给小孩办身份证"),
    ("上户口超过一个月了怎么办", "还没上户口"),
    ("想开个早点铺子卖包子，要什么手续", "开早餐店"),
    ("卖预包装食品要许可证吗", "只卖包装好的"),
    ("食品经营许可证马上过期了", "快到期了"),
    ("饭店搬家了许可证怎么改地址", "饭店换了地方"),
    ("摆地摊要不要执照", "摆摊卖菜"),
    ("注册资本什么时候交", "注册资本"),
    ("结婚登记需要户口簿吗", "领结婚证"),
    ("公司注销简易流程", "简易注销"),
    ("学校门口能不能卖烟", "卖烟的证"),
    ("社保卡补办当天能拿到吗", "社保卡丢了"),
    ("高血压门诊能报销吗", "高血压"),
    ("新生儿医保怎么交", "宝宝什么时候交医保"),
    ("试用期公司不给交社保", "试用期"),
    ("公司不给我报工伤", "申请工伤"),
    ("贷款没还清的房子可以卖吗 过户", "按揭没还完"),
    ("异地购房提取公积金", "在外地买房"),
    ("老家房子要重建", "老房子拆了重建"),
    ("外地户口小孩读书", "没有本地户口"),
    ("周末办不办公", "周末能办事"),
    ("可以让别人代办吗", "找别人替我来办"),
    ("我差一份材料可以先受理吗", "材料不齐"),
]


@pytest.mark.parametrize(("asked", "wanted"), PEOPLE_ASK)
def test_what_people_ask_finds_its_answer_among_the_first_three(cast: Cast, asked: str, wanted: str) -> None:
    all_entries(cast)
    found = [one.entry.question for one in search(asked, most=3)]
    assert any(wanted in question for question in found), found


@pytest.mark.parametrize("asked", ["今天天气怎么样", "附近有什么好吃的", "能借个充电宝吗", "qqzzxx", "哈哈哈哈"])
def test_what_nobody_answered_finds_nothing(cast: Cast, asked: str) -> None:
    all_entries(cast)
    assert search(asked) == []


@pytest.mark.parametrize("asked", ["", " ", "？？？", "\x00", "%_'\"\\", "的了吗", "1" * 3000, "证" * 3000, "\ud800"])
def test_any_text_is_safe(cast: Cast, asked: str) -> None:
    entry(cast, "开早餐店要办什么证？")
    search(asked)
    assert len(asked_terms(asked)) <= 400


def test_an_entry_of_the_item_one_asks_from_comes_first(cast: Cast) -> None:
    one = entry(cast, "这个证有效期多久？", "五年。", FOOD)
    other = entry(cast, "这个证有效期多久？", "四年。", HYGIENE)
    for item, first in ((FOOD, one), (HYGIENE, other)):
        assert search("有效期多久", item=cast.items[item].pk)[0].entry == first


def test_drafts_are_not_found(cast: Cast) -> None:
    entry(cast, "开早餐店要办什么证？", is_published=False)
    assert search("开早餐店要办什么证") == []


def test_a_search_costs_two_queries(cast: Cast) -> None:
    all_entries(cast)
    with CaptureQueriesContext(connection) as seen:
        found = search("食品许可证到期了怎么延续")
        assert [one.entry.item.name for one in found if one.entry.item]
        assert [one.entry.stale for one in found]
    assert len(seen) == 2
    with CaptureQueriesContext(connection) as seen:
        search("？")
    assert len(seen) == 0


def test_the_guide_shows_the_most_helpful_first(cast: Cast) -> None:
    for helped in (3, 9, 5):
        entry(cast, f"问题{helped}", item=FOOD, helped=helped)
    entry(cast, "别的事项", item=FERTILITY)
    assert [one.helped for one in of_item(cast.items[FOOD].pk)] == [9, 5, 3]


def test_terms_are_made_anew_when_words_change(cast: Cast) -> None:
    row = entry(cast, "开早餐店要办什么证？", terms=[])
    assert search("早餐店") == []
    assert reindex() == 1
    assert reindex() == 0
    assert search("早餐店")[0].entry == row


# ---- a second person ----------------------------------------------------------------------------------------------


def test_somebody_else_checks_and_then_everybody_finds_it(cast: Cast) -> None:
    draft = knowledge.write(RAW, cast.actor("clerk1"), now=MONDAY)
    assert (draft.state, draft.department, search("早餐店")) == ("draft", cast.market, [])
    done = knowledge.publish(draft, cast.actor("chief1"), now=MONDAY)
    assert (done.state, done.checked_by, done.version) == ("published", cast.chief1, cast.items[FOOD].current)
    assert search("早餐店")[0].entry == draft


@pytest.mark.parametrize("who", ["manager1", "chief1", "editor1", "publisher1", "head1"])
def test_nobody_publishes_their_own_words(cast: Cast, who: str) -> None:
    draft = knowledge.write(RAW, cast.actor(who), now=MONDAY)
    with pytest.raises(Refused):
        knowledge.publish(draft, cast.actor(who), now=MONDAY)
    draft.refresh_from_db()
    assert not draft.is_published
    assert AccessRecord.objects.filter(kind="refused", action="knowledge.publish").count() == 1
    assert "您写的" in knowledge.why_not(draft, cast.actor(who))


@pytest.mark.parametrize(
    "who", ["clerk2", "examiner1", "verifier1", "guide1", "chief3", "head3", "mayor1", "supervisor1"]
)
def test_only_those_who_answer_for_it_publish(cast: Cast, who: str) -> None:
    draft = knowledge.write(RAW, cast.actor("clerk1"), now=MONDAY)
    assert knowledge.why_not(draft, cast.actor(who))
    for change in (knowledge.publish, knowledge.still_right):
        with pytest.raises(Refused):
            change(draft, cast.actor(who), now=MONDAY)
    with pytest.raises(Refused):
        knowledge.give_back(draft, {"remark": "不好"}, cast.actor(who), now=MONDAY)


@pytest.mark.parametrize("who", ["mayor1", "admin", "citizen1"])
def test_who_meets_nobody_writes_nothing(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        knowledge.write(RAW, cast.actor(who), now=MONDAY)


def test_sent_back_with_a_reason_and_mended(cast: Cast) -> None:
    draft = knowledge.write(RAW, cast.actor("clerk1"), now=MONDAY)
    back = knowledge.give_back(draft, {"remark": "少了健康证明"}, cast.actor("chief1"), now=MONDAY)
    assert (back.state, back.remark) == ("returned", "少了健康证明")
    again = knowledge.write({**RAW, "answer": "还要健康证明。"}, cast.actor("clerk2"), entry=back, now=MONDAY)
    assert (again.pk, again.state, again.written_by) == (draft.pk, "draft", cast.clerk2)


def test_a_new_wording_replaces_the_old_one_only_when_checked(cast: Cast) -> None:
    old = knowledge.publish(knowledge.write(RAW, cast.actor("clerk1")), cast.actor("chief1"))
    new = knowledge.write({**RAW, "answer": "执照、许可证、健康证明。"}, cast.actor("clerk1"), entry=old)
    assert new.pk != old.pk
    assert knowledge.write({**RAW, "answer": "再改一改"}, cast.actor("clerk1"), entry=old).pk == new.pk
    assert [one.entry.pk for one in search("早餐店")] == [old.pk]
    knowledge.publish(KnowledgeEntry.objects.get(pk=new.pk), cast.actor("chief1"))
    assert [one.entry.pk for one in search("早餐店")] == [new.pk]
    old.refresh_from_db()
    assert (old.state, old.remark) == ("returned", "有了新的说法")


def test_what_is_published_is_published_once(cast: Cast) -> None:
    done = knowledge.publish(knowledge.write(RAW, cast.actor("clerk1")), cast.actor("chief1"))
    with pytest.raises(NotNow):
        knowledge.publish(done, cast.actor("head1"))


# ---- when the guide changes ---------------------------------------------------------------------------------------


def change_guide(cast: Cast) -> None:
    item = cast.items[FOOD]
    current = item.current
    assert current is not None
    item.current = ItemVersion.objects.create(
        item=item, number=2, body=current.body, digest="f" * 64, effective_from=dt.date(2026, 11, 1)
    )
    item.save()


def test_an_entry_whose_guide_changed_is_shown_to_be_checked_again(cast: Cast) -> None:
    row = knowledge.publish(knowledge.write(RAW, cast.actor("clerk1")), cast.actor("chief1"))
    entry(cast, "不限事项的")
    assert list(KnowledgeEntry.objects.stale()) == []
    change_guide(cast)
    assert list(KnowledgeEntry.objects.stale()) == [row]
    found = search("早餐店")[0].entry
    assert (found.stale, found.state) == (True, "stale")
    with pytest.raises(Refused):
        knowledge.still_right(found, cast.actor("clerk1"))
    assert knowledge.still_right(found, cast.actor("chief1")).state == "published"
    assert list(KnowledgeEntry.objects.stale()) == []


def test_a_stale_one_comes_after_a_fresh_one(cast: Cast) -> None:
    entry(cast, "开早餐店要办什么证？", item=FOOD)
    change_guide(cast)
    fresh = entry(cast, "开早餐店要办的证", item="")
    assert search("开早餐店要办什么证")[0].entry == fresh


# ---- from a question ----------------------------------------------------------------------------------------------


def test_one_press_makes_a_draft_of_an_answered_question(cast: Cast) -> None:
    asked = {"question": "我叫王小明，电话19900001234，开早餐店要办什么证？", "item": FOOD, "answer": "执照和许可证。"}
    row = ask(asked, "counter", cast.actor("clerk1"), now=MONDAY)
    made, again = (knowledge.propose(row, cast.actor("clerk1")) for _ in range(2))
    assert made.pk == again.pk
    assert (made.state, made.item, made.answer) == ("draft", cast.items[FOOD], "执照和许可证。")
    assert "1990000" not in made.question


def test_what_has_no_answer_is_no_knowledge(cast: Cast) -> None:
    row = ask({"question": "开早餐店要办什么证？"}, "online", now=MONDAY)
    with pytest.raises(NotNow):
        knowledge.propose(row, cast.actor("clerk1"))


# ---- strange input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "长" * 201}, "question"),
        ({"question": "两\n行"}, "question"),
        ({"answer": "长" * 2001}, "answer"),
        ({"answer": "打我电话19900001234"}, "answer"),
        ({"question": "430922199005170013怎么查"}, "question"),
        ({"answer": "\u202e反"}, "answer"),
        ({"item": "nothing"}, "item"),
        ({"terms": ["x"]}, "terms"),
    ],
)
def test_hostile_input_is_named_by_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        knowledge.write({**RAW, **changes}, cast.actor("clerk1"))
    assert wrong.value.errors[0].field == field
    assert not KnowledgeEntry.objects.exists()


@pytest.mark.parametrize("key", [0, -1, 1 << 31, 1 << 70])
def test_an_entry_that_is_not_there(cast: Cast, key: int) -> None:
    with pytest.raises(NotFound):
        knowledge.published(key)


def test_uses_are_counted(cast: Cast) -> None:
    row = entry(cast, "开早餐店要办什么证？")
    knowledge.count_use(row, helped=True)
    knowledge.count_use(row, helped=False)
    row.refresh_from_db()
    assert (row.helped, row.not_helped) == (1, 1)
