"""OAuth 2 for a desktop application: the user's browser, one redirect to this computer, and tokens.

The authorization code comes back to a listener on 127.0.0.1 that takes one redirect and closes; where the registered
redirect leads elsewhere, the user hands over the address the browser ended at. PKCE (S256) and a state tie the answer
to this login. A refresh token that is replaced is kept at once, because the old one may be dead by then. Client id and
secret are the user's own. RFC 6749, RFC 7636 (PKCE), RFC 8252 (native applications).
"""

from __future__ import annotations

import hmac
import html
import importlib
import os
import socketserver
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from connectors.http import Answer, Fail, Http, UsualSignals, Verdict
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.base import Kept
    from engine.task import Task

PATIENCE = 300.0  # seconds a user has for saying yes in the browser
_HOST = "127.0.0.1"  # RFC 8252 8.3: not "localhost"
_HERE = frozenset({_HOST, "localhost"})  # what a registered redirect may call this computer
_SLICE = 0.1  # seconds between two looks at the task
_SILENCE = 1.0  # seconds a connection may say nothing: browsers open some that they never use
_VERIFIER, _STATE = 64, 48  # characters; RFC 7636 4.1 wants 43 to 128
_DETAIL = 200


@dataclass(frozen=True)
class Client:
    """The application as a provider knows it.

    Attributes:
        provider: its name, for errors.
        authorize_url: where the browser goes.
        token_url: where codes and refresh tokens are exchanged.
        client_id: of the user's own registration.
        client_secret: of the same; empty where there is none.
        scopes: what is asked for.
        extra: more parameters of the authorization URL.
        form: more parameters of each exchange for tokens.
        redirect_uri: as registered, where it must match exactly; empty: any port of this computer.
        as_json: tokens are asked for in JSON, not by form.
        has_pkce: the provider takes a code challenge.
    """

    provider: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: Sequence[str] = ()
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Mapping[str, str] = field(default_factory=dict[str, str])
    redirect_uri: str = ""
    as_json: bool = False
    has_pkce: bool = True

    @property
    def comes_back(self) -> bool:
        """Whether the browser is sent back to this computer, so that nobody has to hand its address over."""
        return not self.redirect_uri or _is_here(self.redirect_uri)


@dataclass(frozen=True)
class Authorization:
    """A login that was begun.

    Attributes:
        url: to be opened in the browser.
        redirect_uri: where the answer comes to.
        state: stands in the answer to this login, and in no other.
        verifier: proves that whoever exchanges the code began the login.
    """

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Tokens:
    """What a login or a refresh brought.

    Attributes:
        access_token: for requests.
        refresh_token: for new access tokens; empty when the one there is stays.
        expires_in: seconds the access token lives; None when nobody says.
        scopes: what was granted; empty when all that was asked for.
        about: what else was told in words, such as whose they are.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int | None = None
    scopes: frozenset[str] = frozenset()
    about: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Page:
    """What the browser shows when it comes back; plain text in the user's language."""

    done_title: str = "Signed in"
    done: str = "Attribench has received the answer. You can close this page."
    failed_title: str = "Not signed in"
    failed: str = "The login was not completed. You can close this page and try again in Attribench."
    language: str = "en"


