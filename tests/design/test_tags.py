"""The components as templates use them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory, override_settings

from onewindow.faces.design.forms import PlainForm

HOSTILE = '"><script>alert(1)</script>'


def render(source: str, **context: Any) -> str:
    return Template("{% load ow %}" + source).render(Context(context))


class CourierForm(PlainForm):
    name = forms.CharField(label="姓名", help_text="和身份证上的一致。")
    way = forms.ChoiceField(label="领取方式", choices=[("a", "自取"), ("b", "邮寄")], widget=forms.RadioSelect)
    note = forms.CharField(label="备注", required=False)
    agree = forms.BooleanField(label="我保证以上内容真实")
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        raise forms.ValidationError("这两项不能同时选。")


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in render('{% icon "search" %}')
    named = render("{% icon 'lock' label=what %}", what=HOSTILE)
    assert 'role="img"' in named
    assert "<script>" not in named
    assert "icons.svg#lock" in named.replace(".svg?", ".svg")


def test_an_unknown_icon_is_an_error_only_for_developers() -> None:
    with override_settings(DEBUG=False):
        assert render('{% icon "no-such" %}') == ""
    with override_settings(DEBUG=True), pytest.raises(TemplateSyntaxError):
        render('{% icon "no-such" %}')


def test_a_clock_badge_has_icon_words_and_mark() -> None:
    html = render("{% clock_badge 3 due provisional=True %}", due=date(date.today().year, 11, 27))  # noqa: DTZ011
    assert "还剩 3 个工作日" in html
    assert "（11月27日到期）" in html
    assert "暂定" in html
    assert "<svg" in html


def test_a_clock_badge_survives_missing_and_hostile_values() -> None:
    assert "还没开始计时" in render("{% clock_badge none none %}", none=None)
    assert "<script>" not in render("{% clock_badge 1 due paused_ground=ground %}", due=HOSTILE, ground=HOSTILE)


@pytest.mark.parametrize(
    ("call", "used", "paused", "look"),
    [
        ("0.6 0.1", "60", "10", "ontime"),
        ("0.9", "90", "0", "soon"),
        ("0.9 0.5", "90", "10", "soon"),
        ("0.2 0.1 late=True", "100", "0", "late"),
        ("7", "100", "0", "soon"),
        ("none", "0", "0", "ontime"),
        ("word", "0", "0", "ontime"),
        ("nan", "0", "0", "ontime"),
        ("0.5 0 tone='done'", "50", "0", "done"),
    ],
)
def test_a_clock_bar_draws_used_and_paused_shares(call: str, used: str, paused: str, look: str) -> None:
    html = render("{% clock_bar " + call + " %}", none=None, word="x", nan=float("nan"))
    assert f'class="ow-bar__used" x="0" y="0" width="{used}"' in html
    assert f'x="{used}" y="0" width="{paused}"' in html
    assert f"ow-bar--{look}" in html
    assert "style=" not in html


def test_a_state_badge_escapes_its_label_and_knows_its_tones() -> None:
    assert "ow-badge--late" in render('{% state_badge "不予许可" "late" %}')
    html = render("{% state_badge label tone %}", label=HOSTILE, tone=HOSTILE)
    assert "<script>" not in html
    assert "ow-badge--done" in html


def test_an_empty_state_says_what_to_do() -> None:
    html = render('{% empty_state "没有件" "新件会出现在这里。" "/desk/intake/" "去收件" level=3 %}')
    assert "<h3>没有件</h3>" in html
    assert 'href="/desk/intake/"' in html


def test_an_error_summary_links_to_every_field_and_says_what_is_wrong() -> None:
    html = render("{% error_summary form %}", form=CourierForm({"note": "x"}))
    assert "请改正以下 5 处" in html
    assert "这两项不能同时选。" in html
    assert '<a href="#id_name">请填写姓名。</a>' in html
    assert '<a href="#id_way_0">请选择领取方式。</a>' in html
    assert "请先勾选「我保证以上内容真实」。" in html
    assert 'href="#id_secret"' not in html


def test_every_link_of_the_summary_meets_a_control() -> None:
    form = CourierForm({})
    page = render("{% for f in form %}{% field f %}{% endfor %}", form=form)
    for target in ("id_name", "id_way_0", "id_agree"):
        assert f'id="{target}"' in page


def test_an_unbound_form_has_no_summary() -> None:
    assert render("{% error_summary form none %}", form=CourierForm(), none=None).strip() == ""


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    html = render("{% field form.name %}", form=CourierForm({}))
    assert 'for="id_name"' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'id="id_name_hint"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_a_field_keeps_what_was_typed_and_escapes_it() -> None:
    html = render("{% field form.name %}", form=CourierForm({"name": HOSTILE}))
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_choices_are_a_group_with_a_legend() -> None:
    html = render("{% field form.way %}", form=CourierForm({}))
    assert "<fieldset" in html
    assert "<legend" in html
    assert 'aria-describedby="id_way_error"' in html
    assert html.count('type="radio"') == 2


def test_what_may_stay_empty_says_so() -> None:
    assert "（选填）" in render("{% field form.note %}", form=CourierForm())
    assert "（选填）" not in render("{% field form.name %}", form=CourierForm())


def test_a_message_that_a_field_declares_itself_is_kept() -> None:
    class OwnWords(PlainForm):
        phone = forms.CharField(label="手机", error_messages={"required": "请留一个手机号，结果会发给您。"})

    assert OwnWords({}).errors["phone"] == ["请留一个手机号，结果会发给您。"]


def test_steps_say_where_one_is() -> None:
    html = render("{% steps names 2 %}", names=["情况", {"label": "材料", "url": "/2"}, "核对"])
    assert "第 2 步，共 3 步：材料" in html
    assert html.count('aria-current="step"') == 1
    assert "第 9 步" in render("{% steps names 9 %}", names=["情况"])


def test_a_timeline_shows_events_in_the_given_order() -> None:
    events = [{"title": "受理", "at": date(2026, 11, 22), "who": HOSTILE}, {"title": "收件"}]
    html = render("{% timeline events %}", events=events)
    assert html.index("受理") < html.index("收件")
    assert "2026年11月22日" in html
    assert "<script>" not in html
    assert "None" not in html


def test_facts_take_pairs_and_mappings_and_say_when_there_is_none() -> None:
    rows = [("姓名", "张*"), {"label": "代理人", "value": None}, {"label": "窗口", "value": 0, "note": "一楼"}]
    html = render("{% facts_list rows %}", rows=rows)
    assert "<dt>姓名</dt><dd>张*</dd>" in html
    assert "无</span>" in html
    assert "<dd>0<small>一楼</small></dd>" in html
    assert "<dt>a</dt>" in render("{% facts_list rows 'dense' %}", rows={"a": "b"})


def test_a_pager_is_silent_without_pages() -> None:
    assert render("{% pager none '' %}", none=None).strip() == ""
    assert 'rel="next"' in render("{% pager '?cursor=a&b' %}")


def test_filters_work_inside_templates_and_are_escaped() -> None:
    assert render("{{ n|mask_name }} {{ p|mask_phone }} {{ d|cn_date }}", n="张三", p=None, d=HOSTILE).startswith("张*")
    assert "<script>" not in render("{{ d|cn_date }}{{ d|mask_id }}{{ d|workdays_words }}", d=HOSTILE)


def test_care_mode_is_off_without_a_request_and_follows_the_cookie() -> None:
    request = RequestFactory().get("/")
    assert render("{% care_mode %}") == "False"
    assert render("{% care_mode %}", request=request) == "False"
    request.COOKIES["ow_care"] = "1"
    assert render("{% care_mode %}", request=request) == "True"
