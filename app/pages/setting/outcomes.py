"""Goals with their source events (G1), and what CRM stages count as (G4)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.pages.setting.section import Form, Section, scrolling
from app.pages.setting.words import REVENUE
from engine.profiles import REVENUE_TYPES, Goal
from widgets.inputs.segments import Segments
from widgets.mapping.combo import ChoiceCombo
from widgets.panel import Panel, label, rule
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import isolated

if TYPE_CHECKING:
    from app.context import Context
    from engine.profiles import ProfileSettings

_BY_KEYWORD, _NO_CONVERSION = "\x00keyword", "\x00none"


class Goals(Section):
    """A table of goals, and a form for the one that is selected."""

    key = "goals"
    title = "Goals"
    icon = "flag"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._goals: tuple[Goal, ...] = ()
        self._types = pl.DataFrame(schema={"event_type": pl.String, "records": pl.Int64, "is_unmatched": pl.Boolean})
        columns = [
            Column("label", say("Goal"), kind="text", weight=500),
            Column("types", say("Source events"), kind="text", tone="secondary"),
            Column("records", say("Records"), unit="count"),
            Column("revenue", say("Revenue"), kind="text", width=130),
            Column("eligible", say("In attribution"), kind="text", width=140),
        ]
        self.table = DataTable(look, columns, id_field="goal", accessible_name=say("Goals"))
        self.table.sort_by(None)
        self.table.chosen.connect(self._show_goal)
        self.add = QPushButton(look.icon("plus"), say("Add goal"))
        self.add.clicked.connect(self._add)
        self.panel = Panel(look, say("Goals"), self.table, tools=[self.add])
        self.unmatched = label(look, "", "warn")
        self.unmatched.setWordWrap(True)
        self.unmatched.setContentsMargins(16, 6, 16, 8)
        self.name = QLineEdit()
        self.name.textEdited.connect(partial(self._set_value, "name"))
        self.revenue = Segments(look, [(key, say(REVENUE[key])) for key in REVENUE_TYPES], name=say("Revenue type"))
        self.revenue.chosen.connect(partial(self._set_value, "revenue_type"))
        self.eligible = QCheckBox(say("Attribution credits it"))
        self.eligible.toggled.connect(partial(self._set_value, "is_eligible"))
        self.negative = QCheckBox(say("A negative outcome: never counted as success"))
        self.negative.toggled.connect(partial(self._set_value, "is_negative"))
        self.events = QListWidget()
        self.events.setFixedHeight(132)
        self.events.setSpacing(1)
        self.events.setAccessibleName(say("Source events"))
        self.events.setFrameShape(QListWidget.Shape.Box)
        self.events.itemChanged.connect(self._tick)
        self.other = QLineEdit()
        self.other.setAccessibleName(say("Another event type"))
        self.other.setPlaceholderText(say("Another event type, then Return"))
        self.other.returnPressed.connect(self._add_type)
        events = QWidget()
        column = QVBoxLayout(events)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.events)
        column.addWidget(self.other)
        self.remove = QPushButton(look.icon("trash"), say("Remove the goal"))
        self.remove.clicked.connect(self._remove)
        form = self.form = Form(look)
        form.add("goals", say("Name"), self.name, "")
        form.add("events", say("Source events"), events, say("What tells of it; each event type belongs to one goal."))
        form.add("revenue_type", say("Revenue type"), self.revenue, say("Only cash counts in ROAS."), 0)
        form.add("is_eligible", "", self.eligible, "", 0)
        form.add("is_negative", "", self.negative, "", 0)
        form.add("remove", "", self.remove, "", 0)
        lower = QWidget()
        both = QVBoxLayout(lower)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(self.unmatched)
        both.addWidget(rule())
        both.addWidget(scrolling(form), 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.panel)
        split.addWidget(lower)
        split.setSizes([400, 330])
        split.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    def show_settings(self, settings: ProfileSettings) -> None:
        if settings.goals != self._goals:
            self._goals = settings.goals
            self._fill()

    def refresh(self) -> None:
        profile = self.context.profile
        self.panel.begin()
        self.context.jobs.read((self, "types"), profile.event_types, self._show_types, self._fail)

    # -- inside ---------------------------------------------------------------------------------------------------

    @property
    def goal(self) -> Goal | None:
        """The goal that is selected."""
        row = self.table.current_row()
        return next((goal for goal in self._goals if row is not None and goal.goal == row["goal"]), None)

    def _fail(self, error: Exception) -> None:
        self.panel.fail(self.say("This could not be read"), str(error), self.say("Try again"))

    def _show_types(self, frame: pl.DataFrame) -> None:
        self.panel.ready()
        self._types = frame
        loose = frame.filter("is_unmatched").select("event_type", "records").rows()
        numbers = self.look.numbers
        names = ", ".join(f"{name} ({numbers.count(records)})" for name, records in loose)
        self.unmatched.setText(
            self.say("Recorded, but of no goal, so counted nowhere: {names}", names=isolated(names)) if names else ""
        )
        self.unmatched.setVisible(bool(names))
        self._fill()

    def _fill(self) -> None:
        counts = dict(self._types.select("event_type", "records").iter_rows())
        say = self.say
        rows = [
            (
                goal.goal,
                say(goal.name),
                ", ".join(goal.event_types) or "–",
                sum(counts.get(name, 0) for name in goal.event_types),
                say(REVENUE[goal.revenue_type]),
                say("negative outcome") if goal.is_negative else say("yes") if goal.is_eligible else say("no"),
            )
            for goal in self._goals
        ]
        schema = {
            "goal": pl.String,
            "label": pl.String,
            "types": pl.String,
            "records": pl.Int64,
            "revenue": pl.String,
            "eligible": pl.String,
        }
        self.table.set_rows(pl.DataFrame(rows, schema=schema, orient="row"))
        if self.table.current_row() is None and rows:
            self.table.select_id(rows[0][0])
        self._show_goal(self.table.current_row() or {})

    def _show_goal(self, _row: dict[str, Any]) -> None:
        goal = self.goal
        self.form.setEnabled(goal is not None)
        if goal is None:
            return
        with QSignalBlocker(self.name), QSignalBlocker(self.eligible), QSignalBlocker(self.negative):
            if self.name.text() not in {goal.name, self.say(goal.name)}:
                self.name.setText(self.say(goal.name))
            self.eligible.setChecked(goal.is_eligible)
            self.negative.setChecked(goal.is_negative)
        self.revenue.set_current(goal.revenue_type)
        self._show_events(goal)

    def _show_events(self, goal: Goal) -> None:
        """Event types of the goal first, then those of none, then those of others, which cannot be ticked."""
        owner = {name: each.name for each in self._goals for name in each.event_types if each.goal != goal.goal}
        counts = dict(self._types.select("event_type", "records").iter_rows())
        loose = self._types.sort("is_unmatched", descending=True, maintain_order=True)["event_type"].to_list()
        known = [*goal.event_types, *(name for name in loose if name not in goal.event_types and name not in owner)]
        with QSignalBlocker(self.events):
            self.events.clear()
            for name in known:
                records = self.look.numbers.count(counts.get(name, 0))
                item = QListWidgetItem(f"{isolated(name)}  ({records})")
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                is_on = name in goal.event_types
                item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
                self.events.addItem(item)
            for name, each in owner.items():
                item = QListWidgetItem(self.say("{name}: of {goal}", name=isolated(name), goal=self.say(each)))
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.events.addItem(item)

    def _set_value(self, name: str, value: object) -> None:
        self._change(**{name: value})

    def _change(self, **values: Any) -> None:
        goal = self.goal
        if goal is not None:
            self._set(tuple(replace(each, **values) if each is goal else each for each in self._goals))

    def _set(self, goals: tuple[Goal, ...]) -> None:
        self._goals = goals
        self._fill()
        self.edited.emit({"goals": goals})

    def _tick(self, item: QListWidgetItem) -> None:
        goal = self.goal
        if goal is None:
            return
        name = str(item.data(Qt.ItemDataRole.UserRole))
        kept = [each for each in goal.event_types if each != name]
        if item.checkState() is Qt.CheckState.Checked:
            kept.append(name)
        self._change(event_types=tuple(sorted(kept)))

    def _add_type(self) -> None:
        goal, name = self.goal, self.other.text().strip()
        if goal is not None and name:
            self.other.clear()
            self._change(event_types=tuple(sorted({*goal.event_types, name})))

    def _add(self) -> None:
        """A new goal, of the most frequent event type that belongs to none where there is one."""
        loose = self._types.filter("is_unmatched")["event_type"].to_list()
        taken = {name for goal in self._goals for name in goal.event_types}
        types = tuple(name for name in loose if name not in taken)[:1]
        name = types[0].replace("_", " ").capitalize() if types else self.say("New goal")
        key = goal_key(name, {goal.goal for goal in self._goals})
        self._set((*self._goals, Goal(key, name, types)))
        self.table.select_id(key)
        self.name.setFocus()
        self.name.selectAll()

    def _remove(self) -> None:
        goal = self.goal
        if goal is not None:
            self._set(tuple(each for each in self._goals if each is not goal))


def goal_key(name: str, taken: set[str]) -> str:
    """A key for a goal's name that no other has: ``Trial started`` -> ``trial_started``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:50] or "goal"
    number, free = 2, key
    while free in taken:
        free, number = f"{key}_{number}", number + 1
    return free


