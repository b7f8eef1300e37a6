"""Killed at any moment, a workspace opens again with its last commit, and the work can simply be repeated."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest

from engine import ProfileSettings, Workspace
from engine.demo import DEMO_PROFILE, DemoPlan, simulate
from engine.derive.pipeline import DERIVED_TABLES

if TYPE_CHECKING:
    from pathlib import Path

KILLS, CHUNKS = 20, 2
RAW_TABLES = ("raw_events", "raw_conversions", "imports", "row_memberships")

WORK = {
    "import": "profile.import_file('events', sys.argv[2])",
    "rebuild": "profile.rebuild()",
}
PROGRAM = """
import sys
from engine import Workspace
with Workspace.open(sys.argv[1]) as workspace:
    profile = workspace.profile()
    print("ready", flush=True)
    {work}
    print("done", flush=True)
"""


def _start(work: str, workspace: Path, events: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=WORK[work]), str(workspace), str(events)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _state(path: Path) -> dict[str, tuple[int, int | None]]:
    """Count and content of every table, without the moments at which things were done."""
    with Workspace.open(path) as workspace, workspace.store.read() as cursor:
        state = {}
        for table in (*RAW_TABLES, *DERIVED_TABLES):
            left_out = "exclude (imported_at)" if table == "imports" else ""
            state[table] = cursor.rows(f"select count(*), bit_xor(hash(t)) from (select * {left_out} from {table}) t")[
                0
            ]
    return state


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> tuple[Path, Path]:
    """A small demo workspace without its events, and the events."""
    folder = tmp_path_factory.mktemp("kill")
    simulated = simulate(DemoPlan(people=400, days=40, until=date(2026, 6, 30)), folder)
    path = folder / "before.duckdb"
    with Workspace.open(path, create=True) as workspace:
        profile = workspace.create_profile(
            ProfileSettings(DEMO_PROFILE.name, timezone=DEMO_PROFILE.timezone, domains=tuple(DEMO_PROFILE.domains))
        )
        profile.import_file("conversions", simulated.conversions)
        profile.import_file("ad-spend", simulated.ad_spend)
        workspace.checkpoint()
    return path, simulated.events


def _prepared(files: tuple[Path, Path], work: str, target: Path) -> Path:
    shutil.copy(files[0], target)
    if work == "rebuild":
        with Workspace.open(target) as workspace:
            workspace.profile().import_file("events", files[1])
    return target


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("work", list(WORK))
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_at_any_moment(files, tmp_path: Path, work: str, chunk: int):
    start = _prepared(files, work, tmp_path / "start.duckdb")
    before = _state(start)

    whole = tmp_path / "whole.duckdb"
    shutil.copy(start, whole)
    process = _start(work, whole, files[1])
    began = time.monotonic()
    process.communicate(timeout=60)
    duration = time.monotonic() - began
    after = _state(whole)
    assert after != before

    chance = random.Random(f"{work} {chunk}")
    killed = 0
    for number in range(KILLS // CHUNKS):
        path = tmp_path / f"killed{number}.duckdb"
        shutil.copy(start, path)
        process = _start(work, path, files[1])
        time.sleep(duration * chance.uniform(0.02, 1.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        found = _state(path)  # it opens: the lock is free
        assert found in (before, after)
        with Workspace.open(path) as workspace:
            profile = workspace.profile()
            result = profile.import_file("events", files[1]) if work == "import" else profile.rebuild()
        if work == "import":
            assert result is not None
            is_new = found == before
            assert (result.new > 0) is is_new
            if is_new:
                assert _without_ids(_state(path)) == _without_ids(after)
        else:
            assert _state(path) == after
    assert killed >= 1


def _without_ids(state: dict[str, tuple[int, int | None]]) -> dict[str, object]:
    """Import ids come from a sequence that a killed import may have used up."""
    return {table: count if table in RAW_TABLES else (count, content) for table, (count, content) in state.items()}
