import datetime
import django.db.models.deletion
import onewindow.people.fields
from django.conf import settings
from django.db import migrations, models


_DEPARTMENTS = """
UPDATE oversight_unverified u SET department_id = i.department_id FROM catalogue_item i
WHERE u.subject_kind = 'item' AND i.id = u.subject_id;
UPDATE oversight_unverified u SET department_id = c.department_id, person_id = c.assignee_id FROM cases_case c
WHERE u.subject_kind = 'case' AND c.id = u.subject_id;
UPDATE oversight_unverified u SET person_id = u.subject_id WHERE u.subject_kind = 'person'"""


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0004_unverified"),
        ("people", "0002_change_record"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    # What was raised before is not told of again: `announced` begins as true for the rows there are.
    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.PositiveIntegerField(default=0)),
                ("what", models.CharField(max_length=24, verbose_name="级别，或者办了哪一步")),
                (
                    "level",
                    models.CharField(
                        choices=[("remind", "提醒"), ("warn", "预警"), ("yellow", "黄牌"), ("red", "红牌")],
                        max_length=6,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("pending", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="NoticeWish",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("text", "短信"), ("email", "电子邮件"), ("none", "不用，我自己打开看")],
                        default="text",
                        max_length=5,
                    ),
                ),
                ("email", onewindow.people.fields.EncryptedTextField(null=True)),
                (
                    "least",
                    models.CharField(
                        choices=[("remind", "提醒"), ("warn", "预警"), ("yellow", "黄牌"), ("red", "红牌")],
                        default="remind",
                        max_length=6,
                        verbose_name="从哪一级起",
                    ),
                ),
                ("quiet_from", models.TimeField(default=datetime.time(21, 0))),
                ("quiet_until", models.TimeField(default=datetime.time(7, 30))),
                ("last_at", models.DateTimeField(null=True, verbose_name="上一条什么时候")),
            ],
        ),
        migrations.AddField(
            model_name="alert",
            name="announced",
            field=models.BooleanField(db_default=True, verbose_name="已经告诉该知道的人"),
        ),
        migrations.AlterField(
            model_name="alert",
            name="announced",
            field=models.BooleanField(db_default=False, verbose_name="已经告诉该知道的人"),
        ),
        migrations.AddField(
            model_name="rule",
            name="reason",
            field=models.CharField(blank=True, db_default="", max_length=200, verbose_name="为什么这样改"),
        ),
        migrations.AddField(
            model_name="rule",
            name="said_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="unverified",
            name="department",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.department"
            ),
        ),
        migrations.AddField(
            model_name="unverified",
            name="person",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(condition=models.Q(("announced", False)), fields=["id"], name="oversight_unannounced"),
        ),
        migrations.AddField(
            model_name="notice",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="alert",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="oversight.alert"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["account", "-id"], name="oversight_told"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("read_at__isnull", True)), fields=["account"], name="oversight_unread"
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("pending", True)), fields=["account", "at"], name="oversight_to_go_out"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(fields=("account", "alert", "step"), name="oversight_told_once"),
        ),
        migrations.RunSQL(_DEPARTMENTS, migrations.RunSQL.noop),
    ]
