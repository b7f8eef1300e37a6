"""Reading a source into a temporary table of typed rows, set-based.

Two steps, both single passes inside DuckDB:

1. ``extracted``: every field as text, plus ``extra`` (names we have no column for, as one JSON object) and ``broken``
   (why the row could not be read at all), in file order.
2. ``staged``: typed columns, ``line``, and ``reject`` {field, value, reason} for rows that cannot be kept.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest.fields import Field, Kind, Type
from engine.ingest.source import Format, Source
from engine.money import currencies

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

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
_DAY_PATTERN = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-]\d{4}"


@dataclass(frozen=True)
class Assumptions:
    """What had to be settled for a whole file.

    Attributes:
        zone: time zone of times without an offset.
        day_first: whether 03/04/2026 is the third of April; None when the file has no such dates or does not tell.
        comma_decimal: fields whose 1,234 means one and a bit.
    """

    zone: str
    day_first: bool | None
    comma_decimal: frozenset[str]


def extract(cursor: Cursor, source: Source, kind: Kind, mapping: Mapping[str, str]) -> None:
    """Fill the temporary table ``extracted`` from a source.

    Args:
        cursor: a write cursor with the macros loaded.
        source: the file.
        kind: what its rows are.
        mapping: our field name <- name in the file; a dotted name reaches into nested objects.

    Raises:
        AttribenchError: FILE_MISSING_COLUMNS when a required field has no column in a file with a header.
    """
    names = {field.name: mapping.get(field.name, field.name) for field in kind.fields}
    if source.format in {Format.LINES, Format.JSON}:
        _extract_json(cursor, _json_relation(source), names)
        return
    if source.format is Format.DELIMITED:
        relation, present = _delimited_relation(cursor, source, source.header), list(source.header)
    else:
        relation = f"read_parquet({_literal(str(source.path))})"
        present = cursor.columns(f"select * from {relation}")
    _require(kind, names, present, source)
    _extract_columns(cursor, relation, names, present, is_text=source.format is Format.DELIMITED)


def extract_export(cursor: Cursor, source: Source, kind: Kind, export: Export) -> None:
    """Fill ``extracted`` from another product's export through its query (``engine.ingest.exports``)."""
    if source.format in {Format.LINES, Format.JSON}:
        record = f"select case when json_valid(text) then text::json end as record from {_json_relation(source)}"
    elif source.format is Format.DELIMITED:
        header = source.header or export.columns
        relation = _delimited_relation(cursor, source, header)
        pairs = ", ".join(f"{_literal(name)}, {_quoted(name)}" for name in header)
        record = f"select json_object({pairs}) as record from {relation}"
    else:
        record = f"select to_json(r) as record from read_parquet({_literal(str(source.path))}) r"
    cursor.run(f"create or replace temp table export_rows as {record}")
    cursor.run(
        "create or replace temp view source as select rowid + 1 as line, record from export_rows where record is not null"
    )
    present = [name for name in cursor.columns(export.query) if name != "line"]
    columns = [f"{_quoted(field.name)}::varchar" if field.name in present else "null::varchar" for field in kind.fields]
    texts = ", ".join(f"{text} as {_quoted(field.name)}" for text, field in zip(columns, kind.fields, strict=True))
    cursor.run(
        f"""create or replace temp table extracted as
        select {texts}, null::json as extra, null::varchar as broken, null::varchar as broken_text, line as given_line from ({export.query})
        union all
        select {", ".join("null" for _ in kind.fields)}, null, 'invalid_json', null, rowid + 1
        from export_rows where record is null"""
    )
    cursor.run("drop table export_rows")


