"""Who converted, who visits, and how far they come: the card at the dashboard's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.names import value_label
from app.status import local_time
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.tabs import Tabs

if TYPE_CHECKING:
    from app.pages.page import Page
    from app.takeaway import Takeaway
    from engine.queries.result import Result

_SHOWN = 50
_QUERIES = {"journeys": "customers", "users": "visitors", "funnel": "funnel"}


class PeopleCard(QWidget):
    """Tabs with conversions, visitors and the funnel.

    Attributes:
        used: the user is in it.
    """

    used = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        look, say = page.look, page.say
        self.tabs = Tabs(
            look, [("journeys", say("Journeys")), ("users", say("Users")), ("funnel", say("Funnel"))], say("People")
        )
        self.tables = {
            "journeys": DataTable(
                look, self._journeys(), id_field="conversion_id", is_compact=True, accessible_name=say("Journeys")
            ),
            "users": DataTable(
                look, self._users(), id_field="visitor_id", is_compact=True, accessible_name=say("Users")
            ),
            "funnel": DataTable(look, self._funnel(), id_field="key", is_compact=True, accessible_name=say("Funnel")),
        }
        self._stack = QStackedWidget()
        for table in self.tables.values():
            table.sort_by(None)
            table.chosen.connect(self._use)
            self._stack.addWidget(table)
        self.tables["journeys"].opened.connect(self._explain)
        self.panel = page.panel(Panel(look, say("People"), self._stack))
        self.panel.title.hide()
        self.panel.header_layout.insertWidget(0, self.tabs, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.panel)
        self.tabs.chosen.connect(self._switch)

    def refresh(self) -> None:
        """Ask for the chosen tab."""
        query = _QUERIES[self.tabs.current]
        options: dict[str, Any] = {} if query == "funnel" else {"limit": _SHOWN}
        self._page.ask(self.panel, query, self._show, **options)

    def takeaway(self) -> Takeaway | None:
        """The table as it is shown."""
        table = self.tables[self.tabs.current]
        titles = {column.field: column.title for column in table.visible_columns()}
        frame = table.visible_frame()
        shown = [field for field in titles if field in frame.columns and field != "when"]
        # A moment in words is one of the raw columns too; cash and what is only expected are never one column.
        rest = [name for name in frame.columns if name not in {*shown, "when", "revenue"}]
        return self._page.take(
            self.panel, self._page.say(self.tabs.current.capitalize()), frame.select(*shown, *rest), titles
        )

    def _journeys(self) -> list[Column]:
        say = self._page.say
        return [
            Column("person", say("Customer"), kind="text", weight=500),
            Column("email", say("Email"), kind="text", tone="secondary", priority=3),
            Column("first_label", say("First channel"), kind="text", glyph="first_channel", width=156, priority=2),
            Column("touch_channels", say("Channels on the way"), kind="path", priority=1),
            Column("goal_name", say("Goal"), kind="text", tone="secondary", width=150, priority=2),
            Column("touch_count", say("Touches"), unit="count"),
            Column("time_to_complete_seconds", say("Time to convert"), unit="seconds", priority=1),
            Column("cash", say("Cash"), unit="money", is_exact=True, definition=say("Money that came in.")),
            Column(
                "expected",
                say("Expected"),
                unit="money",
                is_exact=True,
                tone="muted",
                definition=say("Value of a conversion that brought no money itself, as a lead or a deal."),
            ),
            Column("when", say("When"), kind="text", width=110),
        ]

    def _users(self) -> list[Column]:
        say = self._page.say
        return [
            Column("name", say("Visitor"), kind="text", weight=500),
            Column("channel_label", say("Channel"), kind="text", glyph="channel"),
            Column("source", say("Source"), kind="text", tone="secondary", priority=2),
            Column("country", say("Country"), kind="text", tone="secondary", width=80, priority=2),
            Column("device", say("Device"), kind="text", tone="secondary", width=80, priority=3),
            Column("session_count", say("Visits"), unit="count"),
            Column("total_pageviews", say("Page views"), unit="count", priority=1),
            Column("total_revenue", say("Revenue"), unit="money", is_exact=True),
            Column("when", say("Last seen"), kind="text", width=110),
        ]

    def _funnel(self) -> list[Column]:
        say = self._page.say
        return [
            Column("label", say("Step"), kind="text", label_bar="count"),
            Column("count", say("Conversions"), unit="count"),
            Column("conversion_rate_from_previous_pct", say("Of the step before"), unit="percent"),
            Column("drop_off_from_previous_count", say("Lost"), unit="count", tone="secondary"),
        ]

    def _show(self, result: Result) -> None:
        if result.table.is_empty():
            self._page.empty(self.panel)
            return
        tab, say, words = self.tabs.current, self._page.say, self._page.look.words
        frame = result.table
        settings = self._page.context.about.settings
        moment = {"journeys": "conversion_time", "users": "last_seen_at"}.get(tab)
        if moment is not None:
            shown = [
                self._page.look.numbers.moment(local_time(each, settings.timezone)) for each in frame[moment].to_list()
            ]
            frame = frame.with_columns(pl.Series("when", shown, pl.String))
        if tab == "journeys":
            goals = {goal.goal: say(goal.name) for goal in settings.goals}
            frame = frame.with_columns(
                pl.coalesce("name", "email", "phone", "customer_profile_id").alias("person"),
                pl.col("goal").replace(goals).alias("goal_name"),
                pl.when(pl.col("revenue_type") == "cash").then("revenue").alias("cash"),
                pl.when(pl.col("revenue_type") != "cash").then("revenue").alias("expected"),
                pl.Series(
                    "first_label", [each and value_label(words, each) for each in frame["first_channel"]], pl.String
                ),
            )
        elif tab == "users":
            labels = [each and value_label(words, each) for each in frame["channel"]]
            frame = frame.with_columns(pl.Series("channel_label", labels, pl.String))
        else:
            frame = frame.with_columns(pl.Series("label", [say(each) for each in frame["label"]], pl.String))
        self.tables[tab].set_rows(frame)

    def _use(self, _row: object) -> None:
        self.used.emit(self)

    def _explain(self, row: dict[str, Any]) -> None:
        self._page.context.conversion_wanted.emit(str(row["conversion_id"]))

    def _switch(self, tab: str) -> None:
        self._stack.setCurrentWidget(self.tables[tab])
        self.panel.renew()
        self.refresh()
