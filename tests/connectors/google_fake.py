"""Google on this machine: tokens that run out, Google Ads that answers GAQL, and Search Console."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from tests.connectors.harness import Fake, body_of, reply

if TYPE_CHECKING:
    import httpx

SECRETS = {"client_secret": "GOCSPX-secret", "refresh_token": "1//refresh-secret"}
SETTINGS = {"client_id": "client.apps.googleusercontent.com"}

Rows = list[dict[str, Any]]


class FakeGoogle(Fake):
    """Hands out access tokens; each is good for so many requests."""

    def __init__(self) -> None:
        super().__init__()
        self.refresh_token = SECRETS["refresh_token"]
        self.good_for = 1 << 30
        self.tokens = 0
        self._left = 0
        self.routes = [("POST", "/token", self._token)]

    @property
    def asked(self) -> list[httpx.Request]:
        """Requests to the interface itself."""
        return [request for request in self.requests if request.url.path != "/token"]

    def _token(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        if form.get("client_secret") != SECRETS["client_secret"] or form.get("client_id") != SETTINGS["client_id"]:
            return reply({"error": "invalid_client", "error_description": "The OAuth client was not found."}, 401)
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
            return reply({"error": "invalid_grant", "error_description": "Token has been expired or revoked."}, 400)
        self.tokens += 1
        self._left = self.good_for
        return reply({"access_token": f"ya29.access-secret-{self.tokens}", "expires_in": 3599, "token_type": "Bearer"})

    def refused(self, request: httpx.Request) -> httpx.Response | None:
        """What is answered to a token that is not, or no longer, good."""
        is_known = request.headers.get("authorization") == f"Bearer ya29.access-secret-{self.tokens}"
        self._left -= 1
        if is_known and self._left >= 0:
            return None
        return google_error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")


def google_error(status: int, name: str, message: str, *details: dict[str, Any], **more: Any) -> httpx.Response:
    """An error in Google's model."""
    told = {"code": status, "message": message, "status": name, "details": list(details), **more}
    return reply({"error": told}, status)


