"""HighLevel on this machine: lists by cursor, events by calendar and time, single objects, limits in headers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.connectors.harness import Fake, reply

if TYPE_CHECKING:
    import re

    import httpx

LOCATION = "ve9EPM428h8vShlRW1KT"
VERSIONS = {"calendars": "2021-04-15"}
SCOPES = {
    "contacts": "contacts.readonly",
    "opportunities": "opportunities.readonly",
    "calendars": "calendars.readonly",
    "events": "calendars/events.readonly",
    "locations": "locations.readonly",
}


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


class FakeHighLevel(Fake):
    """Holds contacts, opportunities, pipelines, calendars and events of one location."""

    def __init__(self, token: str = "pit-very-secret") -> None:
        super().__init__()
        self.token = token
        self.contacts: list[dict[str, Any]] = []
        self.opportunities: list[dict[str, Any]] = []
        self.pipelines: list[dict[str, Any]] = []
        self.calendars: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.forbidden: set[str] = set()
        self.hidden: set[str] = set()  # ids that lists skip, though they are there
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
        ]

    def contact(self, number: int, added: str, **fields: Any) -> dict[str, Any]:
        """A contact; ``added`` is an instant."""
        made = {
            "id": f"contact{number:04}",
            "locationId": LOCATION,
            "contactName": f"Ana Lead{number}",
            "email": f"lead{number}@mail.example",
            "source": "manual",
            "dateAdded": added,
            "customFields": [],
            "tags": [],
            **fields,
        }
        self.contacts.append(made)
        return made

    def opportunity(self, number: int, stage: str, created: str, **fields: Any) -> dict[str, Any]:
        """An opportunity of the contact with the same number, in the stage of that id since its creation."""
        made = {
            "id": f"deal{number:04}",
            "name": f"Deal {number}",
            "monetaryValue": 500,
            "pipelineId": "pipe1",
            "pipelineStageId": stage,
            "assignedTo": "user1",
            "status": "open",
            "lastStatusChangeAt": created,
            "lastStageChangeAt": created,
            "createdAt": created,
            "updatedAt": created,
            "contactId": f"contact{number:04}",
            "locationId": LOCATION,
            "contact": {"id": f"contact{number:04}", "email": f"lead{number}@mail.example", "phone": None, "tags": []},
            **fields,
        }
        self.opportunities.append(made)
        return made

    def event(self, number: int, starts: str, ends: str, added: str, **fields: Any) -> dict[str, Any]:
        """An appointment of the contact with the same number."""
        made = {
            "id": f"event{number:04}",
            "title": "Call",
            "calendarId": "cal1",
            "locationId": LOCATION,
            "contactId": f"contact{number:04}",
            "groupId": "",
            "appointmentStatus": "confirmed",
            "assignedUserId": "user1",
            "users": ["user1"],
            "startTime": starts,
            "endTime": ends,
            "dateAdded": added,
            "dateUpdated": added,
            **fields,
        }
        self.events.append(made)
        return made

    def answer(self, request: httpx.Request) -> httpx.Response:
        area = request.url.path.split("/")[1]
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return reply({"statusCode": 401, "message": "Invalid Private Integration token"}, 401)
        if request.headers.get("version") != VERSIONS.get(area, "2021-07-28"):
            return reply({"statusCode": 401, "message": "version header was not found."}, 401)
        kind = "events" if request.url.path.startswith("/calendars/events") else area
        if SCOPES[kind] in self.forbidden:
            return reply({"statusCode": 401, "message": "The token is not authorized for this scope."}, 401)
        response = super().answer(request)
        response.headers.update(
            {"x-ratelimit-max": "100", "x-ratelimit-remaining": "90", "x-ratelimit-interval-milliseconds": "10000"}
        )
        return response

    def _page(self, request: httpx.Request, rows: list[dict[str, Any]], created: str, name: str) -> httpx.Response:
        told = dict(request.url.params)
        rows = [each for each in rows if each["id"] not in self.hidden]
        total, limit = len(rows), int(told.get("limit", 20))
        after = told.get("startAfterId")
        if after in self.refused_cursors:
            self.refused_cursors.discard(str(after))
            return reply({"statusCode": 400, "message": ["startAfterId is not valid"]}, 400)
        is_down = len(rows) > 1 and ms(rows[0][created]) > ms(rows[-1][created])
        if after:
            edge = int(told["startAfter"]), after
            rows = [
                each
                for each in rows
                if ((ms(each[created]), each["id"]) < edge if is_down else (ms(each[created]), each["id"]) > edge)
            ]
        page = rows[:limit]
        meta: dict[str, Any] = {"total": total, "nextPage": 2 if len(rows) > limit else None}
        if page:
            meta |= {"startAfter": ms(page[-1][created]), "startAfterId": page[-1]["id"]}
        return reply({name: page, "meta": meta})

    def _contacts(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        rows = sorted(self.contacts, key=lambda each: (ms(each["dateAdded"]), each["id"]), reverse=True)
        return self._page(request, rows, "dateAdded", "contacts")

    def _opportunities(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        rows = sorted(self.opportunities, key=lambda each: (ms(each["createdAt"]), each["id"]))
        return self._page(request, rows, "createdAt", "opportunities")

    def _pipelines(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return reply({"pipelines": self.pipelines})

    def _calendars(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return reply({"calendars": self.calendars})

    def _events(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        told = dict(request.url.params)
        rows = [
            each
            for each in self.events
            if each["calendarId"] == told["calendarId"]
            and int(told["startTime"]) <= ms(each["startTime"]) <= int(told["endTime"])
            and each["id"] not in self.hidden
        ]
        return reply({"events": rows})

    def _location(self, request: httpx.Request, found: re.Match[str]) -> httpx.Response:
        return reply({"location": {"id": found[1], "name": "Dental Norte", "timezone": "America/Bogota"}})

    def _one(self, store: str, name: str) -> Any:
        def answer(request: httpx.Request, found: re.Match[str]) -> httpx.Response:
            for each in getattr(self, store):
                if each["id"] == found[1]:
                    return reply({name: each})
            return reply({"statusCode": 400, "message": f"{name} with id {found[1]} not found"}, 400)

        return answer
