"""Whether records still come: hours without visits against the usual, and sources that went quiet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from engine.queries import facts
from engine.queries.result import Result
from engine.queries.traffic import meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

Row = dict[str, Any]

LEAST_EXPECTED = 12.0
"""Visits that usually begin in the hours of a gap: of as many, none at all is one case in 160,000 (Poisson)."""
_BACK = timedelta(days=56)  # weeks from which the usual hour of a weekday is learned
FRESH = timedelta(hours=26)  # a connection synced daily is no older
_QUIET_DAYS, _QUIET_TIMES = 2, 3  # a source is quiet after two days, or three of its usual pauses
_WEEK, _LEAST_HOURS = 7 * 24, 14 * 24


def gaps(scope: Scope) -> Result:
    """Stretches of hours in which no visit began where at least twelve usually do, within the range; gravest first.

    The usual is the mean of the same hours of the week over the range and the eight weeks before. ``expected`` visits
    did not come; ``conversions`` and ``cash`` of those hours lack the touches they might have had.
    """
    zone = ZoneInfo(scope.profile.timezone)
    begin = datetime.combine(scope.selection.date_from, datetime.min.time(), zone)
    end = datetime.combine(scope.selection.date_to + timedelta(days=1), datetime.min.time(), zone)
    end = min(end, scope.now)
    hours = _hours(scope, begin - _BACK, end)
    rows: list[Row] = []
    if hours.height >= _LEAST_HOURS:
        usual = hours.group_by("slot").agg(pl.col("visits").mean().alias("usual"))
        first = _hour(begin)
        hours = hours.join(usual, on="slot").sort("hour").filter(pl.col("hour") >= first)
        run = (pl.col("visits") > 0).cum_sum()
        silent = hours.with_columns(run.alias("run")).filter(pl.col("visits") == 0)
        found = silent.group_by("run").agg(
            pl.col("hour").min().alias("started"), pl.len().alias("hours"), pl.col("usual").sum().alias("expected")
        )
        rows = [
            {
                "started_at": datetime.fromtimestamp(row["started"] * 3600, ZoneInfo("UTC")).replace(tzinfo=None),
                "hours": row["hours"],
                "expected": round(row["expected"], 1),
            }
            for row in found.filter(pl.col("expected") >= LEAST_EXPECTED).iter_rows(named=True)
        ]
    entries = facts.entries(scope)
    for row in rows:
        row["ended_at"] = row["started_at"] + timedelta(hours=row["hours"])
        row["is_open"] = row["ended_at"] >= scope.now.replace(tzinfo=None) - timedelta(hours=1)
        within = scope.frame(
            f"""select count(*) filter (is_outcome) as conversions, coalesce(sum(cash), 0)::double as cash
                from ({entries.sql}) where occurred_at >= $started and occurred_at < $ended""",
            {**entries.parameters, "started": row["started_at"], "ended": row["ended_at"]},
        ).row(0, named=True)
        row |= within
    table = pl.DataFrame(rows, schema=_GAPS).sort(["expected", "started_at"], descending=[True, False])
    return Result(table, meta(scope))


_GAPS: dict[str, Any] = {
    "started_at": pl.Datetime("us"),
    "ended_at": pl.Datetime("us"),
    "hours": pl.Int64,
    "expected": pl.Float64,
    "is_open": pl.Boolean,
    "conversions": pl.Int64,
    "cash": pl.Float64,
}


def _hour(moment: datetime) -> int:
    return int(moment.timestamp() // 3600)


def _hours(scope: Scope, begin: datetime, end: datetime) -> pl.DataFrame:
    """Visits begun in each hour from the first one on: ``hour`` (since 1970), its ``slot`` in the week, ``visits``.

    The hour that is not over yet is left out.
    """
    table = scope.frame(
        """select epoch(started_at)::bigint // 3600 as hour, count(*) as visits
           from visits where profile_id = $profile and started_at >= $begin and started_at < $end
           group by 1""",
        {
            "begin": begin.astimezone(ZoneInfo("UTC")).replace(tzinfo=None),
            "end": end.astimezone(ZoneInfo("UTC")).replace(tzinfo=None),
        },
    )
    schema = {"hour": pl.Int64, "slot": pl.Int64, "visits": pl.Int64}
    if table.is_empty():
        return pl.DataFrame(schema=schema)
    zone = ZoneInfo(scope.profile.timezone)
    hours = range(int(table["hour"].to_numpy().min()), _hour(end))
    slots = [
        local.weekday() * 24 + local.hour
        for local in (datetime.fromtimestamp(hour * 3600, ZoneInfo("UTC")).astimezone(zone) for hour in hours)
    ]
    every = pl.DataFrame({"hour": list(hours), "slot": slots}, schema={"hour": pl.Int64, "slot": pl.Int64})
    return every.join(table, on="hour", how="left").with_columns(pl.col("visits").fill_null(0))


def freshness(scope: Scope) -> Result:
    """Connections and kinds of records, with when they last brought anything and what is wrong with them.

    ``state``: fresh, stale (a connection without a sync for 26 hours, or a kind of record without a day for three of
    its usual pauses), failed (the last sync did), paused, never.
    """
    rows = [*_connections(scope), *_kinds(scope)]
    return Result(pl.DataFrame(rows, schema=_SOURCES), meta(scope))


_SOURCES: dict[str, Any] = {
    "source": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "state": pl.String,
    "last_at": pl.Datetime("us"),
    "days": pl.Float64,
    "error": pl.String,
    "cash": pl.Float64,
    "spend": pl.Float64,
}


def _connections(scope: Scope) -> list[Row]:
    table = scope.frame(
        """with latest as (
               select connection_id, arg_max(outcome, run_id) as outcome, arg_max(error, run_id) as error
               from sync_runs where outcome <> 'running' group by connection_id, stream
           ), told as (
               select c.connection_id, c.name, c.provider, c.is_paused, c.created_at,
                      max(r.ended_at) filter (r.outcome = 'done') as last_at
               from connections c left join sync_runs r using (connection_id)
               where c.profile_id = $profile and c.removed_at is null group by all
           )
           select t.*, coalesce(l.has_failed, false) as has_failed, l.error
           from told t
           left join (select connection_id, bool_or(outcome = 'failed') as has_failed,
                             any_value(error->>'$.code') filter (outcome = 'failed') as error
                      from latest group by connection_id) l using (connection_id)
           order by lower(t.name)"""
    )
    now = scope.now.replace(tzinfo=None)
    rows: list[Row] = []
    for row in table.iter_rows(named=True):
        last = row["last_at"]
        state = "fresh"
        if row["is_paused"]:
            state = "paused"
        elif row["has_failed"]:
            state = "failed"
        elif last is None:
            state = "never"
        elif now - last > FRESH:
            state = "stale"
        rows.append(
            {
                "source": row["provider"],
                "name": row["name"],
                "kind": "connection",
                "state": state,
                "last_at": last,
                "days": (now - last).total_seconds() / 86_400 if last else None,
                "error": row["error"],
            }
        )
    return rows


def _kinds(scope: Scope) -> list[Row]:
    """Visits, conversions and spend by their last day, and the median pause between days that have any."""
    table = scope.frame(
        """with days as (
               select distinct 'visits' as kind, started_on as day from visits where profile_id = $profile
               union all select distinct 'conversions', converted_on from conversions where profile_id = $profile
               union all select distinct 'spend', spent_on from ad_daily where profile_id = $profile
           ), paused as (
               select kind, day, day - lag(day) over (partition by kind order by day) as pause from days
               where day <= $today
           )
           select kind, max(day) as last_on, coalesce(median(pause), 1)::double as pause from paused
           group by kind order by kind""",
        {"today": scope.today},
    )
    rows: list[Row] = []
    for row in table.iter_rows(named=True):
        days = (scope.today - row["last_on"]).days
        is_quiet = days > max(_QUIET_DAYS, _QUIET_TIMES * row["pause"])
        rows.append(
            {
                "source": row["kind"],
                "name": row["kind"],
                "kind": "records",
                "state": "stale" if is_quiet else "fresh",
                "last_at": datetime.combine(row["last_on"], datetime.min.time()),
                "days": float(days),
            }
        )
    return rows
