"""The ring around the control that has the keyboard: an overlay of a window, seen only when keys led there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QAbstractScrollArea, QApplication, QWidget
from shiboken6 import isValid

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QWindow

    from widgets.look import Look

PAINTS_FOCUS = "paintsFocus"  # property of widgets that draw their own focus
RING_RADIUS = "ringRadius"  # property of widgets whose corners are not those of a control
_RING, _GAP = 2, 1
_RADII = {"chip": 12, "chip-add": 12}
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class FocusRing(QWidget):
    """Follows the focus inside a window.

    Keys and clicks are watched at the native window, before widgets see them: a filter on the application would cost
    a call for every event of every object.

    Args:
        look: asked while painting.
        window: a top-level widget.
    """

    def __init__(self, look: Look, window: QWidget) -> None:
        super().__init__(window)
        self.look = look
        self._window = window
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._natives: list[QWindow] = []
        self._by_keyboard = False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        window.installEventFilter(self)
        self._watch_native(window)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._follow)
        look.changed.connect(self.update)

    def watch(self, other: QWidget) -> None:
        """Watch keys of another window too: a popup's keys may arrive at the window below it."""
        self._watch_native(other.window())

    def unwatch(self, other: QWidget) -> None:
        """No longer watch another window."""
        if other.window().testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            native = other.window().windowHandle()
            if native in self._natives and other.window() is not self._window:
                native.removeEventFilter(self)
                native.destroyed.disconnect(self._forget_natives)
                self._natives.remove(native)

    @property
    def is_by_keyboard(self) -> bool:
        """Whether a key was the last thing pressed."""
        return self._by_keyboard

    def set_by_keyboard(self, is_by_keyboard: bool) -> None:
        """Tell what was pressed last, where it was pressed in another window."""
        self._by_keyboard = is_by_keyboard

    # -- inside ---------------------------------------------------------------------------------------------------

    def _watch_native(self, window: QWidget) -> None:
        if not window.testAttribute(Qt.WidgetAttribute.WA_WState_Created):
            return  # it has no native window yet
        native = window.windowHandle()
        if native not in self._natives:
            native.installEventFilter(self)
            self._natives.append(native)
            native.destroyed.connect(self._forget_natives)

    def _forget_natives(self) -> None:
        self._natives.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys and clicks of native windows; moves of the target and what it lies in."""
        kind = event.type()
        if isinstance(watched, QWidget):
            if kind in _MOVES:
                if watched is self._window:
                    self._watch_native(self._window)
                self._place()
        elif kind == QEvent.Type.KeyPress:
            self._by_keyboard = self._by_keyboard or (isinstance(event, QKeyEvent) and event.key() not in _MODIFIERS)
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.TabletPress):
            self._by_keyboard = False
            self._aim(None)
        return False

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        self._aim(now if self._by_keyboard else None)

    def _aim(self, widget: QWidget | None) -> None:
        for watched in self._watched:
            if isValid(watched):
                watched.removeEventFilter(self)
                watched.destroyed.disconnect(self._lose)
        self._watched = []
        self._target = None
        if widget is not None and self._is_ringed(widget):
            self._target = widget
            step: QWidget | None = widget
            while step is not None and step is not self._window:
                step.installEventFilter(self)
                step.destroyed.connect(self._lose)
                self._watched.append(step)
                step = step.parentWidget()
        self._place()

    def _lose(self) -> None:
        """Something the target lies in is being destroyed."""
        self._aim(None)

    def _is_ringed(self, widget: QWidget) -> bool:
        if widget is self._window or widget.window() is not self._window or widget.property(PAINTS_FOCUS):
            return False
        return not isinstance(widget, (QAbstractItemView, QAbstractScrollArea))

    def _place(self) -> None:
        target = self._target
        if target is None or not isValid(target) or not target.isVisible():
            self.hide()
            return
        out = _RING + _GAP
        rect = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size()).adjusted(-out, -out, out, out)
        if _is_scrolled_away(target):
            self.hide()
            return
        self.setGeometry(rect)
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two pixels around the target, one away from it."""
        if self._target is None or not isValid(self._target):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.look.color("focus.ring"), _RING))
        radius = _radius(self._target) + _GAP + _RING / 2
        inset = _RING / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), radius, radius)


def _radius(widget: QWidget) -> float:
    named = widget.property(RING_RADIUS)
    return float(named) if named is not None else _RADII.get(str(widget.property("kind")), 6)


def _is_scrolled_away(widget: QWidget) -> bool:
    """Whether a scroll area shows less of the widget than half."""
    return widget.visibleRegion().boundingRect().height() * 2 < widget.height()
