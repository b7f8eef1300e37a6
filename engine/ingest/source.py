"""What a file is before its rows are read: compression, encoding, format, delimiter, header.

A file that DuckDB can read as it stands is left where it is. Anything else (compressed, another encoding, a byte-order
mark, carriage returns, NUL bytes) is rewritten once into a scratch folder as plain UTF-8 with ``\\n``, in a stream, so
that line numbers stay those of the given file. What was assumed or mended is told in :attr:`Source.notes`.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.task import Task

_CHUNK = 1 << 24
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_PARQUET = b"PAR1"
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

FORMATS = ("NDJSON", "JSON", "CSV", "TSV", "Parquet", "each also .gz or .zst")


class Format(StrEnum):
    """How rows stand in a file."""

    LINES = "lines"  # one JSON object a line
    JSON = "json"  # an array of objects, or objects one after the other over several lines
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
        lines: line feeds in ``path`` (text formats).
        delimiter: of a delimited file.
        header: column names of a delimited file; empty for other formats.
        notes: what was assumed or mended, as {"code": .., ...}.
    """

    name: str
    path: Path
    sha256: str
    size: int
    format: Format
    lines: int = 0
    delimiter: str = ""
    header: tuple[str, ...] = ()
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
        _check_exists(path)
    else:
        name, given = "standard input", scratch / "input"
        _copy(path, given, task)
    if given.stat().st_size == 0:
        raise AttribenchError(Code.FILE_EMPTY, path=name)
    notes: list[dict[str, object]] = []
    try:
        with given.open("rb") as file:
            head = file.read(4)
        plain = _decompress(given, head, scratch / "plain", notes, task)
        sha256 = _hash(given, task)
    except OSError as error:
        raise AttribenchError(Code.FILE_UNREADABLE, path=name, detail=error.strerror or str(error)) from error
    size = given.stat().st_size
    if plain.stat().st_size == 0:
        raise AttribenchError(Code.FILE_EMPTY, path=name)
    with plain.open("rb") as file:
        if file.read(4) == _PARQUET:
            return Source(name, plain, sha256, size, Format.PARQUET, notes=tuple(notes))
    text = _plain_text(plain, scratch / "text", notes, task)
    kind = _text_format(text.path)
    delimiter, header = "", ()
    if kind is Format.DELIMITED:
        delimiter, header = _header(text.path, name, has_header=has_header)
    return Source(name, text.path, sha256, size, kind, text.lines, delimiter, header, tuple(notes))


def _check_exists(path: Path) -> None:
    if path.is_dir():
        raise AttribenchError(Code.FILE_IS_FOLDER, path=str(path))
    if not path.exists():
        raise AttribenchError(Code.FILE_MISSING, path=str(path))


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


def _decompress(path: Path, head: bytes, target: Path, notes: list[dict[str, object]], task: Task) -> Path:
    """The plain file behind a .gz or .zst one. A file that ends too early gives what could be read, and a note."""
    if head.startswith(_GZIP):
        blocks = _gzip_blocks(path)
    elif head.startswith(_ZSTD):
        blocks = _zstd_blocks(path)
    else:
        return path
    with target.open("wb") as out:
        try:
            for block in blocks:
                task.check()
                out.write(block)
        except (EOFError, zlib.error, OSError, pa.ArrowException) as error:
            if out.tell() == 0:
                raise AttribenchError(Code.FILE_UNREADABLE, path=path.name, detail=str(error)) from error
            notes.append({"code": "truncated", "bytes": out.tell()})
    return target


