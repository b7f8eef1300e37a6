"""Sparks: a trend without axes, beside a figure or in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from widgets.charts.data import Role, Series
from widgets.charts.strokes import draw_dot, draw_line
from widgets.charts.text import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.queries.metrics import Unit
    from widgets.look import Look

Kind = Literal["line", "bars"]


def paint_spark(
    painter: QPainter, rect: QRectF, values: Sequence[float | None], look: Look, role: Role, kind: Kind = "line"
) -> None:
    """Paint a spark into a rectangle: a line between lowest and highest with a dot at its end, or bars from zero.

    For delegates too: the painter is left as it was.
    """
    known = [value for value in values if value is not None]
    if not known or rect.width() < 4 or rect.height() < 4:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = look.color(f"series.{role}")
    if kind == "bars":
        _paint_bars(painter, rect, values, max([*known, 0.0]), color)
    else:
        inner = rect.adjusted(1, 3, -3, -3)
        low, high = min(known), max(known)
        step = inner.width() / max(1, len(values) - 1)
        points = [
            None
            if value is None
            else QPointF(
                inner.left() + index * step,
                inner.bottom() - ((value - low) / (high - low) if high > low else 0.5) * inner.height(),
            )
            for index, value in enumerate(values)
        ]
        draw_line(painter, points, color, 1.5)
        end = next(point for point in reversed(points) if point is not None)
        draw_dot(painter, end, color, None, radius=2.25)
    painter.restore()


def _paint_bars(painter: QPainter, rect: QRectF, values: Sequence[float | None], top: float, color: QColor) -> None:
    slot = rect.width() / len(values)
    for index, value in enumerate(values):
        if value and value > 0:
            high = max(1.0, value / top * rect.height())
            wide = max(1.0, slot * 0.64)
            painter.fillRect(QRectF(rect.left() + index * slot, rect.bottom() - high, wide, high), color)


class Spark(QWidget):
    """A spark of 58 by 20 pixels."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._series: Series | None = None
        self._kind: Kind = "line"
        self.setFixedSize(58, 20)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        look.changed.connect(self.update)

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        values: Sequence[float | None] | None = None,
        role: Role = "people",
        kind: Kind = "line",
        *,
        label: str = "",
        unit: Unit = "count",
    ) -> None:
        """Show these values; ``label`` and ``unit`` are for screen readers. Without values, only become visible."""
        if values is None:
            super().show()
            return
        self._series, self._kind = Series("", label, unit, values, role), kind
        self.setAccessibleName(self.look.say("Trend of {measure}", measure=label))
        self.setAccessibleDescription(sentence(self._series, lambda index: str(index + 1), self.look))
        self.update()

    def sizeHint(self) -> QSize:
        """58 by 20."""
        return QSize(58, 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the spark."""
        del event
        series = self._series
        if series is not None:
            painter = QPainter(self)
            paint_spark(painter, QRectF(self.rect()), series.values, self.look, series.role, self._kind)
