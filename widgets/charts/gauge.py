"""The gauge: a share on a half ring, its bands in the outer ring, what it could become in a lighter part."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.text import elided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

_HALF = 180.0
_GAP = 1.6  # degrees between parts
_OUTER, _INNER = 7.0, 13.0  # pixels of the rings
_SPACE = 3.0
_ROOM = 22.0  # around it, for the thresholds


class Gauge(Chart):
    """A percentage between 0 and 100 with thresholds; values beyond are drawn at the ends, and told as they are."""

    def __init__(self, look: Look, thresholds: Sequence[float], parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._thresholds = tuple(thresholds)
        self._value: float | None = None
        self._pending: float | None = None
        self._caption = ""
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(132)
        self.describe(look.say("Gauge"), look.say("No data in this period."))

    def show_value(self, value: float | None, caption: str, pending: float | None = None) -> None:
        """Show a value with what it is; ``pending`` is what it would become."""
        self._value, self._pending, self._caption = value, pending, caption
        numbers = self.look.numbers
        text = f"{numbers.percent(value)} {caption}" if value is not None else self.look.say("No data in this period.")
        if pending is not None:
            text = f"{text}; {self.look.say('with the repairs {value}', value=numbers.percent(pending))}"
        self.describe(self.look.say("Gauge"), text)
        self.update()

    def sizeHint(self) -> QSize:
        """Twice as wide as high."""
        return QSize(268, 152)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rings, the thresholds and the value."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = min(self.width() / 2 - _ROOM, self.height() - _ROOM - 4)
        middle = QPointF(self.width() / 2, self.height() - 4)
        outer = self._ring(middle, radius - _OUTER / 2)
        inner = self._ring(middle, radius - _OUTER - _SPACE - _INNER / 2)
        steps = self.look.tokens.sequential
        edges = [0.0, *self._thresholds, 100.0]
        for place, (low, high) in enumerate(pairwise(edges)):
            self._arc(painter, outer, low, high, _OUTER, QColor(steps[1 + place].fill))
        value = max(0.0, min(100.0, self._value or 0.0))
        pending = max(value, min(100.0, self._pending or 0.0))
        self._arc(painter, inner, pending, 100.0, _INNER, self.look.color("bg.pressed"))
        if pending > value:
            self._arc(painter, inner, value, pending, _INNER, self.look.color("series.people_prev"))
        bounds = [0.0, *(each for each in self._thresholds if each < value), value]
        for low, high in pairwise(bounds):
            self._arc(painter, inner, low, high, _INNER, self.look.color("series.people"))
        self._paint_words(painter, middle, radius)

    def _paint_words(self, painter: QPainter, middle: QPointF, radius: float) -> None:
        numbers = self.look.numbers
        painter.setPen(self.look.color("text.muted"))
        painter.setFont(self.look.font("caption"))
        for threshold in self._thresholds:
            at = self._at(middle, radius + 11, threshold)
            painter.drawText(
                QRectF(at.x() - 16, at.y() - 8, 32, 16), Qt.AlignmentFlag.AlignCenter, numbers.count(threshold)
            )
        room = radius - _OUTER - _SPACE - _INNER - 6
        painter.setPen(self.look.color("text.primary"))
        painter.setFont(self.look.font("hero", 600))
        painter.drawText(
            QRectF(middle.x() - room, middle.y() - 54, 2 * room, 36),
            Qt.AlignmentFlag.AlignCenter,
            numbers.percent(self._value),
        )
        small = self.look.font("body")
        painter.setFont(small)
        painter.setPen(self.look.color("text.secondary"))
        painter.drawText(
            QRectF(middle.x() - room, middle.y() - 20, 2 * room, 18),
            Qt.AlignmentFlag.AlignCenter,
            elided(self._caption, small, 2 * room),
        )

    def _arc(self, painter: QPainter, ring: QRectF, low: float, high: float, width: float, color: QColor) -> None:
        start, length = low / 100 * _HALF, (high - low) / 100 * _HALF
        if length <= _GAP:
            return
        painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawArc(ring, round((_HALF - start - _GAP / 2) * 16), round(-(length - _GAP) * 16))

    @staticmethod
    def _ring(middle: QPointF, radius: float) -> QRectF:
        return QRectF(middle.x() - radius, middle.y() - radius, 2 * radius, 2 * radius)

    @staticmethod
    def _at(middle: QPointF, radius: float, percent: float) -> QPointF:
        angle = math.radians(_HALF - percent / 100 * _HALF)
        return QPointF(middle.x() + radius * math.cos(angle), middle.y() - radius * math.sin(angle))
