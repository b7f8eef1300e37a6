"""Reading a file of paths (INTERFACES, "Bring your own paths"): ``path``, ``conversions``, ``value``, ``nulls``.

A path is text, ``a > b > c``: states in order of time with `` > `` and its blanks between, so that one may hold ``>``.
Equal paths are grouped while reading. A small plain file is read by Python's own reader, which is done before DuckDB
has loaded; a large one by DuckDB, and once more by the careful reader if anything in it is not as it should be, so that
which reader it was never shows.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from engine.attribution.places import DIRECT, Places
from engine.errors import AttribenchError, Code
from engine.sqltext import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from engine.attribution.places import Journey
    from engine.store import Cursor
    from engine.task import Task

SEPARATOR = " > "
FIELDS = ("path", "conversions", "value", "nulls")

# As other tools name them in the exports that circulate.
_ALIASES = {
    "total_conversions": "conversions",
    "total_conversion_value": "value",
    "conversion_value": "value",
    "total_null": "nulls",
    "total_nulls": "nulls",
    "null": "nulls",
}
_STATES = f"string_split(path, '{SEPARATOR}')"
_SMALL = 8_000_000  # bytes
_INFINITY = math.inf
_HEAD = 1 << 16
_DELIMITERS = (",", ";", "\t", "|")
_MAX_REJECTS = 1_000

Texts = tuple[Any, Any, Any, Any]  # a row's FIELDS as they stand; None: not there; "": blank


class Reject(NamedTuple):
    """A row that could not be kept: why, and where. ``line`` is the row's number in formats without lines."""

    line: int
    field: str | None
    value: str | None
    reason: str


@dataclass(frozen=True)
class Paths:
    """The paths of a file, grouped.

    Attributes:
        names: of the states, sorted.
        journeys: distinct as written, with at least one state; none where ``places`` stands for them.
        unattributed: conversions and value of rows without a state.
        rejects: the first rows that could not be kept, at most 1,000.
        rejected: how many there are.
        notes: what was assumed or mended while reading.
        places: the journeys summed by place, where that was enough and cheaper to read.
    """

    names: tuple[str, ...]
    journeys: Sequence[Journey]
    unattributed: tuple[float, float]
    rejects: Sequence[Reject] = ()
    rejected: int = 0
    notes: Sequence[Mapping[str, object]] = ()
    places: Places | None = None


def read_paths(file: Path | BinaryIO, mapping: Mapping[str, str], task: Task, *, places_only: bool = False) -> Paths:
    """Read a file of paths.

    Args:
        file: CSV, TSV, NDJSON, JSON or Parquet, each also .gz or .zst; or a binary stream of one.
        mapping: our field name <- name in the file.
        task: cancelled between blocks.
        places_only: whether what each state has at its places is enough, as it is for rule models. A large file may
            then come summed so, without its journeys.

    Raises:
        AttribenchError: the file as a whole cannot be read (see :mod:`engine.ingest.source`), or lacks ``path``.
    """
    plain = _plain(file)
    if plain is not None:
        return _read_delimited(plain, mapping, task, places_only=places_only)
    import tempfile  # what a small plain file does without is loaded where it is needed

    from engine.ingest.source import Format, open_source

    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch:
        source = open_source(file, Path(scratch), task)
        rejects = _Rejects()
        match source.format:
            case Format.DELIMITED:
                table = _Table(source.path, source.name, source.delimiter, source.header, source.header_lines)
                paths = _read_delimited(table, mapping, task, places_only=places_only)
            case Format.LINES:
                rows = _json_rows(source.path, source.starts, mapping, rejects)
                paths = _grouped(rows, rejects)
            case Format.PARQUET:
                paths = _read_parquet(source.path, source.name, mapping, task, places_only=places_only)
    if source.rest is not None:
        line, text = source.rest
        unfinished = Reject(line, None, text, "unfinished")
        paths = replace(paths, rejects=[*paths.rejects, unfinished], rejected=paths.rejected + 1)
    return replace(paths, notes=source.notes)


@dataclass(frozen=True)
class _Table:
    """A delimited file in UTF-8 whose header is known, and how many lines that takes."""

    path: Path
    name: str
    delimiter: str
    header: tuple[str, ...]
    header_lines: int = 1


