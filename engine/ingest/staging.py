"""Reading a source into a temporary table of typed rows, set-based.

1. ``extracted``: every field as text, plus ``extra`` (names we have no column for, as one JSON object) and ``broken``
   (why the row could not be read at all), in file order.
2. ``staged``: typed columns, ``record_key``, ``content_hash``; and for rows that cannot be kept ``reject`` (which of
   :attr:`Staged.faults`), ``value`` and ``record``. ``staged_rows`` is the same with ``line``.

Both are single passes inside DuckDB. Fields that no row of the file has are left out: most files have few of the many
there are. One object a line is read straight through: the first thousands of lines tell the fields, and only a file
that has others later, or values whose meaning the whole file has to settle, is taken in two steps.
"""

from __future__ import annotations

import csv
import json
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest.fields import Field, Kind, Type
from engine.ingest.source import Format, Source, file_sql
from engine.money import currencies

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping, Sequence

    from engine.ingest.exports.base import Export
    from engine.store import Cursor

_MAX_LINE_BYTES = 256 << 20
_EARLIEST = "1990-01-01"
_LATEST = "2100-01-01"
_UNREADABLE = {
    Type.TIME: "not_a_time",
    Type.DAY: "not_a_time",
    Type.AMOUNT: "not_a_number",
    Type.NUMBER: "not_a_number",
    Type.INTEGER: "not_a_number",
    Type.BOOLEAN: "not_a_boolean",
}
_SQL_TYPES = {
    Type.TIME: "timestamp",
    Type.DAY: "date",
    Type.AMOUNT: "decimal(18, 6)",
    Type.NUMBER: "double",
    Type.INTEGER: "bigint",
    Type.BOOLEAN: "boolean",
    Type.JSON: "json",
}
DAY_PATTERN = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}"
_UNSETTLED = -1
_SAMPLE = 20_000
_FEW_LINES = 2 << 20
_BUFFER = 32 << 20


@dataclass(frozen=True)
class Assumptions:
    """What had to be settled for a whole file.

    Attributes:
        zone: time zone of times without an offset.
        day_first: fields whose 03/04/2026 is the third of April (True) or the fourth of March (False); a field that
            is not here has no such dates, or they do not tell.
        comma_decimal: fields whose 1,234 means one and a bit.
    """

    zone: str
    day_first: Mapping[str, bool]
    comma_decimal: frozenset[str]


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
        relation = _lines_relation(source)
        if told is None:
            few_lines = f"(from {relation} limit {_SAMPLE})"
            cursor.run(f"create or replace temp table sample as {_json_query(few_lines, names)}")
            likely = _present(cursor, kind, "sample")
        else:
            likely = [ours for ours, theirs in names.items() if theirs in told]
        few = {ours: theirs for ours, theirs in names.items() if ours in likely}
        cursor.run(f"create or replace temp view extracted as {_json_query(relation, few, {*names.values()})}")
        staged = _stage(cursor, kind, Assumptions(zone, {}, frozenset()), as_of, likely, is_careful=True)
        is_settled = not cursor.value(f"select exists (from staged where reject = {_UNSETTLED})")
        cursor.run("drop view extracted")
        if is_settled:
            return replace(staged, structural=_settle_lines(cursor, source, "staged"))
        cursor.run(f"create or replace temp table extracted as {_json_query(relation, names)}")
    elif source.format is Format.DELIMITED:
        _require(kind, names, source.header, source)
        relation = _delimited_relation(cursor, source, source.header)
        _extract_columns(cursor, relation, names, dict.fromkeys(source.header, "VARCHAR"))
    else:
        relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
        with _unreadable(source):
            types = {str(row[0]): str(row[1]) for row in cursor.rows(f"describe select * from {relation}")}
        _require(kind, names, types, source)
        with _unreadable(source):
            _extract_columns(cursor, relation, names, types)
    return _stage_whole(cursor, source, kind, zone=zone, as_of=as_of)


