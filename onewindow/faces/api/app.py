"""The API of the house: one NinjaAPI, its routers, its problems."""

from __future__ import annotations

from ninja import NinjaAPI
from ninja.operation import Operation

from onewindow.faces.api import (
    alerts,
    catalogue,
    complaints,
    evaluations,
    hall,
    hallwindows,  # noqa: F401 - adds the windows' verbs to the router of hall.py
    matters,
    problems,
    public,
    reads,
    writes,  # noqa: F401 - adds its POSTs to the router of reads.py: one address, one router
)
from onewindow.faces.api.security import Token

TITLE = "一窗 OneWindow 接口"
DESCRIPTION = (
    "时间一律是带时区的 ISO 8601；列表用 cursor 翻页；错误一律是 application/problem+json（RFC 9457），"
    "type 不变，title 是中文；您不能看的内容一律回答 404。每个 POST 都可以带 Idempotency-Key，"
    "办理操作可以带 If-Match。个人信息一律打码。"
)


class _Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The verb alone: names stay when modules move."""
        return operation.view_func.__name__


api = _Api(
    title=TITLE,
    version="1.0.0",
    description=DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    servers=[{"url": "/api/v1"}],
)
problems.install(api)
for router in (catalogue.router, public.router, hall.public, evaluations.router):
    api.add_router("", router)
for router in (reads.router, matters.router, hall.router, alerts.router, complaints.router):
    api.add_router("", router, auth=Token())
