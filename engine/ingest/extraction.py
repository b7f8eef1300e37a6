"""SQL that reads a file's records as text: ``extracted``, with the columns :mod:`engine.ingest.staging` names."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.errors import AttribenchError, Code
from engine.ingest.lines import LONGEST_LINE_BYTES
from engine.ingest.source import Source, file_sql
from engine.sqltext import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Mapping, Sequence

    import polars as pl

    from engine.ingest.fields import Kind
    from engine.store import Cursor

_FEW_LINES = 2 << 20
_BUFFER = 32 << 20


def lines_relation(source: Source) -> str:
    """One row a line, in file order, through the CSV reader with a delimiter that cannot occur: it keeps every line,
    also blank and broken ones, where the JSON reader drops or nulls them."""
    return (
        f"(select line as text from read_csv({file_sql(source.path)}, delim='\x00', quote='', escape='',"
        f" header=false, auto_detect=false, columns={{'line': 'VARCHAR'}}, {_limits(source)}))"
    )


def delimited_relation(cursor: Cursor, source: Source, header: Sequence[str]) -> str:
    """The rows of a delimited file, every column as text; those that cannot be split stand in ``reject_errors``."""
    cursor.run("drop table if exists reject_errors")
    cursor.run("drop table if exists reject_scans")
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({file_sql(source.path)}, delim={literal(source.delimiter)}, quote='\"', escape='\"',"
        f" header=false, skip={source.header_lines}, auto_detect=false, columns={{{columns}}},"
        f" store_rejects=true, rejects_limit=0, {_limits(source)})"
    )


def _limits(source: Source) -> str:
    """The reader holds a few buffers: large enough for the longest line, and no larger than needed. What the file's
    name says of compression means nothing: the text is plain."""
    longest = min(max(source.longest + 1024, _FEW_LINES), LONGEST_LINE_BYTES)
    return f"compression='none', max_line_size={longest}, buffer_size={max(_BUFFER, 2 * longest)}"


def json_query(relation: str, names: Mapping[str, str], others: Collection[str] = ()) -> str:
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
    columns = [f"t.{quoted(theirs)} as {quoted(ours)}, " for ours, theirs in plain.items()]
    columns += [f"{_json_value('text', theirs)} as {quoted(ours)}, " for ours, theirs in single.items()]
    columns += [f"{_constant(theirs)} as {quoted(ours)}, " for ours, theirs in given.items()]
    present = " + ".join(f"(t.{quoted(theirs)} is not null)::utinyint" for theirs in keys) or "0"
    unsettled = "null"
    unexpected = sorted({*others} - known - {""})
    if unexpected:
        names_sql = ", ".join(literal(name) for name in unexpected)
        unsettled = (
            f"case when extra is not null and list_has_any(json_keys(extra), [{names_sql}]) then 'unsettled' end"
        )
    # Blank lines are no rows; they stay in the table so that every other row keeps its line number.
    return f"""
        select {"".join(columns)}
            case when t is not null and len(json_keys(text)) > {present}
                 then nullif(json_merge_patch(text, {literal(without)})::varchar, '{{}}')::json end as extra,
            case when t is null then case when trim(coalesce(text, '')) = '' then 'blank'
                                          when json_valid(text) then 'not_an_object' else 'invalid_json' end
                 when not starts_with(text, '{{') and json_type(text) <> 'OBJECT' then 'not_an_object'
                 else {unsettled} end as broken,
            case when broken <> 'unsettled' then text end as broken_text
        from (select text, try(json_transform(text, {literal(template)})) as t from {relation})"""


def _json_value(record: str, name: str) -> str:
    """SQL: the text at a name of a JSON record, or inside its nested objects and lists (``a.b``, ``a.0.b``)."""
    own = f"json_extract_string({record}, {literal('/' + _pointer_part(name))})"
    if "." not in name:
        return own
    nested = "/" + "/".join(_pointer_part(part) for part in name.split("."))
    return f"coalesce({own}, json_extract_string({record}, {literal(nested)}))"


def _pointer_part(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def extract_columns(cursor: Cursor, relation: str, names: Mapping[str, str], types: Mapping[str, str]) -> None:
    """Fill ``extracted`` from a relation with columns of its own.

    Args:
        cursor: a write cursor.
        relation: the rows.
        names: our field name <- name in the file.
        types: DuckDB's type of each of its columns.
    """
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
        columns.append(f"{value} as {quoted(ours)}")
    others = [name for name in types if name not in set(names.values())]
    extra = "null::json"
    if others:
        pairs = ", ".join(f"{literal(name)}, {quoted(name)}" for name in others)
        extra = f"nullif(json_merge_patch('{{}}', json_object({pairs}))::varchar, '{{}}')::json"
    cursor.run(
        f"create or replace temp table extracted as select {', '.join(columns)}, {extra} as extra,"
        f" null::varchar as broken, null::varchar as broken_text from {relation}"
    )


def is_constant(name: str) -> bool:
    """Whether a mapping gives every row one text, ``=text``, instead of naming a column."""
    return name.startswith("=") and len(name) > 1


def _constant(name: str) -> str:
    return f"{literal(name[1:])}::varchar" if is_constant(name) else "null::varchar"


def _column_text(name: str, type_name: str) -> str:
    if type_name == "VARCHAR":
        return quoted(name)
    is_nested = type_name.endswith("]") or type_name.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))
    return f"to_json({quoted(name)})::varchar" if is_nested else f"{quoted(name)}::varchar"


def parquet_texts(cursor: Cursor, source: Source, rows: int) -> pl.DataFrame:
    """The first rows of a Parquet file, every column as the text it is read as. Raises FILE_UNREADABLE."""
    relation = f"read_parquet({file_sql(source.path)}, binary_as_string=true)"
    with unreadable_as_a_whole(source):
        types = {str(row[0]): str(row[1]) for row in cursor.rows(f"describe select * from {relation}")}
        texts = ", ".join(f"{_column_text(name, type_)} as {quoted(name)}" for name, type_ in types.items())
        return cursor.frame(f"select {texts} from {relation} limit {rows}")


def require_columns(kind: Kind, names: Mapping[str, str], present: Iterable[str], source: Source) -> None:
    """Raise FILE_MISSING_COLUMNS when a required field has no column."""
    has = {*present}
    has |= {name for name in names.values() if is_constant(name) or name.partition(".")[0] in has}
    missing = [names[f.name] or f.name for f in kind.fields if f.required and names[f.name] not in has]
    if kind.any_of and not any(names[name] in has for name in kind.any_of):
        missing.append(" | ".join(names[name] or name for name in kind.any_of))
    if missing:
        raise AttribenchError(Code.FILE_MISSING_COLUMNS, path=source.name, columns=missing, present=list(present))


@contextmanager
def unreadable_as_a_whole(source: Source) -> Generator[None]:
    """A file that is damaged as a whole is the file's failure, not the database's."""
    try:
        yield
    except AttribenchError as error:
        if error.code is not Code.SQL_FAILED:
            raise
        raise AttribenchError(Code.FILE_UNREADABLE, path=source.name, detail=error.facts["detail"]) from error


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
