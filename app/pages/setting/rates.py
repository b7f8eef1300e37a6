"""Exchange rates: which currencies there are, which days have no rate, and a rate by hand (T2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QLineEdit, QPushButton, QSplitter, QVBoxLayout, QWidget

from app.messages import explain
from app.pages.setting.section import Section, editable, number, written
from engine.errors import AttribenchError
from engine.money import currencies
from widgets.mapping.combo import ChoiceCombo
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from datetime import date

    from app.context import Context
    from engine.profiles import ProfileSettings
    from engine.task import Task


class Rates(Section):
    """Two tables, and a line to enter a rate.

    Attributes:
        undo_offered: a rate was entered: the change's id, and what to say.
    """

    key = "rates"
    title = "Exchange rates"
    icon = "currency-circle-dollar"
    undo_offered = Signal(int, str)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        columns = [
            Column("currency", say("Currency"), kind="text", weight=500),
            Column("records", say("Amounts"), unit="count"),
            Column("days", say("Days"), unit="count"),
            Column("missing_days", say("Days without a rate"), unit="count"),
            Column("missing_records", say("Amounts left out"), unit="count"),
            Column(
                "carried_days",
                say("Days at an earlier rate"),
                unit="count",
                tone="secondary",
                definition=say("Days without a rate of their own; the last earlier one counts."),
            ),
            Column("last", say("Last rate"), kind="text", width=120, tone="secondary"),
        ]
        self.table = DataTable(look, columns, id_field="currency", accessible_name=say("Currencies"))
        self.table.sort_by(None)
        self.panel = Panel(look, say("Currencies"), self.table)
        self.panel.retried.connect(self.refresh)
        gaps = [
            Column("day", say("Day"), kind="text", weight=500),
            Column("currency", say("Currency"), kind="text", width=110),
            Column("records", say("Amounts left out"), unit="count"),
        ]
        self.gaps = DataTable(look, gaps, id_field="row", accessible_name=say("Days without a rate"))
        self.gaps.sort_by(None)
        self.gaps.chosen.connect(self._take)
        self.gaps_panel = Panel(look, say("Days without a rate"), self.gaps)
        self.day = QDateEdit()
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(say("Day"))
        today = context.about.today
        self.day.setDate(QDate(today.year, today.month, today.day))
        self.base = ChoiceCombo(self.look)
        editable(self.base, say("Currency"))
        self.base.addItems(sorted(currencies()))
        self.base.setEditText("EUR" if context.about.settings.currency != "EUR" else "USD")
        self.base.setAccessibleName(say("Currency"))
        self.base.setFixedWidth(90)
        self.rate = QLineEdit()
        self.rate.setFixedWidth(110)
        self.rate.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.rate.setAccessibleName(say("Rate"))
        self.rate.returnPressed.connect(self._enter)
        self.reporting = label(look, "", "strong")
        self.enter = QPushButton(say("Enter the rate"))
        self.enter.clicked.connect(self._enter)
        self.told = label(look, "", "caption")
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(6)
        for widget in (
            label(look, say("On"), "secondary"),
            self.day,
            label(look, "1", "secondary"),
            self.base,
            label(look, "=", "secondary"),
            self.rate,
            self.reporting,
            self.enter,
            self.told,
        ):
            row.addWidget(widget)
        row.addStretch(1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.panel)
        split.addWidget(self.gaps_panel)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(split, 1)
        outer.addWidget(rule())
        outer.addWidget(foot)

    def show_settings(self, settings: ProfileSettings) -> None:
        self.reporting.setText(settings.currency)

    def refresh(self) -> None:
        profile = self.context.profile
        for panel in (self.panel, self.gaps_panel):
            panel.begin()

        def read(task: Task) -> tuple[pl.DataFrame, pl.DataFrame]:
            return profile.currencies(task), profile.missing_rates(task)

        self.context.jobs.read((self, "rates"), read, self._show, self._fail_reading)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _show(self, found: tuple[pl.DataFrame, pl.DataFrame]) -> None:
        say, numbers = self.say, self.look.numbers
        known, gaps = found
        if known.is_empty():
            currency = self.context.about.settings.currency
            every = say("Every amount is in {currency}", currency=currency)
            self.panel.empty(every, say("No exchange rate is needed."))
        else:
            self.panel.ready()
            last = [numbers.day(day, with_year=True) if day else "–" for day in known["last_rate_on"]]
            self.table.set_rows(known.with_columns(pl.Series("last", last, pl.String)))
        if gaps.is_empty():
            self.gaps_panel.empty(say("Every amount has an exchange rate"))
            return
        self.gaps_panel.ready()
        days = [numbers.day(day, with_year=True) for day in gaps["day"]]
        self.gaps.set_rows(
            gaps.rename({"day": "on"}).with_columns(
                pl.Series("day", days, pl.String), pl.concat_str("currency", "on", separator=" ").alias("row")
            )
        )

    def _fail_reading(self, error: Exception) -> None:
        for panel in (self.panel, self.gaps_panel):
            panel.fail(self.say("This could not be read"), str(error), self.say("Try again"))

    def _take(self, row: dict[str, Any]) -> None:
        """Begin with the day and currency of a gap."""
        day: date = row["on"]
        self.day.setDate(QDate(day.year, day.month, day.day))
        self.base.setEditText(str(row["currency"]))

    def _enter(self) -> None:
        rate = number(self.look, self.rate.text())
        if rate is None:
            self._tell(self.say("Type a number."))
            return
        context, chosen = self.context, self.day.date()
        profile, base, currency = context.profile, self.base.currentText(), context.about.settings.currency
        day = context.about.today.replace(year=chosen.year(), month=chosen.month(), day=chosen.day())

        def work(task: Task) -> int:
            profile.enter_rate(day, currency, base, rate, task)
            return int(profile.changes()["change_id"][0])

        def done(change_id: int) -> None:
            self.rate.clear()
            self._tell("")
            text = f"1 {base} = {written(self.look, rate)} {currency}"
            self.undo_offered.emit(change_id, text)
            context.rebuild_wanted.emit()

        context.jobs.write(self.say("Changing settings"), work, done, self._fail)

    def _fail(self, error: Exception) -> None:
        self._tell(explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error))

    def _tell(self, text: str) -> None:
        self.told.setText(text)
        self.told.setProperty("kind", "error" if text else "caption")
        self.told.style().polish(self.told)
