from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="ruleset",
            name="division",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="哪个地方的"),
            preserve_default=False,
        ),
    ]
