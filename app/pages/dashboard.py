"""The dashboard: headline figures, the days, boards, top campaigns, and who converted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.names import STEP_LABELS, meaning, value_label
from app.pages.banner import Banner
from app.pages.board import KEYWORD, Board
from app.pages.chart import time_data
from app.pages.detail import Detail
from app.pages.page import Page
from app.pages.people import PeopleCard
from app.pages.top_campaigns import TopCampaigns
from app.status import local_time
from engine.attribution.models import DEFAULT_MODEL
from engine.queries.metrics import METRICS
from engine.queries.selection import Filter
from widgets.charts.donut import Donut
from widgets.charts.time_chart import TimeChart
from widgets.inputs.picker import Choice, PickerButton
from widgets.kpi import Kpi, KpiBar
from widgets.legend import Legend
from widgets.panel import Panel, label, rule

if TYPE_CHECKING:
    from datetime import date

    import polars as pl
    from PySide6.QtGui import QHideEvent, QShowEvent

    from app.context import Context
    from app.selection import View
    from app.takeaway import Takeaway
    from engine.queries.result import Result
    from engine.task import Task

_ONLINE_MS = 30_000
_FRESH_DAYS = 2
_CHART_HEIGHT, _BOARD_HEIGHT, _CARD_HEIGHT = 212, 244, 152
_SOURCES = {"visits": "Visits", "spend": "Ad spend", "conversions": "Conversions"}
_KPIS = ("visitors", "revenue", "spend", "roas", "cac", "bounce_rate", "online")


@dataclass(frozen=True)
class _Days:
    """What the chart shows."""

    days: pl.DataFrame
    previous: pl.DataFrame | None
    anomalies: pl.DataFrame | None


class Dashboard(Page):
    """The first page of a profile."""

    key = "dashboard"
    title = "Dashboard"
    icon = "squares-four"
    group = "Analyse"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._shown = {"line": True, "bars": True, "previous": True}
        self._overview: Result | None = None
        self._days: _Days | None = None
        self._online: dict[str, Any] = {}
        self._used: Board | TopCampaigns | PeopleCard | None = None
        self._pointed = "visitors"
        self._brushed: list[tuple[View, View]] = []  # before and after each choice of days in the chart
        self.banner = Banner(context)
        self.layout_.addWidget(self.banner)
        self._dots = {kind: label(look, "", "caption") for kind in _SOURCES}
        for dot in self._dots.values():
            self.header_layout.addWidget(dot)
        self.kpis = KpiBar(look, len(_KPIS), say("Headline figures"))
        self.kpi_panel = self.panel(Panel(look, say("Headline figures"), self.kpis, header=False, skeleton="cells"))
        self.kpi_panel.setFixedHeight(look.tokens.sizes["kpi_bar"])
        self.kpis.toggled.connect(self._toggle)
        self.kpis.pointed.connect(self._point)
        self.layout_.addWidget(self.kpi_panel)
        self.layout_.addWidget(rule())
        body = QWidget()
        body.setProperty("kind", "canvas")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._chart_row(), 5)
        column.addWidget(rule())
        column.addLayout(self._board_row(), 6)
        column.addWidget(rule())
        self.people = PeopleCard(self)
        self.people.setMinimumHeight(_CARD_HEIGHT)
        self.people.used.connect(self._use)
        column.addWidget(self.people, 4)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(body)
        self.layout_.addWidget(area, 1)
        self._clock = QTimer(self)
        self._clock.setInterval(_ONLINE_MS)
        self._clock.timeout.connect(self._ask_online)
        self.about_changed()

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        view = self.view
        self.step.set_current(view.step)
        self.ask(self.kpi_panel, "overview", self._show_overview)
        self.read(self.chart_panel, self._ask_days, self._show_days)
        self.top.refresh()
        for board in self.boards:
            self._ask_board(board)
        self.people.refresh()
        self._ask_online()

    def about_changed(self) -> None:
        super().about_changed()
        about, numbers = self.context.about, self.look.numbers
        for kind, dot in self._dots.items():
            title = self.say(_SOURCES[kind])
            last: date | None = about.freshness.get(kind)
            if last is None:
                dot.setText(f"○ {title}")
                dot.setToolTip(self.say("{kind}: no records", kind=title))
            else:
                dot.setText(f"{'●' if (about.today - last).days <= _FRESH_DAYS else '◐'} {title}")
                dot.setToolTip(self.say("{kind}: until {day}", kind=title, day=numbers.day(last, with_year=True)))
        self.banner.show_reason()

    def start_search(self) -> bool:
        board = self._used if isinstance(self._used, Board) else self.boards[0]
        board.start_search()
        return True

    def takeaway(self) -> Takeaway | None:
        return (self._used or self.boards[0]).takeaway()

    def picture(self) -> QWidget | None:
        return self.chart

    def define(self) -> tuple[str, str] | None:
        metric = METRICS["ad_revenue" if self._pointed == "revenue" else self._pointed]
        return self.say(metric.label), meaning(self.look.words, metric.definition)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    # -- building -------------------------------------------------------------------------------------------------

    def _chart_row(self) -> QHBoxLayout:
        look, say = self.look, self.say
        self.chart = TimeChart(look)
        self.chart.setAccessibleName(say("Visitors and revenue from ads"))
        self.chart.range_chosen.connect(self._brush)
        self.chart.zoom_out.connect(self._zoom_out)
        self.legend = Legend(
            look,
            [
                ("line", say("Visitors"), "people", "line"),
                ("previous", say("Previous visitors"), "people_prev", "dashed"),
                ("bars", say("Revenue from ads"), "money", "bars"),
            ],
        )
        self.legend.toggled.connect(self._toggle_part)
        self.step = PickerButton(look, kind="ghost")
        self.step.setAccessibleName(say("A slot of the chart"))
        self.step.set_choices([Choice(step, say(name)) for step, name in STEP_LABELS.items()])
        self.step.chosen.connect(self._set_step)
        self.chart_panel = self.panel(
            Panel(
                look, say("Visitors and revenue from ads"), self.chart, tools=(self.legend, self.step), skeleton="bars"
            )
        )
        self.chart_panel.setMinimumHeight(_CHART_HEIGHT)
        self.top = TopCampaigns(self)
        self.top.used.connect(self._use)
        self.top.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.chart_panel, 59)
        row.addWidget(rule(is_vertical=True))
        row.addWidget(self.top, 41)
        return row

    def _board_row(self) -> QHBoxLayout:
        say = self.say
        self.donut = Donut(self.look)
        self.donut.chosen.connect(partial(self._filter, "channel"))
        sources = (
            ("channel", "channels", say("Channel")),
            ("referrer", "referrers", say("Referrer")),
            ("campaign", "campaign-board", say("Campaign")),
            (KEYWORD, "keywords", say("Keyword")),
        )
        places = (
            ("country", "countries", say("Country")),
            ("region", "regions", say("Region")),
            ("city", "cities", say("City")),
        )
        pages = (
            ("entry_page", "entry-pages", say("Entry page")),
            ("page", "pages", say("Page")),
            ("exit_page", "exit-pages", say("Exit page")),
        )
        technology = (
            ("browser", "browsers", say("Browser")),
            ("os", "os", say("OS")),
            ("device", "devices", say("Device")),
        )
        self.boards = [
            Board(self, say("Traffic sources"), sources, self.donut),
            Board(self, say("Places"), places),
            Board(self, say("Content"), pages),
            Board(self, say("Technology"), technology),
        ]
        row = QHBoxLayout()
        row.setSpacing(0)
        for number, board in enumerate(self.boards):
            if number:
                row.addWidget(rule(is_vertical=True))
            board.setMinimumHeight(_BOARD_HEIGHT)
            board.wanted.connect(partial(self._ask_board, board))
            board.value_clicked.connect(self._filter)
            board.value_opened.connect(self._open_value)
            board.table.chosen.connect(partial(self._use, board))
            row.addWidget(board, 43 if number == 0 else 26)
        return row

    # -- asking ---------------------------------------------------------------------------------------------------

    def _ask_days(self, task: Task) -> _Days:
        context, view = self.context, self.view
        days = context.query("timeseries", view.selection, task, by=view.step).table
        # Visitors of the period before and unusual days are the same under every model: asked under one.
        compared = view.compared
        previous = None
        if compared is not None:
            plain = replace(compared, model=DEFAULT_MODEL, settings=None)
            previous = context.query("timeseries", plain, task, by=view.step, metrics=("visitors",)).table
        anomalies = None
        if view.step == "day":
            plain = replace(view.selection, model=DEFAULT_MODEL, settings=None)
            anomalies = context.query("anomalies", plain, task).table
        return _Days(days, previous, anomalies)

    def _ask_board(self, board: Board) -> None:
        query, options = board.query

        def show(result: Result) -> None:
            board.show_result(result)
            if board.dimension == "channel":
                self._show_donut(result)

        self.ask(board.panel, query, show, **options)

    def _ask_online(self) -> None:
        context = self.context
        context.jobs.read(
            (self, "online"),
            lambda task: context.query("realtime", self.view.selection, task),
            self._show_online,
            _ignore,
        )

    # -- showing --------------------------------------------------------------------------------------------------

    def _show_overview(self, result: Result) -> None:
        self._overview = result
        self.banner.set_unconverted(int(dict(result.data or {})["current"].get("unconverted") or 0))
        self._show_kpis()

    def _show_days(self, found: _Days) -> None:
        self._days = found
        view = self.view
        if not any(found.days[name].sum() for name in ("visitors", "revenue", "spend")):
            self.chart.clear()
            self.empty(self.chart_panel)
            self._show_kpis()
            return
        self.chart.show(time_data(self.look, view, found.days, "revenue", found.previous, found.anomalies))
        self.legend.set_enabled("previous", enabled=found.previous is not None)
        self._show_kpis()

    def _show_online(self, result: Result) -> None:
        self._online = dict(result.data or {})
        self._show_kpis()

    def _show_donut(self, result: Result) -> None:
        rows = [row for row in result.table.to_dicts() if row["row"] in {"value", "not_set"} and row["visits"]]
        words = self.look.words
        parts = [(value_label(words, row["value"]), float(row["visits"]), row["value"]) for row in rows]
        self.donut.show(parts, self.say("visits"))

    def _show_kpis(self) -> None:
        if self._overview is None or self._overview.data is None:
            return
        current, previous = self._overview.data["current"], self._overview.data["previous"]
        days = self._days.days if self._days is not None else None
        is_compared = self.view.comparison != "none"
        kpis: list[Kpi] = []
        for name in _KPIS[:-1]:
            metric = METRICS["ad_revenue" if name == "revenue" else name]
            value = current[name]
            before = previous[name] if is_compared else None
            swatch = {"visitors": self._shown["line"], "revenue": self._shown["bars"]}.get(name)
            kpis.append(
                Kpi(
                    name,
                    self.say("Revenue") if name == "revenue" else self.say(metric.label),
                    self.look.numbers.show(value, metric.unit, is_exact=name == "cac"),
                    note=self.say("from ads") if name == "revenue" else "",
                    change=_change(value, before, is_rate=metric.unit == "percent"),
                    is_points=metric.unit == "percent",
                    direction=metric.direction,
                    hint=self._hint(name, value, before, is_compared=is_compared),
                    role="people" if name == "visitors" else "money" if name == "revenue" else "cost",
                    spark=days[name].to_list() if days is not None and name in days.columns else (),
                    is_bars=name == "revenue",
                    swatch=swatch,
                    definition=meaning(self.look.words, metric.definition),
                    why=self._why(name, value),
                )
            )
        kpis.append(self._online_kpi())
        self.kpis.set_kpis(kpis)

    def _hint(self, name: str, value: float | None, before: float | None, *, is_compared: bool) -> str:
        if value is None:
            if self._why(name, value):
                return self.say("no value here")
            return self.say("no spend in these days") if name == "roas" else self.say("nothing to divide by")
        if not is_compared:
            return self.say("not compared")
        return self.say("no earlier figure") if before is None else ""

    def _why(self, name: str, value: float | None) -> str:
        """Why a figure has no value, where that takes a sentence."""
        if value is None and name in {"roas", "cac", "spend"} and self.view.selection.filters:
            return self.say("Spend has no value under these filters, and with it ROAS and CAC.")
        return ""

    def _online_kpi(self) -> Kpi:
        online, last = self._online.get("visitors_online"), self._online.get("last_event_at")
        numbers = self.look.numbers
        hint = self.say("no records yet")
        if last is not None:
            moment = local_time(last, self.context.about.settings.timezone)
            hint = self.say("last record {moment}", moment=numbers.moment(moment))
        return Kpi(
            "online",
            self.say("Online now"),
            numbers.count(online),
            hint=hint,
            definition=self.say("Visitors of the last five minutes before the last record, while records arrive."),
            dot="good.fill" if online else "text.disabled",
        )

    # -- hearing --------------------------------------------------------------------------------------------------

    def _toggle(self, key: str) -> None:
        self._toggle_part("line" if key == "visitors" else "bars")

    def _toggle_part(self, part: str) -> None:
        self._shown[part] = not self._shown[part]
        self.chart.set_shown(part, self._shown[part])  # pyright: ignore[reportArgumentType] - the legend's keys are the chart's
        self.legend.set_on(part, on=self._shown[part])
        self._show_kpis()

    def _point(self, key: str) -> None:
        if key in METRICS or key == "revenue":
            self._pointed = key

    def _set_step(self, step: str) -> None:
        self.context.history.set(replace(self.view, step=step))  # pyright: ignore[reportArgumentType] - the choices are ours

    def _brush(self, first: date, last: date) -> None:
        before = self.view
        self.context.history.set(before.with_days(first, last))
        self._brushed.append((before, self.view))

    def _zoom_out(self) -> None:
        """Back to the days before the last choice in the chart, if those chosen are still looked at."""
        while self._brushed:
            before, after = self._brushed.pop()
            now, days = self.view.selection, after.selection
            if (now.date_from, now.date_to) != (days.date_from, days.date_to):
                continue
            was = before.selection
            view = self.view.with_days(was.date_from, was.date_to, before.preset)
            if before.comparison == "custom":
                view = view.with_comparison("custom", was.compare_from, was.compare_to)
            self.context.history.set(view)
            return

    def _use(self, part: Any, _row: object = None) -> None:
        self._used = part

    def _filter(self, dimension: str, value: str) -> None:
        item = Filter(dimension, "is", (value,))
        filters = self.view.selection.filters
        if item in filters:
            self.context.history.select(filters=tuple(each for each in filters if each != item))
        else:
            self.context.history.set(self.view.with_filter(item))

    def _open_value(self, dimension: str, value: str, name: str) -> None:
        self.context.detail_wanted.emit(name, Detail(self.context, dimension, value))


def _change(value: float | None, before: float | None, *, is_rate: bool) -> float | None:
    """Percent against before, or points of a rate; infinity where there was nothing."""
    if value is None or before is None:
        return None
    if is_rate:
        return value - before
    if before == 0:
        return float("inf") if value else None
    return 100 * (value - before) / abs(before)


def _ignore(_error: Exception) -> None:
    """Who is online now is asked again soon."""
