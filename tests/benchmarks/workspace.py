"""A workspace of about 10 M touches and 1 M conversions, made through the ordinary import and rebuild.

Visitors come back 8 times on average over half a year, by ads, search, mail or directly; four of five pay once. Names,
pages and places follow a skewed distribution, as they do.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine import ProfileSettings, Workspace

if TYPE_CHECKING:
    from pathlib import Path

UNTIL = date(2026, 6, 30)
DAYS = 180
_CAMPAIGNS = 60
_PLATFORMS = {"meta": ("facebook", "paid_social"), "google": ("google", "cpc"), "tiktok": ("tiktok", "paid_social")}


def prepare(path: Path, visitors: int, seed: int = 11) -> dict[str, float]:
    """Make the workspace at ``path``; tells touches, conversions, paths and the seconds it took."""
    start = time.perf_counter()
    random = np.random.default_rng(seed)
    folder = path.with_suffix(".files")
    folder.mkdir(parents=True, exist_ok=True)
    events, payments = _journeys(visitors, random)
    files = {
        "ad-spend": folder / "spend.csv",
        "events": folder / "events.parquet",
        "conversions": folder / "paid.parquet",
    }
    _spend(random).write_csv(files["ad-spend"])
    events.write_parquet(files["events"])
    payments.write_parquet(files["conversions"])
    del events, payments
    settings = ProfileSettings("Bench", domains=("shop.example",))
    with Workspace.open(path, create=True) as workspace:
        profile = workspace.create_profile(settings)
        for kind, file in files.items():
            profile.import_file(kind, file)
            file.unlink()
        imported = time.perf_counter() - start
        profile.rebuild()
        workspace.checkpoint()
        with workspace.store.read() as cursor:
            counts = {
                name: cursor.value(f"select count(*) from {name}") for name in ("touches", "conversions", "paths")
            }
    return {**counts, "import_seconds": imported, "made_seconds": time.perf_counter() - start}


def _skewed(random: np.random.Generator, size: int, choices: int, power: float = 1.2) -> np.ndarray:
    weights = 1.0 / np.arange(1, choices + 1) ** power
    return random.choice(choices, size, p=weights / weights.sum())


def _journeys(visitors: int, random: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    visits = random.geometric(1 / 8, visitors).clip(1, 40)
    visitor = np.repeat(np.arange(visitors), visits)
    order = np.arange(len(visitor)) - np.repeat(np.cumsum(visits) - visits, visits)
    end = datetime(UNTIL.year, UNTIL.month, UNTIL.day, 22, tzinfo=UTC).timestamp()
    first = end - random.uniform(20, DAYS, visitors) * 86_400
    gap = random.exponential(2.0, len(visitor)) * 86_400 + 3_600
    gap[order == 0] = 0
    running = np.cumsum(gap)
    at = first[visitor] + running - np.repeat(running[np.cumsum(visits) - visits], visits)
    kept = at < end
    visitor, order, at = visitor[kept], order[kept], at[kept]
    count = len(visitor)
    kind = random.choice(6, count, p=[0.25, 0.2, 0.1, 0.15, 0.1, 0.2])
    campaign = _skewed(random, count, _CAMPAIGNS)
    ad = _skewed(random, count, 5)
    page = pl.Series("page", _skewed(random, count, 400))
    frame = pl.DataFrame(
        {"visitor": visitor, "at": at, "kind": kind, "campaign": campaign, "ad": ad, "page": page, "order": order}
    )
    ads = pl.col("kind") < 3
    platform = pl.col("kind").replace_strict([0, 1, 2], ["meta", "google", "tiktok"], default=None)
    source = pl.col("kind").replace_strict([0, 1, 2, 3], ["facebook", "google", "tiktok", "newsletter"], default=None)
    medium = pl.col("kind").replace_strict([0, 1, 2, 3], ["paid_social", "cpc", "paid_social", "email"], default=None)
    campaign_id = pl.format("{}-c{}", platform, "campaign")
    events = frame.select(
        pl.format("e{}-{}", "visitor", "order").alias("event_id"),
        pl.lit("page_view").alias("event_type"),
        pl.from_epoch((pl.col("at") * 1000).cast(pl.Int64), "ms").dt.replace_time_zone("UTC").alias("event_time"),
        pl.format("visitor-{}", "visitor").alias("anonymous_id"),
        pl.format("https://shop.example/page-{}", "page").alias("url"),
        pl.when(pl.col("kind") == 4).then(pl.lit("https://www.google.com/")).alias("referrer"),
        source.alias("utm_source"),
        medium.alias("utm_medium"),
        pl.when(ads).then(campaign_id).when(pl.col("kind") == 3).then(pl.lit("weekly")).alias("utm_campaign"),
        pl.when(ads).then(pl.format("{}-s{}", campaign_id, "ad")).alias("utm_term"),
        pl.when(ads).then(pl.format("{}-a{}", campaign_id, "ad")).alias("utm_content"),
        (pl.col("visitor") % 30).map_elements(lambda n: f"C{n:02d}", return_dtype=pl.String).alias("country"),
        pl.when(pl.col("visitor") % 3 == 0).then(pl.lit("mobile")).otherwise(pl.lit("desktop")).alias("device"),
        pl.when(pl.col("visitor") % 4 == 0).then(pl.lit("Firefox")).otherwise(pl.lit("Chrome")).alias("browser"),
        pl.when(pl.col("visitor") % 3 == 0).then(pl.lit("Android")).otherwise(pl.lit("Windows")).alias("os"),
    )
    buyers = frame.filter(pl.col("visitor") % 5 != 0).group_by("visitor").agg(pl.col("at").max())
    amounts = random.lognormal(4, 0.6, buyers.height).round(2)
    payments = buyers.select(
        pl.format("pay-{}", "visitor").alias("conversion_id"),
        pl.format("visitor-{}", "visitor").alias("anonymous_id"),
        pl.from_epoch((pl.col("at") * 1000).cast(pl.Int64) + 600_000, "ms").dt.replace_time_zone("UTC").alias("time"),
        pl.lit("payment_received").alias("event_type"),
        pl.Series("value_amount", amounts),
        pl.lit("USD").alias("currency"),
        pl.lit(None, pl.String).alias("refund_of"),
    )
    refunded = payments.sample(fraction=0.02, seed=3)
    refunds = refunded.with_columns(
        pl.format("refund-{}", "conversion_id").alias("conversion_id"),
        pl.col("conversion_id").alias("refund_of"),
        pl.lit("refund").alias("event_type"),
        pl.col("time") + pl.duration(hours=30),
    )
    return events, pl.concat([payments, refunds])


def _spend(random: np.random.Generator) -> pl.DataFrame:
    days = pl.date_range(date.fromordinal(UNTIL.toordinal() - DAYS + 1), UNTIL, eager=True).to_list()
    rows = [
        (day, platform, f"{platform}-c{campaign}", ad)
        for day in days
        for platform in _PLATFORMS
        for campaign in range(_CAMPAIGNS)
        for ad in range(5)
    ]
    frame = pl.DataFrame(rows, schema=["date", "platform", "campaign_id", "ad"], orient="row")
    return frame.select(
        "date",
        "platform",
        pl.lit("main").alias("account"),
        "campaign_id",
        pl.format("Campaign {}", "campaign_id").alias("campaign"),
        pl.format("{}-s{}", "campaign_id", "ad").alias("ad_set_id"),
        pl.format("Ad set {}", "ad").alias("ad_set"),
        pl.format("{}-a{}", "campaign_id", "ad").alias("ad_id"),
        pl.format("Ad {}", "ad").alias("ad"),
        pl.Series("spend", random.uniform(5, 50, frame.height).round(2)),
        pl.lit("USD").alias("currency"),
        pl.Series("impressions", random.integers(500, 5_000, frame.height)),
        pl.Series("clicks", random.integers(5, 80, frame.height)),
    )
