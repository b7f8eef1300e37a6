"""The command line against a provider on a port: connect, sync, kill -9 at any moment, disconnect; secrets nowhere."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import ProfileSettings, Workspace
from tests.connectors.server import served
from tests.connectors.stripe_fake import FakeStripe

ROOT = Path(__file__).parents[2]
KILLS = 20


def run(*arguments: str, home: Path, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env=environment(home),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=check,
    )


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ATTRIBENCH_PASSPHRASE": "correct horse", "XDG_CONFIG_HOME": str(home), "HOME": str(home)}


def fake_shop(count: int) -> FakeStripe:
    fake = FakeStripe("rk_test_command_secret")
    start = int(datetime(2026, 3, 1, 1, tzinfo=UTC).timestamp())
    for number in range(count):
        fake.pay(number, start + 3_000 * number)
    return fake


def connected(path: Path, home: Path, address: str) -> None:
    with Workspace.open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings(name="Lab"))
    told = run(
        *("connect", str(path), "stripe", "--set", f"base_url={address}", "--since", "2026-03-01"),
        home=home,
        stdin="rk_test_command_secret\n",
    )
    assert "Connected Stripe" in told.stdout


def stored(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with Workspace.open(path) as workspace, workspace.store.read() as cursor:
        return {
            table: cursor.rows(f"select {columns} from {table} order by all")
            for table, columns in {
                "raw_conversions": "* exclude (import_id, line, as_of)",
                "raw_people": "* exclude (import_id, line)",
                "provider_objects": "object_type, object_id, content_hash",
                "conversions": "goal, occurred_at, amount, person_id is null",
                "cash": "booked_on, amount",
            }.items()
        }


def test_a_connection_is_made_synced_and_taken_away(tmp_path: Path) -> None:
    path, home = tmp_path / "acme.duckdb", tmp_path / "home"
    home.mkdir()
    with served(fake_shop(30)) as address:
        connected(path, home, address)
        first = run("sync", str(path), home=home)
        assert "Stripe: 120 new" in first.stdout
        again = run("sync", str(path), home=home)
        assert "Stripe: 0 new" in again.stdout
        listed = run("connections", str(path), home=home)
        assert "secret" not in listed.stdout
        assert "Stripe" in listed.stdout
    for file in [path, *home.rglob("*")]:
        if file.is_file():
            assert b"rk_test_command_secret" not in file.read_bytes(), file
    gone = run("disconnect", str(path), "stripe", "--remove-data", home=home)
    assert "120 rows removed" in gone.stdout
    assert stored(path)["cash"] == []


def test_a_login_that_does_not_work_connects_nothing(tmp_path: Path) -> None:
    path, home = tmp_path / "acme.duckdb", tmp_path / "home"
    home.mkdir()
    with Workspace.open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings(name="Lab"))
    with served(fake_shop(1)) as address:
        told = run(
            *("connect", str(path), "stripe", "--set", f"base_url={address}"),
            home=home,
            stdin="rk_test_wrong\n",
            check=False,
        )
    assert told.returncode == 1
    assert "does not accept the login" in told.stderr
    assert "rk_test_wrong" not in told.stderr + told.stdout
    assert run("connections", str(path), home=home).stdout.count("\n") <= 2


@pytest.mark.timeout(600)
def test_killed_at_any_moment_the_next_sync_ends_with_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    whole, torn = tmp_path / "whole.duckdb", tmp_path / "torn.duckdb"
    with served(fake_shop(400)) as address:
        connected(whole, home, address)
        began = time.monotonic()
        run("sync", str(whole), "--no-rebuild", home=home)
        seconds = time.monotonic() - began
        connected(torn, home, address)
        dice = random.Random(7)
        for _ in range(KILLS):
            process = subprocess.Popen(
                [sys.executable, "-m", "app", "sync", str(torn), "--no-rebuild"],
                cwd=ROOT,
                env=environment(home),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(dice.uniform(0.15, 1.0) * seconds)
            process.kill()
            process.wait()
        run("sync", str(torn), home=home)
        run("sync", str(whole), home=home)
    assert stored(torn) == stored(whole)
    with Workspace.open(torn) as workspace, workspace.store.read() as cursor:
        outcomes = {row[0] for row in cursor.rows("select distinct outcome from sync_runs")}
    assert "interrupted" in outcomes
    assert "running" not in outcomes
