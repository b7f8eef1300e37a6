"""Rows of what Meta tells: campaigns, ad sets, ads with their creatives, and the days of ads.

Facts: field names of Graph v26.0; figures of insights arrive as text, those of actions as lists by ``action_type``.
``spend`` is in major units, budgets are in the currency's smallest unit by Meta's own list of offsets.
https://developers.facebook.com/docs/marketing-api/reference/ads-insights,
https://developers.facebook.com/docs/marketing-api/currencies
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.meta_graph import as_object, as_objects
from engine.schema.batch import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from connectors.meta_graph import Object

PLATFORM = "meta"

ACCOUNT_FIELDS = "account_id,name,currency,timezone_name,timezone_offset_hours_utc,account_status,business_name"
CAMPAIGN_FIELDS = (
    "id,name,objective,status,effective_status,daily_budget,lifetime_budget,buying_type,bid_strategy,created_time,"
    "start_time,stop_time,updated_time"
)
AD_SET_FIELDS = (
    "id,name,campaign_id,status,effective_status,daily_budget,lifetime_budget,optimization_goal,billing_event,"
    "bid_strategy,attribution_spec,created_time,start_time,end_time,updated_time"
)
CREATIVE_FIELDS = (
    "id,name,title,body,object_type,status,thumbnail_url,image_url,video_id,link_url,object_url,template_url,"
    "product_set_id,url_tags,effective_object_story_id,call_to_action_type,object_story_spec,asset_feed_spec"
)
AD_FIELDS = (
    "id,name,campaign_id,adset_id,status,effective_status,created_time,updated_time,creative{" + CREATIVE_FIELDS + "}"
)
INSIGHT_FIELDS = (
    "account_currency,campaign_id,campaign_name,adset_id,adset_name,ad_id,ad_name,objective,date_start,date_stop,"
    "spend,impressions,clicks,inline_link_clicks,reach,actions,action_values,video_play_actions,"
    "video_p25_watched_actions,video_p50_watched_actions,video_p75_watched_actions,video_p100_watched_actions,"
    "video_avg_time_watched_actions"
)

# Currencies whose budgets are told in whole units; all others in hundredths, also those with three decimals.
_WHOLE = frozenset({"CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND"})
_VIDEO_VIEW = "video_view"  # as an action: played for three seconds, or nearly to the end if it is shorter


@dataclass(frozen=True)
class AdAccount:
    """An ad account. ``zone`` is that of its days."""

    id: str
    name: str
    currency: str
    zone_name: str
    zone: tzinfo
    content: Mapping[str, Any]

    def today(self, now: datetime) -> date:
        """The account's calendar day."""
        return now.astimezone(self.zone).date()


def account_of(told: Object) -> AdAccount:
    """An account as told; one without a zone we know has days by its offset, else UTC's."""
    name = str(told.get("timezone_name") or "")
    try:
        zone: tzinfo = ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        offset = told.get("timezone_offset_hours_utc")
        zone = timezone(timedelta(hours=float(offset))) if isinstance(offset, int | float) else UTC
    id_ = str(told.get("account_id") or str(told.get("id", "")).removeprefix("act_"))
    return AdAccount(id_, str(told.get("name") or ""), str(told.get("currency") or ""), name, zone, told)


def campaign_row(campaign: Object, account: AdAccount) -> Row:
    """A campaign."""
    return _entity(campaign, account, "campaign", campaign_id=campaign["id"], objective=campaign.get("objective"))


def ad_set_row(ad_set: Object, account: AdAccount) -> Row:
    """An ad set."""
    return _entity(ad_set, account, "ad_set", campaign_id=ad_set.get("campaign_id"), ad_set_id=ad_set["id"])


def ad_row(ad: Object, account: AdAccount) -> Row:
    """An ad with what its creative says."""
    creative = as_object(ad.get("creative"))
    parts = _parts(creative)
    return _entity(
        ad,
        account,
        "ad",
        campaign_id=ad.get("campaign_id"),
        ad_set_id=ad.get("adset_id"),
        creative_kind=creative_kind(creative),
        headline=_first(creative.get("title"), *(part.get("title") or part.get("name") for part in parts)),
        body=_first(creative.get("body"), *(part.get("message") or part.get("caption") for part in parts)),
        thumbnail_url=_first(
            creative.get("thumbnail_url"),
            creative.get("image_url"),
            *(part.get("image_url") or part.get("picture") for part in parts),
        ),
        destination_url=_first(
            creative.get("link_url"),
            creative.get("object_url"),
            *(part.get("link") or _called(part) for part in parts),
            creative.get("template_url"),
        ),
    )