def assumptions(cursor: Cursor, kind: Kind, source: Source, zone: str) -> Assumptions:
    """Settle, over the whole file, what its dates and decimal commas mean."""
    if source.format is not Format.DELIMITED:
        return Assumptions(zone, None, frozenset())
    days = [field.name for field in kind.fields if field.type in {Type.TIME, Type.DAY}]
    parts = " union all ".join(
        f"select regexp_extract({_quoted(name)}, '{_DAY_PATTERN}', 1) a, regexp_extract({_quoted(name)},"
        f" '{_DAY_PATTERN}', 2) b from extracted where regexp_matches({_quoted(name)}, '{_DAY_PATTERN}')"
        for name in days
    )
    first, second = cursor.rows(f"select max(a::integer), max(b::integer) from ({parts})")[0]
    day_first = None
    if first is not None and (first > 12) != (second > 12):
        day_first = bool(first > 12)
    comma = set[str]()
    for field in kind.fields:
        if field.type not in {Type.AMOUNT, Type.NUMBER, Type.INTEGER}:
            continue
        text = f"number_text(clean({_quoted(field.name)}))"
        european, english = cursor.rows(
            f"""select
                count(*) filter (regexp_matches(t, ',\\d*$') and (contains(t, '.') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(,\\d{{3}})+'))),
                count(*) filter (regexp_matches(t, '\\.\\d*$') and (contains(t, ',') or not regexp_full_match(t, '[+\\-]?\\d{{1,3}}(\\.\\d{{3}})+')))
            from (select {text} t from extracted)"""
        )[0]
        if european > english or (european == english == 0 and source.delimiter == ";"):
            comma.add(field.name)
    return Assumptions(zone, day_first, frozenset(comma))


def stage(cursor: Cursor, kind: Kind, settled: Assumptions, as_of: str, *, first_line: int) -> None:
    """Fill ``staged`` with typed rows from ``extracted``, in file order.

    Args:
        cursor: the cursor that holds ``extracted``.
        kind: what the rows are.
        settled: see :func:`assumptions`.
        as_of: SQL timestamp literal for restatable rows that do not tell their own.
        first_line: line of the first row.
    """
    values = {field.column: _typed(field, settled) for field in kind.fields}
    reject = _reject(kind, values)
    hashed = [column for column in values if column != "as_of"]
    typed = [f"{value} as {column}" for column, value in values.items() if column not in {"payload", "as_of"}]
    if kind.is_restatable:
        hashed.append("given_as_of")
        typed += [f"{values['as_of']} as given_as_of", f"coalesce(given_as_of, {as_of}) as as_of"]
    line = "given_line" if "given_line" in cursor.columns("select * from extracted") else f"rowid + {first_line}"
    cursor.run(
        f"""create or replace temp table staged as
        select *, case when reject is null then md5({_literal(kind.name)} || chr(31) || {kind.key})::uuid end as record_key,
               case when reject is null then hash({", ".join(hashed)}) end as content_hash
        from (select {line} as line, {", ".join(typed)}, {_payload()} as payload,
                     case when {reject} is not null then coalesce(broken_text, to_json(e)::varchar) end as record,
                     {reject} as reject
              from extracted e
              where broken is distinct from 'blank')"""
    )


def structural_rejects(cursor: Cursor, source: Source) -> pl.DataFrame:
    """Rows of a delimited file that DuckDB could not split into its columns: line, field, value, reason."""
    if source.format is not Format.DELIMITED:
        return _no_rejects()
    return cursor.frame(
        """select line::bigint as line, column_name as field, csv_line as value,
                  lower(replace(error_type::varchar, ' ', '_')) as reason, csv_line as record,
                  line_byte_position::bigint as position
           from reject_errors order by line_byte_position"""
    ).unique(subset="position", keep="first", maintain_order=True)


def locate_lines(cursor: Cursor, source: Source, structural: pl.DataFrame, first_line: int) -> pl.DataFrame:
    """Give the rows of ``staged`` their line in a delimited file; returns ``structural`` with true lines.

    ``staged`` counts the rows that could be split. Rejected ones are missing from that count, blank lines are skipped,
    and a quoted value may hold line breaks. Where none of that occurs nothing has to be mended.
    """
    rows = int(cursor.value("select count(*) from staged"))
    expected = rows + structural.height + first_line - 1
    if structural.is_empty() and source.lines in {expected, expected - 1}:
        return structural
    bad = _lines_at(source, structural["position"].to_list())
    starts = _record_starts(source, skip=first_line - 1)
    rejected = set(bad)
    good = [start for start in starts if start not in rejected]
    if len(good) == rows:  # else the file's quotes are broken beyond counting, and rows keep their number
        with cursor.table("true_lines", pl.DataFrame({"row_line": range(first_line, rows + first_line), "line": good})):
            cursor.run("update staged set line = t.line from true_lines t where t.row_line = staged.line")
    return structural.with_columns(pl.Series("line", bad, dtype=pl.Int64))


