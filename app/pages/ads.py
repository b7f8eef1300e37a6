"""Ads performance: campaigns, ad sets and ads as a tree or ranked, and the detail of one beside them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.names import meaning
from app.pages import ad_rows
from app.pages.ad_columns import DEFAULT, columns
from app.pages.ad_controls import AdControls
from app.pages.ad_detail import AdDetail
from app.pages.ad_reading import read_days, read_rows
from app.pages.ad_side import Side
from app.pages.ad_trends import AdTrends
from app.pages.page import Page
from app.takeaway import Asked
from engine.queries.campaigns import LEVELS, add_up
from engine.queries.metrics import METRICS
from engine.queries.selection import Filter
from widgets.charts.lines_chart import MOST
from widgets.panel import Panel, label, rule
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent

    from app.context import Context
    from app.pages.ad_reading import Daily, Found
    from app.takeaway import Takeaway
    from engine.queries.selection import Selection

_FOLLOW_MS = 90  # the detail waits until the selection has stopped moving
_PANE_WIDTH, _TRENDS_WIDTH = 376, 540
_COLUMNS, _PANE = "ads.columns", "ads.pane"
_HELPERS = ("row_id", "parent_id", "asked_id", "label", "mark", "icon", "pause", "daily", "passes", "within")


class Ads(Page):
    """Which ads earn and which cost."""

    key = "ads"
    title = "Ads performance"
    icon = "megaphone"
    group = "Analyse"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._found: Found | None = None
        self._daily_total: Sequence[float | None] = ()
        self._wanted = ""  # an entity to show as soon as there are rows
        self._is_unfolded = False
        self._is_importable = False
        self._pointed = "roas"
        self._shown = [name for name in context.settings.words(_COLUMNS) if name] or list(DEFAULT)
        self.controls = AdControls(look, self.header_layout)
        self.table = DataTable(
            look,
            self._columns(),
            id_field="row_id",
            parent_field="parent_id",
            totals=True,
            name_width=200,
            accessible_name=say("Campaigns, ad sets and ads"),
        )
        self.table.set_predicates(muted=pl.col("pause").is_not_null())
        self.table.set_filter(pl.col("passes"))
        self.table.sort_by("spend")
        self._hide_columns()
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(rule())
        column.addWidget(self._footer())
        self.table_panel = self.panel(Panel(look, say("Campaigns, ad sets and ads"), holder, header=False))
        self.detail = AdDetail(context, self)
        self.trends = AdTrends(context, self)
        width = next((int(word) for word in context.settings.words(_PANE) if word.isdigit()), _PANE_WIDTH)
        self.side = Side(self.table_panel, width)
        self.layout_.addWidget(self.side, 1)
        self._follow = QTimer(self)
        self._follow.setSingleShot(True)
        self._follow.setInterval(_FOLLOW_MS)
        self._connect()

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        context, selection, words = self.context, self._selection(), self.look.words
        compared = self.view.compared if any(name.endswith("_change") for name in self._shown) else None
        self.read(self.table_panel, lambda task: read_rows(context, words, selection, compared, task), self._show)

    def open_with(self, **facts: Any) -> None:
        entity = str(facts.get("entity") or "")
        if not entity:
            return
        self._wanted = entity
        if not self.table_panel.is_busy:
            self._show_wanted()

    def start_search(self) -> bool:
        self.controls.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.controls.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        found, level = self._found, self.controls.level_shown
        if found is None:
            return None
        self.tell(
            self.table_panel, Asked("campaigns", {"level": level, "limit": None}, found.selection), found.results[level]
        )
        frame = self.table.visible_frame()
        # Of one level, or its sums would be there several times; what no level resolves stands in the tree once.
        frame = frame.filter((pl.col("entity_level") == level) | (pl.col("row") == ad_rows.UNRESOLVED))
        return self.take(
            self.table_panel,
            self.say("Ads performance"),
            frame.with_columns(pl.lit(level).alias("entity_level")).drop(_HELPERS, strict=False),
            {column.field: column.title for column in self._columns()},
            level=level,
            search=self.controls.search.text().strip(),
            statuses=self.controls.status.checked_keys,
        )

    def picture(self) -> QWidget | None:
        if self.side.shown is self.trends:
            return self.trends.chart
        return self.detail.trend if self.side.shown is self.detail and self.detail.row else None

    def define(self) -> tuple[str, str] | None:
        metric = METRICS.get(ad_rows.METRIC_OF.get(self._pointed, self._pointed))
        return (self.say(metric.label), meaning(self.look.words, metric.definition)) if metric is not None else None

    def empty(self, panel: Panel) -> None:
        self._is_importable = "spend" not in self.context.about.freshness
        if self._is_importable:
            panel.empty(
                self.say("No ad spend yet"),
                self.say(
                    "Import the daily figures of your ad platforms: one row a day and ad, with campaign, spend,"
                    " impressions and clicks. A file dropped here will do."
                ),
                self.say("Import files"),
            )
        elif self.controls.platform.checked_keys:
            panel.empty(
                self.say("Nothing on these platforms"),
                self.say("They have neither delivery nor credited conversions in these days."),
                self.say("Show all platforms"),
            )
        else:
            super().empty(panel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.side.shown is not None:
            self._close_pane()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._follow.stop()

    # -- what is shown --------------------------------------------------------------------------------------------

    def show_level(self, level: str) -> None:
        """Show a level: the tree opened down to it, or its ranking."""
        self.controls.level.set_current(level)
        self._level_changed()

    # -- building -------------------------------------------------------------------------------------------------

    def _footer(self) -> QWidget:
        look, say = self.look, self.say
        footer = QWidget()
        footer.setFixedHeight(look.tokens.sizes["panel_header"])
        row = QHBoxLayout(footer)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(10)
        self.counts = label(look, "", "muted")
        self.counts.setMinimumWidth(40)
        self.hint = label(look, say("Space peek · Return open · Esc close"), "caption")
        self.compare = QPushButton(look.icon("chart-line"), say("Compare trends"))
        self.compare.setProperty("kind", "ghost")
        self.compare.setAutoDefault(False)
        self.compare.setEnabled(False)
        self.compare.setToolTip(say("Select two to five rows with Ctrl or Shift"))
        row.addWidget(self.counts, 1)
        row.addWidget(self.hint)
        row.addWidget(self.compare)
        return footer

    def _connect(self) -> None:
        self.controls.level.chosen.connect(self._level_changed)
        self.controls.order.chosen.connect(self._level_changed)
        self.controls.platform.checked.connect(self.refresh)
        self.controls.status.checked.connect(self._narrow)
        self.controls.search.searched.connect(self._narrow)
        self.controls.search.left.connect(partial(self.table.setFocus, Qt.FocusReason.OtherFocusReason))
        self.controls.chooser.clicked.connect(self._choose_columns)
        self.compare.clicked.connect(self._compare)
        self.table.chosen.connect(self._follow_soon)
        self.table.peeked.connect(self._peek)
        self.table.opened.connect(self._open)
        self.table.filtered.connect(self._filter_to)
        self.table.menu_wanted.connect(self._show_menu)
        self.table.sorted.connect(self._sorted)
        self.table.columns_changed.connect(self._columns_chosen)
        self.detail.closed.connect(self._close_pane)
        self.detail.filter_wanted.connect(self._filter_to)
        self.trends.closed.connect(self._close_pane)
        self.side.resized.connect(self._keep_width)
        self._follow.timeout.connect(self._follow_now)
        for number, level in enumerate(LEVELS, 1):
            key = QShortcut(QKeySequence(str(number)), self)
            key.activated.connect(partial(self.show_level, level))

    # -- asking ---------------------------------------------------------------------------------------------------

    def _selection(self) -> Selection:
        """The view's selection on the chosen platforms: the engine filters, so totals are of what is shown."""
        selection = self.view.selection
        chosen = tuple(self.controls.platform.checked_keys)
        return (
            replace(selection, filters=(*selection.filters, Filter("platform", "is", chosen))) if chosen else selection
        )

    # -- showing --------------------------------------------------------------------------------------------------

    def _show(self, found: Found) -> None:
        self._found = found
        self._daily_total = ()
        if found.rows.is_empty():
            self.empty(self.table_panel)
            self._close_pane()
            return
        self.controls.offer_platforms(found.rows)
        self._fill(found.rows)
        if not self._is_unfolded:
            self.table.expand_level(LEVELS.index(self.controls.level_shown))
            self._is_unfolded = True
        if self._wanted:
            self._show_wanted()
        elif self.side.shown is self.trends:
            self.trends.reload()
        elif self.side.shown is self.detail:
            self._show_again(found.rows)
        if "daily" in self._shown:
            self._ask_daily(found.rows)

    def _ask_daily(self, rows: pl.DataFrame) -> None:
        context, selection = self.context, self._selection()
        context.jobs.read(
            (self, "daily"),
            lambda task: read_days(context, selection, rows, task),
            self._show_daily,
            self._lose_daily,
        )

    def _show_daily(self, daily: Daily) -> None:
        if self._found is not None:
            self._daily_total = daily.total
            self._found = replace(self._found, rows=ad_rows.with_days(self._found.rows, daily.entities))
            self._fill(self._found.rows)

    def _lose_daily(self, _error: Exception) -> None:
        """The table stands without its small lines; what went wrong with it all is told by the table."""

    def _fill(self, rows: pl.DataFrame) -> None:
        """Put the rows into the table as they are to be shown."""
        level = self.controls.level_shown
        chosen = self.controls.offer_statuses(rows)
        shown = ad_rows.ranked(rows, level) if self.controls.is_ranked else ad_rows.tree(rows)
        passing = pl.lit(value=True).alias("passes")
        self.table.set_rows(ad_rows.with_status(shown, level, chosen) if chosen else shown.with_columns(passing))
        self.table.set_search(self.controls.search.text())
        self._total(rows)

    def _total(self, rows: pl.DataFrame) -> None:
        """The totals of exactly the level's rows that are shown: the query's own, or those added up."""
        assert self._found is not None
        level = self.controls.level_shown
        every = rows.filter(pl.col("entity_level") == level)
        count = int((every["row"] == "entity").sum())
        totals: dict[str, object] = dict(self._found.results[level].meta["totals"])
        shown = count
        if self.controls.is_narrowed:
            visible = self.table.visible_frame().filter(pl.col("entity_level") == level)
            shown = int((visible["row"] == "entity").sum())
            totals = dict(add_up(visible))
        else:
            if self._daily_total:
                totals["daily"] = list(self._daily_total)
            if self._found.before is not None:
                totals |= ad_rows.total_changes(totals, self._found.before)
        totals["label"] = self.controls.count_text(shown, count)
        self.table.set_totals(totals)
        numbers = self.look.numbers
        each = {name: int(((rows["entity_level"] == name) & (rows["row"] == "entity")).sum()) for name in LEVELS}
        self.counts.setText(
            self.say(
                "{campaigns} campaigns, {ad_sets} ad sets, {ads} ads",
                campaigns=numbers.count(each["campaign"]),
                ad_sets=numbers.count(each["ad_set"]),
                ads=numbers.count(each["ad"]),
            )
        )

    def _show_wanted(self) -> None:
        """Select the entity the page was opened for, whatever hides it."""
        if self._found is None or not self._wanted:
            return
        rows = self._found.rows
        hits = rows.filter(
            (pl.col("row") == "entity") & ((pl.col("entity_id") == self._wanted) | (pl.col("asked_id") == self._wanted))
        )
        if hits.is_empty() and self.controls.platform.checked_keys:
            self.controls.platform.set_checked([])
            self.refresh()
            return
        wanted, self._wanted = self._wanted, ""
        if hits.is_empty():
            self.context.toast(self.say("{name} has no records in these days", name=wanted))
            return
        row = hits.row(0, named=True)
        self.controls.status.set_checked([])
        self.controls.search.reset()
        self.table.set_search("")
        if self.controls.is_ranked:
            self.controls.order.set_current("tree")
            self._hide_columns()
        self._fill(rows)
        self.table.select_id(row["row_id"])
        self._show_detail(row)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- the pane -------------------------------------------------------------------------------------------------

    def _show_detail(self, row: dict[str, Any]) -> None:
        self.detail.show_row(row, self._average(row))
        self.side.open(self.detail)

    def _show_again(self, rows: pl.DataFrame) -> None:
        """The detail's figures in the new view; it closes when its entity has none."""
        own = rows.filter(pl.col("row_id") == self.detail.row["row_id"])
        if own.is_empty():
            self._close_pane()
        else:
            self._show_detail(own.row(0, named=True))

    def _average(self, row: dict[str, Any]) -> dict[str, Any]:
        """Figures of all video ads of a row's account; nothing when there is no other one."""
        if self._found is None or not row["video_plays"]:
            return {}
        ads = self._found.rows.filter(
            (pl.col("entity_level") == "ad")
            & (pl.col("video_plays") > 0)
            & (pl.col("platform") == row["platform"])
            & pl.col("account").eq_missing(pl.lit(row["account"]))
        )
        return add_up(ads) if ads.height > 1 else {}

    def _follow_soon(self, _row: object) -> None:
        self._follow.start()

    def _follow_now(self) -> None:
        """The selection has come to rest."""
        rows = self._comparable()
        self.compare.setEnabled(1 < len(rows) <= MOST)
        current = self.table.current_row()
        if self.side.shown is self.detail and current is not None:
            self._show_detail(current)

    def _peek(self, row: dict[str, Any]) -> None:
        if self.side.shown is self.detail and self.detail.row.get("row_id") == row["row_id"]:
            self._close_pane()
        else:
            self._show_detail(row)

    def _open(self, row: dict[str, Any]) -> None:
        self._show_detail(row)
        self.detail.setFocus(Qt.FocusReason.TabFocusReason)

    def _close_pane(self) -> None:
        shown, focused = self.side.shown, QApplication.focusWidget()
        self.side.close_pane()
        if shown is not None and focused is not None and shown.isAncestorOf(focused):
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _comparable(self) -> list[dict[str, Any]]:
        return [row for row in self.table.selected_rows() if row["row"] == "entity"]

    def _compare(self) -> None:
        rows = self._comparable()
        if 1 < len(rows) <= MOST:
            self.trends.show_rows(rows)
            self.side.open(self.trends, least=_TRENDS_WIDTH)
            self.trends.setFocus(Qt.FocusReason.TabFocusReason)

    def _filter_to(self, row: dict[str, Any]) -> None:
        """Filter every page to an entity; filters go by its name, so say when others share it."""
        if row["row"] != "entity" or self._found is None:
            return
        level, name = str(row["entity_level"]), str(row["entity_name"])
        rows = self._found.rows
        same = rows.filter(
            (pl.col("row") == "entity") & (pl.col("entity_level") == level) & (pl.col("entity_name") == name)
        )
        self.context.history.set(self.view.with_filter(Filter(level, "is", (name,))))
        if same.height > 1:
            number = self.look.numbers.count(same.height)
            self.context.toast(self.say("{n} entities are called {name}; all are shown", n=number, name=name))

    def _show_menu(self, row: dict[str, Any], _field: str, place: QPoint) -> None:
        say = self.say
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Open details")).triggered.connect(lambda: self._open(row))
        compare = menu.addAction(say("Compare trends"))
        compare.setEnabled(1 < len(self._comparable()) <= MOST)
        compare.triggered.connect(self._compare)
        for text, run in (
            (say("Filter everything to this"), partial(self._filter_to, row)),
            (say("Conversions it contributed to"), partial(self._show_behind, row)),
        ):
            action = menu.addAction(text)
            action.setEnabled(row["row"] == "entity")
            action.triggered.connect(lambda _=False, run=run: run())
        menu.addAction(say("Copy rows")).triggered.connect(self.table.copy)
        menu.popup(place)

    def _show_behind(self, row: dict[str, Any]) -> None:
        self.context.behind_wanted.emit(
            str(row["entity_level"]), str(row["asked_id"]), str(row["label"]), self.view.selection.model
        )

    # -- hearing --------------------------------------------------------------------------------------------------

    def _level_changed(self, _key: str = "") -> None:
        self.controls.status.set_checked([])  # statuses are of a level
        self._hide_columns()
        if self._found is None or self._found.rows.is_empty():
            return
        self._fill(self._found.rows)
        if not self.controls.is_ranked:
            self.table.expand_level(LEVELS.index(self.controls.level_shown))

    def _narrow(self, _what: object = None) -> None:
        if self._found is not None and not self._found.rows.is_empty():
            self._fill(self._found.rows)

    def _sorted(self, field: str, _is_down: bool) -> None:
        self._pointed = field

    def _keep_width(self, width: int) -> None:
        self.context.settings.keep_words(_PANE, [str(width)])

    def _choose_columns(self) -> None:
        menu = self.table.column_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.controls.chooser.mapToGlobal(self.controls.chooser.rect().bottomLeft()))

    def _columns_chosen(self, fields: list[str]) -> None:
        had_daily = "daily" in self._shown
        self._shown = [field for field in fields if field != "within"]
        self.context.settings.keep_words(_COLUMNS, self._shown)
        wants_changes = any(name.endswith("_change") for name in self._shown) and self.view.compared is not None
        is_missing = self._found is not None and wants_changes and self._found.before is None
        if is_missing or ("daily" in self._shown and not had_daily):
            self.refresh()

    def _columns(self) -> list[Any]:
        """All columns, those shown first in the user's order."""
        order = {field: place for place, field in enumerate(["label", "within", *self._shown[1:]])}
        return sorted(columns(self.look), key=lambda column: order.get(column.field, len(order)))

    def _hide_columns(self) -> None:
        shown = set(self._shown)
        if self.controls.is_ranked and self.controls.level_shown != "campaign":
            shown.add("within")
        self.table.set_hidden(column.field for column in columns(self.look) if column.field not in shown)

    def _retry(self) -> None:
        if self._is_importable and not self.table_panel.notice.copy.isVisible():
            self.context.files_wanted.emit([])
        elif self.controls.platform.checked_keys and not self.table_panel.notice.copy.isVisible():
            self.controls.platform.set_checked([])
            self.refresh()
        else:
            super()._retry()
