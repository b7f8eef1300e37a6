"""Which report to make: days, model, the two beside it, a template, whether names may be in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from app.describing import filter_text
from app.names import model_definition, model_label
from engine.attribution.models import MODELS
from engine.reports.gathering import Request
from widgets.inputs.date_range import DateRangeButton
from widgets.inputs.picker import Choice, PickerButton
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from app.context import Context
    from engine.queries.selection import Selection


@dataclass(frozen=True)
class Wanted:
    """A report to be made; ``template`` is the name of one, or empty for the usual layout."""

    request: Request
    template: str


class NewReport(QDialog):
    """The dialog; it begins with what the window looks at.

    Attributes:
        wanted: make this one.
    """

    wanted = Signal(object)

    def __init__(self, context: Context, templates: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        look, say = context.look, context.look.say
        self._selection: Selection = context.view.selection
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("New report"))
        self.setMinimumWidth(420)
        about = context.about
        self.days = DateRangeButton(look)
        self.days.set_today(about.today)
        if about.days is not None:
            self.days.set_bounds(*about.days)
        self.days.set_range(self._selection.date_from, self._selection.date_to)
        self.days.chosen.connect(self._take_days)
        models = [Choice(name, model_label(look.words, name), model_definition(look.words, name)) for name in MODELS]
        models += [Choice(name, name, text) for name, text in about.custom_models.items()]
        self.model = PickerButton(look, search=say("Find a model"))
        self.model.set_choices(models)
        self.model.set_current(self._selection.model)
        self.beside = PickerButton(look, max_checked=2, none=say("The usual two"))
        self.beside.set_choices(models)
        self.template = PickerButton(look, none=say("As the last report"))
        self.template.set_choices([Choice(name, name) for name in templates])
        self.template.setEnabled(bool(templates))
        self.personal = QCheckBox(say("Names of people may be in it"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for row, (text, widget) in enumerate(
            (
                (say("Period"), self.days),
                (say("Model"), self.model),
                (say("Beside it"), self.beside),
                (say("Template"), self.template),
            )
        ):
            widget.setAccessibleName(text)
            grid.addWidget(label(look, text, "muted"), row, 0)
            grid.addWidget(widget, row, 1)
        grid.setColumnStretch(1, 1)
        note = label(look, self._note(context), "muted")
        note.setWordWrap(True)
        buttons = QDialogButtonBox()
        make = QPushButton(say("Generate"))
        make.setProperty("kind", "primary")
        make.setDefault(True)
        buttons.addButton(make, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QPushButton(say("Cancel")), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._make)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addLayout(grid)
        column.addWidget(self.personal)
        column.addWidget(note)
        column.addWidget(buttons)

    def _note(self, context: Context) -> str:
        say = context.look.say
        told = [say("Figures are frozen as they are now; later records do not change the report.")]
        told_filters = [filter_text(context, item) for item in self._selection.filters] + list(self._selection.goals)
        if told_filters:
            told.append(say("Filters of the window act: {filters}.", filters=", ".join(told_filters)))
        return " ".join(told)

    def _take_days(self, first: date, last: date, _preset: str) -> None:
        self._selection = replace(self._selection, date_from=first, date_to=last, compare_from=None, compare_to=None)

    def _make(self) -> None:
        selection = replace(self._selection, model=self.model.current or self._selection.model)
        request = Request(selection, tuple(self.beside.checked_keys), is_personal=self.personal.isChecked())
        self.accept()
        self.wanted.emit(Wanted(request, self.template.current))
