"""What is asked of Shopify's Admin GraphQL API, and how its errors and costs are read.

Facts: https://shopify.dev/docs/api/admin-graphql (fields), https://shopify.dev/docs/api/usage/limits (cost),
https://shopify.dev/docs/api/usage/bulk-operations/queries (bulk: one root connection, ``edges``, no connection in a
list; results are kept seven days).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from connectors.http import Answer, Fail, UsualSignals, Verdict, Wait, retry_after
from engine.errors import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

TOO_DEAR = "MAX_COST_EXCEEDED"
_POLL = 5.0  # seconds between two looks at a bulk operation
WORKING = frozenset({"CREATED", "RUNNING", "CANCELING"})
_BUSY = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_SCOPE = re.compile(r"`?\b((?:read|write)_[a-z_]+)\b`?")

_VISIT = "occurredAt landingPage referrerUrl source utmParameters { source medium campaign content term }"
_MONEY = "shopMoney { amount currencyCode } presentmentMoney { amount currencyCode }"

ORDER = f"""
id legacyResourceId name createdAt processedAt updatedAt test cancelledAt cancelReason confirmed sourceName
displayFinancialStatus email phone checkoutToken currencyCode
totalPriceSet {{ {_MONEY} }}
customAttributes {{ key value }}
billingAddress {{ firstName lastName phone }}
customer {{ id legacyResourceId firstName lastName defaultEmailAddress {{ emailAddress }}
  defaultPhoneNumber {{ phoneNumber }} }}
transactions(first: 50) {{ id kind status gateway test createdAt processedAt paymentId
  amountSet {{ {_MONEY} }} parentTransaction {{ id }} }}
customerJourneySummary {{ ready firstVisit {{ {_VISIT} }} lastVisit {{ {_VISIT} }} }}
"""

CUSTOMER = """
id legacyResourceId firstName lastName createdAt updatedAt
defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber }
"""

SHOP = "query Shop { shop { id name myshopifyDomain currencyCode ianaTimezone createdAt } }"

COUNT = "query Count($search: String) { ordersCount(query: $search) { count precision } }"

ORDERS_BY_ID = f"query Again($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on Order {{ {ORDER} }} }} }}"

KNOWN_BY_ID = "query Known($ids: [ID!]!) { nodes(ids: $ids) { id } }"

BULK = """
mutation Bulk($search: String!) { bulkOperationRunQuery(query: $search) {
  bulkOperation { id status } userErrors { code field message } } }
"""

BULK_STATUS = """
query Look($id: ID!) { bulkOperation(id: $id) { id status errorCode objectCount url partialDataUrl } }
"""


def page_query(root: str, fields: str) -> str:
    """A query for a page of ``orders`` or ``customers``, by when they last changed."""
    return f"""query Page($first: Int!, $after: String, $search: String) {{
  {root}(first: $first, after: $after, query: $search, sortKey: UPDATED_AT) {{
    nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"""


def probe_query(root: str) -> str:
    """A query that finds out whether one may read ``orders`` or ``customers``."""
    return f"query Probe($search: String) {{ {root}(first: 1, query: $search) {{ nodes {{ id }} }} }}"


def bulk_query(search: str) -> str:
    """The query of orders that a bulk operation runs; ``search`` has no double quotes."""
    return f'{{ orders(query: "{search}", sortKey: UPDATED_AT) {{ edges {{ node {{ {ORDER} }} }} }} }}'


class ShopifySignals(UsualSignals):
    """Shopify tells of errors with status 200, and with every answer what it cost."""

    request_headers = ("x-request-id",)

    def judge(self, answer: Answer) -> Verdict:
        body = as_dict(answer.body)
        errors = [as_dict(each) for each in as_list(body.get("errors"))]
        codes = [str(as_dict(each.get("extensions")).get("code") or "") for each in errors]
        detail = self.detail(answer)
        if "THROTTLED" in codes or answer.status == 429:
            return Wait(_until_affordable(body) or retry_after(answer), detail)
        if answer.status in {402, 423}:
            return Fail(Code.PROVIDER_LOGIN, {"detail": detail or "the shop is closed"})
        if answer.status >= 400 or not errors:
            return super().judge(answer)
        if any(code in _BUSY for code in codes):
            return Wait(None, detail)
        if all(code == "ACCESS_DENIED" for code in codes):
            # What may be read of an order or customer is told nevertheless, the rest of it is null.
            if any(value is not None for value in as_dict(body.get("data")).values()):
                return None
            return Fail(Code.PROVIDER_PERMISSION, {"detail": detail, "permission": self.permission(answer)})
        if any(code in {"SHOP_INACTIVE", "UNAUTHORIZED"} for code in codes):
            return Fail(Code.PROVIDER_LOGIN, {"detail": detail})
        told = TOO_DEAR if TOO_DEAR in codes else detail
        return Fail(Code.PROVIDER_REFUSED, {"status": answer.status, "detail": told})

    def pace(self, answer: Answer) -> float:
        """Until the next request of that cost can be paid; between two looks at a bulk operation a while."""
        body = as_dict(answer.body)
        if as_dict(as_dict(body.get("data")).get("bulkOperation")).get("status") in WORKING:
            return _POLL
        return _until_affordable(body)

    def detail(self, answer: Answer) -> str:
        errors = as_dict(answer.body).get("errors")
        if isinstance(errors, str):
            return errors
        told = [str(as_dict(each).get("message") or each) for each in as_list(errors)]
        return "; ".join(told) or super().detail(answer)

    def permission(self, answer: Answer) -> str:
        """The scope an error names."""
        named = [
            str(as_dict(as_dict(each).get("extensions")).get("requiredAccess") or "")
            for each in as_list(as_dict(answer.body).get("errors"))
        ]
        found = _SCOPE.search(" ".join([*named, self.detail(answer)]))
        return found[1] if found else "?"


def _until_affordable(body: Mapping[str, Any]) -> float:
    cost = as_dict(as_dict(body.get("extensions")).get("cost"))
    status = as_dict(cost.get("throttleStatus"))
    try:
        wanted = float(cost.get("requestedQueryCost") or 0)
        left, rate = float(status["currentlyAvailable"]), float(status["restoreRate"])
    except (KeyError, TypeError, ValueError):
        return 0.0
    return max(0.0, (wanted - left) / rate) if rate > 0 else 0.0


def as_dict(value: Any) -> dict[str, Any]:
    """An object; empty for anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A list; empty for anything else."""
    return cast("list[Any]", value) if isinstance(value, list) else []
