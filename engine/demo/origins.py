"""Everything that brings a visit, paid or not, and the form in which the visit arrives: query, click id, referrer.

The mix is an assumption about an advertising-heavy local business; the nine channels and their rules are the product's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

import numpy as np
import polars as pl

from engine.demo.arrays import Flags, Floats, Ints, RowTable, floats, ints
from engine.demo.campaigns import CAMPAIGNS, Ad, Campaign

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.demo.season import Season

BASELINE = 0.12
"""Chance to convert that no touch caused, on the scale of the campaigns' effects."""

RUSH = 2.6
"""Factor on all traffic of the rush day, brought by one referring site."""


class Arrival(NamedTuple):
    """One form in which a visit arrives; ``click`` is the click id's name and first characters, or empty."""

    query: str
    click: str
    referrer: str
    weight: float


class Origin(NamedTuple):
    """An unpaid origin; the fields mean what they mean for a campaign."""

    name: str
    channel: str
    first: float
    again: float
    effect: float
    half_life: float
    engaged: float
    shop: float
    need: float
    returns: float
    arrivals: tuple[Arrival, ...]


def _plain(*referrers: str) -> tuple[Arrival, ...]:
    return tuple(Arrival("", "", referrer, 1.0) for referrer in referrers)


def _tagged(source: str, medium: str, campaign: str, *referrers: str) -> tuple[Arrival, ...]:
    query = urlencode({"utm_source": source, "utm_medium": medium, "utm_campaign": campaign})
    return tuple(Arrival(query, "", referrer, 1.0) for referrer in referrers)


_FACEBOOK = "https://l.facebook.com/"
_INSTAGRAM = "https://l.instagram.com/"
_GOOGLE = "https://www.google.com/"
_SPRING, _RECALL = "monthly-letter", "Recall_6_Months"

UNPAID: tuple[Origin, ...] = (
    Origin("google organic", "Organic Search", 16, 15, 0.55, 6, 0.48, 0.22, 1.3, 1.0, (
        Arrival("", "", _GOOGLE, 7), Arrival("", "", "https://www.google.es/", 1),
        Arrival("", "", "android-app://com.google.android.googlequicksearchbox/", 1),
    )),
    Origin("other organic", "Organic Search", 2.5, 2, 0.55, 6, 0.48, 0.22, 1.3, 1.0, _plain(
        "https://www.bing.com/", "https://duckduckgo.com/", "https://search.yahoo.com/",
    )),
    Origin("social organic", "Organic Social", 7, 4, 0.32, 6, 0.3, 0.3, 0.9, 1.0, (
        Arrival("", "", "https://www.instagram.com/", 4), Arrival("", "", "https://m.facebook.com/", 3),
        Arrival("", "", "https://t.co/", 1), Arrival("", "", "https://www.linkedin.com/", 0.5),
        Arrival("", "", "https://www.pinterest.com/", 0.7), Arrival("", "", "https://www.youtube.com/", 0.8),
        Arrival("utm_source=instagram&utm_medium=social&utm_campaign=bio", "", "", 1.2),
        Arrival("", "fbclid=IwY2xjawDemoOrganic", "https://m.facebook.com/", 0.5),
    )),
    Origin("referral", "Referral", 4, 2, 0.45, 8, 0.42, 0.15, 1.1, 1.0, _plain(
        "https://cityguide.example/best-dentists", "https://reviews.example/marea", "https://forum.example/t/4711",
        "https://insurer.example/network",
    )),
    Origin("city guide rush", "Referral", 0, 0, 0.2, 5, 0.25, 0.2, 0.7, 0.6, _plain(
        "https://cityguide.example/weekend/ten-smiles",
    )),
    Origin("assistants", "Referral", 1.4, 0.8, 0.8, 7, 0.55, 0.15, 1.4, 1.0, (
        Arrival("utm_source=chatgpt.com", "", "https://chatgpt.com/", 3), Arrival("", "", "https://chatgpt.com/", 2),
        Arrival("", "", "https://www.perplexity.ai/", 2), Arrival("", "", "https://gemini.google.com/", 0.6),
    )),
    Origin("letter", "Email", 0.9, 6, 0.35, 5, 0.5, 0.45, 1.0, 1.0, (
        *_tagged("newsletter", "email", _SPRING, "", "", "https://mail.google.com/"),
        *_tagged("crm", "email", _RECALL, ""), *_tagged("klaviyo", "newsletter", "shop-news", "", ""),
    )),
    Origin("affiliate", "Affiliate", 2.8, 1, 0.5, 4, 0.38, 0.8, 1.0, 0.8, (
        *_tagged("dealhive", "affiliate", "kit-10", "https://dealhive.example/"),
        *_tagged("smileclub", "affiliate", "members", "https://smileclub.example/", ""),
    )),
    Origin("microsoft ads", "Paid Search", 0.8, 0.3, 1.2, 5, 0.5, 0.1, 1.4, 1.0, (
        Arrival("utm_source=bing&utm_medium=cpc&utm_campaign=Implants+Bing", "msclkid=", "https://www.bing.com/", 1),
        Arrival("", "msclkid=", "https://www.bing.com/", 0.5),
    )),
    Origin("direct", "Direct", 6, 40, 0.015, 3, 0.5, 0.25, 1.0, 1.0, _plain("")),
)  # fmt: skip


