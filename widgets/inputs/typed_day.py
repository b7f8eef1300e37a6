"""A day as somebody types it: ISO, the locale's order of numbers, or with the month's name."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from widgets.inputs.matching import fold
from widgets.text import isolated

if TYPE_CHECKING:
    from widgets.look import Look

_YEARS = range(1990, 2101)
_DAYS_AGO = {"today": 0, "yesterday": 1, "hoy": 0, "ayer": 1}


class NotADayError(ValueError):
    """What was typed is no day; the message says why, in the window's language."""


def read_day(text: str, look: Look, today: date) -> date:
    """The day that was typed. A missing year is this one, two figures mean this century; also today and yesterday.

    Raises:
        NotADayError: with a sentence that says what to type instead.
    """
    named = fold(text.strip())
    if named in _DAYS_AGO:
        return today - timedelta(days=_DAYS_AGO[named])
    example = today.isoformat()
    parts = re.findall(r"\d+|[^\W\d_]+", text)
    order = _order(parts, look)
    if order is None:
        raise NotADayError(
            look.say("Type a day, like {example}.", example=example)
            if not text.strip()
            else look.say("“{text}” is not a day. Type it like {example}.", text=isolated(text[:40]), example=example)
        )
    found = dict(zip(order, (_number(part, look) for part in parts), strict=False))
    year, month, day = found.get("y", today.year), found["m"], found["d"]
    is_short = "y" in order and len(parts[order.index("y")]) <= 2
    year += 2000 if is_short else 0
    if year not in _YEARS:
        raise NotADayError(look.say("Use a year from {first} to {last}.", first=_YEARS.start, last=_YEARS.stop - 1))
    if not 1 <= month <= 12:
        raise NotADayError(look.say("There is no month {month}. Use 1 to 12.", month=month))
    days = monthrange(year, month)[1]
    if day < 1:
        raise NotADayError(look.say("Days of a month begin with 1."))
    if day > days:
        raise NotADayError(
            look.say(
                "{month} has {days} days. Use {latest} or earlier.",
                month=look.numbers.month(date(year, month, 1)),
                days=days,
                latest=_as_typed(text, parts, order, days),
            )
        )
    return date(year, month, day)


def _order(parts: list[str], look: Look) -> str | None:
    """What each part is (``ymd``, ``mdy`` ...), or None if the parts make no day."""
    numbers = [part.isdigit() for part in parts]
    if numbers == [True, True, True] and len(parts[0]) == 4:
        return "ymd"
    day_first = look.numbers.locale.dateFormat(QLocale.FormatType.ShortFormat).lower().startswith("d")
    if numbers in ([True, True], [True, True, True]):
        return ("dmy" if day_first else "mdy")[: len(parts)]
    words = [part for part in parts if not part.isdigit() and fold(part) not in ("de", "del", "of")]
    if len(words) != 1 or _month(words[0], look) is None:
        return None
    parts[:] = [part for part in parts if part.isdigit() or part == words[0]]
    if len(parts) not in (2, 3) or parts.index(words[0]) > 1:
        return None
    return ("mdy" if parts[0] == words[0] else "dmy")[: len(parts)]


def _number(part: str, look: Look) -> int:
    return int(part[:9]) if part.isdigit() else _month(part, look) or 0


def _month(word: str, look: Look) -> int | None:
    wanted = fold(word)
    if len(wanted) < 3:
        return None
    names = [fold(look.numbers.locale.standaloneMonthName(month)) for month in range(1, 13)]
    found = [month for month, name in enumerate(names, 1) if name.startswith(wanted)]
    if not found and wanted == "sept":
        return 9
    return found[0] if len(found) == 1 else None


def _as_typed(text: str, parts: list[str], order: str, day: int) -> str:
    """The text with another day in the place of the day."""
    place = 0
    for part, kind in zip(parts, order, strict=False):
        place = text.index(part, place)
        if kind == "d":
            return text[:place].lstrip() + str(day).zfill(len(part)) + text[place + len(part) :].rstrip()
        place += len(part)
    return text
