"""The charts of a report, drawn by the window's own chart widgets, without a window."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from engine.naming import SPECIAL_ROWS
from engine.profiles import CHANNELS
from engine.reports.typesetting import Drawing, LegendMark
from widgets.charts.data import Series, TimeData
from widgets.charts.histogram import Histogram
from widgets.charts.saving import svg_of
from widgets.charts.time_chart import TimeChart
from widgets.charts.whiskers import Whiskers
from widgets.look import Look
from widgets.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtWidgets import QWidget

    from engine.reports.layout import Layout
    from engine.reports.snapshot import Snapshot
    from engine.reports.typesetting import Drawings
    from widgets.charts.chart import Mark

_WIDE = 665  # pixels of CSS: the width of a page between its margins
_TIME, _ROW, _FOOT, _BARS = 210, 26, 26, 150
_DAY = 86_400


def draw_charts(snapshot: Snapshot, layout: Layout) -> Drawings:
    """The charts of a report in its language, always in the light theme; on the Qt thread.

    The same snapshot and layout always give the same drawings.
    """
    look = Look("light", layout.locale)
    look.set_currency(snapshot.currency)
    drawings = {
        "time": _time(look, snapshot),
        "lengths": _lengths(look, snapshot.figures),
        "lags": _lags(look, snapshot.figures),
    }
    intervals = _intervals(look, snapshot)
    if intervals is not None:
        drawings["intervals"] = intervals
    return drawings


def _time(look: Look, snapshot: Snapshot) -> Drawing:
    """Visitors, and cash or revenue from ads, over time."""
    days: Mapping[str, Any] = snapshot.figures["days"]
    rows: Sequence[Mapping[str, Any]] = days["rows"]
    chart = TimeChart(look)
    chart.resize(_WIDE, _TIME)
    chart.show(
        TimeData(
            [date.fromisoformat(row["date"]) for row in rows],
            days["step"],
            Series("visitors", look.say("Visitors"), "count", [row["visitors"] for row in rows], "people"),
            Series("cash", look.say("Cash collected"), "money", [row["cash_revenue"] for row in rows], "money"),
            is_partial=bool(rows) and rows[-1]["is_partial"],
            is_live=False,
        )
    )
    return _drawn(look, chart, chart.legend())


def _intervals(look: Look, snapshot: Snapshot) -> Drawing | None:
    """Each channel's cash under the selected model with its interval; None where there is none."""
    rows: Sequence[Mapping[str, Any]] = snapshot.figures["intervals"][snapshot.selection.model]
    shown = [
        (_channel(look, row["value"]), float(row["revenue"]), row["revenue_low"], row["revenue_high"], True)
        for row in rows
        if row["row"] in {"value", "not_set"}
    ]
    if not any(row[2] is not None for row in shown):
        return None
    chart = Whiskers(look)
    chart.resize(_WIDE, _ROW * len(shown) + _FOOT)
    chart.show(shown, "money")
    return _drawn(look, chart)


def _lengths(look: Look, figures: Mapping[str, Any]) -> Drawing:
    """Conversions by the number of touches before them; those without any are hatched."""
    lengths: Mapping[str, Any] = figures["lengths"]
    rows: Sequence[Mapping[str, Any]] = lengths["rows"]
    last = max((index for index, row in enumerate(rows) if row["conversions"]), default=0)

    def name(index: int) -> str:
        touches = rows[index]["touches"]
        return f"{touches}+" if index == len(rows) - 1 else str(touches)

    bins = [(name(index), row["conversions"], row["touches"] == 0) for index, row in enumerate(rows[: last + 1])]
    mean = lengths["meta"]["mean"]
    told = (mean, look.say("Mean {n}", n=look.numbers.decimal(mean))) if mean is not None else None
    return _histogram(look, bins, told, look.say("touches before the conversion"))


def _lags(look: Look, figures: Mapping[str, Any]) -> Drawing:
    """Conversions by the time from the first touch."""
    rows = [row for row in figures["lags"]["rows"] if row["row"] == "value"]
    bins = [(_span(look, row["from_seconds"], row["to_seconds"]), row["conversions"], False) for row in rows]
    return _histogram(look, bins, None, look.say("time from the first touch"))


def _span(look: Look, first: int, end: int) -> str:
    """``< 1 h``, ``1–24 h``, ``3–5 d``."""
    if first == 0:
        return f"< {look.numbers.seconds(end)}"
    if end <= _DAY:
        return f"{first // 3600}–{end // 3600}\u00a0h"
    return f"{first // _DAY}–{end // _DAY}\u00a0d"


def _histogram(look: Look, bins: Sequence[tuple[str, int, bool]], mean: tuple[float, str] | None, axis: str) -> Drawing:
    chart = Histogram(look)
    chart.resize(_WIDE, _BARS)
    chart.show(bins, mean, axis, look.say("Conversions"))
    return _drawn(look, chart)


def _channel(look: Look, value: str) -> str:
    if value in SPECIAL_ROWS:
        return look.say(SPECIAL_ROWS[value])
    return look.say(value) if value in CHANNELS else one_line(value)


def _drawn(look: Look, chart: QWidget, legend: Sequence[Mark] = ()) -> Drawing:
    marks = [LegendMark(one_line(mark.label), look.color(mark.color).name(), mark.kind) for mark in legend]
    chart.setStyleSheet(f"background: {look.color('bg.canvas').name()}")  # not the window's, which may be dark
    drawing = Drawing(svg_of(chart), marks)
    chart.deleteLater()
    return drawing
