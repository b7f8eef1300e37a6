"""What every section of the Settings page is, and what its fields have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.pages.setting.words import problem
from widgets.panel import label

if TYPE_CHECKING:
    from app.context import Context
    from engine.errors import AttribenchError
    from engine.profiles import ProfileSettings
    from widgets.look import Look

_LABEL_WIDTH = 150
_LEAST_WIDTH = 160
_FIELD_WIDTH = 300


class Section(QWidget):
    """A section.

    Args:
        context: of the window.

    Attributes:
        edited: settings that the user gave another value, by name.
        key: of the section.
        title: in the list of sections.
        icon: beside it.
    """

    edited = Signal(dict)
    key: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.look = context.look
        self.say = context.look.say
        self.setProperty("kind", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def show_settings(self, settings: ProfileSettings) -> None:
        """Show these settings: as stored, with what is edited and not applied yet."""

    def show_problem(self, error: AttribenchError | None) -> None:
        """Show beside its field what cannot be; None: all is well."""

    def refresh(self) -> None:
        """Read what the section shows besides settings; it is shown, or records changed."""


class Form(QWidget):
    """Rows of a title, a field and a line below it that says what is expected or what is wrong.

    Args:
        look: how it looks.
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.hints: dict[str, QLabel] = {}
        self._usual: dict[str, str] = {}
        self._grid = QGridLayout()
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(2, 1)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 20, 20)
        column.addLayout(self._grid)
        column.addStretch(1)

    def heading(self, text: str, detail: str = "") -> None:
        """A title over the rows that follow, with a sentence of what they do."""
        row = self._grid.rowCount()
        title = label(self.look, text, "strong")
        title.setContentsMargins(0, 12 if row > 1 else 0, 0, 0)
        self._grid.addWidget(title, row, 0, 1, 3)
        if detail:
            told = label(self.look, detail, "muted")
            told.setWordWrap(True)
            self._grid.addWidget(told, row + 1, 0, 1, 3)

    def add(self, name: str, title: str, field: QWidget, hint: str, width: int = _FIELD_WIDTH) -> None:
        """A field for the setting ``name``."""
        row = self._grid.rowCount()
        caption = label(self.look, title, "secondary")
        caption.setBuddy(field)
        caption.setMinimumHeight(28)
        field.setAccessibleName(title)
        field.setAccessibleDescription(hint)
        home = QHBoxLayout()
        home.addWidget(field, 1)
        if width == _FIELD_WIDTH:  # narrower where a preview stands beside it
            field.setMinimumWidth(_LEAST_WIDTH)
            field.setMaximumWidth(width)
            home.addStretch(0)
        else:
            if width:
                field.setFixedWidth(width)
            home.addStretch(1)
        told = label(self.look, hint, "caption")
        told.setWordWrap(True)
        told.setContentsMargins(0, 0, 0, 6)
        self._grid.addWidget(caption, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addLayout(home, row, 1, 1, 2)
        self._grid.addWidget(told, row + 1, 1, 1, 2)
        if not hint:
            told.hide()
        self.hints[name], self._usual[name] = told, hint

    def tell(self, error: AttribenchError | None) -> bool:
        """Say what is wrong under its field; whether one of these fields is meant."""
        wrong = str(error.facts.get("field", "")).split(".", 1)[0] if error is not None else ""
        for name, told in self.hints.items():
            is_wrong = name == wrong and error is not None
            told.setText(problem(self.look.words, error) if is_wrong and error is not None else self._usual[name])
            told.setVisible(bool(told.text()))
            told.setProperty("kind", "error" if is_wrong else "caption")
            told.style().polish(told)
        return wrong in self.hints


def editable(combo: QComboBox, title: str) -> None:
    """Let any text be typed into a box; the keyboard comes to the box, which hands it on to its line."""
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    line = combo.lineEdit()
    if line is not None:
        line.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        line.setAccessibleName(title)


def scrolling(content: QWidget) -> QScrollArea:
    """The widget with a scroll bar where it is taller than its place."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    content.setProperty("kind", "canvas")
    content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    area.setWidget(content)
    return area


def number(look: Look, text: str) -> float | None:
    """A number as typed, with the point of the user's language or of English; None when it is none."""
    value, is_number = QLocale(look.locale).toDouble(text.strip())
    if is_number:
        return value
    try:
        return float(text.strip())
    except ValueError:
        return None


def written(look: Look, value: float) -> str:
    """A number as it is typed."""
    return QLocale(look.locale).toString(float(value), "g", 6).replace(QLocale(look.locale).groupSeparator(), "")
