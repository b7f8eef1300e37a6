"""Shares of a whole under each other: a name, how many and how much of it, and a bar that is full at all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.charts.text import elided, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

Share = tuple[str, float, float | None]
_ROW, _BAR = 34, 5


class Shares(QWidget):
    """The shares."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._shares: Sequence[Share] = ()
        self.setAccessibleName(name)
        look.changed.connect(self.update)

    def show_shares(self, shares: Sequence[Share]) -> None:
        """Show ``(name, how many, percent of the whole)``."""
        self._shares = shares
        self.setFixedHeight(max(1, len(shares)) * _ROW)
        numbers = self._look.numbers
        said = [f"{name} {numbers.count(many)} ({numbers.percent(share)})" for name, many, share in shares]
        self.setAccessibleDescription("; ".join(said))
        self.update()

    def texts(self) -> dict[str, tuple[str, str]]:
        """What each name reads."""
        numbers = self._look.numbers
        return {name: (numbers.count(many), numbers.percent(share)) for name, many, share in self._shares}

    def sizeHint(self) -> QSize:
        return QSize(200, max(1, len(self._shares)) * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        look, numbers = self._look, self._look.numbers
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plain, strong = look.font("table"), look.font("table", 600)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for place, (name, many, share) in enumerate(self._shares):
            line = QRectF(0, place * _ROW, self.width(), 20)
            percent = numbers.percent(share)
            painter.setFont(plain)
            painter.setPen(look.color("text.muted"))
            painter.drawText(line, right, percent)
            line.setRight(line.right() - width_of(percent, plain) - 6)
            count = numbers.count(many)
            painter.setFont(strong)
            painter.setPen(look.color("text.primary"))
            painter.drawText(line, right, count)
            line.setRight(line.right() - width_of(count, strong) - 8)
            painter.setFont(plain)
            painter.setPen(look.color("text.secondary"))
            painter.drawText(
                line, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), elided(name, plain, line.width())
            )
            bar = QRectF(0, place * _ROW + 22, self.width(), _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("bg.pressed"))
            painter.drawRoundedRect(bar, 2, 2)
            if share:
                bar.setWidth(max(2.0, min(1.0, share / 100) * bar.width()))
                painter.setBrush(look.color("series.people"))
                painter.drawRoundedRect(bar, 2, 2)
