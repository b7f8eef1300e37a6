"""All clients: every profile of the workspace at a glance, the page a consultant begins with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.messages import explain
from app.names import meaning, model_label
from app.pages.client_facts import band_label, freshness, problem, reported, total_text
from app.pages.page import Page
from app.takeaway import Takeaway
from engine.clients import Client, as_frame, client, totals
from engine.errors import AttribenchError, Cancelled
from engine.queries.metrics import METRICS
from widgets.inputs.search import SearchField
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.context import Context
    from engine.queries.selection import Selection
    from engine.task import Task


class Clients(Page):
    """Every profile, one row each."""

    key = "clients"
    title = "All clients"
    icon = "buildings"
    group = "Analyse"
    has_filters = False
    needs_records = False

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._found: dict[str, Client] = {}
        self._failed: dict[str, str] = {}
        self._waiting: set[str] = set()
        self.search = SearchField(look, say("Find a client"))
        self.search.setFixedWidth(240)
        self.summary = label(look, "", "muted")
        self.open_button = QPushButton(say("Open"))
        self.open_button.setProperty("kind", "primary")
        self.open_button.setEnabled(False)
        self.open_button.setToolTip(say("Return opens the client's dashboard"))
        for widget in (self.summary, self.search, self.open_button):
            self.header_layout.addWidget(widget)
        self.table = DataTable(
            look, self._columns(), id_field="profile", name_width=170, accessible_name=say("All clients")
        )
        self.table.sort_by("cash_revenue")
        self.table.set_predicates(muted=pl.col("is_derived").not_())
        self.note = label(look, "", "caption")
        self.note.setWordWrap(True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(rule())
        self.sums = label(look, "", "secondary")
        self.sums.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        foot = QVBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.setSpacing(4)
        foot.addWidget(self.sums)
        foot.addWidget(self.note)
        column.addLayout(foot)
        self.table_panel = self.panel(Panel(look, say("All clients"), body, header=False))
        self.layout_.addWidget(self.table_panel, 1)
        self.search.searched.connect(self._narrow)
        self.search.left.connect(partial(self.table.setFocus, Qt.FocusReason.OtherFocusReason))
        self.table.opened.connect(self._open)
        self.table.chosen.connect(self._let_open)
        self.open_button.clicked.connect(self._open_current)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the profiles, then for each one by itself: twenty clients are not one long wait."""
        workspace = self.context.workspace
        self.read(
            self.table_panel,
            lambda _task: [profile.settings.name for profile in workspace.profiles()],
            self._ask_each,
        )

    def start_search(self) -> bool:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()
        return True

    def takeaway(self) -> Takeaway | None:
        if not self._found or self._waiting:
            return None
        titles = {column.field: column.title for column in self.table.visible_columns()}
        order = self.table.visible_frame()["profile"].to_list()
        frame = as_frame([self._found[name] for name in order if name in self._found])
        shown = {"search": self.search.text()} if self.search.text() else {}
        return Takeaway(self.say("All clients"), frame, titles, "", {}, self._selection, {}, shown)

    def define(self) -> tuple[str, str] | None:
        metric = METRICS["roas"]
        return self.say(metric.label), meaning(self.look.words, metric.definition)

    def empty(self, panel: Panel) -> None:
        panel.empty(self.say("There are no clients yet"), self.say("Every profile of this workspace stands here."))

    # -- asking ---------------------------------------------------------------------------------------------------

    @property
    def _selection(self) -> Selection:
        """The view's days, comparison and model; filters are of one profile."""
        return self.view.select(filters=(), goals=(), settings=None).selection

    def _ask_each(self, names: list[str]) -> None:
        if not names:
            self.empty(self.table_panel)
            return
        self._found = {name: each for name, each in self._found.items() if name in names}
        self._failed = {}
        self._waiting = set(names)
        workspace, selection = self.context.workspace, self._selection
        for name in names:

            def work(task: Task, name: str = name) -> Client:
                return client(workspace.profile(name), selection, task)

            self.context.jobs.read(
                (self, "client", name), work, partial(self._keep, name), partial(self._lose, name), name
            )
        self._show()

    def _keep(self, name: str, found: Client) -> None:
        self._waiting.discard(name)
        self._found[name] = found
        self._show()

    def _lose(self, name: str, error: Exception) -> None:
        self._waiting.discard(name)
        if isinstance(error, Cancelled):
            self._failed[name] = self.say("Cancelled; nothing was changed.")
        else:
            self._failed[name] = (
                explain(error, self.look.words) if isinstance(error, AttribenchError) else type(error).__name__
            )
        self._show()

    # -- showing --------------------------------------------------------------------------------------------------

    def _columns(self) -> list[Column]:
        say = self.say

        def means(name: str) -> str:
            return meaning(self.look.words, METRICS[name].definition)

        return [
            Column("profile", say("Client"), kind="text", weight=600, icon="sign"),
            Column("currency", say("Currency"), kind="text", tone="secondary", width=72),
            Column("cash_by_day", say("Cash by day"), kind="spark", bar="money", width=110, priority=3),
            Column("cash_revenue", say("Cash"), unit="count", definition=means("cash_revenue"), weight=600),
            Column("cash_change", say("Change"), kind="change", direction=1, priority=2),
            Column("spend", say("Spend"), unit="count", definition=means("spend")),
            Column("roas", "ROAS", unit="ratio", definition=means("roas")),
            Column("mer", "MER", unit="ratio", definition=means("mer"), priority=2),
            Column(
                "cash_coverage_percent", say("Cash coverage"), unit="percent", definition=means("cash_coverage_percent")
            ),
            Column("band", say("Rating"), kind="text", tone="secondary", width=84, priority=3),
            Column("fresh", say("Last brought in"), kind="text", tone="secondary", width=130),
            Column("reported", say("Last report"), kind="text", tone="secondary", width=100, priority=1),
            Column("problem", say("To do"), kind="text", tone="secondary"),
        ]

    def _show(self) -> None:
        """The rows there are so far, in the places they will keep."""
        look, say = self.look, self.say
        names = [*self._found, *(name for name in [*self._waiting, *self._failed] if name not in self._found)]
        today = self.context.about.today
        frame = as_frame(list(self._found.values())).with_columns(
            pl.Series("fresh", [freshness(look, each) for each in self._found.values()], pl.String),
            pl.Series("reported", [reported(look, each) for each in self._found.values()], pl.String),
            pl.Series("band", [band_label(look, each.cash_coverage_band) for each in self._found.values()], pl.String),
            pl.Series("problem", [problem(look, each, today) for each in self._found.values()], pl.String),
            pl.when(pl.col("cash_before") != 0)
            .then(100 * (pl.col("cash_revenue") - pl.col("cash_before")) / pl.col("cash_before").abs())
            .alias("cash_change"),
        )
        others = [name for name in names if name not in self._found]
        told = [self._failed.get(name) or say("Reading…") for name in others]
        rest = pl.DataFrame(
            {"profile": others, "problem": told, "is_derived": [False] * len(others)},
            schema={"profile": pl.String, "problem": pl.String, "is_derived": pl.Boolean},
        )
        frame = pl.concat([frame, rest], how="diagonal").with_columns(
            pl.when((pl.col("failing").list.len() > 0) | pl.col("profile").is_in(list(self._failed)))
            .then(pl.lit("warning-circle"))
            .otherwise(pl.lit("buildings"))
            .alias("sign")
        )
        if self.view.comparison == "none":
            frame = frame.with_columns(pl.lit(None, pl.Float64).alias("cash_change"))
        self.table_panel.ready()
        self.table.set_rows(frame)
        if self.table.current_row() is None:
            self.table.select_id(self.context.about.settings.name)
        self._sum_up(len(names))

    def _sum_up(self, count: int) -> None:
        numbers, words = self.look.numbers, self.look.words
        done = [each for each in self._found.values() if each.is_derived]
        self.sums.setText("\n".join(total_text(self.look, total) for total in totals(done)))
        text = words.count(count, "1 client", "{n} clients", n=numbers.count(count))
        if self._waiting:
            left = numbers.count(len(self._waiting))
            text = self.say("{clients}, {n} still being read", clients=text, n=left)
        self.summary.setText(text)
        selection = self._selection
        self.note.setText(
            self.say(
                "{days}, {model}. Money is in each client's own currency; different ones are never added together.",
                days=numbers.days(selection.date_from, selection.date_to),
                model=model_label(words, selection.model),
            )
        )

    def _narrow(self, text: str) -> None:
        self.table.set_search(text)

    # -- opening --------------------------------------------------------------------------------------------------

    def _open(self, row: dict[str, Any]) -> None:
        self.context.profile_wanted.emit(str(row["profile"]))

    def _let_open(self, _row: object) -> None:
        self.open_button.setEnabled(True)

    def _open_current(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self._open(row)