class Stages(Section):
    """A table of the CRM's stages, and what the selected one counts as."""

    key = "stages"
    title = "CRM stages"
    icon = "funnel"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._settings: ProfileSettings | None = None
        self._stages: pl.DataFrame | None = None
        columns = [
            Column("stage", say("Stage"), kind="text", weight=500),
            Column("pipeline", say("Pipeline"), kind="text", tone="secondary", width=150),
            Column("records", say("Records"), unit="count"),
            Column("counts_as", say("Counts as"), kind="text", width=170),
            Column("by", say("Decided by"), kind="text", width=130, tone="secondary"),
            Column("suggested", say("By its name"), kind="text", width=150, tone="muted", priority=1),
        ]
        self.table = DataTable(look, columns, id_field="row", accessible_name=say("CRM stages"))
        self.table.sort_by(None)
        self.table.chosen.connect(self._show_stage)
        self.choice = ChoiceCombo(self.look)
        self.choice.setAccessibleName(say("Counts as"))
        self.choice.setMinimumWidth(240)
        self.choice.currentIndexChanged.connect(self._choose)
        self.panel = Panel(look, say("CRM stages"), self.table)
        self.panel.retried.connect(self.refresh)
        self.told = label(look, "", "secondary")
        foot = QWidget()
        foot.setProperty("kind", "sunken")
        row = QHBoxLayout(foot)
        row.setContentsMargins(16, 8, 16, 8)
        row.addWidget(self.told)
        row.addWidget(self.choice)
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.panel, 1)
        outer.addWidget(rule())
        outer.addWidget(foot)

    def show_settings(self, settings: ProfileSettings) -> None:
        if self._settings is None or (settings.stage_goals, settings.goals) != (
            self._settings.stage_goals,
            self._settings.goals,
        ):
            self._settings = settings
            self._fill()

    def refresh(self) -> None:
        profile = self.context.profile
        self.panel.begin()
        self.context.jobs.read((self, "stages"), profile.stages, self._show_stages, self._fail)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _fail(self, error: Exception) -> None:
        self.panel.fail(self.say("This could not be read"), str(error), self.say("Try again"))

    def _show_stages(self, frame: pl.DataFrame) -> None:
        self._stages = frame
        if frame.is_empty():
            self.panel.empty(
                self.say("No CRM stages yet"),
                self.say("They come with a connected CRM, or with conversions that have a stage."),
            )
        else:
            self.panel.ready()
        self._fill()

    def _chosen(self) -> dict[tuple[str, str], str | None]:
        settings = self._settings
        return {(pipeline, stage): goal for pipeline, stage, goal in settings.stage_goals} if settings else {}

    def _fill(self) -> None:
        frame, settings, say = self._stages, self._settings, self.say
        if frame is None or settings is None:
            return
        names = {goal.goal: say(goal.name) for goal in settings.goals}
        chosen = self._chosen()
        why = {"keyword": say("its name"), "first": say("first of its pipeline"), "nothing": "–"}
        rows: list[tuple[Any, ...]] = []
        for number, row in enumerate(frame.iter_rows(named=True)):
            place = next((at for at in ((row["pipeline"], row["stage"]), ("", row["stage"])) if at in chosen), None)
            goal = chosen[place] if place is not None else row["suggestion"]
            by = row["decided_by"] if row["decided_by"] != "profile" else "keyword" if row["suggestion"] else "nothing"
            rows.append(
                (
                    str(number),
                    row["stage"],
                    row["pipeline"],
                    row["records"],
                    names.get(goal, say("no conversion")) if goal else say("no conversion"),
                    say("you") if place is not None else why[by],
                    names.get(row["suggestion"], "–"),
                )
            )
        schema = {
            "row": pl.String,
            "stage": pl.String,
            "pipeline": pl.String,
            "records": pl.Int64,
            "counts_as": pl.String,
            "by": pl.String,
            "suggested": pl.String,
        }
        self.table.set_rows(pl.DataFrame(rows, schema=schema, orient="row"))
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItem(say("By its name"), _BY_KEYWORD)
            self.choice.addItem(say("No conversion"), _NO_CONVERSION)
            for key, name in names.items():
                self.choice.addItem(name, key)
        if self.table.current_row() is None and rows:
            self.table.select_id("0")
        self._show_stage(self.table.current_row() or {})

    def _show_stage(self, row: dict[str, Any]) -> None:
        self.choice.setEnabled(bool(row))
        if not row:
            self.told.setText("")
            return
        self.told.setText(self.say("{stage} counts as", stage=isolated(str(row["stage"]))))
        chosen = self._chosen()
        place = (row["pipeline"], row["stage"])
        with QSignalBlocker(self.choice):
            data = (chosen[place] or _NO_CONVERSION) if place in chosen else _BY_KEYWORD
            self.choice.setCurrentIndex(max(0, self.choice.findData(data)))

    def _choose(self, _index: int) -> None:
        row, settings = self.table.current_row(), self._settings
        if row is None or settings is None:
            return
        place = (str(row["pipeline"]), str(row["stage"]))
        data = self.choice.currentData()
        kept = [each for each in settings.stage_goals if each[:2] != place]
        if data != _BY_KEYWORD:
            kept.append((*place, None if data == _NO_CONVERSION else str(data)))
        self.edited.emit({"stage_goals": tuple(sorted(kept, key=lambda each: each[:2]))})
