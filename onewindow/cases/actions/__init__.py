"""Everything that can happen to a case: one verb each, all through the engine."""

from onewindow.cases.actions import decision, delivery, examination, intake, system
from onewindow.cases.actions.begin import receive, submit
from onewindow.cases.actions.engine import VERBS, Idempotency, Outcome, Verb, Work, perform, preview
from onewindow.cases.actions.options import Option, options

__all__ = [
    "VERBS",
    "Idempotency",
    "Option",
    "Outcome",
    "Verb",
    "Work",
    "decision",
    "delivery",
    "examination",
    "intake",
    "options",
    "perform",
    "preview",
    "receive",
    "submit",
    "system",
]
