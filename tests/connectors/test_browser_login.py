"""Logging in with the browser, end to end: what it brings is kept, a token that is replaced is kept at once."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import pytest
from click.testing import CliRunner

from app import connecting, syncing
from app.credentials import Credentials, FileVault, KeptSecrets
from connectors import PROVIDERS
from connectors.base import BROWSER, PIN, Desk
from connectors.gohighlevel import SCOPES
from connectors.http import Http
from engine import ProfileSettings, Workspace
from engine.errors import AttribenchError, Cancelled, Code
from engine.task import Task
from tests.connectors.gohighlevel_fake import LOCATION, FakeHighLevel
from tests.connectors.harness import MemoryVault, reply
from tests.connectors.server import served

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Lab

REDIRECT = "https://shop.example/done"
APP = {"client_id": "app-1", "redirect_uri": REDIRECT}
SECRETS = {"client_secret": "client-secret-1"}


class Marketplace(FakeHighLevel):
    """HighLevel with its login: a refresh token is good for one use, an access token for as long as the test."""

    def __init__(self) -> None:
        super().__init__("none")
        self.good = ""
        self.issued = 0
        self.asked = 0
        self.watch: Any = lambda request: None

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.watch(request)
        if request.url.path == "/oauth/token":
            return self._hand_out(dict(parse_qsl(request.content.decode())))
        told = request.headers["authorization"].removeprefix("Bearer ")
        self.token = told if told in {f"access-secret-{number + 1}" for number in range(self.issued)} else "none"
        return super().answer(request)

    def _hand_out(self, form: dict[str, str]) -> httpx.Response:
        assert (form["client_id"], form["client_secret"], form["user_type"]) == ("app-1", "client-secret-1", "Location")
        assert "code_verifier" not in form
        self.asked += 1
        if form.get("refresh_token", self.good) != self.good or form.get("code", "code-1") != "code-1":
            return reply({"error": "invalid_grant", "error_description": "used already"}, 400)
        self.issued += 1
        self.good = f"refresh-secret-{self.issued}"
        told = {"access_token": f"access-secret-{self.issued}", "refresh_token": self.good, "expires_in": 86_399}
        return reply({**told, "scope": " ".join(SCOPES), "locationId": LOCATION, "userId": "u1"})


@pytest.fixture
def market() -> Marketplace:
    return Marketplace()


def over(fake: Any) -> Any:
    """The way to a fake."""

    def make(provider: str, base_url: str, **options: Any) -> Http:
        return Http(provider, base_url, transport=httpx.MockTransport(fake), sleep=lambda *_: None, seed=1, **options)

    return make


def logged_in(market: Marketplace, change: Any = lambda address: address) -> tuple[dict[str, Any], dict[str, str]]:
    opened: list[str] = []

    def ask(_what: str, _seconds: float, _task: Task) -> str:
        asked = dict(parse_qsl(urlsplit(opened[0]).query))
        return change(f"{REDIRECT}?{urlencode({'code': 'code-1', 'state': asked['state']})}")

    desk = Desk(opened.append, ask, over(market), seconds=5)
    return syncing.log_in(PROVIDERS["gohighlevel"], APP, SECRETS, desk, Task())


def test_a_token_that_is_replaced_is_kept_before_it_is_used(lab: Lab, market: Marketplace) -> None:
    settings, secrets = logged_in(market)
    assert settings == {**APP, "accounts": LOCATION, "login": BROWSER}
    vault = MemoryVault()
    credentials = Credentials(vault, {})
    made = syncing.connect(lab.profile, credentials, "gohighlevel", "CRM", settings, secrets)
    market.contact(1, "2026-06-01T10:00:00Z", source="form")

    def kept() -> str | None:
        return vault.get(f"{made.settings['secret_id']}:refresh_token")

    def is_kept(request: httpx.Request) -> None:
        assert request.url.path == "/oauth/token" or kept() == market.good

    market.watch = is_kept
    for number in (2, 3):
        (outcome,) = syncing.sync(lab.workspace, lab.profile, credentials, Task(), make_http=over(market))
        assert outcome.error is None
        assert kept() == f"refresh-secret-{number}"
    assert lab.value("select count(*) from raw_people") == 1


def test_two_syncs_at_once_use_no_token_twice(lab: Lab, market: Marketplace, tmp_path: Path) -> None:
    settings, secrets = logged_in(market)
    credentials = Credentials(FileVault(tmp_path / "secrets.bin", "correct horse"), {})
    made = syncing.connect(lab.profile, credentials, "gohighlevel", "CRM", settings, secrets)
    failed: list[AttribenchError | None] = []

    def sync() -> None:
        outcome = syncing.sync(lab.workspace, lab.profile, credentials, Task(), make_http=over(market))
        failed.append(outcome[0].error)

    threads = [threading.Thread(target=sync) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [None, None]
    assert market.issued == market.asked
    assert credentials.secret("gohighlevel", str(made.settings["secret_id"]), "refresh_token") == market.good


def test_a_token_of_the_environment_is_replaced_beside_it(tmp_path: Path) -> None:
    name = "ATTRIBENCH_SECRET_GOHIGHLEVEL_REFRESH_TOKEN"
    vault = MemoryVault()
    kept = KeptSecrets(Credentials(vault, {name: "old"}), "gohighlevel", "id", tmp_path)
    assert kept.secret("refresh_token") == "old"
    kept.keep("refresh_token", "new")
    assert kept.secret("refresh_token") == "new"
    assert (
        KeptSecrets(Credentials(vault, {name: "newest"}), "gohighlevel", "id", tmp_path).secret("refresh_token")
        == "newest"
    )
    assert "old" not in "".join(vault.texts.values())


def test_who_waits_for_a_login_can_be_stopped(tmp_path: Path) -> None:
    credentials = Credentials(MemoryVault(), {})
    task = Task()
    with KeptSecrets(credentials, "gohighlevel", "id", tmp_path).held(Task()):
        task.cancel()
        with pytest.raises(Cancelled), KeptSecrets(credentials, "gohighlevel", "id", tmp_path).held(task):
            pass
    with KeptSecrets(credentials, "gohighlevel", "id", tmp_path).held(Task()):
        pass


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (lambda _: "", "nobody answered"),
        (lambda address: address.replace("code=code-1", "error=access_denied"), "access_denied"),
        (lambda address: address.replace("code-1", "code-2"), "invalid_grant"),
        (lambda address: address.replace("state=", "state=not"), "another login"),
    ],
    ids=["nobody", "denied", "expired", "state"],
)
def test_a_login_that_fails_brings_nothing(market: Marketplace, change: Any, detail: str) -> None:
    with pytest.raises(AttribenchError) as raised:
        logged_in(market, change)
    assert raised.value.code is Code.PROVIDER_LOGIN
    assert detail in str(raised.value.facts["detail"])
    assert "secret" not in str(raised.value.facts)


def test_what_is_missing_for_a_login_is_named(market: Marketplace) -> None:
    desk = Desk(lambda _: None, lambda *_: "", over(market))
    for key, field in (("stripe", "browser"), ("google_ads", "client_id"), ("mercadopago", "client_id")):
        with pytest.raises(AttribenchError) as raised:
            syncing.log_in(PROVIDERS[key], {}, {}, desk, Task())
        assert raised.value.code is Code.SETTING_INVALID
        assert raised.value.facts["field"] == field


def test_x_is_told_the_number_it_shows() -> None:
    seen: list[tuple[str, str]] = []
    opened: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        signed = request.headers["authorization"]
        seen.append((request.url.path, signed))
        if request.url.path == "/oauth/request_token":
            return httpx.Response(
                200, text="oauth_token=begun&oauth_token_secret=begun-secret&oauth_callback_confirmed=true"
            )
        if 'oauth_verifier="1234567"' not in signed or 'oauth_token="begun"' not in signed:
            return httpx.Response(401, json={"errors": [{"code": 32, "message": "Could not authenticate you."}]})
        return httpx.Response(200, text="oauth_token=access&oauth_token_secret=access-secret&user_id=1")

    told = {"consumer_key": "key", "consumer_secret": "app-secret"}
    asked: list[str] = []

    def pin(number: str) -> Any:
        def ask(what: str, _seconds: float, _task: Task) -> str:
            asked.append(what)
            return number

        return Desk(opened.append, ask, over(answer), seconds=5)

    _, secrets = syncing.log_in(PROVIDERS["x_ads"], {}, told, pin(" 1234567 "), Task())
    assert secrets == {**told, "access_token": "access", "access_token_secret": "access-secret"}
    assert 'oauth_callback="oob"' in seen[0][1]
    assert opened == ["https://api.x.com/oauth/authorize?oauth_token=begun"]
    assert asked == [PIN]
    for number in ("", "7654321"):
        with pytest.raises(AttribenchError) as raised:
            syncing.log_in(PROVIDERS["x_ads"], {}, told, pin(number), Task())
        assert raised.value.code is Code.PROVIDER_LOGIN
        assert "secret" not in str(raised.value.facts)


def test_the_command_opens_the_browser_and_keeps_what_it_brings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google's client with a loopback redirect, through ``attribench connect ... --browser``."""
    monkeypatch.setenv("ATTRIBENCH_PASSPHRASE", "correct horse")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "acme.duckdb"
    with Workspace.open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings(name="Lab"))
    pages: list[str] = []

    def google(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return reply({"access_token": "access-secret", "refresh_token": "refresh-secret", "expires_in": 3599})
        if request.headers["authorization"] != "Bearer access-secret":
            return reply({"error": {"message": "no"}}, 401)
        return reply({"siteEntry": [{"siteUrl": "sc-domain:shop.example", "permissionLevel": "siteOwner"}]})

    def browse(url: str) -> bool:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        target = urlsplit(asked["redirect_uri"])

        def come_back() -> None:
            connection = http.client.HTTPConnection(str(target.hostname), target.port, timeout=10)
            connection.request("GET", f"/?{urlencode({'code': 'code-secret', 'state': asked['state']})}")
            pages.append(connection.getresponse().read().decode())
            connection.close()

        threading.Thread(target=come_back).start()
        return True

    monkeypatch.setattr("webbrowser.open", browse)
    with served(google) as address:
        pairs = ["client_id=id-1", f"token_url={address}/token", f"base_url={address}"]
        arguments = [str(path), "search_console", "--browser", *(word for pair in pairs for word in ("--set", pair))]
        told = CliRunner().invoke(connecting.connect, arguments, input="client-secret\n")
    assert told.exit_code == 0, told.output
    assert "shop.example" in told.output
    assert "Signed in" in pages[0]
    with Workspace.open(path) as workspace:
        (connection,) = workspace.profile(None).connections()
        assert connection.settings["login"] == BROWSER
        secret = FileVault(tmp_path / "config" / "attribench" / "secrets.bin", "correct horse").get
        assert secret(f"{connection.settings['secret_id']}:refresh_token") == "refresh-secret"
    for word in ("client-secret", "refresh-secret", "access-secret", "code-secret"):
        assert word not in told.output
        assert word.encode() not in path.read_bytes()
