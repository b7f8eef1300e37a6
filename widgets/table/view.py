"""The table of every page: rows, header and totals together, and what survives new rows and a new order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from widgets.table.arrangement import ROOT
from widgets.table.copying import as_tsv
from widgets.table.delegate import RowDelegate
from widgets.table.header import Header
from widgets.table.keeping import keep, restore, selected_sources
from widgets.table.layout import ColumnLayout
from widgets.table.model import RowsModel
from widgets.table.rows_view import RowsView
from widgets.table.totals import TotalsRow

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    import polars as pl

    from widgets.look import Look
    from widgets.table.columns import Column


class DataTable(QWidget):
    """A table.

    Args:
        look: colours, fonts, formats.
        columns: the first one names the rows, stays first and takes the space that is left.
        id_field: field that names each row.
        parent_field: field with each row's parent; makes the table a tree.
        section_field: rows stay in ascending sections of this field, whatever the order within.
        totals: whether a row of totals stands below.
        is_compact: rows four pixels lower, as in boards and the matrix.
        name_width: pixels the first column never goes below.
        roomy_name: pixels it has, if it needs them and there is room, before columns that may leave stand beside it.
        edge: pixels before the first column's content and behind the last one's.
        accessible_name: what the table is, for screen readers.

    Attributes:
        chosen: the current row changed: its raw values.
        opened: double click or Return.
        filtered: click or Return with Alt.
        peeked: Space.
        clicked_cell: click or Return on a cell of a column with ``cells_click``: the row and the field.
        sorted: by the user: field and whether it descends.
        menu_wanted: the row, the field and where on the screen.
        columns_changed: by the user: the fields shown, from left to right.
    """

    chosen = Signal(dict)
    opened = Signal(dict)
    filtered = Signal(dict)
    peeked = Signal(dict)
    clicked_cell = Signal(dict, str)
    sorted = Signal(str, bool)
    menu_wanted = Signal(dict, str, QPoint)
    columns_changed = Signal(list)

    def __init__(
        self,
        look: Look,
        columns: Sequence[Column],
        *,
        id_field: str,
        parent_field: str | None = None,
        section_field: str | None = None,
        totals: bool = False,
        is_compact: bool = False,
        name_width: int = 140,
        roomy_name: int = 0,
        edge: int = 16,
        accessible_name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._fitted = 0
        self._open: set[object] = set()
        self._is_busy = False
        is_board = any(column.label_bar for column in columns)
        self._model = RowsModel(look, id_field, parent_field, section_field)
        self._delegate = RowDelegate(look, self._model, is_compact=is_compact, has_lines=not is_board)
        self._header = Header(look, self._model, edge=edge)
        self._layout = ColumnLayout(
            look, self._model, self._header, name_width=name_width, roomy_name=roomy_name, edge=edge
        )
        self._view = RowsView(self._model, self._delegate, self._header, self)
        self._totals = TotalsRow(look, self._header, self._delegate, self) if totals else None
        self._view.setAccessibleName(accessible_name)
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFocusProxy(self._view)
        self._connect()
        self.set_columns(columns)

    # -- columns --------------------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns in this order; rows, selection and scroll stay."""
        with self._kept():
            self._model.set_columns(columns)
            self._layout.reset_order()
            self._reopen()
        self._measure()

    def set_hidden(self, fields: Iterable[str]) -> None:
        """Hide these columns and show all others; the first one always stays."""
        self._layout.set_hidden(fields)

    def visible_columns(self) -> list[Column]:
        """The columns that can be seen, from left to right."""
        return [section.column for section in self._header.sections()]

    def column_menu(self) -> QMenu:
        """A menu to choose columns and the order; the caller shows it."""
        return self._layout.menu()

    # -- rows -----------------------------------------------------------------------------------------------------

    def set_rows(self, frame: pl.DataFrame, totals: Mapping[str, object] | None = None) -> None:
        """Show these rows; scroll, order, what is open and the selection stay, by id.

        Args:
            frame: with the id field, and what the columns name. Fields it lacks read as nothing.
            totals: by field, for the row below; None keeps it empty.
        """
        with self._kept():
            is_new = self._model.set_frame(frame)
            if is_new:
                self._reopen()
        if self._totals is not None:
            self._totals.set_values(totals or {})
        self._measure()

    def set_totals(self, totals: Mapping[str, object]) -> None:
        """Show other totals below the same rows."""
        if self._totals is not None:
            self._totals.set_values(totals)
            self._layout.measure_totals(self._totals.values, self._view.viewport().width())

    def totals(self) -> Mapping[str, object]:
        """The totals shown, raw."""
        return self._totals.values if self._totals is not None else {}

    def set_predicates(self, *, muted: pl.Expr | None = None, strong: pl.Expr | None = None) -> None:
        """Which rows are muted (paused ones) and which are bold (subtotals), for these rows and those to come."""
        self._model.set_predicates(muted=muted, strong=strong)
        self._repaint()

    def set_search(self, text: str) -> None:
        """Keep the rows that contain the text; in a tree with what is above and below them, opened."""
        if text != self._model.needle:
            self._model.needle = text
            self._rearrange()

    def set_filter(self, row_filter: pl.Expr | None) -> None:
        """Keep the rows for which it is true, in a tree with what is above them; None keeps all."""
        self._model.row_filter = row_filter
        self._rearrange()

    def sort_by(self, field: str | None, *, descending: bool = True) -> None:
        """Order the rows; None leaves them as they came."""
        self._model.sort_order = None if field is None else (field, descending)
        self._rearrange()

    def sort_order(self) -> tuple[str, bool] | None:
        """The field rows are sorted by, and whether it descends."""
        return self._model.sort_order

    def expand_level(self, level: int) -> None:
        """Open the tree so far that rows of this level can be seen, 0 the first; everything deeper is closed."""
        arrangement = self._model.arrangement
        ids = arrangement.frame[self._model.id_field]
        rows = [row for row in arrangement.children if row != ROOT and arrangement.level_of(row) < level]
        self._open = {ids[row] for row in rows}
        with self._quiet():
            self._view.collapseAll()
            self._reopen()
        self._place()

    def selected_rows(self) -> list[dict[str, object]]:
        """The selected rows from top to bottom, raw."""
        sources = selected_sources(self._model, self._view.selectionModel())
        return self._model.frame[sources].rows(named=True) if sources else []

    def current_row(self) -> dict[str, object] | None:
        """The current row, raw."""
        index = self._view.currentIndex()
        return self._model.row(self._model.source(index)) if index.isValid() else None

    def select_id(self, row_id: object) -> bool:
        """Make a row the current and only selected one and show it; False when it is not there."""
        index = self._model.index_of_id(row_id)
        if index.isValid():
            self._view.setCurrentIndex(index)
            self._view.scrollTo(index)
        return index.isValid()

    def visible_frame(self) -> pl.DataFrame:
        """The rows that pass search and filter in their order, raw; those of closed parents too."""
        return self._model.frame[self._model.arrangement.walked()]

    def copy(self) -> None:
        """Put the selected rows on the clipboard, for spreadsheets."""
        sources = selected_sources(self._model, self._view.selectionModel())
        if sources:
            text = as_tsv(self._model.frame[sources], self.visible_columns())
            QGuiApplication.clipboard().setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    # -- keeping --------------------------------------------------------------------------------------------------

    def _rearrange(self) -> None:
        with self._kept():
            if self._model.arrange():
                self._reopen()
        self._header.viewport().update()
        self._place()

    @contextmanager
    def _kept(self) -> Generator[None]:
        """Keep selection and scroll over a change."""
        selection = self._view.selectionModel()
        before = keep(self._model, selection)
        scroll = self._view.verticalScrollBar().value()
        with self._quiet():
            yield
            if before.selected or before.current is not None:
                restore(self._model, selection, before)
            self._view.settle()
            self._view.verticalScrollBar().setValue(scroll)

    @contextmanager
    def _quiet(self) -> Generator[None]:
        """What happens meanwhile was not done by the user."""
        before, self._is_busy = self._is_busy, True
        try:
            yield
        finally:
            self._is_busy = before

    def _reopen(self) -> None:
        """Open what was open, and what leads to the hits of a search."""
        if not self._model.is_tree:
            return
        arrangement = self._model.arrangement
        rows = {place for row_id in self._open if (place := arrangement.place_of(row_id)) is not None}
        for hit in arrangement.hits:
            row = arrangement.parents[hit] if arrangement.parents else ROOT
            while row != ROOT and row not in rows and arrangement.parents:
                rows.add(row)
                row = arrangement.parents[row]
        for row in rows:
            if row in arrangement.children:
                self._view.setExpanded(self._model.index_of(row), True)  # noqa: FBT003 - Qt's signature

    # -- places ---------------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Measure anew what the columns need."""
        totals = None if self._totals is None else self._totals.values
        self._layout.measure(totals, self._view.viewport().width())

    def _on_fitted(self) -> None:
        self._fitted = self._view.viewport().width()
        self._place()
        self._repaint()

    def _on_view_resized(self) -> None:
        if self._view.viewport().width() != self._fitted:
            self._layout.fit(self._view.viewport().width())

    def _place(self) -> None:
        """The totals stand right below the last row, or at the bottom when the rows need all the height."""
        if self._totals is None:
            self._view.setGeometry(self.rect())
            return
        below = self._delegate.row_height + 3 if self._totals.values else 0
        wanted = self._header.sizeHint().height() + self._view.content_height()
        bar = self._view.horizontalScrollBar()
        wanted += bar.sizeHint().height() if bar.maximum() > 0 else 0
        # One pixel over the last row: the line between them belongs to both.
        height = max(0, min(self.height() - below + 1, wanted))
        self._view.setGeometry(0, 0, self.width(), height)
        self._totals.setGeometry(0, height - 1, self.width(), below)

    # -- what happens ---------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        view, layout = self._view, self._layout
        view.chosen.connect(self._on_chosen)
        view.opened.connect(self.opened)
        view.filtered.connect(self.filtered)
        view.peeked.connect(self.peeked)
        view.clicked_cell.connect(self.clicked_cell)
        view.menu_wanted.connect(self.menu_wanted)
        view.copy_wanted.connect(self.copy)
        view.resized.connect(self._on_view_resized)
        view.expanded.connect(self._on_expanded)
        view.collapsed.connect(self._on_collapsed)
        view.horizontalScrollBar().valueChanged.connect(self._repaint)
        layout.fitted.connect(self._on_fitted)
        layout.chosen.connect(self.columns_changed)
        layout.sort_wanted.connect(self._on_head)
        self._look.changed.connect(self._on_look)

    def _repaint(self) -> None:
        self._view.viewport().update()
        self._header.viewport().update()
        if self._totals is not None:
            self._totals.update()

    def _on_chosen(self, row: dict[str, object]) -> None:
        if not self._is_busy:
            self.chosen.emit(row)

    def _on_expanded(self, index: QModelIndex) -> None:
        if not self._is_busy:
            self._open.add(self._id_at(index))
            self._place()

    def _on_collapsed(self, index: QModelIndex) -> None:
        if not self._is_busy:
            self._open.discard(self._id_at(index))
            self._place()

    def _id_at(self, index: QModelIndex) -> object:
        return self._model.value(self._model.source(index), self._model.id_field)

    def _on_head(self, logical: int) -> None:
        column = self._model.columns[logical]
        order = self._model.sort_order
        is_down = not order[1] if order is not None and order[0] == column.field else column.kind != "text"
        self.sort_by(column.field, descending=is_down)
        self.sorted.emit(column.field, is_down)

    def _on_look(self) -> None:
        self._view.scheduleDelayedItemsLayout()
        self._view.settle()
        self._measure()
