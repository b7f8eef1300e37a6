"""Figures, money and days as the window writes them: those of reports, and what only a screen needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from engine.formats import MINUS, NBSP, NOTHING, Formats

if TYPE_CHECKING:
    from datetime import date

    from engine.queries.metrics import Unit
    from engine.words import Words

__all__ = ["MINUS", "NOTHING", "Numbers"]


class Numbers(Formats):
    """Formats figures.

    Args:
        locale: ``en_US``, ``es_ES`` or ``es_MX``.
        words: for units that are words.
        currency: ISO 4217 code amounts are in.

    Attributes:
        locale: Qt's, for calendars and what people type.
    """

    def __init__(self, locale: str, words: Words, currency: str = "USD") -> None:
        super().__init__(locale, words, currency)
        self.locale = QLocale(locale)

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
                return f"{self.decimal(size, 0 if unit in ('B', 'kB') else 1)}{NBSP}{unit}"
            size /= 1000
        return NOTHING

    def month(self, day: date) -> str:
        """``November 2026``."""
        text = self.locale.standaloneMonthName(day.month)
        return f"{text[:1].upper()}{text[1:]} {day.year}"

    def short_days(self, first: date, last: date) -> str:
        """A range of days without the year."""
        return self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"
