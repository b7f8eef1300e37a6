"""What is looked at now: one frozen value, with undo and redo, that can be written down and read back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.attribution.models import CreditSettings
from engine.queries.selection import Filter, Selection
from widgets.inputs.presets import comparison_range, preset_range

if TYPE_CHECKING:
    from collections.abc import Mapping

Step = Literal["day", "week", "month"]
Comparison = Literal["previous", "year", "custom", "none"]

_MOST = 200  # steps that can be taken back


@dataclass(frozen=True)
class View:
    """What a window looks at.

    Attributes:
        selection: dates, model, filters, goals, what-if; what every query takes.
        preset: the rolling range the dates came from, empty for fixed days.
        comparison: what the figures are compared with.
        step: what a slot of the charts is.
        models: the models compared side by side; the first is the baseline.
        rows: what the comparison's rows are.
    """

    selection: Selection
    preset: str = "30d"
    comparison: Comparison = "previous"
    step: Step = "day"
    models: tuple[str, ...] = ("last_touch", "first_touch", "position_based", "markov")
    rows: str = "campaign_or_channel"

    @property
    def compared(self) -> Selection | None:
        """The selection of the comparison period; None when nothing is compared."""
        return None if self.comparison == "none" else self.selection.previous()

    def select(self, **changes: Any) -> View:
        """The same with another selection."""
        return replace(self, selection=replace(self.selection, **changes))

    def with_days(self, first: date, last: date, preset: str = "") -> View:
        """The same on other days, with the comparison that follows from them."""
        moved = replace(self.select(date_from=first, date_to=last), preset=preset)
        return moved.with_comparison("previous" if self.comparison == "custom" else self.comparison)

    def with_comparison(self, comparison: Comparison, first: date | None = None, last: date | None = None) -> View:
        """The same compared with the period before, the year before, days of one's own or nothing."""
        if comparison == "year":
            first, last = comparison_range("year", self.selection.date_from, self.selection.date_to) or (None, None)
        elif comparison != "custom":
            first = last = None
        return replace(self.select(compare_from=first, compare_to=last), comparison=comparison)

    def with_filter(self, item: Filter) -> View:
        """The same with a filter more; one on the same dimension and operator takes its place."""
        kept = [
            each
            for each in self.selection.filters
            if (each.dimension, each.operator) != (item.dimension, item.operator)
        ]
        return self.select(filters=(*kept, item))

    def as_text(self) -> str:
        """As JSON, for :meth:`from_text`."""
        return json.dumps(asdict(self), default=_plain, sort_keys=True)

    @classmethod
    def from_text(cls, text: str, today: date, first_day: date) -> View:
        """Read what :meth:`as_text` wrote. A rolling range is moved to today.

        Raises:
            ValueError: it is no such text.
        """
        try:
            raw = json.loads(text)
            selection = _selection(raw.pop("selection"))
            told: dict[str, Any] = {**raw, "models": tuple(raw["models"])}
            view = cls(selection, **told)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a view") from error
        return view.with_days(*preset_range(view.preset, today, first_day), view.preset) if view.preset else view


class History(QObject):
    """The view of a window, and the way back.

    Attributes:
        changed: the view is another one: (now, before).
    """

    changed = Signal(object, object)

    def __init__(self, view: View, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._views = [view]
        self._at = 0

    @property
    def view(self) -> View:
        """What is looked at."""
        return self._views[self._at]

    @property
    def can_undo(self) -> bool:
        """Whether there is a view to go back to."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a view to go forward to."""
        return self._at < len(self._views) - 1

    def set(self, view: View) -> None:
        """Look at something else."""
        if view == self.view:
            return
        before = self.view
        self._views = [*self._views[: self._at + 1], view][-_MOST:]
        self._at = len(self._views) - 1
        self.changed.emit(view, before)

    def select(self, **changes: Any) -> None:
        """Change the selection."""
        self.set(self.view.select(**changes))

    def undo(self) -> None:
        """Go back to the view before."""
        self._go(self._at - 1)

    def redo(self) -> None:
        """Go forward again."""
        self._go(self._at + 1)

    def reset(self, view: View) -> None:
        """Begin anew: another profile or workspace."""
        before = self.view
        self._views, self._at = [view], 0
        self.changed.emit(view, before)

    def _go(self, at: int) -> None:
        if 0 <= at < len(self._views):
            before = self.view
            self._at = at
            self.changed.emit(self.view, before)


def _selection(raw: Mapping[str, Any]) -> Selection:
    days = {name: raw[name] and date.fromisoformat(raw[name]) for name in _DAYS}
    settings: dict[str, Any] | None = raw["settings"]
    if settings is not None:
        settings = {**settings, "weights": tuple(settings["weights"])}
    filters = tuple(Filter(item["dimension"], item["operator"], tuple(item["values"])) for item in raw["filters"])
    told: dict[str, Any] = {
        **raw,
        **days,
        "settings": CreditSettings(**settings) if settings is not None else None,
        "filters": filters,
        "goals": tuple(raw["goals"]),
    }
    return Selection(**told)


_DAYS = ("date_from", "date_to", "compare_from", "compare_to")


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
