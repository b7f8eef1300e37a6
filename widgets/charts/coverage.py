"""The coverage bar: one bar of stacked parts, and a row for each with its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.text import elided, width_of
from widgets.charts.tip import TipRow, TipText
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

Part = tuple[str, int, float]
_BAR, _ROW, _GAP = 14, 26, 10
_COLORS = ("series.people", "series.people_prev", "bg.pressed")


class CoverageBar(Chart):
    """Parts of a sum of money, strongest first; the last part is what was not found."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._parts: Sequence[Part] = ()
        self._goal: float | None = None
        self._goal_label = ""
        self.describe(look.say("Coverage"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, parts: Sequence[Part] | None = None, goal: float | None = None, goal_label: str = ""
    ) -> None:
        """Show parts as ``(label, count, money)``; ``goal`` is a share (0 to 1) marked on the bar.

        Without parts, only become visible.
        """
        if parts is None:
            super().show()
            return
        self._parts, self._goal, self._goal_label = parts, goal, goal_label
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.point_at(None)
        said = [", ".join(one_line(text) for text in row) for row in self.texts()]
        self.describe(self.look.say("Coverage"), "; ".join(said) or self.look.say("No data in this period."))

    def texts(self) -> list[tuple[str, str, str, str]]:
        """Each row's label, count, money and share."""
        numbers, total = self.look.numbers, self._total()
        return [
            (label, numbers.count(count), numbers.money(money), numbers.percent(money / total * 100 if total else None))
            for label, count, money in self._parts
        ]

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(320, _BAR + _GAP + max(1, len(self._parts)) * _ROW + 2)

    def count(self) -> int:
        """How many parts there are."""
        return len(self._parts)

    def place_at(self, at: QPointF) -> int | None:
        """The part under a point of the bar or the row."""
        if at.y() <= _BAR + 4:
            return next((place for place, (left, right) in enumerate(self._spans()) if left <= at.x() < right), None)
        place = int((at.y() - _BAR - _GAP) // _ROW)
        return place if 0 <= place < self.count() else None

    def spot(self, index: int) -> QRectF:
        """The part of the bar."""
        left, right = self._spans()[index]
        return QRectF(left, 0, right - left, _BAR)

    def tip_text(self, index: int) -> TipText | None:
        """The row's figures, and the goal's label."""
        label, count, money, share = self.texts()[index]
        rows = [
            TipRow(self.look.say("Payments"), count),
            TipRow(self.look.say("Cash"), money, note=share),
        ]
        return TipText(label, rows, [self._goal_label] if self._goal_label else [])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bar and rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(0, 1, self.width(), _BAR - 2), 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.look.color("bg.pressed"))
        painter.drawPath(clip)
        for place, (left, right) in enumerate(self._spans()):
            piece = QPainterPath()
            piece.addRect(QRectF(left, 1, max(0.0, right - left - (1 if place < self.count() - 1 else 0)), _BAR - 2))
            painter.setBrush(self.look.color(self._color(place)))
            painter.drawPath(piece.intersected(clip))
        if self._goal is not None and self._parts:
            x = round(self._goal * self.width()) + 0.5
            painter.setPen(QPen(self.look.color("text.primary"), 1.5))
            painter.drawLine(QPointF(x, -1), QPointF(x, _BAR + 1))
        self._paint_rows(painter)

    def _paint_rows(self, painter: QPainter) -> None:
        font = self.look.font("table")
        texts = self.texts()
        wides = [max((width_of(row[place], font) for row in texts), default=0) + 18 for place in (1, 2, 3)]
        for place, row in enumerate(texts):
            rect = QRectF(0, _BAR + _GAP + place * _ROW, self.width(), _ROW)
            if place == self.at:
                painter.fillRect(rect, self.look.color("bg.hover"))
            painter.setPen(QPen(self.look.color("border.hairline"), 1))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())
            color = self._color(place)
            painter.setPen(QPen(self.look.color("border.strong"), 1) if color == "bg.pressed" else Qt.PenStyle.NoPen)
            painter.setBrush(self.look.color(color))
            painter.drawRoundedRect(QRectF(0.5, rect.center().y() - 4.5, 9, 9), 2, 2)
            painter.setFont(font)
            painter.setPen(self.look.color("text.primary"))
            room = self.width() - sum(wides) - 18
            name = elided(row[0], font, room)
            painter.drawText(QRectF(18, rect.top(), room, _ROW), Qt.AlignmentFlag.AlignVCenter, name)
            left = self.width() - sum(wides)
            for text, wide in zip(row[1:], wides, strict=True):
                align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(QRectF(left, rect.top(), wide, _ROW), align, text)
                left += wide

    def _color(self, place: int) -> str:
        return _COLORS[-1] if place == self.count() - 1 and place > 0 else _COLORS[min(place, 1)]

    def _total(self) -> float:
        return sum(max(0.0, money) for _, _, money in self._parts)

    def _spans(self) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        total, left = self._total(), 0.0
        for _, _, money in self._parts:
            right = left + (max(0.0, money) / total * self.width() if total else 0.0)
            found.append((left, right))
            left = right
        return found
