"""What came before conversions: the most frequent sequences of touches, how many there were, and how long they took.

The three queries look at the same conversions and refunds, so that their sums are the same: those of the range and the
asked goals, and with a filter on touches those of whose eligible touches one meets it. A conversion's touches are the
eligible ones of the click window, its time to convert goes from the first of them (A2), whatever the model. What has
none is a row of its own (A5), and a refund stands with its payment's path (T3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.attribution.models import MODELS, NOT_SET
from engine.queries import facts
from engine.queries.dimensions import dimension
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

States = Literal["channel", "source", "campaign"]
STATES: tuple[States, ...] = ("channel", "source", "campaign")

LONGEST_PATH = 10
"""Paths of so many touches and more are counted together."""

HOUR, DAY = 3600, 86400
LAG_EDGES = (
    0, HOUR, *(days * DAY for days in (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 90, 180, 365)),
)  # fmt: skip
"""Where each bucket of `lags` begins, in seconds; the last one ends with the click window."""

_SORTS = {
    "conversions": "conversions",
    "cash": "cash",
    "avg_touches": "touches / nullif(conversions, 0)",
    "avg_seconds_to_convert": "seconds / nullif(conversions, 0)",
}
_FOLDED = "list_filter(path, lambda state, i: i = 1 or state <> path[i - 1])"


def paths(
    scope: Scope,
    *,
    by: States = "channel",
    collapse: bool = False,
    limit: int = 20,
    sort: str | None = None,
    search: str | None = None,
) -> Result:
    """The most frequent sequences of channels before conversions, first touch first.

    One row a sequence, then ``other`` for those left out, then ``unattributed``: together all conversions, and all cash
    of the range (A5). ``paths`` is how many different sequences a row stands for, ``avg_touches`` counts touches
    also where repeats are folded; shares are of the totals of ``meta``.

    Args:
        scope: what is asked.
        by: what a touch is named by.
        collapse: fold immediate repeats of one channel into one.
        limit: sequences listed.
        sort: ``FIELD`` or ``FIELD:asc``: conversions, cash, avg_touches, avg_seconds_to_convert.
        search: only sequences in which a touch's name contains this.
    """
    if by not in STATES:
        raise invalid("by", by, ", ".join(STATES))
    name, _, direction = (sort or "conversions").partition(":")
    if name not in _SORTS:
        raise invalid("sort", name, "a field of " + ", ".join(_SORTS))
    if direction not in {"", "asc", "desc"}:
        raise invalid("sort", sort, "FIELD, FIELD:asc or FIELD:desc")
    order = f"{_SORTS[name]} {'asc' if direction == 'asc' else 'desc'} nulls last, cash desc, path"
    asked = asked_entries(scope)
    parameters = asked.parameters | {"limit": checked_limit(limit)}
    searched = ""
    if search:
        parameters["search"] = search
        searched = "where len(list_filter(path, lambda state: contains(lower(state), lower($search)))) > 0"
    rows = scope.frame(
        f"""with asked as ({asked.sql}),
            walked as ({walked(scope, f"list(coalesce({dimension(by).credit}, '{NOT_SET}') order by p.position)")}),
            grouped as (
                select {_FOLDED if collapse else "path"} as path, count(*) filter (is_counted) as conversions,
                       coalesce(sum(cash), 0)::double as cash,
                       coalesce(sum(touch_count) filter (is_counted), 0)::double as touches,
                       coalesce(sum(seconds) filter (is_counted), 0)::double as seconds
                from asked join walked using (entry_no) group by 1
            ), ranked as (
                select *, row_number() over (order by {order}) as place from grouped {searched}
            )
            select case when place <= $limit then path end as path, if(place <= $limit, 'value', 'other') as row,
                   count(*) as paths, sum(conversions)::bigint as conversions, sum(cash) as cash,
                   sum(touches) as touches, sum(seconds) as seconds, min(place) as place
            from ranked group by case when place <= $limit then place end, 1, 2
            union all
            select null, 'unattributed', 0, count(*) filter (is_counted), coalesce(sum(cash), 0)::double, 0, 0, null
            from asked where touch_count = 0 having {"false" if search else "count(*) > 0"}
            order by place nulls last""",
        parameters,
    )
    totals = _totals(scope, asked)
    conversions, cash = totals["conversions"], totals["cash"]
    counted = pl.when(pl.col("conversions") > 0).then(pl.col("conversions"))
    table = rows.select(
        "path",
        "row",
        "paths",
        "conversions",
        pl.col("cash").round(6),
        _percent("conversions", conversions).alias("share_percent"),
        _percent("cash", cash).alias("cash_share_percent"),
        (pl.when(pl.col("paths") > 0).then("touches") / counted).round(6).alias("avg_touches"),
        (pl.when(pl.col("paths") > 0).then("seconds") / counted).round(6).alias("avg_seconds_to_convert"),
    )
    found = int(rows["paths"].sum())
    return Result(table, meta(scope) | {"by": by, "collapse": collapse, "paths": found, "totals": totals})


def lags(scope: Scope) -> Result:
    """How long it took from the first eligible touch to the conversion, as a histogram over the click window.

    One row a bucket, ``from_seconds`` included and ``to_seconds`` not, but for the last, which ends with the window;
    then ``unattributed``. ``cumulative_percent`` is of the conversions that have touches; shares are of all.
    """
    asked = asked_entries(scope)
    window = round(scope.settings.click_window_days * DAY)
    edges = [edge for edge in LAG_EDGES if edge < window]
    rows = scope.frame(
        f"""with asked as ({asked.sql}), walked as ({walked(scope)})
            select {" + ".join(f"(seconds >= {edge})::bigint" for edge in edges)} as bucket,
                   count(*) filter (is_counted) as conversions, coalesce(sum(cash), 0)::double as cash
            from asked left join walked using (entry_no)
            group by 1""",
        asked.parameters,
    )
    buckets = pl.DataFrame(
        {"bucket": [*range(1, len(edges) + 1), None], "from_seconds": [*edges, None],
         "to_seconds": [*edges[1:], window, None], "row": ["value"] * len(edges) + ["unattributed"]},
        schema={"bucket": pl.Int64, "from_seconds": pl.Int64, "to_seconds": pl.Int64, "row": pl.String},
    )  # fmt: skip
    table = buckets.join(rows, on="bucket", how="left", nulls_equal=True, maintain_order="left")
    table = table.with_columns(pl.col("conversions").fill_null(0), pl.col("cash").fill_null(0))
    totals = _totals(scope, asked)
    reached = pl.when(pl.col("row") == "value").then("conversions")
    table = table.select(
        "from_seconds",
        "to_seconds",
        "row",
        "conversions",
        pl.col("cash").round(6),
        _percent("conversions", totals["conversions"]).alias("share_percent"),
        (100 * reached.cum_sum() / pl.when(reached.sum() > 0).then(reached.sum())).round(6).alias("cumulative_percent"),
    )
    return Result(table, meta(scope) | {"totals": totals})


def path_lengths(scope: Scope) -> Result:
    """Conversions and cash by the number of eligible touches before them, in the click window; 0: Unattributed (A5).

    ``touches`` goes from 0 to 10, the last for ten and more. With a filter on touches: conversions of whose eligible
    touches one meets it. ``meta`` has the ``mean`` number of touches of conversions that have any, and ``coverage``:
    conversions and cash ``within`` the click window, ``first_touch_only`` (a touch in the first-touch window alone) and
    with ``none``; no value under a filter on touches.
    """
    asked = asked_entries(scope)
    counted = scope.frame(
        f"""select least(touch_count, {LONGEST_PATH})::bigint as touches,
                   count(*) filter (is_counted) as conversions, coalesce(sum(cash), 0)::double as cash,
                   coalesce(sum(touch_count) filter (is_counted), 0)::double as all_touches,
                   count(*) filter (is_counted and first_count > 0) as first_conversions,
                   coalesce(sum(cash) filter (first_count > 0), 0)::double as first_cash
            from ({asked.sql}) group by 1""",
        asked.parameters,
    )
    lengths = pl.DataFrame({"touches": range(LONGEST_PATH + 1)}, schema={"touches": pl.Int64})
    table = lengths.join(counted, on="touches", how="left").sort("touches").fill_null(0)
    without, reached = table.row(0, named=True), table.filter(pl.col("touches") > 0)
    number = int(reached["conversions"].sum())
    coverage = {
        "within": {"conversions": number, "cash": round(float(reached["cash"].sum()), 6)},
        "first_touch_only": {
            "conversions": without["first_conversions"],
            "cash": round(without["first_cash"], 6),
        },
        "none": {
            "conversions": without["conversions"] - without["first_conversions"],
            "cash": round(without["cash"] - without["first_cash"], 6),
        },
    }
    told = {
        "mean": round(float(table["all_touches"].sum()) / number, 6) if number else None,
        "coverage": None if facts.has_touch_filter(scope) else coverage,
    }
    return Result(table.select("touches", "conversions", pl.col("cash").round(6)), meta(scope) | told)


def asked_entries(scope: Scope) -> facts.Relation:
    """Conversions that count and cash entries of the range; with a filter on touches, those that one meeting it led
    to."""
    relation = facts.entries(scope)
    sql = f"select * from ({relation.sql}) where (is_counted or cash is not null)"
    if not facts.has_touch_filter(scope):
        return facts.Relation(sql, relation.parameters)
    # Every eligible touch has credit under this model.
    touched = facts.credit(
        scope.over(replace(scope.selection, date_basis="conversion")), [MODELS["linear"]], extra=("p.entry_no",)
    )
    return facts.Relation(
        f"{sql} and entry_no in (select entry_no from ({touched.sql}))", relation.parameters | touched.parameters
    )


def walked(scope: Scope, path: str = "") -> str:
    """For each entry of the range that has touches: seconds from the first one, and its ``path``, if that is asked."""
    return (
        f"select p.entry_no, max(p.age_seconds) as seconds{f', {path} as path' if path else ''}"
        f" from {scope.tables.paths} p"
        " join touch_origins o on o.profile_id = p.profile_id and o.origin_no = p.origin_no"
        " where p.profile_id = $profile and p.position > 0 and p.booked_on between $date_from and $date_to"
        " group by p.entry_no"
    )


def _totals(scope: Scope, asked: facts.Relation) -> dict[str, Any]:
    """Conversions, cash, and the usual number of touches and time to convert of conversions that have touches."""
    told = scope.frame(
        f"""with asked as ({asked.sql}), walked as ({walked(scope)})
            select count(*) filter (is_counted) as conversions, round(coalesce(sum(cash), 0)::double, 6) as cash,
                   count(seconds) filter (is_counted) as with_touches,
                   round(avg(touch_count) filter (is_counted and seconds is not null), 6) as avg_touches,
                   round(avg(seconds) filter (is_counted), 6) as avg_seconds_to_convert,
                   round(median(seconds) filter (is_counted), 6) as median_seconds_to_convert
            from asked left join walked using (entry_no)""",
        asked.parameters,
    )
    return told.row(0, named=True)


def _percent(column: str, total: float) -> pl.Expr:
    """A share of a total; no value where there is none."""
    return (100 * pl.col(column) / total).round(6) if total else pl.lit(None, pl.Float64)
