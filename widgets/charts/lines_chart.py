"""Several entities in one metric over time: up to five lines with labels at their ends, more as small charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from widgets.charts.axis import has_below, scale, slot_name, tick_text
from widgets.charts.data import Panel, Series, value_at
from widgets.charts.multiples import SmallMultiples
from widgets.charts.plotted import PlottedChart
from widgets.charts.strokes import DASHES, draw_dot, draw_line, draw_symbol
from widgets.charts.text import elided, paint_nothing, sentence_of
from widgets.charts.tip import TipRow, TipText

if TYPE_CHECKING:
    from widgets.charts.axis import Scale
    from widgets.charts.data import Line, LinesData
    from widgets.look import Look

MOST = 5
_LABEL = 132  # pixels for a label at a line's end
_APART = 15  # pixels between two labels
_NEUTRAL = (  # lines that belong to no channel differ in dash and shade, as grey is no channel's nor a measure's
    ("text.primary", "solid", "o"),
    ("text.muted", "dash", "s"),
    ("text.primary", "dot", "d"),
    ("text.muted", "dashdot", "t1"),
    ("text.secondary", "solid", "star"),
)


class LinesChart(PlottedChart):
    """Lines of one metric; the tooltip lists them from high to low."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, _LABEL, parent)
        self._data: LinesData | None = None
        self._scale: Scale | None = None
        self.plot.add_layer(self.draw_band, is_lower=True, z=-90)
        self.plot.add_layer(self._draw_lines)
        self.plot.add_layer(self._draw_labels, z=10)
        self._many = SmallMultiples(look)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self._many)
        self._scroll.viewport().setAutoFillBackground(False)
        self._many.setAutoFillBackground(False)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.hide()
        box = self.layout()
        if box is not None:
            box.addWidget(self._scroll)
        self.setMinimumSize(240, 110)
        self.clear()

    def show(self, data: LinesData | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Show these lines; without any data, only become visible."""
        if data is None:
            super().show()
            return
        self._data = data
        self.point_at(None)
        is_many = len(data.lines) > MOST
        self.plot.setVisible(not is_many)
        self._scroll.setVisible(is_many)
        self.setFocusProxy(self._many if is_many else None)  # pyright: ignore[reportArgumentType] - None is allowed
        name = self.look.say("Lines over time")
        said = [sentence_of(line.label, line.unit, line.values, self._name, self.look) for line in data.lines]
        self.describe(name, " ".join(said if data.days else []) or self.look.say("No data in this period."))
        self._many.setAccessibleName(name)
        panels = [
            Panel(Series(line.key, line.label, line.unit, line.values, "people"), channel=line.channel)
            for line in data.lines
        ]
        self._many.show(data.days, data.step, panels if is_many else (), is_same_scale=True)
        self._rescale()

    def clear(self) -> None:
        """Show nothing."""
        self._data = None
        self.point_at(None)
        self.plot.setVisible(True)
        self._scroll.hide()
        self.setFocusProxy(None)  # pyright: ignore[reportArgumentType]
        self.describe(self.look.say("Lines over time"), self.look.say("No data in this period."))
        self._rescale()

    @property
    def multiples(self) -> SmallMultiples | None:
        """The small charts, while there are more lines than a plot can hold."""
        return self._many if self._data is not None and len(self._data.lines) > MOST else None

    # -- a chart's places --------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many slots there are."""
        return len(self._data.days) if self._data and self.multiples is None else 0

    def tip_text(self, index: int) -> TipText | None:
        """The lines from high to low."""
        data = self._data
        if data is None:
            return None
        found = [(value_at(line.values, index), place, line) for place, line in enumerate(data.lines)]
        found.sort(key=lambda entry: (entry[0] is None, -(entry[0] or 0), entry[1]))
        rows = [
            TipRow(line.label, self.look.numbers.show(value, line.unit), "line", self._tip_color(line, place))
            for value, place, line in found
        ]
        return TipText(slot_name(self.look, data.days, data.step, index, is_long=True), rows)

    def restyle(self) -> None:
        """Take the theme's colours."""
        self.plot.restyle()

    # -- painting ----------------------------------------------------------------------------------------------------

    def _draw_lines(self, painter: QPainter) -> None:
        data = self._data
        wide, high = self.plot.size_of_views()
        canvas = self.look.color("bg.canvas")
        if data is None or not data.days or not data.lines:
            paint_nothing(painter, self.look, QRectF(0, 0, wide, high), self.look.say("No data in this period."))
            return
        ends: list[tuple[float, QPointF, Line, QColor]] = []
        every = max(1, round(70 / max(1.0, self.slot_width())))
        for place, line in enumerate(data.lines):
            color, dash, symbol, filled = self._style(line, place)
            points = self._points(line)
            draw_line(painter, points, color, 1.75, halo=canvas, dash=DASHES.get(dash, ()))
            known = [point for point in points if point is not None]
            for point in (point for point in points[::every] if point is not None):
                draw_symbol(painter, symbol, point, color, canvas, 7, filled=filled)
            if known:
                draw_symbol(painter, symbol, known[-1], color, canvas, 8, filled=filled)
                ends.append((known[-1].y(), known[-1], line, color))
        self._label_ends(painter, ends, wide, high)
        if self.at is not None:
            self.draw_crosshair(painter, self.at)
            for place, line in enumerate(data.lines):
                points = self._points(line)
                point = points[self.at] if self.at < len(points) else None
                if point is not None:
                    draw_dot(painter, point, self._style(line, place)[0], canvas)

    def _label_ends(
        self, painter: QPainter, ends: list[tuple[float, QPointF, Line, QColor]], wide: float, high: float
    ) -> None:
        font = self.look.font("table")
        painter.setFont(font)
        ends.sort(key=lambda end: end[0])
        bottom = high + 6 - _APART * len(ends)
        y = -20.0
        for rank, (wanted, _, line, color) in enumerate(ends):
            y = min(max(wanted, y + _APART), bottom + _APART * (rank + 1))
            painter.setPen(color)
            text = elided(line.label, font, _LABEL - 14)
            painter.drawText(QRectF(wide + 10, y - 8, _LABEL - 12, 16), Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_labels(self, painter: QPainter) -> None:
        data = self._data
        if data is not None and data.lines:
            self.draw_days(painter, data.days, data.step)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _rescale(self) -> None:
        data = self._data
        if data is None or not data.days or not data.lines:
            self._scale = None
            self.plot.set_axes(1, None, None)
        else:
            unit = data.lines[0].unit
            values = [value for line in data.lines for value in line.values[: len(data.days)]]
            self._scale = scale(values, unit, below=has_below(values))
            texts = [tick_text(self.look, tick, self._scale.step, unit) for tick in self._scale.ticks]
            self.plot.set_axes(len(data.days), (self._scale, texts), None)
        self.restyle()

    def _style(self, line: Line, place: int) -> tuple[QColor, str, str, bool]:
        mark = self.look.channel(line.channel)
        if mark is not None:
            return QColor(mark.color), mark.dash, mark.symbol, mark.is_filled
        color, dash, symbol = _NEUTRAL[place % len(_NEUTRAL)]
        return self.look.color(color), dash, symbol, True

    def _tip_color(self, line: Line, place: int) -> str:
        if line.channel and self.look.channel(line.channel):
            return line.channel
        return _NEUTRAL[place % len(_NEUTRAL)][0]

    def _points(self, line: Line) -> list[QPointF | None]:
        scale, high = self._scale, self.plot.size_of_views()[1]
        if scale is None or self._data is None:
            return []
        return [
            None if value is None else QPointF(self.x_of(index), (1 - scale.part(value)) * high)
            for index, value in enumerate(line.values[: len(self._data.days)])
        ]

    def _name(self, index: int) -> str:
        data = self._data
        return slot_name(self.look, data.days, data.step, index) if data is not None else ""
