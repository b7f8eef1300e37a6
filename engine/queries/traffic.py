"""Overview, days and boards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.attribution.models import NOT_SET
from engine.queries import facts
from engine.queries.dimensions import DIMENSIONS
from engine.queries.measure import By, measure
from engine.queries.metrics import METRICS
from engine.queries.result import Result
from engine.queries.selection import Selection, invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from engine.queries.dimensions import Dimension
    from engine.queries.scope import Scope

Bucket = Literal["day", "week", "month"]
BUCKETS: tuple[Bucket, ...] = ("day", "week", "month")
MOST_ROWS = 1_000_000
UNATTRIBUTED = "Unattributed"
OUTSIDE = "outside the range"
UNRESOLVED = "(unresolved)"  # touches of ads that name no known entity (A6)

OVERVIEW = (
    "spend", "ad_revenue", "roas", "outcomes", "attributed_outcomes", "coverage_percent", "visitors", "visits",
    "pageviews", "bounces", "bounce_rate", "avg_engaged_seconds", "cash_revenue", "cash_payments", "gross_revenue",
    "refunded", "attributed_revenue", "unattributed_revenue", "cash_coverage_percent", "ad_revenue_without_spend",
    "conversions", "conversion_rate", "ad_conversions", "cac", "mer", "impressions", "clicks", "unconverted",
)  # fmt: skip
DAYS = (
    "visitors", "visits", "pageviews", "bounces", "cash_revenue", "spend", "ad_revenue", "attributed_revenue",
    "conversions", "outcomes", "roas", "bounce_rate", "ad_conversions", "cac",
)  # fmt: skip
BOARD = (
    "visitors", "visits", "pageviews", "bounce_rate", "avg_engaged_seconds", "conversions", "conversion_rate",
    "attributed_revenue", "ad_revenue", "ad_revenue_without_spend",
)  # fmt: skip


def overview(scope: Scope) -> Result:
    """The headline figures of the range and of its comparison period; ``revenue`` is ``ad_revenue`` (A7)."""
    current, previous = figures(scope), figures(scope.over(scope.selection.previous()))
    names = ["revenue" if name == "ad_revenue" else name for name in OVERVIEW]
    table = pl.DataFrame(
        {
            "metric": names,
            "current": [current[name] for name in names],
            "previous": [previous[name] for name in names],
            "change_percent": [_change(current[name], previous[name]) for name in names],
        },
        schema={"metric": pl.String, "current": pl.Float64, "previous": pl.Float64, "change_percent": pl.Float64},
        strict=False,
    )
    return Result(table, meta(scope), {"current": current, "previous": previous})


def figures(scope: Scope) -> dict[str, Any]:
    """The overview's figures of one period."""
    row = measure(scope, OVERVIEW).row(0, named=True)
    if facts.has_touch_filter(scope):
        row["attributed_outcomes"] = _touched(scope)
    return {"revenue" if name == "ad_revenue" else name: row[name] for name in OVERVIEW} | {
        "ad_revenue": row["ad_revenue"]
    }


def _touched(scope: Scope) -> int:
    """Whole conversions that credit some of the touches a filter leaves."""
    relation = facts.credit(scope, [scope.model], extra=("p.entry_no",))
    frame = scope.frame(
        f"select count(distinct entry_no) as n from ({relation.sql}) where counted > 0 and credit_0 > 0",
        relation.parameters,
    )
    return int(frame["n"][0])


def _change(current: float | None, previous: float | None) -> float | None:
    if current is None or not previous:
        return None
    return round(100 * (current - previous) / abs(previous), 6)


