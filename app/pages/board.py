"""A board of the dashboard: figures by one of several dimensions, chosen by tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QWidget

from app.names import meaning, value_label
from engine.queries.metrics import METRICS
from widgets.inputs.search import SearchField
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.tabs import Tabs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from app.pages.page import Page
    from app.takeaway import Takeaway
    from engine.queries.result import Result

_MOST = 500
_WITH_DONUT = 390
_DONUT_SHARE, _LEAST_DONUT, _MOST_DONUT = 0.22, 112, 210
_NAME_WIDTH, _WIDE_NAME, _ROOMY_NAME = 64, 128, 220
KEYWORD = "keyword"
_MIDDLE_ELIDED = {"page", "entry_page", "exit_page", "referrer"}
_FIGURES = (
    # metric, priority: those that leave first have the highest
    ("visitors", 0),
    ("visits", 3),
    ("pageviews", 4),
    ("bounce_rate", 5),
    ("conversions", 2),
    ("revenue", 0),
)
# Search words come without visits: they have figures of their own, and no value to filter by.
_SEARCHED = (("clicks", 0), ("impressions", 0), ("ctr", 2), ("avg_position", 1))


class Board(QWidget):
    """Tabs, and the table of the one that is chosen.

    Args:
        page: it stands on.
        name: of the board.
        tabs: (dimension, query, title).
        beside: what stands left of the table, as the donut of channels; shown for the first tab only.

    Attributes:
        wanted: the chosen tab wants its figures.
        value_clicked: filter to this value: (dimension, value).
        value_opened: show everything of this value: (dimension, value, label).
    """

    wanted = Signal()
    value_clicked = Signal(str, str)
    value_opened = Signal(str, str, str)

    def __init__(
        self, page: Page, name: str, tabs: Sequence[tuple[str, str, str]], beside: QWidget | None = None
    ) -> None:
        super().__init__()
        self._page = page
        self._queries = {dimension: query for dimension, query, _ in tabs}
        self._titles = {dimension: title for dimension, _, title in tabs}
        self._beside = beside
        look, say = page.look, page.say
        self.tabs = Tabs(look, [(dimension, title) for dimension, _, title in tabs], name)
        self.table = DataTable(
            look,
            self._columns(tabs[0][0]),
            id_field="value",
            is_compact=True,
            edge=8,
            name_width=_NAME_WIDTH if beside is None else _WIDE_NAME,
            roomy_name=_ROOMY_NAME,
            accessible_name=name,
        )
        self.table.sort_by("visitors")
        self.search = SearchField(look, say("Find in this board"))
        self.search.setMaximumWidth(150)
        self.search.hide()
        self.find_button = QToolButton()
        self.find_button.setProperty("kind", "ghost")
        self.find_button.setIcon(look.icon("magnifying-glass"))
        self.find_button.setToolTip(say("Find in this board"))
        self.find_button.setAccessibleName(say("Find in {board}", board=name))
        self.find_button.setCheckable(True)
        body = QWidget()
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        if beside is not None:
            row.addWidget(beside)
        row.addWidget(self.table, 1)
        self.panel = page.panel(Panel(look, name, body, tools=(self.search, self.find_button)))
        self.panel.title.hide()
        self.panel.header_layout.insertWidget(0, self.tabs, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.panel)
        # A click filters; a second one within the system's time opens instead.
        self._click = QTimer(self)
        self._click.setSingleShot(True)
        self._click.setInterval(QApplication.doubleClickInterval())
        self._click.timeout.connect(self._filter)
        self._clicked: tuple[str, dict[str, Any]] = ("", {})
        self.tabs.chosen.connect(self._switch)
        self.table.clicked_cell.connect(self._on_click)
        self.table.opened.connect(self._open)
        self.table.filtered.connect(self._filter_now)
        self.search.searched.connect(self.table.set_search)
        self.find_button.toggled.connect(self._toggle_search)

    @property
    def dimension(self) -> str:
        """What the rows are."""
        return self.tabs.current

    @property
    def query(self) -> tuple[str, dict[str, Any]]:
        """The query of the chosen tab, and its options."""
        return self._queries[self.dimension], {"limit": _MOST}

    def show_result(self, result: Result) -> None:
        """Show the figures of the chosen tab."""
        if self.dimension == KEYWORD:
            self._show_keywords(result)
            return
        words = self._page.look.words
        frame = result.table.with_columns(
            pl.col("value")
            .map_elements(
                lambda value: value_label(words, value, self.dimension), return_dtype=pl.String, skip_nulls=False
            )
            .alias("label")
        )
        if frame.filter(pl.col("row") == "value").is_empty() and frame["visitors"].sum() in {None, 0}:
            self._page.empty(self.panel)
            return
        self.table.set_rows(frame)
        self.table.set_predicates(muted=pl.col("row") != "value")

    def takeaway(self) -> Takeaway | None:
        """The table as it is shown."""
        dimension = self.dimension
        helpers = ("label", "value", "row") if dimension == KEYWORD else ("label",)
        titles = {column.field: column.title for column in self._columns(dimension)}
        return self._page.take(
            self.panel,
            self._titles[dimension],
            self.table.visible_frame().drop(helpers, strict=False),
            titles | {"value": self._titles[dimension], KEYWORD: self._titles[dimension]},
            search=self.search.text().strip(),
        )

    def start_search(self) -> None:
        """Put the cursor into the search field."""
        self.find_button.setChecked(True)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _columns(self, dimension: str) -> list[Column]:
        say, words = self._page.say, self._page.look.words
        is_keyword = dimension == KEYWORD
        label = Column(
            "label",
            self._titles[dimension],
            kind="text",
            glyph="value" if dimension == "channel" else None,
            label_bar="clicks" if is_keyword else "visitors",
            middle_elide=dimension in _MIDDLE_ELIDED,
            cells_click=not is_keyword,
        )
        if is_keyword:
            return [label, *self._keyword_columns()]
        figures = [
            Column(
                name,
                say("Revenue") if name == "revenue" else say(METRICS[name].label),
                unit="money" if name == "revenue" else METRICS[name].unit,
                priority=priority,
                tone="secondary" if priority else "primary",
                definition=meaning(words, METRICS["attributed_revenue" if name == "revenue" else name].definition),
            )
            for name, priority in _FIGURES
        ]
        return [label, *figures]

    def _keyword_columns(self) -> list[Column]:
        say, words = self._page.say, self._page.look.words
        found: list[Column] = []
        for name, priority in _SEARCHED:
            tone = "secondary" if priority else "primary"
            if name == "avg_position":
                told = say("Average place among the results of the search, by impressions.")
                column = Column(name, say("Position"), unit="decimal", priority=priority, tone=tone, definition=told)
            else:
                metric = METRICS[name]
                told = meaning(words, metric.definition)
                column = Column(
                    name, say(metric.label), unit=metric.unit, priority=priority, tone=tone, definition=told
                )
            found.append(column)
        return found

    def _show_keywords(self, result: Result) -> None:
        say = self._page.say
        if result.table.is_empty():
            self.panel.empty(
                say("No search words in these days"),
                say("They come from a search console, by a connection or an import."),
            )
            return
        keyword = pl.col("keyword")
        self.table.set_rows(result.table.with_columns(keyword.alias("value"), keyword.alias("label")))
        self.table.set_predicates()

    def _switch(self, dimension: str) -> None:
        self._click.stop()  # what was clicked is a value of the tab before
        self._fit()
        self.search.reset()
        self.panel.renew()
        self.table.set_rows(self.table.visible_frame().clear())
        columns = self._columns(dimension)
        self.table.set_columns(columns)
        order = self.table.sort_order()
        if order is None or order[0] not in {column.field for column in columns}:
            self.table.sort_by("clicks" if dimension == KEYWORD else "visitors")
        self.wanted.emit()

    def _fit(self) -> None:
        """What stands beside is for the first tab, where there is room."""
        if self._beside is not None:
            is_first = self.dimension == next(iter(self._queries))
            self._beside.setVisible(is_first and self.width() >= _WITH_DONUT)
            room = min(_MOST_DONUT, max(_LEAST_DONUT, int(self.width() * _DONUT_SHARE)))
            self._beside.setFixedWidth(room)

    def _on_click(self, row: dict[str, Any], _field: str) -> None:
        self._clicked = self.dimension, row
        self._click.start()

    def _filter(self) -> None:
        dimension, row = self._clicked
        if row.get("row") in {"value", "not_set"}:
            self.value_clicked.emit(dimension, str(row["value"]))

    def _filter_now(self, row: dict[str, Any]) -> None:
        self._clicked = self.dimension, row
        self._filter()

    def _open(self, row: dict[str, Any]) -> None:
        self._click.stop()
        if row.get("row") in {"value", "not_set"}:
            self.value_opened.emit(self.dimension, str(row["value"]), str(row["label"]))

    def _toggle_search(self, shown: bool) -> None:
        self.search.setVisible(shown)
        if shown:
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.search.reset()
