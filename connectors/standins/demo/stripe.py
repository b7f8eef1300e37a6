"""The demo's payments as Stripe tells them: each by payment intent and charge, those made on a page by session too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from connectors.standins.demo.business import cents, framed, seconds
from connectors.standins.stripe import StripeStandin

if TYPE_CHECKING:
    from connectors.standins.base import Object
    from connectors.standins.demo.business import Business

_DISPUTE = "dispute_lost"
_EVENTS_DAYS = 30
_PLACEHOLDER = "test@test.com"
_NOTED_BY = 3  # of so many payments that name nobody, the desk noted in all but one whose it is


def stripe(business: Business) -> StripeStandin:
    """Stripe, as far as the business's money goes through it."""
    outcomes = business.outcomes
    back = outcomes.filter(pl.col("event_type").is_in(["refund", _DISPUTE])).select(
        "payment_id",
        pl.col("conversion_id").alias("id"),
        pl.col("event_type").alias("kind"),
        seconds(pl.col("time")).alias("created"),
        cents(pl.col("value_amount")).abs().alias("amount"),
        pl.col("currency").str.to_lowercase(),
    )
    given = back.group_by("payment_id").agg(
        pl.col("amount").filter(pl.col("kind") != _DISPUTE).sum().alias("amount_refunded"),
        (pl.col("kind") == _DISPUTE).any().alias("disputed"),
    )
    people = business.people.unique("who")
    names = people.select(
        "who", pl.concat_str("first_name", pl.lit(" "), "last_name").alias("name"), pl.col("email").alias("own_email")
    )
    names_nobody = (pl.col("email").is_null() | (pl.col("email") == _PLACEHOLDER)) & pl.col("phone").is_null()
    paid = (
        outcomes.filter(pl.col("event_type") == "payment_received")
        .join(given, on="payment_id", how="left")
        .join(names, on="who", how="left")
        .select(
            *("payment_id", "order_id", "checkout_token", "email", "phone", "who"),
            pl.col("stripe_customer_id").alias("customer"),
            pl.when(pl.col("stripe_customer_id").is_not_null()).then("name").alias("name"),
            pl.when(names_nobody & (pl.col("who") % _NOTED_BY > 0)).then("own_email").alias("noted_email"),
            seconds(pl.col("time")).alias("created"),
            seconds(pl.col("page_opened_at")).alias("opened"),
            pl.col("conversion_id").alias("told_as"),
            cents(pl.col("value_amount")).alias("amount"),
            pl.col("currency").str.to_lowercase(),
            pl.col("amount_refunded").fill_null(0),
            pl.col("disputed").fill_null(value=False),
            pl.col("payment_id").str.replace("pi_", "ch_").alias("charge_id"),
        )
    )
    age = (-pl.col("created")).alias("age")
    standin = StripeStandin()
    known = paid.filter(pl.col("customer").is_not_null()).group_by("customer").agg(pl.col("created").min(), "who")
    known = known.with_columns(pl.col("who").list.first()).join(people, on="who", how="left")
    last = int((business.now - timedelta(days=_EVENTS_DAYS)).timestamp())
    lately = back.filter(pl.col("created") >= last).drop("amount", "currency")
    events = lately.rename({"created": "at", "id": "back_id"}).join(paid, on="payment_id")
    standin.shelves = {
        "customer": framed(known.with_columns(age), ("age", "customer"), _customer),
        "payment_intent": framed(paid.with_columns(age), ("age", "payment_id"), _intent),
        "charge": framed(paid.with_columns(age), ("age", "charge_id"), _charge),
        "checkout.session": framed(
            paid.filter(pl.col("opened").is_not_null()).with_columns((-pl.col("opened")).alias("age")),
            ("age", "told_as"),
            _session,
        ),
        "refund": framed(back.filter(pl.col("kind") != _DISPUTE).with_columns(age), ("age", "id"), _refund),
        "dispute": framed(back.filter(pl.col("kind") == _DISPUTE).with_columns(age), ("age", "id"), _dispute),
        "event": framed(
            events.with_columns(
                (-pl.col("at")).alias("age"), pl.concat_str(pl.lit("evt_"), "back_id").alias("event_id")
            ),
            ("age", "event_id"),
            _event,
        ),
    }
    return standin


def _customer(row: dict[str, Any]) -> Object:
    name = f"{row['first_name']} {row['last_name']}"
    told: Object = {"email": row["email"], "phone": row["phone"], "name": name, "metadata": {}, "livemode": True}
    return {"id": row["customer"], "object": "customer", "created": row["created"], **told}


def _metadata(row: dict[str, Any]) -> Object:
    told = {name: row[name] for name in ("order_id", "checkout_token") if row[name] is not None}
    return told if row["noted_email"] is None else {**told, "patient_email": row["noted_email"]}


def _common(row: dict[str, Any]) -> Object:
    return {
        "created": row["created"],
        "currency": row["currency"],
        "customer": row["customer"],
        "livemode": True,
        "metadata": _metadata(row),
    }


def _intent(row: dict[str, Any]) -> Object:
    return {
        "id": row["payment_id"],
        "object": "payment_intent",
        "amount": row["amount"],
        "amount_received": row["amount"],
        "status": "succeeded",
        "latest_charge": row["charge_id"],
        "receipt_email": None,
        **_common(row),
    }


def _charge(row: dict[str, Any]) -> Object:
    refunded = row["amount_refunded"]
    return {
        "id": row["charge_id"],
        "object": "charge",
        "amount": row["amount"],
        "amount_refunded": refunded,
        "refunded": refunded >= row["amount"],
        "disputed": row["disputed"],
        "paid": True,
        "status": "succeeded",
        "payment_intent": row["payment_id"],
        "billing_details": {"email": row["email"], "phone": row["phone"], "name": row["name"]},
        "receipt_email": None,
        **_common(row),
    }


def _session(row: dict[str, Any]) -> Object:
    return {
        "id": row["told_as"],
        "object": "checkout.session",
        "amount_total": row["amount"],
        "payment_status": "paid",
        "status": "complete",
        "mode": "payment",
        "payment_intent": row["payment_id"],
        "payment_link": None if row["order_id"] else "plink_marea",
        "client_reference_id": None,
        "customer_details": {"email": row["email"], "phone": row["phone"], "name": row["name"]},
        **_common(row),
        "created": row["opened"],
    }


def _refund(row: dict[str, Any]) -> Object:
    charge = row["payment_id"].replace("pi_", "ch_")
    told: Object = {"payment_intent": row["payment_id"], "charge": charge, "status": "succeeded", "metadata": {}}
    amount = {"amount": row["amount"], "currency": row["currency"]}
    return {"id": row["id"], "object": "refund", "created": row["created"], **amount, **told}


def _dispute(row: dict[str, Any]) -> Object:
    return {**_refund(row), "object": "dispute", "status": "lost", "reason": "fraudulent"}


def _event(row: dict[str, Any]) -> Object:
    type_ = "charge.updated" if row["kind"] == _DISPUTE else "charge.refunded"
    return {
        "id": row["event_id"],
        "object": "event",
        "type": type_,
        "created": row["at"],
        "data": {"object": _charge(row)},
    }