def _no_rejects() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "line": pl.Int64,
            "field": pl.String,
            "value": pl.String,
            "reason": pl.String,
            "record": pl.String,
            "position": pl.Int64,
        }
    )


def _record_starts(source: Source, skip: int) -> list[int]:
    """Line (from 1) on which each record begins, blank lines and the header left out."""
    csv.field_size_limit(_MAX_LINE_BYTES)
    starts: list[int] = []
    before = 0
    with source.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=source.delimiter)
        for row in reader:
            if row:
                starts.append(before + 1)
            before = reader.line_num
    return starts[skip:]


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


def _json_relation(source: Source) -> str:
    """One row a JSON value, in file order. Lines are read through the CSV reader with a delimiter that cannot occur:
    it keeps every line, also blank and broken ones, where the JSON reader drops or nulls them."""
    path = _literal(str(source.path))
    if source.format is Format.LINES:
        return (
            f"(select line as text from read_csv({path}, delim='\x00', quote='', escape='', header=false,"
            f" auto_detect=false, columns={{'line': 'VARCHAR'}}, max_line_size={_MAX_LINE_BYTES}))"
        )
    shape = "array" if _is_array(source) else "unstructured"
    return (
        f"(select json::varchar as text from read_json_objects({path}, format='{shape}',"
        f" maximum_object_size={_MAX_LINE_BYTES}))"
    )


def _is_array(source: Source) -> bool:
    with source.path.open("rb") as file:
        return file.read(1 << 16).lstrip()[:1] == b"["


def _delimited_relation(cursor: Cursor, source: Source, header: Sequence[str]) -> str:
    cursor.run("drop table if exists reject_errors")
    cursor.run("drop table if exists reject_scans")
    columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_literal(str(source.path))}, delim={_literal(source.delimiter)}, quote='\"', escape='\"',"
        f" header=false, skip={1 if source.header else 0}, auto_detect=false, columns={{{columns}}},"
        f" store_rejects=true, rejects_limit=0, max_line_size={_MAX_LINE_BYTES})"
    )


def _extract_json(cursor: Cursor, relation: str, names: Mapping[str, str]) -> None:
    plain = {ours: theirs for ours, theirs in names.items() if "." not in theirs}
    nested = {ours: theirs for ours, theirs in names.items() if "." in theirs}
    template = "{" + ", ".join(f'{_json_text(theirs)}: "VARCHAR"' for theirs in dict.fromkeys(plain.values())) + "}"
    known = "{" + ", ".join(f"{_json_text(theirs)}: null" for theirs in dict.fromkeys(plain.values())) + "}"
    columns = [f"t.{_quoted(theirs)} as {_quoted(ours)}" for ours, theirs in plain.items()]
    columns += [
        f"json_extract_string(j, {_literal('$.' + theirs)}) as {_quoted(ours)}" for ours, theirs in nested.items()
    ]
    present = " + ".join(f"(t.{_quoted(theirs)} is not null)::int" for theirs in dict.fromkeys(plain.values()))
    cursor.run(
        f"""create or replace temp table extracted as
        select {", ".join(columns)},
            case when keys > {present} then nullif(json_merge_patch(j, {_literal(known)})::varchar, '{{}}')::json end as extra,
            case when j is null then case when trim(coalesce(text, '')) = '' then 'blank' else 'invalid_json' end
                 when json_type(j) <> 'OBJECT' then 'not_an_object' end as broken,
            case when j is null then text end as broken_text
        from (select text, j, json_transform(j, {_literal(template)}) as t, len(json_keys(j)) as keys
              from (select text, case when json_valid(text) then text::json end as j from {relation}))"""
    )
    # Blank lines are no rows; they stay in the table so that every other row keeps its line number.


def _extract_columns(
    cursor: Cursor, relation: str, names: Mapping[str, str], present: Collection[str], *, is_text: bool
) -> None:
    columns: list[str] = []
    for ours, theirs in names.items():
        if theirs in present:
            value = _quoted(theirs) if is_text else f"to_json({_quoted(theirs)}) ->> '$'"
            columns.append(f"{value} as {_quoted(ours)}")
        else:
            columns.append(f"null::varchar as {_quoted(ours)}")
    rest = [name for name in present if name not in set(names.values())]
    extra = "null::json"
    if rest:
        pairs = ", ".join(f"{_literal(name)}, {_quoted(name)}" for name in rest)
        extra = f"nullif(json_merge_patch('{{}}', json_object({pairs}))::varchar, '{{}}')::json"
    cursor.run(
        f"create or replace temp table extracted as select {', '.join(columns)}, {extra} as extra,"
        f" null::varchar as broken, null::varchar as broken_text from {relation}"
    )


