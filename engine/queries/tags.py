"""The audit of tags: what is written in several ways, names no ad, stands on internal links, or is missing (C1, A6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from engine.queries import facts
from engine.queries.result import Result
from engine.queries.traffic import checked_limit, meta

if TYPE_CHECKING:
    from engine.queries.scope import Scope

Row = dict[str, Any]

FINDINGS = ("case", "spelling", "ambiguous", "unresolved", "internal", "untagged_paid", "partial")
"""One value in several cases or with other separators; nearly the same value; a campaign's name that two have; a
campaign nobody knows; tags on a link within the site; a paid click without tags; some tags, not all."""

_FIELDS = ("source", "medium", "campaign")
_FREE_CHANNELS = ("Organic Search", "Organic Social", "Referral", "Direct")
_MOST_COMPARED = 400
_SHORTEST = 6
_RARE = 0.2
_HEAD = """
with credited as (
    select touch_id, sum(credit_0 * cash) as cash from ({credit}) group by 1
), seen as (
    select v.visit_id, v.tagged_source, v.medium, v.campaign, v.click_id_kind, v.platform, v.channel,
           v.started_on between $date_from and $date_to as is_inside, coalesce(c.cash, 0) as cash
    from visits v left join credited c on c.touch_id = v.visit_id
    where v.profile_id = $profile and (v.started_on between $date_from and $date_to or c.cash is not null)
)"""


def utm_audit(scope: Scope, *, limit: int = 1000, search: str | None = None) -> Result:
    """Findings about tags, each with its visits in the range and the range's cash credited to touches it distorts.

    ``value`` is what is written most; ``variants`` everything that should be it. Cash is the selected model's credit.
    """
    tagged = _tagged(scope)
    rows = [*_variants(tagged), *_ads(scope), *_internal(scope), *_missing(tagged)]
    visits, cash = _whole(scope)
    for row in rows:
        row["visit_share"] = 100 * row["visits"] / visits if visits else None
        row["cash_share"] = 100 * row["cash"] / cash if cash else None
        row["cash"] = round(row["cash"], 6)
    rows.sort(
        key=lambda row: (-abs(row["cash"]), -row["visits"], row["finding"], row["field"] or "", row["value"] or "")
    )
    table = pl.DataFrame(rows, schema=_SCHEMA)
    if search:
        text = pl.concat_str(
            [pl.col("finding"), pl.col("field").fill_null(""), pl.col("value").fill_null(""),
             pl.col("variants").list.join(" ")], separator=" ",
        )  # fmt: skip
        table = table.filter(text.str.to_lowercase().str.contains(search.lower(), literal=True))
    return Result(table.head(checked_limit(limit)), meta(scope) | {"findings": table.height})


_SCHEMA: dict[str, Any] = {
    "finding": pl.String,
    "field": pl.String,
    "value": pl.String,
    "variants": pl.List(pl.String),
    "platform": pl.String,
    "visits": pl.Int64,
    "cash": pl.Float64,
    "visit_share": pl.Float64,
    "cash_share": pl.Float64,
}


def _row(finding: str, row: Row, **facts_: Any) -> Row:
    told: Row = {"finding": finding, "field": None, "value": None, "variants": [], "platform": None, **row, **facts_}
    return {name: told.get(name) for name in _SCHEMA}


def _head(scope: Scope) -> tuple[str, Row]:
    credit = facts.credit(scope, [scope.model], extra=("p.touch_id",))
    bound = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    return _HEAD.format(credit=credit.sql).strip(), {**credit.parameters, **bound}


def _whole(scope: Scope) -> tuple[int, float]:
    bound = {"date_from": scope.selection.date_from, "date_to": scope.selection.date_to}
    row = scope.frame(
        """select (select count(*) from visits
                   where profile_id = $profile and started_on between $date_from and $date_to) as visits""",
        bound,
    ).row(0, named=True)
    entries = facts.entries(scope)
    cash = scope.frame(f"select coalesce(sum(cash), 0)::double as cash from ({entries.sql})", entries.parameters)
    return int(row["visits"]), float(cash["cash"][0])


def _tagged(scope: Scope) -> pl.DataFrame:
    """What visits are tagged with, and how many of the range and how much cash each combination has."""
    head, bound = _head(scope)
    return scope.frame(
        f"""{head}
        select tagged_source as source, medium, campaign, click_id_kind, platform, channel,
               count(*) filter (is_inside) as visits, sum(cash) as cash
        from seen group by all""",
        bound,
    )


def _summed(table: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Visits and cash by some columns, where a visit of the range has them."""
    table = table.group_by(by).agg(pl.col("visits").sum(), pl.col("cash").sum())
    return table.filter(pl.col("visits") > 0).sort(["visits", *by], descending=[True, *(False for _ in by)])


def _variants(tagged: pl.DataFrame) -> list[Row]:
    """One value written in several ways: other case or separators, or one letter more, less or other."""
    found: list[Row] = []
    for field in _FIELDS:
        table = _summed(tagged.filter(pl.col(field).is_not_null()), field).rename({field: "written"})
        table = table.with_columns(
            pl.col("written").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]", "").alias("plain")
        )
        groups: dict[str, list[Row]] = {}
        for row in table.iter_rows(named=True):
            groups.setdefault(row["plain"] or row["written"], []).append(row)
        found += [_spelt(field, "case", rows) for rows in groups.values() if len(rows) > 1]
        found += [_spelt(field, "spelling", [kept, typo]) for kept, typo in _typos(list(groups.values()))]
    return found


def _spelt(field: str, finding: str, rows: list[Row]) -> Row:
    kept, *others = sorted(rows, key=lambda row: (-row["visits"], row["written"]))
    return _row(
        finding,
        {
            "field": field,
            "value": kept["written"],
            "variants": [row["written"] for row in others],
            "visits": sum(row["visits"] for row in others),
            "cash": float(sum(row["cash"] for row in others)),
        },
    )


