"""Axes: ticks people can count with, and days that do not run into each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate

from widgets.charts.data import slot_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from engine.queries.metrics import Unit
    from widgets.charts.data import Step
    from widgets.look import Look

_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_FINEST: dict[str, float] = {"count": 1.0, "score": 1.0, "seconds": 1.0, "money": 0.05, "ratio": 0.05, "decimal": 0.1}
_SPANS: dict[str, tuple[int, ...]] = {
    "day": (1, 2, 7, 14, 28, 56),
    "week": (1, 2, 4, 8, 13, 26, 52),
    "month": (1, 2, 3, 6, 12, 24, 60),
}
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_GAP = 22  # pixels between two labels


@dataclass(frozen=True)
class Scale:
    """Evenly spaced ticks, zero among them.

    Attributes:
        step: from tick to tick.
        below: ticks under zero.
        above: ticks over zero.
    """

    step: float
    below: int
    above: int

    @property
    def ticks(self) -> list[float]:
        """From the lowest up."""
        return [place * self.step for place in range(-self.below, self.above + 1)]

    def part(self, value: float) -> float:
        """Where a value lies: 0 at the lowest tick, 1 at the highest."""
        return (value / self.step + self.below) / (self.below + self.above)


def scale(values: Sequence[float | None], unit: Unit, *, below: int = 0, count: int = 5) -> Scale:
    """The tightest scale of ``count`` ticks that holds the values, ``below`` of them under zero."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    above = count - 1 - below
    needed = max([*known, 0.0]) / above
    if below:
        needed = max(needed, -min([*known, 0.0]) / below)
    finest = _FINEST.get(unit, 0.01)
    if needed <= finest:
        return Scale(finest if needed > 0 or finest < 1 else 1.0, below, above) if needed else Scale(1.0, below, above)
    power = 10.0 ** math.floor(math.log10(needed))
    for size in (power, power * 10):
        for step in _STEPS:
            found = step * size
            if found >= needed * (1 - 1e-9) and _is_multiple(found, finest):
                return Scale(found, below, above)
    return Scale(power * 10, below, above)


def has_below(*series: Sequence[float | None]) -> int:
    """One tick under zero where any value is, else none: two axes must share their zero."""
    return int(any(value is not None and value < 0 for values in series for value in values))


def tick_text(look: Look, value: float, step: float, unit: Unit) -> str:
    """A tick's label: exact, where the short form would round it."""
    if unit == "percent" and step < 1:
        return look.numbers.percent(value, 1 if _is_multiple(step, 0.1) else 2)
    if unit == "ratio" and not _is_multiple(step, 0.1):
        return look.numbers.ratio(value)
    if unit == "seconds":
        return look.numbers.seconds(value)
    return look.numbers.axis(value, unit)


def slot_name(look: Look, days: Sequence[date], step: Step, index: int, *, is_long: bool = False) -> str:
    """A slot's days in words: ``Nov 9``, ``Nov 9 – Nov 15``, ``November 2026``; long: with weekday and year."""
    first = days[index]
    if step == "month":
        return look.numbers.month(first)
    if step == "week":
        last = slot_end(days, step, index)
        return look.numbers.days(first, last) if is_long else look.numbers.short_days(first, last)
    return look.numbers.day(first, with_year=is_long, with_weekday=is_long)


def day_ticks(
    look: Look, days: Sequence[date], step: Step, slot: float, width_of: Callable[[str], float], last: str = ""
) -> list[tuple[int, str]]:
    """The slots that get a label.

    Args:
        look: for the language.
        days: the first day of each slot.
        step: how long a slot is.
        slot: its width in pixels.
        width_of: pixels of a text.
        last: a label the last slot must have; labels it would touch are left out.
    """
    if not days:
        return []
    is_monthly = step == "month" or (step == "day" and len(days) > 120) or (step == "week" and len(days) > 60)
    if is_monthly:
        found = _month_ticks(look, days, slot, width_of)
    else:
        widest = max(width_of(look.numbers.day(day)) for day in days[:: max(1, len(days) // 12)])
        spans = [span for span in _SPANS[step] if span * slot >= widest + _GAP]
        found = [(at, look.numbers.day(days[at])) for at in range(0, len(days), spans[0] if spans else len(days))]
    if last:
        end = len(days) - 1
        room = width_of(last) + _GAP / 2
        found = [(at, text) for at, text in found if (end - at) * slot >= room + width_of(text) / 2]
        found.append((end, last))
    return found


def _month_ticks(
    look: Look, days: Sequence[date], slot: float, width_of: Callable[[str], float]
) -> list[tuple[int, str]]:
    starts = [
        at for at, day in enumerate(days) if at == 0 or (day.year, day.month) != (days[at - 1].year, days[at - 1].month)
    ]
    if len(starts) > 1 and days[0].day > 7:
        starts = starts[1:]
    widest = max(width_of(_short_month(look, days[at])) for at in starts[:12])
    per_month = slot * len(days) / max(1, len(starts))
    every = next((every for every in _MONTHS if every * per_month >= widest + _GAP), _MONTHS[-1])
    return [(at, _short_month(look, days[at])) for at in starts[::every]]


def _short_month(look: Look, day: date) -> str:
    return look.numbers.locale.toString(QDate(day.year, day.month, day.day), "MMM yyyy").replace(".", "")


def _is_multiple(value: float, of: float) -> bool:
    return abs(value / of - round(value / of)) < 1e-6
