"""Shopify on this machine: searches by time of change, cursors, costs, bulk operations and their files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx

from connectors.shopify_rows import instant
from tests.connectors.harness import Fake, body_of, reply

if TYPE_CHECKING:
    from datetime import datetime

STORAGE = "storage.example"


def money(amount: str, currency: str = "USD") -> dict[str, Any]:
    told = {"amount": amount, "currencyCode": currency}
    return {"shopMoney": told, "presentmentMoney": told}


class FakeShopify(Fake):
    """Holds orders and customers of a shop."""

    def __init__(self, token: str = "shpat_0123456789secret") -> None:
        super().__init__()
        self.token = token
        self.orders: list[dict[str, Any]] = []
        self.customers: list[dict[str, Any]] = []
        self.forbidden: set[str] = set()
        self.most = 250  # objects a page; more costs too much
        self.reach: str = ""  # orders created before are not seen
        self.bulk: dict[str, dict[str, Any]] = {}
        self.bulk_errors: list[dict[str, Any]] = []
        self.bulk_ends = "COMPLETED"
        self.left = 2_000.0
        self.refused_cursors: set[str] = set()
        self.bulk_threshold: int | None = None  # how many orders the shop says it has

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

    def transaction(self, number: int, kind: str, amount: str, at: str, **fields: Any) -> dict[str, Any]:
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

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == STORAGE:
            assert "x-shopify-access-token" not in request.headers
            assert request.url.params["signature"] == "abc"
            return httpx.Response(200, text=self.bulk[request.url.path.strip("/")]["text"])
        if request.headers.get("x-shopify-access-token") != self.token:
            return reply(
                {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401
            )
        body = body_of(request)
        data, errors = self._run(body["query"], body.get("variables") or {})
        cost = {"requestedQueryCost": 300, "throttleStatus": {"maximumAvailable": 2000, "restoreRate": 100}}
        cost["throttleStatus"]["currentlyAvailable"] = self.left
        told = {"data": data, "extensions": {"cost": cost}}
        return reply({**told, **({"errors": errors} if errors else {})}, headers={"x-request-id": "req-1"})

    def _run(self, query: str, told: dict[str, Any]) -> tuple[Any, list[Any]]:
        if "bulkOperationRunQuery" in query:
            if self.bulk_errors:
                return {"bulkOperationRunQuery": {"bulkOperation": None, "userErrors": self.bulk_errors}}, []
            number = f"gid://shopify/BulkOperation/{len(self.bulk) + 1}"
            found = self._found("orders", re.findall(r'orders\(query: "([^"]*)"', told["search"])[0])
            text = "".join(json.dumps(each) + "\n" for each in found)
            name = f"file{len(self.bulk) + 1}.jsonl"
            self.bulk[number] = self.bulk[name] = {"looks": 0, "text": text, "count": len(found), "name": name}
            operation = {"id": number, "status": "CREATED"}
            return {"bulkOperationRunQuery": {"bulkOperation": operation, "userErrors": []}}, []
        if "bulkOperation(id" in query:
            operation = self.bulk.get(told["id"])
            if operation is None:
                return {"bulkOperation": None}, []
            operation["looks"] += 1
            status = self.bulk_ends if operation["looks"] > 2 else "RUNNING"
            has_file = status == "COMPLETED" and operation["count"]
            url = f"https://{STORAGE}/{operation['name']}?signature=abc" if has_file else None
            state = {"id": told["id"], "status": status, "errorCode": None, "objectCount": str(operation["count"])}
            return {"bulkOperation": {**state, "url": url, "partialDataUrl": None}}, []
        if "shop {" in query:
            shop = {"id": "gid://shopify/Shop/1", "name": "Lab Shop", "myshopifyDomain": "lab.myshopify.com"}
            more = {"currencyCode": "USD", "ianaTimezone": "America/Lima", "createdAt": "2020-01-01T00:00:00Z"}
            return {"shop": {**shop, **more}}, []
        root = "customers" if "customers(" in query else "orders"
        if root in self.forbidden:
            scope = f"read_{root}"
            message = f"Access denied for {root} field. Required access: `{scope}` access scope."
            denied = {"message": message, "path": [root], "extensions": {"code": "ACCESS_DENIED"}}
            return None, [denied]
        if "ordersCount" in query:
            count = len(self._found("orders", told["search"])) if self.bulk_threshold is None else self.bulk_threshold
            return {"ordersCount": {"count": count, "precision": "EXACT"}}, []
        if "nodes(ids" in query:
            return {"nodes": [next((o for o in self.orders if o["id"] == each), None) for each in told["ids"]]}, []
        return self._page(root, query, told)

    def _page(self, root: str, query: str, told: dict[str, Any]) -> tuple[Any, list[Any]]:
        first = int(told.get("first", 1))
        if first > self.most:
            message = "Query cost is 1500, which exceeds the single query max cost limit (1000)."
            return None, [{"message": message, "extensions": {"code": "MAX_COST_EXCEEDED", "cost": 1500}}]
        rows = self._found(root, told.get("search"))
        after = told.get("after")
        if after in self.refused_cursors:
            self.refused_cursors.discard(str(after))
            return None, [{"message": "Invalid cursor for current pagination sort.", "extensions": {"code": "X"}}]
        if after:
            rows = [each for each in rows if f"{each['updatedAt']}|{each['id']}" > after]
        page = rows[:first]
        end = f"{page[-1]['updatedAt']}|{page[-1]['id']}" if page else None
        nodes = [{**each, "customer": None} if "customers" in self.forbidden else each for each in page]
        denied = {"message": "Access denied for customer field.", "extensions": {"code": "ACCESS_DENIED"}}
        errors = [denied] if root == "orders" and "customers" in self.forbidden and page and "first" in told else []
        return {root: {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > first, "endCursor": end}}}, errors

    def _found(self, root: str, search: str | None) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = sorted(getattr(self, root), key=lambda each: (each["updatedAt"], each["id"]))
        if root == "orders" and self.reach:
            rows = [each for each in rows if each["createdAt"] >= self.reach]
        for field, sign, text in re.findall(r"(updated_at|created_at):(>=|<)'([^']+)'", search or ""):
            name = "updatedAt" if field == "updated_at" else "createdAt"
            edge = _read(text)
            rows = [each for each in rows if (_read(each[name]) >= edge if sign == ">=" else _read(each[name]) < edge)]
        return rows


def _read(text: str) -> datetime:
    found = instant(text)
    assert found is not None
    return found
