"""Campaigns, ad sets and ads as the rows of one table: a tree, or one level ranked over all campaigns. No window.

An id of a platform may exist on another one, and an ad set's under two campaigns: rows are named by the whole way to
them. What is known only above a level stays a row of its own, so that children add up to their parent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from engine.naming import PLATFORM_LABELS, SPECIAL_ROWS
from engine.queries.campaigns import LEVELS
from engine.queries.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from engine.queries.campaigns import Level
    from engine.words import Words

SEP = chr(31)
NO_STATUS = "(not set)"
UNRESOLVED = "unresolved"
METRIC_OF = {"outcome_value": "ad_revenue", "outcome_count": "ad_conversions"}  # field -> metric, where they differ
CHANGES = ("spend", "outcome_value", "roas", "cac", "outcome_count", "impressions", "clicks", "ctr")

_PARTS: dict[str, tuple[str, ...]] = {
    "campaign": ("platform", "campaign_id"),
    "ad_set": ("platform", "campaign_id", "ad_set_id"),
    "ad": ("platform", "campaign_id", "ad_set_id", "ad_id"),
}
_ABOVE = {"ad_set": "campaign", "ad": "ad_set"}
_STATUSES = {
    "ACTIVE": "Active",
    "ENABLED": "Active",
    "PAUSED": "Paused",
    "ARCHIVED": "Archived",
    "DELETED": "Deleted",
    "REMOVED": "Removed",
    NO_STATUS: "(not set)",
}
_RUNNING = ("ACTIVE", "ENABLED")


def status_label(words: Words, status: str | None) -> str:
    """A status for people; one of a platform's own is only written like a word."""
    known = _STATUSES.get((status or NO_STATUS).upper() if status != NO_STATUS else NO_STATUS)
    return words.say(known) if known else spelled(status)


def spelled(code: str | None) -> str:
    """``OUTCOME_LEADS`` as ``Outcome leads``."""
    return (code or "").replace("_", " ").strip().capitalize()


def all_rows(
    words: Words, levels: Mapping[Level, pl.DataFrame], compared: Mapping[Level, pl.DataFrame] | None = None
) -> pl.DataFrame:
    """The rows of every level with what the table shows.

    Args:
        words: of the user's language.
        levels: tables of the query ``campaigns``.
        compared: those of the comparison period; adds a column ``FIELD_change`` for each of :data:`CHANGES`.

    Returns:
        The query's columns and ``row_id``, ``parent_id``, ``label``, ``above``, ``platform_label``, ``status_label``,
        ``objective_label``, ``mark`` (channel), ``icon``, ``pause`` and the changes.
    """
    frames = [_named(levels[level]) for level in LEVELS if level in levels]
    table = pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()
    special = {name: words.say(text) for name, text in SPECIAL_ROWS.items()}
    is_campaign = pl.col("entity_level") == "campaign"
    is_entity = pl.col("row") == "entity"
    table = table.with_columns(
        pl.col("entity_name").replace(special).alias("label"),
        pl.when(is_campaign | (pl.col("row") == UNRESOLVED)).then(None)
        .when(pl.col("entity_level") == "ad_set").then(pl.col("campaign_name"))
        .otherwise(pl.concat_str("campaign_name", "parent_name", separator=" / ", ignore_nulls=True)).alias("above"),
        pl.col("platform").replace(PLATFORM_LABELS).alias("platform_label"),
        _mapped(table, "status", lambda status: status_label(words, status)),
        _mapped(table, "objective", spelled),
        pl.when(is_campaign).then(pl.coalesce("channel", pl.lit("none"))).alias("mark"),
        pl.when(~is_entity | is_campaign).then(None).when(pl.col("entity_level") == "ad_set").then(pl.lit("users"))
        .when(pl.col("video_plays") > 0).then(pl.lit("play")).otherwise(pl.lit("rectangle")).alias("icon"),
        pl.when(is_entity & pl.col("status").str.to_uppercase().is_in(_RUNNING).not_()).then(pl.lit("pause"))
        .alias("pause"),
    )  # fmt: skip
    return table if compared is None else _with_changes(table, compared)


def tree(rows: pl.DataFrame) -> pl.DataFrame:
    """Every row under its parent; what no level resolves stands once."""
    return rows.filter((pl.col("row") != UNRESOLVED) | (pl.col("entity_level") == "campaign"))


def ranked(rows: pl.DataFrame, level: Level) -> pl.DataFrame:
    """One level's rows without parents, each with its channel's mark."""
    return rows.filter(pl.col("entity_level") == level).with_columns(
        pl.lit(None, pl.String).alias("parent_id"),
        pl.coalesce("channel", pl.lit("none")).alias("mark"),
        pl.lit(None, pl.String).alias("icon"),
        pl.col("above").alias("within"),  # a field of its own: in a tree, a search for a campaign must not hit its ads
    )


