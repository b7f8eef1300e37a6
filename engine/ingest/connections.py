"""What a profile's connections are, bring and did, as methods of the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import AttribenchError, Code
from engine.ingest import sync_runs, syncing
from engine.profile_rows import read_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import polars as pl

    from engine.ingest.syncing import Connection, Taken
    from engine.schema.batch import Batch
    from engine.store import Store
    from engine.task import Task
    from engine.workspace import Workspace


class ConnectionMethods:
    """Connections, their streams and runs. A profile provides what is only named here."""

    _workspace: Workspace
    _store: Store
    profile_id: int

    def connections(self) -> list[Connection]:
        """Every connection, by name."""
        with self._store.read() as cursor:
            return syncing.connections(cursor, self.profile_id)

    def connection(self, name: str) -> Connection:
        """The connection of that name, in any case. Raises CONNECTION_UNKNOWN with the names there are."""
        known = self.connections()
        for each in known:
            if each.name.casefold() == name.casefold():
                return each
        raise AttribenchError(Code.CONNECTION_UNKNOWN, name=name, known=[each.name for each in known])

    def connect(self, provider: str, name: str, settings: Mapping[str, Any]) -> Connection:
        """Add a connection; its secrets are kept elsewhere. Raises CONNECTION_EXISTS."""
        with self._store.write() as cursor:
            syncing.connect(cursor, self.profile_id, provider, name, settings, self._workspace.clock())
        return self.connection(name)

    def change_connection(
        self, connection: Connection, *, settings: Mapping[str, Any] | None = None, is_paused: bool | None = None
    ) -> None:
        """Replace the settings of a connection, or pause it."""
        with self._store.write() as cursor:
            syncing.change(
                cursor,
                connection.connection_id,
                settings=connection.settings if settings is None else settings,
                is_paused=connection.is_paused if is_paused is None else is_paused,
            )

    def disconnect(self, connection: Connection, *, keep_data: bool = True) -> int:
        """Take a connection away, and what it brought unless that is kept; returns the rows removed."""
        with self._store.write() as cursor:
            return syncing.disconnect(cursor, connection.connection_id, self._workspace.clock(), keep_data=keep_data)

    def restore_connection(self, connection: Connection) -> None:
        """Have a connection back that was taken away while its data was kept. Raises CONNECTION_EXISTS."""
        with self._store.write() as cursor:
            syncing.restore(cursor, connection, self.profile_id)

    def fetch_from(self, connection: Connection, first: date, timeless: Sequence[str], *, is_earlier: bool) -> None:
        """Change the first day of a connection's history; see :func:`engine.ingest.syncing.fetch_from`."""
        with self._store.write() as cursor:
            syncing.fetch_from(cursor, connection, first, timeless, is_earlier=is_earlier)

    def sync_state(self, connection: Connection, stream: str) -> dict[str, Any]:
        """How far a stream of a connection is."""
        with self._store.read() as cursor:
            return syncing.state_of(cursor, connection.connection_id, stream)

    def begin_sync(self, connection: Connection, stream: str, first: int | None = None) -> int:
        """Note that a stream is being fetched, in the sync that ``first`` began; returns the run's id."""
        with self._store.write() as cursor:
            return sync_runs.begin_run(cursor, connection.connection_id, stream, self._workspace.clock(), first)

    def take_in(self, connection: Connection, stream: str, run_id: int, batch: Batch, task: Task) -> Taken:
        """Commit a batch of a stream with the state behind it; see :func:`engine.ingest.syncing.take_in`."""
        with self._store.read() as cursor:
            zone = read_profile(cursor, self.profile_id).timezone
        return syncing.take_in(
            self._store,
            connection,
            self.profile_id,
            stream,
            run_id,
            batch,
            zone,
            self._workspace.clock(),
            task,
        )

    def end_sync(self, run_id: int, outcome: str, error: Mapping[str, Any] | None = None) -> None:
        """Note how a run ended."""
        with self._store.write() as cursor:
            sync_runs.end_run(cursor, run_id, self._workspace.clock(), outcome, error)

    def connection_activity(self, first: date) -> pl.DataFrame:
        """Rows that connections brought by day, from ``first`` on: connection_id, day, rows."""
        with self._store.read() as cursor:
            return syncing.activity(cursor, self.profile_id, first)

    def connection_rows(self) -> dict[int, int]:
        """Rows each connection brought, by its id."""
        with self._store.read() as cursor:
            return syncing.brought(cursor, self.profile_id)

    def sync_runs(self, most: int | None = None) -> pl.DataFrame:
        """The runs of every connection, newest first; at most so many."""
        with self._store.read() as cursor:
            return sync_runs.runs(cursor, self.profile_id, most)

    def connection_standing(self) -> pl.DataFrame:
        """How each connection stands after its last sync; see :func:`engine.ingest.sync_runs.standing`."""
        with self._store.read() as cursor:
            return sync_runs.standing(cursor, self.profile_id)

    def sync_schedule(self) -> tuple[int, datetime | None]:
        """Minutes between syncs that begin by themselves (0: none do), and when the next is due, UTC."""
        with self._store.read() as cursor:
            return sync_runs.every(cursor, self.profile_id), sync_runs.next_at(cursor, self.profile_id)

    def set_sync_schedule(self, minutes: int) -> None:
        """Let syncs begin by themselves; 0: none."""
        with self._store.write() as cursor:
            sync_runs.set_every(cursor, self.profile_id, minutes)