def authorization(client: Client, redirect_uri: str) -> Authorization:
    """Begin a login that is answered at ``redirect_uri``."""
    # Untyped, and slow to import: not before somebody logs in.
    security: Any = importlib.import_module("authlib.common.security")
    parameters: Any = importlib.import_module("authlib.oauth2.rfc6749.parameters")
    pkce: Any = importlib.import_module("authlib.oauth2.rfc7636")
    state = str(security.generate_token(_STATE))
    verifier = str(security.generate_token(_VERIFIER)) if client.has_pkce else ""
    challenge = (
        {"code_challenge": pkce.create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
        if verifier
        else {}
    )
    url = parameters.prepare_grant_uri(
        client.authorize_url,
        client.client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=list(client.scopes),
        state=state,
        **challenge,
        **client.extra,
    )
    return Authorization(str(url), redirect_uri, state, verifier)


def login(
    client: Client,
    open_page: Callable[[str], object],
    make_http: Callable[..., Http],
    task: Task,
    *,
    seconds: float = PATIENCE,
    page: Page | None = None,
    ask: Callable[[float, Task], str] | None = None,
) -> Tokens:
    """Let the user say yes in the browser, and bring the tokens.

    Args:
        client: who asks.
        open_page: opens a URL in the browser.
        make_http: the way to the network.
        task: cancels the wait.
        seconds: the user has.
        page: what the browser shows afterwards.
        ask: asks for the address the browser ended at, where it is not sent back to this computer: given the seconds
            the user has and the task, the address, or nothing when it was not told in time.

    Raises:
        AttribenchError: PROVIDER_LOGIN when it was denied, answered by somebody else, too late, or brought nothing that
            lasts; PROVIDER_PERMISSION when less was granted than asked for; what :class:`Http` raises.
        Cancelled: while waiting.
    """
    if client.comes_back or ask is None:
        with Loopback(page or Page(), client.redirect_uri, client.provider) as listener:
            asked = authorization(client, listener.redirect_uri)
            open_page(asked.url)
            code = listener.wait(client.provider, asked.state, task, seconds)
    else:
        asked = authorization(client, client.redirect_uri)
        open_page(asked.url)
        code = _handed_over(client.provider, asked.state, ask(seconds, task), seconds)
    http = token_http(client, make_http, code, asked.verifier)
    try:
        tokens = exchange(client, http, asked, code, task)
    finally:
        http.close()
    if not tokens.refresh_token:
        raise _refused(client.provider, "the login brought no refresh token")
    return tokens


def token_http(client: Client, make_http: Callable[..., Http], *secrets: str) -> Http:
    """The way to a provider's tokens; ``secrets`` are kept out of errors beside the client's own."""
    known = [client.client_secret, *secrets]
    return make_http(client.provider, client.token_url, signals=_TokenSignals(), secrets=known)


def exchange(client: Client, http: Http, asked: Authorization, code: str, task: Task) -> Tokens:
    """Exchange an authorization code for tokens (RFC 6749 4.1.3).

    Raises:
        AttribenchError: PROVIDER_LOGIN when the code is expired or used up, PROVIDER_PERMISSION when a scope that was
            asked for was not granted, PROVIDER_ANSWER; what :class:`Http` raises.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked.redirect_uri}
    if asked.verifier:
        form["code_verifier"] = asked.verifier
    tokens = _asked(client, http, form, task)
    missing = [scope for scope in client.scopes if tokens.scopes and scope not in tokens.scopes]
    if missing:
        raise AttribenchError(
            Code.PROVIDER_PERMISSION,
            provider=client.provider,
            permission=", ".join(missing),
            detail="not granted at the login",
            request="–",
        )
    return tokens


def refresh(
    client: Client, http: Http, refresh_token: str, task: Task, keep: Callable[[str], None] | None = None
) -> Tokens:
    """A new access token (RFC 6749 6).

    Args:
        client: who asks.
        http: of :func:`token_http`.
        refresh_token: the latest.
        task: cancels it.
        keep: is handed a new refresh token at once, before anything is done with the access token.

    Raises:
        AttribenchError: PROVIDER_LOGIN when the refresh token is expired or revoked; what :class:`Http` raises.
    """
    tokens = _asked(client, http, {"grant_type": "refresh_token", "refresh_token": refresh_token}, task)
    if tokens.refresh_token and tokens.refresh_token != refresh_token and keep is not None:
        keep(tokens.refresh_token)
    return tokens


class Authorized:
    """Requests with the access token of the moment: asked for at the first request, and anew when it is refused.

    Whoever renews the login holds it: a refresh token that another sync replaced meanwhile is read again, not used
    twice.

    Args:
        client: who asks.
        refresh_token: as far as it is known here.
        make_http: the way to the network.
        open_http: the way to the provider's interface with an access token.
        kept: where the latest refresh token is, and where one that replaces it goes; None: nowhere.
        name: of the refresh token there.
    """

    def __init__(
        self,
        client: Client,
        refresh_token: str,
        make_http: Callable[..., Http],
        open_http: Callable[[str], Http],
        kept: Kept | None = None,
        name: str = "refresh_token",
    ) -> None:
        self._client = client
        self._refresh_token = refresh_token
        self._make_http = make_http
        self._open_http = open_http
        self._kept = kept
        self._name = name
        self._http: Http | None = None

    @property
    def provider(self) -> str:
        """Its name, for errors."""
        return self._client.provider

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, task: Task) -> Answer:
        """GET a path."""
        return self.send("GET", path, params=params, task=task)

    def send(self, method: str, path: str, *, task: Task, **what: Any) -> Answer:
        """Send a request as :meth:`Http.send` does. Raises PROVIDER_LOGIN when a new token is refused too."""
        is_new = self._http is None
        try:
            return self._open(task).send(method, path, task=task, **what)
        except AttribenchError as error:
            if error.code is not Code.PROVIDER_LOGIN or is_new:
                raise
        self.close()
        return self._open(task).send(method, path, task=task, **what)

    def close(self) -> None:
        """Close the connections and forget the access token."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def _open(self, task: Task) -> Http:
        if self._http is None:
            with self._kept.held(task) if self._kept is not None else nullcontext():
                self._http = self._open_http(self._renewed(task))
        return self._http

    def _renewed(self, task: Task) -> str:
        """A new access token; the refresh token that came with it is kept before anything is done with it."""
        kept = self._kept
        if kept is not None:
            self._refresh_token = kept.secret(self._name) or self._refresh_token
        http = token_http(self._client, self._make_http, self._refresh_token)
        keep = None if kept is None else partial(kept.keep, self._name)
        try:
            tokens = refresh(self._client, http, self._refresh_token, task, keep)
        finally:
            http.close()
        self._refresh_token = tokens.refresh_token or self._refresh_token
        return tokens.access_token


class Loopback:
    """Listens on this computer for one redirect. A context: the port is free again behind it.

    Args:
        page: what the browser shows.
        redirect_uri: the port and path that are registered; empty: any free port.
        provider: for errors.
    """

    def __init__(self, page: Page, redirect_uri: str = "", provider: str = "") -> None:
        self._redirect_uri = redirect_uri
        parts = urlsplit(redirect_uri)
        port = parts.port or (80 if redirect_uri else 0)
        try:
            self._server = _Server(page, port, parts.path or "/")
        except OSError as error:
            raise _refused(provider, f"nobody can listen on port {port}: {error.strerror or error}") from None

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def redirect_uri(self) -> str:
        """Where the browser has to be sent back to."""
        return self._redirect_uri or f"http://{_HOST}:{self._server.server_address[1]}/"

    def wait(self, provider: str, state: str, task: Task, seconds: float = PATIENCE) -> str:
        """The authorization code of the login with that state.

        Raises:
            AttribenchError: PROVIDER_LOGIN when it was denied, answers another login, or did not come in time.
            Cancelled: with the task.
        """
        end = time.monotonic() + seconds
        self._server.state = state
        while self._server.told is None:
            task.check()
            left = end - time.monotonic()
            if left <= 0:
                raise _refused(provider, f"nobody answered within {seconds:.0f} s")
            self._server.timeout = min(_SLICE, left)
            self._server.handle_request()
        return _code(provider, state, self._server.told)


# -- inside -------------------------------------------------------------------------------------------------------


class _Server(socketserver.TCPServer):
    """Not http.server's own, which looks its name up in the network first."""

    def __init__(self, page: Page, port: int, path: str) -> None:
        # A registered port may still be settling from the login before; nobody else may listen beside us in any case.
        self.allow_reuse_address = bool(port) and os.name == "posix"
        super().__init__((_HOST, port), _Handler)
        self.page = page
        self.path = path
        self.state = ""
        self.told: dict[str, str] | None = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no error."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENCE

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        parts = urlsplit(self.path)
        told = dict(parse_qsl(parts.query))
        if parts.path != server.path or not {"code", "error"} & told.keys():  # a browser also asks for an icon
            self.send_error(404)
            return
        server.told = told
        is_fine = "error" not in told and _is_same(told.get("state", ""), server.state)
        content = _shown(server.page, is_fine=is_fine).encode()
        self.send_response(200 if is_fine else 400)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Referrer-Policy", "no-referrer")  # the code stands in this page's address
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Nothing is logged: the address holds the code."""


class _TokenSignals(UsualSignals):
    """RFC 6749 5.2: what is wrong is told with status 400 or 401."""

    def judge(self, answer: Answer) -> Verdict:
        if 400 <= answer.status < 500 and str(_told(answer.body).get("error")) in _LOGIN_ERRORS:
            return Fail(Code.PROVIDER_LOGIN, {"detail": self.detail(answer)})
        return super().judge(answer)

    def detail(self, answer: Answer) -> str:
        told = _told(answer.body)
        if not isinstance(told.get("error"), str):
            return super().detail(answer)
        return f"{told['error']}: {told.get('error_description') or ''}".rstrip(": ")


_STANDARD = frozenset({"access_token", "refresh_token", "token_type", "scope", "expires_in", "id_token"})
_LOGIN_ERRORS = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})


# What is said in the middle of an empty page, in the system's own font and colours.
_STYLE = (
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{display:grid;place-content:center;min-height:90vh;margin:0;padding:2rem;text-align:center}"
    "h1{font-size:1.4rem;margin:0 0 .5rem}p{margin:0;max-width:32rem;opacity:.8}"
)


def _shown(page: Page, *, is_fine: bool) -> str:
    title, text = (page.done_title, page.done) if is_fine else (page.failed_title, page.failed)
    return (
        f'<!doctype html><html lang="{html.escape(page.language)}"><meta charset=utf-8><title>Attribench</title>'
        f"<style>{_STYLE}</style><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p></html>"
    )


def _is_here(uri: str) -> bool:
    """Whether an address leads to this computer."""
    parts = urlsplit(uri)
    return parts.scheme == "http" and parts.hostname in _HERE


def _handed_over(provider: str, state: str, address: str, seconds: float) -> str:
    """The code in an address that the user handed over."""
    if not address.strip():
        raise _refused(provider, f"nobody answered within {seconds:.0f} s")
    told = dict(parse_qsl(urlsplit(address.strip()).query))
    if not {"code", "error"} & told.keys():
        raise _refused(provider, "the address has no code: copy all of it from the browser's address bar")
    return _code(provider, state, told)


def _code(provider: str, state: str, told: Mapping[str, str]) -> str:
    """The code of an answer to the login with that state."""
    if not _is_same(told.get("state", ""), state):
        raise _refused(provider, "the answer belongs to another login (state)")
    if "error" in told:
        reason = f"{told['error']}: {told.get('error_description', '')}".rstrip(": ")
        raise _refused(provider, reason[:_DETAIL])
    return told["code"]


def _asked(client: Client, http: Http, form: Mapping[str, str], task: Task) -> Tokens:
    form = {**form, **_who(client), **client.form}
    answer = (
        http.post(client.token_url, json_body=form, task=task)
        if client.as_json
        else http.post(client.token_url, form=form, task=task)
    )
    return _tokens(client, answer)


def _who(client: Client) -> dict[str, str]:
    secret = {"client_secret": client.client_secret} if client.client_secret else {}
    return {"client_id": client.client_id, **secret}


def _tokens(client: Client, answer: Answer) -> Tokens:
    told = _told(answer.body)
    access_token = told.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        raise AttribenchError(
            Code.PROVIDER_ANSWER, provider=client.provider, detail="no access token", request=answer.request_id or "–"
        )
    lives = told.get("expires_in")
    return Tokens(
        access_token,
        str(told.get("refresh_token") or ""),
        int(lives) if isinstance(lives, int | float | str) and str(lives).isdigit() else None,
        frozenset(str(told.get("scope") or "").split()),
        {name: value for name, value in told.items() if isinstance(value, str) and name not in _STANDARD},
    )


def _refused(provider: str, detail: str) -> AttribenchError:
    return AttribenchError(Code.PROVIDER_LOGIN, provider=provider, detail=detail, request="–")


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _told(body: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
