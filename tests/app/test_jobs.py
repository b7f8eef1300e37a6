"""Work off the Qt thread: the latest read wins, writes go one at a time, everything can be cancelled."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from app.garbage import Garbage
from app.jobs import Jobs
from engine.errors import AttribenchError, Cancelled, Code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from engine.task import Task


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.stop()


def no(error: Exception) -> None:
    raise AssertionError(error)


def test_results_arrive_on_the_qt_thread(jobs: Jobs, qtbot: QtBot) -> None:
    application = QApplication.instance()
    assert application is not None
    threads: list[Any] = []
    with qtbot.waitSignal(jobs.idle):
        jobs.read(
            "a", lambda _task: QThread.currentThread(), lambda at: threads.extend([at, QThread.currentThread()]), no
        )
    assert threads[1] == application.thread()
    assert threads[0] != application.thread()


def test_the_latest_read_of_a_key_wins(jobs: Jobs, qtbot: QtBot) -> None:
    release = threading.Event()
    began = threading.Event()
    seen: list[str] = []
    cancelled: list[bool] = []

    def slow(task: Task) -> str:
        began.set()
        release.wait(10)
        cancelled.append(task.cancelled)
        return "old"

    jobs.read("key", slow, seen.append, no)
    assert began.wait(10)
    jobs.read("key", lambda _task: "new", seen.append, no)
    jobs.read("other", lambda _task: "other", seen.append, no)
    qtbot.waitUntil(lambda: len(seen) == 2)
    with qtbot.waitSignal(jobs.idle):
        release.set()
    assert sorted(seen) == ["new", "other"]
    assert cancelled == [True]


def test_writes_go_one_at_a_time_in_order(jobs: Jobs, qtbot: QtBot) -> None:
    running: list[int] = []
    most: list[int] = []
    order: list[int] = []

    def write(number: int) -> Any:
        def work(_task: Task) -> int:
            running.append(number)
            most.append(len(running))
            running.remove(number)
            return number

        return work

    for number in range(6):
        jobs.write(f"write {number}", write(number), order.append, no)
    qtbot.waitUntil(lambda: len(order) == 6)
    assert order == list(range(6))
    assert max(most) == 1


def test_a_cancelled_write_hears_of_it_and_a_dropped_read_does_not(jobs: Jobs, qtbot: QtBot) -> None:
    began, errors = threading.Event(), list[Exception]()

    def work(task: Task) -> None:
        began.set()
        while True:
            task.check()

    job = jobs.write("long", work, no, errors.append)  # pyright: ignore[reportArgumentType]
    jobs.read(("owner", 1), work, no, errors.append)  # pyright: ignore[reportArgumentType]
    assert began.wait(10)
    with qtbot.waitSignal(jobs.idle):
        jobs.drop_all("owner")
        jobs.cancel(job)
    assert [type(error) for error in errors] == [Cancelled]


def test_a_read_the_user_stops_is_told_and_one_whose_owner_is_gone_is_not(jobs: Jobs, qtbot: QtBot) -> None:
    began, errors = threading.Event(), list[Exception]()
    owner = QObject()

    def work(task: Task) -> None:
        began.set()
        while True:
            task.check()

    job = jobs.read("a", work, no, errors.append)  # pyright: ignore[reportArgumentType]
    jobs.read((owner, "b"), lambda _task: began.wait(10), no, no)  # pyright: ignore[reportArgumentType]
    assert began.wait(10)
    delete(owner)
    with qtbot.waitSignal(jobs.idle):
        jobs.cancel(job)
    assert [type(error) for error in errors] == [Cancelled]


def test_a_result_that_breaks_its_page_does_not_keep_the_others_waiting(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[int] = []
    together = threading.Barrier(2)

    def wait(_task: Task) -> int:
        return together.wait(10)

    def broken(_result: object) -> None:
        seen.append(0)
        raise ValueError("a bug")

    with qtbot.captureExceptions() as raised, qtbot.waitSignal(jobs.idle):
        jobs.read("a", wait, broken, no)
        jobs.read("b", wait, broken, no)
    assert seen == [0, 0]
    assert len(raised) == 2


def test_our_errors_are_told_and_others_are_bugs(jobs: Jobs, qtbot: QtBot) -> None:
    errors: list[Exception] = []
    bugs: list[str] = []
    jobs.broke.connect(bugs.append)

    def ours(_task: Task) -> None:
        raise AttribenchError(Code.SQL_FAILED, detail="no")

    def bug(_task: Task) -> None:
        raise KeyError("secret")

    with qtbot.waitSignal(jobs.idle):
        jobs.read("a", ours, no, errors.append)
        jobs.read("b", bug, no, errors.append)
    assert {type(error) for error in errors} == {AttribenchError, KeyError}
    assert len(bugs) == 1
    assert "KeyError" in bugs[0]


def test_stopping_leaves_no_thread(qtbot: QtBot) -> None:
    jobs = Jobs()
    began = threading.Event()

    def work(task: Task) -> None:
        began.set()
        while True:
            task.check()

    jobs.read("a", work, no, no)
    jobs.write("b", work, no, no)  # pyright: ignore[reportArgumentType]
    assert began.wait(10)
    jobs.stop()
    QApplication.processEvents()
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith(("attribench-read", "attribench-write"))]


class _Held:
    """Tells on which thread it is freed."""

    def __init__(self, freed: list[int]) -> None:
        self._freed = freed

    def __del__(self) -> None:
        self._freed.append(threading.get_ident())


def test_what_a_job_knows_of_the_window_is_freed_on_the_qt_thread(jobs: Jobs, qtbot: QtBot) -> None:
    freed: list[int] = []

    def ask(number: int) -> None:
        held = _Held(freed)
        jobs.read((number, held), lambda _task: held is None, lambda _result: held, no)

    for number in range(50):
        with qtbot.waitSignal(jobs.idle):
            ask(number)
    assert freed == [threading.get_ident()] * 50


def test_what_a_failed_job_left_behind_is_freed_on_its_own_thread(jobs: Jobs, qtbot: QtBot) -> None:
    freed: list[int] = []
    errors: list[Exception] = []

    def work(_task: Task) -> None:
        held = _Held(freed)
        raise AttribenchError(Code.SQL_FAILED, detail=str(held)) from Cancelled()

    with qtbot.waitSignal(jobs.idle):
        jobs.read("key", work, lambda _result: None, errors.append)
    assert len(errors) == 1
    assert len(freed) == 1
    assert freed[0] != threading.get_ident()


def test_only_the_qt_thread_collects_while_a_garbage_lives(qtbot: QtBot) -> None:
    """Cycles made on another thread stay until the window's thread looks."""
    freed: list[int] = []

    def leave_cycles() -> None:
        for _ in range(5_000):  # far beyond the first threshold
            cycle: list[Any] = [_Held(freed)]
            cycle.append(cycle)

    garbage = Garbage()
    try:
        worker = threading.Thread(target=leave_cycles)
        worker.start()
        worker.join()
        assert freed == []
        qtbot.waitUntil(lambda: len(freed) == 5_000, timeout=10_000)
        assert set(freed) == {threading.get_ident()}
    finally:
        garbage.stop()
    assert gc.isenabled()