def _gzip_blocks(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        while block := file.read1(_CHUNK):  # read1 gives what it has before a truncated end raises
            yield block


def _zstd_blocks(path: Path) -> Iterator[bytes]:
    with pa.input_stream(str(path), compression="zstd") as file:
        while block := file.read(1 << 20):
            yield block


@dataclass(frozen=True)
class _Text:
    path: Path
    lines: int


def _plain_text(path: Path, target: Path, notes: list[dict[str, object]], task: Task) -> _Text:
    """UTF-8 with ``\\n`` and without NUL or byte-order mark; ``path`` itself when it is that already."""
    encoding = _bom_encoding(path)
    lines, is_clean = 0, encoding is None
    if is_clean:
        decoder = codecs.getincrementaldecoder("utf-8")()
        with path.open("rb") as file:
            try:
                while block := file.read(_CHUNK):
                    task.check()
                    if not block.isascii() or decoder.getstate()[0]:
                        decoder.decode(block)
                    lines += block.count(b"\n")
                    if b"\r" in block or b"\0" in block:
                        is_clean = False
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                encoding, is_clean = "cp1252", False
                notes.append({"code": "encoding", "encoding": "Windows-1252 (Latin-1)"})
    if is_clean:
        return _Text(path, lines)
    if encoding not in {None, "utf-8", "cp1252"}:
        notes.append({"code": "encoding", "encoding": "UTF-16"})
    return _rewrite(path, target, encoding or "utf-8", notes, task)


def _bom_encoding(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(4)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if len(head) >= 2 and head[1:2] == b"\0" and head[0] != 0:  # UTF-16 without a mark: ASCII with zero high bytes
        return "utf-16-le"
    if len(head) >= 2 and head[0:1] == b"\0" and head[1] != 0:
        return "utf-16-be"
    return None


def _rewrite(path: Path, target: Path, encoding: str, notes: list[dict[str, object]], task: Task) -> _Text:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    lines, is_first, nuls = 0, True, 0
    with path.open("rb") as file, target.open("w", encoding="utf-8", newline="") as out:
        while True:
            block = file.read(_CHUNK)
            task.check()
            text = decoder.decode(block, final=not block)
            if is_first:
                text, is_first = text.removeprefix("\ufeff"), False
            nuls += text.count("\0")
            text = text.replace("\0", "\ufffd")  # no text field can hold a NUL; shown as what it is, unreadable
            lines += text.count("\n")
            out.write(text)
            if not block:
                break
    if nuls:
        notes.append({"code": "nul", "count": nuls})
    return _Text(target, lines)


def _text_format(path: Path) -> Format:
    with path.open("rb") as file:
        head = file.read(1 << 16).lstrip()
        if head[:1] == b"[":
            return Format.JSON
        if head[:1] != b"{":
            return Format.DELIMITED
        if _is_object(head.split(b"\n", 1)[0]):
            return Format.LINES
        file.seek(0)
        first = file.readline()
        while first and not first.strip():
            first = file.readline()
        if _is_object(first):
            return Format.LINES
        second = file.readline().lstrip()
    # A first line that is broken JSON does not make the file a pretty-printed one.
    return Format.LINES if second[:1] == b"{" or not second else Format.JSON


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _header(path: Path, name: str, *, has_header: bool) -> tuple[str, tuple[str, ...]]:
    with path.open(encoding="utf-8", newline="") as file:
        first = ""
        for line in file:
            first = line
            if line.strip():
                break
        delimiter = max(_DELIMITERS, key=lambda mark: (_outside_quotes(first, mark), mark == ","))
        if not has_header:
            return delimiter, ()
        file.seek(0)
        row: list[str] = []
        for row in csv.reader(file, delimiter=delimiter):
            if row:
                break
    names = tuple(cell.strip() for cell in row)
    if any(not cell.isprintable() for cell in names):
        raise AttribenchError(Code.FILE_FORMAT, path=name, known=FORMATS)
    repeated = sorted({cell for cell in names if cell and names.count(cell) > 1})
    if repeated:
        raise AttribenchError(Code.FILE_DUPLICATE_COLUMNS, path=name, columns=repeated)
    return delimiter, tuple(cell or f"column_{index}" for index, cell in enumerate(names, 1))


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])
