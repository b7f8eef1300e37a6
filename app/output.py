"""Printing results: a table for people, JSON, CSV or Parquet for programs."""

from __future__ import annotations

import json
import math
import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, cast

import click
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMATS = ("table", "json", "csv", "parquet")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 60


def print_frame(frame: pl.DataFrame, output_format: str) -> None:
    """Write a frame to standard output in one of :data:`FORMATS`."""
    match output_format:
        case "json":
            rows = [{name: _plain(value) for name, value in row.items()} for row in frame.iter_rows(named=True)]
            click.echo(json.dumps({"data": rows, "meta": {"rows": frame.height}}, ensure_ascii=False))
        case "csv":
            click.echo(_guarded_frame(frame).write_csv(), nl=False)
        case "parquet":
            frame.write_parquet(sys.stdout.buffer)
        case _:
            click.echo(_table(frame))


def guarded(text: str) -> str:
    """A CSV cell that no spreadsheet runs as a formula; numbers stay numbers."""
    if text.startswith(_FORMULA_STARTS) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _guarded_frame(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    return frame.with_columns(
        *(
            pl.col(name).map_elements(lambda value: json.dumps(_plain(value)), return_dtype=pl.String)
            for name in nested
        ),
        *(
            pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]") & pl.col(name).cast(pl.Float64, strict=False).is_null())
            .then("'" + pl.col(name))
            .otherwise(pl.col(name))
            .alias(name)
            for name in texts
        ),
    )


def _plain(value: object) -> object:
    """A value as JSON can hold it; what JSON has no type for becomes text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat() + ("" if value.tzinfo else "Z")
        case date() | time():
            return value.isoformat()
        case dict():
            return {str(key): _plain(item) for key, item in cast("dict[object, object]", value).items()}
        case list() | tuple() | pl.Series():
            return [_plain(item) for item in cast("Iterable[object]", value)]
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _table(frame: pl.DataFrame) -> str:
    """Columns padded to their widest cell, numbers to the right; control characters of the data are not printed."""
    header = list(frame.columns)
    is_right = [kind.is_numeric() for kind in frame.dtypes]
    rows = [[_cell(value) for value in row] for row in frame.iter_rows()]
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(header)]

    def line(cells: list[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, is_right, strict=True)
        ).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *(line(row) for row in rows)])


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        text = f"{value:,.2f}"
    elif isinstance(value, Decimal):
        text = f"{value.normalize():,f}"
    elif isinstance(value, datetime):
        text = value.isoformat(" ", "seconds")
    else:
        text = str(value)
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"
