"""Importing one file: read, check, add what is new; and taking an import back.

Everything of one import happens in one transaction: after a crash the file holds either all of it or nothing, and the
import can simply be repeated. Rows already known are counted, and remembered as members of this import too (E7).
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest import staging
from engine.ingest.exports import EXPORTS, recognise_aggregate
from engine.ingest.fields import EVENTS, KINDS, Kind
from engine.ingest.rates import read_ecb_rates
from engine.ingest.source import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from engine.ingest.exports.base import Export
    from engine.ingest.staging import Staged
    from engine.store import Cursor, Store
    from engine.task import Task

KEPT_REJECTS = 1_000


@dataclass(frozen=True)
class ImportResult:
    """What became of a file.

    Attributes:
        import_id: for looking at or undoing it.
        file_name: as given.
        read: rows in the file, = new + duplicate + rejected.
        new: rows that were not known.
        duplicate: rows that were known already, or stood twice in the file.
        rejected: rows that could not be kept.
        rejects: line, field, value, reason (a code) and record of each rejected row.
        notes: what was assumed or mended while reading, as {"code": .., ...}.
    """

    import_id: int
    file_name: str
    read: int
    new: int
    duplicate: int
    rejected: int
    rejects: pl.DataFrame
    notes: tuple[dict[str, object], ...]


def import_file(
    store: Store,
    profile_id: int,
    kind_name: str,
    file: Path | BinaryIO,
    *,
    mapping: Mapping[str, str],
    zone: str,
    now: datetime,
    task: Task,
    noted: Callable[[Cursor, ImportResult], None] | None = None,
) -> ImportResult:
    """Add a file's rows to the raw tables.

    Args:
        store: the workspace.
        profile_id: whose data it is.
        kind_name: one of :data:`KINDS` or of the foreign exports.
        file: a path, or a binary stream.
        mapping: our field name <- name in the file; an empty name leaves the field out, ``=text`` gives every row that
            text.
        zone: IANA zone of times that tell no offset.
        now: the moment, UTC; the ``as_of`` of restatable rows that tell none.
        task: progress and cancellation.
        noted: called at the end of the transaction with what came of it.

    Raises:
        AttribenchError: the file as a whole cannot be read (see :mod:`engine.ingest.source`); IMPORT_KIND_UNKNOWN;
            MAPPING_UNKNOWN; IMPORT_AGGREGATE for exports that hold sums instead of events.
    """
    kind, export = resolve(kind_name, mapping)
    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch:
        task.report(0.0, "reading")
        source = open_source(file, Path(scratch), task, has_header=not (export and export.columns))
        refuse_aggregates(source)
        if kind.name == "rates":
            source = read_ecb_rates(source, Path(scratch))
        with store.write(task) as cursor:
            load_macros(cursor)
            task.report(0.1, "parsing")
            moment = _moment(cursor, profile_id, now)
            staged = stage(cursor, source, kind, export, mapping, zone=zone, moment=moment)
            task.report(0.6, "adding")
            result = _commit(cursor, source, kind, kind_name, profile_id, mapping, staged, moment)
            if noted is not None:
                noted(cursor, result)
            return result


def undo_import(store: Store, import_id: int, now: datetime, task: Task) -> int:
    """Take an import back: rows no other import brought are removed, the others stay. Returns the rows removed.

    What is left is what the other imports alone would have given.

    Raises:
        AttribenchError: IMPORT_UNKNOWN when there is no such import, or it was undone already.
    """
    with store.write(task) as cursor:
        return take_back(cursor, import_id, now)


def take_back(cursor: Cursor, import_id: int, now: datetime) -> int:
    """:func:`undo_import` inside a transaction."""
    found = cursor.rows("select kind, profile_id from imports where import_id = $1 and undone_at is null", [import_id])
    if not found:
        raise AttribenchError(Code.IMPORT_UNKNOWN, import_id=import_id)
    kind_name, profile_id = found[0]
    kind = EVENTS if kind_name in EXPORTS else KINDS[kind_name]
    table = kind.table
    same = "h.record_key = r.record_key and h.content_hash = r.content_hash"
    cursor.run(
        f"""create or replace temp table touched as
        select record_key, content_hash from row_memberships where import_id = $1
        union select record_key, content_hash from {table} where import_id = $1""",
        [import_id],
    )
    cursor.run("delete from row_memberships where import_id = $1", [import_id])
    cursor.run("delete from import_rejects where import_id = $1", [import_id])
    cursor.run(
        """create or replace temp table heirs as
        select h.record_key, h.content_hash, max(m.as_of) as as_of, min(m.import_id) as import_id,
               min_by(m.line, m.import_id) as line
        from touched h join row_memberships m on m.record_key = h.record_key and m.content_hash = h.content_hash
             join imports i on i.import_id = m.import_id
        where i.profile_id = $1 group by all""",
        [profile_id],
    )
    cursor.run(
        f"update {table} r set import_id = h.import_id, line = h.line from heirs h"
        f" where {same} and r.profile_id = $1 and r.import_id = $2",
        [profile_id, import_id],
    )
    if kind.is_restatable:
        cursor.run(
            f"update {table} r set as_of = h.as_of from heirs h where {same} and r.profile_id = $1"
            " and r.as_of <> h.as_of",
            [profile_id],
        )
    removed = int(cursor.value(f"select count(*) from {table} where import_id = $1", [import_id]))
    cursor.run(f"delete from {table} where import_id = $1", [import_id])
    if kind is EVENTS and removed:
        cursor.run(
            """update raw_events r set has_versions = false
               where r.profile_id = $1 and r.has_versions and r.record_key in (
                   select record_key from raw_events
                   where profile_id = $1 and has_versions and record_key in (select record_key from touched)
                   group by record_key having count(*) = 1)""",
            [profile_id],
        )
    cursor.run("update imports set undone_at = $1 where import_id = $2", [now.replace(tzinfo=None), import_id])
    cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    return removed


def load_macros(cursor: Cursor) -> None:
    """Define the text-to-value macros on this cursor."""
    cursor.prepare("import", _macros())


@cache
def _macros() -> str:
    return resources.files("engine.ingest").joinpath("macros.sql").read_text(encoding="utf-8")


def resolve(kind_name: str, mapping: Mapping[str, str]) -> tuple[Kind, Export | None]:
    """The kind its rows become, and the foreign export they come from, if any.

    Raises:
        AttribenchError: IMPORT_KIND_UNKNOWN; MAPPING_UNKNOWN for a field the kind does not have.
    """
    export = EXPORTS.get(kind_name)
    kind = EVENTS if export else KINDS.get(kind_name)
    if kind is None:
        raise AttribenchError(Code.IMPORT_KIND_UNKNOWN, kind=kind_name, known=[*KINDS, *EXPORTS])
    for ours in mapping:
        if kind.field(ours) is None:
            raise AttribenchError(Code.MAPPING_UNKNOWN, field=ours, known=[field.name for field in kind.fields])
    return kind, export


def refuse_aggregates(source: Source) -> None:
    """Raise IMPORT_AGGREGATE for an export that holds sums instead of events."""
    name = recognise_aggregate(source.header) if source.header else None
    if name is not None:
        raise AttribenchError(Code.IMPORT_AGGREGATE, path=source.name, name=name)


def stage(
    cursor: Cursor,
    source: Source,
    kind: Kind,
    export: Export | None,
    mapping: Mapping[str, str],
    *,
    zone: str,
    moment: datetime,
) -> Staged:
    """Fill ``staged``."""
    as_of = f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
    if export is not None:
        return staging.read_export(cursor, source, kind, export, zone=zone, as_of=as_of)
    return staging.read(cursor, source, kind, mapping, zone=zone, as_of=as_of)


def _moment(cursor: Cursor, profile_id: int, now: datetime) -> datetime:
    """``now``, or just after the last import where the clock has not moved on: of two imports the later one wins."""
    last = cursor.value("select max(imported_at) from imports where profile_id = $1", [profile_id])
    moment = now.astimezone(UTC).replace(tzinfo=None)
    return moment if last is None or moment > last else last + timedelta(microseconds=1)


def _commit(
    cursor: Cursor,
    source: Source,
    kind: Kind,
    kind_name: str,
    profile_id: int,
    mapping: Mapping[str, str],
    staged: Staged,
    moment: datetime,
) -> ImportResult:
    import_id = int(cursor.value("select nextval('import_ids')"))
    kept = int(cursor.value("select count(*) from staged where reject is null"))
    new = add_new(cursor, kind, staged, profile_id, import_id)
    rejects = staging.rejects(cursor, staged)
    read, rejected = kept + rejects.height, rejects.height
    cursor.run(
        """insert into imports (import_id, profile_id, kind, file_name, file_hash, file_bytes, mapping, notes,
               rows_read, rows_new, rows_duplicate, rows_rejected, imported_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        [
            *(import_id, profile_id, kind_name, source.name, source.sha256, source.size),
            *(json.dumps(dict(mapping)), json.dumps(source.notes)),
            *(read, new, read - rejected - new, rejected, moment),
        ],
    )
    if rejected:
        kept_rejects = rejects.head(KEPT_REJECTS).select(pl.lit(import_id).alias("import_id"), pl.all())
        with cursor.table("reject_rows", kept_rejects):
            cursor.run("insert into import_rejects select * from reject_rows")
    if new:
        cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    return ImportResult(
        import_id, source.name, read, new, read - rejected - new, rejected, rejects, tuple(source.notes)
    )


