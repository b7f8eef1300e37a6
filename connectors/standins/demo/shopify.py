"""The demo's shop as Shopify tells it. Its orders are paid through Stripe, which tells of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from connectors.standins.demo.business import framed, written
from connectors.standins.shopify import ShopifyStandin, money
from engine.demo.outcomes import FIRST_ORDER
from engine.demo.plan import DEMO_PROFILE

if TYPE_CHECKING:
    from connectors.standins.base import Object
    from connectors.standins.demo.business import Business

SHOP = "marea.myshopify.com"


def shopify(business: Business) -> ShopifyStandin:
    """Shopify with the shop."""
    outcomes = business.outcomes
    refunds = outcomes.filter(pl.col("event_type").is_in(["refund", "dispute_lost"]) & pl.col("order_id").is_not_null())
    back = refunds.group_by("order_id").agg(
        pl.col("time").max().alias("back_at"), pl.col("value_amount").first().str.strip_prefix("-").alias("back")
    )
    names = business.people.select("who", "first_name", "last_name", pl.col("phone").alias("own"))
    orders = (
        outcomes.filter(pl.col("event_type") == "order_placed")
        .join(back, on="order_id", how="left")
        .join(names, on="who", how="left")
        .with_columns(pl.coalesce("back_at", "time").alias("changed"))
    )
    customers = orders.group_by("who").agg(
        *(pl.col(name).first() for name in ("first_name", "last_name", "email", "own")),
        pl.col("time").min(),
        pl.col("time").max().alias("changed"),
    )
    told = [written(pl.col(name)).alias(name) for name in ("time", "changed")]
    standin = ShopifyStandin()
    standin.shop = {
        "name": DEMO_PROFILE.name,
        "myshopifyDomain": SHOP,
        "currencyCode": DEMO_PROFILE.currency,
        "ianaTimezone": DEMO_PROFILE.timezone,
        "createdAt": "2020-01-01T00:00:00Z",
    }
    gid = pl.concat_str(pl.lit("gid://shopify/Customer/"), pl.col("who").cast(pl.String)).alias("id")
    number = pl.col("conversion_id").alias("id")
    standin.shelves = {
        "orders": framed(orders.with_columns(*told, written(pl.col("back_at")), number), ("changed", "id"), _order),
        "customers": framed(customers.with_columns(*told, gid), ("changed", "id"), _customer),
    }
    return standin


def _buyer(row: dict[str, Any]) -> Object:
    return {
        "id": f"gid://shopify/Customer/{row['who']}",
        "legacyResourceId": str(row["who"]),
        "firstName": row["first_name"],
        "lastName": row["last_name"],
        "defaultEmailAddress": {"emailAddress": row["email"]},
        "defaultPhoneNumber": {"phoneNumber": row["own"]} if row["own"] else None,
    }


def _customer(row: dict[str, Any]) -> Object:
    return {**_buyer(row), "createdAt": row["time"], "updatedAt": row["changed"]}


def _order(row: dict[str, Any]) -> Object:
    amount, currency, number = row["value_amount"], row["currency"], int(row["order_id"])
    transactions = [_transaction(number * 10, "SALE", amount, currency, row["time"])]
    if row["back"]:
        parent = {"parentTransaction": {"id": transactions[0]["id"]}}
        transactions.append(
            {**_transaction(number * 10 + 1, "REFUND", row["back"], currency, row["back_at"]), **parent}
        )
    return {
        "id": row["id"],
        "legacyResourceId": row["order_id"],
        "name": f"#{number - FIRST_ORDER}",
        "createdAt": row["time"],
        "processedAt": row["time"],
        "updatedAt": row["changed"],
        "test": False,
        "cancelledAt": None,
        "cancelReason": None,
        "confirmed": True,
        "sourceName": "web",
        "displayFinancialStatus": _status(row),
        "email": row["email"],
        "phone": None,
        "checkoutToken": row["checkout_token"],
        "currencyCode": currency,
        "totalPriceSet": money(amount, currency),
        "customAttributes": [],
        "billingAddress": None,
        "customer": _buyer(row),
        "transactions": transactions,
        "customerJourneySummary": {"ready": True, "firstVisit": None, "lastVisit": None},
    }


def _status(row: dict[str, Any]) -> str:
    if not row["back"]:
        return "PAID"
    return "REFUNDED" if row["back"] == row["value_amount"] else "PARTIALLY_REFUNDED"


def _transaction(number: int, kind: str, amount: str, currency: str, at: str) -> Object:
    return ShopifyStandin.transaction(number, kind, amount, at, gateway="stripe", amountSet=money(amount, currency))