def _plain(file: Path | BinaryIO) -> _Table | None:
    """The table in a file that needs no preparation; None for anything that takes a closer look."""
    if not isinstance(file, Path) or not file.is_file():
        return None
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    first, separator, _ = head.partition(b"\n")
    if not separator or b"\r" in head or b"\0" in head or b'"' in first or not first.isascii() or first[:1] in b"[{":
        return None
    line = first.decode()
    delimiter = max(_DELIMITERS, key=lambda mark: (line.count(mark), mark == ","))
    header = tuple(cell.strip() for cell in line.split(delimiter))
    if not all(cell.isprintable() and cell for cell in header) or len({*map(str.casefold, header)}) < len(header):
        return None
    return _Table(file, file.name, delimiter, header)


def _columns(name: str, header: Sequence[str], mapping: Mapping[str, str]) -> list[int | None]:
    """Where each of FIELDS stands, or None. FILE_MISSING_COLUMNS when there is no path."""
    known = {_ALIASES.get(text.casefold(), text.casefold()): index for index, text in reversed([*enumerate(header)])}
    exact = {text: index for index, text in enumerate(header)}
    places = [exact.get(mapping[ours]) if ours in mapping else known.get(ours) for ours in FIELDS]
    lacking = [mapping.get(ours, ours) for ours, place in zip(FIELDS, places, strict=True) if place is None]
    missing = [text for text in lacking if text == "path" or text in mapping.values()]
    if missing:
        raise AttribenchError(Code.FILE_MISSING_COLUMNS, path=name, columns=missing, present=list(header))
    return places


def _read_delimited(table: _Table, mapping: Mapping[str, str], task: Task, *, places_only: bool) -> Paths:
    places = _columns(table.name, table.header, mapping)
    rejects = _Rejects()
    try:
        if table.path.stat().st_size > _SMALL:
            clean = _read_clean(*_relation(table, places), task, places_only=places_only)
            if clean is not None:
                return clean
        else:
            groups = _counted_lines(table, places)
            if groups is not None:
                return _numbered(groups, rejects)
        return _grouped(_delimited_rows(table, places, rejects), rejects)
    except UnicodeDecodeError:
        return _read_recoded(table, mapping, task, places_only=places_only)


def _relation(table: _Table, places: Sequence[int | None]) -> tuple[str, list[str | None]]:
    """SQL of a delimited file, and its columns for FIELDS."""
    columns = ", ".join(
        f"c{index}: '{'double' if index in places[1:] else 'varchar'}'" for index in range(len(table.header))
    )
    relation = (
        f"read_csv({literal(str(table.path))}, delim={literal(table.delimiter)}, quote='\"', escape='\"',"
        f" header=false, skip={table.header_lines}, auto_detect=false, strict_mode=true, columns={{{columns}}})"
    )
    return relation, [None if place is None else f"c{place}" for place in places]


def _read_recoded(table: _Table, mapping: Mapping[str, str], task: Task, *, places_only: bool) -> Paths:
    """A file that turns out not to be UTF-8, through the reader that finds the encoding out."""
    import tempfile

    from engine.ingest.source import open_source

    with tempfile.TemporaryDirectory(prefix="attribench-") as scratch:
        source = open_source(table.path, Path(scratch), task)
        copy = _Table(source.path, source.name, source.delimiter, source.header, source.header_lines)
        return replace(_read_delimited(copy, mapping, task, places_only=places_only), notes=source.notes)


def _read_parquet(path: Path, name: str, mapping: Mapping[str, str], task: Task, *, places_only: bool) -> Paths:
    from engine.store import memory_cursor

    relation = f"read_parquet({literal(str(path))}, binary_as_string=true)"
    try:
        with memory_cursor(task) as cursor:
            header = cursor.columns(f"select * from {relation}")
    except AttribenchError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=name, detail=str(error.facts["detail"])) from error
    places = _columns(name, header, mapping)
    named = [None if place is None else header[place] for place in places]
    paths = _read_clean(relation, named, task, places_only=places_only)
    if paths is not None:
        return paths
    columns = ", ".join("null" if column is None else f"coalesce({quoted(column)}::varchar, '')" for column in named)
    with memory_cursor(task) as cursor:
        rows = cursor.rows(f"select {columns} from {relation}")
    return _grouped(enumerate(cast("list[Texts]", rows), 1), _Rejects())


