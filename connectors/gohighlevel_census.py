"""Which objects a rescan has seen, so that those that are gone are noticed; bounded, and part of a stream's state.

HighLevel tells of deletions by webhook only. Each rescan is a round; what is known and was not seen in it is asked for
by its id, and only what HighLevel then denies is gone: a page that skipped somebody deletes nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KNOWN = 20_000  # objects kept; of those beyond, deletions are not noticed
CONFIRMED = 100  # asked for by id at one sync; the others at the next


class Census:
    """Known ids with the round they were last seen in, and small numbers the stream keeps of each.

    State: ``round``, ``known`` (id -> [round, number, ..]).
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.round = int(state.get("round", 0))
        self._known: dict[str, list[int]] = {
            each: list(numbers) for each, numbers in cast("dict[str, list[int]]", state.get("known", {})).items()
        }

    def begin(self) -> None:
        """A rescan begins."""
        self.round += 1

    def see(self, each: str, numbers: Sequence[int] = ()) -> None:
        """It is there, with those numbers."""
        if each in self._known or len(self._known) < KNOWN:
            self._known[each] = [self.round, *numbers]

    def numbers(self, each: str) -> list[int]:
        """What was kept of it."""
        return self._known.get(each, [0])[1:]

    def missing(self) -> list[str]:
        """Known ones that this round did not see, as many as may be asked for at once."""
        return sorted(each for each, told in self._known.items() if told[0] < self.round)[:CONFIRMED]

    def forget(self, each: str) -> None:
        """It is gone, or no longer of interest."""
        self._known.pop(each, None)

    def ids(self) -> list[str]:
        """All that are known."""
        return list(self._known)

    def state(self) -> dict[str, Any]:
        """As JSON; later changes do not show in it, as what is kept of one is replaced and never changed."""
        return {"round": self.round, "known": dict(self._known)}
