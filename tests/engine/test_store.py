"""The workspace file: one owner, one write lane, whole transactions, cancellation."""

# ruff: noqa: PT012, BLE001 - what a block does before it fails is the point

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from engine import AttribenchError, Cancelled, Code, ProfileSettings, Task, Workspace
from engine.lockfile import LockFile
from engine.store import Cursor, Store

if TYPE_CHECKING:
    from collections.abc import Generator

NOW = datetime(2026, 7, 1, tzinfo=UTC)
ENDLESS = "select count(*) from range(100000000000) t(i) where i % 3 = hash(i) % 2"


def _open(path: Path, **options) -> Workspace:
    return Workspace.open(path, clock=lambda: NOW, **options)


def _code(path: Path, **options) -> Code:
    with pytest.raises(AttribenchError) as caught:
        _open(path, **options).close()
    return caught.value.code


# ------------------------------------------------------------------ one owner


@contextmanager
def _holder(path: Path) -> Generator[subprocess.Popen[str]]:
    """Another process that has the workspace open."""
    program = (
        "import sys\nfrom engine import Workspace\nw = Workspace.open(sys.argv[1])\n"
        "print('open', flush=True)\nsys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_second_process_is_told_who_has_it_until_that_one_is_killed(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    _open(path, create=True).close()
    with _holder(path) as process:
        with pytest.raises(AttribenchError) as caught:
            _open(path)
        assert caught.value.code is Code.WORKSPACE_LOCKED
        assert caught.value.facts["pid"] == process.pid
        since = datetime.fromisoformat(str(caught.value.facts["since"]))
        assert abs((datetime.now(UTC) - since).total_seconds()) < 60
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert (tmp_path / "w.duckdb.lock").exists()  # left behind, and no hindrance
        _open(path).close()
    assert not (tmp_path / "w.duckdb.lock").exists()


def test_the_same_process_cannot_open_it_twice(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with _open(path, create=True):
        assert _code(path) is Code.WORKSPACE_LOCKED
    _open(path).close()


def test_a_failed_opening_gives_the_lock_back(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    path.write_text("no database, but long enough to look at " * 200)
    for _ in range(2):
        assert _code(path) is Code.WORKSPACE_NOT_OURS
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["events.csv", "events.json", "events.ndjson", "events.parquet", "short.duckdb"])
@pytest.mark.parametrize("create", [False, True])
def test_a_file_of_data_is_no_workspace(tmp_path: Path, name: str, create: bool):
    """DuckDB would open it as a database in memory, and everything written would be gone."""
    path = tmp_path / name
    path.write_text('{"a": 1}\n' if "json" in name else "a,b\n1,2\n")
    assert _code(path, create=create) is Code.WORKSPACE_NOT_OURS
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_file_removed_by_its_owner_is_not_locked_by_mistake(tmp_path: Path, monkeypatch):
    """Between our opening the lock file and our locking it, the owner may have removed it."""
    path = tmp_path / "w.duckdb"
    first, second, third = LockFile(path), LockFile(path), LockFile(path)
    first.acquire(NOW)
    real, opened = LockFile._open, []

    def late(self):
        file = real(self)
        if not opened:
            opened.append(file)
            first.release()
        return file

    monkeypatch.setattr(LockFile, "_open", late)
    second.acquire(NOW)
    with pytest.raises(AttribenchError) as caught:
        third.acquire(NOW)
    assert caught.value.code is Code.WORKSPACE_LOCKED
    second.release()
    second.release()


# ------------------------------------------------------------------ files that cannot be opened


def test_missing_files_and_folders(tmp_path: Path):
    assert _code(tmp_path / "none.duckdb") is Code.WORKSPACE_MISSING
    assert _code(tmp_path / "no" / "w.duckdb") is Code.WORKSPACE_MISSING
    assert _code(tmp_path / "no" / "w.duckdb", create=True) is Code.FILE_MISSING
    assert _code(tmp_path) is Code.WORKSPACE_NOT_OURS
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_database_is_left_alone(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table theirs as select 42 as answer")
    for create in (False, True):
        assert _code(path, create=create) is Code.WORKSPACE_NOT_OURS
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("from duckdb_tables() select table_name").fetchall() == [("theirs",)]


def test_an_empty_database_becomes_a_workspace(tmp_path: Path):
    """It is what a creation leaves that was killed before its first commit."""
    path = tmp_path / "w.duckdb"
    duckdb.connect(str(path)).close()
    with _open(path) as workspace:
        assert workspace.profiles() == []


def test_an_empty_file_is_what_an_interrupted_creation_leaves(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    path.touch()
    with _open(path, create=True) as workspace:
        assert workspace.profiles() == []


def test_an_empty_file_is_opened_by_nobody_who_does_not_create(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    path.touch()
    assert _code(path) is Code.WORKSPACE_NOT_OURS
    assert (path.stat().st_size, list(tmp_path.iterdir())) == (0, [path])


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_one_file_has_one_lock_however_it_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, link = tmp_path / "w.duckdb", tmp_path / "link.duckdb"
    with _open(path, create=True) as workspace:
        link.symlink_to(path)
        monkeypatch.chdir(tmp_path)
        for spelt in (link, Path("w.duckdb"), Path("x/../w.duckdb")):
            with pytest.raises(AttribenchError) as caught:
                _open(spelt)
            assert (caught.value.code, caught.value.facts["pid"]) == (Code.WORKSPACE_LOCKED, os.getpid())
        workspace.create_profile(ProfileSettings("P"))
    with _open(link) as workspace:
        assert workspace.path == path


def test_a_file_another_program_holds_is_locked_not_damaged(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    _open(path, create=True).close()
    program = "import duckdb, sys\nc = duckdb.connect(sys.argv[1])\nprint('open', flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(AttribenchError) as caught:
            _open(path)
        process.kill()
    assert caught.value.code is Code.WORKSPACE_LOCKED
    assert caught.value.facts["since"] is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("IO Error: Corrupt database file: computed checksum 1", Code.WORKSPACE_DAMAGED),
        ("IO Error: Could not read enough bytes from file", Code.WORKSPACE_DAMAGED),
        ("IO Error: Cannot open file: Input/output error", Code.WORKSPACE_UNREADABLE),
    ],
)
def test_only_damage_is_called_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, code: Code):
    path = tmp_path / "w.duckdb"
    _open(path, create=True).close()

    def refuse(*_args: object, **_options: object) -> None:
        raise duckdb.IOException(text)

    monkeypatch.setattr(duckdb, "connect", refuse)
    assert _code(path) is code


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved")
@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_was_moved_takes_no_more_writes_but_can_be_copied(tmp_path: Path, is_replaced: bool):
    path, copy = tmp_path / "w.duckdb", tmp_path / "copy.duckdb"
    with _open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings("P"))
        assert workspace.is_in_place
        path.rename(tmp_path / "moved.duckdb")
        if is_replaced:
            path.write_bytes(b"another file")
        assert not workspace.is_in_place
        with pytest.raises(AttribenchError) as caught:
            workspace.create_profile(ProfileSettings("Q"))
        assert caught.value.code is Code.WORKSPACE_GONE
        workspace.backup(copy)
    with _open(copy) as workspace:
        assert [profile.settings.name for profile in workspace.profiles()] == ["P"]


def test_a_damaged_file_says_so(tmp_path: Path):
    path = tmp_path / "w.duckdb"
    with _open(path, create=True) as workspace:
        workspace.create_profile(ProfileSettings("P"))
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xaa" * 64
    path.write_bytes(data)
    assert _code(path) in {Code.WORKSPACE_DAMAGED, Code.SQL_FAILED}


@contextmanager
def _as_nobody() -> Generator[Path]:
    """A folder, and no more rights than anybody: the superuser may write everything."""
    folder = Path(tempfile.mkdtemp(prefix="attribench-test-"))
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_read_only_file_and_folder():
    with _as_nobody() as folder:
        path = folder / "w.duckdb"
        _open(path, create=True).close()
        path.chmod(0o400)
        assert _code(path) is Code.WORKSPACE_UNWRITABLE
        path.chmod(0o600)
        folder.chmod(0o500)
        assert _code(path) is Code.WORKSPACE_UNWRITABLE
        assert _code(folder / "new.duckdb", create=True) is Code.WORKSPACE_UNWRITABLE


# ------------------------------------------------------------------ reading and writing


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store]:
    before = set(threading.enumerate())
    opened = Store.open(tmp_path / "s.duckdb", create=True, now=NOW)
    with opened.write() as cursor:
        cursor.run("create table t (i integer)")
    yield opened
    opened.close()
    left = set(threading.enumerate()) - before
    assert [thread.name for thread in left if thread.name.startswith("attribench")] == []


def _count(store: Store) -> int:
    with store.read() as cursor:
        return cursor.value("select count(*) from t")


def test_a_write_is_whole_or_nothing(store: Store):
    with pytest.raises(ZeroDivisionError), store.write() as cursor:
        cursor.run("insert into t values (1)")
        assert cursor.value("select count(*) from t") == 1
        raise ZeroDivisionError
    assert _count(store) == 0
    with pytest.raises(AttribenchError) as caught, store.write() as cursor:
        cursor.run("insert into t values (1)")
        cursor.run("insert into nowhere values (1)")
    assert caught.value.code is Code.SQL_FAILED
    assert _count(store) == 0
    with store.write() as cursor:
        cursor.run("insert into t values (1)")
    assert _count(store) == 1


def test_a_failure_that_the_block_swallows_is_raised_at_its_end(store: Store):
    """DuckDB has given the transaction up by then: going on would lose what was written without a word."""
    with pytest.raises(AttribenchError) as caught, store.write() as cursor:
        cursor.run("insert into t values (1)")
        with contextlib.suppress(AttribenchError):
            cursor.run("select * from nowhere")
    assert caught.value.code is Code.SQL_FAILED
    assert _count(store) == 0


def test_readers_see_whole_states_while_one_writes(store: Store):
    seen: list[int] = []
    done = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not done.is_set():
                seen.append(_count(store))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with store.write() as cursor:
            for _ in range(5):
                cursor.run("insert into t select * from range(20)")
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {number % 100 for number in seen} == {0}
    assert _count(store) == 2000


def test_writers_wait_for_each_other(store: Store):
    def write() -> None:
        for _ in range(10):
            with store.write() as cursor:
                number = cursor.value("select count(*) from t")
                cursor.run("insert into t values ($1)", [number])

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as cursor:
        assert [i for (i,) in cursor.rows("select i from t order by 1")] == list(range(30))


@pytest.mark.parametrize("mode", ["read", "write"])
def test_cancelling_within_a_second(store: Store, mode):
    task = Task()
    timer = threading.Timer(0.2, task.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled), getattr(store, mode)(task) as cursor:
        if mode == "write":
            cursor.run("insert into t values (1)")
        cursor.value(ENDLESS)
    assert time.monotonic() - start < 1.2
    assert _count(store) == 0
    timer.join()


def test_cancelled_at_the_last_moment_commits_nothing(store: Store):
    task = Task()
    with pytest.raises(Cancelled), store.write(task) as cursor:
        cursor.run("insert into t values (1)")
        task.cancel()
    assert _count(store) == 0


def test_cancelled_before_the_start(store: Store):
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled), store.write(task) as cursor:
        cursor.run("insert into t values (1)")
    assert _count(store) == 0


