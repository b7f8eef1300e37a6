"""What charts on a plot share: slots of days across its width, found by mouse and labelled underneath."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets.charts.axis import day_ticks
from widgets.charts.chart import Chart
from widgets.charts.plot import FOOT, Plot
from widgets.charts.text import width_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from PySide6.QtGui import QResizeEvent

    from widgets.charts.data import Step
    from widgets.look import Look

OVER = 4.0  # pixels that bands and crosshairs stand over the highest tick


class PlottedChart(Chart):
    """A chart over time on a :class:`Plot`; kinds of it say how many slots there are and paint layers.

    Attributes:
        plot: the views and axes.
    """

    def __init__(self, look: Look, right_room: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.plot = Plot(look, right_room=right_room, parent=self)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)

    def place_at(self, at: QPointF) -> int | None:
        """The slot under a point."""
        area = self.plot.area()
        if not self.count() or not area.adjusted(-2, -8, 2, FOOT).contains(at):
            return None
        place = int((at.x() - area.left()) / max(1.0, area.width()) * self.count())
        return max(0, min(self.count() - 1, place))

    def spot(self, index: int) -> QRectF:
        """The slot's crosshair."""
        area, half = self.plot.area(), max(2.0, self.slot_width() / 2)
        return QRectF(area.left() + self.x_of(index) - half, area.top(), 2 * half, area.height())

    def repoint(self) -> None:
        """Only the layers change."""
        self.plot.repaint_layers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The places have moved: what was pointed at is no longer under the mouse."""
        super().resizeEvent(event)
        if self.plot.isVisibleTo(self):
            self.plot.setGeometry(self.rect())
        if self.at is not None:
            self.point_at(None)

    def slot_width(self) -> float:
        """Pixels of a slot."""
        return self.plot.size_of_views()[0] / max(1, self.count())

    def x_of(self, index: int) -> float:
        """The middle of a slot, in the views' pixels."""
        return (index + 0.5) * self.slot_width()

    def draw_band(self, painter: QPainter) -> None:
        """The slot that is pointed at, behind everything."""
        if self.at is not None:
            band = max(self.slot_width(), 5.0)
            rect = QRectF(self.x_of(self.at) - band / 2, -OVER, band, self.plot.size_of_views()[1] + OVER)
            painter.fillRect(rect, self.look.color("bg.hover"))

    def draw_crosshair(self, painter: QPainter, index: int) -> None:
        """The line through the slot that is pointed at."""
        x = self.x_of(index)
        painter.setPen(QPen(self.look.color("text.muted"), 1))
        painter.drawLine(QPointF(x, -OVER), QPointF(x, self.plot.size_of_views()[1]))

    def draw_days(self, painter: QPainter, days: Sequence[date], step: Step, last: str = "") -> None:
        """The labels under the views; ``last`` is one the last slot must have."""
        wide, high = self.plot.size_of_views()
        font = self.look.font("table")
        painter.setFont(font)
        for index, text in day_ticks(self.look, days, step, self.slot_width(), lambda text: width_of(text, font), last):
            x, room = self.x_of(index), width_of(text, font)
            painter.setPen(QPen(self.look.color("grid.axis"), 1))
            painter.drawLine(QPointF(x, high + 1), QPointF(x, high + 4))
            painter.setPen(self.look.color("text.secondary"))
            left = min(max(x - room / 2, -24.0), wide + 12 - room)
            painter.drawText(QRectF(left, high + 5, room + 1, FOOT - 5), Qt.AlignmentFlag.AlignVCenter, text)
