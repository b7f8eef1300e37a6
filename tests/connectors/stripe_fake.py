"""Stripe with payments that are told three times."""

from __future__ import annotations

from typing import Any

from connectors.standins.stripe import StripeStandin
from tests.connectors.harness import Fake


class FakeStripe(Fake, StripeStandin):
    """Holds objects by type."""

    def add(self, type_: str, **fields: Any) -> dict[str, Any]:
        """An object, in the shape of its type."""
        made = {"object": type_, "metadata": {}, "currency": "usd", **fields}
        self.objects[type_].append(made)
        return made

    def pay(self, number: int, created: int, amount: int = 5_000, **fields: Any) -> None:
        """A payment told three times: by charge, payment intent and checkout session."""
        email = f"payer{number}@mail.example"
        self.add("customer", id=f"cus_{number}", created=created - 10, email=email, name=f"Pat Payer{number}")
        common = {"created": created, "customer": f"cus_{number}", **fields}
        self.add(
            "payment_intent", id=f"pi_{number}", amount=amount, amount_received=amount, status="succeeded", **common
        )
        self.add(
            "charge",
            id=f"ch_{number}",
            amount=amount,
            status="succeeded",
            paid=True,
            payment_intent=f"pi_{number}",
            billing_details={"email": email, "name": f"Pat Payer{number}"},
            **common,
        )
        self.add(
            "checkout.session",
            id=f"cs_{number}",
            amount_total=amount,
            payment_status="paid",
            status="complete",
            payment_intent=f"pi_{number}",
            client_reference_id=f"device-{number}",
            customer_details={"email": email},
            **common,
        )

    def subscribe(self, number: int, created: int, amount: int) -> None:
        """The checkout of a subscription: its session names no payment, its first invoice has its own; 0: a trial."""
        email = f"payer{number}@mail.example"
        common = {"created": created, "customer": f"cus_{number}"}
        self.add(
            "checkout.session",
            id=f"cs_{number}",
            mode="subscription",
            amount_total=amount,
            payment_status="paid" if amount else "no_payment_required",
            status="complete",
            payment_intent=None,
            subscription=f"sub_{number}",
            client_reference_id=f"device-{number}",
            customer_details={"email": email},
            **common,
        )
        if amount:
            told = {"amount": amount, "status": "succeeded", **common}
            self.add("payment_intent", id=f"pi_{number}", amount_received=amount, **told)
            self.add("charge", id=f"ch_{number}", paid=True, captured=True, payment_intent=f"pi_{number}", **told)
