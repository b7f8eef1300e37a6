"""Appends frames to files: CSV, NDJSON without absent fields, and Parquet from parts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Protocol

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path


class Sink(Protocol):
    """A file that grows frame by frame."""

    def add(self, frame: pl.DataFrame) -> None: ...

    def close(self) -> None: ...


class CsvSink:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._started = False

    def add(self, frame: pl.DataFrame) -> None:
        frame.write_csv(self._file, include_header=not self._started)
        self._started = True

    def close(self) -> None:
        self._file.close()


class NdjsonSink:
    """One object a line with the fields that are there, as a tracker sends them; ``payload`` is already JSON."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def add(self, frame: pl.DataFrame) -> None:
        self._file.write("".join(_lines(frame).to_list()).encode())

    def close(self) -> None:
        self._file.close()


def _lines(frame: pl.DataFrame) -> pl.Series:
    pieces: list[pl.Expr] = []
    for name, kind in frame.schema.items():
        value, quote = pl.col(name), '"'
        if isinstance(kind, pl.Datetime):
            value = value.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        elif name == "payload" or kind.is_numeric():
            value, quote = value.cast(pl.String), ""
        head = f'{"" if not pieces else ","}"{name}":{quote}'
        pieces.append(pl.concat_str(pl.lit(head), value, pl.lit(quote)).fill_null(""))
    return frame.select(pl.concat_str(pl.lit("{"), *pieces, pl.lit("}\n")).alias("line")).to_series()


class ParquetSink:
    """Writes parts beside the file and joins them at the end, so memory holds one part at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts = path.with_name(path.name + ".parts")
        shutil.rmtree(self._parts, ignore_errors=True)
        self._parts.mkdir()
        self._count = 0

    def add(self, frame: pl.DataFrame) -> None:
        frame.write_parquet(self._parts / f"{self._count:06d}.parquet")
        self._count += 1

    def close(self) -> None:
        parts = sorted(self._parts.glob("*.parquet"))
        if parts:
            pl.scan_parquet(parts).sink_parquet(self._path, compression="zstd", maintain_order=True)
        shutil.rmtree(self._parts)
