"""A frame that opens under a control and closes with Esc or a click elsewhere: the base of pickers and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QGraphicsDropShadowEffect,
    QGridLayout,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from widgets.inputs.focus_ring import FocusRing

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent

    from widgets.look import Look

_BLUR, _DROP = 20, 6
_GAP = 4  # between the control and the frame


class Popover(QWidget):
    """A translucent popup with a raised frame; put content into :attr:`body`.

    Args:
        look: theme and words.
        parent: what it belongs to, and dies with.

    Attributes:
        body: layout for the content, without margins.
        closed: it was closed, by whatever means.
    """

    closed = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        flags = Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        super().__init__(parent, flags)
        self.look = look
        self._anchor: QWidget | None = None
        self._is_right_aligned = False
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self._plate = QFrame(self)  # apart from the content, so that the shadow is not drawn anew with each key typed
        self._plate.setProperty("kind", "popover")
        self._shadow = QGraphicsDropShadowEffect(self._plate)
        self._shadow.setBlurRadius(_BLUR)
        self._shadow.setOffset(0, _DROP)
        self._plate.setGraphicsEffect(self._shadow)
        content = QWidget(self)
        content.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        grid = self._grid = QGridLayout(self)
        grid.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        self._margins = QMargins(_BLUR, _BLUR - _DROP, _BLUR, _BLUR + _DROP)  # room for the shadow
        grid.setContentsMargins(self._margins)
        grid.addWidget(self._plate, 0, 0)
        grid.addWidget(content, 0, 0)
        self._ring = FocusRing(look, self)
        self._color_shadow()
        look.changed.connect(self._color_shadow)

    def first_focus(self) -> QWidget | None:
        """What gets the keyboard when it opens; none leaves it with the frame."""
        return None

    def open_under(self, anchor: QWidget, *, is_right_aligned: bool = False) -> None:
        """Open below the control, or above where there is no room below; always on the screen."""
        self._anchor = anchor
        self._is_right_aligned = is_right_aligned
        if isinstance(anchor, QAbstractButton):
            anchor.setDown(True)
        self.place()
        self.show()
        self._ring.watch(anchor)
        self._ring.watch(self)
        (self.first_focus() or self).setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Size to the content and move next to the control; again, when the content has changed its size."""
        anchor = self._anchor
        if anchor is None:
            return
        for layout in self.findChildren(QLayout):  # while hidden, changes inside do not reach the outer ones
            layout.invalidate()
        self._grid.activate()
        self.adjustSize()
        margins = self._margins
        corner = anchor.mapToGlobal(QPoint(0, 0))
        around = QRect(corner, anchor.size())
        frame = self.size().shrunkBy(margins)
        screen = anchor.screen().availableGeometry()
        x = around.right() + 1 - frame.width() if self._is_right_aligned else around.left()
        x = max(screen.left() + _GAP, min(x, screen.right() - _GAP - frame.width()))
        below, above = around.bottom() + 1 + _GAP, around.top() - _GAP - frame.height()
        y = below if below + frame.height() <= screen.bottom() or above < screen.top() else above
        y = max(screen.top() + _GAP, min(y, screen.bottom() - _GAP - frame.height()))
        self.move(x - margins.left(), y - margins.top())

    def frame_rect(self) -> QRect:
        """Where the frame is, without its shadow."""
        return self._plate.geometry()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _color_shadow(self) -> None:
        self._shadow.setColor(QColor(0, 0, 0, 150 if self.look.is_dark else 46))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; Return presses the button that has the focus."""
        focus = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QAbstractButton):
            focus.click()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click outside the frame closes; on the control it came from it does no more than that."""
        if self._plate.geometry().contains(event.position().toPoint()):
            return
        anchor = self._anchor
        at = event.globalPosition().toPoint()
        is_on_anchor = anchor is not None and anchor.rect().contains(anchor.mapFromGlobal(at))
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay, is_on_anchor)
        self.close()

    def hideEvent(self, event: QHideEvent) -> None:
        """The focus goes back to where it came from."""
        super().hideEvent(event)
        anchor = self._anchor
        self._anchor = None
        if anchor is not None:
            if isinstance(anchor, QAbstractButton):
                anchor.setDown(False)
            self._ring.unwatch(anchor)
            ring = anchor.window().findChild(FocusRing)
            if ring is not None:
                ring.set_by_keyboard(self._ring.is_by_keyboard)
            if anchor.isVisible() and anchor.isEnabled():
                anchor.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()
