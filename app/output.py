"""Printing results: a table for people, JSON, CSV or Parquet for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

    from engine.queries.result import Result

FORMATS = ("table", "json", "csv", "parquet")

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 60


def print_frame(frame: pl.DataFrame, output_format: str) -> None:
    """Write a frame to standard output in one of :data:`FORMATS`."""
    import click  # here, as polars below: what prints no frame starts without either

    match output_format:
        case "json":
            click.echo(_json(frame.columns, frame.iter_rows()))
        case "csv":
            click.echo(guarded_frame(frame).write_csv(), nl=False)
        case "parquet":
            frame.write_parquet(sys.stdout.buffer)
        case _:
            click.echo(_table(frame.columns, [kind.is_numeric() for kind in frame.dtypes], frame.iter_rows()))


def print_result(result: Result, output_format: str) -> None:
    """Write a query's answer to standard output: as JSON with its nested shape, ``meta`` and ``pagination``."""
    if output_format != "json":
        print_frame(result.table, output_format)
        return
    import click

    data = result.table.to_dicts() if result.data is None else dict(result.data)
    answer = {"data": _plain(data), "meta": _plain(dict(result.meta))}
    if result.pagination is not None:
        answer["pagination"] = _plain(dict(result.pagination))
    click.echo(json.dumps(answer, ensure_ascii=False))


def rows_as(columns: Mapping[str, type], rows: Sequence[Sequence[object]], output_format: str) -> bytes:
    """A few rows of text and numbers in one of :data:`FORMATS`, as a file would hold them.

    The same as :func:`print_frame` writes, without loading polars, except for Parquet.

    Args:
        columns: names and Python types, ``str``, ``int`` or ``float``.
        rows: values in that order; None where there is none.
        output_format: one of :data:`FORMATS`.
    """
    match output_format:
        case "json":
            text = _json(list(columns), rows) + "\n"
        case "csv":
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
            text = out.getvalue()
        case "parquet":
            import polars as pl

            file = io.BytesIO()
            pl.DataFrame(rows, schema=list(columns.items()), orient="row").write_parquet(file)
            return file.getvalue()
        case _:
            text = _table(list(columns), [kind is not str for kind in columns.values()], rows) + "\n"
    return text.encode()


def _json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    data = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    return json.dumps({"data": data, "meta": {"rows": len(data)}}, ensure_ascii=False)


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


def guarded_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose texts no spreadsheet runs as formulas, with nested values as JSON."""
    import polars as pl

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
        case list() | tuple():
            return [_plain(item) for item in cast("Iterable[object]", value)]
        case bytes():
            return value.hex()
        case _:
            to_list = getattr(value, "to_list", None)  # a polars series, the list of a nested column
            return _plain(to_list()) if to_list else str(value)


def _table(header: Sequence[str], is_right: Sequence[bool], values: Iterable[Sequence[object]]) -> str:
    """Columns padded to their widest cell, numbers to the right; control characters of the data are not printed."""
    rows = [[_cell(value) for value in row] for row in values]
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(header)]

    def line(cells: Sequence[str]) -> str:
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
