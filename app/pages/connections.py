"""Connections: a card for each, and for each provider that could be; the runs below."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QMenu,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app import syncing
from app.backfill import BackfillDialog
from app.connect_dialog import ConnectDialog
from app.credentials import Credentials, vault
from app.messages import explain
from app.pages.connection_cards import ICONS, STRIP_DAYS, Cards, Known, error_of
from app.pages.page import Page
from app.status import local_time
from app.stream_names import STREAMS
from app.takeaway import Takeaway
from connectors import PROVIDERS
from engine.errors import AttribenchError
from widgets.connection_card import WIDEST, WIDTH, ConnectionCard
from widgets.panel import Panel, label
from widgets.table.columns import Column
from widgets.table.view import DataTable
from widgets.text import isolated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from PySide6.QtGui import QAction, QResizeEvent

    from app.context import Context
    from engine.ingest.syncing import Connection
    from engine.task import Task

_GAP, _SCROLL_BAR = 12, 10
_RUNS = 500  # of the log
_EPOCH = 1970  # stands for at once
OUTCOMES = {
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
    "interrupted": "Interrupted",
    "running": "Running",
}
_SIGNS = {
    "done": "check-circle",
    "failed": "x-circle",
    "cancelled": "prohibit",
    "interrupted": "warning",
    "running": "arrows-clockwise",
}
# minutes -> how often syncs begin by themselves
EVERY = {0: "Only when asked", 15: "Every 15 minutes", 60: "Every hour", 1_440: "Every day"}


class Connections(Page):
    """Providers, connected and not."""

    key = "connections"
    title = "Connections"
    icon = "link"
    group = "Data"
    has_filters = False
    ignores = frozenset({"days", "comparison", "model"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        look, say = self.look, self.say
        self._known: Known | None = None
        self._is_syncing = False
        self._syncs = context.syncs
        self.hint = label(look, "", "caption")
        self.hint.setToolTip(say("Secrets are kept by this computer's keyring, never in the workspace."))
        self.every = QToolButton()
        self.every.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.every.setIcon(look.icon("clock"))
        self.every.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.every.setAccessibleName(say("When syncs begin"))
        self.every.setToolTip(say("Syncs begin by themselves while this workspace is open here."))
        self._choices: dict[int, QAction] = {}
        menu = QMenu(self.every)
        for minutes, text in EVERY.items():
            choice = menu.addAction(say(text))
            choice.setCheckable(True)
            choice.triggered.connect(partial(self.set_every, minutes))
            self._choices[minutes] = choice
        self.every.setMenu(menu)
        self.add = QToolButton()
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setIcon(look.icon("plus"))
        self.add.setText(say("Add source"))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        sources = QMenu(self.add)
        for key, provider in PROVIDERS.items():
            action = sources.addAction(look.icon(ICONS.get(key, "link")), provider.name)
            action.triggered.connect(partial(self._add, key))
        self.add.setMenu(sources)
        self.sync_all = QPushButton(look.icon("arrows-clockwise", "text.on_accent"), say("Sync all"))
        self.sync_all.setProperty("kind", "primary")
        self.sync_all.clicked.connect(self._sync_all)
        for widget in (self.hint, self.every, self.add, self.sync_all):
            self.header_layout.addWidget(widget)
        self._cards: dict[str, ConnectionCard] = {}
        self._grid_home = QWidget()
        self._grid_home.setProperty("kind", "canvas")
        self._column = QVBoxLayout(self._grid_home)
        self._column.setContentsMargins(16, 10, 16, 16)
        self._column.setSpacing(8)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._grid_home)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cards_panel = self.panel(Panel(look, say("Connections"), area, header=False))
        columns = [
            Column("when", say("Time"), kind="text", width=120),
            Column("name", say("Connection"), kind="text", width=170, weight=500),
            Column("what", say("What"), kind="text", width=190),
            Column("rows_new", say("New rows"), unit="count"),
            Column("rows_known", say("Known already"), unit="count", tone="secondary", priority=1),
            Column("rows_rejected", say("Rejected"), unit="count", priority=2),
            Column("days_restated", say("Days restated"), unit="count", priority=1),
            Column("seconds", say("Took"), unit="seconds"),
            Column("result", say("Result"), kind="text", icon="result_icon", width=120),
            Column("problem", say("Problem"), kind="text", tone="secondary"),
        ]
        self.table = DataTable(look, columns, id_field="run_id", accessible_name=say("Sync log"))
        self.table.sort_by(None)
        self.log_panel = self.panel(Panel(look, say("Sync log"), self.table))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(1)
        split.addWidget(self.cards_panel)
        split.addWidget(self.log_panel)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        self.layout_.addWidget(split, 1)
        context.syncs.changed.connect(self._show_progress)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        profile, first = self.context.profile, self.context.about.today - timedelta(days=STRIP_DAYS - 1)

        def work(_task: Task) -> Known:
            return Known(
                profile.connections(),
                profile.connection_standing(),
                profile.sync_runs(_RUNS),
                profile.connection_rows(),
                profile.connection_activity(first),
            )

        self.read(self.cards_panel, work, self._show)

    def open_with(self, **facts: Any) -> None:
        if facts.get("sync"):
            self.sync([])

    def empty(self, panel: Panel) -> None:
        panel.empty(self.say("Nothing was synced yet"), self.say("Connect a provider, then sync."))

    def takeaway(self) -> Takeaway | None:
        if self._known is None or self._known.runs.is_empty():
            return None
        titles = {column.field: column.title for column in self.table.visible_columns()}
        frame = self._known.runs.drop("connection_id")
        return Takeaway(self.say("Sync log"), frame, titles, "", {}, self.view.selection, {})

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._known is not None:
            self._place()

    # -- showing --------------------------------------------------------------------------------------------------

    def _show(self, known: Known) -> None:
        self._known = known
        self._place()
        self._show_log(known.runs)
        self._show_header()

    def _show_header(self) -> None:
        """How often syncs begin, when the next is due, and what can be asked for."""
        known, profile, say = self._known, self.context.profile, self.say
        standing = self._syncs.standing(profile)
        for minutes, choice in self._choices.items():
            choice.setChecked(minutes == standing.every)
        self.every.setText(say(EVERY.get(standing.every, EVERY[0])))
        text = ""
        if self._syncs.is_running(profile):
            text = say("Syncing…")
        elif standing.next_at is not None and standing.next_at.year > _EPOCH and known is not None:
            moment = Cards(self.context, known).moment(standing.next_at.replace(tzinfo=None))
            text = say("Next sync at {moment}", moment=moment)
        elif standing.failing:
            text = self.look.words.count(
                len(standing.failing), "1 connection failed", "{n} connections failed", n=len(standing.failing)
            )
        elif standing.connections:
            text = self.look.words.count(
                standing.connections, "1 connection", "{n} connections", n=self.look.numbers.count(standing.connections)
            )
        self.hint.setText(text)
        self.sync_all.setEnabled(bool(standing.connections) and not self._syncs.is_running(profile))

    def _place(self) -> None:
        """Lay the cards out in groups, as many in a row as fit and the largest has."""
        known = self._known
        if known is None:
            return
        groups = Cards(self.context, known).groups()
        room = self.width() - 32 - _SCROLL_BAR + _GAP
        across = max(1, min(room // (WIDTH + _GAP), max(map(len, groups.values()))))
        wide = min(WIDEST, room // across - _GAP)
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._cards = {}
        for title, views in groups.items():
            self._column.addWidget(label(self.look, self.say(title), "strong"))
            home = QWidget()
            grid = QGridLayout(home)
            grid.setContentsMargins(0, 0, 0, 4)
            grid.setSpacing(_GAP)
            for number, view in enumerate(views):
                card = ConnectionCard(self.look)
                card.set_view(view)
                card.setFixedWidth(wide)
                card.acted.connect(self._act)
                grid.addWidget(card, number // across, number % across)
                self._cards[view.key] = card
            grid.setColumnStretch(across, 1)
            self._column.addWidget(home)
        self._column.addStretch(1)

    def _show_log(self, runs: pl.DataFrame) -> None:
        if runs.is_empty():
            self.empty(self.log_panel)
            return
        zone = self.context.about.settings.timezone
        rows = runs.to_dicts()
        ended = [run["ended_at"] or run["started_at"] for run in rows]
        self.log_panel.ready()
        self.table.set_rows(
            runs.with_columns(
                pl.Series("when", [self.look.numbers.moment(local_time(run["started_at"], zone)) for run in rows]),
                pl.Series(
                    "seconds",
                    [(end - run["started_at"]).total_seconds() for run, end in zip(rows, ended, strict=True)],
                    pl.Float64,
                ),
                pl.Series("result", [self.say(OUTCOMES[run["outcome"]]) for run in rows]),
                pl.Series("result_icon", [_SIGNS[run["outcome"]] for run in rows]),
                pl.Series("problem", [self._problem(run) for run in rows], pl.String),
                pl.Series("what", [self._stream(str(run["stream"])) for run in rows], pl.String),
            )
        )

    # -- doing ----------------------------------------------------------------------------------------------------

    def _act(self, key: str, what: str) -> None:
        known, connection = self._known, self._connection(key)
        if connection is None or known is None:
            if key in PROVIDERS:
                self.open_connect(key)
            return
        is_syncing = self._syncs.fraction(self.context.profile, connection.name) is not None
        if what == "act":
            signed_out = known.of(connection).get("outcome") == "failed" and known.is_signed_out(connection)
            what = "stop" if is_syncing else "resume" if connection.is_paused else "reconnect" if signed_out else "sync"
        match what:
            case "stop":
                self._syncs.stop(self.context.profile)
            case "reconnect":
                self.open_connect(connection.provider, connection)
            case "accounts":
                self.open_connect(connection.provider, connection).choose_accounts()
            case "sync":
                self.sync([connection.name])
            case "pause" | "resume":
                self._pause(connection, is_paused=what == "pause")
            case "backfill":
                self.open_backfill(connection)
            case "disconnect":
                self.disconnect_(connection, keep_data=True)
            case _:
                self._ask_to_remove(connection)

    def _add(self, key: str, _checked: object = None) -> None:
        self.open_connect(key)

    def open_connect(self, key: str, connection: Connection | None = None) -> ConnectDialog:
        """Ask for what a provider needs; an existing connection gets new secrets."""
        dialog = ConnectDialog(self.context, Credentials(vault()), PROVIDERS[key], connection, self)
        dialog.connected.connect(self._after_connect)
        dialog.open()
        return dialog

    def open_backfill(self, connection: Connection) -> BackfillDialog:
        """Ask from which day on its history is wanted."""
        profile, provider = self.context.profile, PROVIDERS[connection.provider]

        def change(first: date, is_earlier: bool) -> None:
            def work(_task: Task) -> None:
                profile.fetch_from(connection, first, provider.timeless, is_earlier=is_earlier)

            fetched = partial(self.sync, [connection.name]) if is_earlier and not connection.is_paused else None
            self._write(self.say("Changing {name}", name=connection.name), work, fetched)

        dialog = BackfillDialog(self.context, connection, self)
        dialog.chosen.connect(change)
        dialog.open()
        return dialog

    def set_every(self, minutes: int, _checked: object = None) -> None:
        """Let syncs begin by themselves so often; 0: never."""
        self._syncs.set_every(self.context.profile, minutes)

    def sync(self, names: list[str]) -> None:
        """Fetch these connections, all when empty, then work the figures out."""
        if not self._syncs.start(self.context.profile, names):
            self.context.toast(self.say("A sync is running already."))

    def _sync_all(self) -> None:
        self.sync([])

    def _after_connect(self, name: str) -> None:
        self.refresh()
        self.sync([name])

    def _ask_to_remove(self, connection: Connection) -> None:
        say = self.say
        rows = self._known.rows.get(connection.connection_id, 0) if self._known is not None else 0
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(say("Remove {name} and its data?", name=connection.name))
        box.setInformativeText(
            self.look.words.count(
                rows,
                "1 row it brought is removed, and its secrets are forgotten. This cannot be undone.",
                "{n} rows it brought are removed, and its secrets are forgotten. This cannot be undone.",
                n=self.look.numbers.count(rows),
            )
        )
        remove = box.addButton(say("Remove the data"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(say("Cancel"), QMessageBox.ButtonRole.RejectRole)
        remove.clicked.connect(lambda: self.disconnect_(connection, keep_data=False))
        box.open()

    def disconnect_(self, connection: Connection, *, keep_data: bool) -> None:
        """Take a connection away; where its data is kept, that can be undone."""
        context, say = self.context, self.say
        profile, name = context.profile, connection.name
        if self._syncs.fraction(profile, name) is not None:
            context.toast(say("Stop the sync first."))
            return

        def work(_task: Task) -> dict[str, str]:
            credentials = Credentials(vault())
            secrets = syncing.secrets_of(credentials, connection) if keep_data else {}
            syncing.disconnect(profile, credentials, connection, keep_data=keep_data)
            return secrets

        def done(secrets: object) -> None:
            if not keep_data:
                context.toast(say("{name} and its data are gone", name=isolated(name)))
                context.rebuild_wanted.emit()
                return
            undo = partial(self._connect_again, connection, cast("dict[str, str]", secrets))
            context.toast(say("Disconnected {name}; its data stays", name=isolated(name)), say("Undo"), undo)

        self._write(say("Disconnecting {name}", name=name), work, done=done)

    def _connect_again(self, connection: Connection, secrets: dict[str, str]) -> None:
        profile = self.context.profile

        def work(_task: Task) -> None:
            profile.restore_connection(connection)
            Credentials(vault()).keep(str(connection.settings.get("secret_id", "")), secrets)

        self._write(self.say("Connecting {name}", name=connection.name), work)

    def _pause(self, connection: Connection, *, is_paused: bool) -> None:
        profile = self.context.profile

        def work(_task: Task) -> None:
            profile.change_connection(connection, is_paused=is_paused)

        self._write(self.say("Changing {name}", name=connection.name), work)

    def _write(
        self,
        title: str,
        work: Callable[[Task], object],
        behind: Callable[[], None] | None = None,
        done: Callable[[object], None] | None = None,
    ) -> None:
        """Change something of a connection, then show how all stand."""
        context, syncs, look = self.context, self._syncs, self.look

        def changed(result: object) -> None:
            syncs.read()
            if done is not None and isValid(context):
                done(result)
            if isValid(self):
                self.refresh()
            if behind is not None:
                behind()

        def failed(error: Exception) -> None:
            text = explain(error, look.words) if isinstance(error, AttribenchError) else str(error)
            if isValid(context):
                context.toast(text or look.say("Cancelled; nothing was changed."))

        context.jobs.write(title, work, changed, failed)

    def _show_progress(self) -> None:
        """A sync began, told of progress or ended."""
        profile = self.context.profile
        was_syncing, self._is_syncing = self._is_syncing, self._syncs.is_running(profile)
        self._show_header()
        if self._known is None:
            return
        if was_syncing and not self._is_syncing:
            self.refresh()
            return
        cards = Cards(self.context, self._known)
        for connection in self._known.connections:
            card = self._cards.get(connection.name)
            if card is not None and (self._is_syncing or was_syncing or self._syncs.standing(profile).every):
                card.set_view(cards.connected(connection))

    def _connection(self, name: str) -> Connection | None:
        connections = self._known.connections if self._known is not None else []
        return next((each for each in connections if each.name == name), None)

    def _problem(self, run: dict[str, Any]) -> str:
        error = error_of(run)
        return explain(error, self.look.words) if error is not None else ""

    def _stream(self, key: str) -> str:
        """What a stream is called: its kind, and the account it is of."""
        kind, _, account = key.partition(":")
        title = self.say(STREAMS[kind]) if kind in STREAMS else kind
        return f"{title} · {isolated(account)}" if account else title
