"""The components of the design language: ``{% load ow %}``. Every tag takes plain values; see ../README.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from onewindow.faces.design import words
from onewindow.faces.design.care import is_care
from onewindow.faces.design.sprite import icon_names
from onewindow.people import masking as masks

register = template.Library()

TONES = frozenset({"primary", "ontime", "soon", "late", "paused", "done", "accent"})
_TONE_ICONS = {
    "primary": "point",
    "ontime": "circle-check",
    "soon": "alert-triangle",
    "late": "alert-circle",
    "paused": "clock-pause",
    "done": "circle-dashed",
    "accent": "star",
}
_MESSAGE_LOOKS = {
    "success": ("success", "circle-check"),
    "warning": ("warning", "alert-triangle"),
    "error": ("error", "alert-circle"),
}

register.filter("cn_date", words.cn_date)
register.filter("cn_short_date", words.cn_short_date)
register.filter("cn_datetime", words.cn_datetime)
register.filter("cn_time", words.cn_time)
register.filter("workdays_words", words.workdays_words)
register.filter("percent", words.percent)
register.filter("mask_id", masks.mask_id)
register.filter("mask_phone", masks.mask_phone)
register.filter("mask_name", masks.mask_name)


@cache
def _known_icons() -> frozenset[str]:
    return frozenset(icon_names())


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """One icon of the sprite; decorative unless ``label`` says what it means. ``size``: '', 'lg' or 'xl'."""
    if name not in _known_icons():
        if settings.DEBUG:
            raise template.TemplateSyntaxError(f"icons.txt has no icon {name!r}")
        return SafeString("")
    look = f"ow-icon ow-icon--{size}" if size else "ow-icon"
    href = f"{static('ow/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', look, label, href)
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', look, href)


@register.simple_tag(takes_context=True)
def care_mode(context: Context) -> bool:
    """Whether this visitor has switched 关怀版 on."""
    request = context.get("request")
    return bool(request and is_care(request))


@register.filter
def message_look(message: Any) -> dict[str, str]:
    """Look and icon of a django.contrib.messages message."""
    tone, name = _MESSAGE_LOOKS.get(getattr(message, "level_tag", ""), ("info", "info-circle"))
    return {"tone": tone, "icon": name}


@register.inclusion_tag("design/parts/clock_badge.html")
def clock_badge(
    remaining_workdays: object = None,
    due_date: object = None,
    paused_ground: str | None = "",
    settled: object = False,
    provisional: bool = False,
) -> dict[str, Any]:
    """Icon and words of one clock: 还剩 3 个工作日（11月27日到期）, with 暂定 when the year's notice is not out yet."""
    clock = words.clock_words(
        words.as_int(remaining_workdays), due_date, paused_ground or "", settled, bool(provisional)
    )
    return {"clock": clock}


@register.inclusion_tag("design/parts/clock_bar.html")
def clock_bar(used: object = 0, paused_share: object = 0, late: object = False, tone: str = "") -> dict[str, Any]:
    """Thin bar of a clock. ``used`` and ``paused_share`` are shares of the whole, 0 to 1; late fills the bar."""
    used_width = 100.0 if late else _share(used)
    paused_width = 0.0 if late else min(_share(paused_share), 100.0 - used_width)
    look = "late" if late else (tone if tone in TONES else ("soon" if used_width >= 80 else "ontime"))
    parts = ["已超期" if late else f"已用 {used_width:.0f}%"]
    if paused_width:
        parts.append(f"暂停 {paused_width:.0f}%")
    return {"used": f"{used_width:g}", "paused": f"{paused_width:g}", "look": look, "label": "，".join(parts)}


def _share(value: object) -> float:
    try:
        share = float(value)  # type: ignore[arg-type]  # anything that is no number counts as nothing
    except (TypeError, ValueError):
        return 0.0
    return round(100.0 * min(max(share, 0.0), 1.0), 1) if share == share else 0.0


@register.inclusion_tag("design/parts/state_badge.html")
def state_badge(label: object, tone: str = "done", icon_name: str = "") -> dict[str, Any]:
    """A state by the label its owner gives it (已受理) and a tone of TONES; unknown tones are drawn grey."""
    tone = tone if tone in TONES else "done"
    return {"label": label, "tone": tone, "icon_name": icon_name or _TONE_ICONS[tone]}


