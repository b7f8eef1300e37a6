"""The distance of models from a known truth, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from engine import AttribenchError, Code
from engine.attribution.models import MODELS
from engine.demo.distance import distances

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Lab


@pytest.fixture
def told(lab: Lab, tmp_path: Path) -> pl.DataFrame:
    """One conversion by Email then Direct; the truth is three parts Email, one part Display, besides a baseline."""
    lab.touches(
        {"person": "a", "time": "2026-05-01T10:00:00Z", "channel": "Email"},
        {"person": "a", "time": "2026-05-03T10:00:00Z", "channel": "Direct"},
    )
    lab.conversions(
        {"conversion_id": "c1", "person": "a", "time": "2026-05-04T10:00:00Z", "event_type": "lead_created"},
        {"conversion_id": "untold", "person": "a", "time": "2026-05-09T10:00:00Z", "event_type": "qualified"},
    )
    lab.rebuild()
    truth = pl.DataFrame(
        {
            "conversion_id": ["c1", "c1", "c1", "unknown"],
            "channel": ["Email", "Display", "baseline", "Email"],
            "campaign_id": [None, "d1", None, None],
            "share": [0.3, 0.1, 0.6, 1.0],
        }
    )
    truth.write_parquet(tmp_path / "truth.parquet")
    return distances(lab.profile, tmp_path / "truth.parquet")


def test_the_distance_is_the_credit_that_would_have_to_move(told: pl.DataFrame):
    """Truth 75 Email, 25 Display. last_touch: all Direct, so all of it; linear: half Direct, a quarter short."""
    found = {row["model"]: row for row in told.iter_rows(named=True)}
    assert set(found) == {"truth", *MODELS}
    assert (found["truth"]["Email"], found["truth"]["Display"]) == (75.0, 25.0)
    assert found["last_touch"]["channel_distance"] == 100.0
    assert found["first_touch"]["channel_distance"] == 25.0
    assert found["linear"]["channel_distance"] == 50.0
    assert found["linear"]["campaign_distance"] == 25.0  # neither touch is an ad; a quarter of the truth is


def test_the_nearest_model_comes_first(told: pl.DataFrame):
    assert told["model"][0] == "truth"
    rest = told["channel_distance"].to_list()[1:]
    assert rest == sorted(rest)


def test_a_missing_file_is_named(lab: Lab, tmp_path: Path):
    with pytest.raises(AttribenchError) as caught:
        distances(lab.profile, tmp_path / "nowhere.parquet")
    assert caught.value.code is Code.FILE_MISSING
