"""What Search Console and the European Central Bank tell of the demo's days."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.search_console import ZONE
from connectors.standins.exchange_rates import RatesStandin
from connectors.standins.search_console import SearchStandin

if TYPE_CHECKING:
    from connectors.standins.demo.business import Business

SITE = "sc-domain:marea.example"
_LAG = 2  # days whose figures are still being collected


def search_console(business: Business) -> SearchStandin:
    """Search Console with the business's domain."""
    standin = SearchStandin()
    standin.levels = {SITE: "SITE_OWNER"}
    told = business.searches.select("date", "query", "page", "clicks", "impressions", "position")
    standin.figures = {SITE: tuple((day.isoformat(), *more) for day, *more in told.iter_rows())}
    today = business.now.astimezone(ZoneInfo(ZONE)).date()
    standin.incomplete = (today - timedelta(days=_LAG)).isoformat()
    return standin


def exchange_rates(business: Business) -> RatesStandin:
    """Dollars for a euro."""
    standin = RatesStandin(business.now.date())
    for day, currency, _, rate in business.rates.iter_rows():
        standin.ecb.setdefault(day, {})[currency] = rate
    return standin
