"""Stripe, played on this machine: lists, filters by creation, pages from the newest on, events."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

from connectors.standins.base import Object, Shelf, Standin, reply, shelved

if TYPE_CHECKING:
    import re

    from connectors.http import Request, Response
    from connectors.standins.base import Key

PATHS = {
    "/v1/customers": "customer",
    "/v1/charges": "charge",
    "/v1/payment_intents": "payment_intent",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/refunds": "refund",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
}


class StripeStandin(Standin):
    """Holds objects by type.

    Attributes:
        objects: by type, those that are there.
        shelves: by type, in place of ``objects``.
        forbidden: types the key may not read.
        now: what its clock tells (Unix seconds); None: it does not tell.
    """

    def __init__(self, key: str = "rk_test_secret") -> None:
        super().__init__()
        self.key = key
        self.objects: dict[str, list[Object]] = {type_: [] for type_ in PATHS.values()}
        self.shelves: dict[str, Shelf] = {}
        self.forbidden: set[str] = set()
        self.now: int | None = None
        self.routes = [("GET", path, self._list) for path in PATHS]

    def limited(self) -> Response:
        error = {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."}
        return reply({"error": error}, 429, {"stripe-rate-limited-reason": "global-rate"})

    def _list(self, request: Request, found: re.Match[str]) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return reply({"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}, 401)
        type_ = PATHS[found[0]]
        if type_ in self.forbidden:
            message = "The provided key does not have the required permissions for this endpoint."
            return reply({"error": {"type": "invalid_request_error", "message": message}}, 403)
        told = dict(request.url.params)
        wanted = request.url.params.get_list("types[]")
        shelf = self.shelves[type_] if type_ in self.shelves else shelved(self.objects[type_], newest_first)
        if wanted and type_ not in self.shelves:
            shelf = shelved([each for each in self.objects[type_] if each["type"] in wanted], newest_first)
        first, last = int(told.get("created[gte]", 0)), int(told.get("created[lt]", 1 << 40))
        # Newest first: what was created before ``last`` begins where the keys pass its negative.
        start, stop = shelf.place((1 - last,)), shelf.place((1 - first,))
        after = told.get("starting_after")
        if after:
            place = shelf.place_of(after)
            if place is None:
                error = {"type": "invalid_request_error", "code": "resource_missing", "message": f"No such: '{after}'"}
                return reply({"error": error}, 400)
            start = max(start, place + 1)
        end = min(stop, start + int(told.get("limit", 10)))
        return reply(
            {"object": "list", "has_more": end < stop, "data": shelf.at(start, end), "url": found[0]},
            headers={"request-id": f"req_{self.count}", **self._clock()},
        )

    def _clock(self) -> dict[str, str]:
        return {} if self.now is None else {"date": formatdate(self.now, usegmt=True)}


def newest_first(told: Object) -> Key:
    """The order of lists."""
    return -int(told["created"]), str(told["id"])
