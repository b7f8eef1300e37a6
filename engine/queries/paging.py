"""Lists that are paged by (time, id), newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from engine.queries.masking import mask
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import meta

if TYPE_CHECKING:
    import polars as pl

    from engine.queries.scope import Scope

MOST_ROWS = 100_000


def page_after(
    limit: int, cursor: str | None, time: str, key: str, bound: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The condition that continues behind a cursor ``TIME|ID``."""
    if not 1 <= limit <= MOST_ROWS:
        raise invalid("limit", limit, f"1 to {MOST_ROWS}")
    if cursor is None:
        return "", bound
    told, bar, identity = cursor.partition("|")
    try:
        moment = datetime.fromisoformat(told.replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise invalid("cursor", cursor, "the cursor of the previous page, TIME|ID") from error
    if not bar:
        raise invalid("cursor", cursor, "the cursor of the previous page, TIME|ID")
    return (
        f"and ({time}, {key}::varchar) < ($cursor_time::timestamp, $cursor_id)",
        bound | {"cursor_time": moment, "cursor_id": identity},
    )


def paged(scope: Scope, rows: pl.DataFrame, limit: int, time: str, key: str, *, masked: bool) -> Result:
    has_next = rows.height > limit
    rows = rows.head(limit)
    cursor = f"{rows[time][-1].isoformat()}Z|{rows[key][-1]}" if has_next else None
    if masked:
        rows = mask(rows)
    return Result(rows, meta(scope) | {"limit": limit}, pagination={"has_next": has_next, "cursor": cursor})
