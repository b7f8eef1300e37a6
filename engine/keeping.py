"""One profile of a workspace as a whole: exported as a workspace of its own, or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.anonymous import Anonymous
from engine.changes import log_change
from engine.errors import AttribenchError, Code
from engine.schema.migrate import migrate
from engine.store import Store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from engine.store import Cursor
    from engine.task import Task

_EXPORTED = "exported_profile"
_WHOSE = {
    "profile_id": "profile_id = {profile}",
    "import_id": "import_id in (select import_id from {main}.imports where profile_id = {profile})",
    "connection_id": "connection_id in (select connection_id from {main}.connections where profile_id = {profile})",
}
# What numbers come from, and where they are used: a copy goes on counting behind them.
_SEQUENCES = {
    "profile_ids": ("profiles", "profile_id"),
    "import_ids": ("imports", "import_id"),
    "identity_decision_ids": ("identity_decisions", "decision_id"),
    "change_ids": ("change_log", "change_id"),
    "connection_ids": ("connections", "connection_id"),
    "sync_run_ids": ("sync_runs", "run_id"),
    "report_ids": ("reports", "report_id"),
}


def profile_tables(cursor: Cursor, profile_id: int) -> dict[str, str]:
    """Every table with rows of profiles, and the condition that names this profile's.

    The profile itself comes first, tables that others are told by last.
    """
    main = f"{cursor.database}.main"
    columns: dict[str, set[str]] = {}
    for table, column in cursor.rows(
        """select c.table_name, c.column_name from duckdb_columns() c join duckdb_tables() t using (table_oid)
           where t.database_name = current_database() and c.database_name = current_database()"""
    ):
        columns.setdefault(table, set()).add(column)
    found: dict[str, str] = {}
    for table in sorted(columns, key=lambda name: (name in {"imports", "connections"}, name != "profiles", name)):
        by = next((column for column in _WHOSE if column in columns[table]), None)
        if by is not None:
            found[table] = _WHOSE[by].format(profile=int(profile_id), main=main)
    return found


def delete_profile(cursor: Cursor, profile_id: int, now: datetime, by: str) -> None:
    """Delete everything of a profile, in the transaction of the cursor; the workspace's log keeps its name."""
    name = cursor.value("select name from profiles where profile_id = $1", [profile_id])
    if name is None:
        raise AttribenchError(Code.PROFILE_UNKNOWN, name=str(profile_id), known=[])
    for table, condition in profile_tables(cursor, profile_id).items():
        cursor.run(f"delete from {table} where {condition}")
    cursor.run("delete from sql_history")  # it is the workspace's, and may name people of the profile
    log_change(cursor, None, now, "profile deleted", {"name": name}, by)


def export_profile(
    store: Store, profile_id: int, target: Path, now: datetime, by: str, task: Task, *, is_anonymous: bool
) -> None:
    """Write a profile into a new workspace file, which appears under its name when it is complete.

    Args:
        store: the workspace.
        profile_id: whose.
        target: the new file.
        now: the moment.
        by: who, for the change log of an anonymous copy.
        task: progress and cancellation.
        is_anonymous: without personal data, and without what was derived: see :mod:`engine.anonymous`.

    Raises:
        AttribenchError: WORKSPACE_EXISTS when there is such a file.
    """
    if target.exists():
        raise AttribenchError(Code.WORKSPACE_EXISTS, path=str(target))
    part = target.with_name(target.name + ".part")
    _remove(part)
    try:
        made = Store.open(part, create=True, now=now)
        try:
            migrate(made, now, task.part(0.0, 0.05))
        finally:
            made.close()
        with store.lane(task) as cursor:
            cursor.run(f"attach '{str(part).replace(chr(39), chr(39) * 2)}' as {_EXPORTED}")
            try:
                _copy(cursor, profile_id, task.part(0.05, 0.95), is_anonymous=is_anonymous)
                task.check()
            finally:
                with store.read() as other:  # not the task's: it may be cancelled
                    other.run(f"detach {_EXPORTED}")
        made = Store.open(part, create=False, now=now)
        try:
            with made.write() as cursor:
                _count_on(cursor)
                if is_anonymous:
                    log_change(cursor, profile_id, now, "profile anonymised", {}, by)
            made.checkpoint()
        finally:
            made.close()
        part.replace(target)
    except BaseException:
        _remove(part)
        raise


def _copy(cursor: Cursor, profile_id: int, task: Task, *, is_anonymous: bool) -> None:
    tables = profile_tables(cursor, profile_id)
    anonymous = Anonymous(cursor, profile_id) if is_anonymous else None
    if anonymous is not None:
        task.report(0.0, "reading records")
        anonymous.prepare()
        tables = {table: condition for table, condition in tables.items() if anonymous.keeps(table)}
    for number, (table, condition) in enumerate(tables.items()):
        task.report((number + 1) / (len(tables) + 1), "saving")
        columns = cursor.columns(f"select * from {table}")
        chosen = [anonymous.column(table, name) if anonymous is not None else name for name in columns]
        more = anonymous.condition(table) if anonymous is not None else "true"
        cursor.run(
            f"insert into {_EXPORTED}.main.{table} ({', '.join(columns)})"
            f" select {', '.join(chosen)} from {table} as r where {condition} and {more}"
        )


def _count_on(cursor: Cursor) -> None:
    for sequence, (table, column) in _SEQUENCES.items():
        last = int(cursor.value(f"select coalesce(max({column}), 0) from {table}"))
        cursor.value(f"select max(nextval('{sequence}')) from range({last})")


def _remove(part: Path) -> None:
    for path in (part, part.with_name(part.name + ".wal"), part.with_name(part.name + ".lock")):
        path.unlink(missing_ok=True)
