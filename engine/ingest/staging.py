"""Reading a source into a temporary table of typed rows, set-based.

1. ``extracted``: every field as text, plus ``extra`` (names we have no column for, as one JSON object) and ``broken``
   (why the row could not be read at all), in file order.
2. ``staged``: typed columns, ``record_key``, ``content_hash``; and for rows that cannot be kept ``reject`` (which of
   :attr:`Staged.faults`), ``value`` and ``record``. ``staged_rows`` is the same with ``line``.

How a file's records become texts stands in :mod:`engine.ingest.extraction`, how texts become values in
:mod:`engine.ingest.typed`, which line each row has in :mod:`engine.ingest.lines`.

Both are single passes inside DuckDB. Fields that no row of the file has are left out: most files have few of the many
there are. One object a line is read straight through: the first thousands of lines tell the fields, and only a file
that has others later, or values whose meaning the whole file has to settle, is taken in two steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from engine.ingest.extraction import (
    delimited_relation,
    extract_columns,
    json_query,
    lines_relation,
    require_columns,
    unreadable_as_a_whole,
)
from engine.ingest.fields import Kind, Type
from engine.ingest.lines import REJECTS, no_rejects, settle_lines, with_line
from engine.ingest.source import Format, Source, file_sql
from engine.ingest.typed import (
    SQL_TYPES,
    UNSETTLED,
    Assumptions,
    assumptions,
    first_fault,
    payload_of,
    record_of,
    text_of,
    value_of,
    with_numbers,
)
from engine.sqltext import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.ingest.exports.base import Export
    from engine.store import Cursor

_SAMPLE = 20_000


@dataclass(frozen=True)
class Staged:
    """What stands in ``staged``.

    Attributes:
        columns: raw columns it has; every other one is null in this file.
        faults: (field, reason) of each number in ``reject``.
        structural: rows that are not there because they could not even be split into columns: line, field, value,
            reason, record.
        settled: what dates and decimal commas were taken to mean.
    """

    columns: tuple[str, ...]
    faults: tuple[tuple[str | None, str], ...]
    structural: pl.DataFrame
    settled: Assumptions


def read(
    cursor: Cursor,
    source: Source,
    kind: Kind,
    mapping: Mapping[str, str],
    *,
    zone: str,
    as_of: str,
    told: Collection[str] | None = None,
) -> Staged:
    """Fill ``staged`` from a file with our own names.

    Args:
        cursor: a write cursor with the macros loaded.
        source: the file.
        kind: what its rows are.
        mapping: our field name <- name in the file; a dotted name reaches into nested objects, an empty one leaves the
            field out though the file has a column of its name, and ``=text`` gives every row that text.
        zone: time zone of times without an offset.
        as_of: SQL timestamp literal for restatable rows that do not tell their own.
        told: every name that the objects of a file of lines have, where that is known.

    Raises:
        AttribenchError: FILE_MISSING_COLUMNS when a required field has no column in a file with a header;
            FILE_UNREADABLE when the file is damaged as a whole.
    """
    names = {field.name: mapping.get(field.name, field.name) for field in kind.fields}
    if source.format is Format.LINES:
        relation = lines_relation(source)
        if told is None:
            few_lines = f"(from {relation} limit {_SAMPLE})"
            cursor.run(f"create or replace temp table sample as {json_query(few_lines, names)}")
            likely = _present(cursor, kind, "sample")
        else:
            likely = [ours for ours, theirs in names.items() if theirs in told]
        few = {ours: theirs for ours, theirs in names.items() if ours in likely}
        cursor.run(f"create or replace temp view extracted as {json_query(relation, few, {*names.values()})}")
        staged = _stage(cursor, kind, Assumptions(zone, {}, frozenset()), as_of, likely, is_careful=True)
        is_settled = not cursor.value(f"select exists (from staged where reject = {UNSETTLED})")
        cursor.run("drop view extracted")
        if is_settled:
            return replace(staged, structural=settle_lines(cursor, source, "staged"))
        cursor.run(f"create or replace temp table extracted as {json_query(relation, names)}")
    elif source.format is Format.DELIMITED:
        require_columns(kind, names, source.header, source)
        relation = delimited_relation(cursor, source, source.header)
        extract_columns(cursor, relation, names, dict.fromkeys(source.header, "VARCHAR"))
    else:
        relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
        with unreadable_as_a_whole(source):
            types = {str(row[0]): str(row[1]) for row in cursor.rows(f"describe select * from {relation}")}
        require_columns(kind, names, types, source)
        with unreadable_as_a_whole(source):
            extract_columns(cursor, relation, names, types)
    return _stage_whole(cursor, source, kind, zone=zone, as_of=as_of)


def read_export(cursor: Cursor, source: Source, kind: Kind, export: Export, *, zone: str, as_of: str) -> Staged:
    """Fill ``staged`` from another product's export through its query (``engine.ingest.exports``)."""
    if source.format is Format.LINES:
        record = f"select case when json_valid(text) then text::json end as record, text from {lines_relation(source)}"
    elif source.format is Format.DELIMITED:
        header = source.header or export.columns
        relation = delimited_relation(cursor, source, header)
        pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in header)
        record = f"select json_object({pairs}) as record, null::varchar as text from {relation}"
    else:
        relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
        record = f"select to_json(r) as record, null::varchar as text from {relation} r"
    with unreadable_as_a_whole(source):
        cursor.run(f"create or replace temp table export_rows as {record}")
    structural = settle_lines(cursor, source, "export_rows")
    cursor.run(f"create or replace temp view export_lines as {with_line(cursor, source, 'export_rows')}")
    cursor.run(
        """create or replace temp view source as
        select line, record from export_lines where record is not null"""
    )
    present = [name for name in cursor.columns(export.query) if name != "line"]
    columns = [f"{quoted(field.name)}::varchar" if field.name in present else "null::varchar" for field in kind.fields]
    texts = ", ".join(f"{text} as {quoted(field.name)}" for text, field in zip(columns, kind.fields, strict=True))
    cursor.run(
        f"""create or replace temp table extracted as
        select {texts}, null::json as extra, null::varchar as broken, null::varchar as broken_text, line as given_line
        from ({export.query})
        union all
        select {", ".join("null" for _ in kind.fields)}, null, 'invalid_json', text, line
        from export_lines where record is null and trim(coalesce(text, '')) <> ''"""
    )
    cursor.run("drop table export_rows")
    present = _present(cursor, kind, "extracted")
    staged = _stage(cursor, kind, assumptions(cursor, kind, source, zone, present), as_of, present, has_line=True)
    cursor.run("drop table extracted")
    cursor.run("create or replace temp view staged_rows as select given_line as line, * from staged")
    return replace(staged, structural=structural)


