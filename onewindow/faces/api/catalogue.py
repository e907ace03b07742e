"""The catalogue: items, their published versions and guides, themes. Public, as on the portal."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from onewindow.catalogue.guide import render_guide
from onewindow.catalogue.models import Item, ItemVersion, Theme, version_by_id
from onewindow.catalogue.search import search
from onewindow.faces.api import docs, paging
from onewindow.faces.api.answers import answer, document, local
from onewindow.faces.api.reading import query
from onewindow.faces.api.shapes_catalogue import ItemPage, ItemShape, ThemeList, VersionList
from onewindow.inputs import Input, OptionalLine
from onewindow.places.models import Department
from onewindow.problems import NotFound

router = Router(tags=["事项"])
_SEARCHED = 200
"""How many hits of a search can be paged through."""


class ItemQuery(Input):
    q: OptionalLine = Field(default="", title="想办什么事，日常的话也可以")
    department: Annotated[str, Field(max_length=18)] = Field(default="", title="部门的统一社会信用代码")
    audience: Literal["", "natural", "legal"] = Field(default="", title="个人 natural，单位 legal")
    cursor: Annotated[str, Field(max_length=80)] = Field(default="", title="上一页的 next")
    limit: int = Field(default=50, ge=1, le=100, title="一页几项")


@router.get("/items", response={200: ItemPage}, openapi_extra=docs.reads(ItemQuery, public=True), summary="找事项")
def items(request: HttpRequest) -> HttpResponse:
    """With `q` best first, without it by name. One query."""
    asked = query(request, ItemQuery)
    return answer(_found(asked) if asked.q else _browsed(asked))


def _found(asked: ItemQuery) -> dict[str, Any]:
    start = paging.decode(asked.cursor, 1)[0] if asked.cursor else 0
    hits = search(
        asked.q,
        audience=asked.audience or None,
        department=asked.department or None,
        limit=_SEARCHED,
    )
    shown = hits[max(start, 0) : max(start, 0) + asked.limit]
    following = max(start, 0) + asked.limit
    more = following < len(hits)
    return {"items": [_row(hit.item) for hit in shown], "next": paging.encode(following) if more else None}


def _browsed(asked: ItemQuery) -> dict[str, Any]:
    found = Item.objects.in_use().select_related("department").defer("topics").order_by("id")
    if asked.department:
        found = found.filter(department__code=asked.department)
    if asked.audience:
        found = found.filter(audience__in=(asked.audience, "both"))
    if asked.cursor:
        found = found.filter(pk__gt=paging.decode(asked.cursor, 1)[0])
    rows = list(found[: asked.limit + 1])
    return paging.page("items", rows, asked.limit, key=lambda item: (item.pk,), show=_row)


def _row(item: Item) -> dict[str, Any]:
    spec = version_by_id(item.current_id).spec
    limit = spec.promised_limit if spec.promised_limit.limit is not None else spec.statutory_limit
    return {
        "code": item.code,
        "key": item.key,
        "name": item.name,
        "department": body(item.department),
        "audience": item.audience,
        "case_kind": spec.case_kind,
        "promised_limit": limit.words,
        "online": "online" in spec.channels,
    }


def body(department: Department) -> dict[str, str]:
    return {"code": department.code, "name": department.name}


@router.get(
    "/items/{code}", response={200: ItemShape}, openapi_extra=docs.reads(public=True), summary="一个事项的全部要素"
)
def item(request: HttpRequest, code: str) -> HttpResponse:
    """By its code of 31 characters or its key. One query; the version itself is kept in memory."""
    version = version_of(code)
    return answer(_elements(version.pk), headers={"ETag": f'"{version.digest}"'})


def version_of(code: str) -> ItemVersion:
    """The version in force. Raises NotFound."""
    current = _ids(code).values_list("current_id", flat=True).first()
    if current is None:
        raise NotFound("没有这个事项，或者已经停止办理")
    return version_by_id(current)


def _ids(code: str) -> Any:
    if len(code) > 80 or not code.isascii() or not code.replace("-", "").isalnum():
        raise NotFound("没有这个事项，或者已经停止办理")
    return Item.objects.in_use().filter(**{"code" if len(code) == 31 and "-" not in code else "key": code})


@lru_cache(maxsize=1024)
def _elements(version_id: int) -> dict[str, Any]:
    """Everything a published version says; it never changes, so it is put together once."""
    version = version_by_id(version_id)
    found = version.item
    return {
        **version.spec.model_dump(mode="json"),
        "code": found.code,
        "key": found.key,
        "version": version.number,
        "effective_from": version.effective_from,
        "department": body(found.department),
        "topics": found.topics,
        "statutory_limit": _limit(version.spec.statutory_limit),
        "promised_limit": _limit(version.spec.promised_limit),
        "guide": f"/api/v1/items/{found.code}/guide.pdf",
    }


def _limit(limit: Any) -> dict[str, Any]:
    return {**limit.model_dump(mode="json"), "words": limit.words}


@router.get(
    "/items/{code}/versions", response={200: VersionList}, openapi_extra=docs.reads(public=True), summary="公布过的版本"
)
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """Also one that is published for a later day; none that was taken back before its day."""
    rows = ItemVersion.objects.filter(item__in=_ids(code), voided_at=None)
    found = list(rows.select_related("item").defer("body").order_by("number"))
    if not found:
        raise NotFound("没有这个事项，或者已经停止办理")
    return answer({"versions": [_version_row(version) for version in found]})


def _version_row(version: ItemVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "published_at": local(version.published_at),
        "effective_from": version.effective_from,
        "effective_until": version.effective_until,
        "digest": version.digest,
        "current": version.pk == version.item.current_id,
    }


@router.get(
    "/items/{code}/guide.pdf",
    openapi_extra=docs.reads(public=True, media="application/pdf"),
    summary="办事指南（PDF）",
)
def guide(request: HttpRequest, code: str) -> HttpResponse:
    version = version_of(code)
    name = f"{version.spec.name}-办事指南.pdf"
    return document(_guide(version.pk), "application/pdf", name, digest=version.digest)


@lru_cache(maxsize=64)
def _guide(version_id: int) -> bytes:
    return render_guide(version_by_id(version_id))


@router.get("/themes", response={200: ThemeList}, openapi_extra=docs.reads(public=True), summary="一件事")
def themes(request: HttpRequest) -> HttpResponse:
    """Every theme with its items, in two queries."""
    found = Theme.objects.select_related("lead_department").prefetch_related("items").defer("body").order_by("id")
    return answer({"themes": [_theme(theme) for theme in found]})


def _theme(theme: Theme) -> dict[str, Any]:
    return {
        "key": theme.key,
        "name": theme.name,
        "audience": theme.audience,
        "lead_department": body(theme.lead_department),
        "items": [{"code": one.code, "key": one.key, "name": one.name} for one in theme.items.all()],
    }
