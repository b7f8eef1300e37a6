"""The workspace file: the only place that opens DuckDB.

One process owns the file. Reads take a fresh cursor each and materialise; writes go one at a time through one lane,
each in a transaction that is committed whole or not at all. Every statement can be cancelled through its task. DuckDB's
own exceptions are turned into :class:`AttribenchError` here and nowhere else.
"""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb

from engine.errors import AttribenchError, Cancelled, Code
from engine.lockfile import LockFile
from engine.sqltext import literal, quoted
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

Parameters = "Sequence[object] | Mapping[str, object] | None"

_MAGIC, _MAGIC_AT = b"DUCK", 8
_OWNER = re.compile(r"\(PID (\d+)\)")  # as DuckDB names the process that has the file
_DAMAGE = re.compile(r"corrupt|checksum|not enough bytes|deserializ|could not read", re.IGNORECASE)
_GIB = 1 << 30
_SWAP_SECONDS = 20
_MEMORY_SHARE = 0.5
_MEMORY_CAP = 4 * _GIB
_SPARING = 128 * 1024 * 1024
_PARSED: dict[str, list[duckdb.Statement]] = {}  # by their text, see `Cursor.script`


class Cursor:
    """Statements on one connection of the workspace, cancelled with ``task``. Instants go in and out as UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, task: Task, prepared: set[str] | None = None) -> None:
        self._connection = connection
        self._task = task
        self._in_transaction = False
        self._failure: BaseException | None = None  # what a statement of this transaction raised
        self._prepared: set[str] = set() if prepared is None else prepared

    @property
    def task(self) -> Task:
        """The task these statements belong to."""
        return self._task

    @property
    def database(self) -> str:
        """The name of the workspace's database, quoted, for those who must not read what stands in front of it."""
        return quoted(str(self.value("select current_database()")))

    def run(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> None:
        """Execute one statement, or several when there are no parameters."""
        self._execute(sql, parameters)

    def script(self, sql: str) -> None:
        """Execute statements that come again and again: they are parsed once."""
        with self._statement():
            if sql not in _PARSED:
                _PARSED[sql] = self._connection.extract_statements(sql)
            for statement in _PARSED[sql]:
                self._connection.execute(statement)

    def prepare(self, name: str, sql: str) -> None:
        """Execute statements that make temporary macros, once for as long as this connection lives."""
        if name not in self._prepared:
            self.script(sql)
            self._prepared.add(name)

    def frame(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None, *, limit: int | None = None
    ) -> pl.DataFrame:
        """The result as a polars frame, of at most ``limit`` rows; UUIDs arrive as text."""
        with self._statement():
            relation: Any = self._connection.sql(sql, params=parameters)  # pyarrow has no types
            if limit is not None:
                relation = relation.limit(limit)
            return _polars(relation.to_arrow_table())

    def rows(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """The result as tuples; for small results."""
        with self._statement():
            return self._connection.execute(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> Any:
        """The first column of the first row, or None when there is no row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def columns(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> list[str]:
        """The column names a query would give."""
        with self._statement():
            return [column[0] for column in self._connection.execute(f"describe {sql}", parameters).fetchall()]

    @contextmanager
    def table(self, name: str, frame: pl.DataFrame) -> Generator[None]:
        """While inside, ``name`` is a relation with the rows of ``frame``."""
        self._connection.register(name, frame)
        try:
            yield
        finally:
            with suppress(duckdb.Error):  # what failed in here says why; the relation goes with the cursor
                self._connection.unregister(name)

    @contextmanager
    def transaction(self, *, read_only: bool = False) -> Generator[None]:
        """All statements inside count together or not at all; a cancelled task rolls back."""
        with _errors():
            self._connection.execute("begin transaction read only" if read_only else "begin transaction")
        self._in_transaction = True
        try:
            try:
                yield
                self._task.check()
                self._raise_swallowed()
            except BaseException:
                with _errors():
                    self._connection.execute("rollback")
                raise
            with _errors():
                self._connection.execute("commit")
        finally:
            self._in_transaction = False
            self._failure = None  # its traceback holds this cursor: only the garbage collector would free the two

    def _raise_swallowed(self) -> None:
        """DuckDB gives a transaction up at its first failure, and would answer the commit with a silent rollback."""
        if self._failure is not None:
            raise self._failure

    @contextmanager
    def _statement(self) -> Generator[None]:
        try:
            with _errors(), self._task.interruptible(self._connection.interrupt):
                yield
        except BaseException as error:
            if self._in_transaction:
                self._failure = error
            raise

    def _execute(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None) -> None:
        with self._statement():
            self._connection.execute(sql, parameters)


class Store:
    """An open workspace file. Use :meth:`open`, and :meth:`close` it."""

    def __init__(
        self, path: Path, connection: duckdb.DuckDBPyConnection, lock: LockFile | None, memory_bytes: int
    ) -> None:
        self.path = path
        self._memory_bytes = memory_bytes
        self._is_swapping = False
        self._place = path.stat()
        self._connection = connection
        self._lock = lock
        self._write_lane = threading.Lock()
        self._guard = threading.Lock()
        self._idle = threading.Condition(self._guard)
        self._open_cursors: set[duckdb.DuckDBPyConnection] = set()
        self._kept: dict[str, tuple[duckdb.DuckDBPyConnection, set[str]]] = {}  # between its uses, see `kept_write`
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, create: bool, now: datetime, memory_bytes: int | None = None) -> Store:
        """Open a workspace file for this process alone.

        Args:
            path: the ``.duckdb`` file.
            create: make the file when it is missing or empty (its folder must exist); otherwise both are errors.
            now: the moment, for the lock file.
            memory_bytes: DuckDB's limit; half of the machine's memory, at most 4 GiB, when not given. Beyond it
                DuckDB spills to ``NAME.duckdb.tmp`` beside the file.
        """
        path = path.resolve()  # one file has one lock, however it is spelt
        if path.is_dir():
            raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(path))
        if not create and path.is_file() and path.stat().st_size == 0:
            raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(path))
        if not path.exists():
            if not create:
                raise AttribenchError(Code.WORKSPACE_MISSING, path=str(path))
            if not path.parent.is_dir():
                raise AttribenchError(Code.FILE_MISSING, path=str(path.parent))
        lock = LockFile(path)
        lock.acquire(now)
        try:
            memory_bytes = memory_bytes or _default_memory()
            connection = _connect(path, memory_bytes)
        except BaseException:
            lock.release()
            raise
        return cls(path, connection, lock, memory_bytes)

    @contextmanager
    def read(self, task: Task | None = None) -> Generator[Cursor]:
        """A fresh cursor for reading; sees the last committed state."""
        with self._cursor() as connection:
            yield Cursor(connection, task or Task())

    @contextmanager
    def lane(self, task: Task | None = None) -> Generator[Cursor]:
        """The one write lane, without a transaction: each statement is its own until :meth:`Cursor.transaction`."""
        with self._write_lane, self._cursor() as connection:
            if not self.is_in_place:
                raise AttribenchError(Code.WORKSPACE_GONE, path=str(self.path))
            yield Cursor(connection, task or Task())

    @contextmanager
    def sparing(self) -> Generator[None]:
        """While inside, DuckDB keeps little in memory: for a process that only stores what it fetches.

        Small batches come row by row from outside, so a large cache of the file would be of no use to them.
        """
        self._limit_memory(min(_SPARING, self._memory_bytes))
        try:
            yield
        finally:
            self._limit_memory(self._memory_bytes)

    def _limit_memory(self, size: int) -> None:
        with self._cursor() as connection, _errors():
            connection.execute(f"set memory_limit = '{size}B'")

    @property
    def is_in_place(self) -> bool:
        """Whether the file still stands where it was opened: one that was moved or deleted is lost when it closes."""
        try:
            return os.path.samestat(self._place, self.path.stat())
        except OSError:
            return False

    @contextmanager
    def write(self, task: Task | None = None) -> Generator[Cursor]:
        """The write lane with one transaction: committed when the block ends and rolled back when it raises."""
        with self.lane(task) as cursor, cursor.transaction():
            yield cursor

    @contextmanager
    def kept_write(self, name: str, task: Task | None = None) -> Generator[Cursor]:
        """As :meth:`write`, for many small writes: the connection and what was prepared on it are kept for the next use
        of that name. What stands in its temporary tables stays too, so it should be little.
        """
        with self._write_lane:
            with self._guard:
                if self._closed:
                    raise Cancelled
                connection, prepared = self._kept.pop(name, None) or (self._connection.cursor(), set[str]())
                self._open_cursors.add(connection)
            is_well = False
            try:
                if not self.is_in_place:
                    raise AttribenchError(Code.WORKSPACE_GONE, path=str(self.path))
                if not prepared:
                    connection.execute("set TimeZone = 'UTC'")
                cursor = Cursor(connection, task or Task(), prepared)
                with cursor.transaction():
                    yield cursor
                is_well = True
            finally:
                with self._guard:
                    is_kept = is_well and not self._closed
                    if is_kept:
                        self._kept[name] = connection, prepared
                if not is_kept:
                    connection.close()
                with self._guard:
                    self._open_cursors.discard(connection)
                    self._idle.notify_all()

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, so that the file alone is complete."""
        with self._write_lane, self._cursor() as connection, _errors():
            connection.execute("checkpoint")

    def backup(self, target: Path, task: Task | None = None) -> None:
        """Copy the whole database to a new file, through SQL: copying an open file would drop DuckDB's lock on it."""
        with self._write_lane, self._cursor() as connection:
            cursor = Cursor(connection, task or Task())
            cursor.run(f"attach {literal(str(target))} as backup_copy")
            try:
                cursor.run(f"copy from database {cursor.database} to backup_copy")
            finally:
                with _errors():
                    connection.execute("detach backup_copy")

    def compact(self, task: Task | None = None) -> int:
        """Write the file anew without the space of what was deleted; returns the bytes given back.

        The copy is made beside the file through SQL and takes its place in one step, so that there is a complete file
        at every moment. New statements wait meanwhile, our own lock stays; nothing changes when the task is cancelled.

        Raises:
            AttribenchError: WORKSPACE_GONE, DISK_FULL; WORKSPACE_BUSY when something reads on and on.
        """
        task = task or Task()
        copy = self.path.with_name(self.path.name + ".compact")
        _remove_database(copy)
        try:
            with self._write_lane:
                if not self.is_in_place:
                    raise AttribenchError(Code.WORKSPACE_GONE, path=str(self.path))
                task.report(0.0, "saving")
                with self._cursor() as connection:
                    cursor = Cursor(connection, task)
                    cursor.run("checkpoint")
                    before = self.path.stat().st_size
                    cursor.run(f"attach {literal(str(copy))} as compact_copy")
                    try:
                        cursor.run(f"copy from database {cursor.database} to compact_copy")
                    finally:
                        with _errors():
                            connection.execute("detach compact_copy")
                task.report(0.9, "saving")
                self._replace_by(copy)
                return max(0, before - self.path.stat().st_size)
        finally:
            _remove_database(copy)

    def _replace_by(self, copy: Path) -> None:
        """Close, put the copy in place of the file, and open that; statements wait until it stands."""
        with self._guard:
            self._is_swapping = True
            idle = self._idle.wait_for(lambda: not self._open_cursors or self._closed, _SWAP_SECONDS)
            try:
                if self._closed:
                    raise Cancelled
                if not idle:
                    raise AttribenchError(Code.WORKSPACE_BUSY, path=str(self.path))
                self._connection.close()
                try:
                    if _wal(self.path).exists():  # what stands there would be played into the copy
                        raise AttribenchError(Code.WORKSPACE_BUSY, path=str(self.path))
                    copy.replace(self.path)
                finally:
                    self._connection = _connect(self.path, self._memory_bytes)
                    self._place = self.path.stat()
            finally:
                self._is_swapping = False
                self._idle.notify_all()

    def close(self) -> None:
        """Interrupt and wait for what still runs, then close the file and give the lock back. Safe to call twice."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            while self._open_cursors:
                for connection in self._open_cursors:
                    with suppress(duckdb.ConnectionException):  # its thread closes it at this very moment
                        connection.interrupt()
                self._idle.wait(0.02)
            kept = [connection for connection, _ in self._kept.values()]
            self._kept.clear()
        for connection in kept:
            connection.close()
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def _cursor(self) -> Generator[duckdb.DuckDBPyConnection]:
        with self._guard:
            self._idle.wait_for(lambda: not self._is_swapping)
            if self._closed:
                raise Cancelled
            connection = self._connection.cursor()
            self._open_cursors.add(connection)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield connection
        finally:
            connection.close()
            with self._guard:
                self._open_cursors.discard(connection)
                self._idle.notify_all()


@contextmanager
def memory_cursor(task: Task | None = None) -> Generator[Cursor]:
    """A cursor on an empty database in memory, for work on plain files without a workspace."""
    connection = duckdb.connect(":memory:", config={"memory_limit": f"{_default_memory()}B"})
    try:
        connection.execute("set TimeZone = 'UTC'")
        yield Cursor(connection, task or Task())
    finally:
        connection.close()


def _connect(path: Path, memory_bytes: int) -> duckdb.DuckDBPyConnection:
    if path.exists() and path.stat().st_size == 0:
        path.unlink()  # DuckDB refuses an empty file, which is what an interrupted creation leaves
    if path.exists() and not _is_database(path):
        raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(path))
    try:
        return duckdb.connect(
            str(path),
            config={
                "memory_limit": f"{memory_bytes}B",
                "temp_directory": str(path.with_name(path.name + ".tmp")),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,  # a table name never means a variable of the program
            },
        )
    except duckdb.IOException as error:
        text = str(error)
        if "not a valid DuckDB" in text:
            raise AttribenchError(Code.WORKSPACE_NOT_OURS, path=str(path)) from error
        if "newer version" in text or "version number" in text:
            known = f"DuckDB {duckdb.__version__}"
            raise AttribenchError(
                Code.WORKSPACE_NEWER, path=str(path), version="of its storage", known=known
            ) from error
        if "Permission" in text or "Read-only" in text:
            raise AttribenchError(Code.WORKSPACE_UNWRITABLE, path=str(path), detail=_first_line(error)) from error
        if "set lock" in text or "used by another process" in text:  # held by a program that knows nothing of our lock
            owner = _OWNER.search(text)
            pid = int(owner[1]) if owner else None
            raise AttribenchError(Code.WORKSPACE_LOCKED, path=str(path), pid=pid, since=None) from error
        code = Code.WORKSPACE_DAMAGED if _DAMAGE.search(text) else Code.WORKSPACE_UNREADABLE
        raise AttribenchError(code, path=str(path), detail=_first_line(error)) from error
    except duckdb.Error as error:
        raise AttribenchError(Code.WORKSPACE_DAMAGED, path=str(path), detail=_first_line(error)) from error


def _wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def _remove_database(path: Path) -> None:
    for file in (path, _wal(path)):
        file.unlink(missing_ok=True)


def _is_database(path: Path) -> bool:
    """Whether a file is DuckDB's own. It would open a CSV or JSON file too, as a database in memory."""
    try:
        with path.open("rb") as file:
            return file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC
    except OSError as error:
        raise AttribenchError(Code.WORKSPACE_UNWRITABLE, path=str(path), detail=error.strerror or str(error)) from error


@contextmanager
def _errors() -> Generator[None]:
    try:
        yield
    except duckdb.InterruptException as error:
        raise Cancelled from error
    except duckdb.OutOfMemoryException as error:
        raise AttribenchError(Code.OUT_OF_MEMORY, detail=_first_line(error)) from error
    except duckdb.IOException as error:
        text = str(error)
        code = Code.DISK_FULL if "No space left" in text or "disk" in text.lower() else Code.SQL_FAILED
        raise AttribenchError(code, detail=_first_line(error)) from error
    except duckdb.Error as error:
        raise AttribenchError(Code.SQL_FAILED, detail=_first_line(error), excerpt=_excerpt(error)) from error


def _polars(table: Any) -> pl.DataFrame:
    """A result as polars. UUIDs and JSON, which Arrow marks as types of their own, are plain text; so are intervals,
    which polars does not know. Of columns with one name the later ones are numbered."""
    import polars as pl  # loads as long as DuckDB itself, and not every caller wants a frame

    for index, field in enumerate(table.schema):
        if str(field.type) == "month_day_nano_interval":
            texts = pl.Series([_interval(*value) if value else None for value in table.column(index).to_pylist()])
            table = table.set_column(index, field.name, texts.cast(pl.String).to_arrow())
    names: list[str] = []
    for name in table.column_names:
        plain, number = str(name), 0
        while f"{plain}_{number}" in names or (number == 0 and plain in names):
            number += 1
        names.append(f"{plain}_{number}" if number else plain)
    return pl.DataFrame(table.rename_columns(names))


def _interval(months: int, days: int, nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    parts = ((months, "months"), (days, "days"), (seconds, "seconds"))
    return " ".join(f"{amount:g} {unit}" for amount, unit in parts if amount) or "0 seconds"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]


def _excerpt(error: Exception) -> str:
    """The part of the statement that DuckDB shows with its caret; empty without one."""
    _, mark, rest = str(error).partition("\nLINE ")
    return mark + rest


def _default_memory() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no sysconf on Windows
        total = 2 * _MEMORY_CAP
    return min(int(total * _MEMORY_SHARE), _MEMORY_CAP)
