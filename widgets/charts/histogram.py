"""The histogram: how many have each size, with the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.strokes import bar_path, draw_hatched
from widgets.charts.text import elided, paint_nothing, width_of
from widgets.charts.tip import TipRow, TipText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

Bin = tuple[str, int, bool]
_HEAD, _LABELS, _NAME = 20, 18, 16


class Histogram(Chart):
    """Counted bins; a hatched bin is one that does not belong to the rest (nothing found)."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._bins: Sequence[Bin] = ()
        self._mean: tuple[float, str] | None = None
        self._axis = self._counted = ""
        self.setMinimumSize(160, 96)
        self.describe(look.say("Histogram"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        bins: Sequence[Bin] | None = None,
        mean: tuple[float, str] | None = None,
        axis: str = "",
        counted: str = "",
    ) -> None:
        """Show bins.

        Args:
            bins: as ``(label, count, is_hatched)``; without them the chart only becomes visible.
            mean: where it lies in bins (0 is the middle of the first, 1.5 between second and third), and its label.
            axis: what the bins are of, under them.
            counted: what is counted, for the tooltip.
        """
        if bins is None:
            super().show()
            return
        self._bins, self._mean, self._axis, self._counted = bins, mean, axis, counted
        self.point_at(None)
        said = [text.plain() for index in range(len(bins)) if (text := self.tip_text(index))]
        if mean:
            said.append(mean[1])
        self.describe(self.look.say("Histogram"), "; ".join(said) or self.look.say("No data in this period."))

    def bar_rect(self, index: int) -> QRectF:
        """A bin's bar."""
        top = max((count for _, count, _ in self._bins), default=0) or 1
        foot = self._foot()
        slot = self.width() / max(1, self.count())
        high = max(0.0, self._bins[index][1] / top * (foot - _HEAD))
        gap = min(4.0, slot * 0.14)
        left, right = round(index * slot + gap / 2), round((index + 1) * slot - gap / 2)
        return QRectF(left, foot - high, max(1, right - left), high)

    def count(self) -> int:
        """How many bins there are."""
        return len(self._bins)

    def place_at(self, at: QPointF) -> int | None:
        """The bin under a point."""
        place = int(at.x() // (self.width() / max(1, self.count())))
        return place if 0 <= place < self.count() else None

    def spot(self, index: int) -> QRectF:
        """The bin's bar."""
        return self.bar_rect(index)

    def tip_text(self, index: int) -> TipText | None:
        """A bin's count and share."""
        label, count, _ = self._bins[index]
        total = sum(some for _, some, _ in self._bins)
        share = self.look.numbers.percent(count / total * 100) if total else ""
        title = f"{label} {self._axis}".strip()
        return TipText(title, [TipRow(self._counted, self.look.numbers.count(count), note=share)])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bins, their counts and the mean."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._bins:
            paint_nothing(painter, self.look, QRectF(self.rect()), self.look.say("No data in this period."))
            return
        foot = self._foot()
        font = self.look.font("table")
        slot = self.width() / self.count()
        if self.at is not None:
            painter.fillRect(QRectF(self.at * slot, 0, slot, foot), self.look.color("bg.hover"))
        widest = max(width_of(label, font) for label, _, _ in self._bins[:64])
        every = max(1, -int(-(widest + 6) // slot))
        counts = max(width_of(self.look.numbers.count(count), font) for _, count, _ in self._bins)
        for index, (label, count, is_hatched) in enumerate(self._bins):
            rect = self.bar_rect(index)
            if is_hatched:
                draw_hatched(painter, rect, self.look.color("series.cost"), self.look.color("bg.canvas"))
            elif count:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self.look.color("series.people"))
                painter.drawPath(bar_path(rect))
            painter.setFont(font)
            painter.setPen(self.look.color("text.secondary"))
            around = QRectF(index * slot - 20, 0, slot + 40, 16)
            if counts <= slot + 2:
                text = self.look.numbers.count(count)
                painter.drawText(around.translated(0, rect.top() - 17), Qt.AlignmentFlag.AlignCenter, text)
            if index % every == 0:
                name = elided(label, font, slot * every - 2)
                room = width_of(name, font) / 2  # the outermost stay inside
                middle = min(max(around.center().x(), room), self.width() - room)
                around.moveCenter(QPointF(middle, around.center().y()))
                painter.drawText(around.translated(0, foot + 3), Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(QPen(self.look.color("grid.axis"), 1))
        painter.drawLine(QPointF(0, foot), QPointF(self.width(), foot))
        if self._axis:
            painter.setFont(self.look.font("caption"))
            painter.setPen(self.look.color("text.muted"))
            rect = QRectF(0, self.height() - _NAME, self.width(), _NAME)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, elided(self._axis, painter.font(), self.width()))
        self._paint_mean(painter, slot, foot)

    def _paint_mean(self, painter: QPainter, slot: float, foot: float) -> None:
        if not self._mean:
            return
        x, font = (self._mean[0] + 0.5) * slot, self.look.font("table")
        text = elided(self._mean[1], font, self.width() / 2)
        room = width_of(text, font) + 4
        is_left = x + 6 + room > self.width()
        back = QRectF(x - 6 - room if is_left else x + 4, 10, room, 16)
        pen = QPen(self.look.color("text.primary"), 1.25)
        pen.setDashPattern([3, 2.4])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, 10), QPointF(x, foot))
        painter.setFont(font)
        align = Qt.AlignmentFlag.AlignRight if is_left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(back.adjusted(2, 0, -2, 0), Qt.AlignmentFlag.AlignVCenter | align, text)

    def _foot(self) -> float:
        return float(self.height() - _LABELS - (_NAME if self._axis else 0))
