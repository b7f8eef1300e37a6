"""Everything of one value of a dimension: its figures and how they went, beside the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.messages import explain
from app.names import meaning
from app.pages.chart import time_data
from engine.errors import AttribenchError
from engine.queries.metrics import METRICS
from engine.queries.selection import Filter
from widgets.charts.time_chart import TimeChart
from widgets.panel import Panel, label
from widgets.text import tip

if TYPE_CHECKING:
    from app.context import Context
    from app.selection import View
    from engine.queries.result import Result
    from engine.task import Task

_SHOWN = (
    "visitors",
    "visits",
    "pageviews",
    "bounce_rate",
    "avg_engaged_seconds",
    "conversions",
    "conversion_rate",
    "attributed_revenue",
    "ad_revenue",
    "spend",
    "roas",
    "cac",
)
_COLUMNS = 3


class Detail(QWidget):
    """The figures of one value.

    Args:
        context: of the window.
        dimension: what it is a value of.
        value: as it stands in the data.
    """

    def __init__(self, context: Context, dimension: str, value: str) -> None:
        super().__init__()
        self._context = context
        look, say = context.look, context.look.say
        self._shown = (dimension, value)
        self._view: View = context.view.with_filter(Filter(dimension, "is", (value,)))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        grid = QGridLayout()
        grid.setVerticalSpacing(10)
        self.figures: dict[str, QLabel] = {}
        for number, name in enumerate(_SHOWN):
            caption = label(look, say(METRICS[name].label), "caption")
            caption.setToolTip(tip(meaning(look.words, METRICS[name].definition)))
            figure = label(look, "", "strong")
            box = QVBoxLayout()
            box.setSpacing(0)
            box.addWidget(caption)
            box.addWidget(figure)
            grid.addLayout(box, number // _COLUMNS, number % _COLUMNS)
            self.figures[name] = figure
        column.addLayout(grid)
        self.chart = TimeChart(look)
        self.chart.setMinimumHeight(220)
        column.addWidget(self.chart)
        keep = QPushButton(look.icon("funnel"), say("Filter everything to this"))
        keep.clicked.connect(lambda: context.history.set(self._view))
        column.addWidget(keep)
        column.addStretch(1)
        self.panel = Panel(look, say("Details"), body, header=False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.panel)
        self.panel.begin()
        context.jobs.read((self, "detail"), self._ask, self._show, self._fail)

    def again(self) -> Detail:
        """The same anew."""
        return Detail(self._context, *self._shown)

    def _ask(self, task: Task) -> tuple[Result, Result]:
        context, selection = self._context, self._view.selection
        return (
            context.query("overview", selection, task),
            context.query("timeseries", selection, task, by=self._view.step),
        )

    def _show(self, found: tuple[Result, Result]) -> None:
        overview, days = found
        self.panel.ready()
        numbers = self._context.look.numbers
        current = dict(overview.data or {})["current"]
        for name, figure in self.figures.items():
            metric = METRICS[name]
            figure.setText(numbers.show(current.get(name), metric.unit, is_exact=name == "cac"))
        self.chart.show(time_data(self._context.look, self._view, days.table, "attributed_revenue"))

    def _fail(self, error: Exception) -> None:
        look = self._context.look
        text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self.panel.fail(look.say("This could not be read"), text)
