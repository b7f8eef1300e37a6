"""Syncing connections: every stream of each, batch by batch through the write lane, providers side by side.

What one connection fails at stops only that one, is noted in its run, and is told at the end.
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from app.credentials import KeptSecrets, NewSecrets
from app.demo_session import DemoSession, is_demo
from app.stream_names import STREAMS
from connectors import PROVIDERS
from connectors.base import BROWSER, TOKEN, Login
from connectors.http import Http
from engine.errors import AttribenchError, Cancelled, Code
from engine.ingest.sync_runs import LOGIN
from engine.ingest.syncing import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from app.credentials import Credentials
    from connectors.base import Desk, Health, Provider, Session
    from engine.ingest.syncing import Connection
    from engine.task import Task
    from engine.workspace import Profile, Workspace

HISTORY_DAYS = 730  # fetched when nobody says otherwise
_SIDE_BY_SIDE = 4
_DONE, _FAILED, _CANCELLED = "done", "failed", "cancelled"


@dataclass
class Outcome:
    """What came of syncing a connection.

    Attributes:
        connection: which.
        taken: in all.
        streams: by stream.
        error: why it stopped, if it did.
    """

    connection: Connection
    taken: Taken = field(default_factory=Taken)
    streams: dict[str, Taken] = field(default_factory=dict[str, Taken])
    error: AttribenchError | None = None


def provider_named(key: str) -> Provider:
    """The provider of that key. Raises PROVIDER_UNKNOWN with the keys there are."""
    if key not in PROVIDERS:
        raise AttribenchError(Code.PROVIDER_UNKNOWN, provider=key, known=list(PROVIDERS))
    return PROVIDERS[key]


def connect(
    profile: Profile,
    credentials: Credentials,
    key: str,
    name: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
) -> Connection:
    """Add a connection and keep its secrets.

    Raises:
        AttribenchError: PROVIDER_UNKNOWN, SETTING_INVALID, CONNECTION_EXISTS, SECRETS_UNAVAILABLE.
    """
    provider = provider_named(key)
    known = {setting.name: setting for setting in provider.settings}
    for told in settings:
        if told not in known and told not in _COMMON:
            raise AttribenchError(
                Code.SETTING_INVALID, field=told, value=str(settings[told]), expected=", ".join([*known, *_COMMON])
            )
    for setting in provider.asked(str(settings.get("login") or TOKEN)):
        if setting.is_needed and not (secrets if setting.is_secret else settings).get(setting.name, setting.default):
            raise AttribenchError(Code.SETTING_INVALID, field=setting.name, value="", expected=setting.title)
    secret_id = uuid.uuid4().hex
    own = _own(credentials, provider, secrets)
    defaults = {setting.name: setting.default for setting in provider.settings if setting.default}
    credentials.keep(secret_id, own)
    try:
        return profile.connect(key, name, {**defaults, **settings, "secret_id": secret_id})
    except BaseException:
        credentials.forget(secret_id, tuple(own))
        raise


def change(
    profile: Profile,
    credentials: Credentials,
    connection: Connection,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
) -> None:
    """Give a connection other settings and secrets. Raises SECRETS_UNAVAILABLE."""
    secret_id = str(connection.settings.get("secret_id") or uuid.uuid4().hex)
    credentials.keep(secret_id, _own(credentials, provider_named(connection.provider), secrets))
    profile.change_connection(connection, settings={**settings, "secret_id": secret_id})


def _own(credentials: Credentials, provider: Provider, secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets that are to be kept: not those the environment tells anyway."""
    return {name: text for name, text in secrets.items() if credentials.environment(provider.key, name) != text}


# What every connection may have besides: its history, how it was logged in, and addresses in place of the provider's.
_COMMON = ("since", "login", "base_url", "authorize_url", "token_url", "login_url")


def disconnect(profile: Profile, credentials: Credentials, connection: Connection, *, keep_data: bool) -> int:
    """Take a connection and its secrets away; returns the rows removed."""
    provider = provider_named(connection.provider)
    fields = tuple(setting.name for setting in provider.settings if setting.is_secret)
    removed = profile.disconnect(connection, keep_data=keep_data)
    if secret_id := str(connection.settings.get("secret_id", "")):
        try:
            credentials.forget(secret_id, fields)
        except AttribenchError as error:  # what cannot be opened here cannot be forgotten here, and is of no use
            if error.code is not Code.SECRETS_UNAVAILABLE:
                raise
    return removed


