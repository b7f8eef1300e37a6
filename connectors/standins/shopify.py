"""Shopify, played on this machine: searches by time of change, cursors, costs, bulk operations and their files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from connectors.http import Request, Response
from connectors.shopify_rows import instant, iso
from connectors.standins.base import Object, Shelf, Standin, body_of, reply, shelved

if TYPE_CHECKING:
    from connectors.standins.base import Key

STORAGE = "storage.example"
_COST = 300
_FILTER = re.compile(r"(updated_at|created_at):(>=|<)'([^']+)'")


def money(amount: str, currency: str = "USD") -> Object:
    """An amount in both currencies, which are one here."""
    told = {"amount": amount, "currencyCode": currency}
    return {"shopMoney": told, "presentmentMoney": told}


def by_change(told: Object) -> Key:
    """The order of lists."""
    changed = instant(told["updatedAt"])
    return "" if changed is None else iso(changed), told["id"]


class ShopifyStandin(Standin):
    """Holds orders and customers of a shop.

    Attributes:
        shelves: ``orders`` and ``customers`` by when they changed, in place of the lists.
        forbidden: of these two, what the token may not read.
        most: objects a page; more costs too much.
        reach: orders created before are not seen.
        bulk: operations by id, and by the name of their file.
        bulk_threshold: how many orders the shop says it has, in place of the truth.
        left: points that can be spent.
    """

    def __init__(self, token: str = "shpat_0123456789secret") -> None:
        super().__init__()
        self.token = token
        self.shop: Object = {
            "name": "Lab Shop",
            "myshopifyDomain": "lab.myshopify.com",
            "currencyCode": "USD",
            "ianaTimezone": "America/Lima",
            "createdAt": "2020-01-01T00:00:00Z",
        }
        self.orders: list[Object] = []
        self.customers: list[Object] = []
        self.shelves: dict[str, Shelf] = {}
        self.forbidden: set[str] = set()
        self.most = 250
        self.reach = ""
        self.bulk: dict[str, Object] = {}
        self.bulk_errors: list[Object] = []
        self.bulk_ends = "COMPLETED"
        self.left = 2_000.0
        self.refused_cursors: set[str] = set()
        self.bulk_threshold: int | None = None

    @staticmethod
    def transaction(number: int, kind: str, amount: str, at: str, **fields: Any) -> Object:
        """A transaction that succeeded."""
        return {
            "id": f"gid://shopify/OrderTransaction/{number}",
            "kind": kind,
            "status": "SUCCESS",
            "gateway": "shopify_payments",
            "test": False,
            "createdAt": at,
            "processedAt": at,
            "paymentId": f"c{number}.1",
            "amountSet": money(amount),
            "parentTransaction": None,
            **fields,
        }

    def limited(self) -> Response:
        error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return reply({"errors": [error], "extensions": {"cost": self._cost(100.0)}})

    def answer(self, request: Request) -> Response:
        if request.url.host == STORAGE:
            return Response(200, content=self.bulk[request.url.path.strip("/")]["text"])
        if request.headers.get("x-shopify-access-token") != self.token:
            return reply(
                {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401
            )
        body = body_of(request)
        data, errors = self._run(body["query"], body.get("variables") or {})
        told = {"data": data, "extensions": {"cost": self._cost(self.left)}}
        return reply({**told, **({"errors": errors} if errors else {})}, headers={"x-request-id": "req-1"})

    def _cost(self, left: float) -> Object:
        status = {"maximumAvailable": 2000, "currentlyAvailable": left, "restoreRate": 100}
        return {"requestedQueryCost": _COST, "throttleStatus": status}

    def _run(self, query: str, told: Object) -> tuple[Any, list[Any]]:
        if "bulkOperationRunQuery" in query:
            return self._begin(told), []
        if "bulkOperation(id" in query:
            return self._look(told), []
        if "shop {" in query:
            return {"shop": {"id": "gid://shopify/Shop/1", **self.shop}}, []
        named = str(next(iter(told.get("ids") or [""])))
        root = "customers" if "customers(" in query or "/Customer/" in named else "orders"
        if root in self.forbidden:
            scope = f"read_{root}"
            message = f"Access denied for {root} field. Required access: `{scope}` access scope."
            return None, [{"message": message, "path": [root], "extensions": {"code": "ACCESS_DENIED"}}]
        if "ordersCount" in query:
            _, start, stop = self._found("orders", told["search"])
            count = stop - start if self.bulk_threshold is None else self.bulk_threshold
            return {"ordersCount": {"count": count, "precision": "EXACT"}}, []
        if "nodes(ids" in query:
            shelf, _, _ = self._found(root, None)
            return {"nodes": [shelf.get(each) for each in told["ids"]]}, []
        return self._page(root, told)

    def _begin(self, told: Object) -> Object:
        if self.bulk_errors:
            return {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": self.bulk_errors}}
        number = f"gid://shopify/BulkOperation/{len(self.bulk) + 1}"
        shelf, start, stop = self._found("orders", re.findall(r'orders\(query: "([^"]*)"', told["search"])[0])
        text = b"".join(orjson.dumps(each) + b"\n" for each in shelf.at(start, stop))
        name = f"file{len(self.bulk) + 1}.jsonl"
        operation = {"looks": 0, "text": text, "count": stop - start, "name": name}
        self.bulk[number] = self.bulk[name] = operation
        return {"bulkOperationRunQuery": {"bulkOperation": {"id": number, "status": "CREATED"}, "userErrors": []}}

    def _look(self, told: Object) -> Object:
        operation = self.bulk.get(told["id"])
        if operation is None:
            return {"bulkOperation": None}
        operation["looks"] += 1
        status = self.bulk_ends if operation["looks"] > 2 else "RUNNING"
        has_file = status == "COMPLETED" and operation["count"]
        url = f"https://{STORAGE}/{operation['name']}?signature=abc" if has_file else None
        state = {"id": told["id"], "status": status, "errorCode": None, "objectCount": str(operation["count"])}
        return {"bulkOperation": {**state, "url": url, "partialDataUrl": None}}

    def _page(self, root: str, told: Object) -> tuple[Any, list[Any]]:
        first, after = int(told.get("first", 1)), told.get("after")
        if first > self.most:
            message = "Query cost is 1500, which exceeds the single query max cost limit (1000)."
            return None, [{"message": message, "extensions": {"code": "MAX_COST_EXCEEDED", "cost": 1500}}]
        if after in self.refused_cursors:
            self.refused_cursors.discard(str(after))
            return None, [{"message": "Invalid cursor for current pagination sort.", "extensions": {"code": "X"}}]
        shelf, start, stop = self._found(root, told.get("search"))
        if after:
            changed, _, id_ = str(after).partition("|")
            start = max(start, shelf.place((changed, id_, "")))
        end = min(stop, start + first)
        page = shelf.at(start, end)
        cursor = "|".join(shelf.keys[end - 1]) if page else None
        nodes = [{**each, "customer": None} if "customers" in self.forbidden else each for each in page]
        denied = {"message": "Access denied for customer field.", "extensions": {"code": "ACCESS_DENIED"}}
        errors = [denied] if root == "orders" and "customers" in self.forbidden and page and "first" in told else []
        return {root: {"nodes": nodes, "pageInfo": {"hasNextPage": end < stop, "endCursor": cursor}}}, errors

    def _found(self, root: str, search: str | None) -> tuple[Shelf, int, int]:
        """A shelf, and from where to where on it the search finds something."""
        filters: list[tuple[str, str, str]] = _FILTER.findall(search or "")
        objects: list[Object] = getattr(self, root)
        shelf = self.shelves[root] if root in self.shelves else shelved(objects, by_change)
        if root == "orders" and (self.reach or any(field == "created_at" for field, _, _ in filters)):
            seen = [each for each in shelf.at(0, len(shelf)) if each["createdAt"] >= self.reach]
            for field, sign, text in filters:
                if field == "created_at":
                    seen = [each for each in seen if (_read(each["createdAt"]) >= _read(text)) == (sign == ">=")]
            shelf = shelved(seen, by_change)
        start, stop = 0, len(shelf)
        for field, sign, text in filters:
            if field == "updated_at" and sign == ">=":
                start = max(start, shelf.place((_read(text),)))
            elif field == "updated_at":
                stop = min(stop, shelf.place((_read(text),)))
        return shelf, start, max(start, stop)


def _read(text: str) -> str:
    found = instant(text)
    return "" if found is None else iso(found)
