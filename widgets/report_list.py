"""A list of documents: a small page, what it is of, two lines about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from widgets.charts.text import elided
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_HIGH, _EDGE, _ICON = 76, 14, 30


@dataclass(frozen=True)
class DocumentRow:
    """A document.

    Attributes:
        key: names it to the program.
        title: its first line.
        about: its second line.
        detail: its third line.
    """

    key: int
    title: str
    about: str
    detail: str


class DocumentList(QListWidget):
    """Documents, one below the other; several can be selected with Ctrl or Shift.

    Attributes:
        delete_wanted: Del was pressed on this document.
    """

    delete_wanted = Signal(int)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setItemDelegate(_Delegate(look, self))

    def show_rows(self, rows: Sequence[DocumentRow], current: int | None) -> None:
        """Show documents, with one of them selected; says nothing to the signals."""
        self.blockSignals(True)  # noqa: FBT003 - Qt's own
        self.clear()
        for row in rows:
            item = QListWidgetItem(one_line(row.title))
            item.setData(Qt.ItemDataRole.UserRole, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.title}, {row.about}, {row.detail}")
            self.addItem(item)
            if row.key == current:
                self.setCurrentItem(item)
        self.blockSignals(False)  # noqa: FBT003 - Qt's own

    @property
    def current_key(self) -> int | None:
        """Of the current document."""
        item = self.currentItem()
        return item.data(Qt.ItemDataRole.UserRole).key if item is not None else None  # pyright: ignore[reportUnnecessaryComparison]

    @property
    def selected_keys(self) -> list[int]:
        """Of the selected documents, from the top."""
        items = sorted(self.selectedItems(), key=self.row)
        return [item.data(Qt.ItemDataRole.UserRole).key for item in items]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Del asks for the current one to be deleted."""
        key = self.current_key
        if event.key() == Qt.Key.Key_Delete and key is not None:
            self.delete_wanted.emit(key)
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _HIGH)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        look, row = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, look.color("bg.selected"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, look.color("bg.hover"))
        painter.setPen(QPen(look.color("border.hairline"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self._paint_page(
            painter, QRectF(rect.left() + _EDGE, rect.center().y() - _ICON / 2 - 4, _ICON * 0.78, _ICON + 8)
        )
        left = rect.left() + _EDGE + _ICON + 8
        wide = rect.right() - left - 10
        y = rect.top() + 10
        for text, role, weight, color, high in (
            (row.title, "body", 600, "text.primary", 20),
            (row.about, "table", 400, "text.secondary", 18),
            (row.detail, "table", 400, "text.muted", 18),
        ):
            font = look.font(role, weight)
            painter.setFont(font)
            painter.setPen(look.color(color))
            painter.drawText(QRectF(left, y, wide, high), Qt.AlignmentFlag.AlignVCenter, elided(text, font, wide))
            y += high
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(look.color("focus.ring"), 2))
            painter.drawRect(rect.adjusted(2, 2, -2, -2))
        painter.restore()

    def _paint_page(self, painter: QPainter, rect: QRectF) -> None:
        look = self._look
        painter.setPen(QPen(look.color("border.strong"), 1))
        painter.setBrush(look.color("bg.canvas"))
        painter.drawRoundedRect(rect, 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("series.people"))
        painter.drawRect(QRectF(rect.left() + 4, rect.top() + 5, rect.width() - 12, 2.5))
        painter.setBrush(look.color("series.money_soft"))
        painter.drawRect(QRectF(rect.left() + 4, rect.top() + 12, rect.width() - 8, 9))
        painter.setBrush(look.color("border.strong"))
        for line in range(3):
            painter.drawRect(QRectF(rect.left() + 4, rect.top() + 25 + 4 * line, rect.width() - 8, 1.5))
