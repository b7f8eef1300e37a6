"""Figures in reports have the same form as in the window."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reports.formats import LOCALES, Formats
from engine.words import Words
from widgets.numbers import Numbers

# As queries give them: rounded to six digits.
_VALUES = st.none() | st.integers(-(10**15), 10**15).map(lambda n: n / 1e6) | st.integers(-100_000, 100_000)
_BOTH = [
    (Formats(locale, Words(locale[:2]), currency), Numbers(locale, Words(locale[:2]), currency))
    for locale in LOCALES
    for currency in ("USD", "EUR", "JPY", "CHF", "BRL")
]


@settings(deadline=None, max_examples=150)
@given(both=st.sampled_from(_BOTH), value=_VALUES)
def test_as_in_the_window(both: tuple[Formats, Numbers], value: float | None) -> None:
    ours, theirs = both
    for unit in ("count", "decimal", "money", "percent", "ratio", "seconds", "score"):
        assert ours.show(value, unit) == theirs.show(value, unit)
    assert ours.money(value, cents=True) == theirs.money(value, cents=True)
    assert ours.change(value) == theirs.change(value)
    assert ours.points(value) == theirs.points(value)


@settings(deadline=None, max_examples=60)
@given(both=st.sampled_from(_BOTH), day=st.dates(date(1970, 1, 1), date(2100, 12, 31)))
def test_days_as_in_the_window(both: tuple[Formats, Numbers], day: date) -> None:
    ours, theirs = both
    assert ours.day(day) == theirs.day(day)
    assert ours.day(day, with_year=True) == theirs.day(day, with_year=True)


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
