"""Funnel: how far conversions come along the usual chain, and where they are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.pages.people_page import PeoplePage
from widgets.charts.funnel_chart import FunnelChart, Stage
from widgets.inputs.segments import Segments
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from app.context import Context
    from app.takeaway import Takeaway
    from engine.queries.result import Result

_SCOPES = {"all": "All", "pipeline_only": "With a deal", "contact_only": "Without a deal"}
_TABLE_WIDTH = 470


class Funnel(PeoplePage):
    """Stages with rates, drop-off and negative outcomes. Counts are conversions, not people (N3)."""

    key = "funnel"
    title = "Funnel"
    icon = "funnel"
    ignores = frozenset({"comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self.scope = Segments(look, [(key, say(name)) for key, name in _SCOPES.items()], name=say("Which conversions"))
        self.scope.set_current("all")
        self.scope.set_tips(
            {
                "all": say("Every conversion."),
                "pipeline_only": say("Only conversions that belong to a CRM pipeline: deals in a stage."),
                "contact_only": say("Only conversions without a CRM pipeline: leads and forms alone."),
            }
        )
        self.scope.chosen.connect(self._switch)
        self.chart = FunnelChart(look)
        self.table = DataTable(look, self._columns(), id_field="key", accessible_name=say("Funnel"))
        self.table.sort_by(None)
        self.note = label(look, "", "caption")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(16, 8, 16, 8)
        self.summary = label(look, "", "strong")
        self.summary.setContentsMargins(16, 12, 16, 8)
        self.summary.setWordWrap(True)
        chart = QWidget()
        column = QVBoxLayout(chart)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.summary)
        column.addWidget(self.chart)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(chart)
        chart.setProperty("kind", "canvas")
        side = QWidget()
        side.setFixedWidth(_TABLE_WIDTH)
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 8, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.table, 1)
        box.addWidget(self.note)
        home = QWidget()
        row = QHBoxLayout(home)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(area, 1)
        row.addWidget(rule(is_vertical=True))
        row.addWidget(side)
        self.funnel_panel = self.panel(Panel(look, say("Funnel"), home, tools=(self.scope,), skeleton="rows"))
        self.layout_.addWidget(self.funnel_panel, 1)

    def refresh(self) -> None:
        self.ask(self.funnel_panel, "funnel", self._show, scope=self.scope.current or "all")

    def state(self) -> Any:
        return self.scope.current

    def restore(self, state: Any) -> None:
        self.scope.set_current(state)

    def takeaway(self) -> Takeaway | None:
        titles = {column.field: column.title for column in self.table.visible_columns()}
        frame = self.table.visible_frame()
        rest = [name for name in frame.columns if name not in titles]
        return self.take(self.funnel_panel, self.say("Funnel"), frame.select(*titles, *rest), titles)

    def picture(self) -> QWidget | None:
        return self.chart

    def _switch(self, _scope: str) -> None:
        self.refresh()

    def _show(self, result: Result) -> None:
        data, say, numbers = result.data or {}, self.say, self.look.numbers
        chain, losses = data["main_chain"], data["drop_off_outcomes"]
        if not any(row["count"] for row in (*chain, *losses)):
            self.empty(self.funnel_panel)
            return
        names = {goal.goal: say(goal.name) for goal in self.context.about.settings.goals}
        stages = [
            Stage(
                names.get(row["key"], str(row["label"])),
                row["count"],
                row["conversion_rate_from_previous_pct"],
                row["drop_off_from_previous_count"] if place else None,
            )
            for place, row in enumerate(chain)
        ]
        self.chart.show(stages, [Stage(names.get(row["key"], str(row["label"])), row["count"]) for row in losses])
        self.chart.setAccessibleName(say("Funnel"))
        lost = {row["key"] for row in losses}
        self.table.set_rows(
            result.table.with_columns(
                pl.col("key").replace(names).alias("label"),
                pl.when(pl.int_range(pl.len()) == 0)
                .then(None)
                .otherwise("drop_off_from_previous_count")
                .alias("drop_off_from_previous_count"),
            )
        )
        self.table.set_predicates(muted=pl.col("key").is_in(list(lost)))
        totals = data["totals"]
        rate = totals["lead_to_closed_won_rate_pct"]
        parts = [
            say("{n} leads", n=numbers.count(totals["leads"])),
            say("{n} won", n=numbers.count(totals["closed_won"])),
        ]
        if rate is not None:
            parts.append(say("{share} of leads are won", share=numbers.percent(rate)))
        self.summary.setText(" · ".join(parts))
        note = say(
            "Counts are conversions, not people: one person can be counted at a stage more than once, or skip one."
        )
        if result.meta.get("ignored_filters"):
            note += " " + say("Filters on visits do not act here.")
        self.note.setText(note)

    def _columns(self) -> list[Column]:
        say = self.say
        return [
            Column("label", say("Step"), kind="text"),
            Column("count", say("Conversions"), unit="count", weight=600),
            Column("conversion_rate_from_previous_pct", say("Of the step before"), unit="percent"),
            Column("drop_off_from_previous_count", say("Lost"), unit="count", tone="secondary"),
        ]
