"""OAuth 2: the browser's one answer to this login and no other, tokens that last, and no secret in any error."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest

from connectors import oauth
from connectors.http import Http
from engine.errors import AttribenchError, Cancelled, Code
from engine.task import Task
from tests.connectors.harness import Fake, Fault, reply

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Generator

    from connectors.base import Kept

CLIENT = oauth.Client(
    "Somebody",
    "https://login.example/authorize?kind=desktop",
    "https://login.example/token",
    "client-1",
    "client-secret-1",
    ("read", "list"),
    {"access_type": "offline"},
)


class Drawer:
    """Keeps refresh tokens, and notes whether the login was held meanwhile."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_held = False

    @contextmanager
    def held(self, task: Task) -> Generator[None]:
        self.is_held = True
        yield
        self.is_held = False

    def secret(self, name: str) -> str:
        return self.texts[-1] if self.texts else ""

    def keep(self, name: str, text: str) -> None:
        assert (name, self.is_held) == ("refresh_token", True)
        self.texts.append(text)


class Server(Fake):
    """An authorization server, and the browser that is sent there and back."""

    def __init__(self) -> None:
        super().__init__()
        self.routes = [("POST", "/token", self._token), ("GET", "/data", self._data)]
        self.asked: dict[str, str] = {}
        self.answer_with: Callable[[dict[str, str]], dict[str, str]] = lambda asked: {
            "code": "code-secret-1",
            "state": asked["state"],
        }
        self.granted: dict[str, Any] = {"scope": "list read"}
        self.refresh_token = "refresh-secret-0"
        self.rotates = False
        self.issued = 0
        self.good: set[str] = set()
        self.pages: list[tuple[int, str]] = []
        self.browser: threading.Thread | None = None

    def open_page(self, url: str) -> None:
        """What a browser does: ask for the icon, then for the page it is sent to."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        self.browser = threading.Thread(target=self._browse)
        self.browser.start()

    def _browse(self) -> None:
        target = urlsplit(self.asked["redirect_uri"])
        for path in ("/favicon.ico", f"{target.path}?{urlencode(self.answer_with(self.asked))}"):
            connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=10)
            connection.request("GET", path)
            response = connection.getresponse()
            self.pages.append((response.status, response.read().decode()))
            connection.close()

    def make_http(self, provider: str, base_url: str, **options: Any) -> Http:
        return Http(provider, base_url, transport=httpx.MockTransport(self), sleep=lambda *_: None, seed=1, **options)

    def login(self, task: Task | None = None, seconds: float = 30) -> oauth.Tokens:
        try:
            return oauth.login(CLIENT, self.open_page, self.make_http, task or Task(), seconds=seconds)
        finally:
            if self.browser is not None:
                self.browser.join()

    def authorized(self, kept: Kept | None = None) -> oauth.Authorized:
        def open_http(token: str) -> Http:
            return self.make_http("Somebody", "https://api.example", headers={"Authorization": f"Bearer {token}"})

        return oauth.Authorized(CLIENT, self.refresh_token, self.make_http, open_http, kept)

    def _token(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        is_json = request.headers["content-type"] == "application/json"
        form = json.loads(request.content) if is_json else dict(parse_qsl(request.content.decode()))
        assert (form["client_id"], form["client_secret"]) == ("client-1", "client-secret-1")
        if form["grant_type"] == "authorization_code":
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
            is_fine = form["code"] == "code-secret-1" and challenge.rstrip("=") == self.asked["code_challenge"]
            is_fine &= form["redirect_uri"] == self.asked["redirect_uri"]
            self.refresh_token = "refresh-secret-1"
        else:
            is_fine = form["refresh_token"] == self.refresh_token
        if not is_fine:
            return reply({"error": "invalid_grant", "error_description": f"Bad grant {form.get('code', '')}"}, 400)
        self.issued += 1
        self.good = {f"access-secret-{self.issued}"}
        told: dict[str, Any] = {"access_token": f"access-secret-{self.issued}", "expires_in": 3600}
        if form["grant_type"] == "authorization_code":
            told |= {"refresh_token": self.refresh_token, **self.granted}
        elif self.rotates:
            self.refresh_token = f"refresh-secret-{self.issued + 1}"
            told |= {"refresh_token": self.refresh_token}
        return reply(told)

    def _data(self, request: httpx.Request, _: re.Match[str]) -> httpx.Response:
        if request.headers["authorization"].removeprefix("Bearer ") not in self.good:
            return reply({"error": {"message": "expired"}}, 401)
        return reply({"fine": True})


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_login_goes_through_the_browser_and_brings_tokens(server: Server) -> None:
    tokens = server.login()
    assert tokens == oauth.Tokens("access-secret-1", "refresh-secret-1", 3600, frozenset({"read", "list"}))
    asked = dict(server.asked)
    target = urlsplit(asked.pop("redirect_uri"))
    assert len(asked.pop("state")) >= 32
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "kind": "desktop",
        "response_type": "code",
        "client_id": "client-1",
        "scope": "read list",
        "code_challenge_method": "S256",
        "access_type": "offline",
    }
    assert [status for status, _ in server.pages] == [404, 200]
    assert "close this page" in server.pages[1][1]
    assert target.hostname == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", target.port or 0), timeout=5)
    assert "secret" not in repr(tokens) + repr(CLIENT)


def test_a_registered_redirect_is_listened_on_as_it_is(server: Server) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    registered = replace(CLIENT, redirect_uri=f"http://127.0.0.1:{port}/back")
    tokens = oauth.login(registered, server.open_page, server.make_http, Task(), seconds=30)
    assert tokens.refresh_token == "refresh-secret-1"
    assert server.asked["redirect_uri"] == registered.redirect_uri
    assert server.browser is not None
    server.browser.join()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(AttribenchError) as raised:
        oauth.login(registered, server.open_page, server.make_http, Task(), seconds=30)
    assert f"port {port}" in str(raised.value.facts["detail"])


def test_where_the_browser_ends_elsewhere_its_address_is_handed_over(server: Server) -> None:
    registered = replace(CLIENT, redirect_uri="https://shop.example/done", as_json=True, form={"user_type": "Location"})
    opened: list[str] = []

    def hand_over(change: Callable[[str], str]) -> oauth.Tokens:
        def ask(_seconds: float, _task: Task) -> str:
            server.asked = {name: told[0] for name, told in parse_qs(urlsplit(opened[-1]).query).items()}
            return change(f"https://shop.example/done?{urlencode(server.answer_with(server.asked))}")

        return oauth.login(registered, opened.append, server.make_http, Task(), ask=ask)

    assert hand_over(lambda address: f" {address}\n").refresh_token == "refresh-secret-1"
    assert b'"user_type":"Location"' in server.requests[-1].content
    for change, detail in (
        (lambda _: "", "nobody answered"),
        (lambda _: "https://shop.example/done", "no code"),
        (lambda address: address.replace("state=", "state=x"), "another login"),
    ):
        with pytest.raises(AttribenchError) as raised:
            hand_over(change)
        assert raised.value.code is Code.PROVIDER_LOGIN
        assert detail in str(raised.value.facts["detail"])
        assert "secret" not in str(raised.value.facts)


def test_no_two_logins_share_state_or_verifier() -> None:
    one, other = (oauth.authorization(CLIENT, "http://127.0.0.1:1/") for _ in range(2))
    assert one.state != other.state
    assert one.verifier != other.verifier


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        ({"code": "code-secret-1", "state": "of somebody else"}, "another login"),
        ({"code": "code-secret-1"}, "another login"),
        ({"error": "access_denied", "error_description": "No <b>thanks</b>", "state": "="}, "access_denied: No"),
        ({"error": "access_denied"}, "another login"),
        ({"code": "code-secret-expired", "state": "="}, "invalid_grant"),
    ],
    ids=["wrong-state", "no-state", "denied", "denied-by-nobody", "expired"],
)
def test_an_answer_that_is_no_yes_to_this_login_is_refused(server: Server, told: dict[str, str], detail: str) -> None:
    server.answer_with = lambda asked: {**told, **({"state": asked["state"]} if told.get("state") == "=" else {})}
    with pytest.raises(AttribenchError) as raised:
        server.login()
    assert raised.value.code is Code.PROVIDER_LOGIN
    assert detail in str(raised.value.facts["detail"])
    assert "secret" not in str(raised.value.facts)
    assert server.issued == 0
    if detail != "invalid_grant":
        assert server.pages[1][0] == 400
        assert "<b>" not in server.pages[1][1]


def test_nobody_answers(server: Server) -> None:
    with pytest.raises(AttribenchError) as raised:
        oauth.login(CLIENT, lambda _: None, server.make_http, Task(), seconds=0)
    assert raised.value.code is Code.PROVIDER_LOGIN


def test_the_wait_ends_with_the_task(server: Server) -> None:
    task = Task()
    with pytest.raises(Cancelled):
        oauth.login(CLIENT, lambda _: task.cancel(), server.make_http, task)


def test_a_connection_that_says_nothing_does_not_block_the_answer(server: Server) -> None:
    silent: list[socket.socket] = []

    def open_page(url: str) -> None:
        redirect = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        silent.append(socket.create_connection(("127.0.0.1", urlsplit(redirect).port or 0)))
        server.open_page(url)

    assert oauth.login(CLIENT, open_page, server.make_http, Task(), seconds=30).refresh_token == "refresh-secret-1"
    silent[0].close()
    assert server.browser is not None
    server.browser.join()


def test_less_than_was_asked_for_is_named(server: Server) -> None:
    server.granted = {"scope": "list"}
    with pytest.raises(AttribenchError) as raised:
        server.login()
    assert raised.value.code is Code.PROVIDER_PERMISSION
    assert raised.value.facts["permission"] == "read"


def test_a_login_that_does_not_last_is_refused(server: Server) -> None:
    server.granted = {"refresh_token": ""}
    with pytest.raises(AttribenchError) as raised:
        server.login()
    assert "refresh token" in str(raised.value.facts["detail"])


def test_an_access_token_that_runs_out_is_replaced_and_rotation_is_kept_at_once(server: Server) -> None:
    server.rotates = True
    kept = Drawer()
    requests = server.authorized(kept)
    assert requests.send("GET", "/data", task=Task()).body == {"fine": True}
    server.good = set()
    assert requests.send("GET", "/data", task=Task()).body == {"fine": True}
    assert kept.texts == ["refresh-secret-2", "refresh-secret-3"]
    assert server.refresh_token == kept.texts[-1]
    requests.close()


def test_a_rotated_token_is_kept_though_the_request_fails(server: Server) -> None:
    server.rotates = True
    server.faults = dict.fromkeys(range(2, 50), Fault(kind="reset"))
    kept = Drawer()
    requests = server.authorized(kept)
    with pytest.raises(AttribenchError):
        requests.send("GET", "/data", task=Task())
    assert kept.texts == ["refresh-secret-2"]
    requests.close()


def test_a_new_token_that_is_refused_too_is_a_failed_login(server: Server) -> None:
    requests = server.authorized()
    requests.send("GET", "/data", task=Task())
    server.always = Fault(httpx.Response(401, json={"error": "invalid_token"}))
    with pytest.raises(AttribenchError) as raised:
        requests.send("GET", "/data", task=Task())
    assert raised.value.code is Code.PROVIDER_LOGIN
    requests.close()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault(httpx.Response(400, json={"error": "invalid_grant"})), Code.PROVIDER_LOGIN),
        (Fault(httpx.Response(401, json={"error": "invalid_client"})), Code.PROVIDER_LOGIN),
        (Fault(httpx.Response(200, json={"token_type": "Bearer"})), Code.PROVIDER_ANSWER),
        (Fault(httpx.Response(400, json={"error": "refresh-secret-0"})), Code.PROVIDER_REFUSED),
        (Fault(kind="malformed"), Code.PROVIDER_ANSWER),
        (Fault(kind="reset"), Code.PROVIDER_UNREACHABLE),
    ],
    ids=["invalid_grant", "invalid_client", "no-token", "echo", "malformed", "reset"],
)
def test_what_a_refresh_fails_with(server: Server, fault: Fault, code: Code) -> None:
    server.always = fault
    with pytest.raises(AttribenchError) as raised:
        server.authorized().send("GET", "/data", task=Task())
    assert raised.value.code is code
    assert "secret" not in str(raised.value.facts)


def test_a_refresh_waits_for_what_passes(server: Server) -> None:
    server.faults = {1: Fault(httpx.Response(503)), 2: Fault(kind="timeout"), 3: Fault(kind="truncated")}
    requests = server.authorized()
    assert requests.send("GET", "/data", task=Task()).body == {"fine": True}
    requests.close()
