"""What is looked at: dates, model, filters, goals, comparison. One frozen value that every query takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from engine.attribution.models import DEFAULT_MODEL, CreditSettings
from engine.errors import AttribenchError, Code

Operator = Literal["is", "is_not", "contains", "not_contains"]
DateBasis = Literal["conversion", "touch"]

OPERATORS: tuple[Operator, ...] = ("is", "is_not", "contains", "not_contains")
DATE_BASES: tuple[DateBasis, ...] = ("conversion", "touch")
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2100, 12, 31)


@dataclass(frozen=True)
class Filter:
    """One condition on a dimension.

    Attributes:
        dimension: a name of :data:`engine.queries.dimensions.DIMENSIONS`.
        operator: ``is`` and ``is_not`` compare the whole value, the others look for a part of it in any case.
        values: any of them (``is``, ``contains``), or none of them.
    """

    dimension: str
    operator: Operator
    values: tuple[str, ...]

    @property
    def is_negated(self) -> bool:
        """Whether an absent value matches (A10)."""
        return self.operator in {"is_not", "not_contains"}

    @classmethod
    def parse(cls, text: str) -> Filter:
        """``channel=is:Paid Social`` as a filter.

        Raises:
            AttribenchError: QUERY_INVALID when it has no such form.
        """
        dimension, equals, condition = text.partition("=")
        operator, colon, value = condition.partition(":")
        if not equals or not colon or operator not in OPERATORS:
            raise invalid("filter", text, "DIMENSION=OPERATOR:VALUE with an operator of " + ", ".join(OPERATORS))
        return cls(dimension.strip(), operator, (value,))

    def __str__(self) -> str:
        return f"{self.dimension}={self.operator}:{'|'.join(self.values)}"


@dataclass(frozen=True)
class Selection:
    """What a query is asked about.

    Attributes:
        date_from: first day, in the profile's zone (T1).
        date_to: last day, included.
        model: a built-in model or one of the user's own.
        filters: all must hold (A10).
        goals: only conversions of these; all eligible goals when empty (G1).
        compare_from: first day of the comparison period; with ``compare_to``, else the period of equal length that ends
            the day before ``date_from``.
        compare_to: its last day.
        date_basis: on whose day credit is booked (A8).
        settings: windows and parameters of a what-if; the profile's own when None.
    """

    date_from: date
    date_to: date
    model: str = DEFAULT_MODEL
    filters: tuple[Filter, ...] = ()
    goals: tuple[str, ...] = ()
    compare_from: date | None = None
    compare_to: date | None = None
    date_basis: DateBasis = "conversion"
    settings: CreditSettings | None = field(default=None)

    def checked(self) -> Selection:
        """The same, or QUERY_INVALID with what is expected."""
        days = {
            "from": self.date_from,
            "to": self.date_to,
            "compare-from": self.compare_from,
            "compare-to": self.compare_to,
        }
        for option, day in days.items():
            if day is not None and not FIRST_DAY <= day <= LAST_DAY:
                raise invalid(option, day.isoformat(), f"a day from {FIRST_DAY} to {LAST_DAY}")
        if self.date_from > self.date_to:
            raise invalid("to", self.date_to.isoformat(), f"a day from {self.date_from} on (the range ends on it)")
        if (self.compare_from is None) != (self.compare_to is None):
            raise invalid("compare", self.compare_from or self.compare_to, "both a first and a last day")
        if self.compare_from and self.compare_to and self.compare_from > self.compare_to:
            raise invalid("compare-to", self.compare_to.isoformat(), f"a day from {self.compare_from} on")
        if self.date_basis not in DATE_BASES:
            raise invalid("date-basis", self.date_basis, " or ".join(DATE_BASES))
        for item in self.filters:
            if item.operator not in OPERATORS:
                raise invalid("filter", item.operator, "an operator of " + ", ".join(OPERATORS))
        return self

    @property
    def days(self) -> int:
        """Length of the range in days; both ends count."""
        return (self.date_to - self.date_from).days + 1

    def previous(self) -> Selection:
        """The comparison period as a selection of its own (T1)."""
        if self.compare_from and self.compare_to:
            start, end = self.compare_from, self.compare_to
        else:
            end = self.date_from - timedelta(days=1)
            start = end - timedelta(days=self.days - 1)
        return replace(self, date_from=start, date_to=end, compare_from=None, compare_to=None)


EVER = Selection(date(1970, 1, 1), date(2100, 1, 1))
"""For queries that ask for no days."""


def invalid(option: str, value: object, expected: str) -> AttribenchError:
    """QUERY_INVALID: an option with a value that cannot be."""
    return AttribenchError(Code.QUERY_INVALID, option=option, value=str(value), expected=expected)