def _require(kind: Kind, names: Mapping[str, str], present: Collection[str], source: Source) -> None:
    missing = [names[f.name] for f in kind.fields if f.required and names[f.name] not in present]
    if kind.any_of and not any(names[name] in present for name in kind.any_of):
        missing.append(" | ".join(names[name] for name in kind.any_of))
    if missing:
        raise AttribenchError(Code.FILE_MISSING_COLUMNS, path=source.name, columns=missing, present=list(present))


def _typed(field: Field, settled: Assumptions) -> str:
    text = f"clean({_quoted(field.name)})"
    comma = "true" if field.name in settled.comma_decimal else "false"
    day_first = {None: "null", True: "true", False: "false"}[settled.day_first]
    match field.type:
        case Type.TEXT:
            value = text
        case Type.CHOICE:
            value = f"lower({text})"
        case Type.TIME:
            value = f"parse_time({text}, {_literal(settled.zone)}, {day_first})"
        case Type.DAY:
            value = f"parse_day({text}, {day_first})"
        case Type.AMOUNT:
            value = f"parse_amount({text}, {comma})"
        case Type.NUMBER:
            value = f"parse_number({text}, {comma})"
        case Type.INTEGER:
            value = f"parse_integer({text}, {comma})"
        case Type.BOOLEAN:
            value = f"parse_boolean({text})"
        case Type.CURRENCY:
            value = f"upper({text})"
        case Type.JSON:
            value = f"parse_json({text})"
    return f"coalesce({value}, {field.default})" if field.default else value


def _payload() -> str:
    own, extra = "parse_json(clean(payload))", "extra"
    overlap = f"len(list_intersect(json_keys({own}), json_keys({extra}))) > 0"
    return (
        f"case when {extra} is null then {own} when {own} is null then {extra}"
        f" when json_type({own}) = 'OBJECT' and not ({overlap}) then json_merge_patch({own}, {extra})"
        f" else json_merge_patch({extra}, json_object('payload', {own})) end"
    )


def _reject(kind: Kind, values: Mapping[str, str]) -> str:
    """SQL giving the first thing wrong with a row as {field, value, reason}, or null."""

    def because(field: str, value: str, reason: str) -> str:
        return f"{{'field': {field}, 'value': {value}, 'reason': '{reason}'}}"

    none = "null::varchar"
    cases = [f"when broken is not null then {{'field': {none}, 'value': broken_text, 'reason': broken}}"]
    for field in kind.fields:
        text, value, name = f"clean({_quoted(field.name)})", values[field.column], _literal(field.name)
        if field.required:
            cases.append(f"when {text} is null then {because(name, none, 'missing')}")
        unreadable = _UNREADABLE.get(field.type)
        if unreadable:
            cases.append(f"when {text} is not null and {value} is null then {because(name, text, unreadable)}")
        if field.type in {Type.TIME, Type.DAY}:
            low, high = f"timestamp '{_EARLIEST}'", f"timestamp '{_LATEST}'"
            cases.append(f"when {value} < {low} or {value} >= {high} then {because(name, text, 'time_out_of_range')}")
        elif field.type is Type.CURRENCY:
            codes = ", ".join(_literal(code) for code in sorted(currencies()))
            cases.append(f"when {value} not in ({codes}) then {because(name, text, 'unknown_currency')}")
        elif field.type is Type.CHOICE:
            allowed = ", ".join(_literal(choice) for choice in field.choices)
            cases.append(f"when {value} not in ({allowed}) then {because(name, text, 'unknown_choice')}")
        if field.is_positive:
            cases.append(f"when {value} <= 0 then {because(name, text, 'not_positive')}")
    if kind.any_of:
        nobody = " and ".join(f"clean({_quoted(name)}) is null" for name in kind.any_of)
        cases.append(f"when {nobody} then {because(_literal(' | '.join(kind.any_of)), none, 'missing')}")
    return "case " + " ".join(cases) + " end"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _json_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
