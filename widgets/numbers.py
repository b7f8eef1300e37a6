"""Figures, money and days as text, through the locale. One place, so that two equal figures look the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from babel.numbers import get_currency_symbol
from PySide6.QtCore import QDate, QLocale

if TYPE_CHECKING:
    from datetime import date, datetime

    from engine.queries.metrics import Unit
    from engine.words import Words

NOTHING = "–"
MINUS = "−"


class Numbers:
    """Formats figures.

    Args:
        locale: ``en_US``, ``es_ES`` or ``es_MX``.
        words: for units that are words.
        currency: ISO 4217 code amounts are in.
    """

    def __init__(self, locale: str, words: Words, currency: str = "USD") -> None:
        self.locale = QLocale(locale)
        self.currency = currency
        self._words = words
        self._symbol = _symbol(currency)
        self._is_english = locale.startswith("en")
        self._symbol_first = self.locale.toCurrencyString(1, "¤", 0).startswith("¤")

    def show(self, value: float | None, unit: Unit, *, is_exact: bool = False) -> str:
        """A metric's value. ``is_exact``: money with its cents, as in ledgers and unit costs."""
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
        return self._signed(self.locale.toString(_rounded(value, digits), "f", digits))

    def money(self, value: float | None, *, cents: bool = False, currency: str | None = None) -> str:
        """An amount in the profile's currency or another; whole units unless cents are asked for."""
        if value is None or not math.isfinite(value):
            return NOTHING
        symbol = self._symbol if currency in (None, self.currency) else f"{currency} "
        digits = 2 if cents else 0
        text = self.locale.toString(_rounded(abs(value), digits), "f", digits)
        sign = MINUS if _rounded(value, digits) < 0 else ""
        return f"{sign}{symbol}{text}" if self._symbol_first else f"{sign}{text}\u00a0{symbol.strip()}"

    def ratio(self, value: float | None) -> str:
        """A multiple, as ROAS."""
        text = self.decimal(value, 2)
        return text if text == NOTHING else text + "×"

    def percent(self, value: float | None, digits: int = 1) -> str:
        """A percentage that is given as such (41.8 is 41.8 %)."""
        text = self.decimal(value, digits)
        if text == NOTHING:
            return text
        return text + ("%" if self._is_english else "\u00a0%")

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
        return ("+" if _rounded(value, 1) > 0 else "") + text + "\u00a0" + self._words.say("pp")

    def seconds(self, value: float | None) -> str:
        """A short span: 45 s, 3 m 20 s, 11 d 6 h."""
        if value is None or not math.isfinite(value):
            return NOTHING
        if abs(value) < 10 and value != int(value):
            return self.decimal(value, 1) + "\u00a0s"
        whole = round(value)
        for long, short, size in (("d", "h", 3600), ("h", "m", 60), ("m", "s", 1)):
            first, second = divmod(whole // size, {3600: 24, 60: 60, 1: 60}[size])
            if first:
                return f"{self.count(first)}\u00a0{long}" + (f"\u00a0{second}\u00a0{short}" if second else "")
        return f"{whole}\u00a0s"

    def axis(self, value: float, unit: Unit) -> str:
        """A tick: short, exact where it is small."""
        size = abs(value)
        for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
            if size >= limit and (unit == "money" or size >= 10_000) and self._is_english:
                scaled = value / limit
                digits = 0 if abs(scaled - round(scaled)) < 0.05 else 1
                text = self.decimal(scaled, digits) + letter
                if unit != "money":
                    return text
                return f"{MINUS if value < 0 else ''}{self._symbol}{text.removeprefix(MINUS)}"
        if unit == "money":
            return self.money(value, cents=0 < size < 10 and value != int(value))
        if unit == "percent":
            return self.percent(value, 0)
        if unit == "ratio":
            return self.decimal(value, 1) + "×"
        return self.decimal(value, 0 if value == int(value) else 1)

    def bytes(self, value: float) -> str:
        """A file's size."""
        size = float(value)
        for unit in ("B", "kB", "MB", "GB"):
            if size < 1000 or unit == "GB":
                return f"{self.decimal(size, 0 if unit in ('B', 'kB') else 1)}\u00a0{unit}"
            size /= 1000
        return NOTHING

    def day(self, day: date, *, with_year: bool = False, with_weekday: bool = False) -> str:
        """``Nov 9``, ``Nov 9, 2026``, ``Mon, Nov 9, 2026``; in Spanish ``9 nov 2026``."""
        if self._is_english:
            pattern = "MMM d" + (", yyyy" if with_year else "")
        else:
            pattern = "d MMM" + (" yyyy" if with_year else "")
        if with_weekday:
            pattern = "ddd, " + pattern
        text = self.locale.toString(QDate(day.year, day.month, day.day), pattern).replace(".", "")
        return text[:1].upper() + text[1:] if with_weekday else text

    def month(self, day: date) -> str:
        """``November 2026``."""
        text = self.locale.standaloneMonthName(day.month)
        return f"{text[:1].upper()}{text[1:]} {day.year}"

    def days(self, first: date, last: date) -> str:
        """A range of days: ``Oct 19 – Nov 17, 2026``."""
        if first == last:
            return self.day(first, with_year=True)
        return f"{self.day(first, with_year=first.year != last.year)} – {self.day(last, with_year=True)}"

    def short_days(self, first: date, last: date) -> str:
        """A range of days without the year."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"

    def moment(self, moment: datetime) -> str:
        """A moment in the profile's zone: ``Nov 16, 18:22``."""
        return f"{self.day(moment.date())}, {moment:%H:%M}"

    def _signed(self, text: str) -> str:
        return text.replace("-", MINUS)


def _symbol(currency: str) -> str:
    """The short symbol: amounts are in the profile's own currency, which the status bar names, so ``MX$`` is ``$``."""
    symbol = get_currency_symbol(currency, locale="en_US")
    if symbol.endswith("$") and symbol != "R$":
        return "$"
    return symbol + "\u00a0" if symbol.isalpha() else symbol


def _rounded(value: float, digits: int) -> float:
    """Rounded half away from zero as people expect, and never a negative zero."""
    scaled = abs(value) * 10**digits
    whole = math.floor(scaled + 0.5 + 1e-9 * max(1.0, scaled) * 1e-3)
    return math.copysign(whole / 10**digits, value) if whole else 0.0
