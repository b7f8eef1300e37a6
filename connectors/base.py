"""What a connector is: a provider with settings, a live check, and streams that hand over batches.

A stream is told how far it came (its own state) and yields batches; the state in a batch resumes right behind it. It
does not know where rows go: the caller commits each batch with its state, and asks for the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from connectors.http import Http
from connectors.oauth import PATIENCE, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from engine.schema.batch import Batch
    from engine.task import Task

TOKEN, BROWSER = "token", "browser"  # ways to log in
ADDRESS, PIN = "address", "pin"  # what the user may have to hand over from the browser
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
        way: of logging in that it belongs to, :data:`TOKEN` or :data:`BROWSER`; empty: both.
        is_brought: logging in with the browser brings it, so nobody is asked for it then.
    """

    name: str
    title: str
    help: str = ""
    is_secret: bool = False
    is_needed: bool = True
    default: str = ""
    way: str = ""
    is_brought: bool = False


class Kept(Protocol):
    """The secrets of a connection while it is spoken to: a provider may replace one when it is used."""

    def held(self, task: Task) -> AbstractContextManager[None]:
        """Inside, nobody else on this computer renews this login."""
        ...

    def secret(self, name: str) -> str:
        """A secret as it is kept now; empty for none. Raises SECRETS_UNAVAILABLE."""
        ...

    def keep(self, name: str, text: str) -> None:
        """Keep a secret in place of the one before, at once. Raises SECRETS_UNAVAILABLE."""
        ...


@dataclass(frozen=True)
class Login:
    """What a provider is spoken to with.

    Attributes:
        settings: of the connection.
        secrets: by the settings' names.
        now: the moment, UTC.
        since: the first day of the history that is wanted.
        make_http: makes the way to the network; tests put a fake in its place.
        kept: where a secret that the provider replaces is kept; None: nowhere.
    """

    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    now: datetime
    since: date
    make_http: Callable[..., Http] = Http
    kept: Kept | None = None

    @property
    def way(self) -> str:
        """How the connection was logged in."""
        return str(self.settings.get("login") or TOKEN)


@dataclass(frozen=True)
class Desk:
    """What a login with the browser needs of the computer.

    Attributes:
        open_page: opens an address in the browser.
        ask: asks for what the browser shows: given :data:`ADDRESS` or :data:`PIN`, the seconds the user has and the
            task; the answer, or nothing when none came in time.
        make_http: makes the way to the network.
        page: what the browser shows when it comes back.
        seconds: the user has.
    """

    open_page: Callable[[str], object]
    ask: Callable[[str, float, Task], str]
    make_http: Callable[..., Http] = Http
    page: Page = field(default_factory=Page)
    seconds: float = PATIENCE


@dataclass(frozen=True)
class Brought:
    """What a login with the browser brought: settings and secrets of the connection."""

    secrets: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict[str, str])


class BrowserLogin(Protocol):
    """How a provider's users log in with the browser."""

    def log_in(self, told: Mapping[str, str], desk: Desk, task: Task) -> Brought:
        """Let the user say yes in the browser.

        Args:
            told: settings and secrets that were asked for.
            desk: of this computer.
            task: cancels it.

        Raises:
            AttribenchError: PROVIDER_LOGIN when it was denied, too late or another one's; other PROVIDER codes.
            Cancelled: while waiting.
        """
        ...


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
        missing: permission -> what will not come without it: texts of :func:`lost`, one a line.
        name: of the account the token belongs to.
    """

    accounts: Sequence[Account] = ()
    missing: Mapping[str, str] = field(default_factory=dict[str, str])
    name: str = ""


def lost(text: str) -> str:
    """Marks what will not come without a permission: it is said in the user's language where it is shown."""
    return text


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
        browser: how to log in with the browser; None: not at all.
        reach_days: how far back it tells anything; 0: nobody says.
        timeless: what the keys of streams begin with that tell everything there is, whatever the first day.
    """

    key: str
    name: str
    brings: str
    settings: Sequence[Setting]
    open: Callable[[Login], Session]
    browser: BrowserLogin | None = None
    reach_days: int = 0
    timeless: Sequence[str] = ()

    def asked(self, way: str, *, with_brought: bool = True) -> list[Setting]:
        """The settings of a way to log in; without what the browser brings, if that is not wanted."""
        return [
            each
            for each in self.settings
            if each.way in {"", way} and (with_brought or way != BROWSER or not each.is_brought)
        ]
