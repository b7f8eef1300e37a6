"""The models side by side as chips: A, the baseline, to D; choose, replace, add and remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.names import MODEL_LABELS, model_definition, model_label
from app.pages.model_matrix import LETTERS
from widgets.inputs.composed import ComposedButton
from widgets.inputs.icon_button import IconButton
from widgets.inputs.picker import Choice, ChoicePopover

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from widgets.look import Look

LEAST = 2


class ModelChip(ComposedButton):
    """A model with its letter; the baseline's is outlined."""

    def __init__(self, look: Look, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._letter = letter
        self._is_focused = False

    def set_focused(self, *, focused: bool) -> None:
        """Whether this is the model the page is about."""
        self._is_focused = focused
        self.update()

    def paint_icon(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the letter in its box."""
        look = self.look
        is_outlined = self._letter == LETTERS[0]
        painter.save()
        painter.setPen(QPen(look.color("text.primary"), 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_outlined else look.color("text.primary"))
        painter.drawRoundedRect(rect.adjusted(0.7, 0.7, -0.7, -0.7), 3.5, 3.5)
        painter.setPen(look.color("text.primary" if is_outlined else "bg.canvas"))
        painter.setFont(look.font("caption", 600))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self._letter)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_focused:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.look.color("accent.fill"), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 6, 6)


class ModelChips(QWidget):
    """The chips.

    Args:
        look: how they look.
        expressions: the user's own models: name to expression.

    Attributes:
        changed: other models were chosen: all of them, the baseline first.
    """

    changed = Signal(list)

    def __init__(self, look: Look, expressions: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._models: list[str] = []
        self._at = 0
        self._focused = ""
        self._is_narrow = False
        words = look.words
        self._choices = [
            *(
                Choice(name, model_label(words, name), model_definition(words, name), look.say("Models"))
                for name in MODEL_LABELS
            ),
            *(Choice(name, name, expression, look.say("Your models")) for name, expression in expressions.items()),
        ]
        self.setAccessibleName(look.say("Models side by side"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.chips: list[ModelChip] = []
        for place, letter in enumerate(LETTERS):
            chip = ModelChip(look, letter)
            chip.clicked.connect(lambda _checked=False, place=place: self.choose(place))
            chip.removed.connect(lambda place=place: self._remove(place))
            row.addWidget(chip)
            self.chips.append(chip)
        self.add = IconButton(look, "plus", look.say("Add a model"))
        self.add.clicked.connect(lambda: self.choose(len(self._models)))
        row.addWidget(self.add)
        self.popover = ChoicePopover(look, self, look.say("Models"), detail="below", search=look.say("Find a model"))
        self.popover.picked.connect(self._pick)

    def set_models(self, models: Sequence[str], focused: str) -> None:
        """Show these, the baseline first; one of them in focus."""
        self._models, self._focused = list(models), focused
        for place, chip in enumerate(self.chips):
            chip.setVisible(place < len(models))
            if place >= len(models):
                continue
            chip.set_focused(focused=models[place] == focused)
            is_base = place == 0
            chip.compose(
                icon="scales",  # the letter is drawn in its place
                caption=self._look.say("Baseline") if is_base and not self._is_narrow else "",
                value=model_label(self._look.words, models[place]),
                mark="close" if not is_base and len(models) > LEAST else "caret",
            )
            name = self._look.say(
                "Model {letter}: {model}", letter=LETTERS[place], model=model_label(self._look.words, models[place])
            )
            chip.setAccessibleName(name)
        self.add.setVisible(len(models) < len(LETTERS))

    def set_narrow(self, *, narrow: bool) -> None:
        """Leave out the word before the baseline; its letter says as much."""
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self.set_models(self._models, self._focused)

    def choose(self, place: int) -> None:
        """Open the list for a place: 0 the baseline, the number of models to add one."""
        self._at = place
        current = self._models[place] if place < len(self._models) else ""
        taken = set(self._models) - {current} if place else set[str]()
        choices = [choice for choice in self._choices if choice.key not in taken]
        anchor = self.chips[place] if place < len(self._models) else self.add
        self.popover.show_choices(anchor, choices, {current} if current else ())

    def _pick(self, key: str) -> None:
        models = list(self._models)
        if self._at >= len(models):
            models.append(key)
        elif key in models:  # the baseline changes its place with it
            other = models.index(key)
            models[self._at], models[other] = models[other], models[self._at]
        else:
            models[self._at] = key
        self._change(models)

    def _remove(self, place: int) -> None:
        if len(self._models) <= LEAST:
            return
        self._change([model for at, model in enumerate(self._models) if at != place])

    def _change(self, models: list[str]) -> None:
        if models != self._models:
            self.changed.emit(models)
