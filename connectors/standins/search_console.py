"""Google Search Console, played on this machine: properties, and figures by the dimensions that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from connectors.standins.base import Object, body_of, reply
from connectors.standins.google import GoogleStandin, google_error

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from connectors.http import Request, Response

Figures = tuple[str, str, str, int, int, float]

_PLACES = {"DATE": 0, "QUERY": 1, "PAGE": 2}


class SearchStandin(GoogleStandin):
    """Properties, and the figures of each.

    Attributes:
        levels: property -> what the user may there.
        figures: property -> (day, query, page, clicks, impressions, position); in a tuple when they never change.
        incomplete: the first day whose figures are still being collected.
    """

    def __init__(self) -> None:
        super().__init__()
        self.levels: dict[str, str] = {}
        self.figures: dict[str, list[Figures] | tuple[Figures, ...]] = {}
        self.incomplete = "9999-12-31"
        self._by_day: dict[str, dict[str, list[Figures]]] = {}
        self.routes += [
            ("GET", r"/webmasters/v3/sites", self._sites),
            ("POST", r"/webmasters/v3/sites/(.+)/searchAnalytics/query", self._query),
        ]

    def limited(self) -> Response:
        reason = {"message": "Quota exceeded", "domain": "usageLimits", "reason": "rateLimitExceeded"}
        return google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Queries'.", errors=[reason])

    def _sites(self, request: Request, found: re.Match[str]) -> Response:
        told = [{"siteUrl": site, "permissionLevel": level} for site, level in self.levels.items()]
        return self.refused(request) or reply({"siteEntry": told} if told else {})

    def _between(self, site: str, first: str, last: str) -> Iterable[Figures]:
        told = self.figures.get(site, ())
        days = self._by_day.get(site)
        if days is None:
            days = dict[str, list[Figures]]()
            for row in told:
                days.setdefault(row[0], []).append(row)
            if isinstance(told, tuple):
                self._by_day[site] = days
        if first == last:
            return days.get(first, [])
        return [row for day, rows in days.items() if first <= day <= last for row in rows]

    def _query(self, request: Request, found: re.Match[str]) -> Response:
        refused = self.refused(request)
        if refused is not None:
            return refused
        path = request.url.raw_path.decode()
        site = unquote(path.split("/")[4])
        if self.levels.get(site, "SITE_UNVERIFIED_USER") == "SITE_UNVERIFIED_USER":
            reason = {"message": "no permission", "domain": "global", "reason": "forbidden"}
            return google_error(403, "PERMISSION_DENIED", "User does not have sufficient permission", errors=[reason])
        told = body_of(request)
        rows = self._between(site, told["startDate"], told["endDate"])
        rows = [row for row in rows if told["dataState"] == "ALL" or row[0] < self.incomplete]
        sums: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            made = sums.setdefault(tuple(str(row[_PLACES[each]]) for each in told["dimensions"]), [0, 0, 0])
            made[0] += row[3]
            made[1] += row[4]
            made[2] += row[4] * row[5]
        ordered = sorted(sums.items(), key=lambda each: (-each[1][0], each[0]))
        start, limit = told.get("startRow", 0), told["rowLimit"]
        answer: Object = {"responseAggregationType": "BY_PAGE"}
        page = [
            {"keys": list(keys), "clicks": clicks, "impressions": seen, "ctr": clicks / seen, "position": placed / seen}
            for keys, (clicks, seen, placed) in ordered[start : start + limit]
        ]
        if page:
            answer["rows"] = page
        if "DATE" in told["dimensions"] and told["endDate"] >= self.incomplete:
            answer["metadata"] = {"firstIncompleteDate": self.incomplete}
        return reply(answer)
