"""The first rows of a file, whatever its size, as a :class:`Source` the importer's staging can read.

A file within the limits is opened just as an import would open it. Of a larger one the beginning is copied, cut where a
row ends, and that copy is opened: the rest is never read, compressed or not.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pyarrow as pa

from engine.errors import AttribenchError, Code
from engine.ingest.source import (
    PARQUET_MAGIC,
    Format,
    Source,
    check_exists,
    compression,
    file_sql,
    marked_encoding,
    open_source,
)
from engine.sqltext import literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from engine.store import Cursor
    from engine.task import Task

MAX_BYTES = 2 << 20
MAX_ROWS = 2_000
_MAX_DOCUMENT_BYTES = 16 << 20  # of what makes sense as a whole only: XML, one JSON object over many lines
_MAX_PACKED_PARQUET_BYTES = 64 << 20
_BLOCK = 1 << 18
_MAX_CUT_RECORD = 1 << 16

_ARROW: Any = pa  # it has no types


@dataclass(frozen=True)
class Head:
    """The beginning of a file.

    Attributes:
        source: what the importer would read, of the beginning.
        compression: ``gzip``, ``zstd`` or nothing.
        share: of the file's bytes (of its rows for Parquet) that was looked at; 1 for a whole file.
        is_xml: the file is markup.
        is_unsettled: nothing but a part of one record was found.
    """

    source: Source
    compression: str
    share: float
    is_xml: bool = False
    is_unsettled: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the file ends within the limits."""
        return self.share >= 1


def open_head(path: Path, scratch: Path, cursor: Cursor, task: Task, *, has_header: bool) -> Head:
    """Open the beginning of a file.

    Args:
        path: the file.
        scratch: an empty folder.
        cursor: to cut Parquet with.
        task: cancels it, between blocks.
        has_header: whether the first row of a delimited file names its columns.

    Raises:
        AttribenchError: as :func:`engine.ingest.source.open_source`.
    """
    check_exists(path)
    if not path.is_file():
        raise AttribenchError(Code.FILE_UNREADABLE, path=path.name, detail="not a regular file")
    try:
        packed = compression(path)
        start = _Start.read(path, packed, MAX_BYTES, task)
        if start.data.startswith(PARQUET_MAGIC):
            return _parquet_head(path, packed, scratch, cursor, task)
        is_xml = start.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        if is_xml and not start.is_all:
            start = _Start.read(path, packed, _MAX_DOCUMENT_BYTES, task)
        head = _text_head(path, packed, start, scratch / "1", task, has_header=has_header, is_xml=is_xml)
        if head.is_unsettled and len(start.data) < _MAX_DOCUMENT_BYTES:
            start = _Start.read(path, packed, _MAX_DOCUMENT_BYTES, task)
            return _text_head(path, packed, start, scratch / "2", task, has_header=has_header, is_xml=is_xml)
    except OSError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=path.name, detail=error.strerror or str(error)) from error
    return head


@dataclass(frozen=True)
class _Start:
    """The first bytes of a file, unpacked; how many packed bytes they took; whether that was all of it."""

    data: bytes
    taken: int
    is_all: bool

    @classmethod
    def read(cls, path: Path, packed: str, limit: int, task: Task) -> _Start:
        with path.open("rb") as raw:
            data = bytearray()
            is_all = False
            try:
                with _unpacked(raw, packed) as file:
                    for block in _blocks(file, limit + 1):
                        task.check()
                        data += block
                is_all = len(data) <= limit
            except (EOFError, zlib.error, ValueError, OSError):  # Arrow's errors are one of the latter two
                if not packed:
                    raise
                is_all = True  # damaged: opening it tells how
            return cls(bytes(data[:limit]), raw.tell(), is_all)


def _unpacked(raw: BinaryIO, packed: str) -> AbstractContextManager[BinaryIO]:
    if packed == "gzip":
        return cast("AbstractContextManager[BinaryIO]", gzip.GzipFile(fileobj=raw))
    if packed == "zstd":
        return _ARROW.CompressedInputStream(_ARROW.PythonFile(_Unclosed(raw), mode="r"), "zstd")
    return nullcontext(raw)


