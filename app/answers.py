"""The last answers of queries, kept for as long as the records they came from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable

    from engine.queries.result import Result
    from engine.task import Task

_CHECK_SECONDS = 0.05
_MOST = 96
_LARGEST = 2_000_000  # cells: a larger answer is asked again instead


@dataclass
class _Asked:
    """What is being worked out: whose turn it is, and how many ask."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    by: int = 0


class Answers:
    """Answers by what was asked. Used from several threads; what two ask at once is worked out once."""

    def __init__(self) -> None:
        self._asked: dict[Hashable, _Asked] = {}
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()
        self._generation = 0

    @contextmanager
    def asking(self, key: Hashable, task: Task) -> Generator[None]:
        """Work out one answer at a time; whoever asks the same meanwhile waits, and finds it kept.

        Raises:
            Cancelled: while it waits.
        """
        with self._guard:
            asked = self._asked.setdefault(key, _Asked())
            asked.by += 1
        try:
            while not asked.turn.acquire(timeout=_CHECK_SECONDS):
                task.check()
            try:
                yield
            finally:
                asked.turn.release()
        finally:
            with self._guard:
                asked.by -= 1
                if not asked.by:
                    del self._asked[key]

    def get(self, key: Hashable) -> tuple[Result | None, int]:
        """The answer, if it is known, and the state of the records it is for."""
        with self._guard:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found, self._generation

    def keep(self, key: Hashable, result: Result, generation: int) -> None:
        """Keep an answer, unless the records changed since it was asked for."""
        with self._guard:
            if generation != self._generation or result.table.height * result.table.width > _LARGEST:
                return
            self._kept[key] = result
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        """The records changed."""
        with self._guard:
            self._kept.clear()
            self._generation += 1
