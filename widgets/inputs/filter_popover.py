"""The popup in which a filter is made: what to filter by, how, and which values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets.inputs.icon_button import IconButton
from widgets.inputs.matching import match
from widgets.inputs.popover import Popover
from widgets.inputs.rows import Row
from widgets.inputs.rows_view import RowsView
from widgets.inputs.search import SearchField
from widgets.inputs.segments import Segments
from widgets.text import PROSE, isolated, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QKeyEvent

    from widgets.inputs.picker import Choice
    from widgets.look import Look

OPERATORS = ("is", "is_not", "contains", "not_contains")
NOT_SET = "(not set)"
TEXT_OPERATORS = ("contains", "not_contains")
_WIDTH, _HEIGHT = 348, 280


@dataclass(frozen=True)
class FilterChip:
    """A filter.

    Attributes:
        dimension: key of what is filtered by.
        operator: of :data:`OPERATORS`.
        values: any of which fits; one text for the operators that look into the value.
    """

    dimension: str
    operator: str
    values: tuple[str, ...]


def operator_texts(look: Look) -> dict[str, str]:
    """What operators are called."""
    return {
        "is": look.say("is"),
        "is_not": look.say("is not"),
        "contains": look.say("contains"),
        "not_contains": look.say("does not contain"),
    }


class FilterPopover(Popover):
    """Two steps: a dimension, then operator and values. Values come from outside as they are wanted.

    Args:
        look: theme and words.
        parent: what it belongs to.

    Attributes:
        values_wanted: dimension and search text; answer with :meth:`set_values` or :meth:`set_values_error`.
        applied: the filter as it is now; it has closed.
    """

    values_wanted = Signal(str, str)
    applied = Signal(object)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._dimensions: Sequence[Choice] = ()
        self._dimension: Choice | None = None
        self._values: Sequence[tuple[str, int]] = ()
        self._chosen: list[str] = []
        self._awaited = ("", "")
        self._name: Callable[[str, str], str] = _as_it_is
        self._is_new = True
        self.dimension_field = SearchField(look, look.say("Filter by"), self)
        self.dimension_list = RowsView(look, look.say("Filter by"), self)
        self.dimension_list.lead_by(self.dimension_field)
        self.operators = Segments(look, list(operator_texts(look).items()), self, name=look.say("How to filter"))
        self.value_field = SearchField(look, look.say("Find a value"), self)
        self.value_list = RowsView(look, look.say("Values"), self, marks="box")
        self.value_list.lead_by(self.value_field)
        self.text_field = QLineEdit(self)
        self.text_field.setAccessibleName(look.say("Text"))
        self.text_field.setPlaceholderText(look.say("Text"))
        self.apply_button = QPushButton(look.say("Apply"), self)
        self.apply_button.setProperty("kind", "primary")
        self._back = IconButton(look, "caret-left", look.say("Back"), self, size=14)
        self._title = QLabel(self)
        self._note = QLabel(self)
        self._first = QWidget(self)
        self._second = QWidget(self)
        self._arrange()
        self.dimension_field.textChanged.connect(self._fill_dimensions)
        self.dimension_list.picked.connect(self._choose_dimension)
        self._back.clicked.connect(self._go_back)
        self.operators.chosen.connect(self._change_operator)
        self.value_field.searched.connect(self._want)
        self.value_list.picked.connect(self._toggle)
        self.text_field.textChanged.connect(self._show_state)
        self.text_field.returnPressed.connect(self.apply)
        self.apply_button.clicked.connect(self.apply)

    def first_focus(self) -> QWidget:
        """The field of the step that is shown."""
        if self._dimension is None:
            return self.dimension_field
        return self.text_field if self._is_text() else self.value_field

    def set_dimensions(self, dimensions: Sequence[Choice]) -> None:
        """What can be filtered by."""
        self._dimensions = dimensions

    def set_names(self, name: Callable[[str, str], str]) -> None:
        """What values are called: of a dimension and a value."""
        self._name = name

    def make(self, anchor: QWidget) -> None:
        """Open to make a new filter."""
        self._is_new = True
        self._dimension = None
        self.dimension_field.reset()
        self._fill_dimensions()
        self._show_step()
        self.open_under(anchor)

    def edit(self, anchor: QWidget, chip: FilterChip) -> None:
        """Open to change a filter."""
        self._is_new = False
        self._start_values(chip.dimension, chip.operator, chip.values)
        self.open_under(anchor)

    def set_values(self, dimension: str, search: str, values: Sequence[tuple[str, int]], is_complete: bool) -> None:
        """The values that fit a search, each with how often it occurs; late answers to other questions are dropped."""
        if (dimension, search) != self._awaited:
            return
        self._values = values
        self._fill_values()
        if not values:
            text = self.look.say("No value contains “{text}”.", text=isolated(search))
            self._say(text if search else self.look.say("There are no values in this period."))
        elif not is_complete:
            shown = self.look.numbers.count(len(values))
            self._say(self.look.say("The {n} most frequent are shown. Type to find others.", n=shown))
        else:
            self._say("")

    def set_values_error(self, text: str) -> None:
        """Say why there are no values."""
        self._values = ()
        self._fill_values()
        self._say(one_line(text, PROSE), kind="error")

    def apply(self) -> None:
        """Take the filter as it stands, unless it has no values."""
        values = self._now()
        if self._dimension is not None and values:
            chip = FilterChip(self._dimension.key, self.operators.current or "is", values)
            self.close()
            self.applied.emit(chip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Return applies from anywhere, as Return ticks values."""
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.apply()
        else:
            super().keyPressEvent(event)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setProperty("kind", "strong")
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setProperty("kind", "muted")
        self._note.setWordWrap(True)
        first = QVBoxLayout(self._first)
        first.setContentsMargins(0, 9, 0, 7)
        first.setSpacing(8)
        first.addLayout(_inset(self.dimension_field))
        first.addWidget(self.dimension_list)
        second = QVBoxLayout(self._second)
        second.setContentsMargins(0, 9, 0, 10)
        second.setSpacing(8)
        second.addLayout(_inset(self._back, self._title, stretch=1))
        operators = _inset(self.operators)
        operators.addStretch(1)
        second.addLayout(operators)
        second.addLayout(_inset(self.value_field))
        second.addLayout(_inset(self.text_field))
        second.addWidget(self.value_list)
        second.addLayout(_inset(self._note, self.apply_button, stretch=0, left=16))
        self.body.addWidget(self._first)
        self.body.addWidget(self._second)

    def _is_text(self) -> bool:
        return self.operators.current in TEXT_OPERATORS

    def _now(self) -> tuple[str, ...]:
        text = self.text_field.text().strip()
        return ((text,) if text else ()) if self._is_text() else tuple(self._chosen)

    def _show_step(self) -> None:
        is_second = self._dimension is not None
        self._first.setVisible(not is_second)
        self._second.setVisible(is_second)
        self._back.setVisible(self._is_new)
        self.value_field.setVisible(is_second and not self._is_text())
        self.value_list.setVisible(is_second and not self._is_text())
        self.text_field.setVisible(is_second and self._is_text())
        width = max(_WIDTH, self.operators.sizeHint().width() + 16)
        self.value_list.setFixedSize(width, _HEIGHT - 60)
        self._second.setFixedWidth(width)
        self._show_state()
        self.place()
        if self.isVisible():
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_dimensions(self) -> None:
        query = self.dimension_field.text()
        found = [(fit, one) for one in self._dimensions if (fit := match(query, one.title)) is not None]
        ordered = sorted(found, key=lambda pair: -pair[0].score) if query else found
        rows = [
            Row(one.key, one.title, one.detail, "" if query else one.group, one.icon, spans=fit.spans)
            for fit, one in ordered
        ]
        self.dimension_list.set_rows(rows)
        if not query:
            width = max(240, min(self.dimension_list.content_width() + 12, 420))
            self.dimension_list.setFixedSize(width, min(self.dimension_list.content_height(), _HEIGHT + 60))

    def _choose_dimension(self, row: Row) -> None:
        self._start_values(row.key, "is", ())

    def _start_values(self, key: str, operator: str, values: Sequence[str]) -> None:
        self._dimension = next((one for one in self._dimensions if one.key == key), None)
        if self._dimension is None:
            return
        self._title.setText(one_line(self._dimension.title))
        self.operators.set_current(operator)
        is_text = operator in TEXT_OPERATORS
        self._chosen = [] if is_text else list(values)
        self.text_field.setText(values[0] if is_text and values else "")
        self.value_field.reset()
        self._values = ()
        self._fill_values()
        self._show_step()
        if not is_text:
            self._want("")

    def _go_back(self) -> None:
        self._dimension = None
        self._show_step()

    def _change_operator(self, _key: str) -> None:
        self.value_field.setVisible(not self._is_text())
        self.value_list.setVisible(not self._is_text())
        self.text_field.setVisible(self._is_text())
        self._show_state()
        self.place()
        if self._is_text():
            self._say("")
        elif not self._values and self._dimension is not None:
            self._want(self.value_field.text())

    def _want(self, search: str) -> None:
        if self._dimension is not None:
            self._awaited = (self._dimension.key, search)
            self._say(self.look.say("Loading values…"))
            self.values_wanted.emit(*self._awaited)

    def _fill_values(self) -> None:
        """Chosen values first, so that none is out of sight; then what was found."""
        query = self.value_field.text()
        counts = dict(self._values)
        current = self.value_list.current_row()
        order = list(counts) if query else [*self._chosen, *(value for value in counts if value not in self._chosen)]
        rows: list[Row] = []
        for value in order:
            fit = match(query, self._name_of(value)) if query else None
            count = counts.get(value)
            rows.append(
                Row(
                    value,
                    self._name_of(value),
                    trailing="" if count is None else self.look.numbers.count(count),
                    spans=fit.spans if fit is not None and value != NOT_SET else (),
                    is_muted=value == NOT_SET,
                )
            )
        self.value_list.set_checked(self._chosen)
        self.value_list.set_rows(rows, current.key if current is not None else "")

    def _name_of(self, value: str) -> str:
        if value == NOT_SET or self._dimension is None:
            return self.look.say("(not set)") if value == NOT_SET else value
        return self._name(self._dimension.key, value)

    def _toggle(self, row: Row) -> None:
        if row.key in self._chosen:
            self._chosen.remove(row.key)
        else:
            self._chosen.append(row.key)
        self.value_list.set_checked(self._chosen)
        self._show_state()

    def _show_state(self) -> None:
        count = len(self._chosen)
        self.apply_button.setEnabled(bool(self._now()))
        shown = self.look.numbers.count(count)
        text = self.look.words.count(count, "Apply {n} value", "Apply {n} values", n=shown)
        self.apply_button.setText(self.look.say("Apply") if self._is_text() or not count else text)

    def _say(self, text: str, *, kind: str = "muted") -> None:
        self._note.setText(text)
        if self._note.property("kind") != kind:
            self._note.setProperty("kind", kind)
            self._note.style().unpolish(self._note)
            self._note.style().polish(self._note)


def _as_it_is(_dimension: str, value: str) -> str:
    return value


def _inset(*widgets: QWidget, stretch: int | None = None, left: int = 8) -> QHBoxLayout:
    """Widgets in a row, away from the frame."""
    row = QHBoxLayout()
    row.setContentsMargins(left, 0, 8, 0)
    row.setSpacing(6)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 1 if place == stretch else 0)
    return row
