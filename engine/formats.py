"""Figures, money and days as text. One place, so that two equal figures look the same on screen, paper and pages."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import get_currency_name, get_currency_symbol

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.queries.metrics import Unit
    from engine.words import Words

NOTHING = "–"
MINUS = "−"
NBSP = "\u00a0"
LOCALES = ("en_US", "es_ES", "es_MX")


class Formats:
    """Formats figures.

    Args:
        locale: of :data:`LOCALES`.
        words: for units that are words.
        currency: ISO 4217 code amounts are in.
    """

    def __init__(self, locale: str, words: Words, currency: str = "USD") -> None:
        self.name = locale
        self.currency = currency
        self._words = words
        self._is_english = locale.startswith("en")
        self._is_spain = locale == "es_ES"  # 4120 $ there, $4,120 in Mexico and in English
        self._group, self._point = (".", ",") if self._is_spain else (",", ".")
        self._symbol = _symbol(currency)

    def show(self, value: float | None, unit: Unit, *, is_exact: bool = False) -> str:
        """A metric's value. ``is_exact``: money with its cents, as in unit costs."""
        match unit:
            case "count":
                return self.count(value)
            case "decimal":
                return self.decimal(value)
            case "money":
                return self.money(value, cents=is_exact)
            case "percent":
                return self.percent(value)
            case "ratio":
                return self.ratio(value)
            case "seconds":
                return self.seconds(value)
            case "score":
                return self.decimal(value, 0)

    def count(self, value: float | None) -> str:
        """A whole number."""
        return self.decimal(value, 0)

    def decimal(self, value: float | None, digits: int = 1) -> str:
        """A number with that many digits after the point."""
        if value is None or not math.isfinite(value):
            return NOTHING
        rounded = _rounded(value, digits)
        whole, _, fraction = f"{abs(rounded):.{digits}f}".partition(".")
        if len(whole) > (4 if self._is_spain else 3):
            whole = f"{int(whole):,}".replace(",", self._group)
        text = f"{whole}{self._point}{fraction}" if fraction else whole
        return f"{MINUS}{text}" if rounded < 0 else text

    def money(self, value: float | None, *, cents: bool = False, currency: str | None = None) -> str:
        """An amount in the usual currency or another; whole units unless cents are asked for."""
        if value is None or not math.isfinite(value):
            return NOTHING
        symbol = self._symbol if currency in (None, self.currency) else f"{currency} "
        text = self.decimal(value, 2 if cents else 0)
        sign, text = (MINUS, text.removeprefix(MINUS)) if text.startswith(MINUS) else ("", text)
        return f"{sign}{text}{NBSP}{symbol.strip()}" if self._is_spain else f"{sign}{symbol}{text}"

    def amount(self, value: float | None, currency: str) -> str:
        """An amount in any currency, with its code and cents."""
        return NOTHING if value is None else f"{self.decimal(value, 2)}{NBSP}{currency}"

    def ratio(self, value: float | None) -> str:
        """A multiple, as ROAS."""
        text = self.decimal(value, 2)
        return text if text == NOTHING else text + "×"

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A percentage that is given as such (41.8 is 41.8 %)."""
        text = self.decimal(value, digits)
        return text if text == NOTHING else text + ("%" if self._is_english else f"{NBSP}%")

    def change(self, value: float | None, digits: int = 1) -> str:
        """A signed relative change given as a percentage."""
        text = self.percent(value, digits)
        is_up = value is not None and text != NOTHING and _rounded(value, digits) > 0
        return "+" + text if is_up else text

    def points(self, value: float | None) -> str:
        """A signed difference of two percentages."""
        text = self.decimal(value, 1)
        if value is None or text == NOTHING:
            return text
        return ("+" if _rounded(value, 1) > 0 else "") + text + NBSP + self._words.say("pp")

    def seconds(self, value: float | None) -> str:
        """A span: 45 s, 3 m 20 s, 11 d 6 h."""
        if value is None or not math.isfinite(value):
            return NOTHING
        if abs(value) < 10 and value != int(value):
            return f"{self.decimal(value, 1)}{NBSP}s"
        whole = round(value)
        for long, short, size in (("d", "h", 3600), ("h", "m", 60), ("m", "s", 1)):
            first, second = divmod(whole // size, {3600: 24, 60: 60, 1: 60}[size])
            if first:
                return f"{self.count(first)}{NBSP}{long}" + (f"{NBSP}{second}{NBSP}{short}" if second else "")
        return f"{whole}{NBSP}s"

    def day(self, day: date, *, with_year: bool = False, with_weekday: bool = False) -> str:
        """``Nov 9``, ``Nov 9, 2026``, ``Mon, Nov 9, 2026``; in Spanish ``9 nov 2026``."""
        pattern = ("MMM d, y" if with_year else "MMM d") if self._is_english else ("d MMM y" if with_year else "d MMM")
        if not with_weekday:
            return self._date(day, pattern).replace(".", "")
        text = self._date(day, f"EEE, {pattern}").replace(".", "")
        return text[:1].upper() + text[1:]

    def weekday(self, day: date) -> str:
        """``Monday, November 16``; in Spanish ``lunes, 16 de noviembre``."""
        return self._date(day, "EEEE, MMMM d" if self._is_english else "EEEE, d 'de' MMMM")

    def days(self, first: date, last: date) -> str:
        """A range of days: ``Oct 19 – Nov 17, 2026``."""
        if first == last:
            return self.day(first, with_year=True)
        return f"{self.day(first, with_year=first.year != last.year)} – {self.day(last, with_year=True)}"

    def long_days(self, first: date, last: date) -> str:
        """``October 19 – November 17, 2026``; a whole month is ``October 2026``."""
        if first.day == 1 and (first.year, first.month) == (last.year, last.month) and _is_last(last):
            text = self._date(first, "MMMM y" if self._is_english else "MMMM 'de' y")
            return text[:1].upper() + text[1:]
        with_year = first.year != last.year
        if self._is_english:
            left, right = self._date(first, "MMMM d, y" if with_year else "MMMM d"), self._date(last, "MMMM d, y")
        else:
            left = self._date(first, "d 'de' MMMM 'de' y" if with_year else "d 'de' MMMM")
            right = self._date(last, "d 'de' MMMM 'de' y")
        return right if first == last else f"{left} – {right}"

    def moment(self, moment: datetime, *, with_year: bool = False) -> str:
        """A moment in the profile's zone: ``Nov 16, 18:22``."""
        return f"{self.day(moment.date(), with_year=with_year)}, {moment:%H:%M}"

    def currency_name(self) -> str:
        """``US dollars``."""
        return get_currency_name(self.currency, count=2, locale=_locale(self.name))

    def _date(self, day: date, pattern: str) -> str:
        return _date(day, pattern, self.name)

    @property
    def style(self) -> Literal["en", "es"]:
        """The language."""
        return "en" if self._is_english else "es"


def _is_last(day: date) -> bool:
    from datetime import timedelta

    return (day + timedelta(days=1)).day == 1


@lru_cache(maxsize=4096)  # a list says the same few days over and over
def _date(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=_locale(locale))


@lru_cache(maxsize=len(LOCALES))
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def _symbol(currency: str) -> str:
    """The short symbol: amounts are in one currency, which is named once, so ``MX$`` is ``$``."""
    symbol = get_currency_symbol(currency, locale="en_US")
    if symbol.endswith("$") and symbol != "R$":
        return "$"
    return symbol + NBSP if symbol.isalpha() else symbol


def _rounded(value: float, digits: int) -> float:
    """Rounded half away from zero as people expect, and never a negative zero."""
    try:
        exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    except InvalidOperation:  # more digits than there is room for: nothing is left to round
        return float(value)
    return float(exact) if exact else 0.0