def read_export(cursor: Cursor, source: Source, kind: Kind, export: Export, *, zone: str, as_of: str) -> Staged:
    """Fill ``staged`` from another product's export through its query (``engine.ingest.exports``)."""
    if source.format is Format.LINES:
        record = f"select case when json_valid(text) then text::json end as record, text from {_lines_relation(source)}"
    elif source.format is Format.DELIMITED:
        header = source.header or export.columns
        relation = _delimited_relation(cursor, source, header)
        pairs = ", ".join(f"{_literal(name)}, {_quoted(name)}" for name in header)
        record = f"select json_object({pairs}) as record, null::varchar as text from {relation}"
    else:
        relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
        record = f"select to_json(r) as record, null::varchar as text from {relation} r"
    with _unreadable(source):
        cursor.run(f"create or replace temp table export_rows as {record}")
    structural = _settle_lines(cursor, source, "export_rows")
    cursor.run(f"create or replace temp view export_lines as {_with_line(cursor, source, 'export_rows')}")
    cursor.run(
        """create or replace temp view source as
        select line, record from export_lines where record is not null"""
    )
    present = [name for name in cursor.columns(export.query) if name != "line"]
    columns = [f"{_quoted(field.name)}::varchar" if field.name in present else "null::varchar" for field in kind.fields]
    texts = ", ".join(f"{text} as {_quoted(field.name)}" for text, field in zip(columns, kind.fields, strict=True))
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
    return replace(staged, structural=_settle_lines(cursor, source, "staged"))


