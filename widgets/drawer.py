"""A pane that opens from the right over a page: a pile of contents, with a way back and Esc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPropertyAnimation, QRect, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from widgets.panel import is_motion_reduced, label, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from widgets.look import Look

_LEAST = 320
_GRIP = 5
_LEFT_OPEN = 120  # of the page stays in sight


@dataclass(frozen=True)
class _Content:
    title: str
    widget: QWidget
    width: int  # pixels
    again: Callable[[], None] | None


class Drawer(QFrame):
    """A drawer over its parent.

    Args:
        look: how it looks.
        over: what it lies over; follows its size.

    Attributes:
        closed: it was closed.
        left: a content that is not shown any more, and is deleted.
    """

    closed = Signal()
    left = Signal(object)

    def __init__(self, look: Look, over: QWidget) -> None:
        super().__init__(over)
        self._look = look
        self._over = over
        self._width = look.tokens.sizes["drawer"]
        self._pile: list[_Content] = []
        self._back_to: QWidget | None = None
        self._dragged_from: int | None = None
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMouseTracking(True)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(rule(is_vertical=True))
        column = QVBoxLayout()
        column.setSpacing(0)
        outer.addLayout(column)
        head = QWidget(self)
        head.setFixedHeight(look.tokens.sizes["page_header"])
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(4)
        self._back = self._button("caret-left", look.say("Back"))
        self._title = label(look, "", "strong")
        self._close = self._button("x", look.say("Close"))
        row.addWidget(self._back)
        row.addWidget(self._title, 1)
        row.addWidget(self._close)
        column.addWidget(head)
        column.addWidget(rule())
        self._stack = QStackedWidget(self)
        column.addWidget(self._stack, 1)
        self._slide = QPropertyAnimation(self, b"geometry", self)
        self._slide.setDuration(int(look.tokens.motion["drawer_ms"]))
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._back.clicked.connect(self.back)
        self._close.clicked.connect(self.close_all)
        look.changed.connect(self._draw)
        over.installEventFilter(self)
        self.hide()

    @property
    def content(self) -> QWidget | None:
        """What is on top."""
        return self._pile[-1].widget if self._pile else None

    @property
    def openers(self) -> list[Callable[[], None]]:
        """What opens the contents again, the lowest first."""
        return [content.again for content in self._pile if content.again is not None]

    def open(
        self,
        title: str,
        content: QWidget,
        *,
        on_top: bool = False,
        width: int | None = None,
        again: Callable[[], None] | None = None,
    ) -> None:
        """Show ``content``, in place of what there is or on top of it.

        Args:
            title: above it.
            content: belongs to the drawer from now on.
            on_top: of what there is, with a way back.
            width: in pixels.
            again: opens the same anew, for when everything is built again.
        """
        if not on_top:
            self._clear()
        self._pile.append(_Content(title, content, max(width or self._look.tokens.sizes["drawer"], _LEAST), again))
        self._width = self._pile[-1].width
        self._stack.addWidget(content)
        if not self.isVisible():
            window = self.window()
            self._back_to = window.focusWidget()
            self._appear()
        self._show_top()
        content.setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> None:
        """Take the top away; the last one closes the drawer."""
        if len(self._pile) <= 1:
            self.close_all()
            return
        self._drop(self._pile.pop())
        self._show_top()

    def close_all(self) -> None:
        """Close the drawer."""
        if not self._pile:
            return
        self._clear()
        self.hide()
        if self._back_to is not None and isValid(self._back_to):  # the page may have been built anew since
            self._back_to.setFocus(Qt.FocusReason.OtherFocusReason)
        self._back_to = None
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.back()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.position().x() <= _GRIP:
            self._dragged_from = int(event.globalPosition().x()) + self.width()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        is_grip = event.position().x() <= _GRIP or self._dragged_from is not None
        self.setCursor(Qt.CursorShape.SplitHCursor if is_grip else Qt.CursorShape.ArrowCursor)
        if self._dragged_from is not None:
            self._width = max(_LEAST, self._dragged_from - int(event.globalPosition().x()))
            self.setGeometry(self._place())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._slide.stop()
            self.setGeometry(self._place())
        return False

    def _place(self) -> QRect:
        over = self._over
        width = min(self._width, over.width() - _LEFT_OPEN)
        return QRect(over.width() - width, 0, width, over.height())

    def _appear(self) -> None:
        place = self._place()
        self.raise_()
        self.show()
        if is_motion_reduced():
            self.setGeometry(place)
            return
        self._slide.setStartValue(place.translated(place.width(), 0))
        self._slide.setEndValue(place)
        self._slide.start()

    def _show_top(self) -> None:
        top = self._pile[-1]
        self._width = top.width
        self._title.setText(top.title)
        self.setAccessibleName(top.title)
        self._stack.setCurrentWidget(top.widget)
        self._back.setVisible(len(self._pile) > 1)
        if self._slide.state() != QPropertyAnimation.State.Running:
            self.setGeometry(self._place())

    def _clear(self) -> None:
        for content in self._pile:
            self._drop(content)
        self._pile.clear()

    def _drop(self, content: _Content) -> None:
        self._stack.removeWidget(content.widget)
        self.left.emit(content.widget)
        content.widget.deleteLater()

    def _button(self, icon: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", "ghost")
        button.setProperty("icon_name", icon)
        button.setIcon(self._look.icon(icon))
        button.setToolTip(name)
        button.setAccessibleName(name)
        return button

    def _draw(self) -> None:
        for button in (self._back, self._close):
            button.setIcon(self._look.icon(str(button.property("icon_name"))))
