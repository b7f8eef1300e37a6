"""Taking in what connectors bring: each batch in one transaction, with the state that resumes behind it.

Rows go the way of a file's rows: read, checked, known ones told apart. All rows a connection ever brings of a kind
belong to one import, so that a connection can be taken away whole. Killed anywhere, a stream resumes behind its last
batch; batches that overlap bring nothing twice.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest import staging
from engine.ingest.fields import KINDS
from engine.ingest.importer import KEPT_REJECTS, add_new, load_macros
from engine.ingest.source import Format, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from engine.ingest.fields import Kind
    from engine.schema.batch import Batch, ProviderObject, ToldWhole
    from engine.store import Cursor, Store
    from engine.task import Task


@dataclass(frozen=True)
class Connection:
    """A connection to a provider.

    Attributes:
        connection_id: of the workspace.
        provider: which, by its key.
        name: what people call it; one of a kind in the profile.
        settings: accounts, where the history begins, options.
        is_paused: not synced by itself.
    """

    connection_id: int
    provider: str
    name: str
    settings: Mapping[str, Any]
    is_paused: bool = False


@dataclass(frozen=True)
class Taken:
    """What became of a batch."""

    objects: int = 0
    new: int = 0
    known: int = 0
    rejected: int = 0
    restated_days: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.objects + other.objects,
            self.new + other.new,
            self.known + other.known,
            self.rejected + other.rejected,
            self.restated_days + other.restated_days,
        )


def connections(cursor: Cursor, profile_id: int) -> list[Connection]:
    """Every connection of a profile, by name."""
    rows = cursor.rows(
        """select connection_id, provider, name, settings, is_paused from connections
           where profile_id = $1 and removed_at is null order by lower(name)""",
        [profile_id],
    )
    return [
        Connection(number, provider, name, json.loads(told), paused) for number, provider, name, told, paused in rows
    ]


def connect(
    cursor: Cursor, profile_id: int, provider: str, name: str, settings: Mapping[str, Any], now: datetime
) -> int:
    """Add a connection; returns its id. Raises CONNECTION_EXISTS."""
    if any(each.name.casefold() == name.casefold() for each in connections(cursor, profile_id)):
        raise AttribenchError(Code.CONNECTION_EXISTS, name=name)
    connection_id = int(cursor.value("select nextval('connection_ids')"))
    cursor.run(
        """insert into connections (connection_id, profile_id, provider, name, settings, created_at)
           values ($1, $2, $3, $4, $5, $6)""",
        [connection_id, profile_id, provider, name, json.dumps(dict(settings)), _stored(now)],
    )
    return connection_id


def change(cursor: Cursor, connection_id: int, *, settings: Mapping[str, Any], is_paused: bool) -> None:
    """Replace the settings of a connection."""
    cursor.run(
        "update connections set settings = $2, is_paused = $3 where connection_id = $1",
        [connection_id, json.dumps(dict(settings)), is_paused],
    )


def disconnect(cursor: Cursor, connection_id: int, now: datetime, *, keep_data: bool) -> int:
    """Take a connection away, with or without what it brought; returns the rows removed."""
    profile_id = int(cursor.value("select profile_id from connections where connection_id = $1", [connection_id]))
    removed = 0
    if not keep_data:
        for import_id, kind_name in cursor.rows(
            "select import_id, kind from imports where connection_id = $1 and undone_at is null", [connection_id]
        ):
            table = KINDS[kind_name].table
            removed += int(cursor.value(f"select count(*) from {table} where import_id = $1", [import_id]))
            cursor.run(f"delete from {table} where import_id = $1", [import_id])
            for of_import in ("row_memberships", "import_rejects"):
                cursor.run(f"delete from {of_import} where import_id = $1", [import_id])
            cursor.run("update imports set undone_at = $2 where import_id = $1", [import_id, _stored(now)])
        cursor.run("delete from provider_objects where connection_id = $1", [connection_id])
        cursor.run("delete from sync_states where connection_id = $1", [connection_id])
        cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    cursor.run("update connections set removed_at = $2 where connection_id = $1", [connection_id, _stored(now)])
    return removed


def restore(cursor: Cursor, connection: Connection, profile_id: int) -> None:
    """Take the taking away of a connection back; its streams go on from where they were. Raises CONNECTION_EXISTS."""
    if any(each.name.casefold() == connection.name.casefold() for each in connections(cursor, profile_id)):
        raise AttribenchError(Code.CONNECTION_EXISTS, name=connection.name)
    cursor.run("update connections set removed_at = null where connection_id = $1", [connection.connection_id])


def fetch_from(
    cursor: Cursor, connection: Connection, first: date, timeless: Sequence[str], *, is_earlier: bool
) -> None:
    """Change the first day of a connection's history.

    Args:
        cursor: inside the write lane.
        connection: whose.
        first: the day.
        timeless: what the keys of streams begin with that do not begin at a day.
        is_earlier: history before the one so far is wanted: the others begin anew, rows that are known stay known.
    """
    settings = {**connection.settings, "since": first.isoformat()}
    change(cursor, connection.connection_id, settings=settings, is_paused=connection.is_paused)
    if not is_earlier:
        return
    for (stream,) in cursor.rows("select stream from sync_states where connection_id = $1", [connection.connection_id]):
        if not str(stream).startswith(tuple(timeless)):
            cursor.run(
                "delete from sync_states where connection_id = $1 and stream = $2", [connection.connection_id, stream]
            )


def activity(cursor: Cursor, profile_id: int, first: date) -> pl.DataFrame:
    """Rows that connections brought by the day they are about, from ``first`` on: connection_id, day, rows."""
    days = {
        "raw_conversions": "occurred_at::date",
        "raw_ad_spend": "spent_on",
        "raw_events": "occurred_at::date",
        "raw_search_keywords": "searched_on",
        "raw_rates": "rated_on",
    }
    parts = " union all ".join(
        f"""select i.connection_id, {day} as day, count(distinct r.record_key) as rows
            from {table} r join imports i using (import_id)
            where r.profile_id = $1 and i.connection_id is not null and {day} >= $2 group by all"""
        for table, day in days.items()
    )
    return cursor.frame(
        f"select connection_id, day, sum(rows)::bigint as rows from ({parts}) group by all order by all",
        [profile_id, first],
    )


def brought(cursor: Cursor, profile_id: int) -> dict[int, int]:
    """Rows each connection brought in all that are kept."""
    tables = {kind.table for kind in KINDS.values()}
    counted = " union all ".join(
        f"select import_id, count(*) as n from {table} where profile_id = $1 group by 1" for table in sorted(tables)
    )
    rows = cursor.rows(
        f"""select i.connection_id, sum(c.n)::bigint from ({counted}) c join imports i using (import_id)
            where i.connection_id is not null group by 1""",
        [profile_id],
    )
    return {int(connection): int(count) for connection, count in rows}


def state_of(cursor: Cursor, connection_id: int, stream: str) -> dict[str, Any]:
    """How far a stream is; empty before its first batch."""
    found = cursor.value(
        "select state from sync_states where connection_id = $1 and stream = $2", [connection_id, stream]
    )
    return json.loads(found) if found else {}


def take_in(
    store: Store,
    connection: Connection,
    profile_id: int,
    stream: str,
    run_id: int,
    batch: Batch,
    zone: str,
    now: datetime,
    task: Task,
) -> Taken:
    """Commit a batch: rows, objects, replaced days, counts and the state behind it, or nothing of it.

    Args:
        store: the workspace.
        connection: which brought it.
        profile_id: whose data.
        stream: of the connection.
        run_id: of :func:`begin_run`.
        batch: what was brought.
        zone: of times that tell no offset.
        now: the moment, UTC.
        task: cancels it.
    """
    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch, store.kept_write("sync", task) as cursor:
        now = _after_last(cursor, connection.connection_id, now)
        taken = Taken(objects=_keep_objects(cursor, profile_id, connection.connection_id, batch.objects, now))
        if batch.told_whole:
            _take_days_away(cursor, profile_id, connection.connection_id, batch.told_whole)
        if batch.rows:
            load_macros(cursor)
        for kind_name in dict.fromkeys(row.kind for row in batch.rows):
            rows = [row.fields for row in batch.rows if row.kind == kind_name]
            taken += _add_rows(cursor, connection, profile_id, KINDS[kind_name], rows, Path(scratch), zone, now)
        if batch.told_whole:
            taken += _compared(cursor, profile_id)
        _keep_state(cursor, connection.connection_id, stream, batch.state, now)
        cursor.run(
            """update sync_runs set objects = objects + $2, rows_new = rows_new + $3, rows_known = rows_known + $4,
                   rows_rejected = rows_rejected + $5, days_restated = days_restated + $6 where run_id = $1""",
            [run_id, taken.objects, taken.new, taken.known, taken.rejected, taken.restated_days],
        )
        if taken.new or taken.objects or taken.restated_days:
            cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
        return taken


def _after_last(cursor: Cursor, connection_id: int, now: datetime) -> datetime:
    """``now``, or just after the last batch: of two the later one counts (E7), also where the clock was set back."""
    last = cursor.value(
        """select greatest((select max(updated_at) from sync_states where connection_id = $1),
                           (select max(imported_at) from imports where connection_id = $1))""",
        [connection_id],
    )
    return now if last is None else max(now, last.replace(tzinfo=UTC) + timedelta(microseconds=1))


def _keep_objects(
    cursor: Cursor, profile_id: int, connection_id: int, objects: Sequence[ProviderObject], now: datetime
) -> int:
    """Keep objects that are new or changed; returns how many."""
    if not objects:
        return 0
    frame = pl.DataFrame(
        {
            "object_type": [each.type for each in objects],
            "object_id": [each.id for each in objects],
            "is_deleted": [each.is_deleted for each in objects],
            "content": [json_text(each.content, is_sorted=True).decode() for each in objects],
        }
    )
    with cursor.table("told_objects", frame):
        cursor.run(
            """create or replace temp table told_versions as
               select distinct *, hash(content, is_deleted) as content_hash from told_objects"""
        )
    cursor.run(
        """create or replace temp table kept_versions as
           select o.object_type, o.object_id, o.content_hash, o.fetched_at
           from provider_objects o semi join told_versions using (object_type, object_id)
           where o.connection_id = $1""",
        [connection_id],
    )
    kept = cursor.rows(
        """insert into provider_objects
           select $1, $2, object_type, object_id, content_hash, $3, is_deleted, content
           from told_versions anti join kept_versions using (object_type, object_id, content_hash)
           returning 1""",
        [profile_id, connection_id, _stored(now)],
    )
    # One that is again as it once was: the version fetched last is what it is now.
    kept += cursor.rows(
        """update provider_objects o set fetched_at = $2
           from (select k.* from kept_versions k semi join told_versions using (object_type, object_id, content_hash)
                 where k.fetched_at < (select max(n.fetched_at) from kept_versions n
                                       where n.object_type = k.object_type and n.object_id = k.object_id)) k
           where o.connection_id = $1 and o.object_type = k.object_type and o.object_id = k.object_id
               and o.content_hash = k.content_hash
           returning 1""",
        [connection_id, _stored(now)],
    )
    return len(kept)


def _take_days_away(cursor: Cursor, profile_id: int, connection_id: int, told: Iterable[ToldWhole]) -> None:
    """Take away what this connection told of those account days before (N4), and note it in ``told_before``."""
    cursor.run(
        """create or replace temp table told_before as
        select record_key, content_hash, spent_on from raw_ad_spend where false"""
    )
    for span in told:
        where = """from raw_ad_spend where profile_id = $1 and platform = $2 and account = $3
                       and spent_on between $4 and $5
                       and import_id in (select import_id from imports where connection_id = $6)"""
        parameters = [profile_id, span.platform, span.account, span.first, span.last, connection_id]
        cursor.run(f"insert into told_before select record_key, content_hash, spent_on {where}", parameters)
        cursor.run(f"delete {where}", parameters)


def _compared(cursor: Cursor, profile_id: int) -> Taken:
    """What was told again as before is known, not new; days of which anything else is told now are restated."""
    unchanged, days = cursor.rows(
        """select count(*) filter (is_same), count(distinct spent_on) filter (not is_same)
           from (select b.spent_on, exists (from raw_ad_spend r where r.profile_id = $1 and r.record_key = b.record_key
                                            and r.content_hash = b.content_hash) as is_same
                 from told_before b)""",
        [profile_id],
    )[0]
    return Taken(new=-int(unchanged), known=int(unchanged), restated_days=int(days))


def _add_rows(
    cursor: Cursor,
    connection: Connection,
    profile_id: int,
    kind: Kind,
    rows: Sequence[Mapping[str, Any]],
    scratch: Path,
    zone: str,
    now: datetime,
) -> Taken:
    import_id = _import_of(cursor, connection, profile_id, kind.name, now)
    file = scratch / f"{kind.name}.ndjson"
    lines = [json_text(row) for row in rows]
    file.write_bytes(b"\n".join([*lines, b""]))
    longest, size = max(map(len, lines), default=0), sum(map(len, lines)) + len(lines)
    source = Source(connection.name, file, "", size, Format.LINES, lines=len(rows), longest=longest)
    as_of = f"timestamp '{_stored(now):%Y-%m-%d %H:%M:%S.%f}'"
    told = set[str]().union(*rows)
    staged = staging.read(cursor, source, kind, {}, zone=zone, as_of=as_of, told=told)
    kept = int(cursor.value("select count(*) from staged where reject is null"))
    new = add_new(cursor, kind, staged, profile_id, import_id)
    # What this import owns needs no note that it brought it again.
    cursor.run(
        f"""delete from row_memberships m where m.import_id = $1 and exists (
                from {kind.table} r where r.import_id = $1 and r.record_key = m.record_key
                    and r.content_hash = m.content_hash)""",
        [import_id],
    )
    rejects = staging.rejects(cursor, staged)
    if not rejects.is_empty():
        kept_before = int(cursor.value("select count(*) from import_rejects where import_id = $1", [import_id]))
        some = rejects.head(max(0, KEPT_REJECTS - kept_before)).select(pl.lit(import_id).alias("import_id"), pl.all())
        with cursor.table("reject_rows", some):
            cursor.run("insert into import_rejects select * from reject_rows")
    cursor.run(
        """update imports set rows_read = rows_read + $2, rows_new = rows_new + $3,
               rows_duplicate = rows_duplicate + $4, rows_rejected = rows_rejected + $5,
               file_bytes = file_bytes + $6, imported_at = $7 where import_id = $1""",
        [import_id, kept + rejects.height, new, kept - new, rejects.height, size, _stored(now)],
    )
    return Taken(new=new, known=kept - new, rejected=rejects.height)


def _import_of(cursor: Cursor, connection: Connection, profile_id: int, kind: str, now: datetime) -> int:
    """The import all rows of that kind belong to."""
    found = cursor.rows(
        "select import_id from imports where connection_id = $1 and kind = $2 and undone_at is null",
        [connection.connection_id, kind],
    )
    if found:
        return int(found[0][0])
    import_id = int(cursor.value("select nextval('import_ids')"))
    cursor.run(
        """insert into imports (import_id, profile_id, kind, file_name, file_hash, file_bytes, mapping, notes,
               rows_read, rows_new, rows_duplicate, rows_rejected, imported_at, connection_id)
           values ($1, $2, $3, $4, '', 0, '{}', '[]', 0, 0, 0, 0, $5, $6)""",
        [import_id, profile_id, kind, connection.name, _stored(now), connection.connection_id],
    )
    return import_id


def _keep_state(cursor: Cursor, connection_id: int, stream: str, state: Mapping[str, Any], now: datetime) -> None:
    cursor.run("delete from sync_states where connection_id = $1 and stream = $2", [connection_id, stream])
    cursor.run(
        "insert into sync_states values ($1, $2, $3, $4)",
        [connection_id, stream, json.dumps(dict(state), default=_plain), _stored(now)],
    )


def json_text(value: Mapping[str, Any], *, is_sorted: bool = False) -> bytes:
    """A value as JSON in UTF-8."""
    try:
        text = orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS if is_sorted else None)
        return bytes(memoryview(text))  # a copy: what orjson returns keeps the kilobytes it was written into
    except TypeError:  # numbers of more than 64 bits, halves of surrogate pairs
        return json.dumps(dict(value), default=_plain, sort_keys=is_sorted).encode()


def _stored(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(tzinfo=None)


def _plain(value: object) -> str:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            raise TypeError(type(value).__name__)