def add_new(cursor: Cursor, kind: Kind, staged: Staged, profile_id: int, import_id: int) -> int:
    """Insert the staged rows that are not known yet; note the membership of those that are.

    Returns how many were new: not known, or known but restated after something else had been said.
    """
    table = kind.table
    multiple = _multiple(cursor)
    first = "s.reject is null"
    if multiple:
        first += (
            " and not exists (from repeated p where p.record_key = s.record_key"
            " and p.content_hash = s.content_hash and s.line > p.line)"
        )
    restated = 0
    has_rows = bool(cursor.value(f"select exists (from {table} where profile_id = $1)", [profile_id]))
    if has_rows:
        cursor.run(_met(kind, first), {"profile_id": profile_id})
        restated = _join_known(cursor, kind, profile_id, import_id)
        first += " and not exists (from met k where k.is_same and k.line = s.line)"
    extra = extra_name = ""
    if kind is EVENTS:
        extra, extra_name = _has_versions(cursor, profile_id, multiple=multiple, has_rows=has_rows), "has_versions, "
    listed = ", ".join(staged.columns)
    before = int(cursor.value(f"select count(*) from {table}"))
    cursor.run(
        f"""insert into {table} (profile_id, import_id, record_key, content_hash, line, {extra_name}{listed})
            select $profile_id, $import_id, s.record_key, s.content_hash, s.line, {extra}{listed}
            from staged_rows s where {first}""",
        {"profile_id": profile_id, "import_id": import_id},
    )
    return int(cursor.value(f"select count(*) from {table}")) - before + restated