def _read_clean(relation: str, named: Sequence[str | None], task: Task, *, places_only: bool = False) -> Paths | None:
    """Group the rows of a relation in DuckDB; None when any of them is not as it should be.

    Args:
        relation: SQL of the file.
        named: its columns for FIELDS; None where it has none.
        task: cancels it.
        places_only: see :func:`read_paths`.
    """
    from engine.store import memory_cursor

    path, conversions, value, nulls = (None if column is None else quoted(column) for column in named)
    value = "conversions" if value is None else f"coalesce({value}::double, 0)"
    nulls = "0::double" if nulls is None else f"coalesce({nulls}::double, 0)"
    grouped = f"""
        create temp table grouped as
        select path, sum(conversions) as conversions, sum(value) as value, sum(nulls) as nulls,
               bool_and(coalesce(isfinite(conversions + value + nulls) and conversions >= 0 and nulls >= 0, false))
                   as is_clean
        from (select coalesce({path}::varchar, '') as path,
                     {"1::double" if conversions is None else f"{conversions}::double"} as conversions,
                     {value} as value, {nulls} as nulls
              from {relation})
        group by path"""
    try:
        with memory_cursor(task) as cursor:
            cursor.run(grouped)
            if not cursor.value("select coalesce(bool_and(is_clean), true) from grouped"):
                return None
            if places_only:
                summed = _summed(cursor)
                if summed is not None:
                    return summed
            rows = cursor.rows("select path, conversions, value, nulls from grouped")
    except AttribenchError as error:
        if error.code is not Code.SQL_FAILED:
            raise
        return None
    return _numbered({path: amounts for path, *amounts in rows}, _Rejects())


def _summed(cursor: Cursor) -> Paths | None:
    """The table ``grouped`` summed by place; None where a state is blank or has blanks around it."""
    written = [name for (name,) in cursor.rows(f"select distinct unnest({_STATES}) from grouped")]
    if any(not name or name != name.strip() for name in written):
        return None
    names = sorted(written)
    number = {name: index for index, name in enumerate(names)}
    cursor.run(
        f"""
        create temp table converting as
        select states, len(states) as length, conversions, value
        from (select {_STATES} as states, conversions, value from grouped where conversions <> 0 or value <> 0)"""
    )
    placed = cursor.rows(
        """
        select length, place, state, sum(conversions), sum(value)
        from (select length, generate_subscripts(states, 1) as place, unnest(states) as state, conversions, value
              from converting)
        group by all"""
    )
    marked = cursor.rows(
        f"""
        select length, place, states[place], sum(conversions), sum(value)
        from (select *, coalesce(length + 1 - nullif(list_position(list_reverse(
                            [lower(state) <> '{DIRECT}' for state in states]), true), 0), length) as place
              from converting)
        group by all"""
    )
    places = Places(len(names))
    for length, place, state, conversions, value in placed:
        places.add(length, place - 1, number[state], conversions, value)
    for length, place, state, conversions, value in marked:
        places.mark(length, place - 1, number[state], conversions, value)
    return Paths(tuple(names), (), (0.0, 0.0), places=places)


def _counted_lines(table: _Table, places: Sequence[int | None]) -> dict[str, list[float]] | None:
    """Group the rows of a file in which a line is a row and all are as they should be; None for any other.

    Journeys repeat, and counting equal lines is far cheaper than looking into each.
    """
    text = table.path.read_text(encoding="utf-8")
    if '"' in text or "\r" in text:
        return None
    path_at, conversions_at, value_at, nulls_at = places
    lines = Counter(text.split("\n")[table.header_lines :])
    lines.pop("", None)
    delimiter, width = table.delimiter, len(table.header)
    groups: dict[str, list[float]] = {}
    try:
        for line, count in lines.items():
            cells = line.split(delimiter)
            if len(cells) != width:
                return None
            conversions = 1.0 if conversions_at is None else float(cells[conversions_at])
            value = conversions if value_at is None else float(cells[value_at] or 0)
            nulls = 0.0 if nulls_at is None else float(cells[nulls_at] or 0)
            if not (conversions >= 0 and nulls >= 0 and -_INFINITY < conversions + value + nulls < _INFINITY):
                return None
            path = cells[path_at or 0]
            group = groups.get(path)
            if group is None:
                groups[path] = [conversions * count, value * count, nulls * count]
            else:
                group[0] += conversions * count
                group[1] += value * count
                group[2] += nulls * count
    except ValueError:
        return None
    return groups


def _delimited_rows(table: _Table, places: Sequence[int | None], rejects: _Rejects) -> Generator[tuple[int, Texts]]:
    width = len(table.header)
    first, second, third, fourth = (width if place is None else place for place in places)
    csv.field_size_limit(1 << 30)
    with table.path.open(encoding="utf-8", newline="") as file:
        for _ in range(table.header_lines):
            file.readline()
        reader = csv.reader(file, delimiter=table.delimiter)
        line = table.header_lines + 1
        for row in cast("Iterable[list[Any]]", reader):
            if len(row) == width:
                row.append(None)  # what a column that is not there holds
                yield line, (row[first], row[second], row[third], row[fourth])
            elif row:
                rejects.add(line, None, None, "missing_columns" if len(row) < width else "too_many_columns")
            line = table.header_lines + 1 + reader.line_num


