"""Paths: the most frequent sequences of channels before conversions, how long they took, and how many touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.names import value_label
from app.pages.model_panels import PathsPanel
from app.pages.people_page import PeoplePage
from widgets.charts.histogram import Histogram
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments
from widgets.panel import Panel, label
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.context import Context
    from app.takeaway import Takeaway
    from engine.queries.result import Result

_BY = {"channel": "Channel", "source": "Source", "campaign": "Campaign"}
_REPEATS = {"kept": "Every touch", "folded": "Repeats folded"}
_LISTED, _SIDE = 200, 400
_HOUR, _DAY = 3600, 86400
_SEARCH_WIDTH = 190
_KINDS = {"value": 0, "other": 1, "unattributed": 2}


class Paths(PeoplePage):
    """Sequences, lags and lengths; the three add up to the same conversions and cash."""

    key = "paths"
    title = "Paths"
    icon = "path"
    ignores = frozenset({"comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._search = ""
        self.search = SearchField(look, say("Find a channel"))
        self.search.setFixedWidth(_SEARCH_WIDTH)
        self.search.searched.connect(self._look_for)
        self.search.left.connect(lambda: self.table.setFocus())
        self.by = Segments(look, [(key, say(name)) for key, name in _BY.items()], name=say("A touch is named by"))
        self.by.set_current("channel")
        self.by.chosen.connect(self._ask_paths)
        self.repeats = Segments(look, [(key, say(name)) for key, name in _REPEATS.items()], name=say("Repeats"))
        self.repeats.set_current("kept")
        self.repeats.chosen.connect(self._ask_paths)
        self.header_layout.addWidget(self.search)
        self.table = DataTable(
            look,
            self._columns(),
            id_field="number",
            section_field="section",
            totals=True,
            name_width=200,
            accessible_name=say("Most frequent paths"),
        )
        self.table.sort_by("conversions")
        self.table_panel = self.panel(
            Panel(look, say("Most frequent paths"), self.table, tools=(self.repeats, self.by))
        )
        self.lags = Histogram(look)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 0, 16, 6)
        column.addWidget(self.lags)
        self.median = label(look, "", "caption")
        self.lag_panel = self.panel(Panel(look, say("Time to convert"), content, tools=(self.median,), skeleton="bars"))
        self.lengths = PathsPanel(self)
        side = QSplitter(Qt.Orientation.Vertical)
        side.setHandleWidth(1)
        side.setChildrenCollapsible(False)
        side.addWidget(self.lag_panel)
        side.addWidget(self.lengths.panel)
        side.setSizes([400, 400])
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table_panel)
        split.addWidget(side)
        side.setMinimumWidth(320)
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 0)
        split.setSizes([800, _SIDE])
        row = QHBoxLayout()
        row.addWidget(split)
        self.layout_.addLayout(row, 1)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._ask_paths()
        self.ask(self.lag_panel, "lags", self._show_lags)
        self.ask(self.lengths.panel, "path-lengths", self.lengths.show_result)

    def start_search(self) -> bool:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        frame = self.table.visible_frame()
        kept = [name for name in frame.columns if name not in {"number", "section", "marks"}]
        titles = {column.field: column.title for column in self.table.visible_columns() if column.field != "marks"}
        return self.take(self.table_panel, self.say("Most frequent paths"), frame.select(kept), titles)

    def picture(self) -> QWidget | None:
        return self.lags

    def state(self) -> Any:
        return self.by.current, self.repeats.current, self._search

    def restore(self, state: Any) -> None:
        by, repeats, self._search = state
        self.by.set_current(by)
        self.repeats.set_current(repeats)
        self.search.setText(self._search)
        self.search.search_now()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _ask_paths(self, _chosen: str = "") -> None:
        options: dict[str, Any] = {"by": self.by.current, "limit": _LISTED}
        if self.repeats.current == "folded":
            options["collapse"] = True
        if self._search:
            options["search"] = self._search
        self.ask(self.table_panel, "paths", self._show_paths, **options)

    def _look_for(self, text: str) -> None:
        self._search = text.strip()
        self._ask_paths()

    def _show_paths(self, result: Result) -> None:
        say, words, numbers = self.say, self.look.words, self.look.numbers
        table = result.table
        if table.is_empty():
            if self._search:
                self.table_panel.empty(say("No path is found"), say("No touch of these days is called like this."))
            else:
                self.empty(self.table_panel)
            return
        is_channel = result.meta["by"] == "channel"
        labels: list[str] = []
        for row in table.to_dicts():
            if row["row"] == "other":
                n = row["paths"]
                labels.append(words.count(n, "One other path", "{n} other paths", n=numbers.count(n)))
            elif row["row"] == "unattributed":
                labels.append(say("Unattributed"))
            else:
                labels.append(" → ".join(value_label(words, each) for each in row["path"]))
        marks = pl.col("path") if is_channel else pl.lit(None, pl.List(pl.String))
        self.table.set_hidden([] if is_channel else ["marks"])
        totals = result.meta["totals"]
        self.table.set_predicates(muted=pl.col("section") > 0)
        self.table.set_rows(
            table.with_columns(
                pl.int_range(pl.len()).alias("number"),
                pl.col("row").replace_strict(_KINDS, return_dtype=pl.Int64).alias("section"),
                pl.Series("label", labels, pl.String),
                marks.alias("marks"),
            ),
            {
                "label": say("All conversions"),
                "conversions": totals["conversions"],
                "cash": totals["cash"],
                "avg_touches": totals["avg_touches"],
                "avg_seconds_to_convert": totals["avg_seconds_to_convert"],
            },
        )

    def _show_lags(self, result: Result) -> None:
        say, numbers, table = self.say, self.look.numbers, result.table
        if not int(table["conversions"].sum()):
            self.empty(self.lag_panel)
            return
        rows = table.to_dicts()
        bins = [
            (
                self._span(row["from_seconds"], row["to_seconds"]) if row["row"] == "value" else say("none"),
                int(row["conversions"]),
                row["row"] == "unattributed",
            )
            for row in rows
        ]
        median = result.meta["totals"]["median_seconds_to_convert"]
        marked = None
        if median is not None:
            place = next(
                (
                    number + (median - row["from_seconds"]) / (row["to_seconds"] - row["from_seconds"]) - 0.5
                    for number, row in enumerate(rows)
                    if row["row"] == "value" and row["from_seconds"] <= median < row["to_seconds"]
                ),
                float(len(rows) - 2),
            )
            marked = (place, say("median {time}", time=numbers.seconds(median)))
        self.lags.show(bins, marked, say("from the first touch to the conversion"), say("Conversions"))
        self.lags.setAccessibleName(say("Time to convert"))
        average = result.meta["totals"]["avg_seconds_to_convert"]
        self.median.setText("" if average is None else say("mean {n}", n=numbers.seconds(average)))

    def _span(self, first: int, last: int) -> str:
        """A bucket: ``< 1 h``, ``1–24 h``, ``3–5 d``."""
        count = self.look.numbers.count
        if first == 0:
            return f"< {count(last // _HOUR)}\u00a0h"
        if last <= _DAY:
            return f"{count(first // _HOUR)}–{count(last // _HOUR)}\u00a0h"
        return f"{count(first // _DAY)}–{count(-(-last // _DAY))}\u00a0d"

    def _columns(self) -> list[Column]:
        say = self.say
        return [
            Column("label", say("Path"), kind="text"),
            Column("marks", say("Channels on the way"), kind="path", width=120, priority=1),
            Column("conversions", say("Conversions"), unit="count", weight=600, bar="people"),
            Column("share_percent", say("Of all"), unit="percent", tone="secondary", priority=3),
            Column("cash", say("Cash"), unit="money", bar="money"),
            Column("cash_share_percent", say("Of cash"), unit="percent", tone="secondary", priority=4),
            Column(
                "avg_touches",
                say("Touches"),
                unit="decimal",
                definition=say("Touches before the conversion, on average."),
                priority=2,
            ),
            Column(
                "avg_seconds_to_convert",
                say("Time to convert"),
                unit="seconds",
                definition=say("From the first touch in the click window to the conversion, on average."),
            ),
        ]
