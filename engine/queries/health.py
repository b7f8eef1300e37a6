"""How far the data can be trusted, who is there now, how visits feel."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.queries import facts
from engine.queries.measure import measure
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

ONLINE = timedelta(minutes=5)
Breakdown = Literal["none", "page", "day"]
BREAKDOWNS: tuple[Breakdown, ...] = ("none", "page", "day")
_BANDS = ((90.0, "excellent"), (80.0, "good"), (60.0, "caution"), (0.0, "poor"))


def band(percent: float | None) -> str | None:
    """The band of a coverage (A5): excellent, good, caution, poor."""
    return None if percent is None else next(name for least, name in _BANDS if percent >= least)


def quality(scope: Scope) -> Result:
    """Tracking of conversion events (N3), coverage of the click window (A5), and what could not be resolved."""
    bound: dict[str, Any] = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    goal = ""
    if scope.selection.goals:
        goal = "and list_contains($goals, goal)"
        bound["goals"] = [goal.goal for goal in scope.goals]
    tracked = scope.frame(
        f"""select count(*) as total_events, count(*) filter (tracking = 'full_utms') as with_full_utms,
                   count(*) filter (tracking = 'click_id_only') as with_fbclid_only,
                   count(*) filter (tracking = 'none') as with_no_tracking
            from conversions where profile_id = $profile and converted_on between $date_from and $date_to
              and is_eligible and not is_negative {goal}""",
        bound,
    ).row(0, named=True)
    total = tracked["total_events"]
    tagged = tracked["with_full_utms"] + tracked["with_fbclid_only"]
    covered = scope.frame(
        f"""select count(*) filter (is_outcome) as outcomes,
                   count(*) filter (is_outcome and touch_count > 0) as attributed_outcomes,
                   coalesce(sum(cash), 0)::double as cash_revenue,
                   coalesce(sum(cash) filter (touch_count > 0), 0)::double as covered_revenue,
                   count(*) filter (cash is null and (is_payment or is_refund)) as unconverted,
                   count(*) filter (is_outcome and person_id is null) as unmatched_conversions
            from ({facts.entries(scope).sql})""",
        facts.entries(scope).parameters,
    ).row(0, named=True)
    others = scope.frame(
        """select (select count(*) from events where profile_id = $profile and agent_kind = 'bot'
                     and occurred_at >= $begin and occurred_at < $end)
                      as bot_events,
                  (select count(*) from touches where profile_id = $profile and is_unresolved
                     and touched_on between $date_from and $date_to) as unresolved_ad_touches,
                  (select count(*) from identity_conflicts where profile_id = $profile) as identity_conflicts,
                  (select count(*) from identifiers where profile_id = $profile and is_quarantined)
                      as quarantined_identifiers,
                  (select count(*) from ad_daily where profile_id = $profile and spend_reporting is null
                     and spent_on between $date_from and $date_to) as unconverted_spend_rows""",
        bound | scope.instants,
    ).row(0, named=True)
    percent = _percent(covered["attributed_outcomes"], covered["outcomes"])
    data = {
        **tracked,
        "full_utms_percent": _percent(tracked["with_full_utms"], total),
        "fbclid_only_percent": _percent(tracked["with_fbclid_only"], total),
        "no_tracking_percent": _percent(tracked["with_no_tracking"], total),
        "tracking_coverage_percent": _percent(tagged, total),
        "tracking_band": band(_percent(tagged, total)),
        **covered,
        "coverage_percent": percent,
        "coverage_band": band(percent),
        "cash_coverage_percent": _percent(covered["covered_revenue"], covered["cash_revenue"]),
        **others,
    }
    return Result(_listed(data), meta(scope), data)


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 6) if whole else None


def _listed(data: dict[str, Any]) -> pl.DataFrame:
    """Figures as rows: name and value as text."""
    return pl.DataFrame(
        {"metric": list(data), "value": [None if value is None else str(value) for value in data.values()]},
        schema={"metric": pl.String, "value": pl.String},
    )


def realtime(scope: Scope) -> Result:
    """Visitors with an event in the last five minutes; no value when no event is that fresh (E8)."""
    since = (scope.now - ONLINE).replace(tzinfo=None)
    row = scope.frame(
        """select count(distinct v.anonymous_id) as online, max(e.occurred_at) as last_event_at
           from events e left join visits v on v.profile_id = e.profile_id and v.visit_id = e.visit_id
           where e.profile_id = $profile and e.occurred_at > $since and e.occurred_at <= $now
             and e.agent_kind is distinct from 'bot'""",
        {"since": since, "now": scope.now.replace(tzinfo=None)},
    ).row(0, named=True)
    online = int(row["online"]) if row["last_event_at"] is not None else None
    last = scope.cursor.value("select max(occurred_at) from events where profile_id = $1", [scope.profile_id])
    data = {"visitors_online": online, "last_event_at": last}
    table = pl.DataFrame([data], schema={"visitors_online": pl.Int64, "last_event_at": pl.Datetime("us")})
    return Result(table, {"profile": scope.profile.name, "profile_id": str(scope.profile_id)}, data)


def keywords(scope: Scope, *, limit: int = 50, sort: str | None = None, search: str | None = None) -> Result:
    """Search words of a connected search console: impressions, clicks, CTR and average position."""
    from engine.queries.traffic import top

    table = scope.frame(
        """with latest as (
               select * from raw_search_keywords
               where profile_id = $profile and searched_on between $date_from and $date_to
               qualify row_number() over (partition by record_key order by as_of desc, content_hash) = 1
           )
           select keyword, sum(impressions)::bigint as impressions, sum(clicks)::bigint as clicks,
                  100 * sum(clicks) / nullif(sum(impressions), 0) as ctr,
                  sum(avg_position * impressions) / nullif(sum(impressions), 0) as avg_position
           from latest group by keyword""",
        {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to},
    )
    if search:
        table = table.filter(pl.col("keyword").str.to_lowercase().str.contains(search.lower(), literal=True))
    rows = table.height
    return Result(
        top(table, sort, limit, default="clicks", tie="keyword"), meta(scope) | {"rows": rows, "limit": limit}
    )


_SIGNALS = """
with asked as ({traffic}),
told as (
    select e.visit_id, a.started_on, coalesce(e.path, r.path, {path_of_url}, a.entry_page) as page, e.event_type,
           json_transform(r.payload, '{{"scroll_percent": "DOUBLE", "video_percent": "DOUBLE", "metric": "VARCHAR",
                                        "value_ms": "DOUBLE", "value": "DOUBLE"}}') as f
    from asked a
    join events e on e.profile_id = a.profile_id and e.visit_id = a.visit_id
    join raw_events r on r.profile_id = e.profile_id and r.record_key = e.event_key and r.content_hash = e.content_hash
)
select {key} count(distinct visit_id) as visits,
       count(*) filter (event_type = 'page_view') as pageviews,
       avg(f.scroll_percent) filter (f.scroll_percent is not null) as avg_scroll_percent,
       count(*) filter (event_type = 'rage_click') as rage_clicks,
       count(*) filter (event_type = 'dead_click') as dead_clicks,
       count(*) filter (event_type = 'js_error') as js_errors,
       count(*) filter (event_type = 'form_start') as forms_started,
       count(*) filter (event_type in ('lead_submitted', 'form_submitted')) as forms_submitted,
       count(distinct (visit_id, page)) filter (event_type like 'video%') as video_plays,
       count(distinct (visit_id, page)) filter (event_type like 'video%' and f.video_percent >= 100) as
       video_completions,
       {vitals}
       100 * count(*) filter (f.metric = 'LCP' and coalesce(f.value_ms, f.value) <= 2500)
           / nullif(count(*) filter (f.metric = 'LCP'), 0) as lcp_good_percent,
       100 * count(*) filter (f.metric = 'LCP' and coalesce(f.value_ms, f.value) > 4000)
           / nullif(count(*) filter (f.metric = 'LCP'), 0) as lcp_poor_percent
