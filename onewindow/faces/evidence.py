"""Choosing files in a form, on any page: several at once, from a phone's camera too, with and without scripts.

What is good is stored as soon as the form arrives and stays in it, whatever else is wrong; a mistake elsewhere costs
nobody a photograph. What is refused is named with the reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from onewindow.faces.filing import size_words
from onewindow.people.authority import Actor
from onewindow.places.models import Centre
from onewindow.problems import Problem
from onewindow.voice.complaints import evidence
from onewindow.voice.models import Evidence

ACCEPTED: Final = ".pdf,.ofd,image/jpeg,image/png"
"""A phone offers its camera for pictures, and turns what it takes into one of these."""


@dataclass
class Chosen:
    """What a form brought: files it held already, those no longer wanted, and new ones."""

    kept: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    fresh: list[UploadedFile[Any]] = field(default_factory=list)


class FilesWidget(forms.Widget):
    """The file control, above it what the form holds already, each with a tick to leave it out."""

    needs_multipart_form = True
    holds: list[Evidence]

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}))
        self.holds = []

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chosen:
        return Chosen(_many(data, name), _many(data, f"{name}-drop"), _many(files, f"{name}-new"))

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        whole = self.build_attrs(self.attrs, {**(attrs or {}), "type": "file", "name": f"{name}-new"})
        control = format_html('<input multiple accept="{}"{}>', ACCEPTED, flatatt(whole))
        if not self.holds:
            return control
        rows = ((name, one.pk, one.name, size_words(one.size), name, one.pk) for one in self.holds)
        line = (
            '<li><input type="hidden" name="{}" value="{}"><span class="ow-files__name">{}</span> <small>{}</small>'
            '<label class="ow-files__drop"><input type="checkbox" name="{}-drop" value="{}"> 不要了</label></li>'
        )
        return format_html('<ul class="ow-files">{}</ul>{}', format_html_join("", line, rows), control)


def _many(source: Any, name: str) -> list[Any]:
    if hasattr(source, "getlist"):
        return list(source.getlist(name))
    found = (source or {}).get(name)
    return list(found) if isinstance(found, list | tuple) else [found] if found else []


class FilesField(forms.Field):
    """Cleans to the numbers of waiting files, for the move that hands them in."""

    widget: FilesWidget

    def __init__(self, by: Actor, centre: Centre, **more: Any) -> None:
        rules = evidence.limits(centre)
        self.by, self.centre, self.most = by, centre, rules.evidence_files
        words = f"拍照或者选文件：照片、PDF、OFD，最多 {self.most} 个，每个不超过 {rules.evidence_mb} MB。"
        more["help_text"] = f"{more.get('help_text', '')}{words}"
        super().__init__(widget=FilesWidget(), **more)
        self.error_messages["required"] = "请先选好文件。"

    def __deepcopy__(self, memo: Any) -> FilesField:
        made: FilesField = super().__deepcopy__(memo)
        made.widget.holds = list(self.widget.holds)
        return made

    def clean(self, value: Chosen) -> list[str]:
        """Stores what is new. Raises ValidationError that names each file which cannot be taken; the others stay."""
        held = self._held(value)
        wrong = []
        for upload in value.fresh:
            name = str(upload.name or "文件")[-60:]
            if len(held) >= self.most:
                wrong.append(f"「{name}」没有收：一件诉求最多 {self.most} 个文件。")
                continue
            try:
                held.append(evidence.keep(upload, self.by, self.centre))
            except Problem as problem:
                words = problem.errors[0].message if problem.errors else problem.title
                wrong.append(f"「{name}」没有收：{words}。")
        self.widget.holds = held
        if wrong:
            raise forms.ValidationError(wrong)
        if self.required and not held:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [str(one.pk) for one in held]

    def _held(self, value: Chosen) -> list[Evidence]:
        wanted = {key for key in map(_uuid, value.kept) if key} - {key for key in map(_uuid, value.dropped) if key}
        return list(evidence.waiting(self.by).filter(pk__in=wanted).order_by("uploaded_at", "id")) if wanted else []


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def shown(one: Evidence, where: str) -> dict[str, Any]:
    """A file as pages list it. `where` is the address it is opened under."""
    return {
        "name": one.name,
        "size": size_words(one.size),
        "url": f"{where}files/{one.pk}/",
        "at": one.uploaded_at,
        "from_house": one.from_house,
        "shared": one.shared,
        "picture": one.media_type.startswith("image/"),
    }


__all__ = ["FilesField", "shown"]
