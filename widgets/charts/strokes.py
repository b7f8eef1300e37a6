"""Marks that charts paint: lines with gaps and a halo, bars, hatching, dots, symbols."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

if TYPE_CHECKING:
    from collections.abc import Sequence

DASHES: dict[str, list[float]] = {"dash": [5, 3], "dot": [1.2, 2.4], "dashdot": [6, 2.5, 1.2, 2.5]}


def runs(points: Sequence[QPointF | None]) -> list[list[QPointF]]:
    """The points, split where one is missing."""
    found: list[list[QPointF]] = []
    is_open = False
    for point in points:
        if point is None:
            is_open = False
            continue
        if not is_open:
            found.append([])
            is_open = True
        found[-1].append(point)
    return found


def draw_line(
    painter: QPainter,
    points: Sequence[QPointF | None],
    color: QColor,
    width: float = 2.0,
    *,
    halo: QColor | None = None,
    dash: Sequence[float] = (),
) -> None:
    """A line through points, open where one is missing; a point alone is a dot."""
    path = QPainterPath()
    lonely: list[QPointF] = []
    for run in runs(points):
        if len(run) == 1:
            lonely.append(run[0])
            continue
        path.addPolygon(QPolygonF(run))
    join = Qt.PenJoinStyle.RoundJoin if width > 1 else Qt.PenJoinStyle.BevelJoin
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, join)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if halo is not None:
        painter.setPen(
            QPen(halo, width + 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPath(path)
    if dash:
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(list(dash))
    painter.setPen(pen)
    painter.drawPath(path)
    for point in lonely:
        draw_dot(painter, point, color, halo, radius=width + 0.25)


def draw_dot(
    painter: QPainter, at: QPointF, color: QColor, canvas: QColor | None, *, radius: float = 4, is_open: bool = False
) -> None:
    """A dot; with a ring of the canvas around it, or open."""
    if is_open:
        painter.setPen(QPen(color, 1.75))
        painter.setBrush(canvas if canvas is not None else Qt.BrushStyle.NoBrush)
    else:
        painter.setPen(QPen(canvas, 1.5) if canvas is not None else Qt.PenStyle.NoPen)
        painter.setBrush(color)
    painter.drawEllipse(at, radius, radius)


def bar_path(rect: QRectF, radius: float = 2) -> QPainterPath:
    """A bar that stands on its lower edge: only the upper corners are round."""
    path = QPainterPath()
    radius = min(radius, rect.width() / 2, rect.height())
    if radius < 0.75:
        path.addRect(rect)
        return path
    path.moveTo(rect.bottomLeft())
    path.lineTo(rect.left(), rect.top() + radius)
    path.quadTo(rect.topLeft(), QPointF(rect.left() + radius, rect.top()))
    path.lineTo(rect.right() - radius, rect.top())
    path.quadTo(rect.topRight(), QPointF(rect.right(), rect.top() + radius))
    path.lineTo(rect.bottomRight())
    path.closeSubpath()
    return path


def draw_hatched(painter: QPainter, rect: QRectF, color: QColor, soft: QColor, radius: float = 2) -> None:
    """A bar of something unfinished: soft, with strokes from lower left to upper right.

    The strokes are cut at the rectangle by reckoning, since not every reader of SVG knows patterns or clips.
    """
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(soft)
    painter.drawPath(bar_path(rect, radius))
    painter.setPen(QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    inner = rect.adjusted(0.6, 0.6, -0.6, -0.4)
    if inner.width() <= 0 or inner.height() <= 0:
        return
    offset = 2.0
    while offset < inner.width() + inner.height():
        start, end = max(0.0, offset - inner.height()), min(inner.width(), offset)
        painter.drawLine(
            QPointF(inner.left() + start, inner.top() + offset - start),
            QPointF(inner.left() + end, inner.top() + offset - end),
        )
        offset += 5.0


def draw_symbol(
    painter: QPainter, symbol: str, at: QPointF, color: QColor, canvas: QColor, size: float, *, filled: bool
) -> None:
    """A channel's symbol, by the name it has in the tokens."""
    path = symbol_path(symbol, size)
    path.translate(at)
    if symbol == "+":
        painter.setPen(QPen(color, size / 3.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    elif filled:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    else:
        painter.setPen(QPen(color, 1.75))
        painter.setBrush(QBrush(canvas))
    painter.drawPath(path)


def symbol_path(symbol: str, size: float) -> QPainterPath:
    """A symbol's outline around the origin, ``size`` pixels wide."""
    path, half = QPainterPath(), size / 2
    if symbol == "s":
        path.addRect(QRectF(-half * 0.9, -half * 0.9, size * 0.9, size * 0.9))
    elif symbol == "d":
        path.addPolygon(_around([(0, -1.1), (1.1, 0), (0, 1.1), (-1.1, 0)], half))
    elif symbol == "t1":
        path.addPolygon(_around([(0, -1), (1, 0.85), (-1, 0.85)], half))
    elif symbol == "+":
        path.moveTo(-half, 0)
        path.lineTo(half, 0)
        path.moveTo(0, -half)
        path.lineTo(0, half)
    elif symbol == "h":
        path.addPolygon(_around([(math.cos(k * math.pi / 3), math.sin(k * math.pi / 3)) for k in range(6)], half))
    elif symbol == "star":
        corners = [
            (size_ * math.sin(k * math.pi / 5), -size_ * math.cos(k * math.pi / 5))
            for k, size_ in enumerate((1.15, 0.5) * 5)
        ]
        path.addPolygon(_around(corners, half))
    else:
        path.addEllipse(QPointF(0, 0), half, half)
    path.closeSubpath()
    return path


def _around(corners: Sequence[tuple[float, float]], half: float) -> QPolygonF:
    return QPolygonF([QPointF(x * half, y * half) for x, y in corners])
