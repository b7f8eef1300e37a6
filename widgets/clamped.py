"""Plain text in so many lines at most: what does not fit ends in an ellipsis and stands whole in the tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from widgets.text import tip

if TYPE_CHECKING:
    from widgets.look import Look


class Clamped(QWidget):
    """The text.

    Args:
        look: for font and colour, asked while painting.
        lines: at most.
        role: of the type scale.
        color: token.
        weight: of the font; None: the role's.
    """

    def __init__(
        self, look: Look, lines: int = 1, role: str = "body", color: str = "text.primary", weight: int | None = None
    ) -> None:
        super().__init__()
        self._look = look
        self._lines = lines
        self._role, self._color, self._weight = role, color, weight
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        look.changed.connect(self.update)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show a text."""
        self._text = " ".join(text.split())
        self.setAccessibleName(self._text)
        self._tell_rest()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._look.font(self._role, self._weight))
        return QSize(40, round(metrics.lineSpacing() * self._lines + 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_rest()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self._look.font(self._role, self._weight)
        painter.setFont(font)
        painter.setPen(self._look.color(self._color))
        metrics = QFontMetricsF(font)
        for number, line in enumerate(self._broken()[0]):
            painter.drawText(QPointF(0, number * metrics.lineSpacing() + metrics.ascent()), line)

    def _tell_rest(self) -> None:
        self.setToolTip(tip(self._text) if self._broken()[1] else "")

    def _broken(self) -> tuple[list[str], bool]:
        """The lines that are shown, and whether anything is left out."""
        font = self._look.font(self._role, self._weight)
        layout = QTextLayout(self._text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        starts: list[int] = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, self.width()))
            starts.append(line.textStart())
        layout.endLayout()
        lines = [
            self._text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(self._text)], strict=True)
        ]
        if len(lines) <= self._lines:
            return lines, False
        rest = self._text[starts[self._lines - 1] :]
        last = QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
        return [*lines[: self._lines - 1], last], True
