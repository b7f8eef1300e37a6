"""The demo's campaigns on Facebook and Instagram as Meta tells them, with creatives and the days of ads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from connectors.standins.meta import MetaStandin
from engine.demo.campaigns import ACCOUNTS, CAMPAIGNS
from engine.demo.creatives import TEXTS
from engine.demo.plan import DEMO_PROFILE

if TYPE_CHECKING:
    from connectors.standins.base import Object
    from connectors.standins.demo.business import Business
    from engine.demo.campaigns import Ad

ACCOUNT = "804511902736"
_KINDS = {"Video": "VIDEO", "Image": "PHOTO", "Imagen": "PHOTO"}


def meta(business: Business) -> MetaStandin:
    """Meta with the business's ad account."""
    standin = MetaStandin()
    standin.user = f"{DEMO_PROFILE.name} reports"
    name, currency = ACCOUNTS["meta"]
    standin.account(ACCOUNT, currency, DEMO_PROFILE.timezone, name)
    days = business.ad_days.filter(pl.col("platform") == "meta")
    budgets = dict(days.select("campaign_id", "daily_budget").unique().iter_rows())
    for campaign in (each for each in CAMPAIGNS if each.platform == "meta"):
        status = campaign.status
        below = status if status == "ACTIVE" else f"CAMPAIGN_{status}"
        standin.entity(
            *(ACCOUNT, "campaigns"),
            id=campaign.campaign_id,
            name=campaign.name,
            objective=campaign.objective,
            status=status,
            effective_status=status,
            daily_budget=str(int(budgets.get(campaign.campaign_id, 0)) * 100),
        )
        for set_id, set_name in {ad.ad_set_id: ad.ad_set for ad in campaign.ads}.items():
            told = {"id": set_id, "name": set_name, "campaign_id": campaign.campaign_id}
            standin.entity(ACCOUNT, "adsets", **told, effective_status=below)
        for ad in campaign.ads:
            told = {"id": ad.ad_id, "name": ad.ad, "campaign_id": campaign.campaign_id, "adset_id": ad.ad_set_id}
            standin.entity(ACCOUNT, "ads", **told, effective_status=below, creative=_creative(ad, campaign.shop > 0.5))
    for row in days.iter_rows(named=True):
        standin.days[ACCOUNT, row["date"], row["ad_id"]] = _day(row)
    return standin


def _creative(ad: Ad, of_shop: bool) -> Object:
    kind, _, about = ad.ad.partition(" ")
    title, body = TEXTS[about]
    link = f"https://{DEMO_PROFILE.domains[int(of_shop)]}/"
    told: Object = {"id": f"9{ad.ad_id[1:]}", "name": ad.ad, "title": title, "body": body, "link_url": link}
    if kind == "Carousel":
        cards = [{"link": link, "name": f"{title} {number}"} for number in (1, 2, 3)]
        return {
            **told,
            "object_type": "SHARE",
            "object_story_spec": {"link_data": {"link": link, "child_attachments": cards}},
        }
    return {**told, "object_type": _KINDS[kind], **({"video_id": f"8{ad.ad_id[1:]}"} if kind == "Video" else {})}


def _day(row: dict[str, Any]) -> Object:
    day = row["date"].isoformat()
    actions = {"link_click": row["clicks"], "lead": row["leads"], "video_view": row["video_3s"]}
    told: Object = {
        "account_currency": row["currency"],
        "campaign_id": row["campaign_id"],
        "campaign_name": row["campaign"],
        "adset_id": row["ad_set_id"],
        "adset_name": row["ad_set"],
        "ad_id": row["ad_id"],
        "ad_name": row["ad"],
        "objective": row["objective"],
        "spend": row["spend"],
        "date_start": day,
        "date_stop": day,
        **{name: str(row[name]) for name in ("impressions", "clicks", "reach")},
        "inline_link_clicks": str(row["clicks"]),
        "actions": [{"action_type": name, "value": str(count)} for name, count in actions.items() if count],
    }
    for name, ours in (
        ("video_play_actions", "video_plays"),
        *((f"video_p{part}_watched_actions", f"video_p{part}") for part in (25, 50, 75, 100)),
        ("video_avg_time_watched_actions", "video_avg_seconds"),
    ):
        if row[ours] is not None:
            told[name] = [{"action_type": "video_view", "value": str(row[ours])}]
    return told