from told {group}
"""
# As the macro url_path of the rebuild.
_PATH_OF_URL = (
    "case when r.url is not null then"
    " coalesce(nullif(regexp_extract(r.url, '^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?(?://)?[^/?#]*([^?#]*)', 1), ''), '/') end"
)
_VITALS = ("LCP", "FCP", "CLS", "INP", "TTFB")


def engagement(scope: Scope, *, by: Breakdown = "none", limit: int = 10) -> Result:
    """Scroll depth, time, frustration, forms, video and web vitals of the range's visits; as a whole, by page or by
    day.

    Display only: these events never become conversions. LCP is good up to 2.5 s and poor above 4 s (web.dev/lcp).
    """
    if by not in BREAKDOWNS:
        raise invalid("by", by, ", ".join(BREAKDOWNS))
    limit = checked_limit(limit)
    relation = facts.traffic(scope)
    vitals = "\n       ".join(
        f"avg(coalesce(f.value_ms, f.value)) filter (f.metric = '{name}') as avg_{name.lower()}," for name in _VITALS
    )

    def signals(key: str) -> pl.DataFrame:
        sql = _SIGNALS.format(
            path_of_url=_PATH_OF_URL,
            traffic=relation.sql,
            vitals=vitals,
            key=f"{key}," if key else "",
            group="group by 1" if key else "",
        )
        return scope.frame(sql, relation.parameters).with_columns(
            (100 * pl.col("forms_submitted") / pl.max_horizontal("forms_started", "forms_submitted"))
            .fill_nan(None)
            .alias("form_completion_percent"),
            (100 * pl.col("video_completions") / pl.col("video_plays"))
            .fill_nan(None)
            .alias("video_completion_percent"),
        )

    row = signals("").row(0, named=True)
    whole = measure(scope, ("avg_engaged_seconds", "avg_engagement_score", "bounce_rate")).row(0, named=True)
    summary = {
        "attention": {**whole, "avg_scroll_percent": row["avg_scroll_percent"]},
        "frustration": {name: row[name] for name in ("rage_clicks", "dead_clicks", "js_errors")},
        "forms": {
            "submitted": row["forms_submitted"],
            "started": row["forms_started"],
            "abandoned": max(row["forms_started"] - row["forms_submitted"], 0),
            "completion_percent": row["form_completion_percent"],
        },
        "video": {
            "plays": row["video_plays"],
            "completions": row["video_completions"],
            "completion_percent": row["video_completion_percent"],
        },
        "web_vitals": {
            **{f"avg_{name.lower()}": row[f"avg_{name.lower()}"] for name in _VITALS},
            "lcp_good_percent": row["lcp_good_percent"],
            "lcp_poor_percent": row["lcp_poor_percent"],
        },
    }
    data: dict[str, Any] = {"summary": summary}
    if by == "none":
        table = _listed({f"{part}.{name}": value for part, group in summary.items() for name, value in group.items()})
    elif by == "page":
        table = signals("page").sort(["pageviews", "page"], descending=[True, False]).head(limit)
        data["pages"] = table.to_dicts()
    else:
        table = signals("started_on as date").sort("date")
        data["daily"] = table.to_dicts()
    return Result(table, meta(scope) | {"by": by}, data)
