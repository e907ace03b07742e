"""One application lived through, action by action, until it is over or the present moment is reached."""

from __future__ import annotations

from onewindow.cases.models import Case
from onewindow.demo.journey_delivery import Delivery
from onewindow.demo.journey_examination import Examination
from onewindow.demo.journey_intake import Intake
from onewindow.demo.walker import Present


class Journey(Intake, Examination, Delivery):
    """The whole way of one plan."""

    def walk(self) -> Case | None:
        """Lives the case as far as it goes; None when it would begin after the present."""
        try:
            self._arrive()
            if self._accept():
                self._examine()
                self._conclude()
        except Present:
            pass
        return self.case
