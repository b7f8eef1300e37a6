"""What Google Ads is asked (GAQL), and the rows its answers become.

Numbers of 64 bits come as text, amounts in millionths of the account's currency, names of enums as text.
https://developers.google.com/google-ads/api/fields/v26/overview
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from connectors.google import Object, as_list, as_object
from connectors.money import from_micros
from engine.schema.batch import ProviderObject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

PLATFORM = "google"
_HEADLINES = 3  # of a responsive ad as many are shown side by side

CUSTOMERS = (
    "SELECT customer_client.id, customer_client.descriptive_name, customer_client.currency_code, "
    "customer_client.time_zone, customer_client.manager, customer_client.status, customer_client.level "
    "FROM customer_client"
)
_CAMPAIGNS = (
    "SELECT campaign.id, campaign.name, campaign.status, campaign.advertising_channel_type, "
    "campaign_budget.amount_micros, campaign_budget.period FROM campaign"
)
_AD_GROUPS = "SELECT ad_group.id, ad_group.name, ad_group.status, ad_group.type, campaign.id FROM ad_group"
_ADS = (
    "SELECT ad_group_ad.ad.id, ad_group_ad.ad.name, ad_group_ad.ad.type, ad_group_ad.ad.final_urls, "
    "ad_group_ad.status, ad_group_ad.ad.responsive_search_ad.headlines, "
    "ad_group_ad.ad.responsive_search_ad.descriptions, ad_group_ad.ad.expanded_text_ad.headline_part1, "
    "ad_group_ad.ad.expanded_text_ad.headline_part2, ad_group_ad.ad.expanded_text_ad.description, "
    "ad_group_ad.ad.responsive_display_ad.headlines, ad_group_ad.ad.responsive_display_ad.descriptions, "
    "ad_group_ad.ad.demand_gen_multi_asset_ad.headlines, ad_group_ad.ad.demand_gen_multi_asset_ad.descriptions, "
    "ad_group_ad.ad.video_responsive_ad.headlines, ad_group_ad.ad.video_responsive_ad.descriptions, "
    "ad_group_ad.ad.image_ad.image_url, ad_group.id, campaign.id FROM ad_group_ad"
)
_METRICS = "metrics.cost_micros, metrics.impressions, metrics.clicks"


def spend_by_ad(first: date, last: date) -> str:
    """Asks for the days of ads."""
    return (
        "SELECT segments.date, campaign.id, campaign.name, ad_group.id, ad_group.name, ad_group_ad.ad.id, "
        f"ad_group_ad.ad.name, {_METRICS}, metrics.video_quartile_p25_rate, metrics.video_quartile_p50_rate, "
        "metrics.video_quartile_p75_rate, metrics.video_quartile_p100_rate "
        f"FROM ad_group_ad WHERE segments.date BETWEEN '{first}' AND '{last}'"
    )


def spend_by_campaign(first: date, last: date) -> str:
    """Asks for the days of campaigns: some, such as Performance Max, have no ads that tell theirs."""
    return (
        f"SELECT segments.date, campaign.id, campaign.name, {_METRICS} "
        f"FROM campaign WHERE segments.date BETWEEN '{first}' AND '{last}'"
    )


def clicks_on(day: date) -> str:
    """Asks for the clicks of a day; more than one day in a query is refused."""
    return (
        "SELECT click_view.gclid, click_view.ad_group_ad, click_view.keyword_info.text, campaign.id, ad_group.id, "
        f"segments.date, segments.ad_network_type FROM click_view WHERE segments.date = '{day}'"
    )


# -- entities -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """One level of entities: how it is asked for, what its objects are called, and their rows."""

    name: str
    query: str
    told: Callable[[Object, str, str], tuple[Row, ProviderObject]]


def campaign_told(row: Object, account: str, currency: str) -> tuple[Row, ProviderObject]:
    """A campaign; its budget only where it is one of a day."""
    campaign, budget = as_object(row.get("campaign")), as_object(row.get("campaignBudget"))
    is_daily = budget.get("period", "DAILY") == "DAILY"
    fields = {
        "entity_id": str(campaign["id"]),
        "campaign_id": str(campaign["id"]),
        "name": campaign.get("name"),
        "status": campaign.get("status"),
        "objective": campaign.get("advertisingChannelType"),
        "daily_budget": from_micros(budget["amountMicros"]) if is_daily and budget.get("amountMicros") else None,
    }
    return _entity("campaign", account, currency, fields), _object("campaign", str(campaign["id"]), row, campaign)


def ad_group_told(row: Object, account: str, currency: str) -> tuple[Row, ProviderObject]:
    """An ad group."""
    group = as_object(row.get("adGroup"))
    fields = {
        "entity_id": str(group["id"]),
        "campaign_id": _id(row, "campaign"),
        "ad_set_id": str(group["id"]),
        "name": group.get("name"),
        "status": group.get("status"),
    }
    return _entity("ad_set", account, currency, fields), _object("ad_group", str(group["id"]), row, group)


def ad_told(row: Object, account: str, currency: str) -> tuple[Row, ProviderObject]:
    """An ad; most have no name of their own and go by their headline."""
    told = as_object(row.get("adGroupAd"))
    ad = as_object(told.get("ad"))
    headlines, descriptions, image = _creative(ad)
    headline = " | ".join(headlines[:_HEADLINES])
    urls = cast("list[Any]", ad.get("finalUrls") or [])
    fields = {
        "entity_id": str(ad["id"]),
        "campaign_id": _id(row, "campaign"),
        "ad_set_id": _id(row, "adGroup"),
        "name": ad.get("name") or headline,
        "status": told.get("status"),
        "creative_kind": str(ad.get("type", "")).lower(),
        "headline": headline,
        "body": descriptions[0] if descriptions else None,
        "thumbnail_url": image,
        "destination_url": urls[0] if urls else None,
    }
    name = f"{_id(row, 'adGroup')}~{ad['id']}"
    return _entity("ad", account, currency, fields), _object("ad_group_ad", name, row, told)


LEVELS = (
    Level("campaign", _CAMPAIGNS, campaign_told),
    Level("adGroup", _AD_GROUPS, ad_group_told),
    Level("adGroupAd", _ADS, ad_told),
)


def _entity(level: str, account: str, currency: str, fields: Object) -> Row:
    told = {"platform": PLATFORM, "account": account, "level": level, "currency": currency, **fields}
    return Row("ad-entities", {name: value for name, value in told.items() if value not in {None, ""}})


def _object(type_: str, id_: str, row: Object, told: Object) -> ProviderObject:
    return ProviderObject(type_, id_, row, told.get("status") == "REMOVED")


def _creative(ad: Object) -> tuple[list[str], list[str], str | None]:
    """Headlines, descriptions and picture of an ad, whichever of its kinds it is."""
    text = as_object(ad.get("expandedTextAd"))
    headlines = [str(text[part]) for part in ("headlinePart1", "headlinePart2") if text.get(part)]
    descriptions = [str(text["description"])] if text.get("description") else []
    for kind in ("responsiveSearchAd", "responsiveDisplayAd", "demandGenMultiAssetAd", "videoResponsiveAd"):
        told = as_object(ad.get(kind))
        headlines += [str(each["text"]) for each in as_list(told.get("headlines")) if each.get("text")]
        descriptions += [str(each["text"]) for each in as_list(told.get("descriptions")) if each.get("text")]
    return headlines, descriptions, as_object(ad.get("imageAd")).get("imageUrl")


# -- days ---------------------------------------------------------------------------------------------------------


def spend_rows(ads: Iterable[Object], campaigns: Iterable[Object], account: str, currency: str) -> dict[str, list[Row]]:
    """Rows by day: of each ad, and of each campaign what its ads do not tell."""
    days: dict[str, list[Row]] = defaultdict(list)
    of_ads: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in ads:
        day, campaign_id = _day(row), _id(row, "campaign")
        counts, metrics = _counts(row), as_object(row.get("metrics"))
        of_ads[day, campaign_id] = [one + other for one, other in zip(of_ads[day, campaign_id], counts, strict=True)]
        ad = as_object(as_object(row.get("adGroupAd")).get("ad"))
        fields = {
            "ad_set_id": _id(row, "adGroup"),
            "ad_set": as_object(row.get("adGroup")).get("name"),
            "ad_id": str(ad["id"]),
            "ad": ad.get("name"),
            **_quartiles(metrics, counts[1]),
        }
        days[day].append(_spend(row, account, currency, counts, fields))
    for row in campaigns:
        day = _day(row)
        rest = [whole - told for whole, told in zip(_counts(row), of_ads[day, _id(row, "campaign")], strict=True)]
        if any(each > 0 for each in rest):
            days[day].append(_spend(row, account, currency, [max(0, each) for each in rest], {}))
    for rows in days.values():
        rows.sort(key=lambda row: (row.fields["campaign_id"], row.fields.get("ad_set_id", ""), _text(row, "ad_id")))
    return days


def click_told(row: Object) -> ProviderObject | None:
    """A click by its gclid; without one it leads nowhere."""
    gclid = as_object(row.get("clickView")).get("gclid")
    return ProviderObject("click_view", str(gclid), row) if gclid else None


def _spend(row: Object, account: str, currency: str, counts: list[int], fields: Object) -> Row:
    micros, impressions, clicks = counts
    told = {
        "date": _day(row),
        "platform": PLATFORM,
        "account": account,
        "campaign_id": _id(row, "campaign"),
        "campaign": as_object(row.get("campaign")).get("name"),
        "spend": from_micros(micros),
        "currency": currency,
        "impressions": impressions,
        "clicks": clicks,
        **fields,
    }
    return Row("ad-spend", {name: value for name, value in told.items() if value not in {None, ""}})


def _quartiles(metrics: Object, impressions: int) -> Object:
    """Google tells shares of the impressions, we count plays."""
    shares = {part: metrics.get(f"videoQuartileP{part}Rate") for part in (25, 50, 75, 100)}
    return {f"video_p{part}": round(float(share) * impressions) for part, share in shares.items() if share}


def _counts(row: Object) -> list[int]:
    """Cost in millionths, impressions, clicks."""
    metrics = as_object(row.get("metrics"))
    return [int(metrics.get(name) or 0) for name in ("costMicros", "impressions", "clicks")]


def _day(row: Object) -> str:
    return str(as_object(row.get("segments"))["date"])


def _id(row: Object, resource: str) -> str:
    return str(as_object(row.get(resource))["id"])


def _text(row: Row, name: str) -> str:
    return str(row.fields.get(name, ""))