def test_closing_stops_what_runs(store: Store):
    ends: list[type[BaseException]] = []

    def run(mode: str) -> None:
        try:
            with getattr(store, mode)() as cursor:
                cursor.value(ENDLESS)
        except BaseException as error:
            ends.append(type(error))

    threads = [threading.Thread(target=run, args=(mode,)) for mode in ("read", "write", "write")]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    start = time.monotonic()
    store.close()
    for thread in threads:
        thread.join(5)
    assert time.monotonic() - start < 1.2
    assert ends == [Cancelled] * 3
    with pytest.raises(Cancelled), store.read():
        pass


def test_a_backup_is_whole_and_the_file_stays_ours(store: Store, tmp_path: Path):
    with store.write() as cursor:
        cursor.run("insert into t select * from range(1000)")
    store.backup(tmp_path / "copy.duckdb")
    with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as connection:
        assert connection.execute("select sum(i) from t").fetchall() == [(499500,)]
    assert _count(store) == 1000
    with pytest.raises(AttribenchError):
        Store.open(store.path, create=False, now=NOW)


def test_a_process_that_only_fetches_keeps_little_in_memory(store: Store):
    def limit() -> str:
        with store.read() as cursor:
            return str(cursor.value("select current_setting('memory_limit')"))

    before = limit()
    with pytest.raises(ZeroDivisionError), store.sparing():
        assert limit() == "128.0 MiB"
        raise ZeroDivisionError
    assert limit() == before


