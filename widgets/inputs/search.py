"""A field to find something: magnifier, a cross that empties it, and a short wait before it searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLineEdit, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPaintEvent

    from widgets.look import Look

_WAIT_MS = 150
_ICON = 16


class SearchField(QLineEdit):
    """A search field.

    Args:
        look: asked while painting.
        placeholder: also its accessible name.

    Attributes:
        searched: what to look for, when typing has paused (at once when emptied or on Return).
        left: Esc was pressed in the empty field.
    """

    searched = Signal(str)
    left = Signal()

    def __init__(self, look: Look, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._said = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_WAIT_MS)
        self._timer.timeout.connect(self.search_now)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setTextMargins(20, 0, 18, 0)
        self.setMouseTracking(True)
        self.textChanged.connect(self._wait)
        look.changed.connect(self.update)

    def search_now(self) -> None:
        """Search without waiting; nothing happens if the text is what was searched last."""
        self._timer.stop()
        if self.text() != self._said:
            self._said = self.text()
            self.searched.emit(self._said)

    def reset(self) -> None:
        """Empty the field without a word."""
        self._said = ""
        self.clear()
        self._timer.stop()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _wait(self, text: str) -> None:
        if text:
            self._timer.start()
        else:
            self.search_now()

    def _cross(self) -> QRect:
        return QRect(self.width() - 24, 0, 24, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field with its marks."""
        super().paintEvent(event)
        painter = QPainter(self)
        color = "text.muted" if self.isEnabled() else "text.disabled"
        ratio = self.devicePixelRatioF()
        at = QPoint(8, (self.height() - _ICON) // 2)
        painter.drawPixmap(at, self.look.icon("magnifying-glass", color).pixmap(QSize(_ICON, _ICON), ratio))
        if self.text():
            centre = self._cross().center() - QPoint(5, 5)
            painter.drawPixmap(centre, self.look.icon("x", "text.secondary").pixmap(QSize(12, 12), ratio))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """An arrow over the cross."""
        is_cross = bool(self.text()) and self._cross().contains(event.position().toPoint())
        self.setCursor(Qt.CursorShape.ArrowCursor if is_cross else Qt.CursorShape.IBeamCursor)
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the cross empties."""
        if self.text() and self._cross().contains(event.position().toPoint()):
            self.clear()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties, then leaves; Return searches at once."""
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
                return
            self.left.emit()
            event.ignore()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.search_now()
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is searched for from a hidden field."""
        self._timer.stop()
        super().hideEvent(event)
