"""The table of the files that belong to complaints."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from onewindow.files.models import FileRow


class Evidence(FileRow):
    """A photograph or paper handed in with a complaint; without a `complaint` it waits to be handed in.

    `step` is the step of the complaint it came with. `from_house`: proof of whoever answered, otherwise the
    complainant's own. `shared`: the other side may see it too (the department that answers; or the complainant).
    """

    complaint = models.ForeignKey("voice.Complaint", null=True, on_delete=models.PROTECT, related_name="files")
    step = models.PositiveIntegerField(default=0)
    from_house = models.BooleanField(default=False)
    shared = models.BooleanField(default=False)

    class Meta:
        app_label = "voice"
        indexes = [
            models.Index(fields=["uploaded_at"], name="voice_evidence_waiting", condition=Q(complaint=None)),
        ]
