"""What a preview of a file tells: its columns, what was assumed about them, and what an import would reject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from engine.ingest.guess import Guess
    from engine.ingest.recognise import KindGuess


@dataclass(frozen=True)
class Problem:
    """Rows an import would reject for one reason.

    Attributes:
        reason: the importer's code.
        field: our field, ``a | b`` where one of several is needed; None where the row as a whole cannot be read.
        column: name in the file of that field; None where there is no single one.
        count: rows.
        examples: values, at most three different ones.
        lines: of the first of those rows.
    """

    reason: str
    field: str | None
    column: str | None
    count: int
    examples: tuple[str, ...]
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Hint:
    """What was assumed about a column without rejecting anything.

    Attributes:
        code: ``day_first``, ``month_first``; ``comma_decimal``; ``ambiguous_number`` (nothing tells whether 1,234 is
            a thousand); ``no_offset`` (times without an offset are taken to be in the profile's zone).
        count: values it matters for, of those looked at.
        example: one of them.
    """

    code: str
    count: int
    example: str


@dataclass(frozen=True)
class Column:
    """One column of the file.

    Attributes:
        name: in the file; a dotted name for what is nested in JSON.
        guess: what its values look like.
        samples: the first different values.
        filled: share of rows with a value, 0 to 1.
        field: the field it is read into; None when it is not (its values are kept in the payload).
        problems: rows rejected because of it.
        hints: what was assumed about it.
    """

    name: str
    guess: Guess
    samples: tuple[str, ...]
    filled: float
    field: str | None
    problems: tuple[Problem, ...]
    hints: tuple[Hint, ...]


@dataclass(frozen=True)
class Preview:
    """What the beginning of a file looks like as one kind of import.

    Attributes:
        name: file name without its folder.
        size: bytes as given.
        format: ``CSV``, ``TSV``, ``NDJSON``, ``JSON``, ``Parquet`` or ``XML``.
        compression: ``gzip``, ``zstd`` or nothing.
        delimiter: of a delimited file.
        notes: what was assumed or mended while reading, as {"code": .., ...}.
        kinds: every kind the file may be, the best first.
        kind: the one looked at.
        is_fixed: another product's export, or rates in a known shape: its columns have their meaning, nothing can be
            mapped.
        mapping: what to give the import: field <- column; an empty column for a field that is left out though a
            column has its name.
        columns: of the file.
        rows: the first hundred, as text, exactly as in the file.
        lines: of each of those rows, where it stands in the file.
        needed: required fields without a column; ``a | b`` where one of several is needed. Nothing can be imported
            while there are any.
        problems: every problem, of columns and of rows; while fields are needed only those of the mapped columns.
        rejects: the rejected rows as an import tells them: line, field, value, reason, record.
        checked: rows that were looked at.
        estimate: rows of the whole file; exact when ``is_whole``.
        is_whole: everything was looked at.
    """

    name: str
    size: int
    format: str
    compression: str
    delimiter: str
    notes: tuple[dict[str, object], ...]
    kinds: tuple[KindGuess, ...]
    kind: str
    is_fixed: bool
    mapping: Mapping[str, str]
    columns: tuple[Column, ...]
    rows: pl.DataFrame
    lines: tuple[int, ...]
    needed: tuple[str, ...]
    problems: tuple[Problem, ...]
    rejects: pl.DataFrame
    checked: int
    estimate: int
    is_whole: bool
