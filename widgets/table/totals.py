"""The totals row: stands still under the rows, with their columns, and moves sideways along with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.table.cells import Cell, RowState
from widgets.table.model import spoken_cells, total_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.look import Look
    from widgets.table.columns import Column
    from widgets.table.delegate import RowDelegate
    from widgets.table.header import Header


class TotalsRow(QWidget):
    """One row of totals.

    Args:
        look: colours and formats.
        header: gives the columns' places.
        delegate: paints the row.
    """

    def __init__(self, look: Look, header: Header, delegate: RowDelegate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.values: Mapping[str, object] = {}
        self._look = look
        self._header = header
        self._delegate = delegate

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show totals by field; fields without one stay empty."""
        self.values = dict(values)
        columns = [section.column for section in self._header.sections()]
        self.setAccessibleName(spoken_cells([(column, self._cell(column).text) for column in columns]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(QRectF(0, 0, whole.width(), 1), self._look.color("border.hairline"))
        self._delegate.paint_row(
            painter, whole.adjusted(0, 1, 0, 0), self._header.sections(), RowState(is_strong=True), self._cell
        )
        painter.end()

    def _cell(self, column: Column) -> Cell:
        return Cell(total_text(self._look, column, self.values), self.values.get(column.field))
