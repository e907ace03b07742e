"""The number of the request being served, for log lines and answers alike. Pure."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
