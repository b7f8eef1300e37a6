"""Google with faults: Google Ads and Search Console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.standins.google import SECRETS, SETTINGS, GoogleStandin, Rows, error_info, google_error
from connectors.standins.google_ads import AdsStandin, failure, projected
from connectors.standins.search_console import SearchStandin
from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import httpx

__all__ = [
    "SECRETS", "SETTINGS", "FakeAds", "FakeGoogle", "FakeSearch", "Rows", "error_info", "failure", "google_error",
    "projected", "reply",
]  # fmt: skip


class FakeGoogle(Fake, GoogleStandin):
    """Any of Google's interfaces."""

    @property
    def asked(self) -> list[httpx.Request]:
        """Requests to the interface itself."""
        return [request for request in self.requests if request.url.path != "/token"]


class FakeAds(FakeGoogle, AdsStandin):
    """Google Ads."""


class FakeSearch(FakeGoogle, SearchStandin):
    """Search Console."""
