"""What the marks of a chart are; a click switches one off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look


class Legend(QWidget):
    """Entries (key, label, colour of the series, mark: ``line``, ``dashed`` or ``bars``).

    Attributes:
        toggled: an entry was clicked, by its key.
    """

    toggled = Signal(str)

    def __init__(self, look: Look, entries: Sequence[tuple[str, str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(look.say("Legend"))
        self._entries: dict[str, _Entry] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for key, text, series, mark in entries:
            entry = _Entry(look, text, series, mark, self)
            entry.clicked.connect(lambda _checked=False, key=key: self.toggled.emit(key))
            layout.addWidget(entry)
            self._entries[key] = entry

    def set_on(self, key: str, *, on: bool) -> None:
        """Whether the series is shown."""
        self._entries[key].setChecked(on)

    def set_enabled(self, key: str, *, enabled: bool) -> None:
        """Whether there is such a series."""
        self._entries[key].setEnabled(enabled)


class _Entry(QAbstractButton):
    def __init__(self, look: Look, text: str, series: str, mark: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._series, self._mark = look, series, mark
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setChecked(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.update)

    def nextCheckState(self) -> None:
        """Whether it is on is for the page to say."""

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(self._look.font("caption")).horizontalAdvance(self.text()) + 24, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = self._look
        is_on = self.isChecked() and self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = look.color(f"series.{self._series}" if is_on else "border.strong")
        middle = self.height() / 2
        if self._mark == "bars":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(4, middle - 5, 10, 10), 2, 2)
        else:
            is_dashed = self._mark == "dashed"
            pen = QPen(color, 1.25 if is_dashed else 2, Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawLine(QRectF(1, middle, 14, 0).topLeft(), QRectF(1, middle, 14, 0).topRight())
        painter.setFont(look.font("caption"))
        painter.setPen(look.color("text.secondary" if is_on else "text.disabled"))
        painter.drawText(QRectF(20, 0, self.width() - 20, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
