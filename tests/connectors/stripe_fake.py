"""Stripe on this machine: lists, filters by creation, pages from the newest on, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import re

    import httpx

PATHS = {
    "/v1/customers": "customer",
    "/v1/charges": "charge",
    "/v1/payment_intents": "payment_intent",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/refunds": "refund",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
}


class FakeStripe(Fake):
    """Holds objects by type."""

    def __init__(self, key: str = "rk_test_secret") -> None:
        super().__init__()
        self.key = key
        self.objects: dict[str, list[dict[str, Any]]] = {type_: [] for type_ in PATHS.values()}
        self.forbidden: set[str] = set()
        self.routes = [("GET", path, self._list) for path in PATHS]

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

    def _list(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return reply({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, 401)
        type_ = PATHS[found[0]]
        if type_ in self.forbidden:
            message = "The provided key does not have the required permissions for this endpoint."
            return reply({"error": {"type": "invalid_request_error", "message": message}}, 403)
        told = dict(request.url.params)
        rows = sorted(self.objects[type_], key=lambda each: (-each["created"], each["id"]))
        first, last = int(told.get("created[gte]", 0)), int(told.get("created[lt]", 1 << 40))
        rows = [each for each in rows if first <= each["created"] < last]
        after = told.get("starting_after")
        if after:
            places = [place for place, each in enumerate(rows) if each["id"] == after]
            if not places:
                error = {"type": "invalid_request_error", "code": "resource_missing", "message": f"No such: '{after}'"}
                return reply({"error": error}, 400)
            rows = rows[places[0] + 1 :]
        limit = int(told.get("limit", 10))
        return reply(
            {"object": "list", "has_more": len(rows) > limit, "data": rows[:limit], "url": found[0]},
            headers={"request-id": f"req_{len(self.requests)}"},
        )
