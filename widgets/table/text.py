"""Values of cells as text: one safe line for the screen, through the locale."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from widgets.numbers import NOTHING
from widgets.text import one_line

if TYPE_CHECKING:
    from widgets.look import Look
    from widgets.table.columns import Column


def number_of(value: object) -> float | None:
    """A cell's value as a number; None for anything else and for NaN."""
    if isinstance(value, (int, float, Decimal)):
        number = float(value)
        return None if math.isnan(number) else number
    return None


def numbers_of(value: object) -> list[float | None]:
    """The numbers of a list cell; nothing for an empty one."""
    return [number_of(entry) for entry in entries(value)]


def entries(value: object) -> Sequence[Any]:
    """The entries of a list cell."""
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return cast("Sequence[Any]", value)
    return ()


def cell_text(look: Look, column: Column, value: object) -> str:
    """What a cell reads; empty for cells that are only pictures."""
    if column.kind in ("strip", "spark"):
        return ""
    if column.kind == "path":
        return " → ".join(one_line(str(entry)) for entry in entries(value))
    if value is None:
        return NOTHING
    if column.kind == "moment":
        return _moment(look, value)
    if column.kind == "raw":
        return f"{value:.12g}" if isinstance(value, float) else one_line(str(value))
    number = None if column.kind == "text" else number_of(value)
    if number is None:
        return NOTHING if isinstance(value, float) else one_line(str(value))
    if column.kind == "heat":
        return look.say("new") if math.isinf(number) else look.numbers.change(number, 0)
    if column.kind == "change":
        if math.isinf(number):
            return look.say("new")
        return look.numbers.points(number) if column.unit == "percent" else look.numbers.change(number)
    if column.unit == "percent" and column.digits is not None:
        return look.numbers.percent(number, column.digits)
    return look.numbers.show(number, column.unit or "decimal", is_exact=column.is_exact)


def folded(text: str) -> str:
    """The text as search compares it: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.category(character).startswith("M")).lower()


def _moment(look: Look, value: object) -> str:
    if isinstance(value, datetime):
        return look.numbers.moment(value)
    if isinstance(value, date):
        return look.numbers.day(value, with_year=True)
    return one_line(str(value))
