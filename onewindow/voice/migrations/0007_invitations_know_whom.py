"""Copies to the invitations that are there whom they concern: where, whose item, who served."""

from django.db import migrations

VISITS = """
UPDATE voice_invitation i SET window_id = t.window_id, person_id = t.account_id,
  department_id = (
    SELECT one.department_id FROM hall_ticketitem l JOIN catalogue_item one ON one.id = l.item_id
    WHERE l.ticket_id = t.id ORDER BY l.position LIMIT 1)
FROM hall_ticket t WHERE t.id = i.ticket_id AND i.channel IN ('qr', 'online')
"""
CASES = """
UPDATE voice_invitation i SET department_id = c.department_id
FROM cases_case c WHERE c.id = i.case_id AND i.ticket_id IS NULL AND i.channel IN ('qr', 'online')
"""
SILENT = """
UPDATE voice_invitation i SET silent = true FROM voice_rating r
WHERE r.is_default AND r.phase = i.phase
  AND ((i.ticket_id IS NOT NULL AND r.ticket_id = i.ticket_id)
    OR (i.ticket_id IS NULL AND r.ticket_id IS NULL AND r.case_id = i.case_id))
"""


class Migration(migrations.Migration):
    dependencies = [("voice", "0006_rating_figures"), ("catalogue", "0001_initial")]
    operations = [
        migrations.RunSQL([VISITS, CASES, SILENT], migrations.RunSQL.noop),
    ]
