"""Lines of the collector's files: cut from what was read, unpacked where packed, and made rows of.

A line that is no JSON object does not stop anything. It is handed over as a row without the fields an event needs, with
the line, what is wrong with it and where it stood, so that it ends among the rejected rows.
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
import zlib
from typing import TYPE_CHECKING, Any, NoReturn, cast

import orjson

from engine.schema.batch import Row

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

LONGEST = 16 << 20  # bytes of a line: more is no event
_BLOCK = 1 << 20
_SHOWN = 1_000
_LONG_NUMBER = re.compile(r"\d{19}")
_PARQUET = b"PAR1"
_TABLE_ROWS = 10_000
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


def row_of(line: bytes, name: str, at: int) -> Row | None:
    """The event of a line; None for a blank one.

    Args:
        line: with or without its end.
        name: of the file.
        at: bytes before it in the (unpacked) file.
    """
    text = line.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    if not text:
        return None
    told = event_of(text)
    return Row("events", told) if told is not None else unreadable(name, at, text, "no JSON object")


def event_of(text: str) -> dict[str, Any] | None:
    """A JSON object, or None when the text is none."""
    if _LONG_NUMBER.search(text) is None:  # one of more than 64 bits would lose digits
        try:
            told = orjson.loads(text)
        except ValueError:
            pass
        else:
            return cast("dict[str, Any]", told) if isinstance(told, dict) else None
    try:
        told = json.loads(text, parse_constant=_refuse)
        if "\\ud" in text.lower():  # half of a pair of surrogates is no text that can be stored
            told = json.loads(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


def unreadable(name: str, at: int, text: str, problem: str) -> Row:
    """A row that will be rejected, and tells why and where."""
    return Row("events", {"unreadable_line": text[:_SHOWN], "problem": problem, "file": name, "byte": at})


def packed_lines(content: io.BufferedIOBase, name: str, start: int) -> Iterator[tuple[int, Row | None]]:
    """Yield what a packed file holds: the bytes of the unpacked file up to a line's end, and its row.

    Of a Parquet file, rows instead of bytes.

    One that is damaged or breaks off gives what can be read of it, and a row that tells so.

    Args:
        content: as it came; one that is not packed after all is read as it is.
        name: of the file.
        start: so many unpacked bytes are known.
    """
    at, held = 0, bytearray()
    head = content.read(len(_PARQUET))
    content.seek(0)
    try:
        if head == _PARQUET:
            yield from _table_rows(content, start)
            return
        for block in _unpacked(content):
            held += block
            cut = 0
            while (end := held.find(b"\n", cut) + 1) > 0:
                at += end - cut
                if at > start:
                    yield at, row_of(bytes(held[cut:end]), name, at - (end - cut))
                cut = end
            del held[:cut]
            if len(held) > LONGEST:
                yield at, unreadable(name, at, held[:_SHOWN].decode("utf-8", "replace"), "a line without end")
                return
        if held:
            yield at + len(held), row_of(bytes(held), name, at)
    except (EOFError, zlib.error, OSError, ValueError) as error:  # Arrow's errors are one of the latter two
        yield at, unreadable(name, at, str(error), "the packed file is damaged or breaks off")


def _table_rows(content: io.BufferedIOBase, start: int) -> Iterator[tuple[int, Row | None]]:
    """Yield the rows of a Parquet file behind the first ``start``, each with how many there are up to it."""
    arrow: Any = importlib.import_module("pyarrow.parquet")  # untyped
    at = 0
    for some in arrow.ParquetFile(content).iter_batches(_TABLE_ROWS):
        if at + some.num_rows <= start:
            at += int(some.num_rows)
            continue
        for told in some.to_pylist():
            at += 1
            if at > start:
                yield at, Row("events", {name: value for name, value in told.items() if value is not None})


def _unpacked(content: io.BufferedIOBase) -> Iterator[bytes]:
    head = content.read(4)
    content.seek(0)
    stream: Any = content
    if head.startswith(_GZIP):
        stream = gzip.GzipFile(fileobj=content)
    elif head.startswith(_ZSTD):
        arrow: Any = importlib.import_module("pyarrow")  # untyped
        stream = arrow.CompressedInputStream(arrow.PythonFile(content, "r"), "zstd")
    read = stream.read1 if head.startswith(_GZIP) else stream.read  # read1 gives what there is before the end is missed
    while block := read(_BLOCK):
        yield block


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
