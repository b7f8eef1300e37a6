"""Shopify with customers and orders by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.standins.shopify import STORAGE, ShopifyStandin, money
from tests.connectors.harness import Fake

if TYPE_CHECKING:
    import httpx

__all__ = ["STORAGE", "FakeShopify", "money"]


class FakeShopify(Fake, ShopifyStandin):
    """Makes customers, and orders that were paid at once."""

    def customer(self, number: int, updated: str, **fields: Any) -> dict[str, Any]:
        """A customer."""
        made = {
            "id": f"gid://shopify/Customer/{number}",
            "legacyResourceId": str(number),
            "firstName": "Pat",
            "lastName": f"Buyer{number}",
            "createdAt": updated,
            "updatedAt": updated,
            "defaultEmailAddress": {"emailAddress": f"buyer{number}@mail.example"},
            "defaultPhoneNumber": None,
            **fields,
        }
        self.customers.append(made)
        return made

    def order(self, number: int, created: str, amount: str = "50.00", **fields: Any) -> dict[str, Any]:
        """An order that was paid by card at once, of the customer with the same number."""
        made = {
            "id": f"gid://shopify/Order/{number}",
            "legacyResourceId": str(number),
            "name": f"#{number}",
            "createdAt": created,
            "processedAt": created,
            "updatedAt": created,
            "test": False,
            "cancelledAt": None,
            "cancelReason": None,
            "confirmed": True,
            "sourceName": "web",
            "displayFinancialStatus": "PAID",
            "email": f"buyer{number}@mail.example",
            "phone": None,
            "checkoutToken": f"token{number}",
            "currencyCode": "USD",
            "totalPriceSet": money(amount),
            "customAttributes": [],
            "billingAddress": None,
            "customer": {
                "id": f"gid://shopify/Customer/{number}",
                "legacyResourceId": str(number),
                "firstName": "Pat",
                "lastName": f"Buyer{number}",
                "defaultEmailAddress": {"emailAddress": f"buyer{number}@mail.example"},
                "defaultPhoneNumber": None,
            },
            "transactions": [self.transaction(number * 10, "SALE", amount, created)],
            "customerJourneySummary": {"ready": True, "firstVisit": None, "lastVisit": None},
            **fields,
        }
        self.orders.append(made)
        return made

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == STORAGE:
            assert "x-shopify-access-token" not in request.headers
            assert request.url.params["signature"] == "abc"
        return super().answer(request)
