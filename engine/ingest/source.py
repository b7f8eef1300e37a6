"""What a file is before its rows are read: compression, encoding, format, delimiter, header.

A file that DuckDB can read as it stands is left where it is. Anything else (compressed, another encoding, a byte-order
mark, carriage returns, NUL bytes) is rewritten once into a scratch folder as plain UTF-8 with ``\\n``, in a stream, so
that line numbers stay those of the given file. JSON that is not one object a line is rewritten so, with the line of
each object beside it. What was assumed or mended is told in :attr:`Source.notes`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import re
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from engine.errors import AttribenchError, Code
from engine.ingest.objects import split_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from engine.task import Task

_CHUNK = 1 << 24
_LONG_LINE = 1 << 20
_SAMPLE = 1 << 12
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
PARQUET_MAGIC = b"PAR1"
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_ARROW: Any = pa  # it has no types

_MAGICS = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3"),
    *(b"\x7fELF", b"MZ\x90", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"RIFF", b"{\\rtf"),
)
_MULTI_BYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_PATTERN = re.compile(r"[*?\[]")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")

FORMATS = ("NDJSON", "JSON", "CSV", "TSV", "Parquet", "each also .gz or .zst")


class Format(StrEnum):
    """How rows stand in a file."""

    LINES = "lines"  # one JSON object a line; arrays and objects over several lines are rewritten so
    DELIMITED = "delimited"
    PARQUET = "parquet"


@dataclass(frozen=True)
class Source:
    """A file ready to be read by DuckDB.

    Attributes:
        name: file name as given, without its folder.
        path: the plain file to read (the given one, or a rewritten copy).
        sha256: of the bytes as given, hex.
        size: bytes as given.
        format: how rows stand in it.
        lines: lines of ``path`` (text formats); a last one without a line feed counts.
        longest: no line has more bytes than this.
        starts: of objects rewritten one a line, the line of each in the given file.
        delimiter: of a delimited file.
        header: column names of a delimited file; empty for other formats.
        header_lines: lines up to the end of the header.
        rest: of a file that ends too early, the unfinished last row (its line, its text), which is not in ``path``.
        notes: what was assumed or mended, as {"code": .., ...}.
    """

    name: str
    path: Path
    sha256: str
    size: int
    format: Format
    lines: int = 0
    longest: int = 0
    starts: Sequence[int] = ()
    delimiter: str = ""
    header: tuple[str, ...] = ()
    header_lines: int = 0
    rest: tuple[int, str] | None = None
    notes: tuple[dict[str, object], ...] = field(default=())


def open_source(path: Path | BinaryIO, scratch: Path, task: Task, *, has_header: bool = True) -> Source:
    """Look at a file and make it readable.

    Args:
        path: the file, or a binary stream (standard input), which is copied to ``scratch`` first.
        scratch: an empty folder for rewritten copies.
        task: cancelled between blocks of 16 MiB.
        has_header: whether the first row of a delimited file names its columns.

    Raises:
        AttribenchError: FILE_MISSING, FILE_IS_FOLDER, FILE_EMPTY, FILE_UNREADABLE, FILE_FORMAT,
            FILE_DUPLICATE_COLUMNS.
    """
    if isinstance(path, Path):
        name, given = path.name, path
        check_exists(path)
    else:
        name, given = "standard input", scratch / "input"
        _copy(path, given, task)
    if given.stat().st_size == 0:
        raise AttribenchError(Code.FILE_EMPTY, path=name)
    notes: list[dict[str, object]] = []
    with ThreadPoolExecutor(1, "attribench-hash") as pool:  # beside the look at the text: both read every byte
        try:
            digest = pool.submit(_hash, given, task)
            plain = _decompress(given, scratch / "plain", notes, task)
            source = _describe(name, plain, scratch, notes, task, has_header=has_header)
            return replace(source, sha256=digest.result(), size=given.stat().st_size, notes=tuple(notes))
        except OSError as error:
            raise AttribenchError(Code.FILE_UNREADABLE, path=name, detail=error.strerror or str(error)) from error


def _describe(
    name: str, plain: Path, scratch: Path, notes: list[dict[str, object]], task: Task, *, has_header: bool
) -> Source:
    with plain.open("rb") as file:
        head = file.read(_SAMPLE)
    if not head:
        raise AttribenchError(Code.FILE_EMPTY, path=name)
    if head.startswith(PARQUET_MAGIC):
        return Source(name, plain, "", 0, Format.PARQUET)
    encoding = marked_encoding(head)
    if _is_binary(head, encoding):
        raise AttribenchError(Code.FILE_FORMAT, path=name, known=FORMATS)
    text = _plain_text(plain, scratch / "text", encoding, notes, task)
    kind = _text_format(text.path)
    if kind is None:
        objects = split_objects(text.path, scratch / "objects", task)
        longest = max(objects.longest, text.longest)
        return Source(
            name, scratch / "objects", "", 0, Format.LINES, len(objects.starts), longest, starts=objects.starts
        )
    if kind is Format.LINES:
        return Source(name, text.path, "", 0, kind, text.lines, text.longest)
    rest = None
    if any(note["code"] == "truncated" for note in notes):
        text, rest = _without_rest(text, scratch / "whole")
    delimiter, header, header_lines = _header(text.path, name, has_header=has_header)
    return Source(
        name,
        text.path,
        "",
        0,
        kind,
        text.lines,
        text.longest,
        delimiter=delimiter,
        header=header,
        header_lines=header_lines,
        rest=rest,
    )


def check_exists(path: Path) -> None:
    """Raise FILE_IS_FOLDER or FILE_MISSING when there is no file to read."""
    if path.is_dir():
        raise AttribenchError(Code.FILE_IS_FOLDER, path=str(path))
    if not path.exists():
        raise AttribenchError(Code.FILE_MISSING, path=str(path))


def file_sql(path: Path) -> str:
    """A path as an SQL text that means this very file: to DuckDB ``*``, ``?`` and ``[`` are patterns."""
    return "'" + _PATTERN.sub(r"[\g<0>]", str(path)).replace("'", "''") + "'"


def _copy(stream: BinaryIO, target: Path, task: Task) -> None:
    with target.open("wb") as out:
        while block := stream.read(_CHUNK):
            task.check()
            out.write(block)


def _hash(path: Path, task: Task) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            task.check()
            digest.update(block)
    return digest.hexdigest()


def _decompress(path: Path, target: Path, notes: list[dict[str, object]], task: Task) -> Path:
    """The plain file behind a .gz or .zst one. A file that ends too early gives what could be read, and a note."""
    match compression(path):
        case "gzip":
            blocks = _gzip_blocks(path)
        case "zstd":
            blocks = _zstd_blocks(path)
        case _:
            return path
    with target.open("wb") as out:
        try:
            for block in blocks:
                task.check()
                out.write(block)
        except (EOFError, zlib.error, OSError, ValueError) as error:  # Arrow's errors are one of the latter two
            if out.tell() == 0:
                raise AttribenchError(Code.FILE_UNREADABLE, path=path.name, detail=str(error)) from error
            notes.append({"code": "truncated", "bytes": out.tell()})
    return target


def compression(path: Path) -> str:
    """``gzip``, ``zstd``, or nothing for a plain file, by its first bytes."""
    with path.open("rb") as file:
        head = file.read(4)
    return "gzip" if head.startswith(_GZIP) else "zstd" if head.startswith(_ZSTD) else ""


def _gzip_blocks(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        while block := file.read1(_CHUNK):  # read1 gives what it has before a truncated end raises
            yield block


def _zstd_blocks(path: Path) -> Iterator[bytes]:
    with _ARROW.input_stream(str(path), compression="zstd") as file:
        while block := file.read(1 << 16):
            yield block


@dataclass(frozen=True)
class _Text:
    path: Path
    lines: int
    longest: int


class _Lines:
    """Counts lines, and measures those over a mebibyte."""

    def __init__(self) -> None:
        self._feeds = 0
        self._open = 0  # bytes of the line not finished yet
        self._longest = _LONG_LINE

    def feed(self, block: bytes) -> None:
        self._feeds += block.count(b"\n")
        start = 0
        while True:
            # One search backwards jumps over every line that ends within the next mebibyte.
            last = block.rfind(b"\n", start, start + _LONG_LINE - min(self._open, _LONG_LINE - 1))
            if last < 0:
                last = block.find(b"\n", start)
            if last < 0:
                self._open += len(block) - start
                break
            first = block.find(b"\n", start, last + 1)
            self._longest = max(self._longest, self._open + first - start + 1)
            self._open, start = 0, last + 1
        self._longest = max(self._longest, self._open)

    def text(self, path: Path) -> _Text:
        return _Text(path, self._feeds + (self._open > 0), self._longest)


def marked_encoding(head: bytes) -> str | None:
    """The encoding a byte-order mark tells, or the zero bytes of UTF-16 without one."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[::2].count(0) / len(head) * 2, head[1::2].count(0) / len(head) * 2
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


def _is_binary(head: bytes, encoding: str | None) -> bool:
    if head.startswith(_MAGICS):
        return True
    text = head.decode(encoding or "latin-1", "replace")
    strange = sum(char < " " and char not in "\t\n\r\f\x00\x1a\x1e\x1f" for char in text)
    return strange > len(text) * 0.05 or text.count("\0") > len(text) * 0.3


def _plain_text(path: Path, target: Path, marked: str | None, notes: list[dict[str, object]], task: Task) -> _Text:
    """UTF-8 with ``\\n`` and without NUL or byte-order mark; ``path`` itself when it is that already."""
    if marked is not None:
        if marked != "utf-8":
            notes.append({"code": "encoding", "encoding": "UTF-16"})
        return _rewrite(path, target, marked, notes, task)
    lines, is_clean = _Lines(), True
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_CHUNK):
                task.check()
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
                lines.feed(block)
                if b"\r" in block or b"\0" in block:
                    is_clean = False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if _is_mostly_utf8(path, task):
                notes.append({"code": "invalid_bytes"})
                return _rewrite(path, target, "utf-8", notes, task)
            notes.append({"code": "encoding", "encoding": "Windows-1252 (Latin-1)"})
            return _rewrite(path, target, "cp1252", notes, task)
    return lines.text(path) if is_clean else _rewrite(path, target, "utf-8", notes, task)