def with_status(rows: pl.DataFrame, level: Level, statuses: Collection[str]) -> pl.DataFrame:
    """With a column ``passes``: rows of a level that have one of these statuses, and what is below them."""
    own = rows.select(
        "row_id",
        ((pl.col("entity_level") == level) & _status().is_in(list(statuses))).alias("passes"),
    )
    passing = dict(own.iter_rows())
    parents = dict(rows.select("row_id", "parent_id").iter_rows())

    def holds(row_id: str | None) -> bool:
        while row_id is not None:
            if passing.get(row_id):
                return True
            row_id = parents.get(row_id)
        return False

    return rows.with_columns(pl.Series("passes", [holds(row_id) for row_id in rows["row_id"].to_list()], pl.Boolean))


def statuses_of(rows: pl.DataFrame, level: Level) -> list[str]:
    """The statuses rows of a level have; rows without one count as :data:`NO_STATUS`."""
    found = rows.filter(pl.col("entity_level") == level).select(_status()).to_series().unique().to_list()
    return sorted(found, key=lambda status: (status == NO_STATUS, status not in _RUNNING, status))


def with_days(rows: pl.DataFrame, days: Sequence[tuple[Level, pl.DataFrame]]) -> pl.DataFrame:
    """With a column ``daily``: spend by day, from tables of the query ``trend`` asked for :func:`asked_id`."""
    series = [
        table.group_by("entity_id", maintain_order=True)
        .agg(pl.col("spend").alias("daily"))
        .select(pl.lit(level).alias("entity_level"), pl.col("entity_id").alias("asked_id"), "daily")
        for level, table in days
        if not table.is_empty()
    ]
    if not series:
        return rows
    return rows.drop("daily", strict=False).join(pl.concat(series), on=["entity_level", "asked_id"], how="left")


def asked_id(platform: str, entity_id: str) -> str:
    """An entity as ``trend`` and ``behind`` are asked for it, without doubt about the platform."""
    return f"{platform}:{entity_id}"


def _named(table: pl.DataFrame) -> pl.DataFrame:
    level = str(table["entity_level"][0]) if table.height else "campaign"
    missing = [part for part in _PARTS["ad"] if part not in table.columns]
    table = table.with_columns(pl.lit(None, pl.String).alias(part) for part in missing)

    def way(to: str) -> pl.Expr:
        parts = [pl.col(part).fill_null("") for part in _PARTS[to]]
        return pl.concat_str(pl.lit(to), *parts, separator=SEP)

    above = _ABOVE.get(level)
    own = pl.when(pl.col("row") == UNRESOLVED).then(pl.lit(f"{level}{SEP}{UNRESOLVED}")).otherwise(way(level))
    parent = pl.when(pl.col("row") != UNRESOLVED).then(way(above)) if above else pl.lit(None, pl.String)
    return table.with_columns(
        own.alias("row_id"),
        parent.alias("parent_id"),
        pl.concat_str("platform", "entity_id", separator=":").alias("asked_id"),
    )


def _mapped(table: pl.DataFrame, field: str, label: Callable[[str | None], str]) -> pl.Expr:
    codes = [code for code in table[field].unique().to_list() if code is not None]
    return pl.col(field).replace({code: label(code) for code in codes}).alias(f"{field}_label")


def _status() -> pl.Expr:
    return pl.col("status").fill_null(NO_STATUS)


def _with_changes(table: pl.DataFrame, compared: Mapping[Level, pl.DataFrame]) -> pl.DataFrame:
    before = pl.concat([_named(compared[level]) for level in LEVELS if level in compared], how="diagonal_relaxed")
    table = table.join(before.select("row_id", *CHANGES), on="row_id", how="left", suffix="_before")
    return table.with_columns(_change(field).alias(f"{field}_change") for field in CHANGES).drop(
        f"{field}_before" for field in CHANGES
    )


def total_changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, float | None]:
    """The changes of the totals of two periods, as those of rows."""
    known = {field: now[field] for field in CHANGES} | {f"{field}_before": before[field] for field in CHANGES}
    frame = pl.DataFrame(
        {name: [value] for name, value in known.items()}, dict.fromkeys(known, pl.Float64), strict=False
    )
    return frame.select(_change(field).alias(f"{field}_change") for field in CHANGES).row(0, named=True)


def _change(field: str) -> pl.Expr:
    """Percent against before, points of a rate; infinity ("new") where there was nothing before."""
    now, before = pl.col(field).cast(pl.Float64), pl.col(f"{field}_before").cast(pl.Float64)
    if METRICS[METRIC_OF.get(field, field)].unit == "percent":
        return now - before
    is_sum = METRICS[METRIC_OF.get(field, field)].fact != "derived"
    was = before.fill_null(0.0) if is_sum else before
    return pl.when(was != 0).then(100 * (now - was) / was.abs()).when((was == 0) & (now != 0)).then(float("inf"))
