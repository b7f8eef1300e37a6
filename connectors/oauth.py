"""OAuth 2 for a desktop application: the user's browser, one redirect to this computer, and tokens.

The authorization code comes back to a listener on 127.0.0.1 that takes one redirect and closes; PKCE (S256) and a
state tie it to this login. A refresh token that is replaced is handed on at once, because the old one may be dead by
then. Client id and secret are the user's own. RFC 6749, RFC 7636 (PKCE), RFC 8252 (native applications).
"""

from __future__ import annotations

import hmac
import html
import importlib
import socketserver
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from connectors.http import Answer, Fail, Http, UsualSignals, Verdict
from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from engine.task import Task

PATIENCE = 300.0  # seconds a user has for saying yes in the browser
_HOST = "127.0.0.1"  # RFC 8252 8.3: not "localhost"
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
    """

    provider: str
    authorize_url: str
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: Sequence[str] = ()
    extra: Mapping[str, str] = field(default_factory=dict[str, str])


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
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: int | None = None
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """What the browser shows when it comes back; plain text in the user's language."""

    done: str = "Attribench has received the answer. You can close this page."
    failed: str = "The login was not completed. You can close this page and try again in Attribench."


def authorization(client: Client, redirect_uri: str) -> Authorization:
    """Begin a login that is answered at ``redirect_uri``."""
    # Untyped, and slow to import: not before somebody logs in.
    security: Any = importlib.import_module("authlib.common.security")
    parameters: Any = importlib.import_module("authlib.oauth2.rfc6749.parameters")
    pkce: Any = importlib.import_module("authlib.oauth2.rfc7636")
    state, verifier = str(security.generate_token(_STATE)), str(security.generate_token(_VERIFIER))
    url = parameters.prepare_grant_uri(
        client.authorize_url,
        client.client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=list(client.scopes),
        state=state,
        code_challenge=pkce.create_s256_code_challenge(verifier),
        code_challenge_method="S256",
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
) -> Tokens:
    """Let the user say yes in the browser, and bring the tokens.

    Args:
        client: who asks.
        open_page: opens a URL in the browser.
        make_http: the way to the network.
        task: cancels the wait.
        seconds: the user has.
        page: what the browser shows afterwards.

    Raises:
        AttribenchError: PROVIDER_LOGIN when it was denied, answered by somebody else, too late, or brought nothing that
            lasts; PROVIDER_PERMISSION when less was granted than asked for; what :class:`Http` raises.
        Cancelled: while waiting.
    """
    with Loopback(page or Page()) as listener:
        asked = authorization(client, listener.redirect_uri)
        open_page(asked.url)
        code = listener.wait(client.provider, asked.state, task, seconds)
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
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked.redirect_uri,
        "code_verifier": asked.verifier,
        **_who(client),
    }
    tokens = _tokens(client, http.post(client.token_url, form=form, task=task))
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
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **_who(client)}
    tokens = _tokens(client, http.post(client.token_url, form=form, task=task))
    if tokens.refresh_token and tokens.refresh_token != refresh_token and keep is not None:
        keep(tokens.refresh_token)
    return tokens


class Authorized:
    """Requests with the access token of the moment: asked for at the first request, and anew when it is refused.

    Args:
        client: who asks.
        refresh_token: the latest.
        make_http: the way to the network.
        open_http: the way to the provider's interface with an access token.
        keep: keeps a refresh token that replaces the other.
    """

    def __init__(
        self,
        client: Client,
        refresh_token: str,
        make_http: Callable[..., Http],
        open_http: Callable[[str], Http],
        keep: Callable[[str], None] | None = None,
    ) -> None:
        self._client = client
        self._refresh_token = refresh_token
        self._make_http = make_http
        self._open_http = open_http
        self._keep = keep
        self._http: Http | None = None

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
            http = token_http(self._client, self._make_http, self._refresh_token)
            try:
                tokens = refresh(self._client, http, self._refresh_token, task, self._keep)
            finally:
                http.close()
            self._refresh_token = tokens.refresh_token or self._refresh_token
            self._http = self._open_http(tokens.access_token)
        return self._http


class Loopback:
    """Listens on this computer for one redirect. A context: the port is free again behind it."""

    def __init__(self, page: Page) -> None:
        self._server = _Server(page)

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def redirect_uri(self) -> str:
        """Where the browser has to be sent back to."""
        return f"http://{_HOST}:{self._server.server_address[1]}/"

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
        told = self._server.told
        if not _is_same(told.get("state", ""), state):
            raise _refused(provider, "the answer belongs to another login (state)")
        if "error" in told:
            reason = f"{told['error']}: {told.get('error_description', '')}".rstrip(": ")
            raise _refused(provider, reason[:_DETAIL])
        return told["code"]


# -- inside -------------------------------------------------------------------------------------------------------


class _Server(socketserver.TCPServer):
    """Not http.server's own, which looks its name up in the network first."""

    allow_reuse_address = False  # nobody else may listen beside us

    def __init__(self, page: Page) -> None:
        super().__init__((_HOST, 0), _Handler)
        self.page = page
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
        if parts.path != "/" or not {"code", "error"} & told.keys():  # a browser also asks for an icon
            self.send_error(404)
            return
        server.told = told
        is_fine = "error" not in told and _is_same(told.get("state", ""), server.state)
        text = html.escape(server.page.done if is_fine else server.page.failed)
        content = f"<!doctype html><meta charset=utf-8><title>Attribench</title><p>{text}</p>".encode()
        self.send_response(200 if is_fine else 400)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
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


_LOGIN_ERRORS = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})


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
    )


def _refused(provider: str, detail: str) -> AttribenchError:
    return AttribenchError(Code.PROVIDER_LOGIN, provider=provider, detail=detail, request="–")


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _told(body: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
