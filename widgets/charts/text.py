"""Text that charts paint and say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    from engine.queries.metrics import Unit
    from widgets.charts.data import Series
    from widgets.look import Look


def elided(text: str, font: QFont, width: float) -> str:
    """Cleaned, and cut to a width in pixels."""
    return QFontMetricsF(font).elidedText(one_line(text), Qt.TextElideMode.ElideRight, max(0.0, width))


def width_of(text: str, font: QFont) -> float:
    """Pixels a text takes."""
    return QFontMetricsF(font).horizontalAdvance(text)


def sentence(series: Series, name_of: Callable[[int], str], look: Look) -> str:
    """A series in one sentence: first, last, lowest and highest value."""
    return sentence_of(series.label, series.unit, series.values, name_of, look)


def sentence_of(
    label: str, unit: Unit, values: Sequence[float | None], name_of: Callable[[int], str], look: Look
) -> str:
    """As :func:`sentence`, of loose values."""
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    if not known:
        return look.say("{label}: no data.", label=one_line(label))
    show = look.numbers.show
    (first, start), (last, end) = known[0], known[-1]
    (low, low_at), (high, high_at) = min(known), max(known)
    return look.say(
        "{label}: {first} on {start}, {last} on {end}, lowest {low} on {low_at}, highest {high} on {high_at}.",
        label=one_line(label),
        first=show(first, unit),
        start=name_of(start),
        last=show(last, unit),
        end=name_of(end),
        low=show(low, unit),
        low_at=name_of(low_at),
        high=show(high, unit),
        high_at=name_of(high_at),
    )


def paint_nothing(painter: QPainter, look: Look, rect: QRectF, text: str) -> None:
    """Say in the middle of a chart that there is nothing to show."""
    painter.setFont(look.font("table"))
    painter.setPen(look.color("text.muted"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
