"""Importing one file: read, check, add what is new; and taking an import back.

Everything of one import happens in one transaction: after a crash the file holds either all of it or nothing, and the
import can simply be repeated. Rows already known are counted, and remembered as members of this import too (E7).
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest import staging
from engine.ingest.exports import AGGREGATE_ONLY, EXPORTS
from engine.ingest.fields import EVENTS, KINDS, Kind
from engine.ingest.rates import read_ecb_rates
from engine.ingest.source import Format, Source, open_source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from engine.ingest.exports.base import Export
    from engine.store import Cursor, Store
    from engine.task import Task


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
) -> ImportResult:
    """Add a file's rows to the raw tables.

    Args:
        store: the workspace.
        profile_id: whose data it is.
        kind_name: one of :data:`KINDS` or of the foreign exports.
        file: a path, or a binary stream.
        mapping: our field name <- name in the file.
        zone: IANA zone of times that tell no offset.
        now: the moment, UTC; the ``as_of`` of restatable rows that tell none.
        task: progress and cancellation.

    Raises:
        AttribenchError: the file as a whole cannot be read (see :mod:`engine.ingest.source`); IMPORT_KIND_UNKNOWN;
            MAPPING_UNKNOWN; IMPORT_AGGREGATE for exports that hold sums instead of events.
    """
    export = EXPORTS.get(kind_name)
    kind = EVENTS if export else _kind(kind_name)
    for ours in mapping:
        if kind.field(ours) is None:
            raise AttribenchError(Code.MAPPING_UNKNOWN, field=ours, known=[field.name for field in kind.fields])
    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch:
        task.report(0.0, "reading")
        source = open_source(file, Path(scratch), task, has_header=not (export and export.columns))
        _refuse_aggregates(source)
        with store.write(task) as cursor:
            load_macros(cursor)
            task.report(0.1, "parsing")
            structural = _stage(cursor, source, kind, export, mapping, zone=zone, now=now, scratch=Path(scratch))
            task.report(0.6, "adding")
            return _commit(cursor, source, kind, kind_name, profile_id, mapping, structural, now)


def undo_import(store: Store, import_id: int, now: datetime, task: Task) -> int:
    """Take an import back: rows no other import brought are removed, the others stay. Returns the rows removed.

    Raises:
        AttribenchError: IMPORT_UNKNOWN when there is no such import, or it was undone already.
    """
    with store.write(task) as cursor:
        found = cursor.rows(
            "select kind, profile_id from imports where import_id = $1 and undone_at is null", [import_id]
        )
        if not found:
            raise AttribenchError(Code.IMPORT_UNKNOWN, import_id=import_id)
        kind_name, profile_id = found[0]
        table = (EVENTS if kind_name in EXPORTS else KINDS[kind_name]).table
        version = "" if kind_name not in KINDS or not KINDS[kind_name].is_restatable else " and m.as_of = r.as_of"
        cursor.run("delete from row_memberships where import_id = $1", [import_id])
        cursor.run(
            f"""create or replace temp table heirs as
            select m.record_key, m.content_hash, m.as_of, min(m.import_id) as import_id,
                   min_by(m.line, m.import_id) as line
            from row_memberships m join {table} r on r.record_key = m.record_key
                 and r.content_hash = m.content_hash{version}
            where r.import_id = $1 group by all""",
            [import_id],
        )
        same = "h.record_key = r.record_key and h.content_hash = r.content_hash" + version.replace("m.", "h.")
        cursor.run(
            f"update {table} r set import_id = h.import_id, line = h.line from heirs h"
            f" where {same} and r.import_id = $1",
            [import_id],
        )
        cursor.run(
            "delete from row_memberships m using heirs h where m.record_key = h.record_key"
            " and m.content_hash = h.content_hash and m.as_of is not distinct from h.as_of"
            " and m.import_id = h.import_id"
        )
        removed = int(cursor.value(f"select count(*) from {table} where import_id = $1", [import_id]))
        cursor.run(f"delete from {table} where import_id = $1", [import_id])
        cursor.run("update imports set undone_at = $1 where import_id = $2", [now.replace(tzinfo=None), import_id])
        cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
        return removed


def load_macros(cursor: Cursor) -> None:
    """Define the text-to-value macros on this cursor."""
    cursor.run(resources.files("engine.ingest").joinpath("macros.sql").read_text(encoding="utf-8"))


def _kind(name: str) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise AttribenchError(Code.IMPORT_KIND_UNKNOWN, kind=name, known=[*KINDS, *EXPORTS])
    return kind


def _refuse_aggregates(source: Source) -> None:
    for name, signature in AGGREGATE_ONLY.items():
        if source.header and signature <= set(source.header):
            raise AttribenchError(Code.IMPORT_AGGREGATE, path=source.name, name=name)


def _stage(
    cursor: Cursor,
    source: Source,
    kind: Kind,
    export: Export | None,
    mapping: Mapping[str, str],
    *,
    zone: str,
    now: datetime,
    scratch: Path,
) -> pl.DataFrame:
    """Fill ``staged``; returns the rows that could not even be split into columns."""
    if kind.name == "rates":
        source = read_ecb_rates(source, scratch)
    first_line = 2 if source.header else 1
    if export is None:
        staging.extract(cursor, source, kind, mapping)
    else:
        staging.extract_export(cursor, source, kind, export)
    settled = staging.assumptions(cursor, kind, source, zone)
    staging.stage(cursor, kind, settled, f"timestamp '{now:%Y-%m-%d %H:%M:%S.%f}'", first_line=first_line)
    cursor.run("drop table extracted")
    structural = staging.structural_rejects(cursor, source)
    if export is None and source.format is Format.DELIMITED:
        return staging.locate_lines(cursor, source, structural, first_line)
    return structural


def _commit(
    cursor: Cursor,
    source: Source,
    kind: Kind,
    kind_name: str,
    profile_id: int,
    mapping: Mapping[str, str],
    structural: pl.DataFrame,
    now: datetime,
) -> ImportResult:
    import_id = int(cursor.value("select nextval('import_ids')"))
    read, rejected = cursor.rows("select count(*), count(*) filter (reject is not null) from staged")[0]
    new = _add_new(cursor, kind, profile_id, import_id)
    rejects = _rejects(cursor, structural) if rejected or structural.height else _rejects_schema()
    read, rejected = read + structural.height, rejected + structural.height
    cursor.run(
        """insert into imports (import_id, profile_id, kind, file_name, file_hash, file_bytes, mapping, notes,
               rows_read, rows_new, rows_duplicate, rows_rejected, imported_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        [
            *(import_id, profile_id, kind_name, source.name, source.sha256, source.size),
            *(json.dumps(dict(mapping)), json.dumps(source.notes)),
            *(read, new, read - rejected - new, rejected, now.replace(tzinfo=None)),
        ],
    )
    if new:
        cursor.run("update profiles set is_stale = true where profile_id = $1", [profile_id])
    return ImportResult(
        import_id, source.name, read, new, read - rejected - new, rejected, rejects, tuple(source.notes)
    )


