"""The providers of the demo's business: what each would tell, and what its connection is called and set to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.standins.demo import gohighlevel, google_ads, meta, searches, shopify, stripe, x_ads
from connectors.standins.demo.business import Business, read
from connectors.standins.google import SECRETS, SETTINGS
from connectors.standins.meta import TOKEN
from connectors.x_ads import SETTINGS as SETTINGS_OF_X

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.standins.base import Standin

__all__ = ["PLAYED", "Business", "Played", "read"]


@dataclass(frozen=True)
class Played:
    """A provider that is played.

    Attributes:
        provider: its key.
        made: the stand-in for a business.
        settings: of the connection.
        secrets: that the stand-in lets in.
    """

    provider: str
    made: Callable[[Business], Standin]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])


_X_SECRETS: dict[str, str] = dict.fromkeys([setting.name for setting in SETTINGS_OF_X if setting.is_secret], "demo")

PLAYED = (
    Played("exchange_rates", searches.exchange_rates, {"currencies": "USD"}),
    Played("gohighlevel", gohighlevel.gohighlevel, {"accounts": gohighlevel.LOCATION}, {"token": "pit-very-secret"}),
    Played("google_ads", google_ads.google_ads, SETTINGS, SECRETS),
    Played("meta", meta.meta, {}, {"access_token": TOKEN}),
    Played("search_console", searches.search_console, SETTINGS, SECRETS),
    Played("shopify", shopify.shopify, {"shop": shopify.SHOP}, {"token": "shpat_0123456789secret"}),
    Played("stripe", stripe.stripe, {}, {"api_key": "rk_test_secret"}),
    Played("x_ads", x_ads.x_ads, {}, _X_SECRETS),
)