def secrets_of(credentials: Credentials, connection: Connection) -> dict[str, str]:
    """The secrets of a connection that are kept here, to be kept again."""
    provider, secret_id = provider_named(connection.provider), str(connection.settings.get("secret_id", ""))
    found = {
        setting.name: credentials.kept(secret_id, setting.name) for setting in provider.settings if setting.is_secret
    }
    return {name: secret for name, secret in found.items() if secret}


def open_session(
    workspace: Workspace,
    profile: Profile,
    credentials: Credentials,
    connection: Connection,
    *,
    since: date | None = None,
    make_http: Callable[..., Http] = Http,
) -> Session:
    """Speak to a connection's provider. Raises CONNECTION_SECRET when a secret is not on this computer.

    The demo's own connections have none: all they had to tell was told when the demo was built.
    """
    provider = provider_named(connection.provider)
    if is_demo(connection):
        return DemoSession(provider.name)
    secret_id = str(connection.settings.get("secret_id", ""))
    secrets: dict[str, str] = {}
    for setting in provider.asked(str(connection.settings.get("login") or TOKEN)):
        if not setting.is_secret:
            continue
        secret = credentials.secret(provider.key, secret_id, setting.name)
        if secret:
            secrets[setting.name] = secret
        elif setting.is_needed:
            raise AttribenchError(Code.CONNECTION_SECRET, name=connection.name, field=setting.title)
    told = connection.settings.get("since")
    first = since or (date.fromisoformat(told) if told else profile.today - timedelta(days=HISTORY_DAYS))
    kept = KeptSecrets(credentials, provider.key, secret_id)
    return provider.open(Login(connection.settings, secrets, workspace.clock(), first, make_http, kept))


def try_login(
    workspace: Workspace,
    profile: Profile,
    provider: Provider,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    task: Task,
    *,
    make_http: Callable[..., Http] = Http,
) -> tuple[Health, dict[str, str]]:
    """Ask a provider whether a login works, before anything is connected; the secrets as they are then.

    Raises:
        AttribenchError: SETTING_INVALID when something is missing; PROVIDER codes.
    """
    told = {**settings, **secrets}
    for setting in provider.asked(str(settings.get("login") or TOKEN)):
        if setting.is_needed and not told.get(setting.name, setting.default):
            raise AttribenchError(Code.SETTING_INVALID, field=setting.name, value="", expected=setting.title)
    kept = NewSecrets(secrets)
    defaults = {setting.name: setting.default for setting in provider.settings if setting.default}
    login = Login({**defaults, **settings}, secrets, workspace.clock(), profile.today, make_http, kept)
    session = provider.open(login)
    try:
        return session.check(task), kept.secrets
    finally:
        session.close()


def log_in(
    provider: Provider, settings: Mapping[str, Any], secrets: Mapping[str, str], desk: Desk, task: Task
) -> tuple[dict[str, Any], dict[str, str]]:
    """Let the user log in with the browser; settings and secrets with what that brought.

    Raises:
        AttribenchError: SETTING_INVALID when the provider has no such login, or something is missing for it; see
            :class:`connectors.base.BrowserLogin`.
        Cancelled: while waiting.
    """
    if provider.browser is None:
        offered = ", ".join(key for key, each in PROVIDERS.items() if each.browser is not None)
        raise AttribenchError(Code.SETTING_INVALID, field="browser", value=provider.key, expected=offered)
    told = {**settings, **secrets}
    for setting in provider.asked(BROWSER, with_brought=False):
        if setting.is_needed and not told.get(setting.name, setting.default):
            raise AttribenchError(Code.SETTING_INVALID, field=setting.name, value="", expected=setting.title)
    brought = provider.browser.log_in(told, desk, task)
    return {**brought.settings, **settings, "login": BROWSER}, {**secrets, **brought.secrets}


