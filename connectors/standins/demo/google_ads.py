"""The demo's campaigns at Google as Google Ads tells them: a manager, an account, the days of ads, clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from connectors.standins.demo.business import cents
from connectors.standins.google_ads import AdsStandin
from engine.demo.campaigns import ACCOUNTS, CAMPAIGNS
from engine.demo.plan import DEMO_PROFILE

if TYPE_CHECKING:
    from connectors.standins.base import Object
    from connectors.standins.demo.business import Business
    from connectors.standins.google import Rows
    from engine.demo.campaigns import Ad, Campaign

MANAGER, ACCOUNT = "5550100199", "5550142867"
_STATUS = {"ACTIVE": "ENABLED"}
_TYPES = {"SEARCH": "SEARCH_STANDARD", "DISPLAY": "DISPLAY_STANDARD", "SHOPPING": "SHOPPING_PRODUCT_ADS"}


def google_ads(business: Business) -> AdsStandin:
    """Google Ads with the business's account below an agency's."""
    zone = DEMO_PROFILE.timezone
    standin = AdsStandin(business.now.astimezone(ZoneInfo(zone)).date())
    name, currency = ACCOUNTS["google"]
    manager = standin.client(MANAGER, 0, "Agency", "USD", zone, manager=True)
    standin.accessible = [MANAGER]
    standin.tree[MANAGER] = [manager, standin.client(ACCOUNT, 1, name, currency, zone)]
    days = business.ad_days.filter(pl.col("platform") == "google").with_columns(cents(pl.col("spend")).alias("cents"))
    budgets = dict(days.select("campaign_id", "daily_budget").unique().iter_rows())
    mine = [campaign for campaign in CAMPAIGNS if campaign.platform == "google"]
    standin.entities = {
        (ACCOUNT, "campaign"): [_campaign(each, budgets.get(each.campaign_id, 0)) for each in mine],
        (ACCOUNT, "ad_group"): [row for each in mine for row in _ad_groups(each)],
        (ACCOUNT, "ad_group_ad"): [_ad(each, ad) for each in mine for ad in each.ads],
    }
    standin.days[ACCOUNT] = [_day(row) for row in days.iter_rows(named=True)]
    clicks = business.clicks.with_columns(pl.col("at").dt.convert_time_zone(zone).dt.strftime("%Y-%m-%d").alias("day"))
    clicks = clicks.sort("day", "at", "gclid")

    def clicks_of(customer: str, day: str) -> Rows:
        found = clicks.filter(pl.col("day") == day) if customer == ACCOUNT else clicks.clear()
        return [_click(row) for row in found.iter_rows(named=True)]

    standin.clicks_of = clicks_of
    return standin


def _campaign(campaign: Campaign, budget: int) -> Object:
    told = {"id": campaign.campaign_id, "name": campaign.name, "advertisingChannelType": campaign.objective}
    return {
        "campaign": {**told, "status": _STATUS.get(campaign.status, campaign.status)},
        "campaignBudget": {"amountMicros": str(int(budget) * 1_000_000), "period": "DAILY"},
    }


def _ad_groups(campaign: Campaign) -> Rows:
    names = {ad.ad_set_id: ad.ad_set for ad in campaign.ads}
    of = {"campaign": {"id": campaign.campaign_id}}
    type_ = _TYPES[campaign.objective]
    return [
        {"adGroup": {"id": id_, "name": name, "status": "ENABLED", "type": type_}, **of} for id_, name in names.items()
    ]


def _ad(campaign: Campaign, ad: Ad) -> Object:
    link = f"https://{DEMO_PROFILE.domains[int(campaign.shop > 0.5)]}/"
    told: Object = {"id": ad.ad_id, "name": ad.ad, "finalUrls": [link]}
    texts = {
        "headlines": [{"text": ad.ad}, {"text": "Marea Dental"}, {"text": "Book online"}],
        "descriptions": [{"text": "A clinic by the sea, open on Saturdays. See prices before you come."}],
    }
    match campaign.objective:
        case "SEARCH":
            told |= {"type": "RESPONSIVE_SEARCH_AD", "responsiveSearchAd": texts}
        case "DISPLAY":
            told |= {"type": "RESPONSIVE_DISPLAY_AD", "responsiveDisplayAd": texts}
        case _:
            told |= {"type": "SHOPPING_PRODUCT_AD"}
    below = {"adGroup": {"id": ad.ad_set_id}, "campaign": {"id": campaign.campaign_id}}
    return {"adGroupAd": {"ad": told, "status": "ENABLED"}, **below}


def _day(row: dict[str, Any]) -> Object:
    return {
        "segments": {"date": row["date"].isoformat()},
        "campaign": {"id": row["campaign_id"], "name": row["campaign"]},
        "adGroup": {"id": row["ad_set_id"], "name": row["ad_set"]},
        "adGroupAd": {"ad": {"id": row["ad_id"], "name": row["ad"]}},
        "metrics": {
            "costMicros": str(row["cents"] * 10_000),
            "impressions": str(row["impressions"]),
            "clicks": str(row["clicks"]),
        },
    }


def _click(row: dict[str, Any]) -> Object:
    ad = f"customers/{ACCOUNT}/adGroupAds/{row['ad_set_id']}~{row['ad_id']}"
    return {
        "clickView": {"gclid": row["gclid"], "adGroupAd": ad},
        "campaign": {"id": row["campaign_id"]},
        "adGroup": {"id": row["ad_set_id"]},
        "segments": {"date": row["day"], "adNetworkType": "SEARCH"},
    }
