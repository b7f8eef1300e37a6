"""Google Ads, played on this machine: it answers GAQL about customers below managers."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from connectors.standins.base import Object, body_of, reply
from connectors.standins.google import GoogleStandin, Rows, google_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.http import Request, Response

_PART = 50
_QUERY = re.compile(
    r"SELECT (?P<fields>[\w., ]+) FROM (?P<resource>\w+)"
    r"(?: WHERE segments\.date (?:= '(?P<day>[\d-]+)'|BETWEEN '(?P<first>[\d-]+)' AND '(?P<last>[\d-]+)'))?"
)


def failure(kind: str, name: str, details: Object | None = None) -> Object:
    """A GoogleAdsFailure."""
    error = {"errorCode": {kind: name}, "message": f"told: {name}", **({"details": details} if details else {})}
    type_ = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    return {"@type": type_, "errors": [error], "requestId": "request-1"}


class AdsStandin(GoogleStandin):
    """Customers below managers, and what each has.

    Attributes:
        accessible: what the user was given access to.
        tree: manager or account -> the accounts it reaches, itself included (``customerClient``).
        entities: (customer, resource) -> rows.
        days: customer -> rows with day, campaign, ad group, ad and metrics.
        clicks: customer -> rows with day and gclid.
        clicks_of: the rows of a customer and a day, in place of ``clicks``.
        closed: customers that answer with that authorization error.
        page_rows: rows of a page.
        expired_pages: tokens of pages that are not given any more, once.
    """

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today
        self.accessible: list[str] = []
        self.tree: dict[str, Rows] = {}
        self.entities: dict[tuple[str, str], Rows] = {}
        self.days: dict[str, Rows] = {}
        self.clicks: dict[str, Rows] = {}
        self.clicks_of: Callable[[str, str], Rows] = self._clicks_of
        self.closed: dict[str, str] = {}
        self.page_rows = 10_000
        self.expired_pages: set[str] = set()
        self.routes += [
            ("GET", r"/v26/customers:listAccessibleCustomers", self._accessible),
            ("POST", r"/v26/customers/(\d+)/googleAds:search(?:Stream)?", self._search),
        ]

    def client(self, id_: str, level: int, name: str, currency: str, zone: str, **more: Any) -> Object:
        """An account as a manager sees it."""
        told = {"resourceName": f"customers/1/customerClients/{id_}", "id": id_, "level": str(level)}
        return {
            **told,
            "descriptiveName": name,
            "currencyCode": currency,
            "timeZone": zone,
            "manager": False,
            "status": "ENABLED",
            **more,
        }

    def limited(self) -> Response:
        quota = {"quotaErrorDetails": {"rateScope": "DEVELOPER", "rateName": "Requests per minute", "retryDelay": "2s"}}
        told = failure("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED", quota)
        return google_error(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", told)

    def _clicks_of(self, customer: str, day: str) -> Rows:
        return [row for row in self.clicks.get(customer, []) if row["segments"]["date"] == day]

    def _accessible(self, request: Request, found: re.Match[str]) -> Response:
        return self.refused(request) or reply({"resourceNames": [f"customers/{id_}" for id_ in self.accessible]})

    def _search(self, request: Request, found: re.Match[str]) -> Response:
        refused = self.refused(request)
        if refused is not None:
            return refused
        customer, through = found[1], request.headers.get("login-customer-id", "")
        reach = {each["id"] for each in self.tree.get(through, [])}
        if customer in self.closed:
            told = failure("authorizationError", self.closed[customer])
            return google_error(403, "PERMISSION_DENIED", "The caller does not have permission", told)
        if through not in self.accessible or customer not in reach:
            told = failure("authorizationError", "USER_PERMISSION_DENIED")
            return google_error(403, "PERMISSION_DENIED", "The caller does not have permission", told)
        query = _QUERY.fullmatch(body_of(request)["query"])
        if query is None:
            return google_error(400, "INVALID_ARGUMENT", "bad", failure("queryError", "UNEXPECTED_INPUT"))
        first = query["first"] or query["day"]
        last = query["last"] or query["day"]
        rows = self._rows(customer, query["resource"], first, last)
        if isinstance(rows, str):
            kind, _, name = rows.partition(".")
            return google_error(400, "INVALID_ARGUMENT", "bad", failure(kind, name))
        paths = [_camel(field).split(".") for field in query["fields"].split(", ")]
        told = [_projected(row, paths) for row in rows]
        if request.url.path.endswith("search"):
            return self._page(told, body_of(request).get("pageToken", ""))
        parts = [told[place : place + _PART] for place in range(0, max(1, len(told)), _PART)]
        mask = ",".join(".".join(path) for path in paths)
        return reply(
            [{"results": part, "fieldMask": mask, "requestId": "r"} if part else {"fieldMask": mask} for part in parts]
        )

    def _page(self, told: Rows, token: str) -> Response:
        if token in self.expired_pages:
            self.expired_pages.discard(token)
            expired = failure("requestError", "EXPIRED_PAGE_TOKEN")
            return google_error(400, "INVALID_ARGUMENT", "Page token has expired.", expired)
        start = int(token.rpartition("-")[2] or 0)
        end = start + self.page_rows
        return reply({"results": told[start:end], **({"nextPageToken": f"p-{end}"} if end < len(told) else {})})

    def _rows(self, customer: str, resource: str, first: str, last: str) -> Rows | str:
        if resource == "customer_client":
            return [{"customerClient": each} for each in self.tree[customer]]
        if first and resource == "click_view":
            if first != last:
                return "clickViewError.EXPECTED_FILTER_ON_A_SINGLE_DAY"
            if date.fromisoformat(first) < self.today - timedelta(days=90):
                return "clickViewError.DATE_TOO_OLD"
            return self.clicks_of(customer, first)
        if not first:
            return self.entities.get((customer, resource), [])
        if any(each["manager"] for each in self.tree.get(customer, []) if each["id"] == customer):
            return "queryError.REQUESTED_METRICS_FOR_MANAGER"
        inside = [row for row in self.days.get(customer, []) if first <= row["segments"]["date"] <= last]
        if resource == "ad_group_ad":
            return list(reversed([row for row in inside if "adGroupAd" in row]))
        sums: dict[tuple[str, str], Object] = {}
        for row in inside:
            key = row["segments"]["date"], row["campaign"]["id"]
            made = sums.setdefault(key, {"segments": row["segments"], "campaign": row["campaign"], "metrics": {}})
            for name in ("costMicros", "impressions", "clicks"):
                made["metrics"][name] = str(int(made["metrics"].get(name, 0)) + int(row["metrics"].get(name, 0)))
        return list(sums.values())


def _camel(field: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), field)


def projected(row: Object, fields: list[str]) -> Object:
    """The fields of a row that were asked for; what has no value is left out, as in proto3 JSON."""
    return _projected(row, [_camel(field).split(".") for field in fields])


def _projected(row: Object, paths: list[list[str]]) -> Object:
    made: Object = {}
    for *parents, name in paths:
        source: Any = row
        for parent in parents:
            source = source.get(parent, {})
        if name not in source:
            continue
        target = made
        for parent in parents:
            target = target.setdefault(parent, {})
        target[name] = source[name]
    return made