def sync(
    workspace: Workspace,
    profile: Profile,
    credentials: Credentials,
    task: Task,
    *,
    names: Sequence[str] = (),
    since: date | None = None,
    make_http: Callable[..., Http] = Http,
    told: Callable[[Connection, float], None] | None = None,
    open_with: Callable[[Connection], Session] | None = None,
) -> list[Outcome]:
    """Fetch every connection that is not paused, or those named, side by side.

    Args:
        workspace: where to.
        profile: whose.
        credentials: their secrets.
        task: progress and cancellation; what was committed stays.
        names: of connections; all when empty.
        since: the first day of the history, in place of the connection's own.
        make_http: the way to the network.
        told: hears how far each connection is, 0 to 1, on the thread that fetches it.
        open_with: opens a connection's session, in place of its provider with its secrets.

    Raises:
        AttribenchError: CONNECTION_UNKNOWN.
        Cancelled: nothing is lost; the next sync goes on from there.
    """
    chosen = [profile.connection(name) for name in names]
    chosen = chosen or [each for each in profile.connections() if not each.is_paused]
    progress = _Progress(len(chosen), task, told)

    def one(connection: Connection) -> Outcome:
        outcome = Outcome(connection)
        round_ = None
        try:
            session = (
                open_with(connection)
                if open_with is not None
                else open_session(workspace, profile, credentials, connection, since=since, make_http=make_http)
            )
        except AttribenchError as error:
            return _failed_at_login(profile, outcome, error)
        try:
            try:
                streams = session.streams(task)
            except AttribenchError as error:
                return _failed_at_login(profile, outcome, error)
            for number, stream in enumerate(streams):
                title = STREAMS.get(stream.key.partition(":")[0], stream.title)  # said in the window's language
                progress.tell(connection, (number, len(streams)), 0.0, title)
                run_id = profile.begin_sync(connection, stream.key, round_)
                round_ = round_ or run_id
                taken = Taken()
                try:
                    for batch in stream.fetch(profile.sync_state(connection, stream.key), task):
                        taken += profile.take_in(connection, stream.key, run_id, batch, task)
                        progress.tell(connection, (number, len(streams)), batch.progress or 0.0, title)
                except AttribenchError as error:
                    profile.end_sync(run_id, _FAILED, {"code": error.code.value, **_told(error)})
                    outcome.error = outcome.error or error
                    if error.code in _FATAL:
                        break
                except BaseException:
                    profile.end_sync(run_id, _CANCELLED)
                    raise
                else:
                    profile.end_sync(run_id, _DONE)
                finally:
                    outcome.taken += taken
                    outcome.streams[stream.key] = taken
        except AttribenchError as error:  # the workspace itself
            outcome.error = outcome.error or error
        finally:
            session.close()
        return outcome

    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="attribench-sync") as pool:
        running = [pool.submit(one, connection) for connection in chosen]
        outcomes: list[Outcome] = []
        cancelled: BaseException | None = None
        for future in running:
            try:
                outcomes.append(future.result())
            except Cancelled as raised:
                cancelled = raised
    if cancelled is not None:
        raise cancelled
    return outcomes


def _failed_at_login(profile: Profile, outcome: Outcome, error: AttribenchError) -> Outcome:
    """Note that a sync came no further than the login."""
    run_id = profile.begin_sync(outcome.connection, LOGIN)
    profile.end_sync(run_id, _FAILED, {"code": error.code.value, **_told(error)})
    outcome.error = error
    return outcome


# With these the other streams of a connection would fail too.
_FATAL = frozenset({Code.PROVIDER_LOGIN, Code.PROVIDER_UNREACHABLE, Code.PROVIDER_LIMIT})


class _Progress:
    """The progress of several connections as one."""

    def __init__(self, count: int, task: Task, told: Callable[[Connection, float], None] | None) -> None:
        self._told = told
        self._count = max(1, count)
        self._task = task
        self._guard = threading.Lock()
        self._done: dict[int, float] = {}

    def tell(self, connection: Connection, place: tuple[int, int], part: float, label: str) -> None:
        number, count = place
        with self._guard:
            self._done[connection.connection_id] = (number + part) / max(1, count)
            whole = sum(self._done.values()) / self._count
        if self._told is not None:
            self._told(connection, (number + part) / max(1, count))
        self._task.report(whole, label)


def _told(error: AttribenchError) -> dict[str, Any]:
    return {name: fact if isinstance(fact, int | float) else str(fact) for name, fact in error.facts.items()}
