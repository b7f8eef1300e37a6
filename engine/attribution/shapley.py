"""Attribution by Shapley values over the set of channels of each journey (A4).

A coalition S of channels is worth v(S): with ``rate`` the conversions per journey among the journeys that use only
channels of S, with ``subset`` the conversions inside S. A channel's value is its marginal worth averaged over all
orders in which coalitions can form (Shapley, "A value for n-person games", 1953). Negative values count as zero.

Up to 14 channels the average is exact, over all coalitions. Beyond that it is estimated from random orders, and the
standard error of each value is given; how many orders depends on how many sets there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from engine.attribution.journeys import Floats, Ints, Journeys

Game = Literal["rate", "subset"]

MAX_EXACT = 14
SAMPLED_ORDERS = (200, 2_000)  # at least and at most
_SAMPLED_STEPS = 400_000_000  # members of sets looked at, which bounds the time of sampling to seconds
_MASK_BITS = 62


@dataclass(frozen=True)
class ShapleyFit:
    """Fitted values.

    Attributes:
        share: of each channel, summing to 1; zeros when nothing converts.
        value: the Shapley value of each channel, in the game's unit.
        error: standard error of each value; zero when exact.
    """

    share: Floats
    value: Floats
    error: Floats


def fit_shapley(journeys: Journeys, game: Game = "rate", seed: int = 0) -> ShapleyFit:
    """Fit the Shapley value of every channel.

    Args:
        journeys: what to fit on.
        game: ``rate`` or ``subset``.
        seed: of the random orders, beyond 14 channels.
    """
    count = len(journeys.names)
    if not len(journeys.starts):
        return ShapleyFit(np.zeros(count), np.zeros(count), np.zeros(count))
    sets = _coalitions(journeys)
    if count <= MAX_EXACT:
        value, error = _exact(sets, count, game), np.zeros(count)
    else:
        value, error = _sampled(sets, count, game, seed)
    kept = np.clip(value, 0.0, None)
    total = kept.sum()
    return ShapleyFit(kept / total if total > 0 else np.zeros(count), value, error)


@dataclass(frozen=True)
class _Sets:
    """The distinct channel sets that occur.

    Attributes:
        members: their channels, ascending, laid end to end.
        starts: index in ``members`` of each set's first channel.
        conversions: of the journeys with that set.
        totals: journeys with that set.
    """

    members: Ints
    starts: Ints
    conversions: Floats
    totals: Floats


def _coalitions(journeys: Journeys) -> _Sets:
    """Group journeys by their channel set."""
    count = len(journeys.names)
    if count <= _MASK_BITS:
        masks = np.bitwise_or.reduceat(np.int64(1) << journeys.states, journeys.starts)
        distinct, inverse = np.unique(masks, return_inverse=True)
        member = (distinct[:, None] >> np.arange(count)) & 1 == 1
    else:
        # Each journey's channels sorted and without repeats, then compared as text of integers: no table of all
        # journeys by all channels.
        journey = np.repeat(np.arange(len(journeys.starts)), journeys.lengths)
        pairs = np.unique(journey * count + journeys.states)
        owner, channel = pairs // count, pairs % count
        first = np.searchsorted(owner, np.arange(len(journeys.starts)))
        numbers: dict[bytes, int] = {}
        inverse = np.array(
            [
                numbers.setdefault(channel[start:end].tobytes(), len(numbers))
                for start, end in zip(first.tolist(), [*first[1:].tolist(), len(channel)], strict=True)
            ]
        )
        found = [np.frombuffer(key, dtype=np.int64) for key in numbers]
        return _Sets(
            np.concatenate(found),
            np.cumsum([0, *(len(one) for one in found[:-1])]),
            *_weighed(inverse.reshape(-1), journeys, len(found)),
        )
    rows, members = np.nonzero(member)
    starts = np.searchsorted(rows, np.arange(len(distinct)))
    return _Sets(members, starts, *_weighed(inverse.reshape(-1), journeys, len(distinct)))


def _weighed(inverse: Ints, journeys: Journeys, size: int) -> tuple[Floats, Floats]:
    """Conversions and journeys of each set."""
    conversions = _sums(inverse, journeys.conversions, size)
    return conversions, conversions + _sums(inverse, journeys.nulls, size)


def _worth(conversions: Floats, totals: Floats, game: Game) -> Floats:
    if game == "subset":
        return conversions
    return np.divide(conversions, totals, out=np.zeros_like(conversions), where=totals > 0)


def _sums(places: Ints, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64)


def _exact(sets: _Sets, count: int, game: Game) -> Floats:
    size = 1 << count
    codes = np.bitwise_or.reduceat(np.int64(1) << sets.members, sets.starts)
    inside_conversions = _sums(codes, sets.conversions, size)
    inside_totals = _sums(codes, sets.totals, size)
    for channel in range(count):  # sums over all subsets, one channel at a time
        for table in (inside_conversions, inside_totals):
            halves = table.reshape(-1, 2, 1 << channel)
            halves[:, 1] += halves[:, 0]
    worth = _worth(inside_conversions, inside_totals, game)
    others = np.zeros(size, dtype=np.int64)  # channels of each coalition
    for channel in range(count):
        others.reshape(-1, 2, 1 << channel)[:, 1] += 1
    weight = np.array([factorial(n) * factorial(count - n - 1) / factorial(count) for n in range(count)])
    value = np.empty(count)
    for channel in range(count):
        halves = worth.reshape(-1, 2, 1 << channel)
        without = others.reshape(-1, 2, 1 << channel)[:, 0]
        value[channel] = (weight[without] * (halves[:, 1] - halves[:, 0])).sum()
    return value


def _sampled(sets: _Sets, count: int, game: Game, seed: int) -> tuple[Floats, Floats]:
    fewest, most = SAMPLED_ORDERS
    orders = min(most, max(fewest, _SAMPLED_STEPS // len(sets.members)))
    random = np.random.default_rng(seed)
    gains = np.empty((orders, count))
    for index in range(orders):
        order = random.permutation(count)
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        # the step at which a set lies inside the coalition
        complete = np.maximum.reduceat(place[sets.members], sets.starts)
        inside = np.cumsum(_sums(complete, sets.conversions, count)), np.cumsum(_sums(complete, sets.totals, count))
        gains[index, order] = np.diff(_worth(*inside, game), prepend=0.0)
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(orders)
