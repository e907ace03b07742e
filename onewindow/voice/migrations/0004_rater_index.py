from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("voice", "0003_complaint_window")]
    operations = [
        migrations.AddIndex(
            "rating", models.Index(fields=["rater", "at"], name="voice_by_rater", condition=~Q(rater=""))
        ),
    ]
