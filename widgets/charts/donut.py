"""The donut: parts of a whole, from twelve o'clock by size, the total in the hole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.text import elided, width_of
from widgets.charts.tip import TipRow, TipText
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

_GAP = 2.0  # degrees
_HOLE = 0.68  # of the radius


class Donut(Chart):
    """Parts of a whole.

    Attributes:
        chosen: the label of the part that was clicked or opened with Return.
    """

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._parts: list[tuple[str, float, str | None]] = []
        self._total_label = ""
        self.setMinimumSize(96, 96)
        self.describe(look.say("Donut chart"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, parts: Sequence[tuple[str, float, str | None]] | None = None, total_label: str = ""
    ) -> None:
        """Show parts as ``(label, value, channel)``; the label under the total says what is counted.

        Parts that are not above zero have no slice. Without parts, only become visible.
        """
        if parts is None:
            super().show()
            return
        kept = [part for part in parts if math.isfinite(part[1]) and part[1] > 0]
        self._parts = sorted(kept, key=lambda part: -part[1])
        self._total_label = total_label
        self.point_at(None)
        said = [
            f"{one_line(label)} {self.look.numbers.count(value)} ({self._share(value)})"
            for label, value, _ in self._parts
        ]
        self.describe(
            self.look.say("Donut chart of {measure}", measure=one_line(total_label)),
            ", ".join(said) or self.look.say("No data in this period."),
        )

    def angles(self) -> list[tuple[float, float]]:
        """Start and length of each slice, in degrees clockwise from twelve, with the gaps taken off."""
        total = self._total()
        gap = _GAP if len(self._parts) > 1 else 0.0
        found: list[tuple[float, float]] = []
        start = 0.0
        for _, value, _ in self._parts:
            length = value / total * 360
            found.append((start + gap / 2, max(0.6, length - gap)))
            start += length
        return found

    def count(self) -> int:
        """How many slices there are."""
        return len(self._parts)

    def place_at(self, at: QPointF) -> int | None:
        """The slice under a point."""
        ring = self._ring()
        away = at - ring.center()
        distance = math.hypot(away.x(), away.y())
        if not ring.width() / 2 * _HOLE - 2 <= distance <= ring.width() / 2 + 3:
            return None
        angle = math.degrees(math.atan2(away.x(), -away.y())) % 360
        found = [
            place for place, (start, length) in enumerate(self.angles()) if start - 1 <= angle <= start + length + 1
        ]
        return found[0] if found else None

    def spot(self, index: int) -> QRectF:
        """The middle of a slice."""
        start, length = self.angles()[index]
        ring, angle = self._ring(), math.radians(start + length / 2)
        away = ring.width() / 2 * (1 + _HOLE) / 2
        return QRectF(
            ring.center().x() + away * math.sin(angle) - 6, ring.center().y() - away * math.cos(angle) - 6, 12, 12
        )

    def tip_text(self, index: int) -> TipText | None:
        """A part's value and share."""
        label, value, channel = self._parts[index]
        color = channel if channel and self.look.channel(channel) else "text.on_tooltip_muted"
        row = TipRow(self._total_label, self.look.numbers.count(value), "dot", color, self._share(value))
        return TipText(label, [row])

    def act(self, index: int) -> None:
        """Say which part is chosen."""
        self.chosen.emit(self._parts[index][0])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint slices and total."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = self._ring()
        if not self._parts:
            wide = ring.width() * (1 - _HOLE) / 2
            painter.setPen(QPen(self.look.color("grid.line"), wide))
            painter.drawEllipse(ring.adjusted(wide / 2, wide / 2, -wide / 2, -wide / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        for place, (start, length) in enumerate(self.angles()):
            painter.setBrush(self._color(place))
            painter.drawPath(_slice(ring.adjusted(-3, -3, 3, 3) if place == self.at else ring, ring, start, length))
        self._paint_total(painter, ring)

    def _paint_total(self, painter: QPainter, ring: QRectF) -> None:
        room = ring.width() * _HOLE - 12
        text = self.look.numbers.count(self._total()) if self._parts else "–"
        roles = (("kpi", 600), ("section", 600), ("body", 600), ("caption", 600))
        if ring.width() < 150:
            roles = roles[1:]
        font = next(
            (found for role, weight in roles if width_of(text, found := self.look.font(role, weight)) <= room),
            self.look.font("caption", 600),
        )
        middle = ring.center()
        painter.setFont(font)
        painter.setPen(self.look.color("text.primary"))
        painter.drawText(QRectF(ring.left(), middle.y() - 20, ring.width(), 22), Qt.AlignmentFlag.AlignCenter, text)
        small = self.look.font("caption")
        painter.setFont(small)
        painter.setPen(self.look.color("text.muted"))
        label = elided(self._total_label, small, room * 0.92)
        painter.drawText(QRectF(ring.left(), middle.y() + 1, ring.width(), 16), Qt.AlignmentFlag.AlignCenter, label)

    def _ring(self) -> QRectF:
        size = max(8.0, min(self.width(), self.height()) - 8.0)
        return QRectF((self.width() - size) / 2, (self.height() - size) / 2, size, size)

    def _total(self) -> float:
        return sum(value for _, value, _ in self._parts)

    def _share(self, value: float) -> str:
        return self.look.numbers.percent(value / self._total() * 100)

    def _color(self, place: int) -> QColor:
        mark = self.look.channel(self._parts[place][2])
        if mark is not None:
            return QColor(mark.color)
        steps = self.look.tokens.sequential  # parts of no channel: from strong to weak
        return QColor(steps[max(1, len(steps) - 1 - place)].fill)


def _slice(outer: QRectF, ring: QRectF, start: float, length: float) -> QPainterPath:
    inset = ring.width() / 2 * (1 - _HOLE)
    hole = ring.adjusted(inset, inset, -inset, -inset)
    path = QPainterPath()
    path.arcMoveTo(outer, 90 - start)
    path.arcTo(outer, 90 - start, -length)
    path.arcTo(hole, 90 - start - length, length)
    path.closeSubpath()
    return path
