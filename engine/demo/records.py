"""The rows of the conversions, people and touches files and of the truth.

Every id is the one under which a provider tells of the thing: a deal's stage and outcome, an appointment's booking and
outcome, a checkout page or else a charge, a refund, a dispute, an order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import NAMESPACE_DNS, uuid5

import numpy as np
import polars as pl

from engine.demo.campaigns import CAMPAIGNS
from engine.demo.ids import IdKind
from engine.demo.influence import CAUSES, WALK_IN_CAUSE
from engine.demo.origins import ADS, origins
from engine.demo.outcomes import (
    ASSIGNED,
    BOOKED,
    DISQUALIFIED,
    LEAD,
    LOST,
    NO_SHOW,
    ORDER,
    PAID,
    PIPELINE,
    PIPELINE_STAGES,
    QUALIFIED,
    REFUND,
    REPLY,
    SHOWED,
    STAGES,
    STEPS,
    TREATMENTS,
    WON,
    order_ids,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.demo.arrays import Ints
    from engine.demo.ids import Ids
    from engine.demo.layout import Sessions
    from engine.demo.season import Season
    from engine.demo.visits import Timelines

CONVERSION_COLUMNS = (
    "conversion_id", "event_type", "time", "email", "phone", "ghl_contact_id", "stripe_customer_id", "value_amount",
    "currency", "revenue_type", "refund_of", "payment_id", "order_id", "checkout_token", "source", "campaign_id",
    "ad_set_id", "ad_id", "pipeline", "stage", "stage_position", "calendar", "assigned_user", "starts_at", "ends_at",
    "status", "as_of", "who", "page_opened_at",
)  # fmt: skip
STAGE_COLUMNS = (
    "conversion_id", "event_type", "time", "ghl_contact_id", "value_amount", "currency", "pipeline", "stage",
    "stage_position", "assigned_user", "source", "status", "as_of",
)  # fmt: skip

PHONE_CONTACTS, EMAIL_CONTACTS = 0.12, 0.18
"""Leads whose deals carry only a phone, or only an email; the contact joins both."""
DISPUTED = 0.5
"""Payments given back whole of which a lost dispute took the money back."""

STAGE_IDS = {stage: str(uuid5(NAMESPACE_DNS, f"{stage}.marea.example")) for stage in PIPELINE_STAGES}

_OPTIONAL = (
    "amount", "treatment", "owner", "ad", "starts", "came", "version", "payment", "euro", "identity", "order",
    "whole", "opened",
)  # fmt: skip
_STAGED = (LEAD, REPLY, QUALIFIED, DISQUALIFIED, WON, LOST)


def _instant(name: str) -> pl.Expr:
    return pl.from_epoch(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def gathered(parts: Sequence[pl.DataFrame], season: Season) -> pl.DataFrame:
    """All outcome rows that have happened by the end of the plan, in time order."""
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(
        ("number", "cause", "person", "kind", "time", *_OPTIONAL), pl.Int64
    )
    frame = pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal")
    return frame.filter(pl.col("time") < season.end).sort("time", "number", "version", maintain_order=True)


def _keys(ids: Ids, kind: IdKind, column: pl.Series, prefix: str) -> pl.Series:
    """Ids of what the column numbers; none where it has no number."""
    text = ids.text(kind, column.fill_null(0).to_numpy())
    frame = pl.DataFrame({"k": column.is_not_null(), "t": text})
    return frame.select(pl.when("k").then(pl.concat_str(pl.lit(prefix), "t"))).to_series()


def _named(ids: Ids, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``conversion_id``, and the ids it is made of."""
    kind = pl.col("kind")
    stage = pl.Series([STAGE_IDS.get(name or "") for name in STAGES], dtype=pl.String).gather(rows["kind"])
    frame = rows.with_columns(
        _keys(ids, IdKind.CONTACT, rows["person"], "mare").alias("contact"),
        _keys(ids, IdKind.CUSTOMER, rows["person"], "cus_").alias("customer"),
        _keys(ids, IdKind.DEAL, rows["person"], "mare").alias("deal"),
        _keys(ids, IdKind.MEETING, rows["person"], "mare").alias("meeting"),
        _keys(ids, IdKind.PAYMENT, rows["payment"], "").alias("paid"),
        _keys(ids, IdKind.CONVERSION, rows["number"], "").alias("digits"),
        _keys(ids, IdKind.CHECKOUT, rows["order"], "").alias("token"),
        pl.Series("stage_id", stage),
        pl.Series("lucky", ids.chance(9, rows["number"].to_numpy())),
    )
    is_dispute = (kind == REFUND) & (pl.col("whole") == 1) & (pl.col("lucky") < DISPUTED)
    return frame.with_columns(
        is_dispute.fill_null(value=False).alias("is_dispute"),
        pl.when(kind.is_in([LEAD, REPLY, QUALIFIED])).then(pl.concat_str("deal", pl.lit(":"), "stage_id"))
        .when(kind.is_in([DISQUALIFIED, WON, LOST])).then(pl.concat_str("deal", pl.lit(":status")))
        .when(kind == BOOKED).then(pl.concat_str("meeting", pl.lit(":booked")))
        .when(kind.is_in([SHOWED, NO_SHOW])).then(pl.concat_str("meeting", pl.lit(":outcome")))
        .when((kind == PAID) & (pl.col("opened") > 0))
        .then(pl.concat_str(pl.lit("cs_live_"), pl.coalesce("token", "paid")))
        .when(kind == PAID).then(pl.concat_str(pl.lit("ch_"), "paid"))
        .when(is_dispute).then(pl.concat_str(pl.lit("du_"), "digits"))
        .when(kind == REFUND).then(pl.concat_str(pl.lit("re_"), "digits"))
        .otherwise(pl.concat_str(pl.lit("gid://shopify/Order/"), order_ids(pl.col("order"))))
        .alias("conversion_id"),
    )  # fmt: skip


