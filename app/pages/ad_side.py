"""A pane beside a page's content: docked while the window is wide enough, else over the content's right part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QWidget

from widgets.panel import rule

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent

_DOCKED_FROM = 1280  # pixels of the window
_LEAST, _GRIP = 340, 7


class Side(QWidget):
    """Content and a pane that can be opened at its right.

    Args:
        content: what fills the rest.
        width: of the pane in pixels.

    Attributes:
        resized: by the user: the pane's width.
    """

    resized = Signal(int)

    def __init__(self, content: QWidget, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self._width = max(_LEAST, width)
        self._least = _LEAST
        content.setParent(self)
        self._frame = QFrame(self)
        self._frame.setProperty("kind", "canvas")
        self._frame.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(rule(is_vertical=True))
        self._stack = QStackedWidget()
        row.addWidget(self._stack, 1)
        self._grip = _Grip(self)
        self._grip.moved.connect(self._drag)
        self._grip.released.connect(lambda: self.resized.emit(self._width))
        self._frame.hide()
        self._grip.hide()

    @property
    def shown(self) -> QWidget | None:
        """What the pane shows; None while it is closed."""
        return None if self._frame.isHidden() else self._stack.currentWidget()

    def open(self, pane: QWidget, least: int = 0) -> None:
        """Show something in the pane, at least so many pixels wide."""
        self._least = max(_LEAST, least)
        if self._stack.indexOf(pane) < 0:
            self._stack.addWidget(pane)
        self._stack.setCurrentWidget(pane)
        self._frame.show()
        self._grip.show()
        self._place()

    def close_pane(self) -> None:
        """Give the content all the room."""
        self._frame.hide()
        self._grip.hide()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        width, height = self.width(), self.height()
        pane = 0 if self._frame.isHidden() else max(self._width, self._least)
        pane = min(pane, width * 6 // 10)
        is_docked = self.window().width() >= _DOCKED_FROM
        self._content.setGeometry(0, 0, width - pane if is_docked else width, height)
        self._frame.setGeometry(width - pane, 0, pane, height)
        self._grip.setGeometry(width - pane - _GRIP // 2, 0, _GRIP, height)
        self._frame.raise_()
        self._grip.raise_()

    def _drag(self, x: int) -> None:
        self._width = max(_LEAST, self.width() - x)
        self._place()


class _Grip(QWidget):
    """The edge of the pane, for the mouse."""

    moved = Signal(int)
    released = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.moved.emit(round(self.mapToParent(event.position().toPoint()).x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        self.released.emit()
