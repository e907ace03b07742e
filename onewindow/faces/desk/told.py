"""`/desk/notices/`: what supervision told this person, read and unread; and how they want to be told besides."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from onewindow.faces.design.forms import PlainForm
from onewindow.faces.desk.access import staff
from onewindow.faces.desk.cards import level_face
from onewindow.faces.desk.page import page
from onewindow.faces.desk.phrases import short_number
from onewindow.oversight import telling
from onewindow.oversight.models import LEVELS, Alert, Notice, NoticeWish
from onewindow.oversight.notices import sentence
from onewindow.oversight.subjects import THINGS
from onewindow.people.authority import Actor
from onewindow.people.masking import mask_phone
from onewindow.people.models import Account

HOME: Final = "/desk/notices/"
PAGE_SIZE: Final = 50


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def notices(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The newest first, unread ones unless all are asked for; POST marks everything as read. Two queries besides the
    frame."""
    if request.method == "POST":
        count = telling.read(actor)
        messages.success(request, f"{count} 条都标为看过了。" if count else "没有要标的，都看过了。")
        return HttpResponseRedirect(HOME)
    every = request.GET.get("show") == "all"
    rows = telling.mine(actor).select_related("alert__rule", "alert__department", "alert__centre")
    counted = telling.mine(actor).order_by().aggregate(all=Count("pk"), unread=Count("pk", filter=Q(read_at=None)))
    if not every:
        rows = rows.filter(read_at=None)
    if before := _before(request):
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    kept = "show=all&" if every else ""
    context = {
        "lines": [_line(row) for row in found[:PAGE_SIZE]],
        "next_url": f"?{kept}before={found[PAGE_SIZE - 1].pk}" if len(found) > PAGE_SIZE else "",
        "first_url": f"{HOME}{'?show=all' if every else ''}" if before else "",
        "every": every,
        "counted": counted,
    }
    return page(request, actor, "desk/told/list.html", context, current="told")


def _before(request: HttpRequest) -> int:
    text = request.GET.get("before", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text or 0)


def _line(row: Notice) -> dict[str, Any]:
    alert = row.alert
    where = alert.department.short_name if alert.department else alert.centre.name
    return {
        "notice": row,
        "face": level_face(row.level),
        "words": sentence(row.what, alert),
        "about": " · ".join(part for part in (alert.rule.name if row.step else "", _about(alert)) if part),
        "url": f"/desk/cards/{alert.number}/",
        "where": where,
    }


def _about(alert: Alert) -> str:
    """办件 1104-0001，环节：审查: what tells two reminders of one rule apart."""
    number = short_number(alert.subject_number) if alert.subject_number else ""
    thing = f"{THINGS.get(alert.subject_kind, '')} {number}".strip()
    return "，".join(part for part in (thing, str(alert.evidence.get("limit", ""))) if part)


# ---- how to be told ------------------------------------------------------------------------------------------------


class WishForm(PlainForm):
    channel = forms.ChoiceField(label="另外用什么告诉我", choices=NoticeWish.CHANNELS, widget=forms.RadioSelect)
    email = forms.EmailField(
        label="电子邮件地址",
        required=False,
        max_length=120,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "这不像一个邮件地址，例如 zhang@example.gov.cn。"},
    )
    least = forms.ChoiceField(
        label="从哪一级起",
        choices=LEVELS,
        widget=forms.RadioSelect,
        help_text="低于这一级的不发，只在“监察通知”里列着",
    )
    quiet_from = forms.TimeField(label="从几点起不打扰", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(
        label="到几点为止",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="可以跨过半夜。两个写成一样，就是什么时候都可以发。新的红牌不等，马上发",
    )

    def __init__(self, account: Account, data: Any = None, **more: Any) -> None:
        self.account = account
        super().__init__(data, auto_id="id_%s", **more)
        self.use_required_attribute = False
        phone = str(account.phone or "")
        self.fields["channel"].help_text = (
            f"短信发到 {mask_phone(phone)}" if phone else "还没有登记手机号码，要用短信请找中心管理员登记"
        )

    def clean(self) -> dict[str, Any] | None:
        given = self.cleaned_data
        if given.get("channel") == "email" and not given.get("email") and "email" not in self.errors:
            self.add_error("email", ValidationError("要用电子邮件，请写上地址。"))
        if given.get("channel") == "text" and not self.account.phone:
            self.add_error("channel", ValidationError("您还没有登记手机号码，请选别的，或者找中心管理员登记。"))
        return given


@require_http_methods(["GET", "HEAD", "POST"])
@staff
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    assert actor.account is not None
    wish = telling.wish_of(actor.account)
    names = ("channel", "email", "least", "quiet_from", "quiet_until")
    first = {name: getattr(wish, name) for name in names}
    if wish.channel == "text" and not actor.account.phone:
        first["channel"] = "none"
    form = WishForm(actor.account, request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "email": form.cleaned_data["email"] or None}
        NoticeWish.objects.update_or_create(account=actor.account, defaults=given)
        messages.success(request, f"已经记下。{_quiet(given['quiet_from'], given['quiet_until'])}")
        return HttpResponseRedirect(HOME)
    status = 422 if form.is_bound else 200
    return page(request, actor, "desk/told/settings.html", {"form": form}, current="told", status=status)


def _quiet(begins: time, ends: time) -> str:
    return "什么时候都会发。" if begins == ends else f"{begins:%H:%M} 到 {ends:%H:%M} 只发新的红牌。"


__all__ = ["HOME", "notices", "settings"]
