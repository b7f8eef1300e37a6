"""Progress and cancellation."""

# ruff: noqa: PT012 - what a block does before it fails is the point

from __future__ import annotations

import threading
import time

import pytest

from engine import Cancelled, Task
from engine.store import memory_cursor

ENDLESS = "select count(*) from range(100000000000) t(i) where i % 3 = hash(i) % 2"


def _names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_progress_stays_between_zero_and_one():
    told: list[tuple[float, str]] = []
    task = Task(lambda fraction, label: told.append((fraction, label)))
    task.report(-1, "a")
    task.report(0.5, "b")
    task.report(7, "c")
    assert told == [(0.0, "a"), (0.5, "b"), (1.0, "c")]


def test_a_part_fills_its_stretch_and_is_cancelled_with_the_whole():
    told: list[float] = []
    task = Task(lambda fraction, label: told.append(round(fraction, 6)))
    inner = task.part(0.2, 0.6).part(0.5, 1.0)
    for fraction in (0.0, 0.5, 1.0):
        inner.report(fraction, "")
    assert told == [0.4, 0.5, 0.6]
    inner.cancel()
    assert task.cancelled
    assert inner.cancelled
    with pytest.raises(Cancelled):
        task.report(0.7, "")


def test_cancelled_before_the_start():
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled), memory_cursor(task) as cursor:
        cursor.value(ENDLESS)


@pytest.mark.parametrize("is_part", [False, True])
def test_a_running_statement_stops_at_once(is_part):
    task = Task()
    own = task.part(0.0, 0.5) if is_part else task
    timer = threading.Timer(0.2, task.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(Cancelled), memory_cursor(own) as cursor:
        cursor.value(ENDLESS)
    assert time.monotonic() - start < 1.5
    timer.join()
    assert "attribench-cancel" not in _names()


def test_nothing_is_interrupted_after_the_block():
    calls: list[float] = []
    task = Task()
    with pytest.raises(RuntimeError), task.interruptible(lambda: calls.append(time.monotonic())):
        task.cancel()
        task.cancel()
        while not calls:
            time.sleep(0.001)
        raise RuntimeError
    left = time.monotonic()
    time.sleep(0.1)
    assert all(moment <= left for moment in calls)


def test_cancelling_stops_every_statement_of_the_task():
    task = Task()
    stopped: list[str] = []

    def work(name: str) -> None:
        with memory_cursor(task) as cursor:
            try:
                cursor.value(ENDLESS)
            except Cancelled:
                stopped.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    task.cancel()
    for thread in threads:
        thread.join(5)
    assert sorted(stopped) == ["a", "b"]
