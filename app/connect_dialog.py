"""Connecting a provider: what it needs, a live check, and the accounts to choose from."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QDateEdit,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app import syncing
from app.messages import explain
from engine.errors import AttribenchError, Cancelled
from widgets.panel import label

if TYPE_CHECKING:
    from app.context import Context
    from app.credentials import Credentials
    from connectors.base import Health, Provider
    from engine.ingest.syncing import Connection
    from engine.task import Task

_WIDTH = 520
_ACCOUNTS = "accounts"


class ConnectDialog(QDialog):
    """Asks for settings and secrets, and connects.

    Args:
        context: of the window.
        credentials: where secrets go.
        provider: which.
        connection: an existing one that gets new secrets and settings; None: a new one.
        parent: what it belongs to.

    Attributes:
        connected: the connection works, by its name.
    """

    connected = Signal(str)

    def __init__(
        self,
        context: Context,
        credentials: Credentials,
        provider: Provider,
        connection: Connection | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._credentials = credentials
        self._provider = provider
        self._made = connection
        self._health: Health | None = None
        look, say = context.look, context.look.say
        self.setWindowTitle(say("Connect {provider}", provider=provider.name))
        self.setMinimumWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(label(look, say("Connect {provider}", provider=provider.name), "strong"))
        column.addWidget(label(look, say("It brings: {what}.", what=say(provider.brings)), "muted"))
        form = QFormLayout()
        form.setVerticalSpacing(6)
        self.name = QLineEdit(connection.name if connection is not None else provider.name)
        self.name.setEnabled(connection is None)
        self._add(form, say("Name"), self.name, say("What to call this connection."))
        self.fields: dict[str, QLineEdit] = {}
        for setting in provider.settings:
            field = QLineEdit()
            if setting.is_secret:
                field.setEchoMode(QLineEdit.EchoMode.Password)
            known = connection.settings.get(setting.name) if connection is not None else None
            field.setText("" if setting.is_secret else str(known or setting.default))
            title = say(setting.title) if setting.is_needed else say("{title} (optional)", title=say(setting.title))
            self._add(form, title, field, say(setting.help) if setting.help else "")
            self.fields[setting.name] = field
        first = context.about.today - timedelta(days=syncing.HISTORY_DAYS)
        self.since = QDateEdit(QDate(first.year, first.month, first.day))
        self.since.setCalendarPopup(True)
        self.since.setDisplayFormat("yyyy-MM-dd")
        self._add(form, say("Fetch from"), self.since, say("The first day of the history."))
        column.addLayout(form)
        self.accounts = QListWidget()
        self.accounts.setAccessibleName(say("Accounts"))
        self.accounts.hide()
        column.addWidget(self.accounts)
        self.told = label(look, "", "muted")
        self.told.setWordWrap(True)
        column.addWidget(self.told)
        self.cancel = QPushButton(say("Cancel"))
        self.go = QPushButton(say("Connect"))
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.go)
        column.addLayout(foot)
        self.cancel.clicked.connect(self.reject)
        self.go.clicked.connect(self._connect)

    def _add(self, form: QFormLayout, title: str, field: QWidget, help_text: str) -> None:
        caption = label(self._context.look, title, "secondary")
        caption.setBuddy(field)
        field.setAccessibleName(title)
        field.setAccessibleDescription(help_text)
        box = QVBoxLayout()
        box.setSpacing(1)
        box.addWidget(field)
        if help_text:
            hint = label(self._context.look, help_text, "caption")
            hint.setWordWrap(True)
            box.addWidget(hint)
        form.addRow(caption, box)

    def _connect(self) -> None:
        """Connect and check; with accounts to choose from, ask which, then finish."""
        if self._health is not None:
            self._finish()
            return
        secrets: dict[str, str] = {}
        settings: dict[str, Any] = {"since": self.since.date().toString("yyyy-MM-dd")}
        for setting in self._provider.settings:
            text = self.fields[setting.name].text().strip()
            if text:
                (secrets if setting.is_secret else settings)[setting.name] = text
        context, provider, credentials, made = self._context, self._provider, self._credentials, self._made
        name = self.name.text().strip() or provider.name
        self._busy(self._context.look.say("Asking {provider} whether the login works…", provider=provider.name))

        def work(task: Task) -> tuple[Connection, Health]:
            connection = made
            if connection is None:
                connection = syncing.connect(context.profile, credentials, provider.key, name, settings, secrets)
            else:
                credentials.keep(str(connection.settings["secret_id"]), secrets)
                context.profile.change_connection(connection, settings={**connection.settings, **settings})
                connection = context.profile.connection(connection.name)
            try:
                session = syncing.open_session(context.workspace, context.profile, credentials, connection)
                try:
                    return connection, session.check(task)
                finally:
                    session.close()
            except BaseException:
                if made is None:
                    syncing.disconnect(context.profile, credentials, connection, keep_data=False)
                raise

        context.jobs.read(
            (self, "connect"), work, self._checked, self._failed, context.look.say("Connecting {name}", name=name)
        )

    def _checked(self, found: tuple[Connection, Health]) -> None:
        self._made, self._health = found
        say = self._context.look.say
        lines = [
            say("Without the permission {permission}: no {what}.", permission=permission, what=lost)
            for permission, lost in self._health.missing.items()
        ]
        if not self._health.accounts:
            if lines:
                self._context.toast(" ".join(lines))
            self._finish()
            return
        chosen = {each.strip() for each in str(self._made.settings.get(_ACCOUNTS, "")).split(",") if each.strip()}
        for account in self._health.accounts:
            details = " · ".join(part for part in (account.id, account.currency, account.timezone) if part)
            item = QListWidgetItem(f"{account.name}  ({details})")
            item.setData(Qt.ItemDataRole.UserRole, account.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_on = not chosen or account.id in chosen
            item.setCheckState(Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked)
            self.accounts.addItem(item)
        self.accounts.show()
        self.told.setText(" ".join([say("Choose the accounts to fetch."), *lines]))
        self.go.setText(say("Fetch these"))
        self.go.setEnabled(True)
        self.accounts.setFocus(Qt.FocusReason.OtherFocusReason)

    def _finish(self) -> None:
        connection, health = self._made, self._health
        if connection is None or health is None:
            return
        items = [self.accounts.item(row) for row in range(self.accounts.count())]
        on = [str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() == Qt.CheckState.Checked]
        if items and not on:
            self.told.setText(self._context.look.say("Choose at least one account."))
            return
        profile, name = self._context.profile, connection.name

        def work(_task: Task) -> None:
            if items:
                text = "" if len(on) == len(items) else ",".join(on)
                profile.change_connection(connection, settings={**connection.settings, _ACCOUNTS: text})

        def done(_result: None) -> None:
            self.connected.emit(name)
            self.accept()

        self._context.jobs.read((self, "finish"), work, done, self._failed)

    def _failed(self, error: Exception) -> None:
        say = self._context.look.say
        text = say("Cancelled; nothing was changed.")
        if not isinstance(error, Cancelled):
            text = explain(error, self._context.look.words) if isinstance(error, AttribenchError) else str(error)
        self.told.setText(text)
        self.go.setEnabled(True)
        self.go.setText(say("Try again"))

    def _busy(self, text: str) -> None:
        self.told.setText(text)
        self.go.setEnabled(False)
