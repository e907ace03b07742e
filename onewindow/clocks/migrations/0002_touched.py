"""Oversight reads what changed, not what is stored: the database itself notes when a deadline was written."""

import django.utils.timezone
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION ow_touch_deadline() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.touched_at := clock_timestamp(); RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE INSERT OR UPDATE ON clocks_deadline FOR EACH ROW EXECUTE FUNCTION ow_touch_deadline();
"""
BACKWARD = "DROP TRIGGER touched ON clocks_deadline; DROP FUNCTION ow_touch_deadline();"


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]
    operations = [
        migrations.AddField("deadline", "touched_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddIndex("deadline", models.Index(fields=["touched_at"], name="deadline_touched")),
        migrations.AddIndex(
            "deadline",
            models.Index(
                fields=["kind", "due_at", "limit_n"],
                name="deadline_kind_due",
                condition=models.Q(settled_at__isnull=True),
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
