"""What a connector is: a provider with settings, a live check, and streams that hand over batches.

A stream is told how far it came (its own state) and yields batches; the state in a batch resumes right behind it. It
does not know where rows go: the caller commits each batch with its state, and asks for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from connectors.http import Http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from engine.schema.batch import Batch
    from engine.task import Task

RESTATED_DAYS = 28  # N4: so many days of ad spend are fetched anew at each sync


@dataclass(frozen=True)
class Setting:
    """Something the user is asked for.

    Attributes:
        name: in the connection's settings, or the keyring's entry when it is a secret.
        title: for people.
        help: where to find it.
        is_secret: kept in the keyring only.
        is_needed: nothing works without it.
        default: when nothing is told.
    """

    name: str
    title: str
    help: str = ""
    is_secret: bool = False
    is_needed: bool = True
    default: str = ""


@dataclass(frozen=True)
class Login:
    """What a provider is spoken to with.

    Attributes:
        settings: of the connection.
        secrets: by the settings' names.
        now: the moment, UTC.
        since: the first day of the history that is wanted.
        make_http: makes the way to the network; tests put a fake in its place.
    """

    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    now: datetime
    since: date
    make_http: Callable[..., Http] = Http


@dataclass(frozen=True)
class Account:
    """An account, property or location that can be chosen."""

    id: str
    name: str
    currency: str = ""
    timezone: str = ""


@dataclass(frozen=True)
class Health:
    """What a live check found.

    Attributes:
        accounts: to choose from; empty where the token belongs to one.
        missing: permission -> what will not work without it.
        name: of the account the token belongs to.
    """

    accounts: Sequence[Account] = ()
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    name: str = ""


class Stream(Protocol):
    """One kind of object of a connection."""

    @property
    def key(self) -> str:
        """Its name; states are kept under it."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    def fetch(self, state: Mapping[str, Any], task: Task) -> Iterator[Batch]:
        """Yield batches from behind ``state`` on, until everything there is now was told."""
        ...


class Session(Protocol):
    """An open connection: its streams in the order they are to be fetched."""

    def check(self, task: Task) -> Health:
        """Ask the provider whether the login works, and for what."""
        ...

    def streams(self, task: Task) -> Sequence[Stream]:
        """The streams of this login."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True)
class Provider:
    """A provider.

    Attributes:
        key: its name in files and commands.
        name: as it calls itself.
        brings: what it brings, for people.
        settings: what the user is asked for.
        open: speaks to it.
    """

    key: str
    name: str
    brings: str
    settings: Sequence[Setting]
    open: Callable[[Login], Session]
