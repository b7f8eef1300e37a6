"""The funnel: a bar a stage, how many went on to the next and how many did not, and what was lost for good below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen

from widgets.charts.chart import Chart
from widgets.charts.strokes import draw_hatched
from widgets.charts.text import elided, paint_nothing
from widgets.charts.tip import TipRow, TipText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.look import Look

_NAME, _EDGE = 150, 16
_BAR, _BETWEEN, _LOSS, _HEAD = 30, 30, 26, 30


@dataclass(frozen=True)
class Stage:
    """A stage: its name, how many, the part of the stage before in percent, and how many that is fewer."""

    name: str
    count: int
    rate: float | None = None
    lost: int | None = None


class FunnelChart(Chart):
    """The funnel."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._stages: Sequence[Stage] = ()
        self._losses: Sequence[Stage] = ()
        self.setMinimumHeight(5 * _BAR + 4 * _BETWEEN + _HEAD + 3 * _LOSS + 24)
        self.describe(look.say("Funnel"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, stages: Sequence[Stage] | None = None, losses: Sequence[Stage] = ()
    ) -> None:
        """Show stages and negative outcomes; without stages the chart only becomes visible."""
        if stages is None:
            super().show()
            return
        self._stages, self._losses = stages, losses
        self.point_at(None)
        said = [text.plain() for index in range(self.count()) if (text := self.tip_text(index))]
        self.describe(self.look.say("Funnel"), "; ".join(said) or self.look.say("No data in this period."))
        self.update()

    def count(self) -> int:
        """How many stages and outcomes there are."""
        return len(self._stages) + len(self._losses)

    def spot(self, index: int) -> QRectF:
        """The bar of a stage or outcome."""
        return self._box(index)

    def place_at(self, at: QPointF) -> int | None:
        """The stage or outcome in whose row a point lies."""
        return next(
            (n for n in range(self.count()) if self._box(n).top() - 4 <= at.y() <= self._box(n).bottom() + 4), None
        )

    def tip_text(self, index: int) -> TipText | None:
        """A stage's count, rate and drop-off."""
        say, numbers = self.look.say, self.look.numbers
        stage = (*self._stages, *self._losses)[index]
        rows = [TipRow(say("Conversions"), numbers.count(stage.count))]
        if stage.rate is not None:
            rows.append(TipRow(say("Of the step before"), numbers.percent(stage.rate)))
        if stage.lost:
            rows.append(TipRow(say("Lost"), numbers.count(stage.lost)))
        return TipText(stage.name, rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bars, rates and losses."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.count():
            paint_nothing(painter, self.look, QRectF(self.rect()), self.look.say("No data in this period."))
            return
        if self.at is not None:
            box = self._box(self.at)
            painter.fillRect(QRectF(0, box.top() - 4, self.width(), box.height() + 8), self.look.color("bg.hover"))
        for index, stage in enumerate(self._stages):
            self._paint_stage(painter, index, stage)
        if self._losses:
            head = QRectF(_EDGE, self._box(len(self._stages)).top() - _HEAD, self.width() - 2 * _EDGE, _HEAD - 4)
            self._text(painter, head, self.look.say("Lost for good"), "text.secondary", 600)
        for index, stage in enumerate(self._losses, len(self._stages)):
            self._paint_bar(painter, self._box(index), stage, "series.cost")

    # -- inside -------------------------------------------------------------------------------------------------------

    def _paint_stage(self, painter: QPainter, index: int, stage: Stage) -> None:
        look, say, numbers = self.look, self.look.say, self.look.numbers
        box = self._box(index)
        if index:
            before = self._width(self._stages[index - 1].count)
            lost = QRectF(box.left() + self._width(stage.count), box.top(), before, box.height())
            lost.setRight(box.left() + before)
            if lost.width() > 2:
                draw_hatched(painter, lost, look.color("series.cost_soft"), look.color("bg.canvas"))
        self._paint_bar(painter, box, stage, "series.people")
        if index + 1 < len(self._stages):
            after = self._stages[index + 1]
            share = numbers.percent(after.rate)
            parts = ["–" if after.rate is None else say("{share} of the step before", share=share)]
            if after.lost and after.lost > 0:
                parts.append(say("{n} lost", n=numbers.count(after.lost)))
            elif after.lost and after.lost < 0:
                parts.append(say("{n} more", n=numbers.count(-after.lost)))
            painter.setPen(QPen(look.color("border.strong"), 1))
            x, top = box.left() + 8, box.bottom() + 5
            painter.drawLine(QPointF(x, top), QPointF(x, top + 19))
            painter.drawLine(QPointF(x - 3, top + 16), QPointF(x, top + 20))
            painter.drawLine(QPointF(x + 3, top + 16), QPointF(x, top + 20))
            place = QRectF(box.left() + 20, box.bottom(), self.width() - box.left() - 20, _BETWEEN)
            self._text(painter, place, " · ".join(parts), "text.secondary")

    def _paint_bar(self, painter: QPainter, box: QRectF, stage: Stage, color: str) -> None:
        look = self.look
        width = self._width(stage.count)
        self._text(painter, QRectF(_EDGE, box.top(), _NAME - 8, box.height()), stage.name, "text.primary", 500)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(color))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), max(2.0, width), box.height()), 2, 2)
        text = look.numbers.count(stage.count)
        told = QFontMetrics(look.font("table", 600)).horizontalAdvance(text)
        place = QRectF(box.left() + width + 8, box.top(), told + 4, box.height())
        if place.right() > self.width() - 4:
            place.moveRight(box.left() + width - 8)
            self._text(painter, place, text, "text.on_accent", 600)
            return
        back = place.adjusted(-3, 5, 2, -5)
        painter.setBrush(look.color("bg.canvas"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(back, 3, 3)
        self._text(painter, place, text, "text.primary", 600)

    def _text(self, painter: QPainter, box: QRectF, text: str, color: str, weight: int | None = None) -> None:
        font = self.look.font("table", weight)
        painter.setFont(font)
        painter.setPen(self.look.color(color))
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(box, align, elided(text, font, box.width()))

    def _width(self, count: int) -> float:
        most = max((stage.count for stage in (*self._stages, *self._losses)), default=0) or 1
        return count / most * (self.width() - _NAME - 2 * _EDGE - 48)

    def _box(self, index: int) -> QRectF:
        left = _EDGE + _NAME
        stages = len(self._stages)
        if index < stages:
            top = 8 + index * (_BAR + _BETWEEN)
            return QRectF(left, top, self.width() - left - _EDGE, _BAR)
        top = 8 + stages * (_BAR + _BETWEEN) - (_BETWEEN - 8 if stages else 0) + _HEAD + (index - stages) * _LOSS
        return QRectF(left, top, self.width() - left - _EDGE, _LOSS - 8)
