"""Rows as text for spreadsheets: tabs between cells, raw numbers, and no cell that could run as a formula."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from widgets.table.text import entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from widgets.table.columns import Column

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


def as_tsv(frame: pl.DataFrame, columns: Sequence[Column]) -> str:
    """The frame's rows in these columns, a header first; lines end with a line feed.

    A column without a field in the frame is left out. Columns of one group carry its name in their header.
    """
    present = [column for column in columns if column.field in frame.columns]
    lines = ["\t".join(_text(f"{column.group} {column.title}".strip()) for column in present)]
    data = frame.select(*dict.fromkeys(column.field for column in present))
    lists = [data[column.field].to_list() for column in present]
    lines += ["\t".join(map(sheet_text, row)) for row in zip(*lists, strict=True)]
    return "\n".join(lines) + "\n"


def sheet_text(value: object) -> str:
    """A value as a spreadsheet reads it: ``.`` decimals, ISO days, nothing for None; text is never a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _number(value.total_seconds())
    if isinstance(value, str):
        return _text(value)
    return _text("; ".join(sheet_text(entry) for entry in entries(value)))


def _number(value: float | Decimal) -> str:
    if not math.isfinite(value):
        return ""
    return format(Decimal(repr(value)) if isinstance(value, float) else value, "f")


def _text(text: str) -> str:
    flat = _BREAKS.sub(" ", text)
    return "'" + flat if text.startswith(_FORMULA) else flat
