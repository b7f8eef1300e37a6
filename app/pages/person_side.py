"""Beside a timeline: the credit of each touch under every model, who the person is and why, and the deal behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.names import model_label, value_label
from app.shares import rounded_shares
from app.status import local_time
from engine.attribution.models import MODELS
from widgets.one_line import OneLine
from widgets.panel import label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import breakable, one_line, tip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.context import Context

# Kinds of identifiers (I1), and why one belongs to the others.
KIND_LABELS = {
    "email": "Email",
    "phone": "Phone",
    "user_id": "User id",
    "ghl_contact_id": "CRM contact",
    "anonymous_id": "Browser",
}
PROVIDERS = {
    "stripe_customer_id": "Stripe",
    "shopify_customer_id": "Shopify",
    "mercadopago_payer_id": "Mercado Pago",
}
BECAUSE = {
    "strongest": "names the person",
    "seen_together": "told together with {other}",
    "device": "identified on it with {other}",
    "merged": "merged by you with {other}",
    "other": "of an earlier version of a record",
}
CONFLICTS = {
    "two_emails": "told with two emails",
    "chain": "would bring two emails together",
    "device": "named on a device of somebody else",
    "too_many_people": "seen with too many people",
    "too_many_devices": "seen on too many devices",
    "placeholder": "a placeholder",
    "split": "split off by you",
}
_MOST_TOUCHES, _MOST_SHOWN = 12, 16


class CreditMatrix(QWidget):
    """One row a model, one column a touch that counts; each row adds up to 100.

    Attributes:
        model_chosen: look at everything under this model.
        every_wanted: show every touch, also those that do not count.
    """

    model_chosen = Signal(str)
    every_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        look, say = context.look, context.look.say
        self._models = [*MODELS, *context.about.custom_models]
        self._name = Column("label", say("Model"), kind="text")
        self.table = DataTable(
            look,
            [self._name],
            id_field="model",
            is_compact=True,
            name_width=108,
            edge=12,
            accessible_name=say("Credit of each touch under every model"),
        )
        self.table.sort_by(None)
        self.table.opened.connect(self._choose)
        self.every = QPushButton(say("Every touch and why it counts"))
        self.every.setProperty("kind", "link")
        self.every.clicked.connect(self.every_wanted)
        title = label(look, say("Credit under every model, %"), "strong")
        title.setContentsMargins(16, 0, 16, 0)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 0, 16, 0)
        foot.addWidget(self.every)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(2)
        column.addWidget(title)
        column.addWidget(self.table)
        column.addLayout(foot)
        column.addSpacing(4)
        column.addWidget(rule())

    def show_touches(self, touches: Sequence[Mapping[str, Any]]) -> None:
        """Show the touches of a conversion that some model credits, from ``explain``; hidden without any."""
        look, words = self._context.look, self._context.look.words
        models = [name for name in self._models if touches and name in touches[0]]
        counting = [row for row in touches if any(row[name] for name in models)]
        self.setVisible(bool(counting))
        if not counting:
            return
        shares = {name: rounded_shares([float(row[name]) for row in counting]) for name in models}
        shown = counting[:_MOST_TOUCHES]
        columns = [
            Column(
                f"touch_{place}",
                look.numbers.count(place + 1),
                unit="decimal",
                definition=value_label(words, row["channel"]),
                width=42,
            )
            for place, row in enumerate(shown)
        ]
        selected = self._context.view.selection.model
        rows = [
            {
                "model": name,
                "label": model_label(words, name),
                **{f"touch_{place}": shares[name][place] or None for place in range(len(shown))},
            }
            for name in models
        ]
        schema = {"model": pl.String, "label": pl.String, **{column.field: pl.Float64 for column in columns}}
        self.table.set_columns([self._name, *columns])
        self.table.set_predicates(strong=pl.col("model") == selected)
        self.table.set_rows(pl.DataFrame(rows, schema=schema))
        height = look.tokens.sizes["table_head"] + len(rows) * (look.row_height - 4) + 20
        self.table.setFixedHeight(height)

    def _choose(self, row: Mapping[str, Any]) -> None:
        self.model_chosen.emit(str(row["model"]))


class Facts(QWidget):
    """A titled list of facts, each with a muted line below and, where there is one, a button to its record."""

    def __init__(self, context: Context, title: str, open_record: Callable[[str], None]) -> None:
        super().__init__()
        self._look = context.look
        self._open_record = open_record
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        column = QVBoxLayout()
        column.setContentsMargins(16, 10, 16, 10)
        column.setSpacing(8)
        self.title = label(self._look, title, "strong")
        column.addWidget(self.title)
        column.addLayout(self._rows)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(column)
        outer.addWidget(rule())

    def clear(self) -> None:
        """Show nothing."""
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.hide()

    def add(self, name: str, value: str, note: str = "", record: str = "", place: str = "") -> None:
        """Show one more.

        Args:
            name: what it is.
            value: of the data.
            note: below it.
            record: id of the record that says so; ``place`` is its file and line.
            place: what the button to the record says.
        """
        look = self._look
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        caption = label(look, name, "muted")
        caption.setFixedWidth(84)
        shown = OneLine(look, role="table", color="text.primary")
        shown.setText(one_line(value))
        row.addWidget(caption)
        row.addWidget(shown, 1)
        column.addLayout(row)
        if note or record:
            below = QHBoxLayout()
            below.setContentsMargins(92, 0, 0, 0)
            below.setSpacing(4)
            told = label(look, note, "caption")
            told.setWordWrap(True)
            told.setMinimumWidth(80)  # else a long address in it would make everything as wide
            told.setToolTip(tip(note))
            below.addWidget(told, 1)
            if record:
                button = QPushButton(look.icon("file-text", "text.muted"), "")
                button.setProperty("kind", "ghost")
                button.setFixedHeight(20)
                button.setToolTip(tip(place))
                button.setAccessibleName(look.say("Raw record {place}", place=place))
                button.clicked.connect(lambda _checked=False, record=record: self._open_record(record))
                below.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            column.addLayout(below)
        self._rows.addWidget(home)
        self.show()


class PersonSide(QScrollArea):
    """Everything beside the timeline.

    Args:
        context: of the window.
        open_record: shows a raw record, by id.
    """

    def __init__(self, context: Context, open_record: Callable[[str], None]) -> None:
        super().__init__()
        self._context = context
        say = context.look.say
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # all of it can be narrower
        self.matrix = CreditMatrix(context)
        self.identity = Facts(context, say("Who this is, and why"), open_record)
        self.conflicts = Facts(context, say("Not followed"), open_record)
        self.deal = Facts(context, say("Pipeline, not cash"), open_record)
        body = QWidget()
        body.setProperty("kind", "canvas")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.matrix, self.deal, self.identity, self.conflicts):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(body)
        self.clear()

    def clear(self) -> None:
        """Show nothing, as between two people."""
        self.matrix.hide()
        for part in (self.identity, self.conflicts, self.deal):
            part.clear()

    def show_identity(self, data: Mapping[str, Any]) -> None:
        """Show an answer of ``identity``."""
        look, say = self._context.look, self._context.look.say
        self.identity.clear()
        self.conflicts.clear()
        listed: list[dict[str, Any]] = data["identifiers"]
        for row in listed[:_MOST_SHOWN]:
            self.identity.add(
                self._kind(row["kind"]),
                row["value"],
                self._because(row),
                row["record_key"] or "",
                say("{file}, line {line}", file=row["file_name"], line=look.numbers.count(row["line"]))
                if row["file_name"]
                else "",
            )
        if len(listed) > _MOST_SHOWN:
            n = len(listed) - _MOST_SHOWN
            self.identity.add("", look.words.count(n, "and one more", "and {n} more", n=look.numbers.count(n)))
        for row in data["conflicts"][:_MOST_SHOWN]:
            other = f"{row['value']} – {row['other_value']}" if row["other_value"] else row["value"]
            self.conflicts.add(self._kind(row["kind"]), other, say(CONFLICTS[row["reason"]]))

    def show_deal(self, conversions: Sequence[Mapping[str, Any]]) -> None:
        """Show what the person's deals are worth, of the rows of a journey; never revenue (G3)."""
        look, say = self._context.look, self._context.look.say
        self.deal.clear()
        deals = [row for row in conversions if row["revenue_type"] == "pipeline" and row["value_amount"]]
        if deals:
            last = deals[-1]
            where = " · ".join(str(part) for part in (last["pipeline"], last["stage"]) if part)
            money = look.numbers.money(last["value_amount"], cents=True, currency=last["currency"])
            note = say("{money}, never in ROAS", money=money)
            self.deal.add(say("Deal"), where or str(last["goal"]), note, last["id"], say("the record"))

    def _kind(self, kind: str) -> str:
        return PROVIDERS[kind] if kind in PROVIDERS else self._context.look.say(KIND_LABELS[kind])

    def _because(self, row: Mapping[str, Any]) -> str:
        say, look = self._context.look.say, self._context.look
        parts = [say(BECAUSE[row["because"]], other=breakable(one_line(row["with_value"] or "", 40)))]
        if row["evidence"] and row["evidence"] > 1:
            parts.append(say("{n} records", n=look.numbers.count(row["evidence"])))
        if row["evidence_at"] is not None:
            at = local_time(row["evidence_at"], self._context.about.settings.timezone)
            parts.append(look.numbers.day(at.date(), with_year=True))
        if row["label"]:
            parts.append(say("before: {name}", name=row["label"]))
        return " · ".join(parts)
