"""The figures of divisions. Until they are counted for the first time, within a minute, the board says so."""

import django.db.models.deletion
from django.db import migrations, models


def count_anew(apps, schema_editor):
    """The board says when its figures were counted: these were not."""
    apps.get_model("oversight", "Watermark").objects.filter(key="figures").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('oversight', '0005_who_is_told'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlaceDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('under', models.CharField(max_length=12, verbose_name='这个地方和下面')),
                ('place', models.CharField(blank=True, max_length=12, verbose_name='下一级')),
                ('day', models.DateField()),
                ('value', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('under', 'place', 'day'), name='oversight_one_place_due')],
            },
        ),
        migrations.CreateModel(
            name='PlaceFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('under', models.CharField(max_length=12, verbose_name='这个地方和下面')),
                ('place', models.CharField(blank=True, max_length=12, verbose_name='下一级')),
                ('day', models.DateField()),
                ('measure', models.CharField(max_length=20)),
                ('value', models.BigIntegerField(default=0)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.item')),
            ],
            options={
                'indexes': [models.Index(fields=['day', 'measure'], name='oversight_places_of_day'), models.Index(condition=models.Q(('place', ''), _negated=True), fields=['under', 'day', 'measure'], include=('place', 'value'), name='oversight_places_below'), models.Index(condition=models.Q(('item__isnull', False)), fields=['under', 'day', 'measure'], include=('item', 'value'), name='oversight_items_of_place')],
                'constraints': [models.UniqueConstraint(fields=('under', 'place', 'item', 'measure', 'day'), name='oversight_one_place_figure', nulls_distinct=False)],
            },
        ),
        migrations.RunPython(count_anew, migrations.RunPython.noop),
    ]
