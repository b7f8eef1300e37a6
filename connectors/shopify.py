"""Shopify: orders, payments, refunds, customers, and how customers came to their orders.

Facts: Admin GraphQL API at ``/admin/api/2026-07/graphql.json`` with the header ``X-Shopify-Access-Token``; scopes
``read_orders``, ``read_customers``, and ``read_all_orders`` for orders older than 60 days.
https://shopify.dev/docs/api/admin-graphql, https://shopify.dev/docs/api/usage/access-scopes
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.base import Account, Health, Login, Provider, Setting, Stream, lost
from connectors.http import UsualSignals
from connectors.shopify_queries import SHOP, ShopifySignals, as_dict, as_list, probe_query
from connectors.shopify_rows import instant, iso
from connectors.shopify_streams import ChangedStream, Client, OrderStream
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.http import Http
    from engine.task import Task

_VERSION = "2026-07"
_PER_SECOND = 4
_ALWAYS_SEEN = timedelta(days=60)
_ALL = "none"  # no payment is left out
_YES = frozenset({"yes", "true", "1", "on"})


class ShopifySession:
    """An open connection to a shop."""

    def __init__(self, login: Login) -> None:
        token = login.secrets["token"]
        settings = login.settings
        self._login = login
        self._token = token
        self._http = login.make_http(
            "Shopify",
            str(settings.get("base_url") or f"https://{shop_host(str(settings['shop']))}"),
            signals=ShopifySignals(),
            headers={"X-Shopify-Access-Token": token},
            secrets=[token],
            per_second=_PER_SECOND,
        )
        version = str(settings.get("version") or _VERSION)
        self._client = Client(self._http, f"/admin/api/{version}/graphql.json", self._elsewhere)

    def _elsewhere(self, base_url: str) -> Http:
        """Another host, which is told no token."""
        return self._login.make_http("Shopify", base_url, signals=UsualSignals(), secrets=[self._token])

    def check(self, task: Task) -> Health:
        """Whose the token is, and what it may read."""
        shop = as_dict(self._client.ask(SHOP, {}, task).get("shop"))
        account = Account(
            str(shop.get("myshopifyDomain") or shop.get("id") or ""),
            str(shop.get("name") or ""),
            str(shop.get("currencyCode") or ""),
            str(shop.get("ianaTimezone") or ""),
        )
        missing: dict[str, str] = {}
        for root, scope, what in (
            ("orders", "read_orders", "Orders, payments, refunds"),
            ("customers", "read_customers", "Customers; orders then tell less of who ordered"),
        ):
            try:
                self._client.ask(probe_query(root), {"search": None}, task)
            except AttribenchError as error:
                if error.code is not Code.PROVIDER_PERMISSION:
                    raise
                missing[scope] = lost(what)
        opened = instant(shop.get("createdAt"))
        edge = self._login.now - _ALWAYS_SEEN
        if "read_orders" not in missing and opened is not None and opened < edge:
            data = self._client.ask(probe_query("orders"), {"search": f"created_at:<'{iso(edge)}'"}, task)
            if not as_list(as_dict(data.get("orders")).get("nodes")):
                missing["read_all_orders"] = lost("Orders older than 60 days: none can be seen")
        return Health([account], missing, account.name)

    def streams(self, task: Task) -> Sequence[Stream]:
        """Customers first, so that orders find them."""
        settings = self._login.settings
        words = _words(settings.get("not_cash"))
        orders = OrderStream(
            self._client,
            self._login.since,
            self._login.now,
            [word for word in words if word != _ALL],
            with_visits=str(settings.get("visits") or "").strip().casefold() in _YES,
            by_bulk=str(settings.get("bulk") or "yes").strip().casefold() in _YES,
            by_gateway=_ALL not in words,
        )
        return [ChangedStream(self._client, self._login.since, self._login.now), orders]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def shop_host(told: str) -> str:
    """The host of a shop from its name or any form of its address."""
    host = told.strip().casefold().removeprefix("https://").removeprefix("http://").partition("/")[0]
    return host if "." in host else f"{host}.myshopify.com"


def _words(told: Any) -> list[str]:
    words = [each.strip().casefold() for each in str(told or "").split(",")]
    return [each for each in words if each]


PROVIDER = Provider(
    "shopify",
    "Shopify",
    "Orders, payments, refunds, customers and the campaigns they came by",
    (
        Setting("shop", "Shop", "its address: my-store.myshopify.com"),
        Setting(
            "token",
            "Admin API access token",
            "Of a custom app with the scopes read_orders, read_all_orders and read_customers.",
            is_secret=True,
        ),
        Setting(
            "not_cash",
            "Payments that are not counted here",
            "Usually empty: what Stripe or Mercado Pago tell of too counts once by itself. Else words in the names of "
            "payment gateways, separated by commas, whose payments are left out. none: every payment counts.",
            is_needed=False,
        ),
        Setting(
            "visits",
            "Take over first and last visits",
            "yes: for shops without a tracker, whose own visits would be there twice.",
            is_needed=False,
            default="no",
        ),
        Setting("bulk", "Fetch long histories in bulk", "no: page by page.", is_needed=False, default="yes"),
        Setting("version", "API version", "", is_needed=False, default=_VERSION),
    ),
    ShopifySession,
)
