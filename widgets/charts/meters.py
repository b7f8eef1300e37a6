"""Meters: measures of different units, each as a bar with the average beside it and the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF

from widgets.charts.chart import Chart
from widgets.charts.text import elided, width_of
from widgets.charts.tip import TipRow, TipText
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from engine.queries.metrics import Unit
    from widgets.look import Look

Meter = tuple[str, float | None, float | None, "Unit", int]
_ROW = 20


class Meters(Chart):
    """Labelled bars with a tick at the average; more is better where the direction says so."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._rows: Sequence[Meter] = ()
        self._average_label = ""
        self.describe(look.say("Meters"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, rows: Sequence[Meter] | None = None, average_label: str = ""
    ) -> None:
        """Show rows as ``(label, value, average, unit, direction)``, the direction as a metric's (1, 0, -1).

        A bar is full at twice the average; percentages never exceed 100. Without rows, only become visible.
        """
        if rows is None:
            super().show()
            return
        self._rows, self._average_label = rows, average_label
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.point_at(None)
        said = [text.plain() for index in range(len(rows)) if (text := self.tip_text(index))]
        self.describe(self.look.say("Meters"), "; ".join(said) or self.look.say("No data in this period."))

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(320, max(1, len(self._rows)) * _ROW)

    def change(self, index: int) -> float | None:
        """How far a row is from its average, in percent of it."""
        _, value, average, _, _ = self._rows[index]
        return (value - average) / abs(average) * 100 if value is not None and average else None

    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def place_at(self, at: QPointF) -> int | None:
        """The row under a point."""
        place = int(at.y() // _ROW)
        return place if 0 <= place < self.count() else None

    def spot(self, index: int) -> QRectF:
        """The row's bar."""
        return self._columns(index)[0]

    def tip_text(self, index: int) -> TipText | None:
        """The value, the average and the difference."""
        label, value, average, unit, _ = self._rows[index]
        show, change = self.look.numbers.show, self.change(index)
        rows = [TipRow(self.look.say("Value"), show(value, unit))]
        if average is not None:
            note = self.look.numbers.change(change) if change is not None else ""
            rows.append(TipRow(self._average_label or self.look.say("Average"), show(average, unit), note=note))
        return TipText(label, rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_row(painter, index)

    def _paint_row(self, painter: QPainter, index: int) -> None:
        label, value, average, unit, _ = self._rows[index]
        bar, figure, delta = self._columns(index)
        top = index * _ROW
        if index == self.at:
            painter.fillRect(QRectF(0, top, self.width(), _ROW), self.look.color("bg.hover"))
        font = self.look.font("table")
        painter.setFont(font)
        painter.setPen(self.look.color("text.secondary"))
        name = elided(label, font, bar.left() - 10)
        painter.drawText(QRectF(0, top, bar.left() - 10, _ROW), Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.color("bg.pressed"))
        painter.drawRoundedRect(bar, 2, 2)
        full = self._full(index)
        if value is not None and value > 0 and full:
            painter.setBrush(self.look.color("series.people"))
            wide = max(2.0, min(1.0, value / full) * bar.width())
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), wide, bar.height()), 2, 2)
        if average is not None and full:
            x = bar.left() + min(1.0, average / full) * bar.width()
            painter.setPen(QPen(self.look.color("bg.canvas"), 4))
            painter.drawLine(QPointF(x, bar.top()), QPointF(x, bar.bottom()))
            painter.setPen(QPen(self.look.color("text.primary"), 1.75, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLine(QPointF(x, bar.top() - 2.5), QPointF(x, bar.bottom() + 2.5))
        painter.setFont(self.look.font("table", 600))
        painter.setPen(self.look.color("text.primary"))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(figure, align, self.look.numbers.show(value, unit))
        self._paint_delta(painter, index, delta)

    def _paint_delta(self, painter: QPainter, index: int, rect: QRectF) -> None:
        change, direction = self.change(index), self._rows[index][4]
        if change is None:
            return
        text = self.look.numbers.change(change, 0)
        is_even = text == self.look.numbers.change(0, 0)
        verdict = 0.0 if is_even else change * direction
        color = self.look.color("good.text" if verdict > 0 else "bad.text" if verdict < 0 else "text.muted")
        font = self.look.font("table")
        painter.setFont(font)
        painter.setPen(color)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        if is_even:
            return
        x, y = rect.right() - width_of(text, font) - 9, rect.center().y()
        tip = -3.5 if change > 0 else 3.5
        arrow = QPolygonF([QPointF(x, y + tip), QPointF(x + 4, y - tip), QPointF(x - 4, y - tip)])
        painter.setPen(QPen(color, 1.25))
        painter.setBrush(color if verdict > 0 else Qt.BrushStyle.NoBrush)  # filled is better, hollow is worse
        painter.drawPolygon(arrow)

    def _columns(self, index: int) -> tuple[QRectF, QRectF, QRectF]:
        font, strong = self.look.font("table"), self.look.font("table", 600)
        numbers = self.look.numbers
        names = max((width_of(one_line(row[0]), font) for row in self._rows), default=0) + 14
        figures = max((width_of(numbers.show(row[1], row[3]), strong) for row in self._rows), default=0) + 12
        changes = [self.change(place) for place in range(self.count())]
        deltas = max((width_of(numbers.change(some, 0), font) + 28 for some in changes if some is not None), default=0)
        names = min(names, self.width() * 0.4)
        top = index * _ROW
        wide = max(24.0, self.width() - names - figures - deltas)
        bar = QRectF(names, top + (_ROW - 7) / 2, wide, 7)
        return bar, QRectF(bar.right(), top, figures, _ROW), QRectF(bar.right() + figures, top, deltas, _ROW)

    def _full(self, index: int) -> float:
        _, value, average, unit, _ = self._rows[index]
        full = 2 * average if average and average > 0 else value or 0.0
        return min(100.0, full) if unit == "percent" else full
