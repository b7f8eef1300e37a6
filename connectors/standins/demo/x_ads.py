"""The demo's campaigns on X as its Ads API tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from connectors.standins.demo.business import cents
from connectors.standins.x_ads import XStandin
from engine.demo.campaigns import ACCOUNTS, CAMPAIGNS
from engine.demo.plan import DEMO_PROFILE

if TYPE_CHECKING:
    from connectors.standins.demo.business import Business

ACCOUNT = "18ce54mrea"
_MADE = "2025-11-03T09:00:00Z"
_STATUS = {"ACTIVE": "ACTIVE", "PAUSED": "PAUSED"}


def x_ads(business: Business) -> XStandin:
    """X with the business's ads account."""
    standin = XStandin(business.now)
    name, currency = ACCOUNTS["x"]
    standin.account(ACCOUNT, DEMO_PROFILE.timezone, name=name, created_at="2020-01-01T08:00:00Z")
    days = business.ad_days.filter(pl.col("platform") == "x")
    budgets = dict(days.select("campaign_id", "daily_budget").unique().iter_rows())
    for campaign in (each for each in CAMPAIGNS if each.platform == "x"):
        told = {"entity_status": _STATUS[campaign.status], "currency": currency, "updated_at": _MADE}
        budget = int(budgets.get(campaign.campaign_id, 0)) * 1_000_000
        standin.put(
            *(ACCOUNT, "campaigns", campaign.campaign_id),
            **told,
            name=campaign.name,
            daily_budget_amount_local_micro=budget,
        )
        link = f"https://{DEMO_PROFILE.domains[int(campaign.shop > 0.5)]}/"
        for ad in campaign.ads:
            more = {"name": ad.ad_set, "campaign_id": campaign.campaign_id, "objective": campaign.objective}
            standin.put(ACCOUNT, "line_items", ad.ad_set_id, **told, **more)
            post = str(18 * 10**17 + int(ad.ad_id, 36))
            standin.put(ACCOUNT, "promoted_tweets", ad.ad_id, **told, line_item_id=ad.ad_set_id, tweet_id=post)
            urls = {"urls": [{"expanded_url": link}]}
            standin.put(ACCOUNT, "tweets", post, name=ad.ad, full_text=f"{ad.ad}. See what Marea does.", entities=urls)
    figures = days.select("date", "ad_id", "ad_set_id", cents(pl.col("spend")), "impressions", "clicks")
    for day, ad_id, set_id, spend, impressions, clicks in figures.iter_rows():
        told = {"impressions": impressions, "clicks": clicks, "url_clicks": clicks}
        micros = spend * 10_000
        standin.spend("PROMOTED_TWEET", ad_id, day, micros, **told)
        whole = standin.stats.get(("LINE_ITEM", set_id, "ALL_ON_TWITTER"), {}).get(day, {})
        told = {name: count + whole.get(name, 0) for name, count in told.items()}
        standin.spend("LINE_ITEM", set_id, day, micros + whole.get("billed_charge_local_micro", 0), **told)
    return standin
