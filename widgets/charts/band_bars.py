"""Percentages over time as bars, with the thresholds of their bands as lines across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.tip import TipRow, TipText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

Bar = tuple[str, float | None, str]


class BandBars(Chart):
    """Bars from 0 to 100; one without a value is a stroke on the ground."""

    def __init__(self, look: Look, thresholds: Sequence[float], parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._thresholds = tuple(thresholds)
        self._bars: Sequence[Bar] = ()
        self._name = ""
        self.setFixedHeight(64)
        self.describe(look.say("Coverage over time"), look.say("No data in this period."))

    def show_bars(self, name: str, bars: Sequence[Bar]) -> None:
        """Show ``(when, percent, what the tooltip adds)`` from left to right."""
        self._name, self._bars = name, bars
        self.point_at(None)
        said = "; ".join(f"{when} {self.look.numbers.percent(value)}" for when, value, _ in bars)
        self.describe(name, said or self.look.say("No data in this period."))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(200, 64)

    def count(self) -> int:
        """How many bars there are."""
        return len(self._bars)

    def place_at(self, at: QPointF) -> int | None:
        """The bar under a point."""
        if not self._bars:
            return None
        place = int(at.x() / max(1.0, self.width() / len(self._bars)))
        return place if 0 <= place < len(self._bars) else None

    def spot(self, index: int) -> QRectF:
        """A bar."""
        slot = self.width() / max(1, len(self._bars))
        value = self._bars[index][1]
        high = max(2.0, max(0.0, min(100.0, value or 0.0)) / 100 * (self.height() - 4))
        wide = max(2.0, min(22.0, slot * 0.64))
        return QRectF(index * slot + (slot - wide) / 2, self.height() - high, wide, high)

    def tip_text(self, index: int) -> TipText | None:
        """When, how much, and of what."""
        when, value, more = self._bars[index]
        return TipText(when, [TipRow(self._name, self.look.numbers.percent(value), note=more)])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint lines and bars."""
        del event
        painter = QPainter(self)
        for threshold in self._thresholds:
            y = self.height() - threshold / 100 * (self.height() - 4)
            painter.setPen(QPen(self.look.color("grid.axis"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        for place, (_, value, _) in enumerate(self._bars):
            name = "series.people" if place == self.at else "series.people_prev"
            painter.fillRect(self.spot(place), self.look.color(name if value is not None else "bg.pressed"))
