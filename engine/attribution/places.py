"""Journeys summed by length, place and state: all that a rule model without times looks at (A4).

What it gives a touch depends on the length of the path, the place in it and on whether it is the last that is not
Direct. However many journeys there are, their sums by these are few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DIRECT = "direct"

# A distinct path: the numbers of its states, then the conversions, their value and the nulls it stands for. A plain
# tuple: there may be a million.
Journey = tuple[tuple[int, ...], float, float, float]


class Places:
    """Conversions and value of journeys, by what a rule model looks at. Places count from 0.

    Attributes:
        sums: by length: what each state has at each place, place after place, as conversions and as value.
    """

    def __init__(self, states: int) -> None:
        self._states = states
        self.sums: dict[int, tuple[list[float], list[float]]] = {}
        # By (length, place, state): what the last touch that is not Direct has.
        self._marked: dict[tuple[int, int, int], tuple[float, float]] = {}

    def of(self, length: int) -> tuple[list[float], list[float]]:
        """The sums of journeys of that length, to be added to."""
        found = self.sums.get(length)
        if found is None:
            found = self.sums[length] = [0.0] * (length * self._states), [0.0] * (length * self._states)
        return found

    def add(self, length: int, place: int, state: int, conversions: float, value: float) -> None:
        """Add what a state has at a place."""
        own_conversions, own_value = self.of(length)
        own_conversions[place * self._states + state] += conversions
        own_value[place * self._states + state] += value

    def mark(self, length: int, place: int, state: int, conversions: float, value: float) -> None:
        """Add what the last touch that is not Direct has (the last of all, where all are Direct)."""
        before = self._marked.get((length, place, state), (0.0, 0.0))
        self._marked[length, place, state] = before[0] + conversions, before[1] + value

    def weighed(
        self, plain: Mapping[int, Sequence[float]], extra: Mapping[int, Sequence[float]], which: int
    ) -> list[float]:
        """Per state: the sums (0: conversions, 1: value) times the weights of their places.

        Args:
            plain: by length, the weight of each place.
            extra: by length, what the last place that is not Direct has beyond that.
            which: 0 or 1.
        """
        count = self._states
        credit = [0.0] * count
        for length, tables in self.sums.items():
            table = tables[which]
            for place, weight in enumerate(plain[length]):
                if weight:
                    for state, amount in enumerate(table[place * count : (place + 1) * count]):
                        credit[state] += weight * amount
        for (length, place, state), amounts in self._marked.items():
            credit[state] += extra[length][place] * amounts[which]
        return credit


def place_journeys(journeys: Iterable[Journey], names: Sequence[str]) -> Places:
    """Sum journeys by place. A state Direct, in whatever case, is Direct."""
    count = len(names)
    direct = {index for index, name in enumerate(names) if name.casefold() == DIRECT}
    places = Places(count)
    for states, conversions, value, _ in journeys:
        length = len(states)
        own_conversions, own_value = places.of(length)
        offset = 0
        for state in states:
            own_conversions[offset + state] += conversions
            own_value[offset + state] += value
            offset += count
        last = length - 1
        if states[last] in direct:
            last = next((place for place in range(last, -1, -1) if states[place] not in direct), last)
        places.mark(length, last, states[last], conversions, value)
    return places
