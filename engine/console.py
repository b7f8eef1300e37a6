"""A user's SQL, run: guarded, read only, at most so many rows, with the place of a mistake; and what was run before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine import sqlguard
from engine.errors import AttribenchError, Code
from engine.task import Task
from engine.views import VIEWS

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

    from engine.store import Cursor, Store

KEPT = 200  # statements of the history
_LINE = re.compile(r"\nLINE (\d+): (.*)\n( *)\^")


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes:
        frame: its first rows.
        has_more: there are more than were asked for.
    """

    frame: pl.DataFrame
    has_more: bool


@dataclass(frozen=True)
class Ran:
    """A statement that was run.

    Attributes:
        statement: its text.
        ran_at: when it was last, UTC.
    """

    statement: str
    ran_at: datetime


def run(
    store: Store,
    statement: str,
    *,
    limit: int | None = None,
    has_tables: bool = False,
    masked: bool = False,
    task: Task | None = None,
) -> Answer:
    """Run one SELECT in a transaction that can only read.

    Args:
        store: the workspace.
        statement: the SQL.
        limit: rows at most; None for all.
        has_tables: the tables behind the views can be read too, as by what *Copy as SQL* gives.
        masked: hides who people are; then the views alone can be read.
        task: stops it.

    Raises:
        AttribenchError: SQL_REFUSED for anything but one SELECT on those views and tables; SQL_FAILED. Both say
            ``line`` and ``column`` (from 1) where the mistake is, as far as that is known.
    """
    with store.read(task or Task()) as cursor:
        if masked:
            catalog = str(cursor.value("select current_database()"))
            for view in VIEWS.values():
                cursor.run(view.masked(catalog))
        try:
            with cursor.transaction(read_only=True):
                sqlguard.check(cursor, statement, has_tables=has_tables and not masked)
                frame = cursor.frame(statement, limit=None if limit is None else limit + 1)
        except AttribenchError as error:
            raise _placed(cursor, error, statement) from error
    has_more = limit is not None and frame.height > limit
    return Answer(frame.head(limit or 0) if has_more else frame, has_more)


def view_columns(cursor: Cursor) -> dict[str, list[tuple[str, str]]]:
    """Name and type of every column of every documented view, in order."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in VIEWS}
    for view, column, kind in cursor.rows(
        """select table_name, column_name, lower(data_type) from information_schema.columns
           where table_catalog = current_database() and list_contains($1, table_name) order by ordinal_position""",
        [list(VIEWS)],
    ):
        found[view].append((str(column), str(kind)))
    return found


def history(cursor: Cursor) -> list[Ran]:
    """Statements run before, the latest first."""
    rows = cursor.rows("select statement, ran_at from sql_history order by ran_at desc, rowid desc")
    return [Ran(statement, ran_at) for statement, ran_at in rows]


def remember(cursor: Cursor, statement: str, now: datetime) -> None:
    """A statement was run; the oldest beyond :data:`KEPT` are forgotten."""
    cursor.run("delete from sql_history where statement = $1", [statement])
    cursor.run("insert into sql_history values ($1, $2)", [statement, now.replace(tzinfo=None)])
    cursor.run(
        """delete from sql_history where statement in
           (select statement from sql_history order by ran_at desc, rowid desc offset $1)""",
        [KEPT],
    )


def forget(cursor: Cursor) -> None:
    """Forget every statement."""
    cursor.run("delete from sql_history")


def _placed(cursor: Cursor, error: AttribenchError, statement: str) -> AttribenchError:
    """The same with ``line`` and ``column``, as far as they can be told."""
    facts = dict(error.facts)
    offset, _ = facts.pop("offset", None), facts.pop("excerpt", None)
    place = _at_offset(statement, offset) if isinstance(offset, int) else None
    if error.code is Code.SQL_FAILED:  # a result that is fetched as a frame fails without saying where
        try:
            cursor.rows(f"explain\n{statement}")
        except AttribenchError as told:
            place = _at_excerpt(statement, str(told.facts.get("excerpt", "")))
    return AttribenchError(error.code, **facts, **({"line": place[0], "column": place[1]} if place else {}))


def _at_offset(statement: str, offset: int) -> tuple[int, int]:
    before = statement.encode()[:offset].decode(errors="ignore")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _at_excerpt(statement: str, excerpt: str) -> tuple[int, int] | None:
    """Where the database's caret stands, one line below ``explain``; it shows only a part of a long line."""
    found = _LINE.search(excerpt)
    lines = statement.split("\n")
    if found is None or not 1 <= int(found[1]) - 1 <= len(lines):
        return None
    number, shown = int(found[1]) - 1, found[2]
    at = len(found[3]) - len(f"LINE {found[1]}: ")
    if shown.startswith("..."):
        part = shown.removeprefix("...").removesuffix("...")
        start = lines[number - 1].find(part)
        if start < 0:
            return None
        at += start - len("...")
    return number, max(1, at + 1)
