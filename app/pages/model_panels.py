"""Below the matrix: how certain a row is under each model, what touches reach, and how long paths are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.names import model_label
from app.pages.model_matrix import with_keys
from engine.errors import Cancelled
from widgets.charts.coverage import CoverageBar
from widgets.charts.histogram import Histogram
from widgets.charts.whiskers import Whiskers
from widgets.inputs.progress import ThinProgress
from widgets.one_line import OneLine
from widgets.panel import Panel, label

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from app.jobs import Job
    from app.pages.page import Page
    from engine.queries.result import Result
    from engine.task import Task

LEAST_CONVERSIONS = 20
_GOOD_FROM = 0.8
_LONGEST = 10
_KEPT = 12  # views whose intervals are kept

Intervals = dict[str, dict[str, dict[str, Any]]]  # model: row key: row of `intervals`


class IntervalsPanel(QObject):
    """One row under every model: a dot each, and 90 % intervals once they were asked for.

    Args:
        page: whose view it is.

    Attributes:
        chart: dots and whiskers.
        panel: with header and states.
        start: works the intervals out.
    """

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._row: Mapping[str, Any] | None = None
        self._every: Mapping[str, Mapping[str, Any]] = {}
        self._models: Sequence[str] = ()
        self._chosen: Sequence[str] = ()
        self._job: Job | None = None
        self._known: dict[Hashable, Intervals] = {}
        look, say = page.look, page.say
        self.chart = Whiskers(look)
        self.note = OneLine(look)
        self.start = QPushButton(say("Work out intervals"))
        self.start.setToolTip(
            say("90% bootstrap intervals over people: 500 resamples, data-driven models fitted anew on each.")
        )
        self.start.clicked.connect(self.work_out)
        self.progress = ThinProgress(look)
        self.progress.setFixedWidth(90)
        self.progress.setAccessibleName(say("Progress"))
        self.cancel = QPushButton(say("Cancel"))
        self.cancel.clicked.connect(self.stop)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 0, 16, 6)
        column.addWidget(self.chart, 1)
        self.panel = page.panel(Panel(look, say("Intervals"), content, tools=(self.progress, self.cancel, self.start)))
        self.panel.header_layout.insertWidget(1, self.note, 100)
        page.context.jobs.changed.connect(self._show_progress)
        self._show_progress()

    def show_result(self, every: Result) -> None:
        """Take the figures of all models."""
        self._every = {row["key"]: row for row in with_keys(every.table).to_dicts()}
        self._models = every.meta["models"]
        self.draw()

    def show_row(self, row: Mapping[str, Any] | None) -> None:
        """Show another row of the matrix."""
        self._row = row
        self.draw()

    def work_out(self) -> None:
        """Ask the intervals of every model, one after the other, as one job that can be cancelled."""
        page, models = self._page, tuple(self._models)
        if not models:
            return
        key, rows, selection, context = self._key(), page.view.rows, page.view.selection, page.context

        def work(task: Task) -> Intervals:
            found: Intervals = {}
            for place, model in enumerate(models):
                part = task.part(place / len(models), (place + 1) / len(models))
                part.report(0, "intervals")
                table = context.query("intervals", replace(selection, model=model), part, by=rows).table
                found[model] = {row["key"]: row for row in with_keys(table).to_dicts()}
            return found

        def done(found: Intervals) -> None:
            self._job = None
            for old in list(self._known)[: -_KEPT + 1]:
                del self._known[old]
            self._known[key] = found
            self._show_progress()
            self.draw()

        def failed(error: Exception) -> None:
            self._job = None
            self._show_progress()
            if not isinstance(error, Cancelled):
                page.fail(self.panel, error)

        self._job = page.context.jobs.read((page, "intervals"), work, done, failed, page.say("Working out intervals"))
        self._show_progress()

    def stop(self) -> None:
        """Give up on the intervals under way."""
        self._page.context.jobs.drop((self._page, "intervals"))
        self._job = None
        self._show_progress()

    def follow(self, chosen: Sequence[str]) -> None:
        """The view is another one with these models side by side; what is under way for the one before is of no use."""
        self._chosen = chosen
        if self._job is not None:
            self.stop()

    def draw(self) -> None:
        """Show the row under every model."""
        page, row = self._page, self._row
        look, say = page.look, page.say
        if row is None or row["key"] not in self._every:
            self.panel.title.setText(say("Intervals"))
            self.chart.show([])
            self.note.setText(say("Choose a row to see it under every model."))
            self._show_progress()
            return
        figures = self._every[row["key"]]
        known = self._known.get(self._key(), {})
        bars: list[tuple[str, float, float | None, float | None, bool]] = []
        for model in self._models:
            found = known.get(model, {}).get(row["key"], {})
            value = float(figures.get(f"{model}.revenue") or 0)
            picked = model in self._chosen
            low, high = found.get("revenue_low"), found.get("revenue_high")
            bars.append((model_label(look.words, model), value, low, high, picked))
        spend = row.get("spend")
        reference = (float(spend), say("Spend")) if spend else None
        self.panel.title.setText(str(row["label"]))
        self.chart.show(bars, "money", reference)
        self.chart.setAccessibleName(say("Revenue of {row} under every model", row=str(row["label"])))
        self.note.setText(self._note(row, figures, known))
        self._show_progress()

    def _note(self, row: Mapping[str, Any], figures: Mapping[str, Any], known: Intervals) -> str:
        """How far the intervals can be trusted, in a sentence."""
        page, say = self._page, self._page.say
        numbers = page.look.numbers
        parts = [say("Revenue by model")]
        base = self._chosen[0]
        found = known.get(base, {}).get(row["key"])
        if row["row"] == "unattributed":
            parts.append(say("what no touch is credited with has no interval"))
        elif not known:
            parts.append(say("intervals not worked out yet"))
        elif found is None or found.get("rank_kept_percent") is None:
            credited = float(figures.get(f"{base}.conversions") or 0)
            parts.append(
                say(
                    "{n} conversions under {model}: too few for an interval, {least} are needed",
                    n=numbers.decimal(credited),
                    model=model_label(page.look.words, base),
                    least=numbers.count(LEAST_CONVERSIONS),
                )
            )
        else:
            parts.append(
                say(
                    "under {model} rank {rank} in {percent} of 500 resamples, {low} to {high} in 90% of them",
                    model=model_label(page.look.words, base),
                    rank=numbers.count(found["rank"]),
                    percent=numbers.percent(found["rank_kept_percent"], 0),
                    low=numbers.count(found["rank_low"]),
                    high=numbers.count(found["rank_high"]),
                )
            )
        if row.get("spend"):
            parts.append(say("dashed: spend {amount}", amount=numbers.money(float(row["spend"]))))
        if known and any(
            found.get(row["key"], {}).get("revenue_low") is None for model, found in known.items() if model != base
        ):
            parts.append(say("a dot alone has under {least} conversions", least=numbers.count(LEAST_CONVERSIONS)))
        return " · ".join(parts)

    def _key(self) -> Hashable:
        view = self._page.view
        return replace(view.selection, model="last_touch", compare_from=None, compare_to=None), view.rows

    def _show_progress(self) -> None:
        is_running = self._job is not None
        self.progress.setVisible(is_running)
        self.cancel.setVisible(is_running)
        can_start = self._row is not None and self._row["row"] not in {"unattributed", "outside"}
        self.start.setVisible(not is_running and can_start and self._key() not in self._known)
        if self._job is not None:
            self.progress.set_fraction(self._job.fraction or 0.0)


class CoveragePanel(QObject):
    """How much cash has a touch in the click window, in the first-touch window alone, or none."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        look, say = page.look, page.say
        self.chart = CoverageBar(look)
        self.figure = QLabel()
        self.figure.setTextFormat(Qt.TextFormat.PlainText)
        self.figure.setFont(look.font("kpi"))
        self.figure.setStyleSheet("font-size: 22px; font-weight: 600;")
        self.text = label(look, "", "secondary")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.figure)
        head.addWidget(self.text, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 0, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.chart)
        column.addStretch(1)
        self.reach = label(look, "", "caption")
        good = label(look, say("good from {share}", share=look.numbers.percent(100 * _GOOD_FROM, 0)), "caption")
        self.panel = page.panel(Panel(look, say("Coverage"), content, tools=(self.reach, good)))

    def show_result(self, result: Result) -> None:
        """Show the coverage of ``path-lengths``."""
        say, numbers = self._page.say, self._page.look.numbers
        told = result.meta["coverage"]
        self.reach.setVisible(told is not None)
        if told is None:
            self.panel.empty(say("Coverage is of all cash: it has no value under filters on touches"))
            return
        whole = sum(part["cash"] for part in told.values())
        if not whole and not any(part["conversions"] for part in told.values()):
            self._page.empty(self.panel)
            return
        windows = result.meta["windows"]
        click, first = float(windows["click_window_days"]), float(windows["first_touch_window_days"])
        parts = [(say("Touch within {n} d", n=numbers.count(click)), "within")]
        if first > click:
            between = say("Only {first}–{last} d", first=numbers.count(click + 1), last=numbers.count(first))
            parts.append((between, "first_touch_only"))
        parts.append((say("No touch found"), "none"))
        self.chart.show(
            [(text, told[name]["conversions"], told[name]["cash"]) for text, name in parts],
            _GOOD_FROM,
            say("good from {share}", share=numbers.percent(100 * _GOOD_FROM, 0)),
        )
        within, reached = told["within"]["cash"], told["within"]["cash"] + told["first_touch_only"]["cash"]
        self.figure.setText(numbers.percent(100 * within / whole if whole else None))
        self.text.setText(say("of cash has a touch in the click window"))
        share = numbers.percent(100 * reached / whole if whole else None)
        self.reach.setText(say("First touch reaches {share}", share=share) if first > click else "")


class PathsPanel(QObject):
    """How many touches came before a conversion."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        look, say = page.look, page.say
        self.chart = Histogram(look)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 0, 16, 6)
        column.addWidget(self.chart)
        self.number = label(look, "", "caption")
        self.panel = page.panel(Panel(look, say("Path length"), content, tools=(self.number,)))

    def show_result(self, result: Result) -> None:
        """Show ``path-lengths``."""
        page, say = self._page, self._page.say
        numbers, table = page.look.numbers, result.table
        total = int(table["conversions"].sum())
        if total == 0:
            page.empty(self.panel)
            return
        bins = [
            (
                numbers.count(touches) + ("+" if touches == _LONGEST else ""),
                int(conversions),
                touches == 0,
            )
            for touches, conversions in table.select("touches", pl.col("conversions")).iter_rows()
        ]
        mean = result.meta["mean"]
        marked = None if mean is None else (min(float(mean), _LONGEST), say("mean {n}", n=numbers.decimal(mean)))
        self.chart.show(bins, marked, say("touches before conversion"), say("Conversions"))
        self.chart.setAccessibleName(say("Path length"))
        self.number.setText(page.look.words.count(total, "One conversion", "{n} conversions", n=numbers.count(total)))
