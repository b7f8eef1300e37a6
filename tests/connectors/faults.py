"""What can go wrong with any provider, once for all of them; a provider adds what it says in its own words.

A :class:`FaultMatrix` runs the real sync (``app.syncing``) against a fake, with a profile in memory in place of a
workspace: a case takes milliseconds. That batches are committed as told is tested with workspaces elsewhere.

Every provider meets, in its own form, what its :attr:`FaultMatrix.passing` and :attr:`FaultMatrix.staying` name (401,
403 with the missing permission, 404, 409, its rate limit, 5xx, reset, timeout, truncated and malformed JSON, answers of
another shape), and here: a clock far from ours, objects told twice on a page, fields nobody knows. What needs a story
of its own is in the provider's file: cursors that expire, objects that change or vanish between pages, unknown values.

What cannot occur, and why:

- a cursor that expires: Mercado Pago and Search Console count (offset, startRow), Google Ads answers whole, exchange
  rates and the collector's files are asked for by day and by byte; a file that was replaced is the collector's form;
- objects between pages: Google Ads and exchange rates have no pages; rows of Search Console have no identity beyond
  themselves, and a row told twice is the one that can occur;
- 404 of exchange rates: it means a day or currency nobody quotes, which is no failure;
- a truncated or malformed answer of the collector: files are bytes whose lines are judged one by one, and told by their
  length; of X the results of jobs, which their gzip judges;
- a missing permission named by the answer: only Shopify, Meta, Google, HighLevel and Mercado Pago tell it.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httpx

from app.credentials import Credentials
from app.syncing import connect, sync
from connectors.http import Http
from engine.ingest.syncing import Connection, Taken
from engine.task import Task
from tests.connectors.harness import Fake, Fault, MemoryVault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from engine import Code, Profile, Workspace
    from engine.errors import AttribenchError
    from engine.schema.batch import Batch

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)

LOST: dict[str, Fault] = {
    "reset": Fault(kind="reset"),
    "timeout": Fault(kind="timeout"),
    "truncated": Fault(kind="truncated"),
    "malformed": Fault(kind="malformed"),
}
"""What happens to any answer on its way."""


def by_name(faults: Iterable[Any], *, ids: Iterable[str]) -> dict[str, Any]:
    """Faults by what they are called."""
    return dict(zip(ids, faults, strict=True))


class MemoryProfile:
    """What a sync needs of a profile, and what came of it."""

    today = NOW.date()

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}
        self.rows: set[tuple[str, str]] = set()
        self.objects: set[tuple[str, str, bool, str]] = set()
        self.runs: list[tuple[str, str]] = []
        self._connection: Connection | None = None

    def connect(self, provider: str, name: str, settings: Mapping[str, Any]) -> Connection:
        self._connection = Connection(1, provider, name, settings)
        return self._connection

    def connections(self) -> list[Connection]:
        return [self._connection] if self._connection else []

    def begin_sync(self, connection: Connection, stream: str, round_: int | None = None) -> int:
        return 1

    def sync_state(self, connection: Connection, stream: str) -> dict[str, Any]:
        return json.loads(self.states.get(stream, "{}"))

    def take_in(self, connection: Connection, stream: str, run_id: int, batch: Batch, task: Task) -> Taken:
        for span in batch.told_whole:
            days = f"{span.first}", f"{span.last}"
            self.rows = {
                (kind, text)
                for kind, text in self.rows
                if kind != "ad-spend"
                or (told := json.loads(text))["account"] != span.account
                or not days[0] <= told["date"] <= days[1]
            }
        for row in batch.rows:
            fields = {name: value for name, value in row.fields.items() if name != "as_of" and value is not None}
            self.rows.add((row.kind, json.dumps(fields, default=str, sort_keys=True)))
        for each in batch.objects:
            content = json.dumps(each.content, default=str, sort_keys=True)
            self.objects.add((each.type, each.id, each.is_deleted, content))
        self.states[stream] = json.dumps(dict(batch.state), default=str)
        return Taken(len(batch.objects), len(batch.rows))

    def end_sync(self, run_id: int, outcome: str, error: Mapping[str, Any] | None = None) -> None:
        self.runs.append((outcome, json.dumps(error)))


class Desk:
    """One connection to a fake, and the real sync of it into memory."""

    def __init__(
        self, fake: Callable[[httpx.Request], httpx.Response], provider: str, secrets: Any, settings: Any
    ) -> None:
        self.fake = fake
        self.profile = MemoryProfile()
        self.credentials = Credentials(MemoryVault(), {})
        self.slept: list[float] = []
        self._workspace = SimpleNamespace(clock=lambda: NOW)
        connect(cast("Profile", self.profile), self.credentials, provider, "Lab", settings, secrets)

    def _http(self, provider: str, base_url: str, **options: Any) -> Http:
        def sleep(seconds: float, task: Task) -> None:
            self.slept.append(seconds)

        return Http(provider, base_url, transport=httpx.MockTransport(self.fake), sleep=sleep, seed=1, **options)

    def sync(self, since: date | None) -> AttribenchError | None:
        """Fetch everything there is; why it stopped, if it did."""
        workspace, profile = cast("Workspace", self._workspace), cast("Profile", self.profile)
        (outcome,) = sync(workspace, profile, self.credentials, Task(), since=since, make_http=self._http)
        return outcome.error

    def told(self) -> tuple[set[tuple[str, str]], set[tuple[str, str, bool, str]]]:
        """Rows and objects that were taken in."""
        return self.profile.rows, self.profile.objects


class FaultMatrix:
    """The faults of a provider. Subclasses are collected; what they leave as it is here is the same for all.

    Attributes:
        provider: its key.
        secrets: of the connection; none may ever be seen in an error.
        settings: of the connection, by variant.
        since: first day of the history.
        passing: by name what passes and is waited for.
        staying: by name a fault, the code it ends with, and a text its facts have.
        first, every: which requests what passes happens to.
        places: by name the requests it happens to instead.
        begins: from which request on staying faults stand, in turn.
    """

    provider: ClassVar[str]
    secrets: ClassVar[Mapping[str, str]] = {}
    settings: ClassVar[Mapping[str, Mapping[str, str]]] = {"": {}}
    since: ClassVar[date | None] = None
    passing: ClassVar[Mapping[str, Fault]]
    staying: ClassVar[Mapping[str, tuple[Fault, Code] | tuple[Fault, Code, str]]]
    first: ClassVar[int] = 1
    every: ClassVar[int] = 3
    places: ClassVar[Mapping[str, Sequence[int]]] = {}
    begins: ClassVar[Sequence[int]] = (4,)

    def make(self) -> Fake:
        """A fake with something to tell."""
        raise NotImplementedError

    def desk(self, fake: Fake, variant: str = "") -> Desk:
        """A connection to the fake."""
        return Desk(fake, self.provider, self.secrets, self.settings[variant])

    def clean(self, fake: Fake, variant: str = "") -> Desk:
        """What there is, undisturbed; the fake then begins to count anew."""
        found = self.desk(fake, variant)
        assert found.sync(self.since) is None
        assert found.profile.rows
        fake.requests.clear()
        return found

    def waited(self, name: str, desk: Desk) -> None:
        """What the provider's own words ask to wait for."""
        assert desk.slept

    def test_what_passes_is_waited_for(self, passing: str, variant: str) -> None:
        """Again and again on the way, and the truth is told once."""
        fake = self.make()
        clean = self.clean(fake, variant)
        places = self.places.get(passing, range(self.first, 500, self.every))
        fake.faults = dict.fromkeys(places, self.passing[passing])
        disturbed = self.desk(fake, variant)
        assert disturbed.sync(self.since) is None
        self.waited(passing, disturbed)
        assert disturbed.told() == clean.told()

    def test_what_stays_stops_with_a_clear_error_and_goes_on_later(self, staying: str, begin: int) -> None:
        """The code, in the provider's words, without a secret; and the next sync ends with everything."""
        fault, code, *words = self.staying[staying]
        fake = self.make()
        variant = next(iter(self.settings))
        clean = self.clean(fake, variant)
        fake.faults = dict.fromkeys(range(begin, 5_000), fault)
        desk = self.desk(fake, variant)
        error = desk.sync(self.since)
        assert error is not None
        assert error.code is code
        seen = str(error.facts)
        assert all(str(word) in seen for word in words)
        assert any(outcome == "failed" and code.value in text for outcome, text in desk.profile.runs)
        assert not any(secret in seen + str(desk.profile.runs) for secret in self.secrets.values() if len(secret) > 4)
        fake.faults = {}
        assert desk.sync(self.since) is None
        assert desk.told() == clean.told()

    def test_a_clock_far_from_ours_does_not_matter(self, variant: str) -> None:
        fake = self.make()
        clean, answer = self.clean(fake, variant), fake.answer
        for year in (1970, 2040):

            def skewed(request: httpx.Request, year: int = year) -> httpx.Response:
                response = answer(request)
                response.headers.setdefault("date", f"Thu, 01 Jan {year} 00:00:00 GMT")
                return response

            fake.answer = skewed  # pyright: ignore[reportAttributeAccessIssue]
            desk = self.desk(fake, variant)
            assert desk.sync(self.since) is None
            assert desk.told() == clean.told()

    def test_objects_told_twice_with_fields_nobody_knows_are_told_once(self, variant: str) -> None:
        fake = self.make()
        clean, answer = self.clean(fake, variant), fake.answer

        def odd(request: httpx.Request) -> httpx.Response:
            response = answer(request)
            try:
                body = response.json()
            except ValueError:
                return response
            if response.status_code != 200 or not self.is_page(request):
                return response
            headers = {name: value for name, value in response.headers.items() if name != "content-length"}
            return httpx.Response(200, json=self.odd(body), headers=headers)

        fake.answer = odd  # pyright: ignore[reportAttributeAccessIssue]
        desk = self.desk(fake, variant)
        assert desk.sync(self.since) is None
        assert desk.told()[0] == clean.told()[0]

    def is_page(self, request: httpx.Request) -> bool:
        """Whether its answer has objects that may come twice."""
        return True

    def odd(self, body: Any) -> Any:
        """Every object with a field nobody knows, and the first of each list twice."""
        if isinstance(body, list):
            listed = [self.odd(each) for each in cast("list[Any]", body)]
            return [*listed[:1], *listed] if listed and isinstance(listed[0], dict) and "id" in listed[0] else listed
        if isinstance(body, dict):
            told = {name: self.odd(value) for name, value in cast("dict[str, Any]", body).items()}
            return {**told, "brand_new": {"a": [1]}} if "id" in told else told
        return body


def parametrized(metafunc: Any) -> None:
    """Each fault of a matrix as a case; called by pytest."""
    matrix = metafunc.cls
    if matrix is None or not issubclass(matrix, FaultMatrix):
        return
    if "passing" in metafunc.fixturenames:
        metafunc.parametrize("passing", list(matrix.passing))
    if "staying" in metafunc.fixturenames:
        metafunc.parametrize("staying", list(matrix.staying))
    if "variant" in metafunc.fixturenames:
        metafunc.parametrize("variant", list(matrix.settings))
    if "begin" in metafunc.fixturenames:
        metafunc.parametrize("begin", matrix.begins)
