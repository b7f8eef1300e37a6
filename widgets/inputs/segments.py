"""A few choices side by side, of which one is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from widgets.inputs.focus_ring import RING_RADIUS
from widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from widgets.look import Look

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class Segments(QFrame):
    """Buttons in one frame. One stop of the Tab key; arrows move and choose, as with radio buttons.

    Args:
        look: fonts.
        options: (key, label), in order.
        name: what the whole is called by screen readers.

    Attributes:
        chosen: the key that was chosen by the user.
    """

    chosen = Signal(str)

    def __init__(
        self, look: Look, options: Sequence[tuple[str, str]], parent: QWidget | None = None, *, name: str = ""
    ) -> None:
        super().__init__(parent)
        self.look = look
        self.setProperty("kind", "segments")
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(1, 1, 1, 1)
        row.setSpacing(0)
        self._buttons: dict[str, QPushButton] = {}
        self._current: str | None = None
        for key, label in options:
            button = QPushButton(label, self)
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setProperty(RING_RADIUS, 5)
            button.setAccessibleName(f"{name}: {label}" if name else label)
            button.setFixedWidth(QFontMetrics(look.font("table", 600)).horizontalAdvance(label) + 20)
            button.installEventFilter(self)
            button.clicked.connect(self._clicked)
            row.addWidget(button)
            self._buttons[key] = button
        self._show_current()

    @property
    def current(self) -> str | None:
        """The key that is on."""
        return self._current

    def set_current(self, key: str | None) -> None:
        """Turn one on, or none. Says nothing to :attr:`chosen`."""
        self._current = key if key in self._buttons else None
        self._show_current()

    def set_tips(self, tips: Mapping[str, str]) -> None:
        """Say more about some of them."""
        for key, text in tips.items():
            self._buttons[key].setToolTip(tip(text))
            self._buttons[key].setAccessibleDescription(text)

    def set_enabled_options(self, keys: Collection[str]) -> None:
        """Which can be chosen; the others are shown as off."""
        for key, button in self._buttons.items():
            button.setEnabled(key in keys)
        self._show_current()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _show_current(self) -> None:
        stop = self._current
        if stop is None or not self._buttons[stop].isEnabled():
            stop = next((key for key, button in self._buttons.items() if button.isEnabled()), None)
        for key, button in self._buttons.items():
            button.setChecked(key == self._current)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if key == stop else Qt.FocusPolicy.ClickFocus)

    def _clicked(self) -> None:
        for key, button in self._buttons.items():
            if button is self.sender():
                self._choose(key)

    def _choose(self, key: str) -> None:
        is_new = key != self._current
        self.set_current(key)
        if is_new:
            self.chosen.emit(key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows on a button go to the next that can be chosen; Home and End to the ends."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        open_keys = [key for key, button in self._buttons.items() if button.isEnabled()]
        here = next((place for place, key in enumerate(open_keys) if self._buttons[key] is watched), None)
        if here is None:
            return False
        pressed = Qt.Key(event.key())
        if pressed in _STEPS:
            there = (here + _STEPS[pressed]) % len(open_keys)
        elif pressed in (Qt.Key.Key_Home, Qt.Key.Key_End):
            there = 0 if pressed == Qt.Key.Key_Home else len(open_keys) - 1
        else:
            return False
        self._choose(open_keys[there])
        self._buttons[open_keys[there]].setFocus(Qt.FocusReason.TabFocusReason)
        return True
