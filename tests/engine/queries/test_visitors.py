"""Distinct visitors (E1), which are counted by first visits where no filter takes visits away."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest

from engine.queries.selection import Filter, Selection

if TYPE_CHECKING:
    from engine import Profile
    from tests.conftest import Lab

STARTS = {
    "day": "started_on",
    "week": "date_trunc('week', started_on)::date",
    "month": "date_trunc('month', started_on)::date",
}
# Ranges that begin within weeks and months, so that visitors came before them too.
SELECTIONS = [
    Selection(begin, begin + timedelta(days=days), filters=filters)
    for begin in (date(2026, 6, 1), date(2026, 6, 10), date(2026, 6, 18))
    for days in (0, 3, 20, 60)
    for filters in ((), (Filter("device", "is", ("mobile",)),))
]


def _distinct(world: Lab, selection: Selection, by: str) -> dict[str, int]:
    narrowed = "and device = 'mobile'" if selection.filters else ""
    days = f"started_on between date '{selection.date_from}' and date '{selection.date_to}'"
    return dict(
        world.rows(
            f"""select ({by})::varchar, count(distinct anonymous_id) from visits where {days} {narrowed} group by 1"""
        )
    )


@pytest.fixture(scope="module")
def profile(world: Lab) -> Profile:
    several = "select count(*) from (select visitor from visits group by 1 having count(distinct started_on) > 1)"
    assert world.value(several) > 1
    return world.profile


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
def test_e1_visitors_are_distinct_devices_of_each_row(world: Lab, profile: Profile, selection: Selection) -> None:
    whole = _distinct(world, selection, "'all'").get("all", 0)
    told = profile.query("overview", selection).data
    assert told is not None
    assert told["current"]["visitors"] == whole
    for step, start in STARTS.items():
        table = profile.query("timeseries", selection, by=step).table
        expected = _distinct(world, selection, start)
        assert {str(day): n for day, n in table.select("date", "visitors").iter_rows() if n} == expected
    board = profile.query("entry-pages", selection, limit=1000).table.filter(pl.col("row") != "unattributed")
    pages = {value: n for value, n in board.select("value", "visitors").iter_rows() if n}
    assert pages == _distinct(world, selection, "coalesce(entry_page, '(not set)')")
