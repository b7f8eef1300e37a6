"""Rows of Stripe's objects: payments by charge, payment intent and checkout session, refunds, disputes, customers.

Facts: API version 2026-10-28.endive; events show objects as the version of their day did, so a field may be absent.
https://docs.stripe.com/api

What was money and is none any more (a refund that failed, a dispute that was won after all) is told again under its id
with an event type that is no goal's: the latest word on a row counts (E7).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from connectors.money import from_minor
from engine.schema.batch import Row

Object = Mapping[str, Any]

_SOURCE = "stripe"
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")


def charge_rows(charge: Object) -> list[Row]:
    """A charge that succeeded is a payment, of what was captured; one that only reserves money is none yet."""
    if charge.get("status") != "succeeded" or not charge.get("paid") or charge.get("captured") is False:
        return []
    billing = dict_of(charge.get("billing_details"))
    who = _person(charge, billing.get("email") or charge.get("receipt_email"), billing)
    return [_payment(charge, charge.get("amount_captured") or charge["amount"], who)]


def intent_rows(intent: Object) -> list[Row]:
    """A payment intent that succeeded is the payment its charge tells of."""
    if intent.get("status") != "succeeded":
        return []
    who = _person(intent, intent.get("receipt_email"), {})
    return [_payment(intent, intent.get("amount_received") or intent["amount"], who)]


def session_rows(session: Object) -> list[Row]:
    """A completed checkout session tells who paid and where they came from.

    Its payment is the payment intent's. One without (a subscription's first invoice has a payment intent of its own
    that the session does not name, a trial has none) is no money, but still says whose visit it was.
    """
    details = dict_of(session.get("customer_details"))
    reference = session.get("client_reference_id")
    who = _person(session, details.get("email") or session.get("customer_email"), details)
    who |= {"anonymous_id": reference} if reference else {}
    if id_of(session.get("payment_intent")):
        is_paid = session.get("payment_status") == "paid" and session.get("amount_total")
        return [_payment(session, session["amount_total"], who)] if is_paid else []
    if session.get("status") != "complete":
        return []
    return [_conversion(session, "stripe_checkout_completed", {**_links(session), **who})]


def refund_rows(refund: Object) -> list[Row]:
    """A refund that succeeded takes cash back on its own day (T3); one that failed later gives it back."""
    status = refund.get("status")
    if status in {"failed", "canceled"}:
        return [_conversion(refund, f"refund_{status}", {})]
    return [_conversion(refund, "refund", _taken_back(refund))] if status in {"succeeded", None} else []


def dispute_rows(dispute: Object) -> list[Row]:
    """A lost dispute takes cash back (T3); an open one does not yet, and one that was won does not any more."""
    if dispute.get("status") == "lost":
        return [_conversion(dispute, "dispute_lost", _taken_back(dispute))]
    return [_conversion(dispute, "dispute_updated", {})]


def customer_rows(customer: Object) -> list[Row]:
    """Who a customer id is."""
    if customer.get("deleted"):
        return []
    who = {**_named(customer), "stripe_customer_id": customer["id"], "source": _SOURCE, "time": customer.get("created")}
    return [_row("people", {**who, "email": customer.get("email"), "phone": customer.get("phone")})]


def id_of(value: Any) -> str | None:
    """The id of a reference, expanded or not."""
    if isinstance(value, Mapping):
        value = cast("Object", value).get("id")
    return str(value) if value else None


def dict_of(value: Any) -> dict[str, Any]:
    """An object, empty where there is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


# -- inside -------------------------------------------------------------------------------------------------------


def _payment(told: Object, amount: int, who: Mapping[str, Any]) -> Row:
    money = {
        "value_amount": from_minor(amount, str(told["currency"])),
        "currency": str(told["currency"]).upper(),
        "revenue_type": "cash",
        # A charge without an intent is a payment of its own; an intent is the payment its charge and session name.
        "payment_id": id_of(told.get("payment_intent")) or told["id"],
    }
    return _conversion(told, "payment_received", {**money, **_links(told), **who})


def _conversion(told: Object, event_type: str, more: Mapping[str, Any]) -> Row:
    common = {"conversion_id": told["id"], "time": told["created"], "event_type": event_type}
    return _row("conversions", {**common, "source": _SOURCE, "status": told.get("status"), **more})


def _taken_back(told: Object) -> dict[str, Any]:
    return {
        "value_amount": from_minor(told["amount"], told["currency"]),
        "currency": str(told["currency"]).upper(),
        "refund_of": id_of(told.get("payment_intent")) or id_of(told.get("charge")),
    }


def _person(told: Object, email: Any, details: Object) -> dict[str, Any]:
    return {
        "email": email,
        "phone": details.get("phone"),
        "stripe_customer_id": id_of(told.get("customer")),
        **_named(details),
    }


def _named(told: Object) -> dict[str, Any]:
    first, _, last = str(told.get("name") or "").strip().partition(" ")
    return {"first_name": first, "last_name": last.strip()}


def _links(told: Object) -> dict[str, Any]:
    """What ties it to orders, checkouts, devices and campaigns: the shop's own words in its metadata."""
    metadata = dict_of(told.get("metadata"))
    return {name: metadata.get(name) for name in ("order_id", "checkout_token", "anonymous_id", "gclid", *_UTM)}


def _row(kind: str, fields: Mapping[str, Any]) -> Row:
    return Row(kind, {name: value for name, value in fields.items() if value not in {None, ""}})
