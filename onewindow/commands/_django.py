"""Django, set up for a command."""

from __future__ import annotations

import os


def setup() -> None:
    """Loads settings and apps. DATABASE_URL must be in the environment (`onewindow.server.database.database`)."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onewindow.settings")
    django.setup()