def conversions(ids: Ids, season: Season, rows: pl.DataFrame, contact: pl.DataFrame) -> pl.DataFrame:
    """``rows`` from ``gathered`` as lines of the conversions file; ``contact`` has one row for each."""
    kind = rows["kind"].to_numpy()
    ad = rows["ad"].fill_null(-1).to_numpy()
    treatment = rows["treatment"].fill_null(0).to_numpy()
    ended = pl.lit(season.end, pl.Int64)
    frame = (
        _named(ids, rows)
        .with_columns(
            pl.Series(STEPS).gather(kind).alias("event_type"),
            pl.Series(STAGES, dtype=pl.String).gather(kind).alias("stage"),
            pl.Series([t.calendar for t in TREATMENTS]).gather(treatment).alias("calendar"),
            pl.Series(ASSIGNED).gather(rows["owner"].fill_null(0).to_numpy()).alias("assigned_user"),
            pl.Series([CAMPAIGNS[p].campaign_id for p, _ in ADS]).gather(np.maximum(ad, 0)).alias("campaign_id"),
            pl.Series([a.ad_set_id for _, a in ADS]).gather(np.maximum(ad, 0)).alias("ad_set_id"),
            pl.Series([a.ad_id for _, a in ADS]).gather(np.maximum(ad, 0)).alias("ad_id"),
        )
        .hstack(contact.select("email", "phone"))
    )
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
    is_customer = money & (identity == 0) & (pl.col("cause") % CAUSES != WALK_IN_CAUSE)
    position = {stage: place for place, stage in enumerate(PIPELINE_STAGES)}
    return (
        frame.with_columns(habit)
        .with_columns(
            pl.when(identity == 2)
            .then(pl.lit("test@test.com"))
            .when((identity == 0) & ~(by_phone & reachable))
            .then("email")
            .alias("email"),
            pl.when((identity == 1) | (crm & ~by_email)).then("phone").alias("phone"),
            pl.when(crm).then("contact").alias("ghl_contact_id"),
            pl.when(is_customer).then("customer").alias("stripe_customer_id"),
            (pl.col("amount").cast(pl.Decimal(18, 2)) / 100).cast(pl.Decimal(18, 2)).alias("value_amount"),
            pl.when(pl.col("euro").fill_null(0) == 1).then(pl.lit("EUR")).otherwise(pl.lit("USD")).alias("currency"),
            cash.otherwise(pl.lit("pipeline")).alias("revenue_type"),
            pl.when(pl.col("is_dispute")).then(pl.lit("dispute_lost")).otherwise("event_type").alias("event_type"),
            pl.when(pl.col("kind") == REFUND).then(pl.concat_str(pl.lit("pi_"), "paid")).alias("refund_of"),
            pl.when(money).then(pl.concat_str(pl.lit("pi_"), "paid")).alias("payment_id"),
            pl.when(pl.col("order").is_not_null()).then(order_ids(pl.col("order"))).alias("order_id"),
            pl.when(pl.col("order").is_not_null()).then("token").alias("checkout_token"),
            pl.when(form).then(pl.lit("facebook"))
            .when(crm).then(pl.lit("gohighlevel")).when(money).then(pl.lit("stripe")).otherwise(pl.lit("shopify"))
            .alias("source"),
            *(pl.when(form).then(name).alias(name) for name in ("campaign_id", "ad_set_id", "ad_id")),
            pl.when(crm & ~meeting).then(pl.lit(PIPELINE)).alias("pipeline"),
            pl.col("stage").replace_strict(position, default=None, return_dtype=pl.Int64).alias("stage_position"),
            pl.when(meeting).then("calendar").alias("calendar"),
            pl.when(crm).then("assigned_user").alias("assigned_user"),
            pl.when(meeting).then(_instant("starts")).alias("starts_at"),
            pl.when(meeting)
            .then(pl.from_epoch(pl.col("starts") + 2700).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
            .alias("ends_at"),
            pl.when(pl.col("kind") == BOOKED).then(status).alias("status"),
            pl.from_epoch(as_of).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("as_of"),
            _instant("time").alias("time"),
            pl.col("person").alias("who"),
            pl.when(pl.col("opened") > 0).then(_instant("opened")).alias("page_opened_at"),
        )
        .select(CONVERSION_COLUMNS)
    )  # fmt: skip


def passed_stages(conversions: pl.DataFrame) -> pl.DataFrame:
    """Lines of the CRM's stage history: stages that deals have left again, which its interface no longer tells."""
    staged = conversions.filter(pl.col("stage").is_not_null())
    furthest = pl.col("stage_position").max().over("ghl_contact_id")
    return (
        staged.filter((pl.col("stage_position") > 0) & (pl.col("stage_position") < furthest))
        .with_columns(
            pl.lit("opportunity_stage").alias("event_type"),
            pl.lit("gohighlevel").alias("source"),
            pl.lit("open").alias("status"),
        )
        .select(STAGE_COLUMNS)
    )


def truth(ids: Ids, rows: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """conversion_id, touch_at, channel, campaign_id, share: one line a conversion and touch, and its baseline."""
    table = origins()
    named = _named(ids, rows.unique("number", maintain_order=True)).select("cause", "conversion_id")
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


def clicked_ads(ids: Ids, visits: Sessions) -> pl.DataFrame:
    """at, gclid and the ad of every visit whose address carries Google's click id."""
    table = origins()
    head = table.clicks.gather(visits.arrival)
    chosen = np.flatnonzero(head.str.starts_with("gclid=").to_numpy())
    ad = table.ad_of[visits.arrival[chosen]]
    frame = pl.DataFrame({"head": head[chosen], "digits": ids.text(IdKind.CLICK, visits.key[chosen])})
    return frame.select(
        pl.from_epoch(pl.Series("at", visits.start[chosen])).dt.replace_time_zone("UTC").alias("at"),
        pl.concat_str(pl.col("head").str.strip_prefix("gclid="), "digits").alias("gclid"),
        pl.Series("campaign_id", [CAMPAIGNS[place].campaign_id for place, _ in ADS]).gather(ad),
        pl.Series("ad_set_id", [one.ad_set_id for _, one in ADS]).gather(ad),
        pl.Series("ad_id", [one.ad_id for _, one in ADS]).gather(ad),
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
