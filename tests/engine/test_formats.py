"""Figures, money and days as text."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QLocale

from engine.formats import LOCALES, Formats
from engine.words import Words

_ALL = [
    Formats(locale, Words(locale[:2]), currency)
    for locale in LOCALES
    for currency in ("USD", "EUR", "JPY", "CHF", "BRL")
]


@settings(deadline=None, max_examples=150)
@given(formats=st.sampled_from(_ALL), value=st.decimals(-(10**15), 10**15, places=6), digits=st.integers(0, 2))
def test_a_number_reads_as_it_is_rounded(formats: Formats, value: Decimal, digits: int) -> None:
    """Half away from zero, to the last digit, however large."""
    text = formats.decimal(float(value), digits).replace("−", "-")
    group, point = (".", ",") if formats.name == "es_ES" else (",", ".")
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    assert Decimal(text.replace(group, "").replace(point, ".")) == exact
    assert not text.startswith("-0") or exact


@settings(deadline=None, max_examples=60)
@given(locale=st.sampled_from(LOCALES), day=st.dates(date(1970, 1, 1), date(2100, 12, 31)))
def test_days_are_named_as_the_system_does(locale: str, day: date) -> None:
    """As Qt names them in calendars beside."""
    qt, formats = QLocale(locale), Formats(locale, Words(locale[:2]))
    short = qt.toString(QDate(day.year, day.month, day.day), "MMM").replace(".", "")
    assert short in formats.day(day)
    weekday = qt.toString(QDate(day.year, day.month, day.day), "ddd").replace(".", "")
    assert formats.day(day, with_weekday=True).lower().startswith(weekday.lower())


def test_any_number_can_be_written() -> None:
    formats = Formats("en_US", Words("en"))
    assert (formats.count(True), formats.count(np.int64(3)), formats.decimal(np.float64(1.25))) == ("1", "3", "1.3")
    assert formats.count(1e300).startswith("1,000,000")


def test_long_forms() -> None:
    english, spanish = Formats("en_US", Words("en"), "USD"), Formats("es_ES", Words("es"), "EUR")
    first, last = date(2026, 10, 19), date(2026, 11, 17)
    assert english.long_days(first, last) == "October 19 – November 17, 2026"
    assert spanish.long_days(first, last) == "19 de octubre – 17 de noviembre de 2026"
    assert english.long_days(date(2026, 10, 1), date(2026, 10, 31)) == "October 2026"
    assert spanish.long_days(date(2026, 10, 1), date(2026, 10, 31)) == "Octubre de 2026"
    assert english.currency_name() == "US dollars"
    assert spanish.currency_name() == "euros"
    assert spanish.money(68662.4) == "68.662\u00a0€"
