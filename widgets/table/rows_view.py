"""The rows on screen: painting through the delegate, and what mouse and keyboard mean there."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import (
    QElapsedTimer,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QToolTip, QTreeView, QWidget

from widgets.table.fitting import INDENT, Section
from widgets.table.text import folded
from widgets.text import isolated, tip

if TYPE_CHECKING:
    from widgets.table.columns import Column
    from widgets.table.delegate import RowDelegate
    from widgets.table.header import Header
    from widgets.table.model import RowsModel

_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_CLICKS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class RowsView(QTreeView):
    """The rows. Signals carry the row's raw values, and the column's field where one matters.

    Args:
        model: the rows.
        delegate: paints them.
        header: the columns.
    """

    chosen = Signal(dict)
    opened = Signal(dict)
    filtered = Signal(dict)
    peeked = Signal(dict)
    clicked_cell = Signal(dict, str)
    menu_wanted = Signal(dict, str, QPoint)
    copy_wanted = Signal()
    resized = Signal()

    def __init__(self, model: RowsModel, delegate: RowDelegate, header: Header, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = model
        self._painter = delegate
        self._head = header
        self._sections: list[Section] = []
        self._hovered: tuple[int, int] | None = None
        self._by_keyboard = False
        self._is_entering = False
        self._pressed_with = Qt.KeyboardModifier.NoModifier
        self._typed = ""
        self._typing = QElapsedTimer()
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setHeader(header)
        header.setSectionsClickable(True)  # a view that does not sort by itself switches it off
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(model.is_tree)
        self.setIndentation(INDENT if model.is_tree else 0)
        self.setItemsExpandable(model.is_tree)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.selectionModel().currentRowChanged.connect(self._on_row)
        self.clicked.connect(self._on_click)
        self.doubleClicked.connect(self._on_double_click)
        self.verticalScrollBar().valueChanged.connect(self._forget_hover)

    def settle(self) -> None:
        """Lay the rows out now if that was still to come."""
        self.executeDelayedItemsLayout()

    def content_height(self) -> int:
        """Pixels all open rows take, without the header."""
        last = self._rows.rowCount() - 1
        if last < 0:
            return 0
        index = self._rows.index(last, 0)
        if not self._rows.is_tree:
            return (last + 1) * self._painter.row_height
        while self.isExpanded(index) and self._rows.rowCount(index):
            index = self._rows.index(self._rows.rowCount(index) - 1, 0, index)
        return self.visualRect(index).bottom() + 1 + self.verticalScrollBar().value()

    # -- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self._sections = self._head.sections()
        super().paintEvent(event)

    def drawRow(
        self,
        painter: QPainter,
        options: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        rect = QRectF(self.viewport().rect())
        row = self.visualRect(self._plain(index))
        rect.setTop(row.top())
        rect.setHeight(row.height())
        source = self._rows.source(index)
        state = self._painter.state_of(
            source,
            is_selected=self.selectionModel().isSelected(self._plain(index)),
            is_hovered=self._hovered == (index.internalId(), index.row()),
        )
        painter.save()
        self._painter.paint_row(
            painter,
            rect,
            self._sections,
            state,
            lambda column: self._painter.cell_of(source, column),
            has_caret=self._rows.hasChildren(index),
            is_open=self.isExpanded(index),
        )
        current = self.currentIndex()
        if self._by_keyboard and self.hasFocus() and current.siblingAtColumn(0) == index:
            clicking = self._clicking_section(current)
            self._painter.paint_ring(painter, clicking.cell(rect.top(), rect.height()) if clicking else rect)
        painter.restore()

    # -- mouse ----------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keyboard = False
        self._pressed_with = event.modifiers()
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            first = index.siblingAtColumn(0)
            edge = self.visualRect(first).left()
            if self._rows.hasChildren(first) and edge - INDENT <= event.position().x() < edge + 7:
                self.setExpanded(first, not self.isExpanded(first))
                return
            if event.modifiers() == Qt.KeyboardModifier.AltModifier:
                self.filtered.emit(self._row(index))
                return
        super().mousePressEvent(event)
        self._update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        self._hover((index.internalId(), index.row()) if index.isValid() else None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if is_mouse else self.currentIndex()
        if index.isValid():
            below = event.pos() if is_mouse else self.visualRect(index).bottomLeft() + QPoint(20, 0)
            place = self.viewport().mapToGlobal(below)
            self.menu_wanted.emit(self._row(index), self._rows.columns[index.column()].field, place)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip:
            return super().viewportEvent(event)
        help_event = cast("QHelpEvent", event)
        index = self.indexAt(help_event.pos())
        text = ""
        if index.isValid():
            source, column = self._rows.source(index), self._rows.columns[index.column()]
            section = next((one for one in self._head.sections() if one.column == column), None)
            if section and self._painter.is_cut(source, section):
                text = tip(isolated(self._rows.text_of(source, column)))
        QToolTip.showText(help_event.globalPos(), text, self)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    # -- keyboard -------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keyboard = True
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif not self._press(event):
            super().keyPressEvent(event)
        self._update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt makes the first row the current one when there is none: nobody chose it.
        self._is_entering = True
        super().focusInEvent(event)
        self._is_entering = False
        self._by_keyboard = event.reason() in _KEYBOARD_REASONS
        self._update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._update()

    def keyboardSearch(self, search: str) -> None:
        """Go to the next row whose first column begins with what was typed."""
        pause = QGuiApplication.styleHints().keyboardInputInterval()
        is_new = not self._typing.isValid() or self._typing.elapsed() > pause
        self._typing.start()
        self._typed = search if is_new else self._typed + search
        prefix = folded(self._typed)
        if not prefix.strip() or not self._rows.rowCount():
            return
        rows = self._rows.arrangement.walked()
        names = self._rows.arrangement.folded(self._rows.columns[0].field).gather(rows)
        hits = cast("list[int]", names.str.starts_with(prefix).arg_true().to_list())
        current = self.currentIndex()
        here = rows.index(self._rows.source(current)) if current.isValid() else -1
        first = here + 1 if is_new else here
        for hit in [*(hit for hit in hits if hit >= first), *(hit for hit in hits if hit < first)]:
            index = self._rows.index_of(rows[hit])
            if self._is_open(index):
                self.setCurrentIndex(index)
                return

    def _press(self, event: QKeyEvent) -> bool:
        """Handle a key that means something of our own; whether it did."""
        current = self.currentIndex()
        key, modifiers = event.key(), event.modifiers()
        if not current.isValid():
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            clicking = self._clicking_section(current)
            if modifiers == Qt.KeyboardModifier.AltModifier:
                self.filtered.emit(self._row(current))
            elif modifiers not in _CLICKS:
                return False
            elif clicking:
                self.clicked_cell.emit(self._row(current), clicking.column.field)
            else:
                self.opened.emit(self._row(current))
            return True
        if key == Qt.Key.Key_Space and modifiers == Qt.KeyboardModifier.NoModifier:
            pause = QGuiApplication.styleHints().keyboardInputInterval()
            if self._typed and self._typing.isValid() and self._typing.elapsed() <= pause:
                self.keyboardSearch(" ")
            else:
                self.peeked.emit(self._row(current))
            return True
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._step(current, 1 if key == Qt.Key.Key_Right else -1, modifiers)
        return False

    def _step(self, current: QModelIndex, by: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Move between cells that can be clicked: with Control, and without it where no row can be opened."""
        wanted = Qt.KeyboardModifier.ControlModifier
        if not any(column.cells_click for column in self._rows.columns):
            return False
        if modifiers != wanted and (self._rows.is_tree or modifiers not in _CLICKS):
            return False
        columns = list(self._rows.columns)
        stops = [columns.index(section.column) for section in self._head.sections() if section.column.cells_click]
        if 0 not in stops:
            stops.insert(0, 0)
        at = stops.index(current.column()) if current.column() in stops else 0
        target = current.siblingAtColumn(stops[max(0, min(len(stops) - 1, at + by))])
        self.selectionModel().setCurrentIndex(target, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.scrollTo(target)
        return True

    # -- inside ---------------------------------------------------------------------------------------------------

    def _row(self, index: QModelIndex) -> dict[str, object]:
        return self._rows.row(self._rows.source(index))

    def _column(self, index: QModelIndex) -> Column | None:
        return self._rows.columns[index.column()] if 0 <= index.column() < len(self._rows.columns) else None

    def _clicking_section(self, index: QModelIndex) -> Section | None:
        """The place of the cell at an index if a click on it means something."""
        column = self._column(index)
        if column is None or not column.cells_click:
            return None
        return next((section for section in self._head.sections() if section.column == column), None)

    def _is_open(self, index: QModelIndex) -> bool:
        parent = index.parent()
        while parent.isValid():
            if not self.isExpanded(parent):
                return False
            parent = parent.parent()
        return index.isValid()

    def _plain(self, index: QModelIndex | QPersistentModelIndex) -> QModelIndex:
        return self._rows.index(index.row(), 0, index.parent())

    def _hover(self, row: tuple[int, int] | None) -> None:
        if row != self._hovered:
            self._hovered = row
            self._update()

    def _forget_hover(self) -> None:
        self._hover(None)

    def _update(self) -> None:
        self.viewport().update()

    def _on_row(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_entering:
            self.chosen.emit(self._row(current))

    def _on_click(self, index: QModelIndex) -> None:
        column = self._column(index)
        if column and column.cells_click and self._pressed_with in _CLICKS:
            self.clicked_cell.emit(self._row(index), column.field)

    def _on_double_click(self, index: QModelIndex) -> None:
        if self._pressed_with in _CLICKS:
            self.opened.emit(self._row(index))
