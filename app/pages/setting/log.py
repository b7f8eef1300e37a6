"""The change log: who changed what and when, from what to what; every change can be taken back from here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import polars as pl
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from app.pages.setting.section import Section
from app.pages.setting.words import ACTIONS, changed, title
from app.status import local_time
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import isolated

if TYPE_CHECKING:
    from app.context import Context
    from widgets.look import Look

_HIDDEN = "•••"
_SCHEMA = {
    "row": pl.String,
    "change_id": pl.Int64,
    "what": pl.String,
    "when": pl.String,
    "who": pl.String,
    "before": pl.String,
    "after": pl.String,
    "state": pl.String,
    "can_undo": pl.Boolean,
}


class Log(Section):
    """The log.

    Attributes:
        undo_wanted: take this change back.
    """

    key = "log"
    title = "Change log"
    icon = "clock"
    undo_wanted = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        say = self.say
        columns = [
            Column("what", say("What"), kind="text"),
            Column("before", say("Before"), kind="text", tone="secondary"),
            Column("after", say("After"), kind="text", weight=500),
            Column("when", say("When"), kind="text", width=130),
            Column("who", say("Who"), kind="text", width=110, priority=1),
            Column("state", say("State"), kind="text", width=110, tone="muted"),
        ]
        self.undo = QPushButton(self.look.icon("arrow-counter-clockwise"), say("Undo this change"))
        self.undo.setEnabled(False)
        self.undo.clicked.connect(self._undo)
        self.table = DataTable(self.look, columns, id_field="row", accessible_name=say("Change log"))
        self.table.sort_by(None)
        self.table.chosen.connect(self._show_row)
        self.panel = Panel(self.look, say("Change log"), self.table, tools=[self.undo])
        self.panel.retried.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)

    def refresh(self) -> None:
        profile = self.context.profile
        self.panel.begin()
        self.context.jobs.read((self, "log"), lambda _task: profile.changes(), self._show, self._fail)

    def _show(self, frame: pl.DataFrame) -> None:
        self.panel.ready()
        zone = self.context.about.settings.timezone
        rows: list[tuple[Any, ...]] = []
        for entry in frame.iter_rows(named=True):
            when = self.look.numbers.moment(local_time(entry["changed_at"], zone))
            state = self.say("undone") if entry["undone_by"] is not None else ""
            if entry["undoes"] is not None:
                state = self.say("takes {n} back", n=entry["undoes"])
            for place, (what, before, after) in enumerate(
                lines(self.look, entry["action"], entry["details"], masked=self.context.masked)
            ):
                rows.append(
                    (
                        f"{entry['change_id']}-{place}",
                        entry["change_id"],
                        f"{entry['change_id']}  {what}",
                        when,
                        isolated(entry["changed_by"]) or "–",
                        before,
                        after,
                        state,
                        entry["can_undo"],
                    )
                )
        self.table.set_rows(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
        self.table.set_predicates(muted=pl.col("state") == self.say("undone"))
        self._show_row(self.table.current_row() or {})

    def _show_row(self, row: dict[str, Any]) -> None:
        self.undo.setEnabled(bool(row) and bool(row["can_undo"]))

    def _undo(self) -> None:
        row = self.table.current_row()
        if row is not None:
            self.undo_wanted.emit(int(str(row["change_id"])))

    def _fail(self, error: Exception) -> None:
        self.panel.fail(self.say("This could not be read"), str(error), self.say("Try again"))


def lines(look: Look, action: str, details: str, *, masked: bool = False) -> list[tuple[str, str, str]]:
    """An entry of the log in words: what, before, after; one line a setting. Masked: without whom it is about."""
    told: dict[str, Any] = json.loads(details)
    if action == "settings changed":
        return [(title(look.words, name), *changed(look, name, *values)) for name, values in told.items()]
    what = look.say(ACTIONS[action]) if action in ACTIONS else action
    if action in {"model defined", "model dropped"}:
        name = isolated(str(told.get("name", "")))
        return [(f"{what}: {name}", isolated(str(told.get("before") or "–")), isolated(str(told.get("after") or "–")))]
    if action in {"rate entered", "rate taken back"}:
        return [
            (
                what,
                "",
                isolated(f"{told.get('day')}: 1 {told.get('base')} = {told.get('rate'):g} {told.get('currency')}"),
            )
        ]
    if masked and action.startswith("people"):
        return [(what, "", _HIDDEN)]
    names = [str(value) for value in told.values() if isinstance(value, str)]
    sides = [":".join(map(str, cast("list[object]", told[key]))) for key in ("left", "right") if told.get(key)]
    return [(what, "", isolated(", ".join(sides or names)))]
