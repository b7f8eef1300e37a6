"""The last answers of queries, kept for as long as the records they came from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from engine.queries.result import Result

_MOST = 96
_LARGEST = 2_000_000  # cells: a larger answer is asked again instead


class Answers:
    """Answers by what was asked. Used from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()
        self._generation = 0

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