def _add_new(cursor: Cursor, kind: Kind, profile_id: int, import_id: int) -> int:
    """Insert the staged rows that are not known yet; note the membership of those that are. Returns how many."""
    table = kind.table
    columns = [column for column in cursor.columns(f"select * from {table}") if column in _own_columns(kind)]
    cursor.run(
        """create or replace temp table repeated as
        select record_key, content_hash, min(line) as line, count(*) as rows
        from staged where reject is null group by all having count(*) > 1"""
    )
    has_repeats = bool(cursor.value("select count(*) from repeated"))
    first = "reject is null"
    if has_repeats:
        first += (
            " and not exists (from repeated p where p.record_key = s.record_key"
            " and p.content_hash = s.content_hash and s.line > p.line)"
        )
    has_rows = bool(cursor.value(f"select exists (from {table} where profile_id = $1)", [profile_id]))
    if has_rows:
        cursor.run(_known(kind, first), {"profile_id": profile_id})
        cursor.run(
            """insert into row_memberships (import_id, record_key, content_hash, as_of, line)
               select $import_id, record_key, content_hash, as_of, line from known
               where import_id <> $import_id""",
            {"import_id": import_id},
        )
        first += " and not exists (from known k where k.line = s.line)"
    extra = ""
    if kind is EVENTS:
        extra = _has_versions(has_rows=has_rows) + " as has_versions, "
    listed = ", ".join(columns)
    cursor.run(
        f"""insert into {table} (profile_id, import_id, record_key, content_hash, line,
                {"has_versions, " if extra else ""}{listed})
            select $profile_id, $import_id, record_key, content_hash, line, {extra}{listed}
            from staged s where {first}""",
        {"profile_id": profile_id, "import_id": import_id},
    )
    return int(
        cursor.value(f"select count(*) from {table} where profile_id = $1 and import_id = $2", [profile_id, import_id])
    )


def _own_columns(kind: Kind) -> set[str]:
    return {field.column for field in kind.fields}


def _known(kind: Kind, first: str) -> str:
    """SQL filling ``known``: staged rows that some earlier import brought already."""
    table = kind.table
    if not kind.is_restatable:
        return f"""create or replace temp table known as
            select s.line, s.record_key, s.content_hash, null::timestamp as as_of, r.import_id
            from staged s join {table} r on r.profile_id = $profile_id
                 and r.record_key = s.record_key and r.content_hash = s.content_hash
            where {first}"""
    # A fact told without its own time is known when it says what the latest version says already.
    return f"""create or replace temp table known as
        select s.line, s.record_key, s.content_hash, r.as_of, r.import_id
        from staged s join (
            select *, row_number() over (partition by record_key order by as_of desc, content_hash desc) as age
            from {table} where profile_id = $profile_id
        ) r on r.record_key = s.record_key and r.content_hash = s.content_hash
        where {first} and (s.given_as_of is not null or r.age = 1)
        qualify row_number() over (partition by s.line order by r.age) = 1"""


def _has_versions(*, has_rows: bool) -> str:
    """SQL: whether the event is known with another content, from before or from this file."""
    within = """exists (from (select record_key from staged where reject is null
                              group by record_key having count(distinct content_hash) > 1) v
                        where v.record_key = s.record_key)"""
    if not has_rows:
        return within
    return f"""({within} or exists (from raw_events r where r.profile_id = $profile_id
                and r.record_key = s.record_key and r.content_hash <> s.content_hash))"""


def _rejects(cursor: Cursor, structural: pl.DataFrame) -> pl.DataFrame:
    own = cursor.frame(
        """select line::bigint as line, reject.field as field, reject.value as value, reject.reason as reason, record
           from staged where reject is not null"""
    )
    return pl.concat([own, structural.select(own.columns)]).sort("line", maintain_order=True)


def _rejects_schema() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"line": pl.Int64, "field": pl.String, "value": pl.String, "reason": pl.String, "record": pl.String}
    )
