"""Meta with ads that are delivered every day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from connectors.standins.meta import HIDDEN, TOKEN, MetaStandin, error, fields_of
from tests.connectors.harness import Fake

if TYPE_CHECKING:
    import httpx

__all__ = ["HIDDEN", "TOKEN", "FakeMeta", "error", "fields_of"]


class FakeMeta(Fake, MetaStandin):
    """Delivers ads by day; its clock is wrong."""

    def deliver(self, account: str, day: date, ad: dict[str, Any], spend: str, **figures: Any) -> None:
        told = {
            "account_currency": self.accounts[account]["currency"],
            "campaign_id": ad["campaign_id"],
            "campaign_name": f"Campaign {ad['campaign_id']}",
            "adset_id": ad["adset_id"],
            "adset_name": "Set",
            "ad_id": ad["id"],
            "ad_name": ad["name"],
            "objective": "OUTCOME_SALES",
            "spend": spend,
            "date_start": day.isoformat(),
            "date_stop": day.isoformat(),
            "impressions": "100",
            "clicks": "5",
            "reach": "80",
            "inline_link_clicks": "3",
            **figures,
        }
        self.days[account, day, ad["id"]] = told

    def fill(self, account: str, ads: int, first: date, last: date) -> None:
        """Ads of two campaigns that are delivered every day; the last two are archived and deleted."""
        for number in range(2):
            self.entity(
                *(account, "campaigns"), id=f"{account}1{number}", name=f"Campaign {number}", objective="OUTCOME_SALES"
            )
            self.entity(
                *(account, "adsets"),
                id=f"{account}2{number}",
                name=f"Set {number}",
                campaign_id=f"{account}1{number}",
                daily_budget="1250",
            )
        for number in range(ads):
            status = {ads - 1: "DELETED", ads - 2: "ARCHIVED"}.get(number, "ACTIVE")
            ad = self.entity(
                *(account, "ads"),
                id=f"{account}3{number:02}",
                name=f"Ad {number}",
                effective_status=status,
                campaign_id=f"{account}1{number % 2}",
                adset_id=f"{account}2{number % 2}",
                creative={"id": f"{account}4{number:02}", "title": f"Title {number}", "object_type": "PHOTO"},
            )
            for day in range((last - first).days + 1):
                self.deliver(account, first + timedelta(days=day), ad, f"{number + 1}.{day % 100:02}")

    def answer(self, request: httpx.Request) -> httpx.Response:
        response = super().answer(request)
        response.headers["date"] = "Thu, 01 Jan 1998 00:00:00 GMT"  # no clock of theirs may matter
        return response