def _names(ad: Ad, source: str, medium: str, name: str) -> str:
    fields = {"utm_source": source, "utm_medium": medium, "utm_campaign": name}
    return urlencode({**fields, "utm_term": ad.ad_set, "utm_content": ad.ad})


def _ids(campaign: Campaign, ad: Ad, source: str, medium: str) -> str:
    fields = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign.campaign_id}
    return urlencode({**fields, "utm_term": ad.ad_set_id, "utm_content": ad.ad_id})


def _meta_arrivals(campaign: Campaign, ad: Ad) -> list[Arrival]:
    found: list[Arrival] = []
    for source, referrer, weight in (
        ("facebook", _FACEBOOK, 0.55),
        ("instagram", _INSTAGRAM, 0.35),
        ("facebook", "", 0.1),
    ):
        match campaign.tagging:
            case "ids":
                query = _ids(campaign, ad, source, "paid")
            case "id fields":
                query = urlencode({
                    "utm_source": source, "utm_medium": "paid_social", "utm_campaign": "shop-launch",
                    "campaign_id": campaign.campaign_id, "adset_id": ad.ad_set_id, "ad_id": ad.ad_id,
                })  # fmt: skip
            case "odd case":
                query = _names(ad, source, "paid", "WHITENING offer" if source == "facebook" else campaign.name)
            case _:
                query = _names(ad, source, "paid", campaign.name)
        found.append(Arrival(query, "fbclid=IwY2xjawDemo", referrer, weight))
    return found


def _google_arrivals(campaign: Campaign, ad: Ad) -> list[Arrival]:
    if campaign.tagging == "display":
        query = _names(ad, "google", "display", campaign.name)
        return [Arrival(query, "", "https://googleads.g.doubleclick.net/", 0.6), Arrival(query, "", "", 0.4)]
    if campaign.tagging == "hsa":
        query = urlencode({
            "utm_source": "google", "utm_medium": "cpc", "hsa_cam": campaign.campaign_id,
            "hsa_grp": ad.ad_set_id, "hsa_ad": ad.ad_id, "hsa_src": "g",
        })  # fmt: skip
    elif campaign.tagging == "ids":
        query = _ids(campaign, ad, "google", "cpc")
    else:
        query = _names(ad, "google", "cpc", campaign.name)
    gclid = "gclid=Cj0KCQDemo"
    return [
        Arrival(query, gclid, _GOOGLE, 0.7),
        Arrival("", gclid, _GOOGLE, 0.2),
        Arrival("", "gbraid=0AAAAADemo", _GOOGLE, 0.04),
        Arrival(query, "wbraid=ClQKDemo", _GOOGLE, 0.06),
    ]


def _x_arrivals(campaign: Campaign, ad: Ad) -> list[Arrival]:
    by_id = campaign.tagging == "ids"
    query = _ids(campaign, ad, "x", "paid") if by_id else _names(ad, "twitter", "paid", campaign.name)
    return [Arrival(query, "twclid=2demo", "https://t.co/", 0.8), Arrival("", "twclid=2demo", "https://t.co/", 0.2)]


def _paid(campaign: Campaign, ad: Ad) -> list[Arrival]:
    match campaign.platform:
        case "meta":
            return _meta_arrivals(campaign, ad)
        case "google":
            return _google_arrivals(campaign, ad)
        case "x":
            return _x_arrivals(campaign, ad)


