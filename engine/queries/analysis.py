"""The funnel, unusual days, and the summary by buckets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from engine.queries import facts
from engine.queries.measure import measure
from engine.queries.metrics import METRICS
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import by_day, figures, meta

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.queries.scope import Scope

FunnelScope = Literal["all", "pipeline_only", "contact_only"]
FUNNEL_SCOPES: tuple[FunnelScope, ...] = ("all", "pipeline_only", "contact_only")
CHAIN = ("lead_created", "appointment_booked", "showed", "qualified", "closed_won")
LOSSES = ("disqualified", "no_show", "closed_lost")

ANOMALY_METRICS = ("spend", "cash_revenue", "visitors")
ANOMALY_THRESHOLD = 2.0
_HISTORY_WEEKS = 12
_LEAST_DAYS = 4


def funnel(scope: Scope, *, scope_: FunnelScope = "all") -> Result:
    """Conversion events along the usual chain, and where they were lost. Counts are events, not people (N3)."""
    if scope_ not in FUNNEL_SCOPES:
        raise invalid("scope", scope_, ", ".join(FUNNEL_SCOPES))
    condition = {"all": "true", "pipeline_only": "pipeline is not null", "contact_only": "pipeline is null"}[scope_]
    bound: dict[str, Any] = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    if scope.selection.goals:
        condition += " and list_contains($goals, goal)"
        bound["goals"] = [goal.goal for goal in scope.goals]
    counted: dict[str, int] = dict(
        scope.frame(
            f"""select goal, count(*) as n from conversions
                where profile_id = $profile and converted_on between $date_from and $date_to and {condition}
                group by 1""",
            bound,
        ).iter_rows()
    )
    labels = {goal.goal: goal.name for goal in scope.profile.goals}
    chain: list[dict[str, Any]] = []
    before: int | None = None
    for key in CHAIN:
        count = counted.get(key, 0)
        chain.append(
            {
                "key": key,
                "label": labels.get(key, key),
                "count": count,
                "conversion_rate_from_previous_pct": None if not before else round(100 * count / before, 6),
                "drop_off_from_previous_count": 0 if before is None else before - count,
            }
        )
        before = count
    losses = [{"key": key, "label": labels.get(key, key), "count": counted.get(key, 0)} for key in LOSSES]
    leads, won = counted.get("lead_created", 0), counted.get("closed_won", 0)
    data = {
        "scope": scope_,
        "window": {"start": scope.selection.date_from.isoformat(), "end": scope.selection.date_to.isoformat()},
        "main_chain": chain,
        "drop_off_outcomes": losses,
        "totals": {
            "all_events": sum(counted.values()),
            "leads": leads,
            "closed_won": won,
            "lead_to_closed_won_rate_pct": round(100 * won / leads, 6) if leads else None,
        },
    }
    table = pl.DataFrame(
        chain
        + [loss | {"conversion_rate_from_previous_pct": None, "drop_off_from_previous_count": None} for loss in losses],
        infer_schema_length=None,
    )
    return Result(table, meta(scope) | {"scope": scope_}, data)


def anomalies(
    scope: Scope, *, metrics: Sequence[str] = ANOMALY_METRICS, threshold: float = ANOMALY_THRESHOLD
) -> Result:
    """Days of the range that are unusual for their weekday, with the expected range (N1).

    Each day is judged against the same weekdays of the twelve weeks before the range and of the range itself, from the
    first day with data on; with fewer than four of them, and on a day not over yet, it is not judged.
    """
    unknown = [name for name in metrics if name not in METRICS]
    if unknown or not metrics:
        raise invalid("metrics", ", ".join(unknown), ", ".join(METRICS))
    if not 0 < threshold < float("inf"):
        raise invalid("threshold", threshold, "a number above zero")
    selection = scope.selection
    start = selection.date_from - timedelta(weeks=_HISTORY_WEEKS)
    history = scope.over(replace(selection, date_from=start))
    measured = measure(history, metrics, by_day(history)).with_columns(pl.col("value").str.to_date().alias("date"))
    days = pl.date_range(start, selection.date_to, eager=True).alias("date").to_frame()
    first = _first_day(scope)
    table = (
        days.join(measured, on="date", how="left")
        .filter((pl.col("date") < scope.today) & (pl.col("date") >= (first or scope.today)))
        .sort("date")
    )
    found: list[dict[str, Any]] = []
    for name in metrics:
        series = table.with_columns(pl.col(name).fill_null(0) if METRICS[name].fact != "derived" else pl.col(name))
        for weekday in range(1, 8):
            same = series.filter((pl.col("date").dt.weekday() == weekday) & pl.col(name).is_not_null())
            found += _unusual(same["date"].to_list(), same[name].cast(pl.Float64).to_numpy(), name, threshold)
    found = [row for row in found if row["date"] >= selection.date_from]
    found.sort(key=lambda row: (-abs(row["z_score"]), row["date"], row["metric"]))
    schema = {
        "date": pl.Date, "metric": pl.String, "observed": pl.Float64, "expected_low": pl.Float64,
        "expected": pl.Float64, "expected_high": pl.Float64, "z_score": pl.Float64, "direction": pl.String,
    }  # fmt: skip
    return Result(pl.DataFrame(found, schema=schema), meta(scope) | {"threshold": threshold, "metrics": list(metrics)})


def _first_day(scope: Scope) -> Any:
    return scope.cursor.value(
        """select least((select min(started_on) from visits where profile_id = $1),
                        (select min(booked_on) from credit_entries where profile_id = $1),
                        (select min(spent_on) from ad_daily where profile_id = $1))""",
        [scope.profile_id],
    )


def robust_scores(values: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Median, the spread of one standard score, and the score of each value (N1); a spread of zero judges nothing.

    Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): 0.6745 (x - median) / MAD, and with the mean
    absolute deviation 0.7979 (x - median) / MeanAD where the MAD is zero.
    """
    median = float(np.median(values))
    deviations = np.abs(values - median)
    mad, mean = float(np.median(deviations)), float(np.mean(deviations))
    spread = mad / 0.6745 if mad > 0 else mean / 0.7979
    scores = (values - median) / spread if spread > 0 else np.zeros_like(values)
    return median, spread, scores


