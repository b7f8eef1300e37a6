"""The filter bar of a page: its chips are the view's filters, its suggestions come from the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from app.messages import explain
from app.names import meaning, value_label, values_called
from engine.errors import AttribenchError
from engine.queries.dimensions import DIMENSIONS
from engine.queries.selection import Filter
from widgets.inputs.filter_popover import FilterChip
from widgets.inputs.filters import FilterBar
from widgets.inputs.picker import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.context import Context
    from engine.task import Task
    from engine.words import Words

_SUGGESTED = 60
_EVERY = 1_000  # more than there are countries
_LISTED_FIRST = ("channel", "source", "campaign", "country", "device", "goal")
_REAL_ROWS = {"value", "not_set"}


class Filters(QObject):
    """Keeps a filter bar and the filters of the context's view the same.

    Attributes:
        bar: the filter bar.
    """

    def __init__(self, context: Context) -> None:
        self.bar = FilterBar(context.look)
        super().__init__(self.bar)
        self._context = context
        say = context.look.say
        names = sorted(DIMENSIONS, key=lambda name: (name not in _LISTED_FIRST, list(DIMENSIONS).index(name)))
        self.bar.set_dimensions(
            [
                Choice(name, say(DIMENSIONS[name].label), meaning(context.look.words, DIMENSIONS[name].definition))
                for name in names
            ]
        )
        self.bar.set_names(lambda dimension, value: value_label(context.look.words, value, dimension))
        self.bar.changed.connect(self._set)
        self.bar.values_wanted.connect(self._suggest)
        context.history.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        filters = self._context.view.selection.filters
        self.bar.set_filters([FilterChip(item.dimension, item.operator, item.values) for item in filters])

    def _set(self, chips: Sequence[FilterChip]) -> None:
        words = self._context.look.words
        self._context.history.select(filters=tuple(filter_of(words, chip) for chip in chips))

    def _suggest(self, dimension: str, search: str) -> None:
        def found(values: list[tuple[str, int]]) -> None:
            self.bar.set_values(dimension, search, values, len(values) < _SUGGESTED)

        def failed(error: Exception) -> None:
            is_ours = isinstance(error, AttribenchError)
            self.bar.set_values_error(explain(error, self._context.look.words) if is_ours else str(error))

        context = self._context
        context.jobs.read((self, "values"), lambda task: values_of(context, dimension, search, task), found, failed)


_EXACT = {"contains": "is", "not_contains": "is_not"}


def filter_of(words: Words, chip: FilterChip) -> Filter:
    """What a chip filters. Text in names people know, as those of countries, becomes the values it stands for."""
    operator, values = chip.operator, tuple(chip.values)
    if operator in _EXACT and values:
        called = values_called(words, chip.dimension, values[0])
        if called:
            operator, values = _EXACT[operator], tuple(called)
    return Filter(chip.dimension, operator, values)  # pyright: ignore[reportArgumentType] - the bar's operators are ours


def values_of(context: Context, dimension: str, search: str, task: Task) -> list[tuple[str, int]]:
    """Values of a dimension in the view's days with their visits (of goals: conversions), the most frequent first.

    Filters on the dimension itself are left out, so that its other values can be chosen too.
    """
    selection = context.view.selection
    others = tuple(item for item in selection.filters if item.dimension != dimension)
    selection = replace(selection, filters=others, settings=None)
    if dimension == "goal":
        table = context.query("conversions", selection, task).table
        pairs = [(str(row["event_type"]), int(row["count"])) for row in table.to_dicts()]
        return [pair for pair in pairs if search.casefold() in pair[0].casefold()]
    # Where values have names of their own, the search is in these.
    called = values_called(context.look.words, dimension, search) if search else None
    options: dict[str, Any] = {"search": search} if search and called is None else {}
    limit = _SUGGESTED if called is None else _EVERY
    table = context.query("board", selection, task, by=dimension, limit=limit, sort="visits", **options).table
    pairs = [(str(row["value"]), int(row["visits"] or 0)) for row in table.to_dicts() if row["row"] in _REAL_ROWS]
    return pairs if called is None else [pair for pair in pairs if pair[0] in called]
