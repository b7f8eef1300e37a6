"""HighLevel, played on this machine: lists by cursor, events by calendar and time, single objects, its limits."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.standins.base import Object, Shelf, Standin, reply, shelved

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from connectors.http import Request, Response

VERSIONS = {"calendars": "2021-04-15"}
SCOPES = {
    "contacts": "contacts.readonly",
    "opportunities": "opportunities.readonly",
    "calendars": "calendars.readonly",
    "events": "calendars/events.readonly",
    "locations": "locations.readonly",
    "users": "users.readonly",
}
_LIMITS = {"x-ratelimit-max": "100", "x-ratelimit-interval-milliseconds": "10000"}


def ms(text: str) -> int:
    """Milliseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


class HighLevelStandin(Standin):
    """Holds contacts, opportunities, pipelines, calendars and events of one location.

    Attributes:
        shelves: ``contacts`` and ``opportunities`` by when they were made, ``events`` by calendar and start, in place
            of the lists.
        forbidden: scopes the token has not.
        hidden: ids that lists skip, though they are there.
        refused_cursors: ids that are not taken as a cursor, once.
    """

    def __init__(self, token: str = "pit-very-secret") -> None:
        super().__init__()
        self.token = token
        self.location: Object = {"name": "Dental Norte", "timezone": "America/Bogota"}
        self.contacts: list[Object] = []
        self.opportunities: list[Object] = []
        self.pipelines: list[Object] = []
        self.calendars: list[Object] = []
        self.events: list[Object] = []
        self.users: list[Object] = []
        self.shelves: dict[str, Shelf] = {}
        self.forbidden: set[str] = set()
        self.hidden: set[str] = set()
        self.refused_cursors: set[str] = set()
        self.routes = [
            ("GET", "/contacts/", self._contacts),
            ("GET", "/contacts/([^/]+)", self._one("contacts", "contact")),
            ("GET", "/opportunities/search", self._opportunities),
            ("GET", "/opportunities/pipelines", self._pipelines),
            ("GET", "/opportunities/([^/]+)", self._one("opportunities", "opportunity")),
            ("GET", "/calendars/", self._calendars),
            ("GET", "/calendars/events", self._events),
            ("GET", "/calendars/events/appointments/([^/]+)", self._one("events", "event")),
            ("GET", "/locations/([^/]+)", self._location),
            ("GET", "/users/", self._users),
        ]

    def limited(self) -> Response:
        told = {"statusCode": 429, "message": "Too many requests"}
        return reply(told, 429, {**_LIMITS, "x-ratelimit-remaining": "0", "x-ratelimit-daily-remaining": "199000"})

    def answer(self, request: Request) -> Response:
        area = request.url.path.split("/")[1]
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return reply({"statusCode": 401, "message": "Invalid Private Integration token"}, 401)
        if request.headers.get("version") != VERSIONS.get(area, "2021-07-28"):
            return reply({"statusCode": 401, "message": "version header was not found."}, 401)
        kind = "events" if request.url.path.startswith("/calendars/events") else area
        if SCOPES[kind] in self.forbidden:
            return reply({"statusCode": 401, "message": "The token is not authorized for this scope."}, 401)
        response = super().answer(request)
        response.headers.update({**_LIMITS, "x-ratelimit-remaining": "90"})
        return response

    def _shelf(self, name: str, created: str) -> Shelf:
        if name in self.shelves:
            return self.shelves[name]
        shown: list[Object] = [each for each in getattr(self, name) if each["id"] not in self.hidden]
        return shelved(shown, lambda each: (ms(each[created]), each["id"]))

    def _page(self, request: Request, shelf: Shelf, name: str, *, is_down: bool) -> Response:
        told = dict(request.url.params)
        limit, after = int(told.get("limit", 20)), told.get("startAfterId")
        if after in self.refused_cursors:
            self.refused_cursors.discard(str(after))
            return reply({"statusCode": 400, "message": ["startAfterId is not valid"]}, 400)
        start, stop = 0, len(shelf)
        if after and is_down:
            stop = shelf.place((int(told["startAfter"]), after))
        elif after:
            edge = int(told["startAfter"]), after
            start = shelf.place(edge)
            start += start < stop and shelf.keys[start] == edge
        has_more = stop - start > limit
        page = list(reversed(shelf.at(stop - limit, stop))) if is_down else shelf.at(start, min(stop, start + limit))
        meta: dict[str, Any] = {"total": len(shelf), "nextPage": 2 if has_more else None}
        if page:
            last = shelf.keys[max(0, stop - limit)] if is_down else shelf.keys[start + len(page) - 1]
            meta |= {"startAfter": last[0], "startAfterId": last[1]}
        return reply({name: page, "meta": meta})

    def _contacts(self, request: Request, found: re.Match[str]) -> Response:
        return self._page(request, self._shelf("contacts", "dateAdded"), "contacts", is_down=True)

    def _opportunities(self, request: Request, found: re.Match[str]) -> Response:
        return self._page(request, self._shelf("opportunities", "createdAt"), "opportunities", is_down=False)

    def _users(self, request: Request, found: re.Match[str]) -> Response:
        return reply({"users": self.users})

    def _pipelines(self, request: Request, found: re.Match[str]) -> Response:
        return reply({"pipelines": self.pipelines})

    def _calendars(self, request: Request, found: re.Match[str]) -> Response:
        return reply({"calendars": self.calendars})

    def _events(self, request: Request, found: re.Match[str]) -> Response:
        told = dict(request.url.params)
        calendar, shelf = told["calendarId"], self.shelves.get("events")
        if shelf is None:
            shown = [each for each in self.events if each["id"] not in self.hidden]
            shelf = shelved(shown, lambda each: (each["calendarId"], ms(each["startTime"]), each["id"]))
        start = shelf.place((calendar, int(told["startTime"])))
        return reply({"events": shelf.at(start, shelf.place((calendar, int(told["endTime"]) + 1)))})

    def _location(self, request: Request, found: re.Match[str]) -> Response:
        return reply({"location": {"id": found[1], **self.location}})

    def _one(self, store: str, name: str) -> Callable[[Request, re.Match[str]], Response]:
        def answer(_request: Request, found: re.Match[str]) -> Response:
            shelf = self.shelves.get(store)
            rows: list[Object] = getattr(self, store)
            each = shelf.get(found[1]) if shelf else next((each for each in rows if each["id"] == found[1]), None)
            if each is not None:
                return reply({name: each})
            return reply({"statusCode": 400, "message": f"{name} with id {found[1]} not found"}, 400)

        return answer
