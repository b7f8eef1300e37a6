"""Periods by name, and the periods they are compared with. Pure functions of days; both ends belong to a period."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

PRESETS = ("today", "yesterday", "7d", "14d", "30d", "90d", "month", "last_month", "quarter", "ytd", "12m", "all")
COMPARISONS = ("previous", "year", "custom", "none")
_ROLLING = {"today": 1, "7d": 7, "14d": 14, "30d": 30, "90d": 90}
_DAY = timedelta(days=1)


def preset_range(key: str, today: date, first_day: date) -> tuple[date, date]:
    """First and last day of a preset.

    Args:
        key: of :data:`PRESETS`.
        today: the day that rolling presets end with.
        first_day: where the data begin; only ``all`` asks.

    Raises:
        KeyError: no such preset.
    """
    if key in _ROLLING:
        return today - timedelta(days=_ROLLING[key] - 1), today
    start_of_month = today.replace(day=1)
    match key:
        case "yesterday":
            return today - _DAY, today - _DAY
        case "month":
            return start_of_month, today
        case "last_month":
            last = start_of_month - _DAY
            return last.replace(day=1), last
        case "quarter":
            return today.replace(month=today.month - (today.month - 1) % 3, day=1), today
        case "ytd":
            return today.replace(month=1, day=1), today
        case "12m":
            return year_earlier(today) + _DAY, today
        case "all":
            return min(first_day, today), today
        case _:
            raise KeyError(key)


def preset_of(first: date, last: date, today: date, first_day: date) -> str:
    """The preset that gives these days, the shortest named first; empty if none does."""
    return next((key for key in PRESETS if preset_range(key, today, first_day) == (first, last)), "")


def comparison_range(key: str, first: date, last: date) -> tuple[date, date] | None:
    """The days a period is compared with: as many days right before, or the same days a year earlier.

    None for a comparison that does not follow from the period (``custom``, ``none``), and before the first year.
    """
    try:
        match key:
            case "previous":
                return first - (last - first) - _DAY, first - _DAY
            case "year":
                return year_earlier(first), year_earlier(last)
            case _:
                return None
    except (OverflowError, ValueError):
        return None


def year_earlier(day: date) -> date:
    """The same day a year earlier; 28 February for the 29th."""
    return months_later(day, -12)


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the month's last day where it is shorter."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
