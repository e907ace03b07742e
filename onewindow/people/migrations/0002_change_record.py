"""The record of changes; the database itself refuses to alter or remove its rows (architecture.md, invariant 1)."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION ow_refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON people_changerecord
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change_of_record();
"""
BACKWARD = """
DROP TRIGGER append_only ON people_changerecord;
DROP FUNCTION ow_refuse_change_of_record();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChangeRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("verb", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=80)),
                ("division", models.CharField(blank=True, max_length=12)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.posting"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["subject", "-id"], name="change_of_subject")],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
