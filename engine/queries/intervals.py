"""How certain credited revenue and ROAS are: bootstrap intervals and rank stability (N5).

500 seeded Poisson resamples over people: each person counts 0, 1, 2 ... times (Poisson with mean 1), with all their
conversions; payments matched to nobody are units of their own. Data-driven models are fitted anew on every resample.
Not shown under 20 conversions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from engine.attribution.models import NOT_SET
from engine.queries import facts
from engine.queries.measure import measure
from engine.queries.models import ROWS, Rows, by_rows, labelled
from engine.queries.refitting import refitted
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import meta, top

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engine.queries.scope import Scope

RESAMPLES = 500
LEVEL = 0.90
LEAST_CONVERSIONS = 20
_BATCH = 25


def intervals(
    scope: Scope, *, by: Rows = "channel", limit: int | None = None, sort: str | None = None, seed: int = 0
) -> Result:
    """90 % intervals of each row's credited revenue and ROAS, and how often it kept its rank.

    Columns: revenue, revenue_low, revenue_high (cash credited to any touch), ad_revenue, roas, roas_low, roas_high (its
    spend taken as given), conversions, rank, rank_low, rank_high, rank_kept_percent. Bounds are null under 20
    conversions.
    """
    if by not in ROWS:
        raise invalid("by", by, ", ".join(ROWS))
    grouping = by_rows(by)
    table = measure(scope, ("spend", "conversions", "attributed_revenue", "ad_revenue", "roas"), grouping).sort("value")
    table = table.with_columns(pl.col("conversions", "attributed_revenue", "ad_revenue").fill_null(0.0))
    values = table["value"].to_list()
    random = np.random.default_rng(seed)
    if scope.model.is_fitted:
        revenue, ad_revenue = refitted(scope, grouping.credit, values, RESAMPLES, random)
    else:
        revenue, ad_revenue = _resample(scope, grouping.credit, values, random)
    tail = (1 - LEVEL) / 2
    ranks = _ranks(revenue)
    own = _ranks(table["attributed_revenue"].to_numpy()[None, :])[0] if values else np.zeros(0)
    spend = table["spend"].to_numpy() if table["spend"].dtype != pl.Null else np.full(len(values), np.nan)
    spend = np.where(np.nan_to_num(spend.astype(float)) > 0, spend, np.nan)
    is_shown = pl.col("conversions") >= LEAST_CONVERSIONS
    columns: dict[str, NDArray[Any]] = {}
    if values:
        columns = {
            "revenue_low": np.quantile(revenue, tail, axis=0),
            "revenue_high": np.quantile(revenue, 1 - tail, axis=0),
            "roas_low": np.quantile(ad_revenue, tail, axis=0) / spend,
            "roas_high": np.quantile(ad_revenue, 1 - tail, axis=0) / spend,
            "rank_low": np.quantile(ranks, tail, axis=0, method="nearest"),
            "rank_high": np.quantile(ranks, 1 - tail, axis=0, method="nearest"),
            "rank_kept_percent": 100 * (ranks == own).mean(axis=0),
        }
    table = labelled(
        table.with_columns(pl.Series("rank", own, pl.Int64), *(pl.Series(name, data) for name, data in columns.items()))
        .with_columns(pl.when(is_shown).then(pl.col(name).fill_nan(None)).alias(name) for name in columns)
        .rename({"attributed_revenue": "revenue"})
    )
    table = top(table, sort, limit, default="revenue", tie="value")
    return Result(table, meta(scope) | {"by": by, "resamples": RESAMPLES, "level": LEVEL, "seed": seed})


def _resample(
    scope: Scope, by: str, values: list[str], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Revenue and ad revenue of each value in each resample: arrays of resamples x values."""
    relation = facts.credit(scope, [scope.model], by, extra=("p.entry_no",))
    sums = scope.frame(
        f"""select coalesce(e.person_id, e.entry_id) as unit, coalesce(k.value::varchar, '{NOT_SET}') as value,
                   coalesce(sum(k.credit_0 * k.cash), 0) as revenue,
                   coalesce(sum(k.credit_0 * k.cash) filter (k.is_ad), 0) as ad_revenue
            from ({relation.sql}) k
            join {scope.tables.entries} e on e.profile_id = $profile and e.entry_no = k.entry_no
            where k.cash is not null
            group by all order by unit, value""",
        relation.parameters,
    )
    place = {value: index for index, value in enumerate(values)}
    column = np.array([place[value] for value in sums["value"]], dtype=np.int64)
    unit = sums["unit"].rle_id().to_numpy().astype(np.int64) if sums.height else np.zeros(0, np.int64)
    units = int(unit[-1]) + 1 if len(unit) else 0
    money, ads = sums["revenue"].to_numpy(), sums["ad_revenue"].to_numpy()
    revenue = np.empty((RESAMPLES, len(values)))
    ad_revenue = np.empty((RESAMPLES, len(values)))
    for index in range(RESAMPLES):
        if index % _BATCH == 0:
            scope.cursor.task.report(index / RESAMPLES, "intervals")
        weight = random.poisson(1.0, units)[unit]
        revenue[index] = np.bincount(column, weight * money, len(values))
        ad_revenue[index] = np.bincount(column, weight * ads, len(values))
    return revenue, ad_revenue


def _ranks(figures: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks along the rows, 1 for the most."""
    return (np.argsort(np.argsort(-figures, axis=1, kind="stable"), axis=1, kind="stable") + 1).astype(np.int64)
