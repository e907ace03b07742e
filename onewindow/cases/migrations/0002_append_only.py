"""The database itself refuses to change or remove what the ledger says (architecture.md, invariant 1)."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ow_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION ow_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cases_chainseal
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE ON cases_eventsecret
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON people_accessrecord
    FOR EACH ROW EXECUTE FUNCTION ow_refuse_change();
"""
BACKWARD = """
DROP TRIGGER append_only ON people_accessrecord;
DROP TRIGGER append_only ON cases_eventsecret;
DROP TRIGGER append_only ON cases_chainseal;
DROP TRIGGER append_only_truncate ON cases_caseevent;
DROP TRIGGER append_only ON cases_caseevent;
DROP FUNCTION ow_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("people", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
