"""Lists that are paged by (time, id), newest first, and what they hide of people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

MOST_ROWS = 100_000

PERSON = """case when n.is_identified
     then coalesce(nullif(concat_ws(' ', n.first_name, n.last_name), ''), n.email, n.phone) else n.label end"""
"""SQL of how a person ``n`` is called."""


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


def mask(rows: pl.DataFrame) -> pl.DataFrame:
    """Names, emails and phones with their middles hidden: ``j***@e****.com``."""

    def hidden(text: str) -> str:
        if "@" in text:
            local, _, domain = text.partition("@")
            host, dot, ending = domain.rpartition(".")
            return f"{local[:1]}***@{host[:1]}****{dot}{ending}"
        return f"{text[:1]}***"

    columns = [name for name in ("name", "email", "phone") if name in rows.columns]
    is_known = pl.col("is_identified") if "is_identified" in rows.columns else pl.lit(value=True)
    return rows.with_columns(
        pl.when(is_known)
        .then(pl.col(name).map_elements(hidden, return_dtype=pl.String))
        .otherwise(pl.col(name))
        .alias(name)
        for name in columns
    )
