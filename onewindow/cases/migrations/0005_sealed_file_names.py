"""Names of files handed in are what people called them, and often name them: sealed like every other name."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import onewindow.people.fields

_BATCH = 2000


def _move(apps: Any, source: str, target: str) -> None:
    stored = apps.get_model("cases", "StoredFile").objects
    batch = []
    for row in stored.only("id", source).order_by("id").iterator(chunk_size=_BATCH):
        setattr(row, target, getattr(row, source))
        batch.append(row)
        if len(batch) == _BATCH:
            stored.bulk_update(batch, [target])
            batch = []
    stored.bulk_update(batch, [target])


def seal(apps: Any, schema_editor: Any) -> None:
    _move(apps, "name", "sealed")


def open_again(apps: Any, schema_editor: Any) -> None:
    _move(apps, "sealed", "name")


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_event_moments")]

    operations = [
        migrations.AddField("storedfile", "sealed", onewindow.people.fields.EncryptedTextField(default=b"")),
        migrations.AlterField("storedfile", "name", models.CharField(max_length=200, default="")),
        migrations.RunPython(seal, open_again),
        migrations.RemoveField("storedfile", "name"),
        migrations.RenameField("storedfile", "sealed", "name"),
        migrations.AlterField("storedfile", "name", onewindow.people.fields.EncryptedTextField()),
    ]
