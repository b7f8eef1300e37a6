"""The dashboard's chart: people as a line on the left axis, cash as bars on the right one, and what was before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen

from widgets.charts.axis import has_below, scale, slot_name, tick_text
from widgets.charts.chart import Mark
from widgets.charts.data import slot_end, value_at
from widgets.charts.plotted import OVER, PlottedChart
from widgets.charts.strokes import bar_path, draw_dot, draw_hatched, draw_line
from widgets.charts.text import paint_nothing, sentence
from widgets.charts.time_tip import partial_label, time_tip
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from widgets.charts.axis import Scale
    from widgets.charts.data import Anomaly, Role, Series, TimeData
    from widgets.charts.time_tip import Shown
    from widgets.charts.tip import TipText
    from widgets.look import Look

_BAR = 0.64  # of the slot
_WIDEST_BAR = 64.0  # pixels: a single slot is no wall
_DENSE = 3.0  # pixels a slot: with less, a thick line with a halo is a smear
_DRAG = 4  # pixels before a press is a drag
AXIS_TEXT = {"people": "series.people_text", "money": "series.money_text", "cost": "text.muted"}


class TimeChart(PlottedChart):
    """A line and bars over time.

    Arrow keys, Home and End read slot by slot; dragging, or Shift with arrows and then Return, chooses a range.

    Attributes:
        range_chosen: first and last day (``datetime.date``, both counted) of the slots that were chosen.
        zoom_out: a double click or Backspace: the period before the last choice is wanted.
    """

    range_chosen = Signal(object, object)
    zoom_out = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent=parent)
        self._data: TimeData | None = None
        self._shown: set[Shown] = {"line", "bars", "previous"}
        self._brush: tuple[int, int] | None = None
        self._pressed: QPointF | None = None
        self._bars: list[QRectF | None] | None = None  # reckoned once for a size
        self._left: Scale | None = None
        self._right: Scale | None = None
        for z, is_lower, draw in (
            (-90.0, True, self._draw_spans),
            (0.0, True, self._draw_bars),
            (0.0, False, self._draw_lines),
            (5.0, False, self._draw_anomalies),
            (10.0, False, self._draw_pointed),
            (20.0, False, self._draw_labels),
        ):
            self.plot.add_layer(draw, is_lower=is_lower, z=z)
        self.plot.resized.connect(self._forget)
        self.setMinimumSize(200, 110)
        self.clear()

    # -- what pages call ---------------------------------------------------------------------------------------------

    def show(self, data: TimeData | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Show these figures; without any, only become visible (as every widget's ``show``)."""
        if data is None:
            super().show()
            return
        self._data = data
        self._brush = None
        self.point_at(None)
        self._rescale()
        names = self._name
        parts = [sentence(series, names, self.look) for series in (data.line, data.bars) if data.days]
        self.describe(
            self.look.say(
                "{first} and {second} over time", first=one_line(data.line.label), second=one_line(data.bars.label)
            ),
            " ".join(parts) or self.look.say("No data in this period."),
        )

    def set_shown(self, key: Shown, shown: bool) -> None:
        """Show or hide the line, the bars or the period before."""
        (self._shown.add if shown else self._shown.discard)(key)
        self._rescale()

    def clear(self) -> None:
        """Show nothing."""
        self._data = None
        self._brush = None
        self.point_at(None)
        self._rescale()
        self.describe(self.look.say("Chart over time"), self.look.say("No data in this period."))

    @property
    def chosen(self) -> tuple[int, int] | None:
        """First and last slot under the brush."""
        return (min(self._brush), max(self._brush)) if self._brush else None

    def bar_rect(self, index: int) -> QRectF:
        """A bar, in this widget's pixels; empty where there is none."""
        rect = self._bar(index)
        return rect.translated(self.plot.area().topLeft()) if rect is not None else QRectF()

    def marks(self) -> list[tuple[int, Anomaly]]:
        """Slot and mark of everything odd, of series that are hidden too."""
        if self._data is None:
            return []
        odd = self._data.anomalies.items()
        return [(index, mark) for index, marks in odd if 0 <= index < self.count() for mark in marks]

    def mark_at(self, index: int, mark: Anomaly) -> QPointF:
        """Where a mark stands, in the views' pixels: on its series, on the axis below if that is not drawn."""
        data, high = self._data, self.plot.size_of_views()[1]
        scale = {"line": self._left, "bars": self._right}.get(mark.on)
        value = None
        if data is not None and scale is not None:
            value = value_at(data.line.values if mark.on == "line" else data.bars.values, index)
        return QPointF(self.x_of(index), high if value is None or scale is None else self._y(value, scale))

    # -- a chart's places --------------------------------------------------------------------------------------------

    def count(self) -> int:
        """How many slots there are."""
        return len(self._data.days) if self._data else 0

    def tip_text(self, index: int) -> TipText | None:
        """Everything known of a slot."""
        data = self._data
        return time_tip(self.look, data, index, self._shown, self.chosen) if data is not None else None

    def legend(self) -> list[Mark]:
        """The series that are shown."""
        data = self._data
        if data is None:
            return []
        found = [Mark(data.line.label, f"series.{data.line.role}", "line")] if "line" in self._shown else []
        if data.previous is not None and {"line", "previous"} <= self._shown:
            found.append(Mark(data.previous.label, f"series.{data.previous.role}", "dash"))
        if "bars" in self._shown:
            found.append(Mark(data.bars.label, f"series.{data.bars.role}", "bar"))
        return found

    def restyle(self) -> None:
        """Take the theme's colours."""
        line: Role = self._data.line.role if self._data else "cost"
        bars: Role = self._data.bars.role if self._data else "cost"
        self.plot.restyle(AXIS_TEXT[line], AXIS_TEXT[bars])

    # -- keys and mouse ----------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Shift with arrows brushes; Return chooses; Escape drops the brush; Backspace zooms out."""
        key = event.key()
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if is_shifted and key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.count():
            start = self._brush[0] if self._brush else self.at if self.at is not None else self.count() - 1
            end = (self._brush[1] if self._brush else start) + (1 if key == Qt.Key.Key_Right else -1)
            self._brush = (start, max(0, min(self.count() - 1, end)))
            self.move_to(self._brush[1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._brush:
            self._choose()
        elif key == Qt.Key.Key_Escape and self._brush:
            self._drop_brush()
        elif key == Qt.Key.Key_Backspace:
            self.zoom_out.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag may begin."""
        if event.button() == Qt.MouseButton.LeftButton and self.place_at(event.position()) is not None:
            self._drop_brush()
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read a slot, or brush while a button is down."""
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        start = self.place_at(self._pressed)
        end = self.place_at(self._inside(event.position()))
        is_drag = abs(event.position().x() - self._pressed.x()) >= _DRAG
        if start is not None and end is not None and (self._brush or is_drag):
            self._brush = (start, end)
            self.point_at(end)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A brush that is let go of is a choice."""
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton and self._brush:
            self._choose()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom out."""
        self._pressed = None
        if event.button() == Qt.MouseButton.LeftButton:
            self.zoom_out.emit()

    # -- painting ----------------------------------------------------------------------------------------------------

    def _draw_spans(self, painter: QPainter) -> None:
        data = self._data
        if data is None:
            return
        wide, high = self.plot.size_of_views()
        slot = self.slot_width()
        painter.setPen(Qt.PenStyle.NoPen)
        for first, last, _ in data.gaps:
            painter.fillRect(
                QRectF(first * slot, -OVER, (last - first + 1) * slot, high + OVER).intersected(
                    QRectF(0, -OVER, wide, high + OVER)
                ),
                self.look.color("warn.soft"),
            )
        if not self._brush:
            self.draw_band(painter)
        chosen = self.chosen
        if chosen:
            left = chosen[0] * slot
            right = (chosen[1] + 1) * slot
            painter.fillRect(QRectF(left, -OVER, right - left, high + OVER), self.look.color("accent.soft"))
            painter.setPen(QPen(self.look.color("accent.border"), 1))
            painter.drawLine(QPointF(left, -OVER), QPointF(left, high))
            painter.drawLine(QPointF(right, -OVER), QPointF(right, high))

    def _draw_bars(self, painter: QPainter) -> None:
        data = self._data
        if data is None or "bars" not in self._shown:
            return
        color, soft = self.look.color(f"series.{data.bars.role}"), self.look.color(f"series.{data.bars.role}_soft")
        hatched = {at for first, last, _ in data.gaps for at in range(max(0, first), min(last + 1, self.count()))}
        if data.is_partial:
            hatched.add(self.count() - 1)
        radius = 2 if self.slot_width() >= 5 else 0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        if self._bars is None:
            self._bars = [self._bar(index) for index in range(self.count())]
        for index, rect in enumerate(self._bars):
            if rect is None:
                continue
            if index in hatched and rect.width() >= 3:
                draw_hatched(painter, rect, color, soft)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
            elif radius:
                painter.drawPath(bar_path(rect, radius))
            else:
                painter.fillRect(rect, color)

    def _draw_lines(self, painter: QPainter) -> None:
        data = self._data
        if data is None or not data.days:
            wide, high = self.plot.size_of_views()
            paint_nothing(painter, self.look, QRectF(0, 0, wide, high), self.look.say("No data in this period."))
            return
        if "line" not in self._shown:
            return
        role, canvas = data.line.role, self.look.color("bg.canvas")
        is_dense = self.slot_width() < _DENSE
        width, halo = (1.0, None) if is_dense else (2.0, canvas)
        if data.previous is not None and "previous" in self._shown:
            before = self.look.color("series.people_prev" if role == "people" else f"series.{role}")
            draw_line(
                painter,
                self._points(data.previous.values),
                before,
                1.0 if is_dense else 1.25,
                dash=() if is_dense else (3, 2.4),
            )
        color, points = self.look.color(f"series.{role}"), self._points(data.line.values)
        end = points[-1] if points else None
        if data.is_partial and end is not None:
            draw_line(painter, points[:-1], color, width, halo=halo)
            if len(points) > 1 and points[-2] is not None:
                draw_line(painter, points[-2:], color, 2, dash=(1.2, 1.6))
            draw_dot(painter, end, color, canvas, radius=3.25, is_open=True)
        else:
            draw_line(painter, points, color, width, halo=halo)

    def _draw_anomalies(self, painter: QPainter) -> None:
        """A ring where the odd value stands; a dot on the day's axis for what the chart does not draw."""
        canvas, warn = self.look.color("bg.canvas"), self.look.color("warn.fill")
        for index, mark in self.marks():
            at, is_ring = self.mark_at(index, mark), mark.on in self._shown
            if is_ring:
                draw_dot(painter, at, canvas, None, radius=6.5)
                draw_dot(painter, at, warn, canvas, radius=4.5, is_open=True)
            draw_dot(painter, at, warn, None, radius=1.75 if is_ring else 2.5)

    def _draw_pointed(self, painter: QPainter) -> None:
        data = self._data
        if data is None or self.at is None:
            return
        x, canvas = self.x_of(self.at), self.look.color("bg.canvas")
        self.draw_crosshair(painter, self.at)
        value = value_at(data.bars.values, self.at)
        if "bars" in self._shown and value is not None and self._right is not None:
            color = self.look.color(f"series.{data.bars.role}")
            draw_dot(painter, QPointF(x, self._y(value, self._right)), color, canvas)
        value = value_at(data.line.values, self.at)
        if "line" in self._shown and value is not None and self._left is not None:
            color = self.look.color(f"series.{data.line.role}")
            draw_dot(painter, QPointF(x, self._y(value, self._left)), color, canvas)

    def _draw_labels(self, painter: QPainter) -> None:
        data = self._data
        if data is not None and data.days:
            self.draw_days(painter, data.days, data.step, partial_label(self.look, data))

    # -- inside ------------------------------------------------------------------------------------------------------

    def _rescale(self) -> None:
        data = self._data
        self._forget()
        if data is None or not data.days:
            self._left = self._right = None
            self.plot.set_axes(1, None, None)
            self.restyle()
            return
        lines = [data.line.values] if "line" in self._shown else []
        if lines and data.previous is not None and "previous" in self._shown:
            lines.append(data.previous.values[: len(data.days)])
        bars = [data.bars.values] if "bars" in self._shown else []
        below = has_below(*lines, *bars)
        self._left = self._scale_of(data.line, lines, below) if lines else None
        self._right = self._scale_of(data.bars, bars, below) if bars else None
        self.plot.set_axes(len(data.days), self._axis(self._left, data.line), self._axis(self._right, data.bars))
        self.restyle()

    def _scale_of(self, series: Series, values: Sequence[Sequence[float | None]], below: int) -> Scale:
        return scale([value for some in values for value in some], series.unit, below=below)

    def _axis(self, scale: Scale | None, series: Series) -> tuple[Scale, list[str]] | None:
        if scale is None:
            return None
        is_signed = bool(has_below(series.values))  # under the zero both axes share, others have no figures
        texts = [tick_text(self.look, tick, scale.step, series.unit) for tick in scale.ticks]
        return scale, [text if is_signed or tick >= 0 else "" for tick, text in zip(scale.ticks, texts, strict=True)]

    def _forget(self) -> None:
        self._bars = None

    def _y(self, value: float, scale: Scale) -> float:
        return (1 - scale.part(value)) * self.plot.size_of_views()[1]

    def _points(self, values: Sequence[float | None]) -> list[QPointF | None]:
        left, slot, high = self._left, self.slot_width(), self.plot.size_of_views()[1]
        if left is None:
            return []
        return [
            None if value is None else QPointF((index + 0.5) * slot, (1 - left.part(value)) * high)
            for index, value in enumerate(values[: self.count()])
        ]

    def _bar(self, index: int) -> QRectF | None:
        data, right = self._data, self._right
        value = value_at(data.bars.values, index) if data is not None else None
        if right is None or not value:
            return None
        slot = self.slot_width()
        wide = min(_WIDEST_BAR, max(1.0, slot * _BAR))
        top, zero = self._y(value, right), self._y(0, right)
        high = max(1.0, abs(zero - top))
        left = self.x_of(index) - wide / 2
        if wide >= 4:  # sharp edges where there is room for them
            left, wide = round(left), round(wide)
        return QRectF(left, zero - high if value > 0 else zero, wide, high)

    def _name(self, index: int) -> str:
        data = self._data
        return slot_name(self.look, data.days, data.step, index) if data is not None else ""

    def _inside(self, at: QPointF) -> QPointF:
        area = self.plot.area()
        return QPointF(max(area.left(), min(at.x(), area.right())), area.center().y())

    def _choose(self) -> None:
        chosen, data = self.chosen, self._data
        self._drop_brush()
        if chosen and data is not None:
            self.range_chosen.emit(data.days[chosen[0]], slot_end(data.days, data.step, chosen[1]))

    def _drop_brush(self) -> None:
        self._brush = None
        self.plot.repaint_layers()
