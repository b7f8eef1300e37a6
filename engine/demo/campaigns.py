"""The campaigns that are paid for: accounts, ad sets, ads, their ids, and what a click costs and causes.

Ids have the shape of real ones (Meta 18 digits, Google 11 digits, X base 36) and belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from engine.demo.plan import DEMO_PROFILE

Platform = Literal["meta", "google", "x"]
Tagging = Literal["names", "odd case", "ids", "id fields", "hsa", "display"]

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Ad(NamedTuple):
    ad_set_id: str
    ad_set: str
    ad_id: str
    ad: str
    weight: float
    video: bool


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One campaign.

    Attributes:
        active: share of the plan's days at which delivery starts and ends.
        tagging: how its links name it.
        first: weight among what brings people for the first time.
        again: weight among what brings them back.
        effect: what one engaged visit adds to the chance to convert, next to a baseline of 0.12.
        half_life: days after which half of the effect is left.
        engaged: mean engagement of its visits (0 to 1).
        shop: share of its visitors who come for the shop rather than the clinic.
        need: how much its visitors need what is sold, relative to the average.
        returns: how often its visitors come back, relative to the average.
        cost: US dollars a click.
        click_rate: clicks an impression.
    """

    platform: Platform
    name: str
    campaign_id: str
    channel: str
    objective: str
    ads: tuple[Ad, ...]
    tagging: Tagging
    first: float
    again: float
    effect: float
    half_life: float
    engaged: float
    shop: float
    need: float
    returns: float
    cost: float
    click_rate: float
    active: tuple[float, float] = (0.0, 1.0)
    status: str = "ACTIVE"
    lead_forms: float = 0.0


ACCOUNTS: dict[Platform, tuple[str, str]] = {
    "meta": (f"{DEMO_PROFILE.name} Meta", "USD"),
    "google": (f"{DEMO_PROFILE.name} Google Ads", "EUR"),
    "x": (f"{DEMO_PROFILE.name} X", "USD"),
}


def _ad_id(platform: Platform, number: int) -> str:
    scattered = (number * 2_654_435_761 + 97) % 4_294_967_291
    if platform == "meta":
        return f"1202{scattered * 10_007 % 10**14:014d}"
    if platform == "google":
        return f"{1 + scattered % 8}{scattered:010d}"
    text, rest = "", scattered % 36**6 + 36**5
    while rest:
        rest, digit = divmod(rest, 36)
        text = _BASE36[digit] + text
    return text[-6:]


def _ads(platform: Platform, number: int, sets: dict[str, tuple[str, ...]]) -> tuple[Ad, ...]:
    """The ads of one campaign; the first set and the first ad of a set get the largest part of delivery."""
    found: list[Ad] = []
    for place, (ad_set, ads) in enumerate(sets.items()):
        set_id = _ad_id(platform, number * 100 + place * 10)
        for rank, name in enumerate(ads):
            ad_id = _ad_id(platform, number * 100 + place * 10 + rank + 1)
            weight = 1.0 / (1 + 0.5 * place) / (1 + 0.7 * rank)
            found.append(Ad(set_id, ad_set, ad_id, name, weight, platform == "meta" and "Video" in name))
    return tuple(found)


def _meta(number: int, sets: dict[str, tuple[str, ...]]) -> tuple[str, tuple[Ad, ...]]:
    return _ad_id("meta", number * 100 + 99), _ads("meta", number, sets)


def _google(number: int, sets: dict[str, tuple[str, ...]]) -> tuple[str, tuple[Ad, ...]]:
    return _ad_id("google", number * 100 + 99), _ads("google", number, sets)


def _x(number: int, sets: dict[str, tuple[str, ...]]) -> tuple[str, tuple[Ad, ...]]:
    return _ad_id("x", number * 100 + 99), _ads("x", number, sets)


_IMPLANTS_1 = _meta(
    1,
    {
        "Miami 35-65": ("Video Ana's story", "Carousel before and after", "Image free scan"),
        "Lookalike patients": ("Video Ana's story", "Image free scan"),
        "Español 35-65": ("Video La historia de Ana", "Imagen escaneo gratis"),
    },
)
_IMPLANTS_2 = _meta(
    2,
    {
        "Broad 30+": ("Video Meet the team", "Image monthly plan", "Carousel before and after"),
        "Español 30+": ("Video Conoce al equipo", "Imagen plan mensual"),
    },
)
_WHITENING = _meta(3, {"Brides": ("Image 2 for 1", "Video one hour"), "Students": ("Image 2 for 1",)})
_RETARGETING = _meta(
    4,
    {
        "Visited prices": ("Carousel reviews", "Image come back"),
        "Started a form": ("Image finish booking",),
        "Cart": ("Image your cart",),
        "Watched 50%": ("Video reviews",),
    },
)
_LAUNCH = _meta(5, {"Interest whitening": ("Video unboxing", "Image kit", "Image brush", "Carousel all products")})
_BRAND = _google(6, {"Marea exact": ("Marea official site", "Marea book online")})
_SEARCH = _google(
    7,
    {
        "Dental implants": ("Implants in one day", "Implants from 99 a month"),
        "Implantes dentales": ("Implantes en un día", "Implantes desde 99 al mes"),
        "All on four": ("Full arch",),
    },
)
_DISPLAY = _google(8, {"In-market health": ("Banner 300x250", "Banner 728x90"), "Similar sites": ("Banner 300x250",)})
_SHOPPING = _google(9, {"All products": ("Product listing",), "Whitening": ("Product listing whitening",)})
_STORIES = _x(10, {"Followers of health": ("Thread five myths", "Clip smile"), "Local": ("Clip smile",)})
_DROPS = _x(11, {"Keywords": ("Drop sonic brush",)})

CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(
        platform="meta", name="Implants | Leads", campaign_id=_IMPLANTS_1[0], ads=_IMPLANTS_1[1], tagging="names",
        channel="Paid Social", objective="OUTCOME_LEADS", active=(0.0, 0.48), status="PAUSED", first=17, again=2,
        effect=1.1, half_life=10, engaged=0.45, shop=0.04, need=1.15, returns=1.25, cost=2.9, click_rate=0.014,
        lead_forms=0.9,
    ),
    Campaign(
        platform="meta", name="Implants | Leads", campaign_id=_IMPLANTS_2[0], ads=_IMPLANTS_2[1], tagging="names",
        channel="Paid Social", objective="OUTCOME_LEADS", active=(0.5, 1.0), first=17, again=2,
        effect=0.85, half_life=10, engaged=0.42, shop=0.04, need=1.1, returns=1.2, cost=3.1, click_rate=0.012,
        lead_forms=0.8,
    ),
    Campaign(
        platform="meta", name="Whitening Offer", campaign_id=_WHITENING[0], ads=_WHITENING[1], tagging="odd case",
        channel="Paid Social", objective="OUTCOME_LEADS", first=6, again=2,
        effect=0.6, half_life=6, engaged=0.36, shop=0.25, need=0.95, returns=1.0, cost=2.5, click_rate=0.016,
        lead_forms=0.5,
    ),
    Campaign(
        platform="meta", name="Retargeting 30 days", campaign_id=_RETARGETING[0], ads=_RETARGETING[1], tagging="ids",
        channel="Paid Social", objective="OUTCOME_SALES", first=0.2, again=13,
        effect=0.3, half_life=4, engaged=0.5, shop=0.3, need=1.0, returns=1.0, cost=1.9, click_rate=0.02,
    ),
    Campaign(
        platform="meta", name="Shop Launch", campaign_id=_LAUNCH[0], ads=_LAUNCH[1], tagging="id fields",
        channel="Paid Social", objective="OUTCOME_SALES", active=(0.45, 1.0), first=9, again=3,
        effect=1.0, half_life=5, engaged=0.45, shop=0.97, need=1.1, returns=1.0, cost=2.4, click_rate=0.017,
    ),
    Campaign(
        platform="google", name="Brand Search", campaign_id=_BRAND[0], ads=_BRAND[1], tagging="names",
        channel="Paid Search", objective="SEARCH", first=0.8, again=10,
        effect=0.12, half_life=4, engaged=0.6, shop=0.2, need=1.2, returns=1.0, cost=1.2, click_rate=0.11,
    ),
    Campaign(
        platform="google", name="Implants Search", campaign_id=_SEARCH[0], ads=_SEARCH[1], tagging="hsa",
        channel="Paid Search", objective="SEARCH", first=9.5, again=3,
        effect=1.5, half_life=5, engaged=0.5, shop=0.02, need=1.5, returns=1.0, cost=5.4, click_rate=0.05,
    ),
    Campaign(
        platform="google", name="Smile Display", campaign_id=_DISPLAY[0], ads=_DISPLAY[1], tagging="display",
        channel="Display", objective="DISPLAY", first=8, again=3,
        effect=0.3, half_life=12, engaged=0.22, shop=0.2, need=0.8, returns=0.8, cost=1.7, click_rate=0.005,
    ),
    Campaign(
        platform="google", name="Shopping", campaign_id=_SHOPPING[0], ads=_SHOPPING[1], tagging="ids",
        channel="Paid Search", objective="SHOPPING", active=(0.0, 0.7), status="PAUSED", first=5, again=2,
        effect=1.2, half_life=4, engaged=0.5, shop=0.98, need=1.3, returns=0.9, cost=2.3, click_rate=0.012,
    ),
    Campaign(
        platform="x", name="Smile Stories", campaign_id=_STORIES[0], ads=_STORIES[1], tagging="names",
        channel="Paid Social", objective="WEBSITE_CLICKS", first=3.2, again=1,
        effect=0.35, half_life=7, engaged=0.28, shop=0.1, need=0.85, returns=0.8, cost=2.2, click_rate=0.009,
    ),
    Campaign(
        platform="x", name="Shop Drops", campaign_id=_DROPS[0], ads=_DROPS[1], tagging="ids",
        channel="Paid Social", objective="WEBSITE_CLICKS", active=(0.2, 1.0), first=2, again=0.7,
        effect=0.5, half_life=4, engaged=0.3, shop=0.95, need=0.9, returns=0.8, cost=2.4, click_rate=0.008,
    ),
)  # fmt: skip
