"""The left column of data quality: coverage with its history, where cash has no touch, people, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.pages.quality_words import ACTIONS, BANDS, REASONS, advice
from engine.queries.health import band
from widgets.charts.band_bars import BandBars
from widgets.charts.gauge import Gauge
from widgets.charts.shares import Shares
from widgets.panel import label, rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from app.context import Context

THRESHOLDS = (60.0, 80.0, 90.0)
_STEPS = 4
_GOOD = 90.0


@dataclass(frozen=True)
class Overview:
    """What the column shows.

    Attributes:
        quality: figures of the query ``quality``.
        history: of ``coverage-history`` by week.
        reasons: of ``unmatched-payments``.
        totals: payments without a touch, and their cash.
        people: counts of ``contacts``.
        findings: of ``findings``.
        visits: of the range.
    """

    quality: Mapping[str, Any]
    history: pl.DataFrame
    reasons: list[dict[str, Any]]
    totals: Mapping[str, Any]
    people: Mapping[str, Any]
    findings: pl.DataFrame
    visits: int


class QualitySide(QScrollArea):
    """The column.

    Attributes:
        wanted: an action of a finding, by its code.
        reason_wanted: payments of a reason.
        people_wanted: people who lack something.
    """

    wanted = Signal(str)
    reason_wanted = Signal(str)
    people_wanted = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._look = look = context.look
        say = look.say
        self._told: Overview | None = None
        self._after: Mapping[str, Any] | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        body.setProperty("kind", "canvas")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(0)
        self.setWidget(body)
        self.gauge = Gauge(look, THRESHOLDS)
        self.verdict = label(look, "", "secondary")
        self.verdict.setWordWrap(True)
        self.verdict.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.history = BandBars(look, THRESHOLDS)
        self.history_title = label(look, say("Cash by week"), "caption")
        box = self._section(say("Attribution coverage"))
        for each in (self.gauge, self.verdict, self.history_title, self.history):
            box.addWidget(each)
        self.lost = label(look, "", "muted")
        self._reasons = QGridLayout()
        self._reasons.setContentsMargins(0, 0, 0, 0)
        self._reasons.setVerticalSpacing(2)
        self._reasons.setColumnStretch(0, 1)
        self._section(say("Cash without a touch"), self.lost).addLayout(self._reasons)
        self.people_total = label(look, "", "muted")
        self.shares = Shares(look, say("Identity profiles"))
        box = self._section(say("Identity profiles"), self.people_total)
        box.addWidget(self.shares)
        links = QHBoxLayout()
        links.setContentsMargins(0, 0, 0, 0)
        for key, text in (("missing_email", say("Without email")), ("missing_phone", say("Without phone"))):
            button = QPushButton(text)
            button.setProperty("kind", "link")
            button.clicked.connect(partial(self.people_wanted.emit, key))
            links.addWidget(button)
        links.addStretch(1)
        box.addLayout(links)
        self._steps = QVBoxLayout()
        self._steps.setContentsMargins(0, 0, 0, 0)
        self._steps.setSpacing(6)
        self._section(say("Next best steps")).addLayout(self._steps)
        self._column.addStretch(1)

    def show_overview(self, told: Overview) -> None:
        """Show it."""
        self._told = told
        look, numbers, say = self._look, self._look.numbers, self._look.say
        self._show_coverage()
        self.history.show_bars(
            say("Coverage of cash"),
            [
                (
                    numbers.day(row["date"]),
                    row["cash_coverage_percent"],
                    say(
                        "{covered} of {cash}",
                        covered=numbers.money(row["covered_revenue"]),
                        cash=numbers.money(row["cash_revenue"]),
                    ),
                )
                for row in told.history.iter_rows(named=True)
            ],
        )
        payments = int(told.totals["payments"])
        text = look.words.count(payments, "1 payment", "{n} payments", n=numbers.count(payments))
        self.lost.setText(f"{text}, {numbers.money(told.totals['cash'])}")
        _clear(self._reasons)
        window = self._context.about.settings.click_window_days
        for place, row in enumerate(told.reasons):
            button = QPushButton(say(REASONS[str(row["reason"])], days=window))
            button.setProperty("kind", "link")
            button.setStyleSheet("text-align: left;")
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(partial(self.reason_wanted.emit, str(row["reason"])))
            self._reasons.addWidget(button, place, 0)
            for offset, figure in enumerate((numbers.count(row["payments"]), numbers.money(row["cash"])), 1):
                shown = label(look, figure, "secondary")
                shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._reasons.addWidget(shown, place, offset)
        if not told.reasons:
            self._reasons.addWidget(label(look, say("Every payment has a touch."), "secondary"), 0, 0)
        self._show_people(told)
        self._show_steps(told)

    def action_of(self, code: str) -> str:
        """Where a finding is mended."""
        rows = self._told.findings.iter_rows(named=True) if self._told is not None else ()
        return next((str(row["action"]) for row in rows if row["code"] == code), "")

    def show_after(self, after: Mapping[str, Any] | None) -> None:
        """Show what the ticked repairs would make of the coverage; None: nothing to tell."""
        self._after = after
        if self._told is not None:
            self._show_coverage()

    def _show_coverage(self) -> None:
        if self._told is None:
            return
        say, numbers = self._look.say, self._look.numbers
        value = self._told.quality["cash_coverage_percent"]
        after = self._after["cash_coverage_percent_after"] if self._after is not None else None
        is_more = after is not None and value is not None and after > value
        self.gauge.show_value(value, say("of cash has a touch"), after if is_more else None)
        if value is None:
            self.verdict.setText(say("No cash in these days."))
            return
        text = say(BANDS[str(band(value))])
        if is_more and after is not None:
            more = say("The ticked repairs would lift it to {value}.", value=numbers.percent(after))
            if value < _GOOD <= after:
                more = say(
                    "The ticked repairs would lift it to {value}, past the 90% mark.", value=numbers.percent(after)
                )
            text = f"{text} {more}"
        self.verdict.setText(text)

    def _show_people(self, told: Overview) -> None:
        say, numbers = self._look.say, self._look.numbers
        people = int(told.people["people"])
        self.people_total.setText(self._look.words.count(people, "1 person", "{n} people", n=numbers.count(people)))

        def share(part: float, whole: float) -> float | None:
            return 100 * part / whole if whole else None

        untagged = sum(
            row["visits"] for row in told.findings.iter_rows(named=True) if row["code"] == "tags_untagged_paid"
        )
        lacking = (
            (say("Missing email"), "missing_email"),
            (say("Missing phone"), "missing_phone"),
            (say("No name"), "missing_name"),
        )
        self.shares.show_shares(
            [
                *((title, told.people[name], share(told.people[name], people)) for title, name in lacking),
                (say("Paid clicks without tags, of visits"), untagged, share(untagged, told.visits)),
            ]
        )

    def _show_steps(self, told: Overview) -> None:
        _clear(self._steps)
        look, say = self._look, self._look.say
        shown = [row for row in told.findings.iter_rows(named=True) if row["action"] != "none"]
        codes: set[str] = set()
        for row in shown:
            if row["code"] in codes or len(codes) == _STEPS:
                continue
            codes.add(row["code"])
            text = label(look, advice(look, row), "secondary")
            text.setWordWrap(True)
            self._steps.addWidget(text)
            button = QPushButton(say(ACTIONS[str(row["action"])]))
            button.setProperty("kind", "link")
            button.setStyleSheet("text-align: left;")
            button.clicked.connect(partial(self.wanted.emit, str(row["code"])))
            self._steps.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if not codes:
            self._steps.addWidget(label(look, say("Nothing to do."), "secondary"))

    def _section(self, title: str, beside: QWidget | None = None) -> QVBoxLayout:
        if self._column.count():
            self._column.addWidget(rule())
        holder = QWidget()
        box = QVBoxLayout(holder)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(6)
        box.addWidget(label(self._look, title, "strong"))
        if beside is not None:
            box.addWidget(beside)
        self._column.addWidget(holder)
        return box


def _clear(layout: QVBoxLayout | QGridLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
