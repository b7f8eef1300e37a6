"""Attribution by removal effect in an absorbing Markov chain (A4).

After Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey", International Journal of Research
in Marketing 33 (2016): journeys are walks START -> state -> ... -> conversion or null; the removal effect of a channel
is the share of conversions lost when every step into it leads to null instead. Probabilities are solved for, not
simulated.

In a chain of order k a state is the last k channels; journeys start in their first k channels, shorter ones in what
they have. Removing a channel removes every state that holds it. Immediate repeats are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.attribution.small import MAX_STATES, removal_effects

if TYPE_CHECKING:
    from engine.attribution.journeys import Flags, Floats, Ints, Journeys

MAX_ORDER = 4
_MAX_DENSE = 3_000  # states of a first-order chain whose matrix (72 MB) is inverted whole


@dataclass(frozen=True)
class MarkovFit:
    """A fitted chain.

    Attributes:
        share: of each state name, summing to 1; zeros when nothing converts.
        removal_effect: of each state name, 0..1.
        conversion_rate: probability of conversion from the start.
    """

    share: Floats
    removal_effect: Floats
    conversion_rate: float


def fit_markov(journeys: Journeys, order: int = 1) -> MarkovFit:
    """Fit a chain of order 1 to 4 and give each channel's removal effect and share."""
    if not 1 <= order <= MAX_ORDER:
        raise ValueError(f"order {order} is not within 1..{MAX_ORDER}")
    count = len(journeys.names)
    if not len(journeys.starts) or journeys.conversions.sum() <= 0:
        return MarkovFit(np.zeros(count), np.zeros(count), 0.0)
    effects, rate = _first_order(journeys) if order == 1 and count <= _MAX_DENSE else _any_order(journeys, order)
    total = effects.sum()
    return MarkovFit(effects / total if total > 0 else np.zeros(count), effects, rate)


def _first_order(journeys: Journeys) -> tuple[Floats, float]:
    """Removal effects from one inverse: see :func:`engine.attribution.small.removal_effects`."""
    count = len(journeys.names)
    weight = journeys.conversions + journeys.nulls
    states, last = journeys.states, journeys.ends - 1
    inner = np.ones(len(states), dtype=bool)
    inner[last] = False
    before = np.flatnonzero(inner)
    carried = np.repeat(weight, journeys.lengths)[before]
    steps = np.bincount(states[before] * count + states[before + 1], carried, count * count).reshape(count, count)
    starts = np.bincount(states[journeys.starts], weight, count)
    converts = np.bincount(states[last], journeys.conversions, count)
    ends = np.bincount(states[last], weight, count)
    if count <= MAX_STATES:
        effects, rate = removal_effects(steps.tolist(), starts.tolist(), converts.tolist(), ends.tolist())
        return np.array(effects), rate
    leaving = steps.sum(axis=1) + ends
    scale = np.divide(1.0, leaving, out=np.zeros(count), where=leaving > 0)
    visits = np.linalg.inv(np.eye(count) - steps * scale[:, None])
    reach = visits @ (converts * scale)
    start = starts / starts.sum()
    rate = float(start @ reach)
    if rate <= 0:
        return np.zeros(count), 0.0
    return np.clip(start @ visits / np.diagonal(visits) * reach / rate, 0.0, 1.0), rate


def _any_order(journeys: Journeys, order: int) -> tuple[Floats, float]:
    """Removal effects by solving the chain anew without each channel."""
    chain = _Chain(journeys, order)
    base = chain.conversion_rate(np.ones(chain.states, dtype=bool))
    effects = np.array(
        [
            1.0 - chain.conversion_rate(~chain.holds(channel)) / base if base > 0 else 0.0
            for channel in range(len(journeys.names))
        ]
    )
    return np.clip(effects, 0.0, 1.0), base


class _Chain:
    """Transition probabilities between the states that occur."""

    def __init__(self, journeys: Journeys, order: int) -> None:
        from scipy import sparse  # loads long, and a first-order chain does without

        self._sparse: Any = sparse  # scipy carries no types for its sparse arrays
        windows, journey = _windows(journeys, order)
        state, self.members = _numbered(windows, len(journeys.names))
        self.states = len(self.members)
        weight = journeys.conversions + journeys.nulls
        first = np.searchsorted(journey, np.arange(len(journeys.starts)))
        last = np.append(first[1:], len(journey)) - 1
        inner = np.flatnonzero(journey[1:] == journey[:-1])
        steps = self._sparse.coo_array(
            (weight[journey[inner]], (state[inner], state[inner + 1])), shape=(self.states, self.states)
        ).tocsr()
        steps.sum_duplicates()
        converted = np.bincount(state[last], journeys.conversions, self.states)
        leaving = np.asarray(steps.sum(axis=1)).reshape(-1) + np.bincount(state[last], weight, self.states)
        scale = np.divide(1.0, leaving, out=np.zeros_like(leaving), where=leaving > 0)
        self._step = (steps.multiply(scale[:, None])).tocsr()
        self._convert = converted * scale
        self._start = np.bincount(state[first], weight, self.states) / weight.sum()

    def holds(self, channel: int) -> Flags:
        """Which states hold a channel."""
        return (self.members == channel).any(axis=1)

    def conversion_rate(self, kept: Flags) -> float:
        """Probability of conversion from the start when only the kept states can be entered."""
        from scipy.sparse import linalg

        if not kept.any():
            return 0.0
        solver: Any = linalg
        inside = self._sparse.csc_array(
            self._sparse.identity(int(kept.sum()), format="csc") - self._step[kept][:, kept]
        )
        reach = solver.splu(inside).solve(self._convert[kept])
        return float(self._start[kept] @ reach)


def _windows(journeys: Journeys, order: int) -> tuple[Ints, Ints]:
    """The last ``order`` channels at each step (absent ones -1), and the journey each belongs to."""
    lengths = journeys.lengths
    journey = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(journeys.states)) - journeys.starts[journey]
    columns = [np.where(position >= back, np.roll(journeys.states, back), -1) for back in range(order)]
    is_window = position >= np.minimum(lengths, order)[journey] - 1
    return np.column_stack(columns)[is_window], journey[is_window].astype(np.int64)


def _numbered(windows: Ints, channels: int) -> tuple[Ints, Ints]:
    """The number of each window's state, and the channels of each state."""
    code = windows[:, 0]
    for column in windows.T[1:]:
        # Sorting single integers is far cheaper than rows; renumbering keeps them small whatever the order.
        code = np.unique(code * (channels + 1) + column + 1, return_inverse=True)[1].reshape(-1)
    _, first, state = np.unique(code, return_index=True, return_inverse=True)
    return state.reshape(-1).astype(np.int64), windows[first]
