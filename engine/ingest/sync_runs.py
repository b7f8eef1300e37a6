"""The runs of syncs: what each stream brought and how it ended; how each connection stands; when the next sync is due.

The runs of one sync of a connection make a round, known by the first of them. How a connection stands is what its last
round tells: a stream that is not fetched any more does not count.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from engine.store import Cursor

LOGIN = "login"  # stands for a stream in the run of a sync that did not come as far as one
EVERY = (0, 15, 60, 1_440)  # minutes between syncs that begin by themselves; 0: none do


def begin_run(cursor: Cursor, connection_id: int, stream: str, now: datetime, first: int | None = None) -> int:
    """Note that a stream is being fetched; one that was never ended is noted as interrupted.

    Args:
        cursor: inside the write lane.
        connection_id: whose stream.
        stream: its key.
        now: the moment, UTC.
        first: run of the same sync of this connection; None: this one.
    """
    cursor.run(
        """update sync_runs set outcome = 'interrupted', ended_at = started_at
           where connection_id = $1 and stream = $2 and outcome = 'running'""",
        [connection_id, stream],
    )
    run_id = int(cursor.value("select nextval('sync_run_ids')"))
    cursor.run(
        """insert into sync_runs (run_id, connection_id, stream, started_at, outcome, round)
           values ($1, $2, $3, $4, 'running', $5)""",
        [run_id, connection_id, stream, _stored(now), first or run_id],
    )
    return run_id


def end_run(cursor: Cursor, run_id: int, now: datetime, outcome: str, error: Mapping[str, Any] | None = None) -> None:
    """Note how a run ended: ``done``, ``failed`` or ``cancelled``."""
    cursor.run(
        "update sync_runs set ended_at = $2, outcome = $3, error = $4 where run_id = $1",
        [run_id, _stored(now), outcome, json.dumps(dict(error)) if error is not None else None],
    )


def runs(cursor: Cursor, profile_id: int, most: int | None) -> pl.DataFrame:
    """Runs of all connections, newest first, with name and provider of the connection; at most so many."""
    return cursor.frame(
        """select r.* exclude (round), c.name, c.provider from sync_runs r join connections c using (connection_id)
           where c.profile_id = $1 order by r.run_id desc limit $2""",
        [profile_id, most],
    )


def standing(cursor: Cursor, profile_id: int) -> pl.DataFrame:
    """How each connection stands.

    connection_id, ``began_at`` of its last round, ``done_at`` (a stream was last fetched whole), ``outcome`` of the
    last round (``failed`` when any stream did, else ``running``, ``interrupted``, ``cancelled``, ``done``), ``failed``
    streams and ``streams`` of it, ``error`` of the first that failed. Connections that were never synced are not there.
    """
    return cursor.frame(
        """with mine as (
               select r.* from sync_runs r join connections c using (connection_id)
               where c.profile_id = $1 and c.removed_at is null),
           last as (
               select * from mine m
               where round = (select max(round) from mine n where n.connection_id = m.connection_id))
           select connection_id, min(started_at) as began_at,
               (select max(ended_at) from mine m where m.connection_id = l.connection_id and m.outcome = 'done')
                   as done_at,
               case when bool_or(outcome = 'failed') then 'failed' when bool_or(outcome = 'running') then 'running'
                    when bool_or(outcome = 'interrupted') then 'interrupted'
                    when bool_or(outcome = 'cancelled') then 'cancelled' else 'done' end as outcome,
               count(*) filter (outcome = 'failed') as failed, count(*) as streams,
               arg_min(error, run_id) filter (outcome = 'failed') as error
           from last l group by connection_id order by connection_id""",
        [profile_id],
    )


def every(cursor: Cursor, profile_id: int) -> int:
    """Minutes between syncs that begin by themselves; 0: none do."""
    return int(cursor.value("select every_minutes from sync_schedules where profile_id = $1", [profile_id]) or 0)


def set_every(cursor: Cursor, profile_id: int, minutes: int) -> None:
    """Let syncs begin by themselves."""
    cursor.run("delete from sync_schedules where profile_id = $1", [profile_id])
    cursor.run("insert into sync_schedules values ($1, $2)", [profile_id, minutes])


def next_at(cursor: Cursor, profile_id: int) -> datetime | None:
    """When the next sync is due, UTC: so long after the last one began; None when none begin by themselves.

    At once (the epoch) when there are connections and none was synced yet.
    """
    minutes = every(cursor, profile_id)
    waiting = cursor.value(
        "select count(*) from connections where profile_id = $1 and removed_at is null and not is_paused", [profile_id]
    )
    if not minutes or not waiting:
        return None
    last = cursor.value(
        """select max(r.started_at) from sync_runs r join connections c using (connection_id)
           where c.profile_id = $1 and c.removed_at is null""",
        [profile_id],
    )
    return datetime(1970, 1, 1, tzinfo=UTC) if last is None else last.replace(tzinfo=UTC) + timedelta(minutes=minutes)


def _stored(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(tzinfo=None)
