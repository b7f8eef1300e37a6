"""A raw record in the drawer: every field as it was imported, and from which file and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.evidence import offer_copy
from app.messages import explain
from app.status import local_time
from engine.errors import AttribenchError
from widgets.panel import Panel, label
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.context import Context
    from engine.queries.result import Result

# Where a record is kept.
_TABLES = {
    "raw_events": "an event",
    "raw_conversions": "a conversion",
    "raw_touches": "a touch",
    "raw_people": "a person",
}


class Record(QWidget):
    """The record.

    Args:
        context: of the window.
        record_id: of a conversion, event, visit, touch, payment or refund.
    """

    def __init__(self, context: Context, record_id: str) -> None:
        super().__init__()
        self._context = context
        look, say = context.look, context.look.say
        self.origin = label(look, "", "secondary")
        self.origin.setWordWrap(True)
        self.origin.setContentsMargins(16, 10, 16, 10)
        self.origin.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        columns = [
            Column("shown", say("Field"), kind="text", tone="secondary"),
            Column("value", say("Value"), kind="text"),
        ]
        self.table = DataTable(look, columns, id_field="number", name_width=130, accessible_name=say("Raw record"))
        self.table.sort_by(None)
        offer_copy(look, self.table)
        self.panel = Panel(look, say("Raw record"), self.table, header=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.origin)
        column.addWidget(self.panel, 1)
        self.setFocusProxy(self.table)
        self.panel.begin()
        selection = context.view.selection
        context.jobs.read(
            (self, "record"),
            lambda task: context.query("record", selection, task, id=record_id),
            self._show,
            self._fail,
        )

    def _show(self, result: Result) -> None:
        look, say = self._context.look, self._context.look.say
        told = result.meta["record"]
        when = look.numbers.moment(local_time(told["imported_at"], self._context.about.settings.timezone))
        parts = [
            say(_TABLES[told["raw_table"]]),
            say("{file}, line {line}", file=told["file_name"], line=look.numbers.count(told["line"])),
            say("imported {moment}", moment=when),
        ]
        if told["connection"]:
            parts.append(say("by the connection {name}", name=told["connection"]))
        if told["versions"] > 1:
            parts.append(say("{n} versions, this one counts", n=look.numbers.count(told["versions"])))
        self.origin.setText(" · ".join(parts))
        self.panel.ready()
        frame = result.table.with_row_index("number")
        prefix = pl.when(pl.col("in_payload")).then(pl.lit("payload.")).otherwise(pl.lit(""))
        self.table.set_rows(frame.with_columns(pl.concat_str(prefix, pl.col("field")).alias("shown")))

    def _fail(self, error: Exception) -> None:
        look = self._context.look
        text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self.panel.fail(look.say("This could not be read"), text)
