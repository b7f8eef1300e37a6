"""The button of the period that figures are compared with."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from widgets.inputs.composed import ComposedButton
from widgets.inputs.date_popover import DatePopover
from widgets.inputs.picker import Choice, ChoicePopover
from widgets.inputs.presets import COMPARISONS, comparison_range

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from widgets.look import Look


class ComparisonButton(ComposedButton):
    """Chooses what to compare with. It follows the period given by :meth:`set_period`.

    Args:
        look: theme, words and locale.

    Attributes:
        chosen: key (``previous``, ``year``, ``custom``, ``none``), first and last day (None for ``none``).
    """

    chosen = Signal(str, object, object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent, kind="ghost")
        self._period = (date(2000, 1, 1), date(2000, 1, 1))
        self._custom: tuple[date, date] | None = None
        self._choice = "previous"
        self.popover = ChoicePopover(look, self, look.say("Compare with"))
        self.picker = DatePopover(look, self, has_presets=False)
        self.popover.picked.connect(self._pick)
        self.picker.applied.connect(self._take_custom)
        self.clicked.connect(self.open_menu)
        self._show()

    @property
    def key(self) -> str:
        """What is compared with."""
        return self._choice

    @property
    def range(self) -> tuple[date, date] | None:
        """First and last day compared with, None without a comparison."""
        return self._custom if self._choice == "custom" else comparison_range(self._choice, *self._period)

    def set_period(self, first: date, last: date) -> None:
        """The period itself; the comparison moves with it. Emits nothing."""
        self._period = (first, last)
        self._show()

    def set_choice(self, key: str, first: date | None = None, last: date | None = None) -> None:
        """What is compared with; the days only for ``custom``. Emits nothing.

        Raises:
            ValueError: no such comparison, or ``custom`` without days.
        """
        if key not in COMPARISONS or (key == "custom" and (first is None or last is None)):
            raise ValueError(key)
        if first is not None and last is not None and key == "custom":
            self._custom = (first, last)
        self._choice = key
        self._show()

    def set_bounds(self, first: date | None, last: date | None) -> None:
        """Days with data, muted otherwise in the picker."""
        self.picker.set_bounds(first, last)

    def set_today(self, today: date) -> None:
        """The day marked in the picker."""
        self.picker.set_today(today)

    def open_menu(self) -> None:
        """Open the menu."""
        say = self.look.say
        titles = {
            "previous": say("Previous period"),
            "year": say("Same period last year"),
            "custom": say("Other days…"),
            "none": say("No comparison"),
        }
        days = {key: comparison_range(key, *self._period) for key in COMPARISONS} | {"custom": self._custom}
        numbers = self.look.numbers
        choices = [
            Choice(key, titles[key], detail=numbers.days(*found) if (found := days[key]) is not None else "")
            for key in COMPARISONS
        ]
        self.popover.show_choices(self, choices, {self._choice})

    # -- inside ---------------------------------------------------------------------------------------------------

    def _pick(self, key: str) -> None:
        if key == "custom":
            start = self._custom or comparison_range("previous", *self._period) or self._period
            self.picker.show_range(self, *start)
            return
        self._choice = key
        self._show()
        first, last = self.range or (None, None)
        self.chosen.emit(key, first, last)

    def _take_custom(self, first: date, last: date, _preset: str) -> None:
        self.set_choice("custom", first, last)
        self.chosen.emit("custom", first, last)

    def _show(self) -> None:
        found = self.range
        numbers = self.look.numbers
        if found is None:
            text = self.look.say("No comparison")
        else:
            is_far = found[0].year != self._period[0].year
            days = numbers.days(*found) if is_far else numbers.short_days(*found)
            text = self.look.say("vs {days}", days=days)
        self.compose(value=text, mark="caret", color="text.secondary")
        self.setAccessibleName(self.look.say("Compared with: {text}", text=text))
