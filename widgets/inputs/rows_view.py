"""A list of choices one moves through with arrows or the mouse, like a menu: pickers, filters and the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from widgets.inputs.row_painter import RowPainter
from widgets.inputs.rows import Row, RowsModel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from PySide6.QtGui import QMouseEvent

    from widgets.look import Look

Marks = Literal["none", "tick", "box"]
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)
_PAGE = 8
_TRANSPARENT = "QListView { background: transparent; padding: 0; }"


class RowsView(QListView):
    """Rows of :class:`Row`.

    Args:
        look: asked while painting.
        name: for screen readers.
        marks: a tick before the row that is on, boxes for several, or neither.
        row_height: pixels of a row.

    Attributes:
        picked: Return or a click on a row.
        moved: another row is the current one; None if none is.
    """

    picked = Signal(object)
    moved = Signal(object)

    def __init__(
        self, look: Look, name: str, parent: QWidget | None = None, *, marks: Marks = "none", row_height: int = 28
    ) -> None:
        super().__init__(parent)
        self.look = look
        self._leads_ends = False
        self.rows = RowsModel(self)
        self.painter = RowPainter(look, self.rows, self, marks=marks, row_height=row_height)
        self.setModel(self.rows)
        self.setItemDelegate(self.painter)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setStyleSheet(_TRANSPARENT)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.entered.connect(self._hover)
        look.changed.connect(self.viewport().update)

    # -- what it shows --------------------------------------------------------------------------------------------

    def set_rows(self, rows: Sequence[Row], current: str = "") -> None:
        """Show these rows, with one of them, else the first, current."""
        self.rows.set_rows(rows)
        places = self.rows.places()
        place = self.rows.place_of(current)
        self._go(place if place in places else places[0] if places else -1)
        if places and places[0] == self.currentIndex().row():
            self.scrollToTop()  # with the heading above it

    def set_checked(self, keys: Collection[str]) -> None:
        """Tick these rows."""
        self.rows.set_checked(keys)
        self.viewport().update()

    def current_row(self) -> Row | None:
        """The current row."""
        return self.rows.row_at(self.currentIndex().row())

    def set_current(self, key: str) -> None:
        """Make a row the current one."""
        self._go(self.rows.place_of(key))

    def content_height(self) -> int:
        """Pixels all rows take."""
        return sum(self.painter.height_of(place) for place in range(self.rows.rowCount()))

    def content_width(self) -> int:
        """Pixels the widest row takes."""
        return max((self.painter.width_of(place) for place in range(self.rows.rowCount())), default=0)

    # -- moving ---------------------------------------------------------------------------------------------------

    def steer(self, event: QKeyEvent, *, with_ends: bool = True) -> bool:
        """Move or pick by a key that was pressed here or in a field that leads this list; False if it means nothing.

        ``with_ends``: Home and End are for the list and not for the text in the field.
        """
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        places = self.rows.places()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            row = self.current_row()
            if row is not None:
                self.picked.emit(row)
            return row is not None
        if not places:
            return False
        here = self.currentIndex().row()
        at = places.index(here) if here in places else -1
        if key in _STEPS:
            at = (at + _STEPS[key]) % len(places) if at >= 0 else 0
        elif key in _ENDS and with_ends:
            at = 0 if key == Qt.Key.Key_Home else len(places) - 1
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            at = max(0, min(at + (_PAGE if key == Qt.Key.Key_PageDown else -_PAGE), len(places) - 1))
        else:
            return False
        self._go(places[at])
        if at == 0:
            self.scrollToTop()
        if not self.hasFocus():  # a field has it, so nobody would hear where the list is
            text = str(self.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
        return True

    def lead_by(self, field: QWidget, *, with_ends: bool = False) -> None:
        """Let arrows and Return in a text field steer the list; the field keeps the keyboard."""
        self._leads_ends = with_ends
        field.installEventFilter(self)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _go(self, place: int) -> None:
        self.setCurrentIndex(self.rows.index(place) if place >= 0 else QModelIndex())
        self.moved.emit(self.current_row())

    def _hover(self, index: QModelIndex) -> None:
        if self.rows.row_at(index.row()) is not None and index != self.currentIndex():
            self._go(index.row())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the leading field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is not self.viewport():
            return self.steer(event, with_ends=self._leads_ends)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End, pages, Return and Space."""
        row = self.current_row()
        if event.key() == Qt.Key.Key_Space and row is not None:
            self.picked.emit(row)
        elif not self.steer(event):
            event.ignore()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click picks."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            row = self.rows.row_at(self.indexAt(event.position().toPoint()).row())
            if row is not None:
                self.picked.emit(row)
