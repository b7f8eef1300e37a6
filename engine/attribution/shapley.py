"""Attribution by Shapley values over the set of channels of each journey (A4).

A coalition S of channels is worth v(S): with ``rate`` the conversions per journey among the journeys that use only
channels of S, with ``subset`` the conversions inside S. A channel's value is its marginal worth averaged over all
orders in which coalitions can form (Shapley, "A value for n-person games", 1953). Negative values count as zero.

Up to 14 channels the average is exact, over all coalitions. Beyond that it is estimated from random orders, and the
standard error of each share is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from engine.attribution.journeys import Flags, Floats, Ints, Journeys

Game = Literal["rate", "subset"]

MAX_EXACT = 14
SAMPLED_ORDERS = 2_000


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
    sets, conversions, totals = _coalitions(journeys)
    count = len(journeys.names)
    if count <= MAX_EXACT:
        value, error = _exact(sets, conversions, totals, count, game), np.zeros(count)
    else:
        value, error = _sampled(sets, conversions, totals, game, seed)
    kept = np.clip(value, 0.0, None)
    total = kept.sum()
    return ShapleyFit(kept / total if total > 0 else np.zeros(count), value, error)


def _coalitions(journeys: Journeys) -> tuple[Flags, Floats, Floats]:
    """The distinct channel sets that occur (rows of booleans), with their conversions and journeys."""
    member = np.zeros((len(journeys.starts), len(journeys.names)), dtype=bool)
    member[np.repeat(np.arange(len(journeys.starts)), journeys.lengths), journeys.states] = True
    packed = np.packbits(member, axis=1)
    _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    conversions = _sums(inverse, journeys.conversions, len(first))
    return member[first], conversions, conversions + _sums(inverse, journeys.nulls, len(first))


def _worth(conversions: Floats, totals: Floats, game: Game) -> Floats:
    if game == "subset":
        return conversions
    return np.divide(conversions, totals, out=np.zeros_like(conversions), where=totals > 0)


def _sums(places: Ints, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64)


def _exact(sets: Flags, conversions: Floats, totals: Floats, count: int, game: Game) -> Floats:
    size = 1 << count
    codes = sets @ (1 << np.arange(count))
    inside_conversions = _sums(codes, conversions, size)
    inside_totals = _sums(codes, totals, size)
    everything = np.arange(size)
    for channel in range(count):  # sums over all subsets, one channel at a time
        has = everything[(everything >> channel) & 1 == 1]
        inside_conversions[has] += inside_conversions[has ^ (1 << channel)]
        inside_totals[has] += inside_totals[has ^ (1 << channel)]
    worth = _worth(inside_conversions, inside_totals, game)
    others = np.array([bin(code).count("1") for code in range(size)])
    weight = np.array([factorial(n) * factorial(count - n - 1) / factorial(count) for n in range(count)])
    value = np.empty(count)
    for channel in range(count):
        without = everything[(everything >> channel) & 1 == 0]
        value[channel] = weight[others[without]] @ (worth[without | (1 << channel)] - worth[without])
    return value


def _sampled(sets: Flags, conversions: Floats, totals: Floats, game: Game, seed: int) -> tuple[Floats, Floats]:
    count = sets.shape[1]
    random = np.random.default_rng(seed)
    gains = np.empty((SAMPLED_ORDERS, count))
    for index in range(SAMPLED_ORDERS):
        order = random.permutation(count)
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        complete = np.where(sets, place, -1).max(axis=1)  # the step at which a set lies inside the coalition
        worth = _worth(np.cumsum(_sums(complete, conversions, count)), np.cumsum(_sums(complete, totals, count)), game)
        gains[index, order] = np.diff(worth, prepend=0.0)
    return gains.mean(axis=0), gains.std(axis=0, ddof=1) / np.sqrt(SAMPLED_ORDERS)
