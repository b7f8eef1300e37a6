"""Secrets: in the system's keyring or an encrypted file, and nowhere else whatever goes wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keyring
import keyring.backends.fail
import pytest
from click.testing import CliRunner, Result

from app import connecting, syncing
from app.crashes import Crashes
from app.credentials import Credentials, FileVault, SystemVault, vault
from app.messages import explain
from connectors import PROVIDERS
from connectors.base import BROWSER, TOKEN
from connectors.http import bearer
from engine import ProfileSettings, Workspace
from engine.errors import AttribenchError, Code
from tests.connectors.harness import reply
from tests.connectors.server import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ROOT = Path(__file__).parents[2]
MARK = "markedsecret"
# A session bus and a keyring of its own, unlocked with a password; then what is asked of Python.
_SESSION = """
mkdir -m 700 -p "$XDG_RUNTIME_DIR"
printf '%s' "$KEYRING_PASSWORD" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
exec "$0" -c "$1"
"""
_KEEPS = """
from app.credentials import Credentials, SystemVault
kept = Credentials(SystemVault(), {})
kept.keep("id", {"api_key": "markedsecret-ñ", "other": "second"})
kept.replace("stripe", "id", "api_key", "markedsecret-2")
"""
_READS = """
from app.credentials import Credentials, SystemVault
kept = Credentials(SystemVault(), {})
print(kept.secret("stripe", "id", "api_key"), kept.secret("stripe", "id", "other"), kept.secret("stripe", "id", "no"))
kept.forget("id", ("api_key", "other", "never"))
print(kept.secret("stripe", "id", "api_key"))
"""
_FAILS = """
from app.credentials import SystemVault
from app.messages import explain
from engine.errors import AttribenchError
try:
    SystemVault().set("id:api_key", "markedsecret")
except AttribenchError as error:
    print(explain(error))
"""


def in_session(home: Path, script: str, password: str = "correct horse") -> str:
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith(("DBUS_", "ATTRIBENCH_"))},
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "KEYRING_PASSWORD": password,
    }
    told = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", _SESSION, sys.executable, script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return told.stdout


@pytest.mark.skipif(
    not all(map(shutil.which, ("dbus-run-session", "gnome-keyring-daemon", "bash"))),
    reason="needs a Secret Service: apt-get install gnome-keyring dbus dbus-daemon",
)
def test_a_real_secret_service_keeps_reads_replaces_and_forgets(tmp_path: Path) -> None:
    """Each step is a process and a session of its own, so that what is read was kept on the disk."""
    in_session(tmp_path, _KEEPS)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(MARK.encode() in file.read_bytes() for file in files)
    assert in_session(tmp_path, _READS).splitlines() == ["markedsecret-2 second None", "None"]
    assert "Unlock the system's keyring" in in_session(tmp_path, _FAILS, password="wrong")


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer without any keyring and without a passphrase."""
    for name in [name for name in os.environ if name.startswith("ATTRIBENCH_")]:
        monkeypatch.delenv(name)
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(before)


def new_workspace(path: Path) -> None:
    with Workspace.open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings(name="Lab"))


