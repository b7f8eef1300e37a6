"""A provider's stand-in on this machine, and the real sync against it.

A fake is one of the stand-ins the demo speaks to as well (``connectors.standins``), with faults put in front of it: an
answer that stands for the n-th request, a connection that breaks, JSON that breaks off. Nobody waits: sleeping is noted
instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from app.credentials import Credentials
from app.syncing import Outcome, connect, sync
from connectors.http import Http
from connectors.standins.base import Standin, body_of, reply
from engine.task import Task

__all__ = ["Bench", "Fake", "Fault", "MemoryVault", "body_of", "reply"]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from engine import Profile, Workspace


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request.

    ``response`` is answered instead; or ``kind``: ``reset`` (the connection breaks), ``timeout``, ``truncated`` (half
    of the JSON), ``malformed`` (no JSON at all).
    """

    response: httpx.Response | None = None
    kind: str = ""


class Fake(Standin):
    """A stand-in that things go wrong with.

    Attributes:
        requests: every request that came.
        faults: by number of the request, from 1, what goes wrong with it.
        always: what goes wrong with every request, or None.
    """

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.requests: list[httpx.Request] = []
        self.faults: dict[int, Fault] = {}
        self.always: Fault | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.always or self.faults.get(len(self.requests))
        if fault is not None and fault.response is not None:
            return fault.response
        if fault is not None and fault.kind == "reset":
            raise httpx.ReadError("connection reset by peer", request=request)
        if fault is not None and fault.kind == "timeout":
            raise httpx.ReadTimeout("timed out", request=request)
        response = super().__call__(request)
        if fault is not None and fault.kind == "truncated":
            return httpx.Response(200, content=response.content[: len(response.content) // 2])
        if fault is not None and fault.kind == "malformed":
            return httpx.Response(200, content=b"<html>not json</html>")
        return response


class MemoryVault:
    """Secrets in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.texts.get(name)

    def set(self, name: str, text: str) -> None:
        self.texts[name] = text

    def delete(self, name: str) -> None:
        self.texts.pop(name, None)


class Bench:
    """A workspace with one connection to a fake, and the real sync."""

    def __init__(
        self,
        workspace: Workspace,
        profile: Profile,
        fake: Any,
        provider: str,
        secrets: Mapping[str, str],
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.workspace = workspace
        self.profile = profile
        self.fake = fake
        self.slept: list[float] = []
        self.credentials = Credentials(MemoryVault(), {})
        self.connection = connect(profile, self.credentials, provider, provider.title(), settings or {}, secrets)

    def make_http(self, provider: str, base_url: str, **options: Any) -> Http:
        def sleep(seconds: float, task: Task) -> None:
            task.check()
            self.slept.append(seconds)

        return Http(provider, base_url, transport=httpx.MockTransport(self.fake), sleep=sleep, seed=1, **options)

    def sync(self, *, since: date | None = None, task: Task | None = None) -> Outcome:
        """Fetch everything there is."""
        (outcome,) = sync(
            *(self.workspace, self.profile, self.credentials, task or Task()),
            names=[self.connection.name],
            since=since,
            make_http=self.make_http,
        )
        return outcome

    def rows(self, table: str, columns: str = "*", order: str = "all") -> list[tuple[Any, ...]]:
        """Rows of a raw table, in order."""
        with self.profile.store.read() as cursor:
            return cursor.rows(f"select {columns} from {table} order by {order}")

    def told(self) -> dict[str, Sequence[tuple[Any, ...]]]:
        """Everything that was taken in, without when and in which order."""
        hidden = "exclude (import_id, line, as_of)"
        return {
            "conversions": self.rows("raw_conversions", f"* {hidden}", "conversion_id, content_hash"),
            "people": self.rows("raw_people", "* exclude (import_id, line)", "record_key, content_hash"),
            "ad_spend": self.rows("raw_ad_spend", f"* {hidden}", "spent_on, record_key, content_hash"),
            "rates": self.rows("raw_rates", f"* {hidden}", "rated_on, record_key, content_hash"),
            "objects": self.rows(
                "provider_objects", "object_type, object_id, content_hash, is_deleted, content::varchar"
            ),
        }
