"""The rows of the conversions, people and touches files and of the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.campaigns import CAMPAIGNS
from engine.demo.ids import IdKind
from engine.demo.origins import ADS, origins
from engine.demo.outcomes import (
    ASSIGNED,
    BOOKED,
    MOST_STEPS,
    NO_SHOW,
    ORDER,
    PAID,
    PIPELINE,
    REFUND,
    SHOWED,
    STAGES,
    STEPS,
    TREATMENTS,
    TWIN_STEP,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.demo.arrays import Ints
    from engine.demo.ids import Ids
    from engine.demo.season import Season
    from engine.demo.visits import Timelines

CONVERSION_COLUMNS = (
    "conversion_id", "event_type", "time", "email", "phone", "value_amount", "currency", "revenue_type", "refund_of",
    "payment_id", "order_id", "checkout_token", "source", "campaign_id", "ad_set_id", "ad_id", "pipeline", "stage",
    "calendar", "assigned_user", "starts_at", "ends_at", "status", "as_of",
)  # fmt: skip

PHONE_CONTACTS, EMAIL_CONTACTS = 0.12, 0.18
"""Leads whose CRM rows carry only a phone, or only an email; the people file joins both."""

_OPTIONAL = (
    "amount", "treatment", "owner", "ad", "starts", "came", "version", "payment", "euro", "identity", "order",
    "refund_of",
)  # fmt: skip
_PREFIXES = ("lead", "rply", "qual", "disq", "appt", "show", "nosh", "won", "lost", "pi", "re", "ord")


def _instant(name: str) -> pl.Expr:
    return pl.from_epoch(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def gathered(parts: Sequence[pl.DataFrame], season: Season) -> pl.DataFrame:
    """All outcome rows that have happened by the end of the plan, in time order."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(
        ("number", "cause", "person", "kind", "time", *_OPTIONAL), pl.Int64
    )
    frame = pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal")
    return frame.filter(pl.col("time") < season.end).sort("time", "number", "version", maintain_order=True)


def _keys(ids: Ids, kind: IdKind, column: pl.Series) -> pl.Series:
    known = column.is_not_null()
    text = ids.text(kind, column.fill_null(0).to_numpy())
    return pl.DataFrame({"k": known, "t": text}).select(pl.when("k").then("t")).to_series()


def conversion_ids(ids: Ids, number: pl.Series) -> pl.Series:
    """``prefix_digits`` of conversion numbers; the second object of a payment is a charge, as providers do it."""
    place = (number % MOST_STEPS).fill_null(0)
    names = [_PREFIXES[step] if step < len(_PREFIXES) else "pi" for step in range(MOST_STEPS)]
    for step in range(TWIN_STEP, TWIN_STEP + 4):
        names[step], names[step + 4] = "ch", "re"
    digits = _keys(ids, IdKind.CONVERSION, number)
    frame = pl.DataFrame({"p": pl.Series(names).gather(place.to_numpy()), "d": digits})
    return frame.select(pl.concat_str("p", pl.lit("_"), "d")).to_series()


