"""Connections of the demo: their providers were played on this machine when it was built, and have told everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.base import Account, Health

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.base import Stream
    from engine.ingest.syncing import Connection
    from engine.schema.batch import Batch
    from engine.task import Task

DEMO = "demo"
"""Setting of a connection that says so."""


def is_demo(connection: Connection) -> bool:
    """Whether a connection is the demo's own."""
    return bool(connection.settings.get(DEMO))


class _Told:
    """A stream that has nothing new."""

    key = DEMO
    title = ""

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield nothing."""
        return iter(())


class DemoSession:
    """Speaks to nobody, needs no secret and brings nothing new."""

    def __init__(self, name: str) -> None:
        self._name = name

    def check(self, task: Task) -> Health:
        """All is well."""
        return Health([Account(DEMO, self._name)], name=self._name)

    def streams(self, task: Task) -> Sequence[Stream]:
        """One, so that the sync log tells of the attempt."""
        return [_Told()]

    def close(self) -> None:
        """There is nothing to close."""