@register.inclusion_tag("design/parts/empty_state.html")
def empty_state(
    title: str, text: str = "", action_url: str = "", action_label: str = "", icon_name: str = "inbox", level: int = 2
) -> dict[str, Any]:
    """What an empty list says: what is (not) there and what to do next."""
    return {
        "title": title,
        "text": text,
        "action_url": action_url,
        "action_label": action_label,
        "icon_name": icon_name,
        "heading": f"h{level if level in {2, 3, 4} else 2}",
    }


@register.inclusion_tag("design/parts/error_summary.html")
def error_summary(*forms_: forms.BaseForm | None, title: str = "") -> dict[str, Any]:
    """Summary of what must be put right in one or more forms, each line linking to its field."""
    problems = [problem for form in forms_ if form is not None for problem in _problems(form)]
    return {"problems": problems, "title": title or f"请改正以下 {len(problems)} 处"}


def _problems(form: forms.BaseForm) -> Iterable[dict[str, str]]:
    if not form.is_bound:
        return
    for text in form.non_field_errors():
        yield {"text": str(text), "target": ""}
    for field in form:
        for text in field.errors:
            target = "" if field.is_hidden else _first_control_id(field)
            yield {"text": _named(field, str(text)), "target": target}


def _named(field: BoundField, text: str) -> str:
    """Django's own messages do not say which field they mean; in a list they must."""
    return text if field.label and str(field.label) in text else f"{field.label}：{text}"


def _first_control_id(field: BoundField) -> str:
    if _is_choice_group(field):
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


def _is_choice_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


@register.inclusion_tag("design/parts/field.html")
def field(bound: BoundField, hint: str = "", label: str = "", inline: bool = False) -> dict[str, Any]:
    """Label, hint, error and control of one form field, tied together for screen readers."""
    hint = hint or str(bound.help_text or "")
    described = [f"{bound.auto_id}_hint"] if hint else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs: dict[str, str | bool] = {"class": _control_class(bound)}
    if described and not _is_choice_group(bound):
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "hint": hint,
        "label": label or bound.label,
        "described": " ".join(described),
        "inline": inline,
        "kind": _control_kind(bound),
        "control": bound.as_widget(attrs=attrs),
        "optional": not bound.field.required and not isinstance(bound.field.widget, forms.CheckboxInput),
    }


def _control_kind(bound: BoundField) -> str:
    if bound.is_hidden:
        return "hidden"
    if _is_choice_group(bound):
        return "group"
    return "check" if isinstance(bound.field.widget, forms.CheckboxInput) else "single"


def _control_class(bound: BoundField) -> str:
    own = str(bound.field.widget.attrs.get("class", ""))
    base = "" if isinstance(bound.field.widget, forms.CheckboxInput) or _is_choice_group(bound) else "ow-input"
    return f"{base} {own}".strip()


@register.inclusion_tag("design/parts/steps.html")
def steps(items: Iterable[Any], current: int = 1) -> dict[str, Any]:
    """Progress through steps. ``items``: labels, or mappings with label and url; ``current`` counts from 1."""
    rows = [dict(item) if isinstance(item, Mapping) else {"label": item} for item in items]
    for number, row in enumerate(rows, start=1):
        row["state"] = "done" if number < current else ("now" if number == current else "next")
    now = rows[current - 1]["label"] if 0 < current <= len(rows) else ""
    return {"rows": rows, "current": current, "total": len(rows), "now": now}


@register.inclusion_tag("design/parts/timeline.html")
def timeline(events: Iterable[Any]) -> dict[str, Any]:
    """What happened, in the caller's order. Events: title, at, who, body, icon, url, link, tone (current, future)."""
    return {"events": events}


@register.inclusion_tag("design/parts/facts_list.html")
def facts_list(rows: Iterable[Any] | Mapping[Any, Any], variant: str = "") -> dict[str, Any]:
    """Names and values. ``rows``: pairs, mappings (label, value, url, note) or a mapping; variant dense, wide."""
    source = rows.items() if isinstance(rows, Mapping) else rows
    facts = [dict(row) if isinstance(row, Mapping) else {"label": row[0], "value": row[1]} for row in source]
    return {"facts": facts, "variant": variant}


@register.inclusion_tag("design/parts/pager.html")
def pager(next_url: str | None = "", prev_url: str | None = "", summary: str = "") -> dict[str, Any]:
    """Links to the next and previous page of a list; nothing when there is neither."""
    return {"next_url": next_url, "prev_url": prev_url, "summary": summary}