def conversions(ids: Ids, season: Season, rows: pl.DataFrame, contact: pl.DataFrame) -> pl.DataFrame:
    """``rows`` from ``gathered`` as lines of the conversions file; ``contact`` has one row for each."""
    kind = rows["kind"].to_numpy()
    ad = rows["ad"].fill_null(-1).to_numpy()
    treatment = rows["treatment"].fill_null(0).to_numpy()
    ended = pl.lit(season.end, pl.Int64)
    frame = rows.with_columns(
        conversion_ids(ids, rows["number"]).alias("conversion_id"),
        conversion_ids(ids, rows["refund_of"]).alias("refunded"),
        _keys(ids, IdKind.PAYMENT, rows["payment"]).alias("payment_digits"),
        _keys(ids, IdKind.CHECKOUT, rows["order"]).alias("checkout_token"),
        pl.Series(STEPS).gather(kind).alias("event_type"),
        pl.Series(STAGES, dtype=pl.String).gather(kind).alias("stage"),
        pl.Series([t.calendar for t in TREATMENTS]).gather(treatment).alias("calendar"),
        pl.Series(ASSIGNED).gather(rows["owner"].fill_null(0).to_numpy()).alias("assigned_user"),
        pl.Series([CAMPAIGNS[p].campaign_id for p, _ in ADS]).gather(np.maximum(ad, 0)).alias("campaign_id"),
        pl.Series([a.ad_set_id for _, a in ADS]).gather(np.maximum(ad, 0)).alias("ad_set_id"),
        pl.Series([a.ad_id for _, a in ADS]).gather(np.maximum(ad, 0)).alias("ad_id"),
    ).hstack(contact.select("email", "phone"))
    reachable = pl.col("phone").is_not_null()
    form, money = pl.col("ad") >= 0, pl.col("kind").is_in([PAID, REFUND])
    crm = pl.col("kind") < PAID
    meeting = pl.col("kind").is_in([BOOKED, SHOWED, NO_SHOW])
    identity = pl.col("identity").fill_null(0)
    habit = pl.Series("habit", ids.chance(8, rows["person"].to_numpy()))
    by_phone, by_email = crm & (pl.col("habit") < PHONE_CONTACTS), crm & (pl.col("habit") > 1 - EMAIL_CONTACTS)
    past = pl.col("starts") < ended
    status = (
        pl.when(pl.col("version") == 0).then(pl.lit("confirmed"))
        .when(~past).then(pl.lit("confirmed"))
        .when(pl.col("came") > 0).then(pl.lit("showed"))
        .when(pl.col("came") < 0).then(pl.lit("noshow"))
        .otherwise(pl.lit("cancelled"))
    )  # fmt: skip
    settled = pl.max_horizontal("time", pl.min_horizontal(pl.col("starts") + 3600, ended - 1))
    as_of = (
        pl.when(pl.col("kind") != BOOKED).then(pl.when(crm).then("time"))
        .when(pl.col("version") == 0).then("time").otherwise(settled)
    )  # fmt: skip
    cash = pl.when(money).then(pl.lit("cash")).when(pl.col("kind") == ORDER).then(pl.lit("gross"))
    return (
        frame.with_columns(habit)
        .with_columns(
            pl.when(identity == 2)
            .then(pl.lit("test@test.com"))
            .when((identity == 0) & ~(by_phone & reachable))
            .then("email")
            .alias("email"),
            pl.when((identity == 1) | (crm & ~by_email)).then("phone").alias("phone"),
            (pl.col("amount").cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)).alias("value_amount"),
            pl.when(pl.col("euro").fill_null(0) == 1).then(pl.lit("EUR")).otherwise(pl.lit("USD")).alias("currency"),
            cash.otherwise(pl.lit("pipeline")).alias("revenue_type"),
            pl.when(pl.col("refund_of").is_not_null()).then("refunded").alias("refund_of"),
            pl.when(pl.col("payment").is_not_null())
            .then(pl.concat_str(pl.lit("pay_"), "payment_digits"))
            .alias("payment_id"),
            pl.when(pl.col("order").is_not_null()).then(pl.concat_str(pl.lit("MS-"), "order")).alias("order_id"),
            pl.when(pl.col("order").is_not_null()).then("checkout_token").alias("checkout_token"),
            pl.when(form).then(pl.lit("facebook")).alias("source"),
            *(pl.when(form).then(name).alias(name) for name in ("campaign_id", "ad_set_id", "ad_id")),
            pl.when(crm).then(pl.lit(PIPELINE)).alias("pipeline"),
            pl.when(meeting).then("calendar").alias("calendar"),
            pl.when(crm).then("assigned_user").alias("assigned_user"),
            pl.when(meeting).then(_instant("starts")).alias("starts_at"),
            pl.when(meeting)
            .then(pl.from_epoch(pl.col("starts") + 2700).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            .alias("ends_at"),
            pl.when(pl.col("kind") == BOOKED).then(status).alias("status"),
            pl.from_epoch(as_of).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("as_of"),
            _instant("time").alias("time"),
        )
        .select(CONVERSION_COLUMNS)
    )


def truth(ids: Ids, rows: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """conversion_id, touch_at, channel, campaign_id, share: one line a conversion and touch, and its baseline."""
    table = origins()
    known = rows.unique("number", maintain_order=True)
    named = known.select("cause").with_columns(conversion_ids(ids, known["number"]).alias("conversion_id"))
    joined = named.join(shares, on="cause", how="inner", maintain_order="left_right")
    origin = joined["origin"].fill_null(0).to_numpy()
    return joined.with_columns(
        table.channels.gather(origin).alias("channel"), table.campaign_ids.gather(origin).alias("campaign_id")
    ).select(
        "conversion_id",
        pl.from_epoch("touch_at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("touch_at"),
        pl.when(pl.col("origin").is_null()).then(pl.lit("baseline")).otherwise("channel").alias("channel"),
        pl.when(pl.col("origin").is_not_null()).then("campaign_id").alias("campaign_id"),
        "share",
    )


def viewed(ids: Ids, lines: Timelines, devices: Ints, email: pl.Series) -> pl.DataFrame:
    """Viewed impressions, known by email where the platform matched one, else by browser.

    Args:
        devices: main browser of every person of the block.
        email: likewise, null where no email was matched.
    """
    row, column = np.nonzero(lines.view_real)
    ad = lines.view_ad[row, column]
    origin = lines.view_origin[row, column]
    matched = email.gather(row)
    sources = {"meta": "facebook", "google": "google", "x": "twitter"}
    frame = pl.DataFrame({
        "email": matched,
        "device": ids.devices(devices[row]),
        "at": lines.view_start[row, column],
        "channel": origins().channels.gather(origin),
        "source": pl.Series([sources[campaign.platform] for campaign in CAMPAIGNS]).gather(origin),
        "campaign": pl.Series([campaign.name for campaign in CAMPAIGNS]).gather(origin),
        "campaign_id": origins().campaign_ids.gather(origin),
        "ad_set_id": pl.Series([a.ad_set_id for _, a in ADS]).gather(ad),
        "ad_id": pl.Series([a.ad_id for _, a in ADS]).gather(ad),
    })  # fmt: skip
    return frame.select(
        "email",
        pl.when(pl.col("email").is_null()).then("device").alias("anonymous_id"),
        _instant("at").alias("time"),
        pl.lit("view").alias("kind"),
        "channel", "source", "campaign", "campaign_id", "ad_set_id", "ad_id",
    )  # fmt: skip