def test_a_frame_is_a_table_while_inside(store: Store):
    import polars as pl

    with store.write() as cursor, cursor.table("rows_of_mine", pl.DataFrame({"i": [1, 2, 3]})):
        cursor.run("insert into t select i from rows_of_mine")
    assert _count(store) == 3
    with store.read() as cursor, pytest.raises(AttribenchError):
        cursor.rows("select * from rows_of_mine")


def test_variables_of_the_program_are_no_tables(store: Store):
    import polars as pl

    secret = pl.DataFrame({"i": [1]})
    with store.read() as cursor, pytest.raises(AttribenchError):
        cursor.frame("select * from secret")
    assert secret.height == 1


def test_the_hash_of_contents_is_the_one_stored_files_were_written_with(store: Store):
    """``content_hash`` stands in every file. Should DuckDB change its hash, stored ones need a migration."""
    with store.read() as cursor:
        hashes = cursor.rows("select hash('attribench', 12.5::decimal(18, 6), null, true, timestamp '2026-05-01')")
    assert hashes == [(HASH,)]


HASH = 12913199520822155998


# ------------------------------------------------------------------ cancelling imports and rebuilds

COUNTS = """select (select count(*) from raw_events), (select count(*) from imports),
                   (select count(*) from events)"""


@pytest.fixture(scope="module")
def many_events() -> bytes:
    rows = (
        json.dumps({"event_id": i, "event_time": 1777629600 + i, "anonymous_id": f"a{i % 5000}", "payload": {"i": i}})
        for i in range(120_000)
    )
    return "\n".join(rows).encode()


