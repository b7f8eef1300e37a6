"""Asking from which day on a connection's history is to be fetched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import QDateEdit, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import syncing
from connectors import PROVIDERS
from widgets.panel import label
from widgets.text import isolated

if TYPE_CHECKING:
    from app.context import Context
    from engine.ingest.syncing import Connection

_WIDTH = 420


def first_day(connection: Connection, today: date) -> date:
    """The first day of a connection's history as it is fetched now."""
    told = connection.settings.get("since")
    return date.fromisoformat(str(told)) if told else today - timedelta(days=syncing.HISTORY_DAYS)


class BackfillDialog(QDialog):
    """Shows the first day, and how much another one brings.

    Args:
        context: of the window.
        connection: whose history.
        parent: what it belongs to.

    Attributes:
        chosen: another day was chosen: (day, whether it is before the one so far).
    """

    chosen = Signal(object, bool)

    def __init__(self, context: Context, connection: Connection, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._look = context.look
        self._before = first_day(connection, context.about.today)
        provider, say = PROVIDERS[connection.provider], context.look.say
        reach = context.about.today - timedelta(days=provider.reach_days) if provider.reach_days else None
        self._reach = reach
        self._provider = provider.name
        title = say("History of {name}", name=isolated(connection.name))
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(label(context.look, title, "strong"))
        row = QHBoxLayout()
        caption = label(context.look, say("Fetch from"), "secondary")
        self.day = QDateEdit(QDate(self._before.year, self._before.month, self._before.day))
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(say("Fetch from"))
        today = context.about.today
        self.day.setMaximumDate(QDate(today.year, today.month, today.day))
        caption.setBuddy(self.day)
        row.addWidget(caption)
        row.addWidget(self.day, 1)
        column.addLayout(row)
        self.told = label(context.look, "", "muted")
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(56)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.told)
        foot = QHBoxLayout()
        foot.addStretch(1)
        cancel = QPushButton(say("Cancel"))
        self.go = QPushButton(say("Change"))
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        foot.addWidget(cancel)
        foot.addWidget(self.go)
        column.addLayout(foot)
        cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self._choose)
        self.day.dateChanged.connect(self._show)
        self._show()

    def _picked(self) -> date:
        picked = self.day.date()
        return date(picked.year(), picked.month(), picked.day())

    def _show(self) -> None:
        look, picked = self._look, self._picked()
        say, count = look.say, look.numbers.count
        self.go.setEnabled(picked != self._before)
        if picked < self._before:
            days = (self._before - picked).days
            span = look.numbers.days(picked, self._before - timedelta(days=1))
            lines = [
                look.words.count(
                    days,
                    "1 more day is fetched: {span}. What is there already stays, and counts once.",
                    "{n} more days are fetched: {span}. What is there already stays, and counts once.",
                    n=count(days),
                    span=span,
                )
            ]
            if self._reach is not None and picked < self._reach:
                earliest = look.numbers.day(self._reach, with_year=True)
                lines.append(say("{provider} tells nothing from before {day}.", provider=self._provider, day=earliest))
            self.told.setText(" ".join(lines))
            self.go.setText(look.words.count(days, "Fetch 1 more day", "Fetch {n} more days", n=count(days)))
        else:
            is_later = picked > self._before
            self.told.setText(say("What was fetched before that day stays.") if is_later else "")
            self.go.setText(say("Change"))

    def _choose(self) -> None:
        self.chosen.emit(self._picked(), self._picked() < self._before)
        self.accept()
