"""Conversions, revenue and cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from engine.attribution.models import NOT_SET
from engine.queries import facts
from engine.queries.measure import measure
from engine.queries.result import Result
from engine.queries.traffic import by_day, meta, outside, timeseries

if TYPE_CHECKING:
    from engine.queries.scope import Scope
    from engine.queries.traffic import Bucket

_COUNTED = """
from conversions c join goals g on g.profile_id = c.profile_id and g.goal = c.goal
where c.profile_id = $profile and c.converted_on between $date_from and $date_to
"""


def _conversions(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Conversions of the range, of every goal or of those asked for."""
    bound: dict[str, Any] = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    if not scope.selection.goals:
        return _COUNTED, bound
    return _COUNTED + " and list_contains($goals, c.goal)", bound | {"goals": [goal.goal for goal in scope.goals]}


def conversions(scope: Scope) -> Result:
    """Conversions by goal, negative and ineligible goals included; ``outcomes`` are those the overview counts (G2)."""
    source, bound = _conversions(scope)
    table = scope.frame(
        f"""select g.goal as event_type, g.name, g.revenue_type, g.is_eligible, g.is_negative, count(*) as count,
                   count(*) filter (c.is_eligible and c.counts_as_outcome) as outcomes,
                   coalesce(sum(c.amount_reporting), 0)::double as value
            {source} group by all order by count desc, event_type""",
        bound,
    )
    return Result(table, meta(scope))


def conversions_timeseries(scope: Scope) -> Result:
    """Conversions by day and goal."""
    source, bound = _conversions(scope)
    table = scope.frame(
        f"""select c.converted_on as date, g.goal as event_type, count(*) as count,
                   count(*) filter (c.is_eligible and c.counts_as_outcome) as outcomes
            {source} group by all order by date, event_type""",
        bound,
    )
    return Result(table, meta(scope))


def revenue(scope: Scope, by: Bucket = "day") -> Result:
    """Revenue from ads, attributed revenue, cash and spend by day.

    Per model and range of conversion dates, attributed + Unattributed = cash (A5); with ``date_basis=touch`` credit
    stands
    on the touch's day, and ``outside`` in the totals completes it (A8).
    """
    days = timeseries(scope, by).table
    more = measure(
        scope, ("unattributed_revenue", "gross_revenue", "refunded", "ad_revenue_without_spend"), by_day(scope, by)
    )
    more = more.with_columns(pl.col("value").str.to_date().alias("date")).drop("value")
    table = days.select("date", "revenue", "spend", "roas", "attributed_revenue", "cash_revenue", "is_partial").join(
        more, on="date", how="left"
    )
    if not facts.has_touch_filter(scope):
        table = table.with_columns(pl.col("unattributed_revenue", "gross_revenue", "refunded").fill_null(0))
    table = table.with_columns(pl.col("ad_revenue_without_spend").fill_null(0))
    summed = ("ad_revenue", "attributed_revenue", "unattributed_revenue", "cash_revenue", "spend")
    totals: dict[str, Any] = measure(scope, summed).row(0, named=True)
    if scope.selection.date_basis == "touch" and not facts.has_touch_filter(scope):
        totals["outside_revenue"] = outside(scope)[1]
    totals["revenue"] = totals.pop("ad_revenue")
    return Result(table, meta(scope) | {"by": by, "totals": totals})


def cash(scope: Scope) -> Result:
    """Cash collected by payment source and original currency, whatever the model; refunds are negative (T3)."""
    source, bound = _cash(scope)
    table = scope.frame(
        f"""select source, currency, sum(amount)::double as total,
                   count(*) filter (entry = 'payment') as count,
                   coalesce(sum(amount) filter (entry = 'payment'), 0)::double as gross,
                   coalesce(sum(amount) filter (entry = 'refund'), 0)::double as refunded,
                   count(*) filter (entry = 'refund') as refunds,
                   coalesce(sum(amount_reporting), 0)::double as total_reporting,
                   count(*) filter (amount_reporting is null) as unconverted
            from ({source}) group by all order by total_reporting desc, source, currency""",
        bound,
    )
    return Result(table, meta(scope))


def _cash(scope: Scope) -> tuple[str, dict[str, Any]]:
    bound: dict[str, Any] = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    conditions = ["x.profile_id = $profile", "x.booked_on between $date_from and $date_to"]
    if not scope.profile.deduct_refunds:
        conditions.append("x.entry = 'payment'")
    if scope.selection.goals:
        conditions.append(
            "x.conversion_id in (select conversion_id from conversions"
            " where profile_id = $profile and list_contains($goals, goal))"
        )
        bound["goals"] = [goal.goal for goal in scope.goals]
    return (
        f"""select x.entry, x.currency, x.amount, x.amount_reporting,
                   coalesce(lower(r.source), case when x.raw_table = 'raw_events' then 'website' end, '{NOT_SET}') as
                   source
            from cash x
            left join (select record_key, arg_max(source, as_of) as source from raw_conversions
                       where profile_id = $profile group by 1) r
                on r.record_key = x.record_key and x.raw_table = 'raw_conversions'
            where {" and ".join(conditions)}""",
        bound,
    )
