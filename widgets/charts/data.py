"""What charts over time show. Values stand beside days, one for each slot; None is a gap, never zero."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.queries.metrics import Unit

Step = Literal["day", "week", "month"]
Role = Literal["people", "money", "cost"]
Mark = Literal["line", "bars"]


@dataclass(frozen=True)
class Series:
    """One measure over time.

    Attributes:
        key: names it to the program.
        label: names it to people.
        unit: how values are written.
        values: one for each slot.
        role: which colour family it has.
    """

    key: str
    label: str
    unit: Unit
    values: Sequence[float | None]
    role: Role

    def __post_init__(self) -> None:
        """What is not a number cannot be painted."""
        object.__setattr__(self, "values", _finite(self.values))


@dataclass(frozen=True)
class Anomaly:
    """What is odd about a slot.

    Attributes:
        text: for people; it names the measure.
        on: which part of the chart shows that measure; empty: none does.
    """

    text: str
    on: Literal["line", "bars", ""] = ""


@dataclass(frozen=True)
class TimeData:
    """A line and bars over the same days.

    Attributes:
        days: the first day of each slot.
        step: how long a slot is.
        line: on the left axis.
        bars: on the right axis.
        previous: the line in the period before, slot by slot.
        previous_days: the first day of each slot of that period.
        extra: measures only the tooltip tells.
        anomalies: what is odd about a slot, by its place, the strongest first.
        is_partial: the last slot is not over yet.
        is_live: what is shown is now: a last day that is not over is today.
        gaps: first and last place of a span for which a source is missing, and what is missing.
    """

    days: Sequence[date]
    step: Step
    line: Series
    bars: Series
    previous: Series | None = None
    previous_days: Sequence[date] = ()
    extra: Sequence[Series] = ()
    anomalies: Mapping[int, Sequence[Anomaly]] = field(default_factory=dict[int, "Sequence[Anomaly]"])
    is_partial: bool = False
    is_live: bool = True
    gaps: Sequence[tuple[int, int, str]] = ()


@dataclass(frozen=True)
class Line:
    """One entity's values over time; ``channel`` (``Paid Social``) gives it colour, dash and symbol."""

    key: str
    label: str
    unit: Unit
    values: Sequence[float | None]
    channel: str | None = None

    def __post_init__(self) -> None:
        """What is not a number cannot be painted."""
        object.__setattr__(self, "values", _finite(self.values))


@dataclass(frozen=True)
class LinesData:
    """Several entities in one metric, over the same days."""

    days: Sequence[date]
    step: Step
    lines: Sequence[Line]


@dataclass(frozen=True)
class Panel:
    """One of several small charts above each other.

    Attributes:
        series: what it shows.
        mark: line or bars.
        total: the period's figure, shown while no slot is pointed at; without it the last slot's value is.
        channel: gives the line a channel's colour instead of its role's.
    """

    series: Series
    mark: Mark = "line"
    total: float | None = None
    channel: str | None = None


def value_at(values: Sequence[float | None], index: int) -> float | None:
    """The value of a slot; None where there is none."""
    return values[index] if 0 <= index < len(values) else None


def slot_end(days: Sequence[date], step: Step, index: int) -> date:
    """The last day of a slot."""
    first = days[index]
    if step == "day":
        return first
    if index + 1 < len(days):
        return days[index + 1] - timedelta(days=1)
    if step == "week":
        return first + timedelta(days=6)
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _finite(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(value if value is not None and math.isfinite(value) else None for value in values)
