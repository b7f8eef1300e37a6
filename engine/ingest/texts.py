"""The rows of a source as the text that stands in the file, for showing and for guessing; not for importing."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from engine.ingest.extraction import parquet_texts
from engine.ingest.source import Format

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.ingest.source import Source
    from engine.store import Cursor
    from engine.task import Task

_MAX_COLUMNS = 400
_MAX_DEPTH = 3
_CHECK_EVERY = 256
_NAMEABLE = re.compile("[^\0\ud800-\udfff]+")


@dataclass(frozen=True)
class Texts:
    """Rows as text.

    Attributes:
        frame: one text column per column of the file, absent values null.
        lines: where each row begins in the file, from 1.
        nested: columns that stand inside another one, under dotted names.
    """

    frame: pl.DataFrame
    lines: tuple[int, ...]
    nested: frozenset[str]


def read_texts(cursor: Cursor, source: Source, names: Sequence[str], rows: int, task: Task) -> Texts:
    """The first rows of a source.

    Args:
        cursor: to read Parquet with.
        source: the file.
        names: column names of a delimited file without a header.
        rows: at most so many.
        task: cancels it.
    """
    match source.format:
        case Format.DELIMITED:
            return _delimited(source, source.header or tuple(names), rows, task)
        case Format.LINES:
            return _objects(source, rows, task)
        case Format.PARQUET:
            frame = parquet_texts(cursor, source, rows)
            return Texts(frame, tuple(range(1, frame.height + 1)), frozenset())


def _delimited(source: Source, names: Sequence[str], rows: int, task: Task) -> Texts:
    cells: list[list[str | None]] = []
    lines: list[int] = []
    before = 0
    with source.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=source.delimiter)
        try:
            for row in reader:
                if row and reader.line_num > source.header_lines:
                    if len(cells) == rows:
                        break
                    if not len(cells) % _CHECK_EVERY:
                        task.check()
                    cells.append([*row[: len(names)], *[None] * (len(names) - len(row))])
                    lines.append(before + 1)
                before = reader.line_num
        except csv.Error:
            pass  # what cannot be read is told by the import's own reader
    return _texts(names, cells, lines, frozenset())


def _objects(source: Source, rows: int, task: Task) -> Texts:
    records: list[dict[str, str | None]] = []
    lines: list[int] = []
    with source.path.open(encoding="utf-8", newline="\n") as file:
        for index, line in enumerate(file):
            if len(records) == rows:
                break
            if not index % _CHECK_EVERY:
                task.check()
            if line.strip():
                records.append(_flat(line))
                lines.append(source.starts[index] if source.starts else index + 1)
    first = {name: place for place, name in enumerate(dict.fromkeys(name for record in records for name in record))}
    parents = {name: name.split(".")[0] for name in first if "." in name and name.split(".")[0] in first}
    names = sorted(first, key=lambda name: (first[parents.get(name, name)], first[name]))[:_MAX_COLUMNS]
    cells = [[record.get(name) for name in names] for record in records]
    return _texts(names, cells, lines, frozenset(name for name in names if name in parents))


def _texts(
    names: Sequence[str], cells: Sequence[Sequence[str | None]], lines: Sequence[int], nested: frozenset[str]
) -> Texts:
    frame = pl.DataFrame(
        {name: pl.Series([_clean(row[index]) for row in cells], dtype=pl.String) for index, name in enumerate(names)}
    )
    return Texts(frame, tuple(lines), nested)


def _clean(text: str | None) -> str | None:
    """Half of a surrogate pair, which JSON can escape, is no text."""
    return text if text is None or text.isascii() else text.encode("utf-8", "replace").decode()


class _Literal(str):
    """A number as it was written."""

    __slots__ = ()


def _flat(line: str) -> dict[str, str | None]:
    """Names and texts of an object, nested ones under dotted names after their parent. Nothing for anything else."""
    try:
        record: Any = json.loads(line, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal)
        if not isinstance(record, dict):
            return {}
        cells: dict[str, str | None] = {}
        _flatten(cast("dict[str, Any]", record), "", cells, 1)
    except (ValueError, RecursionError):
        return {}
    return cells


def _flatten(record: dict[str, Any], prefix: str, cells: dict[str, str | None], depth: int) -> None:
    for key, value in record.items():
        name = prefix + key
        if not _NAMEABLE.fullmatch(key):
            continue  # half of a surrogate pair, or a NUL: no name a column can have
        if name not in cells:
            cells[name] = None if value is None else value if isinstance(value, str) else _json(value)
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            _flatten(cast("dict[str, Any]", value), f"{name}.", cells, depth + 1)


def _json(value: Any) -> str:
    if isinstance(value, _Literal):
        return value
    if isinstance(value, dict):
        inside = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(item)}" for key, item in inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(item) for item in cast("list[Any]", value)) + "]"
    return json.dumps(value, ensure_ascii=False)
