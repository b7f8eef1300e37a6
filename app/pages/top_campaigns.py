"""The campaigns that bring most, on the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.names import platform_label, value_label
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.pages.page import Page
    from app.takeaway import Takeaway
    from engine.queries.result import Result
    from engine.words import Words


class TopCampaigns(QWidget):
    """A table of campaigns by revenue, and of what belongs to none of them; its rows add up to the totals below.

    Attributes:
        used: the user is in it.
    """

    used = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        look, say = page.look, page.say
        self._columns = [
            Column("label", say("Campaign"), kind="text", glyph="channel"),
            Column("spend", say("Spend"), unit="money"),
            Column("outcome_value", say("Revenue"), unit="money", bar="money"),
            Column("outcome_count", say("Results"), unit="decimal", priority=1),
            Column("roas", say("ROAS"), unit="ratio", weight=600),
        ]
        self.table = DataTable(
            look,
            self._columns,
            id_field="row_id",
            section_field="section",
            totals=True,
            is_compact=True,
            accessible_name=say("Top campaigns"),
        )
        self.table.sort_by("outcome_value")
        self.table.set_predicates(muted=pl.col("row") != "entity")
        every = QPushButton(say("View all"))
        every.setProperty("kind", "link")
        every.clicked.connect(lambda: page.context.open("ads"))
        self.panel = page.panel(Panel(look, say("Top campaigns"), self.table, tools=(every,)))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.panel)
        self.table.chosen.connect(self._use)
        self.table.opened.connect(self._open)

    def refresh(self) -> None:
        """Ask for the view."""
        self._page.ask(self.panel, "campaigns", self._show, sort="outcome_value:desc", limit=None)

    def takeaway(self) -> Takeaway | None:
        """The table as it is shown."""
        titles = {column.field: column.title for column in self._columns}
        frame = self.table.visible_frame().drop("row_id", "section", "label", strict=False)
        return self._page.take(self.panel, self._page.say("Top campaigns"), frame, titles)

    def _use(self, _row: object) -> None:
        self.used.emit(self)

    def _open(self, row: dict[str, Any]) -> None:
        if row["row"] == "entity":
            self._page.context.open("ads", entity=str(row["entity_id"]))

    def _show(self, result: Result) -> None:
        words, numbers = self._page.look.words, self._page.look.numbers
        if result.table.is_empty():
            self._page.empty(self.panel)
            return
        is_entity = pl.col("row") == "entity"
        names = [_name(words, row) for row in result.table.to_dicts()]
        rows = result.table.with_columns(
            pl.Series("label", names, pl.String),
            pl.concat_str("platform", "entity_id", separator=":", ignore_nulls=True).alias("row_id"),
            is_entity.not_().cast(pl.Int8).alias("section"),
        )
        number = int(result.meta["rows"])
        totals = dict(result.meta["totals"])
        totals["label"] = words.count(number, "The one campaign", "All {n} campaigns", n=numbers.count(number))
        self.table.set_rows(rows, totals)


def _name(words: Words, row: dict[str, Any]) -> str:
    """A campaign's name; of the other rows what they are, with the platform where there is one."""
    if row["row"] == "entity":
        return str(row["entity_name"])
    name = value_label(words, str(row["entity_name"]))
    return f"{name} · {platform_label(row['platform'])}" if row["platform"] else name
