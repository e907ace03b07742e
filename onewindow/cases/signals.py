"""How the rooms above hear of a case: `recorded` fires after the commit, with the case and its event."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.dispatch import Signal

if TYPE_CHECKING:
    from onewindow.cases.models import Case
    from onewindow.cases.projection import Event


class _Recorded(Signal):
    def announce(self, case: Case, event: Event) -> None:
        """Sends once the transaction is durable; costs nothing while nobody listens."""
        if self.receivers:
            transaction.on_commit(partial(self.send_robust, sender=type(case), case=case, event=event))


recorded = _Recorded()