def _typos(groups: list[list[Row]]) -> list[tuple[Row, Row]]:
    """Rare values one letter away from a frequent one. A digit that differs counts things; it is no slip."""
    summed: list[Row] = [
        {**rows[0], "visits": sum(row["visits"] for row in rows), "cash": sum(row["cash"] for row in rows)}
        for rows in groups
    ]
    summed = sorted((row for row in summed if len(row["plain"]) >= _SHORTEST), key=lambda row: -row["visits"])
    found: list[tuple[Row, Row]] = []
    taken: set[str] = set()
    for place, kept in enumerate(summed[:_MOST_COMPARED]):
        for other in summed[place + 1 : _MOST_COMPARED]:
            is_rare = other["visits"] <= _RARE * kept["visits"]
            if is_rare and other["plain"] not in taken and _one_slip(kept["plain"], other["plain"]):
                taken.add(other["plain"])
                found.append((kept, other))
    return found


def _one_slip(one: str, other: str) -> bool:
    """One letter more, less or other, or two neighbours swapped."""
    if abs(len(one) - len(other)) > 1 or [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    first = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    tails = one[first:], other[first:]
    if len(one) == len(other):
        return tails[0][1:] == tails[1][1:] or (
            tails[0][:2] == tails[1][:2][::-1] and tails[0][2:] == tails[1][2:] and len(tails[0]) > 1
        )
    return tails[0][1:] == tails[1] or tails[1][1:] == tails[0]


def _ads(scope: Scope) -> list[Row]:
    """Touches that name an ad which is not found, or is found twice (A6)."""
    head, bound = _head(scope)
    table = scope.frame(
        f"""{head}, names as (
            select platform, lower(trim(name)) as name, count(distinct entity_id) as entities
            from ad_entities where profile_id = $profile and level = 'campaign' and name is not null group by all
        )
        select t.platform, t.campaign as value, count(*) filter (t.touched_on between $date_from and $date_to) as
               visits, coalesce(sum(c.cash), 0) as cash, max(coalesce(n.entities, 0)) as entities
        from touches t
        left join credited c using (touch_id)
        left join names n on n.platform = t.platform and n.name = lower(trim(t.campaign))
        where t.profile_id = $profile and t.is_unresolved
          and (t.touched_on between $date_from and $date_to or c.cash is not null)
        group by t.platform, t.campaign""",
        bound,
    )
    return [
        _row("ambiguous" if row["entities"] > 1 else "unresolved", row, field="campaign")
        for row in table.iter_rows(named=True)
        if row["visits"]
    ]


def _internal(scope: Scope) -> list[Row]:
    """Links within the site that carry tags: each begins a visit of a source that sent nobody (E2)."""
    credit = facts.credit(scope, [scope.model], extra=("p.touch_id",))
    domains = [domain.lower() for domain in scope.profile.domains]
    table = scope.frame(
        f"""with linked as (
            select e.visit_id, e.event_key, regexp_extract(r.url, '(?i)[?&]utm_source=([^&#]*)', 1) as source,
                   lower(regexp_extract(r.url, '^[a-zA-Z]+://([^/?#:]+)', 1)) as host,
                   lower(regexp_extract(r.referrer, '^[a-zA-Z]+://([^/?#:]+)', 1)) as from_host
            from events e
            join raw_events r on r.profile_id = e.profile_id and r.record_key = e.event_key
                and r.content_hash = e.content_hash
            where e.profile_id = $profile and e.event_type = 'page_view' and e.visit_id is not null
              and r.referrer is not null and regexp_matches(r.url, '(?i)[?&]utm_(source|medium|campaign)=')
              and e.occurred_at >= $begin and e.occurred_at < $end
        ), own as (
            select * from linked
            where from_host <> '' and (from_host = host or len(list_filter($domains, lambda d:
                      from_host = d or ends_with(from_host, '.' || d))) > 0)
        ), credited as (
            select touch_id, sum(credit_0 * cash) as cash from ({credit.sql})
            where touch_id in (select visit_id from own) group by 1
        )
        select o.source as value, count(distinct o.visit_id) as visits,
               coalesce(sum(c.cash) filter (o.event_key = o.visit_id), 0) as cash
        from own o left join credited c on c.touch_id = o.visit_id
        group by 1""",
        {**credit.parameters, **scope.instants, "domains": domains},
    )
    return [_row("internal", row, field="source") for row in table.iter_rows(named=True)]


def _missing(tagged: pl.DataFrame) -> list[Row]:
    """Paid clicks that no tag explains, and tags of which some are missing."""
    has_none = pl.all_horizontal(pl.col(_FIELDS).is_null())
    clicks = tagged.filter(has_none & pl.col("click_id_kind").is_not_null())
    found = [
        _row("untagged_paid", row, field="click_id", value=row["click_id_kind"])
        for row in _summed(clicks, "click_id_kind", "platform").iter_rows(named=True)
    ]
    is_free = pl.col("channel").is_in(_FREE_CHANNELS)
    partly = tagged.filter(
        ~has_none
        & (pl.col("source").is_null() | pl.col("medium").is_null() | (pl.col("campaign").is_null() & ~is_free))
    ).with_columns(
        pl.when(pl.col("source").is_null()).then(pl.lit("source"))
        .when(pl.col("medium").is_null()).then(pl.lit("medium"))
        .otherwise(pl.lit("campaign")).alias("field"),
        pl.coalesce(_FIELDS).alias("value"),
    )  # fmt: skip
    return found + [_row("partial", row) for row in _summed(partly, "field", "value").iter_rows(named=True)]
