"""The campaigns that bring most, on the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.takeaway import Takeaway
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.pages.page import Page
    from engine.queries.result import Result

_SHOWN = 100


class TopCampaigns(QWidget):
    """A table of campaigns by revenue, with the totals of all.

    Attributes:
        used: the user is in it.
    """

    used = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._result: Result | None = None
        look, say = page.look, page.say
        self._columns = [
            Column("entity_name", say("Campaign"), kind="text", glyph="channel"),
            Column("spend", say("Spend"), unit="money"),
            Column("outcome_value", say("Revenue"), unit="money", bar="money"),
            Column("outcome_count", say("Results"), unit="decimal", priority=1),
            Column("roas", say("ROAS"), unit="ratio", weight=600),
        ]
        self.table = DataTable(
            look,
            self._columns,
            id_field="entity_id",
            totals=True,
            is_compact=True,
            accessible_name=say("Top campaigns"),
        )
        self.table.sort_by("outcome_value")
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
        self._page.ask(self.panel, "campaigns", self._show, sort="outcome_value:desc", limit=_SHOWN)

    def takeaway(self) -> Takeaway | None:
        """The table as it is shown."""
        if self._result is None:
            return None
        return Takeaway(
            self._page.say("Top campaigns"),
            self.table.visible_frame(),
            {column.field: column.title for column in self._columns},
            "campaigns",
            {"limit": _SHOWN, "sort": "outcome_value:desc"},
            self._page.view.selection,
            self._result.meta,
        )

    def _use(self, _row: object) -> None:
        self.used.emit(self)

    def _open(self, row: dict[str, Any]) -> None:
        self._page.context.open("ads", entity=str(row["entity_id"]))

    def _show(self, result: Result) -> None:
        self._result = result
        entities = result.table.filter(pl.col("row") == "entity")
        if entities.is_empty():
            self._page.empty(self.panel)
            return
        number = int(result.meta["rows"])
        totals = dict(result.meta["totals"])
        totals["entity_name"] = self._page.look.words.count(number, "The one campaign", "All {n} campaigns")
        self.table.set_rows(entities, totals)
