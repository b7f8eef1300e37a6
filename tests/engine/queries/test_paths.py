"""Sequences of touches and times to convert, by hand on the week of ``world.py``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from engine.attribution.models import CreditSettings

if TYPE_CHECKING:
    from engine.queries.result import Result
    from tests.conftest import Lab

WEEK = (date(2026, 6, 8), date(2026, 6, 14))
HOUR = 3600


def listed(result: Result, *columns: str) -> list[tuple[Any, ...]]:
    return result.table.select(columns).rows()


def test_paths_most_frequent_first(world: Lab) -> None:
    """A2, A5, T3: p1 less its refund and the deal by one path, p2 and the appointment by another; Eve has none."""
    result = world.profile.paths(*WEEK)
    columns = ("path", "row", "paths", "conversions", "cash", "avg_touches", "avg_seconds_to_convert")
    assert listed(result, *columns) == [
        (["Paid Social", "Direct"], "value", 1, 2, 250, 2, (26 + 74) / 2 * HOUR),
        (["Organic Search", "Paid Search"], "value", 1, 2, 100, 2, (50 + 51) / 2 * HOUR),
        (["Paid Search"], "value", 1, 1, 60, 1, HOUR),
        (["Paid Social"], "value", 1, 1, 0, 1, 120),
        (None, "unattributed", 0, 1, 40, None, None),
    ]
    assert result.table["share_percent"].to_list()[0] == pytest.approx(200 / 7, abs=1e-6)
    assert result.table["cash_share_percent"].sum() == pytest.approx(100, abs=1e-5)
    totals = result.meta["totals"]
    assert (totals["conversions"], totals["cash"], totals["with_touches"]) == (7, 450, 6)
    assert totals["median_seconds_to_convert"] == (26 + 50) / 2 * HOUR


def test_the_rest_of_the_paths_is_a_row(world: Lab) -> None:
    """Totals tie however few sequences are listed, and however they are sorted."""
    told = world.profile.paths(*WEEK, limit=1)
    assert listed(told, "row", "paths", "conversions", "cash", "avg_touches", "avg_seconds_to_convert")[1:] == [
        ("other", 3, 4, 160, 1.5, (50 * HOUR + 51 * HOUR + HOUR + 120) / 4),
        ("unattributed", 0, 1, 40, None, None),
    ]
    for sort in ("cash", "cash:asc", "avg_touches", "avg_seconds_to_convert:asc"):
        table = world.profile.paths(*WEEK, limit=2, sort=sort).table
        assert (table["conversions"].sum(), table["cash"].sum()) == (7, 450), sort
    quick = world.profile.paths(*WEEK, sort="avg_seconds_to_convert:asc").table
    assert quick["path"].to_list()[:2] == [["Paid Social"], ["Paid Search"]]


def test_paths_by_source_with_repeats_folded(world: Lab) -> None:
    """Bob came by google twice, d3 once: folded, that is one sequence."""
    plain = world.profile.paths(*WEEK, by="source", search="GOOGLE")
    assert listed(plain, "path", "conversions", "cash") == [(["google", "google"], 2, 100), (["google"], 1, 60)]
    folded = world.profile.paths(*WEEK, by="source", search="google", collapse=True)
    assert listed(folded, "path", "conversions", "cash", "avg_touches") == [
        (["google"], 3, 160, pytest.approx(5 / 3, abs=1e-6))
    ]
    assert folded.meta["totals"]["conversions"] == 7  # a search leaves the whole as it is


def test_paths_under_filters_and_other_windows(world: Lab) -> None:
    """Bob alone came by Organic Search; a click window of a day cuts his first touch off."""
    narrowed = world.profile.paths(*WEEK, filters=["channel=is:Organic Search"])
    assert listed(narrowed, "path", "conversions", "cash") == [(["Organic Search", "Paid Search"], 2, 100)]
    short = world.profile.paths(*WEEK, goals=["payment_received"], settings=CreditSettings(click_window_days=1))
    assert listed(short, "path", "conversions", "cash") == [
        (["Paid Search"], 2, 160), (["Direct"], 1, 250), (None, 1, 40),
    ]  # fmt: skip


def test_lags_from_the_first_touch(world: Lab) -> None:
    """A2: 2 minutes, an hour to the second, 26, 50, 51 and 74 hours; the refund stands with its payment."""
    result = world.profile.lags(*WEEK)
    filled = result.table.filter(result.table["conversions"] > 0)
    assert filled.select("from_seconds", "to_seconds", "row", "conversions", "cash").rows() == [
        (0, HOUR, "value", 1, 0),
        (HOUR, 24 * HOUR, "value", 1, 60),
        (24 * HOUR, 48 * HOUR, "value", 1, 250),
        (48 * HOUR, 72 * HOUR, "value", 2, 100),
        (72 * HOUR, 120 * HOUR, "value", 1, 0),
        (None, None, "unattributed", 1, 40),
    ]
    assert result.table["to_seconds"].max() == 30 * 24 * HOUR
    assert filled["cumulative_percent"].to_list()[3:] == [pytest.approx(500 / 6, abs=1e-6), 100, None]
    assert result.meta["totals"] == world.profile.paths(*WEEK).meta["totals"]


def test_the_last_lag_ends_with_the_window(world: Lab) -> None:
    """A2: a touch as old as the window is eligible; here the touches of 30 people, each a day old."""
    days = (date(2025, 11, 1), date(2025, 11, 30))
    result = world.profile.lags(*days, settings=CreditSettings(click_window_days=1))
    assert result.table.select("from_seconds", "to_seconds", "conversions").rows()[:2] == [
        (0, HOUR, 0), (HOUR, 24 * HOUR, 30),
    ]  # fmt: skip
