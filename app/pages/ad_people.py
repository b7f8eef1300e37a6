"""The conversions an ad entity contributed to, the latest ones, in its detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtWidgets import QPushButton

from app.status import local_time
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.context import Context
    from engine.queries.result import Result

LISTED = 8
_HEAD_HEIGHT = 32


class AdPeople(DataTable):
    """A short list; Return explains a conversion.

    Attributes:
        every: a button to see all of them.
    """

    def __init__(self, context: Context) -> None:
        look, say = context.look, context.look.say
        super().__init__(
            look,
            [
                Column("person", say("Person"), kind="text"),
                Column("when", say("When"), kind="text", width=64, tone="secondary", priority=1),
                Column("conversions", say("Credit"), unit="decimal"),
                Column("revenue", say("Credited"), unit="money", is_exact=True, weight=600),
            ],
            id_field="entry_id",
            is_compact=True,
            accessible_name=say("Conversions it contributed to"),
        )
        self._context = context
        self.every = QPushButton(say("View all"))
        self.every.setProperty("kind", "link")
        self.sort_by(None)
        self.opened.connect(self._explain)

    def show_result(self, result: Result) -> bool:
        """Show an answer of ``behind``; whether there is anything in it."""
        table, numbers = result.table, self._context.look.numbers
        self.every.setVisible(bool((result.pagination or {}).get("has_next")))
        if table.is_empty():
            return False
        zone = self._context.about.settings.timezone
        days = [numbers.day(local_time(moment, zone).date()) for moment in table["occurred_at"].to_list()]
        self.set_rows(
            table.with_columns(
                pl.Series("when", days, dtype=pl.String),
                pl.coalesce("name", "email", "customer_profile_id").alias("person"),
            )
        )
        self.setFixedHeight(_HEAD_HEIGHT + table.height * (self._context.look.row_height - 4))
        return True

    def _explain(self, row: dict[str, Any]) -> None:
        self._context.conversion_wanted.emit(str(row["conversion_id"]))