def _multiple(cursor: Cursor) -> bool:
    """Fill ``repeated`` with what the file tells more than once, by content; False when it tells no fact twice."""
    cursor.run(
        """create or replace temp table multiple as
        select record_key from staged where reject is null group by all having count(*) > 1"""
    )
    if not cursor.value("select exists (from multiple)"):
        return False
    cursor.run(
        """create or replace temp table repeated as
        select record_key, content_hash, min(line) as line
        from staged_rows where reject is null and record_key in (from multiple) group by all"""
    )
    return True


def _met(kind: Kind, first: str) -> str:
    """SQL filling ``met``: staged rows whose fact some earlier import told, beside each version of it.

    ``is_same``: with this very content. ``is_restated``: so, but something else was told after it.
    """
    as_of, own, age = "null::timestamp", "null::timestamp", "1"
    if kind.is_restatable:
        as_of, own = "as_of", "own_as_of"
        age = "row_number() over (partition by record_key order by as_of desc, content_hash)"
    return f"""create or replace temp table met as
        select s.line, s.record_key, s.content_hash, s.as_of, r.content_hash = s.content_hash as is_same,
               is_same and s.own_as_of is null and r.age > 1 as is_restated,
               r.import_id as owner, r.line as owner_line, r.as_of as owner_as_of
        from (select line, record_key, content_hash, {as_of} as as_of, {own} as own_as_of from staged_rows s
              where {first}) s
        join (select record_key, content_hash, import_id, line, {as_of} as as_of, {age} as age
              from {kind.table} where profile_id = $profile_id
                  and record_key in (select record_key from staged where reject is null)) r
            on r.record_key = s.record_key"""


def _join_known(cursor: Cursor, kind: Kind, profile_id: int, import_id: int) -> int:
    """Note that this import, too, brought the known rows; a restated fact holds from now on. Returns the restated.

    A row carries the latest ``as_of`` at which any import told it; what each one told stands in its membership.
    """
    if kind.is_restatable:
        cursor.run(
            """insert into row_memberships (import_id, record_key, content_hash, as_of, line)
               select owner, record_key, content_hash, owner_as_of, owner_line from met k
               where is_same and as_of > owner_as_of and not exists (
                   from row_memberships m where m.import_id = k.owner and m.record_key = k.record_key
                        and m.content_hash = k.content_hash)"""
        )
        cursor.run(
            f"""update {kind.table} r set as_of = k.as_of from met k
                where k.is_same and k.record_key = r.record_key and k.content_hash = r.content_hash
                      and r.profile_id = $1 and k.as_of > r.as_of""",
            [profile_id],
        )
    cursor.run(
        """insert into row_memberships (import_id, record_key, content_hash, as_of, line)
           select $1, record_key, content_hash, as_of, line from met where is_same""",
        [import_id],
    )
    return int(cursor.value("select count(*) from met where is_restated"))


def _has_versions(cursor: Cursor, profile_id: int, *, multiple: bool, has_rows: bool) -> str:
    """SQL: whether the event is told with another content too, by this file or an earlier one; marks the earlier."""
    sources: list[str] = []
    if multiple:
        sources.append("select record_key from repeated group by record_key having count(*) > 1")
    if has_rows:
        sources.append("select record_key from met where not is_same")
    if not sources:
        return "false, "
    cursor.run(f"create or replace temp table versioned as {' union '.join(sources)}")
    if not cursor.value("select exists (from versioned)"):
        return "false, "
    if has_rows:
        cursor.run(
            """update raw_events set has_versions = true
               where profile_id = $1 and not has_versions and record_key in (from versioned)""",
            [profile_id],
        )
    return "s.record_key in (from versioned), "
