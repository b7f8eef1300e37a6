"""What the providers of the demo's business know: its facts, up to a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from connectors.standins.base import Object, Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from engine.demo import DemoFiles

_TEXTS = ("campaign_id", "ad_set_id", "ad_id", "phone", "order_id", "checkout_token", "refund_of", "payment_id")
_SETTLING_DAYS = 3
_COUNTED = ("impressions", "clicks", "reach")
_MOMENTS = ("time", "starts_at", "ends_at", "as_of", "page_opened_at")


@dataclass(frozen=True)
class Business:
    """The facts of the demo's business.

    Attributes:
        now: nothing later is known.
        first: the day its history begins.
        outcomes: leads, stages, appointments, payments, refunds, orders (``engine.demo.records``), in time order.
        people: names and addresses by ``who``.
        ad_days: the days of ads.
        clicks: click ids and their ads.
        searches: by day, page and query.
        rates: dollars for a euro by day.
    """

    now: datetime
    first: date
    outcomes: pl.DataFrame
    people: pl.DataFrame
    ad_days: pl.DataFrame
    clicks: pl.DataFrame
    searches: pl.DataFrame
    rates: pl.DataFrame


def read(files: DemoFiles, first: date, now: datetime, today: date, *, is_settled: bool = True) -> Business:
    """The business as it is known at a moment.

    Args:
        files: of the simulation.
        first: the day the history begins.
        now: the moment, UTC.
        today: the day that has begun then; what is told by day is told up to the day before.
        is_settled: advertising platforms have counted their last days to the end; else a little less of them.
    """
    types = dict.fromkeys(_TEXTS, pl.String)
    outcomes = pl.read_csv(files.conversions, infer_schema_length=None, schema_overrides={
        **types, **dict.fromkeys(("source", "pipeline", "stage", "calendar", "status", "currency"), pl.String),
        **dict.fromkeys(_MOMENTS, pl.String), "value_amount": pl.String, "who": pl.Int64, "stage_position": pl.Int64,
    })  # fmt: skip
    moments = [pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC") for name in _MOMENTS]
    outcomes = outcomes.with_columns(moments).filter(pl.col("time") < now)
    ad_days = pl.read_csv(
        files.ad_spend, infer_schema_length=None, schema_overrides={**types, "spend": pl.String}, try_parse_dates=True
    )
    ad_days = ad_days.filter(pl.col("date") < today)
    if not is_settled:
        ad_days = _unsettled(ad_days, today)
    rates = pl.read_csv(files.rates, schema_overrides={"rate": pl.String}, try_parse_dates=True)
    searches = pl.read_parquet(files.searches)
    return Business(
        now=now,
        first=first,
        outcomes=outcomes,
        people=pl.read_csv(files.people, schema_overrides={"phone": pl.String}),
        ad_days=ad_days,
        clicks=pl.read_parquet(files.clicks).filter(pl.col("at") < now),
        searches=searches.filter(pl.col("date") < today),
        rates=rates.filter(pl.col("date") < today),
    )


def _unsettled(ad_days: pl.DataFrame, today: date) -> pl.DataFrame:
    """The last days as platforms tell them at first: a twentieth of what they will say is still missing."""
    is_late = pl.col("date") >= today - timedelta(days=_SETTLING_DAYS)
    less = (pl.col("spend").cast(pl.Decimal(18, 2)) * 19 / 20).cast(pl.Decimal(18, 2)).cast(pl.String)
    counts = [pl.when(is_late).then(pl.col(name) * 19 // 20).otherwise(name).alias(name) for name in _COUNTED]
    return ad_days.with_columns(pl.when(is_late).then(less).otherwise("spend").alias("spend"), *counts)


def framed(frame: pl.DataFrame, keys: Sequence[str], made: Callable[[dict[str, Any]], Object]) -> Shelf:
    """The rows of a frame in the order of some columns, made into objects when they are looked at."""
    ordered = frame.sort(keys)

    def between(start: int, stop: int) -> list[Object]:
        return [made(row) for row in ordered.slice(start, stop - start).iter_rows(named=True)]

    return Shelf(list(ordered.select(keys).iter_rows()), between)


def cents(amount: pl.Expr) -> pl.Expr:
    """An amount of text in hundredths."""
    return (amount.cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64)


def seconds(moment: pl.Expr) -> pl.Expr:
    """An instant in seconds since 1970."""
    return moment.dt.epoch("s")


def written(moment: pl.Expr) -> pl.Expr:
    """An instant in ISO 8601 with milliseconds."""
    return moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
