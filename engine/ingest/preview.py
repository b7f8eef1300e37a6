"""What a file would become, before anything is imported: its form, its kind, its columns, its problems.

Only the beginning is read (:mod:`engine.ingest.head`), into a database in memory, by the importer's own staging: the
problems told here are the very rejects an import with the same kind and mapping would give for those rows.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from engine.errors import AttribenchError, Code
from engine.ingest import importer, staging
from engine.ingest.exports import EXPORTS, recognise
from engine.ingest.extraction import is_constant
from engine.ingest.fields import Kind, Type
from engine.ingest.guess import constants_for, guess_types, money_columns, suggest
from engine.ingest.head import MAX_ROWS, Head, open_head
from engine.ingest.previewed import Column, Hint, Preview, Problem
from engine.ingest.rates import is_ecb_rates, read_ecb_rates
from engine.ingest.recognise import needs_of, rank_kinds
from engine.ingest.source import FORMATS, Format
from engine.ingest.texts import Texts, read_texts
from engine.ingest.typed import DAY_PATTERN
from engine.store import memory_cursor
from engine.task import Task

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.ingest.exports.base import Export
    from engine.ingest.guess import Guess
    from engine.ingest.recognise import KindGuess
    from engine.ingest.staging import Staged
    from engine.store import Cursor

SHOWN_ROWS = 100
_EXAMPLES = 3
_SAMPLES = 5
_NUMERIC = frozenset({Type.AMOUNT, Type.NUMBER, Type.INTEGER})
_STRUCTURED = frozenset({Type.TIME, Type.DAY})
_AMBIGUOUS = r"^\D*\d{1,3}[.,]\d{3}\D*$"
_EXTENSIONS = {
    "json": "json", "ndjson": "json", "jsonl": "json", "csv": "text", "tsv": "text", "parquet": "parquet",
    "pq": "parquet", "xml": "xml",
}  # fmt: skip


def preview(
    path: Path,
    *,
    kind: str | None = None,
    mapping: Mapping[str, str] | None = None,
    zone: str = "UTC",
    task: Task | None = None,
) -> Preview:
    """Look at the beginning of a file: at most 2 MiB or 2,000 rows. Nothing is changed anywhere.

    Args:
        path: the file.
        kind: look at it as this kind; the one that fits best when not given.
        mapping: our field <- name in the file, read just as an import does; suggestions when not given.
        zone: IANA zone of times that tell no offset.
        task: cancels it.

    Raises:
        AttribenchError: what the import of the file would raise as a whole: FILE_MISSING, FILE_IS_FOLDER, FILE_EMPTY,
            FILE_UNREADABLE, FILE_FORMAT, FILE_DUPLICATE_COLUMNS, IMPORT_AGGREGATE, IMPORT_KIND_UNKNOWN,
            MAPPING_UNKNOWN; but not for columns that are missing, which stand in ``needed``.
        Cancelled: the task was cancelled.
    """
    task = task or Task()
    if kind is not None:
        importer.resolve(kind, mapping or {})
    with tempfile.TemporaryDirectory(prefix="attribench-") as folder, memory_cursor(task) as cursor:
        task.report(0.0, "reading")
        importer.load_macros(cursor)
        scratch = Path(folder)
        head, export = _open(path, scratch, cursor, task, kind)
        importer.refuse_aggregates(head.source)
        if head.is_xml and not is_ecb_rates(head.source):
            raise AttribenchError(Code.FILE_FORMAT, path=path.name, known=FORMATS)
        task.report(0.4, "recognising")
        given = read_texts(cursor, head.source, export.columns if export else (), MAX_ROWS, task)
        types = guess_types(cursor, given.frame, zone)
        kinds = rank_kinds(head.source, given, types, _samples(given.frame), export)
        chosen = kind or kinds[0].kind
        task.report(0.7, "checking")
        importer.resolve(chosen, mapping or {})
        look = _Look(cursor, head, given, types, zone, chosen, scratch, task)
        result = look.at(mapping, kinds, path)
        task.report(1.0, "checked")
        return result


def _open(path: Path, scratch: Path, cursor: Cursor, task: Task, kind: str | None) -> tuple[Head, Export | None]:
    """The head, and the foreign export it is, by its marks or as asked for."""
    asked = EXPORTS.get(kind or "")
    first, second = scratch / "named", scratch / "nameless"
    first.mkdir()
    second.mkdir()
    if asked is not None:
        return open_head(path, first, cursor, task, has_header=not asked.columns), asked
    try:
        head = open_head(path, first, cursor, task, has_header=True)
    except AttribenchError as error:
        if kind is not None or error.code not in {Code.FILE_DUPLICATE_COLUMNS, Code.FILE_FORMAT}:
            raise
        # The first row may be data: of an export without a header, which is known by its number of columns.
        export = _nameless(path, second / "look", cursor, task)
        if export is None:
            raise
        return open_head(path, second, cursor, task, has_header=False), export
    if kind is not None:
        return head, None
    export = recognise(head.source.header) if head.source.header else None
    if export is not None and export.columns and not export.signature <= set(head.source.header):
        return open_head(path, second, cursor, task, has_header=False), export
    return head, None


def _nameless(path: Path, scratch: Path, cursor: Cursor, task: Task) -> Export | None:
    scratch.mkdir()
    try:
        head = open_head(path, scratch, cursor, task, has_header=False)
    except AttribenchError:
        return None
    if head.source.format is not Format.DELIMITED:
        return None
    with head.source.path.open(encoding="utf-8") as file:
        width = file.readline().count(head.source.delimiter) + 1
    return next((export for export in EXPORTS.values() if len(export.columns) == width), None)


class _Look:
    """One kind and mapping of an opened file."""

    def __init__(
        self,
        cursor: Cursor,
        head: Head,
        given: Texts,
        types: Mapping[str, Guess],
        zone: str,
        chosen: str,
        scratch: Path,
        task: Task,
    ) -> None:
        self._cursor, self._head, self._zone, self._task = cursor, head, zone, task
        self._kind, self._export = importer.resolve(chosen, {})
        self._name = chosen
        self._source = head.source
        self._given, self._types = given, types
        if chosen == "rates" and is_ecb_rates(head.source):
            self._source = read_ecb_rates(head.source, scratch)
            self._given = read_texts(cursor, self._source, (), MAX_ROWS, task)
            self._types = guess_types(cursor, self._given.frame, zone)

    @property
    def _is_fixed(self) -> bool:
        return self._export is not None or self._source is not self._head.source

    def at(self, asked: Mapping[str, str] | None, kinds: tuple[KindGuess, ...], path: Path) -> Preview:
        frame, source = self._given.frame, self._source
        samples = _samples(frame)
        if self._is_fixed:
            mapping: dict[str, str] = {}
            read = {} if self._export else {name: name for name in frame.columns}
        else:
            if asked is None:
                found = suggest(self._kind, frame.columns, self._types, samples=samples)
                asked = {field: suggestion.column for field, suggestion in found.items()}
                mapping = complete_mapping(self._kind, frame.columns, asked) | constants_for(self._kind, found)
            else:
                mapping = dict(asked)
            read = self._read(mapping)
        needed = self._needed({*read, *(field for field, column in mapping.items() if is_constant(column))})
        staged, checked = self._stage(mapping, is_partial=bool(needed))
        rejects = staging.rejects(self._cursor, staged)
        problems = _problems(rejects, set(staged.structural["reason"].to_list()), read)
        by_column: dict[str, list[Problem]] = {}
        for problem in problems:
            if problem.column is not None:
                by_column.setdefault(problem.column, []).append(problem)
        fields = {column: field for field, column in reversed(read.items())}
        columns = tuple(
            Column(
                name,
                self._types[name],
                samples[name],
                _filled(frame[name]),
                fields.get(name),
                tuple(by_column.get(name, ())),
                self._hints(name, fields.get(name), staged),
            )
            for name in frame.columns
        )
        total = checked + staged.structural.height
        return Preview(
            name=source.name,
            size=source.size,
            format=_format(self._head),
            compression=self._head.compression,
            delimiter=self._head.source.delimiter,
            notes=(*source.notes, *_extension_note(path, self._head), *self._money_note(fields)),
            kinds=kinds,
            kind=self._name,
            is_fixed=self._is_fixed,
            mapping=mapping,
            columns=columns,
            rows=frame.head(SHOWN_ROWS),
            lines=self._given.lines[:SHOWN_ROWS],
            needed=needed,
            problems=problems,
            rejects=rejects,
            checked=total,
            estimate=total if self._head.is_whole else max(total, round(total / self._head.share)),
            is_whole=self._head.is_whole,
        )

    def _read(self, mapping: Mapping[str, str]) -> dict[str, str]:
        """Which column each field is read from, as staging does: its own name where the mapping says nothing."""
        present = set(self._given.frame.columns)
        read: dict[str, str] = {}
        for field in self._kind.fields:
            column = mapping.get(field.name, field.name)
            if column and (column in present or column.partition(".")[0] in present):
                read[field.name] = column
        return read

    def _needed(self, read: Collection[str]) -> tuple[str, ...]:
        if self._is_fixed:
            return ()
        return tuple(need for need in needs_of(self._kind) if not any(name in read for name in need.split(" | ")))

    def _money_note(self, fields: Collection[str]) -> tuple[dict[str, object], ...]:
        """Columns of amounts that would not be imported."""
        left = [] if self._is_fixed else [name for name in money_columns(self._types) if name not in fields]
        return ({"code": "unmapped_money", "columns": left},) if left else ()

    def _stage(self, mapping: Mapping[str, str], *, is_partial: bool) -> tuple[Staged, int]:
        """Stage the rows; while required columns are missing, without asking for any."""
        kind = self._kind
        if is_partial:
            kind = replace(kind, fields=tuple(replace(field, required=False) for field in kind.fields), any_of=())
        moment = datetime.now(UTC).replace(tzinfo=None)  # of restatable rows that tell none; never shown
        staged = importer.stage(self._cursor, self._source, kind, self._export, mapping, zone=self._zone, moment=moment)
        rows = int(self._cursor.value("select count(*) from staged where reject is null or reject > 0"))
        return staged, rows

    def _hints(self, column: str, name: str | None, staged: Staged) -> tuple[Hint, ...]:
        field = self._kind.field(name) if name else None
        if field is None:
            return ()
        texts = self._given.frame[column].drop_nulls()
        found: list[Hint] = []

        def hint(code: str, values: pl.Series) -> None:
            if len(values):
                found.append(Hint(code, len(values), str(values[0])))

        if field.type in _NUMERIC:
            marked = texts.filter(texts.str.contains(r"\d[.,]\d"))
            if field.name in staged.settled.comma_decimal:
                hint("comma_decimal", marked)
            unclear = marked.filter(marked.str.contains(_AMBIGUOUS))
            if len(unclear) == len(marked):
                hint("ambiguous_number", unclear)
        elif field.type in _STRUCTURED:
            day_first = staged.settled.day_first.get(field.name)
            if day_first is not None:
                slashed = texts.filter(texts.str.contains(DAY_PATTERN))
                hint("day_first" if day_first else "month_first", slashed)
            if field.type is Type.TIME:
                hint("no_offset", self._without_offset(texts))
        return tuple(found)

    def _without_offset(self, texts: pl.Series) -> pl.Series:
        with self._cursor.table("hint_values", pl.DataFrame({"text": texts})):
            found = self._cursor.frame(
                """select clean(text) as t from hint_values
                   where not has_offset(t) and not is_epoch(t) and not regexp_full_match(t, '\\d{8}T\\d{6}Z')"""
            )
        return found["t"]


def complete_mapping(kind: Kind, columns: Collection[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """A mapping that means exactly what was chosen: a field nobody chose is left out, though a column has its name."""
    own = {field.name: "" for field in kind.fields if field.name in columns}
    return own | dict(chosen)


def _samples(texts: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(texts[name].drop_nulls().unique(maintain_order=True).head(_SAMPLES).to_list())
        for name in texts.columns
    }


def _filled(texts: pl.Series) -> float:
    return len(texts.filter(texts.str.strip_chars() != "")) / len(texts) if len(texts) else 0.0


def _problems(rejects: pl.DataFrame, structural: Collection[str], read: Mapping[str, str]) -> tuple[Problem, ...]:
    """The rejects by field and reason, in the order they first occur."""
    problems: list[Problem] = []
    grouped = rejects.with_columns(
        pl.when(pl.col("reason").is_in(list(structural))).then(None).otherwise(pl.col("field")).alias("field")
    ).group_by("field", "reason", maintain_order=True)
    for (field, reason), rows in grouped:
        values = rows["value"].drop_nulls().unique(maintain_order=True).head(_EXAMPLES).to_list()
        name = str(field) if field is not None else None
        problems.append(
            Problem(
                str(reason),
                name,
                read.get(name) if name else None,
                rows.height,
                tuple(str(value)[:200] for value in values),
                tuple(rows["line"].head(_EXAMPLES).to_list()),
            )
        )
    return tuple(problems)


def _format(head: Head) -> str:
    source = head.source
    if head.is_xml:
        return "XML"
    if source.format is Format.PARQUET:
        return "Parquet"
    if source.format is Format.LINES:
        return "JSON" if source.starts else "NDJSON"
    return "TSV" if source.delimiter == "\t" else "CSV"


def _extension_note(path: Path, head: Head) -> tuple[dict[str, object], ...]:
    """Where the name says one thing and the content another."""
    suffixes = [suffix.lower().lstrip(".") for suffix in path.suffixes]
    packed = {"gz": "gzip", "zst": "zstd"}.get(suffixes[-1] if suffixes else "", "")
    told = _EXTENSIONS.get(suffixes[-2] if packed and len(suffixes) > 1 else suffixes[-1] if suffixes else "")
    found = {"CSV": "text", "TSV": "text", "XML": "xml", "Parquet": "parquet"}.get(_format(head), "json")
    if packed != head.compression or (told is not None and told != found):
        return ({"code": "extension", "format": _format(head), "compression": head.compression},)
    return ()
