"""What the system does by itself: recomputing limits after a calendar change. Deeming lives with intake."""

from __future__ import annotations

from onewindow.cases import inputs
from onewindow.cases.actions.engine import Outcome, Work, verb
from onewindow.cases.lifecycle import Action


@verb(Action.RECOMPUTE, inputs.ReasonInput)
def recompute(work: Work, data: inputs.ReasonInput) -> Outcome:
    """No date moves without an event: this one says why, and `record` adds which dates moved."""
    return Outcome({"reason": data.reason})
