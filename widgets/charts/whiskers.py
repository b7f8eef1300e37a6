"""Intervals: a dot and its whiskers for each model, on one axis from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from widgets.charts.axis import has_below, scale, tick_text
from widgets.charts.chart import Chart
from widgets.charts.text import elided, paint_nothing, width_of
from widgets.charts.tip import TipRow, TipText
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from engine.queries.metrics import Unit
    from widgets.charts.axis import Scale
    from widgets.look import Look

Interval = tuple[str, float, float | None, float | None, bool]
_FOOT, _TOP, _TICKS = 20, 4, 8


class Whiskers(Chart):
    """Dots with whiskers; picked rows are strong, others muted."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._rows: Sequence[Interval] = ()
        self._unit: Unit = "money"
        self._reference: tuple[float, str] | None = None
        self._scale: Scale = scale([], "money")
        self.setMinimumSize(200, 80)
        self.describe(look.say("Intervals"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        rows: Sequence[Interval] | None = None,
        unit: Unit = "money",
        reference: tuple[float, str] | None = None,
    ) -> None:
        """Show rows as ``(label, value, low, high, is_picked)``, and a dashed line at ``(value, label)``.

        Without low and high a row is a dot alone. Without rows, only become visible.
        """
        if rows is None:
            super().show()
            return
        self._rows, self._unit, self._reference = rows, unit, reference
        values = [value for row in rows for value in row[1:4]]
        if reference:
            values.append(reference[0])
        self._scale = scale(values, unit, below=has_below(values), count=_TICKS)
        self.point_at(None)
        said = [text.plain() for index in range(len(rows)) if (text := self.tip_text(index))]
        self.describe(self.look.say("Intervals"), "; ".join(said) or self.look.say("No data in this period."))

    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def place_at(self, at: QPointF) -> int | None:
        """The row under a point."""
        place = int((at.y() - _TOP) // max(1.0, self._row())) if at.y() >= _TOP else -1
        return place if 0 <= place < self.count() else None

    def spot(self, index: int) -> QRectF:
        """The row's dot."""
        x = self._x(self._rows[index][1])
        return QRectF(x - 6, _TOP + index * self._row(), 12, self._row())

    def tip_text(self, index: int) -> TipText | None:
        """The value and its interval."""
        label, value, low, high, _ = self._rows[index]
        show = self.look.numbers.show
        rows = [TipRow(self.look.say("Value"), show(value, self._unit))]
        if low is not None and high is not None:
            span = f"{show(low, self._unit)} – {show(high, self._unit)}"
            rows.append(TipRow(self.look.say("90% interval"), span))
        if self._reference:
            rows.append(TipRow(self._reference[1], show(self._reference[0], self._unit)))
        return TipText(label, rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint grid, rows and the reference."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._rows:
            paint_nothing(painter, self.look, QRectF(self.rect()), self.look.say("No data in this period."))
            return
        if self.at is not None:
            painter.fillRect(
                QRectF(0, _TOP + self.at * self._row(), self.width(), self._row()), self.look.color("bg.hover")
            )
        self._paint_axis(painter)
        for index in range(self.count()):
            self._paint_row(painter, index)
        if self._reference:
            x = self._x(self._reference[0])
            pen = QPen(self.look.color("text.secondary"), 1.25)
            pen.setDashPattern([3, 2.4])
            painter.setPen(pen)
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - _FOOT))

    def _paint_axis(self, painter: QPainter) -> None:
        font = self.look.font("caption")
        painter.setFont(font)
        bottom, past = self.height() - _FOOT, -100.0
        for tick in self._scale.ticks:
            x = self._x(tick)
            painter.setPen(QPen(self.look.color("grid.axis" if tick == 0 else "grid.line"), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            text = tick_text(self.look, tick, self._scale.step, self._unit)
            room = width_of(text, font) + 2
            left = min(x - room / 2, self.width() - room)
            if left >= past + 8:
                painter.setPen(self.look.color("text.muted"))
                painter.drawText(QRectF(left, bottom + 4, room, _FOOT - 4), Qt.AlignmentFlag.AlignCenter, text)
                past = left + room

    def _paint_row(self, painter: QPainter, index: int) -> None:
        label, value, low, high, is_picked = self._rows[index]
        row, names = self._row(), self._names()
        y = _TOP + (index + 0.5) * row
        strong = self.look.color("text.primary" if is_picked else "text.muted")
        font = self.look.font("table", 600 if is_picked else 400)
        painter.setFont(font)
        painter.setPen(strong)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, y - 9, names - 10, 18), align, elided(label, font, names - 10))
        painter.setPen(QPen(strong, 1.75 if is_picked else 1.25, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        if low is not None and high is not None:
            painter.drawLine(QPointF(self._x(low), y), QPointF(self._x(high), y))
            for end in (low, high):
                painter.drawLine(QPointF(self._x(end), y - 3.5), QPointF(self._x(end), y + 3.5))
        painter.setPen(QPen(strong, 1.5 if is_picked else 1.1))
        painter.setBrush(self.look.color("series.money" if is_picked else "bg.canvas"))
        radius = 4.25 if is_picked else 3.0
        painter.drawEllipse(QPointF(self._x(value), y), radius, radius)

    def _row(self) -> float:
        return min(26.0, (self.height() - _FOOT - _TOP - 2) / max(1, self.count()))

    def _names(self) -> float:
        font = self.look.font("table", 600)
        widest = max((width_of(one_line(row[0]), font) for row in self._rows), default=0)
        return min(widest + 12, self.width() * 0.38)

    def _x(self, value: float) -> float:
        left = self._names()
        return left + self._scale.part(value) * (self.width() - left - 14)