def timeseries(scope: Scope, by: Bucket = "day", *, metrics: Sequence[str] = DAYS) -> Result:
    """Figures by day, week (from Monday) or month; every day of the range has a row. Days not over yet are partial.

    ``metrics`` names those that are wanted, where not all are; ``ad_revenue`` is told as ``revenue`` (A7).
    """
    if by not in BUCKETS:
        raise invalid("by", by, ", ".join(BUCKETS))
    unknown = [name for name in metrics if name not in METRICS]
    if unknown or not metrics:
        raise invalid("metrics", ", ".join(unknown), ", ".join(METRICS))
    table = measure(scope, metrics, by_day(scope, by)).with_columns(pl.col("value").str.to_date().alias("date"))
    starts = pl.DataFrame({"date": bucket_starts(scope.selection, by)}, schema={"date": pl.Date})
    counts = [name for name in metrics if METRICS[name].fact != "derived"]
    known = [name for name in counts if _is_known(scope, name)]
    table = (
        starts.join(table, on="date", how="left")
        .with_columns(pl.col(name).fill_null(0) for name in known)
        .with_columns(
            (pl.col("date").map_elements(lambda day: _end(day, by), pl.Date) >= scope.today).alias("is_partial")
        )
        .sort("date")
        .drop("value")
        .rename({"ad_revenue": "revenue"}, strict=False)
    )
    return Result(table, meta(scope) | {"by": by})


def _is_known(scope: Scope, name: str) -> bool:
    from engine.queries.dimensions import acts_on_spend

    fact = METRICS[name].fact
    if fact == "entries":
        return not facts.has_touch_filter(scope)
    return fact != "spend" or acts_on_spend(scope.selection.filters)


def by_day(scope: Scope, bucket: Bucket = "day") -> By:
    """Rows by day, week or month."""
    booked = "p.touched_on" if scope.selection.date_basis == "touch" else "p.booked_on"

    def start(day: str) -> str:
        return day if bucket == "day" else f"date_trunc('{bucket}', {day})::date"

    return By(
        start("v.started_on"),
        start(booked),
        start("e.booked_on"),
        start("d.spent_on"),
        is_day=True,
        is_again=f"{start('before_on')} = {start('started_on')}"
        + ("" if bucket == "day" else " and before_on >= $date_from"),
        most=scope.selection.days,
    )


def bucket_starts(selection: Selection, bucket: Bucket) -> list[date]:
    """First days of the buckets the range touches."""
    days = [selection.date_from + timedelta(days=offset) for offset in range(selection.days)]
    return list(dict.fromkeys(_start(day, bucket) for day in days))


def _start(day: date, bucket: Bucket) -> date:
    if bucket == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if bucket == "month" else day


def _end(day: date, bucket: Bucket) -> date:
    if bucket == "week":
        return day + timedelta(days=6)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if bucket == "month" else day


def board(
    scope: Scope, dimension: str, *, limit: int = 10, sort: str | None = None, search: str | None = None
) -> Result:
    """Traffic and credit by a dimension, most visitors first; "(not set)" is a row, and so is Unattributed (A5, A10).

    ``revenue`` is ``attributed_revenue``. Visits add up to the overview's, except on the board of pages, where a visit
    counts for each page seen. ``limit`` and ``search`` leave Unattributed in place.
    """
    if dimension not in DIMENSIONS or dimension == "goal":
        raise invalid("by", dimension, ", ".join(name for name in DIMENSIONS if name != "goal"))
    known = DIMENSIONS[dimension]
    table = measure(scope, BOARD, _by(known), search=search)
    table = rename_revenue(table)
    total = table.height
    table = top(table, sort, limit, default="visitors", tie="value")
    table = table.with_columns(
        pl.when(pl.col("value") == NOT_SET).then(pl.lit("not_set")).otherwise(pl.lit("value")).alias("row")
    )
    table = pl.concat([table, *completing_rows(scope, table)], how="diagonal")
    return Result(table, meta(scope) | {"dimension": dimension, "rows": total, "limit": limit})


def _by(known: Dimension) -> By:
    # On page boards credit goes to the entry page (A10).
    return By.of(known, credit="l.entry_page" if known.name in {"page", "exit_page"} else "")


def rename_revenue(table: pl.DataFrame) -> pl.DataFrame:
    """With ``revenue``, the cash credited to any touch, beside ``attributed_revenue``."""
    return table.with_columns(pl.col("attributed_revenue").alias("revenue"))