@pytest.mark.parametrize("work", ["import", "rebuild"])
def test_cancelling_an_import_and_a_rebuild(lab, many_events, work):
    lab.events({"event_time": "2026-05-01", "anonymous_id": "before"})
    lab.rebuild()
    if work == "rebuild":
        lab.profile.import_file("events", io.BytesIO(many_events))

    def run(task: Task) -> None:
        if work == "import":
            lab.profile.import_file("events", io.BytesIO(many_events), task=task)
        else:
            lab.profile.rebuild(task)

    before = lab.rows(COUNTS)
    for delay in (0.05, 0.2, 0.4):
        task = Task()
        cancelled_at: list[float] = []

        def cancel(task: Task = task, cancelled_at: list[float] = cancelled_at) -> None:
            cancelled_at.append(time.monotonic())
            task.cancel()

        timer = threading.Timer(delay, cancel)
        timer.start()
        try:
            run(task)
        except Cancelled:
            assert time.monotonic() - cancelled_at[0] < 1.0
            assert lab.rows(COUNTS) == before
        else:
            break  # done before
        finally:
            timer.join()
    run(Task())
    if work == "rebuild":
        assert lab.value("select count(*) from events") == 120_001


@pytest.mark.parametrize("is_write", [False, True])
def test_a_failed_statement_frees_its_connection_without_the_collector(store: Store, is_write: bool) -> None:
    """A cursor that only the garbage collector frees would be freed on any thread, at any time."""
    gone: list[weakref.ref[Cursor]] = []
    gc.disable()
    try:
        with pytest.raises(AttribenchError), store.write() if is_write else store.read() as cursor:
            gone.append(weakref.ref(cursor))
            cursor.run("select nothing from nowhere")
        del cursor
        assert gone[0]() is None
    finally:
        gc.enable()
