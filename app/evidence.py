"""Behind a figure: the conversions that make it up, and one conversion with every touch under every model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from app.messages import explain
from app.names import model_initials, model_label, value_label
from app.status import local_time
from engine.attribution.models import MODELS
from engine.errors import AttribenchError
from widgets.panel import Panel, label
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import isolated

if TYPE_CHECKING:
    from app.context import Context
    from engine.queries.result import Result
    from widgets.look import Look

_PAGE = 50

# Why a touch does not count, by the code of `explain`.
REASONS = {
    "no_person": "nobody is known",
    "goal_not_eligible": "goal is not credited",
    "after_conversion": "after the conversion",
    "outside_view_window": "outside the view window",
    "view_beside_click": "view beside a click",
    "first_touch_window_only": "first-touch window only",
    "outside_click_window": "outside the click window",
}


class Behind(QWidget):
    """The conversions behind a row of the comparison under a model; they add up to the figure.

    Args:
        context: of the window.
        rows: what the rows are, ``campaign`` for example.
        row_id: which row.
        model: under which model.

    Attributes:
        conversion_chosen: explain this one.
    """

    conversion_chosen = Signal(str)

    def __init__(self, context: Context, rows: str, row_id: str, model: str) -> None:
        super().__init__()
        self._context = context
        self._asked = (rows, row_id, model)
        self._cursor: str | None = None
        self._frames: list[pl.DataFrame] = []
        look, say = context.look, context.look.say
        self._summary = label(look, "", "secondary")
        self._summary.setWordWrap(True)
        self._summary.setContentsMargins(16, 8, 16, 8)
        columns = [
            Column("when", say("When"), kind="text", width=104),
            Column("person", say("Person"), kind="text"),
            Column("goal", say("Goal"), kind="text", width=130, tone="secondary", priority=2),
            Column("cash", say("Cash"), unit="money", is_exact=True, tone="secondary", priority=1),
            Column(
                "conversions", say("Credit"), unit="decimal", definition=say("Part of the conversion credited here.")
            ),
            Column("revenue", say("Credited"), unit="money", is_exact=True, weight=600),
        ]
        self.table = DataTable(look, columns, id_field="entry_id", accessible_name=say("Conversions behind the figure"))
        self.table.opened.connect(self._open)
        offer_copy(look, self.table)
        self.panel = Panel(look, say("Conversions behind the figure"), self.table, header=False)
        self._more = QPushButton(say("Show more"), self)
        self._more.clicked.connect(self._read)
        self._hint = label(look, say("Return explains a conversion"), "caption")
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 6, 16, 6)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._summary)
        column.addWidget(self.panel, 1)
        column.addLayout(foot)
        self.setFocusProxy(self.table)
        self._read()

    def _read(self) -> None:
        rows, row_id, model = self._asked
        selection = self._context.view.select(model=model).selection
        options: dict[str, Any] = {"by": rows, "id": row_id, "limit": _PAGE}
        if self._cursor:
            options["cursor"] = self._cursor
        self.panel.begin()
        context = self._context
        context.jobs.read(
            (self, "rows"),
            lambda task: context.query("behind", selection, task, **options),
            self._show,
            self._fail,
        )

    def _show(self, result: Result) -> None:
        self.panel.ready()
        look = self._context.look
        zone = self._context.about.settings.timezone
        self._frames.append(result.table)
        frame = pl.concat(self._frames)
        moments = [look.numbers.moment(local_time(moment, zone)) for moment in frame["occurred_at"].to_list()]
        goals = {goal.goal: look.say(goal.name) for goal in self._context.about.settings.goals}
        frame = frame.with_columns(
            pl.Series("when", moments, dtype=pl.String),
            pl.coalesce("name", "email", "customer_profile_id").alias("person"),
            pl.col("goal").replace(goals),
        )
        self.table.set_rows(frame)
        page = result.pagination or {}
        self._cursor = page.get("cursor")
        self._more.setVisible(bool(page.get("has_next")))
        numbers = look.numbers
        text = look.say(
            "{n} conversions listed under {model}: {conversions} credited, {money}.",
            n=numbers.count(frame.height),
            model=model_label(look.words, self._asked[2]),
            conversions=numbers.decimal(float(frame["conversions"].sum())),
            money=numbers.money(float(frame["revenue"].sum()), cents=True),
        )
        self._summary.setText(text)

    def _fail(self, error: Exception) -> None:
        look = self._context.look
        text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self.panel.fail(look.say("This could not be read"), text)

    def _open(self, row: dict[str, Any]) -> None:
        self.conversion_chosen.emit(str(row["conversion_id"]))


class Explained(QWidget):
    """One conversion: where it came from, and each touch with why it counts or not and its credit under each model."""

    def __init__(self, context: Context, conversion_id: str) -> None:
        super().__init__()
        self._context = context
        look, say = context.look, context.look.say
        self._title = label(look, "", "strong")
        self._facts = label(look, "", "secondary")
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._facts.setWordWrap(True)
        head = QVBoxLayout()
        head.setContentsMargins(16, 10, 16, 10)
        head.setSpacing(4)
        head.addWidget(self._title)
        head.addWidget(self._facts)
        self._person = ""
        self.journey = QPushButton(look.icon("path"), say("Open the journey"))
        self.journey.clicked.connect(lambda: context.open("journeys", person=self._person, conversion=self._conversion))
        self.record = QPushButton(look.icon("file-text"), say("Raw record"))
        self.record.clicked.connect(lambda: context.record_wanted.emit(self._conversion))
        links = QHBoxLayout()
        links.setSpacing(8)
        for button in (self.journey, self.record):
            button.setEnabled(False)
            links.addWidget(button)
        links.addStretch(1)
        head.addSpacing(2)
        head.addLayout(links)
        self._conversion = conversion_id
        self._models = [*MODELS, *context.about.custom_models]
        columns = [
            Column("when", say("When"), kind="text", width=100),
            Column("touch", say("Touch"), kind="text", glyph="channel"),
            Column("why", say("Counts"), kind="text", width=110, tone="secondary", priority=2),
            *(
                Column(
                    model,
                    model_initials(model),
                    unit="percent",
                    width=50,
                    definition=model_label(look.words, model),
                    weight=600 if model == context.view.selection.model else None,
                )
                for model in self._models
            ),
            Column("record", say("Record"), kind="text", width=150, tone="muted", priority=3),
        ]
        self.table = DataTable(look, columns, id_field="touch_id", accessible_name=say("Touches"))
        self.panel = Panel(look, say("Touches"), self.table, header=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.panel, 1)
        self._legend = label(look, self._initials(), "caption")
        self._legend.setContentsMargins(16, 6, 16, 0)
        self._legend.setWordWrap(True)
        column.addWidget(self._legend)
        self._foot = label(look, say("Each model's credits add up to 100 %, or nobody is credited."), "caption")
        self._foot.setContentsMargins(16, 2, 16, 6)
        self._foot.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self._foot)
        column.addStretch(0)  # what a short table leaves
        self.table.chosen.connect(self._tell)
        offer_copy(look, self.table)
        self.setFocusProxy(self.table)
        selection = context.view.selection
        self.panel.begin()
        context.jobs.read(
            (self, "explain"),
            lambda task: context.query("explain", selection, task, id=conversion_id),
            self._show,
            self._fail,
        )

    def _initials(self) -> str:
        """What the letters above the columns stand for."""
        words = self._context.look.words
        return " · ".join(f"{model_initials(name)} {isolated(model_label(words, name))}" for name in self._models)

    def _show(self, result: Result) -> None:
        look = self._context.look
        numbers, say = look.numbers, look.say
        settings = self._context.about.settings
        conversion = dict(result.meta["conversion"])
        goals = {goal.goal: say(goal.name) for goal in settings.goals}
        amount = conversion["amount"]
        money = "" if amount is None else numbers.money(float(amount), cents=True, currency=conversion["currency"])
        moment = numbers.moment(local_time(conversion["occurred_at"], settings.timezone))
        person = [conversion["name"], conversion["email"]] if conversion["is_identified"] else []
        parts = [*dict.fromkeys(person), goals.get(conversion["goal"], conversion["goal"]), money]
        self._title.setText(" · ".join(isolated(part) for part in parts if part))
        where = say("derived from several records")
        if conversion["file_name"]:
            where = say("{file}, line {line}", file=conversion["file_name"], line=numbers.count(conversion["line"]))
        facts = [
            moment,
            say("id {id}", id=conversion["source_id"] or conversion["conversion_id"]),
            say("from {where}", where=where),
        ]
        if not conversion["touch_count"]:
            facts.append(say("no eligible touch in the click window: Unattributed"))
        self._facts.setText(" · ".join(facts))
        touches = result.table
        self._conversion = str(conversion["conversion_id"])
        self._person = str(conversion["person_id"] or "")
        self.journey.setEnabled(bool(self._person))
        self.record.setEnabled(True)
        self.panel.ready()
        if touches.is_empty():
            self.panel.empty(
                say("No touch of this person is known"), say("Its credit stays Unattributed under every model.")
            )
            return
        rows = touches.to_dicts()
        frame = touches.with_columns(
            pl.Series(
                "when", [numbers.moment(local_time(row["occurred_at"], settings.timezone)) for row in rows], pl.String
            ),
            pl.Series("touch", [self._touch(row) for row in rows], pl.String),
            pl.Series("why", [self._why(row) for row in rows], pl.String),
            pl.Series("record", [self._record(row) for row in rows], pl.String),
            *(
                pl.when(pl.col(model) > 0).then(100 * pl.col(model)).alias(model)
                for model in self._models
                if model in touches.columns
            ),
        )
        self.table.set_rows(frame)
        edge = look.tokens.sizes["table_head"] + 24  # with a scroll bar below
        self.panel.setMaximumHeight(edge + frame.height * look.row_height)

    def _tell(self, row: dict[str, Any]) -> None:
        """Say where a touch comes from: its ad, and the record of the file it was imported from."""
        parts = [row["campaign_name"], row["ad_set_name"], row["ad_name"], row["source"], row["medium"], row["record"]]
        self._foot.setText(" · ".join(str(part) for part in parts if part))

    def _touch(self, row: dict[str, Any]) -> str:
        parts = [value_label(self._context.look.words, row["channel"])]
        name = row["ad_name"] or row["campaign_label"] or row["source"]
        return " · ".join([*parts, str(name)] if name and name != "(not set)" else parts)

    def _why(self, row: dict[str, Any]) -> str:
        say = self._context.look.say
        reason = str(row["reason"])
        if reason == "eligible":
            return say("touch {n}", n=row["position"])
        return say(REASONS[reason])

    def _record(self, row: dict[str, Any]) -> str:
        say = self._context.look.say
        if row["kind"] == "synthetic":
            return say("derived, no record")
        return f"{row['file_name']}:{row['line']}" if row["file_name"] else ""

    def _fail(self, error: Exception) -> None:
        look = self._context.look
        text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self.panel.fail(look.say("This could not be read"), text)


def offer_copy(look: Look, table: DataTable) -> None:
    """Give a table a menu that copies the selected rows."""

    def show(_row: dict[str, Any], _field: str, place: QPoint) -> None:
        menu = QMenu(table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction(look.icon("copy"), look.say("Copy rows"))
        action.setShortcut(QKeySequence.StandardKey.Copy)
        action.triggered.connect(table.copy)
        menu.popup(place)

    table.menu_wanted.connect(show)
