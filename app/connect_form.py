"""The first step of connecting: name, way to log in, what the provider needs, and where the history begins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QFormLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.backfill import first_day
from app.syncing import HISTORY_DAYS
from connectors.base import BROWSER, TOKEN
from widgets.inputs.segments import Segments
from widgets.panel import label

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from connectors.base import Provider, Setting
    from engine.ingest.syncing import Connection
    from widgets.look import Look


class ConnectForm(QWidget):
    """Asks for settings and secrets.

    Args:
        look: how it looks.
        provider: whose.
        connection: an existing one; what stays secret need not be told again.
        today: of the profile.
        told: names of secrets that the environment tells.

    Attributes:
        name: of the connection.
        fields: by name of the setting.
        since: first day of the history.
    """

    def __init__(
        self, look: Look, provider: Provider, connection: Connection | None, today: date, told: Collection[str]
    ) -> None:
        super().__init__()
        self._look = look
        self._provider = provider
        self._connection = connection
        self._told = told
        self._captions: dict[str, list[QWidget]] = {}
        say = look.say
        before: Mapping[str, Any] = connection.settings if connection is not None else {}
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 8, 0)
        self.form.setVerticalSpacing(8)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.name = QLineEdit(connection.name if connection is not None else provider.name)
        self.name.setEnabled(connection is None)
        self._add("", say("Name"), self.name, "")
        self.way = str(before.get("login") or (BROWSER if provider.browser and connection is None else TOKEN))
        self.ways = Segments(look, [(BROWSER, say("Sign in with the browser")), (TOKEN, say("Paste a token"))])
        self.ways.setAccessibleName(say("How to log in"))
        self.ways.set_current(self.way)
        if provider.browser is not None:
            self.form.addRow(label(look, say("Log in"), "secondary"), self.ways)
        self.fields: dict[str, QLineEdit] = {}
        for setting in provider.settings:
            if setting.is_needed:
                self._add_setting(setting, before)
        first = first_day(connection, today) if connection is not None else today - timedelta(days=HISTORY_DAYS)
        self.since = QDateEdit(QDate(first.year, first.month, first.day))
        self.since.setCalendarPopup(True)
        self.since.setDisplayFormat("yyyy-MM-dd")
        self.since.setMaximumDate(QDate(today.year, today.month, today.day))
        self._add("since", say("Fetch from"), self.since, say("The first day of the history."))
        self.more = QPushButton(say("More settings"))
        self.more.setProperty("kind", "ghost")
        self.more.setCheckable(True)
        self.more.setIcon(look.icon("caret-right"))
        self.form.addRow(self.more)
        for setting in provider.settings:
            if not setting.is_needed:
                self._add_setting(setting, before)
        self.more.toggled.connect(self._show)
        self.ways.chosen.connect(self._choose_way)
        self._show()

    def told(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Settings and secrets of the way that is chosen; what is empty is left out."""
        settings: dict[str, Any] = {"login": self.way}
        if self._connection is None:
            settings["since"] = self.since.date().toString("yyyy-MM-dd")
        secrets: dict[str, str] = {}
        for setting in self._asked():
            text = self.fields[setting.name].text().strip()
            if text:
                (secrets if setting.is_secret else settings)[setting.name] = text
        return settings, secrets

    def _asked(self) -> list[Setting]:
        return self._provider.asked(self.way, with_brought=False)

    def _choose_way(self, way: str) -> None:
        self.way = way
        self._show()

    def _show(self) -> None:
        """Show what the way needs; what is optional only when it is asked for."""
        asked = {setting.name: setting for setting in self._asked()}
        optional = [name for name, each in asked.items() if not each.is_needed]
        self.more.setVisible(bool(optional))
        self.more.setIcon(self._look.icon("caret-down" if self.more.isChecked() else "caret-right"))
        for name, widgets in self._captions.items():
            is_shown = name in {"", "since"} or (name in asked and (name not in optional or self.more.isChecked()))
            if name == "since" and self._connection is not None:  # Fetch earlier history changes it, and says how much
                is_shown = False
            for widget in widgets:
                widget.setVisible(is_shown)

    def _add_setting(self, setting: Setting, before: Mapping[str, Any]) -> None:
        say = self._look.say
        field = QLineEdit()
        if setting.is_secret:
            field.setEchoMode(QLineEdit.EchoMode.Password)
            if setting.name in self._told:
                field.setPlaceholderText(say("Told by the environment"))
            elif self._connection is not None:
                field.setPlaceholderText(say("As before"))
        else:
            field.setText(str(before.get(setting.name) or setting.default))
        title = say(setting.title) if setting.is_needed else say("{title} (optional)", title=say(setting.title))
        self._add(setting.name, title, field, say(setting.help) if setting.help else "")
        self.fields[setting.name] = field

    def _add(self, name: str, title: str, field: QWidget, help_text: str) -> None:
        caption = label(self._look, title, "secondary")
        caption.setBuddy(field)
        caption.setWordWrap(True)
        caption.setFixedWidth(140)
        field.setAccessibleName(title)
        field.setAccessibleDescription(help_text)
        home = QWidget()
        box = QVBoxLayout(home)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(1)
        box.addWidget(field)
        if help_text:
            hint = label(self._look, help_text, "caption")
            hint.setWordWrap(True)
            box.addWidget(hint)
        self.form.addRow(caption, home)
        self._captions.setdefault(name, []).extend([caption, home])
