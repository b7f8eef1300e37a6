"""What stays when rows are sorted, searched or replaced: the selection and the current cell, by the rows' ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex

from widgets.table.arrangement import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from widgets.table.model import RowsModel


@dataclass(frozen=True)
class Kept:
    """Ids of the selected rows and of the current one, and the current column."""

    selected: Sequence[object]
    current: object
    column: int


def keep(model: RowsModel, selection: QItemSelectionModel) -> Kept:
    """Remember the selection."""
    ids = model.frame[model.id_field]
    current = selection.currentIndex()
    return Kept(
        [ids[source] for source in selected_sources(model, selection)],
        ids[model.source(current)] if current.isValid() else None,
        current.column(),
    )


def restore(model: RowsModel, selection: QItemSelectionModel, kept: Kept) -> None:
    """Select again what is still there."""
    flags = QItemSelectionModel.SelectionFlag
    current = model.index_of_id(kept.current)
    if current.isValid():
        current = current.siblingAtColumn(min(max(0, kept.column), len(model.columns) - 1))
    selection.setCurrentIndex(current, flags.NoUpdate)
    selection.select(_selection(model, kept.selected), flags.ClearAndSelect | flags.Rows)


def selected_sources(model: RowsModel, selection: QItemSelectionModel) -> list[int]:
    """The frame's rows that are selected, from top to bottom."""
    ranges = selection.selection().toList()
    found = [source for one in ranges for source in model.sources(one.topLeft(), one.height())]
    if len(ranges) > 1:
        ranks = {row: rank for rank, row in enumerate(model.arrangement.walked())}
        found.sort(key=ranks.__getitem__)
    return found


def _selection(model: RowsModel, ids: Sequence[object]) -> QItemSelection:
    arrangement = model.arrangement
    places: dict[int, dict[int, int]] = {}
    chosen: dict[int, list[int]] = {}
    for row_id in ids:
        source = arrangement.place_of(row_id)
        if source is None:
            continue
        parent = ROOT if arrangement.parents is None else arrangement.parents[source]
        if parent not in places:
            places[parent] = {row: place for place, row in enumerate(arrangement.children.get(parent, ()))}
        if source in places[parent]:
            chosen.setdefault(parent, []).append(places[parent][source])
    selection = QItemSelection()
    last_column = len(model.columns) - 1
    for parent, rows in chosen.items():
        above = QModelIndex() if parent == ROOT else model.index_of(parent)
        for first, last in _runs(sorted(rows)):
            if parent == ROOT or above.isValid():
                selection.select(model.index(first, 0, above), model.index(last, last_column, above))
    return selection


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive places, first and last."""
    first = last = -2
    for place in places:
        if place != last + 1:
            if last >= 0:
                yield first, last
            first = place
        last = place
    if last >= 0:
        yield first, last
