"""Which line of a file each row came from, and the rows of a delimited file that could not be split at all."""

from __future__ import annotations

import csv
from bisect import bisect_left
from typing import TYPE_CHECKING

import polars as pl

from engine.ingest.source import Format, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.store import Cursor

LONGEST_LINE_BYTES = 256 << 20
REJECTS = {"line": pl.Int64, "field": pl.String, "value": pl.String, "reason": pl.String, "record": pl.String}


def no_rejects() -> pl.DataFrame:
    """A table of rejected rows without any."""
    return pl.DataFrame(schema=REJECTS)


def settle_lines(cursor: Cursor, source: Source, table: str) -> pl.DataFrame:
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
        cursor.run(f"create or replace temp view staged_rows as {with_line(cursor, source, table)}")
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
    structural = structural.with_columns(pl.Series("line", bad, dtype=pl.Int64)).select(list(REJECTS))
    if source.rest is not None:
        line, text = source.rest
        row = pl.DataFrame([(line, None, text, "unfinished", text)], schema=REJECTS, orient="row")
        structural = pl.concat([structural, row])
    return structural


def _load_lines(cursor: Cursor, lines: Sequence[int]) -> None:
    frame = pl.DataFrame({"row": pl.int_range(len(lines), eager=True), "line": pl.Series(lines, dtype=pl.Int64)})
    with cursor.table("line_rows", frame):
        cursor.run("insert into true_lines select * from line_rows")


def with_line(cursor: Cursor, source: Source, table: str) -> str:
    """SQL: the rows of a table in file order with their line."""
    first = int(cursor.value(f"select coalesce(min(rowid), 0) from {table}"))  # not zero while the transaction is open
    if cursor.value("select exists (from true_lines)"):
        return f"select t.line, s.* from {table} s join true_lines t on t.row = s.rowid - {first}"
    return f"select rowid - {first} + {source.header_lines + 1} as line, * from {table}"


def _record_starts(source: Source) -> list[int]:
    """Line (from 1) on which each record begins, blank lines and the header left out."""
    csv.field_size_limit(LONGEST_LINE_BYTES)
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
