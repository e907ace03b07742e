"""Ratings stay as they were given. The database refuses every change but one: erasing name and phone, which the law
may demand (个人信息保护法 art. 47)."""

from django.db import migrations, models

FORWARD = """
CREATE TRIGGER append_only BEFORE DELETE ON voice_rating
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
CREATE TRIGGER append_only_update BEFORE UPDATE ON voice_rating
    FOR EACH ROW
    WHEN (to_jsonb(OLD) - 'name' - 'phone' IS DISTINCT FROM to_jsonb(NEW) - 'name' - 'phone'
        OR (NEW.name IS NOT NULL AND NEW.name IS DISTINCT FROM OLD.name)
        OR (NEW.phone IS NOT NULL AND NEW.phone IS DISTINCT FROM OLD.phone))
    EXECUTE FUNCTION ow_refuse_change();
"""
BACKWARD = "DROP TRIGGER append_only ON voice_rating; DROP TRIGGER append_only_update ON voice_rating;"


class Migration(migrations.Migration):
    dependencies = [("voice", "0001_initial"), ("cases", "0002_append_only")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AddIndex("invitation", models.Index(fields=["centre", "made_at"], name="voice_invited")),
    ]
