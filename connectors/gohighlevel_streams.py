"""HighLevel's streams, one of each for a location: contacts, opportunities, appointments, users.

Facts: lists go by ``startAfter`` and ``startAfterId`` with at most 100 a page and know no "updated since"; events are
asked for by calendar and time. https://github.com/GoHighLevel/highlevel-api-docs (apps/*.json)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from connectors.census import Census, told_after, withdrawn
from connectors.gohighlevel_rows import (
    LEADS_ATTRIBUTED,
    Stage,
    appointment_rows,
    lead_row,
    millis,
    opportunity_rows,
    person_row,
)
from connectors.paging import gathered
from engine.errors import AttribenchError, Code
from engine.schema.batch import Batch, ProviderObject, Row

if TYPE_CHECKING:
    from connectors.http import Answer, Http
    from connectors.oauth import Authorized
    from engine.task import Task

Object = Mapping[str, Any]

_PAGE = 100
_OVERLAP = timedelta(days=3)
_RESCAN = timedelta(hours=20)  # contacts: the whole list at most so often, the newest in between
_SPAN = timedelta(days=31)
_REFETCHED = timedelta(days=28)  # appointments: how they went is told late
_AHEAD = timedelta(days=180)
_CONFIRMED = 100  # missing ones asked for by id at one sync; the others at the next
_NO_SUCH = re.compile(r"not (be )?found|does(n't| not) exist|no longer exist|deleted", re.IGNORECASE)
_DENIED = frozenset({Code.PROVIDER_MISSING, Code.PROVIDER_REFUSED})


@dataclass(frozen=True)
class Client:
    """Asks HighLevel about one location.

    Attributes:
        http: the way there.
        location: id.
        version: of the API for contacts, opportunities, locations.
        calendar_version: of the API for calendars.
    """

    http: Http | Authorized
    location: str
    version: str
    calendar_version: str

    def get(self, path: str, scope: str, params: Mapping[str, Any] | None = None, *, task: Task) -> Mapping[str, Any]:
        """GET a path; a missing permission is named by its scope.

        Raises:
            AttribenchError: one of the PROVIDER codes.
        """
        version = self.calendar_version if path.startswith("/calendars") else self.version
        try:
            answer = self.http.send("GET", path, params=params, headers={"Version": version}, task=task)
        except AttribenchError as error:
            if error.code is Code.PROVIDER_PERMISSION:
                raise AttribenchError(error.code, **{**error.facts, "permission": scope}) from None
            raise
        if not isinstance(answer.body, dict):
            raise self.misread(answer, "not an object")
        return cast("dict[str, Any]", answer.body)

    def listed(self, body: Mapping[str, Any], name: str) -> list[Object]:
        """A list of objects with ids in an answer."""
        found = body.get(name)
        if not isinstance(found, list):
            raise self.misread(None, f"no list of {name}")
        objects = [cast("Object", each) for each in cast("list[Any]", found) if isinstance(each, dict)]
        return [each for each in objects if each.get("id")]

    def misread(self, answer: Answer | None, detail: str) -> AttribenchError:
        """An answer that is not what the documentation says."""
        request = (answer.request_id if answer else "") or "–"
        return AttribenchError(Code.PROVIDER_ANSWER, provider=self.http.provider, detail=detail, request=request)

    def is_gone(self, path: str, scope: str, task: Task) -> bool:
        """Whether HighLevel says that there is no such object: with 404, or with 400 or 422 in words.

        Whatever else it refuses the request for is no word on the object.
        """
        try:
            self.get(path, scope, task=task)
        except AttribenchError as error:
            if error.code is Code.PROVIDER_REFUSED and error.facts.get("status") in {400, 422}:
                return _NO_SUCH.search(str(error.facts.get("detail", ""))) is not None
            if error.code is not Code.PROVIDER_MISSING:
                raise
            return True
        return False


@dataclass(frozen=True)
class _List:
    """A list that goes by cursor."""

    path: str
    name: str
    scope: str
    location_field: str
    created: str
    params: Mapping[str, Any]

    def pages(
        self, client: Client, after: Sequence[Any] | None, task: Task
    ) -> Iterator[tuple[list[Object], list[Any] | None, int]]:
        """Pages behind a cursor, each with the next cursor (None: that was all) and how many objects there are."""
        while True:
            params = {self.location_field: client.location, "limit": _PAGE, **self.params}
            if after:
                params |= {"startAfter": after[0], "startAfterId": after[1]}
            try:
                body = client.get(self.path, self.scope, params, task=task)
            except AttribenchError as error:
                # A cursor that is not taken any more: from the beginning, rows that are known stay known.
                if after is None or error.code not in _DENIED:
                    raise
                after = None
                continue
            page = client.listed(body, self.name)
            meta = cast("dict[str, Any]", body.get("meta") or {})
            total = int(meta.get("total") or body.get("count") or 0)
            following = self._next(page, meta) if len(page) >= _PAGE or meta.get("nextPage") else None
            if not page or following == list(after or ()):
                following = None
            yield page, following, total
            if following is None:
                return
            after = following

    def _next(self, page: Sequence[Object], meta: Mapping[str, Any]) -> list[Any] | None:
        if meta.get("startAfter") and meta.get("startAfterId"):
            return [meta["startAfter"], meta["startAfterId"]]
        created = millis(page[-1].get(self.created)) if page else None
        return None if created is None else [created, page[-1]["id"]]


_CONTACTS = _List("/contacts/", "contacts", "contacts.readonly", "locationId", "dateAdded", {})
_OPPORTUNITIES = _List(
    "/opportunities/search",
    "opportunities",
    "opportunities.readonly",
    "location_id",
    "createdAt",
    {"status": "all", "order": "added_asc"},
)


class ContactStream:
    """Contacts of a location as people, and as leads where they came by a form or an ad.

    State: ``scanned`` (when the last whole rescan began), the leads' census, and inside a scan the cursor ``after``,
    when it ``began`` and whether it is ``whole``.
    """

    def __init__(self, client: Client, now: datetime, leads: str = LEADS_ATTRIBUTED) -> None:
        self.key = f"contacts:{client.location}"
        self.title = "Contacts"
        self._client = client
        self._now = now
        self._leads = leads

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the contacts from behind the state on."""
        return gathered(self._scan(dict(state), task))

    def _scan(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        census = Census(state)
        scanned = _read(state.get("scanned"))
        if "began" in state:
            began, whole = state["began"], bool(state.get("whole"))
        else:
            began, whole = _written(self._now), scanned is None or self._now - scanned >= _RESCAN
            if whole:
                census.begin()
        newest = 0 if whole or scanned is None else round((scanned - _OVERLAP).timestamp() * 1000)
        done = 0
        for page, after, total in _CONTACTS.pages(self._client, state.get("after"), task):
            rows = [person_row(each) for each in page]
            for each in page:
                if (lead := lead_row(each, self._leads)) is not None:
                    id_ = str(each["id"])
                    rows += told_after([lead], census.taken_back(id_))
                    census.see(id_, millis(each.get("dateAdded")) or 0)
            done += len(page)
            behind = {"scanned": state.get("scanned"), "began": began, "whole": whole, "after": after}
            yield Batch(
                {**behind, **census.state()}, rows, _objects("contact", page), progress=min(1.0, done / max(1, total))
            )
            if page and all((millis(each.get("dateAdded")) or 0) < newest for each in page):
                break
        if not whole:
            yield Batch({"scanned": state.get("scanned"), **census.state()}, progress=1.0)
            return
        rows: list[Row] = []
        gone: list[ProviderObject] = []
        for each in census.missing(_CONFIRMED):
            is_gone = self._client.is_gone(f"/contacts/{each}", _CONTACTS.scope, task)
            census.confirm(each, is_gone=is_gone, now=self._now)
            if is_gone:
                rows += withdrawn([f"{each}:lead"], "lead_deleted", self._now)
                gone.append(ProviderObject("contact", each, {"id": each}, is_deleted=True))
        yield Batch({"scanned": began, **census.state()}, rows, gone, progress=1.0)


class OpportunityStream:
    """Opportunities of a location: each stage they are seen in, and how they ended.

    State: the census (of each the places of its stages in ``stages``, with the seconds until then), ``names`` (stage ->
    [its name and place as a hash, when that was seen to change]), and inside a scan the cursor ``after``.
    """

    def __init__(self, client: Client, now: datetime, currency: str = "") -> None:
        self.key = f"opportunities:{client.location}"
        self.title = "Opportunities"
        self._client = client
        self._now = now
        self._currency = currency

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the opportunities from behind the state on."""
        return gathered(self._scan(dict(state), task))

    def _scan(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        census = Census(state)
        stages, names = self._stages(cast("dict[str, list[str]]", state.get("names", {})), task)
        numbered = list(cast("list[str]", state.get("stages", [])))
        numbers = {each: number for number, each in enumerate(numbered)}
        if "after" not in state:
            census.begin()
        done = 0
        for page, after, total in _OPPORTUNITIES.pages(self._client, state.get("after"), task):
            rows: list[Row] = []
            for each in page:
                id_ = str(each["id"])
                kept = census.numbers(id_)
                passed = {numbered[number]: seconds for number, seconds in zip(kept[::2], kept[1::2], strict=True)}
                told, passed = opportunity_rows(each, stages, passed, self._currency, census.taken_back(id_))
                rows += told
                for stage in passed:
                    if stage not in numbers:
                        numbers[stage] = len(numbered)
                        numbered.append(stage)
                numbered_stages = [number for stage, seconds in passed.items() for number in (numbers[stage], seconds)]
                census.see(id_, millis(each.get("createdAt")) or 0, numbered_stages)
            done += len(page)
            behind = {"after": after, "names": names, "stages": list(numbered), **census.state()}
            yield Batch(behind, rows, _objects("opportunity", page), progress=min(1.0, done / max(1, total)))
        rows = []
        gone: list[ProviderObject] = []
        for each in census.missing(_CONFIRMED):
            is_gone = self._client.is_gone(f"/opportunities/{each}", _OPPORTUNITIES.scope, task)
            census.confirm(each, is_gone=is_gone, now=self._now)
            if is_gone:
                told_as = [*(numbered[number] for number in census.numbers(each)[::2]), "status"]
                rows += withdrawn([f"{each}:{name}" for name in told_as], "opportunity_deleted", self._now)
                gone.append(ProviderObject("opportunity", each, {"id": each}, is_deleted=True))
        yield Batch({"names": names, "stages": list(numbered), **census.state()}, rows, gone, progress=1.0)

    def _stages(self, names: Mapping[str, Sequence[str]], task: Task) -> tuple[dict[str, Stage], dict[str, list[str]]]:
        """Stages by id. A change of a name changes no opportunity's time, so it is noted when it was seen."""
        body = self._client.get(
            "/opportunities/pipelines", _OPPORTUNITIES.scope, {"locationId": self._client.location}, task=task
        )
        stages: dict[str, Stage] = {}
        noted: dict[str, list[str]] = {}
        for pipeline in self._client.listed(body, "pipelines"):
            found = cast("list[Any]", pipeline.get("stages") or [])
            listed = [cast("Object", each) for each in found if isinstance(each, dict)]
            listed = sorted(
                (each for each in listed if each.get("id")), key=lambda each: int(each.get("position") or 0)
            )
            for position, each in enumerate(listed):
                stage = Stage(
                    str(each["id"]),
                    str(pipeline.get("name") or pipeline["id"]),
                    str(each.get("name") or each["id"]),
                    position,
                    str(listed[0]["id"]),
                )
                told = f"{stage.pipeline}\n{stage.name}\n{stage.position}"
                hashed = hashlib.blake2s(told.encode(), digest_size=8).hexdigest()
                before, since = names.get(stage.id, (hashed, ""))
                since = since if before == hashed else _written(self._now)
                stages[stage.id] = replace(stage, renamed_at=since)
                noted[stage.id] = [hashed, since]
        return stages, noted


class AppointmentStream:
    """Appointments of a location's calendars, by the time they start.

    State: ``calendars`` (those whose history was told), the census of appointments that may still
    change, and inside a sync the ``span`` that comes next: calendar, from and to in milliseconds.
    """

    def __init__(self, client: Client, since: date, now: datetime) -> None:
        self.key = f"appointments:{client.location}"
        self.title = "Appointments"
        self._client = client
        self._since = datetime(since.year, since.month, since.day, tzinfo=UTC)
        self._now = now

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield the appointments from behind the state on."""
        return gathered(self._calendars(dict(state), task))

    def _calendars(self, state: dict[str, Any], task: Task) -> Iterator[Batch]:
        census = Census(state)
        body = self._client.get("/calendars/", "calendars.readonly", {"locationId": self._client.location}, task=task)
        names = {
            str(each["id"]): str(each.get("name") or each["id"]) for each in self._client.listed(body, "calendars")
        }
        told: list[str] = list(state.get("calendars", []))
        at = cast("list[Any] | None", state.get("span"))
        if at is None:
            census.begin()
        # Days, so that spans fall alike whatever the moment of the sync.
        today = datetime(self._now.year, self._now.month, self._now.day, tzinfo=UTC)
        recent, end = max(self._since, today - _REFETCHED), today + _AHEAD
        calendars = [each for each in sorted(names) if at is None or each >= str(at[0])]
        for number, calendar in enumerate(calendars):
            start = recent if calendar in told else self._since
            if at is not None and calendar == at[0]:
                start = datetime.fromtimestamp(int(at[1]) / 1000, UTC)
            while start < end:
                stop = min(end, start + _SPAN)
                events = self._events(calendar, start, stop, task)
                for each in events:
                    starts = millis(each.get("startTime"))
                    if starts is not None and starts >= recent.timestamp() * 1000:
                        census.see(str(each["id"]), starts)
                rows = [
                    row
                    for each in events
                    for row in told_after(appointment_rows(each, names[calendar]), census.taken_back(str(each["id"])))
                ]
                start = stop
                if start >= end:
                    told = sorted({*told, calendar})
                next_up = (
                    calendar if start < end else calendars[number + 1] if number + 1 < len(calendars) else "\uffff"
                )
                next_from = start if start < end else recent if next_up in told else self._since
                behind = {"calendars": list(told), "span": [next_up, round(next_from.timestamp() * 1000)]}
                done = (number + (1.0 if start >= end else 0.5)) / len(calendars)
                yield Batch({**behind, **census.state()}, rows, _objects("appointment", events), progress=done)
        yield self._end(census, sorted(each for each in told if each in names), recent, task)

    def _end(self, census: Census, told: Sequence[str], recent: datetime, task: Task) -> Batch:
        """What is gone, and what is too long ago to change."""
        census.forget_before(round(recent.timestamp() * 1000))
        rows: list[Row] = []
        gone: list[ProviderObject] = []
        for each in census.missing(_CONFIRMED):
            is_gone = self._client.is_gone(f"/calendars/events/appointments/{each}", "calendars/events.readonly", task)
            census.confirm(each, is_gone=is_gone, now=self._now)
            if is_gone:
                rows += withdrawn([f"{each}:booked", f"{each}:outcome"], "appointment_deleted", self._now)
                gone.append(ProviderObject("appointment", each, {"id": each}, is_deleted=True))
        return Batch({"calendars": list(told), **census.state()}, rows, gone, progress=1.0)

    def _events(self, calendar: str, start: datetime, stop: datetime, task: Task) -> list[Object]:
        params = {
            "locationId": self._client.location,
            "calendarId": calendar,
            "startTime": str(round(start.timestamp() * 1000)),
            "endTime": str(round(stop.timestamp() * 1000) - 1),
        }
        body = self._client.get("/calendars/events", "calendars/events.readonly", params, task=task)
        return self._client.listed(body, "events")


class UserStream:
    """The users of a location: names for the ids that deals and appointments are assigned to. Has no state."""

    def __init__(self, client: Client) -> None:
        self.key = f"users:{client.location}"
        self.title = "Users"
        self._client = client

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield all users; without the scope ids stay ids."""
        try:
            body = self._client.get("/users/", "users.readonly", {"locationId": self._client.location}, task=task)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_PERMISSION:
                raise
            return
        yield Batch({}, objects=_objects("user", self._client.listed(body, "users")), progress=1.0)


def _objects(type_: str, page: Sequence[Object]) -> list[ProviderObject]:
    return [ProviderObject(type_, str(each["id"]), each, bool(each.get("deleted"))) for each in page]


def _read(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