def creative_kind(creative: Object) -> str | None:
    """``video``, ``image``, ``carousel``, ``catalog``, ``dynamic`` (Meta mixes texts and pictures), or Meta's word."""
    if not creative:
        return None
    story = as_object(creative.get("object_story_spec"))
    link = as_object(story.get("link_data"))
    if creative.get("product_set_id") or story.get("template_data"):
        return "catalog"
    if len(as_objects(link.get("child_attachments"))) > 1:
        return "carousel"
    feed = as_object(creative.get("asset_feed_spec"))
    if len(as_objects(feed.get("images"))) + len(as_objects(feed.get("videos"))) > 1:
        return "dynamic"
    if creative.get("video_id") or story.get("video_data") or feed.get("videos"):
        return "video"
    type_ = str(creative.get("object_type") or "").lower()
    if type_ in {"video", "photo"}:
        return {"video": "video", "photo": "image"}[type_]
    return "image" if link or story.get("photo_data") or feed.get("images") or creative.get("image_url") else type_


def insight_row(told: Object, account: AdAccount) -> Row:
    """A day of an ad.

    What Meta itself counts as results stays beside it: ``actions`` and ``action_values`` by type, link clicks.
    """
    actions, values = _by_type(told.get("actions")), _by_type(told.get("action_values"))
    fields: dict[str, Any] = {
        "date": told["date_start"],
        "platform": PLATFORM,
        "account": account.id,
        "campaign_id": told.get("campaign_id"),
        "campaign": told.get("campaign_name"),
        "ad_set_id": told.get("adset_id"),
        "ad_set": told.get("adset_name"),
        "ad_id": told["ad_id"],
        "ad": told.get("ad_name"),
        "objective": told.get("objective"),
        "spend": str(told.get("spend") or "0"),
        "currency": told.get("account_currency") or account.currency,
        **{name: _count(told.get(name)) for name in ("impressions", "clicks", "reach")},
        "video_plays": _count(_video(told, "video_play_actions")),
        "video_3s": _count(actions.get(_VIDEO_VIEW)),
        **{f"video_p{part}": _count(_video(told, f"video_p{part}_watched_actions")) for part in (25, 50, 75, 100)},
        "video_avg_seconds": _video(told, "video_avg_time_watched_actions"),
        "payload": {
            name: value
            for name, value in (
                ("inline_link_clicks", _count(told.get("inline_link_clicks"))),
                ("actions", actions),
                ("action_values", values),
            )
            if value
        },
    }
    return Row("ad-spend", {name: value for name, value in fields.items() if value is not None and value != {}})


def major(minor: Any, currency: str) -> str | None:
    """A budget as decimal text; None where there is none (Meta tells 0, or nothing)."""
    try:
        amount = Decimal(str(minor))
    except InvalidOperation:
        return None
    return None if not amount else str(amount if currency.upper() in _WHOLE else amount.scaleb(-2))


def _entity(told: Object, account: AdAccount, level: str, **more: Any) -> Row:
    fields: dict[str, Any] = {
        "platform": PLATFORM,
        "account": account.id,
        "level": level,
        "entity_id": told["id"],
        "name": told.get("name"),
        "status": told.get("effective_status") or told.get("status"),
        "daily_budget": major(told.get("daily_budget"), account.currency),
        "currency": account.currency,
        **more,
    }
    return Row("ad-entities", {name: value for name, value in fields.items() if value is not None and value != ""})


def _parts(creative: Object) -> list[Object]:
    """Where a creative keeps its texts and links: the story, cards of a carousel, texts Meta mixes."""
    story = as_object(creative.get("object_story_spec"))
    link = as_object(story.get("link_data"))
    feed = as_object(creative.get("asset_feed_spec"))
    mixed: Object = {}
    for name, list_, text in (
        ("title", "titles", "text"),
        ("message", "bodies", "text"),
        ("link", "link_urls", "website_url"),
    ):
        mixed[name] = _first(*(each.get(text) for each in as_objects(feed.get(list_))))
    mixed["image_url"] = _first(
        *(each.get("url") for each in as_objects(feed.get("images"))),
        *(each.get("thumbnail_url") for each in as_objects(feed.get("videos"))),
    )
    stories = [link, *(as_object(story.get(name)) for name in ("video_data", "photo_data", "template_data"))]
    return [*stories, *as_objects(link.get("child_attachments")), mixed]


def _called(part: Object) -> Any:
    """The link behind a button."""
    return as_object(as_object(part.get("call_to_action")).get("value")).get("link")


def _first(*values: Any) -> str | None:
    return next((str(value) for value in values if value), None)


def _by_type(told: Any) -> dict[str, str]:
    return {
        str(each["action_type"]): str(each["value"])
        for each in as_objects(told)
        if {"action_type", "value"} <= each.keys()
    }


def _video(told: Object, name: str) -> str | None:
    return _by_type(told.get(name)).get(_VIDEO_VIEW)


def _count(value: Any) -> int | None:
    try:
        return int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
