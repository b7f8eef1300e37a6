"""Rows of the ads' levels: their channel, and what some of them add up to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from engine.queries.campaigns import LEVELS, add_up

if TYPE_CHECKING:
    from engine.queries.campaigns import Level
    from tests.conftest import Lab

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("level", LEVELS)
def test_all_rows_add_up_to_the_totals(world: Lab, level: Level) -> None:
    """A9: rates are from sums, by the metrics' own formulas; what no row knows stays unknown."""
    result = world.profile.campaigns(*YEAR, level=level, limit=1_000)
    assert add_up(result.table) == pytest.approx(result.meta["totals"], abs=1e-4, nan_ok=True)
    part = result.table.head(2)
    found = add_up(part)
    assert found["ctr"] == pytest.approx(100 * part["clicks"].sum() / part["impressions"].sum(), abs=1e-5)
    assert add_up(part.clear())["roas"] is None


@pytest.mark.parametrize("level", LEVELS)
def test_every_entity_has_its_channel(world: Lab, level: Level) -> None:
    """The channel most of its touches came by, as its spend is booked under (A10)."""
    table = world.profile.campaigns(*YEAR, level=level, limit=1_000).table
    entities = table.filter(pl.col("row") == "entity")
    assert entities["channel"].null_count() == 0
    assert table.filter(pl.col("row") == "unresolved")["channel"].null_count() == (table["row"] == "unresolved").sum()
    if level == "campaign":
        booked = world.profile.compare(*YEAR, by="channel").table
        for channel in entities["channel"].unique():
            spent = entities.filter(pl.col("channel") == channel)["spend"].sum()
            assert spent == pytest.approx(booked.filter(pl.col("value") == channel)["spend"].sum())
