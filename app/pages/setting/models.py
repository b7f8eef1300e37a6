"""Models of the user's own: one SQL expression a touch, checked while it is typed, with its credit by channel (A4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QSplitter, QVBoxLayout

from app.messages import explain
from app.names import model_label
from app.pages.setting.section import Form, Section
from engine.attribution.custom import COLUMNS
from engine.errors import AttribenchError, Cancelled
from widgets.mapping.combo import ChoiceCombo
from widgets.panel import Panel
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.context import Context
    from engine.profiles import ProfileSettings
    from engine.task import Task

EXAMPLE = "case when channel = 'Direct' then 0 else pow(0.5, age_days / 14) end"
_WAIT_MS = 400


class Models(Section):
    """An editor, and the credit under the expression beside the selected model's.

    Attributes:
        undo_offered: a change was made: its id, and what to say.
    """

    key = "models"
    title = "Own models"
    icon = "code"
    undo_offered = Signal(int, str)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._models: dict[str, str] = {}
        self.form = form = Form(look)
        form.heading(
            say("Models of your own"),
            say("An SQL expression gives each touch of a conversion a weight; credit is in proportion to it."),
        )
        self.known = ChoiceCombo(self.look)
        self.known.currentIndexChanged.connect(self._choose)
        form.add("known", say("Model"), self.known, "")
        self.name = QLineEdit()
        self.name.textEdited.connect(self._typed)
        form.add("model_name", say("Name"), self.name, say("Small letters, digits and _."))
        self.expression = QPlainTextEdit()
        self.expression.setFont(look.font("code"))
        self.expression.setFixedHeight(96)
        self.expression.setTabChangesFocus(True)
        self.expression.textChanged.connect(self._typed)
        form.add("expression", say("Weight of a touch"), self.expression, "", 460)
        self.told = form.hints["expression"]
        self.save = QPushButton(say("Save the model"))
        self.save.setProperty("kind", "primary")
        self.save.clicked.connect(self._save)
        self.example = QPushButton(say("Example"))
        self.example.clicked.connect(lambda: self.expression.setPlainText(EXAMPLE))
        self.drop = QPushButton(look.icon("trash"), say("Delete"))
        self.drop.clicked.connect(self._drop)
        row = QHBoxLayout()
        row.setContentsMargins(20, 0, 20, 12)
        row.setSpacing(8)
        for button in (self.save, self.example, self.drop):
            row.addWidget(button)
        row.addStretch(1)
        self.table = DataTable(look, self._columns(""), id_field="channel", accessible_name=say("Credit by channel"))
        self.table.sort_by(None)
        self.panel = Panel(look, say("Credit by channel"), self.table)
        self.panel.retried.connect(self._look)
        upper = Section(context)
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(form, 1)
        column.addLayout(row)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(upper)
        split.addWidget(self.panel)
        split.setSizes([330, 400])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_WAIT_MS)
        self._later.timeout.connect(self._look)

    def show_settings(self, settings: ProfileSettings) -> None:
        models = dict(self.context.about.custom_models)
        if models != self._models or not self.known.count():
            self._models = models
            with QSignalBlocker(self.known):
                self.known.clear()
                self.known.addItem(self.say("New model"), "")
                for name in models:
                    self.known.addItem(name, name)
                self.known.setCurrentIndex(max(0, self.known.findData(self.name.text())))
            self._show_buttons()

    def refresh(self) -> None:
        self._look()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _columns(self, model: str) -> list[Column]:
        say = self.say
        return [
            Column("label", say("Channel"), kind="text", glyph="channel"),
            Column("conversions", say("Conversions"), unit="decimal", group=model, tone="secondary"),
            Column("revenue", say("Revenue"), unit="money", group=model, tone="secondary"),
            Column("conversions_after", say("Conversions"), unit="decimal", group=say("This expression")),
            Column("revenue_after", say("Revenue"), unit="money", group=say("This expression"), weight=600),
        ]

    def _choose(self, _place: int) -> None:
        name = str(self.known.currentData() or "")
        self.name.setText(name)
        self.expression.setPlainText(self._models.get(name, ""))
        self._typed()

    def _typed(self, _text: str = "") -> None:
        self._show_buttons()
        self._later.start()

    def _show_buttons(self) -> None:
        self.drop.setVisible(self.name.text() in self._models)
        self.save.setEnabled(bool(self.name.text().strip() and self.expression.toPlainText().strip()))

    def _tell(self, text: str, *, is_wrong: bool = False) -> None:
        self.told.setText(text)
        self.told.setProperty("kind", "error" if is_wrong else "caption")
        self.told.style().polish(self.told)

    def _look(self) -> None:
        expression = self.expression.toPlainText().strip()
        if not expression:
            self._tell(self.say("It may name {columns}.", columns=", ".join(COLUMNS)))
            self.panel.empty(self.say("Type an expression to see what it credits"))
            return
        profile, selection, name = self.context.profile, self.context.view.selection, self.name.text().strip()
        known = self._models

        def work(task: Task) -> pl.DataFrame:
            shown = profile.preview_model(expression, selection, task)
            if name and name not in known:
                profile.check_model(name, expression)
            return shown

        self.panel.begin()
        self.context.jobs.read((self, "model"), work, self._show, self._fail)

    def _show(self, frame: pl.DataFrame) -> None:
        self.panel.ready()
        self._tell(self.say("It may name {columns}.", columns=", ".join(COLUMNS)))
        self.table.set_columns(self._columns(model_label(self.look.words, self.context.view.selection.model)))
        labels = [self.say(each) for each in frame["channel"]]
        self.table.set_rows(frame.with_columns(pl.Series("label", labels, pl.String)))

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        text = explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error)
        self._tell(text, is_wrong=True)
        self.save.setEnabled(False)
        self.panel.empty(self.say("This expression cannot be a model"), "")

    def _save(self) -> None:
        profile, name, expression = self.context.profile, self.name.text().strip(), self.expression.toPlainText()
        text = self.say("Saved the model {name}", name=name)

        def work(_task: Task) -> int:
            return profile.define_model(name, expression.strip())

        self._run(work, text)

    def _drop(self) -> None:
        profile, name = self.context.profile, self.name.text().strip()
        self.name.clear()
        self.expression.clear()
        text = self.say("Deleted the model {name}", name=name)

        def work(_task: Task) -> int:
            return profile.drop_model(name)

        self._run(work, text)

    def _run(self, work: Callable[[Task], int], text: str) -> None:
        context = self.context
        context.jobs.write(self.say("Changing settings"), work, partial(self._changed, text), self._fail)

    def _changed(self, text: str, change_id: int) -> None:
        self.undo_offered.emit(change_id, text)
        self.context.read_again.emit()
