"""Short notices in the corner of the window: what has happened, and how to undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from widgets.text import PROSE, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QEnterEvent, QHideEvent, QKeyEvent, QShowEvent

    from widgets.look import Look

_EDGE, _GAP = 16, 8
_NARROWEST, _WIDEST = 280, 440
_MOST = 4
_SECONDS = 7.0
_BOLD = "QPushButton { font-weight: 600; padding: 0 4px; }"


class Toast(QFrame):
    """One notice. It waits while the mouse or the keyboard is on it, or while it cannot be seen.

    Attributes:
        acted: its button was pressed.
        ended: it is to go, for whatever reason.
    """

    acted = Signal()
    ended = Signal()

    def __init__(self, look: Look, parent: QWidget, text: str, *, icon: str, action: str, seconds: float) -> None:
        super().__init__(parent)
        self.look = look
        self._icon_name = icon
        self.setProperty("kind", "toast")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(one_line(text, PROSE))
        self.text = QLabel(one_line(text, PROSE), self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self._icon = QLabel(self)
        self._icon.setVisible(bool(icon))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 8, 4)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        self.action_button = self._button(action)
        self.action_button.setVisible(bool(action))
        self.action_button.clicked.connect(self._act)
        row.addWidget(self.action_button)
        self.close_button = self._button("")
        self.close_button.setAccessibleName(look.say("Close"))
        self.close_button.setIconSize(QSize(12, 12))
        self.close_button.clicked.connect(self.ended)
        row.addWidget(self.close_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self.ended)
        self._lasts = seconds <= 0
        look.changed.connect(self._dress)
        self._dress()

    @property
    def is_ticking(self) -> bool:
        """Whether it is about to go by itself."""
        return self._timer.isActive()

    def fit(self) -> None:
        """Take the size the text needs."""
        around = self.sizeHint().width() - self.text.sizeHint().width()
        wanted = self.text.fontMetrics().horizontalAdvance(self.text.text()) + around + 4
        width = max(_NARROWEST, min(wanted, _WIDEST))
        self.resize(width, max(36, self.heightForWidth(width)))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setStyleSheet(_BOLD)
        button.setAutoDefault(False)
        button.installEventFilter(self)
        return button

    def _dress(self) -> None:
        ratio = self.devicePixelRatioF()
        if self._icon_name:
            self._icon.setPixmap(self.look.icon(self._icon_name, "text.on_tooltip").pixmap(QSize(16, 16), ratio))
        self.close_button.setIcon(self.look.icon("x", "text.on_tooltip_muted"))

    def _act(self) -> None:
        self.acted.emit()
        self.ended.emit()

    def _tick(self) -> None:
        if self.isVisible() and not self._lasts and not self.underMouse() and not self._has_keyboard():
            self._timer.start()
        else:
            self._timer.stop()

    def _has_keyboard(self) -> bool:
        return self.action_button.hasFocus() or self.close_button.hasFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The focus on a button stops the time."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._tick()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        """The time begins."""
        super().showEvent(event)
        self._tick()

    def hideEvent(self, event: QHideEvent) -> None:
        """The time stops."""
        super().hideEvent(event)
        self._timer.stop()

    def enterEvent(self, event: QEnterEvent) -> None:
        """The time stops under the mouse."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """The time begins anew."""
        self._tick()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; Return presses the button that has the focus."""
        focus = self.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.ended.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            focus.click()
        else:
            super().keyPressEvent(event)


class Toasts(QObject):
    """The stack of notices of a window, newest at the bottom.

    Args:
        look: theme and words.
        parent: the widget in whose bottom right corner they lie.
        bottom: pixels to keep free below, for the status bar.
    """

    def __init__(self, look: Look, parent: QWidget, *, bottom: int = 24) -> None:
        super().__init__(parent)
        self.look = look
        self._parent = parent
        self._bottom = bottom
        self._foot = 0
        self._toasts: list[Toast] = []
        parent.installEventFilter(self)

    def set_foot(self, foot: int) -> None:
        """Keep so many pixels free above the status bar."""
        self._foot = foot
        self._place()

    @property
    def shown(self) -> list[Toast]:
        """The notices, oldest first."""
        return list(self._toasts)

    def show_toast(
        self,
        text: str,
        *,
        icon: str = "",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        seconds: float = _SECONDS,
    ) -> Toast:
        """Show a notice.

        Args:
            text: what has happened; plain.
            icon: name of an icon.
            action: text of the button (``Undo``); empty for none.
            on_action: called when the button is pressed.
            seconds: how long it stays; 0 until it is closed.
        """
        toast = Toast(self.look, self._parent, text, icon=icon, action=action, seconds=seconds)
        if on_action is not None:
            toast.acted.connect(on_action)
        toast.ended.connect(self._end)
        self._toasts.append(toast)
        while len(self._toasts) > _MOST:
            self._remove(self._toasts[0])
        toast.fit()
        self._place()
        toast.show()  # in its place: in the corner it comes from, the mouse might be on it
        toast.raise_()
        _announce(toast)
        return toast

    # -- inside ---------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        toast = self.sender()
        if isinstance(toast, Toast):
            self._remove(toast)

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        y = self._parent.height() - self._bottom - self._foot - _EDGE
        for toast in reversed(self._toasts):
            y -= toast.height()
            toast.move(self._parent.width() - _EDGE - toast.width(), y)
            toast.raise_()
            y -= _GAP

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """They keep to the corner."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False


def _announce(toast: Toast) -> None:
    """Have screen readers say it."""
    QAccessible.updateAccessibility(QAccessibleEvent(toast, QAccessible.Event.Alert))
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(toast, toast.text.text()))
