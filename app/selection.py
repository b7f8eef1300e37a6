"""What is looked at now: one frozen value, with undo and redo, that can be written down and read back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Signal

from app.names import ROW_LABELS, STEP_LABELS
from engine.attribution.models import DEFAULT_MODEL, CreditSettings
from engine.errors import AttribenchError
from engine.queries.dimensions import DIMENSIONS
from engine.queries.masking import meant_selection, selection_without_emails
from engine.queries.selection import FIRST_DAY, LAST_DAY, Filter, Selection
from widgets.inputs.presets import COMPARISONS, comparison_range, preset_range

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

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
        if self.comparison == "none":
            return None
        before = self.selection.previous()
        return before if FIRST_DAY <= before.date_from <= before.date_to <= LAST_DAY else None

    def select(self, **changes: Any) -> View:
        """The same with another selection."""
        return replace(self, selection=replace(self.selection, **changes))

    def with_days(self, first: date, last: date, preset: str = "") -> View:
        """The same on other days, with the comparison that follows from them. Days nobody can ask for are cut off."""
        first, last = (min(max(day, FIRST_DAY), LAST_DAY) for day in (first, last))
        moved = replace(self.select(date_from=first, date_to=last), preset=preset)
        return moved.with_comparison("previous" if self.comparison == "custom" else self.comparison)

    def with_comparison(self, comparison: Comparison, first: date | None = None, last: date | None = None) -> View:
        """The same compared with the period before, the year before, days of one's own or nothing.

        With nothing too where the period would begin before the first day that can be asked for.
        """
        if comparison == "year":
            first, last = comparison_range("year", self.selection.date_from, self.selection.date_to) or (None, None)
        elif comparison != "custom":
            first = last = None
        compared = replace(self.select(compare_from=first, compare_to=last), comparison=comparison)
        if comparison == "none" or compared.compared is not None:
            return compared
        return replace(self.select(compare_from=None, compare_to=None), comparison="none")

    def with_known_models(self, known: Collection[str]) -> View:
        """The same without models that do not exist any more: the default one in their place."""
        models = tuple(name for name in self.models if name in known) or (DEFAULT_MODEL,)
        model = self.selection.model if self.selection.model in known else DEFAULT_MODEL
        return replace(self.select(model=model), models=models)

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
        meant = replace(self, selection=meant_selection(self.selection))
        return json.dumps(asdict(meant), default=_plain, sort_keys=True)

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
            if view.preset:
                view = view.with_days(*preset_range(view.preset, today, first_day), view.preset)
        except (KeyError, TypeError, AttributeError, AttribenchError) as error:
            raise ValueError("not a view") from error
        if not view.is_sound:
            raise ValueError("not a view")
        return view

    @property
    def is_sound(self) -> bool:
        """Whether every part is of those there are; models are not looked at but for their form."""
        return (
            self.comparison in COMPARISONS
            and (self.comparison == "none" or self.compared is not None)
            and self.step in STEP_LABELS
            and self.rows in ROW_LABELS
            and 0 < len(set(self.models)) == len(self.models)
            and all(isinstance(name, str) for name in (*self.models, self.selection.model))  # pyright: ignore[reportUnnecessaryIsInstance] - read from a file
        )


class History(QObject):
    """The view of a window, and the way back.

    Attributes:
        changed: the view is another one: (now, before).
        is_masked: emails that filters name have stand-ins, which queries understand.
    """

    changed = Signal(object, object)

    def __init__(self, view: View, parent: QObject | None = None, *, is_masked: bool = False) -> None:
        super().__init__(parent)
        self.is_masked = is_masked
        self._views = [self._as_shown(view)]
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
        view = self._as_shown(view)
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
        self._views, self._at = [self._as_shown(view)], 0
        self.changed.emit(self.view, before)

    def set_masked(self, *, is_masked: bool) -> None:
        """Name emails by stand-ins, or as they are, in every view."""
        self.is_masked = is_masked
        self._views = [self._as_shown(view) for view in self._views]

    def _as_shown(self, view: View) -> View:
        of = selection_without_emails if self.is_masked else meant_selection
        return replace(view, selection=of(view.selection))

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
    filters = tuple(Filter(item["dimension"], item["operator"], _texts(item["values"])) for item in raw["filters"])
    if unknown := [item.dimension for item in filters if item.dimension not in DIMENSIONS]:
        raise KeyError(*unknown)
    told: dict[str, Any] = {
        **raw,
        **days,
        "settings": CreditSettings(**settings) if settings is not None else None,
        "filters": filters,
        "goals": _texts(raw["goals"]),
    }
    selection = Selection(**told).checked()
    if selection.settings is not None:
        selection.settings.checked()
    return selection


def _texts(raw: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(item, str) for item in raw):
        raise TypeError("not texts")
    return tuple(raw)


_DAYS = ("date_from", "date_to", "compare_from", "compare_to")


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
