"""Presets, typed days and matching: what the controls of the window know about text and days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from widgets.inputs.matching import fold, match
from widgets.inputs.palette import PaletteItem, ranked
from widgets.inputs.presets import PRESETS, comparison_range, preset_of, preset_range
from widgets.inputs.typed_day import NotADayError, read_day
from widgets.numbers import Numbers

if TYPE_CHECKING:
    from widgets.look import Look

FIRST = date(2024, 5, 6)


@pytest.mark.parametrize(
    ("key", "today", "first", "last"),
    [
        ("today", (2026, 11, 17), (2026, 11, 17), (2026, 11, 17)),
        ("yesterday", (2026, 1, 1), (2025, 12, 31), (2025, 12, 31)),
        ("7d", (2026, 1, 3), (2025, 12, 28), (2026, 1, 3)),
        ("14d", (2028, 3, 1), (2028, 2, 17), (2028, 3, 1)),
        ("30d", (2026, 11, 17), (2026, 10, 19), (2026, 11, 17)),
        ("90d", (2026, 3, 31), (2026, 1, 1), (2026, 3, 31)),
        ("month", (2026, 5, 31), (2026, 5, 1), (2026, 5, 31)),
        ("last_month", (2028, 3, 31), (2028, 2, 1), (2028, 2, 29)),
        ("last_month", (2026, 1, 15), (2025, 12, 1), (2025, 12, 31)),
        ("quarter", (2026, 12, 31), (2026, 10, 1), (2026, 12, 31)),
        ("quarter", (2026, 4, 1), (2026, 4, 1), (2026, 4, 1)),
        ("ytd", (2026, 11, 17), (2026, 1, 1), (2026, 11, 17)),
        ("12m", (2026, 11, 22), (2025, 11, 23), (2026, 11, 22)),
        ("12m", (2028, 2, 29), (2027, 3, 1), (2028, 2, 29)),
        ("all", (2026, 11, 17), (2024, 5, 6), (2026, 11, 17)),
        ("all", (2020, 1, 1), (2020, 1, 1), (2020, 1, 1)),
    ],
)
def test_a_preset_gives_its_days(
    key: str, today: tuple[int, int, int], first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert preset_range(key, date(*today), FIRST) == (date(*first), date(*last))


def test_days_know_their_preset_and_what_they_are_compared_with() -> None:
    today = date(2026, 11, 17)
    for key in PRESETS:
        assert preset_range(preset_of(*preset_range(key, today, FIRST), today, FIRST), today, FIRST) == preset_range(
            key, today, FIRST
        )
    assert preset_of(date(2026, 11, 2), today, today, FIRST) == ""
    assert comparison_range("previous", date(2026, 10, 19), today) == (date(2026, 9, 19), date(2026, 10, 18))
    assert comparison_range("year", date(2028, 2, 29), date(2028, 3, 1)) == (date(2027, 2, 28), date(2027, 3, 1))
    assert comparison_range("none", today, today) is None
    with pytest.raises(KeyError):
        preset_range("fortnight", today, FIRST)


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en_US", "2026-11-09", (2026, 11, 9)),
        ("en_US", " 11/9/2026 ", (2026, 11, 9)),
        ("en_US", "11/9", (2026, 11, 9)),
        ("en_US", "nov 9, 26", (2026, 11, 9)),
        ("en_US", "Sept 3", (2026, 9, 3)),
        ("es_ES", "9/11/2026", (2026, 11, 9)),
        ("es_ES", "9 de noviembre de 2025", (2025, 11, 9)),
        ("es_ES", "2028-2-29", (2028, 2, 29)),
    ],
)
def test_a_day_is_read_as_people_write_it(look: Look, locale: str, text: str, day: tuple[int, int, int]) -> None:
    look.numbers = Numbers(locale, look.words)
    assert read_day(text, look, date(2026, 11, 17)) == date(*day)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-02-31", "February 2026 has 28 days. Use 2026-02-28 or earlier."),
        ("4/31/2026", "April 2026 has 30 days. Use 4/30/2026 or earlier."),
        ("2026-13-01", "There is no month 13. Use 1 to 12."),
        ("2026-12-00", "Days of a month begin with 1."),
        ("0001-01-01", "Use a year from 1990 to 2100."),
        ("soon", "“soon” is not a day. Type it like 2026-11-17."),
        ("1 2 3 4 5", "“1 2 3 4 5” is not a day. Type it like 2026-11-17."),
        ("", "Type a day, like 2026-11-17."),
    ],
)
def test_what_is_no_day_is_answered_in_words(look: Look, text: str, problem: str) -> None:
    with pytest.raises(NotADayError) as error:
        read_day(text, look, date(2026, 11, 17))
    assert str(error.value) == problem


def test_a_fit_at_the_start_beats_a_word_beats_the_inside_beats_scattered_letters() -> None:
    titles = ["Mxaxrxk", "Aligners remarketing", "Set Markov chain", "Mark today"]
    scores = [fit.score for title in titles if (fit := match("mark", title)) is not None]
    assert scores == sorted(scores)
    assert len(set(scores)) == 4
    assert match("mark", "m" + "x" * 30 + "ark") is None
    assert match("zz", "Mark") is None


def test_matches_are_blind_to_case_and_accents_and_point_into_the_text() -> None:
    for query, title, part in (
        ("ORGANICA", "Búsqueda orgánica", "orgánica"),
        ("cafe", "Un cafe\u0301 solo", "cafe\u0301"),
        ("strasse", "Hauptstraße", "straße"),
        ("perú", "PERU", "PERU"),
    ):
        fit = match(query, title)
        assert fit is not None
        assert [title[first:last] for first, last in fit.spans] == [part]
    words = match("chain mark", "Set Markov chain")
    assert words is not None
    assert words.spans == ((4, 8), (11, 16))
    assert fold("ÑandÚ") == "nandu"


def test_the_palette_ranks_a_fit_in_the_title_before_the_same_in_the_detail() -> None:
    items = [
        PaletteItem("detail", "Anything", "Mark"),
        PaletteItem("inside", "Remark"),
        PaletteItem("start", "Mark"),
        PaletteItem("none", "Export"),
    ]
    assert [row.key for row in ranked("mark", items)] == ["start", "detail", "inside"]
    assert [row.key for row in ranked("", items)] == ["detail", "inside", "start", "none"]
