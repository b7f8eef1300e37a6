"""One appointment in full, beside the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.names import value_label
from app.pages.calendar_blocks import LABELS, span_text, state_label, who
from app.status import local_time
from widgets.panel import label
from widgets.table.glyphs import SIZE, paint_channel
from widgets.text import isolated, one_line, tip

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from app.context import Context
    from widgets.look import Look

_MOST_MARKS = 8
_FIELDS = ("status", "channel", "campaign", "ad", "before", "deal", "paid", "who")


class AppointmentDetail(QWidget):
    """Who, when, what brought it, what came before, the deal; and what can be done."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._row: dict[str, Any] = {}
        look, say = context.look, context.look.say
        self.title = label(look, "", "title")
        self.title.setMinimumWidth(60)
        self.tag = label(look, "", "tag")
        self.about = label(look, "", "secondary")
        self.about.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.tag, 0, Qt.AlignmentFlag.AlignTop)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(1, 1)
        titles = {
            "status": say("Status"),
            "channel": say("Channel"),
            "campaign": say("Campaign"),
            "ad": say("Ad"),
            "before": say("Before"),
            "deal": say("Deal"),
            "paid": say("Paid"),
            "who": say("With"),
        }
        self.fields: dict[str, QLabel] = {}
        self._marks = {"channel": _Marks(look), "before": _Marks(look)}
        for place, name in enumerate(_FIELDS):
            grid.addWidget(label(look, titles[name], "muted"), place, 0)
            row = QHBoxLayout()
            row.setSpacing(6)
            if name in self._marks:
                row.addWidget(self._marks[name])
            value = self.fields[name] = label(look, "", "secondary")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setMinimumWidth(40)
            row.addWidget(value, 1)
            grid.addLayout(row, place, 1)
        self.journey_button = QPushButton(look.icon("path"), say("Open the journey"))
        self.open_button = QPushButton(say("Every touch"))
        self.copy_button = QPushButton(look.icon("copy"), "")
        self.copy_button.setToolTip(say("Copy email"))
        self.copy_button.setAccessibleName(say("Copy email"))
        self.journey_button.clicked.connect(self._open_journey)
        self.open_button.clicked.connect(self.open)
        self.copy_button.clicked.connect(self._copy)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.journey_button)
        for button in (self.open_button, self.copy_button):
            button.setProperty("kind", "ghost")
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addLayout(grid)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setAccessibleName(say("Appointment"))

    def show_row(self, row: dict[str, Any] | None) -> None:
        """Show an appointment; None hides the pane."""
        self.setVisible(row is not None)
        self._row = row or {}
        if row is None:
            return
        look, numbers, say = self._context.look, self._context.look.numbers, self._context.look.say
        zone = self._context.about.settings.timezone
        self.title.setText(one_line(who(look, row), 60))
        self.title.setToolTip(tip(who(look, row)))
        self.tag.setText(row["label"])
        self.tag.setToolTip(tip(say(LABELS[row["label"]])))
        day = numbers.day(local_time(row["at"], zone).date(), with_weekday=True)
        parts = [
            row["calendar"],
            f"{day} {span_text(look, row, zone)}" if row["is_timed"] else span_text(look, row, zone),
        ]
        self.about.setText(" · ".join(isolated(str(part)) for part in parts if part))
        values = {
            "status": self._status(row),
            "channel": value_label(look.words, row["channel"]) if row["channel"] else say("Unattributed"),
            "campaign": " · ".join(str(part) for part in (row["campaign"], row["ad_set"]) if part),
            "ad": str(row["ad"] or ""),
            "before": self._before(row),
            "deal": self._deal(row),
            "paid": self._paid(row, zone),
            "who": str(row["assigned_user"] or ""),
        }
        for name, text in values.items():
            shown = one_line(text, 200) or "–"
            self.fields[name].setText(shown)
            self.fields[name].setToolTip(tip(text))
        self._marks["channel"].set_channels([row["channel"]] if row["channel"] else [])
        before: list[str] = list(row["touch_channels"] or ())
        self._marks["before"].set_channels(before[-_MOST_MARKS:])
        self.journey_button.setEnabled(row["customer_profile_id"] is not None)
        self.copy_button.setEnabled(bool(row["email"]) and not self._context.masked)

    def open(self) -> None:
        """Show every touch before the booking under every model."""
        if self._row:
            self._context.conversion_wanted.emit(str(self._row["conversion_id"]))

    def _open_journey(self) -> None:
        """Everything this person did, on the page of journeys."""
        if self._row:
            person, conversion = str(self._row["customer_profile_id"]), str(self._row["conversion_id"])
            self._context.open("journeys", person=person, conversion=conversion)

    def _status(self, row: dict[str, Any]) -> str:
        text = state_label(self._context.look, row["state"])
        told = row["status"]
        is_same = told is None or told.casefold().replace("_", "").replace("-", "") == row["state"].replace("_", "")
        return text if is_same else f"{text} ({told})"

    def _before(self, row: dict[str, Any]) -> str:
        look = self._context.look
        count = int(row["previous_touches"])
        if not count:
            return look.say("no touch in the click window")
        text = look.words.count(count, "1 touch", "{n} touches", n=look.numbers.count(count))
        return look.say("{touches} in {time}", touches=text, time=look.numbers.seconds(row["touch_span_seconds"]))

    def _deal(self, row: dict[str, Any]) -> str:
        value = row["deal_value"]
        money = self._context.look.numbers.money(value, currency=row["deal_currency"]) if value else ""
        return " · ".join(str(part) for part in (row["stage"], row["pipeline"], money) if part)

    def _paid(self, row: dict[str, Any], zone: str) -> str:
        look = self._context.look
        if row["paid_at"] is None:
            return ""
        money = look.numbers.money(row["paid"], cents=True)
        return look.say(
            "{money}, last on {day}", money=money, day=look.numbers.day(local_time(row["paid_at"], zone).date())
        )

    def _copy(self) -> None:
        if self._row.get("email"):
            QGuiApplication.clipboard().setText(str(self._row["email"]))
            self._context.toast(self._context.look.say("The email is on the clipboard"))


class _Marks(QWidget):
    """Marks of channels in a row."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._channels: list[str] = []
        look.changed.connect(self.update)

    def set_channels(self, channels: list[str]) -> None:
        self._channels = channels
        self.setVisible(bool(channels))
        self.setFixedSize(self.sizeHint())
        self.setToolTip(tip(", ".join(value_label(self._look.words, each) for each in channels)))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(max(1, len(self._channels) * (SIZE + 4) - 4), 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for place, channel in enumerate(self._channels):
            paint_channel(painter, QRectF(place * (SIZE + 4), 3, SIZE, SIZE), channel, self._look)