def completing_rows(scope: Scope, like: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows that complete credit to all cash: Unattributed, and by touch date what lies outside the range (A5,
    A8)."""
    if facts.has_touch_filter(scope):
        return []
    row = measure(scope, ("unattributed_outcomes", "unattributed_revenue")).row(0, named=True)
    found = [_row(like, UNATTRIBUTED, "unattributed", row["unattributed_outcomes"], row["unattributed_revenue"])]
    if scope.selection.date_basis == "touch":
        conversions, revenue = outside(scope)
        found.append(_row(like, OUTSIDE, "outside", conversions, revenue))
    return found


def outside(scope: Scope) -> tuple[float, float]:
    """By touch date: credited conversions and cash of the range's conversions less those of its touches (A5)."""
    relation = facts.credit(scope, [scope.model], is_whole=True)
    frame = scope.frame(
        f"""select coalesce(sum(credit_0 * counted * sign), 0) as conversions,
                   coalesce(sum(credit_0 * cash * sign), 0) as revenue
            from (select *, is_booked_inside::integer - is_inside::integer as sign from ({relation.sql}))""",
        relation.parameters,
    )
    return round(float(frame["conversions"][0]), 6), round(float(frame["revenue"][0]), 6)


def _row(like: pl.DataFrame, value: str, kind: str, conversions: float, revenue: float) -> pl.DataFrame:
    told: dict[str, Any] = {
        "value": value,
        "row": kind,
        "conversions": float(conversions),
        "revenue": float(revenue),
        "attributed_revenue": float(revenue),
    }
    columns = {name: [told[name]] for name in like.columns if name in told}
    return pl.DataFrame(columns, schema={name: like.schema[name] for name in columns})


def top(table: pl.DataFrame, sort: str | None, limit: int | None, *, default: str, tie: str) -> pl.DataFrame:
    """Sorted by ``FIELD`` or ``FIELD:asc``, ties by ``tie``, the first ``limit`` rows.

    Raises:
        AttribenchError: QUERY_INVALID for an unknown field, direction or limit.
    """
    name, _, direction = (sort or f"{default}:desc").partition(":")
    if name not in table.columns:
        raise invalid("sort", name, "a field of " + ", ".join(table.columns))
    if direction not in {"", "asc", "desc"}:
        raise invalid("sort", sort, "FIELD, FIELD:asc or FIELD:desc")
    table = table.sort([name, tie], descending=[direction != "asc", False], nulls_last=True)
    if limit is None:
        return table
    return table.head(checked_limit(limit))


def checked_limit(limit: int) -> int:
    """The same, or QUERY_INVALID."""
    if not 1 <= limit <= MOST_ROWS:
        raise invalid("limit", limit, f"1 to {MOST_ROWS}")
    return limit


def meta(scope: Scope) -> dict[str, Any]:
    """What every answer says of how it came about."""
    selection, settings = scope.selection, scope.settings
    previous = selection.previous()
    return {
        "profile": scope.profile.name,
        "profile_id": str(scope.profile_id),
        "date_from": selection.date_from.isoformat(),
        "date_to": selection.date_to.isoformat(),
        "compare_from": previous.date_from.isoformat(),
        "compare_to": previous.date_to.isoformat(),
        "model": selection.model,
        "date_basis": selection.date_basis,
        "filters": [str(item) for item in selection.filters],
        "goals": [goal.goal for goal in scope.goals],
        "currency": scope.profile.currency,
        "timezone": scope.profile.timezone,
        "deduct_refunds": scope.profile.deduct_refunds,
        "windows": {
            "click_window_days": settings.click_window_days,
            "view_window_hours": settings.view_window_hours,
            "first_touch_window_days": settings.first_touch_window_days,
            "half_life_days": settings.half_life_days,
            "weights": list(settings.weights),
            "order": settings.order,
            "game": settings.game,
            "fit_on": settings.fit_on,
        },
        "is_partial": selection.date_to >= scope.today,
        "is_stale": scope.is_stale,
    }
