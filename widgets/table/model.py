"""The rows of a table for Qt: a polars frame, flat or as a tree, sorted, searched and filtered.

The rows' structure lives in Qt's own item model, which answers the view's many questions without coming back to Python:
a hundred thousand flat rows need not one item. Values stay in the frame and are read when a cell is painted.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import polars as pl
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel

from widgets.table.arrangement import ROOT, Arrangement
from widgets.table.text import cell_text
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from widgets.look import Look
    from widgets.table.columns import Column

    Index = QModelIndex | QPersistentModelIndex

Role = Qt.ItemDataRole


class RowsModel(QStandardItemModel):
    """Rows of a frame.

    Args:
        look: for formats.
        id_field: names each row.
        parent_field: names each row's parent; None for flat rows.
        section_field: rows stay in ascending sections of this field, whatever the order within.
    """

    def __init__(
        self, look: Look, id_field: str, parent_field: str | None = None, section_field: str | None = None
    ) -> None:
        super().__init__()
        self.columns: Sequence[Column] = ()
        self.sort_order: tuple[str, bool] | None = None
        self.needle = ""
        self.row_filter: pl.Expr | None = None
        self._predicates: dict[str, pl.Expr | None] = {}
        self.id_field = id_field
        self.parent_field = parent_field
        self._look = look
        self._section_field = section_field
        self._under: dict[int, Sequence[int]] = {}
        self._items: dict[int, QStandardItem] = {}
        self._scales: dict[str, float] = {}
        self._marks: dict[str, frozenset[int]] = {}
        self._series: dict[str, pl.Series] = {}
        self.arrangement = Arrangement(
            pl.DataFrame({id_field: [], **({parent_field: []} if parent_field else {})}), id_field
        )

    # -- what is shown --------------------------------------------------------------------------------------------

    @property
    def frame(self) -> pl.DataFrame:
        """All rows as they were given."""
        return self.arrangement.frame

    @property
    def is_tree(self) -> bool:
        """Whether rows have parents."""
        return self.parent_field is not None

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns; forgets the rows' structure."""
        self.columns = tuple(columns)
        self._grow()

    def set_predicates(self, *, muted: pl.Expr | None, strong: pl.Expr | None) -> None:
        """Say which rows are muted and which are strong."""
        self._predicates = {"muted": muted, "strong": strong}
        self._marks.clear()
        self._scales.clear()

    def set_frame(self, frame: pl.DataFrame) -> bool:
        """Show these rows; see :meth:`arrange` for what is returned."""
        self.arrangement = Arrangement(frame, self.id_field, self.parent_field, self._section_field)
        self._series = dict(zip(frame.columns, frame.iter_columns(), strict=True))
        self._marks.clear()
        return self.arrange()

    def arrange(self) -> bool:
        """Sort, search and filter anew. Whether the structure was rebuilt: the view then forgot what was open."""
        text_fields = [column.field for column in self.columns if column.kind == "text"]
        self.arrangement.arrange(self.sort_order, self.needle, text_fields, self.row_filter)
        self._scales.clear()
        rows = self.arrangement.children[ROOT]
        if self.is_tree or len(rows) != self.rowCount():
            self._grow()
            return True
        if rows:
            self._under = {self.index(0, 0).internalId(): rows}
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, max(0, len(self.columns) - 1)))
        return False

    # -- rows -----------------------------------------------------------------------------------------------------

    def source(self, index: Index) -> int:
        """The frame's row of an index."""
        return self._under[index.internalId()][index.row()]

    def sources(self, first: Index, count: int) -> Sequence[int]:
        """The frame's rows of so many indexes, from the first on."""
        return self._under[first.internalId()][first.row() : first.row() + count]

    def index_of(self, source: int) -> QModelIndex:
        """The index of a frame's row; an invalid one when it is not shown."""
        parent = ROOT if self.arrangement.parents is None else self.arrangement.parents[source]
        try:
            place = self.arrangement.children.get(parent, ()).index(source)
        except ValueError:
            return QModelIndex()
        if parent == ROOT:
            return self.index(place, 0)
        above = self.index_of(parent)
        return self.index(place, 0, above) if above.isValid() else above

    def index_of_id(self, row_id: object) -> QModelIndex:
        """The index of the row with an id; an invalid one when it is not shown."""
        source = self.arrangement.place_of(row_id)
        return QModelIndex() if source is None else self.index_of(source)

    def row(self, source: int) -> dict[str, object]:
        """A row's raw values."""
        return self.frame.row(source, named=True)

    def value(self, source: int, field: str | None) -> object:
        """One raw value; None for a field the frame does not have. Lists come as lists."""
        series = self._series.get(field or "")
        if series is None:
            return None
        found = cast("object", series[source])
        return cast("object", found.to_list()) if isinstance(found, pl.Series) else found

    def values(self, field: str, most: int) -> list[object]:
        """The raw values of the first shown rows."""
        series = self._series.get(field)
        return [] if series is None else series.gather(list(self.arrangement.order[:most])).to_list()

    def is_marked(self, source: int, mark: str) -> bool:
        """Whether the ``muted`` or ``strong`` predicate holds for a row."""
        return source in self._marked(mark)

    def scale(self, field: str) -> float:
        """The largest value of a column among the shown rows, the strong ones (subtotals) aside."""
        if field not in self._scales:
            shown = pl.Series(self.arrangement.order, dtype=pl.Int64)
            if strong := self._marked("strong"):
                shown = shown.filter(~shown.is_in(list(strong)))
            largest = self.frame[field].cast(pl.Float64).gather(shown).fill_nan(None).max()
            self._scales[field] = largest if isinstance(largest, float) else 0.0
        return self._scales[field]

    def text_of(self, source: int, column: Column) -> str:
        """What a cell reads."""
        return cell_text(self._look, column, self.value(source, column.field))

    # -- Qt -------------------------------------------------------------------------------------------------------

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        if not index.isValid() or index.column() >= len(self.columns):
            return None
        if role == Role.DisplayRole:
            return self.text_of(self.source(index), self.columns[index.column()])
        if role == Role.AccessibleTextRole:
            if index.column() == 0:
                return self.spoken(self.source(index), self.columns)
            return self.spoken(self.source(index), [self.columns[index.column()]])
        return None

    def spoken(self, source: int, columns: Sequence[Column]) -> str:
        """Cells as a screen reader says them: ``Campaign Brand · Exact, Spend $1,212``."""
        return spoken_cells([(column, self.text_of(source, column)) for column in columns])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self.columns):
            column = self.columns[section]
            if role == Role.DisplayRole:
                return column.title
            if role == Role.AccessibleTextRole:
                return f"{column.group} {column.title}".strip()
            if role == Role.AccessibleDescriptionRole:
                return column.definition
        return None

    # -- inside ---------------------------------------------------------------------------------------------------

    def _marked(self, mark: str) -> frozenset[int]:
        if mark not in self._marks:
            predicate = self._predicates.get(mark)
            rows: list[int] = []
            if predicate is not None and self.frame.width and not self.frame.is_empty():
                rows = self.frame.select(predicate.fill_null(value=False).arg_true()).to_series().to_list()
            self._marks[mark] = frozenset(rows)
        return self._marks[mark]

    def _grow(self) -> None:
        children = self.arrangement.children
        with self._resetting():
            self._items = {}
            self.setRowCount(0)
            self.setColumnCount(len(self.columns))
            self.setRowCount(len(children[ROOT]))
            root = self.invisibleRootItem()
            waiting = [(root, ROOT)]
            while waiting:
                parent, source = waiting.pop()
                for place, child in enumerate(children[source] if self.is_tree else ()):
                    if child in children:
                        item = self._items[child] = QStandardItem()
                        parent.setChild(place, 0, item)
                        item.setColumnCount(len(self.columns))
                        item.setRowCount(len(children[child]))
                        waiting.append((item, child))
            self._under = {self.index(0, 0).internalId(): children[ROOT]} if self._has_cells(QModelIndex()) else {}
            for source, item in self._items.items():
                above = self.indexFromItem(item)
                if self._has_cells(above):
                    self._under[self.index(0, 0, above).internalId()] = children[source]

    def _has_cells(self, parent: QModelIndex) -> bool:
        return self.rowCount(parent) > 0 and self.columnCount(parent) > 0

    @contextmanager
    def _resetting(self) -> Generator[None]:
        """One reset for the view in place of a signal for every change."""
        self.beginResetModel()
        self.blockSignals(True)  # noqa: FBT003
        yield
        self.blockSignals(False)  # noqa: FBT003
        self.endResetModel()


def spoken_cells(cells: Sequence[tuple[Column, str]]) -> str:
    """Titles and texts in one sentence; pictures and empty cells are left out."""
    return ", ".join(
        f"{f'{column.group} {column.title}'.strip()} {isolated(text) if column.kind == 'text' else text}"
        for column, text in cells
        if text
    )


def total_text(look: Look, column: Column, values: Mapping[str, object]) -> str:
    """What a totals cell reads; nothing where no total was given."""
    return cell_text(look, column, values[column.field]) if column.field in values else ""
