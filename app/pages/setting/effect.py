"""The pane and the bar of changes that are not applied yet: what they would do, and Apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from engine.queries.metrics import METRICS
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from engine.settings.preview import ChangePreview
    from widgets.look import Look

FIGURES = (
    "visitors", "visits", "bounce_rate", "outcomes", "conversions", "cash_revenue", "attributed_revenue",
    "unattributed_revenue", "ad_revenue", "spend", "roas", "cac", "coverage_percent",
)  # fmt: skip
_WIDTH = 380


class Effect(QWidget):
    """Headline figures before and after, credit by channel, and which visits move.

    Args:
        look: how it looks.
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        say = look.say
        self.setMinimumWidth(_WIDTH)
        figures = [
            Column("label", say("Figure"), kind="text"),
            Column("before", say("Before"), kind="text", tone="secondary", width=80),
            Column("after", say("After"), kind="text", weight=600, width=80),
            Column("change", say("Change"), kind="change"),
        ]
        self.figures = DataTable(
            look,
            figures,
            id_field="metric",
            is_compact=True,
            name_width=100,
            accessible_name=say("Before and after"),
        )
        self.figures.sort_by(None)
        channels = [
            Column("label", say("Channel"), kind="text", glyph="channel"),
            Column("visits_after", say("Visits"), unit="count"),
            Column("revenue_before", say("Revenue before"), unit="money", tone="secondary", priority=1),
            Column("revenue_after", say("Revenue after"), unit="money", weight=600),
        ]
        self.channels = DataTable(
            look, channels, id_field="channel", is_compact=True, accessible_name=say("Credit by channel")
        )
        self.channels.sort_by(None)
        moves = [
            Column("label", say("From"), kind="text", glyph="from_channel"),
            Column("to_label", say("To"), kind="text", glyph="to_channel"),
            Column("visits", say("Visits"), unit="count"),
        ]
        self.moves = DataTable(look, moves, id_field="key", is_compact=True, accessible_name=say("Visits that move"))
        self.moves.sort_by(None)
        self.moves_title = label(look, "", "strong")
        self._moves = QWidget()
        column = QVBoxLayout(self._moves)
        column.setContentsMargins(0, 6, 0, 0)
        self.moves_title.setContentsMargins(16, 0, 16, 0)
        column.addWidget(self.moves_title)
        column.addWidget(self.moves, 1)
        content = QSplitter(Qt.Orientation.Vertical)
        for table in (self.figures, self.channels, self._moves):
            content.addWidget(table)
        content.setStretchFactor(0, 4)
        content.setStretchFactor(1, 4)
        content.setStretchFactor(2, 2)
        content.setSizes([330, 260, 160])
        self.panel = Panel(look, say("Before and after"), content)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(rule(is_vertical=True))
        row.addWidget(self.panel, 1)

    def show_preview(self, shown: ChangePreview) -> None:
        """Show what came of a preview."""
        look, numbers = self._look, self._look.numbers
        rows: list[tuple[object, ...]] = []
        same_money = shown.currency_before == shown.currency_after
        for name in FIGURES:
            metric = METRICS[name]
            before, after = shown.before[name], shown.after[name]

            comparable = same_money or metric.unit != "money"
            change = 100 * (after - before) / abs(before) if comparable and before and after is not None else None
            rows.append(
                (
                    name,
                    look.say(metric.label),
                    self._text(name, before, shown.currency_before),
                    self._text(name, after, shown.currency_after),
                    0.0 if change is None and before == after and before is not None else change,
                )
            )
        schema = {
            "metric": pl.String,
            "label": pl.String,
            "before": pl.String,
            "after": pl.String,
            "change": pl.Float64,
        }
        self.figures.set_rows(pl.DataFrame(rows, schema=schema, orient="row"))
        self.channels.setVisible(same_money)
        self.channels.set_rows(
            shown.channels.with_columns(pl.Series("label", [look.say(each) for each in shown.channels["channel"]]))
        )
        moved = int(shown.moves["visits"].sum())
        self._moves.setVisible(bool(moved))
        count = numbers.count(moved)
        self.moves_title.setText(
            look.words.count(moved, "1 visit of all days moves", "{n} visits of all days move", n=count)
        )
        self.moves.set_rows(
            shown.moves.with_columns(
                pl.Series("label", [look.say(each) for each in shown.moves["from_channel"]], pl.String),
                pl.Series("to_label", [look.say(each) for each in shown.moves["to_channel"]], pl.String),
                pl.concat_str("from_channel", "to_channel", separator=">").alias("key"),
            )
        )

    def _text(self, name: str, value: float | None, currency: str) -> str:
        if METRICS[name].unit == "money":
            return self._look.numbers.money(value, cents=name == "cac", currency=currency)
        return self._look.numbers.show(value, METRICS[name].unit)


class ChangeBar(QWidget):
    """What is edited and not applied, with what can be done with it.

    Args:
        look: how it looks.

    Attributes:
        preview_wanted: compute before and after.
        discarded: go back to what is stored.
        applied: make the changes.
    """

    preview_wanted = Signal()
    discarded = Signal()
    applied = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        say = look.say
        self.setProperty("kind", "sunken")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(say("Changes"))
        self.told = label(look, "", "secondary")
        self.told.setMinimumWidth(60)
        self.preview = QPushButton(look.icon("eye"), say("Preview"))
        self.discard = QPushButton(say("Discard"))
        self.apply = QPushButton(say("Apply"))
        self.apply.setProperty("kind", "primary")
        self.preview.clicked.connect(self.preview_wanted)
        self.discard.clicked.connect(self.discarded)
        self.apply.clicked.connect(self.applied)
        row = QHBoxLayout()
        row.setContentsMargins(16, 7, 12, 7)
        row.setSpacing(8)
        row.addWidget(self.told, 1)
        for button in (self.preview, self.discard, self.apply):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(rule())
        column.addLayout(row)

    def show_changes(self, names: list[str], *, problem: str, needs_rebuild: bool) -> None:
        """Say what is edited; with a problem it can be neither previewed nor applied."""
        look = self._look
        count = len(names)
        text = look.words.count(count, "1 change: {names}", "{n} changes: {names}", n=count, names=", ".join(names))
        if problem:
            text = problem
        elif needs_rebuild:
            text = look.say("{changes}. One rebuild follows.", changes=text)
        self.told.setText(text)
        self.told.setToolTip(text)
        self.told.setProperty("kind", "error" if problem else "secondary")
        self.told.style().polish(self.told)
        self.preview.setEnabled(not problem)
        self.apply.setEnabled(not problem)
