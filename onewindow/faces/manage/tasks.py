"""The management face's one long job."""

from __future__ import annotations

from procrastinate.contrib.django import app

from onewindow.faces.manage import notices


@app.task(name="manage.recompute_notice")
def recompute_notice(pk: int) -> None:
    """After a large import: every open deadline again. May run twice without harm."""
    notices.recompute(pk)
