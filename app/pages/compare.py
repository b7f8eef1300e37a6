"""Models side by side: who is credited with what, how far the models are apart, and how certain that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QWidget

from app.names import MODEL_LABELS, ROW_LABELS, model_definition, model_label
from app.pages.compare_foot import Foot
from app.pages.model_chips import LEAST, ModelChips
from app.pages.model_matrix import LETTERS, MEASURES, STRIP, columns, is_nothing, matrix, taken, totals
from app.pages.model_panels import CoveragePanel, IntervalsPanel, PathsPanel
from app.pages.page import Page
from app.pages.whatif import WhatIf
from app.selection import View
from engine.attribution.models import CreditSettings
from widgets.inputs.picker import Choice, PickerButton
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments
from widgets.panel import Panel, rule
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QResizeEvent

    from app.context import Context
    from app.takeaway import Takeaway
    from engine.queries.result import Result
    from widgets.charts.chart import Chart
    from widgets.table.columns import Column

_NAME_WIDTH, _SEARCH_WIDTH = 168, 150
_BELOW_HEIGHT, _LEAST_BELOW = 212, 168
_NARROW, _WIDE = 1130, 1600  # pixels of the page
_SPLITTER = "compare-splitter"


class Compare(Page):
    """The models side by side."""

    key = "compare"
    title = "Model comparison"
    icon = "scales"
    group = "Analyse"
    ignores = frozenset({"model", "comparison"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._usual = CreditSettings.of_profile(context.about.settings)
        self._measure = "revenue"
        self._focused = ""
        self._result: Result | None = None
        self._every: Result | None = None
        self._columns: list[Column] = []
        self._is_wide = False
        self._totals: dict[str, Any] = {}
        self._clicked: tuple[object, QElapsedTimer] = (None, QElapsedTimer())
        self._fill_header()
        self.whatif = WhatIf(look, self._usual)
        self.panel(self.whatif.panel)
        self.whatif.hide()
        self.table = DataTable(
            look,
            [],
            id_field="key",
            section_field="section",
            totals=True,
            is_compact=True,
            name_width=_NAME_WIDTH,
            accessible_name=say("Models side by side"),
        )
        self.table.set_predicates(
            strong=pl.col("row").is_in(["ads", "others"]), muted=pl.col("row").is_in(["unattributed", "outside"])
        )
        self.matrix = self.panel(Panel(look, say("Models side by side"), self.table, header=False))
        self.intervals = IntervalsPanel(self)
        self.coverage = CoveragePanel(self)
        self.paths = PathsPanel(self)
        self._picture: Chart = self.intervals.chart
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.matrix)
        self.splitter.addWidget(self._below())
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([600, _BELOW_HEIGHT])
        kept = context.settings.kept(_SPLITTER)
        if kept is not None:
            self.splitter.restoreState(kept)
        for widget in (self._tools(), rule(), self.whatif):
            self.layout_.addWidget(widget)
        self.layout_.addWidget(self.splitter, 1)
        self.layout_.addWidget(rule())
        self.foot = Foot(look)
        self.layout_.addWidget(self.foot)
        self._connect()

    # -- Page -----------------------------------------------------------------------------------------------------

    @property
    def models(self) -> tuple[str, ...]:
        """The models side by side that there are, the baseline first; at least two."""
        known = [*MODEL_LABELS, *self.context.about.custom_models]
        chosen = [model for model in dict.fromkeys(self.view.models) if model in known]
        spare = [model for model in View(self.view.selection).models if model not in chosen]
        return tuple([*chosen, *spare[: max(0, LEAST - len(chosen))]][: len(LETTERS)])

    @property
    def every(self) -> tuple[str, ...]:
        """All models, the user's own last."""
        return (*MODEL_LABELS, *self.context.about.custom_models)

    def refresh(self) -> None:
        view, settings = self.view, self.view.selection.settings
        if self._focused not in self.models:
            self._focused = self.models[0]
        self.chips.set_models(self.models, self._focused)
        self.rows.set_current(view.rows)
        self.basis.set_current(view.selection.date_basis)
        self.whatif.show_settings(settings)
        self.intervals.follow(self.models)
        self._every = None
        self.ask(self.matrix, "compare", self._show, **self._options)
        self.ask(self.coverage.panel, "path-lengths", self.coverage.show_result)
        self.ask(self.paths.panel, "path-lengths", self.paths.show_result)

    def open_with(self, **facts: Any) -> None:
        if facts.get("choose_baseline"):
            self.chips.choose(0)

    def start_search(self) -> bool:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        if self._result is None:
            return None
        shown = [column for column in self._columns if column.field != STRIP]
        titles = {
            column.field: f"{model_label(self.look.words, column.field.partition('.')[0])} {column.title}"
            if column.group
            else column.title
            for column in shown
        }
        frame = taken(self.table.visible_frame(), shown, self._totals)
        return self.take(self.matrix, self.say(self.title), frame, titles, search=self.search.text().strip())

    def picture(self) -> QWidget | None:
        return self._picture

    def define(self) -> tuple[str, str] | None:
        words = self.look.words
        model = self._focused or self.models[0]
        expression = self.context.about.custom_models.get(model, "")
        return model_label(words, model), model_definition(words, model, expression)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.context.settings.keep(_SPLITTER, self.splitter.saveState())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chips.set_narrow(narrow=self.width() < _NARROW)
        is_wide = self.width() >= _WIDE
        if is_wide != self._is_wide:
            self._is_wide = is_wide
            self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A chart that is entered or gets the focus is the one that is taken away."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            for chart in (self.intervals.chart, self.paths.chart, self.coverage.chart):
                if watched is chart:
                    self._picture = chart
        return False

    # -- building -------------------------------------------------------------------------------------------------

    def _fill_header(self) -> None:
        look, say = self.look, self.say
        self.basis = Segments(
            look, [("conversion", say("Conversion day")), ("touch", say("Touch day"))], name=say("Credit is booked on")
        )
        self.basis.setToolTip(
            say(
                "On whose day credit is booked: the conversion's, or the touch's. By touch day, a row completes the sum"
                " with what lies outside the range."
            )
        )
        self.search = SearchField(look, say("Find a row"))
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.whatif_button = QPushButton(look.icon("sliders-horizontal"), say("What-if"))
        self.whatif_button.setCheckable(True)
        self.whatif_button.setToolTip(say("Try other windows, half-lives and weights"))
        for widget in (self.search, self.basis, self.whatif_button):
            self.header_layout.addWidget(widget)

    def _tools(self) -> QWidget:
        look, say = self.look, self.say
        bar = QWidget(self)
        bar.setFixedHeight(look.tokens.sizes["page_header"])
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        self.chips = ModelChips(look, self.context.about.custom_models)
        self.measure = Segments(look, [(key, say(name)) for key, name in MEASURES.items()], name=say("Measure"))
        self.measure.set_current(self._measure)
        self.rows = PickerButton(look)
        self.rows.setToolTip(say("What the rows are"))
        self.rows.set_choices([Choice(key, say(name)) for key, name in ROW_LABELS.items()])
        row.addWidget(self.chips)
        row.addStretch(1)
        row.addWidget(self.measure)
        row.addWidget(self.rows)
        return bar

    def _below(self) -> QWidget:
        below = QWidget(self)
        below.setMinimumHeight(_LEAST_BELOW)
        row = QHBoxLayout(below)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for place, (part, stretch) in enumerate(((self.intervals, 42), (self.coverage, 29), (self.paths, 29))):
            if place:
                row.addWidget(rule(is_vertical=True))
            row.addWidget(part.panel, stretch)
        return below

    def _connect(self) -> None:
        self.chips.changed.connect(self._set_models)
        self.rows.chosen.connect(self._set_rows)
        self.measure.chosen.connect(self._set_measure)
        self.basis.chosen.connect(self._set_basis)
        self.search.searched.connect(self.table.set_search)
        self.whatif_button.toggled.connect(self.whatif.setVisible)
        self.whatif.changed.connect(self._set_settings)
        self.table.chosen.connect(self.intervals.show_row)
        self.table.opened.connect(self._open)
        self.table.clicked_cell.connect(self._open_cell)
        for chart in (self.intervals.chart, self.coverage.chart, self.paths.chart):
            chart.installEventFilter(self)
        for number in range(1, len(LETTERS) + 1):
            shortcut = QShortcut(QKeySequence(str(number)), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda number=number: self.focus_model(number - 1))

    # -- asking and showing ---------------------------------------------------------------------------------------

    @property
    def _options(self) -> dict[str, Any]:
        return {"models": self.models, "by": self.view.rows}

    def _show(self, result: Result) -> None:
        self._result = result
        selection = self.view.selection
        if is_nothing(result):
            self._result = None
            for panel in (self.matrix, self.intervals.panel):
                self.empty(panel)
            self.foot.told.setText("")
            return
        self._draw()
        # After the chosen ones, so that these come first.
        options = {
            **self._options,
            "models": (self.models[0], *(name for name in self.every if name != self.models[0])),
        }
        context = self.context
        self.read(
            self.intervals.panel, lambda task: context.query("compare", selection, task, **options), self._show_every
        )
        if selection.settings is not None:
            plain, chosen = replace(selection, settings=None), self._options
            self.read(
                self.whatif.panel,
                lambda task: context.query("compare", plain, task, **chosen),
                lambda before: self.whatif.show_result(before, result),
            )

    def _show_every(self, result: Result) -> None:
        meta = dict(result.meta) | {"models": list(self.every)}
        self._every = replace(result, meta=meta)
        self.intervals.show_result(self._every)
        self._draw()
        if self.table.current_row() is None:
            rows = self.table.visible_frame().head(1).to_dicts()
            self.intervals.show_row(rows[0] if rows else None)

    def _draw(self) -> None:
        """Put the figures into the table; columns are made anew only when others are asked for."""
        result = self._result
        if result is None:
            return
        shown = columns(
            self.look,
            result.meta["models"],
            self.say(ROW_LABELS[result.meta["by"]]),
            self._measure,
            every=self.every,
            moved=result.meta["moved_percent"],
            focused=self._focused,
            expressions=self.context.about.custom_models,
            is_wide=self._is_wide,
        )
        if shown != self._columns:
            self._columns = shown
            self.table.set_columns(shown)
        fields = {column.field for column in shown}
        order = self.table.sort_order()
        if order is None or order[0] not in fields:
            first = next(column.field for column in shown if column.cells_click)
            self.table.sort_by(first, descending=self._measure != "cac")
        is_filtered = any(item.dimension != "goal" for item in self.view.selection.filters)
        self._totals = totals(self.look, result, self._measure, is_filtered=is_filtered)
        self.table.set_rows(matrix(self.look, result, result.meta["by"], self._measure, self._every), self._totals)
        self.foot.told.setText(self._told(result, is_filtered=is_filtered))
        current = self.table.current_row()
        if current is not None:
            self.intervals.show_row(current)

    def _told(self, result: Result, *, is_filtered: bool) -> str:
        if self._totals["spend"] is None:
            return self.say("Spend has no value under these filters, and with it ROAS and CAC.")
        if is_filtered:
            return self.say("Under filters on touches the models credit a part of the cash each.")
        whole = result.meta["totals"]["all"][f"{result.meta['baseline']}.revenue"]
        return self.say(
            "Every model splits the same cash: each Revenue column ends at {amount}.",
            amount=self.look.numbers.money(whole, cents=True),
        )

    # -- what the user does ---------------------------------------------------------------------------------------

    def focus_model(self, place: int) -> None:
        """Make a model the one the page is about: in bold, defined, opened by Return."""
        if place < len(self.models):
            self._focused = self.models[place]
            self.chips.set_models(self.models, self._focused)
            self._draw()

    def _set_models(self, models: list[str]) -> None:
        self.context.history.set(replace(self.view, models=tuple(models)))

    def _set_basis(self, basis: str) -> None:
        self.context.history.select(date_basis=basis)

    def _set_settings(self, settings: CreditSettings | None = None) -> None:
        self.context.history.select(settings=settings)

    def _set_rows(self, rows: str) -> None:
        self.table.sort_by(None)
        self.context.history.set(replace(self.view, rows=rows))

    def _set_measure(self, measure: str) -> None:
        self._measure = measure
        self._draw()

    def _open(self, row: dict[str, Any]) -> None:
        """List what is behind the baseline's figure; the second half of a double click on a cell says nothing new."""
        key, since = self._clicked
        if (
            key == row["key"]
            and since.isValid()
            and since.elapsed() < QGuiApplication.styleHints().mouseDoubleClickInterval()
        ):
            return
        self._list(row, self.models[0])

    def _open_cell(self, row: dict[str, Any], field: str) -> None:
        timer = QElapsedTimer()
        timer.start()
        self._clicked = (row["key"], timer)
        self._list(row, next(model for model in self.models if field.startswith(f"{model}.")))

    def _list(self, row: dict[str, Any], model: str) -> None:
        if row["row"] in {"ads", "others"}:
            self.context.toast(self.say("This is a sum: choose one of its rows to list its conversions."))
        elif row["row"] == "outside":
            self.context.toast(self.say("Credit outside the range has no list here: choose more days to see it."))
        else:
            title = f"{row['label']} · {model_label(self.look.words, model)}"
            self.context.behind_wanted.emit(self.view.rows, str(row["key"]), title, model)
