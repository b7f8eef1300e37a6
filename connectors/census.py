"""Which objects are known, so that those that are gone are noticed; bounded, and part of a stream's state.

HighLevel and Shopify tell nobody what was deleted who only asks. In each round, what is known and was not seen is asked
for by its id, and only what the provider then denies is gone: a page that skipped somebody deletes nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, cast

from engine.schema.batch import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KNOWN = 20_000  # objects kept, the youngest; of those beyond, deletions are not noticed
_GONE = 2_000  # of those that are gone, the last so many are kept, should they come back


class Census:
    """Known ids with the round they were last seen in, their age, and small numbers the stream keeps of each.

    State: ``round``, ``seen`` (id -> [round, age, number, ..]; the larger an age, the younger) and ``gone`` (id ->
    [milliseconds from 1970 until its rows were taken back, number, ..]).
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        self.round = int(state.get("round", 0))
        self._seen = _lists(state.get("seen"))
        self._gone = _lists(state.get("gone"))
        self._by_age = [(told[1], each) for each, told in self._seen.items()]
        heapify(self._by_age)

    def begin(self) -> None:
        """A rescan begins."""
        self.round += 1

    def see(self, each: str, age: int, numbers: Sequence[int] = ()) -> None:
        """It is there, with those numbers."""
        if each not in self._seen and len(self._seen) >= KNOWN and not self._made_room(age):
            return
        if each not in self._seen or self._seen[each][1] != age:
            heappush(self._by_age, (age, each))
        self._seen[each] = [self.round, age, *numbers]

    def numbers(self, each: str) -> list[int]:
        """What was kept of it, also before it was gone."""
        return self._seen[each][2:] if each in self._seen else self._gone.get(each, [0])[1:]

    def missing(self, most: int) -> list[str]:
        """Known ones that this round did not see, those longest unseen first, no more than so many."""
        unseen = [(told[0], each) for each, told in self._seen.items() if told[0] < self.round]
        return [each for _, each in sorted(unseen)[:most]]

    def confirm(self, each: str, *, is_gone: bool, now: datetime) -> None:
        """What a known one that was missing is: gone, and its rows are taken back now, or there all the same."""
        told = self._seen[each]
        if not is_gone:
            self._seen[each] = [self.round, *told[1:]]
            return
        self.forget(each)
        self._gone.pop(each, None)
        self._gone[each] = [round(now.timestamp() * 1000), *told[2:]]
        if len(self._gone) > _GONE:
            del self._gone[next(iter(self._gone))]

    def taken_back(self, each: str) -> int:
        """When its rows were last taken back (milliseconds since 1970), else 0: what is told of it now is later."""
        return self._gone.get(each, [0])[0]

    def forget_before(self, age: int) -> None:
        """Those older than that are no longer of interest."""
        for each in [each for each, told in self._seen.items() if told[1] < age]:
            self.forget(each)

    def forget(self, each: str) -> None:
        """It is no longer of interest."""
        del self._seen[each]

    def state(self) -> dict[str, Any]:
        """As JSON; later changes do not show in it, as what is kept of one is replaced and never changed."""
        return {"round": self.round, "seen": dict(self._seen), "gone": dict(self._gone)}

    def _made_room(self, age: int) -> bool:
        """Forget the oldest, unless the new one is older still."""
        while self._by_age and self._by_age[0][0] < age:
            oldest, each = heappop(self._by_age)
            if each in self._seen and self._seen[each][1] == oldest:
                self.forget(each)
                return True
        return False


def withdrawn(conversion_ids: Sequence[str], event_type: str, now: datetime) -> list[Row]:
    """Rows that take back what was told under those ids: they say something that is no goal."""
    at = _written(round(now.timestamp() * 1000))
    return [
        Row(
            "conversions",
            {"conversion_id": each, "time": at, "event_type": event_type, "status": "deleted", "as_of": at},
        )
        for each in conversion_ids
    ]


def told_after(rows: Sequence[Row], taken_back: int) -> list[Row]:
    """Rows of an object that was gone and is back: they count after those that took them back (E7).

    Args:
        rows: as it tells them.
        taken_back: when that was, in milliseconds since 1970; 0: never.
    """
    if not taken_back:
        return list(rows)
    least = _written(taken_back + 1)
    return [
        Row(row.kind, {**row.fields, "as_of": max(str(row.fields.get("as_of") or ""), least)})
        if row.kind == "conversions"
        else row
        for row in rows
    ]


def _written(milliseconds: int) -> str:
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lists(told: Any) -> dict[str, list[int]]:
    return {each: list(numbers) for each, numbers in cast("dict[str, list[int]]", told or {}).items()}
