"""Time: the days of the plan, their weight, opening hours, and the days on which something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from engine.demo.arrays import Floats, Ints, draw, ints
from engine.demo.plan import DEMO_PROFILE

if TYPE_CHECKING:
    from engine.demo.plan import DemoPlan

DAY = 86_400
HOUR = 3_600
MARGIN = 400
"""Days known beyond the last one, for appointments that lie ahead."""

WEEKDAYS = (1.12, 1.10, 1.06, 1.04, 0.96, 0.84, 0.88)
"""Traffic by weekday, Monday first (assumption: private healthcare is looked up early in the week)."""

MONTHS = (1.08, 1.01, 1.04, 0.98, 1.00, 0.95, 0.89, 0.86, 1.07, 1.09, 1.14, 0.92)
"""Traffic by month, January first (assumption: summer and Christmas dip, new-year and autumn peaks)."""

GROWTH_PER_DAY = 0.0016
"""Traffic grows by a third in half a year (assumption)."""

HOURS = (4, 2, 1, 1, 1, 2, 5, 9, 12, 14, 15, 15, 16, 15, 14, 14, 15, 16, 18, 20, 21, 19, 14, 8)
"""Visits by local hour (assumption: lunch and evening peaks)."""

SUNDAY, SATURDAY = 6, 5


@dataclass(frozen=True)
class Season:
    """The plan's days as arrays; instants are UTC epoch seconds, day 0 is the first day.

    Attributes:
        midnights: local midnight of every day, ``MARGIN`` days beyond the last included.
        weekday: 0 is Monday, as long as ``midnights``.
        weight: relative traffic of each day of the plan.
        outage: no tracker event between these instants, None in short plans.
        dear_day: day on which one campaign costs three times as much, -1 for none.
        rush_day: day on which a mention elsewhere brings a rush of visitors, -1 for none.
    """

    first: date
    days: int
    midnights: Ints
    weekday: Ints
    weight: Floats
    outage: tuple[int, int] | None
    dear_day: int
    rush_day: int

    @property
    def start(self) -> int:
        return int(self.midnights[0])

    @property
    def end(self) -> int:
        """First instant after the last day."""
        return int(self.midnights[self.days])

    def day_of(self, instants: Ints) -> Ints:
        return ints(np.searchsorted(self.midnights, instants, side="right")) - 1

    def at(self, day: Ints, seconds: Ints) -> Ints:
        """An instant on a day, never past its midnight, also on the day that has 23 hours."""
        return np.minimum(self.midnights[day] + seconds, self.midnights[day + 1] - 1)

    def moments(self, rng: np.random.Generator, day: Ints) -> Ints:
        """Instants on given days, spread over the hours as visits are."""
        hour = draw(rng, HOURS, len(day))
        return self.at(day, hour * HOUR + rng.integers(0, HOUR, len(day)))

    def opening(self, rng: np.random.Generator, day: Ints) -> Ints:
        """Appointment slots (half hours) on given days: Mon-Fri 9:00-18:30, Sat 9:00-13:30; a Sunday moves on."""
        day = np.minimum(day, self.days + MARGIN - 3)
        day = np.where(self.weekday[day] == SUNDAY, day + 1, day)
        slots = np.where(self.weekday[day] == SATURDAY, 10, 20)
        slot = (rng.random(len(day)) * slots).astype(np.int64)
        return self.at(day, 9 * HOUR + slot * 1800)

    def office(self, rng: np.random.Generator, instants: Ints) -> Ints:
        """The same instants where staff is at work (Mon-Sat 9:00-19:00), else early on the next working day."""
        day = np.minimum(self.day_of(instants), self.days + MARGIN - 4)
        second = instants - self.midnights[day]
        closed = (self.weekday[day] == SUNDAY) | (second < 9 * HOUR) | (second > 19 * HOUR)
        day = day + (second > 19 * HOUR)
        day = day + (self.weekday[day] == SUNDAY)
        morning = self.at(day, 9 * HOUR + np.minimum(ints(rng.exponential(HOUR, len(day))), 9 * HOUR))
        return np.where(closed, np.maximum(morning, instants), instants)

    def dates(self) -> list[date]:
        return [self.first + timedelta(days=day) for day in range(self.days)]


def season_of(plan: DemoPlan) -> Season:
    zone = ZoneInfo(DEMO_PROFILE.timezone)
    first = plan.until - timedelta(days=plan.days - 1)
    dates = [first + timedelta(days=day) for day in range(plan.days + MARGIN + 1)]
    midnights = ints([int(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp()) for d in dates])
    number = np.arange(plan.days)
    month = np.array([MONTHS[d.month - 1] for d in dates[: plan.days]])
    weekday = ints([d.weekday() for d in dates])
    weight = np.array(WEEKDAYS)[weekday[: plan.days]] * month * np.exp(GROWTH_PER_DAY * number)
    down = int(midnights[plan.days * 11 // 20]) + 14 * HOUR if plan.days >= 30 else None
    rush = plan.days * 13 // 20 if plan.days >= 14 else -1
    return Season(
        first=first,
        days=plan.days,
        midnights=midnights,
        weekday=weekday,
        weight=weight,
        outage=None if down is None else (down, down + 30 * HOUR),
        dear_day=plan.days * 4 // 5 if plan.days >= 14 else -1,
        rush_day=rush,
    )