class _Unclosed(io.RawIOBase):
    """A file that stays open when its reader is done, so that its position can be asked."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)


def _blocks(file: BinaryIO, limit: int) -> Iterator[bytes]:
    left = limit
    while left and (block := file.read(min(_BLOCK, left))):
        left -= len(block)
        yield block


def _parquet_head(path: Path, packed: str, scratch: Path, cursor: Cursor, task: Task) -> Head:
    plain = path
    if packed:  # its directory stands at its end, so that it can only be read as a whole
        whole = _Start.read(path, packed, _MAX_PACKED_PARQUET_BYTES, task)
        if not whole.is_all:
            raise AttribenchError(
                Code.FILE_UNREADABLE, path=path.name, detail="compressed Parquet over 64 MiB; unpack it first"
            )
        plain = scratch / "plain.parquet"
        plain.write_bytes(whole.data)
    source = Source(path.name, plain, "", path.stat().st_size, Format.PARQUET)
    relation = f"read_parquet({file_sql(plain)}, binary_as_string=true)"
    try:
        rows = f"select coalesce(sum(num_rows), 0) from parquet_file_metadata({file_sql(plain)})"
        total = int(cursor.value(rows))
        if total <= MAX_ROWS:
            return Head(source, packed, 1.0)
        target = scratch / "head.parquet"
        cursor.run(f"copy (select * from {relation} limit {MAX_ROWS}) to {literal(str(target))} (format parquet)")
    except AttribenchError as error:
        if error.code is not Code.SQL_FAILED:
            raise
        raise AttribenchError(Code.FILE_UNREADABLE, path=path.name, detail=error.facts["detail"]) from error
    return Head(replace(source, path=target), packed, MAX_ROWS / total)


def _text_head(
    path: Path, packed: str, start: _Start, scratch: Path, task: Task, *, has_header: bool, is_xml: bool
) -> Head:
    size = path.stat().st_size
    scratch.mkdir()
    if start.is_all:
        source = open_source(path, scratch, task, has_header=has_header)
        share = 1.0
    else:
        copy = scratch / "head" / path.name
        copy.parent.mkdir()
        copy.write_bytes(_whole_lines(start.data))
        source = replace(open_source(copy, scratch, task, has_header=has_header), size=size)
        share = min(start.taken / size, 0.999)
    if is_xml:
        return Head(source, packed, share, is_xml=True)
    cut = _cut_objects if source.format is Format.LINES else _cut_records
    return cut(Head(source, packed, share), scratch / "rows", is_cut=not start.is_all)


def _whole_lines(data: bytes) -> bytes:
    """The bytes up to the end of the last line, or of the last whole character where there is but one line."""
    encoding = marked_encoding(data[:4096]) or "utf-8"
    if encoding.startswith("utf-16"):
        feed = "\n".encode(encoding)
        end = data.rfind(feed)
        while end >= 0 and end % 2:
            end = data.rfind(feed, 0, end)
        return data[: end + 2] if end >= 0 else data[: len(data) & ~1]
    end = max(data.rfind(b"\n"), data.rfind(b"\r"))
    if end >= 0:
        return data[: end + 1]
    end = len(data)
    while end and len(data) - end < 3 and data[end - 1] & 0xC0 == 0x80:
        end -= 1
    return data[: end - 1] if end and data[end - 1] >= 0xC0 else data


def _cut_objects(head: Head, target: Path, *, is_cut: bool) -> Head:
    """At most so many objects; of an array that was cut, without the last one, which may not be whole."""
    source = head.source
    if is_cut and source.lines <= 1:
        return replace(head, is_unsettled=True)
    rows = source.lines - (is_cut and bool(source.starts))
    if rows == source.lines and rows <= MAX_ROWS:
        return head
    rows = min(rows, MAX_ROWS)
    share = head.share * rows / source.lines
    _copy_lines(source.path, target, rows)
    return replace(head, source=replace(source, path=target, lines=rows, starts=source.starts[:rows]), share=share)


def _cut_records(head: Head, target: Path, *, is_cut: bool) -> Head:
    """At most so many records of a delimited file; of one that was cut, whole ones."""
    source = head.source
    starts: list[int] = []
    before = 0
    with source.path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=source.delimiter)
        try:
            for row in reader:
                if row and reader.line_num > source.header_lines:
                    starts.append(before + 1)
                before = reader.line_num
                if len(starts) > MAX_ROWS:
                    break
        except csv.Error:
            return head  # whatever is wrong with it, staging tells
    if not starts:
        return replace(head, is_unsettled=is_cut)
    lines = starts[-1] - 1
    is_open = is_cut and source.lines > starts[-1] and _size_from(source.path, lines) <= _MAX_CUT_RECORD
    if len(starts) <= MAX_ROWS and not (is_open and len(starts) > 1):
        return head
    _copy_lines(source.path, target, lines)
    share = head.share * target.stat().st_size / source.path.stat().st_size
    return replace(head, source=replace(source, path=target, lines=lines, rest=None), share=share)


def _copy_lines(path: Path, target: Path, lines: int) -> None:
    with path.open("rb") as file, target.open("wb") as out:
        for _, line in zip(range(lines), file, strict=False):
            out.write(line)


def _size_from(path: Path, line: int) -> int:
    """Bytes after so many lines."""
    with path.open("rb") as file:
        return path.stat().st_size - sum(len(text) for _, text in zip(range(line), file, strict=False))
