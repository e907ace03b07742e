"""A rule on a share of a limit asks for limits of one length that end within some days: an index in that order, so that
it reads those rows and no others. The rules that ask for a kind alone need no length in theirs.

The moment stands there in UTC: asked in the same words, the planner cannot mistake an index on `due_at` alone, which
would read all limits of those days, for as good (to its statistics the two look alike where most limits are of one
length)."""

from django.db import migrations, models

from onewindow.clocks.models import InUtc


class Migration(migrations.Migration):
    dependencies = [("clocks", "0002_touched")]
    operations = [
        migrations.AddIndex(
            "deadline",
            models.Index(
                *("kind", "limit_unit", "limit_n", InUtc("due_at")),
                name="deadline_length_due",
                condition=models.Q(settled_at__isnull=True),
            ),
        ),
        migrations.RemoveIndex("deadline", "deadline_kind_due"),
        migrations.AddIndex(
            "deadline",
            models.Index(fields=["kind", "due_at"], name="deadline_kind_due", condition=models.Q(settled_at__isnull=True)),
        ),
    ]