@dataclass(frozen=True)
class Origins:
    """All origins as columns, campaigns first (their position is the position in ``CAMPAIGNS``).

    ``arrivals`` is every arrival of every origin; ``ad_of`` numbers the ads over all campaigns, -1 for no ad.
    """

    channels: pl.Series
    campaign_ids: pl.Series
    effect: Floats
    half_life: Floats
    engaged: Floats
    shop: Floats
    need: Floats
    returns: Floats
    first: Floats
    again: Floats
    queries: pl.Series
    clicks: pl.Series
    referrers: pl.Series
    ad_of: Ints
    _edges: Floats

    @property
    def direct(self) -> int:
        return len(self.effect) - 1

    def arrive(self, rng: np.random.Generator, origin: Ints) -> Ints:
        """The position of an arrival for every visit of these origins."""
        found = np.searchsorted(self._edges, origin + rng.random(len(origin)), side="right")
        return np.minimum(ints(found), len(self._edges) - 1)


def is_search(arrival: Ints) -> Flags:
    """Whether visits come from Google's unpaid results."""
    table = origins()
    told = (
        (table.queries != "") | (table.clicks != "") | ~table.referrers.str.contains(r"//(www\.google\.|com\.google)")
    )
    return ~told.to_numpy()[arrival]


ADS: tuple[tuple[int, Ad], ...] = tuple((place, ad) for place, campaign in enumerate(CAMPAIGNS) for ad in campaign.ads)
"""Every ad with the position of its campaign."""


def _column(name: str) -> Floats:
    rows: Sequence[Campaign | Origin] = (*CAMPAIGNS, *UNPAID)
    return floats([float(getattr(row, name)) for row in rows])


@cache
def origins() -> Origins:
    arrivals: list[Arrival] = []
    ad_of: list[int] = []
    edges: list[Floats] = []
    number = 0
    for place, campaign in enumerate(CAMPAIGNS):
        weights: list[float] = []
        for ad in campaign.ads:
            for arrival in _paid(campaign, ad):
                arrivals.append(arrival)
                ad_of.append(number)
                weights.append(arrival.weight * ad.weight)
            number += 1
        edges.append(place + np.cumsum(floats(weights)) / sum(weights))
    for place, origin in enumerate(UNPAID, start=len(CAMPAIGNS)):
        weights = [arrival.weight for arrival in origin.arrivals]
        arrivals += origin.arrivals
        ad_of += [-1] * len(weights)
        edges.append(place + np.cumsum(floats(weights)) / sum(weights))
    for place, edge in enumerate(edges):
        edge[-1] = place + 1
    paid: list[str | None] = [campaign.campaign_id for campaign in CAMPAIGNS]
    return Origins(
        channels=pl.Series([row.channel for row in (*CAMPAIGNS, *UNPAID)]),
        campaign_ids=pl.Series(paid + [None] * len(UNPAID), dtype=pl.String),
        effect=_column("effect"),
        half_life=_column("half_life"),
        engaged=_column("engaged"),
        shop=_column("shop"),
        need=_column("need"),
        returns=_column("returns"),
        first=_column("first"),
        again=_column("again"),
        queries=pl.Series([arrival.query for arrival in arrivals]),
        clicks=pl.Series([arrival.click for arrival in arrivals]),
        referrers=pl.Series([arrival.referrer for arrival in arrivals]),
        ad_of=ints(ad_of),
        _edges=np.concatenate(edges),
    )


def active_days(campaign: Campaign, days: int) -> tuple[int, int]:
    """First day and the day after the last; in plans too short to have a middle every campaign delivers throughout."""
    if days < 14:
        return 0, days
    return round(campaign.active[0] * days), round(campaign.active[1] * days)


@dataclass(frozen=True)
class Traffic:
    """Which origins bring visits on which day."""

    day: Floats
    first: RowTable
    again: RowTable
    forms: Floats


def traffic_of(season: Season) -> Traffic:
    table = origins()
    alive = np.ones((season.days, len(table.effect)))
    for place, campaign in enumerate(CAMPAIGNS):
        begin, finish = active_days(campaign, season.days)
        alive[:begin, place] = 0
        alive[finish:, place] = 0
    first, day = table.first * alive, season.weight.copy()
    usual = first.sum(axis=1)
    if season.rush_day >= 0:
        rush = len(CAMPAIGNS) + [origin.name for origin in UNPAID].index("city guide rush")
        first[season.rush_day, rush] = usual[season.rush_day] * (RUSH - 1)
        day[season.rush_day] *= RUSH
    forms = floats([campaign.lead_forms for campaign in CAMPAIGNS]) * alive[:, : len(CAMPAIGNS)]
    return Traffic(day, RowTable(first), RowTable(table.again * alive), forms * season.weight[:, None])
