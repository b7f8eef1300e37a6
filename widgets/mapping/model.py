"""The first rows of a file as a Qt model, and how their cells are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from widgets.mapping.words import column_lines
from widgets.text import one_line

if TYPE_CHECKING:
    from typing import Any

    from PySide6.QtCore import QObject

    from widgets.look import Look
    from widgets.mapping.preview import FilePreview

PAD = 8
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class RowsModel(QAbstractTableModel):
    """The rows as they stand in the file, the line of each as its name."""

    def __init__(self, look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self.look = look
        self.view: FilePreview | None = None

    def show(self, view: FilePreview) -> None:
        """Show another look at a file."""
        self.beginResetModel()
        self.view = view
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() or self.view is None else len(self.view.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() or self.view is None else len(self.view.columns)

    def is_bad(self, row: int, column: int) -> bool:
        """Whether this cell, or its row as a whole, is why the row would be rejected."""
        return self.view is not None and not self.view.bad_cells.isdisjoint({(row, column), (row, -1)})

    def is_mapped(self, column: int) -> bool:
        """Whether the column is read into a field."""
        view = self.view
        return view is not None and (view.is_fixed or view.columns[column].field is not None)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        view = self.view
        if view is None or not index.isValid():
            return None
        text = view.rows[index.row()][index.column()] or ""
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = one_line(view.columns[index.column()].name)
            told = f"{name}: {one_line(text)}" if text else self.look.say("{column}: nothing", column=name)
            is_bad = self.is_bad(index.row(), index.column())
            return self.look.say("{cell}, row rejected", cell=told) if is_bad else told
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        view = self.view
        if view is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            if role == Qt.ItemDataRole.DisplayRole:
                return self.look.numbers.count(view.lines[section])
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter if role == _ALIGNMENT else None
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(view.columns[section].name)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return "; ".join(column_lines(self.look, view.columns[section]))
        return None


_ALIGNMENT = Qt.ItemDataRole.TextAlignmentRole


class RowsDelegate(QStyledItemDelegate):
    """Paints a cell: tinted where it is rejected, muted where its column is not imported."""

    def __init__(self, look: Look, model: RowsModel) -> None:
        super().__init__(model)
        self._look, self._model = look, model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        look, row, column = self._look, index.row(), index.column()
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        is_bad = self._model.is_bad(row, column)
        painter.save()
        if is_bad:
            painter.fillRect(rect, look.color("bad.soft"))
        elif state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, look.color("bg.selected"))
        painter.setPen(QPen(look.color("grid.line"), 1))
        painter.drawLine(rect.bottomLeft() - QPointF(0, 1), rect.bottomRight() - QPointF(0, 1))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.color("focus.ring"), 2))
            painter.drawRect(rect.adjusted(1, 1, -2, -2))
        is_plain = self._model.is_mapped(column)
        painter.setPen(look.color("bad.text" if is_bad else "text.primary" if is_plain else "text.muted"))
        painter.setFont(look.font("table"))
        inside = rect.adjusted(PAD, 0, -PAD, 0)
        text = painter.fontMetrics().elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, int(inside.width())
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        painter.restore()
