"""Small charts above each other: measures of different size share the days and one crosshair, not an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen

from widgets.charts.axis import slot_name
from widgets.charts.chart import Chart
from widgets.charts.data import value_at
from widgets.charts.strokes import draw_dot, draw_line
from widgets.charts.text import elided, paint_nothing, sentence, width_of
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from PySide6.QtWidgets import QWidget

    from widgets.charts.data import Panel, Step
    from widgets.look import Look

_FOOT, _GAP, _LEAST = 20, 8, 34


class SmallMultiples(Chart):
    """Panels with the values of the slot that is pointed at on their left, else the period's."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._days: Sequence[date] = ()
        self._step: Step = "day"
        self._panels: Sequence[Panel] = ()
        self._top: float | None = None
        self.describe(look.say("Small charts over time"), look.say("No data in this period."))

    def show(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        days: Sequence[date] | None = None,
        step: Step = "day",
        panels: Sequence[Panel] = (),
        *,
        is_same_scale: bool = False,
    ) -> None:
        """Show panels over these days; ``is_same_scale``: they are of one metric and may be compared in height."""
        if days is None:
            super().show()
            return
        self._days, self._step, self._panels = days, step, panels
        known = [value for panel in panels for value in panel.series.values if value is not None]
        self._top = max([*known, 0.0]) if is_same_scale else None
        self.setMinimumHeight(_FOOT + len(panels) * _LEAST)
        self.point_at(None)
        said = [sentence(panel.series, self._name, self.look) for panel in panels if days]
        self.describe(self.accessibleName(), " ".join(said) or self.look.say("No data in this period."))

    def texts(self) -> list[tuple[str, str]]:
        """Each panel's name and the value at its left."""
        return [(one_line(panel.series.label), self._value_text(panel)) for panel in self._panels]

    def count(self) -> int:
        """How many slots there are."""
        return len(self._days)

    def place_at(self, at: QPointF) -> int | None:
        """The slot under a point."""
        area = self._area()
        if not self.count() or not area.adjusted(-2, 0, 2, _FOOT).contains(at):
            return None
        return max(0, min(self.count() - 1, int((at.x() - area.left()) / max(1.0, area.width()) * self.count())))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the panels."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._days or not self._panels:
            paint_nothing(painter, self.look, QRectF(self.rect()), self.look.say("No data in this period."))
            return
        area = self._area()
        high = (area.height() + _GAP) / len(self._panels)
        for place, panel in enumerate(self._panels):
            rect = QRectF(area.left(), area.top() + place * high, area.width(), high - _GAP)
            self._paint_names(painter, panel, QRectF(0, rect.top(), area.left() - 10, rect.height()))
            self._paint_panel(painter, panel, rect)
        self._paint_pointed(painter, area, high)

    def _paint_names(self, painter: QPainter, panel: Panel, rect: QRectF) -> None:
        font = self.look.font("caption")
        middle = rect.center().y()
        painter.setFont(font)
        painter.setPen(self.look.color("text.muted"))
        name = elided(panel.series.label, font, rect.width())
        painter.drawText(QRectF(0, middle - 15, rect.width(), 15), Qt.AlignmentFlag.AlignVCenter, name)
        strong = self.look.font("table", 600)
        painter.setFont(strong)
        painter.setPen(self.look.color("text.primary"))
        text = elided(self._value_text(panel), strong, rect.width())
        painter.drawText(QRectF(0, middle, rect.width(), 16), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_panel(self, painter: QPainter, panel: Panel, rect: QRectF) -> None:
        painter.setPen(QPen(self.look.color("grid.axis"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        color = self._color(panel)
        points = self._points(panel, rect)
        if panel.mark == "line":
            draw_line(painter, points, color, 1.75)
            return
        wide = max(1.0, rect.width() / self.count() * 0.74)
        for point in points:
            if point is not None and rect.bottom() - point.y() >= 0.5:
                painter.fillRect(QRectF(point.x() - wide / 2, point.y(), wide, rect.bottom() - point.y()), color)

    def _paint_pointed(self, painter: QPainter, area: QRectF, high: float) -> None:
        foot = QRectF(area.left(), area.bottom() + 4, area.width(), _FOOT - 4)
        font, strong = self.look.font("caption"), self.look.font("caption", 600)
        first, last = self._name(0), self._name(self.count() - 1)
        middle = QRectF()
        if self.at is not None:
            x = area.left() + (self.at + 0.5) * area.width() / self.count()
            painter.setPen(QPen(self.look.color("text.secondary"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            for place, panel in enumerate(self._panels):
                rect = QRectF(area.left(), area.top() + place * high, area.width(), high - _GAP)
                point = self._points(panel, rect)[self.at] if self.at < len(panel.series.values) else None
                if point is not None and panel.mark == "line":
                    draw_dot(painter, point, self._color(panel), self.look.color("bg.canvas"), radius=3.5)
            name = self._name(self.at, is_long=True)
            room = width_of(name, strong) + 2
            left = max(area.left(), min(x - room / 2, area.right() - room))
            middle = QRectF(left, foot.top(), room, foot.height())
            painter.setFont(strong)
            painter.setPen(self.look.color("text.primary"))
            painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(font)
        painter.setPen(self.look.color("text.muted"))
        for text, left in ((first, foot.left()), (last, foot.right() - width_of(last, font))):
            rect = QRectF(left, foot.top(), width_of(text, font) + 1, foot.height())
            is_alone = middle.isNull() or not rect.adjusted(-8, 0, 8, 0).intersects(middle)
            if is_alone and (text == first or self.count() > 1):
                painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, text)

    def _area(self) -> QRectF:
        names = max(
            (width_of(one_line(panel.series.label), self.look.font("caption")) for panel in self._panels), default=0
        )
        values = max(
            (
                width_of(self.look.numbers.show(max(known), panel.series.unit), self.look.font("table", 600))
                for panel in self._panels
                if (known := [value for value in (*panel.series.values, panel.total) if value is not None])
            ),
            default=0,
        )
        left = min(max(names, values) + 12, self.width() * 0.4)
        return QRectF(left, 4, max(1.0, self.width() - left - 1), max(1.0, self.height() - _FOOT - 4))

    def _points(self, panel: Panel, rect: QRectF) -> list[QPointF | None]:
        values = panel.series.values[: self.count()]
        top = self._top if self._top is not None else max([value for value in values if value is not None], default=0)
        slot = rect.width() / self.count()
        return [
            None
            if value is None
            else QPointF(
                rect.left() + (index + 0.5) * slot,
                rect.bottom() - max(0.0, value / top if top else 0.0) * (rect.height() - 3),
            )
            for index, value in enumerate(values)
        ]

    def _color(self, panel: Panel) -> QColor:
        mark = self.look.channel(panel.channel)
        return QColor(mark.color) if mark else self.look.color(f"series.{panel.series.role}")

    def _value_text(self, panel: Panel) -> str:
        if self.at is not None:
            value = value_at(panel.series.values, self.at)
        elif panel.total is not None:
            value = panel.total
        else:
            value = value_at(panel.series.values, len(panel.series.values) - 1)
        return self.look.numbers.show(value, panel.series.unit)

    def _name(self, index: int, *, is_long: bool = False) -> str:
        if self._step == "day" and is_long:
            return self.look.numbers.day(self._days[index], with_weekday=True)
        return slot_name(self.look, self._days, self._step, index)
