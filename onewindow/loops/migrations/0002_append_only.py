"""The database itself refuses to change or remove a step."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON loops_loopstep
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
"""
BACKWARD = "DROP TRIGGER append_only ON loops_loopstep;"


class Migration(migrations.Migration):
    dependencies = [("loops", "0001_initial"), ("cases", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
