"""Answers that are kept: what several panels ask at once is worked out once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from app.answers import Answers
from engine import Cancelled, Task
from engine.queries.result import Result

RESULT = Result(pl.DataFrame({"n": [1]}), {})


def test_what_two_ask_at_once_is_worked_out_once() -> None:
    answers, worked = Answers(), list[int]()
    begun, go_on = threading.Event(), threading.Event()

    def ask(number: int) -> Result:
        with answers.asking("key", Task()):
            kept, generation = answers.get("key")
            if kept is not None:
                return kept
            worked.append(number)
            begun.set()
            assert go_on.wait(10)
            answers.keep("key", RESULT, generation)
            return RESULT

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, 1)
        assert begun.wait(10)
        second = pool.submit(ask, 2)
        go_on.set()
        assert first.result(10) is RESULT
        assert second.result(10) is RESULT
    assert worked == [1]
    assert answers._asked == {}  # pyright: ignore[reportPrivateUsage]


def test_who_waits_can_be_stopped_and_the_next_one_works_it_out() -> None:
    answers, task = Answers(), Task()

    def wait() -> None:
        with answers.asking("key", task):
            raise AssertionError("it was stopped")

    with ThreadPoolExecutor(1) as pool:
        with answers.asking("key", Task()):
            waiting = pool.submit(wait)
            task.cancel()
            with pytest.raises(Cancelled):
                waiting.result(10)
        with answers.asking("key", Task()), answers.asking("other", Task()):
            assert answers.get("key")[0] is None