def _stage_whole(cursor: Cursor, source: Source, kind: Kind, *, zone: str, as_of: str) -> Staged:
    present = _present(cursor, kind, "extracted")
    staged = _stage(cursor, kind, assumptions(cursor, kind, source, zone, present), as_of, present)
    cursor.run("drop table extracted")
    return replace(staged, structural=settle_lines(cursor, source, "staged"))


def _present(cursor: Cursor, kind: Kind, table: str) -> frozenset[str]:
    """Fields that at least one row has."""
    counts = cursor.rows(f"select {', '.join(f'count({quoted(f.name)})' for f in kind.fields)} from {table}")[0]
    return frozenset(field.name for field, count in zip(kind.fields, counts, strict=True) if count)


def _stage(
    cursor: Cursor,
    kind: Kind,
    settled: Assumptions,
    as_of: str,
    present: Collection[str],
    *,
    is_careful: bool = False,
    has_line: bool = False,
) -> Staged:
    """Fill ``staged`` with typed rows from ``extracted``, in file order.

    Args:
        cursor: the cursor that holds ``extracted``.
        kind: what the rows are.
        settled: see :func:`assumptions`.
        as_of: SQL timestamp literal for restatable rows that do not tell their own.
        present: fields that occur in the file.
        is_careful: nothing was settled; rows that would need it get the fault ``UNSETTLED``.
        has_line: whether ``extracted`` tells the line of each row.
    """
    fields = [field for field in kind.fields if field.name in present and field.type is not Type.JSON]
    values = {field.column: value_of(field, settled) for field in fields}
    values |= {field.column: field.default for field in kind.fields if field.default and field.column not in values}
    values["payload"] = payload_of(has_own="payload" in present)
    if kind.is_restatable:
        values["own_as_of"] = values.pop("as_of", "null::timestamp")
    absent = [
        f", null::{SQL_TYPES.get(field.type, 'varchar')} as {field.column}"
        for field in kind.fields
        if field.column not in {*values, "as_of"}
    ]
    condition, value, faults = first_fault(kind, fields, is_careful=is_careful)
    # A column that is not in the file hashes like one that is and has no value.
    columns = [field.column if field.column != "as_of" else "own_as_of" for field in kind.fields]
    content = ", ".join("canonical(payload)" if column == "payload" else column for column in columns)
    as_of_column = f", coalesce(own_as_of, {as_of}) as as_of" if kind.is_restatable else ""
    given = "given_line, " if has_line else ""
    texts = "".join(f"clean({quoted(field.name)}) as {text_of(field)}, " for field in fields)
    texts += "payload as payload_text, " if "payload" in present else ""
    cleaned = f"select {given}{texts}extra, broken, broken_text from extracted"
    cursor.run(
        f"""create or replace temp table staged as
        select {given}{", ".join(values)}{as_of_column}, reject,
               case when reject is not null then {value} end as value,
               case when reject is not null then coalesce(broken_text, {record_of(fields)}) end as record,
               case when reject is null
                    then md5({literal(kind.name)} || chr(31) || {kind.key})::uuid end as record_key,
               case when reject is null then hash({content}) end as content_hash
        from (select *, {condition} as reject
              from (select *, {", ".join(f"{value} as {column}" for column, value in values.items())}
                           {"".join(absent)}
                    from {with_numbers(fields, settled, cleaned)}))"""
    )
    kept = [column for column in values if column != "own_as_of"]
    return Staged((*kept, "as_of") if kind.is_restatable else tuple(kept), faults, no_rejects(), settled)


def rejects(cursor: Cursor, staged: Staged) -> pl.DataFrame:
    """Every rejected row: line, field, value, reason, record, by line."""
    found = cursor.frame(
        "select line::bigint as line, reject::integer as fault, value, record from staged_rows where reject > 0"
    )
    faults = pl.DataFrame(
        [(number, field, reason) for number, (field, reason) in enumerate(staged.faults)],
        schema={"fault": pl.Int32, "field": pl.String, "reason": pl.String},
        orient="row",
    )
    own = found.join(faults, on="fault", how="left").select(list(REJECTS))
    return pl.concat([own, staged.structural]).sort("line", maintain_order=True)
