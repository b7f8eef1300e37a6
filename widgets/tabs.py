"""Names side by side, one of them underlined: the tabs of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look


class Tabs(QWidget):
    """A row of tabs; arrow keys move.

    Attributes:
        chosen: another tab, by its key.
    """

    chosen = Signal(str)

    def __init__(
        self, look: Look, options: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._tabs: dict[str, _Tab] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(14)
        for key, text in options:
            tab = _Tab(look, text, self)
            tab.clicked.connect(lambda _checked=False, key=key: self._choose(key))
            layout.addWidget(tab)
            self._tabs[key] = tab
        layout.addStretch(1)
        self._current = options[0][0]
        self.set_current(self._current)

    @property
    def current(self) -> str:
        """The tab that is shown."""
        return self._current

    def set_current(self, key: str) -> None:
        """Show a tab without telling."""
        self._current = key
        for name, tab in self._tabs.items():
            tab.setChecked(name == key)
            tab.setFocusPolicy(Qt.FocusPolicy.TabFocus if name == key else Qt.FocusPolicy.NoFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        keys = list(self._tabs)
        self._choose(keys[(keys.index(self._current) + step) % len(keys)])
        self._tabs[self._current].setFocus(Qt.FocusReason.TabFocusReason)

    def _choose(self, key: str) -> None:
        if key != self._current:
            self.set_current(key)
            self.chosen.emit(key)
        else:
            self._tabs[key].setChecked(True)


class _Tab(QAbstractButton):
    def __init__(self, look: Look, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._look.font("table", 600)).horizontalAdvance(self.text())
        return QSize(width + 2, self._look.tokens.sizes["panel_header"])

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def nextCheckState(self) -> None:
        """Which tab is shown is for the row to say."""

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        painter = QPainter(self)
        checked = self.isChecked()
        painter.setFont(look.font("table", 600 if checked else 400))
        painter.setPen(look.color("text.primary" if checked or self.underMouse() else "text.secondary"))
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if checked:
            painter.fillRect(QRectF(0, self.height() - 2, self.width(), 2), look.color("text.primary"))
