"""What a Shopify order and customer tell, as rows.

An order is gross: what was ordered. Money that came in or went out is told by the order's transactions, each a payment
or refund of its own, linked to the order by its id and checkout (G2, G3). Amounts are in the shop's currency.
https://shopify.dev/docs/api/admin-graphql/2026-07/objects/Order
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.shopify_queries import as_dict, as_list
from engine.schema.batch import Row

Object = Mapping[str, Any]

_NAME = "shopify"
_PAID = frozenset({"SALE", "CAPTURE"})
_NO_MONEY = ("gift_card", "store_credit", "bogus")  # was paid for before, or is a test
# Gateways that tell of their payments themselves where they are connected too: a word of their name here -> their name
# as a source, and what their ids look like.
_PROCESSORS = {
    "stripe": ("stripe", re.compile(r"\b(?:pi|ch|py)_[A-Za-z0-9]{8,}")),
    "mercado": ("mercadopago", re.compile(r"\b\d{8,15}\b")),
}
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_ATTRIBUTES = frozenset({"anonymous_id", "gclid", *_UTM})


def customer_row(customer: Object) -> Row | None:
    """Who a customer is."""
    if not customer.get("id"):
        return None
    told = {
        "shopify_customer_id": number_of(customer),
        "email": as_dict(customer.get("defaultEmailAddress")).get("emailAddress"),
        "phone": as_dict(customer.get("defaultPhoneNumber")).get("phoneNumber"),
        "first_name": customer.get("firstName"),
        "last_name": customer.get("lastName"),
        "source": _NAME,
        "time": customer.get("createdAt"),
    }
    return Row("people", _present(told))


def order_rows(order: Object, not_cash: Collection[str], *, with_visits: bool, by_gateway: bool = True) -> list[Row]:
    """The order, its payments and its refunds; nothing of a test order.

    Args:
        order: with its transactions and journey.
        not_cash: words; payments by a gateway whose name has one are not told.
        with_visits: the first and last visit too, as touches.
        by_gateway: payments say who processed them, so that one its processor tells of too counts once.
    """
    if order.get("test") or not order.get("createdAt"):
        return []
    who = _buyer(order)
    attributes = _attributes(order)
    ids = _present({"order_id": number_of(order), "checkout_token": order.get("checkoutToken"), "as_of": as_of(order)})
    amount, currency = _money(order.get("totalPriceSet"))
    status = "cancelled" if order.get("cancelledAt") else str(order.get("displayFinancialStatus") or "").casefold()
    rows = [
        Row(
            "conversions",
            _present(
                {
                    "conversion_id": order["id"],
                    "time": order.get("processedAt") or order["createdAt"],
                    "event_type": "order_cancelled" if order.get("cancelledAt") else "order_placed",
                    "value_amount": amount,
                    "currency": currency,
                    "revenue_type": "gross",
                    **ids,
                    **who,
                    **_journey(order),
                    **attributes,
                    "source": _NAME,
                    "status": status,
                }
            ),
        )
    ]
    for each in as_list(order.get("transactions")):
        transaction = as_dict(each)
        if transaction.get("status") != "SUCCESS" or transaction.get("test"):
            continue
        amount, currency = _money(transaction.get("amountSet"))
        gateway = str(transaction.get("gateway") or "").casefold()
        is_cash = not any(word in gateway for word in (*_NO_MONEY, *not_cash))
        processor, processed_id = _processed(gateway, transaction) if by_gateway else (None, None)
        common = {
            "conversion_id": transaction["id"],
            "time": transaction.get("processedAt") or transaction.get("createdAt") or order["createdAt"],
            "value_amount": amount,
            "currency": currency,
            **ids,
            **who,
            "gateway": processor,
            "source": _NAME,
            "status": "succeeded",
        }
        if transaction.get("kind") in _PAID and is_cash:
            paid = {
                "event_type": "payment_received",
                "revenue_type": "cash",
                "payment_id": transaction["id"],
                "gateway_payment_id": processed_id,
            }
            rows.append(Row("conversions", _present({**common, **_journey(order), **attributes, **paid})))
        elif transaction.get("kind") == "REFUND":
            # Gross takes no cash back: what paid for it is not told here either.
            parent = as_dict(transaction.get("parentTransaction")).get("id")
            back = {
                "event_type": "refund",
                "revenue_type": "cash" if is_cash else "gross",
                "refund_of": parent if is_cash and parent else number_of(order),
            }
            rows.append(Row("conversions", _present({**common, **back})))
    return [*rows, *(_visits(order, who) if with_visits else ())]


def is_waiting(order: Object) -> bool:
    """Whether Shopify has yet to find out how the customer came to the order."""
    summary = as_dict(order.get("customerJourneySummary"))
    return bool(summary) and not summary.get("ready") and not order.get("test")


def as_of(order: Object) -> str | None:
    """When the order was as told. The journey comes later without changing the order's own time: a millisecond on."""
    updated = instant(order.get("updatedAt"))
    is_ready = bool(as_dict(order.get("customerJourneySummary")).get("ready"))
    return None if updated is None else iso(updated + timedelta(milliseconds=1 if is_ready else 0))


