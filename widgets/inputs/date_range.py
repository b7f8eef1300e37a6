"""The button of the period: shows the days, opens the picker."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from widgets.inputs.composed import ComposedButton
from widgets.inputs.date_popover import DatePopover

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from widgets.look import Look


class DateRangeButton(ComposedButton):
    """Chooses the period. Give it :meth:`set_today` and :meth:`set_range` before it is shown.

    Args:
        look: theme, words and locale.

    Attributes:
        chosen: first day, last day, and the preset's key or an empty text.
    """

    chosen = Signal(object, object, str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._days = (date(2000, 1, 1), date(2000, 1, 1))
        self.popover = DatePopover(look, self)
        self.popover.applied.connect(self._apply)
        self.clicked.connect(self.open_picker)
        self._show()

    @property
    def range(self) -> tuple[date, date]:
        """First and last day."""
        return self._days

    def set_range(self, first: date, last: date) -> None:
        """Show a period. Emits nothing."""
        self._days = (first, last)
        self._show()

    def set_bounds(self, first: date | None, last: date | None) -> None:
        """Days with data: others are muted in the picker, not forbidden. The first is where "all time" begins."""
        self.popover.set_bounds(first, last)

    def set_today(self, today: date) -> None:
        """The day presets count from, in the profile's zone."""
        self.popover.set_today(today)

    def open_picker(self) -> None:
        """Open the picker."""
        self.popover.show_range(self, *self._days)

    def _apply(self, first: date, last: date, key: str) -> None:
        self.set_range(first, last)
        self.chosen.emit(first, last, key)

    def _show(self) -> None:
        days = self.look.numbers.days(*self._days)
        self.compose(icon="calendar-blank", value=days, mark="caret")
        self.setAccessibleName(self.look.say("Period: {days}", days=days))
