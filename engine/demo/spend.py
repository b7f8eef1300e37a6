"""What the advertising platforms report, and the exchange rates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from engine.demo.arrays import Floats, Ints, floats, ints
from engine.demo.campaigns import ACCOUNTS, CAMPAIGNS
from engine.demo.origins import ADS, active_days

if TYPE_CHECKING:
    from engine.demo.season import Season

FORM_CLICKS = 9
"""Ad clicks that open a lead form, for every form that is sent."""
UNSEEN_CLICKS = 0.12
"""Clicks a platform bills and the tracker never sees, relative to those it sees (assumption)."""
DEAR_FACTOR = 3.0
DEAR_CAMPAIGN = 2
"""Campaign that costs three times as much on the dear day."""

RATE_START, RATE_STEP, RATE_PULL = 1.11, 0.0042, 0.02
"""US dollars for one euro: an invented walk around its start, with the daily movement of the real pair."""
RATE_DAYS_BEFORE = 14


def exchange(rng: np.random.Generator, season: Season) -> Floats:
    """Dollars for a euro on every day from two weeks before the first; a weekend repeats its Friday."""
    count = season.days + RATE_DAYS_BEFORE
    steps = rng.normal(0, RATE_STEP, count)
    rate, found = RATE_START, np.zeros(count)
    for number in range(count):
        if (season.first + timedelta(days=number - RATE_DAYS_BEFORE)).weekday() < 5:
            rate += RATE_PULL * (RATE_START - rate) + float(steps[number])
        found[number] = round(rate, 4)
    return found


def rates(season: Season, rate: Floats) -> pl.DataFrame:
    """Units of ``currency`` for one ``base``, working days only, as central banks publish them."""
    days = [season.first + timedelta(days=number - RATE_DAYS_BEFORE) for number in range(len(rate))]
    frame = pl.DataFrame({"date": days, "rate": rate})
    return frame.filter(pl.col("date").dt.weekday() <= 5).select(
        "date", pl.lit("USD").alias("currency"), pl.lit("EUR").alias("base"), "rate"
    )


def ad_spend(rng: np.random.Generator, season: Season, clicked: Ints, forms: Ints, rate: Floats) -> pl.DataFrame:
    """Daily rows an ad.

    Args:
        clicked: visits from each ad (rows) on each day (columns).
        forms: lead forms sent, likewise.
    """
    days, ads = season.days, len(ADS)
    place = ints([place for place, _ in ADS])
    alive = np.zeros((ads, days), dtype=np.bool_)
    share = floats([ad.weight for _, ad in ADS])
    for number, campaign in enumerate(CAMPAIGNS):
        begin, finish = active_days(campaign, days)
        alive[place == number, begin:finish] = True
        share[place == number] /= share[place == number].sum()
    delivery: Floats = alive * season.weight * rng.lognormal(0, 0.1, (ads, days))
    delivery /= np.maximum(delivery.sum(axis=1, keepdims=True), 1e-12)
    billed = clicked.sum(axis=1) * (1 + UNSEEN_CLICKS) + forms.sum(axis=1) * FORM_CLICKS
    of_campaign = np.bincount(place, weights=billed, minlength=len(CAMPAIGNS))
    cost = floats([campaign.cost for campaign in CAMPAIGNS])
    click_rate = floats([campaign.click_rate for campaign in CAMPAIGNS])[place][:, None]
    expected: Floats = (of_campaign[place] * share)[:, None] * delivery
    dollars: Floats = expected * cost[place][:, None] * rng.lognormal(0, 0.06, (ads, days))
    if season.dear_day >= 0:
        dollars[place == DEAR_CAMPAIGN, season.dear_day] *= DEAR_FACTOR
    euro = np.array([ACCOUNTS[campaign.platform][1] == "EUR" for campaign in CAMPAIGNS])[place][:, None]
    spend = floats(np.where(euro, dollars / rate[RATE_DAYS_BEFORE:][None, :], dollars))
    clicks: Ints = clicked + forms * FORM_CLICKS + rng.poisson(expected * UNSEEN_CLICKS)
    impressions = np.maximum(clicks, rng.poisson(expected / click_rate))
    reach = ints(np.ceil(impressions / (1.15 + 0.5 * rng.random((ads, days)))))
    kept = np.flatnonzero((alive & ((spend >= 0.005) | (impressions > 0))).ravel())
    ad, day = kept // days, kept % days
    video = np.array([one.video for _, one in ADS])[ad]
    plays = ints(impressions.ravel()[kept] * rng.uniform(0.5, 0.62, len(kept)))
    frame = pl.DataFrame({
        "date": pl.Series(season.dates()).gather(day),
        "number": place[ad],
        "ad_number": ad,
        "spend": pl.Series(np.round(spend.ravel()[kept], 2)),
        "impressions": impressions.ravel()[kept],
        "clicks": clicks.ravel()[kept],
        "reach": reach.ravel()[kept],
        "leads": forms.ravel()[kept],
        "video": video,
        "video_plays": plays,
        **{name: ints(plays * part) for name, part in _RETENTION},
        "video_avg_seconds": np.round(rng.uniform(4, 9, len(kept)), 1),
    })  # fmt: skip
    budget = np.array([_budget(total * price / max(days, 1)) for total, price in zip(of_campaign, cost, strict=True)])
    about = pl.DataFrame({
        "platform": [campaign.platform for campaign in CAMPAIGNS],
        "account": [ACCOUNTS[campaign.platform][0] for campaign in CAMPAIGNS],
        "campaign_id": [campaign.campaign_id for campaign in CAMPAIGNS],
        "campaign": [campaign.name for campaign in CAMPAIGNS],
        "currency": [ACCOUNTS[campaign.platform][1] for campaign in CAMPAIGNS],
        "status": [campaign.status for campaign in CAMPAIGNS],
        "objective": [campaign.objective for campaign in CAMPAIGNS],
        "daily_budget": budget,
    })[frame["number"].to_numpy()]  # fmt: skip
    names = pl.DataFrame(
        [one for _, one in ADS], schema=["ad_set_id", "ad_set", "ad_id", "ad", "weight", "has_video"], orient="row"
    )
    wide = frame.hstack(about).hstack(names[ad])
    videos = ("video_plays", *(name for name, _ in _RETENTION), "video_avg_seconds")
    return wide.with_columns(pl.when("video").then(name).alias(name) for name in videos).select(
        "date", "platform", "account", "campaign_id", "campaign", "ad_set_id", "ad_set", "ad_id", "ad", "spend",
        "currency", "impressions", "clicks", "reach", "leads", "status", "objective", "daily_budget",
        *videos,
    ).sort("date", "platform", "campaign_id", "ad_set_id", "ad_id", maintain_order=True)  # fmt: skip


_RETENTION = (("video_3s", 0.52), ("video_p25", 0.36), ("video_p50", 0.22), ("video_p75", 0.14), ("video_p100", 0.08))
"""Share of plays that reach three seconds and each quarter (assumption)."""


def _budget(daily: float) -> int:
    """A round number about a fifth above what is spent a day."""
    return max(5, round(daily * 1.2 / 5) * 5)
