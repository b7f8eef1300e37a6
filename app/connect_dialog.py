"""Connecting a provider, step by step: what it needs, the login in the browser, a live check, the accounts.

Nothing is connected before the check succeeded, and an existing connection stays as it is until then.
"""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import syncing
from app.connect_form import ConnectForm
from app.messages import explain
from connectors.base import ADDRESS, BROWSER, Desk
from connectors.oauth import PATIENCE, Page
from engine.errors import AttribenchError, Cancelled
from widgets.inputs.check_list import CheckList, Item
from widgets.panel import label
from widgets.text import isolated

if TYPE_CHECKING:
    from app.context import Context
    from app.credentials import Credentials
    from connectors.base import Health, Provider
    from engine.ingest.syncing import Connection
    from engine.task import Task

_WIDTH, _HEIGHT = 580, 560
_ACCOUNTS = "accounts"
_SLICE = 0.1
_FORM, _WAIT, _CHOOSE = range(3)


def open_in_browser(url: str) -> bool:
    """Show a page in the user's browser; False when there is none."""
    return QDesktopServices.openUrl(QUrl(url))


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
    _page_wanted = Signal(str)
    _asked = Signal(str)

    def __init__(
        self,
        context: Context,
        credentials: Credentials,
        provider: Provider,
        connection: Connection | None,
        parent: QWidget,
        seconds: float = PATIENCE,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._credentials = credentials
        self._provider = provider
        self._made = connection
        self._health: Health | None = None
        self._found: tuple[dict[str, Any], dict[str, str]] = {}, {}
        self._answers: queue.Queue[str] = queue.Queue()
        self._url = ""
        self._seconds = seconds
        self._until = 0.0
        look, say = context.look, context.look.say
        title = say("Connect {provider}", provider=provider.name)
        if connection is not None:
            title = say("Connect {provider} again", provider=isolated(connection.name))
        self.setWindowTitle(title)
        self.resize(_WIDTH, _HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(label(look, title, "strong"))
        brings = label(look, say("It brings: {what}.", what=say(provider.brings)), "muted")
        brings.setWordWrap(True)
        column.addWidget(brings)
        told = {each.name for each in provider.settings if credentials.environment(provider.key, each.name)}
        self.form = ConnectForm(look, provider, connection, context.about.today, told)
        self.name, self.fields, self.since = self.form.name, self.form.fields, self.form.since
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        self.steps = QStackedWidget()
        self.steps.addWidget(area)
        self.steps.addWidget(self._make_wait())
        self.accounts = CheckList(look, say("Accounts"))
        self.accounts.changed.connect(self._show_chosen)
        self.steps.addWidget(self.accounts)
        column.addWidget(self.steps, 1)
        self.told = label(look, "", "muted")
        self.told.setWordWrap(True)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.told)
        self.cancel = QPushButton(say("Cancel"))
        self.go = QPushButton()
        self.go.setProperty("kind", "primary")
        self.go.setDefault(True)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.go)
        column.addLayout(foot)
        self.cancel.clicked.connect(self._cancel)
        self.go.clicked.connect(self._go)
        self.form.ways.chosen.connect(self._show_step)
        self._page_wanted.connect(self._open_page)
        self._asked.connect(self._ask)
        self._clock = QTimer(self)
        self._clock.setInterval(1_000)
        self._clock.timeout.connect(self._show_time)
        self._show_step()

    def choose_accounts(self) -> None:
        """Ask the provider for the accounts of an existing connection, with the secrets there are."""
        if self._made is not None:
            self._check(self._made)

    def done(self, result: int) -> None:
        """It closes: what it waits for is given up."""
        self._clock.stop()
        self._context.jobs.drop_all(self)
        super().done(result)

    # -- the browser ----------------------------------------------------------------------------------------------

    def _make_wait(self) -> QWidget:
        look, say = self._context.look, self._context.look.say
        home = QWidget()
        column = QVBoxLayout(home)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(10)
        self.waiting = label(look, "", "body")
        self.waiting.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.left = label(look, "", "caption")
        self.answer = QLineEdit()
        self.answer.returnPressed.connect(self._hand_over)
        self.again = QPushButton(look.icon("arrow-square-out"), say("Open the page again"))
        self.copy = QPushButton(look.icon("copy"), say("Copy its address"))
        self.again.clicked.connect(lambda: open_in_browser(self._url))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._url))
        row = QHBoxLayout()
        row.addWidget(self.again)
        row.addWidget(self.copy)
        row.addStretch(1)
        for widget in (self.waiting, self.bar, self.left, self.answer):
            column.addWidget(widget)
        column.addLayout(row)
        column.addStretch(1)
        return home

    def _open_page(self, url: str) -> None:
        """On the Qt thread: the login begins."""
        say = self._context.look.say
        self._url = url
        self._until = time.monotonic() + self._seconds
        self.waiting.setText(say("Say yes to {provider} in the browser.", provider=self._provider.name))
        if not open_in_browser(url):
            self.waiting.setText(say("No browser opened. Copy the address and open it in one."))
        self.answer.hide()
        self.steps.setCurrentIndex(_WAIT)
        self.go.hide()
        self.told.setText("")
        self._clock.start()
        self._show_time()

    def _ask(self, what: str) -> None:
        """On the Qt thread: something the browser shows has to be handed over."""
        say = self._context.look.say
        if what == ADDRESS:
            text = say("Say yes in the browser, then paste the whole address it ends at, also if that page fails.")
            self.answer.setPlaceholderText("https://…?code=…")
        else:
            text = say("Say yes in the browser, then type the number it shows.")
            self.answer.setPlaceholderText(say("Number"))
        self.waiting.setText(text)
        self.answer.setAccessibleName(text)
        self.answer.clear()
        self.answer.show()
        self.answer.setFocus(Qt.FocusReason.OtherFocusReason)
        self.go.show()
        self.go.setEnabled(True)
        self.go.setText(say("Continue"))

    def _hand_over(self) -> None:
        text = self.answer.text().strip()
        if text:
            self._answers.put(text)
            self.go.setEnabled(False)

    def _show_time(self) -> None:
        left = max(0, round(self._until - time.monotonic()))
        self.bar.setRange(0, max(1, round(self._seconds)))
        self.bar.setValue(left)
        self.left.setText(self._context.look.say("{time} left", time=f"{left // 60}:{left % 60:02}"))

    def _desk(self) -> Desk:
        say = self._context.look.say
        page = Page(
            say("Signed in"),
            say("Attribench has received the answer. You can close this page."),
            say("Not signed in"),
            say("The login was not completed. You can close this page and try again in Attribench."),
            self._context.look.words.language,
        )
        answers, asked = self._answers, self._asked

        def ask(what: str, seconds: float, task: Task) -> str:
            asked.emit(what)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                task.check()
                try:
                    return answers.get(timeout=_SLICE)
                except queue.Empty:
                    continue
            return ""

        return Desk(self._page_wanted.emit, ask, page=page, seconds=self._seconds)

    # -- steps ----------------------------------------------------------------------------------------------------

    def _go(self) -> None:
        """The button at the right: on from the step that is shown."""
        step = self.steps.currentIndex()
        if step == _FORM:
            self._connect()
        elif step == _WAIT:
            self._hand_over()
        else:
            self._finish()

    def _cancel(self) -> None:
        """Back from the browser to what was asked; from there out."""
        if self.steps.currentIndex() != _WAIT:
            self.reject()
            return
        self._context.jobs.drop((self, "connect"))
        self._back(self._context.look.say("The login was cancelled."))

    def _back(self, text: str, *, is_error: bool = False) -> None:
        self._clock.stop()
        self.steps.setCurrentIndex(_FORM)
        self._show_step()
        self._say(text, "error" if is_error else "muted")

    def _say(self, text: str, kind: str = "muted") -> None:
        """Say something above the buttons."""
        self.told.setProperty("kind", kind)
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)
        self.told.setText(text)

    def _show_step(self, _way: object = None) -> None:
        say = self._context.look.say
        self.go.show()
        self.go.setEnabled(True)
        by_browser = self.form.way == BROWSER
        self.go.setText(say("Sign in with the browser") if by_browser else say("Connect"))

    def _connect(self) -> None:
        """Log in where the browser does that, then check."""
        context, provider, credentials, made = self._context, self._provider, self._credentials, self._made
        look = context.look
        settings, secrets = self.form.told()
        desk = self._desk()
        self._busy(look.say("Asking {provider} whether the login works…", provider=provider.name))

        def work(task: Task) -> tuple[Health, dict[str, Any], dict[str, str]]:
            known = syncing.secrets_of(credentials, made) if made is not None else {}
            all_secrets = {**known, **credentials.environment_of(provider), **secrets}
            all_settings = {**(made.settings if made is not None else {}), **settings}
            if settings["login"] == BROWSER:
                all_settings, all_secrets = syncing.log_in(provider, all_settings, all_secrets, desk, task)
            health, all_secrets = syncing.try_login(
                context.workspace, context.profile, provider, all_settings, all_secrets, task
            )
            return health, all_settings, all_secrets

        context.jobs.read(
            (self, "connect"), work, self._checked, self._failed, look.say("Connecting {name}", name=provider.name)
        )

    def _check(self, made: Connection) -> None:
        context, credentials, provider = self._context, self._credentials, self._provider
        self._busy(context.look.say("Asking {provider} for its accounts…", provider=provider.name))

        def work(task: Task) -> tuple[Health, dict[str, Any], dict[str, str]]:
            session = syncing.open_session(context.workspace, context.profile, credentials, made)
            try:
                return session.check(task), dict(made.settings), {}
            finally:
                session.close()

        title = context.look.say("Connecting {name}", name=provider.name)
        context.jobs.read((self, "connect"), work, self._checked, self._failed, title)

    def _checked(self, found: tuple[Health, dict[str, Any], dict[str, str]]) -> None:
        self._health, settings, secrets = found
        self._found = settings, secrets
        self._clock.stop()
        say, health = self._context.look.say, self._health
        lines = [
            say(
                "Without the permission {permission} these do not come: {what}.",
                permission=isolated(permission),
                what=", ".join(self._lost(each) for each in what.splitlines()),
            )
            for permission, what in health.missing.items()
        ]
        if len(health.accounts) <= 1 and not lines:
            self._finish()
            return
        self.steps.setCurrentIndex(_CHOOSE)
        self.accounts.setVisible(bool(health.accounts))
        chosen = {each.strip() for each in str(settings.get(_ACCOUNTS, "")).split(",") if each.strip()}
        items = [
            Item(
                each.id,
                each.name or each.id,
                " · ".join(part for part in (each.id if each.name else "", each.currency, each.timezone) if part),
            )
            for each in health.accounts
        ]
        self.accounts.set_items(items, {item.key for item in items if not chosen or item.key in chosen})
        first = say("Choose the accounts to fetch.") if items else say("The login works.")
        self._say("\n".join([first, *lines]), "warn" if lines else "muted")
        self.go.show()
        self.accounts.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _lost(self, loss: str) -> str:
        return self._context.look.say(loss)

    def _show_chosen(self) -> None:
        if self.steps.currentIndex() != _CHOOSE or self._health is None:
            return
        look, chosen = self._context.look, len(self.accounts.ticked())
        self.go.setEnabled(bool(chosen) or not self._health.accounts)
        text = look.words.count(chosen, "Fetch 1 account", "Fetch {n} accounts", n=look.numbers.count(chosen))
        self.go.setText(text if self._health.accounts else look.say("Connect"))

    def _finish(self) -> None:
        """Connect, or change what is connected, now that it works."""
        context, credentials, provider, made = self._context, self._credentials, self._provider, self._made
        settings, secrets = self._found
        accounts = self._health.accounts if self._health is not None else ()
        if (
            self.steps.currentIndex() == _CHOOSE
            and accounts
            and any(each.name == _ACCOUNTS for each in provider.settings)
        ):
            on = self.accounts.ticked()
            settings = {**settings, _ACCOUNTS: "" if len(on) == len(accounts) and not _must(provider) else ",".join(on)}
        name = self.name.text().strip() or provider.name
        self.go.setEnabled(False)

        def work(_task: Task) -> str:
            if made is None:
                return syncing.connect(context.profile, credentials, provider.key, name, settings, secrets).name
            syncing.change(context.profile, credentials, made, settings, secrets)
            return made.name

        def done(result: str) -> None:
            self.connected.emit(result)
            self.accept()

        context.jobs.read((self, "finish"), work, done, self._failed)

    def _failed(self, error: Exception) -> None:
        look = self._context.look
        text = look.say("Cancelled; nothing was changed.")
        if not isinstance(error, Cancelled):
            text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
        self._back(text, is_error=not isinstance(error, Cancelled))
        self.go.setText(look.say("Try again"))

    def _busy(self, text: str) -> None:
        self._say(text)
        self.go.setEnabled(False)


def _must(provider: Provider) -> bool:
    """Whether accounts have to be named."""
    return any(each.name == _ACCOUNTS and each.is_needed for each in provider.settings)
