"""Files handed in: checked by content, size and count while they stream in, and bound to a case when it begins."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Q

from onewindow.cases.models import Case, StoredFile
from onewindow.problems import FieldError, InvalidInput

if TYPE_CHECKING:
    from onewindow.cases.actions.engine import Work


def check_files(work: Work, ids: Sequence[uuid.UUID]) -> None:
    """Every file exists, and belongs to this case or to nobody yet but the one who uploads. Raises InvalidInput."""
    if not ids:
        return
    mine = Q(case__isnull=True, uploaded_by_id=work.account) | Q(case_id=work.case.pk, case__isnull=False)
    good = set(StoredFile.objects.filter(mine, id__in=ids).values_list("id", flat=True))
    bad = [str(pk) for pk in ids if pk not in good]
    if bad:
        raise InvalidInput(
            "有的文件没有上传成功，请重新上传", [FieldError("materials", f"找不到文件 {pk}") for pk in bad]
        )
    if work.case.version:
        attach(work.case, ids)


def attach(case: Case, ids: Sequence[uuid.UUID]) -> None:
    if ids:
        StoredFile.objects.filter(id__in=ids, case__isnull=True).update(case=case)