def _json_rows(
    path: Path, starts: Sequence[int], mapping: Mapping[str, str], rejects: _Rejects
) -> Generator[tuple[int, Texts]]:
    import json

    named = [
        [mapping[ours]] if ours in mapping else [ours, *(theirs for theirs, own in _ALIASES.items() if own == ours)]
        for ours in FIELDS
    ]
    with path.open("rb") as file:
        for number, text in enumerate(file):
            line = starts[number] if starts else number + 1
            if not text.strip():
                continue
            try:
                record: Any = json.loads(text)
            except (ValueError, RecursionError):
                rejects.add(line, None, text.decode("utf-8", "replace").strip(), "invalid_json")
                continue
            if not isinstance(record, dict):
                rejects.add(line, None, text.decode("utf-8", "replace").strip(), "not_an_object")
                continue
            found = cast("dict[str, Any]", record)
            path_text, conversions, value, nulls = (
                next(("" if found[name] is None else found[name] for name in names if name in found), None)
                for names in named
            )
            yield line, (path_text, conversions, value, nulls)


class _Rejects:
    """Collects rows that cannot be kept: the first ones, and how many."""

    def __init__(self) -> None:
        self.first: list[Reject] = []
        self.count = 0

    def add(self, line: int, field: str | None, value: object, reason: str) -> None:
        """Add a row."""
        self.count += 1
        if len(self.first) < _MAX_REJECTS:
            self.first.append(Reject(line, field, None if value is None else str(value), reason))


def _grouped(rows: Iterable[tuple[int, Texts]], rejects: _Rejects) -> Paths:
    groups: dict[str, list[float]] = {}
    for line, (path, conversions, value, nulls) in rows:
        try:
            amount = 1.0 if conversions is None else float(conversions)
            worth = amount if value is None else float(value or 0)
            lost = 0.0 if nulls is None else float(nulls or 0)
        except (ValueError, TypeError):
            amount = worth = lost = math.nan
        if not (amount >= 0 and lost >= 0 and math.isfinite(amount + worth + lost)):
            rejects.add(line, *_fault(conversions, value, nulls))
            continue
        if path is None or not isinstance(path, str):
            if path is not None:
                rejects.add(line, "path", path, "not_a_path")
                continue
            path = ""
        group = groups.get(path)
        if group is None:
            groups[path] = [amount, worth, lost]
        else:
            group[0] += amount
            group[1] += worth
            group[2] += lost
    return _numbered(groups, rejects)


def _fault(conversions: object, value: object, nulls: object) -> tuple[str, object, str]:
    """Which field of a row is wrong, its value and why."""
    for name, given in (("conversions", conversions), ("value", value), ("nulls", nulls)):
        if given is None or (given == "" and name != "conversions"):
            continue
        if given == "":
            return name, None, "missing"
        try:
            number = float(cast("str", given))
        except (ValueError, TypeError):
            number = math.nan
        if not math.isfinite(number):
            return name, given, "not_a_number"
        if number < 0 and name != "value":
            return name, given, "negative"
    return "value", value, "not_a_number"  # each is a number, and their sum is not


def _numbered(groups: Mapping[str, Sequence[float]], rejects: _Rejects) -> Paths:
    """Split each path into the numbers of its states; ``others`` are states of paths that are not wanted."""
    parts = [path.split(SEPARATOR) for path in groups]
    written = set[str]().union(*parts)
    names = sorted({name.strip() for name in written} - {""})
    place = {name: index for index, name in enumerate(names)}
    number = {name: place.get(name.strip(), -1) for name in written}
    has_blanks = -1 in number.values()
    lookup = number.__getitem__
    journeys: list[Journey] = []
    lost_conversions = lost_value = 0.0
    for part, (conversions, value, nulls) in zip(parts, groups.values(), strict=True):
        states = tuple(map(lookup, part))
        if has_blanks and -1 in states:
            states = tuple(state for state in states if state >= 0)
        if states:
            journeys.append((states, conversions, value, nulls))
        else:
            lost_conversions += conversions
            lost_value += value
    unattributed = lost_conversions, lost_value
    return Paths(tuple(names), journeys, unattributed, rejects.first, rejects.count)
