"""Several campaigns, ad sets or ads over time, in one metric."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.messages import explain
from app.pages.ad_columns import figure_title
from app.pages.ad_rows import METRIC_OF
from engine.errors import AttribenchError
from engine.queries.metrics import METRICS
from widgets.charts.data import Line, LinesData
from widgets.charts.lines_chart import MOST, LinesChart
from widgets.inputs.icon_button import IconButton
from widgets.inputs.segments import Segments
from widgets.panel import Panel, label, rule
from widgets.table.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.context import Context
    from engine.task import Task

METRICS_SHOWN = ("spend", "outcome_value", "roas", "clicks", "outcome_count")


class AdTrends(QWidget):
    """Lines of up to :data:`MOST` entities.

    Args:
        context: of the window.
        owner: the page; its reads are dropped with it.

    Attributes:
        closed: it is to go away.
    """

    closed = Signal()

    def __init__(self, context: Context, owner: QWidget) -> None:
        super().__init__()
        self._context = context
        self._owner = owner
        self._rows: Sequence[dict[str, Any]] = ()
        self._table: pl.DataFrame | None = None
        look, say = context.look, context.look.say
        self.setAccessibleName(say("Trends compared"))
        head = QWidget(self)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 8, 8, 8)
        row.addWidget(label(look, say("Trends compared"), "strong"), 1)
        close = IconButton(look, "x", say("Close"))
        close.clicked.connect(self.closed)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.measure = Segments(look, [(name, figure_title(look, name)) for name in METRICS_SHOWN], name=say("Metric"))
        self.measure.set_current("spend")
        self.measure.chosen.connect(self._draw)
        self.chart = LinesChart(look)
        self.chart.setMinimumHeight(280)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(10)
        column.addWidget(self.measure)
        column.addWidget(self.chart, 1)
        self.panel = Panel(look, say("Trends compared"), body, header=False)
        self.panel.retried.connect(self.reload)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(head)
        outer.addWidget(rule())
        outer.addWidget(self.panel, 1)
        self.setFocusProxy(self.chart)

    def show_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Compare these rows of the table."""
        self._rows = rows[:MOST]
        self._table = None
        self.reload()

    def reload(self) -> None:
        """Ask for the view's days."""
        if not self._rows:
            return
        context, selection = self._context, self._context.view.selection
        asked: dict[str, list[str]] = {}
        for row in self._rows:
            asked.setdefault(str(row["entity_level"]), []).append(str(row["asked_id"]))

        def work(task: Task) -> pl.DataFrame:
            return pl.concat(
                context.query("trend", selection, task, entity_ids=ids, level=level).table.with_columns(
                    pl.lit(level).alias("entity_level")
                )
                for level, ids in asked.items()
            )

        self.panel.begin()
        self._context.jobs.read((self._owner, "trends"), work, self._show, self._fail)

    def _show(self, table: pl.DataFrame) -> None:
        self.panel.ready()
        self._table = table
        self._draw()

    def _draw(self) -> None:
        if self._table is None:
            return
        field = self.measure.current or "spend"
        lines: list[Line] = []
        for row in self._rows:
            own = self._table.filter(
                (pl.col("entity_level") == row["entity_level"]) & (pl.col("entity_id") == row["asked_id"])
            )
            values = own[field].cast(pl.Float64).to_list()
            unit = METRICS[METRIC_OF.get(field, field)].unit
            # No channel's colour: most entities compared share one.
            lines.append(Line(str(row["row_id"]), one_line(str(row["label"])), unit, values))
        days = self._table["date"].unique().sort().to_list()
        self.chart.show(LinesData(days, "day", lines))

    def _fail(self, error: Exception) -> None:
        look = self._context.look
        text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self.panel.fail(look.say("This could not be read"), text, look.say("Try again"))
