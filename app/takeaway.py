"""Taking figures away: a table as CSV, XLSX or Parquet, with what it shows written beside it.

The selection goes into the file where the format has a place for it (a sheet, Parquet's metadata) and, for CSV, into a
JSON file of the same name. Text from data never becomes a formula.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO

import polars as pl
from polars import selectors

from app.output import guarded_frame
from app.writing import writing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from engine.queries.selection import Selection
    from engine.task import Task

FORMATS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet"}
_SHEET_ROWS = 1_048_575
_CELL = 32_767  # characters a cell of a sheet holds
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"


@dataclass(frozen=True)
class Asked:
    """What was asked for figures that are shown."""

    query: str
    options: Mapping[str, Any]
    selection: Selection


@dataclass(frozen=True)
class Takeaway:
    """A table that can be taken away.

    Attributes:
        name: for the file, in the user's language.
        frame: its rows in the order shown, raw values; moments are UTC without an offset.
        titles: of the columns, as shown.
        query: the query behind it and its options; empty when there is none.
        options: of the query.
        selection: what it shows.
        meta: what the query said of its answer.
        shown: what else decides which of the answer's rows these are, as a search in the table.
        zone: the profile's; moments are written in it, so that they agree with the days of the selection.
        fetch: reads every row, where ``frame`` has only those that were shown; masked or not.
    """

    name: str
    frame: pl.DataFrame
    titles: Mapping[str, str]
    query: str
    options: Mapping[str, Any]
    selection: Selection
    meta: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict[str, Any])
    zone: str = "UTC"
    fetch: Callable[[Task, bool], pl.DataFrame] | None = None

    @property
    def local_frame(self) -> pl.DataFrame:
        """The rows with moments in the profile's zone."""
        moments = selectors.datetime(time_zone=None)
        return self.frame.with_columns(moments.dt.replace_time_zone("UTC").dt.convert_time_zone(self.zone))

    @property
    def provenance(self) -> dict[str, Any]:
        """What the figures are, for whoever finds the file later."""
        return {
            "program": "Attribench",
            "table": self.name,
            "query": self.query,
            "options": dict(self.options),
            "shown": dict(self.shown),
            "rows": self.frame.height,
            "time_zone": self.zone,
            "selection": asdict(self.selection),
            "meta": dict(self.meta),
        }


def save(takeaway: Takeaway, path: Path) -> list[Path]:
    """Write a table in the format the file's name ends with; returns the files written.

    Raises:
        AttribenchError: FILE_UNWRITABLE; what was there before is still there.
    """
    provenance = json.dumps(takeaway.provenance, default=_plain, ensure_ascii=False, indent=2)
    with writing(path):
        with _in_place(path) as file:
            match path.suffix.lower():
                case ".xlsx":
                    _save_sheet(takeaway, provenance, file)
                case ".parquet":
                    takeaway.local_frame.write_parquet(file, metadata={"attribench": provenance})
                case _:
                    guarded_frame(takeaway.local_frame).write_csv(file, datetime_format="%Y-%m-%dT%H:%M:%S%:z")
        if path.suffix.lower() in {".xlsx", ".parquet"}:
            return [path]
        beside = path.with_suffix(".selection.json")
        with _in_place(beside) as file:
            file.write((provenance + "\n").encode())
        return [path, beside]


@contextmanager
def _in_place(path: Path) -> Generator[BinaryIO]:
    """A file that takes its place when it is complete, and is gone when it cannot be."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _save_sheet(takeaway: Takeaway, provenance: str, file: BinaryIO) -> None:
    xlsxwriter: Any = import_module("xlsxwriter")  # half typed

    frame = _flat(takeaway.local_frame.head(_SHEET_ROWS))
    # strings_to_*: off, so that what looks like a formula, a number or a link stays text.
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        number = book.add_format({"num_format": "#,##0.00"})
        sheet = book.add_worksheet("Data")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(frame.columns):
            title = takeaway.titles.get(name) or name
            kind = frame.schema[name]
            if kind == pl.Datetime:  # a cell holds no offset
                title = f"{title} ({takeaway.zone})"
            sheet.write_string(0, place, title, head)
            form = number if kind.is_float() else day if kind == pl.Date else moment if kind == pl.Datetime else None
            sheet.set_column(place, place, min(40, max(10, len(title) + 2)), form)
            for row, value in enumerate(frame[name].to_list(), 1):
                _write(sheet, row, place, value, form)
        sheet.autofilter(0, 0, max(frame.height, 1), max(frame.width - 1, 0))
        notes = book.add_worksheet("Selection")
        notes.set_column(0, 0, 100)
        for row, line in enumerate(provenance.splitlines()):
            notes.write_string(row, 0, line[:_CELL])


def _write(sheet: Any, row: int, place: int, value: object, form: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, place, value)
        case int() | float():
            sheet.write_number(row, place, value, form)
        case datetime():
            sheet.write_datetime(row, place, value.replace(tzinfo=None), form)
        case date():
            sheet.write_datetime(row, place, value, form)
        case _:
            sheet.write_string(row, place, str(value)[:_CELL])


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists become text; characters no sheet can hold become blanks."""
    nested = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        *(pl.col(name).map_elements(lambda each: ", ".join(map(str, each)), return_dtype=pl.String) for name in nested),
        *(pl.col(name).str.replace_all(_CONTROL, " ") for name in texts),
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