def instant(value: Any) -> datetime | None:
    """A time as Shopify tells it; None for what is none."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if read is None else read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)


def iso(at: datetime) -> str:
    """A time as Shopify's search reads it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number_of(told: Object) -> str:
    """The number of an object, as the storefront's pixel knows it too."""
    return str(told.get("legacyResourceId") or str(told.get("id", "")).rpartition("/")[2])


# -- inside -------------------------------------------------------------------------------------------------------


def _buyer(order: Object) -> dict[str, Any]:
    customer, billing = as_dict(order.get("customer")), as_dict(order.get("billingAddress"))
    told = {
        "email": order.get("email") or as_dict(customer.get("defaultEmailAddress")).get("emailAddress"),
        "phone": order.get("phone") or as_dict(customer.get("defaultPhoneNumber")).get("phoneNumber"),
        "shopify_customer_id": number_of(customer) if customer else None,
        "first_name": customer.get("firstName") or billing.get("firstName"),
        "last_name": customer.get("lastName") or billing.get("lastName"),
    }
    return _present(told)


def _processed(gateway: str, transaction: Object) -> tuple[str | None, str | None]:
    """Who processed a transaction, as the source of their own records, and its id there, or the shop's reference."""
    for word, processor in _PROCESSORS.items():
        if word in gateway:
            source, pattern = processor
            told = str(transaction.get("paymentId") or "")
            found = pattern.search(told)
            return source, found[0] if found else told or None
    return None, None


def _attributes(order: Object) -> dict[str, Any]:
    """What the theme wrote into the cart: the visitor's id and campaign, where it did."""
    told = {
        str(as_dict(each).get("key")).strip().lower(): as_dict(each).get("value")
        for each in as_list(order.get("customAttributes"))
    }
    return _present({name: value for name, value in told.items() if name in _ATTRIBUTES})


def _journey(order: Object) -> dict[str, Any]:
    """The campaign and click id of the last visit that had one."""
    summary = as_dict(order.get("customerJourneySummary"))
    for each in (summary.get("lastVisit"), summary.get("firstVisit")):
        visit = as_dict(each)
        address = str(visit.get("landingPage") or "")
        (gclid,) = parse_qs(urlsplit(address).query).get("gclid", [""])[:1]
        if told := _present({**_utm(visit), "gclid": gclid}):
            return told
    return {}


def _utm(visit: Object) -> dict[str, Any]:
    told = as_dict(visit.get("utmParameters"))
    return _present({name: told.get(name.removeprefix("utm_")) for name in _UTM})


def _visits(order: Object, who: Object) -> list[Row]:
    """First and last visit as touches; one that was both is one."""
    if not who.get("email"):
        return []
    summary = as_dict(order.get("customerJourneySummary"))
    rows: dict[str, Row] = {}
    for visit in (as_dict(summary.get("firstVisit")), as_dict(summary.get("lastVisit"))):
        if not visit.get("occurredAt"):
            continue
        utm = _utm(visit)
        told = {
            "email": who["email"],
            "time": visit["occurredAt"],
            "kind": "visit",
            "url": visit.get("landingPage"),
            "source": utm.get("utm_source") or _came_from(visit),
            "medium": utm.get("utm_medium"),
            "campaign": utm.get("utm_campaign"),
            "referrer": visit.get("referrerUrl"),
        }
        rows[str(visit["occurredAt"])] = Row("touches", _present(told))
    return list(rows.values())


def _came_from(visit: Object) -> str | None:
    """The platform, search engine or site that Shopify found out, where the address has no campaign."""
    told = str(visit.get("source") or "").strip().casefold()
    return None if told in {"", "direct", "unknown"} else told


def _money(told: Any) -> tuple[str | None, str | None]:
    money = as_dict(as_dict(told).get("shopMoney"))
    return money.get("amount"), money.get("currencyCode")


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None and value != ""}
