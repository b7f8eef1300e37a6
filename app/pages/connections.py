"""Connections: a card for each, and for each provider that could be; the runs below."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app import syncing
from app.connect_dialog import ConnectDialog
from app.credentials import Credentials, vault
from app.demo_session import is_demo
from app.messages import explain
from app.pages.page import Page
from app.status import local_time
from app.takeaway import Takeaway
from connectors import PROVIDERS
from engine.errors import AttribenchError, Cancelled, Code
from widgets.connection_card import HEIGHT, WIDTH, CardView, ConnectionCard
from widgets.panel import Panel, label
from widgets.table.columns import Column
from widgets.table.view import DataTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from app.context import Context
    from app.jobs import Job
    from app.syncing import Outcome
    from engine.ingest.syncing import Connection
    from engine.task import Task

_STRIP_DAYS = 30
_FRESH_HOURS = 26
_GAP = 12

GROUPS = {
    "Ad platforms": ("meta", "google_ads", "x_ads"),
    "Payments, shop and CRM": ("stripe", "mercadopago", "shopify", "gohighlevel"),
    "Website and search": ("collector", "search_console", "exchange_rates"),
}
_ICONS = {
    "meta": "infinity",
    "google_ads": "google-logo",
    "x_ads": "x",
    "stripe": "credit-card",
    "mercadopago": "currency-circle-dollar",
    "shopify": "tray",
    "gohighlevel": "address-book",
    "collector": "code",
    "search_console": "magnifying-glass",
    "exchange_rates": "arrows-clockwise",
}
OUTCOMES = {
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Stopped",
    "interrupted": "Interrupted",
    "running": "Running",
}
_SIGNED_OUT = {Code.PROVIDER_LOGIN, Code.CONNECTION_SECRET}


@dataclass(frozen=True)
class _Known:
    """What the page shows."""

    connections: list[Connection]
    runs: pl.DataFrame
    rows: dict[int, int]
    activity: pl.DataFrame


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
        self._known: _Known | None = None
        self._syncing: Job | None = None
        self._errors: dict[str, AttribenchError] = {}
        self.hint = label(look, say("Secrets are kept by this computer's keyring"), "caption")
        self.sync_all = QPushButton(look.icon("arrows-clockwise", "text.on_accent"), say("Sync all"))
        self.sync_all.setProperty("kind", "primary")
        self.sync_all.clicked.connect(self._sync_all)
        self.header_layout.addWidget(self.hint)
        self.header_layout.addWidget(self.sync_all)
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
            Column("stream", say("What"), kind="text"),
            Column("rows_new", say("New rows"), unit="count"),
            Column("rows_known", say("Known already"), unit="count", tone="secondary", priority=1),
            Column("rows_rejected", say("Rejected"), unit="count", priority=2),
            Column("days_restated", say("Days restated"), unit="count", priority=1),
            Column("seconds", say("Took"), unit="seconds"),
            Column("result", say("Result"), kind="text", width=110),
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
        context.jobs.changed.connect(self._show_progress)

    # -- Page -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        profile, first = self.context.profile, self.context.about.today - timedelta(days=_STRIP_DAYS - 1)

        def work(_task: Task) -> _Known:
            return _Known(
                profile.connections(),
                profile.sync_runs(),
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

    def _show(self, known: _Known) -> None:
        self._known = known
        self._place()
        self._show_log(known.runs)
        self.sync_all.setEnabled(bool(known.connections) and self._syncing is None)

    def _place(self) -> None:
        """Lay the cards out in groups, as many in a row as fit."""
        known = self._known
        if known is None:
            return
        views = self._views(known)
        across = max(1, (self.width() - 32 + _GAP) // (WIDTH + _GAP))
        while self._column.count():
            item = self._column.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._cards = {}
        for title, of_group in views.items():
            self._column.addWidget(label(self.look, self.say(title), "strong"))
            home = QWidget()
            grid = QGridLayout(home)
            grid.setContentsMargins(0, 0, 0, 4)
            grid.setSpacing(_GAP)
            for number, view in enumerate(of_group):
                card = ConnectionCard(self.look)
                card.set_view(view)
                card.acted.connect(self._act)
                grid.addWidget(card, number // across, number % across)
                self._cards[view.key] = card
            grid.setColumnStretch(across, 1)
            home.setMinimumHeight(HEIGHT)
            self._column.addWidget(home)
        self._column.addStretch(1)

    def _views(self, known: _Known) -> dict[str, list[CardView]]:
        connected = {each.provider for each in known.connections}
        grouped = {key for keys in GROUPS.values() for key in keys}
        views: dict[str, list[CardView]] = {}
        for title, keys in {**GROUPS, "Others": tuple(key for key in PROVIDERS if key not in grouped)}.items():
            of_group = [self._connected(known, each) for each in known.connections if each.provider in keys] + [
                self._offered(key) for key in keys if key in PROVIDERS and key not in connected
            ]
            if of_group:
                views[title] = of_group
        return views

    def _offered(self, key: str) -> CardView:
        provider = PROVIDERS[key]
        return CardView(
            key,
            _ICONS.get(key, "link"),
            provider.name,
            self.say("Not connected"),
            text=self.say(provider.brings),
            action=self.say("Connect"),
            is_connected=False,
        )

    def _connected(self, known: _Known, connection: Connection) -> CardView:
        say, numbers = self.say, self.look.numbers
        runs = known.runs.filter(pl.col("connection_id") == connection.connection_id)
        latest = runs.unique("stream", keep="first", maintain_order=True).to_dicts()
        failed = [run for run in latest if run["outcome"] == "failed"]
        ended = [run["ended_at"] for run in latest if run["outcome"] == "done" and run["ended_at"] is not None]
        zone = self.context.about.settings.timezone
        when = numbers.moment(local_time(max(ended), zone)) if ended else ""
        tag, tone, text, action = say("Fresh"), "good", "", ""
        error = self._errors.get(connection.name)
        if connection.is_paused:
            tag, tone, text = say("Paused"), "", say("Not synced until it is resumed.")
        elif error is not None or failed:
            code = error.code.value if error is not None else _code(failed[0])
            told = explain(error, self.look.words) if error is not None else self._problem(failed[0])
            tag, tone, text = say("Partial"), "warn", told
            if code in {each.value for each in _SIGNED_OUT}:
                tag, tone, action = say("Signed out"), "bad", say("Reconnect")
        elif not latest:
            tag, tone, text, action = say("Not synced yet"), "info", say("Nothing was fetched yet."), say("Sync now")
        elif ended and (self.context.workspace.clock().replace(tzinfo=None) - max(ended)) > timedelta(
            hours=_FRESH_HOURS
        ):
            tag, tone = say("Old"), "warn"
        own = is_demo(connection)
        if own and not text:
            text = say("The demo's own: it needs no login, and has told everything.")
        days = known.activity.filter(pl.col("connection_id") == connection.connection_id)
        by_day = dict(zip(days["day"].to_list(), days["rows"].to_list(), strict=True))
        first = self.context.about.today - timedelta(days=_STRIP_DAYS - 1)
        pause = ("resume", say("Resume")) if connection.is_paused else ("pause", say("Pause"))
        return CardView(
            connection.name,
            _ICONS.get(connection.provider, "link"),
            connection.name,
            say("Demo") if own else str(connection.settings.get("accounts") or PROVIDERS[connection.provider].name),
            tag,
            tone,
            [by_day.get(first + timedelta(days=number)) for number in range(_STRIP_DAYS)],
            say("{n} rows", n=numbers.count(known.rows.get(connection.connection_id, 0))),
            when,
            text,
            action,
            (
                ("sync", say("Sync now")),
                *(() if own else (("reconnect", say("Reconnect…")),)),
                pause,
                ("-", ""),
                ("disconnect", say("Disconnect…")),
            ),
        )

    def _problem(self, run: dict[str, Any]) -> str:
        facts = dict(_error(run))
        try:
            code = Code(facts.pop("code", ""))
        except ValueError:
            return ""
        return explain(AttribenchError(code, **facts), self.look.words)

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
                pl.Series("problem", [self._problem(run) if run["error"] else "" for run in rows], pl.String),
            )
        )

    # -- doing ----------------------------------------------------------------------------------------------------

    def _act(self, key: str, what: str) -> None:
        if key in PROVIDERS and not any(each.name == key for each in (self._known.connections if self._known else [])):
            self.open_connect(key)
            return
        connection = self._connection(key)
        if connection is None:
            return
        if what == "reconnect" or (what == "act" and self._errors_login(connection)):
            self.open_connect(connection.provider, connection)
        elif what in {"sync", "act"}:
            self.sync([connection.name])
        elif what in {"pause", "resume"}:
            self._pause(connection, is_paused=what == "pause")
        elif what == "disconnect":
            self._disconnect(connection)

    def open_connect(self, key: str, connection: Connection | None = None) -> ConnectDialog:
        """Ask for what a provider needs; an existing connection gets new secrets."""
        dialog = ConnectDialog(self.context, Credentials(vault()), PROVIDERS[key], connection, self)
        dialog.connected.connect(self._after_connect)
        dialog.open()
        return dialog

    def sync(self, names: list[str]) -> None:
        """Fetch these connections, all when empty, then work the figures out."""
        context, say = self.context, self.say
        workspace, profile = context.workspace, context.profile
        if self._syncing is not None and not self._syncing.is_over:
            context.toast(say("A sync is running already."))
            return

        def work(task: Task) -> list[Outcome]:
            outcomes = syncing.sync(workspace, profile, Credentials(vault()), task.part(0, 0.8), names=names)
            if profile.derivation().is_stale:
                profile.rebuild(task.part(0.8, 1.0))
            return outcomes

        def done(outcomes: list[Outcome]) -> None:
            self._syncing = None
            self._errors = {each.connection.name: each.error for each in outcomes if each.error is not None}
            new = self.look.numbers.count(sum(each.taken.new for each in outcomes))
            text = say("Synced: {n} new rows", n=new)
            if self._errors:
                text = say("Synced: {n} new rows; {names} stopped early", n=new, names=", ".join(self._errors))
            context.toast(text)
            context.read_again.emit()
            self.refresh()

        def failed(error: Exception) -> None:
            self._syncing = None
            if not isinstance(error, Cancelled):
                context.toast(explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error))
            self.refresh()

        self._syncing = context.jobs.write(say("Syncing"), work, done, failed)
        self.sync_all.setEnabled(False)

    def _sync_all(self) -> None:
        self.sync([])

    def _after_connect(self, name: str) -> None:
        self._errors.pop(name, None)
        self.refresh()
        self.sync([name])

    def _disconnect(self, connection: Connection) -> None:
        say = self.say
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(say("Disconnect {name}?", name=connection.name))
        box.setInformativeText(say("Its secrets are forgotten. What it brought can stay, or go with it."))
        keep = box.addButton(say("Keep the data"), QMessageBox.ButtonRole.AcceptRole)
        remove = box.addButton(say("Remove the data"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(say("Cancel"), QMessageBox.ButtonRole.RejectRole)
        keep.clicked.connect(lambda: self.disconnect_(connection, keep_data=True))
        remove.clicked.connect(lambda: self.disconnect_(connection, keep_data=False))
        box.open()

    def disconnect_(self, connection: Connection, *, keep_data: bool) -> None:
        """Take a connection away."""
        profile = self.context.profile

        def work(_task: Task) -> int:
            return syncing.disconnect(profile, Credentials(vault()), connection, keep_data=keep_data)

        self._write(self.say("Disconnecting {name}", name=connection.name), work)

    def _pause(self, connection: Connection, *, is_paused: bool) -> None:
        profile = self.context.profile

        def work(_task: Task) -> None:
            profile.change_connection(connection, is_paused=is_paused)

        self._write(self.say("Changing {name}", name=connection.name), work)

    def _write(self, title: str, work: Callable[[Task], object]) -> None:
        def done(_result: object) -> None:
            self.context.read_again.emit()
            self.refresh()

        def failed(error: Exception) -> None:
            self.context.toast(explain(error, self.look.words) if isinstance(error, AttribenchError) else str(error))

        self.context.jobs.write(title, work, done, failed)

    def _show_progress(self) -> None:
        job = self._syncing
        if job is None or job.fraction is None:
            return
        share = self.look.numbers.percent(100 * job.fraction, 0)
        self.hint.setText(self.say("Syncing, {share}", share=share))

    def _connection(self, name: str) -> Connection | None:
        connections = self._known.connections if self._known is not None else []
        return next((each for each in connections if each.name == name), None)

    def _errors_login(self, connection: Connection) -> bool:
        error = self._errors.get(connection.name)
        if error is not None:
            return error.code in _SIGNED_OUT
        runs = self._known.runs if self._known is not None else pl.DataFrame()
        mine = runs.filter(pl.col("connection_id") == connection.connection_id)
        latest = mine.unique("stream", keep="first", maintain_order=True).to_dicts()
        return any(_code(run) in {code.value for code in _SIGNED_OUT} for run in latest)


def _error(run: dict[str, Any]) -> dict[str, Any]:
    return json.loads(run["error"]) if run["error"] else {}


def _code(run: dict[str, Any]) -> str:
    return str(_error(run).get("code", ""))