def assumptions(cursor: Cursor, kind: Kind, source: Source, zone: str, present: Collection[str]) -> Assumptions:
    """Settle, over the whole file, what its dates and decimal commas mean."""
    return Assumptions(zone, _day_first(cursor, kind, present), _comma_decimal(cursor, kind, source, present))


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
        is_careful: nothing was settled; rows that would need it get the fault ``_UNSETTLED``.
        has_line: whether ``extracted`` tells the line of each row.
    """
    fields = [field for field in kind.fields if field.name in present and field.type is not Type.JSON]
    values = {field.column: _typed(field, settled) for field in fields}
    values |= {field.column: field.default for field in kind.fields if field.default and field.column not in values}
    values["payload"] = _payload(has_own="payload" in present)
    if kind.is_restatable:
        values["own_as_of"] = values.pop("as_of", "null::timestamp")
    absent = [
        f", null::{_SQL_TYPES.get(field.type, 'varchar')} as {field.column}"
        for field in kind.fields
        if field.column not in {*values, "as_of"}
    ]
    condition, value, faults = _reject(kind, fields, is_careful=is_careful)
    # A column that is not in the file hashes like one that is and has no value.
    columns = [field.column if field.column != "as_of" else "own_as_of" for field in kind.fields]
    content = ", ".join("canonical(payload)" if column == "payload" else column for column in columns)
    as_of_column = f", coalesce(own_as_of, {as_of}) as as_of" if kind.is_restatable else ""
    given = "given_line, " if has_line else ""
    texts = "".join(f"clean({_quoted(field.name)}) as {_text(field)}, " for field in fields)
    texts += "payload as payload_text, " if "payload" in present else ""
    cleaned = f"select {given}{texts}extra, broken, broken_text from extracted"
    cursor.run(
        f"""create or replace temp table staged as
        select {given}{", ".join(values)}{as_of_column}, reject,
               case when reject is not null then {value} end as value,
               case when reject is not null then coalesce(broken_text, {_record(fields)}) end as record,
               case when reject is null
                    then md5({_literal(kind.name)} || chr(31) || {kind.key})::uuid end as record_key,
               case when reject is null then hash({content}) end as content_hash
        from (select *, {condition} as reject
              from (select *, {", ".join(f"{value} as {column}" for column, value in values.items())}
                           {"".join(absent)}
                    from {_numbers(fields, settled, cleaned)}))"""
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
    own = found.join(faults, on="fault", how="left").select(list(_REJECTS))
    return pl.concat([own, staged.structural]).sort("line", maintain_order=True)


_REJECTS = {"line": pl.Int64, "field": pl.String, "value": pl.String, "reason": pl.String, "record": pl.String}


def no_rejects() -> pl.DataFrame:
    """A table of rejected rows without any."""
    return pl.DataFrame(schema=_REJECTS)


def _settle_lines(cursor: Cursor, source: Source, table: str) -> pl.DataFrame:
    """Make the view ``staged_rows``, which tells the line of each row of ``table``; returns the rows of a delimited
    file that could not be split.

    Those are missing from ``table``, blank lines are skipped, and a quoted value may hold line breaks. Where none of
    that occurs a row's line is its number.
    """
    cursor.run("create or replace temp table true_lines (row bigint, line bigint)")
    structural = no_rejects()
    if source.starts:
        _load_lines(cursor, source.starts)
    if source.format is Format.DELIMITED:
        structural = _settle_delimited(cursor, source, table)
    if table == "staged":
        cursor.run(f"create or replace temp view staged_rows as {_with_line(cursor, source, table)}")
    return structural


def _settle_delimited(cursor: Cursor, source: Source, table: str) -> pl.DataFrame:
    structural = cursor.frame(
        """select column_name as field, csv_line as value, lower(replace(error_type::varchar, ' ', '_')) as reason,
                  csv_line as record, line_byte_position::bigint as position
           from reject_errors order by line_byte_position"""
    ).unique(subset="position", keep="first", maintain_order=True)
    rows = int(cursor.value(f"select count(*) from {table}"))
    bad: list[int] = []
    if structural.height or source.lines != rows + source.header_lines:
        bad = _lines_at(source, structural["position"].to_list())
        rejected = set(bad)
        good = [start for start in _record_starts(source) if start not in rejected]
        if len(good) == rows:  # else the file's quotes are broken beyond counting, and rows keep their number
            _load_lines(cursor, good)
    structural = structural.with_columns(pl.Series("line", bad, dtype=pl.Int64)).select(list(_REJECTS))
    if source.rest is not None:
        line, text = source.rest
        row = pl.DataFrame([(line, None, text, "unfinished", text)], schema=_REJECTS, orient="row")
        structural = pl.concat([structural, row])
    return structural


def _load_lines(cursor: Cursor, lines: Sequence[int]) -> None:
    frame = pl.DataFrame({"row": pl.int_range(len(lines), eager=True), "line": pl.Series(lines, dtype=pl.Int64)})
    with cursor.table("line_rows", frame):
        cursor.run("insert into true_lines select * from line_rows")


def _with_line(cursor: Cursor, source: Source, table: str) -> str:
    """SQL: the rows of a table in file order with their line."""
    first = int(cursor.value(f"select coalesce(min(rowid), 0) from {table}"))  # not zero while the transaction is open
    if cursor.value("select exists (from true_lines)"):
        return f"select t.line, s.* from {table} s join true_lines t on t.row = s.rowid - {first}"
    return f"select rowid - {first} + {source.header_lines + 1} as line, * from {table}"


def _present(cursor: Cursor, kind: Kind, table: str) -> frozenset[str]:
    """Fields that at least one row has."""
    counts = cursor.rows(f"select {', '.join(f'count({_quoted(f.name)})' for f in kind.fields)} from {table}")[0]
    return frozenset(field.name for field, count in zip(kind.fields, counts, strict=True) if count)


def _day_first(cursor: Cursor, kind: Kind, present: Collection[str]) -> dict[str, bool]:
    """Of each field with dates such as 31/12/2026 what they tell; one that does not tell follows the others."""
    votes: dict[str, tuple[int, int]] = {}
    for field in kind.fields:
        if field.type not in {Type.TIME, Type.DAY} or field.name not in present:
            continue
        name = _quoted(field.name)
        total, day, month = cursor.rows(
            f"""select count(*), count(*) filter (a > 12 and a <= 31 and b <= 12),
                       count(*) filter (b > 12 and b <= 31 and a <= 12)
                from (select regexp_extract(t, '{DAY_PATTERN}', 1)::integer a,
                             regexp_extract(t, '{DAY_PATTERN}', 2)::integer b
                      from (select trim({name}) t from extracted)
                      where (t[2] in ('/', '.', '-') or t[3] in ('/', '.', '-'))
                        and regexp_matches(t, '{DAY_PATTERN}'))"""
        )[0]
        if total:
            votes[field.name] = (int(day), int(month))
    told = {name: day > 0 for name, (day, month) in votes.items() if (day > 0) != (month > 0)}
    if len(set(told.values())) == 1:
        shared = next(iter(told.values()))
        told |= {name: shared for name, (day, month) in votes.items() if not day and not month}
    return told


def _comma_decimal(cursor: Cursor, kind: Kind, source: Source, present: Collection[str]) -> frozenset[str]:
    numeric = [
        field
        for field in kind.fields
        if field.type in {Type.AMOUNT, Type.NUMBER, Type.INTEGER} and field.name in present
    ]
    if not numeric:
        return frozenset()
    commas = cursor.rows(
        f"select {', '.join(f'bool_or({_quoted(f.name)} ~~ $$%,%$$)' for f in numeric)} from extracted"
    )
    found: set[str] = set()
    for field, has_comma in zip(numeric, commas[0], strict=True):
        if not has_comma and source.delimiter != ";":
            continue
        european, english = cursor.rows(
            f"""select
                count(*) filter (regexp_matches(t, ',\\d*$')
                    and (contains(t, '.') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(,\\d{{3}})+'))),
                count(*) filter (regexp_matches(t, '\\.\\d*$')
                    and (contains(t, ',') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(\\.\\d{{3}})+')))
            from (select number_text(clean({_quoted(field.name)})) t from extracted)"""
        )[0]
        if european > english or (european == english == 0 and source.delimiter == ";"):
            found.add(field.name)
    return frozenset(found)


def _record_starts(source: Source) -> list[int]:
    """Line (from 1) on which each record begins, blank lines and the header left out."""
    csv.field_size_limit(_MAX_LINE_BYTES)
    starts: list[int] = []
    before = 0
    with source.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=source.delimiter)
        for row in reader:
            if row and reader.line_num > source.header_lines:
                starts.append(before + 1)
            before = reader.line_num
    return starts


def _lines_at(source: Source, positions: Sequence[int]) -> list[int]:
    """Line (from 1) of each byte position."""
    if not positions:
        return []
    ends: list[int] = []
    total = 0
    with source.path.open("rb") as file:
        for line in file:
            total += len(line)
            ends.append(total)
    return [bisect_left(ends, position) + 1 for position in positions]


def _lines_relation(source: Source) -> str:
    """One row a line, in file order, through the CSV reader with a delimiter that cannot occur: it keeps every line,
    also blank and broken ones, where the JSON reader drops or nulls them."""
    return (
        f"(select line as text from read_csv({file_sql(source.path)}, delim='\x00', quote='', escape='',"
        f" header=false, auto_detect=false, columns={{'line': 'VARCHAR'}}, {_limits(source)}))"
    )


def _delimited_relation(cursor: Cursor, source: Source, header: Sequence[str]) -> str:
    cursor.run("drop table if exists reject_errors")
    cursor.run("drop table if exists reject_scans")
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({file_sql(source.path)}, delim={_literal(source.delimiter)}, quote='\"', escape='\"',"
        f" header=false, skip={source.header_lines}, auto_detect=false, columns={{{columns}}},"
        f" store_rejects=true, rejects_limit=0, {_limits(source)})"
    )


def _limits(source: Source) -> str:
    """The reader holds a few buffers: large enough for the longest line, and no larger than needed. What the file's
    name says of compression means nothing: the text is plain."""
    longest = min(max(source.longest + 1024, _FEW_LINES), _MAX_LINE_BYTES)
    return f"compression='none', max_line_size={longest}, buffer_size={max(_BUFFER, 2 * longest)}"


def _json_query(relation: str, names: Mapping[str, str], others: Collection[str] = ()) -> str:
    """SQL giving ``extracted`` from JSON texts.

    Args:
        relation: rows with ``text``.
        names: our field name <- name in the file.
        others: names of fields that are not expected to occur; where one does, ``broken`` says ``unsettled``.
    """
    given = {ours: theirs for ours, theirs in names.items() if not theirs or is_constant(theirs)}
    names = {ours: theirs for ours, theirs in names.items() if ours not in given}
    folded = [theirs.casefold() for theirs in set(names.values())]
    # Columns know no case: names that differ in nothing else are read one by one, as nested ones are.
    plain = {
        ours: theirs for ours, theirs in names.items() if "." not in theirs and folded.count(theirs.casefold()) == 1
    }
    single = {ours: theirs for ours, theirs in names.items() if ours not in plain}
    keys = list(dict.fromkeys(plain.values()))
    known = {*keys, *single.values()}
    template = "{" + ", ".join(f'{_json_text(theirs)}: "VARCHAR"' for theirs in keys or ["-"]) + "}"
    without = "{" + ", ".join(f"{_json_text(theirs)}: null" for theirs in sorted(known)) + "}"
    columns = [f"t.{_quoted(theirs)} as {_quoted(ours)}, " for ours, theirs in plain.items()]
    columns += [f"{_json_value('text', theirs)} as {_quoted(ours)}, " for ours, theirs in single.items()]
    columns += [f"{_constant(theirs)} as {_quoted(ours)}, " for ours, theirs in given.items()]
    present = " + ".join(f"(t.{_quoted(theirs)} is not null)::utinyint" for theirs in keys) or "0"
    unsettled = "null"
    unexpected = sorted({*others} - known - {""})
    if unexpected:
        names_sql = ", ".join(_literal(name) for name in unexpected)
        unsettled = (
            f"case when extra is not null and list_has_any(json_keys(extra), [{names_sql}]) then 'unsettled' end"
        )
    # Blank lines are no rows; they stay in the table so that every other row keeps its line number.
    return f"""
        select {"".join(columns)}
            case when t is not null and len(json_keys(text)) > {present}
                 then nullif(json_merge_patch(text, {_literal(without)})::varchar, '{{}}')::json end as extra,
            case when t is null then case when trim(coalesce(text, '')) = '' then 'blank'
                                          when json_valid(text) then 'not_an_object' else 'invalid_json' end
                 when not starts_with(text, '{{') and json_type(text) <> 'OBJECT' then 'not_an_object'
                 else {unsettled} end as broken,
            case when broken <> 'unsettled' then text end as broken_text
        from (select text, try(json_transform(text, {_literal(template)})) as t from {relation})"""


def _json_value(record: str, name: str) -> str:
    """SQL: the text at a name of a JSON record, or inside its nested objects and lists (``a.b``, ``a.0.b``)."""
    own = f"json_extract_string({record}, {_literal('/' + _pointer_part(name))})"
    if "." not in name:
        return own
    nested = "/" + "/".join(_pointer_part(part) for part in name.split("."))
    return f"coalesce({own}, json_extract_string({record}, {_literal(nested)}))"


def _pointer_part(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _extract_columns(cursor: Cursor, relation: str, names: Mapping[str, str], types: Mapping[str, str]) -> None:
    columns: list[str] = []
    for ours, theirs in names.items():
        parent, _, rest = theirs.partition(".")
        if theirs and theirs in types:
            value = _column_text(theirs, types[theirs])
        elif rest and parent in types:
            whole = _column_text(parent, types[parent])
            value = f"case when json_valid({whole}) then {_json_value(f'({whole})::json', rest)} end"
        else:
            value = _constant(theirs)
        columns.append(f"{value} as {_quoted(ours)}")
    others = [name for name in types if name not in set(names.values())]
    extra = "null::json"
    if others:
        pairs = ", ".join(f"{_literal(name)}, {_quoted(name)}" for name in others)
        extra = f"nullif(json_merge_patch('{{}}', json_object({pairs}))::varchar, '{{}}')::json"
    cursor.run(
        f"create or replace temp table extracted as select {', '.join(columns)}, {extra} as extra,"
        f" null::varchar as broken, null::varchar as broken_text from {relation}"
    )


def is_constant(name: str) -> bool:
    """Whether a mapping gives every row one text, ``=text``, instead of naming a column."""
    return name.startswith("=") and len(name) > 1


def _constant(name: str) -> str:
    return f"{_literal(name[1:])}::varchar" if is_constant(name) else "null::varchar"


def _column_text(name: str, type_name: str) -> str:
    if type_name == "VARCHAR":
        return _quoted(name)
    is_nested = type_name.endswith("]") or type_name.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))
    return f"to_json({_quoted(name)})::varchar" if is_nested else f"{_quoted(name)}::varchar"


def parquet_texts(cursor: Cursor, source: Source, rows: int) -> pl.DataFrame:
    """The first rows of a Parquet file, every column as the text it is read as. Raises FILE_UNREADABLE."""
    relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
    with _unreadable(source):
        types = {str(row[0]): str(row[1]) for row in cursor.rows(f"describe select * from {relation}")}
        texts = ", ".join(f"{_column_text(name, type_)} as {_quoted(name)}" for name, type_ in types.items())
        return cursor.frame(f"select {texts} from {relation} limit {rows}")


def _require(kind: Kind, names: Mapping[str, str], present: Iterable[str], source: Source) -> None:
    has = {*present}
    has |= {name for name in names.values() if is_constant(name) or name.partition(".")[0] in has}
    missing = [names[f.name] or f.name for f in kind.fields if f.required and names[f.name] not in has]
    if kind.any_of and not any(names[name] in has for name in kind.any_of):
        missing.append(" | ".join(names[name] or name for name in kind.any_of))
    if missing:
        raise AttribenchError(Code.FILE_MISSING_COLUMNS, path=source.name, columns=missing, present=list(present))


_NUMERIC = frozenset({Type.AMOUNT, Type.NUMBER, Type.INTEGER})


def _numbers(fields: Sequence[Field], settled: Assumptions, relation: str) -> str:
    """The relation, with the plain number of each numeric text beside it, step by step: as one expression each would
    have the one inside it many times over, and reading a dozen rows would take as long as reading thousands."""
    numeric = [field for field in fields if field.type in _NUMERIC]
    if not numeric:
        return f"({relation})"
    written = ", ".join(f"number_text({_text(field)}) as {_plain(field)}" for field in numeric)
    comma = {field: "true" if field.name in settled.comma_decimal else "false" for field in numeric}
    plain = ", ".join(f"plain_number({_plain(field)}, {comma[field]}) as {_plain(field)}" for field in numeric)
    return f"(select * replace ({plain}) from (select *, {written} from ({relation})))"


def _plain(field: Field) -> str:
    """The column that holds a field's text as a plain number."""
    return _quoted(f"{field.name} number")


def _typed(field: Field, settled: Assumptions) -> str:
    text = _text(field)
    day_first = {None: "null", True: "true", False: "false"}[settled.day_first.get(field.name)]
    match field.type:
        case Type.TEXT | Type.JSON:
            value = text
        case Type.CHOICE:
            value = f"lower({text})"
        case Type.TIME:
            value = f"parse_time({text}, {_literal(settled.zone)}, {day_first})"
        case Type.DAY:
            value = f"parse_day({text}, {day_first})"
        case Type.AMOUNT:
            value = f"try_cast({_plain(field)} as decimal(18, 6))"
        case Type.NUMBER:
            value = f"finite({_plain(field)})"
        case Type.INTEGER:
            value = f"whole({_plain(field)})"
        case Type.BOOLEAN:
            value = f"parse_boolean({text})"
        case Type.CURRENCY:
            value = f"upper({text})"
    return f"coalesce({value}, {field.default})" if field.default else value


def _payload(*, has_own: bool) -> str:
    """SQL: the payload with the fields we have no column for beside it; both kept when they collide."""
    if not has_own:
        return "extra"
    own = "parse_json(clean(payload_text))"
    overlap = f"len(list_intersect(json_keys({own}), json_keys(extra))) > 0"
    return (
        f"case when extra is null then {own} when {own} is null then extra"
        f" when json_type({own}) = 'OBJECT' and not ({overlap}) then json_merge_patch(extra, {own})"
        f" else json_merge_patch(extra, json_object('payload', {own})) end"
    )


def _reject(
    kind: Kind, fields: Sequence[Field], *, is_careful: bool
) -> tuple[str, str, tuple[tuple[str | None, str], ...]]:
    """SQL giving the number of the first fault of a row, or null; SQL giving its value; and the faults by number.

    Zero is a blank line, which is no row.
    """
    faults: list[tuple[str | None, str]] = []
    conditions: list[str] = []
    values: list[str] = []

    def fault(condition: str, field: str | None, value: str, reason: str) -> None:
        conditions.append(f"when {condition} then {len(faults)}")
        values.append(f"when {len(faults)} then {value}")
        faults.append((field, reason))

    fault("broken = 'blank'", None, "null", "blank")
    for reason in ("invalid_json", "not_an_object"):
        fault(f"broken = '{reason}'", None, "broken_text", reason)
    present = {field.name for field in fields}
    for field in kind.fields:
        if field.name not in present:
            if field.required:
                fault("true", field.name, "null", "missing")
            continue
        text, value = _text(field), field.column if field.name != "as_of" else "own_as_of"
        if is_careful and field.type in {Type.AMOUNT, Type.NUMBER, Type.INTEGER}:
            conditions.append(f"when contains({text}, ',') then {_UNSETTLED}")
        if field.required:
            fault(f"{text} is null", field.name, "null", "missing")
        unreadable = _UNREADABLE.get(field.type)
        if unreadable:
            if is_careful and field.type in {Type.TIME, Type.DAY}:
                conditions.append(f"when {value} is null and regexp_matches({text}, '{DAY_PATTERN}') then {_UNSETTLED}")
            fault(f"{value} is null and {text} is not null", field.name, text, unreadable)
        if field.type in {Type.TIME, Type.DAY}:
            low, high = f"timestamp '{_EARLIEST}'", f"timestamp '{_LATEST}'"
            fault(f"{value} < {low} or {value} >= {high}", field.name, text, "time_out_of_range")
        elif field.type is Type.CURRENCY:
            codes = ", ".join(_literal(code) for code in sorted(currencies()))
            fault(f"{value} not in ({codes})", field.name, text, "unknown_currency")
        elif field.type is Type.CHOICE:
            allowed = ", ".join(_literal(choice) for choice in field.choices)
            fault(f"{value} not in ({allowed})", field.name, text, "unknown_choice")
        if field.is_positive:
            fault(f"{value} <= 0", field.name, text, "not_positive")
    if kind.any_of:
        nobody = " and ".join(_text_of(name) + " is null" for name in kind.any_of if name in present) or "true"
        fault(nobody, " | ".join(kind.any_of), "null", "missing")
    unsettled = f"when broken = 'unsettled' then {_UNSETTLED} " if is_careful else ""
    return (
        f"(case {unsettled}{' '.join(conditions)} end)::smallint",
        f"(case reject {' '.join(values)} end)::varchar",
        tuple(faults),
    )


def _record(fields: Sequence[Field]) -> str:
    """SQL: a rejected row as one JSON object."""
    pairs = ", ".join(f"{_literal(field.name)}, {_text(field)}" for field in fields)
    return f"json_merge_patch(coalesce(extra, '{{}}'), json_object({pairs}))::varchar"


def _text(field: Field) -> str:
    return _text_of(field.name)


def _text_of(name: str) -> str:
    """The column of ``staged``'s making that holds a field's text."""
    return _quoted(f"{name} text")


@contextmanager
def _unreadable(source: Source) -> Generator[None]:
    """A file that is damaged as a whole is the file's failure, not the database's."""
    try:
        yield
    except AttribenchError as error:
        if error.code is not Code.SQL_FAILED:
            raise
        raise AttribenchError(Code.FILE_UNREADABLE, path=source.name, detail=error.facts["detail"]) from error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