def _is_mostly_utf8(path: Path, task: Task) -> bool:
    """Whether more of the bytes above ASCII make sense as UTF-8 than not: one spoilt byte is no other encoding."""
    good = high = 0
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            task.check()
            if not block.isascii():
                good += sum(len(match) for match in _MULTI_BYTE.findall(block))
                high += len(_HIGH_BYTE.findall(block))
    return good * 2 > high


def _rewrite(path: Path, target: Path, encoding: str, notes: list[dict[str, object]], task: Task) -> _Text:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    lines, is_first, nuls = _Lines(), True, 0
    with path.open("rb") as file, target.open("wb") as out:
        while True:
            block = file.read(_CHUNK)
            task.check()
            text = decoder.decode(block, final=not block)
            if is_first:
                text, is_first = text.removeprefix("\ufeff"), False
            nuls += text.count("\0")
            text = text.replace("\0", "\ufffd")  # no text field can hold a NUL; shown as what it is, unreadable
            plain = text.encode("utf-8", "replace")
            lines.feed(plain)
            out.write(plain)
            if not block:
                break
    if nuls:
        notes.append({"code": "nul", "count": nuls})
    return lines.text(target)


def _without_rest(text: _Text, target: Path) -> tuple[_Text, tuple[int, str] | None]:
    """A delimited file without its unfinished last line, and that line."""
    size = text.path.stat().st_size
    with text.path.open("rb") as file:
        file.seek(max(0, size - text.longest - 1))
        tail = file.read()
    rest = tail[tail.rfind(b"\n") + 1 :]
    if not rest or len(rest) == size:
        return text, None
    with text.path.open("rb") as file, target.open("wb") as out:
        left = size - len(rest)
        while left:
            block = file.read(min(_CHUNK, left))
            out.write(block)
            left -= len(block)
    return _Text(target, text.lines - 1, text.longest), (text.lines, rest.decode("utf-8", "replace"))


