"""How the rooms above hear of a visit: `moved` fires after the commit with the ticket and the verb.

The rating of a visit (好差评) hangs itself on `finish`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.dispatch import Signal

if TYPE_CHECKING:
    from onewindow.hall.lifecycle import Verb
    from onewindow.hall.models import Ticket


class _Moved(Signal):
    def announce(self, ticket: Ticket, verb: Verb) -> None:
        if self.receivers:
            transaction.on_commit(partial(self.send_robust, sender=type(ticket), ticket=ticket, verb=verb))


moved = _Moved()