def test_without_a_keyring_it_says_what_to_do(
    tmp_path: Path, no_keyring: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "acme.duckdb"
    new_workspace(path)
    told = CliRunner().invoke(connecting.connect, [str(path), "stripe", "--no-check"], input=f"{MARK}\n")
    assert isinstance(told.exception, AttribenchError)
    assert "set ATTRIBENCH_PASSPHRASE" in explain(told.exception)
    with Workspace.open(path) as workspace:
        assert workspace.profile(None).connections() == []
    # A passphrase is enough, and so is the environment, which is then not kept anywhere.
    monkeypatch.setenv("ATTRIBENCH_PASSPHRASE", "correct horse")
    assert isinstance(vault(), FileVault)
    monkeypatch.delenv("ATTRIBENCH_PASSPHRASE")
    monkeypatch.setenv("ATTRIBENCH_SECRET_STRIPE_API_KEY", MARK)
    told = CliRunner().invoke(connecting.connect, [str(path), "stripe", "--no-check"])
    assert told.exit_code == 0, told.output
    with Workspace.open(path) as workspace:
        profile = workspace.profile(None)
        (connection,) = profile.connections()
        credentials = Credentials(SystemVault())
        assert credentials.secret("stripe", str(connection.settings["secret_id"]), "api_key") == MARK
        syncing.disconnect(profile, credentials, connection, keep_data=True)
        assert profile.connections() == []


def test_secrets_of_every_provider_are_nowhere_but_in_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a server that tells back all it was sent, with every status that ends a run at once."""
    for name in [name for name in os.environ if name.startswith("ATTRIBENCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ATTRIBENCH_PASSPHRASE", "correct horse")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    seen: list[str] = []

    def echo(request: httpx.Request) -> httpx.Response:
        told = f"{request.url} {dict(request.headers)} {request.content.decode()}"
        seen.append(told)
        error = {"message": told, "error_description": told, "code": told}
        status = (400, 401, 403, 404)[len(seen) % 4]
        return reply({"error": error, "message": told, "errors": [{"message": told, "code": told}]}, status)

    path = tmp_path / "acme.duckdb"
    new_workspace(path)
    marks: list[str] = []
    shown: list[str] = []
    with served(echo) as address:
        with Workspace.open(path) as workspace:
            profile, credentials = workspace.profile(None), Credentials(vault())
            for key, provider in PROVIDERS.items():
                for way in (TOKEN, BROWSER) if provider.browser is not None else (TOKEN,):
                    asked = provider.asked(way)
                    secrets = {each.name: f"{MARK}-{key}-{way}-{each.name}" for each in asked if each.is_secret}
                    marks += secrets.values()
                    places = dict.fromkeys(("base_url", "token_url", "authorize_url", "login_url"), address)
                    own = {"accounts": "1", "shop": "shop", "place": f"{address}/index.json", "client_id": "id"}
                    own["redirect_uri"] = "http://127.0.0.1:8731/"
                    settings: dict[str, Any] = {name: text for name, text in own.items() if name in _names(asked)}
                    settings |= {**places, "login": way, "since": "2026-06-01"}
                    syncing.connect(profile, credentials, key, f"{key} {way}", settings, secrets)
        synced = CliRunner().invoke(connecting.sync, [str(path)])
        shown += _all(synced)
        for arguments in ([str(path)], [str(path), "--runs", "--format", "json"]):
            shown += _all(CliRunner().invoke(connecting.connections, arguments))
        again = [str(path), "stripe", "--name", "again", "--set", f"base_url={address}"]
        failed = CliRunner().invoke(connecting.connect, again, input=f"{MARK}\n")
        shown += _all(failed)
        assert isinstance(failed.exception, AttribenchError)
        shown += [explain(failed.exception), repr(failed.exception)]
    assert "stopped" not in shown[0]
    assert sum(MARK in told for told in seen) >= len(PROVIDERS)  # they were sent, so they could have been kept
    crashes = Crashes(tmp_path / "crashes.log")
    bug = RuntimeError(f"answer to {bearer(marks[0])} client_secret={marks[1]}")
    crashes._uncaught(RuntimeError, bug, None)
    with Workspace.open(path) as workspace:
        runs = workspace.profile(None).sync_runs()
        assert set(runs["outcome"]) <= {"failed", "done"}
        assert runs.filter(runs["outcome"] == "failed").height >= len(PROVIDERS) - 1
        open_bytes = _leaks(tmp_path, marks)  # with the log of changes beside the open file
    assert open_bytes == []
    assert _leaks(tmp_path, marks) == []
    assert [mark for mark in marks for text in shown if mark in text] == []
    assert Code.PROVIDER_LOGIN.value in set(runs["error"].drop_nulls().str.json_path_match("$.code"))


def _names(asked: Any) -> set[str]:
    return {each.name for each in asked}


def _all(result: Result) -> list[str]:
    return [result.output, result.stderr, repr(result.exception)]


def _leaks(folder: Path, marks: list[str]) -> list[Path]:
    """Files in which any of the secrets can be read."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 2
    return [file for file in files if any(mark.encode() in file.read_bytes() for mark in [*marks, MARK])]