def _text_format(path: Path) -> Format | None:
    """One object a line, or delimited; None for an array of objects or objects over several lines."""
    with path.open("rb") as file:
        head = file.read(1 << 16).lstrip()
        if head[:1] == b"[":
            return None
        if head[:1] != b"{":
            return Format.DELIMITED
        file.seek(0)
        first = file.readline()
        while first and not first.strip():
            first = file.readline()
        if _is_object(first):
            return Format.LINES
        second = file.readline().lstrip()
    # A first line that is broken JSON does not make the file a pretty-printed one.
    return Format.LINES if second[:1] == b"{" or not second else None


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _header(path: Path, name: str, *, has_header: bool) -> tuple[str, tuple[str, ...], int]:
    with path.open(encoding="utf-8", newline="") as file:
        first = ""
        for line in file:
            first = line
            if line.strip():
                break
        delimiter = max(_DELIMITERS, key=lambda mark: (_outside_quotes(first, mark), mark == ","))
        if not has_header:
            return delimiter, (), 0
        file.seek(0)
        csv.field_size_limit(1 << 30)
        row: list[str] = []
        reader = csv.reader(file, delimiter=delimiter)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    break
        except csv.Error as error:
            raise AttribenchError(Code.FILE_FORMAT, path=name, known=FORMATS) from error
    names = tuple(cell.strip() for cell in row)
    if not any(names) or any(not cell.isprintable() for cell in names):
        raise AttribenchError(Code.FILE_FORMAT, path=name, known=FORMATS)
    folded = [cell.casefold() for cell in names]
    repeated = sorted({cell for cell, key in zip(names, folded, strict=True) if cell and folded.count(key) > 1})
    if repeated:
        raise AttribenchError(Code.FILE_DUPLICATE_COLUMNS, path=name, columns=repeated)
    named = tuple(cell or f"column_{index}" for index, cell in enumerate(names, 1))
    return delimiter, named, reader.line_num


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])
