"""The picker of a period: presets on the left, typed days above two months, Apply and Cancel below."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from widgets.inputs.icon_button import IconButton
from widgets.inputs.popover import Popover
from widgets.inputs.presets import PRESETS, preset_of, preset_range
from widgets.inputs.range_calendar import RangeCalendar
from widgets.inputs.rows import Row
from widgets.inputs.rows_view import RowsView
from widgets.inputs.text import words_font
from widgets.inputs.typed_day import NotADayError, read_day

if TYPE_CHECKING:
    from widgets.look import Look

_FIELD = 108


class DatePopover(Popover):
    """Chooses a range of days.

    Args:
        look: theme, words and locale.
        parent: what it belongs to.
        has_presets: whether the list of presets is shown.

    Attributes:
        applied: first day, last day and the preset they were chosen by (empty for none); it has closed.
    """

    applied = Signal(object, object, str)

    def __init__(self, look: Look, parent: QWidget, *, has_presets: bool = True) -> None:
        super().__init__(look, parent)
        self._today = date(2000, 1, 1)
        self._bounds: tuple[date | None, date | None] = (None, None)
        self.presets = RowsView(look, look.say("Periods"), self, marks="tick")
        self.presets.setVisible(has_presets)
        self.first_field = self._field(look.say("First day"))
        self.last_field = self._field(look.say("Last day"))
        self.calendar = RangeCalendar(look, self)
        self.error = QLabel(self)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setWordWrap(True)
        self.apply_button = QPushButton(look.say("Apply"), self)
        self.apply_button.setProperty("kind", "primary")
        self.cancel_button = QPushButton(look.say("Cancel"), self)
        self._arrange(has_presets=has_presets)
        self.calendar.changed.connect(self._show_days)
        self.calendar.applied.connect(self.apply)
        self.apply_button.clicked.connect(self.apply)
        self.cancel_button.clicked.connect(self.close)
        self.presets.picked.connect(self._pick)

    def first_focus(self) -> QWidget:
        """The calendar: arrows and Return are all most need."""
        return self.calendar

    def set_today(self, today: date) -> None:
        """The day presets count from."""
        self._today = today
        self.calendar.set_today(today)

    def set_bounds(self, first: date | None, last: date | None) -> None:
        """Days with data."""
        self._bounds = (first, last)
        self.calendar.set_bounds(first, last)

    def show_range(self, anchor: QWidget, first: date, last: date) -> None:
        """Open with this range."""
        self.calendar.set_range(first, last)
        self._show_days(first, last)
        self._fill_presets(first, last)
        self.open_under(anchor)

    def apply(self) -> None:
        """Take the range as it stands, unless a typed day is none."""
        days = self._typed()
        if days is not None:
            self._finish(*days)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _field(self, name: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setAccessibleName(name)
        field.setFont(words_font(self.look, "table"))
        field.setFixedWidth(_FIELD)
        field.setMaxLength(40)
        field.textEdited.connect(self._typed)
        field.returnPressed.connect(self.apply)
        return field

    def _arrange(self, *, has_presets: bool) -> None:
        look = self.look
        fields = QHBoxLayout()
        fields.setSpacing(8)
        for text, field in ((look.say("From"), self.first_field), (look.say("To"), self.last_field)):
            label = QLabel(text, self)
            label.setProperty("kind", "secondary")
            fields.addWidget(label)
            fields.addWidget(field)
            fields.addSpacing(8)
        fields.addStretch(1)
        for icon, name, months in (
            ("caret-left", look.say("Earlier month"), -1),
            ("caret-right", look.say("Later month"), 1),
        ):
            button = IconButton(look, icon, name, self)
            button.clicked.connect(partial(self._turn, months))
            fields.addWidget(button)
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self.error, 1)
        below.addWidget(self.cancel_button)
        below.addWidget(self.apply_button)
        right = QVBoxLayout()
        right.setContentsMargins(16, 14, 16, 12)
        right.setSpacing(12)
        right.addLayout(fields)
        right.addWidget(self.calendar)
        right.addLayout(below)
        row = QHBoxLayout()
        row.setSpacing(0)
        if has_presets:
            left = QVBoxLayout()
            left.setContentsMargins(0, 8, 0, 8)
            left.addWidget(self.presets)
            row.addLayout(left)
            rule = QFrame(self)
            rule.setProperty("kind", "rule")
            rule.setFixedWidth(1)
            row.addWidget(rule)
            self.setTabOrder(self.presets, self.first_field)
        row.addLayout(right)
        self.body.addLayout(row)

    def _turn(self, months: int, *_clicked: bool) -> None:
        self.calendar.turn(months)

    def _fill_presets(self, first: date, last: date) -> None:
        say = self.look.say
        texts = {
            "today": say("Today"),
            "yesterday": say("Yesterday"),
            "7d": say("Last 7 days"),
            "14d": say("Last 14 days"),
            "30d": say("Last 30 days"),
            "90d": say("Last 90 days"),
            "month": say("This month"),
            "last_month": say("Last month"),
            "quarter": say("This quarter"),
            "ytd": say("Year to date"),
            "12m": say("Last 12 months"),
            "all": say("All time"),
        }
        current = preset_of(first, last, self._today, self._first_day())
        self.presets.set_checked({current})
        self.presets.set_rows([Row(key, texts[key]) for key in PRESETS], current)
        self.presets.setFixedSize(self.presets.content_width() + 12, self.presets.content_height())

    def _first_day(self) -> date:
        return self._bounds[0] or self._today

    def _pick(self, row: Row) -> None:
        self._finish(*preset_range(row.key, self._today, self._first_day()), row.key)

    def _finish(self, first: date, last: date, key: str = "") -> None:
        self.close()
        self.applied.emit(first, last, key)

    def _show_days(self, first: date, last: date) -> None:
        """Write the range into the fields and say how long it is."""
        for field, day in ((self.first_field, first), (self.last_field, last)):
            field.setText(day.isoformat())
            self._mark(field, is_wrong=False)
        self._tell(first, last)

    def _tell(self, first: date, last: date) -> None:
        if self.calendar.is_open:
            text = self.look.say("Now choose the last day.")
        else:
            days = (last - first).days + 1
            shown = self.look.numbers.count(days)
            text = self.look.words.count(days, "{n} day", "{n} days", n=shown)
        self._say(text, kind="muted")

    def _typed(self) -> tuple[date, date] | None:
        """The days in the fields, shown in the calendar; None, with a sentence, if they are not a range."""
        days: list[date] = []
        problem = ""
        for field in (self.first_field, self.last_field):
            try:
                days.append(read_day(field.text(), self.look, self._today))
                self._mark(field, is_wrong=False)
            except NotADayError as error:
                problem = problem or str(error)
                self._mark(field, is_wrong=True)
        if not problem and days[1] < days[0]:
            problem = self.look.say("The last day is before the first. Use {day} or later.", day=days[0].isoformat())
            self._mark(self.last_field, is_wrong=True)
        self.apply_button.setEnabled(not problem)
        if problem:
            self._say(problem, kind="error")
            return None
        if self.calendar.range != (days[0], days[1]) or self.calendar.is_open:
            self.calendar.set_range(days[0], days[1])
        self._tell(days[0], days[1])
        return days[0], days[1]

    def _mark(self, field: QLineEdit, *, is_wrong: bool) -> None:
        self.apply_button.setEnabled(True)
        state = "error" if is_wrong else ""
        if field.property("state") != state:
            field.setProperty("state", state)
            field.style().unpolish(field)
            field.style().polish(field)

    def _say(self, text: str, *, kind: str) -> None:
        self.error.setText(text)
        if self.error.property("kind") != kind:
            self.error.setProperty("kind", kind)
            self.error.style().unpolish(self.error)
            self.error.style().polish(self.error)
