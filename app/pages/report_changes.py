"""What is different between figures, for the drawer: a sentence, what brought it about, and each figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from widgets.panel import label
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import PROSE, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from widgets.look import Look

_MOST = 60  # sentences


def changes_widget(
    look: Look, headline: str, notes: Sequence[str], rows: Sequence[tuple[str, str, str, str, str]]
) -> QWidget:
    """A sentence, further ones, and rows of (table, row, figure, before, after)."""
    say = look.say
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(16, 12, 16, 12)
    column.setSpacing(6)
    told = [headline, *notes[:_MOST]]
    if len(notes) > _MOST:
        told.append(say("and {n} more", n=look.numbers.count(len(notes) - _MOST)))
    for place, text in enumerate(told):
        line = label(look, one_line(text, PROSE), "strong" if place == 0 else "")
        line.setWordWrap(True)
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(line)
    if rows:
        columns = [
            Column("table", say("Section"), kind="text", tone="secondary", width=110),
            Column("row", say("Row"), kind="text", weight=500),
            Column("figure", say("Figure"), kind="text"),
            Column("before", say("Before"), kind="text", tone="secondary", width=100),
            Column("after", say("After"), kind="text", width=100),
        ]
        table = DataTable(look, columns, id_field="place", accessible_name=say("Figures that differ"))
        table.sort_by(None)
        names = ("table", "row", "figure", "before", "after")
        frame = pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String), orient="row")
        table.set_rows(frame.with_row_index("place"))
        column.addWidget(table, 1)
    else:
        column.addStretch(1)
    return content
