"""What would be derived if something were otherwise: the whole pipeline on one cursor, without writing anything.

Temporary tables stand in front of the stored ones of the same name, first those that are supposed to be otherwise, then
everything derived from them. So every query that runs on this cursor answers as it would after the change and a
rebuild: it is the same code on the same rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.derive.pipeline import DERIVED_TABLES, derive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.store import Cursor
    from engine.task import Task


def trial(cursor: Cursor, profile_id: int, task: Task | None = None) -> None:
    """Derive a profile anew and put the results in front of the stored tables, for this cursor alone.

    Before it, the caller puts what is to be otherwise in front of the stored tables too, with ``create temp table NAME
    as from NAME`` and changes of that. Nothing is left behind when the cursor closes.

    Args:
        cursor: a cursor for reading, in a transaction so that all of it is of one state.
        profile_id: whose data.
        task: progress and cancellation; the cursor's own when not given.
    """
    derive(cursor, profile_id, task or cursor.task)
    stand_in_front(cursor, DERIVED_TABLES)


def stand_in_front(cursor: Cursor, tables: Sequence[str]) -> None:
    """Let the ``new_*`` of these tables stand in front of the stored ones."""
    for table in tables:
        columns = ", ".join(cursor.columns(f"select * from {table}"))
        cursor.run(f"create temp {_kind(table)} {table} as select {columns} from new_{table}")


def step_aside(cursor: Cursor, tables: Sequence[str] = DERIVED_TABLES) -> None:
    """Take away what stands in front of these tables."""
    for table in tables:
        cursor.run(f"drop {_kind(table)} temp.{table}")


def _kind(table: str) -> str:
    """Paths and entries are derived as views, and would be computed again for each query."""
    return "table" if table in {"paths", "credit_entries"} else "view"
