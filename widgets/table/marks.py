"""Painters of the cells that are pictures: heat, strips, lines, paths and changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from widgets.table.glyphs import SIZE, paint_channel
from widgets.table.text import entries, number_of, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look
    from widgets.table.columns import Column

SQUARE = 17.0  # pixels from one square of a strip to the next
_STEP = 26.0  # pixels from one mark of a path to the next


def heat_colors(look: Look, value: object) -> tuple[QColor, QColor] | None:
    """Fill and text colour of a heat cell; None without a value."""
    shift = number_of(value)
    if shift is None:
        return None
    step = look.tokens.diverging_step(shift / 100)
    return QColor(step.fill), QColor(step.text)


def paint_strip(painter: QPainter, rect: QRectF, look: Look, column: Column, value: object) -> None:
    """Squares coloured by shift; the baseline's is a dot, an absent value a hairline frame."""
    height = min(14.0, rect.height() - 8)
    for place, shift in enumerate(numbers_of(value)):
        square = QRectF(rect.left() + place * SQUARE, rect.center().y() - height / 2, SQUARE - 1, height)
        if place == column.baseline:
            painter.fillRect(square, QColor(look.tokens.diverging_step(0).fill))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("text.muted"))
            painter.drawEllipse(square.center(), 2.5, 2.5)
        elif shift is None:
            painter.setPen(QPen(look.color("border.hairline"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.fillRect(square, QColor(look.tokens.diverging_step(shift / 100).fill))


def paint_line(painter: QPainter, rect: QRectF, look: Look, column: Column, value: object) -> None:
    """A small line of the values in the colour of the column's measure."""
    from widgets.charts.spark import paint_spark  # charts are slow to load, and few tables have lines

    values = numbers_of(value)
    if any(entry is not None for entry in values):
        paint_spark(painter, rect.adjusted(0, 5, 0, -5), values, look, column.bar or "cost")


def path_width(value: object, *, has_end: bool = True) -> float:
    """Pixels a path needs."""
    return len(entries(value)) * _STEP + (12 if has_end else 0)


def paint_path(painter: QPainter, rect: QRectF, look: Look, value: object) -> None:
    """The channels of a path as marks joined by short lines, with the payment at its end.

    A path too long for the cell keeps its beginning and its last touch, and says how many are left out.
    """
    channels = [str(entry) for entry in entries(value)]
    room = max(2, int((rect.width() - 14) // _STEP))
    left = rect.left()
    for place, channel in enumerate(_fitting(channels, room)):
        if place:
            _join(painter, look, left, rect.center().y())
        if channel is None:
            painter.setPen(look.color("text.muted"))
            painter.setFont(look.font("caption"))
            text = f"+{len(channels) - room + 1}"
            painter.drawText(QRectF(left - 6, rect.top(), 22, rect.height()), Qt.AlignmentFlag.AlignCenter, text)
        else:
            paint_channel(painter, QRectF(left, rect.center().y() - SIZE / 2, SIZE, SIZE), channel, look)
        left += _STEP
    if channels:
        _join(painter, look, left, rect.center().y())
        icon = QRectF(left - 1, rect.center().y() - 7, 14, 14).toAlignedRect()
        look.icon("credit-card", "series.money").paint(painter, icon)


def paint_delta(painter: QPainter, rect: QRectF, look: Look, column: Column, value: object, text: str) -> QColor:
    """The arrow of a change before its right-aligned text; returns the text's colour.

    The arrow is the direction, filled is better, hollow is worse, a thin one is no verdict.
    """
    change = number_of(value)
    if change is None or math.isinf(change):
        return look.color("text.muted")
    is_up = change > 0
    width = painter.fontMetrics().horizontalAdvance(text)
    if not text.startswith(("+", "−")):  # rounds to nothing
        left = rect.right() - width - 11
        painter.fillRect(QRectF(left, rect.center().y(), 6, 1), look.color("text.muted"))
        return look.color("text.muted")
    middle = QPointF(rect.right() - width - 8, rect.center().y() + 0.5)
    verdict = column.direction if is_up else -column.direction
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(middle)
    painter.scale(1, 1 if is_up else -1)
    if verdict == 0:
        painter.setPen(QPen(look.color("text.secondary"), 1.2))
        painter.drawLine(QPointF(0, 3.5), QPointF(0, -3))
        painter.drawPolyline(QPolygonF([QPointF(-2.5, -0.8), QPointF(0, -3.4), QPointF(2.5, -0.8)]))
    elif verdict > 0:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color("good.fill"))
        painter.drawPolygon(_triangle(4))
    else:
        painter.setPen(QPen(look.color("bad.fill"), 1.3))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(_triangle(3.3))
    painter.restore()
    return look.color("text.secondary" if verdict == 0 else "good.text" if verdict > 0 else "bad.text")


def _triangle(half: float) -> QPolygonF:
    return QPolygonF([QPointF(0, -half), QPointF(half, half * 0.8), QPointF(-half, half * 0.8)])


def _fitting(channels: Sequence[str], room: int) -> list[str | None]:
    if len(channels) <= room:
        return list(channels)
    return [*channels[: room - 2], None, channels[-1]]


def _join(painter: QPainter, look: Look, left: float, middle: float) -> None:
    painter.setPen(QPen(look.color("border.strong"), 1))
    painter.drawLine(QPointF(left - 12, middle), QPointF(left - 4, middle))