def error_info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def failure(kind: str, name: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """A GoogleAdsFailure."""
    error = {"errorCode": {kind: name}, "message": f"told: {name}", **({"details": details} if details else {})}
    type_ = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"
    return {"@type": type_, "errors": [error], "requestId": "request-1"}


# -- Google Ads ---------------------------------------------------------------------------------------------------


class FakeAds(FakeGoogle):
    """Customers below managers, and what each has.

    Attributes:
        accessible: what the user was given access to.
        tree: manager or account -> the accounts it reaches, itself included (``customerClient``).
        entities: (customer, resource) -> rows.
        days: customer -> rows with day, campaign, ad group, ad and metrics.
        clicks: customer -> rows with day and gclid.
        closed: customers that answer with that authorization error.
    """

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today
        self.accessible: list[str] = []
        self.tree: dict[str, Rows] = {}
        self.entities: dict[tuple[str, str], Rows] = {}
        self.days: dict[str, Rows] = {}
        self.clicks: dict[str, Rows] = {}
        self.closed: dict[str, str] = {}
        self.routes += [
            ("GET", r"/v26/customers:listAccessibleCustomers", self._accessible),
            ("POST", r"/v26/customers/(\d+)/googleAds:searchStream", self._search),
        ]

    def client(self, id_: str, level: int, name: str, currency: str, zone: str, **more: Any) -> dict[str, Any]:
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

    def _accessible(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        return self.refused(request) or reply({"resourceNames": [f"customers/{id_}" for id_ in self.accessible]})

    def _search(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
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
        query = re.fullmatch(
            r"SELECT (?P<fields>[\w., ]+) FROM (?P<resource>\w+)"
            r"(?: WHERE segments\.date (?:= '(?P<day>[\d-]+)'|BETWEEN '(?P<first>[\d-]+)' AND '(?P<last>[\d-]+)'))?",
            body_of(request)["query"],
        )
        if query is None:
            return google_error(400, "INVALID_ARGUMENT", "bad", failure("queryError", "UNEXPECTED_INPUT"))
        first = query["first"] or query["day"]
        last = query["last"] or query["day"]
        rows = self._rows(customer, query["resource"], first, last)
        if isinstance(rows, str):
            kind, _, name = rows.partition(".")
            return google_error(400, "INVALID_ARGUMENT", "bad", failure(kind, name))
        fields = query["fields"].split(", ")
        told = [projected(row, fields) for row in rows]
        parts = [told[place : place + 50] for place in range(0, max(1, len(told)), 50)]
        mask = ",".join(_camel(field) for field in fields)
        return reply(
            [{"results": part, "fieldMask": mask, "requestId": "r"} if part else {"fieldMask": mask} for part in parts]
        )

    def _rows(self, customer: str, resource: str, first: str, last: str) -> Rows | str:
        if resource == "customer_client":
            return [{"customerClient": each} for each in self.tree[customer]]
        if first and resource == "click_view":
            if first != last:
                return "clickViewError.EXPECTED_FILTER_ON_A_SINGLE_DAY"
            if date.fromisoformat(first) < self.today - timedelta(days=90):
                return "clickViewError.DATE_TOO_OLD"
            return [row for row in self.clicks.get(customer, []) if row["segments"]["date"] == first]
        if not first:
            return self.entities.get((customer, resource), [])
        if any(each["manager"] for each in self.tree.get(customer, []) if each["id"] == customer):
            return "queryError.REQUESTED_METRICS_FOR_MANAGER"
        inside = [row for row in self.days.get(customer, []) if first <= row["segments"]["date"] <= last]
        if resource == "ad_group_ad":
            return list(reversed([row for row in inside if "adGroupAd" in row]))
        sums: dict[tuple[str, str], dict[str, Any]] = {}
        for row in inside:
            key = row["segments"]["date"], row["campaign"]["id"]
            made = sums.setdefault(key, {"segments": row["segments"], "campaign": row["campaign"], "metrics": {}})
            for name in ("costMicros", "impressions", "clicks"):
                made["metrics"][name] = str(int(made["metrics"].get(name, 0)) + int(row["metrics"].get(name, 0)))
        return list(sums.values())


def _camel(field: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), field)


def projected(row: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """The fields of a row that were asked for; what has no value is left out, as in proto3 JSON."""
    made: dict[str, Any] = {}
    for field in fields:
        *parents, name = _camel(field).split(".")
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


# -- Search Console -----------------------------------------------------------------------------------------------


class FakeSearch(FakeGoogle):
    """Properties, and the figures of each.

    Attributes:
        levels: property -> what the user may there.
        figures: property -> (day, query, page, clicks, impressions, position).
        incomplete: the first day whose figures are still being collected.
        most: rows of an answer at most, whatever was asked for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[str, str] = {}
        self.figures: dict[str, list[tuple[str, str, str, int, int, float]]] = {}
        self.incomplete = "9999-12-31"
        self.routes += [
            ("GET", r"/webmasters/v3/sites", self._sites),
            ("POST", r"/webmasters/v3/sites/(.+)/searchAnalytics/query", self._query),
        ]

    def _sites(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        told = [{"siteUrl": site, "permissionLevel": level} for site, level in self.levels.items()]
        return self.refused(request) or reply({"siteEntry": told} if told else {})

    def _query(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        refused = self.refused(request)
        if refused is not None:
            return refused
        path = request.url.raw_path.decode()
        site = unquote(path.split("/")[4])
        if self.levels.get(site, "SITE_UNVERIFIED_USER") == "SITE_UNVERIFIED_USER":
            reason = {"message": "no permission", "domain": "global", "reason": "forbidden"}
            return google_error(403, "PERMISSION_DENIED", "User does not have sufficient permission", errors=[reason])
        told = body_of(request)
        rows = [row for row in self.figures.get(site, []) if told["startDate"] <= row[0] <= told["endDate"]]
        rows = [row for row in rows if told["dataState"] == "ALL" or row[0] < self.incomplete]
        places = {"DATE": 0, "QUERY": 1, "PAGE": 2}
        sums: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            made = sums.setdefault(tuple(str(row[places[each]]) for each in told["dimensions"]), [0, 0, 0])
            made[0] += row[3]
            made[1] += row[4]
            made[2] += row[4] * row[5]
        ordered = sorted(sums.items(), key=lambda each: (-each[1][0], each[0]))
        start, limit = told.get("startRow", 0), told["rowLimit"]
        answer: dict[str, Any] = {"responseAggregationType": "BY_PAGE"}
        page = [
            {"keys": list(keys), "clicks": clicks, "impressions": seen, "ctr": clicks / seen, "position": placed / seen}
            for keys, (clicks, seen, placed) in ordered[start : start + limit]
        ]
        if page:
            answer["rows"] = page
        if "DATE" in told["dimensions"] and told["endDate"] >= self.incomplete:
            answer["metadata"] = {"firstIncompleteDate": self.incomplete}
        return reply(answer)