def _unusual(days: list[Any], values: np.ndarray, name: str, threshold: float) -> list[dict[str, Any]]:
    if len(values) < _LEAST_DAYS:
        return []
    median, spread, scores = robust_scores(values)
    return [
        {
            "date": day,
            "metric": name,
            "observed": float(value),
            "expected_low": max(median - threshold * spread, 0.0)
            if METRICS[name].unit != "money"
            else median - threshold * spread,
            "expected": median,
            "expected_high": median + threshold * spread,
            "z_score": round(float(score), 6),
            "direction": "spike" if score > 0 else "drop",
        }
        for day, value, score in zip(days, values, scores, strict=True)
        if abs(score) >= threshold
    ]


def summary(scope: Scope) -> Result:
    """Cash, pipeline and leads apart, for the range and its comparison period. Pipeline amounts are never revenue
    (G3)."""
    current, previous = _summary(scope), _summary(scope.over(scope.selection.previous()))
    rows = [
        {"metric": name, "current": value, "previous": before}
        for (name, value), before in zip(_leaves(current), (value for _, value in _leaves(previous)), strict=True)
    ]
    schema = {"metric": pl.String, "current": pl.Float64, "previous": pl.Float64}
    return Result(
        pl.DataFrame(rows, schema=schema, strict=False),
        meta(scope),
        {"current_period": current, "previous_period": previous},
    )


def _leaves(group: Mapping[str, Any], above: str = "") -> list[tuple[str, float | None]]:
    """Every figure of nested ones, with its dotted name."""
    found: list[tuple[str, float | None]] = []
    for key, value in group.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{above}{key}.")  # pyright: ignore[reportUnknownArgumentType]
        elif not isinstance(value, str):
            found.append((f"{above}{key}", value))
    return found


def _summary(scope: Scope) -> dict[str, dict[str, Any]]:
    told = figures(scope)
    cash = tuple(goal.goal for goal in scope.goals if goal.revenue_type == "cash")
    paid = _of_goals(scope, cash)
    deals = _pipeline(scope)
    return {
        "spend": {"amount": told["spend"]},
        "cash": {
            "attributed_revenue": {"amount": told["attributed_revenue"]},
            "ad_revenue": {"amount": told["ad_revenue"]},
            "attributed_conversions": paid["attributed_outcomes"],
            "total_conversions": paid["outcomes"],
            "collected": {"amount": told["cash_revenue"]},
            "roas": {"value": told["roas"], "formatted": None if told["roas"] is None else f"{told['roas']:.2f}x"},
        },
        "pipeline": {
            "appointments_booked": deals["appointments"],
            "closed_won": deals["won"],
            "crm_value_amount_sum": {
                "attributed": {"amount": deals["attributed"]},
                "total": {"amount": deals["total"]},
            },
            "note": "Sums of the deal values in the CRM: not revenue (G3).",
        },
        "leads": {"count": deals["leads"]},
        "traffic": {
            "visitors": told["visitors"],
            "pageviews": told["pageviews"],
            "bounce_rate_percent": told["bounce_rate"],
        },
    }


def _pipeline(scope: Scope) -> dict[str, Any]:
    """Counts and amounts of the asked pipeline goals; no value under a filter on touches, as all whole counts (A10)."""
    if facts.has_touch_filter(scope):
        return dict.fromkeys(("appointments", "won", "leads", "total", "attributed"))
    return scope.frame(
        f"""select count(*) filter (c.goal = 'appointment_booked') as appointments,
                   count(*) filter (c.goal = 'closed_won') as won,
                   count(*) filter (c.goal = 'lead_created') as leads,
                   coalesce(sum(c.amount_reporting), 0)::double as total,
                   coalesce(sum(c.amount_reporting) filter (e.{scope.model.count} > 0), 0)::double as attributed
            from conversions c
            join {scope.tables.entries} e on e.profile_id = c.profile_id and e.entry_id = c.conversion_id
            where c.profile_id = $profile and c.converted_on between $date_from and $date_to
              and c.revenue_type = 'pipeline' and c.is_eligible and not c.is_negative
              and list_contains($goals, c.goal)""",
        {
            "date_from": scope.selection.date_from,
            "date_to": scope.selection.date_to,
            "goals": [goal.goal for goal in scope.goals],
        },
    ).row(0, named=True)


def _of_goals(scope: Scope, goals: tuple[str, ...]) -> dict[str, Any]:
    if not goals:
        return {"outcomes": 0, "attributed_outcomes": 0}
    narrowed = scope.over(replace(scope.selection, goals=goals))
    return measure(narrowed, ("outcomes", "attributed_outcomes")).row(0, named=True)
