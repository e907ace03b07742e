"""Rule books: shipped ones are read only, copies are changed rule by rule in versions, centres are given a book."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from onewindow.oversight import rulebooks
from onewindow.oversight.books import books
from onewindow.oversight.models import CentreRules, Rule, RuleSet
from onewindow.oversight.rules import time_rule
from onewindow.oversight.shipping import ship
from onewindow.people.changes import Steward
from onewindow.people.models import AccessRecord, ChangeRecord
from onewindow.problems import InvalidInput, Refused, RuleBroken, Stale
from tests.cast import Cast
from tests.manage.conftest import Browse, Elsewhere

EDIT: dict[str, Any] = {
    "name": "承诺时限用到 70%",
    "trigger": "share",
    "number": 70,
    "level": "yellow",
    "tell": ["actor", "chief"],
    "active": True,
}
FORM: dict[str, Any] = {**EDIT, "active": "on", "kinds": ["promised"], "duty": ["HN-14.2"]}


@pytest.fixture(autouse=True)
def shipped(db: None) -> None:
    ship()


@pytest.fixture
def own(cast: Cast) -> RuleSet:
    return rulebooks.copy(
        RuleSet.objects.get(key="default"), {"name": "桃江的规则"}, by=Steward(cast.actor("manager1"))
    )


def page(client: Client, url: str, status: int = 200, **sent: Any) -> str:
    response = client.post(url, sent) if sent else client.get(url)
    assert response.status_code == status, response.content.decode()[:400]
    return str(response.content.decode())


def rule(rule_set: RuleSet, code: str = "PROM-Y") -> Rule:
    return rule_set.rules.select_related("rule_set").filter(code=code).latest("version")


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["manager1", "supervisor1", "admin"])
def test_who_reads_the_books(browse: Browse, who: str) -> None:
    html = page(browse(who), "/manage/rules/")
    assert "通用" in html
    assert "榆林" in html
    assert "zizhou.qinfeng.gov.cn" in html
    assert "桃江县政务服务中心" in html
    html = page(browse(who), "/manage/rules/yulin/")
    assert "时限用到 90%" in html
    assert "HN-14.2" in html
    html = page(browse(who), "/manage/rules/yulin/YL-Y/")
    assert "随软件来的规则只能看" in html
    assert "/edit/" not in html


@pytest.mark.parametrize("who", ["clerk1", "examiner1", "chief1", "editor1"])
@pytest.mark.parametrize("url", ["/manage/rules/", "/manage/rules/default/", "/manage/rules/default/PROM-Y/"])
def test_everybody_else_finds_nothing(browse: Browse, who: str, url: str) -> None:
    page(browse(who), url, 404)


def test_a_supervisor_reads_and_changes_nothing(browse: Browse, own: RuleSet, cast: Cast) -> None:
    client = browse("supervisor1")
    page(client, f"/manage/rules/{own.key}/")
    for url in (f"{own.key}/copy/", f"{own.key}/PROM-Y/edit/", f"centres/{cast.centre.pk}/"):
        page(client, f"/manage/rules/{url}", 404)
        page(client, f"/manage/rules/{url}", 404, step="save", name="x")


@pytest.mark.parametrize(
    "url",
    ["nothing/", "default/NOTHING/", "default/%00/", "default/PROM-Y/edit/", "centres/999999999/", "a" * 200 + "/"],
)
def test_what_is_not_there(browse: Browse, url: str) -> None:
    page(browse("manager1"), f"/manage/rules/{url}", 404)


def test_every_shipped_rule_is_said_in_words(browse: Browse) -> None:
    client = browse("manager1")
    for key in RuleSet.objects.values_list("key", flat=True):
        html = page(client, f"/manage/rules/{key}/")
        rows = re.findall(r'data-label="管什么">([^<]+)<small class="[^"]+">([^<]+)<', html)
        assert len(rows) == Rule.objects.filter(rule_set_id=key, ended_at=None).count()
        assert [row for row in rows if re.search("[a-z_]", "".join(row))] == []


# ---- copying -------------------------------------------------------------------------------------------------------


def test_a_copy_takes_the_rules_in_force(browse: Browse) -> None:
    client = browse("manager1")
    html = page(client, "/manage/rules/default/copy/", step="check", name="桃江县监察规则")
    assert "核对" in html
    assert RuleSet.objects.filter(shipped=False).count() == 0
    page(client, "/manage/rules/default/copy/", 302, step="save", name="桃江县监察规则")
    made = RuleSet.objects.get(shipped=False)
    assert (made.name, made.base_id, made.division) == ("桃江县监察规则", "default", "430922")
    assert made.rules.count() == Rule.objects.filter(rule_set_id="default", ended_at=None).count()
    record = ChangeRecord.objects.get(verb="copy_rules")
    assert record.after == {"rule_set": "桃江县监察规则", "base": made.base.name}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["", "  ", "字" * 81, "a\u202eb", "桃江的规则"])
def test_a_name_that_cannot_be(browse: Browse, own: RuleSet, name: str) -> None:
    page(browse("manager1"), "/manage/rules/default/copy/", 422, step="save", name=name)
    assert RuleSet.objects.filter(shipped=False).count() == 1


# ---- editing -------------------------------------------------------------------------------------------------------


def test_a_change_shows_its_differences_and_writes_the_next_version(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/"
    html = page(client, url)
    assert 'value="80"' in html
    html = page(client, url, step="check", **FORM)
    for words in ("时限用到 80%", "时限用到 70%", "承诺时限用到 70%", "办件人、首席事务代表、电子监察员"):
        assert words in html
    assert rule(own).version == 1
    page(client, url, 302, step="save", **FORM)
    old, new = own.rules.filter(code="PROM-Y").order_by("version")
    assert (old.version, new.version, old.body["trigger"]["share"]) == (1, 2, 0.8)
    assert old.ended_at is not None
    assert new.ended_at is None
    assert time_rule(new.body).trigger.share == 0.7
    assert (new.name, new.level, new.body["tell"]) == ("承诺时限用到 70%", "yellow", ["actor", "chief"])
    assert (new.body["subject"], new.body["duty"]) == (old.body["subject"], old.body["duty"])
    html = page(client, f"/manage/rules/{own.key}/PROM-Y/")
    assert "第 2 版" in html
    assert '<del><span class="ow-sr">改之前：</span>时限用到 80%</del>' in html
    assert new.said_by.name in html  # type: ignore[union-attr]
    assert "第 2 版" in page(client, "/manage/changes/") or "监察规则 PROM-Y" in page(client, "/manage/changes/")


def test_nothing_changed_writes_nothing(browse: Browse, own: RuleSet) -> None:
    same: dict[str, Any] = {**FORM, "name": rule(own).name, "number": 80, "tell": ["actor", "chief", "supervisor"]}
    page(browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/", 302, step="check", **same)
    assert own.rules.filter(code="PROM-Y").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": 0}, "number"),
        ({"number": 100}, "number"),
        ({"number": ""}, "number"),
        ({"number": "一"}, "number"),
        ({"number": -3}, "number"),
        ({"trigger": "workdays_before", "number": 61}, "number"),
        ({"trigger": "workdays_after", "number": 251}, "number"),
        ({"trigger": "never"}, "trigger"),
        ({"trigger": ""}, "trigger"),
        ({"level": "black"}, "level"),
        ({"tell": []}, "tell"),
        ({"tell": ["everybody"]}, "tell"),
        ({"name": ""}, "name"),
        ({"name": "短\u200b"}, "name"),
        ({"name": "一"}, "name"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["wait"]}, "kinds"),
        ({"kinds": ["promised", "'--"]}, "kinds"),
        ({"duty": []}, "duty"),
        ({"duty": ["HN-99"]}, "duty"),
        ({"duty": ["HN-14.2", "HN-14.3", "HN-16.8", "HN-17.4", "HN-27.9", "HN-31.4", "HN-35.5"]}, "duty"),
        ({"trigger": "minutes_after", "number": 30}, "trigger"),
        ({"reason": "字" * 201}, "reason"),
        ({"reason": "a\u202eb"}, "reason"),
    ],
)
def test_a_value_that_cannot_be_is_named_beside_its_field(
    browse: Browse, own: RuleSet, changes: dict[str, Any], field: str
) -> None:
    html = page(browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/", 422, step="check", **{**FORM, **changes})
    assert f'id="id_{field}_error"' in html
    assert rule(own).version == 1


def test_the_thresholds_of_a_conduct_rule(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/C-NIGHT/edit/"
    assert "界线（件）" in page(client, url)
    sent: dict[str, Any] = {"name": "下班以后集中决定", "level": "warn", "tell": ["supervisor"], "active": "on"}
    sent["duty"] = ["HN-27.9"]
    html = page(client, url, 422, step="check", value_count="0", value_minutes="60", **sent)
    assert 'id="id_value_count_error"' in html
    page(client, url, 302, step="save", value_count="8", value_minutes="30", **sent)
    assert rule(own, "C-NIGHT").body["values"] == {"count": 8.0, "minutes": 30.0}


def test_a_rule_is_switched_off_and_on_again(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/"
    off = {name: value for name, value in FORM.items() if name != "active"}
    html = page(client, url, 422, step="check", **off)
    assert 'id="id_reason_error"' in html
    assert "停用要写为什么" in html
    off["reason"] = "和本地的办法重复"
    assert "停用" in page(client, url, step="check", **off)
    page(client, url, 302, step="save", **off)
    assert not own.rules.filter(code="PROM-Y", ended_at=None).exists()
    assert "已停用" in page(client, f"/manage/rules/{own.key}/")
    assert "原因：和本地的办法重复" in page(client, f"/manage/rules/{own.key}/PROM-Y/")
    page(client, url, 302, step="save", **FORM)
    assert own.rules.get(code="PROM-Y", ended_at=None).version == 3


def test_a_shipped_rule_is_never_edited(cast: Cast) -> None:
    before = Rule.objects.filter(rule_set_id="default").count()
    with pytest.raises(RuleBroken, match="先复制"):
        rulebooks.edit(rule(RuleSet.objects.get(key="default")), EDIT, by=Steward(cast.actor("admin")))
    assert Rule.objects.filter(rule_set_id="default").count() == before


def test_two_editors_do_not_overwrite_each_other(cast: Cast, own: RuleSet) -> None:
    seen, by = rule(own), Steward(cast.actor("manager1"))
    rulebooks.edit(seen, EDIT, by=by)
    with pytest.raises(Stale):
        rulebooks.edit(seen, {**EDIT, "number": 60}, by=by)
    assert rule(own).version == 2


def test_a_copy_is_changed_only_by_whoever_manages_its_place(cast: Cast, own: RuleSet, elsewhere: Elsewhere) -> None:
    RuleSet.objects.filter(pk=own.pk).update(division="430921")
    kept = rule(RuleSet.objects.get(pk=own.pk))
    with pytest.raises(Refused):
        rulebooks.edit(kept, EDIT, by=Steward(cast.actor("manager1")))
    assert AccessRecord.objects.filter(kind="refused", action="edit_rule", account=cast.manager1).exists()
    assert rulebooks.edit(kept, EDIT, by=Steward(cast.actor("admin"))).version == 2


@pytest.mark.parametrize("who", ["supervisor1", "clerk1", "chief1"])
def test_nobody_else_edits(cast: Cast, own: RuleSet, who: str) -> None:
    with pytest.raises(Refused):
        rulebooks.edit(rule(own), EDIT, by=Steward(cast.actor(who)))
    with pytest.raises(Refused):
        rulebooks.assign(cast.centre, own.key, by=Steward(cast.actor(who)))


def test_a_neighbours_copy_is_not_shown(browse: Browse, own: RuleSet) -> None:
    RuleSet.objects.filter(pk=own.pk).update(division="430921")
    assert own.name not in page(browse("manager1"), "/manage/rules/")
    page(browse("manager1"), f"/manage/rules/{own.key}/", 404)
    assert own.name in page(browse("admin"), "/manage/rules/")


# ---- what a rule watches -------------------------------------------------------------------------------------------


def test_the_limits_the_subject_and_the_duty_of_a_rule_are_changed(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/"
    sent = {**FORM, "kinds": ["promised", "statutory"], "duty": ["XY-25.2", "HN-14.2"], "reason": "法定的也管"}
    html = page(client, url, step="check", **sent)
    assert "承诺时限、法定时限" in html
    page(client, url, 302, step="save", **sent)
    made = rule(own)
    assert (made.body["kinds"], made.body["duty"]) == (["promised", "statutory"], ["XY-25.2", "HN-14.2"])
    assert (made.said_by.username, made.reason) == ("manager1", "法定的也管")  # type: ignore[union-attr]
    html = page(client, f"{url}?choose=1")
    assert f"{url}?subject=rating" in html
    url += "?subject=rating"
    assert 'value="contact"' in page(client, url)
    sent = {**FORM, "kinds": ["contact"], "duty": ["HN-41.3"], "trigger": "workdays_after", "number": 0}
    page(client, url, 422, step="save", **{**sent, "kinds": ["promised"]})
    page(client, url, 302, step="save", **sent)
    assert (rule(own).body["subject"], rule(own).body["kinds"]) == ("rating", ["contact"])


@pytest.mark.parametrize(
    ("subject", "kind", "trigger", "number"),
    [
        ("ticket", "wait", "workdays_after", 0),
        ("ticket", "wait", "share", 80),
        ("complaint", "forward", "share", 80),
        ("complaint", "forward", "workdays_before", 1),
        ("letter", "expiry", "share", 80),
        ("letter", "expiry", "minutes_after", 5),
        ("case", "notice", "minutes_after", 5),
    ],
)
def test_a_trigger_that_means_nothing_for_the_limit_is_refused(
    browse: Browse, own: RuleSet, subject: str, kind: str, trigger: str, number: int
) -> None:
    url = f"/manage/rules/{own.key}/PROM-Y/edit/?subject={subject}"
    sent = {**FORM, "kinds": [kind], "trigger": trigger, "number": number}
    assert 'id="id_trigger_error"' in page(browse("manager1"), url, 422, step="check", **sent)


def test_every_shipped_rule_can_be_saved_as_it_is(cast: Cast, own: RuleSet) -> None:
    """What the editor demands holds for everything that comes with the house."""
    for kept in own.rules.all():
        body, active = rulebooks.edited(kept, _as_form(kept))
        assert (body, active) == (kept.body, True), kept.code


def _as_form(kept: Rule) -> dict[str, Any]:
    raw: dict[str, Any] = {key: kept.body[key] for key in ("name", "level", "tell")}
    if kept.kind == "time":
        (trigger, number), *_ = [(k, v) for k, v in kept.body["trigger"].items() if v is not None]
        return {**raw, "trigger": trigger, "number": round(number * 100) if trigger == "share" else number}
    return {**raw, "values": kept.body["values"]}


@pytest.mark.parametrize("query", ["subject=nothing", "subject=person", "subject=%00", "check=x"])
def test_what_cannot_be_watched_is_not_found(browse: Browse, own: RuleSet, query: str) -> None:
    page(browse("manager1"), f"/manage/rules/{own.key}/PROM-Y/edit/?{query}", 404 if "subject" in query else 200)
    page(browse("manager1"), f"/manage/rules/{own.key}/new/?{query}", 404)


# ---- a new rule ----------------------------------------------------------------------------------------------------

NEW: dict[str, Any] = {
    "code": "OWN-1",
    "name": "送达还剩 2 个工作日",
    "kinds": ["delivery"],
    "trigger": "workdays_before",
    "number": 2,
    "level": "remind",
    "tell": ["actor"],
    "duty": ["HN-31.4"],
}


def test_a_new_rule_in_a_copied_book(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/new/"
    assert "?subject=case" in page(client, url)
    url += "?subject=case"
    assert 'value="OWN-1"' in page(client, url)
    html = page(client, url, step="check", **NEW)
    assert "过去 30 天按这样会发多少" in html
    assert not own.rules.filter(code="OWN-1").exists()
    page(client, url, 302, step="save", **NEW)
    made = rule(own, "OWN-1")
    assert (made.version, made.kind, made.body["phase"], made.level) == (1, "time", "before", "remind")
    record = ChangeRecord.objects.get(verb="add_rule")
    assert (record.subject, record.after["rule_kinds"]) == (f"rules:{own.key}/OWN-1", "送达")
    assert 'id="id_code_error"' in page(client, url, 422, step="save", **NEW)


def test_a_new_rule_on_conduct_has_thresholds_of_its_own(browse: Browse, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/{own.key}/new/?check=decided_off_hours"
    sent = {key: NEW[key] for key in ("code", "tell")} | {"name": "夜里成批决定", "level": "red", "duty": ["HN-27.9"]}
    sent |= {"value_count": "20", "value_minutes": "30"}
    assert "要等以后的记录才知道" in page(client, url, step="check", **sent)
    page(client, url, 302, step="save", **sent)
    made = rule(own, "OWN-1")
    assert (made.kind, made.body["check"], made.body["values"]) == (
        "conduct",
        "decided_off_hours",
        {"count": 20.0, "minutes": 30.0},
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "own 1"}, "code"),
        ({"code": "PROM-Y"}, "code"),
        ({"code": "YL-R"}, "code"),
        ({"code": "A" * 25}, "code"),
        ({"kinds": []}, "kinds"),
        ({"duty": ["x"]}, "duty"),
        ({"trigger": "share", "number": 0}, "number"),
    ],
)
def test_a_new_rule_that_cannot_be(browse: Browse, own: RuleSet, changes: dict[str, Any], field: str) -> None:
    url = f"/manage/rules/{own.key}/new/?subject=case"
    html = page(browse("manager1"), url, 422, step="save", **{**NEW, **changes})
    assert f'id="id_{field}_error"' in html
    assert not own.rules.filter(code__startswith="OWN").exists()


@pytest.mark.parametrize("key", ["default", "nothing"])
def test_no_new_rule_in_a_shipped_book(browse: Browse, cast: Cast, key: str) -> None:
    page(browse("manager1"), f"/manage/rules/{key}/new/", 404)
    page(browse("supervisor1"), f"/manage/rules/{key}/new/?subject=case", 404, step="save", **NEW)
    if key == "default":
        with pytest.raises(RuleBroken):
            rulebooks.add(RuleSet.objects.get(key=key), {**NEW, "subject": "case"}, by=Steward(cast.actor("admin")))


@pytest.mark.parametrize("who", ["supervisor1", "clerk1", "chief1"])
def test_nobody_else_adds_a_rule(cast: Cast, own: RuleSet, who: str) -> None:
    with pytest.raises(Refused):
        rulebooks.add(own, {**NEW, "subject": "case"}, by=Steward(cast.actor(who)))


# ---- giving a centre a book ----------------------------------------------------------------------------------------


def test_a_centre_and_what_lies_below_it_are_given_a_book(browse: Browse, cast: Cast, own: RuleSet) -> None:
    client, url = browse("manager1"), f"/manage/rules/centres/{cast.centre.pk}/"
    assert "桃江的规则" in page(client, url, step="check", rule_set=own.key)
    page(client, url, 302, step="save", rule_set=own.key)
    assert CentreRules.objects.get().rule_set_id == own.key
    found = {book.key: book.centres for book in books("time")}
    assert found[own.key] == tuple(sorted([cast.centre.pk, cast.township.pk]))
    html = page(client, "/manage/rules/")
    assert "自己选的" in html
    assert ChangeRecord.objects.get(verb="assign_rules").after == {"rule_set": "桃江的规则"}
    page(client, url, 302, step="save", rule_set="")
    assert not CentreRules.objects.exists()


def test_a_book_from_elsewhere_cannot_be_given(browse: Browse, cast: Cast, own: RuleSet) -> None:
    RuleSet.objects.filter(pk=own.pk).update(division="430921")
    url = f"/manage/rules/centres/{cast.centre.pk}/"
    page(browse("manager1"), url, 422, step="save", rule_set=own.key)
    with pytest.raises(InvalidInput):
        rulebooks.assign(cast.centre, own.key, by=Steward(cast.actor("manager1")))


def test_a_centre_elsewhere_is_not_found(browse: Browse, elsewhere: Elsewhere) -> None:
    page(browse("manager1"), f"/manage/rules/centres/{elsewhere.centre.pk}/", 404)


# ---- what it costs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "most"),
    [("/manage/rules/", 10), ("/manage/rules/default/", 6), ("/manage/rules/default/PROM-Y/", 7)],
)
def test_the_pages_cost_the_same_however_many_books(browse: Browse, cast: Cast, url: str, most: int) -> None:
    client = browse("manager1")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(4):
        rulebooks.copy(RuleSet.objects.get(key="default"), {"name": f"第{n}套"}, by=Steward(cast.actor("manager1")))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) <= most
