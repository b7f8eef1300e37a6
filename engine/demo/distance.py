"""How far each attribution model is from a simulation's known truth.

The simulator knows what share of every conversion each touch caused, and what would have happened anyway (the
baseline). No model can credit the baseline, so the truth is compared without it: the share of all caused conversions
that each channel, or campaign, caused, against the share of all credit that a model gives it. The distance is the part
of the credit that would have to move (total variation): 0 the same, 100 nothing in common. It says how a model does on
this simulated business and its assumptions; it does not make any model true elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engine.attribution.models import MODELS, NOT_SET
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from pathlib import Path

    from engine.workspace import Profile

_BASELINE = "baseline"
_COLUMNS = {"channel": "channel", "campaign": "campaign_id"}


def distances(profile: Profile, truth: Path) -> pl.DataFrame:
    """Every model's distance in percent and its credit by channel, the truth first.

    Args:
        profile: the simulated business, imported and derived.
        truth: the simulator's file: conversion_id, channel, campaign_id, share.

    Returns:
        model, channel_distance, campaign_distance, and the share in percent of each channel; nearest first.
    """
    if not truth.is_file():
        raise AttribenchError(Code.FILE_MISSING, path=str(truth))
    caused = pl.read_parquet(truth).filter(pl.col("channel") != _BASELINE)
    with profile.store.read() as cursor:
        credited = cursor.frame(
            """select k.model, c.source_id as conversion_id, k.channel, k.campaign_id, sum(k.credit) as share
               from v_credits k join conversions c on c.conversion_id = k.conversion_id
               where c.profile_id = $1 and k.is_outcome and k.touch_id is not null group by all""",
            [profile.profile_id],
        )
    both = caused.select("conversion_id").unique().join(credited.select("conversion_id").unique(), on="conversion_id")
    caused, credited = (frame.join(both, on="conversion_id") for frame in (caused, credited))
    true = {name: _shares(caused, column) for name, column in _COLUMNS.items()}
    channels = sorted(true["channel"], key=lambda name: -true["channel"][name])
    rows = [{"model": "truth", "channel_distance": 0.0, "campaign_distance": 0.0} | _percent(true["channel"], channels)]
    for name in MODELS:
        own = credited.filter(pl.col("model") == name)
        shares = {level: _shares(own, column) for level, column in _COLUMNS.items()}
        told = {f"{level}_distance": _apart(shares[level], true[level]) for level in _COLUMNS}
        rows.append({"model": name, **told} | _percent(shares["channel"], channels))
    table = pl.DataFrame(rows)
    return pl.concat([table.head(1), table.tail(-1).sort("channel_distance", "model")])


def _shares(frame: pl.DataFrame, column: str) -> dict[str, float]:
    """Share of each value, summing to 1."""
    summed = frame.group_by(pl.col(column).fill_null(NOT_SET)).agg(pl.col("share").sum()).sort(column)
    total = float(summed["share"].sum())
    return {str(value): float(share) / total for value, share in summed.iter_rows()} if total else {}


def _apart(left: dict[str, float], right: dict[str, float]) -> float:
    """Total variation distance of two compositions, in percent."""
    values = sorted({*left, *right})
    return round(50 * sum(abs(left.get(value, 0.0) - right.get(value, 0.0)) for value in values), 2)


def _percent(shares: dict[str, float], values: list[str]) -> dict[str, float]:
    return {value: round(100 * shares.get(value, 0.0), 2) for value in values}
