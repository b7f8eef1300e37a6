"""Ad campaigns at three levels, their days, and what wears out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from engine.queries.dimensions import acts_on_spend
from engine.queries.measure import By, measure
from engine.queries.metrics import METRICS, with_needs
from engine.queries.result import Result
from engine.queries.selection import invalid
from engine.queries.traffic import UNRESOLVED, meta, top

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.queries.scope import Scope

Level = Literal["campaign", "ad_set", "ad"]
LEVELS: tuple[Level, ...] = ("campaign", "ad_set", "ad")
UNASSIGNED = "(unassigned)"

_SEP = "chr(31)"
_PARTS: dict[Level, tuple[str, ...]] = {
    "campaign": ("campaign_id",),
    "ad_set": ("campaign_id", "ad_set_id"),
    "ad": ("campaign_id", "ad_set_id", "ad_id"),
}

DELIVERY = (
    "spend", "impressions", "clicks", "reach", "ctr", "avg_cpm", "avg_cpc", "frequency", "video_plays", "hook_rate",
    "retention_rate", "completion_rate", "thumb_stop_rate", "avg_watch_seconds",
    "video_3s", "video_p75", "video_p100", "watch_seconds",
)  # fmt: skip
CREDITED = ("ad_conversions", "ad_revenue", "roas", "cac", "ad_revenue_without_spend")
_NAMES = {"ad_conversions": "outcome_count", "ad_revenue": "outcome_value"}
_FACTS = ("channel", "account", "status", "objective", "daily_budget", "currency", "first_on", "last_on")

_DIGITS = 6
FATIGUE_DROP = 0.20
FATIGUE_FREQUENCY = 3.0
FATIGUE_IMPRESSIONS = 1_000
_SLACK = 1e-9  # a change of exactly 20 % is one, though no binary fraction holds it


def by_entity(level: Level) -> By:
    """Rows by ad entity as ``platform / campaign / ad set / ad``; what is known only above it is "(unassigned)"
    (A6)."""
    if level not in LEVELS:
        raise invalid("level", level, ", ".join(LEVELS))

    def key(alias: str) -> str:
        parts = [f"{alias}.platform", *(f"coalesce({alias}.{part}, '{UNASSIGNED}')" for part in _PARTS[level])]
        return f" || {_SEP} || ".join(parts)

    credit = f"case when o.campaign_id is null then '{UNRESOLVED}' else {key('o')} end"
    return By(credit=credit, spend=key("d"), credit_where="(p.is_ad or p.is_ad_unspent)")


def campaigns(
    scope: Scope,
    *,
    level: Level = "campaign",
    limit: int | None = 10,
    sort: str | None = None,
    search: str | None = None,
) -> Result:
    """Ad entities with delivery or credit in the range, most credited revenue first; each level ties to the overview.

    ``outcome_count`` and ``outcome_value`` are credited ad conversions and ad revenue (A7). Rows "(unassigned)" hold
    what
    is known only above the level, "(unresolved)" ad touches that name no known entity (A6). Search and limit act on
    entities; the totals of every row stand in ``meta``.
    """
    table = entities(scope, level)
    totals = measure(scope, (*DELIVERY, *CREDITED)).rename(_NAMES).row(0, named=True)
    others = table.filter(pl.col("row") != "entity")
    listed = table.filter(pl.col("row") == "entity")
    if search is not None:
        listed = listed.filter(pl.col("entity_name").str.to_lowercase().str.contains(search.lower(), literal=True))
        others = others.clear()
    count = listed.height
    listed = top(listed, sort, limit, default="outcome_value", tie="entity_id")
    return Result(
        pl.concat([listed, others.sort("row", "platform", "campaign_id")]),
        meta(scope) | {"level": level, "rows": count, "limit": limit, "totals": totals},
    )


def entities(scope: Scope, level: Level, metrics: Sequence[str] = (*DELIVERY, *CREDITED)) -> pl.DataFrame:
    """Every entity of a level with its metrics, names and parents; ``row`` is entity, unassigned or unresolved."""
    table = measure(scope, metrics, by_entity(level)).rename({k: v for k, v in _NAMES.items() if k in metrics})
    keys = pl.col("value").str.split(chr(31))
    parts = ("platform", *_PARTS[level])
    table = table.with_columns(
        pl.when(pl.col("value") != UNRESOLVED).then(keys.list.get(index, null_on_oob=True)).alias(part)
        for index, part in enumerate(parts)
    )
    names = scope.frame(
        """select platform, level, entity_id, name, channel, account, status, objective,
                  daily_budget::double as daily_budget, currency, first_on, last_on
           from ad_entities where profile_id = $profile"""
    )
    own = parts[-1]
    table = _named(table, names, level, own, "entity_name", _FACTS)
    table = _named(table, names, "campaign", "campaign_id", "campaign_name")
    parent = {"campaign": None, "ad_set": "campaign", "ad": "ad_set"}[level]
    if parent:
        table = _named(table, names, parent, f"{parent}_id", "parent_name")
    else:
        table = table.with_columns(pl.lit(None, pl.String).alias("parent_name"))
    row = (
        pl.when(pl.col("value") == UNRESOLVED).then(pl.lit("unresolved"))
        .when(pl.col(own) == UNASSIGNED).then(pl.lit("unassigned"))
        .otherwise(pl.lit("entity"))
    )  # fmt: skip
    table = table.with_columns(
        row.alias("row"),
        pl.lit(level).alias("entity_level"),
        pl.when(pl.col("value") == UNRESOLVED).then(pl.lit(UNRESOLVED)).otherwise(pl.col(own)).alias("entity_id"),
    ).with_columns(
        pl.coalesce("entity_name", pl.when(pl.col("row") == "entity").then("entity_id"), "entity_id").alias(
            "entity_name"
        ),
        pl.coalesce("campaign_name", "campaign_id", pl.lit(UNRESOLVED)).alias("campaign_name"),
    )
    first = [
        "entity_id",
        "entity_name",
        "entity_level",
        "row",
        "platform",
        "campaign_id",
        "campaign_name",
        "parent_name",
    ]
    return table.select(*first, pl.exclude(*first, "value"))


def add_up(table: pl.DataFrame) -> dict[str, Any]:
    """Totals of some rows of :func:`campaigns`, rates from sums (A9); of all rows they are the totals in ``meta``."""
    asked = with_needs((*DELIVERY, *CREDITED))
    total = table.rename({shown: name for name, shown in _NAMES.items()}).select(
        pl.when(pl.col(name).count() > 0).then(pl.col(name).cast(pl.Float64).sum()).alias(name)
        for name in asked
        if METRICS[name].fact != "derived"
    )
    for name in asked:
        metric = METRICS[name]
        if metric.fact == "derived":
            total = total.with_columns(pl.sql_expr(metric.sql).round(_DIGITS).alias(name))
        else:
            total = total.with_columns(pl.col(name).round(0 if metric.unit == "count" else _DIGITS))
    return total.select(*DELIVERY, *CREDITED).rename(_NAMES).row(0, named=True)


def _named(
    table: pl.DataFrame, names: pl.DataFrame, level: str, column: str, as_name: str, more: tuple[str, ...] = ()
) -> pl.DataFrame:
    known = names.filter(pl.col("level") == level).select(
        "platform", pl.col("entity_id").alias(column), pl.col("name").alias(as_name), *more
    )
    return table.join(known, on=["platform", column], how="left")


def trend(scope: Scope, *, entity_ids: Sequence[str], level: Level = "campaign") -> Result:
    """Spend, delivery and credit of some entities by day; every day has a row for each.

    Args:
        scope: what is asked.
        entity_ids: as :func:`campaigns` gives them; ``platform:id`` where two platforms have the same id.
        level: of the entities.
    """
    asked = list(dict.fromkeys(item.strip() for item in entity_ids if item.strip()))
    if not asked:
        raise invalid("entity-ids", "", "one or more ids of `campaigns`, separated by commas")
    if level not in LEVELS:
        raise invalid("level", level, ", ".join(LEVELS))
    known: dict[str, list[tuple[str, str]]] = {}  # ids as they can be asked for -> platform and id
    for entity in scope.frame(
        "select platform, entity_id from ad_entities where profile_id = $profile and level = $level", {"level": level}
    ).iter_rows():
        known.setdefault(entity[1], []).append(entity)
        known.setdefault(f"{entity[0]}:{entity[1]}", []).append(entity)
    chosen: dict[str, str] = {}  # the id as asked -> platform + id
    for item in asked:
        matches = known.get(item, [])
        if not matches:
            raise invalid("entity-ids", item, f"ids of the level {level}; list them with the query campaigns")
        if len(matches) > 1:
            raise invalid("entity-ids", item, " or ".join(sorted(f"{p}:{e}" for p, e in matches)))
        chosen[item] = chr(31).join(matches[0])
    booked = "p.touched_on" if scope.selection.date_basis == "touch" else "p.booked_on"
    day = f"{_SEP} || strftime({{}}, '%Y-%m-%d')"
    by = By(
        credit=f"o.platform || {_SEP} || o.{level}_id || {day.format(booked)}",
        spend=f"d.platform || {_SEP} || d.{level}_id || {day.format('d.spent_on')}",
    )
    metrics = ("spend", "impressions", "clicks", "ad_conversions", "ad_revenue", "roas", "ctr", "avg_cpm", "avg_cpc")
    table = measure(scope, metrics, by)
    parts = pl.col("value").str.split(chr(31))
    table = table.filter(pl.col("value").str.count_matches(chr(31)) == 2).with_columns(
        (parts.list.get(0) + chr(31) + parts.list.get(1)).alias("key"),
        parts.list.get(2).str.to_date().alias("date"),
    )
    days = pl.date_range(scope.selection.date_from, scope.selection.date_to, eager=True).alias("date").to_frame()
    grid = pl.DataFrame({"entity_id": list(chosen), "key": list(chosen.values())}).join(days, how="cross")
    counts = ["ad_conversions", "ad_revenue"]
    counts += ["spend", "impressions", "clicks"] if acts_on_spend(scope.selection.filters) else []
    table = (
        grid.join(table.drop("value"), on=["key", "date"], how="left")
        .drop("key")
        .with_columns(pl.col(name).fill_null(0) for name in counts)
        .rename(_NAMES)
    )
    return Result(table, meta(scope) | {"level": level})


def fatigue(scope: Scope, *, level: Level = "ad", sort: str | None = None, limit: int | None = None) -> Result:
    """Entities against the prior window of equal length: CTR down 20 %, CPM up 20 %, frequency above 3 and rising (N2).

    Both figures are shown. Under 1,000 impressions in either window an entity is not judged.
    """
    metrics = ("impressions", "clicks", "spend", "reach", "ctr", "avg_cpm", "frequency")
    now = entities(scope, level, metrics).filter(pl.col("row") == "entity")
    before = entities(scope.over(scope.selection.previous()), level, metrics).filter(pl.col("row") == "entity")
    table = now.join(
        before.select("platform", "campaign_id", "entity_id", *metrics),
        on=["platform", "campaign_id", "entity_id"],
        how="left",
        suffix="_before",
    )

    def rate(name: str, window: str = "") -> pl.Expr:
        return pl.col(f"{name}{window}") / pl.col(f"impressions{window}")

    judged = (pl.col("impressions") >= FATIGUE_IMPRESSIONS) & (
        pl.col("impressions_before").fill_null(0) >= FATIGUE_IMPRESSIONS
    )
    signs = {
        "ctr_down": (rate("clicks") <= rate("clicks", "_before") * (1 - FATIGUE_DROP) * (1 + _SLACK))
        & (pl.col("clicks_before") > 0),
        "cpm_up": (rate("spend") >= rate("spend", "_before") * (1 + FATIGUE_DROP) * (1 - _SLACK))
        & (pl.col("spend_before") > 0),
        "frequency_high": (pl.col("frequency") > FATIGUE_FREQUENCY)
        & (pl.col("frequency") > pl.col("frequency_before")),
    }
    table = table.with_columns(
        judged.alias("is_judged"), *((judged & sign.fill_null(value=False)).alias(name) for name, sign in signs.items())
    ).with_columns(pl.sum_horizontal(pl.col(name).cast(pl.Int32) for name in signs).alias("signals"))
    dropped = [
        name
        for name in ("entity_level", "row", *(fact for fact in _FACTS if fact != "status"))
        if name in table.columns
    ]
    table = top(table.drop(dropped), sort, limit, default="signals", tie="entity_id")
    return Result(table, meta(scope) | {"level": level, "fatigued": int((table["signals"] > 0).sum())})
