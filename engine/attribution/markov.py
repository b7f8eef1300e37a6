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
from scipy import sparse
from scipy.sparse import linalg

if TYPE_CHECKING:
    from engine.attribution.journeys import Flags, Floats, Ints, Journeys

MAX_ORDER = 4

_sparse: Any = sparse  # scipy carries no types for its sparse arrays
_linalg: Any = linalg


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
    chain = _Chain(journeys, order)
    base = chain.conversion_rate(np.ones(chain.states, dtype=bool))
    effects = np.array(
        [1.0 - chain.conversion_rate(~chain.holds(channel)) / base if base > 0 else 0.0 for channel in range(count)]
    )
    effects = np.clip(effects, 0.0, 1.0)
    total = effects.sum()
    return MarkovFit(effects / total if total > 0 else np.zeros(count), effects, float(base))


class _Chain:
    """Transition probabilities between the states that occur."""

    def __init__(self, journeys: Journeys, order: int) -> None:
        windows, journey = _windows(journeys, order)
        self.members, state = np.unique(windows, axis=0, return_inverse=True)
        state = state.reshape(-1)
        self.states = len(self.members)
        weight = journeys.conversions + journeys.nulls
        first = np.searchsorted(journey, np.arange(len(journeys.starts)))
        last = np.append(first[1:], len(journey)) - 1
        inner = np.flatnonzero(journey[1:] == journey[:-1])
        steps = _sparse.coo_array(
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
        if not kept.any():
            return 0.0
        inside = _sparse.csc_array(_sparse.identity(int(kept.sum()), format="csc") - self._step[kept][:, kept])
        reach = _linalg.splu(inside).solve(self._convert[kept])
        return float(self._start[kept] @ reach)


def _windows(journeys: Journeys, order: int) -> tuple[Ints, Ints]:
    """The last ``order`` channels at each step (absent ones -1), and the journey each belongs to."""
    lengths = journeys.lengths
    journey = np.repeat(np.arange(len(lengths)), lengths)
    position = np.arange(len(journeys.states)) - journeys.starts[journey]
    columns = [np.where(position >= back, np.roll(journeys.states, back), -1) for back in range(order)]
    is_window = position >= np.minimum(lengths, order)[journey] - 1
    return np.column_stack(columns)[is_window], journey[is_window].astype(np.int64)
