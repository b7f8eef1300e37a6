"""The marks of channels: a colour and a shape each, the same wherever a channel is named."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor as Color
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF

if TYPE_CHECKING:
    from widgets.look import Look

SIZE = 10  # pixels


def paint_channel(painter: QPainter, rect: QRectF, channel: str | None, look: Look) -> None:
    """Paint a channel's mark into a square; a name that is no channel gets a small neutral ring."""
    mark = look.channel(channel)
    color = Color(mark.color) if mark else look.color("text.muted")
    is_filled = mark is not None and mark.is_filled
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center())
    painter.scale(side / SIZE, side / SIZE)
    painter.setPen(Qt.PenStyle.NoPen if is_filled else QPen(color, 2 if mark else 1.2))
    painter.setBrush(color if is_filled else Qt.BrushStyle.NoBrush)
    _paint_shape(painter, mark.symbol if mark else "none", is_open=not is_filled)
    painter.restore()


def channel_pixmap(look: Look, channel: str | None, size: int = SIZE, ratio: float = 1.0) -> QPixmap:
    """A channel's mark as a picture of so many pixels, for menus and lists."""
    pixmap = QPixmap(math.ceil(size * ratio), math.ceil(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_channel(painter, QRectF(0, 0, size, size), channel, look)
    painter.end()
    return pixmap


def _paint_shape(painter: QPainter, symbol: str, *, is_open: bool) -> None:
    """A shape around the origin in a square of ten; an open one is drawn with a pen of two inside its edge."""
    inset = 1.0 if is_open else 0.0
    if symbol == "s":
        half = 4.25 - inset
        painter.drawRoundedRect(QRectF(-half, -half, 2 * half, 2 * half), 1, 1)
    elif symbol == "o":
        painter.drawEllipse(QPointF(0, 0), 4.5 - inset, 4.5 - inset)
    elif symbol == "+":
        painter.drawRect(QRectF(-4.5, -1.4, 9, 2.8))
        painter.drawRect(QRectF(-1.4, -4.5, 2.8, 3.1))
        painter.drawRect(QRectF(-1.4, 1.4, 2.8, 3.1))
    elif symbol == "star":
        painter.drawPolygon(_ring(10, 5, 2.1, -90))
    elif symbol == "d":
        painter.drawPolygon(_ring(4, 5 - inset, 5 - inset, -90))
    elif symbol == "h":
        painter.drawPolygon(_ring(6, 4.9 - inset, 4.9 - inset, 0))
    elif symbol == "t1":
        painter.drawPolygon(QPolygonF([QPointF(0, -4.4), QPointF(4.8, 4.1), QPointF(-4.8, 4.1)]))
    else:
        painter.drawEllipse(QPointF(0, 0), 3, 3)


def _ring(corners: int, outer: float, inner: float, start: float) -> QPolygonF:
    """Corners around the origin, every second one at the inner radius."""
    points: list[QPointF] = []
    for corner in range(corners):
        angle = math.radians(start + 360 * corner / corners)
        radius = inner if corner % 2 else outer
        points.append(QPointF(radius * math.cos(angle), radius * math.sin(angle)))
    return QPolygonF(points)
